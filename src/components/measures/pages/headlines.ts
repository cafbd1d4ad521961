import { wilsonInterval } from '../figures/confidence.ts';
import { takeUpOf, type Figure } from '../figures/figure.ts';
import { missing, shownCost, shownCount, shownInterval, shownShare } from './shown.ts';

/** A figure at the head of a page. */
export interface Headline {
  readonly label: string;
  readonly value: string;
  readonly hint: string;
}

/** Below so many cases the confidence of a share is told beside it. */
const fewCases = 1000;

/** The four measures of one service and its transactions, each with what it was a year before. */
export function headlinesOf(figure: Figure, before: Figure | null, currency: string): Headline[] {
  const cost = shownCost(figure, currency);
  const was = (text: string | null): string => (text === null || text === missing ? '' : `A year before: ${text}`);
  return [
    {
      label: 'Completed transactions',
      value: shownCount(figure.transactions),
      hint: was(before && shownCount(before.transactions)),
    },
    {
      label: 'Cost per transaction',
      value: cost.text,
      hint: [cost.hint, was(before && shownCost(before, currency).text)].filter(Boolean).join('. '),
    },
    {
      label: 'Digital take-up',
      value: shownShare(takeUpOf(figure)),
      hint: was(before && shownShare(takeUpOf(before))),
    },
    {
      label: 'Completion rate',
      value: shownShare(figure.completionRate),
      hint: confident(figure.completionRate, figure.started) + was(before && shownShare(before.completionRate)),
    },
    {
      label: 'User satisfaction',
      value: shownShare(figure.satisfaction),
      hint: confident(figure.satisfaction, figure.opinions) + was(before && shownShare(before.satisfaction)),
    },
  ];
}

function confident(share: number | null, cases: number | null): string {
  if (share === null || cases === null || cases >= fewCases) return '';
  return `Between ${shownInterval(wilsonInterval(share, cases)).replace(' to ', ' and ')}. `;
}
