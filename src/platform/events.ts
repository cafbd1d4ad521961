import type { Database, Tx } from './database.ts';
import { newId } from './ids.ts';
import { addJob, type Job } from './jobs.ts';
import { prepareInsert } from './prepared.ts';
import type { DB, Json } from './tables.generated.ts';
import { together } from './together.ts';

/** What happened, in the attributes of CloudEvents 1.0 (specversion 1.0); `data` holds identifiers, not personal data. */
export interface Event {
  readonly id: string;
  /** `commonhold.<part>.<what happened>`: `commonhold.casework.case-decided`. */
  readonly type: string;
  /** The part that says so: `/casework`. */
  readonly source: string;
  readonly subject: string | null;
  readonly time: string;
  readonly data: Json;
}

/** Told of every event of a type, at least once; it must do no harm when told twice. */
export interface Listener {
  readonly type: string;
  readonly hear: (tx: Tx, event: Event) => Promise<void>;
}

/**
 * Announces what happened to listeners whom the publisher does not know. What the publisher itself needs done, it calls.
 * Written in the caller's transaction, so it is announced if and only if it happened. Where nobody listens to such events
 * it is kept, and nothing is queued.
 */
export async function publishEvent(
  tx: Tx,
  event: {
    type: string;
    source: string;
    subject?: string;
    data: Readonly<Record<string, string | number | boolean | null>>;
  },
): Promise<void> {
  const id = newId();
  const kept = insertEvent(tx, {
    organisation_id: tx.organisationId,
    id,
    type: event.type,
    source: event.source,
    subject: event.subject ?? null,
    data: JSON.stringify(event.data),
  });
  if (tx.isHeard(event.type)) await together([kept, addJob(tx, 'platform.deliver-event', { eventId: id })]);
  else await kept;
}

const insertEvent = prepareInsert<DB, 'events'>('platform', 'events');

/** The job that delivers an event to its listeners, all in one transaction with the mark that it was delivered. */
export function deliverEvents(listeners: readonly Listener[]): Job {
  return {
    name: 'platform.deliver-event',
    run: async (payload, { database, scope }) => {
      await deliverEvent(database, scope, String(payload['eventId']), listeners);
    },
  };
}

async function deliverEvent(
  database: Database,
  scope: Parameters<Database['transact']>[0],
  eventId: string,
  listeners: readonly Listener[],
): Promise<void> {
  await database.transact(scope, async (tx) => {
    const tables = tx.tables<DB>('platform');
    const row = await tables
      .selectFrom('events')
      .selectAll()
      .where('organisation_id', '=', tx.organisationId)
      .where('id', '=', eventId)
      .where('delivered_at', 'is', null)
      .forUpdate()
      .executeTakeFirst();
    if (row === undefined) return;
    const event: Event = {
      id: row.id,
      type: row.type,
      source: row.source,
      subject: row.subject,
      time: row.time,
      data: row.data,
    };
    for (const listener of listeners) if (listener.type === event.type) await listener.hear(tx, event);
    await tables
      .updateTable('events')
      .set({ delivered_at: new Date().toISOString() })
      .where('organisation_id', '=', tx.organisationId)
      .where('id', '=', eventId)
      .execute();
  });
}
