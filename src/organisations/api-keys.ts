import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import { isDuplicate, newId, oneOf, Problem, recordAudit, sealedPlace, type Keyring, type Tx } from '#platform';
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
        sealed_secret: keyring.seal(placeOfSecret(tx.organisationId, id), secret),
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

/** Which of these keys of the organisation are in force at this moment. */
export async function listKeysInForce(tx: Tx, keyIds: readonly string[]): Promise<Set<string>> {
  const rows = await organisationsTables(tx)
    .selectFrom('api_keys')
    .select('id')
    .where('organisation_id', '=', tx.organisationId)
    // One parameter however many there are, so that it stays one statement to the database.
    .where(sql<boolean>`id = any(${keyIds}::uuid[])`)
    .where('revoked_at', 'is', null)
    .execute();
  return new Set(rows.map((row) => row.id));
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

export function placeOfSecret(organisationId: string, keyId: string): string {
  return sealedPlace('organisations.api_keys.sealed_secret', organisationId, keyId);
}
