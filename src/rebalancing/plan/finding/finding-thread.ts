import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { Problem } from '../problem/problem.ts';
import type { Reading } from '../reading/reading.ts';
import type { Outline } from '../solver/outline.ts';
import type { Aim, Beginning, Progress, Solution } from '../solver/solve.ts';

/** What comes of looking for a plan. */
export interface Found {
  readonly solution: Solution;
  /** What the plan says, where there is one. */
  readonly reading: Reading | null;
  /** Where there is none: the smallest set of demands that clash, in words; empty where it was only not found in time. */
  readonly clash: readonly string[];
}

export type FindingMessage =
  | { readonly kind: 'progress'; readonly progress: Progress }
  | { readonly kind: 'better'; readonly best: Outline }
  | { readonly kind: 'found'; readonly found: Found };

/** A plan that is being looked for. */
export interface Finding {
  readonly found: Promise<Found>;
  /** Ends it soon, with the best plan known. */
  stop(): void;
  /** Ends it at once: `found` is rejected, and what was known is lost. */
  abandon(): void;
}

/** The most memory that the thread's own objects may take, in megabytes; the solver's come beside it. */
const mostMegabytes = 700;

/**
 * Looks for a plan and reads it, all in a thread of its own: with thousands of systems reading alone takes long enough
 * to keep pages waiting. The problem must have passed `checkProblem`.
 *
 * @param listen.report called now and then.
 * @param listen.better told the best plan now and then, so that another search can go on from it.
 * @param beginning from where it goes on.
 * @throws Error (by the promise) where the thread ends before it has an answer.
 */
export function findInThread(
  problem: Problem,
  aim: Aim,
  listen: { readonly report: (progress: Progress) => void; readonly better: (best: Outline) => void },
  beginning?: Beginning,
): Finding {
  const stop = new SharedArrayBuffer(4);
  const worker = new Worker(join(import.meta.dirname, 'finding-worker.ts'), {
    workerData: { problem, aim, stop, beginning },
    resourceLimits: { maxOldGenerationSizeMb: mostMegabytes },
  });
  const found = new Promise<Found>((resolve, reject) => {
    worker.on('message', (message: FindingMessage) => {
      if (message.kind === 'progress') listen.report(message.progress);
      else if (message.kind === 'better') listen.better(message.best);
      else {
        resolve(message.found);
        void worker.terminate();
      }
    });
    worker.on('error', reject);
    worker.on('exit', (code) => reject(new Error(`The planning thread ended with ${code} before it had an answer.`)));
  });
  return {
    found,
    stop: () => void Atomics.store(new Int32Array(stop), 0, 1),
    abandon: () => void worker.terminate(),
  };
}
