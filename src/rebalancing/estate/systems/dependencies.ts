import { sql } from 'kysely';
import { Problem, type Tx } from '#platform';
import { estateTables } from '../database.ts';

/** That a system cannot do without another. */
export interface Dependency {
  readonly systemId: string;
  readonly dependsOnId: string;
  readonly reason: string;
}

/**
 * Says that a system depends on another. Saying it twice changes nothing but the reason.
 *
 * @throws Problem unprocessable where it would close a circle, naming the systems on it; not-found where one of the two
 *   systems is not there.
 */
export async function addDependency(tx: Tx, values: Dependency): Promise<{ isNew: boolean }> {
  const tables = estateTables(tx);
  // Two dependencies added at once could close a circle that neither of them sees: they come one after the other.
  await sql`select pg_advisory_xact_lock(hashtextextended(${`estate.dependencies ${tx.organisationId}`}, 0))`.execute(
    tables,
  );
  const rows = await tables
    .selectFrom('systems')
    .select(['id', 'name', 'department_id'])
    .where('organisation_id', '=', tx.organisationId)
    .where('id', 'in', [values.systemId, values.dependsOnId])
    .execute();
  const system = rows.find((row) => row.id === values.systemId);
  const other = rows.find((row) => row.id === values.dependsOnId);
  if (system === undefined || other === undefined) throw new Problem('not-found');
  if (system === other) {
    throw new Problem('unprocessable', { message: `${system.name} cannot depend on itself.` });
  }
  const path = await findPath(tx, values.dependsOnId, values.systemId);
  if (path !== null) {
    throw new Problem('unprocessable', {
      title: 'That would be a circle',
      message: `${[system.name, ...path].join(' depends on ')}: none of these could ever move first. Remove one of these dependencies, or record the systems as one.`,
    });
  }
  const made = await tables
    .insertInto('dependencies')
    .values({
      organisation_id: tx.organisationId,
      system_id: values.systemId,
      depends_on_id: values.dependsOnId,
      department_id: system.department_id,
      reason: values.reason,
    })
    .onConflict((conflict) =>
      conflict.columns(['organisation_id', 'system_id', 'depends_on_id']).doUpdateSet({ reason: values.reason }),
    )
    .returning(sql<boolean>`xmax = 0`.as('is_new'))
    .executeTakeFirst();
  return { isNew: made?.is_new ?? false };
}

export async function removeDependency(tx: Tx, systemId: string, dependsOnId: string): Promise<void> {
  await estateTables(tx)
    .deleteFrom('dependencies')
    .where('organisation_id', '=', tx.organisationId)
    .where('system_id', '=', systemId)
    .where('depends_on_id', '=', dependsOnId)
    .execute();
}

/** The dependencies of and on one system, or all that the transaction sees. */
export async function listDependencies(tx: Tx, systemId?: string): Promise<Dependency[]> {
  let query = estateTables(tx)
    .selectFrom('dependencies')
    .select(['system_id', 'depends_on_id', 'reason'])
    .where('organisation_id', '=', tx.organisationId);
  if (systemId !== undefined) {
    query = query.where((where) =>
      where.or([where('system_id', '=', systemId), where('depends_on_id', '=', systemId)]),
    );
  }
  const rows = await query.execute();
  return rows.map((row) => ({ systemId: row.system_id, dependsOnId: row.depends_on_id, reason: row.reason }));
}

/** The names along which one system depends on another, both included; null where it does not. */
async function findPath(tx: Tx, from: string, to: string): Promise<string[] | null> {
  const next = Map.groupBy(await listDependencies(tx), (each) => each.systemId);
  const cameFrom = new Map<string, string | null>([[from, null]]);
  for (const id of cameFrom.keys()) {
    // A Map goes on to the keys that are added while it is walked.
    for (const { dependsOnId } of next.get(id) ?? []) if (!cameFrom.has(dependsOnId)) cameFrom.set(dependsOnId, id);
  }
  if (!cameFrom.has(to)) return null;
  const ids: string[] = [];
  for (let at: string | null = to; at !== null; at = cameFrom.get(at) ?? null) ids.unshift(at);
  const rows = await estateTables(tx)
    .selectFrom('systems')
    .select(['id', 'name'])
    .where('organisation_id', '=', tx.organisationId)
    .where('id', 'in', ids)
    .execute();
  return ids.map((id) => rows.find((row) => row.id === id)?.name ?? 'a system of another department');
}
