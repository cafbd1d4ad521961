import { Type } from 'typebox';
import { Problem, scopeOf } from '#platform';
import type { Caller } from '../acceptance.ts';
import { Refusal } from './refusals.ts';

/** What every call of the API is made of: who may make it, what its schema begins with, and how a list goes on. */

/** How many of a list one answer holds. */
export const perPage = 250;

export const uuid = Type.String({ format: 'uuid' });
export const strict = { additionalProperties: false } as const;

const access = { who: 'key' } as const;
/** The bucket of each service counts; this only keeps one machine from asking for ever with wrong keys. */
export const config = { access, rateLimit: { max: 60_000 } };
/** Of the calls that send: what accepts a message looks in the same transaction whether its key is in force. */
export const sendingConfig = { ...config, access: { ...access, inForce: 'checked by the route' } } as const;

/** The part of a schema by which OpenAPI knows a call. */
export function described(operationId: string, summary: string) {
  return { tags: ['notify'], operationId, summary, security: [{ key: [] }] };
}

/** The header by which a call that sends may be repeated. */
export const repeatable = {
  headers: Type.Object({
    'idempotency-key': Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 255,
        description: 'Whatever you choose for this one request. Sent again with the same key it is done once.',
      }),
    ),
  }),
};

/** The key that a call was made with. */
export function callerOf(request: Parameters<typeof scopeOf>[0]): Caller {
  const scope = scopeOf(request);
  const { key } = request.grant;
  if (key === undefined || scope.actor.kind !== 'key') throw new Problem('not-signed-in');
  return { scope, serviceId: key.serviceId, keyId: scope.actor.id, keyKind: key.kind };
}

/** The key by which a call may be repeated. @throws Refusal where it cannot be one. */
export function idempotencyKeyOf(headers: Readonly<Record<string, string | string[] | undefined>>): string | null {
  const key = headers['idempotency-key'];
  if (key !== undefined && (typeof key !== 'string' || key === '' || key.length > 255)) {
    throw new Refusal('ValidationError', 'Idempotency-Key must be text of 1 to 255 characters');
  }
  return key ?? null;
}

export function notFound(): Refusal {
  return new Refusal('NoResultFound', 'No result found');
}

/** Settings and templates are what everybody is sent, so only a live key changes them. */
export function refuseToChange({ keyKind }: Caller, what: string): void {
  if (keyKind === 'live') return;
  throw new Refusal('BadRequestError', `Cannot change ${what} with a ${keyKind} api key`, 403);
}

/** The address of this page and, unless it is empty, of the one after it. */
export function links(
  address: string,
  query: Readonly<Record<string, string | readonly string[] | undefined>>,
  last: string | undefined,
): { current: string; next?: string } {
  const write = (change: Readonly<Record<string, string>>): string => {
    const parameters = new URLSearchParams();
    for (const [name, values] of Object.entries({ ...query, ...change })) {
      for (const value of [values ?? []].flat()) parameters.append(name, value);
    }
    const text = parameters.toString();
    return text === '' ? address : `${address}?${text}`;
  };
  return { current: write({}), ...(last === undefined ? {} : { next: write({ older_than: last }) }) };
}
