import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NotifyClient } from 'notifications-node-client';
import { refusedWith, startApi } from '../api/api.fixture.ts';

const { program, base, fishing, publish, change, post, runJob } = await startApi({ FILE_SCANNER: 'development' });
const template = await publish('with a file', 'email', 'Get it: ((file))', 'Your file');
const text = await publish('text with a file', 'sms', 'Get it: ((file))');
const client = new NotifyClient(base, fishing.live);
const csv = 'name,day\nAda,Monday\n';

test('files are refused until the service says whom people ask about them', async () => {
  const { organisationId } = fishing.scope;
  await assert.rejects(
    client.sendEmail(template.id, 'ada@example.com', { personalisation: { file: client.prepareUpload(csv) } }),
    refusedWith(
      400,
      'BadRequestError',
      `Send files by email has not been set up - add contact details for your service at http://platform.example/staff/organisations/${organisationId}/services/${fishing.serviceId}/messages/sending`,
    ),
  );
  await change(fishing, { filesContact: 'licences@rivers.example' });
});

test('a file becomes a link to a page, which gives it to whoever types the address it was sent to', async () => {
  const address = await send({ filename: 'größe.csv' });
  const browser = program.browser();
  const page = await browser.get(address);
  assert.equal(page.status, 200);
  assert.match(page.body, /being checked for viruses/);
  await scan();
  assert.match((await browser.get(address)).body, /größe\.csv[\s\S]*licences@rivers\.example/);
  assert.equal((await browser.get(`${address}/file`)).location, address, 'the address is asked for first');
  const wrong = await browser.post(address, { email: 'bo@example.com' });
  assert.equal(wrong.status, 400);
  assert.match(wrong.body, /This is not the address that the file was sent to/);
  const file = await browser.post(address, { email: ' ADA@example.com ' });
  assert.deepEqual([file.status, file.body], [200, csv]);
  assert.equal(file.headers['content-disposition'], "attachment; filename*=UTF-8''gr%C3%B6%C3%9Fe.csv");
});

test('where nothing is to be confirmed the link is enough, until it expires', async () => {
  const address = await send({ confirmEmailBeforeDownload: false, retentionPeriod: '1 week' });
  await scan();
  const browser = program.browser();
  assert.equal((await browser.get(`${address}/file`)).body, csv);
  for (const other of [`${address.slice(0, -1)}${address.endsWith('A') ? 'B' : 'A'}`, '/download/x']) {
    assert.equal((await browser.get(other)).status, 410, other);
  }
  const [row] = await program.ask<{ days: number }>(
    'select extract(day from expires_at - created_at)::int as days from notify.linked_files order by id desc limit 1',
  );
  assert.ok(row !== undefined && row.days >= 6 && row.days <= 7);
  await program.ask(`update notify.linked_files set expires_at = now()`);
  assert.equal((await browser.get(address)).status, 410);
  await runJob('notify.erase-old-messages', fishing.scope, {});
  assert.deepEqual(await program.ask('select 1 from notify.linked_files'), []);
});

test('what is wrong with a file is said in the words of the contract', async () => {
  const file = Buffer.from(csv).toString('base64');
  const cases: [given: Record<string, unknown>, status: number, error: string, message: string][] = [
    [
      { file, retention_period: '79 weeks' },
      400,
      'ValidationError',
      'personalisation Unsupported value for retention_period: 79 weeks. Supported periods are from 1 to 78 weeks.',
    ],
    [
      { file, confirm_email_before_download: 'yes' },
      400,
      'ValidationError',
      'personalisation Unsupported value for confirm_email_before_download: yes. Use a boolean true or false value.',
    ],
    [
      { file, is_csv: 1 },
      400,
      'ValidationError',
      'personalisation Unsupported value for is_csv: 1. Use a boolean true or false value.',
    ],
    [
      { file, is_csv: true, filename: 'a.csv' },
      400,
      'ValidationError',
      'personalisation filename and is_csv cannot both be set',
    ],
    [
      { file, filename: 'name' },
      400,
      'ValidationError',
      'personalisation `filename` must end with a file extension. For example, filename.csv',
    ],
    [{ file: '%%%' }, 400, 'BadRequestError', 'Document is not base64 encoded'],
    [{ file: '' }, 400, 'BadRequestError', 'File is empty'],
    [{ file: Buffer.alloc(2_000_001).toString('base64') }, 413, 'BadRequestError', 'File is larger than 2MB'],
    [
      { file: Buffer.from('MZ\x90\0\x03\0\0\0\x04\0').toString('base64'), filename: 'a.exe' },
      400,
      'BadRequestError',
      'Unsupported file type. Supported types are: csv, doc, docx, jpeg, jpg, json, odt, pdf, png, rtf, txt, xlsx',
    ],
  ];
  for (const [given, status, error, message] of cases) {
    const answer = await post('/v2/notifications/email', {
      email_address: 'ada@example.com',
      template_id: template.id,
      personalisation: { file: given },
    });
    assert.deepEqual(answer.json(), { status_code: status, errors: [{ error, message }] });
  }
  const answer = await post('/v2/notifications/sms', {
    phone_number: '07700900123',
    template_id: text.id,
    personalisation: { file: { file } },
  });
  assert.equal(answer.json().errors[0].message, 'Can only send a file by email');
  assert.deepEqual(await program.ask('select 1 from notify.linked_files'), [], 'nothing of them is kept');
});

async function send(options: Parameters<typeof client.prepareUpload>[1]): Promise<string> {
  const { data } = await client.sendEmail(template.id, 'ada@example.com', {
    personalisation: { file: client.prepareUpload(csv, options) },
  });
  return /http:\/\/platform\.example(\/download\/[\w-]+)/.exec(data.content.body)?.[1] ?? '';
}

/** Lets the scanner look at every file that waits. */
async function scan(): Promise<void> {
  const files = await program.ask<{ id: string }>(`select id from platform.files where state = 'waiting'`);
  for (const { id } of files) await runJob('platform.settle-file', fishing.scope, { fileId: id, tries: 0 });
}
