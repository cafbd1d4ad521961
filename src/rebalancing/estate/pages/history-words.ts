import { formatDate, formatDateTime } from '#design';
import { isDay } from '#platform';
import type { Change } from '../statements.ts';
import { exactMoney, periodWords } from './words.ts';

const names: Readonly<Record<string, string>> = {
  needKey: 'Need',
  targetId: 'Target',
  movedOn: 'Moved on',
  otherNeeds: 'Other needs',
  yearlyTransactions: 'Transactions a year',
  businessFit: 'Business fit',
  technicalFit: 'Technical fit',
  yearlyCost: 'Cost a year',
  startsOn: 'First day',
  endsOn: 'Last day of the first term',
  renewalMonths: 'Renewal',
  terminationFee: 'Fee to end it early',
  noticeGivenOn: 'Notice given',
  stoppedOn: 'Ended on',
  supplierId: 'Supplier',
};

/** A field's name as people read it. */
export function fieldWords(field: string): string {
  if (field.startsWith('cost.')) return `Cost of ${field.slice(5)}`;
  return names[field] ?? field.charAt(0).toUpperCase() + field.slice(1);
}

/** A value of the history as people read it. */
export function valueWords(value: unknown, field: string): string {
  if (value === null || value === undefined || value === '') return 'not known';
  if (field.startsWith('cost.') || ['value', 'yearlyCost', 'terminationFee'].includes(field))
    return exactMoney(Number(value));
  if (field === 'supplierId' || field === 'targetId') return 'another';
  if (Array.isArray(value)) {
    const [first]: unknown[] = value;
    if (typeof first === 'object' && first !== null && 'count' in first && 'unit' in first) {
      return periodWords({ count: Number(first.count), unit: first.unit === 'days' ? 'days' : 'months' });
    }
    return value.length === 0
      ? 'none'
      : value
          .map((each) =>
            typeof each === 'object' && each !== null && 'months' in each
              ? `${String(each.months)} months`
              : String(each),
          )
          .join(', ');
  }
  return typeof value === 'number'
    ? new Intl.NumberFormat('en-GB').format(value)
    : typeof value === 'string'
      ? isDay(value)
        ? formatDate(value)
        : value
      : JSON.stringify(value);
}

/** What was said of something, newest first: what came at once from one source is one item, not one for each field. */
export function historyItems(
  changes: readonly Change[],
  { timeZone, partOf = () => '' }: { timeZone: string; partOf?: (change: Change) => string },
): { title: string; at: string; when: string; by: string; text: string }[] {
  const at = ({ at: time, by, source, statedOn }: Change): string =>
    [time.slice(0, 19), by, source, statedOn].join('\n');
  return [...Map.groupBy(changes, at).values()].flatMap((together) => {
    const [first] = together;
    if (first === undefined) return [];
    const named = together.map((change) => `${partOf(change)}${fieldWords(change.field)}`);
    const more = named.length - 3;
    return [
      {
        title: more > 0 ? `${named.slice(0, 3).join(', ')} and ${more} more` : named.join(', '),
        at: first.at,
        when: formatDateTime(first.at, timeZone),
        by: first.by,
        text: `${together.map((change, index) => `${named[index]}: ${changeWords(change)}`).join('; ')}. As of ${formatDate(first.statedOn)}; ${first.source}`,
      },
    ];
  });
}

function changeWords({ before, after, field }: Change): string {
  if (field === 'renewalMonths' && after === 0) return 'it does not renew by itself';
  if ((field === 'supplierId' || field === 'targetId') && before === null) return 'named';
  const now = valueWords(after, field);
  const was = valueWords(before, field);
  return was === now ? `still ${now}` : ['not known', 'none'].includes(was) ? now : `${now}, before ${was}`;
}

/**
 * What most rows of a page have in common about where they come from, to be said once above them, and the rows without it.
 * Null where no two rows have the same.
 */
export function saySourceOnce<T extends { readonly stated: string | null }>(
  rows: readonly T[],
): { readonly source: string | null; readonly rows: readonly T[] } {
  const counts = Map.groupBy(
    rows.filter(({ stated }) => stated !== null),
    ({ stated }) => stated,
  );
  const [most] = [...counts].toSorted(([, one], [, other]) => other.length - one.length);
  if (most === undefined || most[1].length < 2) return { source: null, rows };
  const [source] = most;
  return { source, rows: rows.map((row) => (row.stated === source ? { ...row, stated: null } : row)) };
}
