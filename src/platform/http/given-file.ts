import { createWriteStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { FastifyRequest } from 'fastify';
import { readForm } from './multipart.ts';

/** A form that may have one file, which lies in a folder of its own while it is used. */
export interface FormWithFile {
  readonly fields: Readonly<Record<string, string>>;
  /** Where it lies on this machine, and what its sender calls it; null where none was chosen. */
  readonly file: { readonly path: string; readonly name: string } | null;
}

/**
 * Reads a form with a file of up to `mostFileBytes` bytes, and uses it; the file is removed afterwards, whatever happens.
 *
 * @returns what `use` returns.
 * @throws Problem as `readForm` does.
 */
export async function withFileOfForm<T>(
  request: FastifyRequest,
  mostFileBytes: number,
  use: (form: FormWithFile) => Promise<T>,
): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'commonhold-file-'));
  try {
    let name = '';
    const path = join(folder, 'file');
    const fields = await readForm(request, {
      mostFileBytes,
      onFile: async (file) => {
        name = file.name;
        await pipeline(file.content, createWriteStream(path));
      },
    });
    return await use({ fields, file: name === '' ? null : { path, name } });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
