import { randomFillSync, randomInt } from 'node:crypto';

/** Random bytes are drawn in blocks: one call to the system for many. */
const pool = Buffer.alloc(1024 * 10);
let drawn = pool.length;

/** Random bytes of the system's cryptographic generator, each given out once. Copy them where they are to be kept. */
export function drawRandom(bytes: number): Buffer {
  if (drawn + bytes > pool.length) {
    randomFillSync(pool);
    drawn = 0;
  }
  drawn += bytes;
  return pool.subarray(drawn - bytes, drawn);
}

/**
 * A new UUID version 7 (RFC 9562, section 5.7): 48 bits of milliseconds, then random bits. Newer identifiers sort after
 * older ones, which keeps the pages of an index that is being filled together.
 */
export function newId(now: number = Date.now()): string {
  const random = drawRandom(10);
  const time = now.toString(16).padStart(12, '0');
  const hex = random.toString('hex');
  const variant = ((random[2] ?? 0) & 0x3f) | 0x80;
  return `${time.slice(0, 8)}-${time.slice(8)}-7${hex.slice(0, 3)}-${variant.toString(16)}${hex.slice(6, 8)}-${hex.slice(8, 20)}`;
}

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** Whether a text is a UUID as PostgreSQL writes it: lower case, with hyphens. */
export function isId(value: string): boolean {
  return uuid.test(value);
}

/** No vowels, so no words; none of 0 O 1 I L 5 S 2 Z 8 B, which are misread or misheard. */
const referenceLetters = '34679CDFGHJKMNPQRTVWXY';

/**
 * A reference that people read aloud and copy by hand, such as `7KQ4-MXDN-H9`: ten letters out of 22, so about 2.6e13
 * of them. Whoever stores one keeps it unique by an index.
 */
export function newReference(): string {
  const letters = Array.from({ length: 10 }, () => referenceLetters[randomInt(referenceLetters.length)]).join('');
  return `${letters.slice(0, 4)}-${letters.slice(4, 8)}-${letters.slice(8)}`;
}

/** A secret of 256 random bits that is safe in a URL or a cookie. */
export function newSecret(): string {
  return drawRandom(32).toString('base64url');
}
