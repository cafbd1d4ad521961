import { parentPort, workerData } from 'node:worker_threads';
import type { Problem } from '../problem/problem.ts';
import { findConflict } from '../reading/conflict.ts';
import { readPlan } from '../reading/reading.ts';
import { solveHere, type Aim } from '../solver/solve.ts';
import type { FindingMessage, Found } from './finding-thread.ts';

/** The thread in which a plan is looked for: what it is given, and what it answers with, is in `finding-thread.ts`. */
const { problem, aim, stop }: { problem: Problem; aim: Aim; stop: SharedArrayBuffer } = workerData;
const flag = new Int32Array(stop);
const solution = await solveHere(
  problem,
  aim,
  (progress) => tell({ kind: 'progress', progress }),
  () => Atomics.load(flag, 0) === 1,
);
const found: Found =
  solution.plan === null
    ? { solution, reading: null, clash: await findConflict(problem) }
    : { solution, reading: readPlan(problem, solution.plan), clash: [] };
tell({ kind: 'found', found });

function tell(message: FindingMessage): void {
  parentPort?.postMessage(message, []);
}
