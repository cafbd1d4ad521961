import type { FastifyRequest } from 'fastify';
import {
  hashToken,
  isId,
  nobody,
  Problem,
  type Access,
  type Actor,
  type Database,
  type Gatekeeper,
  type Grant,
  type Keyring,
} from '#platform';
import { verifyToken, type KeyHolder } from './tokens.ts';
import { rolesThatReachDown, type Role } from './roles.ts';

/** A signed-in person, with everything that decides what they may do. */
export interface Session {
  readonly sessionId: string;
  readonly personId: string;
  readonly name: string;
  readonly organisationId: string;
  /** Whether their organisation is the government itself. */
  readonly root: boolean;
  readonly roles: readonly { readonly role: Role; readonly serviceId: string | null }[];
  readonly mandates: readonly HeldMandate[];
}

/** A mandate in force under which the person's organisation acts for another. */
export interface HeldMandate {
  readonly id: string;
  readonly organisationId: string;
  readonly serviceId: string | null;
  readonly roles: readonly Role[];
  readonly purpose: string;
}

declare module 'fastify' {
  interface FastifyRequest {
    /** Set by the gatekeeper where a member of staff is signed in. */
    session?: Session;
  }
}

/** The cookie of a session. With TLS it has the prefix that no other site of the domain can set. */
export function sessionCookie(secure: boolean): string {
  return secure ? '__Host-commonhold_session' : 'commonhold_session';
}

/** Decides who the caller is, from the session's cookie or the API key's token, and whether a route is open to them. */
export function createGatekeeper(options: { database: Database; keyring: Keyring; secure: boolean }): Gatekeeper {
  const { database, keyring, secure } = options;

  function admitKey(request: FastifyRequest, mayBelieve: boolean): Grant | Promise<Grant> {
    const [scheme, token] = (request.headers.authorization ?? '').split(' ');
    // The name of a scheme may be written in any case: RFC 9110, section 11.1.
    if (scheme?.toLowerCase() !== 'bearer' || token === undefined) {
      throw new Problem('not-signed-in', {
        message: 'Send an Authorization header: Bearer and a token that is signed with a key of your service.',
      });
    }
    const holder = verifyToken(database, keyring, token, mayBelieve);
    return holder instanceof Promise ? holder.then((each) => grantOf(request, each)) : grantOf(request, holder);
  }

  async function admitPerson(
    request: FastifyRequest,
    access: Extract<Access, { who: 'signed-in' | 'staff' }>,
  ): Promise<Grant> {
    const wanted = wantedOf(request);
    const found = await findSession(database, request.cookies[sessionCookie(secure)], wanted);
    if (found === null) throw new Problem('not-signed-in', { message: 'Sign in to see this page.' });
    const { session, covered, serviceExists } = found;
    request.session = session;
    const actor: Actor = { kind: 'person', id: session.personId, name: session.name, address: request.ip };
    const person = { id: session.personId, name: session.name, organisationId: session.organisationId };
    if (access.who === 'signed-in') {
      return { person, roles: [], scope: { organisationId: session.organisationId, actor } };
    }
    const organisationId = access.over === 'government' ? session.organisationId : wanted.organisationId;
    if (organisationId === null) throw new Problem('not-found');
    const admission = findAdmission(session, access, { organisationId, serviceId: wanted.serviceId, covered });
    if (admission === null) {
      throw new Problem('not-permitted', {
        message: `This page is for: ${access.roles.join(', ')}. Ask the person who manages your department’s accounts.`,
      });
    }
    // Only now, so that somebody without a role there does not learn which services exist.
    if (access.over === 'service' && !serviceExists) throw new Problem('not-found');
    return {
      person,
      roles: admission.roles,
      scope: {
        organisationId,
        actor,
        ...(admission.mandate === undefined
          ? {}
          : { mandateId: admission.mandate.id, purpose: `${request.method} ${request.routeOptions.url ?? ''}` }),
      },
    };
  }

  return {
    admit(request, access) {
      if (access.who === 'anyone' || access.who === 'holder' || access.who === 'signed') return nobody;
      if (access.who === 'key') return admitKey(request, access.inForce === 'checked by the route');
      return admitPerson(request, access);
    },
  };
}

function grantOf(request: FastifyRequest, holder: KeyHolder): Grant {
  return {
    person: null,
    roles: [],
    key: { serviceId: holder.serviceId, kind: holder.kind },
    scope: {
      organisationId: holder.organisationId,
      actor: { kind: 'key', id: holder.keyId, name: holder.keyName, address: request.ip },
    },
  };
}

/**
 * By which roles a person may use a route, or null. A role counts over the person's own organisation and, for roles that
 * reach down, over those below it; over one service where it was given for that; and over another organisation where a
 * mandate in force lends it and the person holds it at home.
 */
export function findAdmission(
  session: Session,
  access: Extract<Access, { who: 'staff' }>,
  wanted: { organisationId: string; serviceId: string | null; covered: boolean },
): { roles: readonly Role[]; mandate?: HeldMandate } | null {
  const allows = (role: Role): boolean => access.roles.includes(role);
  if (access.over === 'government') {
    if (!session.root) return null;
    return some(session.roles.filter((held) => held.serviceId === null && allows(held.role)).map((held) => held.role));
  }
  const overService = (serviceId: string | null): boolean =>
    serviceId === null || (access.over === 'service' && serviceId === wanted.serviceId);
  const own = session.organisationId === wanted.organisationId;
  const direct = session.roles
    .filter((held) => allows(held.role))
    .filter((held) =>
      own
        ? overService(held.serviceId)
        : wanted.covered && held.serviceId === null && rolesThatReachDown.includes(held.role),
    )
    .map((held) => held.role);
  const admitted = some(direct);
  if (admitted !== null || own) return admitted;
  for (const mandate of session.mandates) {
    if (mandate.organisationId !== wanted.organisationId || !overService(mandate.serviceId)) continue;
    const lent = session.roles
      .filter((held) => held.serviceId === null && allows(held.role) && mandate.roles.includes(held.role))
      .map((held) => held.role);
    if (lent.length > 0) return { roles: lent, mandate };
  }
  return null;
}

/** Whether a request comes from a browser in which a member of staff is signed in. */
export async function isStaff(database: Database, request: FastifyRequest, secure: boolean): Promise<boolean> {
  const nowhere = { organisationId: null, serviceId: null };
  return (await findSession(database, request.cookies[sessionCookie(secure)], nowhere)) !== null;
}

async function findSession(
  database: Database,
  token: string | undefined,
  wanted: { organisationId: string | null; serviceId: string | null },
): Promise<{ session: Session; covered: boolean; serviceExists: boolean } | null> {
  if (token === undefined) return null;
  const [row] = await database.find<{
    session_id: string;
    person_id: string;
    name: string;
    organisation_id: string;
    root: boolean;
    roles: Session['roles'];
    mandates: HeldMandate[];
    covered: boolean;
    service_exists: boolean;
  }>('select * from organisations.find_session($1, $2, $3)', [
    hashToken(token),
    wanted.organisationId,
    wanted.serviceId,
  ]);
  if (row === undefined) return null;
  return {
    covered: row.covered,
    serviceExists: row.service_exists,
    session: {
      sessionId: row.session_id,
      personId: row.person_id,
      name: row.name,
      organisationId: row.organisation_id,
      root: row.root,
      roles: row.roles,
      mandates: row.mandates,
    },
  };
}

/** The organisation and the service that the address names; what is no UUID names nothing. */
function wantedOf(request: FastifyRequest): { organisationId: string | null; serviceId: string | null } {
  const params = new Map<string, unknown>(Object.entries(request.params ?? {}));
  const read = (name: string): string | null => {
    const value = params.get(name);
    return typeof value === 'string' && isId(value) ? value : null;
  };
  return { organisationId: read('organisationId'), serviceId: read('serviceId') };
}

function some(found: readonly Role[]): { roles: readonly Role[] } | null {
  return found.length > 0 ? { roles: found } : null;
}
