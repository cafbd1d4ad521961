import { isDay } from '#platform';
import type { Contract, Problem, Rule, SystemPart } from './problem.ts';
import { isRange } from './ranges.ts';

/**
 * What makes a problem impossible to plan, in words for the person who brought it: each names the part, contract or target,
 * what is wrong, and what to do. Empty where it can be planned (which does not say that a plan exists).
 */
export function checkProblem(problem: Problem): string[] {
  const wrong: string[] = [];
  if (!isDay(problem.startsOn))
    wrong.push(`The plan starts on "${problem.startsOn}", which is not a date. Use one like 2026-04-01.`);
  if (!isWhole(problem.quarters, 1, 60)) wrong.push('The plan must cover between 1 and 60 quarters.');
  if (!(problem.discountRate >= 0 && problem.discountRate <= 1)) {
    wrong.push('The discount rate must be a share between 0 and 1, such as 0.035 for 3.5%.');
  }
  if (wrong.length > 0) return wrong;

  const departments = namesOf(problem.departments, 'department', wrong);
  const targets = namesOf(problem.targets, 'target', wrong);
  const parts = namesOf(problem.parts, 'part', wrong);
  for (const { name, capacity } of problem.departments) {
    if (!isSeries(capacity, problem.quarters)) {
      wrong.push(
        `The department "${name}" needs its capacity as ${problem.quarters} numbers of at least 0, one for each quarter.`,
      );
    }
  }
  for (const { name, teamCapacity, opening } of problem.targets) {
    if (teamCapacity !== null && !isSeries(teamCapacity, problem.quarters)) {
      wrong.push(
        `The target "${name}" needs its team's capacity as ${problem.quarters} numbers of at least 0, one for each quarter.`,
      );
    }
    if (opening === null) continue;
    amount(opening.cost, `Opening "${name}"`, wrong);
    if (!isWhole(opening.quarters, 0, 60) || !isWhole(opening.earliest, 0, 60)) {
      wrong.push(`Opening "${name}" needs whole quarters: how many it takes, and the first in which it can begin.`);
    }
  }
  for (const part of problem.parts) wrong.push(...checkPart(problem, part, { departments, targets }));
  for (const { before, after, lagQuarters, ways } of problem.precedence) {
    for (const id of [before, after])
      if (!parts.has(id)) wrong.push(`A dependency names the part "${id}", which is not there.`);
    if (!isWhole(lagQuarters, 0, 60)) {
      wrong.push(
        `The dependency of "${parts.get(after)}" on "${parts.get(before)}" needs a wait of 0 or more whole quarters.`,
      );
    }
    const known = problem.parts.find((part) => part.id === after)?.ways.map((way) => way.id) ?? [];
    for (const way of ways ?? []) {
      if (!known.includes(way))
        wrong.push(`A dependency of "${parts.get(after)}" names the way "${way}", which that part does not have.`);
    }
  }
  for (const cycle of findCycles(problem)) {
    wrong.push(
      `These parts wait for each other in a circle: ${[...cycle, cycle[0] ?? ''].map((id) => `"${parts.get(id)}"`).join(' waits for ')}. Remove one of these dependencies.`,
    );
  }
  const rules = namesOf(
    problem.rules.map(({ id, title }) => ({ id, name: title })),
    'rule',
    wrong,
  );
  for (const rule of problem.rules) checkRule(rule, wrong);
  for (const { contract } of problem.parts) {
    for (const { ruleId } of contract?.breaches ?? []) {
      if (!rules.has(ruleId))
        wrong.push(`The contract "${contract?.name}" names the rule "${ruleId}", which is not there.`);
    }
  }
  for (const { year, most } of problem.budgets) {
    if (!isWhole(year, 0, 60)) wrong.push('A budget needs the year it is for, counted from 0.');
    amount(most, `The budget of year ${year + 1}`, wrong);
  }
  for (const { partId, startQuarter, wayId } of problem.fixed) {
    const part = problem.parts.find((each) => each.id === partId);
    if (part === undefined) {
      wrong.push(`A fixed date names the part "${partId}", which is not there.`);
    } else if (startQuarter !== null && !isWhole(startQuarter, 0, problem.quarters - 1)) {
      wrong.push(`The fixed date of "${part.name}" is not in one of the ${problem.quarters} quarters of the plan.`);
    } else if (wayId !== null && !part.ways.some((way) => way.id === wayId)) {
      wrong.push(`The fixed date of "${part.name}" names the way "${wayId}", which that part does not have.`);
    }
  }
  return wrong;
}

function checkPart(
  problem: Problem,
  part: SystemPart,
  known: { readonly departments: ReadonlyMap<string, string>; readonly targets: ReadonlyMap<string, string> },
): string[] {
  const wrong: string[] = [];
  if (!known.departments.has(part.departmentId)) {
    wrong.push(`"${part.name}" names the department "${part.departmentId}", which is not there.`);
  }
  amount(part.annualCost, `What "${part.name}" costs a year`, wrong);
  if (part.leaveBy !== null && !isWhole(part.leaveBy, 0, 1000)) {
    wrong.push(`The quarter by which "${part.name}" must be left must be a whole number, counted from 0.`);
  }
  if (part.contract !== null) checkContract(part.contract, wrong);
  namesOf(
    part.ways.map(({ id }) => ({ id, name: id })),
    `way of "${part.name}"`,
    wrong,
  );
  for (const way of part.ways) {
    const name = `Moving "${part.name}" by the way "${way.id}"`;
    if (!known.targets.has(way.targetId)) wrong.push(`${name} names the target "${way.targetId}", which is not there.`);
    if (!isWhole(way.quarters, 1, problem.quarters))
      wrong.push(`${name} must take between 1 and ${problem.quarters} whole quarters.`);
    else if (!isWhole(way.dualQuarters, 0, way.quarters)) {
      wrong.push(
        `${name} runs old and new beside each other for ${way.dualQuarters} quarters, but takes ${way.quarters}.`,
      );
    }
    amount(way.movingCost, `The cost of ${name.toLowerCase()}`, wrong);
    amount(way.exitFee, `The exit fee of ${name.toLowerCase()}`, wrong);
    amount(way.annualCost, `What the new part costs a year after ${name.toLowerCase()}`, wrong);
    if (![way.departmentWork, way.teamWork, ...way.rampUp].every(isAmount)) {
      wrong.push(`${name} needs work and ramp-up as numbers of at least 0.`);
    }
    if (way.range !== undefined && !isRange(way.range)) {
      wrong.push(
        `${name} needs ranges whose likeliest is between the least and the most, and chances of being late that come to 1 at most.`,
      );
    }
  }
  return wrong;
}

function checkRule({ title, price, demand, from = 0, until = 0 }: Rule, wrong: string[]): void {
  amount(price, `The price of breaking "${title}"`, wrong);
  if (!Number.isInteger(from) || !Number.isInteger(until))
    wrong.push(`The rule "${title}" needs whole months between which it is in force.`);
  if (demand?.kind === 'value limit' && !(demand.most > 0))
    wrong.push(`The rule "${title}" needs a limit of more than 0.`);
  if (demand?.kind === 'term limit' && !isWhole(demand.months, 1, 600))
    wrong.push(`The rule "${title}" needs its limit in whole months.`);
  if (demand?.kind === 'approval') {
    amount(demand.threshold, `The threshold of "${title}"`, wrong);
    if (!isWhole(demand.leadMonths, 0, 60))
      wrong.push(`The rule "${title}" needs the time that an approval takes in whole months, 60 at most.`);
  }
}

function checkContract(contract: Contract, wrong: string[]): void {
  const name = `The contract "${contract.name}"`;
  if (!isDay(contract.endsOn))
    wrong.push(`${name} ends on "${contract.endsOn}", which is not a date. Use one like 2027-03-31.`);
  amount(contract.annualCost, `What the contract "${contract.name}" costs a year`, wrong);
  if (!isWhole(contract.noticeMonths, 0, 120)) wrong.push(`${name} needs its notice in whole months.`);
  if (contract.tacitMonths !== 0 && !isWhole(contract.tacitMonths, 3, 120)) {
    wrong.push(`${name} renews tacitly by ${contract.tacitMonths} months. Use 0 for never, or 3 months or more.`);
  }
  if (contract.extensions.length > 6)
    wrong.push(`${name} has ${contract.extensions.length} options to extend. The plan takes 6 at most.`);
  for (const { months, uplift, decideByMonths } of contract.extensions) {
    if (!isWhole(months, 1, 120) || !isShare(uplift) || !isWhole(decideByMonths, 0, 120)) {
      wrong.push(`${name} has an option to extend that needs whole months, and an uplift above -1 as a share.`);
    }
  }
  if (contract.bridge !== null && (!isWhole(contract.bridge.mostMonths, 0, 120) || !isShare(contract.bridge.uplift))) {
    wrong.push(`${name} can be bridged: that needs whole months, and an uplift above -1 as a share.`);
  }
  if (
    contract.termination !== null &&
    (!isWhole(contract.termination.noticeMonths, 0, 120) || !isAmount(contract.termination.feeShare))
  ) {
    wrong.push(`${name} can be ended early: that needs whole months of notice, and the fee as a share of at least 0.`);
  }
  const { renewal } = contract;
  if (!isWhole(renewal.months, 6, 240) || !isShare(renewal.uplift) || !isWhole(renewal.leadMonths, 0, 120)) {
    wrong.push(`${name} can be bought again: that needs 6 months or more, and an uplift above -1 as a share.`);
  }
  if (renewal.shorterMonths !== undefined && !isWhole(renewal.shorterMonths, 6, renewal.months))
    wrong.push(`${name} can be bought again for a shorter time: that needs 6 months or more, and no more than usual.`);
  const { ruled } = contract;
  if (ruled !== undefined) {
    amount(ruled.value, `What the contract "${contract.name}" comes to`, wrong);
    if (!(ruled.share > 0 && ruled.share <= 1)) wrong.push(`${name} needs its share as more than 0 and 1 at most.`);
    if (!isWhole(ruled.months, 0, 1200)) wrong.push(`${name} needs whole months for which it runs.`);
    for (const { name: other, endsOn } of ruled.otherRoles) {
      if (!isDay(endsOn)) wrong.push(`The contract "${other}" ends on "${endsOn}", which is not a date.`);
    }
  }
  amount(renewal.cost, `Buying again what the contract "${contract.name}" gives`, wrong);
}

/** Circles of parts that wait for each other, each as the ids in it. */
export function findCycles(problem: Pick<Problem, 'precedence'>): string[][] {
  const waitsFor = new Map<string, string[]>();
  for (const { before, after } of problem.precedence) waitsFor.set(after, [...(waitsFor.get(after) ?? []), before]);
  const cycles: string[][] = [];
  const done = new Set<string>();
  for (const start of waitsFor.keys()) {
    if (done.has(start)) continue;
    // Depth first with a stack of our own: a chain of dependencies may be longer than the call stack is deep.
    const path: string[] = [start];
    const places = new Map<string, number>([[start, 0]]);
    const next: number[] = [0];
    while (path.length > 0) {
      const at = path.at(-1) ?? '';
      const index = next.at(-1) ?? 0;
      const following = waitsFor.get(at)?.[index];
      if (following === undefined) {
        done.add(at);
        places.delete(at);
        path.pop();
        next.pop();
        continue;
      }
      next[next.length - 1] = index + 1;
      const place = places.get(following);
      if (place !== undefined) cycles.push(path.slice(place));
      else if (!done.has(following)) {
        places.set(following, path.length);
        path.push(following);
        next.push(0);
      }
    }
  }
  return cycles;
}

function namesOf(
  things: readonly { readonly id: string; readonly name: string }[],
  what: string,
  wrong: string[],
): ReadonlyMap<string, string> {
  const names = new Map<string, string>();
  for (const { id, name } of things) {
    if (names.has(id)) wrong.push(`Two entries have the id "${id}" of a ${what}. Give each its own.`);
    names.set(id, name);
  }
  return names;
}

function amount(value: number, what: string, wrong: string[]): void {
  if (!isAmount(value)) wrong.push(`${what} is ${value}, and must be 0 or more.`);
}

function isAmount(value: number): boolean {
  return Number.isFinite(value) && value >= 0;
}

function isShare(value: number): boolean {
  return Number.isFinite(value) && value > -1 && value < 100;
}

function isWhole(value: number, least: number, most: number): boolean {
  return Number.isInteger(value) && value >= least && value <= most;
}

function isSeries(values: readonly number[], length: number): boolean {
  return values.length === length && values.every(isAmount);
}
