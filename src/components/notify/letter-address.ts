import { Refusal } from './api/refusals.ts';
import { readPostalAddress } from './postal-address.ts';
import { keyOf, type Personalisation } from './templates/template-text.ts';
import type { TemplateVersion } from './templates/templates.ts';

/** The names under which the lines of an address stand in a letter's personalisation, as they are compared. */
export const addressKeys: readonly string[] = [
  ...Array.from({ length: 7 }, (_, index) => keyOf(`address line ${index + 1}`)),
  keyOf('postcode'),
];

/**
 * The lines of a letter's address, one below the other, and how it is posted.
 *
 * @throws Refusal where it is no address, in the words of GOV.UK Notify.
 */
export function readLetterAddress(
  template: Pick<TemplateVersion, 'postage'>,
  personalisation: Personalisation,
): { to: string; postage: string } {
  const values = new Map(Object.entries(personalisation).map(([name, value]) => [keyOf(name), value]));
  const lines = addressKeys.map((key) => values.get(key)).map((value) => (value === null ? '' : String(value ?? '')));
  const address = readPostalAddress(lines, { abroad: true });
  if ('wrong' in address) throw new Refusal('ValidationError', address.wrong);
  const isAtHome = address.destination === 'uk' || address.destination === 'bfpo';
  return {
    to: address.lines.join('\n'),
    postage: isAtHome ? (template.postage ?? 'second') : address.destination,
  };
}
