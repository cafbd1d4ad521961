import { join, resolve } from 'node:path';
import type { Settings } from '#platform';
import { bareCommand, say, UsageProblem, type Words } from './command.ts';
import { ownerUrlOf, ownSettings, withDatabase } from './surroundings.ts';

/** Brings the database's tables up to date. */
export async function migrateDatabase(): Promise<void> {
  await withDatabase('alone', async (settings) => {
    const { migrate } = await import('../main.ts');
    await migrate(settings);
    say('The tables are up to date.');
  });
}

/** Makes a platform operator, and prints the link to sign in with. */
export async function addOperator([action, email = '']: Words): Promise<void> {
  if (action !== 'add')
    throw new UsageProblem(`There is no "operator ${action}". Use: ${bareCommand} operator add EMAIL`);
  await withDatabase('beside the program', async (settings) => {
    const program = await import('../main.ts');
    const link = await program.addOperator(settings, email);
    say(`${email} may sign in once with this link:`);
    console.log(link);
  });
}

/** Writes the database and the uploads into a file. */
export async function backUp(file: string): Promise<void> {
  await withDatabase('beside the program', async (settings) => {
    const { backUpDatabase } = await import('../platform/backup/index.ts');
    const manifest = await backUpDatabase(ownerUrlOf(settings), resolve(file), uploadsFolderOf(settings));
    const rows = manifest.tables.reduce((sum, table) => sum + table.rows, 0);
    say(
      `${resolve(file)} holds ${rows} rows of ${manifest.tables.length} tables, and ${manifest.uploads.length} uploads.`,
    );
    say(`The encryption key is not in it: ${await whereKeysAre(settings)} Keep a copy apart from the backup.`);
  });
}

/** Fills an empty database from such a file. */
export async function restoreFrom(file: string): Promise<void> {
  await withDatabase('alone', async (settings) => {
    const { migrate } = await import('../main.ts');
    await migrate(settings);
    const { restoreDatabase } = await import('../platform/backup/index.ts');
    const manifest = await restoreDatabase(ownerUrlOf(settings), resolve(file), uploadsFolderOf(settings));
    const rows = manifest.tables.reduce((sum, table) => sum + table.rows, 0);
    say(
      `Restored ${rows} rows of ${manifest.tables.length} tables, and ${manifest.uploads.length} uploads, and compared them.`,
    );
    say(
      `The encryption key is not in the backup: ${await whereKeysAre(settings)} It must be the one of the backed-up system.`,
    );
  });
}

function uploadsFolderOf(settings: Settings): string {
  return join(settings.dataFolder, 'uploads');
}

async function whereKeysAre(settings: Settings): Promise<string> {
  if ((await ownSettings()).encryptionKeys.length > 0) return 'it is in the setting ENCRYPTION_KEYS.';
  const { encryptionKeyFile } = await import('../platform/embedded-postgres/index.ts');
  return `it is in ${encryptionKeyFile(settings.dataFolder)}.`;
}

/** Encrypts everything anew with the newest key, which for an embedded database it makes. */
export async function rotateKeys(): Promise<void> {
  await withDatabase('alone', async (settings) => {
    const program = await import('../main.ts');
    let encryptionKeys = settings.encryptionKeys;
    if ((await ownSettings()).encryptionKeys.length === 0) {
      const { addEncryptionKey } = await import('../platform/embedded-postgres/index.ts');
      encryptionKeys = addEncryptionKey(settings.dataFolder);
    }
    const count = await program.rotateKeys({ ...settings, encryptionKeys });
    say(
      `${count} values were encrypted anew; all have the newest key now. Keep the old ones: older backups need them.`,
    );
  });
}
