import { isDuplicate, newId, oneOf, Problem, recordAudit, type Database, type Tx } from '#platform';
import { organisationsTables } from './database.ts';

/** A department or the government itself: a tenant. */
export interface Organisation {
  readonly id: string;
  readonly parentId: string | null;
  readonly slug: string;
  readonly name: string;
  readonly kind: OrganisationKind;
}

const organisationKinds = ['government', 'department', 'agency', 'shared service centre'] as const;
export type OrganisationKind = (typeof organisationKinds)[number];

/**
 * Takes an organisation on. The transaction is the new organisation's own: its id is the transaction's.
 *
 * @throws Problem conflict where the slug is taken.
 */
export async function createOrganisation(
  tx: Tx,
  values: { parentId: string | null; slug: string; name: string; kind: OrganisationKind },
): Promise<void> {
  try {
    await organisationsTables(tx)
      .insertInto('organisations')
      .values({
        organisation_id: tx.organisationId,
        parent_id: values.parentId,
        slug: values.slug,
        name: values.name,
        kind: values.kind,
      })
      .execute();
  } catch (error) {
    if (isDuplicate(error))
      throw new Problem('conflict', { message: `There is already an organisation called "${values.slug}".` });
    throw error;
  }
  await recordAudit(tx, {
    action: 'organisations.organisation-created',
    subject: { kind: 'organisation', id: tx.organisationId, name: values.name },
  });
}

/** The organisation of the transaction. @throws Problem not-found */
export async function getOrganisation(tx: Tx): Promise<Organisation> {
  const row = await organisationsTables(tx)
    .selectFrom('organisations')
    .selectAll()
    .where('organisation_id', '=', tx.organisationId)
    .executeTakeFirst();
  if (row === undefined) throw new Problem('not-found');
  return shape(row);
}

/** Every organisation, as a tree laid flat: each after its parent, by name. Names of departments are public. */
export async function listOrganisations(database: Database): Promise<Organisation[]> {
  const rows = await database.readAcross((tx) =>
    organisationsTables(tx).selectFrom('organisations').selectAll().orderBy('name').execute(),
  );
  const all = rows.map(shape);
  const below = (parentId: string | null): Organisation[] =>
    all.filter((each) => each.parentId === parentId).flatMap((each) => [each, ...below(each.id)]);
  return below(null);
}

/** A new organisation's id, made before its first transaction. */
export function newOrganisationId(): string {
  return newId();
}

function shape(row: {
  organisation_id: string;
  parent_id: string | null;
  slug: string;
  name: string;
  kind: string;
}): Organisation {
  return {
    id: row.organisation_id,
    parentId: row.parent_id,
    slug: row.slug,
    name: row.name,
    kind: oneOf(organisationKinds, row.kind),
  };
}
