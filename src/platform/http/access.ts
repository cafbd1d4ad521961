import type { FastifyRequest } from 'fastify';
import type { Scope } from '../database.ts';

/**
 * Who may call a route. Every route states one of these; a test calls every route as those it does not name.
 *
 * - `anyone`: public; `because` says why that is right.
 * - `holder`: whoever holds a secret that the route itself checks, such as the cookie of an application in progress.
 * - `signed-in`: any member of staff.
 * - `staff`: one of the roles, held over the government, over the organisation in the path (`:organisationId`), or over
 *   the service in the path (`:organisationId` and `:serviceId`). A mandate can stand in for a role over another
 *   organisation.
 * - `key`: an API key of a service. Where the route itself looks in its transaction whether the key is still in force, it
 *   says so, and what was known of the key a moment ago is enough to let the call in.
 * - `signed`: another system that signs what it sends, which the route itself checks; no cookie plays a part.
 */
export type Access =
  | { readonly who: 'anyone'; readonly because: string }
  | { readonly who: 'holder'; readonly of: string; readonly because: string }
  | { readonly who: 'signed-in' }
  | {
      readonly who: 'staff';
      readonly roles: readonly string[];
      readonly over: 'government' | 'organisation' | 'service';
    }
  | { readonly who: 'key'; readonly inForce?: 'checked by the route' }
  | { readonly who: 'signed'; readonly by: string; readonly because: string };

/** What a caller was let in as. */
export interface Grant {
  /** The member of staff, where one is signed in. */
  readonly person: { readonly id: string; readonly name: string; readonly organisationId: string } | null;
  /** Whose rows the route works on, ready for `database.transact`; null where the route finds the tenant itself. */
  readonly scope: Scope | null;
  /** The roles by which the caller was let in. */
  readonly roles: readonly string[];
  /** The service whose key was presented, and the kind of key. */
  readonly key?: { readonly serviceId: string; readonly kind: 'live' | 'team' | 'test' };
}

/** Decides who the caller is and whether a route is open to them. Given to the server by main.ts. */
export interface Gatekeeper {
  /**
   * Answers at once where nothing has to be asked.
   *
   * @throws Problem not-signed-in, not-permitted, or not-found where even the existence is not theirs to know.
   */
  admit(request: FastifyRequest, access: Access): Grant | Promise<Grant>;
}

/** What nobody in particular was granted: public routes. */
export const nobody: Grant = { person: null, scope: null, roles: [] };
