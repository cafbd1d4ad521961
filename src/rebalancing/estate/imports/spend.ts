import type { Importer, ImportField, SourcedRecord, Tx } from '#platform';
import { findOrAddDepartments } from '../suppliers/departments.ts';
import { recordSpend, type SpendLine } from '../suppliers/spend.ts';
import { findOrAddSuppliers } from '../suppliers/suppliers.ts';
import { textOf } from './systems.ts';

/** Published spend: a row for each payment or month. Credits are negative. */
export function createSpendImporter(currency: string): Importer {
  const takeAll = async (tx: Tx, records: readonly SourcedRecord[]) => {
    const named = (name: string): string[] => records.map(({ record }) => textOf(record, name) ?? '');
    const departments = await findOrAddDepartments(tx, named('department'));
    const suppliers = await findOrAddSuppliers(tx, named('supplier'));
    const { added } = await recordSpend(
      tx,
      records.map((each) => lineOf(each, { currency, departments, suppliers })),
    );
    return { added, changed: 0, same: records.length - added };
  };
  return {
    kind: 'estate.spend',
    title: 'Spend',
    fields,
    takeAll,
    take: async (tx, record, source) => ((await takeAll(tx, [{ record, source }])).added > 0 ? 'added' : 'same'),
  };
}

function lineOf(
  { record, source }: SourcedRecord,
  known: {
    readonly currency: string;
    readonly departments: ReadonlyMap<string, string>;
    readonly suppliers: ReadonlyMap<string, string>;
  },
): SpendLine {
  return {
    departmentId: known.departments.get(textOf(record, 'department') ?? '') ?? '',
    supplierId: known.suppliers.get(textOf(record, 'supplier') ?? '') ?? '',
    framework: textOf(record, 'framework') ?? null,
    lot: textOf(record, 'lot') ?? null,
    month: `${String(record['month']).slice(0, 7)}-01`,
    description: textOf(record, 'description') ?? '',
    currency: known.currency,
    amount: Number(record['amount']),
    source: source.fileName,
    // A number of the publisher's makes the line. Where there is none, its place in the file does: two payments can be
    // alike in every other way, and the same file must add nothing.
    identity: JSON.stringify([record, record['line'] === undefined ? source.rowNumber : null]),
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
