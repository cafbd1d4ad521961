import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openTestEstate, saidOn } from '../estate.fixture.ts';
import { listSuggestions } from '../needs/suggestions.ts';
import { listSystems, saveSystem } from '../systems/systems.ts';
import { narrowToDepartment } from './departments.ts';
import { listMergers, mergeSpellings, suggestMergers, undoMerger } from './mergers.ts';
import { listSales } from './sales.ts';
import { recordSpend } from './spend.ts';
import { findOrAddSupplier, getSupplier } from './suppliers.ts';

const { transact, addDepartment } = await openTestEstate();
const source = saidOn('2026-01-01');
const supplier = async (name: string): Promise<string> => (await transact((tx) => findOrAddSupplier(tx, { name }))).id;

test('spellings that are nearly the same are suggested, and names that differ in a number are not', async () => {
  for (const name of [
    'Huddlestone Software',
    'Huddlestones Software',
    'Region 1 Networks',
    'Region 2 Networks',
    'Quay Group',
  ]) {
    await supplier(name);
  }
  assert.equal((await transact(suggestMergers)).added, 1);
  assert.equal((await transact(suggestMergers)).added, 0);
  const [found] = await transact((tx) => listSuggestions(tx, { kind: 'same supplier' }));
  assert.equal(found?.evidence, '“Huddlestones Software” and “Huddlestone Software”');
});

test('what is merged counts as one, also one after the other, and an undoing leaves each as it was', async () => {
  const [one, two, three] = [await supplier('Alder'), await supplier('Birch'), await supplier('Cedar')];
  const towns = [await addDepartment('Town of Ash'), await addDepartment('Town of Elm')];
  const line = {
    framework: null,
    lot: null,
    month: '2025-04-01',
    description: '',
    currency: 'GBP',
    amount: 100,
    source: 'spend.csv',
  };
  const lines = [
    { ...line, departmentId: towns[0] ?? '', supplierId: one, identity: 'a' },
    { ...line, departmentId: towns[1] ?? '', supplierId: two, identity: 'b' },
  ];
  assert.equal((await transact((tx) => recordSpend(tx, lines))).added, 2);
  assert.equal((await transact((tx) => recordSpend(tx, lines))).added, 0);
  await transact((tx) => mergeSpellings(tx, 'supplier', one, two));
  await transact((tx) => mergeSpellings(tx, 'supplier', two, three));
  const [sales] = await transact((tx) => listSales(tx));
  assert.deepEqual([sales?.supplierName, sales?.customers, sales?.amount], ['Cedar', 2, 200]);
  assert.deepEqual((await transact((tx) => getSupplier(tx, one))).spellings, ['Alder', 'Birch']);
  assert.equal(await supplier('ALDER Ltd'), three);
  await assert.rejects(
    transact((tx) => mergeSpellings(tx, 'supplier', one, three)),
    /another spelling already/,
  );
  const [later, earlier] = await transact(listMergers);
  assert.ok(later !== undefined && earlier !== undefined);
  await assert.rejects(
    transact((tx) => undoMerger(tx, earlier.id)),
    /Undo that first/,
  );
  await transact((tx) => undoMerger(tx, later.id));
  assert.equal((await transact((tx) => getSupplier(tx, one))).name, 'Birch');
  await transact((tx) => undoMerger(tx, earlier.id));
  assert.equal((await transact((tx) => getSupplier(tx, one))).name, 'Alder');
  assert.deepEqual(
    (await transact((tx) => listSales(tx))).map((each) => each.customers),
    [1, 1],
  );
});

test('a department sees what is under all spellings of its name, and a system is found under any of them', async () => {
  const [long, short] = [await addDepartment('Ministry of Lighthouses'), await addDepartment('Lighthouse Ministry')];
  await transact((tx) => saveSystem(tx, { departmentId: short, name: 'Lamps' }, source));
  await transact((tx) => mergeSpellings(tx, 'department', short, long));
  const again = await transact((tx) => saveSystem(tx, { departmentId: long, name: 'Lamps' }, source));
  assert.equal(again.outcome, 'unchanged');
  const seen = await transact(async (tx) => {
    await narrowToDepartment(tx, long);
    return listSystems(tx);
  });
  assert.deepEqual(
    seen.map((system) => [system.name, system.departmentName]),
    [['Lamps', 'Ministry of Lighthouses']],
  );
});
