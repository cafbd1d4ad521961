import { quarterOf, type Quarter } from '#measures';
import { coverContract } from '../problem/contract-cover.ts';
import { createDiscount } from '../problem/discount.ts';
import { coveredMonths, dayOfMonth, dayOfQuarter } from '../problem/months.ts';
import type { Contract, ContractStep, Move, Problem, SystemPart, Way } from '../problem/problem.ts';
import { decideByOf } from '../reading/reasons.ts';

/** What a plan promises of a move. Money in minor units of the plan's currency, at today's prices. */
export interface Promised {
  readonly beginsOn: string;
  /** The first day without the old part. */
  readonly endsOn: string;
  readonly decideBy: string | null;
  /** What is done with the old contract in the end. */
  readonly contractAction: ContractStep['action'] | null;
  /** What the old part costs a year now, under its contract and otherwise. */
  readonly baseline: number;
  /** What it is to cost a year on its target, the platform's own charges included. */
  readonly yearlyCost: number;
  readonly movingCost: number;
  /** What the new one costs while the old one still runs. */
  readonly dualRunning: number;
  /** What the old supplier is paid for handing over and for ending early. */
  readonly exitFee: number;
  /** Net present value, as the plan has it. */
  readonly worth: number;
  readonly quarters: readonly PromisedQuarter[];
}

/** What is promised of a quarter of the calendar. */
export interface PromisedQuarter {
  readonly quarter: Quarter;
  /** What is paid less than now: below zero while more is paid, such as for an extension at a higher price. */
  readonly cashable: number;
  /** What would have been paid more than now if nothing moved, such as for a dearer contract, and is not. */
  readonly avoided: number;
  /** What moving costs: the move, running twice, leaving the old supplier. */
  readonly oneOff: number;
}

/** What a plan promises of one of its moves, from its first quarter to its horizon. */
export function promiseOf(problem: Problem, part: SystemPart, way: Way, move: Move): Promised {
  const horizon = problem.quarters * 3;
  const end = (move.startQuarter + way.quarters) * 3;
  const opens = end - way.dualQuarters * 3;
  const now = (part.annualCost + (part.contract?.annualCost ?? 0)) / 12;
  const kept = spendOn(problem, part.contract, move.steps);
  const asNow = spendOn(problem, part.contract, stepsAsNow(problem, part.contract));

  const quarters = new Map<Quarter, { cashable: number; avoided: number; oneOff: number }>();
  let dualRunning = 0;
  let endingEarly = 0;
  for (let month = 0; month < Math.max(horizon, kept.months.length); month += 1) {
    const isWithin = month < horizon;
    const ramp = way.rampUp[Math.floor((month - opens) / 3)] ?? 0;
    const onTarget = isWithin && month >= opens ? (way.annualCost / 12) * (1 + ramp) : 0;
    const isDual = month < end;
    const starts = month % 3 === 0;
    const isMoving = starts && month >= move.startQuarter * 3 && month < end;
    const moving = isMoving ? way.movingCost / way.quarters : 0;
    const leaving = (month === end - 3 ? way.exitFee : 0) + (kept.endingEarly.get(month) ?? 0);
    const running = (isWithin && month < end ? part.annualCost / 12 : 0) + (kept.months[month] ?? 0);
    const paid = running + (isDual ? 0 : onTarget);
    // After the horizon nothing is compared: only what is still owed under the old contract is left to pay.
    const compared = isWithin ? now : 0;
    const otherwise = isWithin ? part.annualCost / 12 + (asNow.months[month] ?? 0) : 0;
    if (isDual) dualRunning += onTarget;
    endingEarly += kept.endingEarly.get(month) ?? 0;
    const quarter = quarterOf(dayOfMonth(problem.startsOn, month));
    const sums = quarters.get(quarter) ?? { cashable: 0, avoided: 0, oneOff: 0 };
    sums.cashable += compared - paid;
    sums.avoided += otherwise - compared;
    sums.oneOff += moving + leaving + (isDual ? onTarget : 0);
    quarters.set(quarter, sums);
  }
  return {
    beginsOn: dayOfQuarter(problem.startsOn, move.startQuarter),
    endsOn: dayOfQuarter(problem.startsOn, move.startQuarter + way.quarters),
    decideBy: decideByOf(problem, move),
    contractAction: move.steps.at(-1)?.action ?? null,
    baseline: Math.round(now * 12),
    yearlyCost: way.annualCost,
    movingCost: way.movingCost,
    dualRunning: Math.round(dualRunning),
    exitFee: Math.round(way.exitFee + endingEarly),
    worth: move.value,
    quarters: [...quarters].map(([quarter, { cashable, avoided, oneOff }]) => ({
      quarter,
      cashable: Math.round(cashable),
      avoided: Math.round(avoided),
      oneOff: Math.round(oneOff),
    })),
  };
}

/** What is done with a contract if nothing moves and no rule of spending is asked: what savings are counted against. */
function stepsAsNow(problem: Problem, contract: Contract | null): readonly ContractStep[] {
  if (contract === null) return [];
  const discount = createDiscount(problem.discountRate);
  return coverContract(problem, contract, discount, { months: [], rules: null }).staying?.steps ?? [];
}

interface ContractSpend {
  /** What is paid in each month, counted from the start of the plan. */
  readonly months: readonly number[];
  /** What ending it early costs, by month. */
  readonly endingEarly: ReadonlyMap<number, number>;
}

/** What is paid under a contract if these steps are taken, to the end of the last term that they commit to. */
function spendOn(problem: Problem, contract: Contract | null, steps: readonly ContractStep[]): ContractSpend {
  const months: number[] = [];
  const endingEarly = new Map<number, number>();
  if (contract === null) return { months, endingEarly };
  const add = (month: number, amount: number): void => void (months[month] = (months[month] ?? 0) + amount);
  const pay = (from: number, until: number, price: number): void => {
    for (let month = from; month < until; month += 1) add(month, price);
  };
  let price = contract.annualCost / 12;
  let taken = 0;
  let from = 0;
  let until = coveredMonths(problem.startsOn, contract.endsOn);
  for (const step of steps) {
    if (step.action === 'terminate') {
      endingEarly.set(step.month, (contract.termination?.feeShare ?? 0) * price * (until - step.month));
      until = step.month;
      break;
    }
    if (step.action === 'lapse') break;
    pay(from, until, price);
    from = until;
    if (step.action === 'extend') price *= 1 + (contract.extensions[taken++]?.uplift ?? 0);
    if (step.action === 'bridge') price *= 1 + (contract.bridge?.uplift ?? 0);
    if (step.action === 'renew') {
      price *= 1 + contract.renewal.uplift;
      add(from, contract.renewal.cost * (step.lots ?? 1));
    }
    until += step.months;
  }
  pay(from, until, price);
  for (let month = 0; month < months.length; month += 1) months[month] ??= 0;
  return { months, endingEarly };
}
