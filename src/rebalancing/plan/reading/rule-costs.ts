import type { ContractStep, Plan, Problem } from '../problem/problem.ts';
import { valueOptions, type PartOptions } from '../problem/value.ts';

/** What a rule of spending does to a part of the plan. Money in minor units, present value. */
export interface RuleCost {
  readonly partId: string;
  readonly contractName: string;
  readonly rules: readonly string[];
  /** What the plan does although a rule is against it, at the rule's price; null where it breaks none. */
  readonly broken: ContractStep['action'] | null;
  /** By how much the part would be worth more without the rules, everything else of the plan left aside. */
  readonly cost: number;
}

/** What honouring, or breaking at a price, the rules of spending costs, the dearest first. */
export function priceRules(problem: Problem, plan: Plan): RuleCost[] {
  if (problem.rules.length === 0) return [];
  const titles = new Map(problem.rules.map(({ id, title }) => [id, title]));
  const steps = new Map([...plan.moves, ...plan.stays].map((each) => [each.partId, each.steps]));
  const ruled = { ...problem, parts: problem.parts.filter(({ contract }) => (contract?.breaches.length ?? 0) > 0) };
  const free = new Map(valueOptions({ ...ruled, rules: [] }).map((each) => [each.part.id, bestOf(each)]));
  return valueOptions(ruled)
    .flatMap((options): RuleCost[] => {
      const { part } = options;
      const { contract } = part;
      if (contract === null) return [];
      const broken = (steps.get(part.id) ?? []).find((step) =>
        contract.breaches.some(({ action }) => action === step.action),
      );
      const cost = Math.max(0, (free.get(part.id) ?? 0) - bestOf(options));
      if (cost === 0 && broken === undefined) return [];
      const ids = contract.breaches
        .filter(({ action }) => broken === undefined || action === broken.action)
        .map(({ ruleId }) => ruleId);
      return [
        {
          partId: part.id,
          contractName: contract.name,
          rules: [...new Set(ids)].flatMap((id) => titles.get(id) ?? []),
          broken: broken?.action ?? null,
          cost,
        },
      ];
    })
    .toSorted((one, other) => other.cost - one.cost);
}

/** What a part is worth at best, alone. */
function bestOf({ moves, staying }: PartOptions): number {
  const best = moves.reduce((most, { value }) => Math.max(most, value), staying ?? -Infinity);
  return Number.isFinite(best) ? best : 0;
}
