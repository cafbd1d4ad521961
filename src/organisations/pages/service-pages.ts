import type { FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { isDay, personOf, scopeOf, type Calendar, type Database, type Keyring, type Server, type Tx } from '#platform';
import { createApiKey, listApiKeys, revokeApiKey, type KeyKind } from '../api-keys.ts';
import type { Frames } from '../frames.ts';
import { getOrganisation } from '../organisations.ts';
import { changeService, createService, getService, stateOf, type ServiceValues } from '../services.ts';
import { slugOf } from './organisation-pages.ts';
import { done, field, ofOrganisation, ofService } from './schemas.ts';

/** The pages of a service that this part adds to its navigation. */
export const servicePages = {
  overview: { text: 'Overview', path: '', roles: ['service manager', 'caseworker', 'digital leader', 'auditor'] },
  keys: { text: 'API keys', path: '/keys', roles: ['service manager'] },
  settings: { text: 'Settings', path: '/settings', roles: ['service manager'] },
} as const;

/** A figure on a service's overview, such as `Completed: 12`. */
export interface Figure {
  readonly label: string;
  readonly value: string;
  readonly hint?: string;
  readonly href?: string;
}

const over = (page: keyof typeof servicePages) =>
  ({ access: { who: 'staff', roles: servicePages[page].roles, over: 'service' } }) as const;
const managers = {
  access: { who: 'staff', roles: ['platform operator', 'digital leader', 'service manager'], over: 'organisation' },
} as const;

const settingsBody = Type.Object({
  name: field,
  summary: field,
  slug: field,
  phase: field,
  audience: field,
  contact: field,
  'retention-days': field,
  ...Object.fromEntries(
    ['opens', 'closes'].flatMap((which) => ['day', 'month', 'year'].map((part) => [`${which}-${part}`, field])),
  ),
});

/** A service's overview, its API keys and its settings; and making one. */
export function addServicePages(
  server: Server,
  options: {
    database: Database;
    keyring: Keyring;
    frames: Frames;
    calendar: Calendar;
    /** The figures of a service, from whichever part counts them. */
    figuresOf: (tx: Tx, serviceId: string) => Promise<readonly Figure[]>;
  },
): void {
  const { database, frames, calendar } = options;

  server.get(
    '/staff/organisations/:organisationId/services/:serviceId',
    { config: over('overview'), schema: { params: ofService, querystring: done } },
    async (request, reply) => {
      const { service, figures } = await database.transact(scopeOf(request), async (tx) => ({
        service: await getService(tx, request.params.serviceId),
        figures: await options.figuresOf(tx, request.params.serviceId),
      }));
      return reply.page('organisations/service', {
        title: service.name,
        ...frames.ofService(request, service, ''),
        notice: request.query.done === 'saved' ? { type: 'success', heading: 'The settings were saved' } : undefined,
        of: { ...service, state: stateOf(service, calendar) },
        figures,
      });
    },
  );

  server.get(
    '/staff/organisations/:organisationId/services/:serviceId/keys',
    { config: over('keys'), schema: { params: ofService, querystring: done } },
    async (request, reply) =>
      reply.page('organisations/keys', {
        ...(await keysPage(request, request.params.serviceId)),
        notice: request.query.done === 'revoked' ? { type: 'success', heading: 'The key was revoked' } : undefined,
      }),
  );

  server.post(
    '/staff/organisations/:organisationId/services/:serviceId/keys',
    { config: over('keys'), schema: { params: ofService, body: Type.Object({ name: field, kind: field }) } },
    async (request, reply) => {
      const { serviceId } = request.params;
      const name = (request.body.name ?? '').trim();
      const kind = (['live', 'team', 'test'] as const).find((each): each is KeyKind => each === request.body.kind);
      const errors = [
        ...(name === '' || name.length > 100
          ? [{ href: '#name', text: 'Enter a name for the key, such as the system that will use it' }]
          : []),
        ...(kind === undefined ? [{ href: '#kind', text: 'Select what the key may do' }] : []),
      ];
      if (kind === undefined || errors.length > 0) {
        return reply
          .code(400)
          .page('organisations/keys', { ...(await keysPage(request, serviceId)), errors, values: { name, kind } });
      }
      const key = await database.transact(scopeOf(request), (tx) =>
        createApiKey(tx, options.keyring, { serviceId, name, kind, createdBy: personOf(request).name }),
      );
      // Shown in the answer itself: it is kept nowhere from which a page could show it again.
      return reply.page('organisations/keys', { ...(await keysPage(request, serviceId)), created: { name, key } });
    },
  );

  server.post(
    '/staff/organisations/:organisationId/services/:serviceId/keys/:keyId/revocation',
    {
      config: over('keys'),
      schema: { params: Type.Object({ ...ofService.properties, keyId: Type.String({ format: 'uuid' }) }) },
    },
    async (request, reply) => {
      const { organisationId, serviceId, keyId } = request.params;
      await database.transact(scopeOf(request), (tx) =>
        revokeApiKey(tx, { serviceId, keyId, revokedBy: personOf(request).name }),
      );
      return reply.redirect(`/staff/organisations/${organisationId}/services/${serviceId}/keys?done=revoked`, 303);
    },
  );

  server.get(
    '/staff/organisations/:organisationId/services/:serviceId/settings',
    { config: over('settings'), schema: { params: ofService } },
    async (request, reply) => {
      const service = await database.transact(scopeOf(request), (tx) => getService(tx, request.params.serviceId));
      return reply.page('organisations/settings', {
        title: `Settings of ${service.name}`,
        ...frames.ofService(request, service, '/settings'),
        values: formOf(service),
        action: `/staff/organisations/${service.organisationId}/services/${service.id}/settings`,
      });
    },
  );

  server.post(
    '/staff/organisations/:organisationId/services/:serviceId/settings',
    { config: over('settings'), schema: { params: ofService, body: settingsBody } },
    async (request, reply) => {
      const { organisationId, serviceId } = request.params;
      const { values, errors } = readSettings(request.body);
      if (values === undefined) {
        const service = await database.transact(scopeOf(request), (tx) => getService(tx, serviceId));
        return reply.code(400).page('organisations/settings', {
          title: `Settings of ${service.name}`,
          ...frames.ofService(request, service, '/settings'),
          values: request.body,
          errors,
          action: request.url,
        });
      }
      await database.transact(scopeOf(request), (tx) => changeService(tx, serviceId, values));
      return reply.redirect(`/staff/organisations/${organisationId}/services/${serviceId}?done=saved`, 303);
    },
  );

  server.get(
    '/staff/organisations/:organisationId/new-service',
    { config: managers, schema: { params: ofOrganisation } },
    async (request, reply) => reply.page('organisations/settings', await newServicePage(request, {})),
  );

  server.post(
    '/staff/organisations/:organisationId/new-service',
    { config: managers, schema: { params: ofOrganisation, body: settingsBody } },
    async (request, reply) => {
      const { values, errors } = readSettings(request.body);
      if (values === undefined) {
        return reply
          .code(400)
          .page('organisations/settings', await newServicePage(request, { values: request.body, errors }));
      }
      await database.transact(scopeOf(request), (tx) => createService(tx, values));
      return reply.redirect(`/staff/organisations/${request.params.organisationId}?done=service`, 303);
    },
  );

  async function newServicePage(request: FastifyRequest, more: object) {
    const organisation = await database.transact(scopeOf(request), getOrganisation);
    return {
      title: `New service of ${organisation.name}`,
      ...frames.ofOrganisation(request, organisation, ''),
      values: { phase: 'beta', audience: 'public', 'retention-days': '365' },
      ...more,
      isNew: true,
      action: `/staff/organisations/${organisation.id}/new-service`,
    };
  }

  async function keysPage(request: FastifyRequest, serviceId: string) {
    const { service, keys } = await database.transact(scopeOf(request), async (tx) => ({
      service: await getService(tx, serviceId),
      keys: await listApiKeys(tx, serviceId),
    }));
    return {
      title: `API keys of ${service.name}`,
      ...frames.ofService(request, service, '/keys'),
      of: service,
      keys,
      action: `/staff/organisations/${service.organisationId}/services/${service.id}/keys`,
    };
  }
}

type Form = Readonly<Record<string, string | undefined>>;

/** Reads the settings form: either values that can be kept, or what is wrong with each field. */
function readSettings(body: object): { values?: ServiceValues; errors: { href: string; text: string }[] } {
  const form: Form = Object.fromEntries(
    Object.entries(body).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  );
  const errors: { href: string; text: string }[] = [];
  const text = (name: string, missing: string): string => {
    const value = (form[name] ?? '').trim();
    if (value === '') errors.push({ href: `#${name}`, text: missing });
    return value;
  };
  const choice = <T extends string>(name: string, choices: readonly T[], missing: string): T | undefined => {
    const value = choices.find((each) => each === form[name]);
    if (value === undefined) errors.push({ href: `#${name}`, text: missing });
    return value;
  };
  const day = (name: 'opens' | 'closes', what: string): string | null => {
    const parts = [form[`${name}-year`] ?? '', form[`${name}-month`] ?? '', form[`${name}-day`] ?? ''].map((part) =>
      part.trim(),
    );
    if (parts.every((part) => part === '')) return null;
    const date = `${parts[0]}-${parts[1]?.padStart(2, '0')}-${parts[2]?.padStart(2, '0')}`;
    if (isDay(date)) return date;
    errors.push({ href: `#${name}-day`, text: `${what} must be a real date` });
    return null;
  };
  const name = text('name', 'Enter the name of the service');
  const summary = text('summary', 'Enter what a person can do with the service');
  const slug = (form['slug'] ?? '').trim() === '' ? slugOf(name) : (form['slug'] ?? '').trim();
  if (!/^[a-z0-9]+(-[a-z0-9]+)*$/.test(slug)) {
    errors.push({
      href: '#slug',
      text: 'The web address must be lower case letters and digits, with hyphens between words',
    });
  }
  const phase = choice('phase', ['alpha', 'beta', 'live'], 'Select the phase');
  const audience = choice('audience', ['public', 'internal'], 'Select who the service is for');
  const contact = text('contact', 'Enter where people ask for help');
  const retentionDays = Number((form['retention-days'] ?? '').trim());
  if (!Number.isInteger(retentionDays) || retentionDays < 1 || retentionDays > 36_500) {
    errors.push({
      href: '#retention-days',
      text: 'Enter for how many days applications are kept, a whole number from 1 to 36500',
    });
  }
  const opensOn = day('opens', 'The first day');
  const closesOn = day('closes', 'The last day');
  if (opensOn !== null && closesOn !== null && closesOn < opensOn) {
    errors.push({ href: '#closes-day', text: 'The last day must be the first day or later' });
  }
  if (errors.length > 0 || phase === undefined || audience === undefined) return { errors };
  return { errors, values: { name, summary, slug, phase, audience, contact, retentionDays, opensOn, closesOn } };
}

function formOf(service: ServiceValues): Form {
  const [opensYear, opensMonth, opensDay] = (service.opensOn ?? '--').split('-');
  const [closesYear, closesMonth, closesDay] = (service.closesOn ?? '--').split('-');
  return {
    name: service.name,
    summary: service.summary,
    slug: service.slug,
    phase: service.phase,
    audience: service.audience,
    contact: service.contact,
    'retention-days': String(service.retentionDays),
    'opens-day': opensDay,
    'opens-month': opensMonth,
    'opens-year': opensYear,
    'closes-day': closesDay,
    'closes-month': closesMonth,
    'closes-year': closesYear,
  };
}
