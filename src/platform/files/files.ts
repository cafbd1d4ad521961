import { createHash } from 'node:crypto';
import { sql, type Selectable, type Updateable } from 'kysely';
import type { Database, Scope, Tx } from '../database.ts';
import { newId } from '../ids.ts';
import { addJob } from '../jobs.ts';
import type { Log } from '../log.ts';
import { sealedPlace } from '../part.ts';
import { prepare } from '../prepared.ts';
import { Problem } from '../problem.ts';
import type { Keyring } from '../secrets.ts';
import type { DB, Files } from '../tables.generated.ts';
import { findFileKind, type FileKind } from './file-kinds.ts';
import { createTextCheck, recogniseContainer, recogniseSample, sampleBytes, textKindOf } from './recognition.ts';
import type { Scanner } from './scanner.ts';
import { newContentKey, openContent, sealContent } from './sealed-content.ts';
import { ContentGone, type Storage } from './storage.ts';

/** Where files are kept, and what looks through them. */
export interface FileStore {
  readonly database: Database;
  readonly keyring: Keyring;
  /** Where new files go. */
  readonly storage: Storage;
  /** Where files of before may lie: a setting that changes moves none. */
  readonly olderStorages: readonly Storage[];
  /** Null where no scanner is set: files then wait, and nobody can open them. */
  readonly scanner: Scanner | null;
  /** The most that one file may have, whatever a form or a caller allows. */
  readonly mostBytes: number;
}

/** What a file belongs to. It goes when its owner does: whoever erases the owner calls `forgetFiles`. */
export interface FileOwner {
  /** `<part>.<noun>`: `forms.application`. */
  readonly kind: string;
  readonly id: string;
}

/**
 * - `waiting`: not scanned yet, so nobody can open it;
 * - `clean`: it can be opened;
 * - `infected`: the scanner found something, and the content was removed.
 */
export type FileState = 'waiting' | 'clean' | 'infected';

export interface KeptFile {
  readonly id: string;
  readonly state: FileState;
  readonly owner: FileOwner;
  /** As the person named it: never a path, and never in a log. */
  readonly name: string;
  readonly kind: FileKind;
  readonly bytes: number;
  /** What the scanner found in an infected file. */
  readonly found: string | null;
  /** `development` where nothing real has looked at it; null while it waits. */
  readonly scannedBy: string | null;
  /** ISO 8601. */
  readonly receivedAt: string;
}

/** A file whose content is stored and that belongs to nothing yet. It goes after a day unless `keepFile` is called. */
export interface ReceivedFile {
  readonly id: string;
  readonly name: string;
  readonly kind: FileKind;
  readonly bytes: number;
  /** SHA-256 of the content in hexadecimal digits, by which a file that was sent twice is recognised. It tells who has the same file: keep it sealed. */
  readonly digest: string;
}

/** Why a file was not taken. Nothing of it is kept. */
export class FileRefused extends Error {
  readonly reason: 'empty' | 'too large' | 'wrong kind';

  constructor(reason: FileRefused['reason']) {
    super(`The file was not taken: ${reason}.`);
    this.name = 'FileRefused';
    this.reason = reason;
  }
}

/** The one job that a file has at any time. */
export const settleJob = 'platform.settle-file';
const unkeptHours = 24;

/**
 * Stores the content of a file, encrypted, as it comes: what is in memory does not grow with it. The content decides what
 * kind of file it is; its name only says which kind of text a text is.
 *
 * @param content rejects where the sender went away: then nothing is kept.
 * @param options.kinds what is taken; with none, every known kind.
 * @param options.mostBytes where less is taken than the store takes.
 * @throws FileRefused
 */
export async function receiveFile(
  store: FileStore,
  scope: Scope,
  content: AsyncIterable<Buffer>,
  options: { name: string; kinds: readonly FileKind[]; mostBytes?: number },
): Promise<ReceivedFile> {
  const { database, keyring, storage } = store;
  const id = newId();
  const name = cleanFileName(options.name);
  const key = newContentKey();
  // The row comes before the content, so that whatever is in the storage is known of, whenever this process dies.
  await database.transact(scope, async (tx) => {
    await tx
      .tables<DB>('platform')
      .insertInto('files')
      .values({
        organisation_id: tx.organisationId,
        id,
        state: 'arriving',
        stored_in: storage.kind,
        sealed_name: keyring.seal(placeOf('sealed_name', tx.organisationId, id), name),
        sealed_key: keyring.seal(placeOf('sealed_key', tx.organisationId, id), key),
      })
      .execute();
    await settleLater(tx, id, unkeptHours * 3600);
  });
  try {
    const seen = await storeContent(storage, storedName(scope.organisationId, id), key, content, {
      name,
      kinds: options.kinds,
      mostBytes: Math.min(options.mostBytes ?? store.mostBytes, store.mostBytes),
    });
    await database.transact(scope, async (tx) => {
      await changeFile(tx, id, { kind: seen.kind.name, bytes: seen.bytes });
    });
    return { id, name, kind: seen.kind, bytes: seen.bytes, digest: seen.digest };
  } catch (error) {
    // Best done at once; if this fails as well, the job of tomorrow does it.
    await database.transact(scope, (tx) => forgetFile(tx, id)).catch(() => {});
    throw error;
  }
}

async function storeContent(
  storage: Storage,
  stored: string,
  key: Buffer,
  content: AsyncIterable<Buffer>,
  { name, kinds, mostBytes }: { name: string; kinds: readonly FileKind[]; mostBytes: number },
): Promise<{ kind: FileKind; bytes: number; digest: string }> {
  const isTaken = (kind: FileKind | undefined): kind is FileKind =>
    kind !== undefined && (kinds.length === 0 || kinds.includes(kind));
  let bytes = 0;
  const digest = createHash('sha256');
  let kind: FileKind | undefined;
  let container: 'zip' | 'compound' | undefined;

  async function* checked(): AsyncGenerator<Buffer> {
    let waiting: Buffer[] | null = [];
    const text = createTextCheck();
    let mustBeText = false;
    /** Looks at the beginning as soon as there is enough of it: a wrong file is refused before all of it has come. */
    const recognise = async (sample: Buffer): Promise<void> => {
      const recognition = await recogniseSample(sample);
      if (recognition.is === 'known') ({ kind } = recognition);
      if (recognition.is === 'container') ({ container } = recognition);
      if (recognition.is === 'text') {
        mustBeText = true;
        kind = textKindOf(name, sample, kinds);
      }
      if (container === undefined && !isTaken(kind)) throw new FileRefused('wrong kind');
    };
    for await (const chunk of content) {
      bytes += chunk.length;
      digest.update(chunk);
      if (bytes > mostBytes) throw new FileRefused('too large');
      if (waiting === null) {
        if (mustBeText && !text.take(chunk)) throw new FileRefused('wrong kind');
        yield chunk;
      } else {
        waiting.push(chunk);
        if (bytes < sampleBytes) continue;
        const sample: Buffer = Buffer.concat(waiting);
        waiting = null;
        await recognise(sample);
        if (mustBeText && !text.take(sample)) throw new FileRefused('wrong kind');
        yield sample;
      }
    }
    if (waiting === null) return;
    if (bytes === 0) throw new FileRefused('empty');
    const whole = Buffer.concat(waiting);
    await recognise(whole);
    yield whole;
  }

  await storage.write(stored, sealContent(key, checked()));
  if (container !== undefined) {
    kind = await recogniseContainer(container, openContent(key, await storage.read(stored)));
  }
  if (!isTaken(kind)) {
    await storage.remove(stored);
    throw new FileRefused('wrong kind');
  }
  return { kind, bytes, digest: digest.digest('hex') };
}

/**
 * Gives a received file to its owner, in the caller's transaction, and queues its scan. Called again, it does nothing.
 *
 * @throws Problem gone where the file was received more than a day ago, or does not exist.
 */
export async function keepFile(tx: Tx, fileId: string, owner: FileOwner): Promise<void> {
  const { numUpdatedRows } = await tx
    .tables<DB>('platform')
    .updateTable('files')
    .set({ state: 'waiting', owner_kind: owner.kind, owner_id: owner.id })
    .where('organisation_id', '=', tx.organisationId)
    .where('id', '=', fileId)
    .where('state', '=', 'arriving')
    .where('bytes', 'is not', null)
    .executeTakeFirstOrThrow();
  if (numUpdatedRows > 0n) return settleLater(tx, fileId, 0);
  const kept = await findRows(tx, [fileId]);
  if (kept.length === 0) throw new Problem('gone', { message: 'The file is not there any more. Send it again.' });
}

/** The files with these identifiers that are kept, in their order; the others are left out. */
export async function findFiles(tx: Tx, keyring: Keyring, ids: readonly string[]): Promise<KeptFile[]> {
  const found = new Map((await findRows(tx, ids)).map((row) => [row.id, shapeFile(row, keyring)]));
  return ids.flatMap((id) => found.get(id) ?? []);
}

/** What an owner has, oldest first. */
export async function listFiles(tx: Tx, keyring: Keyring, owner: FileOwner): Promise<KeptFile[]> {
  const rows = await ownedBy(tx, owner).selectAll().where('state', 'in', keptStates).orderBy('id').execute();
  return rows.map((row) => shapeFile(row, keyring));
}

/**
 * How many bytes the owners of a kind have kept, in the order of their ids, a page at a time.
 *
 * @param page.after the last owner of the page before; null for the first.
 */
export async function sumFileBytes(
  tx: Tx,
  ownerKind: string,
  page: { readonly after: string | null; readonly most: number },
): Promise<{ id: string; bytes: number }[]> {
  const { rows } = await sql<{ id: string; bytes: number }>`
    select owner_id as id, sum(bytes)::float8 as bytes from platform.files
     where organisation_id = ${tx.organisationId} and owner_kind = ${ownerKind} and owner_id is not null
       and state in ('waiting', 'clean') and (${page.after}::uuid is null or owner_id > ${page.after}::uuid)
     group by owner_id order by owner_id limit ${page.most}`.execute(tx.tables<DB>('platform'));
  return rows;
}

/** Gives some of an owner's files to another owner: what was an application's is now a submission's. */
export async function moveFiles(tx: Tx, ids: readonly string[], from: FileOwner, to: FileOwner): Promise<void> {
  if (ids.length === 0) return;
  await tx
    .tables<DB>('platform')
    .updateTable('files')
    .set({ owner_kind: to.kind, owner_id: to.id })
    .where('organisation_id', '=', tx.organisationId)
    .where('owner_kind', '=', from.kind)
    .where('owner_id', '=', from.id)
    .where('id', 'in', [...ids])
    .execute();
}

/**
 * A clean file, and how to read it: `content` is called after the transaction, and may be sent as it comes.
 *
 * @throws Problem not-found; unavailable while the file waits for its scan; gone where it was infected.
 */
export async function openFile(
  tx: Tx,
  store: FileStore,
  fileId: string,
): Promise<{ file: KeptFile; content: () => Promise<AsyncIterable<Buffer>> }> {
  const [row] = await findRows(tx, [fileId]);
  if (!row) throw new Problem('not-found', { detail: 'no such file' });
  const file = shapeFile(row, store.keyring);
  if (file.state === 'infected') {
    throw new Problem('gone', {
      title: 'This file was removed',
      message: 'A virus scanner found something in it. Ask the person who sent it for another one.',
    });
  }
  if (file.state === 'waiting') {
    throw new Problem('unavailable', {
      title: 'This file is being checked for viruses',
      message: 'It can be opened once it was found clean. Try again in a few minutes.',
    });
  }
  return { file, content: () => readContent(store, row) };
}

/** Makes a file unreadable at once, in the caller's transaction: its key goes. Its content is then removed by a job. */
export async function forgetFile(tx: Tx, fileId: string): Promise<void> {
  await forget(tx, [fileId]);
}

/** The same for everything that an owner has. Says how many there were. */
export async function forgetFiles(tx: Tx, owner: FileOwner): Promise<number> {
  const rows = await findKept(tx, { organisationId: tx.organisationId, ...owner });
  const ids = rows.map(({ id }) => id);
  await forget(tx, ids);
  return ids.length;
}

const findKept = prepare<DB, { organisationId: string; kind: string; id: string }, { id: string }>(
  'platform',
  (tables, value) =>
    tables
      .selectFrom('files')
      .select('id')
      .where('organisation_id', '=', value('organisationId'))
      .where('owner_kind', '=', value('kind'))
      .where('owner_id', '=', value('id'))
      .where('state', 'in', keptStates)
      .compile(),
);

async function forget(tx: Tx, ids: readonly string[]): Promise<void> {
  if (ids.length === 0) return;
  const rows = await tx
    .tables<DB>('platform')
    .updateTable('files')
    .set({ state: 'forgotten', sealed_key: null, sealed_name: null, found: null })
    .where('organisation_id', '=', tx.organisationId)
    .where('id', 'in', [...ids])
    .where('state', '!=', 'forgotten')
    .returning('id')
    .execute();
  for (const { id } of rows) await settleLater(tx, id, 0);
}

/** When the state of a file is looked at next: see `settleFile`. A file has one such job, and the newest counts. */
async function settleLater(tx: Tx, id: string, seconds: number, tries = 0): Promise<void> {
  const runAt = new Date(Date.now() + seconds * 1000).toISOString();
  await addJob(
    tx,
    settleJob,
    { fileId: id, tries },
    { key: `${settleJob}/${id}`, ...(seconds === 0 ? {} : { runAt }) },
  );
}

/** What became of a file when its state was looked at. */
export type Settled = FileState | 'removed' | 'nothing to do';

/** How long a file waits for a scanner that is away, at most; and where none is set. */
const scanAgainSeconds = 300;

/**
 * Does what the state of a file calls for: removes what was never kept or is forgotten, and scans what waits. Everything
 * may be done twice. Where the scanner or the storage is away the job is queued anew, however long that lasts.
 *
 * @param tries how often it was scanned in vain.
 */
export async function settleFile(
  store: FileStore,
  scope: Scope,
  fileId: string,
  tries: number,
  log: Pick<Log, 'info' | 'warn'>,
): Promise<Settled> {
  const row = await store.database.transact(scope, (tx) =>
    tx
      .tables<DB>('platform')
      .selectFrom('files')
      .selectAll()
      .where('organisation_id', '=', tx.organisationId)
      .where('id', '=', fileId)
      .executeTakeFirst(),
  );
  switch (row?.state) {
    case 'arriving':
      // Counted by the database's clock, which may be behind ours.
      if (Date.now() - Date.parse(row.received_at) < unkeptHours * 3_600_000) {
        await store.database.transact(scope, (tx) => settleLater(tx, fileId, 3600));
        return 'nothing to do';
      }
      await store.database.transact(scope, (tx) => forgetFile(tx, fileId));
      return 'removed';
    case 'waiting':
      return scanFile(store, scope, row, tries, log);
    case 'infected':
      await storageOf(store, row).remove(storedName(row.organisation_id, row.id));
      return 'infected';
    case 'forgotten':
      await storageOf(store, row).remove(storedName(row.organisation_id, row.id));
      await store.database.transact(scope, (tx) =>
        tx
          .tables<DB>('platform')
          .deleteFrom('files')
          .where('organisation_id', '=', tx.organisationId)
          .where('id', '=', fileId)
          .where('state', '=', 'forgotten')
          .execute(),
      );
      return 'removed';
    default:
      return 'nothing to do';
  }
}

async function scanFile(
  store: FileStore,
  scope: Scope,
  row: FileRow,
  tries: number,
  log: Pick<Log, 'info' | 'warn'>,
): Promise<FileState> {
  const { database, scanner } = store;
  const again = (seconds: number): Promise<void> =>
    database.transact(scope, (tx) => settleLater(tx, row.id, seconds, tries + 1));
  if (scanner === null) {
    log.warn({ file: row.id }, 'a file waits for a scanner, and none is set: FILE_SCANNER');
    await again(scanAgainSeconds);
    return 'waiting';
  }
  try {
    const { found, scannedBy } = await scanner.scan(await readContent(store, row));
    await database.transact(scope, async (tx) => {
      const result = { found, scanned_by: scannedBy, scanned_at: new Date().toISOString() };
      if (found === null) return changeFile(tx, row.id, { state: 'clean', ...result });
      await changeFile(tx, row.id, { state: 'infected', sealed_key: null, ...result });
      await settleLater(tx, row.id, 0);
    });
    if (found !== null) log.warn({ file: row.id, found }, 'a file was infected, and was removed');
    return found === null ? 'clean' : 'infected';
  } catch (error) {
    log.warn({ file: row.id, error: String(error) }, 'a file could not be scanned, and will be tried again');
    await again(Math.min(5 * 2 ** tries, scanAgainSeconds));
    return 'waiting';
  }
}

async function readContent(store: FileStore, row: FileRow): Promise<AsyncIterable<Buffer>> {
  const { organisation_id: organisationId, id, sealed_key: sealed } = row;
  const stored = storedName(organisationId, id);
  if (sealed === null) throw new ContentGone(stored);
  const key = store.keyring.open(placeOf('sealed_key', organisationId, id), sealed);
  return openContent(key, await storageOf(store, row).read(stored));
}

function storageOf(store: FileStore, row: FileRow): Storage {
  const storage = [store.storage, ...store.olderStorages].find(({ kind }) => kind === row.stored_in);
  if (storage === undefined) {
    throw new Error(
      `A file lies in a storage that is not set any more (${row.stored_in}): set FILE_STORAGE as it was.`,
    );
  }
  return storage;
}

type FileRow = Selectable<Files>;

const keptStates = ['waiting', 'clean', 'infected'] as const;

function isKeptState(state: string): state is FileState {
  return keptStates.some((each) => each === state);
}

async function findRows(tx: Tx, ids: readonly string[]): Promise<FileRow[]> {
  if (ids.length === 0) return [];
  return tx
    .tables<DB>('platform')
    .selectFrom('files')
    .selectAll()
    .where('organisation_id', '=', tx.organisationId)
    .where('id', 'in', [...ids])
    .where('state', 'in', keptStates)
    .execute();
}

function ownedBy(tx: Tx, owner: FileOwner) {
  return tx
    .tables<DB>('platform')
    .selectFrom('files')
    .where('organisation_id', '=', tx.organisationId)
    .where('owner_kind', '=', owner.kind)
    .where('owner_id', '=', owner.id);
}

async function changeFile(tx: Tx, id: string, values: Updateable<Files>): Promise<void> {
  await tx
    .tables<DB>('platform')
    .updateTable('files')
    .set(values)
    .where('organisation_id', '=', tx.organisationId)
    .where('id', '=', id)
    .where('state', 'in', ['arriving', 'waiting'])
    .execute();
}

function shapeFile(row: FileRow, keyring: Keyring): KeptFile {
  const { organisation_id: organisationId, id, owner_kind: ownerKind, owner_id: ownerId } = row;
  const kind = findFileKind(row.kind ?? '');
  if (!isKeptState(row.state) || !kind || ownerKind === null || ownerId === null || row.sealed_name === null) {
    throw new Error('A kept file lacks what the table demands.');
  }
  return {
    id,
    state: row.state,
    owner: { kind: ownerKind, id: ownerId },
    name: keyring.open(placeOf('sealed_name', organisationId, id), row.sealed_name).toString(),
    kind,
    bytes: row.bytes ?? 0,
    found: row.found,
    scannedBy: row.scanned_by,
    receivedAt: row.received_at,
  };
}

function placeOf(column: 'sealed_name' | 'sealed_key', organisationId: string, id: string): string {
  return sealedPlace(`platform.files.${column}`, organisationId, id);
}

function storedName(organisationId: string, id: string): string {
  return `${organisationId}/${id}`;
}

/** The last step of a path, without what no name needs; older browsers send the whole path. */
function cleanFileName(name: string): string {
  const last = name.normalize('NFC').split(/[/\\]/).at(-1) ?? '';
  const clean = last.replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}"<>]/gu, '').trim();
  if (clean.length <= 150) return clean || 'file';
  const extension = /\.[a-z0-9]{1,10}$/i.exec(clean)?.[0] ?? '';
  return clean.slice(0, 150 - extension.length) + extension;
}
