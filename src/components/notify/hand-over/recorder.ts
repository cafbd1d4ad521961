import { setTimeout as pause } from 'node:timers/promises';
import type { Database, Scope, Tx } from '#platform';
import { recordResults, type Accepted, type ClaimResult, type Settled } from './results.ts';

/** How long a result waits for others of its organisation, so that one transaction records them, in milliseconds. */
const gatherPause = 20;
/** How often recording is tried, and the pause between, in milliseconds. */
const attempts = 10;
const attemptPause = 500;

/** Records what became of messages, many in one transaction. */
export interface Recorder {
  /** Resolves once it is recorded. Rejects where the database stays away. */
  record(scope: Scope, result: ClaimResult): Promise<void>;
}

export function createRecorder({
  database,
  onAccepted,
  onSettled,
}: {
  database: Database;
  onAccepted: (tx: Tx, accepted: readonly Accepted[]) => Promise<void>;
  onSettled: (tx: Tx, settled: readonly Settled[]) => Promise<void>;
}): Recorder {
  const gathering = new Map<string, { results: ClaimResult[]; recorded: Promise<void> }>();

  async function recordSoon(scope: Scope, results: readonly ClaimResult[]): Promise<void> {
    await pause(gatherPause);
    gathering.delete(scope.organisationId);
    await untilRecorded(() =>
      database.transact(scope, async (tx) => {
        const { accepted, settled } = await recordResults(tx, results);
        if (accepted.length > 0) await onAccepted(tx, accepted);
        if (settled.length > 0) await onSettled(tx, settled);
      }),
    );
  }

  return {
    record(scope, result) {
      const open = gathering.get(scope.organisationId);
      if (open !== undefined) {
        open.results.push(result);
        return open.recorded;
      }
      const results = [result];
      const recorded = recordSoon(scope, results);
      gathering.set(scope.organisationId, { results, recorded });
      return recorded;
    },
  };
}

/** Providers have the messages by now: a database that is away for a moment must not make them be sent again. */
async function untilRecorded(record: () => Promise<void>): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      await record();
      return;
    } catch (error) {
      if (attempt === attempts) throw error;
      await pause(attemptPause);
    }
  }
}
