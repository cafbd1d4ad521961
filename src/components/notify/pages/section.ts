import { Type } from 'typebox';
import type { FastifyRequest } from 'fastify';
import { getService, type Frames, type Service } from '#organisations';
import { scopeOf, type Calendar, type Database, type Keyring, type Tx } from '#platform';
import type { Acceptance } from '../acceptance.ts';

/** The page of this part in every service's navigation. */
export const messagesPage = { text: 'Messages', path: '/messages', roles: ['service manager', 'caseworker'] } as const;

/** What the pages stand on. */
export interface PageDependencies {
  readonly database: Database;
  readonly keyring: Keyring;
  readonly calendar: Calendar;
  readonly frames: Frames;
  readonly acceptance: Acceptance;
}

/** Who may read what was sent, and who may send and change. */
export const forReaders = { access: { who: 'staff', roles: messagesPage.roles, over: 'service' } } as const;
export const forManagers = { access: { who: 'staff', roles: ['service manager'], over: 'service' } } as const;

/** The address of the pages of a service's messages, and of what stands in it. */
export const place = '/staff/organisations/:organisationId/services/:serviceId/messages';
export const id = Type.String({ format: 'uuid' });
export const ofService = Type.Object({ organisationId: id, serviceId: id });
/** A field of a form: text that may be missing, as browsers send it. */
export const field = (most = 5000) => Type.Optional(Type.String({ maxLength: most }));

export function addressOf(service: Pick<Service, 'organisationId' | 'id'>): string {
  return `/staff/organisations/${service.organisationId}/services/${service.id}/messages`;
}

const sections = [
  { text: 'All messages', path: '', roles: messagesPage.roles },
  { text: 'Numbers', path: '/numbers', roles: messagesPage.roles },
  { text: 'Send from a file', path: '/batches', roles: ['service manager'] },
  { text: 'Templates', path: '/templates', roles: ['service manager'] },
  { text: 'Sending settings', path: '/sending', roles: ['service manager'] },
  { text: 'Callbacks', path: '/callbacks', roles: ['service manager'] },
] as const;
export type Section = (typeof sections)[number]['path'];

/** What surrounds a page of this part: the frame of the service, and the pages beside this one. */
export function sectionFrame(
  frames: Frames,
  request: FastifyRequest,
  service: Service,
  current: Section,
  more: readonly { text: string; href: string }[] = [],
) {
  const frame = frames.ofService(request, service, messagesPage.path);
  const address = addressOf(service);
  const title = sections.find(({ path }) => path === current)?.text ?? '';
  const isManager = request.grant.roles.includes('service manager');
  return {
    ...frame,
    breadcrumbs: [
      ...frame.breadcrumbs,
      { text: messagesPage.text, href: address },
      ...(more.length > 0 && current !== '' ? [{ text: title, href: address + current }] : []),
      ...more,
    ],
    of: service,
    address,
    isManager,
    sections: {
      label: 'Messages',
      items: sections
        .filter(({ path }) => isManager || path === '' || path === '/numbers')
        .map(({ text, path }) => ({ text, href: address + path, current: path === current })),
    },
  };
}

/** Does something for a page in one transaction, together with the service that the page is of. */
export async function withService<T>(
  { database }: Pick<PageDependencies, 'database'>,
  request: FastifyRequest<{ Params: { serviceId: string } }>,
  work: (tx: Tx, service: Service) => Promise<T>,
): Promise<{ service: Service; result: T }> {
  return database.transact(scopeOf(request), async (tx) => {
    const service = await getService(tx, request.params.serviceId);
    return { service, result: await work(tx, service) };
  });
}
