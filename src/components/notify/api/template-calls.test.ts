import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { NotifyClient } from 'notifications-node-client';
import { archiveTemplate } from '#notify';
import { newId } from '#platform';
import { refusedWith, startApi } from './api.fixture.ts';

const api = await startApi();
const { program, base, fishing, publish, bearer, post } = api;
const { whole, server } = program;
const { database } = whole;

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
