import { createHash } from 'node:crypto';
import { listOrganisations } from '#organisations';
import {
  isDuplicate,
  newId,
  oneOf,
  Problem,
  recordAudit,
  sealedPlace,
  type Database,
  type Keyring,
  type Scope,
  type Tx,
} from '#platform';
import { sql } from 'kysely';
import { Check } from 'typebox/value';
import { notifyTables } from '../database.ts';
import { openCircuit, stateOf, type Circuit, type CircuitState } from './circuits.ts';
import { httpTextSettings, providerKinds, type ProviderKind } from './kinds.ts';
import { channels, type Channel, type Provider } from './provider.ts';

/** How long what is known of the providers is believed, in milliseconds: what operators change is heard of within that. */
const believedFor = 1000;

/** A provider as operators see it. */
export interface ProviderRow {
  readonly id: string;
  readonly channel: Channel;
  readonly kind: ProviderKind;
  readonly name: string;
  readonly priority: number;
  readonly enabled: boolean;
  /** Set by the environment of the program, and not on the page. */
  readonly fromEnvironment: boolean;
  readonly circuit: CircuitState;
  readonly lastFailureAt: string | null;
  readonly lastFailure: string | null;
}

/** A provider that messages can be given to. */
export interface OpenProvider {
  readonly id: string;
  readonly name: string;
  readonly provider: Provider;
  readonly circuit: Circuit;
}

/** A provider that the environment of the program names. */
export interface GivenProvider {
  /** The setting that names it, such as `SMTP_URL`: its name on pages. */
  readonly name: string;
  readonly kind: ProviderKind;
  readonly settings: unknown;
}

/** The providers of the whole government. */
export interface Providers {
  /** Those of a channel that are switched on, in the order in which they are asked. */
  of(channel: Channel): readonly OpenProvider[];
  /** How many messages they may be given at once; one, to find out, while none of them works. */
  capacity(channel: Channel): number;
  /** Reads them anew where that is due. */
  refresh(options?: { now?: boolean }): Promise<void>;
  /** The secret with which a provider of text messages signs what it tells us; null where it has none. */
  findSecret(providerId: string): Promise<{ name: string; secret: string } | null>;
  /** For operators. */
  list(): Promise<ProviderRow[]>;
  add(scope: Scope, values: ProviderValues): Promise<string>;
  /** Changes what is given; of its settings too. Its kind stays. */
  change(scope: Scope, id: string, values: Partial<Omit<ProviderValues, 'kind'>>): Promise<void>;
  remove(scope: Scope, id: string): Promise<void>;
  close(): Promise<void>;
}

/** What operators say of a provider. `settings` are those of its kind. */
export interface ProviderValues {
  readonly kind: ProviderKind;
  readonly name: string;
  readonly priority: number;
  readonly enabled: boolean;
  readonly settings: unknown;
}

/**
 * @param open makes a provider of a kind and its settings; throws where they cannot be used.
 * @param given what the environment names.
 */
export function createProviders({
  database,
  keyring,
  given,
  open,
}: {
  database: Database;
  keyring: Keyring;
  given: readonly GivenProvider[];
  open: (kind: ProviderKind, settings: unknown, name: string) => Provider;
}): Providers {
  let root: Scope | undefined;
  let readAt = -Infinity;
  let reading: Promise<void> | undefined;
  const opened = new Map<string, OpenProvider & { fingerprint: string; channel: Channel; priority: number }>();

  async function findRoot(): Promise<Scope | undefined> {
    if (root !== undefined) return root;
    const id = (await listOrganisations(database)).find((each) => each.parentId === null)?.id;
    if (id !== undefined) root = { organisationId: id, actor: { kind: 'system', name: 'notify.providers' } };
    return root;
  }

  /** The rows of all providers; what the environment names and nobody has seen yet becomes one. */
  async function rowsOf(scope: Scope): ReturnType<typeof readRows> {
    const rows = await database.transact(scope, readRows);
    const missing = given.filter(({ name }) => !rows.some((row) => row.from_environment && row.name === name));
    if (missing.length === 0) return rows;
    await database.transact(scope, (tx) => addGiven(tx, missing));
    return database.transact(scope, readRows);
  }

  async function read(): Promise<void> {
    const scope = await findRoot();
    if (scope === undefined) return;
    const rows = await rowsOf(scope);
    const present = new Set<string>();
    for (const row of rows) {
      const settings = settingsOf(scope, row);
      // What the environment no longer names is not asked, and its row stays until it is named again.
      if (!row.enabled || settings === undefined) continue;
      present.add(row.id);
      const fingerprint = createHash('sha256')
        .update(JSON.stringify([row.kind, row.name, settings]))
        .digest('hex');
      const known = opened.get(row.id);
      if (known?.fingerprint === fingerprint) {
        known.circuit.see(stateOf(row));
        opened.set(row.id, { ...known, priority: row.priority });
        continue;
      }
      await known?.provider.close();
      opened.set(row.id, {
        id: row.id,
        name: row.name,
        fingerprint,
        channel: oneOf(channels, row.channel),
        priority: row.priority,
        provider: open(oneOf(kindNames, row.kind), settings, row.name),
        circuit: openCircuit(database, scope, row.id, stateOf(row)),
      });
    }
    for (const [id, { provider }] of opened) {
      if (present.has(id)) continue;
      opened.delete(id);
      await provider.close();
    }
  }

  function settingsOf(
    scope: Scope,
    row: { id: string; name: string; from_environment: boolean; sealed_settings: Buffer | null },
  ): unknown {
    return row.from_environment
      ? given.find(({ name }) => name === row.name)?.settings
      : openSettings(keyring, scope.organisationId, row.id, row.sealed_settings);
  }

  async function inRoot<T>(scope: Scope, work: (tx: Tx) => Promise<T>): Promise<T> {
    const result = await database.transact(scope, work);
    readAt = -Infinity;
    return result;
  }

  /** The present settings of a provider with some of them changed. @throws Problem unprocessable where they cannot be used. */
  async function mergeSettings(tx: Tx, id: string, changed: unknown): Promise<object> {
    const row = await notifyTables(tx)
      .selectFrom('providers')
      .select(['kind', 'sealed_settings'])
      .where('organisation_id', '=', tx.organisationId)
      .where('id', '=', id)
      .executeTakeFirst();
    const present = openSettings(keyring, tx.organisationId, id, row?.sealed_settings ?? null);
    if (row === undefined || present === undefined) throw new Problem('not-found');
    const settings = { ...asObject(present), ...asObject(changed) };
    checkSettings({ kind: oneOf(kindNames, row.kind), settings });
    return settings;
  }

  function checkSettings({ kind, settings }: { kind: ProviderKind; settings: unknown }): void {
    const wrong = providerKinds[kind].whyNot(settings);
    if (wrong !== undefined) {
      throw new Problem('unprocessable', { message: wrong, places: [{ place: 'settings', message: wrong }] });
    }
  }

  return {
    of: (channel) =>
      [...opened.values()]
        .filter((each) => each.channel === channel)
        .toSorted((one, other) => one.priority - other.priority || (one.id < other.id ? -1 : 1)),

    capacity(channel) {
      const works = [...opened.values()].filter(
        (each) => each.channel === channel && each.circuit.state.openedAt === null,
      );
      return Math.max(
        1,
        works.reduce((sum, { provider }) => sum + provider.capacity, 0),
      );
    },

    async refresh({ now = false } = {}) {
      if (!now && performance.now() - readAt < believedFor) return;
      reading ??= read().finally(() => {
        reading = undefined;
        readAt = performance.now();
      });
      await reading;
    },

    async findSecret(providerId) {
      const scope = await findRoot();
      if (scope === undefined) return null;
      const row = (await database.transact(scope, readRows)).find((each) => each.id === providerId && each.enabled);
      if (row === undefined) return null;
      const settings = settingsOf(scope, row);
      if (!Check(httpTextSettings, settings) || settings.secret === undefined) return null;
      return { name: row.name, secret: settings.secret };
    },

    async list() {
      const scope = await findRoot();
      if (scope === undefined) return [];
      const rows = await rowsOf(scope);
      return rows
        .filter((row) => !row.from_environment || given.some(({ name }) => name === row.name))
        .map((row) => ({
          id: row.id,
          channel: oneOf(channels, row.channel),
          kind: oneOf(kindNames, row.kind),
          name: row.name,
          priority: row.priority,
          enabled: row.enabled,
          fromEnvironment: row.from_environment,
          circuit: stateOf(row),
          lastFailureAt: row.last_failure_at,
          lastFailure: row.last_failure,
        }));
    },

    add(scope, values) {
      checkSettings(values);
      return refusingNames(() =>
        inRoot(scope, async (tx) => {
          const id = newId();
          await notifyTables(tx)
            .insertInto('providers')
            .values({
              organisation_id: tx.organisationId,
              id,
              channel: providerKinds[values.kind].channel,
              kind: values.kind,
              name: values.name,
              priority: values.priority,
              enabled: values.enabled,
              sealed_settings: sealSettings(keyring, tx.organisationId, id, values.settings),
            })
            .execute();
          await recordAudit(tx, {
            action: 'notify.provider-added',
            subject: { kind: 'provider', id, name: values.name },
            detail: { kind: values.kind },
          });
          return id;
        }),
      );
    },

    async change(scope, id, values) {
      await refusingNames(() =>
        inRoot(scope, async (tx) => {
          const settings = values.settings === undefined ? undefined : await mergeSettings(tx, id, values.settings);
          const row = await notifyTables(tx)
            .updateTable('providers')
            .set({
              ...(values.name === undefined ? {} : { name: values.name }),
              ...(values.priority === undefined ? {} : { priority: values.priority }),
              ...(values.enabled === undefined ? {} : { enabled: values.enabled }),
              ...(settings === undefined
                ? {}
                : { sealed_settings: sealSettings(keyring, tx.organisationId, id, settings) }),
              // Somebody has seen to it: it is asked again at once.
              failures: 0,
              openings: 0,
              opened_at: null,
              probe_at: null,
            })
            .where('organisation_id', '=', tx.organisationId)
            .where('id', '=', id)
            .where(settings === undefined ? sql<boolean>`true` : sql<boolean>`not from_environment`)
            .returning('name')
            .executeTakeFirst();
          if (row === undefined) throw new Problem('not-found');
          await recordAudit(tx, {
            action: 'notify.provider-changed',
            subject: { kind: 'provider', id, name: row.name },
            detail: { changed: Object.keys(values).join(', ') },
          });
        }),
      );
    },

    async remove(scope, id) {
      await inRoot(scope, async (tx) => {
        const row = await notifyTables(tx)
          .deleteFrom('providers')
          .where('organisation_id', '=', tx.organisationId)
          .where('id', '=', id)
          .where('from_environment', '=', false)
          .returning('name')
          .executeTakeFirst();
        if (row === undefined) throw new Problem('not-found');
        await recordAudit(tx, { action: 'notify.provider-removed', subject: { kind: 'provider', id, name: row.name } });
      });
    },

    async close() {
      for (const { provider } of opened.values()) await provider.close();
      opened.clear();
    },
  };
}

const kindNames: readonly ProviderKind[] = ['smtp', 'smpp', 'http-text', 'folder'];

/** Two providers of one name could not be told apart beside a message. */
async function refusingNames<T>(add: () => Promise<T>): Promise<T> {
  try {
    return await add();
  } catch (error) {
    if (!isDuplicate(error, 'providers_by_name')) throw error;
    const message = 'Another provider has this name. Choose another.';
    throw new Problem('unprocessable', { message, places: [{ place: 'name', message }] });
  }
}

function readRows(tx: Tx) {
  return notifyTables(tx)
    .selectFrom('providers')
    .selectAll()
    .where('organisation_id', '=', tx.organisationId)
    .orderBy('channel')
    .orderBy('priority')
    .orderBy('id')
    .execute();
}

async function addGiven(tx: Tx, given: readonly GivenProvider[]): Promise<void> {
  await notifyTables(tx)
    .insertInto('providers')
    .values(
      given.map(({ name, kind }) => ({
        organisation_id: tx.organisationId,
        id: newId(),
        channel: providerKinds[kind].channel,
        kind,
        name,
        from_environment: true,
      })),
    )
    // Another process was first.
    .onConflict((conflict) => conflict.columns(['organisation_id', 'name']).doNothing())
    .execute();
}

function sealSettings(keyring: Keyring, organisationId: string, id: string, settings: unknown): Buffer {
  return keyring.seal(placeOfSettings(organisationId, id), JSON.stringify(settings));
}

function openSettings(keyring: Keyring, organisationId: string, id: string, sealed: Buffer | null): unknown {
  if (sealed === null) return undefined;
  const settings: unknown = JSON.parse(keyring.open(placeOfSettings(organisationId, id), sealed).toString());
  return settings;
}

function asObject(settings: unknown): object {
  return typeof settings === 'object' && settings !== null ? settings : {};
}

function placeOfSettings(organisationId: string, id: string): string {
  return sealedPlace('notify.providers.sealed_settings', organisationId, id);
}
