import { randomBytes, timingSafeEqual } from 'node:crypto';
import { sql } from 'kysely';
import { listServicesAcross } from '#organisations';
import {
  FileRefused,
  findFileKinds,
  findFiles,
  fingerprintEmail,
  forgetFile,
  hashToken,
  isId,
  keepFile,
  newId,
  openFile,
  Problem,
  receiveFile,
  type Database,
  type FileStore,
  type KeptFile,
  type Keyring,
  type Scope,
  type Tx,
} from '#platform';
import { Refusal } from '../api/refusals.ts';
import { notifyTables } from '../database.ts';
import { mostFileBytes, type GivenFile } from './given-file.ts';

/** What may be sent, as GOV.UK Notify has it. */
const extensions = ['csv', 'doc', 'docx', 'jpeg', 'jpg', 'json', 'odt', 'pdf', 'png', 'rtf', 'txt', 'xlsx'];
const kinds = findFileKinds(extensions.map((extension) => `.${extension}`));

/** The address at which one person gets one file: 16 bytes of organisation, 16 of the link, 32 that nobody guesses. */
export interface Link {
  readonly id: string;
  readonly key: string;
}

export function makeLink(organisationId: string): Link {
  const id = newId();
  const bytes = [organisationId, id].map((each) => Buffer.from(each.replaceAll('-', ''), 'hex'));
  return { id, key: Buffer.concat([...bytes, randomBytes(32)]).toString('base64url') };
}

/**
 * Keeps a file that an e-mail links to, until it expires. Where the e-mail is not accepted after all nobody has the link,
 * and the file goes with the others.
 *
 * @throws Refusal where the file cannot be taken, in the words of the contract.
 */
export async function keepLinkedFile(
  { database, keyring, fileStore }: { database: Database; keyring: Keyring; fileStore: FileStore },
  scope: Scope,
  values: { serviceId: string; link: Link; file: GivenFile; to: string },
): Promise<void> {
  const { file, link } = values;
  const received = await receiveFile(fileStore, scope, once(file.content), {
    name: file.name,
    kinds,
    mostBytes: mostFileBytes,
  }).catch(asRefusal);
  await database.transact(scope, async (tx) => {
    await keepFile(tx, received.id, { kind: 'notify.linked-file', id: link.id });
    await notifyTables(tx)
      .insertInto('linked_files')
      .values({
        organisation_id: tx.organisationId,
        id: link.id,
        service_id: values.serviceId,
        file_id: received.id,
        token_hash: hashToken(link.key),
        recipient_fingerprint: file.confirms ? fingerprintEmail(keyring, values.to) : null,
        expires_at: new Date(Date.now() + file.keptWeeks * 7 * 86_400_000).toISOString(),
      })
      .execute();
  });
}

async function* once(content: Buffer): AsyncGenerator<Buffer> {
  yield content;
}

function asRefusal(error: unknown): never {
  if (!(error instanceof FileRefused)) throw error;
  if (error.reason === 'too large') throw new Refusal('BadRequestError', 'File is larger than 2MB', 413);
  if (error.reason === 'empty') throw new Refusal('BadRequestError', 'File is empty');
  throw new Refusal('BadRequestError', `Unsupported file type. Supported types are: ${extensions.join(', ')}`);
}

/** A file as its recipient is shown it. */
export interface LinkedFile {
  readonly id: string;
  readonly serviceId: string;
  readonly file: KeptFile;
  /** Whether the address that it was sent to must be typed first. */
  readonly confirms: boolean;
  readonly expiresAt: string;
}

/**
 * The file behind a link.
 *
 * @throws Problem gone where there is none, or not any more: which of the two is told to nobody.
 */
export async function findLinkedFile(tx: Tx, keyring: Keyring, key: string): Promise<LinkedFile> {
  const row = await findRow(tx, key);
  const [file] = await findFiles(tx, keyring, [row.file_id]);
  if (file === undefined) throw gone();
  return {
    id: row.id,
    serviceId: row.service_id,
    file,
    confirms: row.recipient_fingerprint !== null,
    expiresAt: row.expires_at,
  };
}

/**
 * Opens the file behind a link.
 *
 * @param wanted.email what the person typed as their address; null where nothing was asked.
 * @returns null where that is another address than the one that it was sent to.
 * @throws Problem gone, or unavailable while the file is checked for viruses.
 */
export async function openLinkedFile(
  tx: Tx,
  { keyring, fileStore }: { keyring: Keyring; fileStore: FileStore },
  wanted: { key: string; email: string | null },
): Promise<Awaited<ReturnType<typeof openFile>> | null> {
  const row = await findRow(tx, wanted.key);
  const fingerprint = row.recipient_fingerprint;
  if (fingerprint !== null) {
    if (wanted.email === null || !timingSafeEqual(fingerprintEmail(keyring, wanted.email), fingerprint)) return null;
  }
  const opened = await openFile(tx, fileStore, row.file_id);
  await notifyTables(tx)
    .updateTable('linked_files')
    .set({ opened_at: sql<string>`now()` })
    .where('organisation_id', '=', tx.organisationId)
    .where('id', '=', row.id)
    .execute();
  return opened;
}

/** The organisation that a link is of. Nothing of it is believed yet. @throws Problem gone */
export function organisationOf(key: string): string {
  return readKey(key).organisationId;
}

async function findRow(tx: Tx, key: string) {
  const { id } = readKey(key);
  const row = await notifyTables(tx)
    .selectFrom('linked_files')
    .selectAll()
    .where('organisation_id', '=', tx.organisationId)
    .where('id', '=', id)
    .where('expires_at', '>', sql<string>`now()`)
    .executeTakeFirst();
  if (row === undefined || !timingSafeEqual(row.token_hash, hashToken(key))) throw gone();
  return row;
}

function readKey(key: string): { organisationId: string; id: string } {
  const bytes = Buffer.from(key, 'base64url');
  const idAt = (at: number): string =>
    bytes.toString('hex', at, at + 16).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
  const [organisationId, id] = [idAt(0), idAt(16)];
  if (bytes.length !== 64 || !isId(organisationId) || !isId(id)) throw gone();
  return { organisationId, id };
}

function gone(): Problem {
  return new Problem('gone', {
    title: 'This file is no longer available',
    message:
      'The link is not whole, or the time for which the file was kept is over. If you still need it, ask the department that sent it to you.',
  });
}

/** Forgets files whose time is over. Says how many. */
export async function forgetExpiredFiles(database: Database): Promise<number> {
  const organisations = new Set((await listServicesAcross(database)).map(({ organisationId }) => organisationId));
  let count = 0;
  for (const organisationId of organisations) {
    const actor = { kind: 'system', name: 'notify.forget-expired-files' } as const;
    count += await database.transact({ organisationId, actor }, async (tx) => {
      const rows = await notifyTables(tx)
        .deleteFrom('linked_files')
        .where('organisation_id', '=', tx.organisationId)
        .where('expires_at', '<=', sql<string>`now()`)
        .returning('file_id')
        .execute();
      for (const row of rows) await forgetFile(tx, row.file_id);
      return rows.length;
    });
  }
  return count;
}
