import { findOrAddDepartment } from '#estate';
import { publishForm, putDraft } from '#forms';
import {
  addPerson,
  createOrganisation,
  createService,
  giveRole,
  grantMandate,
  newOrganisationId,
} from '#organisations';
import { inOneTransaction, type Database, type Tx } from '#platform';
import { loadFunnel } from './forms/funnel.ts';
import { departments, government, sharedServiceCentre, type DemonstrationOrganisation } from './government.ts';

/**
 * Loads the demonstration government into an empty database, all of it or nothing, and leaves the mark by which the
 * sign-in page knows that its people may be signed in as.
 *
 * @throws Error where the database holds a government already.
 */
export async function loadDemonstration(ownerUrl: string): Promise<void> {
  await inOneTransaction(ownerUrl, async (database, client) => {
    // Two processes that start together load it once: the second waits here and then finds the mark.
    await client.query('lock table platform.marks in share row exclusive mode');
    const { rows } = await client.query(
      'select 1 from platform.marks union all select 1 from organisations.organisations',
    );
    if (rows.length > 0) return;
    const root = await loadOrganisation(database, government, null);
    const centre = await loadOrganisation(database, sharedServiceCentre, root);
    const organisations = new Map<string, string>();
    for (const department of departments) {
      const id = await loadOrganisation(database, department, root);
      organisations.set(department.name, id);
      const mandate = department.mandate;
      if (mandate === undefined) continue;
      await inOrganisation(database, id, (tx) =>
        grantMandate(tx, {
          actingOrganisationId: centre,
          purpose: mandate.purpose,
          roles: mandate.roles,
          serviceId: null,
          from: new Date().toISOString(),
          until: new Date(Date.now() + mandate.days * 86_400_000).toISOString(),
          grantedBy: mandate.grantedBy,
        }),
      );
    }
    await inOrganisation(database, root, (tx) =>
      // The estate itself is filled by a job; its departments are these organisations, whose people then see their own.
      linkDepartments(tx, organisations),
    );
    await client.query("insert into platform.marks (name) values ('demonstration')");
  });
}

async function loadOrganisation(
  database: Database,
  organisation: DemonstrationOrganisation,
  parentId: string | null,
): Promise<string> {
  const id = newOrganisationId();
  await inOrganisation(database, id, async (tx) => {
    await createOrganisation(tx, {
      parentId,
      slug: organisation.slug,
      name: organisation.name,
      kind: organisation.kind,
    });
    const services = new Map<string, string>();
    for (const { form, draft, ...service } of organisation.services ?? []) {
      const serviceId = await createService(tx, service);
      services.set(service.slug, serviceId);
      if (form !== undefined) await publishForm(tx, { serviceId, definition: form, canScanFiles: true });
      if (service.slug === 'fishing-licence') await loadFunnel(tx, serviceId, new Date());
      if (draft !== undefined) {
        const definition = JSON.parse(JSON.stringify(draft.definition));
        await putDraft(tx, { serviceId, name: service.name, what: draft.what, definition });
      }
    }
    for (const person of organisation.people) {
      const personId = await addPerson(tx, { name: person.name, email: person.email });
      for (const held of person.roles) {
        const [role, slug] = typeof held === 'string' ? [held, undefined] : held;
        await giveRole(tx, {
          personId,
          role,
          serviceId: slug === undefined ? null : serviceOf(services, slug),
          givenBy: 'demonstration',
        });
      }
    }
  });
  return id;
}

async function linkDepartments(tx: Tx, organisations: ReadonlyMap<string, string>): Promise<void> {
  for (const [name, ofOrganisationId] of organisations) await findOrAddDepartment(tx, { name, ofOrganisationId });
}

function inOrganisation<T>(database: Database, organisationId: string, work: (tx: Tx) => Promise<T>): Promise<T> {
  return database.transact({ organisationId, actor: { kind: 'system', name: 'demonstration' } }, work);
}

function serviceOf(services: ReadonlyMap<string, string>, slug: string): string {
  const id = services.get(slug);
  if (id === undefined) throw new Error(`The demonstration has no service ${slug} in that department.`);
  return id;
}
