import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdtemp, open, rm, type FileHandle } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Refusal } from '../api/refusals.ts';

/** What was sent, as a file that has no name any more: it goes when it is closed, and when the program dies. */
export interface Spool extends AsyncDisposable {
  /** The path by which the open file is read again, as often as needed. */
  readonly path: string;
  /** SHA-256 of the content, in hex. */
  readonly hash: string;
}

/** A hundred thousand rows of two thousand characters. */
const mostBytes = 250_000_000;

/**
 * Takes a stream to the disk as fast as it comes, so that whoever sends it need not wait for the database.
 *
 * @throws Refusal over 250 MB.
 */
export async function spool(content: Readable): Promise<Spool> {
  const folder = await mkdtemp(join(tmpdir(), 'commonhold-batch-'));
  let file: FileHandle | undefined;
  try {
    const name = join(folder, 'rows');
    const hash = createHash('sha256');
    let bytes = 0;
    await pipeline(
      content,
      async function* (chunks: AsyncIterable<Buffer>) {
        for await (const chunk of chunks) {
          bytes += chunk.length;
          if (bytes > mostBytes) throw new Refusal('BadRequestError', 'Your request is too large.', 413);
          hash.update(chunk);
          yield chunk;
        }
      },
      createWriteStream(name, { mode: 0o600 }),
    );
    file = await open(name);
    const opened = file;
    return {
      path: `/proc/self/fd/${opened.fd}`,
      hash: hash.digest('hex'),
      [Symbol.asyncDispose]: () => opened.close(),
    };
  } catch (error) {
    await file?.close();
    throw error;
  } finally {
    // The file itself stays for as long as it is open.
    await rm(folder, { recursive: true, force: true });
  }
}
