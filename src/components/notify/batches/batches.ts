import { sql } from 'kysely';
import { listServicesAcross } from '#organisations';
import {
  addJob,
  newId,
  oneOf,
  Problem,
  recordAudit,
  sealedPlace,
  type Database,
  type Keyring,
  type Tx,
} from '#platform';
import { Refusal } from '../api/refusals.ts';
import { notifyTables } from '../database.ts';
import type { KeyKind } from '../intake.ts';
import { templateTypes, type TemplateType, type TemplateVersion } from '../templates/templates.ts';
import type { BatchRow } from './rows.ts';

/** The job that makes the rows of a batch into messages. */
export const sendBatchJob = 'notify.send-batch';

export const batchStates = ['receiving', 'checked', 'sending', 'sent', 'cancelled', 'refused'] as const;
export type BatchState = (typeof batchStates)[number];

/** Many messages of one template that were handed over together. */
export interface Batch {
  readonly id: string;
  readonly serviceId: string;
  /** What its sender calls it: the name of the file. */
  readonly name: string;
  readonly channel: TemplateType;
  readonly template: { readonly id: string; readonly name: string; readonly version: number };
  readonly sender: string | null;
  readonly keyKind: KeyKind;
  readonly keyId: string | null;
  readonly createdBy: string;
  readonly state: BatchState;
  /** Rows that were read, those of them that are wrong, and those that are messages by now. */
  readonly rows: number;
  readonly wrong: number;
  readonly accepted: number;
  readonly scheduledFor: string | null;
  /** Why nothing of it is sent; null where that is not so. */
  readonly failure: string | null;
  readonly createdAt: string;
  readonly finishedAt: string | null;
}

/** Begins a batch: its rows are to be received. */
export async function beginBatch(
  tx: Tx,
  values: {
    serviceId: string;
    name: string;
    template: TemplateVersion;
    sender: string | null;
    keyKind: KeyKind;
    keyId: string | null;
    scheduledFor: string | null;
  },
): Promise<Batch> {
  const { template } = values;
  const row = await notifyTables(tx)
    .insertInto('batches')
    .values({
      organisation_id: tx.organisationId,
      id: newId(),
      service_id: values.serviceId,
      name:
        values.name
          .toWellFormed()
          .replaceAll(/\p{Cc}/gu, ' ')
          .trim()
          .slice(0, 200) || template.name,
      channel: template.type,
      template: template.name,
      template_id: template.id,
      template_version: template.version,
      sender: values.sender,
      key_kind: values.keyKind,
      key_id: values.keyId,
      created_by: 'name' in tx.actor ? tx.actor.name : tx.actor.kind,
      scheduled_for: values.scheduledFor,
    })
    .returningAll()
    .executeTakeFirstOrThrow();
  return shape(row);
}

/** Keeps rows of a batch that are right, and what is wrong with others, in the caller's transaction. */
export async function keepRows(
  tx: Tx,
  keyring: Keyring,
  batchId: string,
  { rows, faults }: { rows: readonly BatchRow[]; faults: readonly { number: number; faults: readonly string[] }[] },
): Promise<void> {
  const tables = notifyTables(tx);
  const [first] = rows;
  if (first !== undefined) {
    await tables
      .insertInto('batch_chunks')
      .values({
        organisation_id: tx.organisationId,
        batch_id: batchId,
        first_row: first.number,
        row_count: rows.length,
        sealed_rows: keyring.seal(placeOfRows(tx.organisationId, batchId, first.number), JSON.stringify(rows)),
      })
      .execute();
  }
  if (faults.length > 0) {
    await tables
      .insertInto('batch_faults')
      .values(
        faults.map((each) => ({
          organisation_id: tx.organisationId,
          batch_id: batchId,
          row_number: each.number,
          faults: [...each.faults],
        })),
      )
      .execute();
  }
}

/**
 * Ends the receiving of a batch: it waits for a person, or is sent.
 *
 * @param end.once the key by which the same may be handed over again, and what makes it the same.
 */
export async function endReceiving(
  tx: Tx,
  batchId: string,
  end: {
    state: 'checked' | 'sending';
    rows: number;
    wrong: number;
    once?: { key: string; signature: string };
  },
): Promise<Batch> {
  const row = await notifyTables(tx)
    .updateTable('batches')
    .set({
      state: end.state,
      row_count: end.rows,
      wrong_count: end.wrong,
      received_at: new Date().toISOString(),
      ...(end.once === undefined ? {} : { idempotency_key: end.once.key, request_signature: end.once.signature }),
    })
    .where('organisation_id', '=', tx.organisationId)
    .where('id', '=', batchId)
    .where('state', '=', 'receiving')
    .returningAll()
    .executeTakeFirstOrThrow();
  const batch = shape(row);
  if (end.state === 'sending') await queue(tx, batch);
  return batch;
}

/**
 * Sends a batch that was checked, now or at its time.
 *
 * @throws Problem not-found, or conflict where it is not waiting for that.
 */
export async function sendBatch(
  tx: Tx,
  wanted: { serviceId: string; batchId: string; scheduledFor: string | null },
): Promise<Batch> {
  const row = await notifyTables(tx)
    .updateTable('batches')
    .set({ state: 'sending', scheduled_for: wanted.scheduledFor })
    .where('organisation_id', '=', tx.organisationId)
    .where('service_id', '=', wanted.serviceId)
    .where('id', '=', wanted.batchId)
    .where('state', '=', 'checked')
    .returningAll()
    .executeTakeFirst();
  if (row === undefined) {
    const batch = await getBatch(tx, wanted);
    throw new Problem('conflict', { message: `This batch is ${batch.state} already.` });
  }
  const batch = shape(row);
  await queue(tx, batch);
  return batch;
}

async function queue(tx: Tx, batch: Batch): Promise<void> {
  await addJob(
    tx,
    sendBatchJob,
    { batchId: batch.id },
    { key: `${sendBatchJob} ${batch.id}`, ...(batch.scheduledFor === null ? {} : { runAt: batch.scheduledFor }) },
  );
  await recordAudit(tx, {
    action: 'notify.batch-sent',
    subject: { kind: 'batch', id: batch.id, name: batch.template.name },
    detail: { service: batch.serviceId, rows: batch.rows, wrong: batch.wrong },
  });
}

/**
 * Calls back the rows of a batch that are no messages yet. Messages that were made stay.
 *
 * @throws Problem not-found; Refusal where there is nothing left to call back.
 */
export async function cancelBatch(tx: Tx, wanted: { serviceId: string; batchId: string }): Promise<Batch> {
  const row = await notifyTables(tx)
    .updateTable('batches')
    .set({ state: 'cancelled', finished_at: new Date().toISOString() })
    .where('organisation_id', '=', tx.organisationId)
    .where('service_id', '=', wanted.serviceId)
    .where('id', '=', wanted.batchId)
    .where('state', 'in', ['checked', 'sending'])
    .returningAll()
    .executeTakeFirst();
  if (row === undefined) {
    const batch = await getBatch(tx, wanted);
    if (batch.state === 'cancelled') return batch;
    throw new Refusal('BadRequestError', `A batch that is ${batch.state} can no longer be cancelled`);
  }
  await notifyTables(tx)
    .deleteFrom('batch_chunks')
    .where('organisation_id', '=', tx.organisationId)
    .where('batch_id', '=', wanted.batchId)
    .execute();
  await recordAudit(tx, {
    action: 'notify.batch-cancelled',
    subject: { kind: 'batch', id: row.id, name: row.template },
    detail: { service: row.service_id },
  });
  return shape(row);
}

/** A batch of a service. @throws Problem not-found, also while it is being received. */
export async function getBatch(tx: Tx, wanted: { serviceId: string; batchId: string }): Promise<Batch> {
  const row = await notifyTables(tx)
    .selectFrom('batches')
    .selectAll()
    .where('organisation_id', '=', tx.organisationId)
    .where('service_id', '=', wanted.serviceId)
    .where('id', '=', wanted.batchId)
    .where('state', '<>', 'receiving')
    .executeTakeFirst();
  if (row === undefined) throw new Problem('not-found');
  return shape(row);
}

/** The batch that was handed over with a key; null where there is none. */
export async function findBatchOnce(
  tx: Tx,
  wanted: { serviceId: string; key: string },
): Promise<{ batch: Batch; signature: string } | null> {
  const row = await notifyTables(tx)
    .selectFrom('batches')
    .selectAll()
    .where('organisation_id', '=', tx.organisationId)
    .where('service_id', '=', wanted.serviceId)
    .where('idempotency_key', '=', wanted.key)
    .executeTakeFirst();
  return row === undefined ? null : { batch: shape(row), signature: row.request_signature ?? '' };
}

/** Batches of a service, the newest first. `olderThan` is the id of the last one that was seen. */
export async function listBatches(
  tx: Tx,
  wanted: { serviceId: string; olderThan?: string; most: number },
): Promise<Batch[]> {
  let query = notifyTables(tx)
    .selectFrom('batches')
    .selectAll()
    .where('organisation_id', '=', tx.organisationId)
    .where('service_id', '=', wanted.serviceId)
    .where('state', '<>', 'receiving');
  if (wanted.olderThan !== undefined) query = query.where('id', '<', wanted.olderThan);
  return (await query.orderBy('id', 'desc').limit(wanted.most).execute()).map(shape);
}

/** What is wrong with rows of a batch, in their order. `after` is the number of the last row that was seen. */
export async function listFaults(
  tx: Tx,
  wanted: { batchId: string; after?: number; most: number },
): Promise<{ row: number; faults: readonly string[] }[]> {
  const rows = await notifyTables(tx)
    .selectFrom('batch_faults')
    .select(['row_number', 'faults'])
    .where('organisation_id', '=', tx.organisationId)
    .where('batch_id', '=', wanted.batchId)
    .where('row_number', '>', wanted.after ?? 0)
    .orderBy('row_number')
    .limit(wanted.most)
    .execute();
  return rows.map((row) => ({ row: row.row_number, faults: row.faults }));
}

/** How many messages of a batch have each status. */
export async function countStatuses(tx: Tx, batchId: string): Promise<Record<string, number>> {
  const rows = await notifyTables(tx)
    .selectFrom('messages')
    .select((select) => ['status', select.fn.countAll<number>().as('count')])
    .where('organisation_id', '=', tx.organisationId)
    .where('batch_id', '=', batchId)
    .groupBy('status')
    .orderBy('status')
    .execute();
  const counts = new Map<string, number>();
  for (const { status, count } of rows) {
    // A local outbox has it, and will not take it anywhere.
    const shown = status === 'kept' ? 'sending' : status;
    counts.set(shown, (counts.get(shown) ?? 0) + count);
  }
  return Object.fromEntries(counts);
}

/** A row of a batch that is not a message yet; null where it is wrong, or there is none. */
export async function findRow(
  tx: Tx,
  keyring: Keyring,
  wanted: { batchId: string; number: number },
): Promise<BatchRow | null> {
  const chunk = await notifyTables(tx)
    .selectFrom('batch_chunks')
    .selectAll()
    .where('organisation_id', '=', tx.organisationId)
    .where('batch_id', '=', wanted.batchId)
    .where('first_row', '<=', wanted.number)
    .orderBy('first_row', 'desc')
    .limit(1)
    .executeTakeFirst();
  if (chunk === undefined) return null;
  return openRows(keyring, chunk).find((row) => row.number === wanted.number) ?? null;
}

/** The rows of a chunk. */
export function openRows(
  keyring: Keyring,
  chunk: { organisation_id: string; batch_id: string; first_row: number; sealed_rows: Buffer },
): BatchRow[] {
  const place = placeOfRows(chunk.organisation_id, chunk.batch_id, chunk.first_row);
  const rows: BatchRow[] = JSON.parse(keyring.open(place, chunk.sealed_rows).toString());
  return rows;
}

/** Forgets what was received in part, and what waited a week for a person: both hold personal data. Says how many. */
export async function forgetOldBatches(database: Database): Promise<number> {
  const organisations = new Set((await listServicesAcross(database)).map(({ organisationId }) => organisationId));
  let count = 0;
  for (const organisationId of organisations) {
    const actor = { kind: 'system', name: 'notify.forget-old-batches' } as const;
    count += await database.transact({ organisationId, actor }, forgetOld);
  }
  return count;
}

async function forgetOld(tx: Tx): Promise<number> {
  const { numDeletedRows } = await notifyTables(tx)
    .deleteFrom('batches')
    .where('organisation_id', '=', tx.organisationId)
    .where(
      sql<boolean>`(state = 'receiving' and created_at < now() - interval '1 day'
        or state = 'checked' and created_at < now() - interval '7 days')`,
    )
    .executeTakeFirstOrThrow();
  return Number(numDeletedRows);
}

function placeOfRows(organisationId: string, batchId: string, firstRow: number): string {
  return sealedPlace('notify.batch_chunks.sealed_rows', organisationId, batchId, firstRow);
}

function shape(row: {
  id: string;
  service_id: string;
  name: string;
  channel: string;
  template: string;
  template_id: string;
  template_version: number;
  sender: string | null;
  key_kind: string;
  key_id: string | null;
  created_by: string;
  state: string;
  row_count: number;
  wrong_count: number;
  accepted_count: number;
  scheduled_for: string | null;
  failure: string | null;
  created_at: string;
  finished_at: string | null;
}): Batch {
  return {
    id: row.id,
    serviceId: row.service_id,
    name: row.name,
    channel: oneOf(templateTypes, row.channel),
    template: { id: row.template_id, name: row.template, version: row.template_version },
    sender: row.sender,
    keyKind: oneOf(['live', 'team', 'test'] as const, row.key_kind),
    keyId: row.key_id,
    createdBy: row.created_by,
    state: oneOf(batchStates, row.state),
    rows: row.row_count,
    wrong: row.wrong_count,
    accepted: row.accepted_count,
    scheduledFor: row.scheduled_for,
    failure: row.failure,
    createdAt: row.created_at,
    finishedAt: row.finished_at,
  };
}
