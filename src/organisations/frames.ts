import type { FastifyRequest } from 'fastify';
import type { ServicePage } from '#platform';
import { findAdmission, type Session } from './gatekeeper.ts';
import type { Organisation } from './organisations.ts';
import type { Service } from './services.ts';

/** What surrounds a staff page: spread it into the data of `reply.page`. */
export interface Frame {
  readonly wide: true;
  readonly breadcrumbs: readonly { readonly text: string; readonly href?: string }[];
  /** The pages beside this one, for the component subNavigation. */
  readonly pages: {
    readonly label: string;
    readonly items: readonly { text: string; href: string; current: boolean }[];
  };
  /** Said above the page where the person acts for another organisation. */
  readonly actingFor: string | null;
}

/** Makes the frames of staff pages: the same navigation for whichever part a page belongs to. */
export interface Frames {
  /** @param current the path of the page after the service's address, such as `/cases`. */
  ofService(request: FastifyRequest, service: Service, current: string): Frame;
  ofOrganisation(request: FastifyRequest, organisation: Organisation, current: string): Frame;
}

const home = { text: 'Your work', href: '/staff' };

/** @param servicePages the pages of all parts that belong to a service, in the order in which they are shown. */
export function createFrames(servicePages: readonly ServicePage[], organisationPages: readonly ServicePage[]): Frames {
  const first = organisationPages.find((page) => page.path === '');
  return {
    ofService(request, service, current) {
      const organisation = `/staff/organisations/${service.organisationId}`;
      const address = `${organisation}/services/${service.id}`;
      return {
        wide: true,
        breadcrumbs: [
          home,
          // Who works on one service alone may not open the organisation's page.
          ...(first !== undefined && mayOpen(request, first, 'organisation', service.organisationId, null)
            ? [{ text: service.organisationName, href: organisation }]
            : []),
          { text: service.name, href: address },
        ],
        pages: {
          label: `Pages of ${service.name}`,
          items: servicePages
            .filter((page) => mayOpen(request, page, 'service', service.organisationId, service.id))
            .map((page) => ({ text: page.text, href: address + page.path, current: page.path === current })),
        },
        actingFor: actingFor(request, service.organisationName),
      };
    },

    ofOrganisation(request, organisation, current) {
      const address = `/staff/organisations/${organisation.id}`;
      return {
        wide: true,
        breadcrumbs: [home, { text: organisation.name, href: address }],
        pages: {
          label: `Pages of ${organisation.name}`,
          items: organisationPages
            .filter((page) => mayOpen(request, page, 'organisation', organisation.id, null))
            .map((page) => ({ text: page.text, href: address + page.path, current: page.path === current })),
        },
        actingFor: actingFor(request, organisation.name),
      };
    },
  };
}

function mayOpen(
  request: FastifyRequest,
  page: ServicePage,
  over: 'organisation' | 'service',
  organisationId: string,
  serviceId: string | null,
): boolean {
  const session: Session | undefined = request.session;
  if (session === undefined) return false;
  // The person is on a page of this organisation already, so whatever reaches down to it, reaches it.
  return (
    findAdmission(session, { who: 'staff', roles: page.roles, over }, { organisationId, serviceId, covered: true }) !==
    null
  );
}

function actingFor(request: FastifyRequest, name: string): string | null {
  return request.grant.scope?.mandateId === undefined ? null : name;
}
