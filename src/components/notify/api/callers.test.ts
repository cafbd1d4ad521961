import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { SignJWT, type JWTPayload } from 'jose';
import { NotifyClient } from 'notifications-node-client';
import { addGuest } from '#notify';
import { revokeApiKey } from '#organisations';
import { newId } from '#platform';
import { refusedWith, startApi } from './api.fixture.ts';

const api = await startApi();
const { program, base, fishing, takeService, makeKey, publish, change, runHandOver, bearer, post } = api;
const { whole, keyring, server } = program;
const { database } = whole;

const roads = await takeService('report-a-road-fault');
const templates = {
  text: await publish('reminder', 'sms', 'Dear ((name)), come on ((day??the)) ((Day)).'),
  email: await publish('decision', 'email', '# Hello ((name))\n\n((list))', 'About ((thing))'),
  plain: await publish('plain', 'sms', 'Plain.'),
  letter: await publish('licence', 'letter', 'Dear ((name))', 'About your licence'),
};

suite('who may call', () => {
  const path = `/notify/v2/notifications`;
  const ask = (authorization?: string) =>
    server.inject({ url: path, headers: authorization === undefined ? {} : { authorization } });
  const expect = async (authorization: string | undefined, status: number, message: string): Promise<void> => {
    const answer = await ask(authorization);
    assert.equal(answer.statusCode, status, message);
    assert.deepEqual(answer.json(), { status_code: status, errors: [{ error: 'AuthError', message }] });
  };
  const secret = fishing.live.slice(-36);
  const sign = (payload: JWTPayload, key = secret, alg = 'HS256'): Promise<string> =>
    new SignJWT(payload).setProtectedHeader({ alg, typ: 'JWT' }).sign(new TextEncoder().encode(key));
  const now = (): number => Math.floor(Date.now() / 1000);

  test('each reason for a refusal has its words', async () => {
    for (const none of [undefined, '']) {
      await expect(none, 401, 'Unauthorized: authentication token must be provided');
    }
    for (const wrong of ['Basic x', 'Bearer', secret]) {
      await expect(wrong, 401, 'Unauthorized: authentication bearer scheme must be used');
    }
    const bad = async (token: Promise<string> | string, words: string): Promise<void> =>
      expect(`Bearer ${await token}`, 403, words);
    const iss = fishing.serviceId;
    await bad('nonsense', 'Invalid token: iss field not provided');
    await bad(sign({ iat: now() }), 'Invalid token: iss field not provided');
    await bad(sign({ iss: 'x', iat: now() }), 'Invalid token: service id is not the right data type');
    await bad(sign({ iss: newId(), iat: now() }), 'Invalid token: service not found');
    await bad(sign({ iss: roads.serviceId, iat: now() }), 'Invalid token: API key not found');
    await bad(sign({ iss, iat: now() }, newId()), 'Invalid token: API key not found');
    await bad(sign({ iss, iat: now() }, secret.repeat(2), 'HS512'), 'Invalid token: algorithm used is not HS256');
    const clock = 'Error: Your system clock must be accurate to within 30 seconds';
    await bad(sign({ iss, iat: now() - 40 }), clock);
    await bad(sign({ iss, iat: now() + 40 }), clock);
    await bad(sign({ iss }), clock);
    assert.equal((await ask(`Bearer ${await sign({ iss, iat: now() - 20 })}`)).statusCode, 200);
    assert.equal((await ask(`bearer ${await sign({ iss, iat: now() })}`)).statusCode, 200);
    const archive = await takeService('archive-visit', false);
    await bad(sign({ iss: archive.serviceId, iat: now() }), 'Invalid token: service has no API keys');
  });

  test('a revoked key says so', async () => {
    const key = await makeKey(roads, 'live');
    const [row] = await program.ask<{ id: string }>(
      'select id from organisations.api_keys where service_id = $1 order by id desc limit 1',
      [roads.serviceId],
    );
    assert.ok(row);
    const token = await bearer(key);
    assert.equal((await ask(token)).statusCode, 200);
    await database.transact(roads.scope, (tx) =>
      revokeApiKey(tx, { serviceId: roads.serviceId, keyId: row.id, revokedBy: 'test' }),
    );
    await assert.rejects(
      new NotifyClient(base, key).getAllTemplates(),
      refusedWith(403, 'AuthError', 'Invalid token: API key revoked'),
    );
    // Also of a token that was good a moment ago.
    await expect(token, 403, 'Invalid token: API key revoked');
  });

  test('a key that is revoked between two messages sends the first and not the second, nor what it sent before', async () => {
    const archive = await takeService('archive-visit', false);
    const key = await makeKey(archive, 'live');
    const authorization = await bearer(key);
    const { id: template } = await publish('revoked', 'email', 'x', 'S', archive);
    const send = (more: Record<string, string> = {}, body = {}) =>
      post(
        '/v2/notifications/email',
        { email_address: 'ada@example.com', template_id: template, ...body },
        { authorization, ...more },
      );
    const [row] = await program.ask<{ id: string }>(
      'select id from organisations.api_keys where service_id = $1 order by id desc limit 1',
      [archive.serviceId],
    );
    assert.ok(row);
    assert.equal((await send()).statusCode, 201);
    assert.equal((await send({ 'idempotency-key': 'before it was revoked' })).statusCode, 201);
    const count = async (): Promise<unknown> =>
      program.ask(
        `select (select count(*) from notify.messages where key_id = $1) as kept,
                (select used from notify.days_of_sending where service_id = $2 and channel = 'email') as counted`,
        [row.id, archive.serviceId],
      );
    const before = await count();
    await database.transact(archive.scope, (tx) =>
      revokeApiKey(tx, { serviceId: archive.serviceId, keyId: row.id, revokedBy: 'test' }),
    );
    for (const answer of [
      await send(),
      await send({ 'idempotency-key': 'before it was revoked' }),
      await send({}, { template_id: newId() }),
    ]) {
      assert.equal(answer.statusCode, 403, answer.body);
      assert.equal(answer.json().errors[0].message, 'Invalid token: API key revoked');
    }
    assert.deepEqual(await count(), before);
  });

  test('a token that was good is refused once its 30 seconds are over', async (t) => {
    const token = await bearer();
    assert.equal((await ask(token)).statusCode, 200);
    t.mock.timers.enable({ apis: ['Date'], now: Date.now() + 32_000 });
    await expect(token, 403, 'Error: Your system clock must be accurate to within 30 seconds');
  });

  test('many that call at once, of several services and with good and bad tokens, are each told of their own', async () => {
    const iss = fishing.serviceId;
    const tokens = await Promise.all([
      bearer(),
      bearer(roads.live),
      sign({ iss, iat: now() }, newId()).then((token) => `Bearer ${token}`),
      sign({ iss: newId(), iat: now() }).then((token) => `Bearer ${token}`),
    ]);
    const answers = await Promise.all(Array.from({ length: 40 }, (_, index) => ask(tokens[index % tokens.length])));
    assert.deepEqual(
      answers.map(({ statusCode }) => statusCode),
      Array.from({ length: 40 }, (_, index) => (index % 4 < 2 ? 200 : 403)),
    );
    const first = new Set(answers.map((answer, index) => `${index % 4} ${answer.json().errors?.[0]?.message ?? ''}`));
    assert.deepEqual([...first].toSorted(), [
      '0 ',
      '1 ',
      '2 Invalid token: API key not found',
      '3 Invalid token: service not found',
    ]);
  });

  test('every route refuses whoever has no key, in the words of the contract', async () => {
    const routes = server.statedRoutes.filter((route) => route.url.startsWith('/notify/') && route.method !== 'HEAD');
    assert.ok(routes.length >= 11);
    for (const { method, url } of routes) {
      const answer = await server.inject({
        method: method === 'POST' ? 'POST' : 'GET',
        url: url.replaceAll(/:\w+/g, newId()),
      });
      assert.equal(answer.statusCode, 401, url);
      assert.equal(answer.json().errors[0].error, 'AuthError', url);
    }
  });

  test("another service's notification and template are not found", async () => {
    const mine = new NotifyClient(base, fishing.live);
    const theirs = new NotifyClient(base, roads.live);
    const { data } = await mine.sendSms(templates.plain.id, '07700900126');
    const missing = refusedWith(404, 'NoResultFound', 'No result found');
    await assert.rejects(theirs.getNotificationById(data.id), missing);
    await assert.rejects(theirs.getTemplateById(templates.plain.id), missing);
    await assert.rejects(theirs.getTemplateByIdAndVersion(templates.plain.id, 1), missing);
    await assert.rejects(
      theirs.sendSms(templates.plain.id, '07700900126'),
      refusedWith(400, 'BadRequestError', 'Template not found'),
    );
    assert.deepEqual((await theirs.getNotifications()).data.notifications, []);
  });
});

suite('kinds of keys', () => {
  test('a test key sends nothing, and its notifications move as if', async () => {
    const client = new NotifyClient(base, fishing.test);
    const ends = {
      '07700900001': 'delivered',
      '07700900003': 'temporary-failure',
      '07700900002': 'permanent-failure',
    };
    for (const [number, status] of Object.entries(ends)) {
      const { data } = await client.sendSms(templates.plain.id, number);
      await runHandOver(fishing.scope, data.id);
      assert.equal((await client.getNotificationById(data.id)).data.status, status, number);
    }
    const failed = (await client.getNotifications(undefined, 'failed')).data.notifications;
    assert.equal(failed.length, 2);
    const live = (await new NotifyClient(base, fishing.live).getNotifications(undefined, 'failed')).data.notifications;
    assert.deepEqual(live, [], 'a kind of key lists what was sent with it');
  });

  test('a team key sends to the people of the service and its guests only', async () => {
    const client = new NotifyClient(base, fishing.team);
    const refusal = refusedWith(400, 'BadRequestError', 'Can’t send to this recipient using a team-only API key');
    await assert.rejects(client.sendSms(templates.plain.id, '07700900127'), refusal);
    await database.transact(fishing.scope, (tx) =>
      addGuest(tx, keyring, { serviceId: fishing.serviceId, recipient: '+44 7700 900127' }),
    );
    assert.equal((await client.sendSms(templates.plain.id, '07700900127')).status, 201);
    const [member] = await program.ask<{ email: string }>(
      `select p.email from organisations.people p join organisations.roles r on r.person_id = p.id
        where p.organisation_id = $1 and r.service_id is null and r.ended_at is null limit 1`,
      [fishing.scope.organisationId],
    );
    assert.ok(member);
    const values = { personalisation: { name: 'x', thing: 'x', list: [] } };
    assert.equal((await client.sendEmail(templates.email.id, member.email, values)).status, 201);
    await assert.rejects(client.sendEmail(templates.email.id, 'ada@example.com', values), refusal);
    await assert.rejects(
      client.sendLetter(templates.letter.id, { personalisation: { name: 'x' } }),
      refusedWith(403, 'BadRequestError', 'Cannot send letters with a team api key'),
    );
  });

  test('what is sent to a simulated recipient is accepted and not kept', async () => {
    const client = new NotifyClient(base, fishing.live);
    for (const number of ['07700900000', '07700900111', '07700900222']) {
      const { data } = await client.sendSms(templates.plain.id, number);
      await assert.rejects(client.getNotificationById(data.id), refusedWith(404, 'NoResultFound', 'No result found'));
    }
  });
});

suite('limits', () => {
  test('a service on trial sends to its own people only, and fifty a day', async () => {
    const service = await takeService('archive-visit');
    const template = await publish('trial', 'sms', 'Hello', '', service);
    const client = new NotifyClient(base, service.live);
    await change(service, { trial: true });
    await assert.rejects(
      client.sendSms(template.id, '07700900128'),
      refusedWith(400, 'BadRequestError', 'Can’t send to this recipient when service is in trial mode'),
    );
    await client.sendSms(template.id, '07700900000');
    await program.ask('update notify.days_of_sending set used = 50 where service_id = $1', [service.serviceId]);
    const over = refusedWith(429, 'TooManyRequestsError', 'Exceeded send limits (sms: 50) for today');
    await assert.rejects(client.sendSms(template.id, '07700900000'), over);
    await program.ask(
      `update notify.days_of_sending set began_at = now() - interval '25 hours' where service_id = $1`,
      [service.serviceId],
    );
    assert.equal((await client.sendSms(template.id, '07700900000')).status, 201);
    await change(service, { trial: false });
  });

  test('requests are counted for each kind of key, in a bucket that fills again', async () => {
    const service = await takeService('archive-visit');
    const template = await publish('rate', 'sms', 'Hello', '', service);
    await change(service, { requestsPerMinute: 6 });
    const live = new NotifyClient(base, service.live);
    const over = (kind: string) =>
      refusedWith(429, 'RateLimitError', `Exceeded rate limit for key type ${kind} of 6 requests per 60 seconds`);
    await program.ask('delete from notify.request_rates where service_id = $1', [service.serviceId]);
    for (let sent = 0; sent < 3; sent += 1) await live.sendSms(template.id, '07700900000');
    await assert.rejects(live.sendSms(template.id, '07700900000'), over('LIVE'));
    assert.equal((await new NotifyClient(base, service.test).sendSms(template.id, '07700900000')).status, 201);
    await program.ask(
      `update notify.request_rates set counted_at = now() - interval '11 seconds' where service_id = $1`,
      [service.serviceId],
    );
    await live.sendSms(template.id, '07700900000');
    await assert.rejects(live.sendSms(template.id, '07700900000'), over('LIVE'));
    await change(service, { requestsPerMinute: 3000 });
  });
});
