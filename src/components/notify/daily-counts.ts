import { sql } from 'kysely';
import { listServicesAcross } from '#organisations';
import { addDays, type Calendar, type Database, type Tx } from '#platform';
import { notifyTables } from './database.ts';

/** How many messages were written on a day with a template, by what has become of them. */
export interface DailyCount {
  readonly day: string;
  readonly channel: string;
  readonly templateId: string;
  readonly template: string;
  readonly status: string;
  readonly count: number;
  /** Text messages of the network. */
  readonly fragments: number;
}

/** Statuses move for some days after a message was written; older days are as they were counted last. */
const daysThatMove = 8;

/**
 * The messages of a service by day, template and status, between two days, the first and the last included. What test
 * keys sent is left out. Today is counted now, earlier days were counted within the last quarter of an hour or so.
 */
export async function readDailyCounts(
  tx: Tx,
  serviceId: string,
  { from, to, calendar }: { from: string; to: string; calendar: Calendar },
): Promise<DailyCount[]> {
  const today = calendar.today();
  const rows = await notifyTables(tx)
    .selectFrom('daily_counts')
    .select(['day', 'channel', 'template_id', 'template', 'status', 'count', 'fragments'])
    .where('organisation_id', '=', tx.organisationId)
    .where('service_id', '=', serviceId)
    .where('day', '>=', from)
    .where('day', '<=', to)
    .where('day', '<', today)
    .orderBy('day')
    .execute();
  const earlier = rows.map(({ template_id: templateId, ...row }) => ({ ...row, templateId }));
  return to < today ? earlier : [...earlier, ...(await countDay(tx, serviceId, today, calendar))];
}

/** Counts the days anew on which something may have changed, of every service. */
export async function recountDays(database: Database, calendar: Calendar): Promise<void> {
  for (const { organisationId, id } of await listServicesAcross(database)) {
    const scope = { organisationId, actor: { kind: 'system', name: 'notify.count-days' } } as const;
    for (let back = 0; back < daysThatMove; back += 1) {
      await database.transact(scope, (tx) => recountDay(tx, id, addDays(calendar.today(), -back), calendar));
    }
  }
}

/** Counts a day of a service anew, as its messages are now. */
export async function recountDay(tx: Tx, serviceId: string, day: string, calendar: Calendar): Promise<void> {
  const counts = await countDay(tx, serviceId, day, calendar);
  const tables = notifyTables(tx);
  await tables
    .deleteFrom('daily_counts')
    .where('organisation_id', '=', tx.organisationId)
    .where('service_id', '=', serviceId)
    .where('day', '=', day)
    .execute();
  if (counts.length === 0) return;
  await tables
    .insertInto('daily_counts')
    .values(
      counts.map((each) => ({
        organisation_id: tx.organisationId,
        service_id: serviceId,
        day,
        channel: each.channel,
        template_id: each.templateId,
        template: each.template,
        status: each.status,
        count: each.count,
        fragments: each.fragments,
      })),
    )
    // Two processes may count at once.
    .onConflict((conflict) => conflict.doNothing())
    .execute();
}

/** A message of a template that is built in has no template of its own. */
const noTemplate = '00000000-0000-0000-0000-000000000000';

async function countDay(tx: Tx, serviceId: string, day: string, calendar: Calendar): Promise<DailyCount[]> {
  const rows = await notifyTables(tx)
    .selectFrom('messages')
    .select([
      'channel',
      sql<string>`coalesce(template_id, ${noTemplate}::uuid)`.as('templateId'),
      sql<string>`max(template)`.as('template'),
      'status',
      sql<number>`count(*)::int`.as('count'),
      sql<number>`coalesce(sum(fragments), 0)::int`.as('fragments'),
    ])
    .where('organisation_id', '=', tx.organisationId)
    .where('service_id', '=', serviceId)
    .where(sql<boolean>`not confidential`)
    .where(sql<boolean>`key_kind is distinct from 'test'`)
    // Ids begin with the time, so the index finds the day; a day of any time zone lies within these.
    .where('id', '>=', idAt(`${addDays(day, -1)}T00:00:00Z`))
    .where('id', '<', idAt(`${addDays(day, 2)}T00:00:00Z`))
    .where(sql<boolean>`(created_at at time zone ${calendar.timeZone})::date = ${day}::date`)
    .groupBy(['channel', 'templateId', 'status'])
    .orderBy('channel')
    .orderBy('template')
    .execute();
  return rows.map((row) => ({ day, ...row }));
}

/** The smallest identifier that is made at a moment: RFC 9562, section 5.7. */
function idAt(time: string): string {
  const hex = Date.parse(time).toString(16).padStart(12, '0');
  return `${hex.slice(0, 8)}-${hex.slice(8)}-7000-8000-000000000000`;
}
