import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Scope } from '#platform';
import { startTestProgram, type Browser } from '../../../../testing/program.ts';
import { eraseHandedOver, handOver } from './handing-over.ts';
import { addOutput, removeOutput } from './outputs.ts';

const program = await startTestProgram();
const { database, keyring, webhooks } = program.whole;
const [service] = await program.ask<{ id: string; organisation_id: string }>(
  "select id, organisation_id from organisations.services where slug = 'report-a-road-fault'",
);
assert.ok(service);
const { id: serviceId, organisation_id: organisationId } = service;
const scope: Scope = { organisationId, actor: { kind: 'system', name: 'test' } };
const dependencies = { keyring, webhooks, publicUrl: 'https://services.example.gov' };
const form = `/staff/organisations/${organisationId}/services/${serviceId}/form`;
const count = async (from: string): Promise<number> =>
  (await program.ask<{ count: number }>(`select count(*)::int as count from ${from}`))[0]?.count ?? -1;

const jobs =
  "graphile_worker._private_jobs j join graphile_worker._private_tasks t on t.id = j.task_id where t.identifier = 'forms.hand-over-submission'";

async function send(place: string): Promise<Browser> {
  const citizen = program.browser();
  const pages: readonly Readonly<Record<string, string>>[] = [
    { fault: 'light' },
    { place },
    { danger: 'false' },
    { 'noticed-day': '1', 'noticed-month': '1', 'noticed-year': '2026' },
    { email: '' },
  ];
  await citizen.get('/services/report-a-road-fault');
  let to = (await citizen.post('/services/report-a-road-fault/start')).location ?? '';
  for (const answers of pages) to = (await citizen.post(to, answers)).location ?? '';
  assert.equal(to, '/services/report-a-road-fault/check-your-answers');
  await citizen.post(to);
  return citizen;
}

const submissions = () =>
  program.ask<{ id: string; reference: string }>('select id, reference from forms.submissions order by id');

async function manager(): Promise<Browser> {
  await program.ask(
    `insert into organisations.roles (organisation_id, id, person_id, role, service_id, given_by)
     select organisation_id, gen_random_uuid(), id, 'service manager', null, 'test' from organisations.people
      where organisation_id = $1 order by name limit 1 on conflict do nothing`,
    [organisationId],
  );
  const [person] = await program.ask<{ name: string }>(
    'select name from organisations.people where organisation_id = $1 order by name limit 1',
    [organisationId],
  );
  return program.signIn(person?.name ?? '');
}

test('without outputs, sending queues nothing', async () => {
  await send('Mill Lane');
  assert.equal(await count(jobs), 0);
});

test('a submission goes to each output once, however often the job runs', async () => {
  const made = await database.transact(scope, (tx) =>
    addOutput(tx, webhooks, {
      serviceId,
      kind: 'webhook',
      address: 'https://roads.example.org/hook',
      withAnswers: true,
    }),
  );
  assert.match(made.secret ?? '', /^whsec_/);
  await database.transact(scope, (tx) =>
    addOutput(tx, webhooks, { serviceId, kind: 'email', address: 'roads@example.org', withAnswers: false }),
  );
  const before = await count('notify.messages');
  await send('High Street');
  assert.equal(await count(jobs), 1);
  const submission = (await submissions()).at(-1);
  assert.ok(submission);
  const run = () =>
    database.transact(scope, (tx) => handOver(tx, dependencies, { serviceId, submissionId: submission.id }));
  const handed = await Promise.all([run(), run(), run()]);
  assert.equal(
    handed.reduce((sum, each) => sum + each, 0),
    2,
  );
  assert.equal(await count('notify.messages'), before + 1);
  const [delivery] = await program.ask<{ id: string; subject: string }>(
    'select id, subject from platform.webhook_deliveries',
  );
  assert.equal(delivery?.subject, submission.id);
  const { body } = await database.transact(scope, (tx) => webhooks.deliveries.get(tx, delivery?.id ?? ''));
  const { type, data } = JSON.parse(body ?? '{}');
  assert.equal(type, 'submission.created');
  assert.equal(data.schema, 'commonhold.submission/1');
  assert.equal(data.reference, submission.reference);
  assert.deepEqual(data.answers.find((answer: { key: string }) => answer.key === 'place').value, 'High Street');
});

test('what was erased is erased from what webhooks hold too, and is not handed over any more', async () => {
  const submission = (await submissions()).at(-1);
  assert.ok(submission);
  await database.transact(scope, (tx) => eraseHandedOver(tx, webhooks, serviceId, [submission.reference]));
  assert.equal(await count('platform.webhook_deliveries where sealed_body is not null'), 0);
});

test('an output that was removed gets nothing more', async () => {
  const outputs = await program.ask<{ id: string }>('select id from forms.outputs where removed_at is null');
  for (const { id } of outputs) await database.transact(scope, (tx) => removeOutput(tx, webhooks, serviceId, id));
  const before = await count(jobs);
  await send('Station Road');
  assert.equal(await count(jobs), before);
});

test('a manager downloads everything as CSV and JSON, and the audit trail says so', async () => {
  await send('=HYPERLINK("https://evil.example")');
  const browser = await manager();
  const csv = await browser.get(`${form}/submissions?as=csv`);
  assert.equal(csv.status, 200);
  assert.match(String(csv.headers['content-disposition']), /attachment/);
  assert.match(csv.body, /"'=HYPERLINK/);
  const lines = csv.body.trim().split('\r\n');
  assert.equal(lines.length, 1 + (await submissions()).length);
  const json = JSON.parse((await browser.get(`${form}/submissions?as=json`)).body);
  assert.equal(json.schema, 'commonhold.submissions/1');
  assert.equal(json.submissions.length, (await submissions()).length);
  assert.equal(await count("platform.audit_entries where action = 'forms.submissions-downloaded'"), 2);
});

test('a webhook to a place that may not be called is refused beside its field', async () => {
  const browser = await manager();
  await browser.get(`${form}/new-output`);
  const answer = await browser.post(`${form}/new-output`, { kind: 'webhook', url: 'http://169.254.169.254/' });
  assert.equal(answer.status, 422);
  assert.match(answer.body, /href="#url"/);
});

test('what somebody thinks of the form is counted once, and their comment is sealed and linked to nothing', async () => {
  const citizen = await send('Lock Street');
  await citizen.get('/services/report-a-road-fault/confirmation');
  const nothing = await citizen.post('/services/report-a-road-fault/opinion', {});
  assert.equal(nothing.status, 422);
  assert.match(nothing.body, /Select how satisfied you are/);
  for (const comment of ['Quick.', 'Quick!']) {
    const { location } = await citizen.post('/services/report-a-road-fault/opinion', { rating: '5', comment });
    assert.equal(location, '/services/report-a-road-fault/opinion');
  }
  assert.deepEqual(await program.ask('select rating, moment from measures.opinions'), [
    { rating: 5, moment: 'end of form' },
  ]);
  const [comment] = await program.ask<{ sealed: Buffer }>('select sealed from forms.comments');
  assert.ok(comment && !comment.sealed.includes('Quick'));
  const browser = await manager();
  assert.match((await browser.get(`${form}/funnel`)).body, /Quick\./);
});
