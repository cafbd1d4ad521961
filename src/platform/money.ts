/** An amount of money: a whole number of minor units (pence, cents) and an ISO 4217 code. Never a fraction. */
export interface Money {
  readonly minorUnits: number;
  readonly currency: string;
}

/** Writes an amount for people: `£12.50`. The currency decides how many minor units make one. */
export function formatMoney(money: Money, locale = 'en-GB'): string {
  const format = new Intl.NumberFormat(locale, { style: 'currency', currency: money.currency });
  const digits = format.resolvedOptions().maximumFractionDigits ?? 2;
  return format.format(money.minorUnits / 10 ** digits);
}
