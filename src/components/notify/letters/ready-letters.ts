import { createHash } from 'node:crypto';
import {
  addJob,
  hashToken,
  isDuplicate,
  newId,
  type Database,
  type FileStore,
  type Job,
  type Keyring,
  type Log,
  type Tx,
} from '#platform';
import { sql } from 'kysely';
import {
  countAsRequest,
  refuseLetterKey,
  refuseLetterless,
  refuseOverLimit,
  type Acceptance,
  type Caller,
} from '../acceptance.ts';
import { Refusal } from '../api/refusals.ts';
import { notifyTables } from '../database.ts';
import { isBase64 } from '../files/given-file.ts';
import { queueHandOvers } from '../hand-over/queue.ts';
import { countDay } from '../intake.ts';
import { sealMessage, sealRecipient } from '../messages.ts';
import { findRepeated, requestSigning } from '../notifications.ts';
import { placeOfPdf } from './letters.ts';
import { checkReadyLetter, type ReadyLetter } from './ready-letter-check.ts';

/** A letter that a department made itself: a PDF that is printed as it is. */
export interface ReadyLetterRequest {
  readonly reference: string;
  /** In base64. */
  readonly content: string;
  /** first, second or economy: one that goes abroad is known by its address. */
  readonly postage: string;
  readonly idempotencyKey: string | null;
}

/** What looks for viruses, as the platform's files have it. */
export type Scanner = NonNullable<FileStore['scanner']>;

/** Scans a letter and looks at it. */
const checkJob = 'notify.check-letter';
const mostBytes = 5_000_000;
/** How long a letter waits where the scanner is away, at most, in seconds. */
const longestPause = 300;

/**
 * Takes a letter that is a PDF already. A job scans it and looks at it; then it goes with the next batch, or is refused with
 * the reason: status `virus-scan-failed` or `validation-failed`. With the idempotency key of an earlier letter the same
 * request gives that letter again.
 *
 * @throws Refusal in the words of the contract.
 */
export async function acceptReadyLetter(
  acceptance: Acceptance,
  caller: Caller,
  request: ReadyLetterRequest,
): Promise<{ id: string; reference: string; postage: string }> {
  const { database, keyring } = acceptance;
  const service = await countAsRequest(acceptance, caller, 'letter');
  refuseLetterless(service);
  refuseLetterKey(caller, service);
  if (acceptance.fileStore?.scanner == null) {
    throw new Refusal(
      'BadRequestError',
      'Letters cannot be sent as PDFs, because nothing scans files for viruses here',
    );
  }
  const { reference, postage, idempotencyKey: key } = request;
  const pdf = readPdf(request.content);
  const signedText = JSON.stringify([
    'ready letter',
    reference,
    postage,
    createHash('sha256').update(pdf).digest('base64'),
  ]);
  const repeated = async (): Promise<string | null> => {
    if (key === null) return null;
    const { serviceId } = caller;
    const found = await database.transact(caller.scope, (tx) =>
      findRepeated(tx, keyring, { serviceId, key, signedText }),
    );
    return found?.id ?? null;
  };
  const before = await repeated();
  if (before !== null) return { id: before, reference, postage };
  try {
    const id = await database.transact(caller.scope, async (tx) => {
      if (caller.keyKind !== 'test' && (await countDay(tx, service, 'letter', 1)) === 0) {
        refuseOverLimit('too many', service, caller.keyKind, 'letter');
      }
      return insertLetter(tx, keyring, caller, { reference, postage, pdf, key, signedText });
    });
    return { id, reference, postage };
  } catch (error) {
    if (!isDuplicate(error, 'messages_once')) throw error;
    // The same was sent at the same moment, and that one was first.
    const first = await repeated();
    if (first === null) throw error;
    return { id: first, reference, postage };
  }
}

function readPdf(content: string): Buffer {
  if (!isBase64(content)) {
    throw new Refusal('BadRequestError', 'Cannot decode letter content (invalid base64 encoding)');
  }
  const pdf = Buffer.from(content, 'base64');
  if (pdf.length > mostBytes) throw new Refusal('ValidationError', 'Uploaded letter file size is too big');
  if (!pdf.subarray(0, 1024).includes('%PDF-')) {
    throw new Refusal('ValidationError', 'Letter content is not a valid PDF');
  }
  return pdf;
}

async function insertLetter(
  tx: Tx,
  keyring: Keyring,
  { serviceId, keyKind, keyId }: Caller,
  letter: { reference: string; postage: string; pdf: Buffer; key: string | null; signedText: string },
): Promise<string> {
  const id = newId();
  const { organisationId } = tx;
  const reference = letter.reference.toWellFormed();
  // Whom it is to stands in the PDF, and is read from there.
  const content = { subject: reference, body: '' };
  await notifyTables(tx)
    .insertInto('messages')
    .values({
      organisation_id: organisationId,
      id,
      service_id: serviceId,
      channel: 'letter',
      template: 'ready letter',
      ...sealMessage(keyring, { organisationId, id, to: '', content }),
      key_kind: keyKind,
      key_id: keyId,
      client_reference: reference,
      client_reference_hash: hashToken(reference),
      postage: letter.postage,
      status: 'pending-virus-check',
      idempotency_key: letter.key,
      request_signature: letter.key === null ? null : keyring.sign(requestSigning, letter.signedText),
    })
    .execute();
  await notifyTables(tx)
    .insertInto('letters')
    .values({
      organisation_id: organisationId,
      message_id: id,
      sealed_pdf: keyring.seal(placeOfPdf(organisationId, id), letter.pdf),
    })
    .execute();
  await addJob(tx, checkJob, { messageId: id });
  return id;
}

/** The job that scans ready letters and looks at them. @param scanner null where none is set: letters wait. */
export function readyLetterJobs(dependencies: {
  database: Database;
  keyring: Keyring;
  scanner: Scanner | null;
}): Job[] {
  const { database, keyring, scanner } = dependencies;
  return [
    {
      name: checkJob,
      run: async (payload, { scope, log }) => {
        const messageId = String(payload['messageId']);
        const pdf = await database.transact(scope, (tx) => openWaiting(tx, keyring, messageId));
        if (pdf === null) return;
        const scan = await scanLetter(scanner, pdf, log);
        if (scan === null) {
          const tries = Number(payload['tries'] ?? 0) + 1;
          const runAt = new Date(Date.now() + Math.min(5 * 2 ** tries, longestPause) * 1000).toISOString();
          await database.transact(scope, (tx) => addJob(tx, checkJob, { messageId, tries }, { runAt }));
          return;
        }
        if (scan.found !== null) {
          await database.transact(scope, (tx) => recordVirus(tx, messageId));
          return;
        }
        const found = await checkReadyLetter(pdf);
        await database.transact(scope, (tx) => recordCheck(tx, keyring, messageId, found));
      },
    },
  ];
}

/** What the scanner says; null where it cannot be asked now. */
async function scanLetter(
  scanner: Scanner | null,
  pdf: Buffer,
  log: Log,
): Promise<{ readonly found: string | null } | null> {
  if (scanner === null) {
    log.warn('a letter waits for a virus scanner, and none is set: FILE_SCANNER');
    return null;
  }
  try {
    return await scanner.scan(once(pdf));
  } catch (error) {
    log.warn({ error: error instanceof Error ? error.name : 'unknown' }, 'a letter could not be scanned');
    return null;
  }
}

async function* once(content: Buffer): AsyncGenerator<Buffer> {
  yield content;
}

async function openWaiting(tx: Tx, keyring: Keyring, messageId: string): Promise<Buffer | null> {
  const row = await notifyTables(tx)
    .selectFrom('letters as l')
    .innerJoin('messages as m', (join) =>
      join.onRef('m.organisation_id', '=', 'l.organisation_id').onRef('m.id', '=', 'l.message_id'),
    )
    .select('l.sealed_pdf')
    .where('l.organisation_id', '=', tx.organisationId)
    .where('l.message_id', '=', messageId)
    .where('m.status', '=', 'pending-virus-check')
    .executeTakeFirst();
  if (row === undefined || row.sealed_pdf === null) return null;
  return keyring.open(placeOfPdf(tx.organisationId, messageId), row.sealed_pdf);
}

/** Nobody opens a letter with a virus, so that it is not kept. */
async function recordVirus(tx: Tx, messageId: string): Promise<void> {
  const failure = 'A virus scanner found something in the file. Make the PDF anew and send it again.';
  await notifyTables(tx)
    .updateTable('messages')
    .set({ status: 'virus-scan-failed', failed_at: sql<string>`now()`, failure })
    .where('organisation_id', '=', tx.organisationId)
    .where('id', '=', messageId)
    .where('status', '=', 'pending-virus-check')
    .execute();
  await notifyTables(tx)
    .updateTable('letters')
    .set({ sealed_pdf: null })
    .where('organisation_id', '=', tx.organisationId)
    .where('message_id', '=', messageId)
    .execute();
}

async function recordCheck(tx: Tx, keyring: Keyring, messageId: string, found: ReadyLetter): Promise<void> {
  const changing = notifyTables(tx)
    .updateTable('messages')
    .where('organisation_id', '=', tx.organisationId)
    .where('id', '=', messageId)
    .where('status', '=', 'pending-virus-check');
  await notifyTables(tx)
    .updateTable('letters')
    .set({ pages: found.pages, fault: 'fault' in found ? found.fault : null })
    .where('organisation_id', '=', tx.organisationId)
    .where('message_id', '=', messageId)
    .execute();
  if ('fault' in found) {
    await changing.set({ status: 'validation-failed', failed_at: sql<string>`now()`, failure: found.words }).execute();
    return;
  }
  const address = found.address.join('\n');
  const row = await changing
    .set({
      status: 'created',
      ...sealRecipient(keyring, { organisationId: tx.organisationId, id: messageId, to: address }),
      recipient_fingerprint: keyring.fingerprint('postal address', address.toLowerCase()),
      ...(found.postage === null ? {} : { postage: found.postage }),
    })
    .returning('id')
    .executeTakeFirst();
  if (row !== undefined) await queueHandOvers(tx, [{ messageId, channel: 'letter' }]);
}
