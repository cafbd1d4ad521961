import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sql } from 'kysely';
import { createTestDatabase } from '../../testing/database.ts';
import { listAudit, recordAudit } from './audit.ts';
import type { Scope, Tx } from './database.ts';
import { newId } from './ids.ts';
import type { DB } from './tables.generated.ts';

const { database } = await createTestDatabase();
const rivers: Scope = { organisationId: newId(), actor: { kind: 'system', name: 'test' } };
const roads: Scope = { organisationId: newId(), actor: { kind: 'system', name: 'test' } };
const entry = { action: 'test.done', subject: { kind: 'test' } };

test("one organisation's rows are invisible to another, even to a query without a where", async () => {
  await database.transact(rivers, (tx) => recordAudit(tx, entry));
  const seen = await database.transact(roads, (tx) =>
    tx.tables<DB>('platform').selectFrom('audit_entries').selectAll().execute(),
  );
  assert.deepEqual(seen, []);
  const own = await database.transact(rivers, (tx) => listAudit(tx));
  assert.equal(own.length, 1);
});

test('a row cannot be written into another organisation', async () => {
  await assert.rejects(
    database.transact(roads, (tx) =>
      recordAudit({ ...tx, organisationId: rivers.organisationId, tables: (schema) => tx.tables(schema) }, entry),
    ),
    /row-level security/,
  );
});

test('the organisation does not outlive its transaction on the same connection', async () => {
  await database.transact(rivers, (tx) => recordAudit(tx, entry));
  const rows = await database.find('select 1 from platform.audit_entries', []);
  assert.deepEqual(rows, []);
});

test('an organisation that is not a UUID never reaches the database', async () => {
  assert.throws(() =>
    database.transact({ ...rivers, organisationId: "x'; drop table y; --" }, () => Promise.resolve()),
  );
});

test('what fails leaves nothing behind', async () => {
  const before = (await database.transact(rivers, (tx) => listAudit(tx))).length;
  await assert.rejects(
    database.transact(rivers, async (tx) => {
      await recordAudit(tx, entry);
      throw new Error('no');
    }),
    /no/,
  );
  assert.equal((await database.transact(rivers, (tx) => listAudit(tx))).length, before);
});

test('a failed statement that was swallowed does not pass for a commit', async () => {
  const swallow = async (tx: Tx): Promise<void> => {
    await recordAudit(tx, entry);
    await sql`select 1 / 0`.execute(tx.tables('platform')).catch(() => {});
  };
  await assert.rejects(database.transact(rivers, swallow), /failed before it was committed/);
});

test('a deadlock is tried once more, and both get what they wanted', async () => {
  const [first, second] = [newId(), newId()];
  const lock = (tx: Tx, key: string) =>
    sql`select pg_advisory_xact_lock(hashtextextended(${key}, 0))`.execute(tx.tables('platform'));
  const cross = (one: string, other: string) =>
    database.transact(rivers, async (tx) => {
      await lock(tx, one);
      await new Promise((resolve) => setTimeout(resolve, 100));
      await lock(tx, other);
      return true;
    });
  assert.deepEqual(await Promise.all([cross(first, second), cross(second, first)]), [true, true]);
});

test('the audit trail can be added to, and neither changed nor emptied', async () => {
  for (const text of [
    "update platform.audit_entries set action = 'x'",
    'delete from platform.audit_entries',
    'truncate platform.audit_entries',
  ]) {
    await assert.rejects(
      database.transact(rivers, (tx) => sql.raw(text).execute(tx.tables('platform'))),
      /permission denied|append-only/,
      text,
    );
  }
});

test('dates stay days, times are ISO 8601 in UTC, and large counts are numbers', async () => {
  const [row] = await database.find<{ day: string; time: string; whole: string; count: number }>(
    `select date '2026-03-29' as day, timestamptz '2026-11-24 01:49:17.123456+02' as time,
            timestamptz '2026-11-24 01:49:17Z' as whole, 9007199254740991::bigint as count`,
    [],
  );
  assert.deepEqual(row, {
    day: '2026-03-29',
    time: '2026-11-23T23:49:17.123Z',
    whole: '2026-11-24T01:49:17.000Z',
    count: 9_007_199_254_740_991,
  });
  await assert.rejects(database.find('select 9007199254740993::bigint', []), /too large/);
});
