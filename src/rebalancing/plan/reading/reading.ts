import { dayOfMonth } from '../problem/months.ts';
import type { ContractStep, Plan, Problem } from '../problem/problem.ts';
import { spendByYear } from '../problem/value.ts';
import { explainMoves, type Reason } from './reasons.ts';
import { readApprovals, type ApprovalToAsk } from './approvals.ts';
import { priceRules, type RuleCost } from './rule-costs.ts';
import { valueRules, type RuleValue } from './rule-values.ts';
import { compareScenarios, type Scenario } from './scenarios.ts';
import { drawOutcomes, type Uncertainty } from './uncertainty.ts';

/** Everything that is read from a plan when it has been found, so that pages only show it. */
export interface Reading {
  readonly reasons: readonly Reason[];
  readonly scenarios: readonly Scenario[];
  readonly uncertainty: Uncertainty;
  readonly years: readonly PlanYear[];
  readonly decisions: readonly ContractDecision[];
  readonly capacity: readonly CapacityUse[];
  /** Not there in plans that were read before rules were priced. */
  readonly rules?: readonly RuleCost[];
  /** Not there in plans that were read before rules asked for approvals and were valued one by one. */
  readonly approvals?: readonly ApprovalToAsk[];
  readonly ruleValues?: readonly RuleValue[];
}

/** What a year of the plan costs and saves, at today's prices, in minor units. */
export interface PlanYear {
  readonly year: number;
  /** Moves, exit fees and openings. */
  readonly spend: number;
  /** What is paid less for what has moved, the contracts' terms not looked at. */
  readonly saving: number;
}

/** Something to do about a contract, and the last day to do it. */
export interface ContractDecision {
  readonly partId: string;
  readonly contractName: string;
  readonly supplier: string;
  readonly by: string;
  readonly action: ContractStep['action'];
  /** From when on it has effect. */
  readonly from: string;
}

export interface CapacityUse {
  readonly name: string;
  /** Person-weeks, one for each quarter. */
  readonly used: readonly number[];
  readonly most: readonly number[];
}

/** Reads a plan. Takes a second or two for hundreds of moves. */
export function readPlan(problem: Problem, plan: Plan): Reading {
  return {
    reasons: explainMoves(problem, plan),
    scenarios: compareScenarios(problem, plan),
    uncertainty: drawOutcomes(problem, plan),
    years: readYears(problem, plan),
    decisions: readDecisions(problem, plan),
    capacity: readCapacity(problem, plan),
    rules: priceRules(problem, plan),
    approvals: readApprovals(problem, plan),
    ruleValues: valueRules(problem, plan),
  };
}

function readYears(problem: Problem, plan: Plan): PlanYear[] {
  const count = Math.ceil(problem.quarters / 4);
  const spend = Array.from({ length: count }, () => 0);
  const saving = Array.from({ length: count }, () => 0);
  const add = (costs: ReadonlyMap<number, number>): void => {
    for (const [year, amount] of costs) spend[year] = (spend[year] ?? 0) + amount;
  };
  for (const { targetId, startQuarter } of plan.openings) {
    const opening = problem.targets.find(({ id }) => id === targetId)?.opening;
    if (opening !== undefined && opening !== null) {
      add(spendByYear(opening.cost, startQuarter, Math.max(1, opening.quarters)));
    }
  }
  const parts = new Map(problem.parts.map((part) => [part.id, part]));
  for (const move of plan.moves) {
    const part = parts.get(move.partId);
    const way = part?.ways.find(({ id }) => id === move.wayId);
    if (part === undefined || way === undefined) continue;
    add(spendByYear(way.movingCost, move.startQuarter, way.quarters, way.exitFee));
    const before = (part.annualCost + (part.contract?.annualCost ?? 0)) / 4;
    const opens = move.startQuarter + way.quarters - way.dualQuarters;
    for (let quarter = opens; quarter < problem.quarters; quarter += 1) {
      const year = Math.floor(quarter / 4);
      const after = (way.annualCost / 4) * (1 + (way.rampUp[quarter - opens] ?? 0));
      const ended = quarter >= move.startQuarter + way.quarters;
      saving[year] = (saving[year] ?? 0) + (ended ? before : 0) - after;
    }
  }
  return spend.map((amount, year) => ({ year, spend: Math.round(amount), saving: Math.round(saving[year] ?? 0) }));
}

function readDecisions(problem: Problem, plan: Plan): ContractDecision[] {
  const parts = new Map(problem.parts.map((part) => [part.id, part]));
  return [...plan.moves, ...plan.stays]
    .flatMap(({ partId, steps }) => {
      const contract = parts.get(partId)?.contract;
      if (contract === undefined || contract === null) return [];
      return steps.map((step) => ({
        partId,
        contractName: contract.name,
        supplier: contract.supplier,
        by: dayOfMonth(problem.startsOn, step.decideByMonth),
        action: step.action,
        from: dayOfMonth(problem.startsOn, step.month),
      }));
    })
    .toSorted((one, other) => (one.by < other.by ? -1 : one.by > other.by ? 1 : 0));
}

function readCapacity(problem: Problem, plan: Plan): CapacityUse[] {
  const parts = new Map(problem.parts.map((part) => [part.id, part]));
  const used = new Map<string, number[]>();
  const add = (key: string, quarter: number, weeks: number): void => {
    const series = used.get(key) ?? Array.from({ length: problem.quarters }, () => 0);
    series[quarter] = (series[quarter] ?? 0) + weeks;
    used.set(key, series);
  };
  for (const move of plan.moves) {
    const part = parts.get(move.partId);
    const way = part?.ways.find(({ id }) => id === move.wayId);
    if (part === undefined || way === undefined) continue;
    for (let quarter = move.startQuarter; quarter < move.startQuarter + way.quarters; quarter += 1) {
      add(`department ${part.departmentId}`, quarter, way.departmentWork);
      add(`team ${way.targetId}`, quarter, way.teamWork);
    }
  }
  const none = Array.from({ length: problem.quarters }, () => 0);
  return [
    ...problem.departments.map(({ id, name, capacity }) => ({
      name,
      used: used.get(`department ${id}`) ?? none,
      most: capacity,
    })),
    ...problem.targets.flatMap(({ id, name, teamCapacity }) =>
      teamCapacity === null || !used.has(`team ${id}`)
        ? []
        : [{ name: `Team of ${name}`, used: used.get(`team ${id}`) ?? none, most: teamCapacity }],
    ),
  ];
}
