import { sql } from 'kysely';
import { newId, oneOf, Problem, recordAudit, type Tx } from '#platform';
import { usualCurrency } from '../areas.ts';
import { pushSoon } from '../costs/push-soon.ts';
import { estateTables } from '../database.ts';
import { readStated, recordChanges, weigh, whoSays, type FieldValue, type Source, type Stated } from '../statements.ts';
import { numberOf, textOf } from '../systems/parts.ts';
import { choice, familyOf, type Saved } from '../systems/systems.ts';
import { checkContract } from './contract-checks.ts';
import type { ContractTerms } from './contract-dates.ts';
import { keepExtensions, readExtensions, type ExtensionOption } from './extension-options.ts';
import type { Period } from './months.ts';

export const contractKinds = [
  'service provision',
  'integration',
  'hosting',
  'licence',
  'network',
  'devices',
  'support',
] as const;
export type ContractKind = (typeof contractKinds)[number];

/** A contract. Money in minor units of its currency; what is not known is null. */
export interface Contract {
  readonly id: string;
  readonly departmentId: string;
  readonly departmentName: string;
  readonly supplierId: string | null;
  readonly supplierName: string | null;
  readonly reference: string | null;
  readonly title: string;
  readonly kind: ContractKind | null;
  readonly framework: string | null;
  readonly lot: string | null;
  readonly currency: string;
  /** For its whole first term. */
  readonly value: number | null;
  readonly yearlyCost: number | null;
  /** The first and last day of the first term, as it was signed. */
  readonly startsOn: string | null;
  readonly endsOn: string | null;
  readonly notice: Period | null;
  /** By how many months it renews by itself; 0 where it does not; null where nobody said. */
  readonly renewalMonths: number | null;
  readonly extensions: readonly ExtensionOption[];
  /** What it costs to end it early; null where that is not known to be possible. */
  readonly terminationFee: number | null;
  readonly noticeGivenOn: string | null;
  readonly stoppedOn: string | null;
  readonly stated: Stated;
  readonly revision: number;
}

/** What can be said of a contract. A field that is left out stays as it is; null says that it is not known. */
export interface ContractValues {
  readonly departmentId: string;
  readonly title: string;
  readonly supplierId?: string | null | undefined;
  readonly reference?: string | null | undefined;
  readonly kind?: ContractKind | null | undefined;
  readonly framework?: string | null | undefined;
  readonly lot?: string | null | undefined;
  readonly currency?: string | undefined;
  /** In which its amounts are where nobody has said another currency. */
  readonly usualCurrency?: string | undefined;
  readonly value?: number | null | undefined;
  readonly yearlyCost?: number | null | undefined;
  readonly startsOn?: string | null | undefined;
  readonly endsOn?: string | null | undefined;
  readonly notice?: Period | null | undefined;
  readonly renewalMonths?: number | null | undefined;
  /** All options, in order: they replace the ones that are known. */
  readonly extensions?: readonly ExtensionOption[] | undefined;
  readonly terminationFee?: number | null | undefined;
  readonly noticeGivenOn?: string | null | undefined;
  readonly stoppedOn?: string | null | undefined;
}

export const contractFields = [
  'title',
  'supplierId',
  'reference',
  'kind',
  'framework',
  'lot',
  'currency',
  'value',
  'yearlyCost',
  'startsOn',
  'endsOn',
  'notice',
  'renewalMonths',
  'extensions',
  'terminationFee',
  'noticeGivenOn',
  'stoppedOn',
] as const;
export type ContractField = (typeof contractFields)[number];

/**
 * Says something of a contract: of the one with this `id`, or else with this reference in its department, or (where no
 * reference is given) this title and supplier in it. It is made where there is none. Saying the same again changes nothing.
 *
 * @throws Problem unprocessable where a value cannot be: an end before its start, a negative amount, a day that is none;
 *   not-found where `id` is given and names nothing.
 */
export async function saveContract(
  tx: Tx,
  values: ContractValues & { readonly id?: string },
  source: Source,
): Promise<Saved> {
  const tables = estateTables(tx);
  const found = await lockContract(tx, values);
  const id = found?.id ?? newId();
  const known = found === undefined ? nothing : fieldsOf(found, await readExtensions(tx, [id]));
  const by = whoSays(tx);
  const said = weigh(
    known,
    found === undefined ? {} : readStated(found.stated),
    // A title that only says which contract is meant is not confirmed by that.
    { ...saidOf(values), title: values.id !== undefined && found?.title === values.title ? undefined : values.title },
    { source, by },
    contractFields,
  );
  const now: Record<ContractField, FieldValue> = { ...known };
  for (const { field, after } of said.changed) now[field] = after;
  const extensions = said.changed.some(({ field }) => field === 'extensions') ? (values.extensions ?? []) : undefined;
  const title = textOf(now.title) ?? values.title;
  checkContract({
    ...values,
    title,
    startsOn: textOf(now.startsOn),
    endsOn: textOf(now.endsOn),
    stoppedOn: textOf(now.stoppedOn),
  });
  const notice = periodOf(now.notice);
  const columns = {
    title,
    supplier_id: textOf(now.supplierId),
    reference: textOf(now.reference),
    kind: textOf(now.kind),
    framework: textOf(now.framework),
    lot: textOf(now.lot),
    currency: textOf(now.currency) ?? values.usualCurrency ?? usualCurrency,
    value: numberOf(now.value),
    yearly_cost: numberOf(now.yearlyCost),
    starts_on: textOf(now.startsOn),
    ends_on: textOf(now.endsOn),
    notice_count: notice?.count ?? null,
    notice_unit: notice?.unit ?? null,
    renewal_months: numberOf(now.renewalMonths),
    termination_fee: numberOf(now.terminationFee),
    notice_given_on: textOf(now.noticeGivenOn),
    stopped_on: textOf(now.stoppedOn),
    stated: JSON.stringify(said.stated),
  };
  const departmentId = found?.department_id ?? values.departmentId;
  const isChanged = said.changed.length + said.confirmed.length > 0;
  if (found === undefined) {
    await tables
      .insertInto('contracts')
      .values({ organisation_id: tx.organisationId, id, department_id: departmentId, ...columns })
      .execute();
  } else if (isChanged) {
    await tables
      .updateTable('contracts')
      .set({ ...columns, revision: sql`revision + 1` })
      .where('organisation_id', '=', tx.organisationId)
      .where('id', '=', id)
      .execute();
  }
  if (extensions !== undefined) await keepExtensions(tx, { id, departmentId }, extensions);
  if (found === undefined || isChanged) {
    await recordAudit(tx, {
      action: found === undefined ? 'estate.contract-added' : 'estate.contract-changed',
      subject: { kind: 'contract', id, name: title },
      detail: { source: source.name },
    });
    await pushSoon(tx);
  }
  await recordChanges(tx, { kind: 'contract', id, departmentId }, said, source, now);
  return { id, outcome: found === undefined ? 'added' : isChanged ? 'changed' : 'unchanged', outdated: said.outdated };
}

/** A contract. @throws Problem not-found */
export async function getContract(tx: Tx, id: string): Promise<Contract> {
  const [contract] = await listContracts(tx, [id]);
  if (contract === undefined) throw new Problem('not-found');
  return contract;
}

/** Contracts by title: some, or all that the transaction sees. */
export async function listContracts(tx: Tx, ids?: readonly string[]): Promise<Contract[]> {
  if (ids?.length === 0) return [];
  let query = estateTables(tx)
    .selectFrom('contracts as c')
    .innerJoin('departments as said', (join) =>
      join.onRef('said.organisation_id', '=', 'c.organisation_id').onRef('said.id', '=', 'c.department_id'),
    )
    .innerJoin('departments as d', (join) =>
      join
        .onRef('d.organisation_id', '=', 'c.organisation_id')
        .on('d.id', '=', sql<string>`coalesce(said.merged_into, said.id)`),
    )
    .leftJoin('suppliers as named', (join) =>
      join.onRef('named.organisation_id', '=', 'c.organisation_id').onRef('named.id', '=', 'c.supplier_id'),
    )
    .leftJoin('suppliers as s', (join) =>
      join
        .onRef('s.organisation_id', '=', 'c.organisation_id')
        .on('s.id', '=', sql<string>`coalesce(named.merged_into, named.id)`),
    )
    .selectAll('c')
    .select([
      'd.id as canonical_department_id',
      'd.name as department_name',
      's.id as canonical_supplier_id',
      's.name as supplier_name',
    ])
    .where('c.organisation_id', '=', tx.organisationId)
    .orderBy('c.title')
    .orderBy('c.id');
  if (ids !== undefined) query = query.where('c.id', 'in', ids);
  const rows = await query.execute();
  const extensions = await readExtensions(tx, ids);
  return rows.map((row) => ({
    id: row.id,
    departmentId: row.canonical_department_id,
    departmentName: row.department_name,
    supplierId: row.canonical_supplier_id,
    supplierName: row.supplier_name,
    reference: row.reference,
    title: row.title,
    kind: choice(contractKinds, row.kind),
    framework: row.framework,
    lot: row.lot,
    currency: row.currency,
    value: row.value,
    yearlyCost: row.yearly_cost,
    startsOn: row.starts_on,
    endsOn: row.ends_on,
    notice: noticeOf(row),
    renewalMonths: row.renewal_months,
    extensions: extensions.get(row.id) ?? [],
    terminationFee: row.termination_fee,
    noticeGivenOn: row.notice_given_on,
    stoppedOn: row.stopped_on,
    stated: readStated(row.stated),
    revision: row.revision,
  }));
}

/** The terms of a contract for its dates; null where its first term is not known, so that no date can be counted. */
export function termsOf(
  contract: Pick<
    Contract,
    'startsOn' | 'endsOn' | 'notice' | 'renewalMonths' | 'extensions' | 'noticeGivenOn' | 'stoppedOn'
  >,
): ContractTerms | null {
  if (contract.endsOn === null) return null;
  return {
    startsOn: contract.startsOn ?? contract.endsOn,
    endsOn: contract.endsOn,
    notice: contract.notice,
    renewalMonths: contract.renewalMonths ?? 0,
    extensions: contract.extensions.map(({ months, upliftBasisPoints, decideBy, takenOn }) => ({
      months,
      upliftBasisPoints,
      decideBy,
      taken: takenOn !== null,
    })),
    noticeGivenOn: contract.noticeGivenOn,
    stoppedOn: contract.stoppedOn,
  };
}

async function lockContract(
  tx: Tx,
  values: {
    id?: string;
    departmentId: string;
    title: string;
    reference?: string | null | undefined;
    supplierId?: string | null | undefined;
  },
) {
  let query = estateTables(tx)
    .selectFrom('contracts')
    .selectAll()
    .where('organisation_id', '=', tx.organisationId)
    .forUpdate();
  if (values.id !== undefined) {
    const row = await query.where('id', '=', values.id).executeTakeFirst();
    if (row === undefined) throw new Problem('not-found');
    return row;
  }
  query = query.where('department_id', 'in', familyOf(tx, values.departmentId));
  const reference = values.reference ?? null;
  query =
    reference === null
      ? query
          .where(sql<boolean>`lower(title) = lower(${values.title})`)
          .where(sql<boolean>`supplier_id is not distinct from ${values.supplierId ?? null}`)
      : query.where(sql<boolean>`lower(reference) = lower(${reference})`);
  return query.orderBy('id').executeTakeFirst();
}

function saidOf(values: ContractValues): Partial<Record<ContractField, FieldValue | undefined>> {
  const { notice, extensions, ...rest } = values;
  return {
    ...rest,
    notice: notice === undefined || notice === null ? notice : [{ count: notice.count, unit: notice.unit }],
    extensions: extensions?.map((option) => ({
      months: option.months,
      upliftBasisPoints: option.upliftBasisPoints,
      decideBy: option.decideBy,
      likeForLike: option.likeForLike,
      takenOn: option.takenOn,
    })),
  };
}

function fieldsOf(
  row: {
    id: string;
    title: string;
    supplier_id: string | null;
    reference: string | null;
    kind: string | null;
    framework: string | null;
    lot: string | null;
    currency: string;
    value: number | null;
    yearly_cost: number | null;
    starts_on: string | null;
    ends_on: string | null;
    notice_count: number | null;
    notice_unit: string | null;
    renewal_months: number | null;
    termination_fee: number | null;
    notice_given_on: string | null;
    stopped_on: string | null;
  },
  extensions: ReadonlyMap<string, readonly ExtensionOption[]>,
): Record<ContractField, FieldValue> {
  const notice = noticeOf(row);
  return {
    title: row.title,
    supplierId: row.supplier_id,
    reference: row.reference,
    kind: row.kind,
    framework: row.framework,
    lot: row.lot,
    currency: row.currency,
    value: row.value,
    yearlyCost: row.yearly_cost,
    startsOn: row.starts_on,
    endsOn: row.ends_on,
    notice: notice === null ? null : [notice],
    renewalMonths: row.renewal_months,
    extensions: extensions.get(row.id) ?? [],
    terminationFee: row.termination_fee,
    noticeGivenOn: row.notice_given_on,
    stoppedOn: row.stopped_on,
  };
}

const nothing: Record<ContractField, FieldValue> = {
  title: null,
  supplierId: null,
  reference: null,
  kind: null,
  framework: null,
  lot: null,
  currency: null,
  value: null,
  yearlyCost: null,
  startsOn: null,
  endsOn: null,
  notice: null,
  renewalMonths: null,
  extensions: [],
  terminationFee: null,
  noticeGivenOn: null,
  stoppedOn: null,
};

function noticeOf(row: { notice_count: number | null; notice_unit: string | null }): Period | null {
  return row.notice_count === null || row.notice_unit === null
    ? null
    : { count: row.notice_count, unit: oneOf(['days', 'months'], row.notice_unit) };
}

function periodOf(value: FieldValue): Period | null {
  const first: unknown = Array.isArray(value) ? value[0] : undefined;
  if (typeof first !== 'object' || first === null || !('count' in first) || !('unit' in first)) return null;
  return { count: Number(first.count), unit: oneOf(['days', 'months'], String(first.unit)) };
}
