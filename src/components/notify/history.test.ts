import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NotifyClient } from 'notifications-node-client';
import { createCalendar, newId } from '#platform';
import { startApi } from './api/api.fixture.ts';
import { readDailyCounts } from './daily-counts.ts';
import { recordPastMessages } from './history.ts';

const { program, base, fishing, publish } = await startApi();
const { database } = program.whole;
const calendar = createCalendar('Europe/London');

test('messages that were sent earlier are listed and counted on their days, and nothing of them is sent', async () => {
  const [text, letter] = [
    await publish('past', 'sms', 'Dear ((name))'),
    await publish('past', 'letter', 'Dear ((name))', 'x'),
  ];
  const past = { personalisation: { name: 'Ada' }, reference: 'past', failure: null };
  await database.transact(fishing.scope, (tx) =>
    recordPastMessages(tx, { ...program, calendar }, fishing.serviceId, [
      {
        ...past,
        templateId: text.id,
        to: '447700900123',
        writtenAt: '2026-01-05T10:00:00.000Z',
        endedAt: '2026-01-05T10:01:00.000Z',
        outcome: 'delivered',
      },
      {
        ...past,
        templateId: text.id,
        to: '447700900124',
        writtenAt: '2026-01-05T11:00:00.000Z',
        endedAt: '2026-01-05T11:01:00.000Z',
        outcome: 'permanent-failure',
        failure: 'No such number.',
      },
      {
        ...past,
        templateId: letter.id,
        to: 'Ada\n1 High Street\nSW1A 1AA',
        writtenAt: '2026-01-06T10:00:00.000Z',
        endedAt: '2026-01-09T10:00:00.000Z',
        outcome: 'returned-letter',
      },
    ]),
  );
  const { notifications } = (await new NotifyClient(base, fishing.live).getNotifications(undefined, undefined, 'past'))
    .data;
  assert.deepEqual(
    notifications.map((each) => [each.status, each.created_at, each.body]),
    [
      ['received', '2026-01-06T10:00:00.000Z', 'Dear Ada'],
      ['permanent-failure', '2026-01-05T11:00:00.000Z', 'Dear Ada'],
      ['delivered', '2026-01-05T10:00:00.000Z', 'Dear Ada'],
    ],
  );
  const counts = await database.transact(fishing.scope, (tx) =>
    readDailyCounts(tx, fishing.serviceId, { from: '2026-01-05', to: '2026-01-05', calendar }),
  );
  assert.deepEqual(counts.map(({ status, count, fragments }) => `${status} ${count} ${fragments}`).toSorted(), [
    'delivered 1 1',
    'permanent-failure 1 1',
  ]);
  assert.deepEqual(await program.ask('select 1 from notify.hand_overs'), []);
  await assert.rejects(
    database.transact(fishing.scope, (tx) =>
      recordPastMessages(tx, { ...program, calendar }, fishing.serviceId, [
        {
          ...past,
          templateId: newId(),
          to: '1',
          writtenAt: '2026-01-05T10:00:00.000Z',
          endedAt: '2026-01-05T10:00:00.000Z',
          outcome: 'sent',
        },
      ]),
    ),
  );
});
