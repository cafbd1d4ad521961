import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { createOrganisation, newOrganisationId } from '#organisations';
import { readSettings } from '#platform';
import { createTestDatabase } from '../../testing/database.ts';
import { importIntoEstate } from './estate-import.ts';

const { database, url } = await createTestDatabase();
await database.transact({ organisationId: newOrganisationId(), actor: { kind: 'system', name: 'test' } }, (tx) =>
  createOrganisation(tx, { parentId: null, slug: 'government', name: 'Government', kind: 'government' }),
);
const settings = readSettings({
  ENCRYPTION_KEYS: Buffer.alloc(32, 7).toString('base64'),
  LOG_LEVEL: 'silent',
  DATABASE_URL: url,
});
const folder = mkdtempSync(join(tmpdir(), 'commonhold-command-'));
after(() => rmSync(folder, { recursive: true }));

function fileOf(name: string, content: string): string {
  writeFileSync(join(folder, name), content);
  return join(folder, name);
}

async function importFile(file: string, wanted: { kind?: string; map?: string } = {}) {
  const said: string[] = [];
  const { rowsAdded, rowsAside } = await importIntoEstate(settings, file, wanted, (line) => said.push(line));
  return { rowsAdded, rowsAside, said: said.join('\n') };
}

test('the command recognises what a file holds', async () => {
  const spend = fileOf('spend.csv', 'Customer,Supplier,Month,Spend\nHarbours,Kelvin,2026-01-01,10\n');
  assert.match((await importFile(spend)).said, /Taken as spend/);
  const contracts = fileOf('contracts.csv', 'Buyer;Contract title;End date\nHarbours;Ropes;31/03/2027\n');
  assert.match((await importFile(contracts)).said, /Taken as contracts/);
  const systems = fileOf('systems.csv', 'Department,System,Users\nHarbours,Tides,12\nHarbours,Lamps,-1\n');
  const done = await importFile(systems);
  assert.deepEqual([done.rowsAdded, done.rowsAside], [1, 1]);
  assert.match(done.said, /Taken as systems[\s\S]*Row 3 lies aside\. The number of users is less than nothing/);
  const notices = fileOf('notices.json', '{"releases":[{"ocid":"ocds-1","date":"2026-01-01T00:00:00Z"}]}');
  assert.match((await importFile(notices)).said, /Open Contracting/);
});

test('where it cannot be told which column is what, the command says what to write, and takes it by --map', async () => {
  const file = fileOf('foreign.csv', 'Nr,Ding,Amt\n1,Lampen,Licht\n');
  await assert.rejects(importFile(file, { kind: 'systems' }), /Department, Name of the system[\s\S]*Ding \(Lampen\)/);
  const map = fileOf('map.json', '{"columns":{"name":"Ding","department":3}}');
  assert.equal((await importFile(file, { kind: 'systems', map })).rowsAdded, 1);
  await assert.rejects(
    importFile(file, { kind: 'systems', map: fileOf('wrong.json', '{"columns":{"name":"Dong"}}') }),
    /there is no column "Dong"/,
  );
  await assert.rejects(importFile(file, { kind: 'recipes' }), /There is no kind "recipes"/);
});
