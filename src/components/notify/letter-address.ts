import { Refusal } from './api/refusals.ts';
import { readPostalAddress } from './postal-address.ts';
import { keyOf, type Personalisation } from './templates/template-text.ts';
import type { TemplateVersion } from './templates/templates.ts';

const seventhLine = keyOf('address line 7');
const postcode = keyOf('postcode');

/** The names under which the lines of an address stand in a letter's personalisation, as they are compared. */
export const addressKeys: readonly string[] = [
  ...Array.from({ length: 7 }, (_, index) => keyOf(`address line ${index + 1}`)),
  postcode,
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
  // A seventh line takes the place of the postcode: some departments send both, and the same in them.
  const keys = values.has(seventhLine) ? addressKeys.filter((key) => key !== postcode) : addressKeys;
  const lines = keys.map((key) => values.get(key)).map((value) => (value === null ? '' : String(value ?? '')));
  const address = readPostalAddress(lines, { abroad: true });
  if ('wrong' in address) throw new Refusal('ValidationError', address.wrong);
  const isAtHome = address.destination === 'uk' || address.destination === 'bfpo';
  return {
    to: address.lines.join('\n'),
    postage: isAtHome ? (template.postage ?? 'second') : address.destination,
  };
}
