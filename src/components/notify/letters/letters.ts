import {
  addJob,
  newId,
  Problem,
  sealedPlace,
  type Calendar,
  type Database,
  type Job,
  type Keyring,
  type Tx,
} from '#platform';
import { sql } from 'kysely';
import type { Callbacks } from '../callbacks/callbacks.ts';
import { notifyTables } from '../database.ts';
import { queueHandOvers } from '../hand-over/queue.ts';
import type { KeyKind } from '../intake.ts';
import { openSealed, sealMessage } from '../messages.ts';
import { isTooLong, makeLetterPdf, type LetterPdf } from './letter-pdf.ts';
import { checkReadyLetter } from './ready-letter.ts';

/** Looks at a letter that a department made itself. */
const checkJob = 'notify.check-letter';
const mostBytes = 5_000_000;

/**
 * Takes a letter that is a PDF already. It is looked at by a job, and goes with the next batch, or is refused with the
 * reason, status `validation-failed`.
 *
 * @throws Problem too-large over five million bytes; unprocessable where it is no PDF.
 */
export async function sendReadyLetter(
  tx: Tx,
  keyring: Keyring,
  letter: {
    serviceId: string;
    keyKind: KeyKind;
    keyId: string | null;
    reference: string;
    referenceHash: Buffer;
    postage: 'first' | 'second' | 'economy';
    pdf: Buffer;
  },
): Promise<{ id: string }> {
  if (letter.pdf.length > mostBytes)
    throw new Problem('too-large', { message: 'The letter is larger than 5 megabytes.' });
  if (!letter.pdf.subarray(0, 1024).includes('%PDF-')) {
    throw new Problem('unprocessable', { message: 'The letter is not a PDF.' });
  }
  const id = newId();
  // Whom it is to stands in the PDF, and is read from there.
  const content = { subject: letter.reference, body: '' };
  await notifyTables(tx)
    .insertInto('messages')
    .values({
      organisation_id: tx.organisationId,
      id,
      service_id: letter.serviceId,
      channel: 'letter',
      template: 'ready letter',
      ...sealMessage(keyring, { organisationId: tx.organisationId, id, to: '', content }),
      key_kind: letter.keyKind,
      key_id: letter.keyId,
      client_reference: letter.reference,
      client_reference_hash: letter.referenceHash,
      postage: letter.postage,
      status: 'pending-virus-check',
    })
    .execute();
  await notifyTables(tx)
    .insertInto('letters')
    .values({
      organisation_id: tx.organisationId,
      message_id: id,
      sealed_pdf: keyring.seal(placeOfPdf(tx.organisationId, id), letter.pdf),
    })
    .execute();
  await addJob(tx, checkJob, { messageId: id });
  return { id };
}

/**
 * The PDF of a letter as it is printed; null where there is none (any more).
 *
 * @param calendar says which day stands on it.
 */
export async function openLetterPdf(
  tx: Tx,
  keyring: Keyring,
  calendar: Calendar,
  messageId: string,
): Promise<LetterPdf | null> {
  const row = await notifyTables(tx)
    .selectFrom('messages as m')
    .leftJoin('letters as l', (join) =>
      join.onRef('l.organisation_id', '=', 'm.organisation_id').onRef('l.message_id', '=', 'm.id'),
    )
    .select(['m.organisation_id', 'm.id', 'm.sealed_recipient', 'm.sealed_content', 'm.sender', 'm.created_at'])
    .select(['l.sealed_pdf', 'l.pages'])
    .where('m.organisation_id', '=', tx.organisationId)
    .where('m.id', '=', messageId)
    .where('m.channel', '=', 'letter')
    .executeTakeFirst();
  if (row === undefined) return null;
  if (row.sealed_pdf !== null) {
    return { pdf: keyring.open(placeOfPdf(row.organisation_id, row.id), row.sealed_pdf), pages: row.pages ?? 1 };
  }
  const { to, content } = openSealed(keyring, row);
  if (to === null || content === null || to === '') return null;
  return makeLetterPdf({
    address: to,
    contactBlock: row.sender,
    subject: content.subject,
    body: content.body,
    date: longDate(calendar.dayOf(row.created_at)),
    writtenAt: row.created_at,
  });
}

/** Records that the post brought a letter back, and tells the service. Says whether it was one that had been sent. */
export async function returnLetter(tx: Tx, callbacks: Callbacks, messageId: string): Promise<boolean> {
  const row = await notifyTables(tx)
    .updateTable('messages')
    .set({ status: 'returned-letter', delivered_at: null })
    .where('organisation_id', '=', tx.organisationId)
    .where('id', '=', messageId)
    .where('channel', '=', 'letter')
    .where('status', 'in', ['sending', 'delivered'])
    .where('handed_over_at', 'is not', null)
    .returning('id')
    .executeTakeFirst();
  if (row === undefined) return false;
  await notifyTables(tx)
    .insertInto('message_events')
    .values({
      organisation_id: tx.organisationId,
      message_id: messageId,
      id: newId(),
      what: 'Came back by post',
      provider: null,
      detail: null,
    })
    .execute();
  await callbacks.returnedLetter(tx, messageId);
  return true;
}

/** The job that looks at ready letters. */
export function letterJobs(database: Database, keyring: Keyring): Job[] {
  return [
    {
      name: checkJob,
      run: async (payload, { scope }) => {
        const messageId = String(payload['messageId']);
        const row = await database.transact(scope, (tx) =>
          notifyTables(tx)
            .selectFrom('letters')
            .select('sealed_pdf')
            .where('organisation_id', '=', tx.organisationId)
            .where('message_id', '=', messageId)
            .executeTakeFirst(),
        );
        if (row === undefined || row.sealed_pdf === null) return;
        const pdf = keyring.open(placeOfPdf(scope.organisationId, messageId), row.sealed_pdf);
        const found = await checkReadyLetter(pdf);
        await database.transact(scope, (tx) => recordCheck(tx, keyring, messageId, found));
      },
    },
  ];
}

async function recordCheck(
  tx: Tx,
  keyring: Keyring,
  messageId: string,
  found: Awaited<ReturnType<typeof checkReadyLetter>>,
): Promise<void> {
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
  const { sealed_recipient: recipient } = sealMessage(keyring, {
    organisationId: tx.organisationId,
    id: messageId,
    to: address,
    content: { subject: '', body: '' },
  });
  const row = await changing
    .set({
      status: 'created',
      sealed_recipient: recipient,
      recipient_fingerprint: keyring.fingerprint('postal address', address.toLowerCase()),
      ...(found.postage === null ? {} : { postage: found.postage }),
    })
    .returning('id')
    .executeTakeFirst();
  if (row !== undefined) await queueHandOvers(tx, [{ messageId, channel: 'letter' }]);
}

/** Why a letter made from a template cannot be printed; null where it can. */
export function tooLong({ pages }: LetterPdf): string | null {
  return isTooLong(pages) ? `The letter has ${pages} pages. A letter has at most 10.` : null;
}

function placeOfPdf(organisationId: string, messageId: string): string {
  return sealedPlace('notify.letters.sealed_pdf', organisationId, messageId);
}

function longDate(day: string): string {
  return new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'long', year: 'numeric', timeZone: 'UTC' }).format(
    new Date(`${day}T12:00:00Z`),
  );
}
