import type { Keyring } from '#platform';

/** A phone number as a network takes it: digits with the country's code, no plus. Null where it is none. */
export function readPhoneNumber(given: string): string | null {
  return phoneFault(given) === null ? digitsOf(given) : null;
}

/**
 * What is wrong with a phone number that a text message is to be sent to, in the words of GOV.UK Notify; null where
 * nothing is. A number of the United Kingdom may be written in any way; one of another country begins with + or 00.
 */
export function phoneFault(given: string): string | null {
  const text = given.replaceAll(/[\s\u200b-\u200d\u2060\ufeff()\-.]/g, '');
  if (!/^\+?\d*$/.test(text)) return 'Must not contain letters or symbols';
  const digits = digitsOf(given);
  if (isBritish(digits)) {
    const national = digits.slice(2);
    if (national.length < 10) return 'Not enough digits';
    if (national.length > 10) return 'Too many digits';
    return national.startsWith('7') && !national.startsWith('70') ? null : 'Not a UK mobile number';
  }
  if (digits.length < 8) return 'Not enough digits';
  if (digits.length > 15) return 'Too many digits';
  return [1, 2, 3].some((length) => countryCodes.has(digits.slice(0, length))) ? null : 'Not a valid country prefix';
}

/** Codes of countries and networks, ITU-T E.164, those of the United Kingdom left out. */
const countryCodes = new Set(
  (
    '1 7 20 211 212 213 216 218 220 221 222 223 224 225 226 227 228 229 230 231 232 233 234 235 236 237 238 239 240 241 242 243 ' +
    '244 245 246 247 248 249 250 251 252 253 254 255 256 257 258 260 261 262 263 264 265 266 267 268 269 27 290 291 297 298 299 ' +
    '30 31 32 33 34 350 351 352 353 354 355 356 357 358 359 36 370 371 372 373 374 375 376 377 378 380 381 382 383 385 386 387 ' +
    '389 39 40 41 420 421 423 43 45 46 47 48 49 500 501 502 503 504 505 506 507 508 509 51 52 53 54 55 56 57 58 590 591 592 593 ' +
    '594 595 596 597 598 599 60 61 62 63 64 65 66 670 672 673 674 675 676 677 678 679 680 681 682 683 685 686 687 688 689 690 691 ' +
    '692 81 82 84 850 852 853 855 856 86 870 878 880 881 882 883 886 90 91 92 93 94 95 960 961 962 963 964 965 966 967 968 970 971 ' +
    '972 973 974 975 976 977 98 992 993 994 995 996 998'
  ).split(' '),
);

/** Whether a number is of another country than the United Kingdom. */
export function isAbroad(number: string): boolean {
  return !isBritish(number);
}

function isBritish(digits: string): boolean {
  return digits.startsWith('44');
}

function digitsOf(given: string): string {
  const text = given.replaceAll(/[^\d+]/g, '');
  const digits = text.replaceAll('+', '');
  if (text.startsWith('+') && !digits.startsWith('0')) return digits.replace(/^440/, '44');
  if (digits.startsWith('00') && !digits.startsWith('007')) return digits.slice(2).replace(/^440/, '44');
  const national = digits.replace(/^0+/, '');
  if (national.startsWith('44')) return national.replace(/^440/, '44');
  return digits.startsWith('0') || national.startsWith('7') || national.length < 11 ? `44${national}` : national;
}

/** What is wrong with an e-mail address, in the words of GOV.UK Notify; null where nothing is. */
export function emailFault(given: string): string | null {
  return readEmailAddress(given) === null ? 'Not a valid email address' : null;
}

/** An e-mail address without what surrounds it; null where it is none that mail servers take. */
export function readEmailAddress(given: string): string | null {
  const address = given.replaceAll(/\u180e|\u200b|\u200c|\u200d|\u2060|\ufeff|\u00a0/g, '').trim();
  const [, host = ''] = /^[\w.!#$%&'*+/=?^`{|}~-]+@([^.@\s][^@\s]*)$/.exec(address) ?? [];
  if (host === '' || address.length > 320 || address.includes('..')) return null;
  const parts = asciiHost(host).split('.');
  const isHost =
    parts.length >= 2 &&
    parts.join('.').length <= 253 &&
    parts.every((part) => part.length <= 63 && /^(?:xn|[a-z\d]+)(?:-{1,2}[a-z\d]+)*$/i.test(part)) &&
    /^(?:[a-z]{2,63}|xn--[a-z\d-]*[a-z\d])$/i.test(parts.at(-1) ?? '');
  return isHost ? address : null;
}

/** The host as the domain name system has it; empty where it cannot have it. */
function asciiHost(host: string): string {
  // A plain name is what it is. What ends with a figure may be an address of the network, and what is written with xn-- a wrong one.
  if (/^[a-z\d.-]*[a-z]$/i.test(host) && !/xn--/i.test(host)) return host.toLowerCase();
  const url = `http://${host}`;
  if (/[/?#:@[\]\\%]/.test(host) || !URL.canParse(url)) return '';
  return new URL(url).hostname;
}

/** The keyed hash by which what belongs to a phone number is found, however it is written. */
export function fingerprintPhone(keyring: Keyring, number: string): Buffer {
  return keyring.fingerprint('phone', number);
}

/** Recipients that nobody is behind: what is sent to them is accepted, and nothing of it is kept. */
export function isSimulated(recipient: string): boolean {
  return simulated.has(recipient.toLowerCase());
}

const simulated = new Set([
  '447700900000',
  '447700900111',
  '447700900222',
  'simulate-delivered@notifications.service.gov.uk',
  'simulate-delivered-2@notifications.service.gov.uk',
  'simulate-delivered-3@notifications.service.gov.uk',
]);

/** What becomes of a message to a recipient that is there to try failures with; undefined for every other. */
export function failureOf(recipient: string): 'temporary-failure' | 'permanent-failure' | undefined {
  return failing.get(recipient.toLowerCase());
}

const failing: ReadonlyMap<string, 'temporary-failure' | 'permanent-failure'> = new Map([
  ['447700900003', 'temporary-failure'],
  ['447700900002', 'permanent-failure'],
  ['temp-fail@simulator.notify', 'temporary-failure'],
  ['perm-fail@simulator.notify', 'permanent-failure'],
] as const);
