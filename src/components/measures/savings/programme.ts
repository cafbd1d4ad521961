import type { Database } from '#platform';
import { measuresReader } from '../database.ts';
import { daysOf, quarterOf, type Quarter } from '../quarters.ts';
import { savingFigures, type SavingFigure } from './ledger.ts';

/** A transition with everything that was ever published of its savings. */
export interface LedgerPage {
  readonly transitionId: string;
  readonly name: string;
  readonly departmentId: string | null;
  readonly serviceId: string | null;
  readonly carriedOutOn: string | null;
  /** The newest first; those after it were published before it. */
  readonly baselines: readonly PublishedBaseline[];
  readonly quarters: readonly LedgerQuarter[];
  /** Every figure with every value, the newest first within its quarter. */
  readonly entries: readonly LedgerEntry[];
}

export interface PublishedBaseline {
  readonly revision: number;
  readonly from: string;
  readonly to: string;
  readonly cost: number;
  readonly currency: string;
  readonly transactions: number | null;
  readonly quality: string;
  readonly evidence: string;
  readonly reason: string | null;
  readonly recordedAt: string;
}

export interface LedgerEntry {
  readonly quarter: Quarter;
  readonly figure: SavingFigure;
  readonly revision: number;
  readonly amount: number;
  readonly currency: string;
  readonly quality: string;
  readonly evidence: string;
  readonly reason: string | null;
  readonly recordedAt: string;
}

/** The figures of a quarter as they are now; null where none was recorded. */
export interface LedgerQuarter extends Readonly<Record<SavingFigure, number | null>> {
  readonly quarter: Quarter;
}

/** What savings of several transitions come to. Amounts are in minor units. */
export interface SavingsTotal {
  readonly planned: number;
  readonly realised: number;
  readonly avoided: number;
  readonly notRealised: number;
  readonly oneOff: number;
}

/** Every transition of the programme with its savings, by name. */
export async function readLedger(database: Database): Promise<LedgerPage[]> {
  const { transitions, baselines, savings } = await database.readAcross(async (tx) => {
    const tables = measuresReader(tx);
    return {
      transitions: await tables.selectFrom('transitions').selectAll().orderBy('name').execute(),
      baselines: await tables.selectFrom('baselines').selectAll().orderBy('revision', 'desc').execute(),
      savings: await tables.selectFrom('savings').selectAll().orderBy('quarter').orderBy('revision', 'desc').execute(),
    };
  });
  const baselinesOf = Map.groupBy(baselines, (row) => row.transition_id);
  const savingsOf = Map.groupBy(savings, (row) => row.transition_id);
  return transitions.map((row) => {
    const entries = (savingsOf.get(row.transition_id) ?? []).map((each) => entryOf(each));
    return {
      transitionId: row.transition_id,
      name: row.name,
      departmentId: row.department_id,
      serviceId: row.service_id,
      carriedOutOn: row.carried_out_on,
      baselines: (baselinesOf.get(row.transition_id) ?? []).map((each) => ({
        revision: each.revision,
        from: each.from_day,
        to: each.to_day,
        cost: each.cost,
        currency: each.currency,
        transactions: each.transactions,
        quality: each.quality,
        evidence: each.evidence,
        reason: each.reason,
        recordedAt: each.recorded_at,
      })),
      quarters: quartersOf(entries),
      entries,
    };
  });
}

/** Adds up what was planned and what became of it, over the quarters that are wanted. */
export function totalSavings(
  pages: readonly Pick<LedgerPage, 'quarters'>[],
  wanted: (quarter: Quarter) => boolean = () => true,
): SavingsTotal {
  const quarters = pages.flatMap((page) => page.quarters).filter((each) => wanted(each.quarter));
  const sum = (figure: SavingFigure): number => quarters.reduce((total, each) => total + (each[figure] ?? 0), 0);
  return {
    planned: sum('planned'),
    realised: sum('realised'),
    avoided: sum('avoided'),
    notRealised: sum('not realised'),
    oneOff: sum('one-off'),
  };
}

/** The years in which the ledger has a figure, the first one first. */
export function yearsOf(pages: readonly LedgerPage[]): number[] {
  const years = pages.flatMap((page) => page.quarters.map(({ quarter }) => Number(quarter.slice(0, 4))));
  return [...new Set(years)].toSorted((one, other) => one - other);
}

function quartersOf(entries: readonly LedgerEntry[]): LedgerQuarter[] {
  const quarters = new Map<Quarter, Record<SavingFigure, number | null>>();
  for (const { quarter, figure, amount } of entries) {
    const known = quarters.get(quarter) ?? {
      planned: null,
      'planned one-off': null,
      realised: null,
      avoided: null,
      'not realised': null,
      'one-off': null,
    };
    // The newest revision comes first, and stands.
    known[figure] ??= amount;
    quarters.set(quarter, known);
  }
  return [...quarters]
    .map(([quarter, figures]) => ({ quarter, ...figures }))
    .toSorted((one, other) => (daysOf(one.quarter).from < daysOf(other.quarter).from ? -1 : 1));
}

function entryOf(row: {
  quarter: string;
  figure: string;
  revision: number;
  amount: number;
  currency: string;
  quality: string;
  evidence: string;
  reason: string | null;
  recorded_at: string;
}): LedgerEntry {
  const { recorded_at: recordedAt, quarter, figure, ...rest } = row;
  return {
    ...rest,
    recordedAt,
    quarter: quarterOf(quarter),
    figure: savingFigures.find((each) => each === figure) ?? 'planned',
  };
}
