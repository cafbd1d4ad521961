import assert from 'node:assert/strict';
import { before, beforeEach, test } from 'node:test';
import { createTemplate } from '#notify';
import { listAudit, newId } from '#platform';
import { assignCase, listAssignments } from './assignments.ts';
import { openTestCase, openTestCasework, type Department } from './casework.fixture.ts';
import { getCase, type PersonNamed } from './cases.ts';
import { decideCase, findDecision, type Outcome } from './decisions.ts';
import { readHistory } from './history.ts';
import { addNote, listNotes } from './notes.ts';

const { keyring, addDepartment } = await openTestCasework();
let trade: Department;
let ama: PersonNamed;
let kofi: PersonNamed;
let caseId: string;
let reference: string;

before(async () => {
  trade = await addDepartment('Department of Trade');
  ama = await trade.hire('Ama Boateng', 'caseworker');
  kofi = await trade.hire('Kofi Asante', 'caseworker');
});

beforeEach(async () => {
  ({ caseId, reference } = await openTestCase(trade, keyring));
});

const decide = (by: PersonNamed, outcome: Outcome, reason = '') =>
  trade.transact((tx) => decideCase(tx, keyring, { serviceId: trade.serviceId, caseId, outcome, reason, by }));
const assign = (to: PersonNamed | null, by: PersonNamed, revision: number) =>
  trade.transact((tx) => assignCase(tx, { serviceId: trade.serviceId, caseId, to, by, revision }));
const read = () => trade.transact((tx) => getCase(tx, keyring, { serviceId: trade.serviceId, caseId }));

test('a decision changes the case, is written to the audit trail and announced', async () => {
  assert.deepEqual(await decide(ama, 'refused', 'The street is closed to stalls.'), { done: true, told: true });
  const decided = await read();
  assert.equal(decided.state, 'refused');
  assert.ok(decided.decidedAt);
  const decision = await trade.transact((tx) => findDecision(tx, keyring, caseId));
  assert.equal(decision?.reason, 'The street is closed to stalls.');
  assert.deepEqual(decision.by, ama);
  const entries = await trade.transact((tx) => listAudit(tx, { subjectId: caseId, action: 'casework.case-refused' }));
  assert.equal(entries.length, 1);
  assert.ok(!JSON.stringify(entries).includes('street'));
  const types = await trade.transact((tx) =>
    tx
      .tables<{ events: { subject: string; type: string; id: string } }>('platform')
      .selectFrom('events')
      .select('type')
      .where('subject', '=', reference)
      .orderBy('id')
      .execute(),
  );
  assert.deepEqual(types, [{ type: 'commonhold.casework.case-opened' }, { type: 'commonhold.casework.case-decided' }]);
});

test('two caseworkers decide at once: one decides, the other is told who did', async () => {
  for (let round = 0; round < 5; round += 1) {
    ({ caseId, reference } = await openTestCase(trade, keyring));
    const results = await Promise.all([decide(ama, 'approved'), decide(kofi, 'refused', 'Too late.')]);
    const winners = results.filter((result) => result.done);
    assert.equal(winners.length, 1);
    const winner = results[0].done ? ama : kofi;
    const told = results.find((result) => !result.done);
    assert.ok(told !== undefined && !told.done);
    assert.deepEqual(told.earlier.by, winner);
    assert.equal((await read()).state, results[0].done ? 'approved' : 'refused');
  }
});

test('the same decision sent twice is one decision, and no quarrel with oneself', async () => {
  const results = await Promise.all([decide(ama, 'approved'), decide(ama, 'approved')]);
  assert.deepEqual(results, [
    { done: true, told: true },
    { done: true, told: true },
  ]);
  const entries = await trade.transact((tx) => listAudit(tx, { subjectId: caseId, action: 'casework.case-approved' }));
  assert.equal(entries.length, 1);
});

test('a decision whose e-mail cannot be written is not made', async () => {
  const serviceId = await trade.addService('Apply for a boat mooring');
  const mooring = await openTestCase(trade, keyring, { serviceId });
  await trade.transact((tx) =>
    createTemplate(tx, {
      serviceId,
      name: 'application approved',
      subject: 'Your mooring',
      body: '((mooring number))',
    }),
  );
  const wanted = { serviceId, caseId: mooring.caseId };
  await assert.rejects(
    trade.transact((tx) => decideCase(tx, keyring, { ...wanted, outcome: 'approved', reason: '', by: ama })),
    /mooring number/,
  );
  assert.equal((await trade.transact((tx) => getCase(tx, keyring, wanted))).state, 'open');
});

test('an applicant without an e-mail address is not told, and the history says so', async () => {
  ({ caseId } = await openTestCase(trade, keyring, { applicantEmail: null, applicantName: null }));
  assert.deepEqual(await decide(ama, 'approved'), { done: true, told: false });
  const { history } = await trade.transact(async (tx) => readHistory(tx, keyring, await read()));
  assert.match(history[0]?.title ?? '', /must be told in another way/);
});

test('a case of another service cannot be decided, assigned or written on', async () => {
  const serviceId = await trade.addService('Report a fallen tree');
  const wanted = { serviceId, caseId };
  const refused = { kind: 'not-found' };
  await assert.rejects(
    trade.transact((tx) => decideCase(tx, keyring, { ...wanted, outcome: 'approved', reason: '', by: ama })),
    refused,
  );
  await assert.rejects(
    trade.transact((tx) => assignCase(tx, { ...wanted, to: ama, by: ama, revision: 1 })),
    refused,
  );
  await assert.rejects(
    trade.transact((tx) => addNote(tx, keyring, { ...wanted, noteId: newId(), text: 'x', by: ama })),
    refused,
  );
  assert.equal((await read()).state, 'open');
});

test('a decision is never changed or removed by the program', async () => {
  await decide(ama, 'approved');
  for (const change of [{ outcome: 'refused' }, { decided_by_name: 'Nobody' }]) {
    await assert.rejects(
      trade.transact((tx) =>
        tx
          .tables<{ decisions: { case_id: string; outcome: string; decided_by_name: string } }>('casework')
          .updateTable('decisions')
          .set(change)
          .where('case_id', '=', caseId)
          .execute(),
      ),
      { code: '42501' },
    );
  }
});

test('an assignment made from an old page does not undo a newer one unseen', async () => {
  const { revision } = await read();
  assert.deepEqual(await assign(kofi, kofi, revision), { done: true });
  assert.deepEqual(await assign(ama, ama, revision), { done: false, because: 'assigned', to: kofi });
  assert.deepEqual((await read()).assignedTo, kofi);
  assert.deepEqual(await assign(null, ama, revision + 1), { done: true });
  assert.equal((await read()).assignedTo, null);
  const assignments = await trade.transact((tx) => listAssignments(tx, caseId));
  assert.deepEqual(
    assignments.map(({ to, by }) => [to?.name ?? null, by.name]),
    [
      ['Kofi Asante', 'Kofi Asante'],
      [null, 'Ama Boateng'],
    ],
  );
});

test('an assignment sent twice is made once', async () => {
  const { revision } = await read();
  await Promise.all([assign(ama, ama, revision), assign(ama, ama, revision)]);
  assert.equal((await trade.transact((tx) => listAssignments(tx, caseId))).length, 1);
});

test('a decided case is not assigned to anybody', async () => {
  await decide(ama, 'approved');
  const { revision } = await read();
  assert.deepEqual(await assign(kofi, kofi, revision), { done: false, because: 'decided' });
});

test('a note sent twice is one note, and notes can be added after the decision', async () => {
  const noteId = newId();
  const write = () =>
    trade.transact((tx) =>
      addNote(tx, keyring, { serviceId: trade.serviceId, caseId, noteId, text: 'Rang the harbour master.', by: ama }),
    );
  await Promise.all([write(), write()]);
  await decide(ama, 'approved');
  await trade.transact((tx) =>
    addNote(tx, keyring, { serviceId: trade.serviceId, caseId, noteId: newId(), text: 'Posted the plate.', by: kofi }),
  );
  const notes = await trade.transact((tx) => listNotes(tx, keyring, caseId));
  assert.deepEqual(
    notes.map(({ text, by }) => [text, by.name]),
    [
      ['Rang the harbour master.', 'Ama Boateng'],
      ['Posted the plate.', 'Kofi Asante'],
    ],
  );
});

test('a note written anew in an old form is another note, and neither is lost', async () => {
  const noteId = newId();
  for (const text of ['First.', 'Second.']) {
    await trade.transact((tx) => addNote(tx, keyring, { serviceId: trade.serviceId, caseId, noteId, text, by: ama }));
  }
  const texts = (await trade.transact((tx) => listNotes(tx, keyring, caseId))).map(({ text }) => text);
  assert.deepEqual(texts, ['First.', 'Second.']);
});

test('the history tells everything, newest first', async () => {
  await assign(ama, kofi, 1);
  await trade.transact((tx) =>
    addNote(tx, keyring, { serviceId: trade.serviceId, caseId, noteId: newId(), text: 'Looks right.', by: ama }),
  );
  await decide(ama, 'approved', 'Welcome to the market.');
  const { history } = await trade.transact(async (tx) => readHistory(tx, keyring, await read()));
  assert.deepEqual(
    history.map(({ title, by, text }) => [title, by, text]),
    [
      ['Email sent to the applicant', null, null],
      ['Approved', 'Ama Boateng', 'Welcome to the market.'],
      ['Note', 'Ama Boateng', 'Looks right.'],
      ['Assigned to Ama Boateng', 'Kofi Asante', null],
      ['Application received', null, null],
    ],
  );
});
