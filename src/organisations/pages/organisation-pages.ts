import { Type } from 'typebox';
import {
  createCalendar,
  isDay,
  isId,
  listAudit,
  personOf,
  Problem,
  scopeOf,
  type Calendar,
  type Database,
  type Server,
} from '#platform';
import type { Frames } from '../frames.ts';
import { grantMandate, listMandates, withdrawMandate } from '../mandates.ts';
import {
  createOrganisation,
  getOrganisation,
  listOrganisations,
  newOrganisationId,
  type OrganisationKind,
} from '../organisations.ts';
import { addPerson, endRole, giveRole, listPeople } from '../people.ts';
import { isRole, roles, type Role } from '../roles.ts';
import { listServices, stateOf } from '../services.ts';
import { done, field, ofOrganisation } from './schemas.ts';

/** The pages of an organisation that this part adds to its navigation. */
export const organisationPages = [
  {
    text: 'Services',
    path: '',
    roles: [
      'platform operator',
      'digital leader',
      'chief technology officer',
      'service manager',
      'auditor',
      'caseworker',
    ],
  },
  { text: 'People', path: '/people', roles: ['platform operator', 'digital leader', 'service manager'] },
  { text: 'Mandates', path: '/mandates', roles: ['platform operator', 'digital leader', 'auditor'] },
  { text: 'Audit trail', path: '/audit', roles: ['platform operator', 'digital leader', 'auditor'] },
] as const;

const over = (path: (typeof organisationPages)[number]['path']) =>
  ({
    access: {
      who: 'staff',
      roles: organisationPages.find((page) => page.path === path)?.roles ?? [],
      over: 'organisation',
    },
  }) as const;
const leaders = {
  access: { who: 'staff', roles: ['platform operator', 'digital leader'], over: 'organisation' },
} as const;
const managers = {
  access: { who: 'staff', roles: ['platform operator', 'digital leader', 'service manager'], over: 'organisation' },
} as const;

const notices: Readonly<Record<string, string>> = {
  person: 'The person was added',
  role: 'The role was given',
  'role-ended': 'The role was ended',
  mandate: 'The mandate was granted',
  withdrawn: 'The mandate was withdrawn',
  organisation: 'The organisation was taken on',
  service: 'The service was made',
};

/** An organisation's services, people, mandates and audit trail. */
export function addOrganisationPages(
  server: Server,
  { database, frames, calendar }: { database: Database; frames: Frames; calendar: Calendar },
): void {
  server.get(
    '/staff/organisations/:organisationId',
    { config: over(''), schema: { params: ofOrganisation, querystring: done } },
    async (request, reply) => {
      const { organisation, services } = await database.transact(scopeOf(request), async (tx) => ({
        organisation: await getOrganisation(tx),
        services: await listServices(tx),
      }));
      const below = (await listOrganisations(database)).filter((each) => each.parentId === organisation.id);
      return reply.page('organisations/organisation', {
        title: organisation.name,
        ...frames.ofOrganisation(request, organisation, ''),
        notice: noticeOf(request.query.done),
        organisation,
        services: services.map((service) => ({ ...service, state: stateOf(service, calendar) })),
        below,
        mayManage: request.grant.roles.some((role) => managers.access.roles.some((each) => each === role)),
        mayTakeOn: request.grant.roles.includes('platform operator'),
      });
    },
  );

  server.get(
    '/staff/organisations/:organisationId/people',
    { config: over('/people'), schema: { params: ofOrganisation, querystring: done } },
    async (request, reply) => {
      const { organisation, people, services } = await database.transact(scopeOf(request), async (tx) => ({
        organisation: await getOrganisation(tx),
        people: await listPeople(tx),
        services: await listServices(tx),
      }));
      return reply.page('organisations/people', {
        title: `People of ${organisation.name}`,
        ...frames.ofOrganisation(request, organisation, '/people'),
        notice: noticeOf(request.query.done),
        organisation,
        people,
        services,
        roles: rolesToGive(request.grant.roles, organisation.kind),
      });
    },
  );

  server.post(
    '/staff/organisations/:organisationId/people',
    { config: managers, schema: { params: ofOrganisation, body: Type.Object({ name: field, email: field }) } },
    async (request, reply) => {
      const name = (request.body.name ?? '').trim();
      const email = (request.body.email ?? '').trim();
      const errors = [
        ...(name === '' ? [{ href: '#name', text: 'Enter the person’s full name' }] : []),
        ...(/^[^\s@]+@[^\s@]+$/.test(email)
          ? []
          : [{ href: '#email', text: 'Enter an email address in the correct format, like name@example.com' }]),
      ];
      if (errors.length === 0) {
        await database.transact(scopeOf(request), (tx) => addPerson(tx, { name, email }));
        return reply.redirect(`${request.url}?done=person`, 303);
      }
      const { organisation, people, services } = await database.transact(scopeOf(request), async (tx) => ({
        organisation: await getOrganisation(tx),
        people: await listPeople(tx),
        services: await listServices(tx),
      }));
      return reply.code(400).page('organisations/people', {
        title: `People of ${organisation.name}`,
        ...frames.ofOrganisation(request, organisation, '/people'),
        errors,
        values: { name, email },
        organisation,
        people,
        services,
        roles: rolesToGive(request.grant.roles, organisation.kind),
      });
    },
  );

  server.post(
    '/staff/organisations/:organisationId/roles',
    {
      config: managers,
      schema: { params: ofOrganisation, body: Type.Object({ person: field, role: field, service: field }) },
    },
    async (request, reply) => {
      const { person = '', role = '', service = '' } = request.body;
      const address = `/staff/organisations/${request.params.organisationId}/people`;
      await database.transact(scopeOf(request), async (tx) => {
        const organisation = await getOrganisation(tx);
        if (!isRole(role) || !(role in rolesToGive(request.grant.roles, organisation.kind))) {
          throw new Problem('unprocessable', {
            message: 'Choose a role that you may give. Go back and choose one of the list.',
          });
        }
        if (!isId(person)) throw new Problem('not-found');
        const serviceId = isId(service) ? service : null;
        await giveRole(tx, { personId: person, role, serviceId, givenBy: personOf(request).name });
      });
      return reply.redirect(`${address}?done=role`, 303);
    },
  );

  server.post(
    '/staff/organisations/:organisationId/roles/:roleId/end',
    {
      config: managers,
      schema: { params: Type.Object({ ...ofOrganisation.properties, roleId: Type.String({ format: 'uuid' }) }) },
    },
    async (request, reply) => {
      await database.transact(scopeOf(request), async (tx) => {
        const { kind } = await getOrganisation(tx);
        const role = await endRole(tx, request.params.roleId);
        // Nobody ends what they could not give: else a service manager would be rid of the leader.
        if (!(role in rolesToGive(request.grant.roles, kind))) {
          throw new Problem('not-permitted', {
            title: 'You cannot end this role',
            message: 'Ask a digital leader of the department, or a platform operator.',
          });
        }
      });
      return reply.redirect(`/staff/organisations/${request.params.organisationId}/people?done=role-ended`, 303);
    },
  );

  server.get(
    '/staff/organisations/:organisationId/mandates',
    { config: over('/mandates'), schema: { params: ofOrganisation, querystring: done } },
    async (request, reply) =>
      reply.page('organisations/mandates', await mandatesPage(request, { notice: noticeOf(request.query.done) })),
  );

  server.post(
    '/staff/organisations/:organisationId/mandates',
    {
      config: leaders,
      schema: {
        params: ofOrganisation,
        body: Type.Object({
          acting: field,
          purpose: field,
          roles: Type.Optional(Type.Union([Type.String(), Type.Array(Type.String())])),
          service: field,
          'until-day': field,
          'until-month': field,
          'until-year': field,
        }),
      },
    },
    async (request, reply) => {
      const { body } = request;
      const wanted = [body.roles ?? []]
        .flat()
        .filter((role): role is Role => isRole(role) && role !== 'platform operator');
      const until = [
        body['until-year'] ?? '',
        (body['until-month'] ?? '').padStart(2, '0'),
        (body['until-day'] ?? '').padStart(2, '0'),
      ].join('-');
      const purpose = (body.purpose ?? '').trim();
      const acting = body.acting ?? '';
      const errors = [
        ...(isId(acting) ? [] : [{ href: '#acting', text: 'Select the organisation that will act' }]),
        ...(purpose === '' ? [{ href: '#purpose', text: 'Enter what the mandate is for' }] : []),
        ...(wanted.length === 0 ? [{ href: '#roles', text: 'Select at least one role that it lends' }] : []),
        ...(isDay(until) && until > calendar.today()
          ? []
          : [{ href: '#until-day', text: 'Enter the last day, a real date after today' }]),
      ];
      if (errors.length > 0)
        return reply.code(400).page('organisations/mandates', await mandatesPage(request, { errors, values: body }));
      await database.transact(scopeOf(request), (tx) =>
        grantMandate(tx, {
          actingOrganisationId: acting,
          purpose,
          roles: wanted,
          serviceId: isId(body.service ?? '') ? (body.service ?? null) : null,
          from: new Date().toISOString(),
          until: endOfDay(until, calendar.timeZone),
          grantedBy: personOf(request).name,
        }),
      );
      return reply.redirect(`${request.url}?done=mandate`, 303);
    },
  );

  server.post(
    '/staff/organisations/:organisationId/mandates/:mandateId/withdrawal',
    {
      config: leaders,
      schema: { params: Type.Object({ ...ofOrganisation.properties, mandateId: Type.String({ format: 'uuid' }) }) },
    },
    async (request, reply) => {
      await database.transact(scopeOf(request), (tx) =>
        withdrawMandate(tx, request.params.mandateId, personOf(request).name),
      );
      return reply.redirect(`/staff/organisations/${request.params.organisationId}/mandates?done=withdrawn`, 303);
    },
  );

  server.get(
    '/staff/organisations/:organisationId/audit',
    {
      config: over('/audit'),
      schema: {
        params: ofOrganisation,
        querystring: Type.Object({ before: Type.Optional(Type.String({ format: 'uuid' })), action: field }),
      },
    },
    async (request, reply) => {
      const { before, action } = request.query;
      const most = 50;
      const { organisation, entries } = await database.transact(scopeOf(request), async (tx) => ({
        organisation: await getOrganisation(tx),
        entries: await listAudit(tx, {
          most: most + 1,
          ...(before === undefined ? {} : { before }),
          ...(action === undefined || action === '' ? {} : { action }),
        }),
      }));
      const shown = entries.slice(0, most);
      return reply.page('organisations/audit', {
        title: `Audit trail of ${organisation.name}`,
        ...frames.ofOrganisation(request, organisation, '/audit'),
        organisation,
        entries: shown.map((entry) => ({
          ...entry,
          detailText: Object.entries(entry.detail)
            .filter(([, value]) => value !== null)
            .map(([name, value]) => `${name}: ${String(value)}`)
            .join(', '),
        })),
        action,
        older: entries.length > most ? shown.at(-1)?.id : undefined,
      });
    },
  );

  server.post(
    '/staff/organisations/:organisationId/organisations',
    {
      config: { access: { who: 'staff', roles: ['platform operator'], over: 'organisation' } },
      schema: { params: ofOrganisation, body: Type.Object({ name: field, kind: field }) },
    },
    async (request, reply) => {
      const name = (request.body.name ?? '').trim();
      const kind = (['department', 'agency', 'shared service centre'] as const).find(
        (each) => each === request.body.kind,
      );
      if (name === '' || kind === undefined) {
        throw new Problem('unprocessable', {
          message: 'Enter the organisation’s name and choose what it is. Go back and try again.',
        });
      }
      const scope = { ...scopeOf(request), organisationId: newOrganisationId() };
      const values: { parentId: string; slug: string; name: string; kind: OrganisationKind } = {
        parentId: request.params.organisationId,
        slug: slugOf(name),
        name,
        kind,
      };
      await database.transact(scope, (tx) => createOrganisation(tx, values));
      return reply.redirect(`/staff/organisations/${request.params.organisationId}?done=organisation`, 303);
    },
  );

  async function mandatesPage(
    request: Parameters<Frames['ofOrganisation']>[0],
    more: { notice?: ReturnType<typeof noticeOf>; errors?: { href: string; text: string }[]; values?: object },
  ) {
    const { organisation, mandates, services } = await database.transact(scopeOf(request), async (tx) => ({
      organisation: await getOrganisation(tx),
      mandates: await listMandates(tx),
      services: await listServices(tx),
    }));
    const organisations = await listOrganisations(database);
    const nameOf = (id: string): string =>
      organisations.find((each) => each.id === id)?.name ?? 'An organisation that has gone';
    return {
      title: `Mandates of ${organisation.name}`,
      ...frames.ofOrganisation(request, organisation, '/mandates'),
      ...more,
      organisation,
      mandates: mandates.map((mandate) => ({
        ...mandate,
        acting: nameOf(mandate.actingOrganisationId),
        serviceName: services.find((service) => service.id === mandate.serviceId)?.name,
      })),
      held: (request.session?.mandates ?? [])
        .filter(() => request.session?.organisationId === organisation.id)
        .map((mandate) => ({ ...mandate, served: nameOf(mandate.organisationId) })),
      organisations: organisations.filter((each) => each.id !== organisation.id),
      services,
      mayGrant: request.grant.roles.some((role) => leaders.access.roles.some((each) => each === role)),
      rolesToLend: Object.entries(roles).filter(([role]) => role !== 'platform operator'),
    };
  }
}

/** The address of something by its name: lower case letters and digits with hyphens. */
export function slugOf(name: string): string {
  return name
    .normalize('NFKD')
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-+|-+$/g, '')
    .slice(0, 60);
}

/** Nobody gives a role that reaches further than their own: operators only operators make, and only in the government itself. */
function rolesToGive(own: readonly string[], kind: OrganisationKind): Partial<Record<Role, string>> {
  const leads = own.includes('platform operator') || own.includes('digital leader');
  return Object.fromEntries(
    Object.entries(roles).filter(([role]) => {
      if (role === 'platform operator') return own.includes('platform operator') && kind === 'government';
      return leads || role === 'caseworker' || role === 'service manager';
    }),
  );
}

function noticeOf(word: string | undefined): { type: 'success'; heading: string } | undefined {
  const heading = word === undefined ? undefined : notices[word];
  return heading === undefined ? undefined : { type: 'success', heading };
}

/** The moment at which a day ends in a time zone: the first second of the next day there. */
function endOfDay(day: string, timeZone: string): string {
  const calendar = createCalendar(timeZone);
  // Time zones differ from UTC by whole quarters of an hour and by less than a day: the first quarter that is the next day there.
  const start = Date.parse(`${day}T00:00:00Z`) + 8 * 3_600_000;
  for (let quarter = 0; quarter < 4 * 48; quarter += 1) {
    const moment = new Date(start + quarter * 900_000).toISOString();
    if (calendar.dayOf(moment) > day) return moment;
  }
  throw new Error(`The day ${day} does not end.`);
}
