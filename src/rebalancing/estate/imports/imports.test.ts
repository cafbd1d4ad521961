import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { createCalendar, createImports, createKeyring, type Scope, type ShownImport } from '#platform';
import { makeWorkbook } from '../../../../testing/workbook.ts';
import { listSales } from '../suppliers/sales.ts';
import { listContracts } from '../contracts/contracts.ts';
import { openTestEstate } from '../estate.fixture.ts';
import { listSystems } from '../systems/systems.ts';
import { createImporters } from './importers.ts';

const { database, governmentId, transact, test: testDatabase } = await openTestEstate();
const scope: Scope = { organisationId: governmentId, actor: { kind: 'system', name: 'Nadia Roth' } };
const calendar = createCalendar('Europe/London');
const imports = createImports({
  database,
  keyring: createKeyring([Buffer.alloc(32, 7).toString('base64')]),
  importers: () => createImporters({ currency: 'GBP', calendar }),
});
const folder = mkdtempSync(join(tmpdir(), 'commonhold-estate-'));
after(() => rmSync(folder, { recursive: true }));
const data = join(import.meta.dirname, '..', '..', '..', '..', '..', 'shared', 'data', 'estate');
const skip = existsSync(data) ? false : 'the published data is not beside the project';

async function ask<Row extends object>(text: string): Promise<Row[]> {
  const { default: pg } = await import('pg');
  const client = new pg.Client({ connectionString: testDatabase.ownerUrl });
  await client.connect();
  try {
    return (await client.query<Row>(text)).rows;
  } finally {
    await client.end();
  }
}

async function importFile(kind: string, path: string): Promise<ShownImport> {
  const id = await imports.receive(scope, { kind, path, fileName: 'file' });
  const shown = await transact((tx) => imports.get(tx, id));
  if (shown.state === 'mapping') await transact((tx) => imports.begin(tx, id, shown.mapping));
  return imports.run(scope, id);
}

function importContent(kind: string, content: string | Buffer): Promise<ShownImport> {
  const path = join(folder, 'file');
  writeFileSync(path, content);
  return importFile(kind, path);
}

const asideOf = async (shown: ShownImport) =>
  (await transact((tx) => imports.listAside(tx, shown.id))).map((row) => row.reason);

const countsOf = ({ rowsRead, rowsAdded, rowsChanged, rowsSame, rowsAside }: ShownImport) => [
  rowsRead,
  rowsAdded,
  rowsChanged,
  rowsSame,
  rowsAside,
];

test('a department’s spreadsheet of systems is understood as it is, and the same file again changes nothing', async () => {
  const sheet = makeWorkbook([
    ['IT asset register 2026'],
    [],
    [
      'App ID',
      'Application',
      'Business area',
      'Category',
      'Hosted',
      'Status',
      'No. of users',
      'Annual cost (£)',
      'Hosting cost',
    ],
    ['A1', 'Tide register', 'Department of Harbours', 'Line of business', 'On-prem', 'Live', 140, 23_000, 3000],
    ['A2', 'Payroll', 'Department of Harbours', 'Corporate', 'SaaS', 'Sunset', 900, 54_500.5, ''],
  ]);
  const done = await importContent('estate.systems', sheet);
  assert.deepEqual(await asideOf(done), []);
  assert.deepEqual(countsOf(done), [2, 2, 0, 0, 0]);
  const systems = await transact((tx) => listSystems(tx));
  assert.deepEqual(
    systems.map((system) => [
      system.reference,
      system.name,
      system.departmentName,
      system.area,
      system.hosting,
      system.lifecycle,
      system.users,
      system.yearlyCost,
      system.parts.map((part) => `${part.kind} ${part.yearlyCost}`).join(', '),
    ]),
    [
      [
        'A2',
        'Payroll',
        'Department of Harbours',
        'back office',
        'software as a service',
        'being replaced',
        900,
        5_450_050,
        'application 5450050',
      ],
      [
        'A1',
        'Tide register',
        'Department of Harbours',
        'mission IT',
        'own data centre',
        'live',
        140,
        2_300_000,
        'application 2000000, hosting 300000',
      ],
    ],
  );
  assert.deepEqual(countsOf(await importContent('estate.systems', sheet)), [2, 0, 0, 2, 0]);
});

test('a register of contracts is read with its notice, renewal and options to extend', async () => {
  const done = await importContent(
    'estate.contracts',
    'Contract no;Contract title;Buyer;Vendor;Start date;End date;Notice;Auto renew;Extension options;Contract value;Application\n' +
      'C-1;Tide software;Department of Harbours;Kelvin & Sons Ltd;01/04/2024;31/03/2027;90 days;yes;1+1;£300,000;Tide register\n' +
      'C-2;Cables;Department of Harbours;KELVIN AND SONS LIMITED;01/04/2024;31/03/2023;3 months;no;;£10;\n' +
      'C-3;Masts;Department of Harbours;Kelvin;01/04/2024;31/03/2026;soon;no;;£10;\n' +
      'C-4;Ropes;Department of Harbours;Kelvin;01/04/2024;31/03/2026;;;;-10;\n',
  );
  assert.deepEqual(countsOf(done), [4, 1, 0, 0, 3]);
  const [contract] = await transact((tx) => listContracts(tx));
  assert.deepEqual(
    {
      title: contract?.title,
      supplier: contract?.supplierName,
      startsOn: contract?.startsOn,
      endsOn: contract?.endsOn,
      notice: contract?.notice,
      renewalMonths: contract?.renewalMonths,
      extensions: contract?.extensions.map((each) => each.months),
      value: contract?.value,
    },
    {
      title: 'Tide software',
      supplier: 'Kelvin & Sons Ltd',
      startsOn: '2024-04-01',
      endsOn: '2027-03-31',
      notice: { count: 90, unit: 'days' },
      renewalMonths: 12,
      extensions: [12, 12],
      value: 30_000_000,
    },
  );
  const reasons = await asideOf(done);
  assert.match(reasons[0] ?? '', /end/i);
  assert.match(reasons[1] ?? '', /Write it like 3 months/);
  assert.match(reasons[2] ?? '', /less than nothing/);
});

const release = (id: string, date: string, more: object) => ({
  ocid: 'ocds-1',
  id,
  date,
  tag: ['award'],
  buyer: { name: 'Department of Forests' },
  tender: {
    title: 'Case system',
    description: 'A case system. The contract runs for two years with the option to extend for 2 x 12 months.',
    classification: { scheme: 'CPV', id: '48000000' },
  },
  ...more,
});

test('releases of one process add up to one contract, whichever comes first, and an amendment changes it', async () => {
  const award = {
    id: 'a1',
    status: 'active',
    value: { amount: 1200.5, currency: 'GBP' },
    suppliers: [{ id: 's', name: 'Oak Systems Ltd' }],
    contractPeriod: { startDate: '2026-04-01T00:00:00+01:00', endDate: '2028-03-31T23:59:59+01:00' },
  };
  const first = release('1', '2026-01-01T00:00:00Z', { awards: [award] });
  const amended = release('2', '2026-05-01T00:00:00Z', {
    awards: [{ id: 'a1', contractPeriod: { endDate: '2028-09-30T23:59:59+01:00' } }],
  });
  // The amendment comes before what it amends, and is not the last word on what it does not say.
  assert.deepEqual(
    countsOf(await importContent('estate.notices', JSON.stringify({ releases: [amended] }))),
    [1, 1, 0, 0, 0],
  );
  assert.deepEqual(
    countsOf(await importContent('estate.notices', JSON.stringify({ releases: [first, amended] }))),
    [2, 1, 0, 1, 0],
  );
  const found = (await transact((tx) => listContracts(tx))).filter((each) => each.title === 'Case system');
  assert.deepEqual(
    found.map((each) => [each.supplierName, each.value, each.startsOn, each.endsOn, each.kind, each.extensions]),
    [['Oak Systems Ltd', 120_050, '2026-04-01', '2028-09-30', 'licence', []]],
  );
  const proposed = await ask<{ value: { extensions: { months: number }[] }; evidence: string }>(
    `select value, evidence from estate.suggestions where kind = 'contract terms' and state = 'proposed'`,
  );
  assert.deepEqual(
    proposed.map((each) => [each.value.extensions.map((option) => option.months), each.evidence]),
    [[[12, 12], 'The contract runs for two years with the option to extend for 2 x 12 months.']],
  );
});

test('a release that breaks the standard lies aside with the place, and the others are read', async () => {
  const lines = [
    release('10', '2026-01-01T00:00:00Z', {}),
    { ocid: 'ocds-2', date: 'last Tuesday' },
    { ocid: 'ocds-3', date: '2026-01-01T00:00:00Z', awards: [{ title: 'without an id' }] },
  ].map((each) => JSON.stringify(each));
  const done = await importContent('estate.notices', [...lines, '{"ocid": "cut'].join('\n'));
  assert.deepEqual(countsOf(done), [4, 1, 0, 0, 3]);
  const reasons = await asideOf(done);
  assert.match(reasons[0] ?? '', /\/date .*date-time/);
  assert.match(reasons[1] ?? '', /\/awards\/0 .*id/);
  assert.match(reasons[2] ?? '', /Line 4 is not JSON/);
  await assert.rejects(importContent('estate.notices', 'name,cost\n'), /not JSON/);
  await assert.rejects(importContent('estate.notices', '{"releases": []}'), /no release/);
});

test('a payment that cannot be taken lies aside, those beside it are taken once, and spellings of one name are one', async () => {
  const content = [
    'Customer,Supplier,Month,Amount,Description',
    'Board of Lighthouses,Tallow & Sons Ltd,2026-01-31,100.00,Oil',
    'Board of Lighthouses,Tallow & Sons Ltd,2026-01-31,100.00,Oil',
    ' ,Wick Works,2026-01-31,5.00,Wicks',
    'BOARD OF LIGHTHOUSES,TALLOW AND SONS LIMITED,2026-02-28,-20.00,Oil taken back',
    'Board of Lighthouses,Wick Works,2026-02-30,5.00,Wicks',
  ].join('\n');
  const done = await importContent('estate.spend', content);
  assert.deepEqual(countsOf(done), [5, 3, 0, 0, 2]);
  assert.equal((await asideOf(done)).length, 2);
  const spent = `select count(*)::int as count, sum(amount)::int as amount, count(distinct supplier_id)::int as suppliers
    from estate.spend join estate.departments d on d.id = department_id where d.name = 'Board of Lighthouses'`;
  const [sums] = await ask<{ count: number; amount: number; suppliers: number }>(spent);
  assert.deepEqual([sums?.count, sums?.amount], [3, 18_000]);
  assert.deepEqual(countsOf(await importContent('estate.spend', content)), [5, 0, 0, 3, 2]);
  assert.deepEqual(await ask(spent), [sums]);
  await ask(`delete from estate.spend where source = 'file'`);
});

test('the G-Cloud spend of 2014 is imported whole, and adds up to what the file adds up to', { skip }, async () => {
  const path = join(data, 'g-cloud-spend-2014.csv');
  const done = await importFile('estate.spend', path);
  // Counted here by itself: the file has commas in quotes, Mac Roman letters and line ends of carriage returns alone.
  const rows = new TextDecoder('macintosh')
    .decode(readFileSync(path))
    .split('\r')
    .slice(1)
    .filter((line) => line.trim() !== '')
    .map((line) => Array.from(line.matchAll(/("(?:[^"]|"")*"|[^,]*)(?:,|$)/g), (cell) => cell[1] ?? ''));
  const total = rows.reduce((sum, row) => sum + Math.round(Number((row[7] ?? '').replaceAll(/[",]/g, '')) * 100), 0);
  assert.deepEqual(countsOf(done), [rows.length, rows.length, 0, 0, 0]);
  const [sums] = await ask<{ count: number; amount: number; customers: number }>(
    `select count(*)::int as count, sum(amount)::float8 as amount, count(distinct department_id)::int as customers from estate.spend`,
  );
  assert.deepEqual([sums?.count, sums?.amount], [rows.length, total]);
  // The collaboration supplier that sold the same to the most separate customers is found, counted by the file itself.
  const customersOf = new Map<string, Set<string>>();
  for (const row of rows) {
    const [supplier = '', customer = ''] = [row[3], row[4]].map((cell) => (cell ?? '').replaceAll('"', '').trim());
    customersOf.set(supplier, (customersOf.get(supplier) ?? new Set()).add(customer));
  }
  const [first] = [...customersOf].toSorted(([, one], [, other]) => other.size - one.size);
  const [found] = await transact((tx) => listSales(tx));
  assert.deepEqual([found?.supplierName, found?.customers], [first?.[0], first?.[1].size]);
  assert.equal(found?.customers, 89);
  assert.deepEqual(countsOf(await importFile('estate.spend', path)), [rows.length, 0, 0, rows.length, 0]);
  console.log(`G-Cloud spend: ${done.rowsRead} rows read, ${done.rowsAside} kept aside, ${sums?.customers} customers`);
});

test('380 published notices are imported; what cannot be read is told release by release', { skip }, async () => {
  const path = join(data, 'ocds', 'contracts-finder-releases.json');
  const before = (await transact((tx) => listContracts(tx))).length;
  const done = await importFile('estate.notices', path);
  interface Published {
    ocid: string;
    date: string;
    tender?: { classification?: { id?: string } };
    awards?: { id: string; status?: string; value?: { amount: number } }[];
  }
  const { releases }: { releases: Published[] } = JSON.parse(readFileSync(path, 'utf8'));
  assert.equal(done.rowsRead, releases.length);
  assert.equal(done.rowsAdded + done.rowsSame + done.rowsAside, releases.length);
  const reasons = await asideOf(done);
  console.log(
    `Notices: ${done.rowsRead} releases read, ${done.rowsAside} kept aside${reasons.map((each) => `\n  ${each}`).join('')}`,
  );
  // Awards about technology, by the newest release of each process.
  const newest = new Map<string, Published>();
  for (const each of releases.toSorted((a, b) => Date.parse(a.date) - Date.parse(b.date))) {
    if (each.awards !== undefined) newest.set(each.ocid, each);
  }
  const awards = [...newest.values()]
    .filter((each) => /^(302|32|48|642|72|503|516)/.test(each.tender?.classification?.id ?? '48'))
    .flatMap((each) => each.awards ?? [])
    .filter((award) => award.status !== 'cancelled' && award.status !== 'unsuccessful');
  const contracts = (await transact((tx) => listContracts(tx))).slice();
  const made = contracts.filter(
    (each) =>
      each.stated['title']?.source.startsWith('notice ocds-b5fd17') ||
      each.stated['title']?.source.startsWith('notice ocds-h6vhtk'),
  );
  assert.equal(contracts.length - before, awards.length);
  assert.equal(
    made.reduce((sum, each) => sum + (each.value ?? 0), 0),
    awards.reduce((sum, award) => sum + Math.round((award.value?.amount ?? 0) * 100), 0),
  );
  console.log(`  ${made.length} contracts about technology`);
  assert.deepEqual(countsOf(await importFile('estate.notices', path))[1], 0, 'the same file again adds nothing');
});
