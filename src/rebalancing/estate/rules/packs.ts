import type { Area } from '../areas.ts';
import type { ContractKind } from '../contracts/contracts.ts';

/** What an approval is about. A contract can be about several of these; the strictest threshold then counts. */
export const approvalSubjects = [
  'technology',
  'back office',
  'network infrastructure',
  'digital',
  'identity and new transactions',
] as const;
export type ApprovalSubject = (typeof approvalSubjects)[number];

interface EachRule {
  readonly key: string;
  /** The rule in plain words, as pages say it. */
  readonly words: string;
  /** Where it comes from, and what of it is not confirmed; left out where the pack's own source says all there is. */
  readonly source?: string;
  /** Whether it is asked: a government can switch a rule off without losing it. */
  readonly applies: boolean;
}

/** A rule on technology spending. Amounts in minor units. */
export type Rule = EachRule &
  (
    | { readonly kind: 'approval'; readonly about: ApprovalSubject; readonly threshold: number }
    | { readonly kind: 'value limit'; readonly threshold: number }
    | { readonly kind: 'no automatic extension' }
    | { readonly kind: 'no like-for-like extension' }
    | { readonly kind: 'term limit'; readonly contractKind: ContractKind; readonly months: number }
    | { readonly kind: 'separate roles'; readonly roles: readonly [ContractKind, ContractKind] }
  );

/** Rules that were in force together, with where they come from and from when until when. */
export interface RulePack {
  readonly key: string;
  readonly name: string;
  readonly source: string;
  /** The first day and the last on which it was in force; null where it has no end. */
  readonly from: string;
  readonly until: string | null;
  readonly currency: string;
  /** Whether contracts of one department for one need, each below a threshold, are added up. */
  readonly addsUp: boolean;
  /** Who gives the approvals that rules ask for; left out where nobody said. */
  readonly approver?: string;
  /** How many months an approval takes from the day on which it is asked for; left out for none. */
  readonly approvalMonths?: number;
  readonly rules: readonly Rule[];
}

const million = 100_000_000;
const thousand = 100_000;

/**
 * A rule's words with its amount as it is now: `5 million` in the words of a threshold that a government changed to 2 million
 * would mislead.
 */
export function ruleWords(rule: Rule): string {
  if (rule.kind === 'approval' || rule.kind === 'value limit') {
    const amount = /\d[\d.,]*(?: million| thousand)?/;
    if (amount.test(rule.words)) return rule.words.replace(amount, amountWords(rule.threshold));
    return rule.threshold === 0 ? rule.words : `${rule.words}, from ${amountWords(rule.threshold)} on`;
  }
  if (rule.kind === 'term limit') {
    return rule.words.replace(
      /(?:\d+|one|two|three|four|five) (?:years?|months?)/,
      rule.months % 12 === 0 && rule.months > 12
        ? `${numberWords[rule.months / 12] ?? rule.months / 12} years`
        : `${rule.months} months`,
    );
  }
  return rule.words;
}

const numberWords: Readonly<Record<number, string>> = { 2: 'two', 3: 'three', 4: 'four', 5: 'five' };

/** Minor units as rules say them: `5 million`, `100 thousand`. */
function amountWords(minorUnits: number): string {
  const format = new Intl.NumberFormat('en-GB', { maximumFractionDigits: 2 });
  if (minorUnits >= million) return `${format.format(minorUnits / million)} million`;
  if (minorUnits >= thousand && minorUnits % thousand === 0) return `${format.format(minorUnits / thousand)} thousand`;
  return format.format(minorUnits / 100);
}

/** Which subjects of approval an area falls under, beside technology, which everything is. */
export const subjectOfArea: Readonly<Partial<Record<Area, ApprovalSubject>>> = {
  'digital public services': 'digital',
  'back office': 'back office',
};
