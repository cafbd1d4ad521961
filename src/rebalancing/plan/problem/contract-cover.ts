import type { Discount } from './discount.ts';
import { coveredMonths } from './months.ts';
import type { Contract, ContractAction, ContractStep, Problem } from './problem.ts';

/** The cheapest way to keep a contract for as long as it is needed: what it costs now, and what has to be done. */
export interface Cover {
  /** Net present cost in minor units, not rounded, prices of broken rules included. */
  readonly cost: number;
  readonly steps: readonly ContractStep[];
}

/** The cheapest covers of one contract. A month that cannot be covered (a rule forbids every way) has none. */
export interface Covers {
  /** Keeping the contract until the start of each of the months asked for, and then leaving it. */
  readonly until: ReadonlyMap<number, Cover>;
  /** Keeping it to the end of the horizon and on: what lies after the horizon is not counted. */
  readonly staying: Cover | undefined;
}

/** A contract at the end of a term: what has been done so far, and what it has cost. */
interface Term {
  /** The first month not covered. */
  readonly ends: number;
  readonly began: number;
  /** Leaving up to this month was possible in an earlier term, for less. */
  readonly offered: number;
  /** A month's price in this term. */
  readonly price: number;
  /** What was paid before this term began. */
  readonly paid: number;
  /** How many options to extend have been taken. */
  readonly taken: number;
  /** Whether any term is left in which the contract began; after a competition it is another. */
  readonly renewed: boolean;
  readonly steps: readonly ContractStep[];
}

/**
 * Folds everything that can be done with a contract into one cost for each month in which the part may be left: let it
 * lapse, take options to extend with their uplifts, go on month by month, renew tacitly, buy again, or end it early at its
 * fee. What has been committed to is paid to its end, also after the horizon.
 *
 * @param months the months at whose beginning the part may be left.
 * @param rulesApply false for what would be paid if no rule of spending were in force.
 */
export function coverContract(
  problem: Problem,
  contract: Contract,
  discount: Discount,
  { months, rulesApply }: { readonly months: readonly number[]; readonly rulesApply: boolean },
): Covers {
  const horizon = problem.quarters * 3;
  const until = new Map<number, Cover>();
  let staying: Cover | undefined;
  const prices = rulesApply ? pricesOf(problem, contract) : undefined;

  const first: Term = {
    ends: coveredMonths(problem.startsOn, contract.endsOn),
    began: 0,
    offered: -1,
    price: contract.annualCost / 12,
    paid: 0,
    taken: 0,
    renewed: false,
    steps: [],
  };
  follow(first);
  return { until, staying };

  function follow(term: Term): void {
    const committed = term.paid + term.price * discount.between(term.began, term.ends);
    if (term.ends >= horizon) {
      const cost = term.paid + term.price * discount.between(term.began, horizon);
      if (staying === undefined || cost < staying.cost) staying = { cost, steps: term.steps };
    }
    for (const month of months) {
      if (month > term.ends || month <= term.offered) continue;
      if (canLapse(term)) {
        offer(month, committed, [
          ...term.steps,
          step('lapse', term.ends, 0, contract.tacitMonths > 0 ? contract.noticeMonths : 0),
        ]);
      }
      const { termination } = contract;
      if (!problem.mayTerminate || termination === null || month >= term.ends) continue;
      if (month < termination.noticeMonths || month < term.began) continue;
      const fee = termination.feeShare * term.price * (term.ends - month) * discount.at(month);
      offer(month, term.paid + term.price * discount.between(term.began, month) + fee, [
        ...term.steps,
        step('terminate', month, 0, termination.noticeMonths),
      ]);
    }
    if (term.ends >= horizon) return;
    extend(term, committed);
    renewTacitly(term, committed);
    if (canLapse(term)) {
      bridge(term, committed);
      renew(term, committed);
    }
  }

  function extend(term: Term, committed: number): void {
    const option = term.renewed ? undefined : contract.extensions[term.taken];
    const price = prices?.get('extend') ?? 0;
    if (option === undefined || price === Infinity || term.ends < option.decideByMonths) return;
    follow({
      ends: term.ends + option.months,
      began: term.ends,
      offered: canLapse(term) ? term.ends : term.offered,
      price: term.price * (1 + option.uplift),
      paid: committed + price * discount.at(term.ends),
      taken: term.taken + 1,
      renewed: false,
      steps: [...term.steps, step('extend', term.ends, option.months, option.decideByMonths)],
    });
  }

  function renewTacitly(term: Term, committed: number): void {
    const price = prices?.get('tacit') ?? 0;
    if (term.renewed || contract.tacitMonths === 0) return;
    // Where the day for giving notice has passed, a rule can forbid it no more.
    const tooLate = !canLapse(term);
    if (price === Infinity && !tooLate) return;
    follow({
      ends: term.ends + contract.tacitMonths,
      began: term.ends,
      offered: canLapse(term) ? term.ends : term.offered,
      price: term.price,
      paid: committed + (tooLate ? 0 : price) * discount.at(term.ends),
      taken: term.taken,
      renewed: false,
      steps: [...term.steps, step('tacit', term.ends, contract.tacitMonths, contract.noticeMonths)],
    });
  }

  /** Month by month until the part is left: the last thing that is done with a contract. */
  function bridge(term: Term, committed: number): void {
    const price = prices?.get('bridge') ?? 0;
    if (contract.bridge === null || price === Infinity) return;
    const monthly = term.price * (1 + contract.bridge.uplift);
    const steps = (needed: number): readonly ContractStep[] => [
      ...term.steps,
      step('bridge', term.ends, needed, 0),
      step('lapse', term.ends + needed, 0, 0),
    ];
    const once = committed + price * discount.at(term.ends);
    for (const month of months) {
      const needed = month - term.ends;
      if (needed <= 0 || needed > contract.bridge.mostMonths) continue;
      offer(month, once + monthly * discount.between(term.ends, month), steps(needed));
    }
  }

  function renew(term: Term, committed: number): void {
    const price = prices?.get('renew') ?? 0;
    if (price === Infinity) return;
    const { renewal } = contract;
    follow({
      ends: term.ends + renewal.months,
      began: term.ends,
      offered: canLapse(term) ? term.ends : term.offered,
      price: term.price * (1 + renewal.uplift),
      paid: committed + (renewal.cost + price) * discount.at(term.ends),
      taken: 0,
      renewed: true,
      steps: [...term.steps, step('renew', term.ends, renewal.months, renewal.leadMonths)],
    });
  }

  /** Whether notice can still be given that ends the contract at the end of this term. */
  function canLapse(term: Term): boolean {
    return term.renewed || contract.tacitMonths === 0 || term.ends >= contract.noticeMonths;
  }

  function offer(month: number, cost: number, steps: readonly ContractStep[]): void {
    const best = until.get(month);
    if (best === undefined || cost < best.cost) until.set(month, { cost, steps });
  }
}

function step(action: ContractStep['action'], month: number, months: number, ahead: number): ContractStep {
  return { action, month, months, decideByMonth: Math.max(0, month - ahead) };
}

/** What each action costs for the rules that it breaks; infinite where one of them is honoured. */
function pricesOf(problem: Problem, contract: Contract): ReadonlyMap<ContractAction, number> {
  const prices = new Map<ContractAction, number>();
  for (const { action, ruleId } of contract.breaches) {
    const rule = problem.rules.find((each) => each.id === ruleId);
    if (rule === undefined) continue;
    const price = rule.treatment === 'honour' ? Infinity : rule.price;
    prices.set(action, (prices.get(action) ?? 0) + price);
  }
  return prices;
}
