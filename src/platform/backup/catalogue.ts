import { createHash } from 'node:crypto';

import { Client } from 'pg';
import { to as copyTo } from 'pg-copy-streams';

import type { Migration, Sequence, Table } from './format.ts';

/**
 * Connects as the owner of the tables, so that row-level security hides nothing, and says so: with row_security off a
 * login that it does apply to gets an error, where otherwise it would silently get fewer rows.
 */
export async function connectOwner(ownerUrl: string): Promise<Client> {
  const client = new Client({ connectionString: ownerUrl, application_name: 'commonhold backup' });
  // A lost connection fails the query that is running; without a listener it would end the process.
  client.on('error', () => {});
  await client.connect();
  // The text of a value depends on these, and the hashes on the text.
  await client.query(`
    SET row_security = off;
    SET client_encoding = 'UTF8';
    SET timezone = 'UTC';
    SET datestyle = 'ISO, YMD';
    SET intervalstyle = 'postgres';
    SET bytea_output = 'hex';
    SET extra_float_digits = 1;
    SET statement_timeout = 0;
    SET idle_in_transaction_session_timeout = 0`);
  return client;
}

/** Tables whose rows belong to the program's version and not to its data: compared, not copied. */
const records = ['platform.migrations', 'graphile_worker.migrations'];

/** Every table of ours, with the job queue's. */
export async function listTables(client: Client): Promise<readonly Table[]> {
  const { rows } = await client.query<Table>(
    `SELECT format('%I.%I', n.nspname, c.relname) AS name,
        array(SELECT quote_ident(a.attname) FROM pg_attribute a
          WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = '' ORDER BY a.attnum) AS columns,
        array(SELECT quote_ident(a.attname) FROM pg_attribute a LEFT JOIN pg_index i ON i.indrelid = c.oid AND i.indisprimary
          WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
            AND (i.indkey IS NULL OR a.attnum = ANY (i.indkey)) ORDER BY array_position(i.indkey::int2[], a.attnum), a.attnum) AS "order"
      FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
      WHERE c.relkind = 'r' AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
        AND format('%I.%I', n.nspname, c.relname) <> ALL ($1)
      ORDER BY 1`,
    [records],
  );
  return rows;
}

export async function listSequences(client: Client): Promise<readonly Sequence[]> {
  const { rows: names } = await client.query<{ name: string }>(
    `SELECT format('%I.%I', n.nspname, c.relname) AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
      WHERE c.relkind = 'S' AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' ORDER BY 1`,
  );
  const sequences: Sequence[] = [];
  for (const { name } of names) {
    const { rows } = await client.query<Omit<Sequence, 'name'>>(
      `SELECT last_value::text AS "lastValue", is_called AS "isCalled" FROM ${name}`,
    );
    for (const row of rows) sequences.push({ name, ...row });
  }
  return sequences;
}

/** Every migration that has run on this database: ours, and the job queue's, which has no names and no hashes. */
export async function listMigrations(client: Client): Promise<readonly Migration[]> {
  const present = await client.query<{ both: boolean }>(
    `SELECT to_regclass('platform.migrations') IS NOT NULL AND to_regclass('graphile_worker.migrations') IS NOT NULL AS both`,
  );
  if (present.rows[0]?.both !== true) {
    throw new Error('The database has no tables of Commonhold. Run "bin/commonhold migrate" on it first.');
  }
  const { rows } = await client.query<Migration>(
    `SELECT part, number, name, sha256 FROM platform.migrations
      UNION ALL SELECT 'graphile_worker', id, '', '' FROM graphile_worker.migrations ORDER BY 1, 2`,
  );
  return rows;
}

/** The rows of a table, as COPY writes them, in the order of its key. */
export function readTable(client: Client, { name, columns, order }: Table): AsyncIterable<Buffer> {
  const select = `SELECT ${columns.join(', ')} FROM ${name} ORDER BY ${order.join(', ')}`;
  return client.query(copyTo(`COPY (${select}) TO STDOUT`));
}

/** Counts and hashes rows while they pass. In COPY's text format each row ends with the only line feed that it has. */
export class RowCount {
  rows = 0;
  readonly #hash = createHash('sha256');

  add(text: Buffer): void {
    this.#hash.update(text);
    for (let at = text.indexOf(lineFeed); at !== -1; at = text.indexOf(lineFeed, at + 1)) this.rows += 1;
  }

  sha256(): string {
    return this.#hash.digest('hex');
  }
}

export const lineFeed = 0x0a;
