import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { Problem } from '../problem/problem.ts';
import type { Aim, Progress, Solution } from './solve.ts';

type Message =
  | { readonly kind: 'progress'; readonly progress: Progress }
  | { readonly kind: 'solution'; readonly solution: Solution };

/** A problem that is being solved in a thread of its own. */
export interface Solving {
  readonly solution: Promise<Solution>;
  /** Ends it soon, with the best plan known. */
  stop(): void;
}

/** The most memory that the thread's own objects may take, in megabytes; those of the thread that rearranges come beside it. */
const mostMegabytes = 600;

/**
 * Solves a problem in a thread of its own, so that pages are answered meanwhile. The problem must have passed `checkProblem`.
 *
 * @param report called now and then.
 * @throws Error (by the promise) where the thread dies, such as for want of memory.
 */
export function solveInThread(
  problem: Problem,
  aim: Aim,
  report: (progress: Progress) => void = () => undefined,
): Solving {
  const stop = new SharedArrayBuffer(4);
  const worker = new Worker(join(import.meta.dirname, 'worker.ts'), {
    workerData: { problem, aim, stop },
    resourceLimits: { maxOldGenerationSizeMb: mostMegabytes },
  });
  const solution = new Promise<Solution>((resolve, reject) => {
    worker.on('message', (message: Message) => {
      if (message.kind === 'progress') report(message.progress);
      else {
        resolve(message.solution);
        void worker.terminate();
      }
    });
    worker.on('error', reject);
    worker.on('exit', (code) => reject(new Error(`The solver's thread ended with ${code} before it had an answer.`)));
  });
  return { solution, stop: () => void Atomics.store(new Int32Array(stop), 0, 1) };
}
