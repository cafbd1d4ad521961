import type { FastifyReply, FastifyRequest } from 'fastify';
import { newSecret } from '../ids.ts';
import { Problem } from '../problem.ts';
import type { Keyring } from '../secrets.ts';

/**
 * Protection against forged requests: a signed double-submit cookie (OWASP Cross-Site Request Forgery Prevention Cheat
 * Sheet). The page carries a signature of a random cookie; another site can neither read the cookie nor make the
 * signature. It needs no session, so it protects citizens' forms too.
 */
export interface ForgeryProtection {
  /** The token for the forms of a page; sets the cookie where there is none yet. */
  tokenFor(request: FastifyRequest, reply: FastifyReply): string;
  /** @throws Problem form-expired where the request does not carry the token of its cookie. Takes the token out of the body. */
  check(request: FastifyRequest): void;
  /** The same, for a token that was read by the caller. */
  checkToken(request: FastifyRequest, token: string | undefined): void;
}

export function protectFromForgery(keyring: Keyring, secure: boolean): ForgeryProtection {
  // The __Host- prefix keeps other sites of the same domain from setting the cookie; browsers allow it only with TLS.
  const cookieName = secure ? '__Host-commonhold_csrf' : 'commonhold_csrf';
  /** A page asks for its token more than once: for its own form, and for the layout's. */
  const made = new WeakMap<FastifyRequest, string>();

  return {
    tokenFor(request, reply) {
      const known = made.get(request);
      if (known !== undefined) return known;
      let value = request.cookies[cookieName];
      if (value === undefined || !/^[\w-]{43}$/.test(value)) {
        value = newSecret();
        reply.setCookie(cookieName, value, { path: '/', httpOnly: true, sameSite: 'lax', secure });
        request.cookies[cookieName] = value;
      }
      const token = keyring.sign('csrf', value);
      made.set(request, token);
      return token;
    },

    check(request) {
      this.checkToken(request, takeToken(request));
    },

    checkToken(request, token) {
      const value = request.cookies[cookieName];
      if (value === undefined || token === undefined || !keyring.verify('csrf', value, token)) {
        throw new Problem('form-expired', {
          detail: value === undefined ? 'no cookie' : 'no token, or not of this cookie',
        });
      }
    },
  };
}

function takeToken(request: FastifyRequest): string | undefined {
  const header = request.headers['x-csrf-token'];
  if (typeof header === 'string') return header;
  const { body } = request;
  if (typeof body !== 'object' || body === null || !('_csrf' in body)) return undefined;
  const token = body._csrf;
  delete body._csrf;
  return typeof token === 'string' ? token : undefined;
}
