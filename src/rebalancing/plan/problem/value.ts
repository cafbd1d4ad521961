import { coverContract, type AskedRules, type Cover, type Covers } from './contract-cover.ts';
import { createDiscount, type Discount } from './discount.ts';
import type { Contract, ContractStep, Problem, SystemPart, Target, Way } from './problem.ts';
import { priceOf, rulesOf } from './rules.ts';

/** A move that a part could make: one way, begun in one quarter. */
export interface Option {
  readonly way: Way;
  readonly target: Target;
  readonly start: number;
  /** The first quarter without the old part. */
  readonly end: number;
  /** Net present value of this move against carrying on as now, in whole minor units. Contract and all is in it. */
  readonly value: number;
}

/** What can become of a part, each with its value. */
export interface PartOptions {
  readonly part: SystemPart;
  /** Every move that is possible by itself: contract, horizon, opening of the target and fixed dates allow it. */
  readonly moves: readonly Option[];
  /** The value of staying: 0, or less where rules cost something; undefined where the part must move. */
  readonly staying: number | undefined;
}

/** The values of every option of a problem, or of some of its parts, from which every plan's value is summed. */
export function valueOptions(problem: Problem, parts: readonly SystemPart[] = problem.parts): PartOptions[] {
  const discount = createDiscount(problem.discountRate);
  const targets = new Map(problem.targets.map((target) => [target.id, target]));
  return parts.map((part) => valuePart(problem, part, { discount, targets }));
}

interface Surroundings {
  readonly discount: Discount;
  readonly targets: ReadonlyMap<string, Target>;
}

function valuePart(problem: Problem, part: SystemPart, { discount, targets }: Surroundings): PartOptions {
  const horizon = problem.quarters * 3;
  const covers = coversOf(problem, part, discount);
  const asNow =
    (part.contract === null
      ? 0
      : (coverContract(problem, part.contract, discount, { months: [], rules: null }).staying?.cost ?? 0)) +
    (part.annualCost / 12) * discount.between(0, horizon);

  const fixed = problem.fixed.find((each) => each.partId === part.id);
  const moves: Option[] = [];
  for (const way of part.ways) {
    if (fixed?.startQuarter === null) break;
    if (fixed !== undefined && fixed.wayId !== null && fixed.wayId !== way.id) continue;
    const target = targets.get(way.targetId);
    if (target === undefined) continue;
    const earliest = target.opening === null ? 0 : target.opening.earliest + target.opening.quarters;
    const latestEnd = Math.min(problem.quarters, part.leaveBy === null ? Infinity : part.leaveBy + 1);
    for (let start = earliest; start + way.quarters <= latestEnd; start += 1) {
      if (fixed !== undefined && fixed.startQuarter !== start) continue;
      const end = start + way.quarters;
      const cover = covers.until.get(end * 3);
      if (cover === undefined) continue;
      const asked = priceOf(rulesOf(problem).onMove(part, way, start));
      if (asked === Infinity) continue;
      const ruled = cover.cost + asked * discount.at(start * 3);
      const cost = ruled + costOfMove(part, way, start, { discount, horizon });
      moves.push({ way, target, start, end, value: Math.round(asNow - cost) });
    }
  }
  const mustMove = part.leaveBy !== null || (fixed !== undefined && fixed.startQuarter !== null);
  const kept = covers.staying;
  return {
    part,
    moves,
    staying:
      mustMove || kept === undefined
        ? undefined
        : Math.round(asNow - kept.cost - (part.annualCost / 12) * discount.between(0, horizon)),
  };
}

/** What a move costs now, apart from the contract: the old part until it is switched off, the move, and the new one. */
function costOfMove(
  part: SystemPart,
  way: Way,
  start: number,
  { discount, horizon }: { readonly discount: Discount; readonly horizon: number },
): number {
  const end = start + way.quarters;
  let cost = (part.annualCost / 12) * discount.between(0, end * 3);
  for (let quarter = start; quarter < end; quarter += 1) {
    cost += (way.movingCost / way.quarters) * discount.at(quarter * 3);
  }
  cost += way.exitFee * discount.at((end - 1) * 3);
  const opens = end - way.dualQuarters;
  cost += (way.annualCost / 12) * discount.between(opens * 3, horizon);
  way.rampUp.forEach((extra, index) => {
    const from = (opens + index) * 3;
    cost += (way.annualCost / 12) * extra * discount.between(Math.min(from, horizon), Math.min(from + 3, horizon));
  });
  return cost;
}

/** What is to be done with a part's contract if it is left at the start of a quarter, or (undefined) stays. */
export function stepsFor(problem: Problem, part: SystemPart, end: number | undefined): readonly ContractStep[] {
  if (part.contract === null) return [];
  const discount = createDiscount(problem.discountRate);
  const months = end === undefined ? [] : [end * 3];
  const rules = rulesOn(problem, part, part.contract);
  const covers = coverContract(problem, part.contract, discount, { months, rules });
  const cover: Cover | undefined = end === undefined ? covers.staying : covers.until.get(end * 3);
  if (cover === undefined) throw new Error(`The contract of ${part.name} cannot be kept until quarter ${end}.`);
  return cover.steps;
}

function coversOf(problem: Problem, part: SystemPart, discount: Discount): Covers {
  const months = Array.from({ length: problem.quarters }, (_, index) => (index + 1) * 3);
  if (part.contract !== null) {
    const rules = rulesOn(problem, part, part.contract);
    return coverContract(problem, part.contract, discount, { months, rules });
  }
  const free: Cover = { cost: 0, steps: [] };
  return { until: new Map(months.map((month) => [month, free])), staying: free };
}

/** The rules of a problem, as the contract of one of its parts is asked about them. */
export function rulesOn(problem: Problem, part: SystemPart, contract: Contract): AskedRules {
  const book = rulesOf(problem);
  return { onAct: (act) => book.onAct(part, contract, act), mostValue: (month) => book.mostValue(month) };
}

/** What a move or an opening costs in a year's budget: minor units in each year of the plan that it touches. */
export function spendByYear(cost: number, start: number, quarters: number, lastExtra = 0): Map<number, number> {
  const spent = new Map<number, number>();
  for (let quarter = start; quarter < start + quarters; quarter += 1) {
    const year = Math.floor(quarter / 4);
    const extra = quarter === start + quarters - 1 ? lastExtra : 0;
    spent.set(year, (spent.get(year) ?? 0) + cost / quarters + extra);
  }
  return spent;
}

/** The net present cost of opening a target from a quarter on, in whole minor units. */
export function openingCost(problem: Problem, target: Target, start: number): number {
  if (target.opening === null) return 0;
  const discount = createDiscount(problem.discountRate);
  const { cost, quarters } = target.opening;
  let sum = 0;
  for (let quarter = start; quarter < start + quarters; quarter += 1)
    sum += (cost / quarters) * discount.at(quarter * 3);
  return Math.round(sum);
}
