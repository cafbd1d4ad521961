import { sql } from 'kysely';
import { newId, Problem, type Tx } from '#platform';
import { measuresTables } from '../database.ts';
import { momentOf } from './moments.ts';
import { noteStaleHours } from './stale-hours.ts';
import { channels, type Channel } from './transactions.ts';

/** What one use of a component cost a service. */
export interface UnitCharge {
  readonly serviceId: string;
  /** The component that charges, such as `notify`. */
  readonly component: string;
  /** What was used, in the words that pages show: `email`, `text message`, `letter`, `gigabyte for a day`. */
  readonly kind: string;
  /** The component's own key of this charge, such as the id of the message: with it, recording again changes nothing. */
  readonly key: string;
  /** How many were used: fragments of a text message, sheets of a letter, gigabytes. */
  readonly quantity: number;
  /**
   * What they cost together, in whole millionths of the currency's unit (2.33p is 23,300), because one text message costs
   * a fraction of a penny. Below zero for a credit.
   */
  readonly amountMicros: number;
  /** ISO 4217. */
  readonly currency: string;
  /** The channel that it was used for; left out, all channels share it in proportion to their completed transactions. */
  readonly channel?: Channel;
  /** When, in ISO 8601 with its time zone; now where it is left out. */
  readonly at?: string;
}

/**
 * Records what one use of a component cost a service, once: a charge whose key is recorded already is left as it is.
 *
 * @throws Problem unprocessable where the amount, the quantity, the currency or the time cannot be.
 */
export async function recordUnitCharge(tx: Tx, charge: UnitCharge): Promise<void> {
  await recordUnitCharges(tx, charge.serviceId, [charge]);
}

/** Records several unit charges of one service, all or none, in one statement. @returns how many were new. */
export async function recordUnitCharges(
  tx: Tx,
  serviceId: string,
  charges: readonly Omit<UnitCharge, 'serviceId'>[],
): Promise<number> {
  if (charges.length === 0) return 0;
  const now = new Date().toISOString();
  const rows = charges
    .map((charge) => ({ ...checked(charge), at: charge.at === undefined ? now : momentOf(charge.at) }))
    .toSorted((one, other) => (one.key < other.key ? -1 : 1));
  const { rows: counted } = await sql<{ recorded: number }>`
    with recorded as (
      insert into measures.unit_charges
        (organisation_id, service_id, component, charge_key, kind, channel, quantity, amount_micros, currency, at)
      select ${tx.organisationId}::uuid, ${serviceId}::uuid, * from unnest(
        ${rows.map((row) => row.component)}::text[], ${rows.map((row) => row.key)}::text[],
        ${rows.map((row) => row.kind)}::text[], ${rows.map((row) => row.channel ?? null)}::text[],
        ${rows.map((row) => row.quantity)}::numeric[], ${rows.map((row) => row.amountMicros)}::bigint[],
        ${rows.map((row) => row.currency)}::text[], ${rows.map((row) => row.at)}::timestamptz[])
      on conflict do nothing returning at
    ), noted as (${noteStaleHours({ organisationId: tx.organisationId, serviceId, noteId: newId() }, 'unit charges')})
    select count(*) as recorded from recorded`.execute(measuresTables(tx));
  return counted[0]?.recorded ?? 0;
}

function checked<T extends Omit<UnitCharge, 'serviceId'>>(charge: T): T {
  const wrong = !Number.isSafeInteger(charge.amountMicros)
    ? 'The amount of a charge is a whole number of millionths of the currency’s unit.'
    : !Number.isFinite(charge.quantity)
      ? 'The quantity of a charge is a number.'
      : !/^[A-Z]{3}$/.test(charge.currency)
        ? 'The currency of a charge is three capital letters of ISO 4217, such as GBP.'
        : charge.key === '' || charge.key.length > 200
          ? 'The key of a charge has 1 to 200 characters.'
          : charge.channel !== undefined && !channels.includes(charge.channel)
            ? `The channel of a charge is one of ${channels.join(', ')}.`
            : undefined;
  if (wrong !== undefined) throw new Problem('unprocessable', { message: wrong });
  return charge;
}
