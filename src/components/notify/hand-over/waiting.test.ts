import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { createCalendar, newId, type Scope } from '#platform';
import { startTestProgram } from '../../../../testing/program.ts';
import { createTemplate } from '../templates/templates.ts';
import { beginAnew } from './queue.ts';
import { createSending } from './sending.ts';
import { endSilence } from './silence.ts';

const program = await startTestProgram({ SMTP_URL: 'smtp://127.0.0.1:1' });
const { whole, server, keyring } = program;
const { database } = whole;
const { callbacks } = createSending({
  database,
  keyring,
  settings: program.settings,
  webhooks: whole.webhooks,
  calendar: createCalendar('Europe/London'),
  scanner: null,
});
const [fishing] = await program.ask<{ organisation_id: string; id: string }>(
  `select organisation_id, id from organisations.services where slug = 'fishing-licence'`,
);
assert.ok(fishing);
const { organisation_id: organisationId, id: serviceId } = fishing;
const scope: Scope = { organisationId, actor: { kind: 'system', name: 'test' } };
const token = await program.tokenFor('fishing-licence');

suite('a message that a provider has and says nothing of', () => {
  test('is ended after three days: a text as not reached, an email as sent; the service is told of both, once', async () => {
    const [text, email, late] = [await send('sms'), await send('email'), await send('sms')];
    for (const id of [text, email]) await pretendHandedOver(id, '73 hours');
    await pretendHandedOver(late, '71 hours');
    await database.transact(scope, (tx) =>
      callbacks.set(tx, {
        serviceId,
        kind: 'delivery-status',
        url: 'https://dept.example/callback',
        bearerToken: 'a-bearer-token',
      }),
    );
    assert.equal(await endSilence({ database, callbacks }), 2);
    assert.equal(await endSilence({ database, callbacks }), 0);
    assert.deepEqual(
      [await statusOf(text), await statusOf(email), await statusOf(late)],
      ['temporary-failure', 'sent', 'sending'],
    );
    const told = await program.ask<{ subject: string }>(
      `select subject from platform.webhook_deliveries where type = 'notify.delivery-status' order by subject`,
    );
    assert.deepEqual(
      told.map(({ subject }) => subject),
      [text, email].toSorted(),
    );
  });
});

suite('a message that was given up', () => {
  test('is begun anew from its page, and only by who may send', async () => {
    const id = await send('email');
    await giveUp(id);
    const address = `/staff/organisations/${organisationId}/services/${serviceId}/messages/${id}`;
    const caseworker = await program.signIn('Edith Brandt');
    assert.doesNotMatch((await caseworker.get(address)).body, /Send it again/);
    assert.equal((await caseworker.post(`${address}/hand-over`)).status, 403);
    const manager = await program.signIn('Petra Lindqvist');
    assert.match((await manager.get(address)).body, /Send it again/);
    const answer = await manager.post(`${address}/hand-over`);
    assert.equal(answer.status, 303);
    assert.match((await manager.get(answer.location ?? '')).body, /The message is being sent again/);
    assert.equal(await statusOf(id), 'created');
    assert.deepEqual(await waiting(id), [{ tries: 0, is_due: true }]);
    assert.equal((await manager.post(`${address}/hand-over`)).status, 303, 'asked twice');
    assert.deepEqual(await waiting(id), [{ tries: 0, is_due: true }]);
  });

  test('is begun anew with all others by an operator, and not where it is another organisation’s', async () => {
    const id = await send('email');
    await giveUp(id);
    const elsewhere: Scope = { organisationId: newId(), actor: { kind: 'system', name: 'test' } };
    assert.equal(await database.transact(elsewhere, (tx) => beginAnew(tx, id)), 0);
    const operator = await program.signIn('Oriel Tandy');
    assert.match((await operator.get('/staff/operations/providers')).body, /1 message was given up/);
    assert.equal((await operator.post('/staff/operations/given-up-messages')).status, 303);
    assert.doesNotMatch((await operator.get('/staff/operations/providers')).body, /given up/);
    assert.deepEqual(await waiting(id), [{ tries: 0, is_due: true }]);
  });
});

async function send(type: 'sms' | 'email'): Promise<string> {
  const template = await database.transact(scope, (tx) =>
    createTemplate(tx, { serviceId, name: `waits ${type}`, type, subject: type === 'email' ? 'S' : '', body: 'x' }),
  );
  const to = type === 'sms' ? { phone_number: '07700900123' } : { email_address: 'ada@example.com' };
  const answer = await server.inject({
    method: 'POST',
    url: `/notify/v2/notifications/${type}`,
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    payload: JSON.stringify({ ...to, template_id: template.id }),
  });
  assert.equal(answer.statusCode, 201, answer.body);
  return answer.json().id;
}

async function pretendHandedOver(id: string, ago: string): Promise<void> {
  await program.ask('delete from notify.hand_overs where message_id = $1', [id]);
  await program.ask(
    `update notify.messages set status = 'sending', handed_over_at = now() - $2::interval where id = $1`,
    [id, ago],
  );
}

async function giveUp(id: string): Promise<void> {
  await program.ask('update notify.hand_overs set tries = 60, given_up_at = now() where message_id = $1', [id]);
  await program.ask(
    `update notify.messages set status = 'technical-failure', failed_at = now(), failure = 'x' where id = $1`,
    [id],
  );
}

async function statusOf(id: string): Promise<string | undefined> {
  const [row] = await program.ask<{ status: string }>('select status from notify.messages where id = $1', [id]);
  return row?.status;
}

async function waiting(id: string): Promise<object[]> {
  return program.ask(
    `select tries, try_at <= now() as is_due from notify.hand_overs where message_id = $1 and given_up_at is null`,
    [id],
  );
}
