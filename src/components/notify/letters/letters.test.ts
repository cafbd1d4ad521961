import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, suite, test } from 'node:test';
import PdfDocument from 'pdfkit';
import { getDocument } from 'pdfjs-dist/legacy/build/pdf.mjs';
import { createCalendar, type Job, type Scope, type Tx } from '#platform';
import { startTestProgram } from '../../../../testing/program.ts';
import { createSending } from '../hand-over/sending.ts';
import { createTemplate } from '../templates/templates.ts';
import { handOverLetters } from './batches.ts';
import { makeLetterPdf } from './letter-pdf.ts';
import { checkReadyLetter } from './ready-letter-check.ts';
import { returnLetters } from './returned-letters.ts';
import { addressWindow, toPoints } from './sheet.ts';

const folder = await mkdtemp(join(tmpdir(), 'commonhold-letters-'));
after(() => rm(folder, { recursive: true, force: true }));
const program = await startTestProgram({ FILE_SCANNER: 'development' });
const { whole, server, keyring } = program;
const { database } = whole;
const calendar = createCalendar('Europe/London');
let isScannerAway = false;
const testScanner = {
  isReal: false,
  async scan(content: AsyncIterable<Buffer>) {
    if (isScannerAway) throw new Error('the scanner is away');
    const chunks: Buffer[] = [];
    for await (const chunk of content) chunks.push(chunk);
    return { found: Buffer.concat(chunks).includes('Trial-Virus') ? 'Trial-Virus' : null, scannedBy: 'test' };
  },
};
const sending = createSending({
  database,
  keyring,
  settings: { ...program.settings, lettersFolder: folder },
  webhooks: whole.webhooks,
  calendar,
  scanner: testScanner,
});
const batching = { database, keyring, calendar, providers: sending.providers, rates: sending.rates };
const [fishing] = await program.ask<{ organisation_id: string; id: string }>(
  `select organisation_id, id from organisations.services where slug = 'fishing-licence'`,
);
assert.ok(fishing);
const scope: Scope = { organisationId: fishing.organisation_id, actor: { kind: 'system', name: 'test' } };
const template = await database.transact(scope, (tx) =>
  createTemplate(tx, {
    serviceId: fishing.id,
    name: 'licence',
    type: 'letter',
    subject: 'Your licence',
    body: '((text))',
  }),
);

const letter = {
  address: 'Ŵyn Tŷ\n1 Heol y Dŵr\nCaerdydd\nCF10 1AA',
  contactBlock: 'Fishing licences\n1 Weir Street',
  subject: 'Eich trwydded – ẁẃẅ ŵ ŷ ỳ ý',
  body: '# Ready\n\nDear "Wyn",\n\n* one\n* [two](https://a.example)\n\nThen:\n\n1. first\n\n^ Keep this.',
  date: '25 November 2026',
  writtenAt: '2026-11-25T01:00:00.000Z',
};

suite('a letter from a template', () => {
  test('is A4, with its address in the window, and Welsh letters and quotes as they are written', async () => {
    const { pdf, pages } = await makeLetterPdf(letter);
    assert.equal(pages, 1);
    const checked = await checkReadyLetter(pdf);
    assert.deepEqual(checked, { pages: 1, address: letter.address.split('\n'), postage: null });
    const text = await textOf(pdf);
    for (const words of [
      'ẁẃẅ ŵ ŷ ỳ ý',
      'Dear “Wyn”',
      '1.',
      'two: https://a.example',
      '25 November 2026',
      'Keep this.',
    ]) {
      assert.ok(text.includes(words), words);
    }
  });

  test('is the same file for the same words, and numbers its pages where there are several', async () => {
    const long = { ...letter, body: Array.from({ length: 200 }, (_, line) => `Paragraph ${line}`).join('\n\n') };
    const { pdf, pages } = await makeLetterPdf(long);
    assert.ok(pages > 3);
    const text = await textOf(pdf);
    assert.ok(text.includes(`Page ${pages} of ${pages}`));
    assert.ok((await makeLetterPdf(letter)).pdf.equals((await makeLetterPdf(letter)).pdf));
  });

  test('keeps a long line of an address, and seven lines, within the window', async () => {
    const lines = ['x'.repeat(90), 'two', 'three', 'four', 'five', 'six', 'SW1A 1AA'];
    const checked = await checkReadyLetter((await makeLetterPdf({ ...letter, address: lines.join('\n') })).pdf);
    assert.ok('address' in checked, JSON.stringify(checked));
    assert.deepEqual(checked.address, lines);
  });
});

suite('a letter that is a PDF already', () => {
  const cases: [string, string, () => Promise<Buffer>][] = [
    ['is no PDF', 'unable-to-read-the-file', async () => Buffer.from('%PDF-1.7 nonsense')],
    ['has a password', 'unable-to-read-the-file', () => draw({ userPassword: 'secret' })],
    ['has eleven pages', 'letter-too-long', () => draw({ pages: 11 })],
    ['is of another size', 'letter-not-a4-portrait-oriented', () => draw({ size: 'LETTER' })],
    ['lies on its side', 'letter-not-a4-portrait-oriented', () => draw({ layout: 'landscape' })],
    ['has no address in the window', 'address-is-empty', () => draw({ address: [] })],
    ['has an address without a postcode', 'address-cannot-be-read', () => draw({ address: ['A', 'B', 'C'] })],
    ['has text at the edge', 'content-outside-printable-area', () => draw({ edge: true })],
  ];
  for (const [what, fault, make] of cases) {
    test(`is refused where it ${what}`, async () => {
      const checked = await checkReadyLetter(await make());
      assert.ok('fault' in checked);
      assert.equal(checked.fault, fault);
      assert.match(checked.words, /[.]$/);
    });
  }

  test('is checked, shown by the API, and handed over as it came', async () => {
    const pdf = await draw({});
    const sent = await post({ reference: 'ready 1', content: pdf.toString('base64'), postage: 'first' });
    assert.equal(sent.statusCode, 201, sent.body);
    const { id } = sent.json();
    assert.deepEqual(sent.json(), { id, reference: 'ready 1', postage: 'first' });
    assert.equal((await get(id)).json().status, 'pending-virus-check');
    await run('notify.check-letter', { messageId: id });
    const shown = (await get(id)).json();
    assert.deepEqual([shown.status, shown.line_1, shown.line_4], ['accepted', 'Ada Weir', 'SW1A 1AA']);
    assert.ok((await get(`${id}/pdf`)).rawPayload.equals(pdf));

    const bad = await post({ reference: 'ready 2', content: (await draw({ address: [] })).toString('base64') });
    await run('notify.check-letter', { messageId: bad.json().id });
    assert.equal((await get(bad.json().id)).json().status, 'validation-failed');
    const wrong = await post({ reference: 'ready 3', content: Buffer.from('hello').toString('base64') });
    assert.equal(wrong.statusCode, 400);
    const undecodable = await post({ reference: 'ready 4', content: '*' });
    assert.deepEqual(undecodable.json().errors, [
      { error: 'BadRequestError', message: 'Cannot decode letter content (invalid base64 encoding)' },
    ]);
  });

  test('waits while the scanner is away, and is kept by nobody where it holds a virus', async () => {
    const pdf = Buffer.concat([await draw({}), Buffer.from('\n% Trial-Virus')]);
    const { id } = (await post({ reference: 'virus', content: pdf.toString('base64') })).json();
    isScannerAway = true;
    await run('notify.check-letter', { messageId: id });
    assert.deepEqual(await statusesOf([id]), ['pending-virus-check']);
    const queued = await program.ask(
      `select 1 from graphile_worker._private_jobs where payload->>'messageId' = $1 and run_at > now()`,
      [id],
    );
    assert.equal(queued.length, 1, 'it is scanned again later');
    isScannerAway = false;
    await run('notify.check-letter', { messageId: id });
    assert.equal((await get(id)).json().status, 'virus-scan-failed');
    assert.equal((await get(`${id}/pdf`)).json().errors[0].message, 'File did not pass the virus scan');
    const kept = await program.ask('select 1 from notify.letters where message_id = $1 and sealed_pdf is not null', [
      id,
    ]);
    assert.equal(kept.length, 0);
    const staff = await program.signIn('Petra Lindqvist');
    assert.equal((await staff.get(`${pageOf(id)}/letter.pdf`)).status, 404);
  });

  test('is taken once with an Idempotency-Key, and counts against the rate', async () => {
    const content = (await draw({})).toString('base64');
    const once = (reference: string) => post({ reference, content }, { 'idempotency-key': 'a letter' });
    const answers = await Promise.all(Array.from({ length: 4 }, () => once('one')));
    for (const answer of answers) assert.equal(answer.statusCode, 201, answer.body);
    assert.equal(new Set(answers.map((answer) => answer.json().id)).size, 1);
    assert.equal((await once('another')).statusCode, 409);
    await program.ask(
      `update notify.request_rates set tokens = 0, counted_at = now() + interval '1 hour' where key_kind = 'live'`,
    );
    const over = await post({ reference: 'one more', content });
    assert.deepEqual([over.statusCode, over.json().errors[0].error], [429, 'RateLimitError']);
    await program.ask('delete from notify.request_rates');
  });

  test('is refused where nothing scans files', async () => {
    const unscanned = await startTestProgram();
    const answer = await unscanned.server.inject({
      method: 'POST',
      url: '/notify/v2/notifications/letter',
      headers: {
        authorization: `Bearer ${await unscanned.tokenFor('fishing-licence')}`,
        'content-type': 'application/json',
      },
      payload: JSON.stringify({ reference: 'x', content: (await draw({})).toString('base64') }),
    });
    assert.deepEqual(
      [answer.statusCode, answer.json().errors[0].message],
      [400, 'Letters cannot be sent as PDFs, because nothing scans files for viruses here'],
    );
  });
});

suite('a batch', () => {
  test('appears whole, once, with a manifest; its letters cost what they cost', async () => {
    await handOverLetters(batching, scope);
    const before = await readdir(folder);
    const ids = [await send('One'), await send(Array.from({ length: 120 }, () => 'Long').join('\n\n'))];
    assert.equal(await handOverLetters(batching, scope), 2);
    assert.equal(await handOverLetters(batching, scope), 0);
    const made = (await readdir(folder)).filter((name) => !before.includes(name));
    assert.equal(made.length, 1, 'one folder, and nothing half done');
    const batch = join(folder, made[0] ?? '');
    const manifest: { count: number; letters: { id: string; file: string; pages: number; sha256: string }[] } =
      JSON.parse(await readFile(join(batch, 'manifest.json'), 'utf8'));
    assert.equal(manifest.count, 2);
    for (const each of manifest.letters) {
      assert.ok(ids.includes(each.id));
      const pdf = await readFile(join(batch, each.file));
      assert.equal(createHash('sha256').update(pdf).digest('hex'), each.sha256);
    }
    const shown = (await get(ids[1] ?? '')).json();
    const { pages = 0 } = manifest.letters.find((each) => each.id === ids[1]) ?? {};
    const sheets = Math.ceil(pages / 2);
    assert.ok(sheets >= 2);
    assert.equal(shown.is_cost_data_ready, true);
    assert.deepEqual(shown.cost_details, { billable_sheets_of_paper: sheets, postage: 'second' });
    assert.equal(Math.round(shown.cost_in_pounds * 100), 65 + sheets * 6);
    const [charged] = await program.ask<{ count: number }>(
      `select count(*)::int as count from measures.unit_charges where component = 'notify' and charge_key = any($1)`,
      [ids],
    );
    assert.equal(charged?.count, 2);
  });

  test('that could not be written is the same batch the next time, and leaves nothing behind', async () => {
    const id = await send('Again');
    // A file stands where the folder should be, as a disk that is full or away would refuse it.
    const before = await readdir(folder);
    const broken = createSending({
      database,
      keyring,
      settings: { ...program.settings, lettersFolder: join(folder, before[0] ?? '', 'manifest.json') },
      webhooks: whole.webhooks,
      calendar,
      scanner: testScanner,
    });
    await assert.rejects(
      handOverLetters({ ...batching, providers: broken.providers }, scope),
      /The folder for letters cannot be written to/,
    );
    assert.equal((await get(id)).json().status, 'accepted');
    assert.deepEqual(await readdir(folder), before);
    assert.equal(await handOverLetters(batching, scope), 1);
    assert.deepEqual(await statusesOf([id]), ['sending']);
  });

  test('that was written but not recorded is not written again', async () => {
    const id = await send('Once');
    let transactions = 0;
    const dying = {
      ...database,
      async transact<T>(of: Scope, work: (tx: Tx) => Promise<T>): Promise<T> {
        transactions += 1;
        const written = (await readdir(folder)).filter((name) => !name.startsWith('.')).length > count;
        if (written) throw new Error('the database is away');
        return database.transact(of, work);
      },
    };
    const count = (await readdir(folder)).length;
    await assert.rejects(handOverLetters({ ...batching, database: dying }, scope));
    assert.ok(transactions > 0);
    const names = await readdir(folder);
    assert.equal(await handOverLetters(batching, scope), 1);
    assert.equal((await readdir(folder)).length, names.length);
    assert.deepEqual(await statusesOf([id]), ['sending']);
  });

  test('leaves out a letter that is too long, which fails with the reason', async () => {
    const id = await send(Array.from({ length: 900 }, () => 'Long').join('\n\n'));
    assert.equal(await handOverLetters(batching, scope), 0);
    assert.deepEqual(await statusesOf([id]), ['validation-failed']);
  });

  test('a letter that the post brings back says so, once', async () => {
    const id = await send('Back');
    await handOverLetters(batching, scope);
    const back = () => database.transact(scope, (tx) => returnLetters(tx, sending.callbacks, [id]));
    assert.deepEqual([await back(), await back()], [[id], []]);
    assert.equal((await get(id)).json().status, 'received');
    assert.deepEqual(await statusesOf([id]), ['returned-letter']);
  });

  test('an operator enters the printer’s list, and the service sees its letter, and what it looks like', async () => {
    const id = await send('Entered');
    await handOverLetters(batching, scope);
    const operator = await program.signIn('Oriel Tandy');
    const list = `${id.toUpperCase()}.pdf\nnonsense ${scope.organisationId}`;
    const page = await operator.post('/staff/operations/returned-letters', { letters: list });
    assert.match(page.body, /One letter was recorded/);
    assert.match(page.body, /<li>nonsense<\/li><li>/);
    const again = await operator.post('/staff/operations/returned-letters', { letters: id });
    assert.doesNotMatch(again.body, /recorded<\/h/);
    assert.equal((await operator.post('/staff/operations/returned-letters', { letters: ' ' })).status, 400);
    const staff = await program.signIn('Edith Brandt');
    const shown = await staff.get(`${pageOf('')}?show=returned`);
    assert.match(shown.body, new RegExp(id));
    const one = await staff.get(pageOf(id));
    assert.match(one.body, /See the letter as it is printed/);
    const pdf = await staff.get(`${pageOf(id)}/letter.pdf`);
    assert.equal(pdf.headers['content-type'], 'application/pdf');
    assert.match(pdf.body, /^%PDF-/);
  });
});

/** A PDF as a department might make it. */
async function draw(options: {
  pages?: number;
  address?: readonly string[];
  edge?: boolean;
  userPassword?: string;
  size?: string;
  layout?: 'landscape' | 'portrait';
}): Promise<Buffer> {
  const {
    pages = 1,
    address = ['Ada Weir', '1 Weir Cottages', 'Eldmouth', 'SW1A 1AA'],
    edge = false,
    ...given
  } = options;
  const document = new PdfDocument({ size: 'A4', ...given });
  const chunks: Buffer[] = [];
  document.on('data', (chunk: Buffer) => chunks.push(chunk));
  const ended = new Promise<void>((resolve) => document.once('end', () => resolve()));
  for (const [index, line] of address.entries()) {
    document.fontSize(10).text(line, addressWindow.left + 5, addressWindow.top + 3 + index * 12, { lineBreak: false });
  }
  document.text('Dear Ada', toPoints(20), toPoints(110));
  if (edge) document.text('At the edge', 2, toPoints(150), { lineBreak: false });
  for (let page = 1; page < pages; page += 1) document.addPage().text('More');
  document.end();
  await ended;
  return Buffer.concat(chunks);
}

async function textOf(pdf: Buffer): Promise<string> {
  const document = await getDocument({ data: new Uint8Array(pdf), verbosity: 0 }).promise;
  const texts: string[] = [];
  for (let number = 1; number <= document.numPages; number += 1) {
    const { items } = await (await document.getPage(number)).getTextContent();
    texts.push(items.map((item) => ('str' in item ? item.str : '')).join(' '));
  }
  return texts.join('\n').replaceAll(/ +/g, ' ');
}

async function headers(): Promise<Record<string, string>> {
  return {
    authorization: `Bearer ${await program.tokenFor('fishing-licence')}`,
    'content-type': 'application/json',
  };
}

function pageOf(id: string): string {
  return `/staff/organisations/${scope.organisationId}/services/${fishing?.id}/messages${id === '' ? '' : `/${id}`}`;
}

async function post(body: object, more: Record<string, string> = {}) {
  return server.inject({
    method: 'POST',
    url: '/notify/v2/notifications/letter',
    headers: { ...(await headers()), ...more },
    payload: JSON.stringify(body),
  });
}

async function get(path: string) {
  return server.inject({ method: 'GET', url: `/notify/v2/notifications/${path}`, headers: await headers() });
}

async function send(text: string): Promise<string> {
  const answer = await post({
    template_id: template.id,
    personalisation: {
      address_line_1: 'Ada Weir',
      address_line_2: '1 Weir Cottages',
      address_line_3: 'SW1A 1AA',
      text,
    },
  });
  assert.equal(answer.statusCode, 201, answer.body);
  return answer.json().id;
}

async function statusesOf(ids: readonly string[]): Promise<string[]> {
  const rows = await program.ask<{ status: string }>('select status from notify.messages where id = any($1)', [ids]);
  return rows.map((row) => row.status);
}

async function run(name: string, payload: Record<string, unknown>): Promise<void> {
  const job: Job | undefined = sending.jobs.find((each) => each.name === name);
  assert.ok(job);
  const { organisationId } = scope;
  await job.run(payload, { database, log: whole.log, scope, organisationId, attempt: 1, lastAttempt: false });
}
