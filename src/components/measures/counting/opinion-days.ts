import { sql } from 'kysely';
import type { Calendar, Tx } from '#platform';
import { measuresTables } from '../database.ts';
import { takeStaleDays, timesBetween, type Wanted } from './stale-days.ts';

/** Counts again the opinions of up to seven days of a service. @returns whether there were any, and so may be more. */
export async function countOpinionDays(tx: Tx, calendar: Calendar, wanted: Wanted): Promise<boolean> {
  const stale = await takeStaleDays(tx, calendar, { ...wanted, what: 'opinions' });
  if (stale === null) return false;
  const { timeZone } = calendar;
  const { days } = stale;
  const { serviceId } = wanted;
  const [first = '', last = first] = [days[0], days.at(-1)];
  const tables = measuresTables(tx);
  const ours = sql`organisation_id = ${tx.organisationId} and service_id = ${serviceId}`;
  await sql`delete from measures.opinion_days where ${ours} and day = any(${days}::date[])`.execute(tables);
  await sql`
    insert into measures.opinion_days
      (organisation_id, service_id, day, moment, channel, rated_1, rated_2, rated_3, rated_4, rated_5)
    select organisation_id, service_id, (at at time zone ${timeZone})::date, moment, channel,
           count(*) filter (where rating = 1), count(*) filter (where rating = 2), count(*) filter (where rating = 3),
           count(*) filter (where rating = 4), count(*) filter (where rating = 5)
      from measures.opinions
     where ${ours} and at between ${timesBetween(first, last, timeZone)}
       and (at at time zone ${timeZone})::date = any(${days}::date[])
     group by 1, 2, 3, 4, 5`.execute(tables);
  return true;
}
