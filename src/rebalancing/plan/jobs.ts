import type { Job } from '#platform';
import { promiseJob } from './moving/adoption.ts';
import { recordPromiseInLedger } from './moving/ledger.ts';
import { failRun, solveJob, solveRun } from './plans/runs.ts';

export const jobs: readonly Job[] = [
  {
    name: solveJob,
    mostAttempts: 3,
    run: async ({ runId }, { database, scope, lastAttempt, stopping }) => {
      if (typeof runId !== 'string') return;
      try {
        await solveRun(database, scope, runId, stopping);
      } catch (error) {
        if (lastAttempt) await database.transact(scope, (tx) => failRun(tx, runId));
        throw error;
      }
    },
  },
  {
    name: promiseJob,
    run: async ({ transitionId }, { database, scope }) => {
      if (typeof transitionId !== 'string') return;
      await database.transact(scope, (tx) => recordPromiseInLedger(tx, transitionId));
    },
  },
];
