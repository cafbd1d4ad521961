import type { Keyring } from '#platform';

/** RFC 4648 base 32 in lower case: mail servers may change the case of an address, and no sign in it has a meaning there. */
const alphabet = 'abcdefghijklmnopqrstuvwxyz234567';
const signatureLetters = 8;
const purpose = 'notify.message-token';

/**
 * What names a message to mail servers: in its Message-ID, and in the address that bounces come back to. It says which
 * message of which organisation it is, and is signed, so that nobody can make up a bounce of a message they have not seen.
 * 61 letters: the part of an address before the @ has at most 64 (RFC 5321, section 4.5.3.1.1).
 */
export function messageToken(keyring: Keyring, message: { organisationId: string; messageId: string }): string {
  const named = encode(Buffer.from(`${message.organisationId}${message.messageId}`.replaceAll('-', ''), 'hex'));
  return `m${named}${sign(keyring, named)}`;
}

/** The message that a token names; null where it is none of ours. */
export function readMessageToken(
  keyring: Keyring,
  token: string,
): { organisationId: string; messageId: string } | null {
  const [, named = '', signature = ''] = /^m([a-z2-7]{52})([a-z2-7]{8})$/.exec(token.toLowerCase()) ?? [];
  if (named === '' || !isSigned(keyring, named, signature)) return null;
  const hex = decode(named).toString('hex').slice(0, 64);
  return { organisationId: asId(hex.slice(0, 32)), messageId: asId(hex.slice(32)) };
}

/** Every token that stands in a text. */
export function findMessageTokens(text: string): string[] {
  return [...text.toLowerCase().matchAll(/(?<![a-z2-7])m[a-z2-7]{60}(?=@)/g)].map(([token]) => token);
}

/** Made with the oldest key, as fingerprints are, so that a bounce is known after keys were changed. */
function sign(keyring: Keyring, named: string): string {
  return encode(keyring.fingerprint(purpose, named)).slice(0, signatureLetters);
}

function isSigned(keyring: Keyring, named: string, signature: string): boolean {
  return sign(keyring, named) === signature;
}

function encode(bytes: Buffer): string {
  const bits = Array.from(bytes, (byte) => byte.toString(2).padStart(8, '0')).join('');
  return (bits.match(/.{1,5}/g) ?? []).map((five) => alphabet[Number.parseInt(five.padEnd(5, '0'), 2)]).join('');
}

function decode(text: string): Buffer {
  const bits = Array.from(text, (letter) => alphabet.indexOf(letter).toString(2).padStart(5, '0')).join('');
  return Buffer.from((bits.match(/.{8}/g) ?? []).map((eight) => Number.parseInt(eight, 2)));
}

function asId(hex: string): string {
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
