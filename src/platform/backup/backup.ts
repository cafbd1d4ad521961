import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { access, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';

import type { Client } from 'pg';
import { pack as startTar, type Pack } from 'tar-stream';

import { connectOwner, lineFeed, listMigrations, listSequences, listTables, readTable, RowCount } from './catalogue.ts';
import { formatVersion, type Contents, type Manifest, type Table } from './format.ts';

const partBytes = 4_000_000;

/**
 * Writes every table, as one moment saw it, and the uploads into one new file that only its owner can read. The program
 * may go on working. format.ts describes the file.
 *
 * @param ownerUrl the login that owns the tables
 * @param uploadsFolder need not exist
 * @throws Error where the file exists already, or something cannot be read; then no file is left
 */
export async function backUpDatabase(ownerUrl: string, file: string, uploadsFolder: string): Promise<Manifest> {
  await refuseExisting(file);
  const draft = `${file}.partial`;
  const client = await connectOwner(ownerUrl);
  try {
    await client.query('BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY');
    const tar = startTar();
    const [manifest] = await Promise.all([
      fill(tar, client, uploadsFolder).catch((error: unknown) => {
        tar.destroy();
        throw error;
      }),
      pipeline(tar, createGzip(), createWriteStream(draft, { mode: 0o600 })),
    ]);
    await client.query('COMMIT');
    await force(draft);
    await rename(draft, file);
    await force(dirname(file));
    return manifest;
  } finally {
    await rm(draft, { force: true });
    await client.end();
  }
}

async function refuseExisting(file: string): Promise<void> {
  const exists = await access(file).then(
    () => true,
    () => false,
  );
  if (exists) throw new Error(`${file} exists already. Give the backup another name, or remove that file first.`);
}

async function fill(tar: Pack, client: Client, uploadsFolder: string): Promise<Manifest> {
  const contents: Contents = {
    format: 'commonhold backup',
    formatVersion,
    programVersion: await readProgramVersion(),
    madeAt: new Date().toISOString(),
    migrations: await listMigrations(client),
    tables: await listTables(client),
    sequences: await listSequences(client),
  };
  await addEntry(tar, 'contents.json', toJson(contents));
  const tables: Manifest['tables'][number][] = [];
  for (const table of contents.tables) tables.push({ name: table.name, ...(await addTable(tar, client, table)) });
  // After the tables: a row may name a file, and a file is written before the row that names it.
  const uploads: Manifest['uploads'][number][] = [];
  for (const path of await listFiles(uploadsFolder)) {
    uploads.push({ path, ...(await addUpload(tar, uploadsFolder, path)) });
  }
  const manifest: Manifest = { tables, uploads };
  await addEntry(tar, 'manifest.json', toJson(manifest));
  tar.finalize();
  return manifest;
}

async function addTable(tar: Pack, client: Client, table: Table): Promise<{ rows: number; sha256: string }> {
  const count = new RowCount();
  let part = 0;
  const write = async (text: Buffer) => {
    part += 1;
    await addEntry(tar, `tables/${table.name}/${String(part).padStart(6, '0')}.copy`, text);
  };
  let waiting: Buffer[] = [];
  let waitingBytes = 0;
  for await (const chunk of readTable(client, table)) {
    count.add(chunk);
    waiting.push(chunk);
    waitingBytes += chunk.length;
    if (waitingBytes < partBytes) continue;
    const text = Buffer.concat(waiting);
    const end = text.lastIndexOf(lineFeed) + 1;
    if (end > 0) await write(text.subarray(0, end));
    waiting = [text.subarray(end)];
    waitingBytes = text.length - end;
  }
  if (waitingBytes > 0) await write(Buffer.concat(waiting));
  return { rows: count.rows, sha256: count.sha256() };
}

async function addUpload(tar: Pack, folder: string, path: string): Promise<{ bytes: number; sha256: string }> {
  const source = join(folder, path);
  const { size } = await stat(source);
  const hash = createHash('sha256');
  const { promise: written, resolve, reject } = Promise.withResolvers<void>();
  const entry = tar.entry({ name: `uploads/${path}`, size, mode: 0o600 }, (error) => {
    if (error) reject(error);
    else resolve();
  });
  await Promise.all([
    pipeline(
      // What is appended while it is read would not fit the size that was announced.
      createReadStream(source, size > 0 ? { end: size - 1 } : {}),
      async function* hashing(chunks: AsyncIterable<Buffer>) {
        for await (const chunk of chunks) {
          hash.update(chunk);
          yield chunk;
        }
      },
      entry,
    ),
    written,
  ]);
  return { bytes: size, sha256: hash.digest('hex') };
}

async function addEntry(tar: Pack, name: string, content: string | Buffer): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    tar.entry({ name, mode: 0o600 }, content, (error) => {
      if (error) reject(error);
      else resolve();
    });
  });
}

/** Paths of all files in a folder, relative to it; none where it does not exist. */
async function listFiles(folder: string): Promise<readonly string[]> {
  try {
    const entries = await readdir(folder, { recursive: true, withFileTypes: true });
    return entries
      .filter((entry) => entry.isFile())
      .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
      .toSorted();
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
    throw error;
  }
}

async function readProgramVersion(): Promise<string> {
  const { version }: { version: string } = JSON.parse(
    await readFile(new URL('../../../package.json', import.meta.url), 'utf8'),
  );
  return version;
}

/** Puts a file or a folder's names on disk, past the operating system's memory. */
async function force(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

function toJson(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}
