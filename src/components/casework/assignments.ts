import { sql } from 'kysely';
import { newId, recordAudit, type Tx } from '#platform';
import { lockCase, type PersonNamed } from './cases.ts';
import { caseworkTables } from './database.ts';

/** Who gave a case to whom; `to` is null where it was given back. */
export interface Assignment {
  readonly to: PersonNamed | null;
  readonly by: PersonNamed;
  readonly at: string;
}

/** What became of assigning: done (or so already); or somebody changed the case since the page was read. */
export type Assigning =
  | { readonly done: true }
  | { readonly done: false; readonly because: 'assigned'; readonly to: PersonNamed | null }
  | { readonly done: false; readonly because: 'decided' };

/**
 * Gives an open case to a person, or to nobody. Sent twice, it is done once.
 *
 * @param values.revision the revision of the case that the person saw: what was changed since is not undone unseen.
 * @throws Problem not-found, also where the case is another service's.
 */
export async function assignCase(
  tx: Tx,
  values: { serviceId: string; caseId: string; to: PersonNamed | null; by: PersonNamed; revision: number },
): Promise<Assigning> {
  const { caseId, to, by } = values;
  const row = await lockCase(tx, values);
  if (row.state !== 'open') return { done: false, because: 'decided' };
  if (row.assigned_to === (to?.id ?? null)) return { done: true };
  if (row.revision !== values.revision) {
    const { assigned_to: id, assigned_to_name: name } = row;
    return { done: false, because: 'assigned', to: id === null || name === null ? null : { id, name } };
  }
  const tables = caseworkTables(tx);
  await tables
    .insertInto('assignments')
    .values({
      organisation_id: tx.organisationId,
      id: newId(),
      case_id: caseId,
      assigned_to: to?.id ?? null,
      assigned_to_name: to?.name ?? null,
      assigned_by: by.id,
      assigned_by_name: by.name,
    })
    .execute();
  await tables
    .updateTable('cases')
    .set({ assigned_to: to?.id ?? null, assigned_to_name: to?.name ?? null, revision: sql`revision + 1` })
    .where('organisation_id', '=', tx.organisationId)
    .where('id', '=', caseId)
    .execute();
  await recordAudit(tx, {
    action: 'casework.case-assigned',
    subject: { kind: 'case', id: caseId, name: row.reference },
    detail: { to: to?.name ?? null },
  });
  return { done: true };
}

/** The assignments of a case, oldest first. */
export async function listAssignments(tx: Tx, caseId: string): Promise<Assignment[]> {
  const rows = await caseworkTables(tx)
    .selectFrom('assignments')
    .selectAll()
    .where('organisation_id', '=', tx.organisationId)
    .where('case_id', '=', caseId)
    .orderBy('id')
    .execute();
  return rows.map((row) => ({
    to:
      row.assigned_to === null || row.assigned_to_name === null
        ? null
        : { id: row.assigned_to, name: row.assigned_to_name },
    by: { id: row.assigned_by, name: row.assigned_by_name },
    at: row.assigned_at,
  }));
}

/** Everybody to whom an open case of a service is assigned, by name: they may have left since. */
export async function listAssignedPeople(tx: Tx, serviceId: string): Promise<PersonNamed[]> {
  // Jumps from person to person in the index, so it costs as many steps as there are people, not cases.
  const { rows } = await sql<{ id: string; name: string }>`
    with recursive people as (
      (select assigned_to, assigned_to_name from casework.cases
        where organisation_id = ${tx.organisationId} and service_id = ${serviceId} and state = 'open' and assigned_to is not null
        order by assigned_to limit 1)
      union all
      select next.assigned_to, next.assigned_to_name from people cross join lateral (
        select assigned_to, assigned_to_name from casework.cases
         where organisation_id = ${tx.organisationId} and service_id = ${serviceId} and state = 'open'
           and assigned_to > people.assigned_to
         order by assigned_to limit 1) as next)
    select assigned_to as id, assigned_to_name as name from people order by name`.execute(caseworkTables(tx));
  return rows;
}
