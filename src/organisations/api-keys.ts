import { randomUUID } from 'node:crypto';
import { decodeJwt, errors, jwtVerify } from 'jose';
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

/**
 * Checks a token: a JWT (RFC 7519) signed with HS256 by a key of the service that `iss` names, made within 30 seconds of
 * now. Nothing says whether the service, the key or the signature was wrong.
 *
 * @throws Problem not-signed-in
 */
export async function verifyToken(database: Database, keyring: Keyring, token: string): Promise<KeyHolder> {
  const serviceId = issuerOf(token);
  if (serviceId === undefined) throw refused('it is not a JWT whose issuer is a service');
  const keys = await database.find<{
    organisation_id: string;
    id: string | null;
    name: string;
    kind: KeyKind;
    sealed_secret: Buffer;
    revoked: boolean;
    service_name: string;
  }>('select * from organisations.find_api_keys($1)', [serviceId]);
  for (const key of keys) {
    if (key.id === null || key.revoked) continue;
    const secret = keyring.open(placeOf(key.organisation_id, key.id), key.sealed_secret);
    try {
      await jwtVerify(token, secret, { algorithms: ['HS256'], maxTokenAge: 30, clockTolerance: 30, issuer: serviceId });
    } catch (error) {
      if (error instanceof errors.JWSSignatureVerificationFailed) continue;
      throw refused('it has expired, or the clock of whoever made it is wrong', error);
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
  throw refused('no key of that service signed it');
}

export function placeOf(organisationId: string, keyId: string): string {
  return sealedPlace('organisations.api_keys.sealed_secret', organisationId, keyId);
}

function issuerOf(token: string): string | undefined {
  try {
    const { iss } = decodeJwt(token);
    return iss !== undefined && isId(iss) ? iss : undefined;
  } catch {
    return undefined;
  }
}

function refused(detail: string, cause?: unknown): Problem {
  return new Problem('not-signed-in', {
    title: 'The token is not valid',
    message:
      'Send Authorization: Bearer and a JWT that is signed (HS256) with a live key of the service, has the service’s id as iss, and was made in the last 30 seconds.',
    detail,
    cause,
  });
}
