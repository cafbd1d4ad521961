import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, open, readdir, rename, rm, rmdir } from 'node:fs/promises';
import { dirname, join, sep } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';

import type { Client } from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import { extract, type Extract } from 'tar-stream';

import { connectOwner, listMigrations, listTables, readTable, RowCount } from './catalogue.ts';
import { formatVersion, type Contents, type Manifest, type Migration, type Table } from './format.ts';

type Entry = Extract extends AsyncIterable<infer Each> ? Each : never;
type Upload = Manifest['uploads'][number];

/**
 * Fills an empty database that has the same migrations from a file that backUpDatabase wrote, in one transaction with
 * every constraint checked, and compares what was restored with what was backed up. Jobs that were running go back into
 * the queue.
 *
 * @param ownerUrl the login that owns the tables
 * @param uploadsFolder empty or missing
 * @throws Error that says what does not fit; then nothing was restored
 */
export async function restoreDatabase(ownerUrl: string, file: string, uploadsFolder: string): Promise<Manifest> {
  const draftFolder = `${uploadsFolder}.restoring`;
  await refuseUploads(uploadsFolder);
  const client = await connectOwner(ownerUrl);
  try {
    await client.query('BEGIN');
    const { contents, manifest } = await readInto(client, file, draftFolder);
    await compareTables(client, contents, manifest);
    await returnJobs(client);
    await putUploads(draftFolder, uploadsFolder, manifest);
    try {
      await client.query('COMMIT');
    } catch (error) {
      await rm(uploadsFolder, { recursive: true, force: true });
      throw error;
    }
    return manifest;
  } finally {
    await client.end();
    await rm(draftFolder, { recursive: true, force: true });
  }
}

async function readInto(client: Client, file: string, draftFolder: string) {
  const archive = extract();
  try {
    const [read] = await Promise.all([
      readEntries(client, archive, file, draftFolder).catch((error: unknown) => {
        archive.destroy();
        throw error;
      }),
      pipeline(createReadStream(file), createGunzip(), archive),
    ]);
    return read;
  } catch (error) {
    if (error instanceof Error && 'code' in error && String(error.code).startsWith('Z_')) {
      throw new Error(`${file} is not a whole backup: it cannot be unpacked (${error.message}).`, { cause: error });
    }
    throw error;
  }
}

async function readEntries(client: Client, archive: AsyncIterable<Entry>, file: string, draftFolder: string) {
  let contents: Contents | undefined;
  let manifest: Manifest | undefined;
  let putBack: readonly string[] = [];
  const uploads: Upload[] = [];
  for await (const entry of archive) {
    const { name } = entry.header;
    if (contents === undefined) {
      contents = await readContents(entry, file);
      refuseOtherMigrations(contents, await listMigrations(client));
      await refuseOtherTables(client, contents);
      putBack = await quieten(client);
    } else if (name.startsWith('tables/')) {
      const table = contents.tables.find((each) => name.startsWith(`tables/${each.name}/`));
      if (!table) throw new Error(`${file} is not a whole backup: ${name} belongs to no table of its contents.`);
      await pipeline(entry, client.query(copyFrom(`COPY ${table.name} (${table.columns.join(', ')}) FROM STDIN`)));
    } else if (name.startsWith('uploads/')) {
      uploads.push(await readUpload(entry, name.slice('uploads/'.length), draftFolder));
    } else if (name === 'manifest.json') {
      const read: Manifest = JSON.parse((await buffer(entry)).toString());
      manifest = read;
    } else {
      throw new Error(`${file} holds ${name}, which no backup of version ${formatVersion} has.`);
    }
  }
  if (contents === undefined || manifest === undefined) {
    throw new Error(`${file} is not a whole backup: its last entry, manifest.json, is missing.`);
  }
  compareUploads(uploads, manifest);
  for (const { name, lastValue, isCalled } of contents.sequences) {
    await client.query('SELECT setval($1::regclass, $2::bigint, $3)', [name, lastValue, isCalled]);
  }
  await client.query('SET CONSTRAINTS ALL IMMEDIATE');
  for (const statement of putBack) await client.query(statement);
  return { contents, manifest };
}

async function readContents(entry: Entry, file: string): Promise<Contents> {
  const isOurs = entry.header.name === 'contents.json';
  const contents: Partial<Contents> = isOurs ? JSON.parse((await buffer(entry)).toString()) : {};
  if (contents.format !== 'commonhold backup') throw new Error(`${file} is not a backup of Commonhold.`);
  if (contents.formatVersion !== formatVersion) {
    throw new Error(
      `${file} has version ${contents.formatVersion} of the format, and this program reads version ${formatVersion}. ` +
        `Restore it with Commonhold ${contents.programVersion}.`,
    );
  }
  const { programVersion = '', madeAt = '', migrations = [], tables = [], sequences = [] } = contents;
  return { format: contents.format, formatVersion, programVersion, madeAt, migrations, tables, sequences };
}

function refuseOtherMigrations(backup: Contents, here: readonly Migration[]): void {
  const ours = new Set(here.map(migrationText));
  const theirs = new Set(backup.migrations.map(migrationText));
  const unknown = backup.migrations.filter((each) => !ours.has(migrationText(each))).map(migrationLabel);
  const extra = here.filter((each) => !theirs.has(migrationText(each))).map(migrationLabel);
  if (unknown.length + extra.length === 0) return;
  throw new Error(
    [
      'The backup and the database have different migrations.',
      unknown.length > 0 ? `Only the backup has ${unknown.join(', ')}.` : '',
      extra.length > 0 ? `Only the database has ${extra.join(', ')}.` : '',
      `Restore with Commonhold ${backup.programVersion}, which made the backup, into an empty database; then upgrade.`,
    ]
      .filter(Boolean)
      .join(' '),
  );
}

function migrationText({ part, number, name, sha256 }: Migration): string {
  return `${part} ${number} ${name} ${sha256}`;
}

/** The job queue's migrations have numbers only. */
function migrationLabel({ part, number, name }: Migration): string {
  return `${part}/${name === '' ? number : name}`;
}

async function refuseOtherTables(client: Client, backup: Contents): Promise<void> {
  const here = await listTables(client);
  const ours = here.map(tableText);
  const theirs = backup.tables.map(tableText);
  const different = [
    ...ours.filter((each) => !theirs.includes(each)),
    ...theirs.filter((each) => !ours.includes(each)),
  ];
  if (different.length > 0) {
    throw new Error(
      `The backup and the database differ in these tables: ${different.join('; ')}. Restore into a database of the same version.`,
    );
  }
  const filled: string[] = [];
  for (const { name } of here) {
    const { rows } = await client.query<{ filled: boolean }>(`SELECT EXISTS (SELECT FROM ${name}) AS filled`);
    if (rows[0]?.filled === true) filled.push(name);
  }
  if (filled.length > 0) {
    throw new Error(
      `The database is not empty: there are rows in ${filled.join(', ')}. Restore into an empty one: with DATABASE_URL a new ` +
        'database, and otherwise a new DATA_FOLDER. Nothing was changed.',
    );
  }
}

function tableText({ name, columns }: Table): string {
  return `${name} (${columns.join(', ')})`;
}

/**
 * Puts off the checks of foreign keys to the end, because tables may refer to each other in circles, and stops our own
 * triggers, because what they would do was done when the rows were first written.
 *
 * @returns the statements that put everything back as it was
 */
async function quieten(client: Client): Promise<readonly string[]> {
  const { rows } = await client.query<{ quieten: string; put_back: string }>(
    `SELECT format('ALTER TABLE %s ALTER CONSTRAINT %I DEFERRABLE INITIALLY DEFERRED', conrelid::regclass, conname) AS quieten,
        format('ALTER TABLE %s ALTER CONSTRAINT %I %s', conrelid::regclass, conname,
          CASE WHEN NOT condeferrable THEN 'NOT DEFERRABLE'
            WHEN condeferred THEN 'DEFERRABLE INITIALLY DEFERRED' ELSE 'DEFERRABLE INITIALLY IMMEDIATE' END) AS put_back
      FROM pg_constraint JOIN pg_namespace n ON n.oid = connamespace
      WHERE contype = 'f' AND conparentid = 0 AND n.nspname !~ '^pg_'
    UNION ALL
    SELECT format('ALTER TABLE %s DISABLE TRIGGER %I', tgrelid::regclass, tgname),
        format('ALTER TABLE %s ENABLE %s TRIGGER %I', tgrelid::regclass,
          CASE tgenabled WHEN 'A' THEN 'ALWAYS' WHEN 'R' THEN 'REPLICA' ELSE '' END, tgname)
      FROM pg_trigger JOIN pg_class c ON c.oid = tgrelid JOIN pg_namespace n ON n.oid = c.relnamespace
      WHERE NOT tgisinternal AND tgenabled <> 'D' AND n.nspname !~ '^pg_'`,
  );
  for (const row of rows) await client.query(row.quieten);
  return rows.map((row) => row.put_back);
}

async function readUpload(entry: Entry, path: string, folder: string): Promise<Upload> {
  const target = join(folder, path);
  if (!target.startsWith(folder + sep)) throw new Error(`The backup holds an upload outside its folder: ${path}.`);
  const hash = createHash('sha256');
  let bytes = 0;
  await mkdir(dirname(target), { recursive: true, mode: 0o700 });
  const out = await open(target, 'wx', 0o600);
  try {
    for await (const chunk of entry) {
      if (!Buffer.isBuffer(chunk)) throw new TypeError('An archive is read as bytes.');
      hash.update(chunk);
      bytes += chunk.length;
      await out.writeFile(chunk);
    }
    await out.sync();
  } finally {
    await out.close();
  }
  return { path, bytes, sha256: hash.digest('hex') };
}

function compareUploads(read: Manifest['uploads'], manifest: Manifest): void {
  const found = new Set(read.map(uploadText));
  const damaged = manifest.uploads.filter((each) => !found.has(uploadText(each)));
  if (damaged.length > 0 || read.length !== manifest.uploads.length) {
    throw new Error(
      `The backup is damaged: it has ${read.length} uploads of ${manifest.uploads.length}, and these differ: ` +
        `${damaged.map(({ path }) => path).join(', ')}. Nothing was restored.`,
    );
  }
}

function uploadText({ path, bytes, sha256 }: Upload): string {
  return `${path} ${bytes} ${sha256}`;
}

/** Reads everything back, because what counts is what the database holds now, not what was sent to it. */
async function compareTables(client: Client, contents: Contents, manifest: Manifest): Promise<void> {
  for (const table of contents.tables) {
    const count = new RowCount();
    for await (const chunk of readTable(client, table)) count.add(chunk);
    const wanted = manifest.tables.find(({ name }) => name === table.name);
    if (wanted?.rows !== count.rows || wanted.sha256 !== count.sha256()) {
      throw new Error(
        `The backup is damaged: ${table.name} has ${count.rows} rows after the restore and had ${wanted?.rows} before, or ` +
          'their content differs. Nothing was restored.',
      );
    }
  }
}

/** A job that ran when the backup was made is locked by a worker that does not exist here. */
async function returnJobs(client: Client): Promise<void> {
  for (const table of ['graphile_worker._private_jobs', 'graphile_worker._private_job_queues']) {
    await client.query(`UPDATE ${table} SET locked_at = NULL, locked_by = NULL WHERE locked_by IS NOT NULL`);
  }
}

async function refuseUploads(folder: string): Promise<void> {
  const present = await readdir(folder).catch(() => []);
  if (present.length > 0) throw new Error(`${folder} is not empty. Restore beside an empty folder of uploads.`);
}

async function putUploads(draftFolder: string, folder: string, manifest: Manifest): Promise<void> {
  if (manifest.uploads.length === 0) return;
  await rmdir(folder).catch(() => {});
  await rename(draftFolder, folder);
}
