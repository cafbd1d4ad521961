import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';
import { describeSettings, migrateDatabase } from '#platform';
import { describeSchema } from './platform/schema-text.ts';
import { describeApi } from './main.ts';
import { partFolders } from './parts.ts';
import { compileStyles } from './design/compile-styles.ts';

const root = join(import.meta.dirname, '..');

/** A file that is made from something else and committed, with what it should hold now. */
interface Generated {
  readonly path: string;
  readonly text: string;
}

/**
 * Makes every generated file anew from its source: each part's schema.sql and table types from a database that was just
 * migrated, OpenAPI from the routes, the settings table from their declarations, the style sheet from its Sass.
 *
 * @param ownerUrl an empty database that may be migrated.
 * @returns the paths of files that were not as they should be; with `write`, they are now.
 */
export async function generate(ownerUrl: string, options: { write: boolean }): Promise<string[]> {
  await migrateDatabase(ownerUrl, partFolders);
  const client = new pg.Client({ connectionString: ownerUrl });
  await client.connect();
  const files: Generated[] = [];
  try {
    for (const part of partFolders) {
      const { rows } = await client.query('select 1 from information_schema.schemata where schema_name = $1', [
        part.name,
      ]);
      if (rows.length === 0) continue;
      files.push({ path: join(part.folder, 'schema.sql'), text: await describeSchema(client, part.name) });
      files.push({ path: join(part.folder, 'tables.generated.ts'), text: await tableTypes(ownerUrl, part.name) });
    }
  } finally {
    await client.end();
  }
  files.push({
    path: join(root, 'openapi', 'commonhold.json'),
    text: `${JSON.stringify(await describeApi(), null, 2)}\n`,
  });
  files.push({ path: join(root, 'src', 'design', 'assets', 'commonhold.css'), text: await compileStyles() });
  files.push({ path: join(root, 'docs', 'settings.md'), text: settingsPage() });

  const stale: string[] = [];
  for (const file of files) {
    const present = await readFile(file.path, 'utf8').catch(() => '');
    if (present === file.text) continue;
    stale.push(file.path.slice(root.length + 1));
    if (options.write) await writeFile(file.path, file.text);
  }
  return stale;
}

async function tableTypes(url: string, schema: string): Promise<string> {
  const { stdout } = await promisify(execFile)(process.execPath, [
    join(root, 'node_modules', 'kysely-codegen', 'dist', 'cli', 'bin.js'),
    `--url=${url}`,
    '--dialect=postgres',
    `--include-pattern=${schema}.*`,
    `--default-schema=${schema}`,
    '--date-parser=string',
    '--numeric-parser=number',
    `--type-mapping=${JSON.stringify({ timestamptz: 'string', bytea: 'Buffer', int8: 'number' })}`,
    '--log-level=silent',
    '--print',
  ]);
  return `${stdout.trim()}\n`;
}

function settingsPage(): string {
  return `# Settings

Every setting is an environment variable, read and checked when the program starts; one that cannot be used stops the
start with a message that says what to do. Generated from \`src/platform/settings.ts\` by \`npm run generate\`.

${describeSettings()}
`;
}
