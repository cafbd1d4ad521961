import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createTestDatabase } from '../../testing/database.ts';
import { newId } from './ids.ts';
import { prepare, prepareInsert } from './prepared.ts';
import type { DB } from './tables.generated.ts';

const { database } = await createTestDatabase();
const inside = (organisationId: string) => ({ organisationId, actor: { kind: 'system', name: 'test' } }) as const;

const insertEvent = prepareInsert<DB, 'events', 'id' | 'subject'>('platform', 'events', 'returning id, subject');
const findSubjects = prepare<DB, { source: string; least: string }, { subject: string | null }>(
  'platform',
  (tables, value) =>
    tables
      .selectFrom('events as happened')
      .select('happened.subject')
      .where('happened.source', '=', value('source'))
      .where('happened.subject', '>=', value('least'))
      .where('happened.type', '=', 'test.happened')
      .orderBy('happened.subject')
      .compile(),
);

test('a statement that is made once brings the values of each use, and sees one organisation', async () => {
  const [one, other] = [newId(), newId()];
  for (const organisationId of [one, other]) {
    await database.transact(inside(organisationId), async (tx) => {
      for (const subject of ['a', 'b', 'c', "d'; drop table"]) {
        const id = newId();
        const event = { organisation_id: organisationId, id, type: 'test.happened', source: '/test', data: '{}' };
        assert.deepEqual(await insertEvent(tx, { ...event, subject }), [{ id, subject }]);
      }
      // The same statement with other columns is another.
      const bare = { organisation_id: organisationId, id: newId(), type: 'test.happened', data: '{}' };
      assert.equal((await insertEvent(tx, { ...bare, source: '/bare' }))[0]?.subject, null);
    });
  }
  await database.transact(inside(one), async (tx) => {
    assert.deepEqual(await findSubjects(tx, { source: '/test', least: 'c' }), [
      { subject: 'c' },
      { subject: "d'; drop table" },
    ]);
    assert.deepEqual(await findSubjects(tx, { source: '/nowhere', least: 'a' }), []);
  });
  const foreign = { organisation_id: other, id: newId(), type: 't', source: '/', data: '{}' };
  await assert.rejects(
    database.transact(inside(one), (tx) => insertEvent(tx, foreign)),
    /row-level security/,
  );
});
