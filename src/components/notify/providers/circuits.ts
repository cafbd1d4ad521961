import { sql } from 'kysely';
import type { Database, Scope, Tx } from '#platform';
import { notifyTables } from '../database.ts';

/** Failures one after the other after which a provider is not asked any more. */
const mostFailures = 5;
/** For how long it is left alone: longer each time that it has not recovered, in seconds. */
const firstPauseSeconds = 15;
const longestPauseSeconds = 600;
/** How often one process asks whether that time has come, in milliseconds. */
const askPause = 500;
/** For how long the one message that tries whether it is back may take. */
const probeSeconds = 90;

/** The state of a circuit as it stands in the database, where all processes agree on it. */
export interface CircuitState {
  readonly failures: number;
  readonly openings: number;
  readonly openedAt: string | null;
  readonly probeAt: string | null;
}

/** Keeps messages from a provider that does not work, and finds out when it does again. */
export interface Circuit {
  /** Whether a message may be given to the provider: while it is closed, and one as a trial when its pause is over. */
  permits(): Promise<'yes' | 'as a trial' | 'no'>;
  /** The provider answered, whatever about: it is there. */
  answered(): Promise<void>;
  /** The provider took nothing. `words` are shown to operators. */
  failed(words: string, wasTrial: boolean): Promise<void>;
  readonly state: CircuitState;
  /** Takes over what another process wrote. */
  see(state: CircuitState): void;
}

/** A circuit of a provider whose row belongs to the government's root organisation. */
export function openCircuit(database: Database, root: Scope, providerId: string, initial: CircuitState): Circuit {
  let state = initial;
  let askedAt = -Infinity;
  const row = (tx: Tx) =>
    notifyTables(tx)
      .updateTable('providers')
      .where('organisation_id', '=', tx.organisationId)
      .where('id', '=', providerId);

  return {
    get state() {
      return state;
    },

    see(seen) {
      state = seen;
    },

    async permits() {
      if (state.openedAt === null) return 'yes';
      // The database's clock says when; ours may be wrong. It is asked once in a while.
      if (performance.now() - askedAt < askPause) return 'no';
      askedAt = performance.now();
      // Only one process, with one message, finds the time of the trial come: it moves it.
      const won = await database.transact(root, (tx) =>
        row(tx)
          .set({ probe_at: sql<string>`clock_timestamp() + make_interval(secs => ${probeSeconds})` })
          .where('opened_at', 'is not', null)
          .where(sql<boolean>`probe_at <= clock_timestamp()`)
          .returning('probe_at')
          .executeTakeFirst(),
      );
      return won === undefined ? 'no' : 'as a trial';
    },

    async answered() {
      if (state.failures === 0 && state.openedAt === null) return;
      state = { failures: 0, openings: 0, openedAt: null, probeAt: null };
      await database.transact(root, (tx) =>
        row(tx)
          .set({
            failures: 0,
            openings: 0,
            opened_at: null,
            probe_at: null,
            last_success_at: sql<string>`clock_timestamp()`,
          })
          .execute(),
      );
    },

    async failed(words, wasTrial) {
      const pauseOf = sql`make_interval(secs => least(${longestPauseSeconds}, ${firstPauseSeconds} * 2 ^ openings))`;
      // What was on its way when the circuit opened fails as well, and says nothing new.
      const opens = sql`(${wasTrial} or (failures + 1 >= ${mostFailures} and opened_at is null))`;
      const changed = await database.transact(root, (tx) =>
        row(tx)
          .set({
            failures: sql<number>`failures + 1`,
            openings: sql<number>`case when ${opens} then openings + 1 else openings end`,
            opened_at: sql<string>`case when ${opens} then coalesce(opened_at, clock_timestamp()) else opened_at end`,
            probe_at: sql<string>`case when ${opens} then clock_timestamp() + ${pauseOf} else probe_at end`,
            last_failure_at: sql<string>`clock_timestamp()`,
            last_failure: words,
          })
          .returning(['failures', 'openings', 'opened_at', 'probe_at'])
          .executeTakeFirst(),
      );
      if (changed !== undefined) state = stateOf(changed);
    },
  };
}

/** A circuit's state as its row has it. */
export function stateOf(row: {
  failures: number;
  openings: number;
  opened_at: string | null;
  probe_at: string | null;
}): CircuitState {
  return { failures: row.failures, openings: row.openings, openedAt: row.opened_at, probeAt: row.probe_at };
}
