import { isDuplicate, newId, oneOf, Problem, recordAudit, type Tx } from '#platform';
import { organisationsTables } from './database.ts';
import { roleNames, type Role } from './roles.ts';

/** A member of staff with what they may do. */
export interface Person {
  readonly id: string;
  readonly name: string;
  readonly email: string;
  readonly left: boolean;
  readonly roles: readonly {
    readonly id: string;
    readonly role: Role;
    readonly serviceId: string | null;
    readonly serviceName: string | null;
  }[];
}

/** Adds a member of staff to the transaction's organisation. @throws Problem conflict where the address is somebody's already. */
export async function addPerson(tx: Tx, values: { name: string; email: string }): Promise<string> {
  const id = newId();
  try {
    await organisationsTables(tx)
      .insertInto('people')
      .values({ organisation_id: tx.organisationId, id, name: values.name, email: values.email.trim().toLowerCase() })
      .execute();
  } catch (error) {
    if (isDuplicate(error))
      throw new Problem('conflict', {
        message: 'Somebody with this email address is already on Commonhold. Ask a platform operator to move them.',
      });
    throw error;
  }
  await recordAudit(tx, { action: 'organisations.person-added', subject: { kind: 'person', id, name: values.name } });
  return id;
}

/** Gives a person a role, over the whole organisation or one service. Giving it twice changes nothing. */
export async function giveRole(
  tx: Tx,
  values: { personId: string; role: Role; serviceId: string | null; givenBy: string },
): Promise<void> {
  const given = await organisationsTables(tx)
    .insertInto('roles')
    .values({
      organisation_id: tx.organisationId,
      id: newId(),
      person_id: values.personId,
      role: values.role,
      service_id: values.serviceId,
      given_by: values.givenBy,
    })
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirst();
  if ((given.numInsertedOrUpdatedRows ?? 0n) === 0n) return;
  await recordAudit(tx, {
    action: 'organisations.role-given',
    subject: { kind: 'person', id: values.personId },
    detail: { role: values.role, service: values.serviceId },
  });
}

/** Ends a role, and says which it was. @throws Problem not-found where it has ended already. */
export async function endRole(tx: Tx, roleId: string): Promise<string> {
  const row = await organisationsTables(tx)
    .updateTable('roles')
    .set({ ended_at: new Date().toISOString() })
    .where('organisation_id', '=', tx.organisationId)
    .where('id', '=', roleId)
    .where('ended_at', 'is', null)
    .returning(['person_id', 'role', 'service_id'])
    .executeTakeFirst();
  if (row === undefined) throw new Problem('not-found', { message: 'This role has ended already.' });
  await recordAudit(tx, {
    action: 'organisations.role-ended',
    subject: { kind: 'person', id: row.person_id },
    detail: { role: row.role, service: row.service_id },
  });
  return row.role;
}

/** The people of the transaction's organisation with their roles, by name. */
export async function listPeople(tx: Tx): Promise<Person[]> {
  const tables = organisationsTables(tx);
  const [people, given] = [
    await tables
      .selectFrom('people')
      .selectAll()
      .where('organisation_id', '=', tx.organisationId)
      .orderBy('name')
      .execute(),
    await tables
      .selectFrom('roles')
      .leftJoin('services', (join) =>
        join
          .onRef('services.organisation_id', '=', 'roles.organisation_id')
          .onRef('services.id', '=', 'roles.service_id'),
      )
      .select(['roles.id', 'roles.person_id', 'roles.role', 'roles.service_id', 'services.name as service_name'])
      .where('roles.organisation_id', '=', tx.organisationId)
      .where('roles.ended_at', 'is', null)
      .orderBy('roles.given_at')
      .execute(),
  ];
  return people.map((person) => ({
    id: person.id,
    name: person.name,
    email: person.email,
    left: person.left_at !== null,
    roles: given
      .filter((row) => row.person_id === person.id)
      .map((row) => ({
        id: row.id,
        role: oneOf(roleNames, row.role),
        serviceId: row.service_id,
        serviceName: row.service_name,
      })),
  }));
}

/** The people of this organisation who hold a role over a service, by name: those to whom its work can be given. */
export async function listStaff(
  tx: Tx,
  wanted: { serviceId: string; role: Role },
): Promise<{ id: string; name: string }[]> {
  return organisationsTables(tx)
    .selectFrom('roles')
    .innerJoin('people', (join) =>
      join.onRef('people.organisation_id', '=', 'roles.organisation_id').onRef('people.id', '=', 'roles.person_id'),
    )
    .select(['people.id', 'people.name'])
    .distinct()
    .where('roles.organisation_id', '=', tx.organisationId)
    .where('roles.role', '=', wanted.role)
    .where('roles.ended_at', 'is', null)
    .where('people.left_at', 'is', null)
    .where((where) =>
      where.or([where('roles.service_id', 'is', null), where('roles.service_id', '=', wanted.serviceId)]),
    )
    .orderBy('people.name')
    .execute();
}
