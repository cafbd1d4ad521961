import {
  createCipheriv,
  createDecipheriv,
  createHash,
  createHmac,
  createSecretKey,
  hash,
  hkdfSync,
  timingSafeEqual,
  type KeyObject,
} from 'node:crypto';
import { drawRandom } from './ids.ts';

/**
 * The keys that encrypt what must be read back. They come from settings and are never in the database.
 *
 * A sealed value is `1 | key id (4 bytes) | nonce (12) | ciphertext | tag (16)`, AES-256-GCM (NIST SP 800-38D), with the
 * place where it is kept as additional data, so that a value moved to another row or column does not open.
 */
export interface Keyring {
  /** Encrypts with the current key. `place` names the row and column: `forms.answers.sealed/<organisation>/<application>`. */
  seal(place: string, value: Buffer | string): Buffer;
  /** Decrypts with whichever key sealed it. Throws where the key is not in the ring, or the value or its place was changed. */
  open(place: string, sealed: Buffer): Buffer;
  /** Whether a value was sealed with the current key, so need not be sealed again when keys are rotated. */
  isCurrent(sealed: Buffer): boolean;
  /**
   * A keyed hash that finds a value without storing it (a person's e-mail address). Made with the oldest key of the ring,
   * which is the last in the list, so that a rotation that puts a new key first leaves the hashes as they are.
   */
  fingerprint(purpose: string, value: string): Buffer;
  /** A signature for what goes out and comes back, such as a form's token: the current key signs, every key verifies. */
  sign(purpose: string, value: string): string;
  verify(purpose: string, value: string, signature: string): boolean;
}

const version = 1;
const headerBytes = 5;
const nonceBytes = 12;
const tagBytes = 16;

/** Makes a keyring of keys in base64, the current one first. Throws where there is none, or one is not 32 bytes. */
export function createKeyring(keysBase64: readonly string[]): Keyring {
  const keys = keysBase64.map((text) => {
    const root = Buffer.from(text, 'base64');
    if (root.length !== 32) throw new Error('An encryption key must be 32 bytes in base64.');
    return {
      id: createHash('sha256').update(root).digest().subarray(0, 4),
      sealing: derive(root, 'seal'),
      signing: derive(root, 'sign'),
      finding: derive(root, 'find'),
    };
  });
  const current = keys[0];
  const oldest = keys.at(-1);
  if (current === undefined || oldest === undefined) {
    throw new Error(
      'There is no encryption key: set ENCRYPTION_KEYS to 32 random bytes in base64 (openssl rand -base64 32).',
    );
  }
  const header = Buffer.concat([Buffer.from([version]), current.id]);

  return {
    seal(place, value) {
      const nonce = drawRandom(nonceBytes);
      const cipher = createCipheriv('aes-256-gcm', current.sealing, nonce);
      cipher.setAAD(Buffer.from(place));
      const body = typeof value === 'string' ? cipher.update(value, 'utf8') : cipher.update(value);
      // Of this cipher nothing is left for the end: it only makes the tag.
      cipher.final();
      return Buffer.concat([header, nonce, body, cipher.getAuthTag()]);
    },

    open(place, sealed) {
      if (sealed.length < headerBytes + nonceBytes + tagBytes || sealed[0] !== version) {
        throw new Error(`What is kept at ${place} is not a sealed value.`);
      }
      const id = sealed.subarray(1, headerBytes);
      const key = keys.find((each) => each.id.equals(id));
      if (key === undefined) {
        throw new Error(
          `What is kept at ${place} was sealed with a key that is not in ENCRYPTION_KEYS: add the old key at the end of the list.`,
        );
      }
      const decipher = createDecipheriv(
        'aes-256-gcm',
        key.sealing,
        sealed.subarray(headerBytes, headerBytes + nonceBytes),
      );
      decipher.setAAD(Buffer.from(place));
      decipher.setAuthTag(sealed.subarray(-tagBytes));
      const value = decipher.update(sealed.subarray(headerBytes + nonceBytes, -tagBytes));
      // Throws where anything was changed; nothing is left to be decrypted.
      decipher.final();
      return value;
    },

    isCurrent: (sealed) => sealed.subarray(0, headerBytes).equals(header),

    fingerprint: (purpose, value) => createHmac('sha256', oldest.finding).update(`${purpose}\0${value}`).digest(),

    sign: (purpose, value) => signWith(current.signing, purpose, value),

    verify(purpose, value, signature) {
      const given = Buffer.from(signature);
      return keys.some((key) => {
        const expected = Buffer.from(signWith(key.signing, purpose, value));
        return expected.length === given.length && timingSafeEqual(expected, given);
      });
    },
  };
}

/** The hash under which a session or one-time token is kept. The token has 256 random bits, so needs no salt or stretching. */
export function hashToken(token: string): Buffer {
  return Buffer.from(hash('sha256', token), 'hex');
}

/** The keyed hash by which what belongs to an e-mail address is found, whatever its case and the spaces around it. */
export function fingerprintEmail(keyring: Keyring, email: string): Buffer {
  return keyring.fingerprint('email', email.trim().toLowerCase());
}

function signWith(key: KeyObject, purpose: string, value: string): string {
  return createHmac('sha256', key).update(`${purpose}\0${value}`).digest('base64url');
}

/** One key for each use (HKDF, RFC 5869), so that a signature can say nothing about what is sealed. */
function derive(root: Buffer, use: string): KeyObject {
  // A key object: from plain bytes Node would make one at each use, which takes longer than the encryption.
  return createSecretKey(Buffer.from(hkdfSync('sha256', root, Buffer.alloc(0), `commonhold ${use}`, 32)));
}
