import { sql } from 'kysely';
import { oneOf } from '../choices.ts';
import type { Tx } from '../database.ts';
import { newId } from '../ids.ts';
import { addJob } from '../jobs.ts';
import { sealedPlace } from '../part.ts';
import { Problem } from '../problem.ts';
import type { Keyring } from '../secrets.ts';
import { platformTables } from './endpoints.ts';
import type { Outcome } from './post.ts';

/** The job that makes one attempt. */
export const deliverJob = 'platform.deliver-webhook';

/** How many of a list one call gives or replays in one statement. */
const perPage = 50;

const states = ['waiting', 'delivered', 'dead'] as const;

/** One thing that an endpoint is told. */
export interface WebhookDelivery {
  /** The `webhook-id` that the receiver sees. */
  readonly id: string;
  readonly endpointId: string;
  readonly type: string;
  readonly subject: string | null;
  /** waiting: to be tried (again). delivered: the receiver said yes. dead: given up, or the endpoint is gone. */
  readonly state: (typeof states)[number];
  /** Since it was sent or last replayed. */
  readonly attempts: number;
  readonly createdAt: string;
  readonly nextAttemptAt: string | null;
  readonly endedAt: string | null;
}

/** How an attempt ended. */
export interface WebhookAttempt extends Outcome {
  readonly beganAt: string;
  readonly milliseconds: number;
}

/** Sends, shows and replays what endpoints are told; each call in the caller's transaction. */
export interface WebhookDeliveries {
  /**
   * Tells an endpoint that something happened, if and only if the transaction commits. It arrives at least once, in no
   * particular order, and the same delivery always with the same `webhook-id`. Nothing happens where the endpoint was
   * removed or is disabled.
   *
   * @param message.type what happened, in words with full stops: `submission.created`. Of a `webhook` the body is
   *   `{ type, timestamp, data: payload }`; of a `callback` it is the payload alone.
   * @param message.subject the id of what it is about, by which `erase` finds it.
   * @returns null where nothing is sent.
   */
  send(
    tx: Tx,
    message: { endpointId: string; type: string; payload: object; subject?: string },
  ): Promise<{ deliveryId: string } | null>;
  /** What an endpoint was told, the newest first. `before` is the id of the last one that was seen. */
  list(
    tx: Tx,
    wanted: { endpointId: string; before?: string; state?: WebhookDelivery['state']; most?: number },
  ): Promise<WebhookDelivery[]>;
  /** One delivery with its attempts and its body, which is null once erased. @throws Problem not-found. */
  get(
    tx: Tx,
    deliveryId: string,
  ): Promise<{ delivery: WebhookDelivery; attempts: WebhookAttempt[]; body: string | null }>;
  /** Sends one again, whatever became of it. @throws Problem not-found, also where its body is erased; conflict while it waits. */
  replay(tx: Tx, deliveryId: string): Promise<void>;
  /** Sends all again that were written since a time and do not wait already: all, or those that died. Says how many. */
  replaySince(tx: Tx, wanted: { endpointId: string; since: string; onlyDead?: boolean }): Promise<number>;
  /** Erases the bodies of what is about these subjects; what still waits is given up. Says how many. */
  erase(tx: Tx, subjects: readonly string[]): Promise<number>;
}

/** What endpoints of every organisation are told. */
export function keepDeliveries(keyring: Keyring): WebhookDeliveries {
  const deliveries: WebhookDeliveries = {
    async send(tx, { endpointId, type, payload, subject }) {
      const endpoint = await platformTables(tx)
        .selectFrom('webhook_endpoints')
        .select('kind')
        .where('organisation_id', '=', tx.organisationId)
        .where('id', '=', endpointId)
        .where('removed_at', 'is', null)
        .where('disabled_at', 'is', null)
        .executeTakeFirst();
      if (endpoint === undefined) return null;
      const id = newId();
      const body = JSON.stringify(
        endpoint.kind === 'webhook' ? { type, timestamp: new Date().toISOString(), data: payload } : payload,
      );
      await platformTables(tx)
        .insertInto('webhook_deliveries')
        .values({
          organisation_id: tx.organisationId,
          id,
          endpoint_id: endpointId,
          type,
          subject: subject ?? null,
          sealed_body: keyring.seal(placeOfBody(tx.organisationId, id), body),
        })
        .execute();
      await addJob(tx, deliverJob, { deliveryId: id });
      return { deliveryId: id };
    },

    async list(tx, { endpointId, before, state, most = perPage }) {
      let query = platformTables(tx)
        .selectFrom('webhook_deliveries')
        .select([...shownColumns])
        .where('organisation_id', '=', tx.organisationId)
        .where('endpoint_id', '=', endpointId);
      if (before !== undefined) query = query.where('id', '<', before);
      if (state !== undefined) query = query.where('state', '=', state);
      const rows = await query.orderBy('id', 'desc').limit(most).execute();
      return rows.map(shape);
    },

    async get(tx, deliveryId) {
      const row = await platformTables(tx)
        .selectFrom('webhook_deliveries')
        .select([...shownColumns, 'sealed_body'])
        .where('organisation_id', '=', tx.organisationId)
        .where('id', '=', deliveryId)
        .executeTakeFirst();
      if (row === undefined) throw new Problem('not-found');
      const attempts = await platformTables(tx)
        .selectFrom('webhook_attempts')
        .selectAll()
        .where('organisation_id', '=', tx.organisationId)
        .where('delivery_id', '=', deliveryId)
        .orderBy('id')
        .execute();
      return {
        delivery: shape(row),
        attempts: attempts.map((attempt) => ({
          beganAt: attempt.began_at,
          milliseconds: attempt.milliseconds,
          outcome: oneOf(['accepted', 'refused', 'no-answer', 'not-permitted'], attempt.outcome),
          status: attempt.status,
          detail: attempt.detail,
        })),
        body: row.sealed_body === null ? null : openBody(keyring, tx.organisationId, deliveryId, row.sealed_body),
      };
    },

    async replay(tx, deliveryId) {
      const { numUpdatedRows } = await waitingAgain(tx).where('id', '=', deliveryId).executeTakeFirstOrThrow();
      if (numUpdatedRows > 0n) {
        await addJob(tx, deliverJob, { deliveryId });
        return;
      }
      const { delivery } = await deliveries.get(tx, deliveryId);
      if (delivery.state !== 'waiting') {
        throw new Problem('not-found', { message: 'Its content has been erased, so it cannot be sent again.' });
      }
      throw new Problem('conflict', { message: 'It is waiting to be sent already.' });
    },

    async replaySince(tx, { endpointId, since, onlyDead = false }) {
      const chosen = waitingAgain(tx)
        .where('endpoint_id', '=', endpointId)
        .where('created_at', '>=', since)
        .where('state', 'in', onlyDead ? ['dead'] : ['dead', 'delivered'])
        .returning('id');
      const { rows } = await sql<{ count: number }>`with chosen as (${chosen})
        select count(graphile_worker.add_job(${deliverJob},
          payload => json_build_object('deliveryId', id, 'organisationId', ${tx.organisationId}::uuid))) as count
          from chosen`.execute(platformTables(tx));
      return rows[0]?.count ?? 0;
    },

    async erase(tx, subjects) {
      if (subjects.length === 0) return 0;
      const { numUpdatedRows } = await platformTables(tx)
        .updateTable('webhook_deliveries')
        .set({
          sealed_body: null,
          state: sql<string>`case when state = 'waiting' then 'dead' else state end`,
          next_attempt_at: null,
          ended_at: sql<string>`coalesce(ended_at, now())`,
        })
        .where('organisation_id', '=', tx.organisationId)
        .where(sql<boolean>`subject = any(${subjects}::uuid[])`)
        .where('sealed_body', 'is not', null)
        .executeTakeFirstOrThrow();
      return Number(numUpdatedRows);
    },
  };
  return deliveries;
}

/** What was sent, as it is signed. */
export function openBody(keyring: Keyring, organisationId: string, deliveryId: string, sealed: Buffer): string {
  return keyring.open(placeOfBody(organisationId, deliveryId), sealed).toString();
}

function waitingAgain(tx: Tx) {
  return platformTables(tx)
    .updateTable('webhook_deliveries')
    .set({ state: 'waiting', attempts: 0, next_attempt_at: sql<string>`now()`, ended_at: null })
    .where('organisation_id', '=', tx.organisationId)
    .where('state', '<>', 'waiting')
    .where('sealed_body', 'is not', null);
}

function placeOfBody(organisationId: string, deliveryId: string): string {
  return sealedPlace('platform.webhook_deliveries.sealed_body', organisationId, deliveryId);
}

const shownColumns = [
  'id',
  'endpoint_id',
  'type',
  'subject',
  'state',
  'attempts',
  'created_at',
  'next_attempt_at',
  'ended_at',
] as const;

function shape(row: {
  id: string;
  endpoint_id: string;
  type: string;
  subject: string | null;
  state: string;
  attempts: number;
  created_at: string;
  next_attempt_at: string | null;
  ended_at: string | null;
}): WebhookDelivery {
  return {
    id: row.id,
    endpointId: row.endpoint_id,
    type: row.type,
    subject: row.subject,
    state: oneOf(states, row.state),
    attempts: row.attempts,
    createdAt: row.created_at,
    nextAttemptAt: row.next_attempt_at,
    endedAt: row.ended_at,
  };
}
