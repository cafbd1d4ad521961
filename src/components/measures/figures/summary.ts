import { takeUpOf, type Figure } from './figure.ts';

/** What the figures of several services come to, in one quarter. Money is in minor units. */
export interface Summary {
  readonly services: number;
  /** Of how many services each was known: a total says so, so that nobody takes it for the whole. */
  readonly transactions: number | null;
  readonly transactionsOf: number;
  readonly digitalTransactions: number | null;
  /** Digital over all, of the services of which both are known. */
  readonly takeUp: number | null;
  readonly takeUpOf: number;
  /** What the services of which the whole cost is known cost together, and the transactions of those. */
  readonly cost: number | null;
  readonly costPerTransaction: number | null;
  readonly medianCostPerTransaction: number | null;
  readonly costOf: number;
  readonly started: number;
  /** Completed over started, of the services that count starts. */
  readonly completionRate: number | null;
  readonly completionOf: number;
  readonly opinions: number;
  /** The mean over all opinions. */
  readonly satisfaction: number | null;
  readonly satisfactionOf: number;
}

/** Whether the whole cost behind a figure is known, by records or by an estimate. */
export function hasWholeCost(figure: Pick<Figure, 'costStatus' | 'costPerTransaction'>): boolean {
  return (figure.costStatus === 'measured' || figure.costStatus === 'estimated') && figure.costPerTransaction !== null;
}

/** Adds figures of one quarter up, each measure over the services of which it is known. */
export function summarise(figures: readonly Figure[]): Summary {
  const counted = figures.filter((figure) => figure.transactions !== null);
  const known = figures.filter((figure) => takeUpOf(figure) !== null);
  const costed = figures.filter((figure) => hasWholeCost(figure) && figure.transactions !== null);
  const begun = figures.filter((figure) => figure.started !== null && figure.finished !== null);
  const rated = figures.filter((figure) => figure.satisfaction !== null);
  const cost = sum(costed, (figure) => figure.cost ?? (figure.costPerTransaction ?? 0) * (figure.transactions ?? 0));
  const started = sum(begun, (figure) => figure.started ?? 0);
  const opinions = sum(rated, (figure) => figure.opinions ?? 0);
  return {
    services: figures.length,
    transactions: counted.length === 0 ? null : sum(counted, (figure) => figure.transactions ?? 0),
    transactionsOf: counted.length,
    digitalTransactions: known.length === 0 ? null : sum(known, (figure) => figure.digitalTransactions ?? 0),
    takeUp: ratio(
      sum(known, (figure) => figure.digitalTransactions ?? 0),
      sum(known, (figure) => figure.transactions ?? 0),
    ),
    takeUpOf: known.length,
    cost: costed.length === 0 ? null : cost,
    costPerTransaction: ratio(
      cost,
      sum(costed, (figure) => figure.transactions ?? 0),
    ),
    medianCostPerTransaction: median(figures.filter(hasWholeCost).map((figure) => figure.costPerTransaction ?? 0)),
    costOf: costed.length,
    started,
    completionRate: ratio(
      sum(begun, (figure) => figure.finished ?? 0),
      started,
    ),
    completionOf: begun.length,
    opinions,
    satisfaction: ratio(
      sum(rated, (figure) => (figure.satisfaction ?? 0) * (figure.opinions ?? 0)),
      opinions,
    ),
    satisfactionOf: rated.length,
  };
}

/** The middle of values, or null without any: of an even number, the mean of the two in the middle. */
export function median(values: readonly number[]): number | null {
  const sorted = values.toSorted((one, other) => one - other);
  const middle = sorted.length / 2;
  const [low, high] = [sorted[Math.ceil(middle) - 1], sorted[Math.floor(middle)]];
  return low === undefined || high === undefined ? null : (low + high) / 2;
}

function sum<T>(values: readonly T[], of: (value: T) => number): number {
  return values.reduce((total, value) => total + of(value), 0);
}

function ratio(part: number, whole: number): number | null {
  return whole === 0 ? null : part / whole;
}
