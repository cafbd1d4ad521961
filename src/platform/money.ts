/** An amount of money: a whole number of minor units (pence, cents) and an ISO 4217 code. Never a fraction. */
export interface Money {
  readonly minorUnits: number;
  readonly currency: string;
}

/** Writes an amount for people: `£12.50`. The currency decides how many minor units make one. */
export function formatMoney(money: Money, locale = 'en-GB'): string {
  const { format, minorUnits } = formatFor(locale, money.currency);
  return format.format(money.minorUnits / minorUnits);
}

/** Formats are dear to make, and few are needed. */
const formats = new Map<string, { format: Intl.NumberFormat; minorUnits: number }>();

function formatFor(locale: string, currency: string): { format: Intl.NumberFormat; minorUnits: number } {
  const key = `${locale} ${currency}`;
  const known = formats.get(key);
  if (known !== undefined) return known;
  const format = new Intl.NumberFormat(locale, { style: 'currency', currency });
  const made = { format, minorUnits: 10 ** (format.resolvedOptions().maximumFractionDigits ?? 2) };
  if (formats.size < 200) formats.set(key, made);
  return made;
}
