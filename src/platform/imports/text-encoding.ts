import { createReadStream } from 'node:fs';

/** Encodings that tables are met in, by the names of the Encoding Standard (encoding.spec.whatwg.org). */
export type TextEncoding = 'utf-8' | 'utf-16le' | 'utf-16be' | 'windows-1252' | 'macintosh';

/** What a pass over a whole file says of it. */
export interface TextSurvey {
  readonly encoding: TextEncoding;
}

/**
 * Recognises the encoding of a text file. A byte order mark decides; else what is valid UTF-8 is UTF-8; else the bytes
 * beyond ASCII are held against what people write: in Windows Latin and in Mac Roman the same byte is a letter or a
 * quotation mark in one and something rare in the other. Line ends of carriage returns alone are those of old Macs.
 *
 * @returns null where it is not text: it has null bytes, and no mark of UTF-16.
 */
export async function surveyText(path: string): Promise<TextSurvey | null> {
  const counts = new Uint32Array(256);
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let start: Buffer | undefined;
  let isUtf8 = true;
  for await (const piece of createReadStream(path, { highWaterMark: 1 << 18 }) as AsyncIterable<Buffer>) {
    if (start === undefined) {
      start = piece.subarray(0, 4);
      if (start[0] === 0xff && start[1] === 0xfe) return { encoding: 'utf-16le' };
      if (start[0] === 0xfe && start[1] === 0xff) return { encoding: 'utf-16be' };
    }
    for (const byte of piece) counts[byte] = (counts[byte] ?? 0) + 1;
    if (isUtf8) isUtf8 = decodes(decoder, piece);
  }
  if (isUtf8) isUtf8 = decodes(decoder, undefined);
  if ((counts[0] ?? 0) > 0) return null;
  if (isUtf8) return { encoding: 'utf-8' };
  const onlyReturns = (counts[0x0d] ?? 0) > 0 && (counts[0x0a] ?? 0) === 0;
  const mac = likelihood(counts, 'macintosh') + (onlyReturns ? 1 : 0);
  return { encoding: mac > likelihood(counts, 'windows-1252') ? 'macintosh' : 'windows-1252' };
}

function decodes(decoder: InstanceType<typeof TextDecoder>, piece: Buffer | undefined): boolean {
  try {
    if (piece === undefined) decoder.decode();
    else decoder.decode(piece, { stream: true });
    return true;
  } catch {
    return false;
  }
}

/** What stands in tables of western languages beyond ASCII: accented letters, currency, quotation marks, dashes, hard spaces. */
const usual = /[ÀÁÂÄÇÈÉÊËÍÎÏÑÓÔÖÙÚÛÜàáâäçèéêëíîïñóôöùúûüß£€–—‘’“”…•°©®™½\u00a0]/;

/** The share of the bytes beyond ASCII that mean something usual in an encoding. */
function likelihood(counts: Uint32Array, encoding: 'windows-1252' | 'macintosh'): number {
  const decoder = new TextDecoder(encoding);
  let all = 0;
  let likely = 0;
  for (let byte = 0x80; byte <= 0xff; byte += 1) {
    const count = counts[byte] ?? 0;
    all += count;
    if (usual.test(decoder.decode(Uint8Array.of(byte)))) likely += count;
  }
  return all === 0 ? 0 : likely / all;
}
