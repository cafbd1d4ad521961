import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, existsSync } from 'node:fs';
import { join } from 'node:path';

import { writeDurably } from './files.ts';

/** Where the generated encryption key of a data folder lies. It is in no backup, because a backup must not open itself. */
export function encryptionKeyFile(folder: string): string {
  return join(folder, 'encryption-key');
}

/**
 * Reads the encryption key of a data folder, and makes one the first time.
 *
 * @returns 32 random bytes in base64, the form that ENCRYPTION_KEYS takes
 */
export function ensureEncryptionKey(folder: string): string {
  const path = encryptionKeyFile(folder);
  if (!existsSync(path)) {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    writeDurably(path, `${randomBytes(32).toString('base64')}\n`);
  }
  const key = readFileSync(path, 'utf8').trim();
  if (Buffer.from(key, 'base64').length !== 32) {
    throw new Error(
      `${path} does not hold 32 bytes in base64. Put the right key back: saved answers cannot be read without it.`,
    );
  }
  return key;
}
