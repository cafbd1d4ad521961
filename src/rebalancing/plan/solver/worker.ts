import { parentPort, workerData } from 'node:worker_threads';
import type { Problem } from '../problem/problem.ts';
import { solveHere, type Aim } from './solve.ts';

/** The thread in which a problem is solved: what it is given, and what it answers with, is in `solver-thread.ts`. */
const { problem, aim, stop }: { problem: Problem; aim: Aim; stop: SharedArrayBuffer } = workerData;
const flag = new Int32Array(stop);
const solution = await solveHere(
  problem,
  aim,
  (progress) => parentPort?.postMessage({ kind: 'progress', progress }, []),
  () => Atomics.load(flag, 0) === 1,
);
parentPort?.postMessage({ kind: 'solution', solution }, []);
