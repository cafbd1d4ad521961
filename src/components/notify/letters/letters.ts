import { sealedPlace, type Calendar, type Keyring, type Tx } from '#platform';
import { notifyTables } from '../database.ts';
import { openSealed } from '../messages.ts';
import { isTooLong, makeLetterPdf, type LetterPdf } from './letter-pdf.ts';

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

/** Why a letter made from a template cannot be printed; null where it can. */
export function tooLong({ pages }: LetterPdf): string | null {
  return isTooLong(pages) ? `The letter has ${pages} pages. A letter has at most 10.` : null;
}

/** Where the PDF of a letter is sealed. */
export function placeOfPdf(organisationId: string, messageId: string): string {
  return sealedPlace('notify.letters.sealed_pdf', organisationId, messageId);
}

/** A day as it stands on a letter. */
export function longDate(day: string): string {
  return new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'long', year: 'numeric', timeZone: 'UTC' }).format(
    new Date(`${day}T12:00:00Z`),
  );
}
