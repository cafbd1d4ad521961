import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { NotifyClient } from 'notifications-node-client';
import { recordReceivedText } from '#notify';
import { refusedWith, startApi } from './api.fixture.ts';

const api = await startApi();
const { program, base, fishing, publish, runHandOver, bearer } = api;
const { whole, keyring, server } = program;
const { database } = whole;

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
