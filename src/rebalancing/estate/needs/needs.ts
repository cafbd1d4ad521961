import { oneOf, Problem, recordAudit, type Tx } from '#platform';
import { areas, ways } from '../areas.ts';
import { estateTables } from '../database.ts';
import { whoSays } from '../statements.ts';
import { taxonomy, type TaxonomyNeed } from './taxonomy.ts';

/** A need of this government's taxonomy. */
export interface Need extends TaxonomyNeed {
  /** Whether the program brought it as it is, this government changed it, or added it. */
  readonly origin: 'brought' | 'changed' | 'added';
}

/** The taxonomy: what the program brings, with what this government changed, added and retired. By area, then name. */
export async function listNeeds(tx: Tx): Promise<Need[]> {
  const rows = await estateTables(tx)
    .selectFrom('needs')
    .selectAll()
    .where('organisation_id', '=', tx.organisationId)
    .execute();
  const own = new Map(rows.map((row) => [row.key, row]));
  const brought = new Set(taxonomy.map((need) => need.key));
  const all: Need[] = [
    ...taxonomy.filter((need) => !own.has(need.key)).map((need) => ({ ...need, origin: 'brought' as const })),
    ...rows
      .filter((row) => row.retired_at === null)
      .map((row): Need => ({
        key: row.key,
        name: row.name,
        description: row.description,
        area: oneOf(areas, row.area),
        usualWay: oneOf(ways, row.usual_way),
        component: row.component,
        words: row.words,
        origin: brought.has(row.key) ? 'changed' : 'added',
      })),
  ];
  return all.toSorted(
    (one, other) => areas.indexOf(one.area) - areas.indexOf(other.area) || one.name.localeCompare(other.name, 'en'),
  );
}

/** A need by its key. @throws Problem not-found */
export async function getNeed(tx: Tx, key: string): Promise<Need> {
  const need = (await listNeeds(tx)).find((each) => each.key === key);
  if (need === undefined) throw new Problem('not-found');
  return need;
}

/**
 * Changes a need of the taxonomy, or adds one: its key is then made from its name.
 *
 * @throws Problem unprocessable where the name is empty; conflict where another need has the name.
 */
export async function saveNeed(
  tx: Tx,
  values: Omit<TaxonomyNeed, 'key'> & { readonly key: string | null },
): Promise<string> {
  const name = values.name.trim();
  if (name === '') throw new Problem('unprocessable', { message: 'Enter what the need is called.' });
  const key = values.key ?? keyOf(name);
  const taken = (await listNeeds(tx)).find(
    (each) => each.name.toLowerCase() === name.toLowerCase() || (values.key === null && each.key === key),
  );
  if (taken !== undefined && taken.key !== values.key) {
    throw new Problem('conflict', {
      title: 'This need is there already',
      message: `There is already a need called "${taken.name}". Use that one, or another name.`,
    });
  }
  const columns = {
    name,
    description: values.description.trim(),
    area: values.area,
    usual_way: values.usualWay,
    component: values.component,
    words: values.words.map((word) => word.toLowerCase()),
    retired_at: null,
    changed_at: new Date().toISOString(),
    changed_by: whoSays(tx),
  };
  await estateTables(tx)
    .insertInto('needs')
    .values({ organisation_id: tx.organisationId, key, ...columns })
    .onConflict((conflict) => conflict.columns(['organisation_id', 'key']).doUpdateSet(columns))
    .execute();
  await recordAudit(tx, { action: 'estate.need-saved', subject: { kind: 'need', name } });
  return key;
}

/** Takes a need out of the taxonomy. What was said of systems stays. @throws Problem conflict where a part still meets it */
export async function retireNeed(tx: Tx, key: string): Promise<void> {
  const need = await getNeed(tx, key);
  const used = await estateTables(tx)
    .selectFrom('parts')
    .select('id')
    .where('organisation_id', '=', tx.organisationId)
    .where('need_key', '=', key)
    .executeTakeFirst();
  if (used !== undefined) {
    throw new Problem('conflict', {
      title: 'This need is in use',
      message: `Systems meet the need "${need.name}". Give them another need first.`,
    });
  }
  await saveNeed(tx, need);
  await estateTables(tx)
    .updateTable('needs')
    .set({ retired_at: new Date().toISOString() })
    .where('organisation_id', '=', tx.organisationId)
    .where('key', '=', key)
    .execute();
}

function keyOf(name: string): string {
  const key = name
    .normalize('NFKD')
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-|-$/g, '');
  if (key === '') throw new Problem('unprocessable', { message: 'Enter a name with letters of the Latin alphabet.' });
  return key;
}
