import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { SignJWT, type JWTPayload } from 'jose';
import { NotifyClient } from 'notifications-node-client';
import { addGuest, addSender, archiveSender, archiveTemplate, recordReceivedText } from '#notify';
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

suite('the client library of GOV.UK Notify, unmodified', () => {
  const client = new NotifyClient(base, fishing.live);

  test('sends a text message, and reads it back; what stays in a local outbox is not called delivered', async () => {
    const { status, data } = await client.sendSms(templates.text.id, '07700 900 123', {
      personalisation: { NAME: 'Ada', day: 'Monday' },
      reference: 'case 1',
    });
    assert.equal(status, 201);
    assert.deepEqual(data, {
      id: data.id,
      reference: 'case 1',
      uri: `http://platform.example/notify/v2/notifications/${data.id}`,
      template: {
        id: templates.text.id,
        version: 1,
        uri: `/services/${fishing.serviceId}/templates/${templates.text.id}`,
      },
      scheduled_for: null,
      content: {
        body: 'Apply for a fishing licence: Dear Ada, come on Monday.',
        from_number: data.content.from_number,
      },
    });
    const before = (await client.getNotificationById(data.id)).data;
    assert.equal(before.status, 'created');
    await runHandOver(fishing.scope, data.id);
    const after = (await client.getNotificationById(data.id)).data;
    assert.equal(after.status, 'sending');
    assert.equal(after.phone_number, '07700 900 123', 'as it was written');
    assert.equal(after.type, 'sms');
    assert.equal(after.subject, null);
    assert.deepEqual(after.cost_details, { billable_sms_fragments: 1 });
    assert.ok(after.sent_at !== null && after.completed_at === null);
  });

  test('sends an email with a list, an address to unsubscribe at, and values from strangers made harmless', async () => {
    const { data } = await client.sendEmail(templates.email.id, 'ada@example.com', {
      personalisation: { name: '[Win](https://bad.example)', thing: 'fish', list: ['one', 'two'] },
      oneClickUnsubscribeURL: 'https://department.example/stop?id=1',
      sanitiseContentFor: ['Name'],
    });
    assert.equal(data.content.subject, 'About fish');
    assert.equal(data.content.one_click_unsubscribe_url, 'https://department.example/stop?id=1');
    assert.deepEqual(Object.keys(data.sanitised_content), ['name']);
    assert.match(data.content.body, /\* one\n\* two$/);
    const preview = await client.previewTemplateById(templates.email.id, {
      name: data.sanitised_content['name']?.['sanitised'],
      thing: '',
      list: [],
    });
    assert.match(preview.data.html ?? '', /Hello \[Win\]\(https:\/\/bad\.example\)<\/h2>/);
    assert.doesNotMatch(preview.data.html ?? '', /<a /);
  });

  test('reads templates: all, one, one version, and one that is filled', async () => {
    const all = (await client.getAllTemplates()).data.templates;
    assert.deepEqual(
      all.map((each) => each.name),
      ['decision', 'licence', 'plain', 'reminder'],
    );
    assert.equal((await client.getAllTemplates('sms')).data.templates.length, 2);
    const second = await publish('decision', 'email', 'Bye ((name))', 'About ((thing))');
    assert.deepEqual(second, { id: templates.email.id, version: 2 });
    assert.equal((await client.getTemplateById(second.id)).data.body, 'Bye ((name))');
    const first = (await client.getTemplateByIdAndVersion(second.id, 1)).data;
    assert.equal(first.body, '# Hello ((name))\n\n((list))');
    assert.deepEqual(Object.keys(first), [
      'id',
      'name',
      'type',
      'created_at',
      'updated_at',
      'created_by',
      'version',
      'body',
      'subject',
      'personalisation',
      'letter_contact_block',
      'postage',
    ]);
    const preview = (await client.previewTemplateById(templates.text.id, { name: 'Ada', day: 'no' })).data;
    assert.deepEqual(
      [preview.body, preview.subject, preview.html],
      ['Apply for a fishing licence: Dear Ada, come on no.', null, null],
    );
  });

  test('lists notifications by kind, status and reference, the newest first', async () => {
    const { data } = await client.sendSms(templates.plain.id, '07700900124', { reference: 'unique' });
    const list = (await client.getNotifications('sms', 'created', 'unique')).data;
    assert.deepEqual(
      list.notifications.map((each) => each.id),
      [data.id],
    );
    const address = 'http://platform.example/notify/v2/notifications';
    assert.equal(list.links.current, `${address}?template_type=sms&status=created&reference=unique`);
    assert.equal(list.links.next, `${list.links.current}&older_than=${data.id}`);
    const older = (await client.getNotifications(undefined, undefined, undefined, data.id)).data.notifications;
    assert.ok(older.length >= 2 && older.every((each) => each.id < data.id));
    const none = (await client.getNotifications('email', 'failed')).data;
    assert.deepEqual([none.notifications, none.links.next], [[], undefined]);
  });

  test('lists what people sent to the service', async () => {
    const { id } = await database.transact(fishing.scope, (tx) =>
      recordReceivedText(tx, keyring, {
        serviceId: fishing.serviceId,
        from: '447700900125',
        to: '07700900999',
        content: 'STOP',
      }),
    );
    const { received_text_messages: texts, links } = (await client.getReceivedTexts()).data;
    assert.equal(texts.length, 1);
    assert.deepEqual([texts[0]?.id, texts[0]?.user_number, texts[0]?.content], [id, '447700900125', 'STOP']);
    assert.match(links.next ?? '', new RegExp(`older_than=${id}$`));
    assert.deepEqual((await client.getReceivedTexts(id)).data.received_text_messages, []);
  });

  test('sends a letter, which is accepted until it is posted', async () => {
    const address = { address_line_1: 'Ada Price', address_line_2: '1 High Street', address_line_3: 'sw1a1aa' };
    const { data } = await client.sendLetter(templates.letter.id, {
      personalisation: { ...address, name: 'Ada' },
      reference: 'letter 1',
    });
    assert.equal(data.content.subject, 'About your licence');
    assert.equal(data.content.body, 'Dear Ada');
    const letter = (await client.getNotificationById(data.id)).data;
    assert.deepEqual(
      [letter.status, letter.line_1, letter.line_2, letter.line_3, letter.line_4, letter.postage, letter.subject],
      ['accepted', 'Ada Price', '1 High Street', 'SW1A 1AA', null, 'second', 'About your licence'],
    );
    const accepted = (await client.getNotifications('letter', 'accepted')).data.notifications;
    assert.deepEqual(
      accepted.map((each) => each.id),
      [data.id],
    );
    const abroad = { ...address, address_line_3: 'Paris', address_line_4: 'France', name: 'Ada' };
    const sent = await client.sendLetter(templates.letter.id, { personalisation: abroad });
    assert.equal((await client.getNotificationById(sent.data.id)).data.postage, 'europe');
    const text = await client.sendSms(templates.plain.id, '07700900124');
    await assert.rejects(
      client.getPdfForLetterNotification(text.data.id),
      refusedWith(400, 'BadRequestError', 'Notification is not a letter'),
    );
  });
});

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

test('a template that is changed or put away is so at once, for every process', async () => {
  const { id } = await publish('at once', 'sms', 'First');
  const client = new NotifyClient(base, fishing.live);
  assert.equal((await client.sendSms(id, '07700900142')).data.content.body, 'Apply for a fishing licence: First');
  await publish('at once', 'sms', 'Second');
  assert.equal((await client.sendSms(id, '07700900142')).data.content.body, 'Apply for a fishing licence: Second');
  await database.transact(fishing.scope, (tx) => archiveTemplate(tx, { serviceId: fishing.serviceId, templateId: id }));
  await assert.rejects(
    client.sendSms(id, '07700900142'),
    refusedWith(400, 'BadRequestError', 'Template has been deleted'),
  );
});

suite('templates by call', () => {
  test('a live key publishes a template and its next version, and puts it away', async () => {
    const values = { type: 'email', name: 'By call', subject: 'About ((thing))', body: '# Hello' };
    const first = await post('/v2/templates', values);
    assert.equal(first.statusCode, 201);
    assert.deepEqual(
      [first.json().version, first.json().updated_at, first.json().personalisation],
      [1, null, { thing: { required: true } }],
    );
    const second = (await post('/v2/templates', { ...values, name: 'by-call', body: 'Bye' })).json();
    assert.deepEqual([second.id, second.version, second.body], [first.json().id, 2, 'Bye']);
    assert.equal((await post(`/v2/template/${second.id}/archive`, '')).statusCode, 204);
    assert.equal((await post(`/v2/template/${second.id}/archive`, '')).statusCode, 404);
    const names = (await new NotifyClient(base, fishing.live).getAllTemplates()).data.templates.map(
      (each) => each.name,
    );
    assert.ok(!names.includes('By call') && !names.includes('by-call'));
  });

  test('a template is changed by its id, and its versions stay', async () => {
    const first = (await post('/v2/templates', { type: 'letter', name: 'By id', subject: 'A', body: 'One' })).json();
    assert.equal(first.postage, 'second');
    const second = (await post(`/v2/template/${first.id}`, { name: 'Renamed', body: 'Two', postage: 'first' })).json();
    assert.deepEqual(
      [second.id, second.version, second.name, second.subject, second.body, second.postage],
      [first.id, 2, 'Renamed', 'A', 'Two', 'first'],
    );
    const versions = await server.inject({
      url: `/notify/v2/template/${first.id}/versions`,
      headers: { authorization: await bearer() },
    });
    assert.deepEqual(
      versions.json().versions.map((each: { version: number; body: string }) => [each.version, each.body]),
      [
        [2, 'Two'],
        [1, 'One'],
      ],
    );
    await post('/v2/templates', { type: 'letter', name: 'Other', subject: 'A', body: 'One' });
    const taken = await post(`/v2/template/${first.id}`, { name: 'other', body: 'Three' });
    assert.deepEqual(taken.json().errors, [
      { error: 'BadRequestError', message: 'Another template is called "other". Choose another name.' },
    ]);
    assert.equal((await post(`/v2/template/${newId()}`, { body: 'x' })).statusCode, 404);
  });

  test('what cannot be one is refused, and so is a key that is not live', async () => {
    const values = { type: 'sms', name: 'Wrong', body: 'x' };
    const wrong = [
      { ...values, body: '' },
      { ...values, name: '-' },
      { ...values, type: 'email' },
      { ...values, type: 'fax' },
      { name: 'x' },
    ];
    for (const each of wrong) {
      const answer = await post('/v2/templates', each);
      assert.equal(answer.statusCode, 400, answer.body);
      assert.ok(answer.json().errors.length > 0);
    }
    for (const kind of ['team', 'test'] as const) {
      const answer = await post('/v2/templates', values, { authorization: await bearer(fishing[kind]) });
      assert.deepEqual(answer.json(), {
        status_code: 403,
        errors: [{ error: 'BadRequestError', message: `Cannot change templates with a ${kind} api key` }],
      });
    }
  });
});

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

suite('what is wrong is said in the words of the contract', () => {
  const good = { phone_number: '07700900123', template_id: templates.plain.id };
  const mail = { email_address: 'ada@example.com', template_id: templates.email.id };
  const cases: [path: string, payload: unknown, error: string, ...messages: string[]][] = [
    ['sms', {}, 'ValidationError', 'phone_number is a required property', 'template_id is a required property'],
    ['sms', { ...good, template_id: 'x' }, 'ValidationError', 'template_id is not a valid UUID'],
    ['sms', { ...good, phone_number: '077009' }, 'ValidationError', 'phone_number Not enough digits'],
    ['sms', { ...good, phone_number: '077009001234' }, 'ValidationError', 'phone_number Too many digits'],
    [
      'sms',
      { ...good, phone_number: '0770090012x' },
      'ValidationError',
      'phone_number Must not contain letters or symbols',
    ],
    ['sms', { ...good, phone_number: '02079460000' }, 'ValidationError', 'phone_number Not a UK mobile number'],
    ['sms', { ...good, phone_number: 7 }, 'ValidationError', 'phone_number 7 is not of type string'],
    [
      'sms',
      { ...good, phone_number: '+33612345678' },
      'BadRequestError',
      'Cannot send to international mobile numbers',
    ],
    ['sms', { ...good, x: 1 }, 'ValidationError', 'Additional properties are not allowed (x was unexpected)'],
    ['sms', { ...good, x: 1, y: 1 }, 'ValidationError', 'Additional properties are not allowed (x, y were unexpected)'],
    ['sms', { ...good, reference: 'a'.repeat(1001) }, 'ValidationError', `reference ${'a'.repeat(1001)} is too long`],
    ['sms', { ...good, personalisation: [] }, 'ValidationError', 'personalisation [] is not of type object'],
    ['sms', { ...good, template_id: newId() }, 'BadRequestError', 'Template not found'],
    [
      'sms',
      { ...good, template_id: templates.email.id },
      'BadRequestError',
      'email template is not suitable for sms notification',
    ],
    ['sms', { ...good, template_id: templates.text.id }, 'BadRequestError', 'Missing personalisation: name, day'],
    [
      'sms',
      { ...good, template_id: templates.text.id, personalisation: { name: null, day: 'x' } },
      'BadRequestError',
      'Missing personalisation: name',
    ],
    [
      'sms',
      { ...good, template_id: templates.text.id, personalisation: { name: 'x'.repeat(904), day: '' } },
      'BadRequestError',
      'Your message is too long. Text messages cannot be longer than 918 characters. Your message is 919 characters long.',
    ],
    [
      'sms',
      { ...good, personalisation: { a: { file: 'x' } } },
      'BadRequestError',
      `Send files by email has not been set up - add contact details for your service at http://platform.example/staff/organisations/${fishing.scope.organisationId}/services/${fishing.serviceId}/messages/sending`,
    ],
    [
      'sms',
      { ...good, sms_sender_id: fishing.serviceId },
      'BadRequestError',
      `sms_sender_id ${fishing.serviceId} does not exist in database for service id ${fishing.serviceId}`,
    ],
    ['email', { ...mail, email_address: 'ada@example' }, 'ValidationError', 'email_address Not a valid email address'],
    [
      'email',
      { ...mail, one_click_unsubscribe_url: 'http://a.example' },
      'ValidationError',
      'one_click_unsubscribe_url is not a valid https url',
    ],
    [
      'email',
      { ...mail, sanitise_content_for: ['a', 1] },
      'ValidationError',
      'sanitise_content_for 1 is not of type string',
    ],
    ['letter', {}, 'ValidationError', 'template_id is a required property', 'personalisation is a required property'],
    [
      'letter',
      { content: 'x', reference: 'x', postage: 'pigeon' },
      'ValidationError',
      'postage invalid. It must be first, second or economy.',
    ],
    ['sms', [], 'ValidationError', '[] is not of type object'],
  ];
  for (const [path, payload, error, ...messages] of cases) {
    test(`${path}: ${(messages[0] ?? '').slice(0, 90)}`, async () => {
      const answer = await post(`/v2/notifications/${path}`, payload);
      assert.deepEqual(answer.json(), { status_code: 400, errors: messages.map((message) => ({ error, message })) });
      assert.equal(answer.statusCode, 400);
    });
  }

  test('a template that was put away', async () => {
    const { id } = await publish('away', 'sms', 'Away.');
    await database.transact(fishing.scope, (tx) =>
      archiveTemplate(tx, { serviceId: fishing.serviceId, templateId: id }),
    );
    const answer = await post('/v2/notifications/sms', { ...good, template_id: id });
    assert.equal(answer.json().errors[0].message, 'Template has been deleted');
  });

  test('a body that is no JSON, an address that is none, and a filter that is wrong', async () => {
    for (const payload of ['{', '', 'phone_number=1']) {
      const answer = await post('/v2/notifications/sms', payload);
      assert.deepEqual(answer.json().errors, [
        { error: 'BadRequestError', message: 'Invalid JSON supplied in POST data' },
      ]);
    }
    const gets: [string, number, string][] = [
      ['/v2/nothing', 404, 'No result found'],
      ['/', 404, 'No result found'],
      ['', 404, 'No result found'],
      ['/v2/notifications/sms/x/y', 404, 'No result found'],
      ['/v2/notifications/x', 400, 'notification_id is not a valid UUID'],
      ['/v2/template/x', 400, 'id is not a valid UUID'],
      [`/v2/template/${templates.plain.id}/version/x`, 400, 'version x is not of type integer, null'],
      [`/v2/template/${templates.plain.id}/version/99999999999`, 404, 'No result found'],
      ['/v2/templates?type=fax', 400, 'type fax is not one of [sms, email, letter]'],
      ['/v2/notifications?older_than=x', 400, 'older_than is not a valid UUID'],
      ['/v2/notifications?template_type=fax', 400, 'template_type fax is not one of [sms, email, letter]'],
      ['/v2/notifications?page=2', 400, 'Additional properties are not allowed (page was unexpected)'],
    ];
    const authorization = await bearer();
    for (const [path, status, message] of gets) {
      const answer = await server.inject({ url: `/notify${path}`, headers: { authorization } });
      assert.equal(answer.statusCode, status, path);
      assert.equal(answer.json().status_code, status, path);
      assert.equal(answer.json().errors[0].message, message, path);
    }
    for (const method of ['PUT', 'DELETE', 'PATCH'] as const) {
      const answer = await server.inject({ method, url: '/notify/v2/notifications', headers: { authorization } });
      assert.deepEqual([answer.statusCode, answer.json().status_code], [404, 404], method);
    }
    const repeated = await server.inject({
      url: '/notify/v2/notifications?status=sending&status=delivered&template_type=sms&include_jobs=true',
      headers: { authorization },
    });
    assert.equal(repeated.statusCode, 200);
  });

  test('nothing that is sent is answered with a failure of ours, or in another shape', async () => {
    const odd = [null, 0, 'x', '\0', '\ud800', [], {}, [[]], { file: 1 }, 'x'.repeat(2000), 1e300, true, '((a))'];
    const fields = [
      'phone_number',
      'email_address',
      'template_id',
      'personalisation',
      'reference',
      'sanitise_content_for',
      '__proto__',
    ];
    for (const path of ['sms', 'email', 'letter']) {
      for (const field of fields) {
        for (const value of odd) {
          const answer = await post(`/v2/notifications/${path}`, {
            ...(path === 'sms' ? good : path === 'email' ? mail : {}),
            [field]: value,
          });
          const about = `${path} ${field} ${JSON.stringify(value)?.slice(0, 20)}: ${answer.body.slice(0, 200)}`;
          assert.ok([201, 400].includes(answer.statusCode), about);
          if (answer.statusCode === 400) assert.ok(answer.json().errors.length > 0, about);
        }
      }
    }
  });
});

test('a client that joins its calls to the root of the base URL is answered too', async () => {
  const answer = await server.inject({
    url: '/v2/notifications?reference=nothing',
    headers: { authorization: await bearer() },
  });
  assert.deepEqual([answer.statusCode, answer.json().notifications], [200, []]);
  const refused = await server.inject({ url: '/v2/notifications' });
  assert.deepEqual(refused.json(), {
    status_code: 401,
    errors: [{ error: 'AuthError', message: 'Unauthorized: authentication token must be provided' }],
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
