import type { Discount } from './discount.ts';
import { coveredMonths } from './months.ts';
import type { Contract, ContractAction, ContractStep, Problem } from './problem.ts';
import { priceOf, type ContractAct, type ContractLife, type RuleFinding } from './rules.ts';

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
  /** For how many months it is bought again each time; null as long as it is the contract that it was. */
  readonly renewed: number | null;
  /** How long the whole contract has run by then and what it has come to; null where that is not known. */
  readonly life: ContractLife | null;
  readonly steps: readonly ContractStep[];
}

/** The rules of spending that a contract is asked about. */
export interface AskedRules {
  onAct(act: ContractAct): readonly RuleFinding[];
  mostValue(month: number): number;
}

/**
 * Folds everything that can be done with a contract into one cost for each month in which the part may be left: let it
 * lapse, take options to extend with their uplifts, go on month by month, renew tacitly, buy again, or end it early at its
 * fee. What has been committed to is paid to its end, also after the horizon.
 *
 * @param months the months at whose beginning the part may be left.
 * @param rules null for what would be paid if no rule of spending were in force.
 */
export function coverContract(
  problem: Problem,
  contract: Contract,
  discount: Discount,
  { months, rules }: { readonly months: readonly number[]; readonly rules: AskedRules | null },
): Covers {
  const horizon = problem.quarters * 3;
  const until = new Map<number, Cover>();
  let staying: Cover | undefined;
  const share = contract.ruled?.share ?? 1;

  const first: Term = {
    ends: coveredMonths(problem.startsOn, contract.endsOn),
    began: 0,
    offered: -1,
    price: contract.annualCost / 12,
    paid: 0,
    taken: 0,
    renewed: null,
    life: contract.ruled ?? null,
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
    const option = term.renewed === null ? contract.extensions[term.taken] : undefined;
    if (option === undefined || term.ends < option.decideByMonths) return;
    const price = term.price * (1 + option.uplift);
    const life = longer(term.life, option.months, price);
    const asked = ask(term, { action: 'extend', decideByMonth: term.ends - option.decideByMonths, life }, term.taken);
    if (asked === Infinity) return;
    follow({
      ends: term.ends + option.months,
      began: term.ends,
      offered: canLapse(term) ? term.ends : term.offered,
      price,
      paid: committed + asked * discount.at(term.ends),
      taken: term.taken + 1,
      renewed: null,
      life,
      steps: [...term.steps, step('extend', term.ends, option.months, option.decideByMonths)],
    });
  }

  function renewTacitly(term: Term, committed: number): void {
    if (term.renewed !== null || contract.tacitMonths === 0) return;
    const life = longer(term.life, contract.tacitMonths, term.price);
    // Where the day for giving notice has passed, a rule can forbid it no more.
    const asked = canLapse(term)
      ? ask(term, { action: 'tacit', decideByMonth: term.ends - contract.noticeMonths, life })
      : 0;
    if (asked === Infinity) return;
    follow({
      ends: term.ends + contract.tacitMonths,
      began: term.ends,
      offered: canLapse(term) ? term.ends : term.offered,
      price: term.price,
      paid: committed + asked * discount.at(term.ends),
      taken: term.taken,
      renewed: null,
      life,
      steps: [...term.steps, step('tacit', term.ends, contract.tacitMonths, contract.noticeMonths)],
    });
  }

  /** Month by month until the part is left: the last thing that is done with a contract. */
  function bridge(term: Term, committed: number): void {
    if (contract.bridge === null) return;
    const monthly = term.price * (1 + contract.bridge.uplift);
    const steps = (needed: number): readonly ContractStep[] => [
      ...term.steps,
      step('bridge', term.ends, needed, 0),
      step('lapse', term.ends + needed, 0, 0),
    ];
    for (const month of months) {
      const needed = month - term.ends;
      if (needed <= 0 || needed > contract.bridge.mostMonths) continue;
      const life = longer(term.life, needed, monthly);
      const asked = ask(term, { action: 'bridge', decideByMonth: term.ends, life });
      if (asked === Infinity) continue;
      const once = committed + asked * discount.at(term.ends);
      offer(month, once + monthly * discount.between(term.ends, month), steps(needed));
    }
  }

  function renew(term: Term, committed: number): void {
    const { months: usual, shorterMonths = usual } = contract.renewal;
    // Once bought for a shorter time it is so every time.
    const lengths = term.renewed === null ? new Set([usual, rules === null ? usual : shorterMonths]) : [term.renewed];
    for (const length of lengths) renewFor(term, committed, length);
  }

  function renewFor(term: Term, committed: number, length: number): void {
    const { renewal } = contract;
    const price = term.price * (1 + renewal.uplift);
    const life = { months: length, value: (price * length) / share };
    let [lots, cost] = [1, Infinity];
    // What is worth more than one contract may be is bought in several, each in a competition of its own.
    for (const each of new Set([1, rules === null ? 1 : lotsOf(life.value, rules.mostValue(term.ends))])) {
      const act = { action: 'renew', decideByMonth: term.ends - renewal.leadMonths, life, lots: each } as const;
      const asked = renewal.cost * each + ask(term, act);
      if (asked < cost) [lots, cost] = [each, asked];
    }
    if (cost === Infinity) return;
    const taken = step('renew', term.ends, length, renewal.leadMonths);
    follow({
      ends: term.ends + length,
      began: term.ends,
      offered: canLapse(term) ? term.ends : term.offered,
      price,
      paid: committed + cost * discount.at(term.ends),
      taken: 0,
      renewed: length,
      life,
      steps: [...term.steps, lots === 1 ? taken : { ...taken, lots }],
    });
  }

  /** What the rules that an action breaks cost at its day; infinite where one of them is honoured. */
  function ask(
    term: Term,
    act: { action: ContractAction; decideByMonth: number; life: ContractLife | null; lots?: number },
    option?: number,
  ): number {
    if (rules === null) return 0;
    const found = rules.onAct({
      lots: 1,
      ...act,
      month: term.ends,
      isFirst: term.renewed === null,
      ...(option === undefined ? {} : { option }),
    });
    return priceOf(found, share);
  }

  function longer(life: ContractLife | null, byMonths: number, monthly: number): ContractLife | null {
    return life === null ? null : { months: life.months + byMonths, value: life.value + (monthly * byMonths) / share };
  }

  /** Whether notice can still be given that ends the contract at the end of this term. */
  function canLapse(term: Term): boolean {
    return term.renewed !== null || contract.tacitMonths === 0 || term.ends >= contract.noticeMonths;
  }

  function offer(month: number, cost: number, steps: readonly ContractStep[]): void {
    const best = until.get(month);
    if (best === undefined || cost < best.cost) until.set(month, { cost, steps });
  }
}

function step(action: ContractStep['action'], month: number, months: number, ahead: number): ContractStep {
  return { action, month, months, decideByMonth: Math.max(0, month - ahead) };
}

/** In how many contracts something must be bought so that each is worth no more than one may be. */
function lotsOf(value: number, most: number): number {
  return most > 0 && value > most ? Math.ceil(value / most) : 1;
}
