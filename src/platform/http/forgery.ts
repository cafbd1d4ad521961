import { timingSafeEqual } from 'node:crypto';
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
  const remembered = new RememberedTokens();
  const sign = (value: string): string => {
    const known = remembered.find(value);
    if (known !== undefined) return known;
    const token = keyring.sign('csrf', value);
    remembered.keep(value, token);
    return token;
  };

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
      const token = sign(value);
      made.set(request, token);
      return token;
    },

    check(request) {
      this.checkToken(request, takeToken(request));
    },

    checkToken(request, token) {
      const value = request.cookies[cookieName];
      const isRight =
        value !== undefined &&
        token !== undefined &&
        (isSame(token, remembered.find(value)) || keyring.verify('csrf', value, token));
      if (!isRight) {
        throw new Problem('form-expired', {
          detail: value === undefined ? 'no cookie' : 'no token, or not of this cookie',
        });
      }
    },
  };
}

/**
 * The tokens of the cookies that were seen last: whoever fills in a form comes with the same cookie again and again. In two
 * halves, of which the older is forgotten as a whole.
 */
class RememberedTokens {
  #recent = new Map<string, string>();
  #older = new Map<string, string>();

  find(cookie: string): string | undefined {
    return this.#recent.get(cookie) ?? this.#older.get(cookie);
  }

  keep(cookie: string, token: string): void {
    if (this.#recent.size >= 5_000) [this.#older, this.#recent] = [this.#recent, new Map()];
    this.#recent.set(cookie, token);
  }
}

function isSame(given: string, known: string | undefined): boolean {
  if (known === undefined) return false;
  const [one, other] = [Buffer.from(given), Buffer.from(known)];
  return one.length === other.length && timingSafeEqual(one, other);
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
