import { createOrganisation, createService, newOrganisationId } from '#organisations';
import type { Database, Scope } from '#platform';

/** A department with one live service. */
export interface Department {
  readonly organisationId: string;
  readonly serviceId: string;
  readonly scope: Scope;
}

/** Takes on the government (without a parent) or a department below it, with one service. */
export async function takeOn(database: Database, slug: string, parentId: string | null): Promise<Department> {
  const organisationId = newOrganisationId();
  const scope: Scope = { organisationId, actor: { kind: 'system', name: 'test' } };
  return database.transact(scope, async (tx) => {
    const kind = parentId === null ? 'government' : 'department';
    await createOrganisation(tx, { parentId, slug, name: slug, kind });
    return { organisationId, scope, serviceId: await createService(tx, serviceValues(slug)) };
  });
}

/** A live public service of a department. */
export function serviceValues(slug: string) {
  return {
    slug: `${slug}-licences`,
    name: `Licences of ${slug}`,
    summary: 'Apply for a licence.',
    phase: 'live',
    audience: 'public',
    opensOn: null,
    closesOn: null,
    contact: 'licences@example.gov',
    retentionDays: 30,
  } as const;
}
