import { sql } from 'kysely';
import { newId, oneOf, Problem, recordAudit, type Tx } from '#platform';
import { areas, usualCurrency, type Area } from '../areas.ts';
import { pushSoon } from '../costs/push-soon.ts';
import { estateTables } from '../database.ts';
import { readStated, recordChanges, weigh, whoSays, type FieldValue, type Source, type Stated } from '../statements.ts';
import { systemKey } from '../suppliers/names.ts';
import { checkAmount, listParts, numberOf, savePart, textOf, type Part, type PartValues } from './parts.ts';

export const hostings = [
  'own data centre',
  'supplier data centre',
  'private cloud',
  'public cloud',
  'software as a service',
  'on devices',
] as const;
export const sensitivities = ['public', 'internal', 'personal', 'sensitive', 'secret'] as const;
export const lifecycles = ['planned', 'in development', 'live', 'being replaced', 'retired'] as const;

/** How well a system fits: 1 poor, 2 weak, 3 fair, 4 good. */
export const fits = ['poor', 'weak', 'fair', 'good'] as const;

/** A system, with its parts. What is not known is null. */
export interface System {
  readonly id: string;
  readonly departmentId: string;
  readonly departmentName: string;
  /** What the department itself calls it in its lists. */
  readonly reference: string | null;
  readonly name: string;
  readonly description: string;
  readonly area: Area | null;
  /** Keys of needs that it meets besides those of its parts. */
  readonly otherNeeds: readonly string[];
  readonly owner: string | null;
  readonly users: number | null;
  readonly yearlyTransactions: number | null;
  readonly hosting: (typeof hostings)[number] | null;
  readonly sensitivity: (typeof sensitivities)[number] | null;
  readonly lifecycle: (typeof lifecycles)[number] | null;
  readonly businessFit: number | null;
  readonly technicalFit: number | null;
  readonly currency: string;
  readonly parts: readonly Part[];
  /** The sum of its parts, in minor units of its currency. */
  readonly yearlyCost: number;
  readonly stated: Stated;
  /** Counts the changes, so that a page that has become old is noticed. */
  readonly revision: number;
}

/** What can be said of a system. A field that is left out stays as it is; null says that it is not known. */
export interface SystemValues {
  readonly departmentId: string;
  readonly name: string;
  readonly reference?: string | null | undefined;
  readonly description?: string | undefined;
  readonly area?: Area | null | undefined;
  readonly otherNeeds?: readonly string[] | undefined;
  readonly owner?: string | null | undefined;
  readonly users?: number | null | undefined;
  readonly yearlyTransactions?: number | null | undefined;
  readonly hosting?: System['hosting'] | undefined;
  readonly sensitivity?: System['sensitivity'] | undefined;
  readonly lifecycle?: System['lifecycle'] | undefined;
  readonly businessFit?: number | null | undefined;
  readonly technicalFit?: number | null | undefined;
  readonly currency?: string | undefined;
  readonly parts?: readonly PartValues[] | undefined;
}

export const systemFields = [
  'name',
  'reference',
  'description',
  'area',
  'otherNeeds',
  'owner',
  'users',
  'yearlyTransactions',
  'hosting',
  'sensitivity',
  'lifecycle',
  'businessFit',
  'technicalFit',
] as const;
export type SystemField = (typeof systemFields)[number];

/** What became of what was said about a system or a contract. */
export interface Saved {
  readonly id: string;
  readonly outcome: 'added' | 'changed' | 'unchanged';
  /** Fields that were left alone because something newer is known of them. */
  readonly outdated: readonly string[];
}

/**
 * Says something of a system: of the one with this `id`, or else with this reference in its department, or (where no
 * reference is given) this name in it. It is made where there is none. Saying the same again changes nothing.
 *
 * @param values money in minor units; see SystemValues.
 * @param source where it comes from. A statement that is older than what is known of a field leaves that alone.
 * @throws Problem unprocessable where a value cannot be: a negative number, a name that is empty, a fit outside 1 to 4;
 *   not-found where `id` is given and names nothing.
 */
export async function saveSystem(
  tx: Tx,
  values: SystemValues & { readonly id?: string },
  source: Source,
): Promise<Saved> {
  checkValues(values);
  const tables = estateTables(tx);
  const found = await lockSystem(tx, values);
  const id = found?.id ?? newId();
  const known = found === undefined ? nothing : fieldsOf(found);
  const by = whoSays(tx);
  const said = weigh(
    known,
    found === undefined ? {} : readStated(found.stated),
    // A name that only says which system is meant is not confirmed by that.
    { ...values, name: values.id !== undefined && found?.name === values.name ? undefined : values.name },
    { source, by },
    systemFields,
  );
  const now: Record<SystemField, FieldValue> = { ...known };
  for (const { field, after } of said.changed) now[field] = after;
  const name = textOf(now.name) ?? values.name;
  const columns = {
    name,
    name_key: systemKey(name),
    reference: textOf(now.reference),
    description: textOf(now.description) ?? '',
    area: textOf(now.area),
    other_needs: listOf(now.otherNeeds),
    owner: textOf(now.owner),
    users: numberOf(now.users),
    yearly_transactions: numberOf(now.yearlyTransactions),
    hosting: textOf(now.hosting),
    sensitivity: textOf(now.sensitivity),
    lifecycle: textOf(now.lifecycle),
    business_fit: numberOf(now.businessFit),
    technical_fit: numberOf(now.technicalFit),
    stated: JSON.stringify(said.stated),
  };
  // A merged department keeps its systems under its own spelling.
  const departmentId = found?.department_id ?? values.departmentId;
  if (found === undefined) {
    await tables
      .insertInto('systems')
      .values({
        organisation_id: tx.organisationId,
        id,
        department_id: departmentId,
        currency: values.currency ?? usualCurrency,
        ...columns,
      })
      .execute();
    await recordAudit(tx, {
      action: 'estate.system-added',
      subject: { kind: 'system', id, name },
      detail: { source: source.name },
    });
  }
  const system = { id, departmentId };
  let changed = said.changed.length + said.confirmed.length > 0;
  const outdated: string[] = [...said.outdated];
  const wanted = values.parts ?? [];
  const parts =
    found === undefined && !wanted.some((part) => part.kind === 'application')
      ? [{ kind: 'application' as const }, ...wanted]
      : wanted;
  for (const part of parts) {
    const partSaid = await savePart(tx, system, part, source);
    if (partSaid.isNew || partSaid.changed.length + partSaid.confirmed.length > 0) changed = true;
    outdated.push(...partSaid.outdated.map((field) => `${part.kind} ${field}`));
  }
  await recordChanges(tx, { kind: 'system', id, departmentId }, said, source, now);
  if (found !== undefined && changed) {
    await tables
      .updateTable('systems')
      .set({ ...columns, revision: sql`revision + 1` })
      .where('organisation_id', '=', tx.organisationId)
      .where('id', '=', id)
      .execute();
    await recordAudit(tx, {
      action: 'estate.system-changed',
      subject: { kind: 'system', id, name },
      detail: { source: source.name },
    });
    await pushSoon(tx);
  }
  return { id, outcome: found === undefined ? 'added' : changed ? 'changed' : 'unchanged', outdated };
}

/** A system with its parts. @throws Problem not-found, also where it is another department's than the transaction sees */
export async function getSystem(tx: Tx, id: string): Promise<System> {
  const [system] = await listSystems(tx, [id]);
  if (system === undefined) throw new Problem('not-found');
  return system;
}

/** Systems with their parts, by name: some, or all that the transaction sees. */
export async function listSystems(tx: Tx, ids?: readonly string[]): Promise<System[]> {
  if (ids?.length === 0) return [];
  let query = estateTables(tx)
    .selectFrom('systems as s')
    .innerJoin('departments as said', (join) =>
      join.onRef('said.organisation_id', '=', 's.organisation_id').onRef('said.id', '=', 's.department_id'),
    )
    .innerJoin('departments as d', (join) =>
      join
        .onRef('d.organisation_id', '=', 's.organisation_id')
        .on('d.id', '=', sql<string>`coalesce(said.merged_into, said.id)`),
    )
    .selectAll('s')
    .select(['d.id as canonical_department_id', 'd.name as department_name'])
    .where('s.organisation_id', '=', tx.organisationId)
    .orderBy('s.name')
    .orderBy('s.id');
  if (ids !== undefined) query = query.where('s.id', 'in', ids);
  const rows = await query.execute();
  const parts = Map.groupBy(await listParts(tx, ids), (part) => part.systemId);
  return rows.map((row) => {
    const own = parts.get(row.id) ?? [];
    return {
      id: row.id,
      departmentId: row.canonical_department_id,
      departmentName: row.department_name,
      reference: row.reference,
      name: row.name,
      description: row.description,
      area: choice(areas, row.area),
      otherNeeds: row.other_needs,
      owner: row.owner,
      users: row.users,
      yearlyTransactions: row.yearly_transactions,
      hosting: choice(hostings, row.hosting),
      sensitivity: choice(sensitivities, row.sensitivity),
      lifecycle: choice(lifecycles, row.lifecycle),
      businessFit: row.business_fit,
      technicalFit: row.technical_fit,
      currency: row.currency,
      parts: own,
      yearlyCost: own.reduce((sum, part) => sum + part.yearlyCost, 0),
      stated: readStated(row.stated),
      revision: row.revision,
    };
  });
}

async function lockSystem(
  tx: Tx,
  values: { id?: string; departmentId: string; reference?: string | null | undefined; name: string },
) {
  let query = estateTables(tx)
    .selectFrom('systems')
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
  return (
    reference === null
      ? query.where('name_key', '=', systemKey(values.name))
      : query.where(sql<boolean>`lower(reference) = lower(${reference})`)
  )
    .orderBy('id')
    .executeTakeFirst();
}

/** The ids of a department under all its spellings, as a subquery. */
export function familyOf(tx: Tx, departmentId: string) {
  return estateTables(tx)
    .selectFrom('departments')
    .select('id')
    .where('organisation_id', '=', tx.organisationId)
    .where((where) => where.or([where('id', '=', departmentId), where('merged_into', '=', departmentId)]));
}

function checkValues(values: SystemValues): void {
  const wrong = (message: string): Problem => new Problem('unprocessable', { message });
  if (values.name.trim() === '') throw wrong('A system has no name. Give it the name that its users know.');
  checkAmount(values.users, 'the number of users');
  checkAmount(values.yearlyTransactions, 'the number of transactions a year');
  for (const [what, fit] of [
    ['business fit', values.businessFit],
    ['technical fit', values.technicalFit],
  ] as const) {
    if (fit !== null && fit !== undefined && ![1, 2, 3, 4].includes(fit)) {
      throw wrong(`The ${what} of "${values.name}" is ${fit}. Use 1 (poor), 2 (weak), 3 (fair) or 4 (good).`);
    }
  }
}

function fieldsOf(row: {
  name: string;
  reference: string | null;
  description: string;
  area: string | null;
  other_needs: string[];
  owner: string | null;
  users: number | null;
  yearly_transactions: number | null;
  hosting: string | null;
  sensitivity: string | null;
  lifecycle: string | null;
  business_fit: number | null;
  technical_fit: number | null;
}): Record<SystemField, FieldValue> {
  return {
    name: row.name,
    reference: row.reference,
    description: row.description,
    area: row.area,
    otherNeeds: row.other_needs,
    owner: row.owner,
    users: row.users,
    yearlyTransactions: row.yearly_transactions,
    hosting: row.hosting,
    sensitivity: row.sensitivity,
    lifecycle: row.lifecycle,
    businessFit: row.business_fit,
    technicalFit: row.technical_fit,
  };
}

const nothing: Record<SystemField, FieldValue> = {
  name: null,
  reference: null,
  description: '',
  area: null,
  otherNeeds: [],
  owner: null,
  users: null,
  yearlyTransactions: null,
  hosting: null,
  sensitivity: null,
  lifecycle: null,
  businessFit: null,
  technicalFit: null,
};

function listOf(value: FieldValue): string[] {
  return Array.isArray(value) ? value.map(String) : [];
}

/** One of the choices, or null. */
export function choice<T extends string>(choices: readonly T[], text: string | null): T | null {
  return text === null ? null : oneOf(choices, text);
}
