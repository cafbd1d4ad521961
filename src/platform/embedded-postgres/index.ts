/**
 * A real PostgreSQL that comes inside an npm package and keeps its data in one folder, so that one command on a machine
 * with nothing but Node starts the whole program. Production uses a server of its own, named by DATABASE_URL.
 */
export { startEmbeddedPostgres } from './embedded-postgres.ts';
export type { EmbeddedPostgres, EmbeddedPostgresOptions } from './embedded-postgres.ts';
export { ensureEncryptionKey, encryptionKeyFile } from './encryption-key.ts';
export { AlreadyRunning } from './lock.ts';
export { createRoles } from './roles.ts';
