import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import type { Scope } from '#platform';
import { startTestClamd } from '../../../../testing/clamd.ts';
import { startTestProgram, type Browser } from '../../../../testing/program.ts';
import { eraseExpired } from '../applications/applications.ts';
import { form, page, question } from '../definition/forms.fixture.ts';
import { publishForm } from '../versions/versions.ts';
import { normaliseAnswer } from './saved-applications.ts';

const folder = mkdtempSync(join(tmpdir(), 'commonhold-saving-'));
const clamd = await startTestClamd();
after(async () => {
  await clamd.stop();
  rmSync(folder, { recursive: true, force: true });
});
const program = await startTestProgram({ DATA_FOLDER: folder, FILE_SCANNER: clamd.address });
const { ask, whole } = program;
const address = '/services/fishing-licence';
let scope: Scope;
let serviceId = '';

const definition = form({
  name: 'Licence',
  metadata: { expiryDays: 10 },
  pages: [
    page('/name', [
      question('TextField', 'fullName', 'What is your full name?'),
      question('TextField', 'town', 'Where do you live?', { schema: { max: 5 } }),
    ]),
    page('/photo', [
      question('FileUploadField', 'photo', 'Upload a photo', { options: { accept: 'application/pdf' } }),
      question('TextField', 'caption', 'What does it show?', { options: { required: false }, schema: { max: 10 } }),
    ]),
    page('/email', [question('EmailAddressField', 'email', 'What is your email address?')]),
    page('/summary', [], { title: 'Summary', controller: 'SummaryPageController' }),
  ],
});

before(async () => {
  const [service] = await ask<{ organisation_id: string; id: string }>(
    `select organisation_id, id from organisations.services where slug = 'fishing-licence'`,
  );
  assert.ok(service);
  scope = { organisationId: service.organisation_id, actor: { kind: 'system', name: 'test' } };
  serviceId = service.id;
  await whole.database.transact(scope, (tx) => publishForm(tx, { serviceId, definition, canScanFiles: true }));
});

const answer = 'The Old Mill';
const contact = { email: 'maren.holt@example.org', question: 'place', answer };

/** Somebody who has answered the first page, uploaded a file and saved. */
async function saveOne(email = contact.email): Promise<{ browser: Browser; link: string }> {
  const browser = program.browser();
  await browser.get(address);
  await browser.post(`${address}/start`);
  await browser.post(`${address}/apply/name`, { fullName: 'Maren Holt', town: 'Ansa' });
  await browser.upload(`${address}/apply/photo`, {}, [{ field: 'photo', name: 'me.pdf', content: '%PDF-1.7\n' }]);
  const { location } = await browser.post(`${address}/save`, { ...contact, email });
  assert.equal(location, `${address}/save?done=sent`);
  return { browser, link: await newestLink() };
}

/** The link in the newest e-mail, as whoever gets it would open it. */
async function newestLink(): Promise<string> {
  const [row] = await ask<{ organisation_id: string; id: string; sealed_content: Buffer }>(
    `select organisation_id, id, sealed_content from notify.messages where template like 'application%' order by id desc limit 1`,
  );
  assert.ok(row);
  const place = `notify.messages.sealed_content/${row.organisation_id}/${row.id}`;
  const text = program.keyring.open(place, row.sealed_content).toString();
  return /http:\/\/localhost:3000(\/services\/[\w-]+\/return\/[\w-]+)/.exec(text)?.[1] ?? '';
}

const countEmails = async (): Promise<number> =>
  (await ask<{ n: number }>(`select count(*)::int as n from notify.messages where template like 'application%'`))[0]
    ?.n ?? 0;

async function runJob(name: string, payload: Readonly<Record<string, unknown>> = {}): Promise<void> {
  const job = whole.jobs.find((each) => each.name === name);
  assert.ok(job);
  const { organisationId } = scope;
  await job.run(payload, {
    database: whole.database,
    log: whole.log,
    organisationId,
    scope,
    attempt: 1,
    lastAttempt: false,
  });
}

suite('an application that is saved for later', () => {
  test('is gone on with on another device, uploads included, by whoever has the link and knows the answer', async () => {
    const { browser, link } = await saveOne();
    const saved = await browser.get(`${address}/save?done=sent`);
    assert.match(saved.body, /We have sent a link to maren.holt@example.org/);
    assert.match(saved.body, /Use it by \d+ \w+ \d{4}/);

    const phone = program.browser();
    const asked = await phone.get(link);
    assert.match(asked.body, /What is a place that you remember well\?/);
    const back = await phone.post(link, { answer: ' the old-mill ' });
    assert.equal(back.location, `${address}/check-your-answers`);
    assert.match((await phone.get(`${address}/check-your-answers`)).location ?? '', /apply\/email/);
    assert.match((await phone.get(`${address}/apply/name`)).body, /value="Maren Holt"/);
    assert.match((await phone.get(`${address}/apply/photo`)).body, /me\.pdf/);
    assert.equal((await browser.get(`${address}/apply/name`)).status, 410, 'the first device lets go of it');

    await phone.post(`${address}/apply/email`, { email: contact.email });
    await phone.post(`${address}/check-your-answers`);
    assert.match((await phone.get(`${address}/confirmation`)).body, /Your reference/);
    assert.equal((await program.browser().get(link)).status, 410, 'the link ends when it was sent');
  });

  test('keeps what was typed on the page on which the person stops, right or not yet', async () => {
    const browser = program.browser();
    await browser.get(address);
    await browser.post(`${address}/start`);
    const stopped = await browser.post(`${address}/apply/name`, {
      fullName: 'Maren Holt',
      town: 'Too long',
      later: 'yes',
    });
    const told = await browser.get(stopped.location ?? '');
    assert.match(told.body, /was not right, so it was not saved/);
    assert.match(told.body, new RegExp(`href="${address}/apply/name">Go back and put it right`));
    const shown = await browser.get(`${address}/apply/name`);
    assert.match(shown.body, /value="Maren Holt"/);
    assert.match((await browser.get(`${address}/check-your-answers`)).location ?? '', /apply\/name/);
  });

  test('keeps the answer of before where a new one is wrong, on a page with files as well', async () => {
    const { browser } = await saveOne();
    const later = await browser.post(`${address}/apply/name`, { fullName: '', town: 'Too long', later: 'yes' });
    assert.equal(later.location, `${address}/save?wrong=name`);
    const shown = await browser.get(`${address}/apply/name`);
    for (const value of ['Maren Holt', 'Ansa']) assert.match(shown.body, new RegExp(`value="${value}"`));
    assert.match((await browser.get(`${address}/check-your-answers`)).location ?? '', /apply\/email/);

    await browser.upload(`${address}/apply/photo`, { caption: 'At sea' }, []);
    const wrong = await browser.upload(
      `${address}/apply/photo`,
      { caption: 'Much too long a caption', later: 'yes' },
      [],
    );
    assert.equal(wrong.location, `${address}/save?wrong=photo`);
    assert.match((await browser.get(`${address}/apply/photo`)).body, /value="At sea"/);

    const right = await browser.post(`${address}/apply/name`, { fullName: 'Mo Hale', town: 'Ansa', later: 'yes' });
    assert.equal(right.location, `${address}/save`);
    const elsewhere = await browser.get(`${address}/save?wrong=${encodeURIComponent('//elsewhere.example')}`);
    assert.doesNotMatch(elsewhere.body, /elsewhere\.example|was not right/);
  });

  test('says what is wrong with an address, a question or an answer', async () => {
    const browser = program.browser();
    await browser.get(address);
    await browser.post(`${address}/start`);
    const saving = await browser.get(`${address}/save`);
    assert.match(saving.body, /kept until \d+ \w+ \d{4}, and then erased/);
    const wrong = await browser.post(`${address}/save`, { email: 'maren', question: 'mother', answer: 'ab' });
    assert.equal(wrong.status, 422);
    for (const field of ['email', 'question', 'answer']) assert.match(wrong.body, new RegExp(`href="#${field}"`));
    assert.equal((await program.browser().get(`${address}/save`)).status, 410);
  });

  test('is closed for an hour after five wrong answers, even to the right one', async () => {
    const { link } = await saveOne();
    const guesser = program.browser();
    await guesser.get(link);
    for (let guess = 1; guess <= 4; guess++) {
      const wrong = await guesser.post(link, { answer: `guess ${guess}` });
      assert.equal(wrong.status, 422);
      assert.match(wrong.body, /not the answer that you gave/);
    }
    assert.equal((await guesser.post(link, { answer: 'guess 5' })).status, 429);
    assert.equal((await guesser.post(link, { answer })).status, 429);
    await ask(
      `update forms.saved_applications set closed_until = now() - interval '1 second' where closed_until is not null`,
    );
    assert.equal((await guesser.post(link, { answer })).status, 303);
  });

  test('is saved once however often that is sent: the link stays, and comes again only after a while', async () => {
    const earlier = await countEmails();
    const { browser, link } = await saveOne();
    const again = await browser.post(`${address}/save`, contact);
    assert.equal(again.location, `${address}/save?done=sent`);
    assert.equal(await countEmails(), earlier + 1, 'a double click, or an answer that was lost');
    await ask(`update forms.saved_applications set link_sent_at = now() - interval '3 minutes'`);
    await browser.post(`${address}/save`, contact);
    assert.equal(await countEmails(), earlier + 2);
    assert.equal(await newestLink(), link, 'both e-mails work');
    await browser.post(`${address}/save`, { ...contact, answer: 'The New Mill' });
    assert.equal(await countEmails(), earlier + 3);
    assert.equal((await program.browser().get(link)).status, 410, 'with another answer older links end');
  });

  test('cannot be found by another service, and a link that was never sent looks like one that has ended', async () => {
    const { link } = await saveOne();
    const token = link.split('/').at(-1) ?? '';
    const elsewhere = await program.browser().get(`/services/report-a-road-fault/return/${token}`);
    const never = await program.browser().get(`${address}/return/${'x'.repeat(43)}`);
    assert.deepEqual([elsewhere.status, never.status], [410, 410]);
  });

  test('is told of before it expires, once, and counts as failed when it does', async () => {
    const { link, browser } = await saveOne();
    const id = [...browser.cookies].find(([name]) => name.startsWith('application_'))?.[1].split('.')[0] ?? '';
    const [kept] = await ask<{ days: number }>(
      `select round(extract(epoch from expires_at - now()) / 86400)::int as days from forms.applications where id = $1`,
      [id],
    );
    assert.equal(kept?.days, 10, 'the form says how long');
    const earlier = await countEmails();
    await runJob('forms.remind');
    assert.equal(await countEmails(), earlier, 'nobody is reminded at once');
    await ask(`update forms.saved_applications set saved_at = now() - interval '8 days' where application_id = $1`, [
      id,
    ]);
    await ask(`update forms.applications set expires_at = now() + interval '2 days' where id = $1`, [id]);
    await runJob('forms.remind');
    await runJob('forms.remind');
    assert.equal(await countEmails(), earlier + 1);
    assert.equal(await newestLink(), link, 'with the link that still works');

    await ask(`update forms.applications set expires_at = now() - interval '1 minute' where id = $1`, [id]);
    assert.equal((await program.browser().get(link)).status, 410);
    assert.equal(await eraseExpired(whole.database), 1);
    const failed = await ask(`select 1 from measures.transactions where transaction_id = $1 and event = 'failed'`, [
      id,
    ]);
    assert.equal(failed.length, 1);
    assert.equal((await ask('select 1 from forms.saved_applications where application_id = $1', [id])).length, 0);
  });
});

suite('whoever asks for a link again', () => {
  test('is answered alike whether the address is known or not, and gets the link by e-mail only', async () => {
    const { link } = await saveOne('known@example.org');
    const earlier = await countEmails();
    const browser = program.browser();
    await browser.get(`${address}/return`);
    const known = await browser.post(`${address}/return`, { email: ' Known@example.org' });
    const unknown = await browser.post(`${address}/return`, { email: 'unknown@example.org' });
    assert.deepEqual([known.status, known.location], [unknown.status, unknown.location]);
    assert.equal(await countEmails(), earlier, 'nothing is looked up before the answer');
    const jobs = await ask<{ payload: Record<string, unknown> }>(
      `select payload from graphile_worker._private_jobs j join graphile_worker._private_tasks t on t.id = j.task_id where t.identifier = 'forms.send-links'`,
    );
    assert.equal(jobs.length, 2);
    assert.ok(!JSON.stringify(jobs).includes('example.org'), 'the queue holds no address');
    for (const { payload } of jobs) await runJob('forms.send-links', payload);
    assert.equal(await countEmails(), earlier + 1);
    assert.equal(await newestLink(), link);
  });

  test('gets no more than five in a day for one application', async () => {
    await saveOne('often@example.org');
    const earlier = await countEmails();
    const fingerprint = program.keyring.fingerprint('email', 'often@example.org').toString('hex');
    for (let time = 0; time < 8; time++) await runJob('forms.send-links', { serviceId, fingerprint });
    assert.equal(await countEmails(), earlier + 4);
  });
});

test('capital letters, accents, spaces and punctuation of a memorable answer do not count', () => {
  assert.equal(normaliseAnswer('  Café-Größe 3! '), normaliseAnswer('cafe größe3'));
  assert.notEqual(normaliseAnswer('mill'), normaliseAnswer('mills'));
});
