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
    // Their postcodes are of the same system, and their post costs the same.
    'Alderney',
    'Guernsey',
    'Herm',
    'Isle of Man',
    'Jersey',
    'Sark',
  ].map(nameKey),
);

/** Countries that letters reach at the European price. ISO 3166-1. */
const european = new Set(
  (
    'AD AL AM AT AX AZ BA BE BG BY CH CY CZ DE DK EE ES FI FO FR GE GI GL GR HR HU IE IS IT KZ LI LT LU LV MC MD ME MK MT NL NO PL ' +
    'PT RO RS RU SE SI SK SM TR UA VA XK'
  ).split(' '),
);

interface Country {
  readonly name: string;
  readonly zone: 'europe' | 'rest-of-world';
}

let countries: ReadonlyMap<string, Country> | undefined;

function countryOf(line: string): Country | undefined {
  countries ??= listCountries();
  return countries.get(nameKey(line));
}

/** Names by which a country is written on envelopes, where the English name of Unicode is another. */
const namesOnEnvelopes: Readonly<Record<string, string>> = {
  CD: 'Democratic Republic of the Congo',
  CG: 'Republic of the Congo',
  HK: 'Hong Kong',
  MM: 'Myanmar',
  MO: 'Macao',
  PS: 'Palestine',
  TR: 'Turkey',
};

/** Languages in which a country may be named: what people copy from a letter that they were sent. */
const languages = ['cy', 'fr', 'de', 'es', 'it', 'pt', 'nl', 'pl', 'sv', 'da', 'nb', 'fi', 'cs', 'hu', 'ro', 'tr'];

const otherNames: readonly (readonly [other: string, name: string])[] = [
  ['America', 'United States'],
  ['Bosnia', 'Bosnia & Herzegovina'],
  ['Brunei Darussalam', 'Brunei'],
  ['Burma', 'Myanmar'],
  ['Cabo Verde', 'Cape Verde'],
  ['Congo', 'Republic of the Congo'],
  ['Czech Republic', 'Czechia'],
  ['DR Congo', 'Democratic Republic of the Congo'],
  ['DRC', 'Democratic Republic of the Congo'],
  ['East Timor', 'Timor-Leste'],
  ['Eire', 'Ireland'],
  ['Falklands', 'Falkland Islands'],
  ['Holland', 'Netherlands'],
  ['Holy See', 'Vatican City'],
  ['Ivory Coast', 'Côte d’Ivoire'],
  ['Kyrgyz Republic', 'Kyrgyzstan'],
  ['Macau', 'Macao'],
  ['Macedonia', 'North Macedonia'],
  ['People’s Republic of China', 'China'],
  ['Republic of Ireland', 'Ireland'],
  ['Republic of Korea', 'South Korea'],
  ['Russian Federation', 'Russia'],
  ['Slovak Republic', 'Slovakia'],
  ['Swaziland', 'Eswatini'],
  ['UAE', 'United Arab Emirates'],
  ['US', 'United States'],
  ['USA', 'United States'],
  ['United States of America', 'United States'],
  ['Viet Nam', 'Vietnam'],
];

/** Every country of ISO 3166-1 by its English name, its name in other languages and some more, from the data of Unicode that Node carries. */
function listCountries(): ReadonlyMap<string, Country> {
  const english = new Intl.DisplayNames('en-GB', { type: 'region', fallback: 'none' });
  const letters = Array.from('ABCDEFGHIJKLMNOPQRSTUVWXYZ');
  const found = new Map<string, Country>();
  const byCode = new Map<string, Country>();
  // Reserved for private use, groups of countries, or reached at the price of the United Kingdom.
  const noCountries = new Set(['GB', 'UK', 'EU', 'EZ', 'UN', 'QO', 'XA', 'XB', 'ZZ', 'JE', 'GG', 'IM']);
  for (const code of letters.flatMap((first) => letters.map((second) => `${first}${second}`))) {
    const given = noCountries.has(code) ? undefined : english.of(code);
    // A code that was given up has the name of what took its place.
    if (given === undefined || new Intl.Locale(`und-${code}`).region !== code) continue;
    const country: Country = {
      name: namesOnEnvelopes[code] ?? given,
      zone: european.has(code) ? 'europe' : 'rest-of-world',
    };
    byCode.set(code, country);
    for (const name of [given, country.name]) found.set(nameKey(name), country);
  }
  for (const [other, name] of otherNames) {
    const country = found.get(nameKey(name));
    if (country !== undefined) found.set(nameKey(other), country);
  }
  for (const language of languages) {
    const names = new Intl.DisplayNames(language, { type: 'region', fallback: 'none' });
    for (const [code, country] of byCode) {
      const key = nameKey(names.of(code) ?? country.name);
      if (!found.has(key)) found.set(key, country);
    }
  }
  return found;
}

function nameKey(name: string): string {
  return name
    .normalize('NFD')
    .replaceAll(/\p{M}/gu, '')
    .toLowerCase()
    .replaceAll('&', ' and ')
    .replaceAll(/\bsaint\b/g, 'st')
    .replace(/^the /, '')
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
