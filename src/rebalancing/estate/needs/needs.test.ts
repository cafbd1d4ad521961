import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Problem } from '#platform';
import { openTestEstate, saidOn } from '../estate.fixture.ts';
import { getSystem, saveSystem } from '../systems/systems.ts';
import { learnNeeds } from './classifier.ts';
import { listNeeds, retireNeed, saveNeed } from './needs.ts';
import { listSuggestions, settleSuggestion, suggest, suggestNeeds } from './suggestions.ts';
import { taxonomy } from './taxonomy.ts';

const { transact, addDepartment } = await openTestEstate();
const harbours = await addDepartment('Department of Harbours');
const source = saidOn('2026-03-01');

test('the taxonomy has about sixty needs, each under one name and key', () => {
  assert.ok(taxonomy.length >= 55 && taxonomy.length <= 70, String(taxonomy.length));
  assert.equal(new Set(taxonomy.map((need) => need.key)).size, taxonomy.length);
  assert.equal(new Set(taxonomy.map((need) => need.name)).size, taxonomy.length);
});

test('a need can be changed, added and retired, and one that is in use cannot be taken away', async () => {
  const [first] = await transact(listNeeds);
  assert.ok(first !== undefined);
  await transact((tx) => saveNeed(tx, { ...first, name: 'Asking and deciding' }));
  const changed = (await transact(listNeeds)).find((need) => need.key === first.key);
  assert.deepEqual([changed?.name, changed?.origin], ['Asking and deciding', 'changed']);
  const key = await transact((tx) =>
    saveNeed(tx, { ...first, key: null, name: 'Piloting ships', description: '', words: ['pilot'] }),
  );
  assert.equal(key, 'piloting-ships');
  await assert.rejects(
    transact((tx) => saveNeed(tx, { ...first, key: null, name: 'piloting SHIPS' })),
    /already a need called/,
  );
  await transact((tx) =>
    saveSystem(
      tx,
      { departmentId: harbours, name: 'Pilot roster', parts: [{ kind: 'application', needKey: key }] },
      source,
    ),
  );
  await assert.rejects(
    transact((tx) => retireNeed(tx, key)),
    /Give them another need first/,
  );
  await transact((tx) => retireNeed(tx, 'printing'));
  assert.equal(
    (await transact(listNeeds)).some((need) => need.key === 'printing'),
    false,
  );
});

test('the classifier names the words that led to its guess, learns from confirmed ones, and is silent where no word says anything', () => {
  const plain = learnNeeds(taxonomy, []);
  const guess = plain.guess('Payroll and salaries of the fleet');
  assert.equal(guess?.needKey, 'payroll');
  assert.ok(guess.words.some(({ word }) => word === 'payroll'));
  assert.equal(plain.guess('Zephyr'), null);
  const learned = learnNeeds(taxonomy, [
    { needKey: 'networks', text: 'Zephyr north' },
    { needKey: 'networks', text: 'Zephyr south' },
  ]);
  assert.equal(learned.guess('Zephyr west')?.needKey, 'networks');
});

test('a system without a need gets a suggestion, which a person confirms once, and a rejected one does not come back', async () => {
  const [mail, pay] = await transact(async (tx) => [
    await saveSystem(
      tx,
      { departmentId: harbours, name: 'Staff mailboxes and calendars', description: 'E-mail for the office' },
      source,
    ),
    await saveSystem(tx, { departmentId: harbours, name: 'Payroll bureau' }, source),
  ]);
  assert.ok(mail !== undefined && pay !== undefined);
  assert.equal((await transact(suggestNeeds)).added, 2);
  assert.equal((await transact(suggestNeeds)).added, 0);
  const waiting = await transact((tx) => listSuggestions(tx, { kind: 'need' }));
  const ofMail = waiting.find((each) => each.value['needKey'] === 'email-and-documents');
  const ofPay = waiting.find((each) => each.value['needKey'] === 'payroll');
  assert.ok(ofMail !== undefined && ofPay !== undefined);
  assert.match(ofMail.evidence, /from the words .*“mailbox”/);
  await transact((tx) => settleSuggestion(tx, ofMail.id, 'confirmed', '2026-04-01'));
  await assert.rejects(
    transact((tx) => settleSuggestion(tx, ofMail.id, 'rejected', '2026-04-01')),
    (error) => error instanceof Problem && error.kind === 'conflict',
  );
  const system = await transact((tx) => getSystem(tx, mail.id));
  assert.equal(system.parts[0]?.needKey, 'email-and-documents');
  assert.equal(system.area, 'infrastructure');
  assert.equal(system.parts[0].stated['needKey']?.kind, 'suggestion');
  await transact((tx) => settleSuggestion(tx, ofPay.id, 'rejected', '2026-04-01'));
  assert.equal((await transact(suggestNeeds)).added, 0);
  assert.deepEqual(await transact((tx) => listSuggestions(tx, { kind: 'need' })), []);
});

test('terms that were found in words change a contract only when a person confirms them', async () => {
  const { saveContract, getContract } = await import('../contracts/contracts.ts');
  const { id } = await transact((tx) =>
    saveContract(
      tx,
      { departmentId: harbours, title: 'Radio masts', startsOn: '2025-01-01', endsOn: '2027-12-31' },
      source,
    ),
  );
  await transact((tx) =>
    suggest(tx, {
      departmentId: harbours,
      kind: 'contract terms',
      subjectId: id,
      value: { notice: { count: 3, unit: 'months' }, extensions: [{ months: 12 }] },
      evidence: '“may be extended by one year; three months’ notice”',
      source: 'notice 2025-17',
      confidence: 0.8,
    }),
  );
  assert.equal((await transact((tx) => getContract(tx, id))).notice, null);
  const [waiting] = await transact((tx) => listSuggestions(tx, { kind: 'contract terms', subjectId: id }));
  assert.ok(waiting !== undefined);
  await transact((tx) => settleSuggestion(tx, waiting.id, 'confirmed', '2026-04-01'));
  const contract = await transact((tx) => getContract(tx, id));
  assert.deepEqual(contract.notice, { count: 3, unit: 'months' });
  assert.deepEqual(
    contract.extensions.map((option) => option.months),
    [12],
  );
});
