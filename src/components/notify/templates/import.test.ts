import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { suite, test } from 'node:test';
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

suite('the command', () => {
  const run = async (url: string, apiKey: string, service: string) => {
    const cli = join(import.meta.dirname, '..', '..', '..', 'cli.ts');
    const child = spawn(process.execPath, [cli, 'notify', 'import-templates', '--service', service, '--url', url], {
      env: { ...process.env, ...environment, NOTIFY_API_KEY: apiKey },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const [out, err] = [text(child.stdout), text(child.stderr)];
    const [status] = await once(child, 'close');
    return { status, out: await out, err: await err };
  };
  const environment = {
    DATABASE_URL: program.database.url,
    ENCRYPTION_KEYS: Buffer.alloc(32, 7).toString('base64'),
    LOG_LEVEL: 'silent',
  };

  test('brings the templates of a server in, says what each is called there and here, and can be run again', async () => {
    await publish('By command', 'email', 'Dear ((name))', 'About it');
    const first = await run(base, fishing.live, 'archive-visit');
    assert.equal(first.status, 0, first.err);
    const lines = first.out.trim().split('\n');
    assert.equal(lines[0], 'id there, id here, version, kind, name');
    const line = lines.find((each) => each.endsWith('email, By command')) ?? '';
    const [there, here] = line.split(', ');
    const [kept] = await program.ask<{ body: string; slug: string }>(
      `select v.body, s.slug from notify.template_versions v
         join notify.templates t on t.organisation_id = v.organisation_id and t.id = v.template_id
         join organisations.services s on s.id = t.service_id where t.id = $1`,
      [here],
    );
    assert.deepEqual(kept, { body: 'Dear ((name))', slug: 'archive-visit' });
    assert.notEqual(there, here);
    assert.equal((await run(base, fishing.live, 'archive-visit')).out, first.out, 'the same again');
  });

  test('says what is wrong, ends with 1, and names no key', async () => {
    const wrong = `${fishing.live.slice(0, -36)}${crypto.randomUUID()}`;
    for (const [url, key, service, words] of [
      [base, wrong, 'archive-visit', /answered 403 \(Invalid token: API key not found\)/],
      [base, fishing.live, 'no-such-service', /There is no service at \/services\/no-such-service/],
    ] as const) {
      const { status, err, out } = await run(url, key, service);
      assert.equal(status, 1);
      assert.match(err, words);
      assert.ok(![out, err].some((each) => each.includes(key.slice(-36))));
    }
  });
});
