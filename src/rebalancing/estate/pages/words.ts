import { formatDate } from '#design';
import { formatMoney } from '#platform';
import { usualCurrency } from '../areas.ts';
import type { ContractDates } from '../contracts/contract-dates.ts';
import type { Contract } from '../contracts/contracts.ts';
import type { Period } from '../contracts/months.ts';

/** An amount for a list: whole units of the currency, in thousands and millions where it is large: `£1.2 million`. */
export function shortMoney(minorUnits: number, currency: string): string {
  const { whole, millions, minorUnitsOfOne } = formatsFor(currency);
  const units = minorUnits / minorUnitsOfOne;
  return Math.abs(units) >= 1_000_000 ? `${millions.format(units / 1_000_000)} million` : whole.format(units);
}

/** Formats are dear to make: a page of thousands of amounts makes them once. */
const formats = new Map<string, { whole: Intl.NumberFormat; millions: Intl.NumberFormat; minorUnitsOfOne: number }>();

function formatsFor(currency: string) {
  const known = formats.get(currency);
  if (known !== undefined) return known;
  const of = (maximumFractionDigits: number): Intl.NumberFormat =>
    new Intl.NumberFormat('en-GB', { style: 'currency', currency, minimumFractionDigits: 0, maximumFractionDigits });
  const usual = new Intl.NumberFormat('en-GB', { style: 'currency', currency }).resolvedOptions();
  const made = { whole: of(0), millions: of(1), minorUnitsOfOne: 10 ** (usual.maximumFractionDigits ?? 2) };
  if (formats.size < 200) formats.set(currency, made);
  return made;
}

/** An amount to the last minor unit; a dash where it is not known. */
export function exactMoney(minorUnits: number | null, currency: string = usualCurrency): string {
  return minorUnits === null ? 'Not known' : formatMoney({ minorUnits, currency }).replace(/\.00$/, '');
}

export function periodWords(period: Period | null): string {
  if (period === null) return 'None';
  const unit = period.count === 1 ? period.unit.slice(0, -1) : period.unit;
  return `${period.count} ${unit}`;
}

/** What must be decided about a contract, in a sentence. */
export function decisionWords(dates: ContractDates | null): string {
  if (dates === null) return 'Its end is not known';
  if (dates.state === 'ended') return `Ended on ${formatDate(dates.endsOn)}`;
  const { decision } = dates;
  if (decision === null) return `Ends on ${formatDate(dates.earliestEnd)}; nothing is left to decide`;
  const end = formatDate(decision.endsOn);
  if (decision.kind === 'notice') return `Give notice, or it renews on ${end}`;
  if (decision.kind === 'extension') return `Take the next extension, or it ends on ${end}`;
  return `Have what follows bought: it ends on ${end}`;
}

/** Where a contract runs out of time: for the list that leads with it. */
export function decideBy(
  contract: { readonly dates: ContractDates | null },
  asAt: string,
): { day: string | null; isLate: boolean } {
  const day = contract.dates?.decision?.by ?? null;
  return { day, isLate: day !== null && day < asAt };
}

export function renewalWords(contract: Pick<Contract, 'renewalMonths'>): string {
  if (contract.renewalMonths === null) return 'Not known';
  return contract.renewalMonths === 0
    ? 'It does not renew by itself'
    : `By itself, by ${periodWords({ count: contract.renewalMonths, unit: 'months' })}`;
}

/** An amount that a person typed, in minor units: `1,200.50` is 120050. Null for nothing; undefined where it is no amount. */
export function readAmount(text: string, currency: string = usualCurrency): number | null | undefined {
  const plain = text
    .trim()
    .replace(/^[£€$]/, '')
    .replaceAll(/[,\s_]/g, '');
  if (plain === '') return null;
  const digits =
    new Intl.NumberFormat('en-GB', { style: 'currency', currency }).resolvedOptions().maximumFractionDigits ?? 2;
  if (!/^-?\d{1,13}(\.\d+)?$/.test(plain)) return undefined;
  const [whole = '', fraction = ''] = plain.split('.');
  if (fraction.length > digits) return undefined;
  return Number(whole + fraction.padEnd(digits, '0'));
}

/** A whole number that a person typed. Null for nothing; undefined where it is none. */
export function readWhole(text: string): number | null | undefined {
  const plain = text.trim().replaceAll(/[,\s_]/g, '');
  if (plain === '') return null;
  return /^\d{1,15}$/.test(plain) ? Number(plain) : undefined;
}

/** Per cent that a person typed, in hundredths of a per cent: `12.5%` is 1250. Null for nothing; undefined where it is none. */
export function readShare(text: string): number | null | undefined {
  const plain = text.replaceAll(/[%\s]/g, '');
  if (plain === '') return null;
  return /^\d{1,3}(\.\d{1,2})?$/.test(plain) ? Math.round(Number(plain) * 100) : undefined;
}

/** `Two` things or `one` thing. */
export function plural(count: number, one: string, many = `${one}s`): string {
  return `${new Intl.NumberFormat('en-GB').format(count)} ${count === 1 ? one : many}`;
}
