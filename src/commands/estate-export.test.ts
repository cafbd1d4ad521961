import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { parse } from 'csv-parse/sync';
import {
  findOrAddDepartment,
  findOrAddSupplier,
  getSystem,
  listChanges,
  listContracts,
  listSystems,
  recordSpend,
  saveContract,
  saveSystem,
  shareContract,
} from '#estate';
import { createOrganisation, newOrganisationId } from '#organisations';
import { readSettings, type Tx } from '#platform';
import { createTestDatabase } from '../../testing/database.ts';
import { exportEstate } from './estate-export.ts';
import { importIntoEstate } from './estate-import.ts';

const { database, url } = await createTestDatabase();
const governmentId = newOrganisationId();
const transact = <T>(work: (tx: Tx) => Promise<T>): Promise<T> =>
  database.transact({ organisationId: governmentId, actor: { kind: 'system', name: 'Nadia Roth' } }, work);
const settings = readSettings({
  ENCRYPTION_KEYS: Buffer.alloc(32, 7).toString('base64'),
  LOG_LEVEL: 'silent',
  DATABASE_URL: url,
});
const folder = mkdtempSync(join(tmpdir(), 'commonhold-export-'));
after(() => rmSync(folder, { recursive: true }));

const dangerous = '=HYPERLINK("http://evil.example";"Tides, and \'more\'")';
await transact(async (tx) => {
  await createOrganisation(tx, { parentId: null, slug: 'government', name: 'Government', kind: 'government' });
  const source = { kind: 'person', name: 'asked the owner', statedOn: '2024-02-29' } as const;
  const { id: departmentId } = await findOrAddDepartment(tx, { name: 'Department of Harbours' });
  const { id: supplierId } = await findOrAddSupplier(tx, { name: '@SUM(1+1)*cmd' });
  const system = await saveSystem(
    tx,
    {
      departmentId,
      name: dangerous,
      reference: 'T-1',
      description: '+44 20 7946 0000\r\nis the desk',
      area: 'mission IT',
      users: 1200,
      hosting: 'own data centre',
      businessFit: 3,
      parts: [
        { kind: 'application', needKey: 'deciding-cases', costs: { people: 123_456, other: 1 } },
        { kind: 'hosting', costs: { services: 99 } },
      ],
    },
    source,
  );
  const contract = await saveContract(
    tx,
    {
      departmentId,
      supplierId,
      title: '-2+3 days, "tides"',
      kind: 'hosting',
      yearlyCost: 5000,
      value: 10_000,
      startsOn: '2023-04-01',
      endsOn: '2025-03-31',
      notice: { count: 90, unit: 'days' },
      renewalMonths: 0,
      extensions: [
        { months: 12, upliftBasisPoints: 350, decideBy: '2025-01-31', likeForLike: true, takenOn: '2025-01-20' },
        { months: 6, upliftBasisPoints: -50, decideBy: null, likeForLike: false, takenOn: null },
      ],
      terminationFee: 700,
    },
    source,
  );
  const [application] = (await getSystem(tx, system.id)).parts;
  await shareContract(tx, { contractId: contract.id, partId: application?.id ?? '', shareBasisPoints: 10_000 });
  await recordSpend(tx, [
    {
      departmentId,
      supplierId,
      framework: null,
      lot: null,
      month: '2026-01-01',
      description: '\t=1+1',
      currency: 'GBP',
      amount: -500,
      source: 'spend.csv',
      identity: '1',
    },
  ]);
});

test('everything is taken out, nothing of it is a formula, and what is brought in again changes nothing', async () => {
  const paths = await exportEstate(settings, folder);
  assert.ok(paths.length > 10 && paths.every((path) => existsSync(path)));
  for (const path of paths.filter((each) => each.endsWith('.csv'))) {
    const rows: string[][] = parse(readFileSync(path, 'utf8'), { bom: true });
    assert.ok(rows.length > 0, path);
    for (const cell of rows.flat()) {
      assert.ok(!/^[\s"']*[=@＝＋－＠]/.test(cell.replace(/^'/, 'x')) && !/^[-+]\D/.test(cell), `${path}: ${cell}`);
    }
  }
  const known = () => transact(async (tx) => ({ systems: await listSystems(tx), contracts: await listContracts(tx) }));
  const before = await known();
  for (const [file, kind] of [
    ['systems.csv', 'systems'],
    ['parts.csv', 'systems'],
    ['contracts.csv', 'contracts'],
  ] as const) {
    const done = await importIntoEstate(settings, join(folder, file), { kind }, () => {});
    assert.deepEqual(
      [done.rowsAdded, done.rowsChanged, done.rowsAside, done.rowsSame > 0],
      [0, 0, 0, true],
      `${file}: ${done.failure ?? ''}`,
    );
  }
  assert.deepEqual(await known(), before, 'also who said it and when: nobody has confirmed anything by it');
});

test('what was changed in the spreadsheet, and nothing else, is taken when it is brought in again', async () => {
  const file = join(folder, 'mended.csv');
  await exportEstate(settings, folder);
  writeFileSync(file, readFileSync(join(folder, 'systems.csv'), 'utf8').replace(',1200,', ',1300,'));
  const done = await importIntoEstate(settings, file, { kind: 'systems' }, () => {});
  assert.equal(done.rowsChanged, 1);
  await transact(async (tx) => {
    const [system] = await listSystems(tx);
    assert.equal(system?.users, 1300);
    assert.equal(system.name, dangerous);
    const [newest] = await listChanges(tx, [system.id], 1);
    assert.deepEqual([newest?.field, newest?.source], ['users', 'mended.csv, row 2']);
    assert.equal(system.stated['hosting']?.on, '2024-02-29');
  });
});

test('an estate without a government is refused with what to do', async () => {
  const empty = await createTestDatabase();
  await assert.rejects(exportEstate({ ...settings, databaseUrl: empty.url }, folder), /operator add EMAIL/);
});
