import { formatMoney } from '#platform';
import { digitsOf } from '../currency.ts';

/** To the thousand, as `£1,234,000`: what is planned for years is not known to the penny. */
export function roundMoney(minorUnits: number, currency: string): string {
  const thousand = 1000 * 10 ** digitsOf(currency);
  return withoutZeros(formatMoney({ minorUnits: Math.round(minorUnits / thousand) * thousand, currency }));
}

/** To the minor unit, which is left out where it is none: `£12,500` or `£12,500.50`. */
export function exactMoney(minorUnits: number, currency: string): string {
  return withoutZeros(formatMoney({ minorUnits, currency }));
}

/** For the axis of a chart: `£1.2m`. */
export function shortMoney(minorUnits: number, currency: string): string {
  return new Intl.NumberFormat('en-GB', {
    style: 'currency',
    currency,
    notation: 'compact',
    maximumFractionDigits: 1,
  }).format(minorUnits / 10 ** digitsOf(currency));
}

function withoutZeros(text: string): string {
  return text.replace(/\.0+$/, '');
}
