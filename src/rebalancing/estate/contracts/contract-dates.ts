import { addDays } from '#platform';
import { addMonths, lastDayToGive, type Period } from './months.ts';

/**
 * What a contract says about its time. Days are ISO dates, and the last day of a term belongs to it.
 *
 * - `startsOn`, `endsOn`: the first and last day of the first term, as it was signed.
 * - `notice`: how long before the end notice must be given; null where none is asked for.
 * - `renewalMonths`: by how much it renews by itself where no notice is given; 0 where it does not.
 * - `extensions`: options in the order in which they can be taken. Taken ones come first.
 * - `noticeGivenOn`: when notice was given, if it was. It ends with the term for which that was in time.
 * - `stoppedOn`: the last day, where it was ended early.
 */
export interface ContractTerms {
  readonly startsOn: string;
  readonly endsOn: string;
  readonly notice: Period | null;
  readonly renewalMonths: number;
  readonly extensions: readonly Extension[];
  readonly noticeGivenOn: string | null;
  readonly stoppedOn: string | null;
}

/** An option to extend: for how long, at what price, by when it must be taken, and whether it has been. */
export interface Extension {
  readonly months: number;
  /** How much dearer a year is than a year of the first term: 300 is 3%. Negative where it is cheaper. */
  readonly upliftBasisPoints: number;
  /** The last day to take it, where the contract names one; otherwise its notice period decides. */
  readonly decideBy: string | null;
  readonly taken: boolean;
}

/** A last day on which something about a contract can still be decided, and what. */
export interface Decision {
  readonly by: string;
  /**
   * - `notice`: it renews by itself unless notice is given by then;
   * - `extension`: an option to extend must be taken by then, or lapses;
   * - `replacement`: it simply ends, so what follows must be bought by then (see `leadMonths`).
   */
  readonly kind: 'notice' | 'extension' | 'replacement';
  /** The last day of the contract if nothing is taken up, or notice is given, by then. */
  readonly endsOn: string;
}

/** What the terms of a contract come to on a day. */
export interface ContractDates {
  readonly state: 'not begun' | 'running' | 'ended';
  /** The last day of the term that runs (or is the first or last one), with extensions taken and renewals that happened. */
  readonly endsOn: string;
  /** How often it has renewed by itself by this day. */
  readonly renewals: number;
  /** The first day on which it can come to its end without a fee, if that is decided on this day. */
  readonly earliestEnd: string;
  /** The last day to give notice for that; null where none is asked for, or it has been given. */
  readonly noticeBy: string | null;
  /** The notice date of the running term, where it has passed unused: it will renew, and cost a term more. */
  readonly missed: string | null;
  /** The next thing to decide, and by when; null where nothing is left to decide. */
  readonly decision: Decision | null;
}

/** How long it takes to buy what follows a contract: the lead time for one that simply ends. */
export const leadMonths = 6;

/** The latest renewals that are looked at: more than a century of months. */
const mostRenewals = 1500;

/**
 * The state of a contract on a day: when the term that runs ends, what must be decided next and by when.
 *
 * A contract that has been ended, or to which notice was given in time, leaves nothing to decide. One that renews by
 * itself is looked at across its renewals: where the notice date of the running term has passed, or lies before the day
 * because the notice is longer than the term, the next term whose notice date can still be met counts.
 */
export function contractDates(terms: ContractTerms, asAt: string): ContractDates {
  const first = endOfTaken(terms);
  const renewing = terms.renewalMonths > 0;
  const settled = settledEnd(terms);
  let renewals = 0;
  if (renewing) while (endAfter(terms, renewals) < asAt && renewals < mostRenewals) renewals += 1;
  if (settled !== null) {
    while (renewals > 0 && endAfter(terms, renewals - 1) >= settled) renewals -= 1;
    const running = endAfter(terms, renewals);
    const endsOn = running < settled ? running : settled;
    return {
      state: stateOf(terms, settled, asAt),
      endsOn,
      renewals,
      earliestEnd: settled,
      noticeBy: null,
      missed: null,
      decision: null,
    };
  }
  if (!renewing) {
    const decision = first < asAt ? null : nextOption(terms, first, asAt);
    return {
      state: stateOf(terms, first, asAt),
      endsOn: first,
      renewals: 0,
      earliestEnd: first,
      noticeBy: null,
      missed: null,
      decision,
    };
  }
  const endsOn = endAfter(terms, renewals);
  let at = renewals;
  while (lastDayToGive(terms.notice, endAfter(terms, at)) < asAt && at < mostRenewals) at += 1;
  const earliestEnd = endAfter(terms, at);
  const noticeBy = lastDayToGive(terms.notice, earliestEnd);
  return {
    state: asAt < terms.startsOn ? 'not begun' : 'running',
    endsOn,
    renewals,
    earliestEnd,
    noticeBy,
    missed: at > renewals ? lastDayToGive(terms.notice, endsOn) : null,
    decision: { by: noticeBy, kind: 'notice', endsOn: earliestEnd },
  };
}

/** One way in which a contract can come to its end without a fee. */
export interface ContractChoice {
  /** Its last day then. */
  readonly endsOn: string;
  /** `lapse`: at the end of the term that runs; `extend`: after taking options; `renew`: after renewing by itself. */
  readonly how: 'lapse' | 'extend' | 'renew';
  /** How many options are taken, or renewals let happen, from the day on. */
  readonly steps: number;
  /** The last day to decide for it: to give notice, or to take the (last) option; null where nothing needs to be done. */
  readonly decideBy: string | null;
  /** The terms after the one that runs, each with what a year costs more than a year of the first term. */
  readonly terms: readonly { readonly from: string; readonly to: string; readonly upliftBasisPoints: number }[];
}

/**
 * The ways in which a contract can come to its natural end, from a day on and not after another, soonest first. What can
 * no longer be decided in time is left out: a contract whose notice date has passed begins with its next renewal.
 */
export function contractChoices(terms: ContractTerms, span: { asAt: string; until: string }): ContractChoice[] {
  const { asAt, until } = span;
  const choices: ContractChoice[] = [];
  const settled = settledEnd(terms);
  if (settled !== null) {
    if (settled < asAt) return [];
    return [{ endsOn: settled, how: 'lapse', steps: 0, decideBy: null, terms: termsUpTo(terms, asAt, settled) }];
  }
  if (terms.renewalMonths > 0) {
    const { renewals } = contractDates(terms, asAt);
    for (let at = renewals; at < mostRenewals; at += 1) {
      const endsOn = endAfter(terms, at);
      if (endsOn > until && choices.length > 0) break;
      const decideBy = lastDayToGive(terms.notice, endsOn);
      if (decideBy < asAt) continue;
      choices.push({
        endsOn,
        how: at === renewals ? 'lapse' : 'renew',
        steps: at - renewals,
        decideBy,
        terms: termsUpTo(terms, asAt, endsOn),
      });
      if (endsOn > until) break;
    }
    return choices;
  }
  const first = endOfTaken(terms);
  if (first < asAt) return [];
  choices.push({ endsOn: first, how: 'lapse', steps: 0, decideBy: null, terms: [] });
  let from = first;
  const segments: { from: string; to: string; upliftBasisPoints: number }[] = [];
  let months = monthsTaken(terms);
  for (const option of terms.extensions.filter((each) => !each.taken)) {
    const decideBy = option.decideBy ?? lastDayToGive(terms.notice, from);
    if (decideBy < asAt) break;
    months += option.months;
    const endsOn = endAfterMonths(terms, months);
    segments.push({ from: addDays(from, 1), to: endsOn, upliftBasisPoints: option.upliftBasisPoints });
    choices.push({ endsOn, how: 'extend', steps: segments.length, decideBy, terms: [...segments] });
    from = endsOn;
    if (endsOn > until) break;
  }
  return choices;
}

/** A term of a contract that was entered into: its days, and what a year costs more than a year of the first term. */
export interface ContractTerm {
  readonly from: string;
  readonly to: string;
  readonly upliftBasisPoints: number;
}

/**
 * The terms that have run, or begun, by a day: the first, the extensions taken, and each time that it renewed by itself.
 * The last one ends no later than the day, or where the contract was ended or notice was given.
 */
export function termsUntil(terms: ContractTerms, day: string): ContractTerm[] {
  const settled = settledEnd(terms);
  const last = settled !== null && settled < day ? settled : day;
  const ends = [{ endsOn: terms.endsOn, upliftBasisPoints: 0 }];
  let months = 0;
  let upliftBasisPoints = 0;
  for (const option of terms.extensions.filter((each) => each.taken)) {
    months += option.months;
    upliftBasisPoints = option.upliftBasisPoints;
    ends.push({ endsOn: endAfterMonths(terms, months), upliftBasisPoints });
  }
  for (let renewals = 1; terms.renewalMonths > 0 && renewals < mostRenewals; renewals += 1) {
    if (endAfter(terms, renewals - 1) >= last) break;
    ends.push({ endsOn: endAfter(terms, renewals), upliftBasisPoints });
  }
  return ends
    .map(({ endsOn, upliftBasisPoints: uplift }, index): ContractTerm => {
      const before = ends[index - 1];
      return {
        from: before === undefined ? terms.startsOn : addDays(before.endsOn, 1),
        to: endsOn < last ? endsOn : last,
        upliftBasisPoints: uplift,
      };
    })
    .filter(({ from, to }) => from <= to);
}

/** The last day, where that is settled: it was ended, or notice was given; null where it can still go on. */
function settledEnd(terms: ContractTerms): string | null {
  if (terms.stoppedOn !== null) return terms.stoppedOn;
  if (terms.noticeGivenOn === null) return null;
  if (terms.renewalMonths === 0) return endOfTaken(terms);
  for (let at = 0; at < mostRenewals; at += 1) {
    const endsOn = endAfter(terms, at);
    if (lastDayToGive(terms.notice, endsOn) >= terms.noticeGivenOn) return endsOn;
  }
  return null;
}

function stateOf(terms: ContractTerms, lastDay: string, asAt: string): ContractDates['state'] {
  if (lastDay < asAt) return 'ended';
  return asAt < terms.startsOn ? 'not begun' : 'running';
}

/** The next option to take, or else the time to buy what follows. */
function nextOption(terms: ContractTerms, endsOn: string, asAt: string): Decision {
  const option = terms.extensions.find((each) => !each.taken);
  if (option !== undefined) {
    const by = option.decideBy ?? lastDayToGive(terms.notice, endsOn);
    if (by >= asAt) return { by, kind: 'extension', endsOn };
  }
  return { by: lastDayToGive({ count: leadMonths, unit: 'months' }, endsOn), kind: 'replacement', endsOn };
}

function monthsTaken(terms: ContractTerms): number {
  return terms.extensions.filter((each) => each.taken).reduce((sum, each) => sum + each.months, 0);
}

function endOfTaken(terms: ContractTerms): string {
  return endAfterMonths(terms, monthsTaken(terms));
}

function endAfter(terms: ContractTerms, renewals: number): string {
  return endAfterMonths(terms, monthsTaken(terms) + renewals * terms.renewalMonths);
}

/**
 * The last day so many months after the first term. Months are counted from the day after the first term, all at once:
 * one after the other would lose a day at each short month and never find it again.
 */
function endAfterMonths(terms: ContractTerms, months: number): string {
  return addDays(addMonths(addDays(terms.endsOn, 1), months), -1);
}

/** The renewals between the term that runs on a day and an end. Renewed terms cost what the first did. */
function termsUpTo(terms: ContractTerms, asAt: string, endsOn: string): ContractChoice['terms'] {
  if (terms.renewalMonths === 0) return [];
  const found: { from: string; to: string; upliftBasisPoints: number }[] = [];
  const lastTaken = terms.extensions.findLast((each) => each.taken);
  for (let at = 0; at < mostRenewals; at += 1) {
    const from = addDays(endAfter(terms, at), 1);
    const to = endAfter(terms, at + 1);
    if (to > endsOn) break;
    if (endAfter(terms, at) >= asAt) found.push({ from, to, upliftBasisPoints: lastTaken?.upliftBasisPoints ?? 0 });
  }
  return found;
}
