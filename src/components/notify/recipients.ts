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
  return null;
}

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
