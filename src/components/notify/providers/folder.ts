import { createHash } from 'node:crypto';
import { access, mkdir, open, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { FolderSettings } from './kinds.ts';
import { ProviderRefusal, type LetterBatch, type Provider } from './provider.ts';

/**
 * A folder from which a printer takes letters: each batch is a folder of its own with a PDF for each letter and a
 * manifest.json. It appears at once and whole, under a name that ends with the batch's id, so that a batch that was written
 * already is not written again.
 */
export function openLetterFolder(settings: FolderSettings): Provider {
  return {
    capacity: 0,
    send: () => Promise.reject(new ProviderRefusal('Letters are handed over in batches.', 'later')),
    close: () => {},

    async takeBatch(batch) {
      const whole = join(settings.folder, `${batch.day}-${batch.id}`);
      const part = join(settings.folder, `.${batch.day}-${batch.id}.part`);
      try {
        if (await isThere(whole)) return;
        await mkdir(settings.folder, { recursive: true });
        // What an earlier try left behind.
        await rm(part, { recursive: true, force: true });
        await mkdir(part);
        await writeLetters(part, batch);
        await sync(part);
        await rename(part, whole);
        await sync(settings.folder);
      } catch (error) {
        await rm(part, { recursive: true, force: true }).catch(() => {});
        if (error instanceof ProviderRefusal) throw error;
        const code = error instanceof Error && 'code' in error ? String(error.code) : 'no reason given';
        throw new ProviderRefusal(`The folder for letters cannot be written to (${code}).`, 'provider');
      }
    },
  };
}

async function writeLetters(folder: string, batch: LetterBatch): Promise<void> {
  const letters: object[] = [];
  for await (const { id, pdf, pages, postage } of batch.letters) {
    const file = `${id}.pdf`;
    await writeDurably(join(folder, file), pdf);
    letters.push({ id, file, pages, postage, sha256: createHash('sha256').update(pdf).digest('hex') });
  }
  const manifest = { batch: batch.id, day: batch.day, count: letters.length, letters };
  await writeDurably(join(folder, 'manifest.json'), `${JSON.stringify(manifest, null, 2)}\n`);
}

async function writeDurably(path: string, content: Buffer | string): Promise<void> {
  const file = await open(path, 'wx', 0o600);
  try {
    await file.writeFile(content);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** A name is in a folder for good once the folder is written out. */
async function sync(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function isThere(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
