import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NotifyClient } from 'notifications-node-client';
import { startApi } from '../api/api.fixture.ts';

const { program, base, runJob, takeService } = await startApi();
const archive = await takeService('archive-visit');
const { organisationId } = archive.scope;
const address = `/staff/organisations/${organisationId}/services/${archive.serviceId}/messages`;
const agnes = await program.signIn('Agnes Tull');

test('a service manager writes a template, sees what it looks like, changes it and puts it away', async () => {
  const chosen = await agnes.post(`${address}/templates/types`, { type: 'email' });
  assert.equal(chosen.location, `${address}/templates/new?type=email`);
  const texts = {
    type: 'email',
    name: 'Visit moved',
    subject: 'Your visit on ((day))',
    body: 'Dear ((name))\n\n# When\n\n* <b>now</b>\n* [Your "visit"](https://archive.example/((id))?((<b>)))',
  };
  const preview = await agnes.post(`${address}/templates`, { ...texts, action: 'preview' });
  assert.equal(preview.status, 200);
  assert.match(preview.body, /<h2 class="govuk-heading-m">When<\/h2>/);
  assert.match(preview.body, /<li>&lt;b&gt;now&lt;\/b&gt;<\/li>/);
  assert.match(
    preview.body,
    /<a class="govuk-link" href="https:\/\/archive\.example\/\(\(id\)\)\?\(\(&lt;b&gt;\)\)">Your “visit”<\/a>/,
    'a placeholder in an address leaves the link a link',
  );
  assert.match(preview.body, /value="Visit moved"/, 'what was typed is still there');
  const saved = await agnes.post(`${address}/templates`, { ...texts, action: 'save' });
  assert.equal(saved.status, 303);
  const page = (saved.location ?? '').replace('?done=saved', '');
  assert.match((await agnes.get(`${page}?done=saved`)).body, /The template was saved/);
  const wrong = await agnes.post(`${page}/versions`, { ...texts, name: '', subject: '', body: '' });
  assert.equal(wrong.status, 400);
  for (const at of ['name', 'subject', 'body']) assert.match(wrong.body, new RegExp(`href="#${at}"`));
  const changed = await agnes.post(`${page}/versions`, { ...texts, body: 'Shorter ((name))' });
  assert.equal(changed.status, 303);
  const shown = await agnes.get(page);
  assert.match(shown.body, /Version 2/);
  assert.match((await agnes.get(`${page}/versions/1`)).body, /&lt;b&gt;now/);
  assert.equal((await agnes.get(`${page}/versions/3`)).status, 404);
  const columns = await agnes.get(`${page}/example.csv`);
  assert.equal(columns.body, 'email address,day,name\r\n');
  assert.equal((await agnes.post(`${page}/archive`, {})).location, `${address}/templates?done=archived`);
  assert.doesNotMatch((await agnes.get(`${address}/templates`)).body, /Visit moved/);
});

test('a letter’s template is seen as it is printed, and says how many pages it takes', async () => {
  const texts = { type: 'letter', name: 'Licence', subject: 'Your licence', body: 'Dear ((name))', postage: 'first' };
  const saved = await agnes.post(`${address}/templates`, { ...texts, action: 'save' });
  const page = (saved.location ?? '').replace('?done=saved', '');
  const shown = await agnes.get(page);
  assert.match(shown.body, /Takes 1 page, without what is filled in\./);
  assert.match(shown.body, new RegExp(`href="${page}/versions/1/letter\\.pdf"`));
  const pdf = await agnes.get(`${page}/versions/1/letter.pdf`);
  assert.deepEqual([pdf.status, pdf.headers['content-type']], [200, 'application/pdf']);
  assert.match(pdf.body, /^%PDF-/);
  assert.equal((await agnes.get(`${page}/versions/2/letter.pdf`)).status, 404);
  const long = await agnes.post(`${page}/versions`, { ...texts, body: '---\n'.repeat(20_000), action: 'preview' });
  assert.match(long.body, /and a letter has at most 10: make it shorter/);
  const other = await makeTemplate('No letter', 'sms', 'Hello');
  assert.equal((await agnes.get(`${address}/templates/${other}/versions/1/letter.pdf`)).status, 404);
});

test('a file of recipients is looked at row by row, and only then sent', async () => {
  const template = await makeTemplate('Reminder', 'sms', 'Dear ((name)), see you on ((day)).');
  const choose = (content: string, name = '=cmd|august.csv') =>
    agnes.upload(`${address}/batches`, { template }, [{ field: 'file', name, content }]);
  const without = await choose('phone number,name\n07700900123,Ada\n');
  assert.equal(without.status, 400);
  assert.match(without.body, /The file has no column for: day\. The first row must name the columns\./);
  assert.equal((await agnes.upload(`${address}/batches`, { template }, [])).status, 400);
  const { location = '' } = await choose(
    'phone number,name,day\n07700900123,"<i>Ada</i> 🎣",Monday\n0770090012,Bo,Monday\n07700900125,נועה,Tuesday\n',
  );
  const page = await agnes.get(location);
  assert.match(page.body, /1 of 3 rows is wrong and will not be sent/);
  assert.match(page.body, /phone number: Not enough digits/);
  assert.match(page.body, /Dear &lt;i&gt;Ada&lt;\/i&gt; \?, see you on Monday\./, 'as a phone gets it');
  assert.match((await agnes.get(`${location}?row=3`)).body, /Nothing: phone number: Not enough digits/);
  assert.match((await agnes.get(`${location}?row=4`)).body, /447700900125/);
  for (const row of ['1', '5', 'x', '-3', '1e9']) {
    assert.equal((await agnes.get(`${location}?row=${row}`)).status, 200, row);
  }
  const errors = await agnes.get(`${location}/errors.csv`);
  assert.equal(errors.body, 'row,what is wrong\r\n3,phone number: Not enough digits\r\n');
  assert.equal((await agnes.post(`${location}/sending`, { when: 'whenever' })).status, 400);
  assert.equal((await agnes.post(`${location}/sending`, { when: 'now' })).location, location);
  assert.equal((await agnes.post(`${location}/sending`, { when: 'now' })).status, 409, 'sent twice');
  const moving = await agnes.get(location);
  assert.equal(moving.headers['refresh'], '5');
  await runJob('notify.send-batch', archive.scope, { batchId: location.split('/').at(-1) ?? '' });
  const after = await agnes.get(location);
  assert.equal(after.headers['refresh'], undefined);
  assert.match(after.body, /Waiting<\/dt>\s*<dd class="commonhold-figures__value">2</);
  assert.equal((await agnes.post(`${location}/cancellation`, {})).status, 409);
  assert.match((await agnes.get(`${address}/batches`)).body, /=cmd\|august\.csv/);
});

test('a file that nobody sends is called back, and its recipients are forgotten', async () => {
  const template = await makeTemplate('Callback', 'sms', 'Hello');
  const { location = '' } = await agnes.upload(`${address}/batches`, { template }, [
    { field: 'file', name: 'x.csv', content: 'phone number\n07700900123\n' },
  ]);
  assert.equal((await agnes.post(`${location}/cancellation`, {})).location, location);
  assert.match((await agnes.get(location)).body, /Called back/);
  assert.deepEqual(
    await program.ask('select 1 from notify.batch_chunks where batch_id = $1', [location.slice(-36)]),
    [],
  );
});

test('messages to a person are found by the whole address or number, which stands in no address of a page', async () => {
  const template = await makeTemplate('Found', 'sms', 'Hello');
  const client = new NotifyClient(base, archive.live);
  await client.sendSms(template, '07700 900 188', { reference: 'found-1' });
  const found = await agnes.post(`${address}/search`, { recipient: '+44 7700 900188' });
  assert.equal(found.status, 200);
  assert.match(found.body, /found-1/);
  assert.match(
    (await agnes.post(`${address}/search`, { recipient: 'nobody@example.com' })).body,
    /No messages to this/,
  );
  assert.equal((await agnes.post(`${address}/search`, { recipient: '0770' })).status, 400);
  assert.match((await agnes.get(`${address}?reference=found-1`)).body, /found-1/);
});

test('senders, guests and settings are changed, and what cannot be is said beside its field', async () => {
  const add = (channel: string, value: string) => agnes.post(`${address}/sending/senders`, { channel, value });
  for (const [channel, value] of [
    ['email', 'no address'],
    ['sms', 'a'],
    ['sms', 'longer than eleven'],
    ['letter', ''],
  ] as const) {
    const answer = await add(channel, value);
    assert.equal(answer.status, 400, value);
    assert.match(answer.body, new RegExp(`href="#value-${channel}"`));
  }
  assert.equal((await add('email', 'reading.room@archive.example')).status, 303);
  assert.equal((await add('email', 'desk@archive.example')).status, 303);
  assert.equal((await add('email', 'desk@archive.example')).status, 400, 'twice');
  assert.equal((await agnes.post(`${address}/sending/guests`, { recipient: 'x' })).status, 400);
  assert.equal((await agnes.post(`${address}/sending/guests`, { recipient: 'guest@example.com' })).status, 303);
  const page = (await agnes.get(`${address}/sending`)).body;
  assert.match(page, /reading\.room@archive\.example[\s\S]*Default/);
  assert.match(page, /guest@example\.com/);
  const desk = /senders\/([0-9a-f-]{36})\/default/.exec(page)?.[1] ?? '';
  assert.equal((await agnes.post(`${address}/sending/senders/${desk}/default`, {})).status, 303);
  assert.equal((await agnes.post(`${address}/sending/senders/${desk}/archive`, {})).status, 303);
  assert.doesNotMatch((await agnes.get(`${address}/sending`)).body, /desk@archive/);
  const settings = { prefix: 'no', abroad: 'yes', letters: 'no', 'kept-days': '7', 'files-contact': '' };
  assert.equal((await agnes.post(`${address}/sending`, { ...settings, 'kept-days': 'week' })).status, 400);
  assert.equal((await agnes.post(`${address}/sending`, settings)).status, 303);
  const [row] = await program.ask(
    'select kept_days, may_send_letters, may_text_abroad from notify.service_settings where service_id = $1',
    [archive.serviceId],
  );
  assert.deepEqual(row, { kept_days: 7, may_send_letters: false, may_text_abroad: true });
});

test('numbers are counted by day and by template, and earlier days by a job', async () => {
  const page = await agnes.get(`${address}/numbers?days=7`);
  assert.match(page.body, /Found/);
  await runJob('notify.count-days', archive.scope, {});
  const [count] = await program.ask<{ count: number }>(
    `select sum(count)::int as count from notify.daily_counts where service_id = $1 and template = 'Reminder'`,
    [archive.serviceId],
  );
  assert.equal(count?.count, 2);
  const csv = await agnes.get(`${address}/numbers.csv?days=7`);
  assert.match(csv.body, /^day,channel,template,status,messages,text_message_parts\r\n/);
  assert.match(csv.body, /,sms,Reminder,created,2,2\r\n/);
});

test('a name that a spreadsheet would take for a formula is no formula in a download', async () => {
  const template = await makeTemplate('=HYPERLINK("x")', 'sms', 'Hello');
  await new NotifyClient(base, archive.live).sendSms(template, '07700900189');
  assert.match((await agnes.get(`${address}/numbers.csv?days=7`)).body, /,"'=HYPERLINK\(""x""\)",/);
});

async function makeTemplate(name: string, type: string, body: string): Promise<string> {
  const { location = '' } = await agnes.post(`${address}/templates`, { type, name, body, action: 'save' });
  return /templates\/([0-9a-f-]{36})/.exec(location)?.[1] ?? '';
}
