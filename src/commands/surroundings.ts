import { join } from 'node:path';
import type { PostgresAddresses } from '../platform/embedded-postgres/index.ts';
import type { Settings } from '#platform';
import { say, UsageProblem } from './command.ts';

// What a command does not need is not loaded: a second start is to be up within three seconds.

/** The project's folder. */
export const root = join(import.meta.dirname, '..', '..');

/** The settings of the environment; the data folder is the project's, from whatever folder the command is run. */
export async function ownSettings(): Promise<Settings> {
  const { readSettings } = await import('#platform');
  return readSettings({ ...process.env, DATA_FOLDER: process.env['DATA_FOLDER'] ?? join(root, '.data') });
}

/** The same settings with the embedded database, and its encryption keys. */
export async function withEmbedded(settings: Settings, database: PostgresAddresses): Promise<Settings> {
  const { ensureEncryptionKeys } = await import('../platform/embedded-postgres/index.ts');
  return {
    ...settings,
    databaseUrl: database.databaseUrl,
    databaseOwnerUrl: database.databaseOwnerUrl,
    encryptionKeys:
      settings.encryptionKeys.length > 0 ? settings.encryptionKeys : ensureEncryptionKeys(settings.dataFolder),
  };
}

/**
 * Gives a command its database: the one of DATABASE_URL, or the embedded one, started for the command.
 *
 * @param company whether the command may use the database of a program that is running: 'alone' refuses
 */
export async function withDatabase(
  company: 'alone' | 'beside the program',
  act: (settings: Settings) => Promise<void>,
): Promise<void> {
  const settings = await ownSettings();
  if (settings.databaseUrl !== undefined || settings.databaseOwnerUrl !== undefined) {
    await act(settings);
    return;
  }
  const { findRunningPostgres, startEmbeddedPostgres } = await import('../platform/embedded-postgres/index.ts');
  const running = company === 'alone' ? undefined : findRunningPostgres(settings.dataFolder);
  if (running) {
    await act(await withEmbedded(settings, running));
    return;
  }
  const database = await startEmbeddedPostgres({ folder: settings.dataFolder, address: settings.publicUrl, say });
  try {
    await act(await withEmbedded(settings, database));
  } finally {
    await database.stop();
  }
}

/** @throws UsageProblem where it is not set. */
export function ownerUrlOf({ databaseOwnerUrl }: Settings): string {
  if (databaseOwnerUrl === undefined) {
    throw new UsageProblem(
      'DATABASE_OWNER_URL is not set. Set it to the same database as DATABASE_URL, with the login that owns the tables.',
    );
  }
  return databaseOwnerUrl;
}
