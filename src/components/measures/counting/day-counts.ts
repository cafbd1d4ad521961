import { sql } from 'kysely';
import { newId, type Calendar, type Tx } from '#platform';
import { measuresTables } from '../database.ts';
import { takeStaleDays, timesBetween, type StaleDays, type Wanted } from './stale-days.ts';

/**
 * Counts again up to seven days of a service in which transactions were recorded or corrected. The days are counted from the
 * records, not added to, so that counting twice, in any order or after a counting that died, comes to the same.
 *
 * @returns whether there were any, and so may be more.
 */
export async function countTransactionDays(tx: Tx, calendar: Calendar, wanted: Wanted): Promise<boolean> {
  const stale = await takeStaleDays(tx, calendar, { ...wanted, what: 'transactions' });
  if (stale === null) return false;
  await countDays(tx, calendar, wanted.serviceId, stale.days);
  await noteEarlierStarts(tx, calendar, wanted.serviceId, stale);
  return true;
}

/**
 * Counts again, for up to seven days, how many of the transactions that were started on them have been completed by now: a
 * completion changes the day of its start.
 *
 * @returns whether there were any, and so may be more.
 */
export async function countStarts(tx: Tx, calendar: Calendar, wanted: Wanted): Promise<boolean> {
  const stale = await takeStaleDays(tx, calendar, { ...wanted, what: 'starts' });
  if (stale === null) return false;
  await countDays(tx, calendar, wanted.serviceId, stale.days);
  return true;
}

async function countDays(tx: Tx, { timeZone }: Calendar, serviceId: string, days: readonly string[]): Promise<void> {
  const [first = '', last = first] = [days[0], days.at(-1)];
  const tables = measuresTables(tx);
  const ours = sql`organisation_id = ${tx.organisationId} and service_id = ${serviceId}`;
  const within = timesBetween(first, last, timeZone);
  await sql`delete from measures.day_counts where ${ours} and day = any(${days}::date[])`.execute(tables);
  await sql`
    insert into measures.day_counts (organisation_id, service_id, day, channel, started, completed, failed, finished)
    with corrected as materialized (
      -- What a corrected record really was: its highest revision.
      select distinct on (transaction_id, event) transaction_id, event, channel, at
        from measures.transaction_corrections where ${ours} order by transaction_id, event, revision desc
    ), happened as (
      select transaction_id, event, channel, at from measures.transactions t
       where ${ours} and at between ${within}
         and not exists (select from corrected c where c.transaction_id = t.transaction_id and c.event = t.event)
      union all
      select transaction_id, event, channel, at from corrected where at between ${within}
    ), withdrawn as (
      select transaction_id from corrected where event = 'completed' and at is null
    )
    select ${tx.organisationId}::uuid, ${serviceId}::uuid, (h.at at time zone ${timeZone})::date as day, h.channel,
           count(*) filter (where h.event = 'started'), count(*) filter (where h.event = 'completed'),
           count(*) filter (where h.event = 'failed'), count(c.transaction_id)
      from happened h
      -- Each is looked up by its key: joined as a whole, every week would read all that the service has ever done.
      left join lateral (
        select t.transaction_id from measures.transactions t
         where h.event = 'started' and ${ours} and t.transaction_id = h.transaction_id and t.event = 'completed'
         limit 1) c on not exists (select from withdrawn w where w.transaction_id = c.transaction_id)
     where (h.at at time zone ${timeZone})::date = any(${days}::date[])
     group by 3, 4`.execute(tables);
}

/** Notes the earlier days on which transactions were started that were completed in the hours just counted. */
async function noteEarlierStarts(tx: Tx, { timeZone }: Calendar, serviceId: string, stale: StaleDays): Promise<void> {
  const [first, last] = [stale.hours[0], stale.hours.at(-1)];
  const ours = sql`organisation_id = ${tx.organisationId} and service_id = ${serviceId}`;
  await sql`
    insert into measures.stale_hours (organisation_id, id, service_id, what, hour)
    with ended as materialized (
      select transaction_id from measures.transactions
       where ${ours} and event = 'completed' and at >= ${first}::timestamptz
         and at < ${last}::timestamptz + interval '1 hour'
         and date_trunc('hour', at) = any(${stale.hours}::timestamptz[])
    ), corrected as materialized (
      -- A corrected start was counted on its corrected day.
      select distinct on (transaction_id) transaction_id, at from measures.transaction_corrections
       where ${ours} and event = 'started' order by transaction_id, revision desc
    ), begun as (
      -- Looked up one by one by the whole key: where a table has grown since it was last analyzed, a join of the two is
      -- taken for one of a single row, and each start is then compared with each end.
      select coalesce(c.at, s.at) as at
        from ended e
       cross join lateral (
         select at from measures.transactions
          where ${ours} and transaction_id = e.transaction_id and event = 'started' limit 1
       ) s
        left join corrected c using (transaction_id)
    )
    select distinct ${tx.organisationId}::uuid, ${newId()}::uuid, ${serviceId}::uuid, 'starts', date_trunc('hour', at)
      from begun where (at at time zone ${timeZone})::date <> all(${stale.days}::date[])
       -- Those of hours that wait to be counted anyway are counted then. Whoever counts them comes after this transaction.
       and not exists (select from measures.stale_hours w
                        where w.organisation_id = ${tx.organisationId} and w.service_id = ${serviceId}
                          and w.what = 'transactions' and w.hour = date_trunc('hour', at))`.execute(measuresTables(tx));
}
