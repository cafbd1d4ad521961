/** A text message as it is sent. */
export interface TextMessage {
  readonly text: string;
  /** GSM 03.38 packs a character into seven bits; Welsh letters outside of it make the whole message UCS-2. */
  readonly encoding: 'gsm' | 'unicode';
  /** How many text messages of the network it takes, which is what it costs. */
  readonly fragments: number;
  /** Characters without the prefix: what the limit counts. */
  readonly length: number;
}

/** The most characters of a text message, its prefix left out. */
export const longestTextMessage = 918;

// 3GPP TS 23.038, section 6.2.1: the default alphabet, without its escape character, and the extension table.
const gsmAlphabet = new Set(
  '@£$¥èéùìòÇ\nØøÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !"#¤%&\'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà',
);
const gsmExtension = new Set('^{}\\[~]|€');

/** Letters of Welsh: a, e, i, o, u, w and y with each of its four accents. */
const welshLetters = new Set(
  Array.from('aeiouwyAEIOUWY').flatMap((letter) =>
    ['\u0300', '\u0301', '\u0302', '\u0308'].map((accent) => `${letter}${accent}`.normalize('NFC')),
  ),
);

/** What stands for a character that is in no alphabet of text messages and does not come apart into a letter and an accent. */
const replacements: ReadonlyMap<string, string> = new Map([
  ...Array.from('‐‑‒–—―−').map((dash) => [dash, '-'] as const),
  ...Array.from('‘’‚‛′').map((quote) => [quote, "'"] as const),
  ...Array.from('“”„‟″').map((quote) => [quote, '"'] as const),
  ['…', '...'],
  ['Ł', 'L'],
  ['ł', 'l'],
  ...Array.from('\u00a0\u202f\t').map((space) => [space, ' '] as const),
  ...Array.from('\u180e\u200b\u200c\u200d\u2060\ufeff\u2028\u2029\u00ad').map((nothing) => [nothing, ''] as const),
]);

/**
 * Makes the text message that is sent: with the name of the service before it, in the alphabet of text messages, and with
 * its spaces tidied. The rules are those of GOV.UK Notify.
 *
 * @param body with its placeholders filled.
 * @param prefix the name of the service, or null to send it without.
 */
export function writeTextMessage(body: string, prefix: string | null): TextMessage {
  const text = tidy(inAlphabet(prefix === null ? body : `${prefix.trim()}: ${body}`));
  const encoding = Array.from(text).every((letter) => gsmAlphabet.has(letter) || gsmExtension.has(letter))
    ? 'gsm'
    : 'unicode';
  const beside = prefix === null ? 0 : tidy(inAlphabet(prefix)).length + 2;
  return { text, encoding, fragments: countFragments(text, encoding), length: Math.max(0, text.length - beside) };
}

/** A message that does not fit one text message is split, and each part carries a header: 3GPP TS 23.040, section 9.2.3.24.1. */
function countFragments(text: string, encoding: 'gsm' | 'unicode'): number {
  const [alone, joined] = encoding === 'gsm' ? [160, 153] : [70, 67];
  const extended = encoding === 'gsm' ? Array.from(text).filter((letter) => gsmExtension.has(letter)).length : 0;
  const size = text.length + extended;
  return size <= alone ? 1 : Math.ceil(size / joined);
}

function inAlphabet(text: string): string {
  return Array.from(text.normalize('NFC').replaceAll(/\r\n?|[\v\f\u0085]/g, '\n'), nearest).join('');
}

/** The character itself where a text message can hold it, or what comes nearest, or a question mark. */
function nearest(letter: string): string {
  if (gsmAlphabet.has(letter) || gsmExtension.has(letter) || welshLetters.has(letter)) return letter;
  const replacement = replacements.get(letter);
  if (replacement !== undefined) return replacement;
  const [base = ''] = letter.normalize('NFD');
  return base !== letter && gsmAlphabet.has(base) ? base : '?';
}

function tidy(text: string): string {
  return text
    .replaceAll(/(?<![ \t])[ \t]+([,.])/g, '$1')
    .split('\n')
    .map((line) => line.replaceAll(/\s+/g, ' ').trim())
    .join('\n')
    .replaceAll(/\n{3,}/g, '\n\n')
    .trim();
}
