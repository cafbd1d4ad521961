import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { writeDurably } from './files.ts';

/** Where the generated encryption keys of a data folder lie. They are in no backup, because a backup must not open itself. */
export function encryptionKeyFile(folder: string): string {
  return join(folder, 'encryption-key');
}

/**
 * Reads the encryption keys of a data folder, and makes one the first time.
 *
 * @returns keys of 32 random bytes in base64, the current one first: the form that ENCRYPTION_KEYS takes
 */
export function ensureEncryptionKeys(folder: string): readonly string[] {
  const path = encryptionKeyFile(folder);
  if (!existsSync(path)) {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    writeDurably(path, `${newKey()}\n`);
  }
  const keys = readFileSync(path, 'utf8').split(/\s+/).filter(Boolean);
  if (keys.length === 0 || keys.some((key) => Buffer.from(key, 'base64').length !== 32)) {
    throw new Error(
      `${path} does not hold keys of 32 bytes in base64. Put the right file back: saved answers cannot be read without it.`,
    );
  }
  return keys;
}

/**
 * Puts a new key before those of a data folder. The old ones stay, because older backups need them, and so do the
 * fingerprints by which people are found.
 *
 * @returns all keys, the new one first
 */
export function addEncryptionKey(folder: string): readonly string[] {
  const keys = [newKey(), ...ensureEncryptionKeys(folder)];
  writeDurably(encryptionKeyFile(folder), `${keys.join('\n')}\n`);
  return keys;
}

function newKey(): string {
  return randomBytes(32).toString('base64');
}
