import { formatDate, formatNumber, formatPercentage } from '#design';
import type { Interval } from '../figures/confidence.ts';
import { hasWholeCost } from '../figures/summary.ts';
import type { CostStatus } from '../figures/cost-of-service.ts';

/** What stands where a figure is not known. */
export const missing = 'Missing';

/** A count for a headline: exact while it is short, then `1.23 million`. */
export function shownCount(count: number | null): string {
  if (count === null) return missing;
  return count < 1_000_000 ? formatNumber(count) : large.format(count);
}

/** A share as a percentage. */
export function shownShare(share: number | null): string {
  return share === null ? missing : formatPercentage(share);
}

/** A cost per transaction, in minor units: to the penny, and smaller where it is less than ten of them. */
export function shownUnitCost(minorUnits: number | null, currency: string): string {
  if (minorUnits === null) return missing;
  const digits = digitsOf(currency);
  const amount = minorUnits / 10 ** digits;
  const isTiny = amount !== 0 && Math.abs(minorUnits) < 10;
  return new Intl.NumberFormat('en-GB', {
    style: 'currency',
    currency,
    maximumFractionDigits: isTiny ? digits + 2 : digits,
  }).format(amount);
}

/** An amount for a headline or a table of a government: whole units, then `£1.23 million`. */
export function shownAmount(minorUnits: number | null, currency: string): string {
  if (minorUnits === null) return missing;
  const amount = minorUnits / 10 ** digitsOf(currency);
  const isLarge = Math.abs(amount) >= 1_000_000;
  return new Intl.NumberFormat('en-GB', {
    style: 'currency',
    currency,
    ...(isLarge
      ? { notation: 'compact', compactDisplay: 'long', maximumFractionDigits: 2 }
      : { maximumFractionDigits: 0 }),
  }).format(amount);
}

/** The cost per transaction of a figure, with how far it is known. */
export function shownCost(
  figure: { costPerTransaction: number | null; costStatus: CostStatus },
  currency: string,
): { text: string; hint?: string } {
  const text = shownUnitCost(figure.costPerTransaction, currency);
  if (figure.costPerTransaction === null) return { text: missing };
  if (!hasWholeCost(figure)) return { text: `At least ${text}`, hint: 'Incomplete' };
  return figure.costStatus === 'estimated' ? { text, hint: 'Estimated' } : { text };
}

/** Twelve months by their last: `Sep 2017`. */
export function shownYear(to: string): string {
  const [, month = '', year = ''] = formatDate(to).split(' ');
  return `${month.slice(0, 3)} ${year}`;
}

/** An interval in words: `81.2% to 86.4%`. */
export function shownInterval(interval: Interval | null): string {
  return interval === null ? '' : `${formatPercentage(interval.low)} to ${formatPercentage(interval.high)}`;
}

/** How many minor units make one, as a power of ten. */
function digitsOf(currency: string): number {
  return new Intl.NumberFormat('en', { style: 'currency', currency }).resolvedOptions().maximumFractionDigits ?? 2;
}

const large = new Intl.NumberFormat('en-GB', { notation: 'compact', compactDisplay: 'long', maximumFractionDigits: 2 });
