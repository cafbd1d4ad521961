import assert from 'node:assert/strict';
import { test } from 'node:test';
import { addGuest } from '#notify';
import { newId } from '#platform';
import { makeWorkbook } from '../../../../testing/workbook.ts';
import { startApi, type Service } from '../api/api.fixture.ts';

const { program, fishing, takeService, publish, change, runJob, bearer } = await startApi();
const { server, whole, keyring } = program;
const { database } = whole;
const roads = await takeService('report-a-road-fault');
const email = await publish('renewal', 'email', 'Dear ((name)), renew by ((day)).', 'Your ((thing))');
const text = await publish('renewal text', 'sms', 'Dear ((name)).');
const letter = await publish('renewal letter', 'letter', 'Dear ((name)).', 'Renew');

const head = 'Email address,Name,Day,thing,reference\n';

test('a CSV file is sent row by row, and what is wrong with a row is told without quoting it', async () => {
  const csv =
    head +
    'ada@example.com,Ada,Monday,licence,A1\n' +
    'not an address,Wilhelmina,Monday,licence,\n' +
    '"zoë@example.com","נועה, 🎣",Tuesday,licence,\n';
  const answer = await bulk(`template_id=${email.id}&name=August`, csv);
  assert.equal(answer.statusCode, 201, answer.body);
  const batch = answer.json();
  assert.deepEqual(
    [batch.name, batch.state, batch.rows, batch.wrong_rows, batch.accepted_rows, batch.type],
    ['August', 'sending', 3, 2, 0, 'email'],
  );
  const { errors, links } = await get(`/v2/bulk/${batch.id}/errors`);
  assert.deepEqual(errors, [
    { row: 2, messages: ['email address: Not a valid email address'] },
    { row: 3, messages: ['email address: Not a valid email address'] },
  ]);
  assert.match(links.next, /after_row=3$/);
  assert.deepEqual((await get(`/v2/bulk/${batch.id}/errors?after_row=3`)).errors, []);
  await send(batch.id);
  const after = await get(`/v2/bulk/${batch.id}`);
  assert.deepEqual([after.state, after.accepted_rows, after.statuses], ['sent', 1, { created: 1 }]);
  const { notifications } = await get(`/v2/bulk/${batch.id}/notifications`);
  assert.deepEqual(
    notifications.map((each: Record<string, unknown>) => [each['email_address'], each['reference'], each['subject']]),
    [['ada@example.com', 'A1', 'Your licence']],
  );
  const listed = (query: string) => get(`/v2/notifications${query}`);
  assert.deepEqual((await listed('?reference=A1')).notifications, [], 'not among single ones');
  assert.equal((await listed('?reference=A1&include_jobs=true')).notifications.length, 1);
});

test('names in any script, lists and spreadsheets arrive as they were written', async () => {
  const rows = [
    ['EMAIL ADDRESS', 'name', 'day', 'thing', 'thing'],
    ['noa@example.com', 'נועה 🎣', 'Monday', 'rod', 'reel'],
  ];
  const workbook = await bulk(`template_id=${email.id}`, makeWorkbook(rows), {
    'content-type': 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
  });
  const lines = await bulk(
    `template_id=${email.id}`,
    `${JSON.stringify({
      to: 'noa@example.com',
      personalisation: { name: 'נועה 🎣', day: 'Monday', thing: ['rod', 'reel'] },
    })}\n\n`,
    { 'content-type': 'application/x-ndjson' },
  );
  for (const answer of [workbook, lines]) {
    const { id } = answer.json();
    await send(id);
    const { notifications } = await get(`/v2/bulk/${id}/notifications`);
    assert.equal(notifications[0]?.body, 'Dear נועה 🎣, renew by Monday.', answer.body);
    assert.equal(notifications[0]?.subject, 'Your rod and reel');
  }
});

test('a reference is counted as people count, and a recipient is given back as the row has it', async () => {
  const [fits, tooLong] = ['🎣'.repeat(1000), '🎣'.repeat(1001)];
  const csv = `phone number,name,reference\n07700 900 123,Ada,${fits}\n+44 7700 900124,Bo,${tooLong}\n`;
  const lines = [fits, tooLong].map((reference) =>
    JSON.stringify({ to: '07700 900 123', personalisation: { name: 'Ada' }, reference }),
  );
  for (const answer of [
    await bulk(`template_id=${text.id}`, csv),
    await bulk(`template_id=${text.id}`, lines.join('\n'), { 'content-type': 'application/x-ndjson' }),
  ]) {
    const { id } = answer.json();
    assert.deepEqual((await get(`/v2/bulk/${id}/errors`)).errors, [
      { row: 2, messages: ['reference must be text of at most 1000 characters'] },
    ]);
    await send(id);
    const { notifications } = await get(`/v2/bulk/${id}/notifications`);
    assert.deepEqual(
      notifications.map((each: Record<string, unknown>) => [each['phone_number'], each['reference']]),
      [['07700 900 123', fits]],
    );
  }
});

test('letters go to the addresses of their rows', async () => {
  const csv =
    'address line 1,address line 2,address line 3,name\nAda Price,1 High Street,SW1A 1AA,Ada\nBo,Nowhere,Nothing,Bo\n';
  const { id, wrong_rows: wrong } = (await bulk(`template_id=${letter.id}`, csv)).json();
  assert.equal(wrong, 1);
  assert.deepEqual((await get(`/v2/bulk/${id}/errors`)).errors, [
    { row: 2, messages: ['Last line of address must be a real UK postcode or another country'] },
  ]);
  await send(id);
  const { notifications } = await get(`/v2/bulk/${id}/notifications`);
  assert.deepEqual([notifications[0]?.line_3, notifications[0]?.status], ['SW1A 1AA', 'accepted']);
});

test('a batch goes on after a crash where it was, and no row is sent twice', async () => {
  const count = 1700;
  const rows = Array.from(
    { length: count },
    (_, index) => `07700900${String(index % 1000).padStart(3, '3')},N${index}`,
  );
  const { id } = (await bulk(`template_id=${text.id}`, `phone number,name\n${rows.join('\n')}`)).json();
  let commits = 0;
  const job = whole.jobs.find((each) => each.name === 'notify.send-batch');
  assert.ok(job);
  // The program dies after the second chunk was committed: at the next transaction nothing comes back.
  const original = database.transact.bind(database);
  const dying: typeof database.transact = async (scope, work) => {
    commits += 1;
    if (commits === 4) throw new Error('killed');
    return original(scope, work);
  };
  Object.assign(database, { transact: dying });
  await assert.rejects(runJob('notify.send-batch', fishing.scope, { batchId: id }), /killed/);
  Object.assign(database, { transact: original });
  const half = await get(`/v2/bulk/${id}`);
  assert.equal(half.state, 'sending');
  assert.ok(half.accepted_rows > 0 && half.accepted_rows < count, String(half.accepted_rows));
  await Promise.all([send(id), send(id)]);
  const whole_ = await get(`/v2/bulk/${id}`);
  assert.deepEqual([whole_.state, whole_.accepted_rows], ['sent', count]);
  const [sum] = await program.ask<{ rows: number; distinct: number }>(
    'select count(*)::int as rows, count(distinct batch_row)::int as distinct from notify.messages where batch_id = $1',
    [id],
  );
  // Three of the thousand numbers are there to try with, and nothing to them is kept.
  assert.equal(sum?.rows, sum?.distinct);
  const [jobs] = await program.ask<{ jobs: number; least: number }>(
    `select count(*)::int as jobs, min(priority)::int as least from notify.hand_overs
      where message_id in (select id from notify.messages where batch_id = $1)`,
    [id],
  );
  assert.deepEqual(jobs, { jobs: sum?.rows, least: 2 });
});

test('the same batch with the same Idempotency-Key is taken once, also at the same moment', async () => {
  const csv = 'phone number,name\n07700900123,Ada\n';
  const once = { 'idempotency-key': 'batch 1' };
  const answers = await Promise.all(Array.from({ length: 4 }, () => bulk(`template_id=${text.id}`, csv, once)));
  assert.deepEqual(
    answers.map((answer) => answer.statusCode),
    [201, 201, 201, 201],
  );
  assert.equal(new Set(answers.map((answer) => answer.json().id)).size, 1);
  const other = await bulk(`template_id=${text.id}`, `${csv}07700900124,Bo\n`, once);
  assert.deepEqual(other.json(), {
    status_code: 409,
    errors: [{ error: 'BadRequestError', message: 'Idempotency-Key was used before, for another request' }],
  });
  const left = await program.ask(`select 1 from notify.batches where state = 'receiving'`);
  assert.deepEqual(left, [], 'nothing is left of those that were second');
});

test('a batch that cannot be sent is refused with what is wrong, and nothing of it is kept', async () => {
  const before = await program.ask('select id from notify.batches');
  const csv = 'phone number,name\n07700900123,Ada\n';
  const refusals: [query: string, body: string, status: number, message: RegExp][] = [
    [`template_id=${newId()}`, csv, 400, /^Template not found$/],
    ['template_id=x', csv, 400, /^template_id is not a valid UUID$/],
    ['', csv, 400, /^template_id is a required property$/],
    [`template_id=${text.id}&errors=perhaps`, csv, 400, /^errors perhaps is not one of/],
    [`template_id=${text.id}&sender_id=${newId()}`, csv, 400, /^sms_sender_id .* does not exist in database/],
    [`template_id=${text.id}`, '', 400, /^(The file is empty|Send rows of recipients)/],
    [`template_id=${text.id}`, 'phone number,name\n', 400, /^There are no rows of recipients$/],
    [`template_id=${text.id}`, 'name\nAda\n', 400, /^Missing column: phone number$/],
    [`template_id=${text.id}`, 'phone number\n07700900123\n', 400, /^Missing columns: name$/],
    [`template_id=${letter.id}`, 'name\nAda\n', 400, /^Missing columns: address line 1/],
    [`template_id=${text.id}&errors=refuse`, `${csv}1,Bo\n`, 400, /^1 of 2 rows are wrong, so none is sent$/],
    [
      `template_id=${text.id}`,
      `phone number,name\n${'07700900123,A\n'.repeat(100_001)}`,
      400,
      /^Too many rows: a batch has at most 100,000$/,
    ],
    [`template_id=${text.id}`, '\0\x01\x02', 400, /./],
    [`template_id=${text.id}`, '%PDF-1.7', 400, /^This is a PDF/],
  ];
  for (const [query, body, status, message] of refusals) {
    const answer = await bulk(query, body);
    assert.equal(answer.statusCode, status, `${query} ${answer.body}`);
    assert.match(answer.json().errors[0].message, message);
  }
  assert.deepEqual(await program.ask('select id from notify.batches'), before);
  const lines = await bulk(`template_id=${text.id}`, '{\n[]\n{"to":7}\n{"to":"07700900123","x":1}\n', {
    'content-type': 'application/jsonl; charset=utf-8',
  });
  assert.deepEqual([lines.json().rows, lines.json().wrong_rows], [4, 4]);
});

test('a batch counts against the day as a whole: all of it, or none', async () => {
  await change(roads, { perDay: { email: 250_000, sms: 3, letter: 20_000 } });
  const template = await publish('day', 'sms', 'Hello', '', roads);
  const rows = (count: number) => `phone number\n${'07700900123\n'.repeat(count)}`;
  assert.equal((await bulk(`template_id=${template.id}`, rows(2), {}, roads)).statusCode, 201);
  const over = await bulk(`template_id=${template.id}`, rows(2), {}, roads);
  assert.deepEqual(over.json(), {
    status_code: 429,
    errors: [{ error: 'TooManyRequestsError', message: 'Exceeded send limits (sms: 3) for today' }],
  });
  assert.equal((await bulk(`template_id=${template.id}`, rows(1), {}, roads)).statusCode, 201);
  await change(roads, { perDay: { email: 250_000, sms: 250_000, letter: 20_000 } });
});

test('a team key sends only the rows of its own people and guests', async () => {
  await database.transact(fishing.scope, (tx) =>
    addGuest(tx, keyring, { serviceId: fishing.serviceId, recipient: '07700900177' }),
  );
  const answer = await bulk(
    `template_id=${text.id}`,
    'phone number,name\n07700900177,Ada\n07700900178,Bo\n',
    {},
    fishing,
    fishing.team,
  );
  const { id } = answer.json();
  const authorization = await bearer(fishing.team);
  const { errors } = (await server.inject({ url: `/notify/v2/bulk/${id}/errors`, headers: { authorization } })).json();
  assert.deepEqual(errors, [
    { row: 2, messages: ['can’t send to this recipient: it is not on the team or the guest list'] },
  ]);
});

test('a batch that waits for its time can be called back, and another service does not see it', async () => {
  const at = new Date(Date.now() + 86_400_000).toISOString();
  const answer = await bulk(`template_id=${text.id}&scheduled_for=${at}`, 'phone number,name\n07700900123,Ada\n');
  const { id, scheduled_for: scheduledFor } = answer.json();
  assert.equal(scheduledFor, at);
  const [job] = await program.ask<{ waits: boolean }>(
    `select run_at > now() + interval '23 hours' as waits from graphile_worker._private_jobs where payload->>'batchId' = $1`,
    [id],
  );
  assert.deepEqual(job, { waits: true });
  const theirs = { authorization: await bearer(roads.live) };
  for (const path of ['', '/errors', '/notifications']) {
    const seen = await server.inject({ url: `/notify/v2/bulk/${id}${path}`, headers: theirs });
    assert.equal(seen.statusCode, 404, path);
  }
  const cancel = (headers: Record<string, string>) =>
    server.inject({ method: 'POST', url: `/notify/v2/bulk/${id}/cancellation`, headers });
  assert.equal((await cancel(theirs)).statusCode, 404);
  const mine = { authorization: await bearer(fishing.live) };
  assert.equal((await cancel(mine)).json().state, 'cancelled');
  assert.equal((await cancel(mine)).json().state, 'cancelled', 'called back twice');
  await send(id);
  assert.deepEqual((await get(`/v2/bulk/${id}`)).statuses, {});
  const chunks = await program.ask('select 1 from notify.batch_chunks where batch_id = $1', [id]);
  assert.deepEqual(chunks, [], 'the recipients are forgotten');
  assert.ok((await get('/v2/bulk')).batches.some((each: { id: string }) => each.id === id));
});

test('recipients of a batch that is not sent yet lie in the database only sealed', async () => {
  const at = new Date(Date.now() + 86_400_000).toISOString();
  await bulk(`template_id=${text.id}&scheduled_for=${at}`, 'phone number,name\n07700900144,Wilhelmina\n5,Wilhelmina\n');
  for (const table of ['batches', 'batch_chunks', 'batch_faults']) {
    for (const { row } of await program.ask<{ row: string }>(`select t::text as row from notify.${table} t`)) {
      assert.doesNotMatch(row, /Wilhelmina|7700900144/);
    }
  }
});

async function bulk(
  query: string,
  payload: string | Buffer,
  headers: Record<string, string> = {},
  service: Service = fishing,
  key = service.live,
) {
  return server.inject({
    method: 'POST',
    url: `/notify/v2/bulk?${query}`,
    headers: { authorization: await bearer(key), 'content-type': 'text/csv', ...headers },
    payload,
  });
}

async function get(path: string) {
  const answer = await server.inject({
    url: `/notify${path}`,
    headers: { authorization: await bearer(fishing.live) },
  });
  assert.equal(answer.statusCode, 200, answer.body);
  return answer.json();
}

async function send(batchId: string): Promise<void> {
  await runJob('notify.send-batch', fishing.scope, { batchId });
}
