import { createHmac, createSecretKey, timingSafeEqual, type KeyObject } from 'node:crypto';
import { isId, Problem, type Database, type Keyring } from '#platform';
import { placeOfSecret, type KeyKind } from './api-keys.ts';
import { keySearchOf, type FoundKey } from './key-search.ts';

/** Whom a valid token speaks for. */
export interface KeyHolder {
  readonly organisationId: string;
  readonly serviceId: string;
  readonly serviceName: string;
  readonly keyId: string;
  readonly keyName: string;
  readonly kind: KeyKind;
}

/** Why a token was refused. Only an API whose contract tells it says it to the caller. */
export const tokenFaults = [
  'no issuer',
  'issuer is no UUID',
  'no service',
  'no keys',
  'no key of these',
  'key revoked',
  'algorithm',
  'clock',
] as const;
export type TokenFault = (typeof tokenFaults)[number];

/** A token that was refused, with the reason for those who may know it. */
export class TokenRefusal extends Problem {
  readonly fault: TokenFault;

  constructor(fault: TokenFault, cause?: unknown) {
    super('not-signed-in', {
      title: 'The token is not valid',
      message:
        'Send Authorization: Bearer and a JWT that is signed (HS256) with a live key of the service, has the service’s id as iss, and was made in the last 30 seconds.',
      detail: fault,
      cause,
    });
    this.fault = fault;
  }
}

const longestSkewSeconds = 30;

/** A token whose signature was made with a key, as it was found to be. */
interface KnownToken {
  readonly serviceId: string;
  readonly claims: Claims;
  readonly keyId: string;
  readonly sealedSecret: Buffer;
}

type Claims = Readonly<Record<string, unknown>>;

/**
 * Tokens that were verified. The same bytes are signed by the same key: what is left to be checked each time is whether that
 * key is still there and the time right. Clients that ask often present one token many times in the second that it names.
 */
const knownTokens = new Map<string, KnownToken>();
const mostKnownTokens = 5000;
const longestKnownToken = 1000;

/**
 * Checks a token: a JWT (RFC 7519) signed with HS256 by a key of the service that `iss` names, made within 30 seconds of
 * now. The message says the same whatever was wrong; only `fault` tells whether it was the service, the key or the time.
 *
 * @param mayBelieve whether what was known of the service's keys a moment ago will do, because the caller still looks
 *   whether the key is in force. Nothing is waited for then where the token was seen before.
 * @throws TokenRefusal
 */
export function verifyToken(
  database: Database,
  keyring: Keyring,
  token: string,
  mayBelieve = false,
): KeyHolder | Promise<KeyHolder> {
  const before = knownTokens.get(token);
  const recalled = mayBelieve && before !== undefined ? keySearchOf(database).recall(before.serviceId) : undefined;
  const key = before === undefined ? undefined : recalled?.find((each) => isSame(before, each));
  if (before === undefined || key === undefined) return searchHolder(database, keyring, token, mayBelieve);
  return holderOf(token, before, key);
}

async function searchHolder(
  database: Database,
  keyring: Keyring,
  token: string,
  mayBelieve: boolean,
): Promise<KeyHolder> {
  const before = knownTokens.get(token);
  const read = before ?? readToken(token);
  const search = keySearchOf(database);
  const recalled = mayBelieve ? search.recall(read.serviceId) : undefined;
  const findAmong = (keys: readonly FoundKey[] = []): FoundKey | undefined =>
    keys.find((key) => before !== undefined && isSame(before, key)) ??
    findSigner(keyring, keys, 'signed' in read ? read : readToken(token));
  // A key that is not among those that are known may have been made since.
  const key = findAmong(recalled) ?? findAmong(existing(await search.find(read.serviceId)));
  return holderOf(token, read, key);
}

/** The holder of the key that a token was signed with. @throws TokenRefusal where there is none, or not now. */
function holderOf(
  token: string,
  { serviceId, claims }: Pick<KnownToken, 'serviceId' | 'claims'>,
  key: FoundKey | undefined,
): KeyHolder {
  if (key?.id == null) throw new TokenRefusal('no key of these');
  refuseOtherTimes(claims);
  if (key.revoked) throw new TokenRefusal('key revoked');
  const known = knownTokens.get(token);
  if ((known === undefined || !isSame(known, key)) && token.length <= longestKnownToken) {
    if (knownTokens.size >= mostKnownTokens) knownTokens.clear();
    knownTokens.set(token, { serviceId, claims, keyId: key.id, sealedSecret: key.sealed_secret });
  }
  return {
    organisationId: key.organisation_id,
    serviceId,
    serviceName: key.service_name,
    keyId: key.id,
    keyName: key.name,
    kind: key.kind,
  };
}

function existing(keys: readonly FoundKey[]): readonly FoundKey[] {
  if (keys.length === 0) throw new TokenRefusal('no service');
  if (keys.every((key) => key.id === null)) throw new TokenRefusal('no keys');
  return keys;
}

function isSame(token: KnownToken, key: FoundKey): boolean {
  return key.id === token.keyId && key.sealed_secret.equals(token.sealedSecret);
}

/** The key that a token was signed with. */
function findSigner(keyring: Keyring, keys: readonly FoundKey[], { signed, signature }: Token): FoundKey | undefined {
  return keys.find((key) => {
    if (key.id === null) return false;
    const secret = secretOf(keyring, { ...key, id: key.id });
    const expected = createHmac('sha256', secret).update(signed).digest();
    return signature.length === expected.length && timingSafeEqual(signature, expected);
  });
}

/** Opened secrets by what they were sealed as: a key that is sealed anew is opened anew. */
const opened = new Map<string, KeyObject>();
const mostOpened = 2000;

function secretOf(keyring: Keyring, key: FoundKey & { id: string }): KeyObject {
  const name = `${key.id} ${key.sealed_secret.toString('base64')}`;
  const known = opened.get(name);
  if (known !== undefined) return known;
  if (opened.size >= mostOpened) opened.clear();
  // A key object: from plain bytes Node would make one at each use, which takes longer than the signature.
  const secret = createSecretKey(keyring.open(placeOfSecret(key.organisation_id, key.id), key.sealed_secret));
  opened.set(name, secret);
  return secret;
}

/** @throws TokenRefusal where a token was made too long ago, or is to be made yet, or says itself that it is not valid now. */
function refuseOtherTimes(claims: Claims): void {
  const now = Date.now() / 1000;
  const { iat = 0, exp = Infinity, nbf = -Infinity } = claims;
  if (typeof iat !== 'number' || typeof exp !== 'number' || typeof nbf !== 'number') throw new TokenRefusal('clock');
  if (Math.abs(now - iat) > longestSkewSeconds || exp <= now || nbf > now) throw new TokenRefusal('clock');
}

interface Token {
  readonly serviceId: string;
  readonly claims: Claims;
  readonly signed: string;
  readonly signature: Buffer;
}

/** What a token says, RFC 7515 section 7.1. Nothing of it is believed yet. */
function readToken(token: string): Token {
  const [header = '', payload = '', signature = '', ...more] = token.split('.');
  const [head, claims] = [readPart(header), readPart(payload)];
  if (head === null || claims === null || more.length > 0) throw new TokenRefusal('no issuer');
  // What the token wants to be understood in a way of its own is not understood here: section 4.1.11.
  if (head['alg'] !== 'HS256' || head['crit'] !== undefined) throw new TokenRefusal('algorithm');
  const issuer = claims['iss'];
  if (issuer === undefined) throw new TokenRefusal('no issuer');
  if (typeof issuer !== 'string' || !isId(issuer.toLowerCase())) throw new TokenRefusal('issuer is no UUID');
  return {
    serviceId: issuer.toLowerCase(),
    claims,
    signed: `${header}.${payload}`,
    signature: Buffer.from(signature, 'base64url'),
  };
}

function readPart(text: string): Claims | null {
  try {
    const value: unknown = JSON.parse(Buffer.from(text, 'base64url').toString());
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : null;
  } catch {
    return null;
  }
}
