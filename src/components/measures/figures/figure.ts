import type { ServiceRecords } from './service-records.ts';
import { beginningOf, costOf, type CostOfService, type CostStatus, type Gap } from './cost-of-service.ts';
import { formatDate } from '#design';

/** The measures of a service over a period; null is missing. Money is in minor units. */
export interface Figure {
  readonly from: string;
  readonly to: string;
  /** Completed in all channels. */
  readonly transactions: number | null;
  /** Of them, in the digital channel without help: what take-up is made of. */
  readonly digitalTransactions: number | null;
  /** Of them, digital with help: outside take-up, inside the cost of the digital channel. */
  readonly assistedTransactions: number | null;
  readonly started: number | null;
  /** How many of those started have been completed by now. */
  readonly finished: number | null;
  readonly completionRate: number | null;
  /** How many people said how satisfied they were, and their mean: 0 for very dissatisfied, 1 for very satisfied. */
  readonly opinions: number | null;
  readonly satisfaction: number | null;
  readonly cost: number | null;
  readonly costPerTransaction: number | null;
  readonly digitalCost: number | null;
  readonly digitalCostPerTransaction: number | null;
  readonly oneOffCost: number | null;
  readonly costStatus: CostStatus;
  /** In words, which costs are not known. */
  readonly costGaps: readonly string[];
}

interface Period {
  readonly from: string;
  readonly to: string;
}

/** A figure with the cost that it was made from. */
export interface WorkedFigure extends Figure {
  readonly workedCost: CostOfService;
}

/**
 * The measures of a service over a period, from its records. Nothing is filled in: a measure of which nothing was recorded
 * is null, and a cost of which a kind is missing says so.
 *
 * Sources: the GOV.UK Service Manual on cost per transaction, user satisfaction, completion rate and digital take-up.
 */
export function figureOf(records: ServiceRecords, period: Period, currency: string): WorkedFigure {
  const counts = records.counts.filter(({ day }) => day >= period.from && day <= period.to);
  const sum = (what: 'started' | 'completed' | 'finished', channel?: string): number =>
    counts.reduce((total, row) => total + (channel === undefined || row.channel === channel ? row[what] : 0), 0);
  const transactions = counts.length === 0 ? null : sum('completed');
  const [digital, assisted, started] = [
    sum('completed', 'digital'),
    sum('completed', 'assisted digital'),
    sum('started'),
  ];
  const rated = ratingsOf(records, period, 'end of form', 'other');
  const opinions = rated.reduce((total, count) => total + count, 0);
  const cost = costOf(records, period, currency);
  const digitalCost = cost.byChannel.digital + cost.byChannel['assisted digital'];
  const isMissing = cost.status === 'missing';
  return {
    from: beginningOf(records, period),
    to: period.to,
    transactions,
    digitalTransactions: transactions === null ? null : digital,
    assistedTransactions: transactions === null ? null : assisted,
    started: transactions === null || started === 0 ? null : started,
    finished: transactions === null || started === 0 ? null : sum('finished'),
    completionRate: started === 0 ? null : sum('finished') / started,
    opinions: opinions === 0 ? null : opinions,
    satisfaction: meanRating(rated),
    cost: isMissing ? null : Math.round(cost.total),
    costPerTransaction: isMissing || !transactions ? null : cost.total / transactions,
    digitalCost: isMissing ? null : Math.round(digitalCost),
    digitalCostPerTransaction: isMissing || digital + assisted === 0 ? null : digitalCost / (digital + assisted),
    oneOffCost: cost.oneOff === 0 ? null : Math.round(cost.oneOff),
    costStatus: cost.status,
    costGaps: cost.gaps.map(gapInWords),
    workedCost: cost,
  };
}

/** How many gave each rating in a period at these moments, the worst first. */
export function ratingsOf(records: ServiceRecords, { from, to }: Period, ...moments: readonly string[]): number[] {
  const sums = [0, 0, 0, 0, 0];
  for (const { day, moment, rated } of records.opinions) {
    if (day < from || day > to || !moments.includes(moment)) continue;
    for (const [place, count] of rated.entries()) sums[place] = (sums[place] ?? 0) + count;
  }
  return sums;
}

/**
 * The satisfaction of counts of ratings, from 0 to 1, or null without any: very satisfied counts 1, satisfied ¾, neither ½,
 * dissatisfied ¼, very dissatisfied 0. Source: GOV.UK Service Manual, "Measuring user satisfaction".
 */
export function meanRating(rated: readonly number[]): number | null {
  const count = rated.reduce((sum, each) => sum + each, 0);
  return count === 0 ? null : rated.reduce((sum, each, place) => sum + each * place, 0) / (4 * count);
}

/** The share of transactions that were digital without help, or null where it is not known. */
export function takeUpOf(figure: Pick<Figure, 'transactions' | 'digitalTransactions'>): number | null {
  const { transactions, digitalTransactions } = figure;
  return !transactions || digitalTransactions === null ? null : digitalTransactions / transactions;
}

function gapInWords({ kind, from, to }: Gap): string {
  return `${kind} from ${formatDate(from)} to ${formatDate(to)}`;
}
