import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { listAudit, newId, type PersonalDataHolder } from '#platform';
import { address, openTestCase, openTestCasework, type Department } from './casework.fixture.ts';
import { getCase, listCases, type PersonNamed } from './cases.ts';
import { decideCase } from './decisions.ts';
import { eraseExpired } from './erasure.ts';
import { addNote } from './notes.ts';
import { createCaseHolder } from './personal-data.ts';
import { gatherPersonalData } from './subject-access.ts';

const { test: testDatabase, keyring, addDepartment } = await openTestCasework();
const { database } = testDatabase;
const holder = createCaseHolder(keyring);
const day = 24 * 60 * 60 * 1000;
let trade: Department;
let ama: PersonNamed;

before(async () => {
  trade = await addDepartment('Department of Trade');
  ama = await trade.hire('Ama Boateng', 'caseworker');
});

async function openDecidedCase(values: Parameters<typeof openTestCase>[2] = {}) {
  const opened = await openTestCase(trade, keyring, values);
  const serviceId = values?.serviceId ?? trade.serviceId;
  await trade.transact(async (tx) => {
    const wanted = { serviceId, caseId: opened.caseId, by: ama };
    await addNote(tx, keyring, { ...wanted, noteId: newId(), text: 'Her brother sells fish too.' });
    await decideCase(tx, keyring, { ...wanted, outcome: 'refused', reason: 'Two stalls in one family.' });
  });
  return opened;
}

const inDays = (days: number): string => new Date(Date.now() + days * day).toISOString();

test('erasure leaves no answer behind, and the numbers of the case remain', async () => {
  const { caseId, reference } = await openDecidedCase();
  const waiting = await openTestCase(trade, keyring);
  assert.equal((await eraseExpired({ database, holders: [holder], now: inDays(89) })).cases, 0);
  assert.deepEqual(await eraseExpired({ database, holders: [holder], now: inDays(91) }), {
    cases: 1,
    records: { [holder.title]: 1 },
  });

  const erased = await trade.transact((tx) => getCase(tx, keyring, { serviceId: trade.serviceId, caseId }));
  assert.equal(erased.answers, null);
  assert.equal(erased.applicant, null);
  assert.equal(erased.reference, reference);
  assert.equal(erased.state, 'refused');
  assert.ok(erased.decidedAt !== null && erased.erasedAt !== null);
  for (const [table, column] of [
    ['cases', 'sealed_answers'],
    ['cases', 'sealed_applicant'],
    ['cases', 'applicant_fingerprint'],
    ['decisions', 'sealed_reason'],
    ['notes', 'sealed_text'],
  ] as const) {
    assert.deepEqual(await valuesOf(table, column, caseId), [null], `${table}.${column}`);
  }
  const still = await trade.transact((tx) =>
    getCase(tx, keyring, { serviceId: trade.serviceId, caseId: waiting.caseId }),
  );
  assert.ok(still.answers !== null, 'an open case is never erased, however old');
});

test('erasure is written to the audit trail with what was erased, and done again does nothing', async () => {
  await openDecidedCase();
  await eraseExpired({ database, holders: [holder], now: inDays(91) });
  const entries = await trade.transact((tx) => listAudit(tx, { action: 'casework.personal-data-erased' }));
  assert.deepEqual(entries[0]?.detail, { cases: 1, [holder.title]: 1 });
  assert.equal((await eraseExpired({ database, holders: [holder], now: inDays(91) })).cases, 0);
});

test('every holder is given the references of the service whose time is up, and no others', async () => {
  const serviceId = await trade.addService('Report a fallen tree', 10);
  const kept = await openDecidedCase();
  const gone = await openDecidedCase({ serviceId });
  const asked: unknown[] = [];
  const other: PersonalDataHolder = {
    title: 'Letters',
    gather: async () => [],
    erase: async (_tx, service, references) => asked.push([service, ...references]),
  };
  await eraseExpired({ database, holders: [other, holder], now: inDays(11) });
  assert.deepEqual(asked, [[serviceId, gone.reference]]);
  assert.ok(
    (await trade.transact((tx) => getCase(tx, keyring, { serviceId: trade.serviceId, caseId: kept.caseId }))).answers,
  );
});

test('more cases than one batch are all erased, and where a holder fails its whole batch waits for the next time', async () => {
  const rail = await trade.addService('Apply for a rail card', 1);
  await trade.transact(async (tx) => {
    for (let count = 0; count < 250; count += 1) {
      await tx
        .tables<{ cases: Record<string, unknown> }>('casework')
        .insertInto('cases')
        .values({
          organisation_id: trade.id,
          id: newId(),
          service_id: rail,
          submission_id: newId(),
          reference: `RAIL-${count}`,
          reference_key: `RAIL${count}`,
          title: 'Rail card',
          sealed_answers: Buffer.from('sealed'),
          state: 'approved',
          decided_at: inDays(-5),
        })
        .execute();
    }
  });
  const failing: PersonalDataHolder = {
    title: 'Letters',
    gather: async () => [],
    erase: async () => Promise.reject(new Error('no')),
  };
  await assert.rejects(eraseExpired({ database, holders: [holder, failing] }), /no/);
  assert.equal((await valuesOfService(rail)).filter((value) => value !== null).length, 250);
  assert.equal((await eraseExpired({ database, holders: [holder] })).cases, 250);
  assert.equal((await valuesOfService(rail)).filter((value) => value !== null).length, 0);
});

test('nothing can be added to a case that was erased', async () => {
  const { caseId } = await openDecidedCase();
  await eraseExpired({ database, holders: [holder], now: inDays(91) });
  const note = { serviceId: trade.serviceId, caseId, noteId: newId(), text: 'Her phone number is', by: ama };
  await assert.rejects(
    trade.transact((tx) => addNote(tx, keyring, note)),
    { kind: 'gone' },
  );
});

test('subject access gives everything that is held on a person and nothing of anybody else', async () => {
  const sea = await addDepartment('Department of Fisheries');
  await openTestCase(sea, keyring, { reference: 'MINE-1' });
  await openTestCase(sea, keyring, { applicantEmail: 'kojo@example.com', reference: 'HIS-1' });
  await openTestCase(trade, keyring, { reference: 'TRADE-1' });
  const file = await sea.transact((tx) =>
    gatherPersonalData(tx, [holder], {
      email: ' Efua@Example.com ',
      as: 'file',
    }),
  );
  const text = JSON.stringify(file);
  assert.ok(
    text.includes('MINE-1') && text.includes('Smoked fish') && text.includes('Apply for a market stall licence'),
  );
  assert.ok(!text.includes('HIS-1') && !text.includes('TRADE-1'));
  const entries = await sea.transact((tx) => listAudit(tx, { action: 'casework.personal-data' }));
  assert.deepEqual(
    entries.map(({ action, detail }) => [action, detail]),
    [['casework.personal-data-downloaded', { records: 1 }]],
  );
  assert.ok(!JSON.stringify(entries).toLowerCase().includes('efua'));
});

test('what was erased is no longer found by subject access', async () => {
  const farm = await addDepartment('Department of Farming');
  await openTestCase(farm, keyring, { reference: 'FARM-1' });
  const gather = () => farm.transact((tx) => holder.gather(tx, address));
  assert.equal((await gather()).length, 1);
  await farm.transact((tx) => holder.erase(tx, farm.serviceId, ['FARM-1']));
  assert.equal((await gather()).length, 0);
  const listed = await farm.transact((tx) =>
    listCases(tx, keyring, farm.serviceId, { state: 'any', assigned: 'anyone', reference: '' }, {}),
  );
  assert.equal(listed.cases[0]?.applicantName, null);
});

async function valuesOf(table: 'cases' | 'decisions' | 'notes', column: string, caseId: string): Promise<unknown[]> {
  const key = table === 'cases' ? 'id' : 'case_id';
  const rows = await trade.transact((tx) =>
    tx
      .tables<Record<string, Record<string, unknown>>>('casework')
      .selectFrom(table)
      .select(column)
      .where(key, '=', caseId)
      .execute(),
  );
  return rows.map((row) => row[column]);
}

async function valuesOfService(serviceId: string): Promise<unknown[]> {
  const rows = await trade.transact((tx) =>
    tx
      .tables<{ cases: { service_id: string; sealed_answers: Buffer | null } }>('casework')
      .selectFrom('cases')
      .select('sealed_answers')
      .where('service_id', '=', serviceId)
      .execute(),
  );
  return rows.map((row) => row.sealed_answers);
}
