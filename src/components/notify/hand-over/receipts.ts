import { sql } from 'kysely';
import { newId, type Tx } from '#platform';
import { notifyTables } from '../database.ts';
import type { Settled } from './results.ts';

/** What a provider said later of a message that it has. */
export interface Receipt {
  readonly status: 'pending' | 'delivered' | 'permanent-failure' | 'temporary-failure' | 'technical-failure' | 'none';
  /** The name of the provider, or the kind of report. */
  readonly provider: string | null;
  /** What happened, in our words, as it is shown with the message. */
  readonly what: string;
  readonly detail: string | null;
}

/**
 * Records a receipt. A failure stands against an earlier `delivered` (an e-mail may come back after its server took it), and
 * `delivered` against a failure that was to pass; the same again changes nothing.
 *
 * @returns the message where its status has changed to one of the last ones; null otherwise.
 */
export async function recordReceipt(tx: Tx, messageId: string, receipt: Receipt): Promise<Settled | null> {
  const { status } = receipt;
  const isFailure = status !== 'delivered' && status !== 'pending' && status !== 'none';
  const before = {
    pending: ['sending', 'sent'],
    delivered: ['sending', 'sent', 'pending', 'temporary-failure'],
    'permanent-failure': ['sending', 'sent', 'pending', 'delivered', 'temporary-failure'],
    'temporary-failure': ['sending', 'sent', 'pending', 'delivered'],
    'technical-failure': ['sending', 'sent', 'pending'],
    none: [],
  }[status];
  const changed =
    before.length === 0
      ? undefined
      : await notifyTables(tx)
          .updateTable('messages')
          .set({
            status,
            delivered_at: status === 'delivered' ? sql<string>`now()` : null,
            failed_at: isFailure ? sql<string>`now()` : null,
            failure: isFailure ? (receipt.detail ?? receipt.what) : null,
          })
          .where('organisation_id', '=', tx.organisationId)
          .where('id', '=', messageId)
          .where('status', 'in', before)
          .where('handed_over_at', 'is not', null)
          .returning(['id', 'service_id'])
          .executeTakeFirst();
  if (changed === undefined && status !== 'none') return null;
  await notifyTables(tx)
    .insertInto('message_events')
    .values({
      organisation_id: tx.organisationId,
      message_id: messageId,
      id: newId(),
      what: receipt.what,
      provider: receipt.provider,
      detail: receipt.detail,
    })
    .execute();
  if (changed === undefined || status === 'pending') return null;
  return { messageId: changed.id, serviceId: changed.service_id };
}

/** Something that happened to a message beyond its own columns. */
export interface MessageEvent {
  readonly at: string;
  readonly what: string;
  readonly provider: string | null;
  readonly detail: string | null;
}

/** What happened to a message: providers that did not take it, receipts, bounces, complaints; the earliest first. */
export async function listMessageEvents(tx: Tx, messageId: string): Promise<MessageEvent[]> {
  return notifyTables(tx)
    .selectFrom('message_events')
    .select(['at', 'what', 'provider', 'detail'])
    .where('organisation_id', '=', tx.organisationId)
    .where('message_id', '=', messageId)
    .orderBy('id')
    .execute();
}
