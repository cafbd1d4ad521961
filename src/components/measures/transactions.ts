import { Problem, type Tx } from '#platform';
import { measuresTables } from './database.ts';

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

/** Clocks of other systems may be this far ahead of ours, in milliseconds. */
const clockTolerance = 5 * 60_000;

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
  if (transactions.length === 0) return 0;
  const now = new Date().toISOString();
  const rows = transactions
    .map(({ transactionId, event, channel, at }) => ({
      organisation_id: tx.organisationId,
      service_id: serviceId,
      transaction_id: transactionId,
      event,
      channel,
      at: at === undefined ? now : new Date(at).toISOString(),
    }))
    // Two senders of the same transactions take them in the same order, so that neither waits for the other for ever.
    .toSorted((one, other) => (one.transaction_id < other.transaction_id ? -1 : 1));
  const { numInsertedOrUpdatedRows = 0n } = await measuresTables(tx)
    .insertInto('transactions')
    .values(rows)
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirstOrThrow();
  return Number(numInsertedOrUpdatedRows);
}

/** @throws Problem unprocessable that names each event, channel or time that cannot be. */
export function checkTransactions(transactions: readonly TransactionRecord[]): void {
  const latest = Date.now() + clockTolerance;
  const places = transactions.flatMap((transaction, index) =>
    nonsenseIn(transaction, latest).map(({ place, message }) => ({
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
  latest: number,
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
    const time = isMoment(at) ? Date.parse(at) : Number.NaN;
    if (Number.isNaN(time)) {
      found.push({ place: 'at', message: 'must be a real time with its time zone, such as 2026-11-24T09:30:00Z' });
    } else if (time > latest) {
      found.push({ place: 'at', message: 'must not be in the future' });
    }
  }
  return found;
}

/** Whether a text is a time of RFC 3339 with its time zone; without one it would mean the server's. */
function isMoment(text: string): boolean {
  return /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:\d{2})$/.test(text);
}
