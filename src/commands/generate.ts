import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { generate } from '../generate.ts';
import { startEmbeddedPostgres } from '../platform/embedded-postgres/index.ts';
import { say } from './command.ts';

/**
 * Makes the generated files anew, or only says which are stale. It uses a database that is made for it and thrown away, so
 * that what it writes depends on the migrations alone.
 */
export async function generateFiles(onlyCheck: boolean): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'commonhold-generate-'));
  const database = await startEmbeddedPostgres({ folder, say: () => {}, temporary: true });
  try {
    const stale = await generate(database.databaseOwnerUrl, { write: !onlyCheck });
    for (const path of stale) say(`${onlyCheck ? 'Stale' : 'Written'}: ${path}`);
    if (stale.length === 0) say('All generated files are current.');
    else if (onlyCheck) process.exitCode = 1;
  } finally {
    await database.stop();
  }
}
