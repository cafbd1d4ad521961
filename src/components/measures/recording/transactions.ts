import { sql } from 'kysely';
import { newId, prepare, Problem, type Tx } from '#platform';
import type { DB } from '../tables.generated.ts';
import { wrongWithMoment } from './moments.ts';
import { noteStaleHours } from './stale-hours.ts';

/** What can happen to a transaction. An ending that tells a person they are not eligible is `completed`. */
export const transactionEvents = ['started', 'completed', 'failed'] as const;
export type TransactionEvent = (typeof transactionEvents)[number];

/** How a person dealt with the service. */
export const channels = ['digital', 'assisted digital', 'phone', 'paper', 'face to face'] as const;
export type Channel = (typeof channels)[number];

/** The most transactions that are recorded at once. */
export const mostTransactions = 1000;

/** The longest identifier that a sender may give a transaction. */
export const longestTransactionId = 200;

/** What happened to a transaction. */
export interface TransactionRecord {
  /** The sender's own identifier. It must name nobody: no national number, no e-mail address. */
  readonly transactionId: string;
  readonly event: TransactionEvent;
  readonly channel: Channel;
  /** When, in ISO 8601 with its time zone; now where it is left out. */
  readonly at?: string;
}

/**
 * Records what happened to a transaction of a service, once: what is recorded already is left as it is.
 *
 * @throws Problem unprocessable where the event, the channel or the time cannot be.
 */
export async function recordTransaction(tx: Tx, values: TransactionRecord & { serviceId: string }): Promise<void> {
  const { serviceId, ...transaction } = values;
  await recordTransactions(tx, serviceId, [transaction]);
}

/**
 * Records what happened to several transactions of a service, all or none, in one statement.
 *
 * @returns how many were new.
 * @throws Problem unprocessable that names each event, channel or time that cannot be.
 */
export async function recordTransactions(
  tx: Tx,
  serviceId: string,
  transactions: readonly TransactionRecord[],
): Promise<number> {
  checkTransactions(transactions);
  return (await addTransactions(tx, serviceId, transactions)).length;
}

/**
 * Adds transactions that were checked, in one statement.
 *
 * @returns those that were new.
 */
export async function addTransactions(
  tx: Tx,
  serviceId: string,
  transactions: readonly TransactionRecord[],
): Promise<{ transactionId: string; event: TransactionEvent }[]> {
  if (transactions.length === 0) return [];
  const now = new Date().toISOString();
  const rows = transactions
    .map((each) => ({ ...each, at: each.at === undefined ? now : new Date(each.at).toISOString() }))
    // Two senders of the same transactions take them in the same order, so that neither waits for the other for ever.
    .toSorted((one, other) => (one.transactionId < other.transactionId ? -1 : 1));
  return insertTransactions(tx, {
    organisationId: tx.organisationId,
    serviceId,
    ids: rows.map((row) => row.transactionId),
    events: rows.map((row) => row.event),
    channels: rows.map((row) => row.channel),
    times: rows.map((row) => row.at),
    noteId: newId(),
  });
}

const insertTransactions = prepare<
  DB,
  {
    organisationId: string;
    serviceId: string;
    ids: readonly string[];
    events: readonly string[];
    channels: readonly string[];
    times: readonly string[];
    noteId: string;
  },
  { transactionId: string; event: TransactionEvent }
>('measures', (tables, value) => {
  const of = { organisationId: value('organisationId'), serviceId: value('serviceId'), noteId: value('noteId') };
  return sql<{ transactionId: string; event: TransactionEvent }>`
    with recorded as (
      insert into measures.transactions (organisation_id, service_id, transaction_id, event, channel, at)
      select ${of.organisationId}::uuid, ${of.serviceId}::uuid, * from unnest(
        ${value('ids')}::text[], ${value('events')}::text[], ${value('channels')}::text[], ${value('times')}::timestamptz[])
      on conflict do nothing returning transaction_id, event, at
    ), noted as (${noteStaleHours(of, 'transactions')})
    select transaction_id as "transactionId", event from recorded`.compile(tables);
});

/**
 * Parts transactions into those that can be recorded and those that cannot, for a sender who wants the good ones kept.
 *
 * @returns for each that cannot, its place in what was sent and what is wrong with it.
 */
export function sortTransactions(transactions: readonly TransactionRecord[]): {
  good: TransactionRecord[];
  refused: { index: number; errors: { place: string; message: string }[] }[];
} {
  const now = Date.now();
  const judged = transactions.map((transaction, index) => ({
    transaction,
    index,
    errors: nonsenseIn(transaction, now),
  }));
  return {
    good: judged.filter(({ errors }) => errors.length === 0).map(({ transaction }) => transaction),
    refused: judged.flatMap(({ index, errors }) => (errors.length === 0 ? [] : [{ index, errors }])),
  };
}

/** @throws Problem unprocessable that names each event, channel or time that cannot be. */
export function checkTransactions(transactions: readonly TransactionRecord[]): void {
  const now = Date.now();
  const places = transactions.flatMap((transaction, index) =>
    nonsenseIn(transaction, now).map(({ place, message }) => ({
      place: `transactions/${index}/${place}`,
      message,
    })),
  );
  if (transactions.length > mostTransactions) {
    places.push({ place: 'transactions', message: `has more than ${mostTransactions}: send them in several batches` });
  }
  if (places.length === 0) return;
  const shown = places.slice(0, 20);
  throw new Problem('unprocessable', {
    title: 'These transactions cannot be recorded',
    message: shown.map(({ place, message }) => `${place} ${message}`).join('; '),
    places: shown,
  });
}

function nonsenseIn(
  { transactionId, event, channel, at }: TransactionRecord,
  now: number,
): { place: string; message: string }[] {
  const found: { place: string; message: string }[] = [];
  if (transactionId === '' || transactionId.length > longestTransactionId || transactionId.includes('\0')) {
    found.push({ place: 'id', message: `must be text of 1 to ${longestTransactionId} characters` });
  }
  // Asked although the types say so: what comes over the wire was not compiled.
  if (!transactionEvents.includes(event)) {
    found.push({ place: 'event', message: `must be one of ${transactionEvents.join(', ')}` });
  }
  if (!channels.includes(channel)) {
    found.push({ place: 'channel', message: `must be one of ${channels.join(', ')}` });
  }
  if (at !== undefined) {
    const wrong = wrongWithMoment(at, now);
    if (wrong !== undefined) found.push({ place: 'at', message: wrong });
  }
  return found;
}
