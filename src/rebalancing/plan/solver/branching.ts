import type { Draft } from './draft.ts';
import { isBetter } from './greedy.ts';
import type { Model } from './model.ts';
import { searchPrices, type PriceSearch } from './prices.ts';
import { createRelaxation, undecided, type Decision, type Relaxation } from './relaxation.ts';
import { improve, repair } from './repair.ts';

/** Prices, and what is decided about openings: a part of all plans with a bound on the best of them. */
interface Branch {
  readonly openings: readonly Decision[];
  bound: number;
  /** The search for its prices, which is left and gone on with. */
  readonly prices: PriceSearch;
  /** How often prices have been looked for here. */
  visits: number;
}

export interface Search {
  /** No plan is worth more: the greatest bound of the branches that are left. */
  bound(): number;
  best(): Draft;
  /** Takes a plan that was found elsewhere. */
  offer(draft: Draft): void;
  /** Goes on in the branch that could hold the best plan: looks for better prices there, or splits it. */
  step(): void;
  /** The relaxation, at the best prices of the branch that could hold the best plan. */
  atBest(): Relaxation;
  /** Which columns and parts may still be otherwise than in the best plan known; for what comes after. */
  regrets(): { readonly bound: number; readonly taken: Float64Array };
}

/** How many times prices are moved in one visit, and after how many visits a branch is split. */
const stepsEach = 25;
const visitsBeforeSplit = 3;
/** How long the first steps are at most where a branch goes on from what was found before it was split. */
const forkPace = 0.3;

/**
 * Searches for prices, for plans at these prices, and decides about openings where that proves more. When to open a target
 * is decided by few, and asks much of a year's budget: the relaxation alone would open a part of it.
 */
export function searchBranches(model: Model, first: Draft): Search {
  const relaxation = createRelaxation(model);
  let best = first;
  let branches: Branch[] = [
    { openings: model.openables.map(undecided), bound: Infinity, prices: searchPrices(relaxation), visits: 0 },
  ];

  function bound(): number {
    return Math.max(best.value(), ...branches.map((branch) => branch.bound));
  }

  function offer(draft: Draft): void {
    if (!isBetter(draft, best)) return;
    best = draft;
  }

  function step(): void {
    branches = branches.filter((branch) => branch.bound > valueOfBest());
    const branch = branches.toSorted((one, other) => other.bound - one.bound)[0];
    if (branch === undefined) return;
    if (branch.visits >= visitsBeforeSplit) {
      const parts = split(branch);
      if (parts !== undefined) {
        branches = [...branches.filter((each) => each !== branch), ...parts];
        return;
      }
    }
    visit(branch);
  }

  function visit(branch: Branch): void {
    decide(branch);
    branch.prices.step(stepsEach, valueOfBest());
    const draft = repair(relaxation, relaxation.solve());
    // Later on plans are found otherwise: this is for the beginning.
    if (branch.visits < 2) improve(draft, undefined, 2);
    offer(draft);
    branch.visits += 1;
    branch.bound = Math.min(branch.bound, branch.prices.bound());
  }

  function atBest(): Relaxation {
    const branch = branches.toSorted((one, other) => other.bound - one.bound)[0];
    if (branch !== undefined) load(branch);
    relaxation.openings.forEach((_, openable) => {
      const target = model.openables[openable];
      if (target !== undefined) relaxation.openings[openable] = undecided(target);
    });
    return relaxation;
  }

  /** Sets the relaxation to what is decided in a branch, and to the prices that proved most there. */
  function load(branch: Branch): void {
    decide(branch);
    branch.prices.useBest();
  }

  function decide({ openings }: Branch): void {
    openings.forEach((decision, index) => (relaxation.openings[index] = decision));
  }

  /** Decides about the opening that costs most of those that are not decided; undefined where all are. */
  function split(branch: Branch): Branch[] | undefined {
    load(branch);
    const open = branch.openings
      .map((decision, openable) => ({ decision, openable, weight: weightOf(decision, openable) }))
      .filter(({ weight }) => weight > 0)
      .toSorted((one, other) => other.weight - one.weight)[0];
    if (open === undefined) return undefined;
    const { decision, openable } = open;
    const middle = Math.floor((decision.earliest + decision.latest) / 2);
    const halves: Decision[] = decision.mayStayShut
      ? [
          { earliest: 0, latest: -1, mayStayShut: true },
          { ...decision, mayStayShut: false },
        ]
      : [
          { ...decision, latest: middle },
          { ...decision, earliest: middle + 1 },
        ];
    return halves.map((half) => ({
      openings: branch.openings.map((each, index) => (index === openable ? half : each)),
      bound: branch.bound,
      prices: branch.prices.fork(forkPace),
      visits: 1,
    }));
  }

  /** How much dearer the dearest opening of a decision is than the cheapest, at the prices of the relaxation. */
  function weightOf(decision: Decision, openable: number): number {
    const costs = (model.openables[openable]?.starts ?? [])
      .slice(decision.earliest, decision.latest + 1)
      .map(({ cost, uses }) =>
        uses.reduce((sum, { limit, amount }) => sum + amount * (relaxation.limitPrices[limit] ?? 0), cost),
      );
    if (costs.length === 0) return 0;
    if (decision.mayStayShut) return Math.max(...costs);
    return costs.length === 1 ? 0 : Math.max(...costs) - Math.min(...costs) + 1;
  }

  /** A plan that leaves out what must move is worth nothing: any other is better. */
  function valueOfBest(): number {
    return best.unplaced().length > 0 ? -Infinity : best.value();
  }

  function regrets(): { bound: number; taken: Float64Array } {
    const taken = new Float64Array(model.columns.length).fill(-Infinity);
    for (const branch of branches) {
      load(branch);
      const each = relaxation.bounds();
      for (let index = 0; index < taken.length; index += 1) {
        taken[index] = Math.max(taken[index] ?? 0, each.taken[index] ?? 0);
      }
    }
    return { bound: bound(), taken };
  }

  return { bound, best: () => best, offer, step, atBest, regrets };
}
