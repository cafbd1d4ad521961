import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { archiveTemplate } from '#notify';
import { newId } from '#platform';
import { startApi } from './api.fixture.ts';

const api = await startApi();
const { program, fishing, publish, bearer, post } = api;
const { whole, server } = program;
const { database } = whole;

const templates = {
  text: await publish('reminder', 'sms', 'Dear ((name)), come on ((day??the)) ((Day)).'),
  email: await publish('decision', 'email', '# Hello ((name))\n\n((list))', 'About ((thing))'),
  plain: await publish('plain', 'sms', 'Plain.'),
  letter: await publish('licence', 'letter', 'Dear ((name))', 'About your licence'),
};

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
