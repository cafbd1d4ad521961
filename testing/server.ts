import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';

/** A PostgreSQL server for tests: the one that DATABASE_URL and DATABASE_OWNER_URL name, or an embedded one of its own. */
export interface TestServer {
  /** The application's login, on the server's first database. */
  readonly url: string;
  /** The owner's login, which may create databases. */
  readonly ownerUrl: string;
  stop(): Promise<void>;
}

export async function openTestServer(): Promise<TestServer> {
  const { DATABASE_URL: url, DATABASE_OWNER_URL: ownerUrl } = process.env;
  if (url !== undefined && ownerUrl !== undefined) return { url, ownerUrl, stop: () => Promise.resolve() };
  const { startEmbeddedPostgres } = await import('../src/platform/embedded-postgres/index.ts');
  const folder = await mkdtemp(join(tmpdir(), 'commonhold-test-'));
  const embedded = await startEmbeddedPostgres({ folder, say: () => {}, temporary: true });
  return {
    url: embedded.databaseUrl,
    ownerUrl: embedded.databaseOwnerUrl,
    async stop() {
      await embedded.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** The same address with another database. */
export function onDatabase(url: string, database: string): string {
  const address = new URL(url);
  address.pathname = `/${database}`;
  return address.href;
}

/** Runs statements as the owner, in the server's first database. */
export async function asOwner(ownerUrl: string, ...statements: readonly string[]): Promise<void> {
  const client = new pg.Client({ connectionString: ownerUrl });
  await client.connect();
  try {
    for (const statement of statements) await client.query(statement);
  } finally {
    await client.end();
  }
}

/** The databases whose names begin with a prefix. */
export async function listDatabases(ownerUrl: string, prefix: string): Promise<string[]> {
  const client = new pg.Client({ connectionString: ownerUrl });
  await client.connect();
  try {
    const { rows } = await client.query<{ name: string }>(
      'select datname as name from pg_database where starts_with(datname, $1)',
      [prefix],
    );
    return rows.map((row) => row.name);
  } finally {
    await client.end();
  }
}
