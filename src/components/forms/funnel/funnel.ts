import { sql } from 'kysely';
import { listServicesAcross } from '#organisations';
import type { Database, Tx } from '#platform';
import { formsTables } from '../database.ts';
import { timeSteps } from './counting.ts';

/** What happened to a page of a form. */
export interface PageFigures {
  page: string;
  seen: number;
  answered: number;
  /** How many were sent with mistakes. */
  mistaken: number;
  /** How many took so long: by `timeSteps`, the last longer than all. */
  took: number[];
}

export interface MistakeFigures {
  page: string;
  field: string;
  message: string;
  made: number;
}

export interface FunnelFilter {
  serviceId: string;
  version: number;
  /** ISO dates, both included. */
  from: string;
  to: string;
}

/** What happened to each page of a version on some days. Pages that nobody saw are not there. */
export async function readFunnel(tx: Tx, { serviceId, version, from, to }: FunnelFilter): Promise<PageFigures[]> {
  const { rows } = await sql<PageFigures>`
    select page, sum(seen)::int as seen, sum(answered)::int as answered, sum(mistaken)::int as mistaken,
           array[sum(took[1]), sum(took[2]), sum(took[3]), sum(took[4]), sum(took[5]), sum(took[6]), sum(took[7])]::int[] as took
      from forms.page_counts
     where organisation_id = ${tx.organisationId} and service_id = ${serviceId} and version = ${version}
       and day between ${from}::date and ${to}::date
     group by page`.execute(formsTables(tx));
  return rows;
}

/** The mistakes that were made most, of a version on some days. */
export async function readMistakes(
  tx: Tx,
  { serviceId, version, from, to }: FunnelFilter,
  most = 50,
): Promise<MistakeFigures[]> {
  const { rows } = await sql<MistakeFigures>`
    select page, field, message, sum(made)::int as made
      from forms.mistake_counts
     where organisation_id = ${tx.organisationId} and service_id = ${serviceId} and version = ${version}
       and day between ${from}::date and ${to}::date
     group by page, field, message order by made desc, page, field limit ${most}`.execute(formsTables(tx));
  return rows;
}

/** Within how many seconds half of the people were done with a page; `Infinity` beyond the longest step, null if nobody was timed. */
export function typicalSeconds(took: readonly number[]): number | null {
  const all = took.reduce((sum, count) => sum + count, 0);
  if (all === 0) return null;
  let sum = 0;
  for (const [index, count] of took.entries()) {
    sum += count;
    if (sum * 2 >= all) return timeSteps[index] ?? Number.POSITIVE_INFINITY;
  }
  return null;
}

/** Whoever counts together, once a day is over. */
const nobody = '00000000-0000-0000-0000-000000000000';

/** Adds together what several processes have counted on days that are over, of every organisation. Says how many rows went. */
export async function addTogether(database: Database): Promise<number> {
  const organisations = new Set((await listServicesAcross(database)).map(({ organisationId }) => organisationId));
  let gone = 0;
  for (const organisationId of organisations) {
    const scope = { organisationId, actor: { kind: 'system', name: 'forms.add-together' } } as const;
    gone += await database.transact(scope, async (tx) => {
      const pages = await sql`
        with old as (delete from forms.page_counts where organisation_id = ${organisationId}
                       and day < current_date - 1 and counted_by <> ${nobody} returning *)
        insert into forms.page_counts as c (organisation_id, service_id, version, day, page, counted_by, seen, answered, mistaken, took)
        select organisation_id, service_id, version, day, page, ${nobody}, sum(seen), sum(answered), sum(mistaken),
               array[sum(took[1]), sum(took[2]), sum(took[3]), sum(took[4]), sum(took[5]), sum(took[6]), sum(took[7])]
          from old group by 1, 2, 3, 4, 5
        on conflict (organisation_id, service_id, day, version, page, counted_by) do update set
          seen = c.seen + excluded.seen, answered = c.answered + excluded.answered, mistaken = c.mistaken + excluded.mistaken,
          took = (select array_agg(t.one + t.other order by t.place)
                    from unnest(c.took, excluded.took) with ordinality as t(one, other, place))`.execute(
        formsTables(tx),
      );
      await sql`
        with old as (delete from forms.mistake_counts where organisation_id = ${organisationId}
                       and day < current_date - 1 and counted_by <> ${nobody} returning *)
        insert into forms.mistake_counts as c (organisation_id, service_id, version, day, page, field, message, counted_by, made)
        select organisation_id, service_id, version, day, page, field, message, ${nobody}, sum(made)
          from old group by 1, 2, 3, 4, 5, 6, 7
        on conflict (organisation_id, service_id, day, version, page, field, message, counted_by) do update set
          made = c.made + excluded.made`.execute(formsTables(tx));
      return Number(pages.numAffectedRows ?? 0n);
    });
  }
  return gone;
}
