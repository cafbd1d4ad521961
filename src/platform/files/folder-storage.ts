import { createReadStream } from 'node:fs';
import { mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { ContentGone, type Storage } from './storage.ts';

/**
 * Files in a folder of this machine, or of a disk that all machines share. Each is written beside its place, forced to
 * the disk and then renamed, so that what stands in its place is whole.
 */
export function createFolderStorage(folder: string): Storage {
  const pathOf = (name: string): string => {
    if (!/^[0-9a-f-]{36}\/[0-9a-f-]{36}$/.test(name)) throw new Error('A stored file is named by two UUIDs.');
    const [organisation = '', file = ''] = name.split('/');
    // The end of an identifier is random: a thousand folders, so that none grows long.
    return join(folder, organisation, file.slice(-3), file);
  };
  return {
    kind: 'folder',

    async write(name, content) {
      const path = pathOf(name);
      const draft = `${path}.partial`;
      await mkdir(dirname(path), { recursive: true, mode: 0o700 });
      try {
        const handle = await open(draft, 'w', 0o600);
        try {
          for await (const chunk of content) await handle.writeFile(chunk);
          await handle.sync();
        } finally {
          await handle.close();
        }
        await rename(draft, path);
      } catch (error) {
        await rm(draft, { force: true });
        throw error;
      }
      // The name is on the disk when its folder is, and the folders above may be as new.
      await forceFolder(dirname(path));
      await forceFolder(dirname(dirname(path)));
      await forceFolder(folder);
    },

    async read(name) {
      const path = pathOf(name);
      try {
        const handle = await open(path, 'r');
        return createReadStream(path, { fd: handle, highWaterMark: 262_144 });
      } catch (error) {
        throw isMissing(error) ? new ContentGone(name) : error;
      }
    },

    async remove(name) {
      const path = pathOf(name);
      await rm(`${path}.partial`, { force: true });
      await rm(path, { force: true });
    },
  };
}

async function forceFolder(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}
