import { basename } from 'node:path';
import { importHistoryFile, type HistoryImport } from '#measures';
import { listOrganisations } from '#organisations';
import { openDatabase, type Settings } from '#platform';

/** What the command may be told beside the file, as words of the command line. */
export interface HistoryWords {
  readonly title?: string | undefined;
  readonly publisher?: string | undefined;
  readonly licence?: string | undefined;
  readonly source?: string | undefined;
}

/**
 * Takes a published history of measures in from a file, for the government of the database.
 *
 * @throws Error where there is no government yet, or the file holds no history.
 */
export async function importMeasures(settings: Settings, file: string, words: HistoryWords): Promise<HistoryImport> {
  if (settings.databaseUrl === undefined) throw new Error('DATABASE_URL is not set.');
  const database = openDatabase({ url: settings.databaseUrl, connections: 2, onIdleError: () => {} });
  try {
    const root = (await listOrganisations(database)).find((each) => each.parentId === null);
    if (root === undefined)
      throw new Error('There is no government yet. Run "bin/commonhold operator add EMAIL" first.');
    const fileName = basename(file);
    return await importHistoryFile(
      database,
      { organisationId: root.id, actor: { kind: 'system', name: 'command line' } },
      file,
      {
        title: words.title ?? fileName.replace(/\.\w+$/, '').replaceAll(/[-_]+/g, ' '),
        publisher: words.publisher ?? 'Not stated',
        licence: words.licence ?? 'Not stated',
        source: words.source ?? fileName,
        currency: settings.currency,
        fileName,
      },
    );
  } finally {
    await database.close();
  }
}
