/**
 * A real PostgreSQL that comes inside an npm package and keeps its data in one folder, so that one command on a machine
 * with nothing but Node starts the whole program. Production uses a server of its own, named by DATABASE_URL.
 */
export { findRunningPostgres, startEmbeddedPostgres } from './embedded-postgres.ts';
export type { EmbeddedPostgres, EmbeddedPostgresOptions, PostgresAddresses } from './embedded-postgres.ts';
export { addEncryptionKey, encryptionKeyFile, ensureEncryptionKeys } from './encryption-key.ts';
export { AlreadyRunning } from './lock.ts';
export { createRoles } from './roles.ts';
