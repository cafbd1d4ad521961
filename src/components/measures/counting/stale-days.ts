import { sql } from 'kysely';
import { addDays, type Calendar, type Tx } from '#platform';
import { measuresTables } from '../database.ts';

/** Days of a service that are to be counted again. */
export interface StaleDays {
  /** ISO dates in the government's time zone, the first first, all within `mostDays` of each other. */
  readonly days: readonly string[];
  /** The hours, as ISO 8601 times in UTC, in which something was recorded. */
  readonly hours: readonly string[];
}

/** Whose days are to be counted. */
export interface Wanted {
  readonly serviceId: string;
  /** Only these days, ISO dates, both included; left out, whichever are stale. */
  readonly period?: { readonly from: string; readonly to: string };
}

/** How many days are counted in one transaction: one is short, and a whole history is not one long one. */
const mostDays = 7;

/**
 * Takes the notes of what is to be counted again off the table, for up to a week of days of one service, the newest first. The
 * transaction that takes them must count them: if it is rolled back, or the process dies, the notes are back. Whatever is
 * recorded meanwhile has a note of its own, which stays. Two takers of one service follow each other.
 *
 * @returns null where nothing is to be counted.
 */
export async function takeStaleDays(
  tx: Tx,
  { timeZone }: Calendar,
  { serviceId, what, period }: Wanted & { what: 'transactions' | 'starts' | 'unit charges' | 'opinions' },
): Promise<StaleDays | null> {
  const tables = measuresTables(tx);
  // A statement of its own: what the other one did is then visible to the next.
  await sql`select pg_advisory_xact_lock(hashtextextended(${`${tx.organisationId}/${serviceId}`}, 0))`.execute(tables);
  const ours = sql`s.organisation_id = ${tx.organisationId} and s.service_id = ${serviceId} and s.what = ${what}`;
  const wanted =
    // An hour may begin on the day before, where a time zone begins its days at half past.
    period === undefined
      ? sql`true`
      : sql`s.hour + interval '59 minutes' between ${timesBetween(period.from, addDays(period.to, 1), timeZone)}`;
  const { rows } = await sql<{ hour: string }>`
    with newest as (select max(s.hour) as hour from measures.stale_hours s where ${ours} and ${wanted})
    delete from measures.stale_hours s using newest
     where ${ours} and ${wanted} and s.hour > newest.hour - ${mostDays - 2} * interval '1 day'
    returning s.hour`.execute(tables);
  if (rows.length === 0) return null;
  const hours = [...new Set(rows.map((row) => row.hour))].toSorted();
  return { days: daysOfHours(hours, timeZone), hours };
}

/** The range of time of whole days, as a condition on a column: `at` falls on one of the days from `first` to `last`. */
export function timesBetween(first: string, last: string, timeZone: string) {
  // Midnight of a day in the time zone: the day as a time without zone, read there.
  return sql`(${first}::date::timestamp at time zone ${timeZone}) and
    ((${addDays(last, 1)}::date::timestamp at time zone ${timeZone}) - interval '1 microsecond')`;
}

/** The days into which hours of UTC fall; one may fall into two, where a time zone begins its day at half past. */
function daysOfHours(hours: readonly string[], timeZone: string): string[] {
  const format = new Intl.DateTimeFormat('sv-SE', { timeZone, year: 'numeric', month: '2-digit', day: '2-digit' });
  const days = hours.flatMap((hour) => {
    const begins = Date.parse(hour);
    return [format.format(begins), format.format(begins + 3_599_999)];
  });
  return [...new Set(days)].toSorted();
}
