import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Logger, runMigrations as migrateQueue } from 'graphile-worker';
import pg from 'pg';
import type { Part } from './part.ts';

/** A part's schema name and the folder that holds its `migrations/`. */
export type PartFolder = Pick<Part, 'name' | 'folder'>;

/** One numbered SQL file of a part. It is never edited once it has run anywhere: a later one changes what it made. */
interface Migration {
  readonly part: string;
  readonly number: number;
  readonly name: string;
  readonly text: string;
  readonly sha256: string;
}

/** The key of the advisory lock that makes processes which start together migrate one after the other. */
const lockKey = 727_001;

/**
 * Brings the database up to the parts' migrations, in the order of the parts. Each migration runs with its record in one
 * transaction; processes that race wait for each other and find the work done.
 *
 * @param ownerUrl the login that owns the tables.
 * @throws Error where a migration that has run was edited since, or the roles that the program needs do not exist.
 */
export async function migrateDatabase(
  ownerUrl: string,
  parts: readonly PartFolder[],
  say: (line: string) => void = () => {},
): Promise<void> {
  const client = new pg.Client({ connectionString: ownerUrl, application_name: 'commonhold migrate' });
  await client.connect();
  try {
    await checkRoles(client);
    await prepare(client);
    const found = await Promise.all(parts.map(readMigrations));
    for (const migration of found.flat()) {
      if (await apply(client, migration)) say(`Migrated ${migration.part}: ${migration.name}`);
    }
    await openQueue(client, ownerUrl);
  } finally {
    await client.end();
  }
}

/**
 * Whether every migration that this program knows has been applied. The web and job processes ask before they serve, as
 * the application's login, which cannot migrate.
 */
export async function missingMigrations(pool: pg.Pool, parts: readonly PartFolder[]): Promise<string[]> {
  const present = await pool.query<{ exists: boolean }>(
    "select to_regclass('platform.migrations') is not null as exists",
  );
  const applied = new Set<string>();
  if (present.rows[0]?.exists === true) {
    const { rows } = await pool.query<{ part: string; number: number }>('select part, number from platform.migrations');
    for (const row of rows) applied.add(`${row.part}/${row.number}`);
  }
  const found = (await Promise.all(parts.map(readMigrations))).flat();
  return found.filter((each) => !applied.has(`${each.part}/${each.number}`)).map((each) => `${each.part}/${each.name}`);
}

async function readMigrations(part: PartFolder): Promise<Migration[]> {
  const folder = join(part.folder, 'migrations');
  const names = (await readdir(folder).catch(() => [])).filter((name) => name.endsWith('.sql')).toSorted();
  return Promise.all(
    names.map(async (name, index) => {
      const number = Number(/^(\d{4})-[a-z0-9-]+\.sql$/.exec(name)?.[1]);
      if (number !== index + 1)
        throw new Error(`${folder}/${name}: migrations are numbered 0001-a-name.sql, 0002-…, without gaps.`);
      const text = await readFile(join(folder, name), 'utf8');
      return { part: part.name, number, name, text, sha256: createHash('sha256').update(text).digest('hex') };
    }),
  );
}

async function checkRoles(client: pg.Client): Promise<void> {
  const { rows } = await client.query<{ version: string; missing: string[] | null }>(
    `select current_setting('server_version_num') as version,
            (select array_agg(name) from unnest(array['commonhold_application', 'commonhold_reader']) name
              where not exists (select from pg_roles where rolname = name)) as missing`,
  );
  if (Number(rows[0]?.version ?? 0) < 150_000) throw new Error('Commonhold needs PostgreSQL 15 or later.');
  const missing = rows[0]?.missing ?? null;
  if (missing !== null) {
    throw new Error(
      `The database server has no role ${missing.join(' and no role ')}. Run src/platform/roles.sql once as an administrator of the server: docs/guides/deploying.md tells how.`,
    );
  }
}

async function prepare(client: pg.Client): Promise<void> {
  await inLock(client, async () => {
    await client.query(`
      create schema if not exists platform;
      create table if not exists platform.migrations (
        part text not null,
        number integer not null,
        name text not null,
        sha256 text not null,
        applied_at timestamptz not null default now(),
        primary key (part, number)
      );
      comment on table platform.migrations is
        'Which migrations have run, and the hash of each as it ran. Not tenant-owned: there is one schema.'`);
  });
}

/** Applies a migration unless it has been applied; says whether it did. */
async function apply(client: pg.Client, migration: Migration): Promise<boolean> {
  return inLock(client, async () => {
    const { rows } = await client.query<{ sha256: string }>(
      'select sha256 from platform.migrations where part = $1 and number = $2',
      [migration.part, migration.number],
    );
    const recorded = rows[0]?.sha256;
    if (recorded === migration.sha256) return false;
    if (recorded !== undefined) {
      throw new Error(
        `The migration ${migration.part}/${migration.name} was edited after it ran on this database. Put its text back, and make the change in a new migration.`,
      );
    }
    await client.query(`create schema if not exists ${pg.escapeIdentifier(migration.part)}`);
    try {
      await client.query(migration.text);
    } catch (error) {
      throw new Error(`The migration ${migration.part}/${migration.name} failed: ${String(error)}`, { cause: error });
    }
    await client.query('insert into platform.migrations (part, number, name, sha256) values ($1, $2, $3, $4)', [
      migration.part,
      migration.number,
      migration.name,
      migration.sha256,
    ]);
    return true;
  });
}

/**
 * Makes the job queue's own tables, and lets the application use them: they come with row-level security and no policy,
 * under which the application's worker would see no job and say nothing.
 */
async function openQueue(client: pg.Client, ownerUrl: string): Promise<void> {
  await migrateQueue({ connectionString: ownerUrl, schema: 'graphile_worker', logger: new Logger(() => () => {}) });
  await inLock(client, async () => {
    await client.query(`
      grant usage on schema graphile_worker to commonhold_application;
      grant select, insert, update, delete on all tables in schema graphile_worker to commonhold_application;
      grant usage on all sequences in schema graphile_worker to commonhold_application;
      do $$
      declare
        queue_table record;
      begin
        for queue_table in
          select c.oid::regclass as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
           where n.nspname = 'graphile_worker' and c.relkind = 'r' and c.relrowsecurity
             and not exists (select from pg_policy p where p.polrelid = c.oid and p.polname = 'application')
        loop
          execute format('create policy application on %s to commonhold_application using (true) with check (true)', queue_table.name);
        end loop;
      end
      $$`);
  });
}

async function inLock<T>(client: pg.Client, work: () => Promise<T>): Promise<T> {
  await client.query('begin');
  try {
    await client.query('select pg_advisory_xact_lock($1)', [lockKey]);
    const result = await work();
    await client.query('commit');
    return result;
  } catch (error) {
    await client.query('rollback');
    throw error;
  }
}
