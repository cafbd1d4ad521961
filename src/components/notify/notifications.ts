import { sql } from 'kysely';
import { hashToken, oneOf, type Keyring, type Tx } from '#platform';
import { Refusal } from './api/refusals.ts';
import { notifyTables } from './database.ts';
import { withdrawHandOvers } from './hand-over/queue.ts';
import type { KeyKind } from './intake.ts';
import { openSealed, type Content } from './messages.ts';
import { templateTypes, type TemplateType } from './templates/templates.ts';

/** What was sent, or is there to be. */
export interface Notification {
  readonly id: string;
  readonly channel: TemplateType;
  readonly keyKind: KeyKind;
  readonly reference: string | null;
  readonly template: { readonly id: string; readonly name: string; readonly version: number };
  /** As whoever sent it wrote it; null once it is erased, as is the content. A postal address is its lines, one below the other. */
  readonly to: string | null;
  readonly content: Content | null;
  readonly status: NotificationStatus;
  readonly fragments: number | null;
  /** What it is charged by and what it cost, in millionths of a pound; null until a provider took it. */
  readonly units: number | null;
  readonly costMicros: number | null;
  /** Whom it is from, where the service chose. */
  readonly sender: string | null;
  readonly postage: string | null;
  readonly batchId: string | null;
  readonly createdAt: string;
  readonly scheduledFor: string | null;
  readonly sentAt: string | null;
  readonly completedAt: string | null;
}

export const failureStatuses = ['permanent-failure', 'temporary-failure', 'technical-failure'] as const;
const notificationStatuses = [
  'created',
  'sending',
  'pending',
  'sent',
  'delivered',
  'cancelled',
  ...failureStatuses,
  'pending-virus-check',
  'virus-scan-failed',
  'validation-failed',
  'returned-letter',
] as const;
export type NotificationStatus = (typeof notificationStatuses)[number];

/** What a letter that was a PDF already has for a template: clients read it as a UUID. It is the one that means none, RFC 9562. */
const noTemplate = '00000000-0000-0000-0000-000000000000';

/** A notification of a service, made with whichever kind of key; null where there is none, or it is another service's. */
export async function getNotification(
  tx: Tx,
  keyring: Keyring,
  wanted: { serviceId: string; id: string },
): Promise<Notification | null> {
  const row = await sent(tx, wanted.serviceId).where('id', '=', wanted.id).executeTakeFirst();
  return row === undefined ? null : readNotification(keyring, row);
}

/** Notifications that were sent with a kind of key, newest first. `olderThan` is the id of the last one that was seen. */
export async function listNotifications(
  tx: Tx,
  keyring: Keyring,
  wanted: {
    serviceId: string;
    keyKind: KeyKind;
    /** One batch; otherwise what was sent in batches is left out, unless withBatches asks for it. */
    batchId?: string;
    withBatches?: boolean;
    statuses?: readonly string[];
    channels?: readonly string[];
    reference?: string;
    olderThan?: string;
    most: number;
  },
): Promise<Notification[]> {
  const { batchId, reference, statuses, channels, olderThan } = wanted;
  let query = sent(tx, wanted.serviceId).where('key_kind', '=', wanted.keyKind);
  if (batchId === undefined && reference === undefined) {
    query = query.where(sql<boolean>`id = any(${await listIds(tx, wanted)}::uuid[])`);
  } else {
    if (batchId !== undefined) query = query.where('batch_id', '=', batchId);
    else if (wanted.withBatches !== true) query = query.where('batch_id', 'is', null);
    if (statuses !== undefined) query = query.where('status', 'in', statuses.flatMap(keptStatusesOf));
    if (channels !== undefined) query = query.where('channel', 'in', [...channels]);
    if (reference !== undefined) {
      query = query.where('client_reference_hash', '=', hashToken(reference)).where('client_reference', '=', reference);
    }
    if (olderThan !== undefined) query = query.where('id', '<', olderThan);
  }
  const rows = await query.orderBy('id', 'desc').limit(wanted.most).execute();
  return rows.map((row) => readNotification(keyring, row));
}

/**
 * The ids of one page, put together from stretches of the index messages_listed, one for each status and channel: so a page
 * takes the same whatever is asked for, and however seldom that is.
 */
async function listIds(tx: Tx, wanted: Parameters<typeof listNotifications>[2]): Promise<string[]> {
  const { statuses = [...notificationStatuses, 'kept'], channels = templateTypes, olderThan = lastId } = wanted;
  const kept = new Set(statuses.flatMap(keptStatusesOf));
  const { rows } = await sql<{ id: string }>`
    select listed.id
      from unnest(${[...kept]}::text[]) as s(status) cross join unnest(${[...channels]}::text[]) as c(channel)
     cross join unnest(${wanted.withBatches === true ? [true, false] : [true]}::boolean[]) as b(is_single)
     cross join lateral (
       select m.id from notify.messages m
        where m.organisation_id = ${tx.organisationId} and m.service_id = ${wanted.serviceId}
          and m.key_kind = ${wanted.keyKind} and (m.batch_id is null) = b.is_single and m.channel = c.channel
          and m.status = s.status and m.id < ${olderThan} and not m.confidential
        order by m.id desc limit ${wanted.most}) as listed
     order by listed.id desc limit ${wanted.most}`.execute(notifyTables(tx));
  return rows.map((row) => row.id);
}

/** No message has it: RFC 9562, section 5.10. */
const lastId = 'ffffffff-ffff-ffff-ffff-ffffffffffff';

function sent(tx: Tx, serviceId: string) {
  return notifyTables(tx)
    .selectFrom('messages')
    .selectAll()
    .where('organisation_id', '=', tx.organisationId)
    .where('service_id', '=', serviceId)
    .where('key_kind', 'is not', null)
    .where(sql<boolean>`not confidential`);
}

/** The statuses of our rows that a status of the contract means; one that no message has here is looked for in vain. */
function keptStatusesOf(status: string): string[] {
  if (status === 'sending') return ['sending', 'kept'];
  if (status === 'failed') return [...failureStatuses, 'validation-failed', 'virus-scan-failed'];
  if (status === 'accepted') return ['created', 'sending'];
  if (status === 'received') return ['delivered', 'returned-letter'];
  return [status];
}

/**
 * The notification that was sent with an Idempotency-Key before; null where there is none.
 *
 * @param wanted.signedText what makes two requests the same.
 * @throws Refusal where it was another request.
 */
export async function findRepeated(
  tx: Tx,
  keyring: Keyring,
  wanted: { serviceId: string; key: string; signedText: string },
): Promise<Notification | null> {
  const row = await sent(tx, wanted.serviceId).where('idempotency_key', '=', wanted.key).executeTakeFirst();
  if (row === undefined) return null;
  if (!keyring.verify(requestSigning, wanted.signedText, row.request_signature ?? '')) throw usedBefore();
  return readNotification(keyring, row);
}

/** The purpose of the signatures of requests that have an Idempotency-Key. */
export const requestSigning = 'notify.idempotency';

/** What is said where an Idempotency-Key comes again with another request. */
export function usedBefore(): Refusal {
  return new Refusal('BadRequestError', 'Idempotency-Key was used before, for another request', 409);
}

/**
 * Calls back a notification that waits for its time, or for its turn.
 *
 * @throws Refusal where it is on its way, or there is none.
 */
export async function cancelNotification(
  tx: Tx,
  keyring: Keyring,
  wanted: { serviceId: string; id: string },
): Promise<Notification> {
  const waiting = await notifyTables(tx)
    .selectFrom('messages')
    .select('status')
    .where('organisation_id', '=', tx.organisationId)
    .where('service_id', '=', wanted.serviceId)
    .where('id', '=', wanted.id)
    .where('key_kind', 'is not', null)
    .where('status', 'in', ['created', 'pending-virus-check'])
    .forUpdate()
    .executeTakeFirst();
  if (waiting !== undefined) {
    const withdrawn = await withdrawHandOvers(tx, [wanted.id]);
    if (waiting.status === 'created' && withdrawn.length === 0) {
      throw new Refusal('BadRequestError', 'A notification that is sending can no longer be cancelled');
    }
    await notifyTables(tx)
      .updateTable('messages')
      .set({ status: 'cancelled' })
      .where('organisation_id', '=', tx.organisationId)
      .where('id', '=', wanted.id)
      .execute();
  }
  const found = await getNotification(tx, keyring, wanted);
  if (found === null) throw new Refusal('NoResultFound', 'No result found');
  if (found.status === 'cancelled') return found;
  throw new Refusal('BadRequestError', `A notification that is ${found.status} can no longer be cancelled`);
}

/** A row of messages that a key sent. */
interface NotificationRow {
  organisation_id: string;
  id: string;
  channel: string;
  key_kind: string | null;
  client_reference: string | null;
  template: string;
  template_id: string | null;
  template_version: number | null;
  sealed_recipient: Buffer | null;
  sealed_content: Buffer | null;
  status: string;
  fragments: number | null;
  units: number | null;
  cost_micros: number | null;
  sender: string | null;
  postage: string | null;
  batch_id: string | null;
  created_at: string;
  scheduled_for: string | null;
  tried_at: string | null;
  handed_over_at: string | null;
  delivered_at: string | null;
  failed_at: string | null;
}

/** A row of messages that a key sent, as a notification. */
export function readNotification(keyring: Keyring, row: NotificationRow): Notification {
  return shapeNotification(row, openSealed(keyring, row));
}

/** The same where the recipient and the text are at hand: whoever has just sealed them need not open them. */
export function shapeNotification(
  row: Omit<NotificationRow, 'sealed_recipient' | 'sealed_content'>,
  { writtenTo, content }: ReturnType<typeof openSealed>,
): Notification {
  const isKept = row.status === 'kept';
  return {
    id: row.id,
    channel: oneOf(templateTypes, row.channel),
    keyKind: oneOf(['live', 'team', 'test'] as const, row.key_kind ?? ''),
    reference: row.client_reference,
    template: { id: row.template_id ?? noTemplate, name: row.template, version: row.template_version ?? 1 },
    to: writtenTo,
    content,
    // A local outbox has it, and will not take it anywhere.
    status: isKept ? 'sending' : oneOf(notificationStatuses, row.status),
    fragments: row.fragments,
    units: row.units,
    costMicros: row.cost_micros,
    sender: row.sender,
    postage: row.postage,
    batchId: row.batch_id,
    createdAt: row.created_at,
    scheduledFor: row.scheduled_for,
    sentAt: isKept ? row.tried_at : row.handed_over_at,
    completedAt: row.delivered_at ?? row.failed_at,
  };
}
