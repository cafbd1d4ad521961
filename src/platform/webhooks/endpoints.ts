import { sql } from 'kysely';
import { oneOf } from '../choices.ts';
import type { Tx } from '../database.ts';
import { newId } from '../ids.ts';
import { addJob } from '../jobs.ts';
import { sealedPlace } from '../part.ts';
import { Problem } from '../problem.ts';
import type { Keyring } from '../secrets.ts';
import type { DB } from '../tables.generated.ts';
import type { PermittedAddresses } from './addresses.ts';
import type { EndpointKind } from './schedules.ts';
import { isSigningSecret, newSigningSecret } from './signatures.ts';

/** Forgets what an endpoint was told longer ago than it is to be kept; begins itself again every day. */
export const forgetJob = 'platform.forget-webhooks';

/** Where somebody else's system is told what happened. */
export interface WebhookEndpoint {
  readonly id: string;
  readonly ownerKind: string;
  readonly ownerId: string;
  readonly kind: EndpointKind;
  readonly url: string;
  readonly keepDays: number;
  readonly createdAt: string;
  /** When it answered that it is gone; nothing is sent to it since. */
  readonly disabledAt: string | null;
}

/** What belongs together: `{ ownerKind: 'forms.output', ownerId: the output's id }`. */
export interface WebhookOwner {
  readonly ownerKind: string;
  readonly ownerId: string;
}

/** Adds, changes and reads endpoints; each call in the caller's transaction. */
export interface WebhookEndpoints {
  /**
   * Adds an endpoint. Who may do so, and the audit trail, are the caller's.
   *
   * @param values.kind `webhook` (the default) as the Standard Webhooks specification has it; `callback` posts the body as it
   *   is, and is tried again five times after errors of the network and of the server.
   * @param values.secret a signing secret in the specification's form, where the receiver has one already.
   * @param values.bearerToken sent as `Authorization: Bearer`.
   * @param values.keepDays for how long what was sent is kept.
   * @returns the secret as well: show it, it is read again by `secret` only.
   * @throws Problem unprocessable, with the place `url` or `secret`.
   */
  add(
    tx: Tx,
    values: WebhookOwner & {
      url: string;
      kind?: EndpointKind;
      secret?: string;
      bearerToken?: string;
      keepDays?: number;
    },
  ): Promise<{ endpointId: string; secret: string }>;
  /** Changes where it goes, or the bearer token (null takes it away), and switches on again what was disabled. */
  change(tx: Tx, endpointId: string, values: { url?: string; bearerToken?: string | null }): Promise<void>;
  /** Makes a new secret. For so many hours what is sent carries a signature of the old one too. */
  rotateSecret(tx: Tx, endpointId: string, options?: { keepOldHours?: number }): Promise<{ secret: string }>;
  /** The newest signing secret. */
  secret(tx: Tx, endpointId: string): Promise<string>;
  /** Takes an endpoint away: what waits for it is not sent any more. What was sent is still shown until its time is up. */
  remove(tx: Tx, endpointId: string): Promise<void>;
  /** The endpoints of an owner, the oldest first. */
  list(tx: Tx, owner: WebhookOwner): Promise<WebhookEndpoint[]>;
  /** @throws Problem not-found. */
  get(tx: Tx, endpointId: string): Promise<WebhookEndpoint>;
}

/** What is sealed of an endpoint. */
export interface Credentials {
  /** The newest first; an older one has the time until which it still signs. */
  readonly secrets: readonly { readonly secret: string; readonly until?: string }[];
  readonly bearerToken: string | null;
}

const standardKeepDays = 30;

/** The endpoints of every organisation, as parts of the program add and change them. */
export function keepEndpoints(keyring: Keyring, addresses: PermittedAddresses): WebhookEndpoints {
  async function changeCredentials(
    tx: Tx,
    endpointId: string,
    change: (credentials: Credentials) => Credentials,
  ): Promise<void> {
    const row = await present(tx, endpointId).select('sealed_credentials').forUpdate().executeTakeFirst();
    if (row === undefined) throw new Problem('not-found');
    const credentials = change(openCredentials(keyring, tx.organisationId, endpointId, row.sealed_credentials));
    await changing(tx, endpointId)
      .set({ sealed_credentials: sealCredentials(keyring, tx.organisationId, endpointId, credentials) })
      .execute();
  }

  function refuseUrl(url: string): void {
    const wrong = addresses.whyNot(url);
    if (wrong === undefined) return;
    throw new Problem('unprocessable', { message: wrong, places: [{ place: 'url', message: wrong }] });
  }

  return {
    async add(tx, values) {
      const { ownerKind, ownerId, kind = 'webhook', secret = newSigningSecret(), bearerToken = null } = values;
      refuseUrl(values.url);
      if (!isSigningSecret(secret)) {
        const message = 'The secret must be whsec_ and 24 to 64 bytes in base64.';
        throw new Problem('unprocessable', { message, places: [{ place: 'secret', message }] });
      }
      const id = newId();
      const credentials = { secrets: [{ secret }], bearerToken };
      await platformTables(tx)
        .insertInto('webhook_endpoints')
        .values({
          organisation_id: tx.organisationId,
          id,
          owner_kind: ownerKind,
          owner_id: ownerId,
          kind,
          url: values.url,
          sealed_credentials: sealCredentials(keyring, tx.organisationId, id, credentials),
          keep_days: values.keepDays ?? standardKeepDays,
        })
        .execute();
      await addJob(tx, forgetJob, { endpointId: id }, { runAt: inADay() });
      return { endpointId: id, secret };
    },

    async change(tx, endpointId, { url, bearerToken }) {
      if (url !== undefined) refuseUrl(url);
      if (bearerToken !== undefined) {
        await changeCredentials(tx, endpointId, (credentials) => ({ ...credentials, bearerToken }));
      }
      const { numUpdatedRows } = await changing(tx, endpointId)
        .set({ disabled_at: null, ...(url === undefined ? {} : { url }) })
        .executeTakeFirstOrThrow();
      if (numUpdatedRows === 0n) throw new Problem('not-found');
    },

    async rotateSecret(tx, endpointId, { keepOldHours = 24 } = {}) {
      const secret = newSigningSecret();
      const until = new Date(Date.now() + keepOldHours * 3_600_000).toISOString();
      await changeCredentials(tx, endpointId, (credentials) => ({
        ...credentials,
        // Of the old ones only the newest is carried on: two signatures are all that a receiver has to expect.
        secrets: [{ secret }, ...credentials.secrets.slice(0, 1).map((old) => ({ secret: old.secret, until }))],
      }));
      return { secret };
    },

    async secret(tx, endpointId) {
      const row = await present(tx, endpointId).select('sealed_credentials').executeTakeFirst();
      if (row === undefined) throw new Problem('not-found');
      const { secrets } = openCredentials(keyring, tx.organisationId, endpointId, row.sealed_credentials);
      return secrets[0]?.secret ?? '';
    },

    async remove(tx, endpointId) {
      const { numUpdatedRows } = await changing(tx, endpointId)
        .set({ removed_at: sql<string>`now()` })
        .executeTakeFirstOrThrow();
      if (numUpdatedRows === 0n) throw new Problem('not-found');
      await platformTables(tx)
        .updateTable('webhook_deliveries')
        .set({ state: 'dead', next_attempt_at: null, ended_at: sql<string>`now()` })
        .where('organisation_id', '=', tx.organisationId)
        .where('endpoint_id', '=', endpointId)
        .where('state', '=', 'waiting')
        .execute();
    },

    async list(tx, { ownerKind, ownerId }) {
      const rows = await platformTables(tx)
        .selectFrom('webhook_endpoints')
        .selectAll()
        .where('organisation_id', '=', tx.organisationId)
        .where('owner_kind', '=', ownerKind)
        .where('owner_id', '=', ownerId)
        .where('removed_at', 'is', null)
        .orderBy('id')
        .execute();
      return rows.map(shapeEndpoint);
    },

    async get(tx, endpointId) {
      const row = await present(tx, endpointId).selectAll().executeTakeFirst();
      if (row === undefined) throw new Problem('not-found');
      return shapeEndpoint(row);
    },
  };
}

/** The tables of the platform, in a transaction. */
export function platformTables(tx: Tx) {
  return tx.tables<DB>('platform');
}

function present(tx: Tx, endpointId: string) {
  return platformTables(tx)
    .selectFrom('webhook_endpoints')
    .where('organisation_id', '=', tx.organisationId)
    .where('id', '=', endpointId)
    .where('removed_at', 'is', null);
}

function changing(tx: Tx, endpointId: string) {
  return platformTables(tx)
    .updateTable('webhook_endpoints')
    .where('organisation_id', '=', tx.organisationId)
    .where('id', '=', endpointId)
    .where('removed_at', 'is', null);
}

/** The time a day from now. */
export function inADay(): string {
  return new Date(Date.now() + 86_400_000).toISOString();
}

/** The secrets and the bearer token of an endpoint. */
export function openCredentials(
  keyring: Keyring,
  organisationId: string,
  endpointId: string,
  sealed: Buffer,
): Credentials {
  return JSON.parse(keyring.open(placeOfCredentials(organisationId, endpointId), sealed).toString());
}

function sealCredentials(
  keyring: Keyring,
  organisationId: string,
  endpointId: string,
  credentials: Credentials,
): Buffer {
  return keyring.seal(placeOfCredentials(organisationId, endpointId), JSON.stringify(credentials));
}

function placeOfCredentials(organisationId: string, endpointId: string): string {
  return sealedPlace('platform.webhook_endpoints.sealed_credentials', organisationId, endpointId);
}

function shapeEndpoint(row: {
  id: string;
  owner_kind: string;
  owner_id: string;
  kind: string;
  url: string;
  keep_days: number;
  created_at: string;
  disabled_at: string | null;
}): WebhookEndpoint {
  return {
    id: row.id,
    ownerKind: row.owner_kind,
    ownerId: row.owner_id,
    kind: oneOf(['webhook', 'callback'], row.kind),
    url: row.url,
    keepDays: row.keep_days,
    createdAt: row.created_at,
    disabledAt: row.disabled_at,
  };
}
