import type { Importer, ImportField, Tx } from '#platform';
import { findOrAddDepartment } from '../suppliers/departments.ts';
import { recordSpend } from '../suppliers/spend.ts';
import { findOrAddSupplier } from '../suppliers/suppliers.ts';
import { textOf } from './systems.ts';

/** Published spend: a row for each payment or month. Credits are negative. */
export function createSpendImporter(currency: string): Importer {
  return {
    kind: 'estate.spend',
    title: 'Spend',
    fields,
    async take(tx, record, { fileName, rowNumber }) {
      const known = knownIn(tx);
      const departmentId = await known.departments(textOf(record, 'department') ?? '');
      const supplierId = await known.suppliers(textOf(record, 'supplier') ?? '');
      const { added } = await recordSpend(tx, [
        {
          departmentId,
          supplierId,
          framework: textOf(record, 'framework') ?? null,
          lot: textOf(record, 'lot') ?? null,
          month: `${String(record['month']).slice(0, 7)}-01`,
          description: textOf(record, 'description') ?? '',
          currency,
          amount: Number(record['amount']),
          source: fileName,
          // A number of the publisher's makes the line. Where there is none, its place in the file does: two payments can be
          // alike in every other way, and the same file must add nothing.
          identity: JSON.stringify([record, record['line'] === undefined ? rowNumber : null]),
        },
      ]);
      return added > 0 ? 'added' : 'same';
    },
  };
}

/** Names that were looked up in a transaction: a file has few of them, many times. */
const looked = new WeakMap<Tx, Record<'departments' | 'suppliers', (name: string) => Promise<string>>>();

function knownIn(tx: Tx): Record<'departments' | 'suppliers', (name: string) => Promise<string>> {
  const known = looked.get(tx) ?? {
    departments: remember((name) => findOrAddDepartment(tx, { name })),
    suppliers: remember((name) => findOrAddSupplier(tx, { name })),
  };
  looked.set(tx, known);
  return known;
}

/** Only what was there before is remembered: what a row has made goes again if that row cannot be taken. */
function remember(find: (name: string) => Promise<{ id: string; isNew: boolean }>): (name: string) => Promise<string> {
  const ids = new Map<string, string>();
  return async (name) => {
    const known = ids.get(name);
    if (known !== undefined) return known;
    const { id, isNew } = await find(name);
    if (!isNew) ids.set(name, id);
    return id;
  };
}

const fields: readonly ImportField[] = [
  {
    name: 'department',
    label: 'Customer',
    kind: 'text',
    required: true,
    alsoCalled: ['customer name', 'department', 'buyer', 'organisation', 'body', 'entity', 'paid by'],
  },
  {
    name: 'supplier',
    label: 'Supplier',
    kind: 'text',
    required: true,
    alsoCalled: ['supplier name', 'vendor', 'payee', 'merchant', 'paid to'],
  },
  {
    name: 'month',
    label: 'Month or day',
    kind: 'day',
    required: true,
    alsoCalled: ['return month', 'date', 'month', 'payment date', 'invoice date', 'period'],
  },
  {
    name: 'amount',
    label: 'Amount',
    kind: 'amount',
    required: true,
    alsoCalled: ['evidenced spend', 'spend', 'total', 'value', 'net amount', 'invoice value', 'amount paid'],
  },
  {
    name: 'description',
    label: 'What was bought',
    kind: 'text',
    alsoCalled: ['project name and description', 'description', 'expense type', 'product', 'service', 'narrative'],
  },
  { name: 'framework', label: 'Framework', kind: 'text', alsoCalled: ['framework agreement', 'agreement'] },
  { name: 'lot', label: 'Lot', kind: 'text', alsoCalled: ['lot description', 'lot number', 'category'] },
  {
    name: 'line',
    label: 'Number of the line',
    kind: 'text',
    hint: 'A number that the publisher gives to each line, by which it is known again.',
    alsoCalled: ['id', 'line id', 'transaction number', 'transaction id', 'reference'],
  },
];
