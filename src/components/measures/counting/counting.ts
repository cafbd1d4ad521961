import { sql } from 'kysely';
import type { Calendar, Database, Scope, Tx } from '#platform';
import { measuresReader, measuresTables } from '../database.ts';
import { countStarts, countTransactionDays } from './day-counts.ts';
import { countOpinionDays } from './opinion-days.ts';
import { countUnitChargeDays } from './unit-charge-days.ts';

/** A service in which something was recorded since it was last counted. */
export interface ServiceToCount {
  readonly organisationId: string;
  readonly serviceId: string;
}

/** In this order: counting transactions notes the days of earlier starts. */
const counters = [countTransactionDays, countStarts, countUnitChargeDays, countOpinionDays];

/** The services of all organisations in which something is to be counted. */
export async function listServicesToCount(database: Database): Promise<ServiceToCount[]> {
  const rows = await database.readAcross((tx) =>
    measuresReader(tx).selectFrom('stale_hours').select(['organisation_id', 'service_id']).distinct().execute(),
  );
  return rows.map((row) => ({ organisationId: row.organisation_id, serviceId: row.service_id }));
}

/**
 * Counts by day what was recorded for a service since it was last counted. It can be run at any time, by several at once,
 * and after one that died: each week of days is counted from its records in a transaction of its own, so the counts come
 * to the same however often and in whichever order they are made.
 */
export async function countService(
  database: Database,
  calendar: Calendar,
  { organisationId, serviceId }: ServiceToCount,
): Promise<void> {
  const scope: Scope = { organisationId, actor: { kind: 'system', name: 'measures.count' } };
  for (const count of counters) {
    while (
      await database.transact(scope, async (tx) => {
        // Nobody waits for it, and a week of a large service may take longer than a page is given.
        await sql`set local statement_timeout = '10min'`.execute(measuresTables(tx));
        return count(tx, calendar, { serviceId });
      })
    );
  }
}

/**
 * Counts in the caller's transaction what was recorded in a period up to now, for whoever looks at the transactions of
 * those days and does not want to wait for the next counting.
 */
export async function countTransactionsNow(
  tx: Tx,
  calendar: Calendar,
  wanted: { serviceId: string; period: { from: string; to: string } },
): Promise<void> {
  for (const count of [countTransactionDays, countStarts]) {
    while (await count(tx, calendar, wanted));
  }
}
