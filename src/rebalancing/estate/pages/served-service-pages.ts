import type { FastifyReply, FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { formatDate, type PageError } from '#design';
import { listServicesAcross, type Service } from '#organisations';
import { personOf, Problem, type Server } from '#platform';
import { listServedServices, serveService, stopServing, type ServedService } from '../systems/served-services.ts';
import { getSystem, type System } from '../systems/systems.ts';
import { drawForm, readSent } from './asked.ts';
import type { Answer, FormField } from './form-fields.ts';
import {
  body,
  ofPlace,
  ofSystem,
  openEstate,
  places,
  type EstatePages,
  type Place,
  type Sent,
  type Standing,
} from './places.ts';

const id = Type.String({ format: 'uuid' });
const ofServed = Type.Object({ ...ofPlace, systemId: id, servedId: id });

const shareFields: readonly FormField[] = [
  {
    name: 'share',
    label: 'Share of what the system costs',
    kind: 'share',
    hint: 'The shares of all its services come to 100% at most. What is left is nobody’s',
  },
  { name: 'since', label: 'Since when', kind: 'day', hint: 'Its cost counts from this day, for example, 1 4 2026' },
  { name: 'source', label: 'How this is known', kind: 'text', hint: 'Such as “counted from the logs of March”' },
];
const endFields: readonly FormField[] = [
  {
    name: 'reason',
    label: 'Why it is taken away',
    kind: 'text',
    hint: 'What measures was told of its cost goes with it. If it only stops now, change its share instead',
  },
];

/** What a page of the services of a system shows. */
interface Shown {
  readonly standing: Standing;
  readonly system: System;
  readonly served: readonly ServedService[];
}

/** Which public services a system serves, and which share of its cost is theirs. */
export function addServedServicePages(server: Server, pages: EstatePages): void {
  for (const place of places) {
    const all = `${place.path}/systems/:systemId/services`;
    const one = `${all}/:servedId`;

    server.get(all, { config: place.editing, schema: { params: ofSystem } }, async (request, reply) => {
      const { services, shown } = await open(request, place, request.params.systemId);
      const free = services.filter((each) => !shown.served.some(({ serviceId }) => serviceId === each.id));
      return showForm(reply, shown, {
        heading: `A service that ${shown.system.name} serves`,
        lead:
          free.length === 0
            ? 'It serves every service that there is to choose.'
            : 'The service’s share of what the system costs becomes part of its cost per transaction, quarter by quarter.',
        action: request.url,
        fields: free.length === 0 ? [] : [serviceField(free), ...shareFields],
        known: { since: pages.calendar.today(), share: 10_000 - sumOf(shown.served) },
        submit: 'Say that it serves it',
      });
    });

    server.post(all, { config: place.editing, schema: { params: ofSystem, body } }, async (request, reply) => {
      const { services, shown } = await open(request, place, request.params.systemId);
      const fields = [serviceField(services), ...shareFields];
      const { said, errors } = readSent(fields, request.body, {}, 'all');
      const service = services.find((each) => each.id === said['serviceId']);
      if (service === undefined) errors.unshift({ href: '#serviceId', text: 'Choose the service that it serves' });
      const wrong = await keep(request, place, { service, said, errors, systemId: shown.system.id });
      if (wrong.length === 0) return reply.redirect(`${addressOf(shown)}?done=saved`, 303);
      return showForm(reply.code(422), shown, {
        heading: `A service that ${shown.system.name} serves`,
        action: request.url,
        fields,
        sent: { body: request.body, errors: wrong },
        submit: 'Say that it serves it',
      });
    });

    server.get(one, { config: place.editing, schema: { params: ofServed } }, async (request, reply) => {
      const { shown, service, known } = await openOne(request, place, request.params);
      return showForm(reply, shown, {
        ...headingOf(shown, service),
        action: request.url,
        fields: shareFields,
        known: { share: known.shareBasisPoints, since: known.since },
        submit: 'Keep the share',
        link: { text: 'It does not serve this service', href: `${request.url}/end` },
      });
    });

    server.post(one, { config: place.editing, schema: { params: ofServed, body } }, async (request, reply) => {
      const { shown, service } = await openOne(request, place, request.params);
      const { said, errors } = readSent(shareFields, request.body, {}, 'all');
      const wrong = await keep(request, place, { service, said, errors, systemId: shown.system.id });
      if (wrong.length === 0) return reply.redirect(`${addressOf(shown)}?done=saved`, 303);
      return showForm(reply.code(422), shown, {
        ...headingOf(shown, service),
        action: request.url,
        fields: shareFields,
        sent: { body: request.body, errors: wrong },
        submit: 'Keep the share',
      });
    });

    server.get(`${one}/end`, { config: place.editing, schema: { params: ofServed } }, async (request, reply) => {
      const { shown, service } = await openOne(request, place, request.params);
      return showForm(reply, shown, {
        heading: `${shown.system.name} does not serve ${service.name}`,
        lead: 'Then it never did: its cost is taken out of the cost per transaction of every quarter.',
        action: request.url,
        fields: endFields,
        submit: 'Take it away',
      });
    });

    server.post(`${one}/end`, { config: place.editing, schema: { params: ofServed, body } }, async (request, reply) => {
      const { shown, service } = await openOne(request, place, request.params);
      const { said, errors } = readSent(endFields, request.body, {}, 'all');
      const reason = said['reason'];
      if (typeof reason === 'string') {
        await openEstate(pages, request, place, { current: '' }, (tx) =>
          stopServing(tx, { systemId: shown.system.id, serviceId: service.id, reason }),
        );
        return reply.redirect(`${addressOf(shown)}?done=saved`, 303);
      }
      const wrong = [...errors, { href: '#reason', text: 'Say why it is taken away' }];
      return showForm(reply.code(422), shown, {
        heading: `${shown.system.name} does not serve ${service.name}`,
        action: request.url,
        fields: endFields,
        sent: { body: request.body, errors: wrong },
        submit: 'Take it away',
      });
    });
  }

  /** The system, what it serves, and the services that can be chosen: for a department, its own. */
  async function open(request: FastifyRequest, place: Place, systemId: string) {
    const shown = await openEstate(pages, request, place, { current: '' }, async (tx, standing) => ({
      standing,
      system: await getSystem(tx, systemId),
      served: await listServedServices(tx, { systemId }),
    }));
    const across = await listServicesAcross(pages.database);
    const ofDepartment = organisationOf(request.params);
    const services =
      place.kind === 'government' ? across : across.filter((each) => each.organisationId === ofDepartment);
    return { shown, services };
  }

  async function openOne(
    request: FastifyRequest,
    place: Place,
    { systemId, servedId }: { systemId: string; servedId: string },
  ): Promise<{ shown: Shown; service: Service; known: ServedService }> {
    const { shown, services } = await open(request, place, systemId);
    const known = shown.served.find(({ serviceId }) => serviceId === servedId);
    const service = services.find((each) => each.id === servedId);
    if (known === undefined || service === undefined) throw new Problem('not-found');
    return { shown, service, known };
  }

  /** Keeps what was said. @returns what is wrong with it, beside its field. */
  async function keep(
    request: FastifyRequest,
    place: Place,
    {
      service,
      said,
      errors,
      systemId,
    }: {
      readonly service: Service | undefined;
      readonly said: Readonly<Record<string, Answer>>;
      readonly errors: readonly PageError[];
      readonly systemId: string;
    },
  ): Promise<readonly PageError[]> {
    const { share, since, source } = said;
    const wrong = [...errors];
    const isWrong = (name: string): boolean => wrong.some(({ href }) => href.startsWith(`#${name}`));
    if (typeof share !== 'number' && !isWrong('share'))
      wrong.push({ href: '#share', text: 'Enter the share that is the service’s, such as 60' });
    if (typeof since !== 'string' && !isWrong('since'))
      wrong.push({ href: '#since-day', text: 'Enter the day since which it serves it, such as 1 4 2026' });
    if (wrong.length > 0 || service === undefined || typeof share !== 'number' || typeof since !== 'string')
      return wrong;
    try {
      await openEstate(pages, request, place, { current: '' }, (tx) =>
        serveService(tx, {
          systemId,
          serviceId: service.id,
          serviceOrganisationId: service.organisationId,
          shareBasisPoints: share,
          since,
          source: typeof source === 'string' ? source : `said by ${personOf(request).name}`,
        }),
      );
      return [];
    } catch (error) {
      if (error instanceof Problem && error.kind === 'unprocessable') return [{ href: '#share', text: error.message }];
      throw error;
    }
  }
}

interface Form {
  readonly heading: string;
  readonly lead?: string;
  readonly action: string;
  readonly fields: readonly FormField[];
  readonly known?: Readonly<Record<string, Answer>>;
  readonly sent?: { readonly body: Sent; readonly errors: readonly PageError[] };
  readonly submit: string;
  readonly link?: { readonly text: string; readonly href: string };
}

function showForm(reply: FastifyReply, shown: Shown, form: Form) {
  return reply.page('estate/form', {
    title: form.heading,
    ...shown.standing.frame,
    heading: form.heading,
    lead: form.lead,
    action: form.action,
    backLink: addressOf(shown),
    ...(form.sent === undefined ? {} : { errors: form.sent.errors }),
    form: form.fields.length === 0 ? '' : drawForm(form.fields, form.known ?? {}, form.sent),
    partLinks: form.link === undefined ? [] : [form.link],
    submit: form.submit,
  });
}

function headingOf({ system, served }: Shown, service: Service): { heading: string; lead: string } {
  const since = served.find(({ serviceId }) => serviceId === service.id)?.since;
  return {
    heading: `What ${service.name} takes of ${system.name}`,
    lead: `${service.name}, ${service.organisationName}${since === undefined ? '' : `, since ${formatDate(since)}`}. Its share is part of its cost per transaction, and every quarter since then is counted again when it changes.`,
  };
}

function addressOf({ standing, system }: Shown): string {
  return `${standing.base}/systems/${system.id}`;
}

function serviceField(services: readonly Service[]): FormField {
  return {
    name: 'serviceId',
    label: 'Service',
    kind: 'choice',
    blank: 'Choose a service',
    choices: services.map((each) => [each.id, `${each.name}, ${each.organisationName}`]),
  };
}

function sumOf(served: readonly ServedService[]): number {
  return served.reduce((sum, each) => sum + each.shareBasisPoints, 0);
}

/** The department that an address names; null in the government's own. */
function organisationOf(named: unknown): string | null {
  return typeof named === 'object' && named !== null && 'organisationId' in named ? String(named.organisationId) : null;
}
