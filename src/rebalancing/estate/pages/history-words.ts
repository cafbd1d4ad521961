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
      ? value
      : JSON.stringify(value);
}
