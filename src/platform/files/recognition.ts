import { Readable } from 'node:stream';
import { fileTypeFromBuffer, fileTypeFromStream } from 'file-type';
import { fileKinds, findFileKind, type FileKind } from './file-kinds.ts';

/** How much of the beginning of a file is looked at before the rest is taken. */
export const sampleBytes = 65_536;

/** What the beginning of a file says that it is. */
export type Recognition =
  | { readonly is: 'known'; readonly kind: FileKind }
  /** A container: only the whole of it says what is in it. */
  | { readonly is: 'container'; readonly container: 'zip' | 'compound' }
  /** Nothing speaks against text so far. */
  | { readonly is: 'text' }
  | { readonly is: 'other' };

/** Recognises a file by its first bytes; its name is not believed. */
export async function recogniseSample(sample: Buffer): Promise<Recognition> {
  const type = await fileTypeFromBuffer(sample).catch(() => undefined);
  // An XML declaration is all that file-type knows of XML; what follows it may be a page or a picture with scripts.
  if (type === undefined || type.mime === 'application/xml' || type.mime === 'text/xml') {
    return createTextCheck().take(sample) ? { is: 'text' } : { is: 'other' };
  }
  if (type.mime === 'application/x-cfb') return { is: 'container', container: 'compound' };
  // Every document that is a ZIP begins as one; a sample says which it is only by luck.
  if (sample.subarray(0, 4).equals(zipMark)) return { is: 'container', container: 'zip' };
  const kind = findFileKind(type.mime) ?? findFileKind(type.ext);
  return kind === undefined ? { is: 'other' } : { is: 'known', kind };
}

const zipMark = Buffer.from('PK\u0003\u0004', 'latin1');

/** Recognises what is in a container by reading as much of it as is needed. */
export async function recogniseContainer(
  container: 'zip' | 'compound',
  content: AsyncIterable<Buffer>,
): Promise<FileKind | undefined> {
  if (container === 'compound') return recogniseCompound(content);
  const type = await fileTypeFromStream(Readable.toWeb(Readable.from(content))).catch(() => undefined);
  return type === undefined ? undefined : findFileKind(type.mime);
}

/** The streams that only one program's documents have, as their names stand in a compound file's directory ([MS-CFB] 2.6.1). */
const compoundStreams = [
  { name: 'WordDocument', kind: 'doc' },
  { name: 'Workbook', kind: 'xls' },
  { name: 'PowerPoint Document', kind: 'ppt' },
].map(({ name, kind }) => ({ bytes: Buffer.from(name, 'utf16le'), kind }));

async function recogniseCompound(content: AsyncIterable<Buffer>): Promise<FileKind | undefined> {
  let tail = Buffer.alloc(0);
  for await (const chunk of content) {
    const text = Buffer.concat([tail, chunk]);
    const stream = compoundStreams.find(({ bytes }) => text.includes(bytes));
    if (stream) return findFileKind(stream.kind);
    tail = text.subarray(-64);
  }
  return undefined;
}

/** Looks at text as it comes by. */
export interface TextCheck {
  /** Says whether everything so far can be text. */
  take(chunk: Buffer): boolean;
}

/**
 * Text is UTF-8, UTF-16 with its mark, or one byte a letter, without control characters other than tabs and ends of lines
 * and pages; and it is not a page or picture that a browser would run.
 */
export function createTextCheck(): TextCheck {
  let fine = true;
  let beginning: string | undefined;
  let wide = false;
  return {
    take(chunk) {
      if (!fine || chunk.length === 0) return fine;
      if (beginning === undefined) {
        wide = (chunk[0] === 0xff && chunk[1] === 0xfe) || (chunk[0] === 0xfe && chunk[1] === 0xff);
        beginning = wide
          ? chunk.subarray(0, 2048).toString('latin1').replaceAll('\0', '')
          : chunk.toString('utf8', 0, 1024);
        if (/<(?:!doctype\s+html|html|head|body|script|svg|\?php|iframe)\b/i.test(beginning)) fine = false;
      }
      if (!wide && chunk.some((byte) => byte < 32 && byte !== 9 && byte !== 10 && byte !== 12 && byte !== 13))
        fine = false;
      return fine;
    },
  };
}

/**
 * Which kind of text it is: nothing in the content tells CSV from plain text, so the name does, among the kinds that are
 * taken.
 */
export function textKindOf(fileName: string, sample: Buffer, taken: readonly FileKind[]): FileKind | undefined {
  const extension = /\.([a-z0-9]+)$/i.exec(fileName)?.[1] ?? '';
  const named = fileKinds.find((each) => each.isText && each.extensions.includes(extension.toLowerCase()));
  const kind = named ?? taken.find((each) => each.name === 'txt');
  const first = sample
    .toString('utf8', 0, 1024)
    .replace(/^\uFEFF/, '')
    .trimStart()
    .charAt(0);
  if (kind?.name === 'json' && !/[[{]/.test(first)) return undefined;
  if (kind?.name === 'xml' && first !== '<') return undefined;
  return kind;
}
