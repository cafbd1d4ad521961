import { addDays, Problem, isDay, type Calendar, type Tx } from '#platform';
import { formatNumber, formatPercentage } from '#design';
import { countTransactionsNow } from './counting.ts';
import { measuresTables } from '../database.ts';

/** What happened in a period. */
export interface Count {
  readonly started: number;
  readonly completed: number;
  readonly failed: number;
  /**
   * Of the transactions that were started in the period, the share that has been completed since, from 0 to 1; null
   * where none was started.
   */
  readonly completionRate: number | null;
}

export interface DayCount extends Count {
  /** ISO date, in the government's time zone. */
  readonly day: string;
}

export interface Counts {
  /** Every day of the period, the first first, also those on which nothing happened. */
  readonly days: readonly DayCount[];
  readonly total: Count;
}

/** The most days that are counted at once. */
const mostDays = 400;

/**
 * Counts a service's transactions by day.
 *
 * @param period.from the first day and `to` the last, both ISO dates and both included; days begin at midnight in the
 *   calendar's time zone, so one in spring has 23 hours and one in autumn 25.
 */
export async function countTransactions(
  tx: Tx,
  calendar: Calendar,
  period: { serviceId: string; from: string; to: string },
): Promise<Counts> {
  const days = daysBetween(period.from, period.to);
  await countTransactionsNow(tx, calendar, { serviceId: period.serviceId, period });
  const rows = await readDays(tx, period);
  const found = new Map(rows.map((row) => [row.day, row]));
  const nothing = { started: 0, completed: 0, failed: 0, finished: 0 };
  const total = rows.reduce(
    (sum, row) => ({
      started: sum.started + row.started,
      completed: sum.completed + row.completed,
      failed: sum.failed + row.failed,
      finished: sum.finished + row.finished,
    }),
    nothing,
  );
  return {
    days: days.map((day) => ({ day, ...shape(found.get(day) ?? nothing) })),
    total: shape(total),
  };
}

/** A figure for a service's overview. */
export interface Figure {
  readonly label: string;
  readonly value: string;
  readonly hint?: string;
  readonly href?: string;
}

/** The figures of a service over the last days, today included, for its overview. */
export async function figuresFor(
  tx: Tx,
  serviceId: string,
  { calendar, days = 28 }: { calendar: Calendar; days?: number },
): Promise<Figure[]> {
  const to = calendar.today();
  const { total } = await countTransactions(tx, calendar, { serviceId, from: addDays(to, 1 - days), to });
  const href = `/staff/organisations/${tx.organisationId}/services/${serviceId}/measures`;
  const [started, completed, ...rest] = figuresOf(total, `Last ${days} days`);
  return [started, { ...completed, href }, ...rest];
}

/** A count as figures: started, completed, failed and the completion rate, which is said to be missing where it is. */
export function figuresOf(count: Count, hint: string): [Figure, Figure, Figure, Figure] {
  return [
    { label: 'Started', value: formatNumber(count.started), hint },
    { label: 'Completed', value: formatNumber(count.completed), hint },
    { label: 'Failed', value: formatNumber(count.failed), hint },
    {
      label: 'Completion rate',
      value: formatRate(count.completionRate),
      hint: count.completionRate === null ? 'Nothing was started' : 'Of those started, completed by now',
    },
  ];
}

/** A rate as a percentage, or the word for one that there is not. */
export function formatRate(rate: number | null): string {
  return rate === null ? 'Missing' : formatPercentage(rate);
}

interface CountRow {
  readonly started: number;
  readonly completed: number;
  readonly failed: number;
  /** How many of those started have been completed by now. */
  readonly finished: number;
}

async function readDays(
  tx: Tx,
  { serviceId, from, to }: { serviceId: string; from: string; to: string },
): Promise<(CountRow & { day: string })[]> {
  return measuresTables(tx)
    .selectFrom('day_counts')
    .select(({ fn }) => [
      'day',
      fn.sum<number>('started').as('started'),
      fn.sum<number>('completed').as('completed'),
      fn.sum<number>('failed').as('failed'),
      fn.sum<number>('finished').as('finished'),
    ])
    .where('organisation_id', '=', tx.organisationId)
    .where('service_id', '=', serviceId)
    .where('day', '>=', from)
    .where('day', '<=', to)
    .groupBy('day')
    .orderBy('day')
    .execute();
}

function daysBetween(from: string, to: string): string[] {
  if (!isDay(from) || !isDay(to) || to < from) {
    throw new Problem('unprocessable', {
      message: 'The last day must be the first day or later, and both real dates such as 2026-11-24.',
    });
  }
  const days: string[] = [];
  for (let day = from; day <= to; day = addDays(day, 1)) {
    if (days.length === mostDays) {
      throw new Problem('unprocessable', { message: `At most ${mostDays} days can be counted at once.` });
    }
    days.push(day);
  }
  return days;
}

function shape({ started, completed, failed, finished }: CountRow): Count {
  return { started, completed, failed, completionRate: started === 0 ? null : finished / started };
}
