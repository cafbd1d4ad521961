import { sql } from 'kysely';
import { oneOf } from '../choices.ts';
import type { Database, Scope, Tx } from '../database.ts';
import { newId } from '../ids.ts';
import { addJob } from '../jobs.ts';
import type { Keyring } from '../secrets.ts';
import { deliverJob, openBody } from './deliveries.ts';
import { forgetJob, inADay, openCredentials, platformTables } from './endpoints.ts';
import type { Outcome, Poster } from './post.ts';
import { schedules, type EndpointKind } from './schedules.ts';
import { signatureHeaders } from './signatures.ts';

/** How soon something is tried that gave way to others of the same endpoint. */
const giveWaySeconds = 1;

/** Makes the attempts. One for a process: it counts what is in flight to each endpoint. */
export interface Deliverer {
  /** Makes the next attempt of a delivery, records how it ended, and queues the one after it where there is to be one. */
  deliver(database: Database, scope: Scope, deliveryId: string): Promise<void>;
}

/**
 * @param share how many attempts may be on their way to one endpoint at once: one that hangs must not hold everything up.
 */
export function createDeliverer({
  keyring,
  poster,
  share,
}: {
  keyring: Keyring;
  poster: Poster;
  share: number;
}): Deliverer {
  const inFlight = new Map<string, number>();
  /** Endpoints that did not answer the last time: one attempt at once is enough to see whether they do again. */
  const silent = new Set<string>();

  return {
    async deliver(database, scope, deliveryId) {
      const next = await database.transact(scope, async (tx) => {
        const opened = await openDelivery(tx, keyring, deliveryId);
        if (opened === null) return null;
        const { endpointId } = opened;
        const most = silent.has(endpointId) ? 1 : share;
        if ((inFlight.get(endpointId) ?? 0) < most) return opened;
        const runAt = new Date(Date.now() + giveWaySeconds * 1000 * (1 + Math.random())).toISOString();
        await addJob(tx, deliverJob, { deliveryId }, { runAt });
        return null;
      });
      if (next === null) return;
      const { endpointId } = next;
      inFlight.set(endpointId, (inFlight.get(endpointId) ?? 0) + 1);
      try {
        const began = new Date();
        const outcome = await poster.post({
          url: next.url,
          timeoutSeconds: schedules[next.kind].timeoutSeconds,
          headers: headersOf(next, deliveryId, began),
          body: next.body,
        });
        if (outcome.outcome === 'no-answer') silent.add(endpointId);
        else silent.delete(endpointId);
        await database.transact(scope, (tx) => record(tx, next, { deliveryId, outcome, began }));
      } finally {
        const left = (inFlight.get(endpointId) ?? 1) - 1;
        if (left > 0) inFlight.set(endpointId, left);
        else inFlight.delete(endpointId);
      }
    },
  };
}

interface OpenDelivery {
  readonly endpointId: string;
  readonly kind: EndpointKind;
  readonly url: string;
  readonly body: string;
  readonly secrets: readonly string[];
  readonly bearerToken: string | null;
}

/** What is to be sent, and to whom; null where it no longer waits, or its time has not come. */
async function openDelivery(tx: Tx, keyring: Keyring, deliveryId: string): Promise<OpenDelivery | null> {
  const row = await platformTables(tx)
    .selectFrom('webhook_deliveries as d')
    .innerJoin('webhook_endpoints as e', (join) =>
      join.onRef('e.organisation_id', '=', 'd.organisation_id').onRef('e.id', '=', 'd.endpoint_id'),
    )
    .select(['d.sealed_body', 'e.id', 'e.kind', 'e.url', 'e.sealed_credentials', 'e.disabled_at'])
    .where('d.organisation_id', '=', tx.organisationId)
    .where('d.id', '=', deliveryId)
    .where('d.state', '=', 'waiting')
    .where('d.next_attempt_at', '<=', sql<string>`now() + interval '2 seconds'`)
    .executeTakeFirst();
  if (row === undefined || row.sealed_body === null) return null;
  if (row.disabled_at !== null) {
    await end(tx, deliveryId, 'dead');
    return null;
  }
  const credentials = openCredentials(keyring, tx.organisationId, row.id, row.sealed_credentials);
  const now = new Date().toISOString();
  return {
    endpointId: row.id,
    kind: oneOf(['webhook', 'callback'], row.kind),
    url: row.url,
    body: openBody(keyring, tx.organisationId, deliveryId, row.sealed_body),
    secrets: credentials.secrets.filter(({ until }) => until === undefined || until > now).map(({ secret }) => secret),
    bearerToken: credentials.bearerToken,
  };
}

function headersOf(delivery: OpenDelivery, id: string, at: Date): Record<string, string> {
  return {
    'content-type': 'application/json',
    'user-agent': 'Commonhold webhooks',
    ...(delivery.bearerToken === null ? {} : { authorization: `Bearer ${delivery.bearerToken}` }),
    ...signatureHeaders(delivery.secrets, { id, at, body: delivery.body }),
  };
}

async function record(
  tx: Tx,
  { endpointId, kind }: OpenDelivery,
  { deliveryId, outcome, began }: { deliveryId: string; outcome: Outcome; began: Date },
): Promise<void> {
  const row = await platformTables(tx)
    .updateTable('webhook_deliveries')
    .set({ attempts: sql<number>`attempts + 1` })
    .where('organisation_id', '=', tx.organisationId)
    .where('id', '=', deliveryId)
    .where('state', '=', 'waiting')
    .returning('attempts')
    .executeTakeFirst();
  // It was erased or taken away meanwhile, or another process was given the same job.
  if (row === undefined) return;
  await platformTables(tx)
    .insertInto('webhook_attempts')
    .values({
      organisation_id: tx.organisationId,
      delivery_id: deliveryId,
      id: newId(),
      began_at: began.toISOString(),
      milliseconds: Math.max(0, Date.now() - began.getTime()),
      outcome: outcome.outcome,
      status: outcome.status,
      detail: outcome.detail,
    })
    .execute();
  if (outcome.outcome === 'accepted') return end(tx, deliveryId, 'delivered');
  if (kind === 'webhook' && outcome.status === 410) await disable(tx, endpointId);
  const pause = schedules[kind].pausesSeconds[row.attempts - 1];
  if (pause === undefined || !schedules[kind].retries(outcome)) return end(tx, deliveryId, 'dead');
  // A tenth more or less, so that what failed together does not come back together.
  const runAt = new Date(Date.now() + pause * 1000 * (kind === 'webhook' ? 0.9 + Math.random() * 0.2 : 1));
  await platformTables(tx)
    .updateTable('webhook_deliveries')
    .set({ next_attempt_at: runAt.toISOString() })
    .where('organisation_id', '=', tx.organisationId)
    .where('id', '=', deliveryId)
    .execute();
  await addJob(tx, deliverJob, { deliveryId }, { runAt: runAt.toISOString() });
}

async function end(tx: Tx, deliveryId: string, state: 'delivered' | 'dead'): Promise<void> {
  await platformTables(tx)
    .updateTable('webhook_deliveries')
    .set({ state, next_attempt_at: null, ended_at: sql<string>`now()` })
    .where('organisation_id', '=', tx.organisationId)
    .where('id', '=', deliveryId)
    .execute();
}

async function disable(tx: Tx, endpointId: string): Promise<void> {
  await platformTables(tx)
    .updateTable('webhook_endpoints')
    .set({ disabled_at: sql<string>`now()` })
    .where('organisation_id', '=', tx.organisationId)
    .where('id', '=', endpointId)
    .where('disabled_at', 'is', null)
    .execute();
}

/**
 * Deletes what an endpoint was told longer ago than it is to be kept, and the endpoint itself once it was removed and
 * nothing of it is left. Otherwise the same is to be done tomorrow.
 */
export async function forgetOldDeliveries(tx: Tx, endpointId: string): Promise<void> {
  const tables = platformTables(tx);
  const endpoint = await tables
    .selectFrom('webhook_endpoints')
    .select(['keep_days', 'removed_at'])
    .where('organisation_id', '=', tx.organisationId)
    .where('id', '=', endpointId)
    .executeTakeFirst();
  if (endpoint === undefined) return;
  await tables
    .deleteFrom('webhook_deliveries')
    .where('organisation_id', '=', tx.organisationId)
    .where('endpoint_id', '=', endpointId)
    .where('state', '<>', 'waiting')
    .where(sql<boolean>`created_at < now() - make_interval(days => ${endpoint.keep_days}::int)`)
    .execute();
  if (endpoint.removed_at !== null) {
    const { numDeletedRows } = await tables
      .deleteFrom('webhook_endpoints')
      .where('organisation_id', '=', tx.organisationId)
      .where('id', '=', endpointId)
      .where((where) =>
        where.not(
          where.exists(
            where
              .selectFrom('webhook_deliveries as d')
              .select('d.id')
              .where('d.organisation_id', '=', tx.organisationId)
              .where('d.endpoint_id', '=', endpointId),
          ),
        ),
      )
      .executeTakeFirstOrThrow();
    if (numDeletedRows > 0n) return;
  }
  await addJob(tx, forgetJob, { endpointId }, { runAt: inADay() });
}
