import { sql } from 'kysely';
import { isId, newId, Problem, type Tx } from '#platform';
import { estateTables } from '../database.ts';
import { findOrAddByNames } from './many-names.ts';
import { nameKey } from './names.ts';

/** A public body whose systems, contracts or spend are in the estate. */
export interface Department {
  readonly id: string;
  readonly name: string;
  /** The organisation of Commonhold that it is, if it is one. */
  readonly ofOrganisationId: string | null;
}

/**
 * The department of a name, made where it is new. Spellings that differ in case and punctuation are the same; one that was
 * merged into another gives that other.
 *
 * @param values.ofOrganisationId the organisation of Commonhold that it is: its people then see what is theirs.
 */
export async function findOrAddDepartment(
  tx: Tx,
  values: { name: string; ofOrganisationId?: string | null },
): Promise<{ id: string; isNew: boolean }> {
  const name = values.name.trim();
  if (name === '') throw new Problem('unprocessable', { message: 'A department has no name. Give the department.' });
  const tables = estateTables(tx);
  const ofOrganisationId = values.ofOrganisationId ?? null;
  const key = nameKey(name);
  const find = () =>
    tables
      .selectFrom('departments')
      .select(['id', 'merged_into', 'of_organisation_id'])
      .where('organisation_id', '=', tx.organisationId)
      .where((where) =>
        where.or([
          where('name_key', '=', key),
          ...(ofOrganisationId === null ? [] : [where('of_organisation_id', '=', ofOrganisationId)]),
        ]),
      )
      .orderBy(sql`(of_organisation_id is not distinct from ${ofOrganisationId}) desc`)
      .executeTakeFirst();
  const found = await find();
  if (found !== undefined) {
    if (ofOrganisationId !== null && found.of_organisation_id === null) {
      await linkDepartment(tx, found.merged_into ?? found.id, ofOrganisationId);
    }
    return { id: found.merged_into ?? found.id, isNew: false };
  }
  const id = newId();
  const made = await tables
    .insertInto('departments')
    .values({ organisation_id: tx.organisationId, id, name, name_key: key, of_organisation_id: ofOrganisationId })
    .onConflict((conflict) => conflict.doNothing())
    .returning('id')
    .executeTakeFirst();
  if (made !== undefined) return { id, isNew: true };
  const theirs = await find();
  if (theirs === undefined) throw new Problem('conflict');
  return { id: theirs.merged_into ?? theirs.id, isNew: false };
}

/** The departments of many names, by the name as it was given: what `findOrAddDepartment` would give for each, asked at once. */
export function findOrAddDepartments(tx: Tx, names: readonly string[]): Promise<Map<string, string>> {
  return findOrAddByNames(tx, 'departments', names, async (name) => (await findOrAddDepartment(tx, { name })).id);
}

/** Departments that are not another spelling of one, by name. */
export async function listDepartments(tx: Tx): Promise<Department[]> {
  const rows = await estateTables(tx)
    .selectFrom('departments')
    .select(['id', 'name', 'of_organisation_id'])
    .where('organisation_id', '=', tx.organisationId)
    .where('merged_into', 'is', null)
    .orderBy('name')
    .execute();
  return rows.map((row) => ({ id: row.id, name: row.name, ofOrganisationId: row.of_organisation_id }));
}

/** The department that is an organisation of Commonhold; null where nothing of it is in the estate yet. */
export async function findDepartmentOf(tx: Tx, ofOrganisationId: string): Promise<Department | null> {
  const row = await estateTables(tx)
    .selectFrom('departments')
    .select(['id', 'name'])
    .where('organisation_id', '=', tx.organisationId)
    .where('of_organisation_id', '=', ofOrganisationId)
    .executeTakeFirst();
  return row === undefined ? null : { id: row.id, name: row.name, ofOrganisationId };
}

/**
 * Narrows a transaction to one department, under whatever spellings: from here on it sees and writes no other
 * department's systems, contracts, spend and history. Policies of the database hold to it, not the queries.
 */
export async function narrowToDepartment(tx: Tx, departmentId: string): Promise<void> {
  const rows = await estateTables(tx)
    .selectFrom('departments')
    .select('id')
    .where('organisation_id', '=', tx.organisationId)
    .where((where) => where.or([where('id', '=', departmentId), where('merged_into', '=', departmentId)]))
    .execute();
  const ids = rows.map((row) => row.id).filter(isId);
  if (ids.length === 0) throw new Problem('not-found');
  // SET takes no parameters: these were checked to be UUIDs.
  await sql.raw(`set local commonhold.estate_departments = '${ids.join(',')}'`).execute(estateTables(tx));
}

/** Narrows a transaction to no department at all: for one of which nothing is in the estate yet. */
export async function narrowToNothing(tx: Tx): Promise<void> {
  await sql
    .raw("set local commonhold.estate_departments = '00000000-0000-0000-0000-000000000000'")
    .execute(estateTables(tx));
}

async function linkDepartment(tx: Tx, id: string, ofOrganisationId: string): Promise<void> {
  await estateTables(tx)
    .updateTable('departments')
    .set({ of_organisation_id: ofOrganisationId })
    .where('organisation_id', '=', tx.organisationId)
    .where('id', '=', id)
    .where('of_organisation_id', 'is', null)
    .execute();
}
