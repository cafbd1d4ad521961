import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NotifyClient } from 'notifications-node-client';
import { fetchTemplates, importTemplates } from './import.ts';
import { startApi } from '../api/api.fixture.ts';

const { program, base, fishing, takeService, publish } = await startApi();
const roads = await takeService('report-a-road-fault');
const { database } = program.whole;

test('templates are brought in from a GOV.UK Notify API with a key of it, and again only where they changed', async () => {
  await publish('Decision', 'email', '# Hello ((name))', 'About ((thing))');
  await publish('Reminder', 'sms', 'Dear ((name))');
  await publish('Licence', 'letter', 'Dear ((name))', 'Heading');
  const bring = async () => {
    const found = await fetchTemplates(`${base}/`, fishing.live);
    return database.transact(roads.scope, (tx) => importTemplates(tx, roads.serviceId, found));
  };
  const first = await bring();
  assert.deepEqual(
    first
      .map(({ name, type, version }) => `${name} ${type} ${version}`)
      .toSorted((one, other) => (one < other ? -1 : 1)),
    ['Decision email 1', 'Licence letter 1', 'Reminder sms 1'],
  );
  const client = new NotifyClient(base, roads.live);
  const decision = first.find(({ name }) => name === 'Decision');
  assert.ok(decision);
  const { data } = await client.getTemplateById(decision.id);
  assert.deepEqual([data.subject, data.body], ['About ((thing))', '# Hello ((name))']);
  assert.deepEqual(await bring(), first, 'the same again is nothing new');
  await publish('Reminder', 'sms', 'Hello ((name))');
  assert.deepEqual(
    (await bring()).filter(({ version }) => version === 2).map(({ name }) => name),
    ['Reminder'],
  );
});

test('what the other API says is wrong is told', async () => {
  const wrong = `${fishing.live.slice(0, -36)}${crypto.randomUUID()}`;
  await assert.rejects(fetchTemplates(base, wrong), /answered 403 \(Invalid token: API key not found\)/);
  await assert.rejects(fetchTemplates(base, 'short'), /The key is not whole/);
  await assert.rejects(fetchTemplates('http://127.0.0.1:1', fishing.live), /does not answer/);
});
