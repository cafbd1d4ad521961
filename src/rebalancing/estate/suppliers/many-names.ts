import type { Tx } from '#platform';
import { estateTables } from '../database.ts';
import { nameKey } from './names.ts';

/**
 * The ids of many names, by the name as it was given: those that are known in one question, the others one by one.
 *
 * @param findOrAdd gives the id of one name, and throws where it cannot be one.
 */
export async function findOrAddByNames(
  tx: Tx,
  table: 'departments' | 'suppliers',
  names: readonly string[],
  findOrAdd: (name: string) => Promise<string>,
): Promise<Map<string, string>> {
  const keys = new Map([...new Set(names)].map((name) => [name, nameKey(name.trim())]));
  if (keys.size === 0) return new Map();
  const rows = await estateTables(tx)
    .selectFrom(table)
    .select(['id', 'name_key', 'merged_into'])
    .where('organisation_id', '=', tx.organisationId)
    .where('name_key', 'in', [...new Set(keys.values())])
    .execute();
  const known = new Map(rows.map((row) => [row.name_key, row.merged_into ?? row.id]));
  const ids = new Map<string, string>();
  for (const [name, key] of keys) {
    const id = (name.trim() === '' ? undefined : known.get(key)) ?? (await findOrAdd(name));
    known.set(key, id);
    ids.set(name, id);
  }
  return ids;
}
