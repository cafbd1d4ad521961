import assert from 'node:assert/strict';
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, chownSync, existsSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, suite, test } from 'node:test';

import { Client } from 'pg';

import {
  addEncryptionKey,
  AlreadyRunning,
  ensureEncryptionKeys,
  findRunningPostgres,
  startEmbeddedPostgres,
  type EmbeddedPostgres,
} from './index.ts';
import { isLiving, until } from './processes.ts';

const root = mkdtempSync(join(tmpdir(), 'commonhold-embedded-'));
after(() => {
  rmSync(root, { recursive: true, force: true });
});

/** Enough for every test that does not need a database of its own: making one takes a second. */
const folder = join(root, 'shared');

suite('an embedded PostgreSQL', () => {
  test('is made at the first start, in UTF-8 and with fsync on, whatever LANG says', async () => {
    const database = await start(folder);
    const [row] = await query<Record<string, string>>(
      database.databaseOwnerUrl,
      `SELECT current_setting('fsync') AS fsync, current_setting('listen_addresses') AS addresses,
        pg_encoding_to_char(encoding) AS encoding, datlocale AS locale, pg_get_userbyid(datdba) AS owner, datcollate AS collate
        FROM pg_database WHERE datname = current_database()`,
    );
    assert.deepEqual(row, {
      fsync: 'on',
      addresses: '127.0.0.1',
      encoding: 'UTF8',
      locale: 'C.UTF-8',
      owner: 'commonhold_owner',
      collate: 'C.UTF-8',
    });
    assert.equal(statSync(folder).mode & 0o777, 0o700);
    assert.equal(statSync(join(folder, 'postgres.json')).mode & 0o777, 0o600);
    await database.stop();
    assert.equal(isLiving(database.serverProcessId), false);
  });

  test('gives the program a login that owns nothing and bypasses nothing, and reads across organisations only by SET ROLE', async () => {
    const database = await start(folder);
    const [row] = await query<Record<string, boolean>>(
      database.databaseUrl,
      `SELECT rolsuper OR rolbypassrls OR rolcreatedb OR rolcreaterole AS powerful,
        pg_has_role('commonhold_owner', 'MEMBER') AS owner,
        pg_has_role('commonhold_application', 'USAGE') AS application,
        pg_has_role('commonhold_reader', 'USAGE') AS reads_unasked, pg_has_role('commonhold_reader', 'MEMBER') AS reads_when_asked
        FROM pg_roles WHERE rolname = current_user`,
    );
    assert.deepEqual(row, {
      powerful: false,
      owner: false,
      application: true,
      reads_unasked: false,
      reads_when_asked: true,
    });
    const [owner] = await query<Record<string, boolean>>(
      database.databaseOwnerUrl,
      'SELECT rolsuper OR rolbypassrls OR rolcreaterole AS powerful FROM pg_roles WHERE rolname = current_user',
    );
    assert.deepEqual(owner, { powerful: false });
    await database.stop();
  });

  test('refuses whoever does not know the password', async () => {
    const database = await start(folder);
    await assert.rejects(
      query(database.databaseUrl.replace(/:[^:@]+@/, ':wrong@'), 'SELECT 1'),
      /password authentication failed/,
    );
    await database.stop();
  });

  test('keeps its data, its address and its passwords at the second start, which takes well under a second', async () => {
    const first = await start(folder);
    await query(first.databaseOwnerUrl, 'CREATE TABLE kept AS SELECT 42 AS answer');
    await first.stop();
    const begin = performance.now();
    const second = await start(folder);
    const elapsed = performance.now() - begin;
    assert.deepEqual(await query(second.databaseOwnerUrl, 'SELECT answer FROM kept'), [{ answer: 42 }]);
    assert.equal(second.databaseUrl, first.databaseUrl);
    assert.ok(elapsed < 1000, `it took ${elapsed} ms`);
    await second.stop();
  });

  test('refuses a second program, and names the first, without touching its database', async () => {
    const database = await start(folder, { address: 'http://localhost:3000' });
    await assert.rejects(start(folder), (error: Error) => {
      assert.ok(error instanceof AlreadyRunning);
      assert.equal(error.message, `Commonhold is already running at http://localhost:3000 (process ${process.pid}).`);
      return true;
    });
    const running = findRunningPostgres(folder);
    assert.equal(running?.databaseUrl, database.databaseUrl);
    assert.deepEqual(await query(running?.databaseUrl ?? '', 'SELECT 1 AS one'), [{ one: 1 }]);
    await database.stop();
    assert.equal(findRunningPostgres(folder), undefined);
  });

  test('starts by itself after its program was killed, and has what was committed', async () => {
    const owner = await startOwner(folder);
    await query(owner.databaseOwnerUrl, 'CREATE TABLE survivor AS SELECT 1 AS answer');
    owner.program.kill('SIGKILL');
    await once(owner.program, 'exit');
    assert.ok(isLiving(owner.serverProcessId), 'the server outlives the program');
    const database = await start(folder);
    assert.equal(isLiving(owner.serverProcessId), false);
    assert.deepEqual(
      await query(database.databaseUrl, 'SELECT count(*)::int AS n FROM pg_tables WHERE tablename = $1', ['survivor']),
      [{ n: 1 }],
    );
    await database.stop();
  });

  test('starts by itself after its program and its server were killed together', async () => {
    const owner = await startOwner(folder);
    process.kill(owner.serverProcessId, 'SIGKILL');
    owner.program.kill('SIGKILL');
    await once(owner.program, 'exit');
    const database = await start(folder);
    assert.deepEqual(await query(database.databaseUrl, 'SELECT 1 AS one'), [{ one: 1 }]);
    await database.stop();
  });

  test('is started again, at the same address, when its server alone is killed', async () => {
    let restarts = 0;
    const database = await start(folder, { onRestart: () => (restarts += 1) });
    const killed = database.serverProcessId;
    process.kill(killed, 'SIGKILL');
    assert.ok(await until(() => restarts === 1, 10));
    assert.notEqual(database.serverProcessId, killed);
    assert.deepEqual(await query(database.databaseUrl, 'SELECT 1 AS one'), [{ one: 1 }]);
    await database.stop();
    assert.equal(isLiving(database.serverProcessId), false);
  });

  test('starts although its pid file names a process that has nothing to do with it', async () => {
    writeFileSync(
      join(folder, 'postgres/postmaster.pid'),
      `${process.pid}\n${join(folder, 'postgres')}\n1\n1\n\n\n\nready\n`,
    );
    writeFileSync(
      join(folder, 'lock'),
      JSON.stringify({ processId: process.pid, identity: 'another boot/1', address: 'nowhere' }),
    );
    const database = await start(folder);
    assert.deepEqual(await query(database.databaseUrl, 'SELECT 1 AS one'), [{ one: 1 }]);
    await database.stop();
  });

  test('is made again when the first start was interrupted halfway', async () => {
    const interrupted = join(root, 'interrupted');
    mkdirSync(join(interrupted, 'postgres.new'), { recursive: true });
    writeFileSync(join(interrupted, 'postgres.new/PG_VERSION'), '18\n');
    const database = await start(interrupted, { temporary: true });
    assert.deepEqual(await query(database.databaseUrl, 'SELECT 1 AS one'), [{ one: 1 }]);
    await database.stop();
    assert.equal(existsSync(interrupted), false, 'a temporary one takes its folder with it');
  });

  test('for tests ends with its program, however that ends, and leaves nothing', async () => {
    const temporary = join(root, 'temporary');
    const owner = await startOwner(temporary, { temporary: true });
    owner.program.kill('SIGKILL');
    assert.ok(await until(() => !isLiving(owner.serverProcessId) && !existsSync(temporary), 10));
  });

  test(
    'runs for an ordinary user',
    { skip: process.geteuid?.() !== 0 && 'these tests are run by one already' },
    async (t) => {
      const modules = new URL('../../../node_modules', import.meta.url).pathname;
      if (spawnSync('setpriv', [...asNobody, 'test', '-r', modules]).status !== 0) {
        t.skip('an ordinary user cannot read this folder');
        return;
      }
      const own = join(root, 'nobody');
      chmodSync(root, 0o711);
      mkdirSync(own);
      chownSync(own, 65_534, 65_534);
      const owner = await startOwner(own, {}, ['setpriv', ...asNobody]);
      assert.equal(statSync(join(own, 'postgres')).uid, 65_534);
      owner.program.stdin?.end();
      await once(owner.program, 'exit');
      assert.equal(isLiving(owner.serverProcessId), false);
    },
  );
});

test('the encryption key is made once, lies outside the database, only its owner reads it, and a new one keeps the old', () => {
  const own = join(root, 'key');
  const keys = ensureEncryptionKeys(own);
  assert.deepEqual(
    keys.map((key) => Buffer.from(key, 'base64').length),
    [32],
  );
  assert.deepEqual(ensureEncryptionKeys(own), keys);
  assert.equal(statSync(join(own, 'encryption-key')).mode & 0o777, 0o600);
  const rotated = addEncryptionKey(own);
  assert.equal(rotated.length, 2);
  assert.deepEqual(rotated.slice(1), keys);
  assert.deepEqual(ensureEncryptionKeys(own), rotated);
});

const asNobody = ['--reuid=65534', '--regid=65534', '--clear-groups'];

async function start(
  place: string,
  options: Partial<Parameters<typeof startEmbeddedPostgres>[0]> = {},
): Promise<EmbeddedPostgres> {
  return startEmbeddedPostgres({ folder: place, say: () => {}, ...options });
}

async function query<Row>(address: string, text: string, values: unknown[] = []): Promise<Row[]> {
  const client = new Client({ connectionString: address });
  client.on('error', () => {});
  await client.connect();
  try {
    return (await client.query<Row & object>(text, values)).rows;
  } finally {
    await client.end();
  }
}

interface Owner {
  readonly program: ChildProcess;
  readonly databaseOwnerUrl: string;
  readonly serverProcessId: number;
}

/** Another program that has the folder: it stops the server when its input ends. */
async function startOwner(place: string, options: object = {}, prefix: readonly string[] = []): Promise<Owner> {
  const script = `
    const { startEmbeddedPostgres } = await import(${JSON.stringify(new URL('index.ts', import.meta.url).href)});
    const database = await startEmbeddedPostgres({ folder: ${JSON.stringify(place)}, say() {}, ...${JSON.stringify(options)} });
    const { databaseOwnerUrl, serverProcessId } = database;
    console.log(JSON.stringify({ databaseOwnerUrl, serverProcessId }));
    for await (const _ of process.stdin);
    await database.stop();`;
  const [command, ...words] = [...prefix, process.execPath, '--input-type=module', '-e', script];
  const program = spawn(command, words, { stdio: ['pipe', 'pipe', 'inherit'] });
  for await (const line of createInterface(program.stdout)) {
    const { databaseOwnerUrl, serverProcessId }: Owner = JSON.parse(line);
    return { program, databaseOwnerUrl, serverProcessId };
  }
  throw new Error('The other program did not start.');
}
