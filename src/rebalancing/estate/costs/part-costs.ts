import type { Tx } from '#platform';
import { termsUntil } from '../contracts/contract-dates.ts';
import { termsOf, type Contract } from '../contracts/contracts.ts';
import { estateTables } from '../database.ts';
import type { Part } from '../systems/parts.ts';

/** What something costs a year from a day on, in minor units, until the next such day. */
export interface YearlyCost {
  readonly from: string;
  readonly amount: number;
}

/** What a contract costs a year while one of its terms runs, in minor units. */
export interface PricedTerm {
  readonly from: string;
  readonly to: string;
  readonly amount: number;
}

/** The days before anything was said: what was said first is taken to have been so. */
const always = '0000-01-01';

/**
 * What parts cost a year as time went by, from what was said of them: each statement counts from the day as of which it was
 * made. Before the first one a part is taken to have cost what that says.
 */
export async function costsOverTime(tx: Tx, parts: readonly Part[]): Promise<Map<string, YearlyCost[]>> {
  if (parts.length === 0) return new Map();
  const rows = await estateTables(tx)
    .selectFrom('changes')
    .select(['subject_id', 'field', 'after', 'stated_on'])
    .where('organisation_id', '=', tx.organisationId)
    .where(
      'subject_id',
      'in',
      parts.map((part) => part.id),
    )
    .where('field', 'like', 'cost.%')
    .orderBy('stated_on')
    .orderBy('id')
    .execute();
  const said = Map.groupBy(rows, (row) => row.subject_id);
  return new Map(
    parts.map((part) => {
      const known = new Map<string, number>();
      const byDay = new Map<string, number>();
      for (const { field, after, stated_on: day } of said.get(part.id) ?? []) {
        known.set(field, typeof after === 'number' ? after : 0);
        byDay.set(
          day,
          [...known.values()].reduce((sum, each) => sum + each, 0),
        );
      }
      const steps = [...byDay].map(([from, amount]) => ({ from, amount }));
      const [first] = steps;
      if (first === undefined) return [part.id, [{ from: always, amount: part.yearlyCost }]] as const;
      return [part.id, [{ from: always, amount: first.amount }, ...steps.slice(1)]] as const;
    }),
  );
}

/**
 * What a contract has cost a year in each of its terms up to a day. A year of an extension costs what its option says; where
 * only the value of the first term is known, a year is its part of that. None where neither is known, or its end is not.
 */
export function pricedTerms(contract: Contract, until: string): PricedTerm[] {
  const terms = termsOf(contract);
  const yearly = yearlyPrice(contract);
  if (terms === null || yearly === null) return [];
  return termsUntil(terms, until).map(({ from, to, upliftBasisPoints }) => ({
    from,
    to,
    amount: Math.round((yearly * (10_000 + upliftBasisPoints)) / 10_000),
  }));
}

/** What a year of the first term costs; null where that is not known. */
function yearlyPrice({ yearlyCost, value, startsOn, endsOn }: Contract): number | null {
  if (yearlyCost !== null) return yearlyCost;
  if (value === null || startsOn === null || endsOn === null) return null;
  const days = (Date.parse(endsOn) - Date.parse(startsOn)) / 86_400_000 + 1;
  return days < 365 ? value : Math.round((value * 365.25) / days);
}
