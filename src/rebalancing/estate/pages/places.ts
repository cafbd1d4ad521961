import type { FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { getOrganisation, listOrganisations } from '#organisations';
import { Problem, scopeOf, type Calendar, type Database, type Tx } from '#platform';
import {
  findDepartmentOf,
  findOrAddDepartment,
  narrowToDepartment,
  narrowToNothing,
} from '../suppliers/departments.ts';

export interface EstatePages {
  readonly database: Database;
  readonly calendar: Calendar;
  /** In which costs are added up, and are meant where nothing else is said: the government's. */
  readonly currency: string;
}

const readers = ['chief technology officer', 'digital leader', 'auditor'] as const;
const editors = ['chief technology officer', 'digital leader'] as const;

/**
 * Where the pages of the estate stand: for the government, who sees all of it, and for each department, who sees its own.
 * Both have the same pages.
 */
export interface Place {
  readonly kind: 'government' | 'department';
  readonly path: string;
  readonly reading: {
    readonly access: {
      readonly who: 'staff';
      readonly roles: readonly string[];
      readonly over: 'government' | 'organisation';
    };
  };
  readonly editing: Place['reading'];
}

export const places: readonly Place[] = [
  {
    kind: 'government',
    path: '/staff/estate',
    reading: { access: { who: 'staff', roles: readers, over: 'government' } },
    editing: { access: { who: 'staff', roles: editors, over: 'government' } },
  },
  {
    kind: 'department',
    path: '/staff/organisations/:organisationId/estate',
    reading: { access: { who: 'staff', roles: readers, over: 'organisation' } },
    editing: { access: { who: 'staff', roles: editors, over: 'organisation' } },
  },
];

/** The page of this part in the navigation of every organisation, and of the government on the first page of its staff. */
export const estatePage = {
  text: 'Technology',
  about: 'Every system with its costs and contracts, and the needs that are met many times over.',
  path: '/estate',
  roles: readers,
} as const;

const id = Type.String({ format: 'uuid' });
/** The parameters of an address in either place. */
export const ofPlace = { organisationId: Type.Optional(id) };
export const params = Type.Object(ofPlace);
export const ofSystem = Type.Object({ ...ofPlace, systemId: id });
export const ofContract = Type.Object({ ...ofPlace, contractId: id });
export const ofNeed = Type.Object({
  ...ofPlace,
  needKey: Type.String({ pattern: '^[a-z0-9]+(-[a-z0-9]+)*$', maxLength: 100 }),
});
export const ofTarget = Type.Object({ ...ofNeed.properties, targetId: id });
/** A form that was sent. */
export const body = Type.Record(Type.String(), Type.String({ maxLength: 5000 }));
export type Sent = Readonly<Record<string, string | undefined>>;
/** A field of a form, or of a query: text that may be missing. */
export const field = Type.Optional(Type.String({ maxLength: 5000 }));

/** What a page of the estate knows about where it stands. */
export interface Standing {
  /** The address of the map. */
  readonly base: string;
  readonly place: Place['kind'];
  /** The department whose estate alone is seen; null for the government, and for a department of which nothing is known yet. */
  readonly departmentId: string | null;
  readonly mayEdit: boolean;
  readonly frame: Readonly<Record<string, unknown>>;
}

/** The pages beside each other, in the order in which they are shown. */
const beside = [
  { text: 'Map', path: '' },
  { text: 'Contracts', path: '/contracts' },
  { text: 'Needs', path: '/needs' },
  { text: 'Suppliers', path: '/suppliers' },
  { text: 'Rules', path: '/rules' },
  { text: 'To answer', path: '/questions' },
  { text: 'Suggestions', path: '/suggestions' },
  { text: 'Bring in and take out', path: '/exports' },
] as const;

/**
 * Works on the estate as whoever asks may see it: all of it for the government, and nothing but its own for a department.
 *
 * @param options.adding whether something will be written: a department of which nothing is known is then made.
 */
export async function openEstate<T>(
  { database }: EstatePages,
  request: FastifyRequest,
  place: Place,
  options: { current: string; adding?: boolean },
  work: (tx: Tx, standing: Standing) => Promise<T>,
): Promise<T> {
  const mayEdit = request.grant.roles.some((role) => editors.some((each) => each === role));
  if (place.kind === 'government') {
    const base = place.path;
    const frame = governmentFrame(options.current);
    return database.transact(scopeOf(request), (tx) =>
      work(tx, { base, place: place.kind, departmentId: null, mayEdit, frame }),
    );
  }
  // The organisation is read in its own transaction: that checks the mandate, if one is used, and records it.
  const organisation = await database.transact(scopeOf(request), getOrganisation);
  const root = (await listOrganisations(database)).find((each) => each.parentId === null);
  if (root === undefined) throw new Problem('not-found');
  const base = `/staff/organisations/${organisation.id}/estate`;
  const frame = frameOf(base, options.current, [
    { text: 'Your work', href: '/staff' },
    { text: organisation.name, href: `/staff/organisations/${organisation.id}` },
    { text: 'Technology', href: base },
  ]);
  return database.transact({ organisationId: root.id, actor: scopeOf(request).actor }, async (tx) => {
    const departmentId =
      options.adding === true
        ? (await findOrAddDepartment(tx, { name: organisation.name, ofOrganisationId: organisation.id })).id
        : ((await findDepartmentOf(tx, organisation.id))?.id ?? null);
    if (departmentId === null) await narrowToNothing(tx);
    else await narrowToDepartment(tx, departmentId);
    return work(tx, { base, place: place.kind, departmentId, mayEdit, frame });
  });
}

/** What surrounds a page of the government's estate. @param current the path of the page beside which it stands. */
export function governmentFrame(current: string): Standing['frame'] {
  const base = '/staff/estate';
  return frameOf(base, current, [
    { text: 'Your work', href: '/staff' },
    { text: 'Technology', href: base },
  ]);
}

/** Whether somebody with these roles sees the pages of the estate. */
export function mayRead(roles: readonly string[]): boolean {
  return roles.some((role) => readers.some((each) => each === role));
}

function frameOf(
  base: string,
  current: string,
  breadcrumbs: readonly { text: string; href: string }[],
): Standing['frame'] {
  return {
    wide: true,
    base,
    breadcrumbs,
    pages: {
      label: 'Pages of the estate',
      items: beside.map((page) => ({ text: page.text, href: base + page.path, current: page.path === current })),
    },
  };
}
