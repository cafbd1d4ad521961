import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { NotifyClient } from 'notifications-node-client';
import { addSender, archiveSender } from '#notify';
import { newId } from '#platform';
import { refusedWith, startApi } from './api.fixture.ts';

const api = await startApi();
const { program, base, fishing, takeService, publish, runHandOver, post } = api;
const { whole } = program;
const { database } = whole;

const roads = await takeService('report-a-road-fault');
const templates = {
  text: await publish('reminder', 'sms', 'Dear ((name)), come on ((day??the)) ((Day)).'),
  email: await publish('decision', 'email', '# Hello ((name))\n\n((list))', 'About ((thing))'),
  plain: await publish('plain', 'sms', 'Plain.'),
  letter: await publish('licence', 'letter', 'Dear ((name))', 'About your licence'),
};

suite('a message that waits for its time', () => {
  const at = (milliseconds: number): string => new Date(Date.now() + milliseconds).toISOString();
  const day = 86_400_000;

  test('is queued for then, and can be called back until it goes', async () => {
    const time = at(300 * day);
    const request = { phone_number: '07700900140', template_id: templates.plain.id, scheduled_for: time };
    const answer = await post('/v2/notifications/sms', request);
    assert.equal(answer.statusCode, 201, answer.body);
    const { id, scheduled_for: scheduledFor } = answer.json();
    assert.equal(scheduledFor, time);
    const [queued] = await program.ask<{ late: boolean }>(
      `select try_at > now() + interval '299 days' as late from notify.hand_overs where message_id = $1`,
      [id],
    );
    assert.deepEqual(queued, { late: true });
    const cancelled = await post(`/v2/notifications/${id}/cancellation`, '');
    assert.deepEqual([cancelled.statusCode, cancelled.json().status], [200, 'cancelled']);
    await runHandOver(fishing.scope, id);
    const client = new NotifyClient(base, fishing.live);
    assert.equal((await client.getNotificationById(id)).data.status, 'cancelled');
    assert.equal((await post(`/v2/notifications/${id}/cancellation`, '')).statusCode, 200, 'called back twice');
    const sent = await client.sendSms(templates.plain.id, '07700900140');
    await runHandOver(fishing.scope, sent.data.id);
    const late = await post(`/v2/notifications/${sent.data.id}/cancellation`, '');
    assert.deepEqual(late.json(), {
      status_code: 400,
      errors: [{ error: 'BadRequestError', message: 'A notification that is sending can no longer be cancelled' }],
    });
    assert.equal((await post(`/v2/notifications/${newId()}/cancellation`, '')).statusCode, 404);
  });

  test('must name a time that there is, at most a year ahead', async () => {
    const wrong: [string, string][] = [
      [
        'tomorrow',
        'scheduled_for datetime format is invalid. It must be a valid ISO8601 date time format, https://en.wikipedia.org/wiki/ISO_8601',
      ],
      [at(-day), 'scheduled_for datetime can not be in the past'],
      [at(400 * day), 'scheduled_for datetime can only be a year in the future'],
    ];
    for (const [time, message] of wrong) {
      const request = { phone_number: '07700900140', template_id: templates.plain.id, scheduled_for: time };
      assert.deepEqual((await post('/v2/notifications/sms', request)).json().errors, [
        { error: 'ValidationError', message },
      ]);
    }
  });
});

test('a message is from the sender that it names, or from the default one', async () => {
  const service = roads;
  const template = await publish('sender', 'sms', 'Hello', '', service);
  const client = new NotifyClient(base, service.live);
  const add = (value: string) =>
    database.transact(service.scope, (tx) => addSender(tx, { serviceId: service.serviceId, channel: 'sms', value }));
  await client.sendSms(template.id, '07700900141');
  const [first, second] = [await add('Archive'), await add('Reading Rm')];
  assert.equal((await client.sendSms(template.id, '07700900141')).data.content.from_number, 'Archive');
  const named = await client.sendSms(template.id, '07700900141', { smsSenderId: second.id });
  assert.equal(named.data.content.from_number, 'Reading Rm');
  await database.transact(service.scope, (tx) =>
    archiveSender(tx, { serviceId: service.serviceId, senderId: first.id }),
  );
  await assert.rejects(
    client.sendSms(template.id, '07700900141', { smsSenderId: first.id }),
    refusedWith(
      400,
      'BadRequestError',
      `sms_sender_id ${first.id} does not exist in database for service id ${service.serviceId}`,
    ),
  );
});

suite('a request that is repeated', () => {
  const send = (key: string, payload: object) => post('/v2/notifications/sms', payload, { 'idempotency-key': key });

  test('with the same Idempotency-Key is sent once, even at the same moment', async () => {
    const request = { phone_number: '07700900129', template_id: templates.plain.id };
    const answers = await Promise.all(Array.from({ length: 8 }, () => send('once', request)));
    assert.deepEqual([...new Set(answers.map((answer) => answer.statusCode))], [201]);
    assert.equal(new Set(answers.map((answer) => answer.json().id)).size, 1);
    const rows = await program.ask(`select 1 from notify.messages where idempotency_key = 'once'`);
    assert.equal(rows.length, 1);
  });

  test('with that key and another text is refused', async () => {
    const answer = await send('once', { phone_number: '07700900130', template_id: templates.plain.id });
    assert.equal(answer.statusCode, 409);
    assert.deepEqual(answer.json(), {
      status_code: 409,
      errors: [{ error: 'BadRequestError', message: 'Idempotency-Key was used before, for another request' }],
    });
  });
});

test('recipients, texts and references lie in the database only sealed, but for the reference', async () => {
  await post('/v2/notifications/sms', {
    phone_number: '07700900131',
    template_id: templates.text.id,
    personalisation: { name: 'Wilhelmina', day: 'x' },
  });
  const rows = await program.ask<{ row: string }>('select messages::text as row from notify.messages');
  assert.ok(rows.length > 5);
  for (const { row } of rows) assert.doesNotMatch(row, /Wilhelmina|7700900131/);
});

test('the staff of the service see a text message as it would be sent', async () => {
  const service = await takeService('archive-visit');
  const template = await publish('seen', 'sms', 'Your visit – ((day)).', '', service);
  const { data } = await new NotifyClient(base, service.live).sendSms(template.id, '07700900133', {
    personalisation: { day: 'Monday' },
  });
  const staff = await program.signIn('Tobin Marsh');
  const address = `/staff/organisations/${service.scope.organisationId}/services/${service.serviceId}/messages/${data.id}`;
  const page = await staff.get(address);
  assert.equal(page.status, 200);
  assert.match(page.body, /447700900133/);
  assert.match(page.body, /: Your visit - Monday\./);
  assert.doesNotMatch(page.body, /Subject/);
});

test('recipient, text, reference and received texts are erased after the retention period of the service', async () => {
  const client = new NotifyClient(base, fishing.live);
  const { data } = await client.sendSms(templates.plain.id, '07700900132', { reference: 'Wilhelmina' });
  await program.ask(`update notify.messages set created_at = now() - interval '20 years' where id = $1`, [data.id]);
  await program.ask(`update notify.received_texts set created_at = now() - interval '20 years'`);
  const job = whole.jobs.find((each) => each.name === 'notify.erase-old-messages');
  await job?.run(
    {},
    { database, log: whole.log, scope: fishing.scope, organisationId: undefined, attempt: 1, lastAttempt: false },
  );
  const erased = (await client.getNotificationById(data.id)).data;
  assert.deepEqual([erased.phone_number, erased.body, erased.reference], [null, '', null]);
  assert.deepEqual((await client.getNotifications(undefined, undefined, 'Wilhelmina')).data.notifications, []);
  assert.deepEqual((await client.getReceivedTexts()).data.received_text_messages, []);
});
