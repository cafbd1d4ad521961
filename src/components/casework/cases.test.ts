import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { isDuplicate, listAudit, newId } from '#platform';
import { assignCase, listAssignedPeople } from './assignments.ts';
import { openTestCase, openTestCasework, type Department } from './casework.fixture.ts';
import { countCases, findCaseByReference, getCase, listCases, type CaseFilter } from './cases.ts';

const { test: testDatabase, keyring, addDepartment } = await openTestCasework();
const anything: CaseFilter = { state: 'any', assigned: 'anyone', reference: '' };
let trade: Department;

before(async () => {
  trade = await addDepartment('Department of Trade');
});

test('a case keeps what was answered, readable only with the key and in its own place', async () => {
  const { caseId, reference } = await openTestCase(trade, keyring);
  const other = await openTestCase(trade, keyring);
  const found = await trade.transact((tx) => getCase(tx, keyring, { serviceId: trade.serviceId, caseId }));
  assert.equal(found.reference, reference);
  assert.equal(found.state, 'open');
  assert.deepEqual(found.applicant, { email: 'efua@example.com', name: 'Efua Mensah' });
  assert.deepEqual(found.answers?.[1], { question: 'Where do you live?', answer: ['12 Harbour Road', 'Port Ansa'] });

  const owner = await asText(caseId);
  assert.ok(!owner.includes('Smoked fish') && !owner.includes('efua@example.com') && !owner.includes('Efua'));
  await swapAnswers(caseId, other.caseId);
  await assert.rejects(trade.transact((tx) => getCase(tx, keyring, { serviceId: trade.serviceId, caseId })));
  await swapAnswers(caseId, other.caseId);
});

test('opening a case is written to the audit trail and announced, without personal data', async () => {
  const { caseId, reference } = await openTestCase(trade, keyring);
  const [entry] = await trade.transact((tx) => listAudit(tx, { subjectId: caseId }));
  assert.equal(entry?.action, 'casework.case-opened');
  assert.equal(entry.subjectName, reference);
  const { rows } = await trade.transact(async (tx) => ({
    rows: await tx
      .tables<{ events: { subject: string; type: string; data: unknown; organisation_id: string } }>('platform')
      .selectFrom('events')
      .select(['type', 'data'])
      .where('subject', '=', reference)
      .execute(),
  }));
  assert.deepEqual(rows, [{ type: 'commonhold.casework.case-opened', data: { caseId, serviceId: trade.serviceId } }]);
});

test('a submission has one case, however often it is opened', async () => {
  const submissionId = newId();
  await openTestCase(trade, keyring, { submissionId });
  await assert.rejects(openTestCase(trade, keyring, { submissionId }), (error) => isDuplicate(error));
});

test('a case of another service is not found', async () => {
  const { caseId, reference } = await openTestCase(trade, keyring);
  const other = await trade.addService('Report a fallen tree');
  await trade.transact(async (tx) => {
    await assert.rejects(getCase(tx, keyring, { serviceId: other, caseId }), { kind: 'not-found' });
    assert.equal(await findCaseByReference(tx, other, reference), null);
    assert.deepEqual((await listCases(tx, keyring, other, anything, {})).cases, []);
  });
});

test('a case of another organisation is not found, even with its ids', async () => {
  const { caseId } = await openTestCase(trade, keyring);
  const health = await addDepartment('Department of Health');
  await health.transact(async (tx) => {
    await assert.rejects(getCase(tx, keyring, { serviceId: trade.serviceId, caseId }), { kind: 'not-found' });
    assert.deepEqual((await listCases(tx, keyring, trade.serviceId, anything, {})).cases, []);
  });
});

test('the work list gives every case once, oldest first, forwards and backwards, whatever its page length', async () => {
  const rail = await addDepartment('Department of Rail');
  const opened: string[] = [];
  for (let day = 1; day <= 9; day += 1) {
    // Opened out of order: a case that is loaded late still stands where its date puts it.
    const shuffled = ((day * 4) % 9) + 1;
    opened[shuffled - 1] = (
      await openTestCase(rail, keyring, { openedAt: `2026-03-0${shuffled}T09:00:00.000Z` })
    ).caseId;
  }
  await rail.transact(async (tx) => {
    const first = await listCases(tx, keyring, rail.serviceId, anything, { most: 4 });
    assert.deepEqual(
      first.cases.map((each) => each.id),
      opened.slice(0, 4),
    );
    assert.equal(first.before, null);
    const second = await listCases(tx, keyring, rail.serviceId, anything, { most: 4, after: first.after ?? '' });
    assert.deepEqual(
      second.cases.map((each) => each.id),
      opened.slice(4, 8),
    );
    const third = await listCases(tx, keyring, rail.serviceId, anything, { most: 4, after: second.after ?? '' });
    assert.deepEqual(
      third.cases.map((each) => each.id),
      opened.slice(8),
    );
    assert.equal(third.after, null);
    const back = await listCases(tx, keyring, rail.serviceId, anything, { most: 4, before: third.before ?? '' });
    assert.deepEqual(
      back.cases.map((each) => each.id),
      opened.slice(4, 8),
    );
    const start = await listCases(tx, keyring, rail.serviceId, anything, { most: 4, before: back.before ?? '' });
    assert.deepEqual(
      start.cases.map((each) => each.id),
      opened.slice(0, 4),
    );
    assert.equal(start.before, null);
  });
});

test('the work list filters by person and by the beginning of a reference, however it is typed', async () => {
  const sea = await addDepartment('Department of Fisheries');
  const ama = await sea.hire('Ama Boateng', 'caseworker');
  const kofi = await sea.hire('Kofi Asante', 'caseworker');
  const first = await openTestCase(sea, keyring, { reference: '7KQ4-MXDN-H9' });
  const second = await openTestCase(sea, keyring, { reference: '7KQ4-PPPP-H9' });
  await openTestCase(sea, keyring, { reference: 'XKQ4-MXDN-H9' });
  await sea.transact(async (tx) => {
    await assignCase(tx, { serviceId: sea.serviceId, caseId: first.caseId, to: ama, by: kofi, revision: 1 });
    const list = async (filter: Partial<CaseFilter>): Promise<string[]> =>
      (await listCases(tx, keyring, sea.serviceId, { ...anything, ...filter }, {})).cases.map((each) => each.reference);
    assert.deepEqual(await list({ assigned: ama.id }), ['7KQ4-MXDN-H9']);
    assert.deepEqual(await list({ assigned: 'nobody' }), ['7KQ4-PPPP-H9', 'XKQ4-MXDN-H9']);
    assert.deepEqual(await list({ reference: ' 7kq4 ' }), ['7KQ4-MXDN-H9', '7KQ4-PPPP-H9']);
    assert.deepEqual(await list({ reference: '7kq4mx' }), ['7KQ4-MXDN-H9']);
    assert.deepEqual(await list({ reference: '%' }), ['7KQ4-MXDN-H9', '7KQ4-PPPP-H9', 'XKQ4-MXDN-H9']);
    assert.equal(await findCaseByReference(tx, sea.serviceId, '7kq4 pppp h9'), second.caseId);
    assert.deepEqual(await countCases(tx, sea.serviceId, ama.id), {
      open: 3,
      mine: 1,
      nobodys: 2,
      oldestOpenedAt: (await getCase(tx, keyring, { serviceId: sea.serviceId, caseId: first.caseId })).openedAt,
    });
    assert.deepEqual(await listAssignedPeople(tx, sea.serviceId), [ama]);
  });
});

async function asText(caseId: string): Promise<string> {
  return trade.transact(async (tx) => {
    const row = await tx
      .tables<{ cases: { id: string; organisation_id: string } }>('casework')
      .selectFrom('cases')
      .selectAll()
      .where('id', '=', caseId)
      .executeTakeFirstOrThrow();
    return Object.values<unknown>(row)
      .map((value) => (Buffer.isBuffer(value) ? value.toString('latin1') : String(value)))
      .join(' ');
  });
}

async function swapAnswers(one: string, other: string): Promise<void> {
  await testDatabase.database.transact(
    { organisationId: trade.id, actor: { kind: 'system', name: 'test' } },
    async (tx) => {
      const cases = tx.tables<{ cases: { id: string; sealed_answers: Buffer } }>('casework');
      const rows = await cases
        .selectFrom('cases')
        .select(['id', 'sealed_answers'])
        .where('id', 'in', [one, other])
        .execute();
      for (const row of rows) {
        const target = row.id === one ? other : one;
        await cases.updateTable('cases').set({ sealed_answers: row.sealed_answers }).where('id', '=', target).execute();
      }
    },
  );
}
