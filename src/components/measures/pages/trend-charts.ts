import { drawBarChart, drawChartKey, drawLineChart, formatNumber, formatPercentage, type LinePoint } from '#design';
import { wilsonInterval } from '../figures/confidence.ts';
import { shownCount, shownInterval, shownShare, shownUnitCost } from './shown.ts';

/** One point of a trend: the measures of twelve months, of a service or of several together. */
export interface TrendPoint {
  /** The twelve months by their last: `Sep 2017`. */
  readonly label: string;
  readonly transactions: number | null;
  readonly digitalTransactions: number | null;
  readonly takeUp: number | null;
  readonly costPerTransaction: number | null;
  /** Of several services: the middle of their costs. Of one: that of its digital channel. */
  readonly secondCost: number | null;
  readonly completionRate: number | null;
  /** How many were started, from which the rate is; null where it is not known, and no confidence can be told. */
  readonly started: number | null;
  readonly satisfaction: number | null;
  readonly opinions: number | null;
}

/** A chart with what stands around it, ready for a page. */
export interface ShownChart {
  readonly title: string;
  readonly note: string;
  readonly svg: string;
  readonly key: string;
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** The charts of a trend; a measure that is never known has none. */
export function drawTrends(
  points: readonly TrendPoint[],
  { currency, secondCost }: { currency: string; secondCost: string },
): ShownChart[] {
  if (points.length < 2) return [];
  return [
    transactionsChart(points),
    costChart(points, currency, secondCost),
    shareChart(points, {
      id: 'take-up',
      title: 'Digital take-up',
      note: 'Completed online without help, of all that were completed.',
      of: 'Completed transactions',
      share: (point) => point.takeUp,
      cases: (point) => point.transactions,
    }),
    shareChart(points, {
      id: 'completion',
      title: 'Completion rate',
      note: 'Of those that were started, how many were completed. Being told that you are not eligible completes a transaction.',
      of: 'Started',
      share: (point) => point.completionRate,
      cases: (point) => point.started,
    }),
    shareChart(points, {
      id: 'satisfaction',
      title: 'User satisfaction',
      note: 'The mean of five answers, from 0% for very dissatisfied to 100% for very satisfied.',
      of: 'Answers',
      share: (point) => point.satisfaction,
      cases: (point) => point.opinions,
    }),
  ].filter((chart) => chart !== null);
}

function transactionsChart(points: readonly TrendPoint[]): ShownChart | null {
  if (points.every((point) => point.transactions === null)) return null;
  const names = ['All channels', 'Digital'];
  const title = 'Completed transactions';
  return {
    title,
    note: 'In the twelve months that end with each month named.',
    svg: drawBarChart({
      id: 'transactions',
      title: `${title}, in all channels and digital`,
      description: change(points, (point) => point.transactions, shownCount),
      labels: points.map((point) => point.label),
      format: shownCount,
      series: [
        { name: 'All channels', values: points.map((point) => point.transactions) },
        { name: 'Digital', values: points.map((point) => point.digitalTransactions) },
      ],
    }),
    key: drawChartKey('bars', names),
    head: ['Year to', ...names],
    rows: rowsOf(points, (point) => [counted(point.transactions), counted(point.digitalTransactions)]),
  };
}

function costChart(points: readonly TrendPoint[], currency: string, secondCost: string): ShownChart | null {
  if (points.every((point) => point.costPerTransaction === null)) return null;
  const hasSecond = points.some((point) => point.secondCost !== null);
  const names = ['Cost per transaction', ...(hasSecond ? [secondCost] : [])];
  const format = (value: number): string => shownUnitCost(value, currency);
  const title = 'Cost per transaction';
  return {
    title,
    note: 'Cost over completed transactions. There is a gap where not the whole cost is known.',
    svg: drawLineChart({
      id: 'cost',
      title,
      description: change(
        points,
        (point) => point.costPerTransaction,
        (value) => shownUnitCost(value, currency),
      ),
      labels: points.map((point) => point.label),
      format,
      series: [
        { name: title, points: points.map((point) => plain(point.costPerTransaction)) },
        ...(hasSecond ? [{ name: secondCost, points: points.map((point) => plain(point.secondCost)) }] : []),
      ],
    }),
    key: drawChartKey('lines', names),
    head: ['Year to', ...names],
    rows: rowsOf(points, (point) => [
      shownUnitCost(point.costPerTransaction, currency),
      ...(hasSecond ? [shownUnitCost(point.secondCost, currency)] : []),
    ]),
  };
}

interface ShareMeasure {
  readonly id: string;
  readonly title: string;
  readonly note: string;
  /** What the cases are, at the head of their column. */
  readonly of: string;
  readonly share: (point: TrendPoint) => number | null;
  readonly cases: (point: TrendPoint) => number | null;
}

function shareChart(points: readonly TrendPoint[], measure: ShareMeasure): ShownChart | null {
  if (points.every((point) => measure.share(point) === null)) return null;
  const intervals = points.map((point) => {
    const [share, cases] = [measure.share(point), measure.cases(point)];
    return share === null || cases === null ? null : wilsonInterval(share, cases);
  });
  // Narrower than a mark it would only be in the way.
  const isWide = intervals.some((interval) => interval !== null && interval.high - interval.low > 0.04);
  return {
    title: measure.title,
    note: `${measure.note}${isWide ? ' The upright lines show between which values it lies with 95% confidence: they are long where there were few.' : ''}`,
    svg: drawLineChart({
      id: measure.id,
      title: measure.title,
      description: change(points, measure.share, shownShare),
      labels: points.map((point) => point.label),
      format: formatPercentage,
      most: 1,
      series: [
        {
          name: measure.title,
          points: points.map((point, place) => {
            const [value, interval] = [measure.share(point), intervals[place] ?? null];
            return value === null ? null : { value, ...(isWide && interval !== null ? interval : {}) };
          }),
        },
      ],
    }),
    key: '',
    head: ['Year to', measure.title, '95% confidence', measure.of],
    rows: rowsOf(points, (point) => [
      shownShare(measure.share(point)),
      shownInterval(intervals[points.indexOf(point)] ?? null),
      counted(measure.cases(point)),
    ]),
  };
}

/** The newest first: that is what people look for. */
function rowsOf(points: readonly TrendPoint[], cells: (point: TrendPoint) => string[]): string[][] {
  return points.map((point) => [point.label, ...cells(point)]).toReversed();
}

/** What is to be seen, in a sentence for whoever cannot see it. */
function change(
  points: readonly TrendPoint[],
  of: (point: TrendPoint) => number | null,
  shown: (value: number | null) => string,
): string {
  const known = points.filter((point) => of(point) !== null);
  const [first, last] = [known[0], known.at(-1)];
  if (first === undefined || last === undefined) return 'Nothing is known.';
  return `From ${shown(of(first))} in the year to ${first.label} to ${shown(of(last))} in the year to ${last.label}. The figures are in the table below.`;
}

function plain(value: number | null): LinePoint | null {
  return value === null ? null : { value };
}

function counted(count: number | null): string {
  return count === null ? 'Missing' : formatNumber(count);
}
