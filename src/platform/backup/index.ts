/**
 * A backup of everything that a government could not make again: every table at one moment, and the uploads, in one file
 * that `tar -xzf` opens. PostgreSQL's own pg_dump is not part of the embedded database, and this needs nothing but it.
 * The encryption key is never in it.
 */
export { backUpDatabase } from './backup.ts';
export { restoreDatabase } from './restore.ts';
export type { Manifest } from './format.ts';
