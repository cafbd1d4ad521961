import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { newId, newReference } from '#platform';
import { startTestProgram, type Answer } from '../../../../testing/program.ts';
import { openCase } from '../cases.ts';
import { eraseExpired } from '../erasure.ts';

const program = await startTestProgram();
const { keyring } = program;
const fishing = await findService('fishing-licence');
const roads = await findService('report-a-road-fault');
const archive = await findService('archive-visit');
// Edith and Rufus decide fishing licences, Samir manages the service; Wilma decides for another department.
const edith = await program.signIn('Edith Brandt');
const rufus = await program.signIn('Rufus Amani');
const samir = await program.signIn('Samir Okafor');
const wilma = await program.signIn('Wilma Stroud');
const iven = await program.signIn('Iven Sorrel');
const agnes = await program.signIn('Agnes Tull');
const tobin = await program.signIn('Tobin Marsh');

let caseId: string;
let reference: string;
let address: string;

beforeEach(async () => {
  ({ caseId, reference } = await open(fishing));
  address = `${fishing.cases}/${caseId}`;
});

test('the work list shows open cases and finds one by its reference', async () => {
  const list = await edith.get(fishing.cases);
  assert.equal(list.status, 200);
  assert.ok(list.body.includes(reference) && list.body.includes('Efua &lt;b&gt;Mensah&lt;/b&gt;'));
  const found = await edith.get(`${fishing.cases}?reference=${reference.toLowerCase().replaceAll('-', '+')}`);
  assert.deepEqual([found.status, found.location], [303, address]);
  const begins = await edith.get(`${fishing.cases}?reference=${reference.slice(0, 6)}&state=refused`);
  assert.ok(begins.body.includes(reference), 'a reference is looked for in every state');
  const none = await edith.get(`${fishing.cases}?reference=AAAA`);
  assert.ok(none.body.includes('No cases match'));
  const odd = await edith.get(`${fishing.cases}?state=nonsense&assigned=nonsense`);
  assert.equal(odd.status, 200);
});

test('whoever signs in is told which cases are theirs, and which nobody has', async () => {
  const [me] = await program.ask<{ id: string }>(`select id from organisations.people where name = 'Edith Brandt'`);
  assert.ok(me);
  assert.equal((await edith.post(`${address}/assignments`, { to: me.id, revision: '1' })).status, 303);
  const linkTo = (assigned: string): RegExp =>
    new RegExp(`href="${fishing.cases}[?]assigned=${assigned}">(\\d+) cases?`);
  const { body } = await edith.get('/staff');
  assert.match(body, linkTo('me'));
  const nobodys = Number(linkTo('nobody').exec(body)?.[1] ?? 0);
  await open(fishing);
  assert.equal(Number(linkTo('nobody').exec((await edith.get('/staff')).body)?.[1]), nobodys + 1);
  // Rufus has none, and Wilma works for another department.
  assert.doesNotMatch((await rufus.get('/staff')).body, linkTo('me'));
  assert.ok(!(await wilma.get('/staff')).body.includes(fishing.cases));
});

test('a case shows its answers as text, whatever they hold', async () => {
  const page = await edith.get(address);
  assert.equal(page.status, 200);
  assert.ok(page.body.includes('&lt;script&gt;alert(1)&lt;/script&gt;'));
  assert.ok(!page.body.includes('<script>alert'));
  assert.ok(page.body.includes('12 Harbour Road<br>Port Ansa'));
  assert.ok(page.body.includes('Efua &lt;b&gt;Mensah&lt;/b&gt;'));
});

test('a caseworker takes a case, gives it to a colleague and gives it back', async () => {
  const [me] = await program.ask<{ id: string }>(`select id from organisations.people where name = 'Edith Brandt'`);
  const [colleague] = await program.ask<{ id: string }>(
    `select id from organisations.people where name = 'Rufus Amani'`,
  );
  assert.ok(me && colleague);
  const taken = await edith.post(`${address}/assignments`, { to: me.id, revision: '1' });
  assert.deepEqual([taken.status, taken.location], [303, `${address}?done=assigned`]);
  assert.match((await edith.get(`${address}?done=assigned`)).body, /The case is assigned to Edith Brandt/);
  assert.ok((await edith.get(`${fishing.cases}?assigned=me`)).body.includes(reference));
  assert.ok(!(await rufus.get(`${fishing.cases}?assigned=me`)).body.includes(reference));
  assert.ok(!(await rufus.get(`${fishing.cases}?assigned=nobody`)).body.includes(reference));

  const stale = await rufus.post(`${address}/assignments`, { to: colleague.id, revision: '1' });
  assert.equal(stale.status, 409);
  assert.match(stale.body, /It is assigned to Edith Brandt now/);

  assert.equal((await edith.post(`${address}/assignments`, { to: colleague.id, revision: '2' })).status, 303);
  assert.equal((await edith.post(`${address}/assignments`, { to: '', revision: '3' })).status, 303);
  assert.match((await edith.get(address)).body, /Assigned to nobody/);
  const stranger = await edith.post(`${address}/assignments`, { to: newId(), revision: '4' });
  assert.equal(stranger.status, 422);
});

test('a note stands in the history as its writer wrote it, and an empty one is asked for again', async () => {
  const note = newId();
  const empty = await edith.post(`${address}/notes`, { note, text: '  ' });
  assert.equal(empty.status, 400);
  assert.match(empty.body, /<title>Error: /);
  assert.match(empty.body, /href="#text"/);
  const long = await edith.post(`${address}/notes`, { note, text: 'a'.repeat(10_001) });
  assert.match(long.body, /must be 10,000 characters or less. It is 10,001/);
  assert.ok(long.body.includes('a'.repeat(10_001)), 'what was written is not lost');
  assert.equal((await edith.post(`${address}/notes`, { note, text: 'Rang <i>her</i>.\r\nNo answer.' })).status, 303);
  assert.ok((await rufus.get(address)).body.includes('Rang &lt;i&gt;her&lt;/i&gt;.\nNo answer.'));
});

test('a refusal needs a reason, is checked, and is then told', async () => {
  assert.match((await edith.get(`${address}/decision`)).body, /What is your decision\?/);
  const nothing = await edith.post(`${address}/decision/check`, {});
  assert.equal(nothing.status, 400);
  assert.match(nothing.body, /Select whether you approve or refuse/);
  const missing = await edith.post(`${address}/decision/check`, { outcome: 'refused', reason: ' ' });
  assert.equal(missing.status, 400);
  assert.match(missing.body, /Enter the reason why you refuse/);
  const reason = 'The river is <b>closed</b>.\nTry in May.';
  const check = await edith.post(`${address}/decision/check`, { outcome: 'refused', reason });
  assert.equal(check.status, 200);
  assert.ok(check.body.includes('The river is &lt;b&gt;closed&lt;/b&gt;.<br />\nTry in May.'));
  assert.ok(check.body.includes('Will be told by email to efua@example.com'));
  const change = await edith.post(`${address}/decision/check`, { outcome: 'refused', reason, change: 'yes' });
  assert.ok(change.body.includes('The river is &lt;b&gt;closed&lt;/b&gt;.\nTry in May.</textarea>'));
  assert.equal(
    (await edith.post(`${address}/decision`, { outcome: 'refused' })).status,
    400,
    'not even without checking',
  );
  const decided = await edith.post(`${address}/decision`, { outcome: 'refused', reason });
  assert.deepEqual([decided.status, decided.location], [303, `${address}?done=told`]);
  const page = await rufus.get(address);
  assert.ok(page.body.includes('The river is &lt;b&gt;closed&lt;/b&gt;'));
  assert.ok(!page.body.includes('<b>closed'));
  assert.ok(!(await edith.get(fishing.cases)).body.includes(reference));
  const [email] = await messagesAbout(reference);
  assert.ok(email?.includes('was refused') && email.includes('The river is <b>closed</b>.'));
  assert.ok((await edith.get(`${fishing.cases}?state=refused`)).body.includes(reference));
});

test('two caseworkers decide at once: one decides, the other is told who, what and when, and keeps the words', async () => {
  const answers = await Promise.all([
    edith.post(`${address}/decision`, { outcome: 'approved', reason: '' }),
    rufus.post(`${address}/decision`, { outcome: 'refused', reason: 'Too <late>.' }),
  ]);
  assert.deepEqual(
    answers.map(({ status }) => status).toSorted((one, other) => one - other),
    [303, 409],
  );
  const late = await rufus.post(`${address}/decision`, { outcome: 'refused', reason: 'Once more <late>.' });
  assert.equal(late.status, 409);
  assert.match(late.body, /(Edith Brandt approved|You refused) the application on \d+ \w+ \d{4} at /);
  assert.ok(late.body.includes('Once more &lt;late&gt;.'));
  const checked = await rufus.post(`${address}/decision/check`, { outcome: 'approved' });
  assert.equal(checked.status, 409, 'told before the last step too');
  assert.equal((await rufus.get(`${address}/decision`)).location, address);
});

test('a case of another service, or of another organisation, is not found or not permitted', async () => {
  const other = await open(roads);
  assert.equal((await edith.get(`${fishing.cases}/${other.caseId}`)).status, 404);
  assert.equal((await edith.get(`${roads.cases}/${other.caseId}`)).status, 403);
  assert.equal((await wilma.get(address)).status, 403);
  assert.equal((await wilma.get(`${roads.cases}/${caseId}`)).status, 404);
  const mixed = `/staff/organisations/${roads.organisationId}/services/${fishing.id}/cases/${caseId}`;
  assert.ok([403, 404].includes((await wilma.get(mixed)).status));
  const decision = await wilma.post(`${roads.cases}/${caseId}/decision`, { outcome: 'approved' });
  assert.equal(decision.status, 404);
  assert.equal((await edith.get(`${fishing.cases}/nonsense`)).status, 404);
});

test('an auditor reads and changes nothing; a service manager assigns and does not decide', async () => {
  const audited = await iven.get(address);
  assert.equal(audited.status, 200);
  assert.ok(!audited.body.includes('Add a note') && !audited.body.includes(`${address}/decision`));
  assert.equal((await iven.post(`${address}/notes`, { note: newId(), text: 'x' })).status, 403);
  const managed = await samir.get(address);
  assert.ok(managed.body.includes('Add a note') && !managed.body.includes(`${address}/decision`));
  assert.equal((await samir.get(`${address}/decision`)).status, 403);
  assert.equal((await samir.post(`${address}/decision`, { outcome: 'approved' })).status, 403);
});

test('a caseworker of a shared service centre decides under its mandate, and takes cases in their own name', async () => {
  const visit = await open(archive);
  const page = `${archive.cases}/${visit.caseId}`;
  const [me] = await program.ask<{ id: string }>(`select id from organisations.people where name = 'Tobin Marsh'`);
  assert.ok(me);
  assert.match((await tobin.get(page)).body, /You are acting for Department of Records/);
  assert.equal((await tobin.post(`${page}/assignments`, { to: me.id, revision: '1' })).status, 303);
  assert.equal((await tobin.post(`${page}/decision`, { outcome: 'approved', reason: '' })).status, 303);
  assert.match((await tobin.get(page)).body, /Approved/);
});

test('erasure takes answers, notes, reasons and e-mails in every part, and says how many', async () => {
  await edith.post(`${address}/notes`, { note: newId(), text: 'Her brother fishes too.' });
  await edith.post(`${address}/decision`, { outcome: 'approved', reason: 'Good fishing.' });
  assert.equal((await messagesAbout(reference)).length, 1);
  const holders = program.whole.parts.flatMap((part) => part.personalData ?? []);
  const inALongTime = new Date(Date.now() + 40_000 * 86_400_000).toISOString();
  const { cases, records } = await eraseExpired({ database: program.whole.database, holders, now: inALongTime });
  assert.ok(cases >= 1 && Object.values(records).every((count) => count >= 0));
  assert.ok((records['Messages that were sent to you'] ?? 0) >= 1);
  assert.equal((await messagesAbout(reference)).length, 0);
  const page = await edith.get(address);
  assert.ok(page.body.includes('The answers were erased on') && page.body.includes('Decided by'));
  assert.ok(!/Harbour Road|brother|Good fishing|Mensah|efua@/.test(page.body));
  assert.equal((await edith.post(`${address}/notes`, { note: newId(), text: 'One more thing.' })).status, 410);
  const list = await edith.get(`${fishing.cases}?state=approved`);
  assert.ok(list.body.includes(reference));
});

test('everything held on a person is shown and downloaded, and the address stands in no URL and no audit entry', async () => {
  await open(archive);
  const subjectAccess = `/staff/organisations/${archive.organisationId}/subject-access`;
  assert.equal((await edith.get(subjectAccess)).status, 403);
  assert.equal((await agnes.get(subjectAccess)).status, 200);
  const wrong = await agnes.post(subjectAccess, { email: 'efua' });
  assert.equal(wrong.status, 400);
  const shown = await agnes.post(subjectAccess, { email: ' EFUA@example.com ' });
  assert.equal(shown.status, 200);
  assert.ok(shown.body.includes('&lt;script&gt;alert(1)&lt;/script&gt;'));
  const file = await agnes.post(`${subjectAccess}/file`, { email: 'efua@example.com' });
  assert.match(
    String(file.headers['content-disposition']),
    /^attachment; filename="personal-data-\d{4}-\d\d-\d\d\.json"$/,
  );
  assert.equal(file.headers['cache-control'], 'no-store');
  const parsed: { holdings: { title: string; records: unknown[] }[] } = JSON.parse(file.body);
  assert.ok(parsed.holdings.length >= 2, 'more than one part holds personal data');
  assert.ok(parsed.holdings.some(({ records }) => JSON.stringify(records).includes('12 Harbour Road')));
  const nothing = await agnes.post(subjectAccess, { email: 'nobody@example.com' });
  assert.match(nothing.body, /Nothing is held under nobody@example.com/);
  const audited = await program.ask<{ text: string }>(
    `select string_agg(e::text, ' ') as text from platform.audit_entries e where action like 'casework.personal-data%'`,
  );
  const text = audited[0]?.text ?? '';
  assert.ok(text.includes('casework.personal-data-downloaded'));
  assert.ok(!/efua|nobody@/i.test(text));
});

test('the work list goes on by keys, keeps its filters, and loses no case', async () => {
  for (let index = 0; index < 60; index += 1) await open(roads);
  const all: string[] = [];
  let next: string | undefined = `${roads.cases}?assigned=nobody`;
  while (next !== undefined) {
    assert.ok(next.includes('assigned=nobody'));
    const page = await wilma.get(next);
    all.push(...referencesOf(page));
    next = /href="([^"]+)"[^>]*rel="next"/.exec(page.body)?.[1]?.replaceAll('&amp;', '&');
  }
  assert.equal(new Set(all).size, all.length);
  const [counted] = await program.ask<{ count: string }>(
    `select count(*) from casework.cases where service_id = $1 and state = 'open'`,
    [roads.id],
  );
  assert.equal(all.length, Number(counted?.count));
});

interface FoundService {
  readonly id: string;
  readonly organisationId: string;
  /** The address of its work list. */
  readonly cases: string;
}

async function findService(slug: string): Promise<FoundService> {
  const [row] = await program.ask<{ id: string; organisation_id: string }>(
    'select id, organisation_id from organisations.services where slug = $1',
    [slug],
  );
  assert.ok(row);
  const { id, organisation_id: organisationId } = row;
  return { id, organisationId, cases: `/staff/organisations/${organisationId}/services/${id}/cases` };
}

/** The texts of the messages with a reference, as the part that sends them hands them to their subject. */
async function messagesAbout(about: string): Promise<string[]> {
  const notify = program.whole.parts.find((part) => part.name === 'notify');
  const scope = { organisationId: fishing.organisationId, actor: { kind: 'system', name: 'test' } } as const;
  const found = await program.whole.database.transact(
    scope,
    async (tx) => (await notify?.personalData?.gather(tx, 'efua@example.com')) ?? [],
  );
  return found.filter((record) => record['reference'] === about).map((record) => String(record['text']));
}

async function open(service: FoundService): Promise<{ caseId: string; reference: string }> {
  const shown = newReference();
  const opened = await program.whole.database.transact(
    { organisationId: service.organisationId, actor: { kind: 'applicant' } },
    (tx) =>
      openCase(tx, keyring, {
        serviceId: service.id,
        submissionId: newId(),
        reference: shown,
        title: 'Fishing licence',
        answers: [
          { question: 'What will you catch?', answer: ['<script>alert(1)</script>'] },
          { question: 'Where do you live?', answer: ['12 Harbour Road', 'Port Ansa'] },
          { question: 'Anything else?', answer: [] },
        ],
        applicantEmail: 'efua@example.com',
        applicantName: 'Efua <b>Mensah</b>',
      }),
  );
  return { ...opened, reference: shown };
}

function referencesOf(answer: Answer): string[] {
  return [...answer.body.matchAll(/cases\/[0-9a-f-]{36}">([^<]+)<\/a>/g)].map((match) => match[1] ?? '');
}
