import type { Plan, Problem, Rule, SystemPart } from '../problem/problem.ts';
import { valueOptions } from '../problem/value.ts';
import type { Draft } from '../solver/draft.ts';
import { createModel, type Column, type Model } from '../solver/model.ts';
import { findRuledActs } from './ruled-acts.ts';
import { draftOf } from './reasons.ts';

/** What one rule of spending does to the whole plan. Money in minor units, present value. */
export interface RuleValue {
  readonly ruleId: string;
  readonly title: string;
  readonly treatment: Rule['treatment'];
  /** How often the plan breaks it, and how many approvals it asks for by it. */
  readonly breaches: number;
  readonly approvals: number;
  /** What the plan is worth with the rule, and without it: at least, for not every plan is tried. */
  readonly value: number;
  readonly without: number;
}

/**
 * What each rule does to the plan: how often it is broken, and what the plan would be worth without it, when the parts that
 * it says something of are planned anew beside everything else as it stands.
 */
export function valueRules(problem: Problem, plan: Plan): RuleValue[] {
  if (problem.rules.length === 0) return [];
  const findings = findRuledActs(problem, plan).flatMap((act) => act.findings);
  const model = createModel(problem);
  return problem.rules.map((rule) => {
    const mine = findings.filter((finding) => finding.rule.id === rule.id);
    return {
      ruleId: rule.id,
      title: rule.title,
      treatment: rule.treatment,
      breaches: mine.filter(({ isBroken }) => isBroken).length,
      approvals: mine.filter(({ approval }) => approval !== null).length,
      value: plan.value,
      without: plan.value + costOf(model, plan, rule),
    };
  });
}

/** By how much a plan would be worth more without a rule. @param model of the problem with all of its rules */
function costOf(model: Model, plan: Plan, rule: Rule): number {
  const { problem, options } = model;
  const free = { ...problem, rules: problem.rules.filter(({ id }) => id !== rule.id) };
  const asked = problem.parts.filter((part) => isAsked(rule, part));
  if (asked.length === 0) return 0;
  const freed = new Map(valueOptions(free, asked).map((each) => [each.part.id, each]));
  const places = problem.parts.flatMap(({ id }, place) => (freed.has(id) ? [place] : []));
  const without = options.map((each) => freed.get(each.part.id) ?? each);
  // The same parts are planned anew under the rule too: what could be better with it is not what it costs.
  const planned = replan(model, plan, places);
  const replanned = replan(createModel(free, without), plan, places);
  return Math.max(0, replanned - planned);
}

/** Whether a rule can say anything of a part, whatever is done with it. */
function isAsked({ id, demand }: Rule, { contract, subjects, ways }: SystemPart): boolean {
  switch (demand?.kind) {
    case 'value limit':
      return contract !== null || ways.some(({ contractMonths }) => contractMonths !== undefined);
    case 'term limit':
      return contract?.ruled?.kind === demand.contractKind;
    case 'separate roles':
      return (contract?.ruled?.otherRoles.length ?? 0) > 0;
    case 'approval':
      return subjects?.includes(demand.about) === true;
    default:
      return contract?.breaches.some(({ ruleId }) => ruleId === id) === true;
  }
}

/** How often parts are planned anew: each may make room for another. */
const rounds = 3;

/** What a plan is worth when some of its parts have each been placed as well as everything else allows. */
function replan(model: Model, plan: Plan, places: readonly number[]): number {
  const draft = draftOf(model, plan);
  openEarly(draft);
  for (let round = 0; round < rounds; round += 1) {
    let changed = false;
    for (const place of places) {
      const now = draft.chosen[place];
      draft.remove(place);
      const canStay = model.mustMove[place] !== true && draft.isFree(place);
      let best: Column | undefined = canStay ? undefined : now;
      for (const column of model.columnsOf[place] ?? []) {
        if (column.gain > (best?.gain ?? 0) && draft.fits(column)) best = column;
      }
      if (best !== undefined) draft.place(best);
      if (best !== now) changed = true;
    }
    if (!changed) break;
  }
  openLate(draft);
  return draft.value();
}

/** Opens what the plan opens as early as can be, so that nothing has to wait for it. */
function openEarly(draft: Draft): void {
  draft.opened.forEach((now, openable) => {
    for (let start = 0; start < now; start += 1) if (draft.open(openable, start)) return;
  });
}

/** Opens everything no earlier than it is needed, and not at all what nothing moves to. */
function openLate(draft: Draft): void {
  const { openables } = draft.model;
  draft.opened.forEach((now, openable) => {
    if (now < 0) return;
    const { starts = [], quarters = 0 } = openables[openable] ?? {};
    const users = draft.chosen.filter((column) => column?.openable === openable);
    if (users.length === 0) return void draft.open(openable, -1);
    const first = Math.min(...users.map((column) => column?.option.start ?? 0));
    for (let later = starts.length - 1; later > now; later -= 1) {
      if ((starts[later]?.start ?? 0) + quarters <= first && draft.open(openable, later)) return;
    }
  });
}
