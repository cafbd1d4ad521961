import type { EstimateRange, Spread } from '../estimates/estimate-ranges.ts';
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

/** How far estimates may be wrong, in words. */
export function rangeInWords({ moving, yearly, late }: EstimateRange): string {
  const spread = ({ least, likeliest, most }: Spread): string =>
    least === most
      ? most === 10_000
        ? 'what is estimated'
        : `${most / 100}% of the estimate`
      : `${least / 100}% to ${most / 100}% of the estimate, likeliest ${likeliest / 100}%`;
  const onTime = 10_000 - late.reduce((sum, share) => sum + share, 0);
  return `Moving comes to ${spread(moving)}; a year there to ${spread(yearly)}; ${onTime / 100}% of moves are on time`;
}
