import type { ContractAction, Plan, Problem, Rule } from '../problem/problem.ts';
import { valueOptions, type PartOptions } from '../problem/value.ts';
import type { Draft } from '../solver/draft.ts';
import { createModel } from '../solver/model.ts';
import { improve } from '../solver/repair.ts';
import { findRuledActs, type RuledAct } from './ruled-acts.ts';
import { draftOf } from './reasons.ts';

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

/** What one rule of spending does to the whole plan. Money in minor units, present value. */
export interface RuleValue {
  readonly ruleId: string;
  readonly title: string;
  readonly treatment: Rule['treatment'];
  /** How often the plan breaks it, and how many approvals it asks for by it. */
  readonly breaches: number;
  readonly approvals: number;
  /** What the plan is worth with the rule and, planned on from there, without it: at least, for not every plan is tried. */
  readonly value: number;
  readonly without: number;
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

/** What each rule does to the plan: how often it is broken, and what the plan would be worth without it. */
export function valueRules(problem: Problem, plan: Plan): RuleValue[] {
  if (problem.rules.length === 0) return [];
  const findings = findRuledActs(problem, plan).flatMap((act) => act.findings);
  const planned = improvedFrom(problem, plan);
  return problem.rules.map((rule) => {
    const mine = findings.filter((finding) => finding.rule.id === rule.id);
    const free = { ...problem, rules: problem.rules.filter(({ id }) => id !== rule.id) };
    // What could be better with the rule too is not what the rule costs.
    const without = plan.value + Math.max(0, improvedFrom(free, plan) - planned);
    return {
      ruleId: rule.id,
      title: rule.title,
      treatment: rule.treatment,
      breaches: mine.filter(({ isBroken }) => isBroken).length,
      approvals: mine.filter(({ approval }) => approval !== null).length,
      value: plan.value,
      without,
    };
  });
}

/** What a plan is worth under the rules of a problem, when it has been made better one group of parts at a time. */
function improvedFrom(problem: Problem, plan: Plan): number {
  const draft = draftOf(createModel(problem), plan);
  openEarly(draft);
  improve(draft);
  return draft.value();
}

/** Opens what the plan opens as early as can be, so that nothing has to wait for it; improving puts it off again. */
function openEarly(draft: Draft): void {
  draft.opened.forEach((now, openable) => {
    for (let start = 0; start < now; start += 1) if (draft.open(openable, start)) return;
  });
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
