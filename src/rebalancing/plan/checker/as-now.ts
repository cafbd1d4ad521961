import type { Contract, Problem, SystemPart } from '../problem/problem.ts';
import { wholeMonths } from './checker.ts';

/**
 * What a part costs now if it is carried on as it is to the end of the horizon, by the cheapest way that its contract knows,
 * no rule of spending asked: what savings are counted against. Found by asking every sequence of actions, the last first.
 */
export function cheapestYears(problem: Problem, part: SystemPart): number {
  const months = problem.quarters * 3;
  let cost = 0;
  for (let month = 0; month < months; month += 1) cost += (part.annualCost / 12) * worthOf(problem, month);
  if (part.contract === null) return cost;
  const ends = wholeMonths(problem.startsOn, part.contract.endsOn);
  const first = paid(problem, 0, Math.min(ends, months), part.contract.annualCost / 12);
  return (
    cost +
    first +
    cheapestFrom(problem, part.contract, {
      month: ends,
      price: part.contract.annualCost / 12,
      option: 0,
      another: false,
    })
  );
}

interface Situation {
  readonly month: number;
  readonly price: number;
  readonly option: number;
  readonly another: boolean;
}

function cheapestFrom(problem: Problem, contract: Contract, { month, price, option, another }: Situation): number {
  const horizon = problem.quarters * 3;
  if (month >= horizon) return 0;
  const choices: number[] = [];
  const go = (months: number, next: Omit<Situation, 'month'>): number =>
    paid(problem, month, Math.min(month + months, horizon), next.price) +
    cheapestFrom(problem, contract, { ...next, month: month + months });
  const offered = another ? undefined : contract.extensions[option];
  if (offered !== undefined && month >= offered.decideByMonths) {
    choices.push(go(offered.months, { price: price * (1 + offered.uplift), option: option + 1, another }));
  }
  const tacit = !another && contract.tacitMonths > 0;
  if (tacit) choices.push(go(contract.tacitMonths, { price, option, another }));
  if (!tacit || month >= contract.noticeMonths) {
    const { renewal } = contract;
    choices.push(
      renewal.cost * worthOf(problem, month) +
        go(renewal.months, { price: price * (1 + renewal.uplift), option: 0, another: true }),
    );
  }
  return Math.min(...choices);
}

function paid(problem: Problem, from: number, until: number, monthly: number): number {
  let sum = 0;
  for (let month = from; month < until; month += 1) sum += monthly * worthOf(problem, month);
  return sum;
}

function worthOf(problem: Problem, month: number): number {
  return 1 / (1 + problem.discountRate) ** (Math.floor(month / 3) / 4);
}
