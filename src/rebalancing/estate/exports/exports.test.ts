import { writeCsv } from '#platform';
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import ajvDraft04 from 'ajv-draft-04';
import { parse } from 'csv-parse/sync';
import { openTestEstate, saidOn } from '../estate.fixture.ts';
import { saveContract } from '../contracts/contracts.ts';
import { findOrAddSupplier } from '../suppliers/suppliers.ts';
import { saveSystem } from '../systems/systems.ts';
import { readEstate } from '../whole-estate.ts';
import { writeReleasePackage } from './ocds.ts';
import { exportedTables, exportTable } from './tables.ts';

const { transact, addDepartment } = await openTestEstate();
const harbours = await addDepartment('Department of Harbours');
await transact(async (tx) => {
  const source = saidOn('2026-01-01');
  const supplier = await findOrAddSupplier(tx, { name: '@SUM(1+1)*cmd|calc' });
  await saveSystem(
    tx,
    {
      departmentId: harbours,
      name: '=HYPERLINK("http://evil.example","Tides")',
      parts: [{ kind: 'application', costs: { people: 123_456 } }],
    },
    source,
  );
  await saveContract(
    tx,
    {
      departmentId: harbours,
      title: '-2+3, "tides"\r\nand more',
      supplierId: supplier.id,
      value: 1_000_001,
      startsOn: '2025-01-01',
      endsOn: '2026-12-31',
      extensions: [{ months: 12, upliftBasisPoints: 0, decideBy: null, likeForLike: null, takenOn: null }],
    },
    source,
  );
  await saveContract(tx, { departmentId: harbours, title: 'Nothing is known' }, source);
});

test('nothing that somebody typed is a formula in the files, and the rest reads back as it was', async () => {
  const dangerous = ['=1+1', '+1', '-1+1', '@a', '\t=1', '\r=1', ' =1', '"=1', '＝1'];
  const text = writeCsv(
    ['a', 'b'],
    dangerous.map((value) => [value, -5]),
  );
  const rows: string[][] = parse(text);
  for (const [at, value] of dangerous.entries()) assert.deepEqual(rows[at + 1], [`'${value}`, '-5']);
  for (const table of exportedTables) {
    const file = await transact(async (tx) => exportTable(tx, await readEstate(tx, '2026-02-01'), table));
    const cells: string[][] = parse(file);
    for (const cell of cells.flat()) assert.ok(!/^[=+@\t\r]/.test(cell) && !/^-\D/.test(cell), `${table}: ${cell}`);
  }
  const contracts: Record<string, string>[] = parse(
    await transact(async (tx) => exportTable(tx, await readEstate(tx, '2026-02-01'), 'contracts')),
    { columns: true },
  );
  const tides = contracts.find((row) => row['title']?.includes('tides'));
  assert.equal(tides?.['title'], '\'-2+3, "tides"\r\nand more');
  assert.equal(tides['value'], '10000.01');
  assert.equal(tides['decide by'], '2026-12-31');
});

const folder = join(import.meta.dirname, '../../../../../shared/data/estate/ocds');
const skip = existsSync(folder)
  ? false
  : `${folder} is not there: the schemas of the standard are not part of the project`;

test('the contracts are taken out as a release package that the schema of the standard accepts', { skip }, async () => {
  const read = (name: string): object => JSON.parse(readFileSync(join(folder, name), 'utf8'));
  const release = new ajvDraft04.default({ strict: false, validateFormats: false, allErrors: true }).compile(
    read('release-schema.json'),
  );
  const estate = await transact((tx) => readEstate(tx, '2026-02-01'));
  const written: { releases: object[] } = JSON.parse(
    JSON.stringify(
      writeReleasePackage(estate, {
        uri: 'https://example.gov/estate.json',
        publisher: 'Government',
        publishedAt: '2026-02-01T00:00:00Z',
      }),
    ),
  );
  assert.equal(written.releases.length, 2);
  for (const each of written.releases) {
    assert.ok(release(each), JSON.stringify(release.errors));
  }
  // A planted mistake is found.
  assert.equal(release({ ...written.releases[0], tag: ['nonsense'] }), false);
});
