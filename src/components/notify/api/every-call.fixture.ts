import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { NotifyClient } from 'notifications-node-client';
import { addSender, archiveSender, recordReceivedText } from '#notify';
import { newId } from '#platform';
import { startApi } from './api.fixture.ts';
import { asSent, badRequest, checkAnswer, wellEncoded } from './bad-input.fixture.ts';
import { goodRequest, readOperations, type KnownValues, type Parts } from './operations.fixture.ts';

/**
 * Sends good, bad and senseless requests to every call that OpenAPI describes.
 *
 * @param options.runs how many of each kind every call gets.
 * @param options.seed undefined for other requests each time.
 */
export async function tryEveryCall({ runs, seed: given }: { runs: number; seed?: number }): Promise<void> {
  const api = await startApi();
  const { program, fishing, bearer } = api;
  const { server } = program;
  const operations = await readOperations();
  const known = await prepare(api);
  const seed = Number(process.env['COMMONHOLD_SEED'] ?? given ?? Date.now() % 1_000_000);

  async function send(parts: Parts) {
    const sent = asSent(parts);
    const headers = { authorization: await bearer(), ...sent.headers };
    return server.inject({ ...sent, headers });
  }

  suite(`requests of every kind at every call (COMMONHOLD_SEED=${seed} takes the same again)`, () => {
    for (const operation of operations) {
      const { operationId, method, path } = operation;
      const good = goodRequest(operation, known);

      test(`${operationId}: what is right is accepted, and answered as OpenAPI says`, async () => {
        await fc.assert(
          fc.asyncProperty(good.map(wellEncoded), async (parts) => {
            const answer = await send(parts);
            checkAnswer(operation, answer, about(parts));
            // What was put away or is not there any more cannot be put away again.
            const isAccepted =
              answer.statusCode < 400 || (operationId === 'archiveTemplate' && answer.statusCode === 404);
            assert.ok(isAccepted, `${about(parts)}\n${answer.statusCode} ${answer.body}`);
          }),
          { numRuns: Math.ceil(runs / 2), seed },
        );
      });

      test(`${operationId}: what is wrong is refused in the shape of the contract`, async () => {
        await fc.assert(
          fc.asyncProperty(badRequest(good), async (parts) => {
            const answer = await send(parts);
            const address = new URL(parts.path, api.base).pathname;
            const isSameCall = parts.method === method && isAt(path, address);
            // A HEAD has no body, and an address may climb out of the API.
            if (parts.method === 'HEAD' || !/^\/(notify|v2)\//.test(address)) {
              assert.ok(answer.statusCode < 500, about(parts));
            } else checkAnswer(isSameCall ? operation : null, answer, about(parts));
          }),
          { numRuns: runs, seed },
        );
      });
    }

    test('and after all that a message is sent as ever', async () => {
      const client = new NotifyClient(api.base, fishing.live);
      const template = await api.publish('as ever', 'sms', 'As ever ((name))');
      const { data } = await client.sendSms(template.id, '07700900123', { personalisation: { name: 'Ada' } });
      assert.equal(data.content.body, 'Apply for a fishing licence: As ever Ada');
      assert.equal(Reflect.get({}, 'x'), undefined, 'and no object has what others sent');
    });
  });
}

/** Makes what a request can speak of, and says by which names it is spoken of. */
async function prepare({
  program,
  fishing,
  publish,
  change,
  post,
}: Awaited<ReturnType<typeof startApi>>): Promise<KnownValues> {
  const { database } = program.whole;
  const { scope, serviceId } = fishing;
  await change(fishing, {
    requestsPerMinute: 10_000_000,
    perDay: { email: 1e9, sms: 1e9, letter: 1e9 },
    filesContact: 'fishing@dept.example',
  });
  const texts = await publish('text', 'sms', 'Dear ((name)), ((more??come)) ((list))');
  const emails = await publish('email', 'email', '# Dear ((name))\n\n((more??come))\n\n((list))', 'About ((name))');
  const letters = await publish('letter', 'letter', 'Dear ((name))\n\n((list))', 'About ((name))');
  const expendable = await Promise.all(Array.from({ length: 20 }, (_, index) => publish(`away ${index}`, 'sms', 'x')));
  const senders = await database.transact(scope, async (tx) => {
    const text = await addSender(tx, { serviceId, channel: 'sms', value: 'Fishing' });
    const email = await addSender(tx, { serviceId, channel: 'email', value: 'fishing@dept.example' });
    const letter = await addSender(tx, { serviceId, channel: 'letter', value: 'The Weir House' });
    const gone = await addSender(tx, { serviceId, channel: 'sms', value: 'Gone' });
    await archiveSender(tx, { serviceId, senderId: gone.id });
    return { text: text.id, email: email.id, letter: letter.id };
  });
  const received = await database.transact(scope, (tx) =>
    recordReceivedText(tx, program.keyring, { serviceId, from: '447700900125', to: '07700900999', content: 'STOP' }),
  );
  const inAYear = new Date(Date.now() + 300 * 86_400_000).toISOString();
  const made = async (path: string, payload: unknown, headers: Record<string, string> = {}): Promise<string> => {
    const answer = await post(path, payload, headers);
    assert.equal(answer.statusCode, 201, answer.body);
    return answer.json().id;
  };
  const personalisation = { name: 'Ada', more: 'yes', list: ['a', 'b'] };
  const address = { address_line_1: 'Ada Weir', address_line_2: '1 Weir Cottages', address_line_3: 'SW1A 1AA' };
  const notifications = [
    await made('/v2/notifications/sms', { phone_number: '07700900123', template_id: texts.id, personalisation }),
    await made('/v2/notifications/email', { email_address: 'a@example.com', template_id: emails.id, personalisation }),
    await made('/v2/notifications/letter', {
      template_id: letters.id,
      personalisation: { ...personalisation, ...address },
    }),
  ];
  const waiting = await made('/v2/notifications/sms', {
    phone_number: '07700900123',
    template_id: texts.id,
    personalisation,
    scheduled_for: inAYear,
  });
  const batch = await made(
    `/v2/bulk?template_id=${texts.id}&scheduled_for=${encodeURIComponent(inAYear)}`,
    'phone number,name,more,list\n07700900123,Ada,yes,x\n1,2,3,4\n',
    { 'content-type': 'text/csv' },
  );

  const value = fc.oneof(fc.string({ unit: 'grapheme', maxLength: 20 }), fc.integer(), fc.boolean());
  const values = {
    name: value,
    more: fc.oneof(value, fc.constantFrom('yes', 'no')),
    list: fc.oneof(value, fc.array(value, { maxLength: 4 })),
  };
  const filled = fc.record(
    { ...values, unused: fc.oneof(value, fc.constant(null)) },
    { requiredKeys: ['name', 'more', 'list'] },
  );
  const line = fc.stringMatching(/^[A-Za-z][A-Za-z0-9 ]{0,30}$/);
  const posted = fc.record({
    ...values,
    address_line_1: line,
    address_line_2: line,
    address_line_3: fc.constantFrom('SW1A 1AA', 'sw1a1aa', 'EC1A 1BB'),
  });
  const written = fc.stringMatching(/^[a-zA-Zäö][a-zA-Z .!?*#-]{0,200}$/);
  const oneOfThem = { notification_id: fc.constantFrom(...notifications, waiting) };
  const theTemplate = { id: fc.constantFrom(texts.id, emails.id, letters.id) };
  const theBatch = { id: fc.constant(batch) };
  const once = { 'idempotency-key': fc.uuid().map(() => newId()) };
  return {
    sendText: {
      ...once,
      template_id: fc.constant(texts.id),
      personalisation: filled,
      sms_sender_id: fc.constant(senders.text),
    },
    sendEmail: {
      ...once,
      template_id: fc.constant(emails.id),
      personalisation: filled,
      email_reply_to_id: fc.constant(senders.email),
      sanitise_content_for: fc.subarray(['name', 'list', 'nothing']),
    },
    sendLetter: {
      ...once,
      template_id: fc.constant(letters.id),
      personalisation: posted,
      letter_contact_id: fc.constant(senders.letter),
      content: fc.string().map((text) => Buffer.from(`%PDF-1.4 ${text}`).toString('base64')),
      postage: fc.constantFrom('first', 'second', 'economy'),
    },
    getNotification: oneOfThem,
    getLetter: { notification_id: fc.constant(notifications[2]) },
    cancelNotification: { notification_id: fc.constant(waiting) },
    listNotifications: { older_than: fc.constantFrom(...notifications, newId()) },
    publishTemplate: { name: line, body: written, subject: written, type: fc.constantFrom('email', 'letter', 'sms') },
    changeTemplate: {
      id: fc.constant(expendable[0]?.id),
      name: fc.uuid().map(() => `changed ${newId()}`),
      body: written,
      subject: written,
    },
    archiveTemplate: { id: fc.constantFrom(...expendable.slice(1).map((each) => each.id)) },
    getTemplate: theTemplate,
    listTemplateVersions: theTemplate,
    getTemplateVersion: { ...theTemplate, version: fc.constant('1') },
    previewTemplate: { ...theTemplate, personalisation: filled },
    listReceivedTexts: { older_than: fc.constantFrom(received.id, newId()) },
    sendBatch: {
      ...once,
      template_id: fc.constant(texts.id),
      sender_id: fc.constant(senders.text),
      errors: fc.constant('skip'),
      'the whole body': fc
        .array(fc.tuple(fc.integer({ min: 200, max: 999 }), line), { minLength: 1, maxLength: 5 })
        .map(
          (rows) =>
            `phone number,name,more,list\n${rows.map(([end, name]) => `07700900${end},${name},no,x`).join('\n')}`,
        ),
    },
    getBatch: theBatch,
    listBatchErrors: theBatch,
    listBatchNotifications: theBatch,
    cancelBatch: theBatch,
  };
}

/** Whether an address is one of a call. */
function isAt(path: string, address: string): boolean {
  return new RegExp(`^${path.replaceAll(/\{\w+\}/g, '[^/]+')}$`).test(address);
}

function about({ method, path, query, headers, body }: Parts): string {
  const sent =
    typeof body === 'string'
      ? body
      : body instanceof Uint8Array
        ? Buffer.from(body).toString('hex')
        : JSON.stringify(body);
  return `${method} ${path.slice(0, 200)} ${JSON.stringify(query).slice(0, 300)} ${JSON.stringify(headers).slice(0, 300)}\n${(sent ?? '').slice(0, 500)}`;
}
