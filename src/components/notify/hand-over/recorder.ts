import { setTimeout as pause } from 'node:timers/promises';
import type { Database, Scope, Tx } from '#platform';
import { recordResults, type Accepted, type ClaimResult, type Settled } from './results.ts';

/**
 * How long results wait for others of their organisation after the last recording, so that one transaction records them, in
 * milliseconds; and how many do not wait any longer. What a provider took meanwhile is handed over twice where the program is
 * killed: a transaction costs much more than one message in it. The first after a while is recorded at once.
 */
const gatherPause = 50;
const enough = 10;
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
  /** The organisations of which something is recorded, or was a moment ago, each with what ends its pause. */
  const recording = new Map<string, () => void>();

  async function recordAll(scope: Scope): Promise<void> {
    const { organisationId } = scope;
    recording.set(organisationId, () => {});
    // What comes in the same moment goes together.
    await new Promise((resolve) => setImmediate(resolve));
    for (;;) {
      const group = gathering.get(organisationId);
      if (group === undefined) break;
      gathering.delete(organisationId);
      await recordTogether(scope, group.results).then(group.recorded.resolve, group.recorded.reject);
      // While some are recorded others gather, and then go together.
      await untilGathered(organisationId);
    }
    recording.delete(organisationId);
  }

  async function untilGathered(organisationId: string): Promise<void> {
    if ((gathering.get(organisationId)?.results.length ?? 0) >= enough) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, gatherPause);
      recording.set(organisationId, () => {
        clearTimeout(timer);
        resolve();
      });
    });
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
      const endPause = recording.get(organisationId);
      if (endPause === undefined) void recordAll(scope);
      else if (group.results.length >= enough) endPause();
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
