import type { ContractAction, Plan, Problem, Rule } from '../problem/problem.ts';
import { valueOptions, type PartOptions } from '../problem/value.ts';
import { findRuledActs, type RuledAct } from './ruled-acts.ts';

/** What rules of spending do to a part of the plan. Money in minor units, present value. */
export interface RuleCost {
  readonly partId: string;
  /** The name of its contract; of a part without one, its own. */
  readonly contractName: string;
  readonly rules: readonly string[];
  /** What the plan does although a rule is against it, at the rule's price; null where it breaks none. */
  readonly broken: ContractAction | 'move' | null;
  /** By how much the part would be worth more without the rules, everything else of the plan left aside. */
  readonly cost: number;
}

/** What honouring, or breaking at a price, the rules of spending costs each part, the dearest first. */
export function priceRules(problem: Problem, plan: Plan): RuleCost[] {
  if (problem.rules.length === 0) return [];
  const brokenOf = Map.groupBy(
    findRuledActs(problem, plan).filter(({ findings }) => findings.some(({ isBroken }) => isBroken)),
    ({ part }) => part.id,
  );
  const free = bestByPart({ ...problem, rules: [] });
  const ruled = bestByPart(problem);
  const costOf = (partId: string): number => Math.max(0, (free.get(partId) ?? 0) - (ruled.get(partId) ?? 0));
  const touched = problem.parts.filter(({ id }) => costOf(id) > 0 || brokenOf.has(id));
  const alone = problem.rules.map((rule) => ({
    rule,
    best: bestByPart({ ...problem, rules: [rule] }, touched),
  }));
  return touched
    .map((part): RuleCost => {
      const acts = brokenOf.get(part.id) ?? [];
      const costly = alone.filter(({ best }) => (best.get(part.id) ?? 0) < (free.get(part.id) ?? 0));
      const rules = acts.length > 0 ? brokenBy(acts) : costly.map(({ rule }) => rule);
      return {
        partId: part.id,
        contractName: part.contract?.name ?? part.name,
        // Where no rule alone costs anything, only several together do.
        rules: (rules.length > 0 ? rules : problem.rules).map(({ title }) => title),
        broken: acts[0]?.action ?? null,
        cost: costOf(part.id),
      };
    })
    .toSorted((one, other) => other.cost - one.cost);
}

function brokenBy(acts: readonly RuledAct[]): Rule[] {
  return [
    ...new Set(acts.flatMap(({ findings }) => findings.filter(({ isBroken }) => isBroken).map(({ rule }) => rule))),
  ];
}

/** What each part is worth at best, alone. */
function bestByPart(problem: Problem, parts = problem.parts): ReadonlyMap<string, number> {
  return new Map(valueOptions(problem, parts).map((each) => [each.part.id, bestOf(each)]));
}

function bestOf({ moves, staying }: PartOptions): number {
  const best = moves.reduce((most, { value }) => Math.max(most, value), staying ?? -Infinity);
  return Number.isFinite(best) ? best : 0;
}
