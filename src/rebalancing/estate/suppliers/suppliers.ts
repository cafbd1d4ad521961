import { sql } from 'kysely';
import { newId, Problem, type Tx } from '#platform';
import { estateTables } from '../database.ts';
import { findOrAddByNames } from './many-names.ts';
import { nameKey } from './names.ts';

/** Somebody from whom the government buys technology. */
export interface Supplier {
  readonly id: string;
  readonly name: string;
  /** Its number in a register, as scheme and number (GB-COH-01234567); null where nobody said. */
  readonly identifier: string | null;
}

/**
 * The supplier of a name, made where it is new. Spellings that differ in case, punctuation or the kind of company are the
 * same; one that was merged into another gives that other.
 *
 * @param values.identifier scheme and number in a register. It finds a supplier whatever its name is.
 */
export async function findOrAddSupplier(
  tx: Tx,
  values: { name: string; identifier?: string | null },
): Promise<{ id: string; isNew: boolean }> {
  const name = values.name.trim();
  if (name === '')
    throw new Problem('unprocessable', { message: 'A supplier has no name. Give one, or leave it out.' });
  const tables = estateTables(tx);
  const identifier = values.identifier ?? null;
  const key = nameKey(name);
  const find = () =>
    tables
      .selectFrom('suppliers')
      .select(['id', 'merged_into'])
      .where('organisation_id', '=', tx.organisationId)
      .where((where) =>
        where.or([where('name_key', '=', key), ...(identifier === null ? [] : [where('identifier', '=', identifier)])]),
      )
      .orderBy(sql`(identifier is not distinct from ${identifier}) desc`)
      .executeTakeFirst();
  const found = await find();
  if (found !== undefined) return { id: found.merged_into ?? found.id, isNew: false };
  const id = newId();
  const made = await tables
    .insertInto('suppliers')
    .values({ organisation_id: tx.organisationId, id, name, name_key: key, identifier })
    .onConflict((conflict) => conflict.doNothing())
    .returning('id')
    .executeTakeFirst();
  if (made !== undefined) return { id, isNew: true };
  // Another transaction made it meanwhile.
  const theirs = await find();
  if (theirs === undefined) throw new Problem('conflict');
  return { id: theirs.merged_into ?? theirs.id, isNew: false };
}

/** The suppliers of many names, by the name as it was given: what `findOrAddSupplier` would give for each, asked at once. */
export function findOrAddSuppliers(tx: Tx, names: readonly string[]): Promise<Map<string, string>> {
  return findOrAddByNames(tx, 'suppliers', names, async (name) => (await findOrAddSupplier(tx, { name })).id);
}

/** Suppliers that are not another spelling of one, by name. */
export async function listSuppliers(tx: Tx): Promise<Supplier[]> {
  return estateTables(tx)
    .selectFrom('suppliers')
    .select(['id', 'name', 'identifier'])
    .where('organisation_id', '=', tx.organisationId)
    .where('merged_into', 'is', null)
    .orderBy('name')
    .execute();
}

/** A supplier with the other spellings of its name. A merged spelling gives the one it was merged into. @throws Problem not-found */
export async function getSupplier(tx: Tx, id: string): Promise<Supplier & { readonly spellings: readonly string[] }> {
  const rows = await estateTables(tx)
    .selectFrom('suppliers as asked')
    .innerJoin('suppliers as each', (join) =>
      join
        .onRef('each.organisation_id', '=', 'asked.organisation_id')
        .on((on) =>
          on.or([
            on('each.id', '=', sql<string>`coalesce(asked.merged_into, asked.id)`),
            on('each.merged_into', '=', sql<string>`coalesce(asked.merged_into, asked.id)`),
          ]),
        ),
    )
    .select(['each.id', 'each.name', 'each.identifier', 'each.merged_into'])
    .where('asked.organisation_id', '=', tx.organisationId)
    .where('asked.id', '=', id)
    .orderBy('each.name')
    .execute();
  const main = rows.find((row) => row.merged_into === null);
  if (main === undefined) throw new Problem('not-found');
  return {
    id: main.id,
    name: main.name,
    identifier: main.identifier,
    spellings: rows.filter((row) => row.merged_into !== null).map((row) => row.name),
  };
}
