import { sql } from 'kysely';
import { newId, Problem, type Tx } from '#platform';
import { measuresTables } from '../database.ts';
import { momentOf } from './moments.ts';
import { channels, type Channel, type TransactionEvent } from './transactions.ts';

/** What a recorded transaction really was. */
export interface Correction {
  readonly serviceId: string;
  readonly transactionId: string;
  /** The record that is corrected: a transaction has one for each event. */
  readonly event: TransactionEvent;
  /** What it really was; null where it never happened. */
  readonly really: { readonly channel: Channel; readonly at: string } | null;
  /** Why, for whoever compares the figures before and after. */
  readonly reason: string;
}

/**
 * Corrects a recorded transaction, or takes it away. The record as it came and every earlier correction stay. Correcting
 * it to what it already is changes nothing.
 *
 * @returns whether it changed anything.
 * @throws Problem not-found where nothing of that id and event is recorded, unprocessable where the correction cannot be.
 */
export async function correctTransaction(tx: Tx, correction: Correction): Promise<boolean> {
  const { serviceId, transactionId, event, reason } = correction;
  if (reason.trim() === '') throw new Problem('unprocessable', { message: 'Say why the transaction is corrected.' });
  const really = correction.really === null ? null : checked(correction.really);
  const tables = measuresTables(tx);
  const record = await tables
    .selectFrom('transactions')
    .select(['channel', 'at'])
    .where('organisation_id', '=', tx.organisationId)
    .where('service_id', '=', serviceId)
    .where('transaction_id', '=', transactionId)
    .where('event', '=', event)
    .executeTakeFirst();
  if (record === undefined) {
    throw new Problem('not-found', {
      title: 'There is no such transaction',
      message: `No transaction with this id was recorded as ${event}. Record it instead of correcting it.`,
    });
  }
  // Two corrections of one record follow each other, so that no two take the same number.
  await sql`select pg_advisory_xact_lock(hashtextextended(${`${serviceId}/${transactionId}/${event}`}, 0))`.execute(
    tables,
  );
  const latest = await tables
    .selectFrom('transaction_corrections')
    .select(['revision', 'channel', 'at'])
    .where('organisation_id', '=', tx.organisationId)
    .where('service_id', '=', serviceId)
    .where('transaction_id', '=', transactionId)
    .where('event', '=', event)
    .orderBy('revision', 'desc')
    .limit(1)
    .executeTakeFirst();
  const before = latest ?? record;
  if (before.channel === (really?.channel ?? null) && before.at === (really?.at ?? null)) return false;
  await tables
    .insertInto('transaction_corrections')
    .values({
      organisation_id: tx.organisationId,
      service_id: serviceId,
      transaction_id: transactionId,
      event,
      revision: (latest?.revision ?? 0) + 1,
      channel: really?.channel ?? null,
      at: really?.at ?? null,
      reason: reason.trim(),
      corrected_by: tx.actor.kind === 'applicant' ? 'an applicant' : tx.actor.name,
    })
    .execute();
  await noteChange(tx, correction, [before.at, really?.at ?? null]);
  return true;
}

/** Both days are to be counted again; and where a completion changed, the day of its start as well. */
async function noteChange(
  tx: Tx,
  { serviceId, transactionId, event }: Correction,
  times: readonly (string | null)[],
): Promise<void> {
  await sql`
    insert into measures.stale_hours (organisation_id, id, service_id, what, hour)
    select ${tx.organisationId}::uuid, ${newId()}::uuid, ${serviceId}::uuid, what, hour from (
      select 'transactions' as what, date_trunc('hour', at) as hour
        from unnest(${times.filter((time) => time !== null)}::timestamptz[]) as at
      union
      select 'starts', date_trunc('hour', coalesce(
               (select k.at from measures.transaction_corrections k
                 where k.organisation_id = s.organisation_id and k.service_id = s.service_id
                   and k.transaction_id = s.transaction_id and k.event = 'started' order by k.revision desc limit 1),
               s.at))
        from measures.transactions s
       where ${event} = 'completed' and s.organisation_id = ${tx.organisationId} and s.service_id = ${serviceId}
         and s.transaction_id = ${transactionId} and s.event = 'started'
    ) stale`.execute(measuresTables(tx));
}

function checked({ channel, at }: { channel: Channel; at: string }): { channel: Channel; at: string } {
  if (!channels.includes(channel)) {
    throw new Problem('unprocessable', { message: `The channel must be one of ${channels.join(', ')}.` });
  }
  return { channel, at: momentOf(at) };
}
