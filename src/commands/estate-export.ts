import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { exportedTables, exportTable, readEstate, writeReleasePackage } from '#estate';
import { listOrganisations } from '#organisations';
import { createCalendar, recordAudit, type Scope, type Settings } from '#platform';
import { joinParts } from '../main.ts';

/**
 * Takes the whole estate out into a folder, as it is at one moment: each table as CSV, and the contracts as a release
 * package of the Open Contracting Data Standard. Files of these names that are there are replaced.
 *
 * @returns the paths of the files.
 * @throws Error where there is no government yet, or the folder cannot be written to.
 */
export async function exportEstate(settings: Settings, folder: string): Promise<string[]> {
  const { database } = await joinParts(settings, settings.databaseUrl ?? '');
  try {
    const government = (await listOrganisations(database)).find((each) => each.parentId === null);
    if (government === undefined) {
      throw new Error('There is no government yet. Run "bin/commonhold operator add EMAIL" first.');
    }
    await mkdir(folder, { recursive: true });
    const scope: Scope = { organisationId: government.id, actor: { kind: 'system', name: 'command line' } };
    return await database.transact(scope, async (tx) => {
      const estate = await readEstate(tx, createCalendar(settings.timeZone).today());
      const paths: string[] = [];
      const write = async (name: string, text: string): Promise<void> => {
        const path = join(folder, name);
        await writeFile(path, text);
        paths.push(path);
      };
      // The mark tells spreadsheets that a file is UTF-8.
      for (const table of exportedTables) await write(`${table}.csv`, `\uFEFF${await exportTable(tx, estate, table)}`);
      const released = writeReleasePackage(estate, {
        uri: `${settings.publicUrl}/staff/estate/exports/ocds`,
        publisher: settings.governmentName,
        publishedAt: new Date().toISOString(),
      });
      await write('contracts-ocds.json', `${JSON.stringify(released, null, 2)}\n`);
      await recordAudit(tx, { action: 'estate.exported', subject: { kind: 'estate', name: 'everything' } });
      return paths;
    });
  } finally {
    await database.close();
  }
}
