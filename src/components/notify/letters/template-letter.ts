import type { KnownService } from '../known-services.ts';
import { longDate } from './letters.ts';
import { makeLetterPdf, type LetterPdf } from './letter-pdf.ts';

/**
 * The letter that a template makes, with its placeholders and the lines of the address standing for themselves.
 *
 * @param given.day the day that stands on it, such as `2026-11-25`.
 */
export async function makeTemplateLetter(
  template: { readonly subject: string; readonly body: string },
  { senders, day }: Pick<KnownService, 'senders'> & { day: string },
): Promise<LetterPdf> {
  return makeLetterPdf({
    address: Array.from({ length: 7 }, (_, index) => `((address line ${index + 1}))`).join('\n'),
    contactBlock: senders.find((sender) => sender.channel === 'letter' && sender.isDefault)?.value ?? null,
    subject: template.subject,
    body: template.body,
    date: longDate(day),
    writtenAt: `${day}T00:00:00Z`,
  });
}
