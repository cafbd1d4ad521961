import type { Insertable, Selectable } from 'kysely';
import { addDays, type Calendar, type Database, type Scope, type Tx } from '#platform';
import { measuresReader, measuresTables } from '../database.ts';
import { addQuarters, daysOf, quarterOf, quartersBetween, yearTo, type Quarter } from '../quarters.ts';
import type { Figures } from '../tables.generated.ts';
import { figureOf, type Figure } from './figure.ts';
import { readServiceRecords } from './service-records.ts';

/** A figure of one service and quarter, to be published. */
export interface QuarterFigure extends Figure {
  readonly serviceId: string;
  readonly quarter: Quarter;
  readonly historyId: string | null;
  readonly currency: string;
  /** Whether the quarter is over. One that still runs is shown as it goes on, and is not published yet. */
  readonly isOver: boolean;
}

/** How many quarters back records that come late change what was published, where nobody says from when. */
const quartersBack = 8;

/**
 * Publishes the figures of a service: of each quarter that is over once, and again, as a further revision with its reason,
 * where late or corrected records have changed them; of the running quarter as often as it is called. Called again at any
 * time it changes nothing that is not to be changed.
 *
 * @returns how many figures are new or different.
 */
export async function publishService(
  database: Database,
  { calendar, currency }: { calendar: Calendar; currency: string },
  { organisationId, serviceId }: { organisationId: string; serviceId: string },
): Promise<number> {
  const today = calendar.today();
  const running = quarterOf(today);
  const figures = await database.readAcross(async (tx) => {
    const published = await measuresReader(tx)
      .selectFrom('figures')
      .select('quarter')
      .where('service_id', '=', serviceId)
      .limit(1)
      .executeTakeFirst();
    // The first time, everything that was counted; later, what late records can reach.
    const reach = published === undefined ? '1900-Q1' : addQuarters(running, -quartersBack);
    const records = await readServiceRecords(tx, serviceId, yearTo(reach).from);
    if (records.firstDay === null) return [];
    const first = quarterOf(records.firstDay);
    const quarters = quartersBetween(first > reach ? first : reach, running);
    return quarters.map((quarter): QuarterFigure => {
      const isOver = quarter !== running;
      const period = isOver ? yearTo(quarter) : { from: addDays(today, -364), to: today };
      return { ...figureOf(records, period, currency), serviceId, quarter, historyId: null, currency, isOver };
    });
  });
  if (figures.length === 0) return 0;
  const scope: Scope = { organisationId, actor: { kind: 'system', name: 'measures.publish' } };
  return database.transact(scope, (tx) =>
    publishFigures(tx, figures, 'Counted again after records came late or were corrected.'),
  );
}

/**
 * Publishes figures: what is published already and is the same stays as it is, what differs becomes a further revision.
 *
 * @param reason why figures that were published before differ.
 * @returns how many figures are new or different.
 */
export async function publishFigures(tx: Tx, figures: readonly QuarterFigure[], reason: string): Promise<number> {
  const services = [...new Set(figures.map((figure) => figure.serviceId))];
  const latest = new Map<string, Selectable<Figures>>();
  for (const row of await measuresTables(tx)
    .selectFrom('figures')
    .selectAll()
    .distinctOn(['service_id', 'quarter'])
    .where('organisation_id', '=', tx.organisationId)
    .where('service_id', 'in', services)
    .orderBy('service_id')
    .orderBy('quarter')
    .orderBy('revision', 'desc')
    .execute()) {
    latest.set(`${row.service_id}/${row.quarter}`, row);
  }
  const changes = figures.flatMap((figure) => {
    const values = columnsOf(figure);
    const before = latest.get(`${figure.serviceId}/${values.quarter}`);
    const isRunning = !figure.isOver;
    if (before !== undefined && isSame(before, values) && before.revision > 0 === figure.isOver) return [];
    const revision = isRunning ? 0 : (before?.revision ?? 0) + 1;
    return [{ organisation_id: tx.organisationId, ...values, revision, reason: revision > 1 ? reason : null }];
  });
  // A statement has at most 65,535 values.
  for (let at = 0; at < changes.length; at += 1000) await insertFigures(tx, changes.slice(at, at + 1000));
  return changes.length;
}

async function insertFigures(tx: Tx, rows: readonly Insertable<Figures>[]): Promise<void> {
  // A quarter that was running is published now, or shown as it is now.
  await measuresTables(tx)
    .deleteFrom('figures')
    .where('organisation_id', '=', tx.organisationId)
    .where('service_id', 'in', [...new Set(rows.map((row) => row.service_id))])
    .where('quarter', 'in', [...new Set(rows.map((row) => row.quarter))])
    .where('revision', '=', 0)
    .execute();
  await measuresTables(tx)
    .insertInto('figures')
    .values([...rows])
    // Somebody else published it in this moment, from the same records.
    .onConflict((conflict) => conflict.doNothing())
    .execute();
}

function columnsOf(figure: QuarterFigure) {
  return {
    service_id: figure.serviceId,
    quarter: daysOf(figure.quarter).from,
    history_id: figure.historyId,
    from_day: figure.from,
    to_day: figure.to,
    transactions: figure.transactions,
    digital_transactions: figure.digitalTransactions,
    assisted_transactions: figure.assistedTransactions,
    started: figure.started,
    finished: figure.finished,
    completion_rate: figure.completionRate,
    opinions: figure.opinions,
    satisfaction: figure.satisfaction,
    cost: figure.cost,
    cost_per_transaction: figure.costPerTransaction,
    digital_cost: figure.digitalCost,
    digital_cost_per_transaction: figure.digitalCostPerTransaction,
    one_off_cost: figure.oneOffCost,
    currency: figure.currency,
    cost_status: figure.costStatus,
    cost_gaps: [...figure.costGaps],
  };
}

function isSame(row: Selectable<Figures>, values: ReturnType<typeof columnsOf>): boolean {
  const known = new Map<string, unknown>(Object.entries(row));
  return Object.entries(values).every(([column, value]) => JSON.stringify(known.get(column)) === JSON.stringify(value));
}
