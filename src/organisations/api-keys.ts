import { createHmac, createSecretKey, randomUUID, timingSafeEqual, type KeyObject } from 'node:crypto';
import {
  isDuplicate,
  isId,
  newId,
  oneOf,
  Problem,
  recordAudit,
  sealedPlace,
  type Database,
  type Keyring,
  type Tx,
} from '#platform';
import { organisationsTables } from './database.ts';

export const keyKinds = ['live', 'team', 'test'] as const;
export type KeyKind = (typeof keyKinds)[number];

/** A key as its list shows it; the secret is shown once, when it is made. */
export interface ApiKey {
  readonly id: string;
  readonly name: string;
  readonly kind: KeyKind;
  readonly createdAt: string;
  readonly createdBy: string;
  readonly revokedAt: string | null;
}

/**
 * Makes a key of a service. Returns it as the person is to keep it, `name-<service id>-<secret>`: the form that client
 * libraries of GOV.UK Notify take apart. It cannot be shown again.
 */
export async function createApiKey(
  tx: Tx,
  keyring: Keyring,
  values: { serviceId: string; name: string; kind: KeyKind; createdBy: string },
): Promise<string> {
  const id = newId();
  const secret = randomUUID();
  try {
    await organisationsTables(tx)
      .insertInto('api_keys')
      .values({
        organisation_id: tx.organisationId,
        id,
        service_id: values.serviceId,
        name: values.name,
        kind: values.kind,
        sealed_secret: keyring.seal(placeOf(tx.organisationId, id), secret),
        created_by: values.createdBy,
      })
      .execute();
  } catch (error) {
    if (isDuplicate(error))
      throw new Problem('conflict', {
        message: `This service has a key called "${values.name}" already. Choose another name.`,
      });
    throw error;
  }
  await recordAudit(tx, {
    action: 'organisations.key-created',
    subject: { kind: 'API key', id, name: values.name },
    detail: { kind: values.kind },
  });
  return `${values.name.toLowerCase().replaceAll(/[^a-z0-9]+/g, '_')}-${values.serviceId}-${secret}`;
}

/** Ends a key at once. @throws Problem not-found where it is another service's, or revoked already. */
export async function revokeApiKey(
  tx: Tx,
  values: { serviceId: string; keyId: string; revokedBy: string },
): Promise<void> {
  const row = await organisationsTables(tx)
    .updateTable('api_keys')
    .set({ revoked_at: new Date().toISOString(), revoked_by: values.revokedBy })
    .where('organisation_id', '=', tx.organisationId)
    .where('service_id', '=', values.serviceId)
    .where('id', '=', values.keyId)
    .where('revoked_at', 'is', null)
    .returning('name')
    .executeTakeFirst();
  if (row === undefined) throw new Problem('not-found', { message: 'This key has been revoked already.' });
  await recordAudit(tx, {
    action: 'organisations.key-revoked',
    subject: { kind: 'API key', id: values.keyId, name: row.name },
  });
}

export async function listApiKeys(tx: Tx, serviceId: string): Promise<ApiKey[]> {
  const rows = await organisationsTables(tx)
    .selectFrom('api_keys')
    .select(['id', 'name', 'kind', 'created_at', 'created_by', 'revoked_at'])
    .where('organisation_id', '=', tx.organisationId)
    .where('service_id', '=', serviceId)
    .orderBy('id', 'desc')
    .execute();
  return rows.map((row) => ({
    id: row.id,
    name: row.name,
    kind: oneOf(keyKinds, row.kind),
    createdAt: row.created_at,
    createdBy: row.created_by,
    revokedAt: row.revoked_at,
  }));
}

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

/**
 * Checks a token: a JWT (RFC 7519) signed with HS256 by a key of the service that `iss` names, made within 30 seconds of
 * now. The message says the same whatever was wrong; only `fault` tells whether it was the service, the key or the time.
 *
 * @throws TokenRefusal
 */
export async function verifyToken(database: Database, keyring: Keyring, token: string): Promise<KeyHolder> {
  const { serviceId, claims, signed, signature } = readToken(token);
  const keys = await findKeys(database, serviceId);
  if (keys.length === 0) throw new TokenRefusal('no service');
  if (keys.every((key) => key.id === null)) throw new TokenRefusal('no keys');
  for (const key of keys) {
    if (key.id === null) continue;
    const expected = createHmac('sha256', secretOf(keyring, { ...key, id: key.id }))
      .update(signed)
      .digest();
    if (signature.length !== expected.length || !timingSafeEqual(signature, expected)) continue;
    refuseOtherTimes(claims);
    if (key.revoked) throw new TokenRefusal('key revoked');
    return {
      organisationId: key.organisation_id,
      serviceId,
      serviceName: key.service_name,
      keyId: key.id,
      keyName: key.name,
      kind: key.kind,
    };
  }
  throw new TokenRefusal('no key of these');
}

interface FoundKey {
  readonly organisation_id: string;
  /** Null in the one row of a service that has no key. */
  readonly id: string | null;
  readonly name: string;
  readonly kind: KeyKind;
  readonly sealed_secret: Buffer;
  readonly revoked: boolean;
  readonly service_name: string;
}

/** What is being asked of a service's keys, and what is asked next: by those that came meanwhile, all together. */
const finding = new Map<string, { now: Promise<FoundKey[]>; next: Promise<FoundKey[]> | undefined }>();

/**
 * The keys of a service, once for those that come together. Nobody is given an answer that was asked for before they came:
 * a key may have been made or revoked in between.
 */
function findKeys(database: Database, serviceId: string): Promise<FoundKey[]> {
  const asked = finding.get(serviceId);
  if (asked === undefined) return askKeys(database, serviceId);
  const again = (): Promise<FoundKey[]> => askKeys(database, serviceId);
  asked.next ??= asked.now.then(again, again);
  return asked.next;
}

function askKeys(database: Database, serviceId: string): Promise<FoundKey[]> {
  const now = database.find<FoundKey>('select * from organisations.find_api_keys($1)', [serviceId]);
  const asked = { now, next: undefined };
  finding.set(serviceId, asked);
  const forget = (): void => {
    // Where somebody waits, the next question takes its place.
    if (finding.get(serviceId) === asked && asked.next === undefined) finding.delete(serviceId);
  };
  now.then(forget, forget);
  return now;
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
  const secret = createSecretKey(keyring.open(placeOf(key.organisation_id, key.id), key.sealed_secret));
  opened.set(name, secret);
  return secret;
}

/** @throws TokenRefusal where a token was made too long ago, or is to be made yet, or says itself that it is not valid now. */
function refuseOtherTimes(claims: Readonly<Record<string, unknown>>): void {
  const now = Date.now() / 1000;
  const { iat = 0, exp = Infinity, nbf = -Infinity } = claims;
  if (typeof iat !== 'number' || typeof exp !== 'number' || typeof nbf !== 'number') throw new TokenRefusal('clock');
  if (Math.abs(now - iat) > longestSkewSeconds || exp <= now || nbf > now) throw new TokenRefusal('clock');
}

export function placeOf(organisationId: string, keyId: string): string {
  return sealedPlace('organisations.api_keys.sealed_secret', organisationId, keyId);
}

/** What a token says, RFC 7515 section 7.1. Nothing of it is believed yet. */
function readToken(token: string): {
  serviceId: string;
  claims: Readonly<Record<string, unknown>>;
  signed: string;
  signature: Buffer;
} {
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

function readPart(text: string): Readonly<Record<string, unknown>> | null {
  try {
    const value: unknown = JSON.parse(Buffer.from(text, 'base64url').toString());
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : null;
  } catch {
    return null;
  }
}

/** Whether an address is that of somebody who works on a service: whom its team keys may send to. */
export async function isTeamAddress(tx: Tx, serviceId: string, email: string): Promise<boolean> {
  const found = await organisationsTables(tx)
    .selectFrom('people')
    .innerJoin('roles', (join) =>
      join.onRef('roles.organisation_id', '=', 'people.organisation_id').onRef('roles.person_id', '=', 'people.id'),
    )
    .select('people.id')
    .where('people.organisation_id', '=', tx.organisationId)
    .where('people.email', '=', email.trim().toLowerCase())
    .where('people.left_at', 'is', null)
    .where('roles.ended_at', 'is', null)
    .where((where) => where.or([where('roles.service_id', 'is', null), where('roles.service_id', '=', serviceId)]))
    .executeTakeFirst();
  return found !== undefined;
}
