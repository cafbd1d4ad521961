import { parentPort, workerData } from 'node:worker_threads';
import type { Problem } from '../problem/problem.ts';
import { findConflict } from '../reading/conflict.ts';
import { readPlan } from '../reading/reading.ts';
import { solveHere, type Aim, type Beginning } from '../solver/solve.ts';
import type { FindingMessage, Found } from './finding-thread.ts';

/** The thread in which a plan is looked for: what it is given, and what it answers with, is in `finding-thread.ts`. */
const {
  problem,
  aim,
  stop,
  beginning,
}: { problem: Problem; aim: Aim; stop: SharedArrayBuffer; beginning: Beginning | undefined } = workerData;
/** The best plan is told no more often than so, in seconds: it is large, and often only a little better. */
const pause = 3;
let told = { value: -Infinity, seconds: -Infinity };
const flag = new Int32Array(stop);
const solution = await solveHere(
  problem,
  aim,
  (progress, best) => {
    tell({ kind: 'progress', progress });
    const { value, seconds } = progress;
    if (value === null || value <= told.value || seconds < told.seconds + pause) return;
    told = { value, seconds };
    tell({ kind: 'better', best: best() });
  },
  () => Atomics.load(flag, 0) === 1,
  beginning,
);
const found: Found =
  solution.plan === null
    ? { solution, reading: null, clash: await findConflict(problem) }
    : { solution, reading: readPlan(problem, solution.plan), clash: [] };
tell({ kind: 'found', found });

function tell(message: FindingMessage): void {
  parentPort?.postMessage(message, []);
}
