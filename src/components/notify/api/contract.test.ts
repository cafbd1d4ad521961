import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { NotifyClient } from 'notifications-node-client';
import { newId } from '#platform';
import { startApi } from './api.fixture.ts';

const api = await startApi();
const { program, base, fishing, publish, change, bearer, post } = api;
const { server } = program;

const templates = {
  text: await publish('reminder', 'sms', 'Dear ((name)), come on ((day))'),
  plain: await publish('plain', 'sms', 'Plain.'),
  email: await publish('decision', 'email', 'Dear ((name))\n\n((file))', 'About ((name))'),
  letter: await publish('licence', 'letter', 'Dear ((name))', 'About your licence'),
};

interface Refused {
  readonly status_code: number;
  readonly errors: readonly { readonly error: string; readonly message: string }[];
}

async function expectRefusal(path: string, payload: unknown, status: number, kind: string, messages: string[]) {
  const answer = await post(`/v2/${path}`, payload);
  const expected: Refused = { status_code: status, errors: messages.map((message) => ({ error: kind, message })) };
  assert.deepEqual(answer.json(), expected, JSON.stringify(payload));
  assert.equal(answer.statusCode, status);
  assert.match(String(answer.headers['content-type']), /^application\/json/);
}

suite('everything that is wrong with a request is said at once', () => {
  const good = { phone_number: '07700900123', template_id: templates.plain.id };
  const uuid = 'template_id is not a valid UUID';
  const cases: [name: string, path: string, payload: unknown, ...messages: string[]][] = [
    [
      'values in the order of the schema, then what is missing, then what is not known',
      'sms',
      { x: 1, personalisation: 'x', template_id: '1', reference: 7, '': 1 },
      'reference 7 is not of type string',
      uuid,
      'personalisation x is not of type object',
      'phone_number is a required property',
      'Additional properties are not allowed (x,  were unexpected)',
    ],
    ['an id that is no text is no UUID', 'sms', { ...good, template_id: 7 }, uuid],
    ['null is no UUID', 'sms', { ...good, template_id: null }, uuid],
    ['null is no text', 'sms', { ...good, phone_number: null }, 'phone_number None is not of type string'],
    ['true is no text', 'sms', { ...good, reference: true }, 'reference True is not of type string'],
    [
      'a list is no object',
      'sms',
      { ...good, personalisation: [1, null, { a: 'b' }] },
      'personalisation [1, None, {a: b}] is not of type object',
    ],
    [
      'a body of null says nothing',
      'sms',
      null,
      'phone_number is a required property',
      'template_id is a required property',
    ],
    ['an empty phone number', 'sms', { ...good, phone_number: '' }, 'phone_number Not enough digits'],
    [
      'a country that there is not',
      'sms',
      { ...good, phone_number: '+999 1234 5678' },
      'phone_number Not a valid country prefix',
    ],
    ['a time that is no text', 'sms', { ...good, scheduled_for: 5 }, 'scheduled_for 5 is not of type string, null'],
    [
      'an address that is no text',
      'email',
      { email_address: 'ada@example.com', template_id: templates.email.id, one_click_unsubscribe_url: 1 },
      'one_click_unsubscribe_url is not a valid https url',
    ],
    [
      'a letter without anything',
      'letter',
      {},
      'template_id is a required property',
      'personalisation is a required property',
    ],
    ['a ready letter without a reference', 'letter', { content: '' }, 'reference is a required property'],
    [
      'a ready letter that goes abroad by its postage',
      'letter',
      { content: 'x', reference: 'x', postage: 'europe' },
      'postage invalid. It must be first, second or economy.',
    ],
  ];
  for (const [name, path, payload, ...messages] of cases) {
    test(name, () => expectRefusal(`notifications/${path}`, payload, 400, 'ValidationError', messages));
  }

  test('a reference is counted as people count: a thousand emojis are a thousand', async () => {
    const answer = await post('/v2/notifications/sms', { ...good, reference: '🎣'.repeat(1000) });
    assert.equal(answer.statusCode, 201, answer.body);
    assert.equal(answer.json().reference, '🎣'.repeat(1000));
    const list = await server.inject({
      url: `/notify/v2/notifications?reference=${encodeURIComponent('🎣'.repeat(1000))}`,
      headers: { authorization: await bearer() },
    });
    assert.deepEqual(
      list.json().notifications.map((each: { id: string }) => each.id),
      [answer.json().id],
    );
    await expectRefusal('notifications/sms', { ...good, reference: '🎣'.repeat(1001) }, 400, 'ValidationError', [
      `reference ${'🎣'.repeat(1001)} is too long`,
    ]);
  });
});

suite('requests are looked at in the order of the contract', () => {
  const letter = { template_id: templates.letter.id, personalisation: {} };

  test('a template comes before its values, those before the key, and that before the address', async () => {
    const authorization = await bearer(fishing.team);
    const ask = async (payload: unknown): Promise<[number, string]> => {
      const answer = await post('/v2/notifications/letter', payload, { authorization });
      return [answer.statusCode, answer.json().errors[0].message];
    };
    assert.deepEqual(await ask({ ...letter, template_id: newId() }), [400, 'Template not found']);
    assert.deepEqual(await ask(letter), [400, 'Missing personalisation: name']);
    const named = { ...letter, personalisation: { name: 'Ada' } };
    assert.deepEqual(await ask(named), [403, 'Cannot send letters with a team api key']);
    await expectRefusal('notifications/letter', named, 400, 'ValidationError', ['Address must be at least 3 lines']);
  });

  test('whom a team key may send to comes before where the number is', async () => {
    const payload = { phone_number: '+33612345678', template_id: templates.plain.id };
    const answer = await post('/v2/notifications/sms', payload, { authorization: await bearer(fishing.team) });
    assert.equal(answer.json().errors[0].message, 'Can’t send to this recipient using a team-only API key');
  });

  test('a file is looked at once everything else is right', async () => {
    const file = { file: '%%%' };
    const mail = { email_address: 'ada@example.com', template_id: templates.email.id };
    const say = async (payload: unknown) => (await post('/v2/notifications/email', payload)).json().errors[0].message;
    assert.equal(await say({ ...mail, personalisation: { file } }), 'Missing personalisation: name');
    assert.match(
      await say({ ...mail, personalisation: { name: 'x', file } }),
      /^Send files by email has not been set up/,
    );
    await change(fishing, { filesContact: 'licences@rivers.example' });
    const reply = `email_reply_to_id ${fishing.serviceId} does not exist in database for service id ${fishing.serviceId}`;
    const named = { ...mail, personalisation: { name: 'x', file } };
    assert.equal(await say({ ...named, email_reply_to_id: fishing.serviceId }), reply);
    assert.equal(await say(named), 'Document is not base64 encoded');
    assert.equal(
      await say({ ...mail, personalisation: { name: 'x', file: { file: 'QUI' } } }),
      'Document is not base64 encoded',
    );
  });
});

suite('what is answered is what is sent', () => {
  const client = new NotifyClient(base, fishing.live);

  test('a text message has the name of its service and characters that phones have, in the answer and when it is read', async () => {
    const personalisation = { name: 'Łucja', day: 'Monday   – 日' };
    const { data } = await client.sendSms(templates.text.id, '07700900123', { personalisation });
    const text = 'Apply for a fishing licence: Dear Lucja, come on Monday - ?';
    assert.equal(data.content.body, text);
    assert.equal((await client.getNotificationById(data.id)).data.body, text);
    assert.equal((await client.previewTemplateById(templates.text.id, personalisation)).data.body, text);
    await change(fishing, { textsBeginWithName: false });
    const plain = await client.sendSms(templates.text.id, '07700900123', { personalisation });
    assert.equal(plain.data.content.body, 'Dear Lucja, come on Monday - ?');
    await change(fishing, { textsBeginWithName: true });
  });

  test('a letter shows its lines and its postcode', async () => {
    const lines = { address_line_1: 'Ada', address_line_2: '1 High Street', address_line_3: 'sw1a1aa', name: 'Ada' };
    const { data } = await client.sendLetter(templates.letter.id, { personalisation: lines });
    const shown: Record<string, unknown> = { ...(await client.getNotificationById(data.id)).data };
    assert.deepEqual([shown['line_3'], shown['line_4'], shown['postcode']], ['SW1A 1AA', null, 'SW1A 1AA']);
  });

  test('a preview needs no body where the template has no placeholders, and takes no notice of more', async () => {
    for (const payload of ['', 'null', '{}', { x: 1, personalisation: { name: 'not asked for' } }]) {
      const answer = await post(`/v2/template/${templates.plain.id}/preview`, payload);
      assert.equal(answer.statusCode, 200, answer.body);
      assert.equal(answer.json().body, 'Apply for a fishing licence: Plain.');
    }
    await expectRefusal(`template/${templates.text.id}/preview`, '', 400, 'BadRequestError', [
      'Missing personalisation: name, day',
    ]);
  });

  test('scheduled_for may be null, and what a template does not ask for may be anything', async () => {
    const answer = await post('/v2/notifications/sms', {
      phone_number: '07700900123',
      template_id: templates.plain.id,
      scheduled_for: null,
      personalisation: { case: { applicant: ['x'] } },
    });
    assert.equal(answer.statusCode, 201, answer.body);
    assert.equal(answer.json().scheduled_for, null);
    await expectRefusal(
      'notifications/sms',
      {
        phone_number: '07700900123',
        template_id: templates.text.id,
        personalisation: { NAME: { first: 'Ada' }, day: '' },
      },
      400,
      'ValidationError',
      ['personalisation NAME is not of type string, number, boolean, array, null'],
    );
  });
});

suite('lists', () => {
  const get = async (path: string) =>
    server.inject({ url: `/notify/v2/${path}`, headers: { authorization: await bearer() } });

  test('of a filter that may not be repeated the first is meant', async () => {
    const answer = await get(`notifications?reference=none&reference=other&older_than=${newId()}&older_than=x`);
    assert.deepEqual([answer.statusCode, answer.json().notifications], [200, []]);
  });

  test('every filter that is wrong is named', async () => {
    const answer = await get('notifications?status=lost&template_type=fax&older_than=1&include_jobs=yes&page=2');
    assert.deepEqual(answer.json(), {
      status_code: 400,
      errors: [
        'status lost is not one of [cancelled, created, sending, sent, delivered, pending, failed, technical-failure, temporary-failure, permanent-failure, pending-virus-check, validation-failed, virus-scan-failed, returned-letter, accepted, received]',
        'template_type fax is not one of [sms, email, letter]',
        'older_than is not a valid UUID',
        'include_jobs yes is not one of [true, True]',
        'Additional properties are not allowed (page was unexpected)',
      ].map((message) => ({ error: 'ValidationError', message })),
    });
  });

  test('failed means every way to fail, and a page that is empty has no next one', async () => {
    const ways = [
      'permanent-failure',
      'temporary-failure',
      'technical-failure',
      'validation-failed',
      'virus-scan-failed',
    ];
    const sent = await Promise.all(
      ways.map(() => post('/v2/notifications/sms', { phone_number: '07700900123', template_id: templates.plain.id })),
    );
    for (const [index, status] of ways.entries()) {
      await program.ask('update notify.messages set status = $1, failed_at = now() where id = $2', [
        status,
        sent[index]?.json().id,
      ]);
    }
    const failed = (await get('notifications?status=failed')).json();
    assert.deepEqual(failed.notifications.map((each: { status: string }) => each.status).toSorted(), ways.toSorted());
    const next = String(failed.links.next).replace('http://platform.example/notify/v2/', '');
    const after = (await get(next)).json();
    assert.deepEqual(after.notifications, []);
    assert.deepEqual(Object.keys(after.links), ['current']);
  });
});
