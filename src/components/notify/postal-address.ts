/** An address as it is printed in the window of an envelope. */
export interface PostalAddress {
  /** Three to seven lines, the last one a postcode in capitals, `BFPO` with its number, or a country. */
  readonly lines: readonly string[];
  readonly destination: 'uk' | 'bfpo' | 'europe' | 'rest-of-world';
}

const fewestLines = 3;
const mostLines = 7;

/**
 * Reads the lines of an address from a letter's personalisation: `address_line_1` to `address_line_7`, or to
 * `address_line_6` and `postcode`. The rules are those of GOV.UK Notify.
 *
 * @param lines the lines that were given, in order; empty ones are left out.
 * @returns the address, or what is wrong with it in the words of GOV.UK Notify.
 */
export function readPostalAddress(
  lines: readonly string[],
  { abroad = false }: { abroad?: boolean } = {},
): PostalAddress | { readonly wrong: string } {
  const given = lines
    .flatMap((line) => line.split(/\r\n?|\n/))
    .map(tidyLine)
    .filter((line) => line !== '');
  const bfpo = given.map((line) => bfpoLine.exec(line)?.[1]).find((number) => number !== undefined);
  const rest = bfpo === undefined ? given : given.filter((line) => !bfpoLine.test(line));
  const withoutUk = withoutTrailing(rest, (line) => ukNames.has(nameKey(line)));
  const country = withoutUk.length < rest.length ? undefined : countryOf(rest.at(-1) ?? '');
  const postcode = country === undefined ? readPostcode(withoutUk.at(-1) ?? '') : null;

  const written =
    country !== undefined
      ? [...rest.slice(0, -1), ...(bfpo === undefined ? [] : [`BFPO ${bfpo}`]), country.name]
      : [
          ...(postcode === null ? withoutUk : [...withoutUk.slice(0, -1), postcode]),
          ...(bfpo === undefined ? [] : [`BFPO ${Number(bfpo)}`]),
        ];
  if (written.length < fewestLines) return { wrong: `Address must be at least ${fewestLines} lines` };
  if (written.length > mostLines) return { wrong: `Address must be no more than ${mostLines} lines` };
  if (bfpo !== undefined && countryOf(withoutUk.at(-1) ?? '') !== undefined) {
    return { wrong: 'The last line of a BFPO address must not be a country.' };
  }
  if (country !== undefined && !abroad) return { wrong: 'Must be a real UK postcode' };
  if (country === undefined && postcode === null && bfpo === undefined) {
    return {
      wrong: abroad
        ? 'Last line of address must be a real UK postcode or another country'
        : 'Must be a real UK postcode',
    };
  }
  if (written.some((line) => /^[@()=[\]"\\/,<>~]/.test(line))) {
    return { wrong: 'Address lines must not start with any of the following characters: @ ( ) = [ ] ” \\ / , < > ~' };
  }
  if (written.some((line) => /^nfa$/i.test(line) || /no fixed (?:abode|address)/i.test(line))) {
    return { wrong: 'Must be a real address' };
  }
  return { lines: written, destination: bfpo !== undefined ? 'bfpo' : (country?.zone ?? 'uk') };
}

/** A postcode as it is printed, `SW1A 1AA`, or null where there is no such postcode area or shape. */
export function readPostcode(text: string): string | null {
  const compact = text.replaceAll(/\s+/g, '').toUpperCase();
  const parts = /^([A-Z]{1,3})(\d[\dA-Z]?)(\d[ABD-HJLNP-UW-Z]{2})$/.exec(compact);
  const [, area = '', district = '', inward = ''] = parts ?? [];
  return postcodeAreas.has(area) ? `${area}${district} ${inward}` : null;
}

const bfpoLine = /^bfpo\s*(?:c\/o)?\s*(\d+)$/i;

/** Royal Mail's postcode areas, and those of the Crown dependencies, which are sent to as the United Kingdom. */
const postcodeAreas = new Set(
  (
    'AB AL B BA BB BD BF BH BL BN BR BS BT BX CA CB CF CH CM CO CR CT CV CW DA DD DE DG DH DL DN DT DY E EC EH EN EX FK FY G GIR GL ' +
    'GU GY HA HD HG HP HR HS HU HX IG IM IP IV JE KA KT KW KY L LA LD LE LL LN LS LU M ME MK ML N NE NG NN NP NR NW OL OX PA PE ' +
    'PH PL PO PR QC RG RH RM S SA SE SG SK SL SM SN SO SP SR SS ST SW SY TA TD TF TN TQ TR TS TW UB W WA WC WD WF WN WR WS WV XX YO ZE'
  ).split(' '),
);

const ukNames = new Set(
  [
    'United Kingdom',
    'UK',
    'U.K.',
    'GB',
    'Great Britain',
    'Britain',
    'England',
    'Scotland',
    'Wales',
    'Cymru',
    'Northern Ireland',
  ].map(nameKey),
);

/** Countries that letters reach at the European price. ISO 3166-1. */
const european = new Set(
  (
    'AD AL AM AT AX AZ BA BE BG BY CH CY CZ DE DK EE ES FI FO FR GE GI GL GR HR HU IE IS IT KZ LI LT LU LV MC MD ME MK MT NL NO PL ' +
    'PT RO RS RU SE SI SK SM TR UA VA XK'
  ).split(' '),
);

const countries = listCountries();

function countryOf(line: string): { name: string; zone: 'europe' | 'rest-of-world' } | undefined {
  return countries.get(nameKey(line));
}

/** Every country of ISO 3166-1 by its English name, from the data of Unicode that Node carries, and some by another. */
function listCountries(): Map<string, { name: string; zone: 'europe' | 'rest-of-world' }> {
  const names = new Intl.DisplayNames('en-GB', { type: 'region', fallback: 'none' });
  const letters = Array.from('ABCDEFGHIJKLMNOPQRSTUVWXYZ');
  const found = new Map<string, { name: string; zone: 'europe' | 'rest-of-world' }>();
  // Reserved for private use, or groups of countries.
  const noCountries = new Set(['GB', 'UK', 'EU', 'EZ', 'UN', 'QO', 'XA', 'XB', 'ZZ', 'JE', 'GG', 'IM']);
  for (const code of letters.flatMap((first) => letters.map((second) => `${first}${second}`))) {
    const name = noCountries.has(code) ? undefined : names.of(code);
    // A code that was given up has the name of what took its place.
    if (name === undefined || new Intl.Locale(`und-${code}`).region !== code) continue;
    found.set(nameKey(name), { name, zone: european.has(code) ? 'europe' : 'rest-of-world' });
  }
  for (const [other, name] of [
    ['USA', 'United States'],
    ['US', 'United States'],
    ['United States of America', 'United States'],
    ['Republic of Ireland', 'Ireland'],
    ['Eire', 'Ireland'],
    ['Deutschland', 'Germany'],
    ['Holland', 'Netherlands'],
    ['The Netherlands', 'Netherlands'],
    ['Czech Republic', 'Czechia'],
    ['UAE', 'United Arab Emirates'],
    ['The Gambia', 'Gambia'],
    ['The Bahamas', 'Bahamas'],
  ] as const) {
    const country = found.get(nameKey(name));
    if (country !== undefined) found.set(nameKey(other), country);
  }
  return found;
}

function nameKey(name: string): string {
  return name
    .normalize('NFD')
    .replaceAll(/\p{M}/gu, '')
    .toLowerCase()
    .replaceAll('&', 'and')
    .replaceAll(/[^\p{L}\p{N}]+/gu, '');
}

function tidyLine(line: string): string {
  return line
    .replaceAll(/\s+/g, ' ')
    .replaceAll(/ +([,.])/g, '$1')
    .replace(/[ ,]+$/, '')
    .trim();
}

function withoutTrailing(lines: readonly string[], isLeftOut: (line: string) => boolean): readonly string[] {
  const last = lines.findLastIndex((line) => !isLeftOut(line));
  return lines.slice(0, last + 1);
}
