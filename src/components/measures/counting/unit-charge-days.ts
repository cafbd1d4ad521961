import { sql } from 'kysely';
import type { Calendar, Tx } from '#platform';
import { measuresTables } from '../database.ts';
import { takeStaleDays, timesBetween, type Wanted } from './stale-days.ts';

/** Adds up again the unit charges of up to seven days of a service. @returns whether there were any, and so may be more. */
export async function countUnitChargeDays(tx: Tx, calendar: Calendar, wanted: Wanted): Promise<boolean> {
  const stale = await takeStaleDays(tx, calendar, { ...wanted, what: 'unit charges' });
  if (stale === null) return false;
  const { timeZone } = calendar;
  const { days } = stale;
  const { serviceId } = wanted;
  const [first = '', last = first] = [days[0], days.at(-1)];
  const tables = measuresTables(tx);
  const ours = sql`organisation_id = ${tx.organisationId} and service_id = ${serviceId}`;
  await sql`delete from measures.unit_charge_days where ${ours} and day = any(${days}::date[])`.execute(tables);
  await sql`
    insert into measures.unit_charge_days
      (organisation_id, service_id, day, component, kind, channel, currency, quantity, amount_micros)
    select organisation_id, service_id, (at at time zone ${timeZone})::date, component, kind, coalesce(channel, ''),
           currency, sum(quantity), sum(amount_micros)
      from measures.unit_charges
     where ${ours} and at between ${timesBetween(first, last, timeZone)}
       and (at at time zone ${timeZone})::date = any(${days}::date[])
     group by 1, 2, 3, 4, 5, 6, 7`.execute(tables);
  return true;
}
