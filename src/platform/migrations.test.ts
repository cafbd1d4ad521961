import assert from 'node:assert/strict';
import { cp, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { createTestDatabase } from '../../testing/database.ts';
import { migrateDatabase, missingMigrations } from './migrations.ts';

const folder = await mkdtemp(join(tmpdir(), 'commonhold-migrations-'));
after(() => rm(folder, { recursive: true, force: true }));
await cp(join(import.meta.dirname, 'migrations'), join(folder, 'migrations'), { recursive: true });
const count = (await readdir(join(folder, 'migrations'))).length;
const next = `${String(count + 1).padStart(4, '0')}-broken.sql`;
const parts = [{ name: 'platform', folder }];
const empty = await createTestDatabase({ empty: true });

test('two processes that start together migrate once', async () => {
  const said: string[] = [];
  await Promise.all([1, 2, 3].map(() => migrateDatabase(empty.ownerUrl, parts, (line) => said.push(line))));
  assert.equal(new Set(said).size, said.length, 'no migration ran twice');
  assert.ok(said.length > 0);
  assert.deepEqual(await missingMigrations(empty.database.pool, parts), []);
});

test('a migration that fails leaves no trace, says which it was, and can be mended', async () => {
  const file = join(folder, 'migrations', next);
  await writeFile(file, 'create table platform.half (id uuid); select no_such_function();');
  await assert.rejects(migrateDatabase(empty.ownerUrl, parts), new RegExp(`platform/${next} failed`));
  const rows = await empty.database.find<{ half: string | null }>("select to_regclass('platform.half') as half", []);
  assert.equal(rows[0]?.half, null);
  await writeFile(file, 'select 1');
  await migrateDatabase(empty.ownerUrl, parts);
});

test('a migration that was edited after it ran is refused', async () => {
  await writeFile(join(folder, 'migrations', next), 'select 2');
  await assert.rejects(migrateDatabase(empty.ownerUrl, parts), /was edited after it ran/);
});

test('a gap in the numbers is refused', async () => {
  await writeFile(join(folder, 'migrations', '0004-late.sql'), 'select 4');
  await assert.rejects(migrateDatabase(empty.ownerUrl, parts), /without gaps/);
});
