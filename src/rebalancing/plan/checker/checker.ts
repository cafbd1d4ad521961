import type { Contract, ContractStep, Move, Plan, Problem, Stay, SystemPart, Way } from '../problem/problem.ts';
import { cheapestYears } from './as-now.ts';
import { chargeMove, chargeStep, type Charge } from './rules-kept.ts';

/** What the checker found: what is wrong with a plan, in words, and what the plan is worth by its own account. */
export interface Verdict {
  /** Empty where the plan keeps every constraint. */
  readonly faults: readonly string[];
  /** Net present value in minor units, not rounded. */
  readonly value: number;
}

/**
 * Goes through a plan quarter by quarter and month by month, as it would happen, and asks of each constraint whether it
 * holds. It shares no code with what makes plans: dates, contracts, discounting and sums are its own, so that a mistake of
 * the model is not repeated here.
 */
export function checkPlan(problem: Problem, plan: Plan): Verdict {
  const faults: string[] = [];
  const moveOf = new Map(plan.moves.map((move) => [move.partId, move]));
  const stayOf = new Map(plan.stays.map((stay) => [stay.partId, stay]));
  const partOf = new Map(problem.parts.map((part) => [part.id, part]));
  if (moveOf.size !== plan.moves.length) faults.push('A part moves twice.');
  for (const move of plan.moves) if (!partOf.has(move.partId)) faults.push(`${move.partId} is no part of the problem.`);

  let value = 0;
  const spending = new Ledger();
  for (const { targetId, startQuarter } of plan.openings) {
    const target = problem.targets.find((each) => each.id === targetId);
    const opening = target?.opening;
    if (opening === undefined || opening === null) {
      faults.push(`${targetId} is opened, but has no need of it.`);
      continue;
    }
    if (startQuarter < opening.earliest) faults.push(`${targetId} is opened before it can be.`);
    if (startQuarter + opening.quarters > problem.quarters) faults.push(`${targetId} is not open within the plan.`);
    for (let quarter = startQuarter; quarter < startQuarter + opening.quarters; quarter += 1) {
      if (problem.openingsInBudget) spending.add('budget', Math.floor(quarter / 4), opening.cost / opening.quarters);
      value -= (opening.cost / opening.quarters) * worth(problem, quarter);
    }
  }
  if (new Set(plan.openings.map((each) => each.targetId)).size !== plan.openings.length)
    faults.push('A target is opened twice.');

  for (const part of problem.parts) {
    const move = moveOf.get(part.id);
    const stay = stayOf.get(part.id);
    if ((move === undefined) === (stay === undefined)) faults.push(`${part.name} must either move or stay.`);
    const asNow = cheapestYears(problem, part);
    if (move !== undefined) value += asNow - costOfMoving(problem, part, move, { plan, spending, faults });
    else if (stay !== undefined) value += asNow - costOfStaying(problem, part, stay, faults);
    checkFixed(problem, part, move, faults);
  }
  for (const { before, after, lagQuarters, ways } of problem.precedence) {
    const [first, second] = [moveOf.get(before), moveOf.get(after)];
    if (second === undefined || (ways !== null && !ways.includes(second.wayId))) continue;
    const ends =
      first === undefined ? undefined : first.startQuarter + (wayOf(partOf.get(before), first)?.quarters ?? 0);
    if (ends === undefined) faults.push(`${after} moves, but ${before}, which it waits for, does not.`);
    else if (second.startQuarter < ends + lagQuarters) faults.push(`${after} moves before ${before} has.`);
  }
  checkCapacities(problem, spending, faults);
  return { faults, value };
}

/** Sums of work and money by whose they are and when. */
class Ledger {
  readonly #sums = new Map<string, number>();

  add(whose: string, when: number, amount: number): void {
    const key = `${whose}\n${when}`;
    this.#sums.set(key, (this.#sums.get(key) ?? 0) + amount);
  }

  sum(whose: string, when: number): number {
    return this.#sums.get(`${whose}\n${when}`) ?? 0;
  }
}

interface Surroundings {
  readonly plan: Plan;
  readonly spending: Ledger;
  readonly faults: string[];
}

/** What a move costs now, month after month; work and money are entered into the ledger. */
function costOfMoving(
  problem: Problem,
  part: SystemPart,
  move: Move,
  { plan, spending, faults }: Surroundings,
): number {
  const way = wayOf(part, move);
  if (way === undefined) {
    faults.push(`${part.name} moves by a way that it does not have.`);
    return 0;
  }
  const end = move.startQuarter + way.quarters;
  if (move.startQuarter < 0 || end > problem.quarters) faults.push(`${part.name} does not move within the plan.`);
  if (part.leaveBy !== null && end - 1 > part.leaveBy) faults.push(`${part.name} is left too late.`);
  const target = problem.targets.find((each) => each.id === way.targetId);
  if (target?.opening !== undefined && target.opening !== null) {
    const opened = plan.openings.find((each) => each.targetId === way.targetId);
    if (opened === undefined) faults.push(`${part.name} moves to ${target.name}, which is never opened.`);
    else if (move.startQuarter < opened.startQuarter + target.opening.quarters) {
      faults.push(`${part.name} moves to ${target.name} before it is open.`);
    }
  }
  let cost = pay(chargeMove(problem, part, way, move.startQuarter), (what) => faults.push(`${part.name}: ${what}`));
  cost *= worth(problem, move.startQuarter);
  for (let quarter = 0; quarter < problem.quarters; quarter += 1) {
    const during = quarter >= move.startQuarter && quarter < end;
    let paid = quarter < end ? part.annualCost / 4 : 0;
    if (during) {
      spending.add(`department ${part.departmentId}`, quarter, way.departmentWork);
      spending.add(`team ${way.targetId}`, quarter, way.teamWork);
      const once = way.movingCost / way.quarters + (quarter === end - 1 ? way.exitFee : 0);
      spending.add('budget', Math.floor(quarter / 4), once);
      paid += once;
    }
    const sinceNew = quarter - (end - way.dualQuarters);
    if (sinceNew >= 0) paid += (way.annualCost / 4) * (1 + (way.rampUp[sinceNew] ?? 0));
    cost += paid * worth(problem, quarter);
  }
  if (part.contract !== null)
    cost += payContract(problem, part, part.contract, { steps: move.steps, neededUntil: end * 3, faults });
  return cost;
}

function costOfStaying(problem: Problem, part: SystemPart, stay: Stay, faults: string[]): number {
  if (part.leaveBy !== null) faults.push(`${part.name} stays, but must be left.`);
  let cost = 0;
  for (let quarter = 0; quarter < problem.quarters; quarter += 1)
    cost += (part.annualCost / 4) * worth(problem, quarter);
  if (part.contract !== null) {
    cost += payContract(problem, part, part.contract, { steps: stay.steps, neededUntil: undefined, faults });
  }
  return cost;
}

/**
 * Pays a contract month by month by what is done with it, and asks whether each thing may be done.
 *
 * @param neededUntil the month at whose start the part is switched off; undefined where it stays, and then what lies after
 *   the horizon is not paid for.
 */
function payContract(
  problem: Problem,
  part: SystemPart,
  contract: Contract,
  {
    steps,
    neededUntil,
    faults,
  }: { readonly steps: readonly ContractStep[]; readonly neededUntil: number | undefined; readonly faults: string[] },
): number {
  const horizon = problem.quarters * 3;
  const complain = (what: string): void => void faults.push(`The contract of ${part.name}: ${what}`);
  let monthly = contract.annualCost / 12;
  let paidUntil = wholeMonths(problem.startsOn, contract.endsOn);
  let cost = 0;
  const payFor = (from: number, until: number, price: number): void => {
    const last = neededUntil === undefined ? Math.min(until, horizon) : until;
    for (let month = from; month < last; month += 1) cost += price * worth(problem, Math.floor(month / 3));
  };
  // What is committed is paid when the next step is known: only ending early takes some of it back.
  let unpaidFrom = 0;
  let optionsTaken = 0;
  let isAnother = false;
  let over = false;
  let whole: { readonly months: number; readonly value: number } | undefined = contract.ruled;
  for (const [index, step] of steps.entries()) {
    if (over) complain('something is done with it after it has ended.');
    const last = index === steps.length - 1;
    const noticeCame = contract.tacitMonths === 0 || isAnother || paidUntil - contract.noticeMonths >= 0;
    if (step.action === 'terminate') {
      if (contract.termination === null || !problem.mayTerminate) complain('it cannot be ended early.');
      else {
        if (step.month < contract.termination.noticeMonths) complain('there is no time left for notice.');
        if (step.month >= paidUntil || step.month < unpaidFrom) complain('it is ended early at the wrong time.');
        payFor(unpaidFrom, step.month, monthly);
        cost +=
          contract.termination.feeShare *
          monthly *
          (paidUntil - step.month) *
          worth(problem, Math.floor(step.month / 3));
      }
      unpaidFrom = step.month;
      paidUntil = step.month;
      over = true;
      continue;
    }
    if (step.month !== paidUntil) complain(`month ${step.month} is not the end of its term, which is ${paidUntil}.`);
    payFor(unpaidFrom, paidUntil, monthly);
    unpaidFrom = paidUntil;
    if (step.action !== 'tacit' && step.action !== 'extend' && !noticeCame) complain('the day for notice has passed.');
    if (step.action === 'lapse') {
      over = true;
      continue;
    }
    whole = wholeAfter(contract, step, whole, { monthly, optionsTaken });
    // Where notice can be given no more, it renews by itself whatever a rule says.
    if (!(step.action === 'tacit' && !noticeCame)) {
      const after = { months: whole?.months, value: whole?.value, isAnother, optionsTaken };
      const charge = chargeStep(problem, part, contract, { step, after });
      cost += pay(charge, complain) * worth(problem, Math.floor(step.month / 3));
    }
    if (step.months <= 0) complain('it goes on by no time at all.');
    if (step.action === 'extend') {
      const option = contract.extensions[optionsTaken];
      if (option === undefined || isAnother) complain('there is no option left.');
      else {
        if (option.months !== step.months) complain('the option has another length.');
        if (paidUntil < option.decideByMonths) complain('the option has lapsed.');
        monthly *= 1 + option.uplift;
      }
      optionsTaken += 1;
    } else if (step.action === 'tacit') {
      if (contract.tacitMonths !== step.months || isAnother) complain('it does not renew tacitly like that.');
    } else if (step.action === 'renew') {
      if (step.months !== contract.renewal.months && step.months !== contract.renewal.shorterMonths)
        complain('the new contract has another length.');
      const lots = step.lots ?? 1;
      if (!Number.isInteger(lots) || lots < 1) complain('it cannot be bought in so many lots.');
      cost += contract.renewal.cost * lots * worth(problem, Math.floor(paidUntil / 3));
      monthly *= 1 + contract.renewal.uplift;
      isAnother = true;
    } else if (contract.bridge === null || step.months > contract.bridge.mostMonths) {
      complain('it cannot be bridged for so long.');
    } else {
      payFor(paidUntil, paidUntil + step.months, monthly * (1 + contract.bridge.uplift));
      unpaidFrom = paidUntil + step.months;
      if (last || steps[index + 1]?.action !== 'lapse') complain('after a bridge it must end.');
    }
    paidUntil += step.months;
  }
  if (!over) payFor(unpaidFrom, paidUntil, monthly);
  if (neededUntil !== undefined && !over) complain('it is not said how it ends.');
  if (neededUntil === undefined && over) complain('it ends, but the part stays.');
  if (paidUntil < (neededUntil ?? horizon))
    complain(`it ends in month ${paidUntil}, but is needed until ${neededUntil ?? horizon}.`);
  return cost;
}

/** What the whole contract comes to and how long it has run when a step has been taken; undefined where that is not known. */
function wholeAfter(
  contract: Contract,
  { action, months }: ContractStep,
  before: { readonly months: number; readonly value: number } | undefined,
  { monthly, optionsTaken }: { readonly monthly: number; readonly optionsTaken: number },
): { readonly months: number; readonly value: number } | undefined {
  const uplift =
    action === 'extend'
      ? (contract.extensions[optionsTaken]?.uplift ?? 0)
      : action === 'bridge'
        ? (contract.bridge?.uplift ?? 0)
        : action === 'renew'
          ? contract.renewal.uplift
          : 0;
  const value = (monthly * (1 + uplift) * months) / (contract.ruled?.share ?? 1);
  if (action === 'renew') return { months, value };
  return before === undefined ? undefined : { months: before.months + months, value: before.value + value };
}

/** Says which honoured rules something breaks. @returns what breaking the others is charged with, not discounted. */
function pay({ forbiddenBy, price }: Charge, complain: (what: string) => void): number {
  for (const { title } of forbiddenBy) complain(`"${title}" forbids that.`);
  return price;
}

function checkFixed(problem: Problem, part: SystemPart, move: Move | undefined, faults: string[]): void {
  for (const fixed of problem.fixed) {
    if (fixed.partId !== part.id) continue;
    if ((move?.startQuarter ?? null) !== fixed.startQuarter) faults.push(`${part.name} does not keep its fixed date.`);
    if (fixed.wayId !== null && move !== undefined && move.wayId !== fixed.wayId)
      faults.push(`${part.name} does not keep its fixed way.`);
  }
}

/** Sums of fractions differ in their last digits: a millionth of a unit is no fault. */
const rounding = 1e-6;

function checkCapacities(problem: Problem, spending: Ledger, faults: string[]): void {
  for (let quarter = 0; quarter < problem.quarters; quarter += 1) {
    for (const { id, name, capacity } of problem.departments) {
      const used = spending.sum(`department ${id}`, quarter);
      if (used > (capacity[quarter] ?? 0) + rounding)
        faults.push(`${name} works ${used} weeks in quarter ${quarter}, and has ${capacity[quarter]}.`);
    }
    for (const { id, name, teamCapacity } of problem.targets) {
      if (teamCapacity === null) continue;
      const used = spending.sum(`team ${id}`, quarter);
      if (used > (teamCapacity[quarter] ?? 0) + rounding)
        faults.push(`The team of ${name} works ${used} weeks in quarter ${quarter}, and has ${teamCapacity[quarter]}.`);
    }
  }
  for (const { year, most } of problem.budgets) {
    const used = spending.sum('budget', year);
    if (used > most + 0.01) faults.push(`Year ${year + 1} spends ${used} on moves and openings, and may ${most}.`);
  }
}

function wayOf(part: SystemPart | undefined, move: Move): Way | undefined {
  return part?.ways.find((way) => way.id === move.wayId);
}

/** What a unit of money paid in a quarter is worth at the start of the plan. */
function worth(problem: Problem, quarter: number): number {
  return Math.exp(-Math.log1p(problem.discountRate) * (quarter / 4));
}

/** Whole months from one day on that a contract covers whose last day is another: counted up one by one. */
export function wholeMonths(startsOn: string, endsOn: string): number {
  const end = Date.parse(`${endsOn}T00:00:00Z`) + 86_400_000;
  const start = new Date(`${startsOn}T00:00:00Z`);
  let months = 0;
  for (;;) {
    const next = new Date(Date.UTC(start.getUTCFullYear(), start.getUTCMonth() + months + 1, 1));
    const days = new Date(Date.UTC(next.getUTCFullYear(), next.getUTCMonth() + 1, 0)).getUTCDate();
    next.setUTCDate(Math.min(start.getUTCDate(), days));
    if (next.getTime() > end) return months;
    months += 1;
  }
}
