import { basename, resolve } from 'node:path';
import { importHistoryFile, type HistoryImport } from '#measures';
import { listOrganisations } from '#organisations';
import { openDatabase, type Settings } from '#platform';
import { bareCommand, say, textOf, UsageProblem, type Options, type Words } from './command.ts';
import { withDatabase } from './surroundings.ts';

/** `measures import FILE`. */
export async function importMeasures(
  [action, file = '']: Words,
  { title, publisher, licence, source }: Options,
): Promise<void> {
  if (action !== 'import') {
    throw new UsageProblem(`There is no "measures ${action}". Use: ${bareCommand} measures import FILE`);
  }
  await withDatabase('beside the program', async (settings) => {
    const done = await importHistory(settings, resolve(file), {
      title: textOf(title),
      publisher: textOf(publisher),
      licence: textOf(licence),
      source: textOf(source),
    });
    for (const sentence of done.leftOut) say(sentence);
    say(`${done.services} services, of which ${done.figures} figures are new or different. They are at:`);
    console.log(`${settings.publicUrl}/performance/histories/${done.slug}`);
  });
}

/** What the command may be told beside the file, as words of the command line. */
interface HistoryWords {
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
async function importHistory(settings: Settings, file: string, words: HistoryWords): Promise<HistoryImport> {
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
