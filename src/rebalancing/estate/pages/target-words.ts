import type { Target } from '../needs/targets.ts';
import { exactMoney } from './words.ts';

/** What a target costs, in words: each amount that is not nothing, in the order of the rule. */
export function costsInWords(target: Target): { yearly: string; moving: string; opening: string | null } {
  const money = (amount: number, each: string): string[] =>
    amount === 0 ? [] : [`${exactMoney(amount, target.currency)} ${each}`];
  const share = (basisPoints: number, of: string): string[] =>
    basisPoints === 0 ? [] : [`${basisPoints / 100}% of ${of}`];
  return {
    yearly: sumInWords([
      ...share(target.costShareBasisPoints, 'what it costs today'),
      ...money(target.yearlyCost, 'for each system'),
      ...money(target.costPerUser, 'for each user'),
      ...money(target.costPerThousandTransactions, 'for each thousand transactions'),
    ]),
    moving: sumInWords([
      ...share(target.movingShareBasisPoints, 'what a year costs today'),
      ...money(target.movingCost, 'for each system'),
      ...money(target.movingCostPerUser, 'for each user'),
    ]),
    opening: target.openingCost === 0 ? null : exactMoney(target.openingCost, target.currency),
  };
}

function sumInWords(terms: readonly string[]): string {
  return terms.length === 0 ? 'nothing' : terms.join(', and ');
}
