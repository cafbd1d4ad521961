import type { Contract, ContractStep, Problem, Rule, SystemPart, Way } from '../problem/problem.ts';
import { wholeMonths } from './checker.ts';

/** What rules of spending make of one thing that a plan does: which honoured ones it breaks, and what the others charge. */
export interface Charge {
  readonly forbiddenBy: readonly Rule[];
  /** Minor units on the day on which it is done. */
  readonly price: number;
}

/** What has become of the whole contract when a step is taken. Money of the whole contract, not of the part's share. */
export interface ContractSoFar {
  /** From its first day to the end of the step: months, and what it comes to. Undefined where that is not known. */
  readonly months: number | undefined;
  readonly value: number | undefined;
  /** Whether it was bought again before this step. */
  readonly isAnother: boolean;
  /** How many options to extend were taken before this step. */
  readonly optionsTaken: number;
}

/** Asks every rule, one after the other and from its words, whether a step with a contract breaks it. */
export function chargeStep(
  problem: Problem,
  part: SystemPart,
  contract: Contract,
  { step, after }: { readonly step: ContractStep; readonly after: ContractSoFar },
): Charge {
  const share = contract.ruled === undefined ? 1 : contract.ruled.share;
  const broken = problem.rules.filter((rule) => {
    if (isOutOfForce(rule, step.month)) return false;
    const { demand } = rule;
    if (demand === undefined) {
      const named = contract.breaches.filter((each) => each.ruleId === rule.id && each.action === step.action);
      return named.some((each) => each.option === undefined || each.option === after.optionsTaken);
    }
    switch (demand.kind) {
      case 'value limit':
        return after.value !== undefined && after.value / (step.lots ?? 1) > demand.most;
      case 'term limit':
        return contract.ruled?.kind === demand.contractKind && (after.months ?? 0) > demand.months;
      case 'separate roles':
        return !after.isAnother && step.action !== 'renew' && staysBesideOther(problem, contract, step.month);
      case 'approval': {
        // Only what can be left undone waits for an approval; a competition and a month more are the last resort.
        const ahead =
          step.action === 'extend'
            ? contract.extensions[after.optionsTaken]?.decideByMonths
            : step.action === 'tacit'
              ? contract.noticeMonths
              : undefined;
        if (ahead === undefined || demand.leadMonths === 0 || step.month - ahead - demand.leadMonths >= 0) return false;
        const pieces = otherContracts(problem, part, contract, demand.about);
        return needsApproval(demand, part, after.value ?? 0, pieces);
      }
    }
  });
  return chargeOf(broken, share);
}

/** Asks every rule whether a move that begins in a quarter breaks it. */
export function chargeMove(problem: Problem, part: SystemPart, way: Way, startQuarter: number): Charge {
  if (way.isBegun === true) return { forbiddenBy: [], price: 0 };
  const isSwitchedOff = problem.targets.some(({ id, kind }) => id === way.targetId && kind === 'switched off');
  const broken = problem.rules.filter((rule) => {
    if (isOutOfForce(rule, startQuarter * 3)) return false;
    const { demand } = rule;
    if (demand?.kind === 'value limit')
      return way.contractMonths !== undefined && (way.annualCost / 12) * way.contractMonths > demand.most + 1e-6;
    if (demand?.kind !== 'approval' || isSwitchedOff || startQuarter * 3 >= demand.leadMonths) return false;
    return needsApproval(demand, part, wholeCost(problem, way), otherMoves(problem, part, way.targetId, demand.about));
  });
  return chargeOf(broken, 1);
}

function chargeOf(broken: readonly Rule[], share: number): Charge {
  return {
    forbiddenBy: broken.filter(({ treatment }) => treatment === 'honour'),
    price: broken.reduce((sum, { treatment, price }) => sum + (treatment === 'price' ? price * share : 0), 0),
  };
}

function isOutOfForce({ from, until }: Rule, month: number): boolean {
  return month < (from ?? -Infinity) || month >= (until ?? Infinity);
}

/** Whether a contract that goes on from a month stands beside one of its supplier's other role that was there longer. */
function staysBesideOther(problem: Problem, contract: Contract, month: number): boolean {
  const ownEnd = wholeMonths(problem.startsOn, contract.endsOn);
  for (const other of contract.ruled?.otherRoles ?? []) {
    const otherEnd = wholeMonths(problem.startsOn, other.endsOn);
    if (otherEnd > month) return true;
    if (otherEnd < month || ownEnd < month) continue;
    // Both end in this month: the one that ends later, and of two on one day the one named first, may be carried on.
    const [first] = [contract, other].toSorted((one, two) =>
      one.endsOn === two.endsOn ? (one.id < two.id ? -1 : 1) : one.endsOn > two.endsOn ? -1 : 1,
    );
    if (first === other) return true;
  }
  return false;
}

function needsApproval(
  demand: { readonly about: string; readonly threshold: number; readonly addsUp: boolean },
  part: SystemPart,
  amount: number,
  others: readonly number[],
): boolean {
  if (!(part.subjects ?? []).includes(demand.about)) return false;
  if (amount >= demand.threshold) return true;
  if (!demand.addsUp || part.needKey === undefined) return false;
  const small = others.filter((each) => each < demand.threshold);
  return small.length > 0 && small.reduce((sum, each) => sum + each, amount) >= demand.threshold;
}

/** What the other contracts of a department for the same need come to, each once. */
function otherContracts(problem: Problem, part: SystemPart, contract: Contract, about: string): number[] {
  const values: Record<string, number> = {};
  const isAbout = new Set<string>();
  for (const each of problem.parts) {
    if (each.departmentId !== part.departmentId || each.needKey !== part.needKey) continue;
    if (each.contract?.ruled === undefined || each.contract.id === contract.id || each.subjects === undefined) continue;
    const { id, ruled } = each.contract;
    values[id] = Math.min(ruled.value, values[id] ?? ruled.value);
    if (each.subjects.includes(about)) isAbout.add(id);
  }
  return Object.entries(values).flatMap(([id, value]) => (isAbout.has(id) ? [value] : []));
}

/** What the other parts of a department for the same need would come to on a target, each by its cheapest way. */
function otherMoves(problem: Problem, part: SystemPart, targetId: string, about: string): number[] {
  return problem.parts.flatMap((each) => {
    if (each === part || each.departmentId !== part.departmentId || each.needKey !== part.needKey) return [];
    if (each.subjects?.includes(about) !== true) return [];
    const costs = each.ways.filter((way) => way.targetId === targetId).map((way) => wholeCost(problem, way));
    return costs.length === 0 ? [] : [Math.min(...costs)];
  });
}

function wholeCost(problem: Problem, way: Way): number {
  let cost = way.movingCost + way.exitFee;
  for (let quarter = 0; quarter < problem.quarters; quarter += 1) cost += way.annualCost / 4;
  return cost;
}
