import { setTimeout as pause } from 'node:timers/promises';
import type { Database, Scope, Tx } from '#platform';
import { recordResults, type Accepted, type ClaimResult, type Settled } from './results.ts';

/**
 * How long a result waits for others of its organisation, so that one transaction records them, in milliseconds. What a
 * provider took meanwhile is handed over twice where the program is killed: a transaction costs much more than one message in it.
 */
const gatherPause = 50;
/** How often recording is tried, and the pause between, in milliseconds: a database that begins anew takes its time. */
const attempts = 60;
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
  const gathering = new Map<string, { results: ClaimResult[]; recorded: PromiseWithResolvers<void> }>();
  const recording = new Set<string>();

  async function recordAll(scope: Scope): Promise<void> {
    const { organisationId } = scope;
    recording.add(organisationId);
    // While some are recorded others gather, and then go together.
    for (;;) {
      await pause(gatherPause);
      const group = gathering.get(organisationId);
      if (group === undefined) break;
      gathering.delete(organisationId);
      await recordTogether(scope, group.results).then(group.recorded.resolve, group.recorded.reject);
    }
    recording.delete(organisationId);
  }

  async function recordTogether(scope: Scope, results: readonly ClaimResult[]): Promise<void> {
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
      const { organisationId } = scope;
      const group = gathering.get(organisationId) ?? { results: [], recorded: Promise.withResolvers<void>() };
      gathering.set(organisationId, group);
      group.results.push(result);
      if (!recording.has(organisationId)) void recordAll(scope);
      return group.recorded.promise;
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
