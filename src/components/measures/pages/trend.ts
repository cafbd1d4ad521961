import { takeUpOf } from '../figures/figure.ts';
import type { ShownFigure } from '../figures/population.ts';
import { hasWholeCost, summarise } from '../figures/summary.ts';
import { addQuarters, type Quarter } from '../quarters.ts';
import { shownYear } from './shown.ts';
import type { TrendPoint } from './trend-charts.ts';

/** The figures of several services by quarter, the first quarter first. */
export function byQuarter(figures: readonly ShownFigure[]): Map<Quarter, ShownFigure[]> {
  const quarters = new Map<Quarter, ShownFigure[]>();
  for (const figure of figures) {
    const known = quarters.get(figure.quarter);
    if (known === undefined) quarters.set(figure.quarter, [figure]);
    else known.push(figure);
  }
  return new Map([...quarters].toSorted(([one], [other]) => (one < other ? -1 : 1)));
}

/** What several services come to through time. */
export function trendOfMany(figures: readonly ShownFigure[]): TrendPoint[] {
  return [...byQuarter(figures).values()].map((rows) => {
    const summary = summarise(rows);
    return {
      label: shownYear(rows[0]?.to ?? ''),
      transactions: summary.transactions,
      digitalTransactions: summary.digitalTransactions,
      takeUp: summary.takeUp,
      costPerTransaction: summary.costPerTransaction,
      secondCost: summary.medianCostPerTransaction,
      completionRate: summary.completionRate,
      started: summary.started,
      satisfaction: summary.satisfaction,
      opinions: summary.opinions,
    };
  });
}

/** One service through time. A cost of which a part is not known is a gap. */
export function trendOfOne(figures: readonly ShownFigure[]): TrendPoint[] {
  return figures.map((figure) => ({
    label: shownYear(figure.to),
    transactions: figure.transactions,
    digitalTransactions: figure.digitalTransactions,
    takeUp: takeUpOf(figure),
    costPerTransaction: hasWholeCost(figure) ? figure.costPerTransaction : null,
    secondCost: hasWholeCost(figure) ? figure.digitalCostPerTransaction : null,
    completionRate: figure.completionRate,
    started: figure.started,
    satisfaction: figure.satisfaction,
    opinions: figure.opinions,
  }));
}

/** The quarter a year before another. */
export function yearBefore(quarter: Quarter): Quarter {
  return addQuarters(quarter, -4);
}
