import { createCipheriv, createDecipheriv, createSecretKey, randomBytes } from 'node:crypto';

/**
 * The content of a file as it is stored: `1`, then segments of AES-256-GCM (NIST SP 800-38D), each `ciphertext | tag (16)`
 * over 64 KiB of content, the last one shorter or empty. A segment's nonce is its number and whether it is the last, so
 * segments that are left out, cut off, repeated or moved do not open (the STREAM construction: Hoang, Reyhanitabar,
 * Rogaway and Vizár, 2015). Every file has a key of its own, so a nonce is never used twice under one key, and rotating the
 * platform's keys seals this key anew and leaves the content as it lies.
 */
const version = 1;
const segmentBytes = 65_536;
const tagBytes = 16;

/** A key for the content of one file, and never for another: 32 random bytes. */
export function newContentKey(): Buffer {
  return randomBytes(32);
}

/** Encrypts as it comes; holds one segment in memory. */
export async function* sealContent(keyBytes: Buffer, content: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const key = createSecretKey(keyBytes);
  const seal = (number: number, last: boolean, segment: Buffer): Buffer => {
    const cipher = createCipheriv('aes-256-gcm', key, nonceOf(number, last));
    return Buffer.concat([cipher.update(segment), cipher.final(), cipher.getAuthTag()]);
  };
  yield Buffer.from([version]);
  let number = 0;
  for await (const { segment, last } of segments(content, segmentBytes)) yield seal(number++, last, segment);
}

/**
 * Decrypts as it comes. Nothing is given out that was not checked.
 *
 * @throws Error where the content was changed, cut or sealed with another key.
 */
export async function* openContent(keyBytes: Buffer, stored: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const key = createSecretKey(keyBytes);
  let number = 0;
  for await (const { segment, last } of segments(withoutVersion(stored), segmentBytes + tagBytes)) {
    if (segment.length < tagBytes) throw new Error('The stored content of a file is cut off.');
    const decipher = createDecipheriv('aes-256-gcm', key, nonceOf(number++, last));
    decipher.setAuthTag(segment.subarray(-tagBytes));
    const opened = decipher.update(segment.subarray(0, -tagBytes));
    decipher.final();
    if (opened.length > 0) yield opened;
  }
}

function nonceOf(number: number, last: boolean): Buffer {
  const nonce = Buffer.alloc(12);
  nonce.writeUIntBE(number, 5, 6);
  nonce.writeUInt8(last ? 1 : 0, 11);
  return nonce;
}

/** Cuts a stream into pieces of one length. The last may be shorter, and there always is a last one. */
async function* segments(
  content: AsyncIterable<Buffer>,
  length: number,
): AsyncGenerator<{ segment: Buffer; last: boolean }> {
  let waiting: Buffer[] = [];
  let waitingBytes = 0;
  for await (const chunk of content) {
    waiting.push(chunk);
    waitingBytes += chunk.length;
    if (waitingBytes <= length) continue;
    let whole = Buffer.concat(waiting);
    // More than one length must be there before one is given out: what comes after shows that it is not the last.
    for (; whole.length > length; whole = whole.subarray(length)) {
      yield { segment: whole.subarray(0, length), last: false };
    }
    waiting = [whole];
    waitingBytes = whole.length;
  }
  yield { segment: Buffer.concat(waiting), last: true };
}

async function* withoutVersion(stored: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let first = true;
  for await (const chunk of stored) {
    if (!first) {
      yield chunk;
    } else if (chunk.length > 0) {
      first = false;
      if (chunk[0] !== version) throw new Error('The stored content of a file is in a format that is not known.');
      yield chunk.subarray(1);
    }
  }
}
