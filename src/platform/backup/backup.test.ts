import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, suite, test } from 'node:test';
import { gunzipSync, gzipSync } from 'node:zlib';

import { createTestDatabase } from '../../../testing/database.ts';
import { connectOwner, listSequences, listTables, readTable } from './catalogue.ts';
import { backUpDatabase, restoreDatabase } from './index.ts';

const root = mkdtempSync(join(tmpdir(), 'commonhold-backup-'));
after(() => {
  rmSync(root, { recursive: true, force: true });
});

suite('a backup', () => {
  test('restored into an empty database makes every table, sequence and upload the same', async () => {
    const source = await createTestDatabase();
    await makeTrialTables(source.ownerUrl);
    await fillTables(source.ownerUrl);
    const uploads = join(root, 'uploads');
    mkdirSync(join(uploads, 'a/b'), { recursive: true });
    writeFileSync(join(uploads, 'a/b/empty'), '');
    writeFileSync(join(uploads, `${'long-'.repeat(40)}name.pdf`), Buffer.alloc(300_000, 7));
    const file = join(root, 'whole.backup');
    const made = await backUpDatabase(source.ownerUrl, file, uploads);
    assert.equal(statSync(file).mode & 0o777, 0o600, 'only its owner may read it');
    assert.equal(made.tables.find(({ name }) => name === 'trial.people')?.rows, 15_004);

    const target = await createTestDatabase();
    await makeTrialTables(target.ownerUrl);
    const restoredUploads = join(root, 'restored-uploads');
    assert.deepEqual(await restoreDatabase(target.ownerUrl, file, restoredUploads), made);

    assert.deepEqual(await readAll(target.ownerUrl), await readAll(source.ownerUrl));
    for (const { path } of made.uploads) {
      assert.deepEqual(readFileSync(join(restoredUploads, path)), readFileSync(join(uploads, path)));
    }
    assert.equal(made.uploads.length, 2);
  });

  test('leaves constraints and triggers as they were, and counts on where the sequences stood', async () => {
    const source = await createTestDatabase();
    await makeTrialTables(source.ownerUrl);
    await fillTables(source.ownerUrl);
    const file = join(root, 'constraints.backup');
    await backUpDatabase(source.ownerUrl, file, join(root, 'none'));
    const target = await createTestDatabase();
    await makeTrialTables(target.ownerUrl);
    await restoreDatabase(target.ownerUrl, file, join(root, 'none'));
    const described = `SELECT conname, condeferrable, condeferred, convalidated, NULL AS tgname, NULL AS tgenabled FROM pg_constraint
      UNION ALL SELECT NULL, NULL, NULL, NULL, tgname, tgenabled FROM pg_trigger WHERE NOT tgisinternal ORDER BY 1, 5`;
    assert.deepEqual(await query(target.ownerUrl, described), await query(source.ownerUrl, described));
    const next = "INSERT INTO trial.people (name, friend) VALUES ('Next', 1) RETURNING id";
    assert.deepEqual(await query(target.ownerUrl, next), await query(source.ownerUrl, next));
    await assert.rejects(
      query(target.ownerUrl, "INSERT INTO trial.people (name, friend) VALUES ('Nobody', -1)"),
      /foreign key/,
    );
  });

  test('of a running job puts it back into the queue', async () => {
    const source = await createTestDatabase();
    await query(
      source.ownerUrl,
      "SELECT graphile_worker.add_job('trial', payload => '{\"n\":1}', queue_name => 'one')",
    );
    for (const table of ['_private_jobs', '_private_job_queues']) {
      await query(
        source.ownerUrl,
        `UPDATE graphile_worker.${table} SET locked_at = now(), locked_by = 'a worker that is gone'`,
      );
    }
    const file = join(root, 'job.backup');
    await backUpDatabase(source.ownerUrl, file, join(root, 'none'));
    const target = await createTestDatabase();
    await restoreDatabase(target.ownerUrl, file, join(root, 'none'));
    assert.deepEqual(
      await query(
        target.ownerUrl,
        `SELECT t.identifier, j.payload, j.locked_by, q.queue_name, q.locked_by AS queue_locked_by FROM graphile_worker._private_jobs j
          JOIN graphile_worker._private_tasks t ON t.id = j.task_id JOIN graphile_worker._private_job_queues q ON q.id = j.job_queue_id`,
      ),
      [{ identifier: 'trial', payload: { n: 1 }, locked_by: null, queue_name: 'one', queue_locked_by: null }],
    );
  });

  test('is of one moment, though rows are written while it is made', async () => {
    const source = await createTestDatabase();
    await makeTrialTables(source.ownerUrl);
    await fillTables(source.ownerUrl);
    const over = new AbortController();
    const writing = (async () => {
      // Both tables in one transaction: a backup of two moments would have more of one than of the other.
      for (let n = 1; !over.signal.aborted; n++) {
        await query(
          source.ownerUrl,
          `WITH one AS (INSERT INTO trial.pairs_a VALUES (${n}) RETURNING n) INSERT INTO trial.pairs_b SELECT n FROM one`,
        );
      }
    })();
    const made = await backUpDatabase(source.ownerUrl, join(root, 'moment.backup'), join(root, 'none'));
    over.abort();
    await writing;
    const rowsOf = (name: string) => made.tables.find((table) => table.name === name)?.rows;
    assert.equal(rowsOf('trial.pairs_a'), rowsOf('trial.pairs_b'));
  });

  test('is never written over another file, and leaves none when it fails', async () => {
    const source = await createTestDatabase();
    const file = join(root, 'present.backup');
    writeFileSync(file, 'kept');
    await assert.rejects(backUpDatabase(source.ownerUrl, file, join(root, 'none')), /exists already/);
    assert.equal(readFileSync(file, 'utf8'), 'kept');
    const empty = await createTestDatabase({ empty: true });
    const failed = join(root, 'failed');
    mkdirSync(failed);
    await assert.rejects(
      backUpDatabase(empty.ownerUrl, join(failed, 'x'), join(root, 'none')),
      /no tables of Commonhold/,
    );
    assert.deepEqual(readdirSync(failed), []);
  });

  test('made as a login that may not see every row fails, and is not silently smaller', async () => {
    const source = await createTestDatabase();
    await query(source.ownerUrl, 'GRANT SELECT ON graphile_worker.migrations TO commonhold_application');
    await assert.rejects(
      backUpDatabase(source.url, join(root, 'blind.backup'), join(root, 'none')),
      /row-level security|permission denied/,
    );
  });
});

suite('a restore', () => {
  test('refuses a database that is not empty, and says where the rows are', async () => {
    const source = await createTestDatabase();
    const file = join(root, 'refused.backup');
    await backUpDatabase(source.ownerUrl, file, join(root, 'none'));
    await query(source.ownerUrl, "INSERT INTO platform.marks (name) VALUES ('a mark')");
    await assert.rejects(
      restoreDatabase(source.ownerUrl, file, join(root, 'none')),
      /not empty: there are rows in platform\.marks/,
    );
  });

  test('refuses other migrations, and names them', async () => {
    const source = await createTestDatabase();
    await query(
      source.ownerUrl,
      "INSERT INTO platform.migrations (part, number, name, sha256) VALUES ('later', 1, '0001-later.sql', '0')",
    );
    const file = join(root, 'migrations.backup');
    await backUpDatabase(source.ownerUrl, file, join(root, 'none'));
    const target = await createTestDatabase();
    await assert.rejects(
      restoreDatabase(target.ownerUrl, file, join(root, 'none')),
      /Only the backup has later\/0001-later\.sql/,
    );
  });

  test('of a damaged, a cut or a foreign file restores nothing', async () => {
    const source = await createTestDatabase();
    await makeTrialTables(source.ownerUrl);
    await fillTables(source.ownerUrl);
    const file = join(root, 'sound.backup');
    await backUpDatabase(source.ownerUrl, file, join(root, 'none'));
    const target = await createTestDatabase();
    await makeTrialTables(target.ownerUrl);
    const tar = gunzipSync(readFileSync(file));
    const changed = Buffer.from(tar);
    changed.write('Eve', changed.indexOf('Ada Lovelace'));
    const manifestAt = tar.lastIndexOf('manifest.json');
    const damages: [string, Buffer, RegExp][] = [
      ['changed', gzipSync(changed), /damaged: trial\.people/],
      ['cut', readFileSync(file).subarray(0, 20_000), /not a whole backup/],
      [
        'unfinished',
        gzipSync(Buffer.concat([tar.subarray(0, manifestAt), Buffer.alloc(1024)])),
        /manifest\.json, is missing/,
      ],
      ['foreign', gzipSync(Buffer.alloc(1024)), /not a whole backup/],
      ['text', Buffer.from('hello'), /not a whole backup/],
    ];
    for (const [name, content, message] of damages) {
      writeFileSync(join(root, name), content);
      await assert.rejects(restoreDatabase(target.ownerUrl, join(root, name), join(root, 'none')), message, name);
    }
    assert.deepEqual(await query(target.ownerUrl, 'SELECT count(*)::int AS n FROM trial.people'), [{ n: 0 }]);
  });

  test('refuses a folder of uploads that is not empty', async () => {
    const source = await createTestDatabase();
    const file = join(root, 'uploads.backup');
    await backUpDatabase(source.ownerUrl, file, join(root, 'none'));
    const filled = join(root, 'filled');
    mkdirSync(filled);
    writeFileSync(join(filled, 'x'), '');
    await assert.rejects(restoreDatabase(source.ownerUrl, file, filled), /is not empty/);
  });
});

/** Everything that makes restoring hard: circles of references, triggers, computed columns, names that need quotes. */
async function makeTrialTables(ownerUrl: string): Promise<void> {
  await query(
    ownerUrl,
    `CREATE SCHEMA trial;
    CREATE TABLE trial.people (
      id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
      name text NOT NULL,
      friend bigint NOT NULL REFERENCES trial.people,
      shout text GENERATED ALWAYS AS (upper(name)) STORED,
      house bigint
    );
    CREATE TABLE trial.houses (id bigint PRIMARY KEY, keeper bigint REFERENCES trial.people DEFERRABLE INITIALLY IMMEDIATE);
    ALTER TABLE trial.people ADD FOREIGN KEY (house) REFERENCES trial.houses;
    CREATE TABLE trial."Odd ""names" ("select" int, "a,b" text, data bytea, doc jsonb, at timestamptz, amount numeric, tags text[], ratio float8);
    ALTER TABLE trial."Odd ""names" ENABLE ROW LEVEL SECURITY;
    CREATE TABLE trial.counted (n int);
    CREATE TABLE trial.pairs_a (n int PRIMARY KEY);
    CREATE TABLE trial.pairs_b (n int PRIMARY KEY);
    CREATE FUNCTION trial.count_it() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO trial.counted VALUES (1); RETURN NULL; END $$;
    CREATE TRIGGER count_it AFTER INSERT ON trial.people FOR EACH ROW EXECUTE FUNCTION trial.count_it();
    CREATE TRIGGER never AFTER INSERT ON trial.people FOR EACH ROW EXECUTE FUNCTION trial.count_it();
    ALTER TABLE trial.people DISABLE TRIGGER never`,
  );
}

async function fillTables(ownerUrl: string): Promise<void> {
  await query(
    ownerUrl,
    `INSERT INTO trial.people (name, friend) VALUES ('Ada Lovelace', 2), ('Grace Hopper', 1), ('Tab\there, line\nthere, back\\slash', 3), ('\\.', 4);
    INSERT INTO trial.people (name, friend) SELECT repeat(md5(n::text), 10), 1 FROM generate_series(1, 15000) n;
    INSERT INTO trial.houses VALUES (1, 2);
    UPDATE trial.people SET house = 1 WHERE id < 3;
    INSERT INTO trial."Odd ""names" VALUES
      (1, 'ünï \u{1F3DB}', '\\x00ff0a', '{"a": [1, null]}', '2026-03-29 01:30+00', 12345678901234567890.12, '{"x,y",NULL,""}', 0.1),
      (NULL, '', '', 'null', 'infinity', 'NaN', '{}', 'Infinity');
    INSERT INTO platform.marks (name) VALUES ('demonstration');
    INSERT INTO platform.audit_entries (organisation_id, id, actor_kind, actor_name, action, subject_kind)
      VALUES (gen_random_uuid(), gen_random_uuid(), 'system', 'a test', 'platform.tested', 'test');
    SELECT graphile_worker.add_job('trial', payload => '{}', queue_name => 'one')`,
  );
}

/** Every row of every table in COPY's text, and every sequence. */
async function readAll(ownerUrl: string): Promise<Record<string, string>> {
  const client = await connectOwner(ownerUrl);
  try {
    const all: Record<string, string> = { sequences: JSON.stringify(await listSequences(client)) };
    for (const table of await listTables(client)) {
      let text = '';
      for await (const chunk of readTable(client, table)) text += chunk.toString('latin1');
      all[table.name] = text;
    }
    return all;
  } finally {
    await client.end();
  }
}

async function query(address: string, text: string): Promise<unknown[]> {
  const client = await connectOwner(address);
  try {
    return (await client.query<object>(text)).rows;
  } finally {
    await client.end();
  }
}
