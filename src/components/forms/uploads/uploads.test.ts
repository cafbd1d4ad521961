import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { Problem, type Scope } from '#platform';
import { eicar, startTestClamd } from '../../../../testing/clamd.ts';
import { startTestProgram, type Browser } from '../../../../testing/program.ts';
import { eraseExpired } from '../applications/applications.ts';
import { form, page, question } from '../definition/forms.fixture.ts';
import { publishForm } from '../versions/versions.ts';

const folder = mkdtempSync(join(tmpdir(), 'commonhold-uploads-'));
const clamd = await startTestClamd();
after(async () => {
  await clamd.stop();
  rmSync(folder, { recursive: true, force: true });
});
const program = await startTestProgram({ DATA_FOLDER: folder, FILE_SCANNER: clamd.address, FILE_MEGABYTES: '2' });
const { ask, whole } = program;
const address = '/services/fishing-licence';

const evidence = form({
  name: 'Evidence',
  pages: [
    page('/name', [question('TextField', 'fullName', 'What is your full name?')]),
    page(
      '/evidence',
      [
        question('FileUploadField', 'evidence', 'Upload your evidence', {
          options: { accept: 'application/pdf,.csv' },
          schema: { min: 2, max: 3 },
        }),
        question('TextField', 'about', 'What does it show?'),
      ],
      { title: 'Your evidence' },
    ),
    page('/photo', [
      question('FileUploadField', 'photo', 'Upload a photo', { options: { required: false }, schema: { max: 1 } }),
    ]),
    page('/summary', [], { title: 'Summary', controller: 'SummaryPageController' }),
  ],
});
const pdf = Buffer.concat([Buffer.from('%PDF-1.7\n'), Buffer.alloc(3000, 'x'), Buffer.from('\n%%EOF')]);
const jpeg = Buffer.concat([Buffer.from('ffd8ffe000104a46494600010100000100010000', 'hex'), Buffer.alloc(2000)]);
let scope: Scope;
let serviceId = '';

before(async () => {
  const [service] = await ask<{ organisation_id: string; id: string }>(
    `select organisation_id, id from organisations.services where slug = 'fishing-licence'`,
  );
  assert.ok(service);
  scope = { organisationId: service.organisation_id, actor: { kind: 'system', name: 'test' } };
  serviceId = service.id;
  await whole.database.transact(scope, (tx) =>
    publishForm(tx, { serviceId, definition: evidence, canScanFiles: true }),
  );
});

/** Somebody who has come to the page that asks for evidence. */
async function beginApplication(): Promise<Browser> {
  const browser = program.browser();
  await browser.get(address);
  await browser.post(`${address}/start`);
  const { location } = await browser.post(`${address}/apply/name`, { fullName: 'Maren Holt' });
  assert.equal(location, `${address}/apply/evidence`);
  return browser;
}

const sendFiles = (
  browser: Browser,
  fields: Readonly<Record<string, string>>,
  ...files: readonly (readonly [string, Buffer])[]
) =>
  browser.upload(
    `${address}/apply/evidence`,
    fields,
    files.map(([name, content]) => ({ field: 'evidence', name, content })),
  );

const namesOn = (html: string): string[] =>
  [...html.matchAll(/visually-hidden"> ([^<]+)<\/span><\/button>/g)].map(([, name = '']) => name);
const idsOn = (html: string): string[] => [...html.matchAll(/name="remove" value="([^"]+)"/g)].map(([, id = '']) => id);
const listStored = (): number =>
  readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile()).length;

/** Does what the queue would do with every file now. */
async function settleFiles(): Promise<void> {
  const job = whole.jobs.find(({ name }) => name === 'platform.settle-file');
  assert.ok(job);
  const files = await ask<{ id: string }>(
    `select id from platform.files where state in ('waiting', 'infected', 'forgotten')`,
  );
  for (const { id } of files) {
    await job.run(
      { fileId: id, tries: 0 },
      {
        database: whole.database,
        log: whole.log,
        organisationId: scope.organisationId,
        scope,
        attempt: 1,
        lastAttempt: false,
      },
    );
  }
}

suite('a page that asks for files', () => {
  test('says what is taken, and keeps what was uploaded while more is added and removed', async () => {
    const browser = await beginApplication();
    const first = await browser.get(`${address}/apply/evidence`);
    assert.match(first.body, /enctype="multipart\/form-data"/);
    assert.match(first.body, /Each file must be a PDF or CSV/);
    assert.match(first.body, /You can upload up to 3 files/);

    const uploaded = await sendFiles(
      browser,
      { upload: 'evidence', about: 'My income' },
      ['one.pdf', pdf],
      ['two.csv', Buffer.from('a,b')],
    );
    assert.deepEqual([uploaded.status, uploaded.location], [303, `${address}/apply/evidence`]);
    const shown = await browser.get(`${address}/apply/evidence`);
    assert.deepEqual(namesOn(shown.body), ['one.pdf', 'two.csv']);
    assert.match(shown.body, /Being checked/);
    assert.match(shown.body, /value="My income"/, 'what was typed beside it is kept');

    const [id = ''] = idsOn(shown.body);
    await sendFiles(browser, { remove: id, about: 'My income' });
    assert.deepEqual(namesOn((await browser.get(`${address}/apply/evidence`)).body), ['two.csv']);

    const onward = await sendFiles(browser, { about: 'My income' }, ['three.pdf', pdf]);
    assert.equal(onward.location, `${address}/apply/photo`, 'a file that is chosen is sent by Continue as well');
    assert.deepEqual(namesOn((await browser.get(`${address}/apply/evidence`)).body), ['two.csv', 'three.pdf']);
  });

  test('tells in its own words what was wrong with a file, and keeps the others', async () => {
    const browser = await beginApplication();
    const wrong = await sendFiles(browser, { upload: 'evidence' }, ['one.pdf', pdf], ['photo.pdf', jpeg]);
    assert.equal(wrong.status, 422);
    assert.match(wrong.body, /href="#evidence">“photo.pdf” must be a PDF or CSV</);
    assert.match(wrong.body, /<title>Error: /);
    assert.deepEqual(namesOn(wrong.body), ['one.pdf']);
    const empty = await sendFiles(browser, { upload: 'evidence' }, ['empty.csv', Buffer.alloc(0)]);
    assert.match(empty.body, /“empty.csv” is empty/);
    const large = await sendFiles(browser, { upload: 'evidence' }, [
      'large.pdf',
      Buffer.concat([pdf, Buffer.alloc(2_000_000)]),
    ]);
    assert.match(large.body, /“large.pdf” must be smaller than 2MB/);
    const many = await sendFiles(browser, { upload: 'evidence' }, ['2.pdf', pdf], ['3.pdf', pdf], ['4.pdf', pdf]);
    assert.match(many.body, /You can only upload up to 3 files/);
    assert.deepEqual(namesOn(many.body), ['one.pdf', '2.pdf', '3.pdf']);
    assert.ok(!/type="file"/.test(many.body), 'with as many as are taken there is nothing to choose');
  });

  test('asks for as many as the form wants, and for the other answers, without losing the files', async () => {
    const browser = await beginApplication();
    const few = await sendFiles(browser, {}, ['one.pdf', pdf]);
    assert.equal(few.status, 422);
    assert.match(few.body, /Upload at least 2 files/);
    assert.match(few.body, /Enter/);
    assert.deepEqual(namesOn(few.body), ['one.pdf']);
    const skipped = await browser.get(`${address}/check-your-answers`);
    assert.match(skipped.location ?? '', /apply\/evidence/, 'nobody gets past it by the address');
  });

  test('tells of a file in which the scanner found something, and takes no application with it', async () => {
    const browser = await beginApplication();
    await sendFiles(browser, { about: 'x' }, ['one.pdf', pdf], ['bad.csv', eicar]);
    await browser.upload(`${address}/apply/photo`, {}, []);
    assert.equal((await browser.get(`${address}/check-your-answers`)).status, 200);
    await settleFiles();
    const refused = await browser.post(`${address}/check-your-answers`);
    assert.match(refused.location ?? '', /apply\/evidence\?change=yes/);
    const shown = await browser.get(refused.location ?? '');
    assert.match(shown.body, /“bad.csv” contains a virus/);
    assert.match(shown.body, /Virus found/);
    const stuck = await sendFiles(browser, { about: 'x' });
    assert.equal(stuck.status, 422);
    await sendFiles(browser, { remove: idsOn(shown.body)[1] ?? '', about: 'x' });
    await sendFiles(browser, { about: 'x' }, ['good.csv', Buffer.from('a,b')]);
    const sent = await browser.post(`${address}/check-your-answers`);
    assert.equal(sent.location, `${address}/confirmation`);
  });

  test('takes nothing from whoever has no application, is too early, or forges the form', async () => {
    const stored = listStored();
    const nobody = program.browser();
    const begun = await sendFiles(nobody, { upload: 'evidence' }, ['one.pdf', pdf]);
    assert.equal(begun.status, 410);
    const early = program.browser();
    await early.get(address);
    await early.post(`${address}/start`);
    assert.match((await sendFiles(early, {}, ['one.pdf', pdf])).location ?? '', /check-your-answers/);
    const forged = await program.server.inject({
      method: 'POST',
      url: `${address}/apply/evidence`,
      headers: {
        'content-type': 'multipart/form-data; boundary=b',
        cookie: [...(await beginApplication()).cookies].map(([name, value]) => `${name}=${value}`).join('; '),
      },
      payload: `--b\r\ncontent-disposition: form-data; name="evidence"; filename="a.pdf"\r\n\r\n${pdf.toString('latin1')}\r\n--b--\r\n`,
    });
    assert.equal(forged.statusCode, 403);
    assert.equal(listStored(), stored);
  });

  test('lets nobody name the file of somebody else', async () => {
    const theirs = await beginApplication();
    await sendFiles(theirs, { upload: 'evidence' }, ['theirs.pdf', pdf]);
    const [id = ''] = idsOn((await theirs.get(`${address}/apply/evidence`)).body);
    const browser = await beginApplication();
    await sendFiles(browser, { remove: id, upload: 'evidence' });
    await browser.post(`${address}/apply/evidence`, { evidence: [id, id], about: 'x' });
    assert.deepEqual(namesOn((await browser.get(`${address}/apply/evidence`)).body), []);
    assert.deepEqual(namesOn((await theirs.get(`${address}/apply/evidence`)).body), ['theirs.pdf']);
  });

  test('keeps a file once that is sent again since its first answer was lost, whatever else is there', async () => {
    const browser = await beginApplication();
    await sendFiles(browser, { upload: 'evidence' }, ['one.pdf', pdf], ['two.csv', Buffer.from('a,b')]);
    const again = await sendFiles(browser, { about: 'x' }, ['one.pdf', pdf], ['two.csv', Buffer.from('a,b')]);
    assert.equal(again.location, `${address}/apply/photo`);
    await sendFiles(browser, { upload: 'evidence' }, ['two.csv', Buffer.from('a,c')]);
    const { body } = await browser.get(`${address}/apply/evidence`);
    assert.deepEqual(namesOn(body), ['one.pdf', 'two.csv', 'two.csv'], 'another file of the same name is another file');
    await settleFiles();
    const [row] = await ask<{ n: number }>(
      `select count(*)::int as n from platform.files where state = 'arriving' or owner_id = $1`,
      [[...browser.cookies].find(([name]) => name.startsWith('application_'))?.[1].split('.')[0]],
    );
    assert.equal(row?.n, 3);
  });

  test('loses no file where two windows upload at once', async () => {
    const browser = await beginApplication();
    await Promise.all([
      sendFiles(browser, { upload: 'evidence' }, ['one.pdf', pdf]),
      sendFiles(browser, { upload: 'evidence' }, ['two.pdf', pdf]),
    ]);
    const names = namesOn((await browser.get(`${address}/apply/evidence`)).body);
    assert.deepEqual(names.toSorted(), ['one.pdf', 'two.pdf']);
  });
});

suite('files of an application', () => {
  test('come to the caseworker when they are clean, and go with the answers when these are erased', async () => {
    await settleFiles();
    const stored = listStored();
    const browser = await beginApplication();
    await sendFiles(browser, { about: 'My income' }, ['Größe & <income>.pdf', pdf], ['b.csv', Buffer.from('a,b')]);
    await browser.upload(`${address}/apply/photo`, {}, []);
    assert.match((await browser.get(`${address}/check-your-answers`)).body, /Größe &amp; income.pdf<br>b.csv/);
    await browser.post(`${address}/check-your-answers`);
    const confirmation = await browser.get(`${address}/confirmation`);
    const reference = /<strong>([\w-]+)<\/strong>/.exec(confirmation.body)?.[1] ?? '';

    const cases = `/staff/organisations/${scope.organisationId}/services/${serviceId}/cases`;
    const caseworker = await program.signIn('Edith Brandt');
    const { location: theCase = '' } = await caseworker.get(`${cases}?reference=${reference}`);
    assert.match((await caseworker.get(theCase)).body, /Being checked for viruses/);
    const [waiting] = await ask<{ id: string }>(`select id from platform.files where state = 'waiting'`);
    assert.equal((await caseworker.get(`${theCase}/files/${waiting?.id ?? ''}`)).status, 503);

    await settleFiles();
    const { body } = await caseworker.get(theCase);
    const [, link = ''] = /href="([^"]+\/files\/[^"]+)">Größe &amp; income.pdf</.exec(body) ?? [];
    const file = await caseworker.get(link);
    assert.equal(file.status, 200);
    assert.equal(file.body, pdf.toString());
    assert.equal(
      file.headers['content-disposition'],
      `attachment; filename*=UTF-8''Gr%C3%B6%C3%9Fe%20%26%20income.pdf`,
    );
    assert.equal(file.headers['x-content-type-options'], 'nosniff');
    const [audited] = await ask<{ n: number }>(
      `select count(*)::int as n from platform.audit_entries where action = 'casework.file-opened'`,
    );
    assert.equal(audited?.n, 1);
    const [other] = await ask<{ id: string }>(
      `select id from platform.files where owner_kind = 'forms.application' and state = 'clean' limit 1`,
    );
    assert.equal((await caseworker.get(`${theCase}/files/${other?.id ?? ''}`)).status, 404, 'only files of the case');

    const forms = whole.parts.find(({ name }) => name === 'forms');
    await whole.database.transact(scope, async (tx) => {
      assert.equal(await forms?.personalData?.erase(tx, serviceId, [reference]), 1);
    });
    assert.equal((await caseworker.get(link)).status, 404);
    await settleFiles();
    assert.equal(listStored(), stored);
  });

  test('go with it when it expires', async () => {
    await settleFiles();
    const stored = listStored();
    const browser = await beginApplication();
    await sendFiles(browser, { upload: 'evidence' }, ['one.pdf', pdf]);
    assert.equal(listStored(), stored + 1);
    await ask(`update forms.applications set expires_at = now() - interval '1 day' where id = $1`, [
      [...browser.cookies].find(([name]) => name.startsWith('application_'))?.[1].split('.')[0],
    ]);
    assert.equal(await eraseExpired(whole.database), 1);
    await settleFiles();
    assert.equal(listStored(), stored);
  });
});

test('a form that asks for files cannot be published where nothing scans them, and says what to do', async () => {
  await assert.rejects(
    whole.database.transact(scope, (tx) => publishForm(tx, { serviceId, definition: evidence })),
    (error: unknown) =>
      error instanceof Problem && error.kind === 'unprocessable' && /Set FILE_SCANNER/.test(error.message),
  );
});

suite('files that are asked for about each of several things', () => {
  const claim = '/services/vehicle-damage';

  /** Somebody who has come to the photographs of the first damage; says where they are. */
  async function beginClaim(): Promise<{ browser: Browser; photos: string }> {
    const browser = program.browser();
    await browser.get(claim);
    await browser.post(`${claim}/start`);
    const day = new Date(Date.now() - 7 * 86_400_000).toISOString().slice(0, 10).split('-');
    const [year = '', month = '', date = ''] = day;
    await browser.post(`${claim}/apply/when`, { 'when-year': year, 'when-month': month, 'when-day': date });
    await browser.post(`${claim}/apply/where`, { where: 'The bridge' });
    const { location: first = '' } = await browser.get(`${claim}/apply/part`);
    const { location: photos = '' } = await browser.post(first, { part: 'tyre', cost: '120' });
    return { browser, photos };
  }

  const sendPhoto = (browser: Browser, to: string, name: string, fields: Readonly<Record<string, string>> = {}) =>
    browser.upload(to, fields, [{ field: 'photos', name, content: Buffer.concat([pdf, Buffer.from(name)]) }]);
  const applicationOf = (browser: Browser): string =>
    [...browser.cookies].find(([name]) => name.startsWith('application_'))?.[1].split('.')[0] ?? '';
  const countFiles = async (owner: string): Promise<number> =>
    (
      await ask<{ n: number }>(
        `select count(*)::int as n from platform.files where owner_id = $1 and state in ('waiting', 'clean')`,
        [owner],
      )
    )[0]?.n ?? 0;

  test('stay with their own thing, are seen in its answers, and go when it is removed', async () => {
    const { browser, photos } = await beginClaim();
    assert.match(photos, /\/part\/~\w+\/photos$/);
    assert.equal((await browser.upload(photos, {}, [])).status, 422, 'a photograph is asked for');
    await sendPhoto(browser, photos, 'tyre.pdf', { upload: 'photos' });
    assert.deepEqual(namesOn((await browser.get(photos)).body), ['tyre.pdf']);
    const { location: item = '' } = await browser.upload(photos, {}, []);
    assert.match((await browser.get(item)).body, /Check your answers[^]*tyre\.pdf/);

    const { location: second = '' } = await browser.post(`${claim}/apply/part`, { another: 'yes' });
    const { location: others = '' } = await browser.post(second, { part: 'body', cost: '80' });
    assert.deepEqual(namesOn((await browser.get(others)).body), [], 'the photographs of the first are not here');
    await sendPhoto(browser, others, 'door.pdf');
    const id = applicationOf(browser);
    assert.equal(await countFiles(id), 2);
    await browser.post(`${item}?remove=yes`, { remove: 'yes' });
    assert.equal(await countFiles(id), 1, 'what was removed takes its photographs along');
    assert.deepEqual(namesOn((await browser.get(others)).body), ['door.pdf']);

    await browser.post(`${claim}/apply/part`, { another: 'no' });
    await browser.upload(`${claim}/apply/bills`, {}, []);
    await browser.post(`${claim}/apply/name`, { fullName: 'Maren Holt' });
    await browser.post(`${claim}/apply/email-address`, { email: 'maren.holt@example.org' });
    const check = await browser.get(`${claim}/check-your-answers`);
    assert.match(check.body, /Damage 1[^]*door\.pdf/);
    assert.doesNotMatch(check.body, /tyre\.pdf/);
    const sent = await browser.post(`${claim}/check-your-answers`);
    assert.equal(sent.location, `${claim}/confirmation`);
    const [submission] = await ask<{ id: string }>(`select id from forms.submissions where application_id = $1`, [id]);
    assert.deepEqual([await countFiles(id), await countFiles(submission?.id ?? '')], [0, 1]);
  });

  test('are taken from nobody who has not come to the thing, and lie in no other person’s', async () => {
    const { photos } = await beginClaim();
    const early = program.browser();
    await early.get(claim);
    await early.post(`${claim}/start`);
    const refused = await sendPhoto(early, photos, 'x.pdf');
    assert.match(refused.location ?? '', /check-your-answers/);
    assert.equal(await countFiles(applicationOf(early)), 0);
    const { browser: other } = await beginClaim();
    assert.notEqual((await other.get(photos)).status, 500);
    assert.deepEqual(namesOn((await other.get(photos)).body), []);
  });
});
