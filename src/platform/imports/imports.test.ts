import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { createKeyring, newId, type Scope } from '#platform';
import { sql } from 'kysely';
import { createTestDatabase } from '../../../testing/database.ts';
import { asOwner } from '../../../testing/server.ts';
import { makeWorkbook } from '../../../testing/workbook.ts';
import { createImports, type Importer, type ShownImport } from './imports.ts';
import { RowProblem, type ImportMapping } from './mapping.ts';

const { database, ownerUrl } = await createTestDatabase();
await asOwner(
  ownerUrl,
  `create table public.rivers (organisation_id uuid, name text check (name <> 'Lethe'), length integer, surveyed date,
     primary key (organisation_id, name))`,
  'grant all on public.rivers to commonhold_application',
);
const folder = mkdtempSync(join(tmpdir(), 'commonhold-imports-'));
after(() => rmSync(folder, { recursive: true }));

const scope: Scope = { organisationId: newId(), actor: { kind: 'system', name: 'Agnes Tull' } };
const keyring = createKeyring([Buffer.alloc(32, 7).toString('base64')]);
let failures = 0;

/** Rivers, known by their name. */
const rivers: Importer = {
  kind: 'test.rivers',
  title: 'Rivers',
  fields: [
    { name: 'name', label: 'River', kind: 'text', required: true },
    { name: 'length', label: 'Length in kilometres', kind: 'whole number', alsoCalled: ['km'] },
    { name: 'surveyed', label: 'Date of survey', kind: 'day' },
  ],
  async take(tx, record) {
    const { name, length = null, surveyed = null } = record;
    if (typeof length === 'number' && length < 0)
      throw new RowProblem('A river cannot be shorter than nothing.', 'length');
    if (name === 'Styx' && failures > 0) {
      failures -= 1;
      throw new Error('the process died');
    }
    const found = await sql<{ length: number | null; surveyed: string | null }>`
      select length, surveyed from public.rivers where organisation_id = ${tx.organisationId} and name = ${name}`.execute(
      tx.tables('public'),
    );
    const known = found.rows[0];
    if (known === undefined) {
      await sql`insert into public.rivers values (${tx.organisationId}, ${name}, ${length}, ${surveyed})`.execute(
        tx.tables('public'),
      );
      return 'added';
    }
    if (known.length === length && known.surveyed === surveyed) return 'same';
    await sql`update public.rivers set length = ${length}, surveyed = ${surveyed} where organisation_id = ${tx.organisationId} and name = ${name}`.execute(
      tx.tables('public'),
    );
    return 'changed';
  },
};
const imports = createImports({ database, keyring, importers: () => [rivers] });

async function receive(content: string | Buffer, fileName = 'rivers.csv'): Promise<ShownImport> {
  const path = join(folder, 'file');
  writeFileSync(path, content);
  const id = await imports.receive(scope, { kind: 'test.rivers', path, fileName });
  return database.transact(scope, (tx) => imports.get(tx, id));
}

async function importAll(content: string | Buffer): Promise<ShownImport> {
  const { id, mapping } = await receive(content);
  await database.transact(scope, (tx) => imports.begin(tx, id, mapping));
  return imports.run(scope, id);
}

const countsOf = ({ rowsRead, rowsAdded, rowsChanged, rowsSame, rowsAside }: ShownImport) => ({
  read: rowsRead,
  added: rowsAdded,
  changed: rowsChanged,
  same: rowsSame,
  aside: rowsAside,
});

const table = (rows: number) =>
  ['River,km,Date of survey', ...Array.from({ length: rows }, (_, n) => `River ${n},${n},01/02/2026`)].join('\n');

test('a table is taken whole, and importing it again changes nothing', async () => {
  const first = await importAll(table(700));
  assert.equal(first.state, 'finished');
  assert.deepEqual(countsOf(first), { read: 700, added: 700, changed: 0, same: 0, aside: 0 });
  assert.deepEqual(countsOf(await importAll(table(700))), { read: 700, added: 0, changed: 0, same: 700, aside: 0 });
});

test('columns are found by name and content below a title, and what a person says is remembered', async () => {
  const sheet = makeWorkbook([
    ['Rivers of the realm'],
    [],
    ['Watercourse', 'Length (km)', 'Survey date', 'Remarks'],
    ['Wharfe', 97, { day: '2025-06-30' }, 'none'],
    ['Nidd', 95, { day: '2025-07-01' }, 'none'],
  ]);
  const received = await receive(sheet, 'rivers.xlsx');
  assert.deepEqual(received.mapping.columns, { length: 1, surveyed: 2 });
  assert.equal(received.mapping.headingRow, 3);
  const { columns, rowsBelow } = await database.transact(scope, (tx) => imports.columns(tx, received.id));
  assert.equal(rowsBelow, 2);
  assert.deepEqual(columns[0], { index: 0, heading: 'Watercourse', samples: ['Wharfe', 'Nidd'] });
  await assert.rejects(
    database.transact(scope, (tx) => imports.begin(tx, received.id, received.mapping)),
    { places: [{ place: 'name', message: 'Choose the column for River.' }] },
  );
  const chosen: ImportMapping = { headingRow: 3, dayOrder: 'day first', columns: { name: 0, length: 1, surveyed: 2 } };
  await database.transact(scope, (tx) => imports.begin(tx, received.id, chosen));
  assert.deepEqual(countsOf(await imports.run(scope, received.id)), {
    read: 2,
    added: 2,
    changed: 0,
    same: 0,
    aside: 0,
  });
  const again = await receive(sheet, 'rivers.xlsx');
  assert.deepEqual(again.mapping?.columns, chosen.columns);
});

test('rows that cannot be taken lie aside with the reason, and are taken once they are mended', async () => {
  const done = await importAll('River,km,Date of survey\nAire,-5,\nCalder,72,31/02/2026\nDon,x,\n,9,\nEsk,45,\n');
  assert.deepEqual(countsOf(done), { read: 5, added: 1, changed: 0, same: 0, aside: 4 });
  const aside = await database.transact(scope, (tx) => imports.listAside(tx, done.id));
  assert.deepEqual(
    aside.map((row) => [row.number, row.field, row.reason]),
    [
      [2, 'length', 'A river cannot be shorter than nothing.'],
      [
        3,
        'surveyed',
        'Date of survey: Cannot read date "31/02/2026": February has 28 days. Use a real date, such as 28/02/2026.',
      ],
      [4, 'length', 'Length in kilometres: Cannot read number "x". Write digits, such as 1234.'],
      [5, 'name', 'River is empty. Fill it in.'],
    ],
  );
  const still = await imports.retryRow(scope, done.id, 3, ['Calder', '72', '30/02/2026']);
  assert.match(still?.message ?? '', /February has 28 days/);
  assert.equal(await imports.retryRow(scope, done.id, 3, ['Calder', '72', '28/02/2026']), null);
  await database.transact(scope, (tx) => imports.dropRow(tx, done.id, 5));
  assert.equal(await imports.retryRow(scope, done.id, 5, ['Ghost', '1', '']), null, 'what was dropped stays dropped');
  const shown = await database.transact(scope, (tx) => imports.get(tx, done.id));
  assert.deepEqual(countsOf(shown), { read: 5, added: 2, changed: 0, same: 0, aside: 2 });
});

test('a row that the database refuses lies aside, and the rows around it are taken', async () => {
  const done = await importAll('River,km\nForth,47\nLethe,1\nTay,188\n');
  assert.deepEqual(countsOf(done), { read: 3, added: 2, changed: 0, same: 0, aside: 1 });
});

test('an import that is broken off goes on where it was, and takes nothing twice', async () => {
  failures = 1;
  const rows = ['River,km', ...Array.from({ length: 600 }, (_, n) => `Brook ${n},1`)];
  rows.splice(400, 0, 'Styx,9');
  const { id, mapping } = await receive(rows.join('\n'));
  await database.transact(scope, (tx) => imports.begin(tx, id, mapping));
  await assert.rejects(imports.run(scope, id), /the process died/);
  const broken = await database.transact(scope, (tx) => imports.get(tx, id));
  assert.equal(broken.state, 'running');
  assert.equal(broken.rowsAdded, 249, 'whole chunks, or none of them');
  assert.deepEqual(countsOf(await imports.run(scope, id)), { read: 601, added: 601, changed: 0, same: 0, aside: 0 });
  assert.deepEqual(countsOf(await imports.run(scope, id)), { read: 601, added: 601, changed: 0, same: 0, aside: 0 });
});

test('two that run one import at once take each row once', async () => {
  const { id, mapping } = await receive(
    ['River,km', ...Array.from({ length: 900 }, (_, n) => `Beck ${n},1`)].join('\n'),
  );
  await database.transact(scope, (tx) => imports.begin(tx, id, mapping));
  await Promise.all([imports.run(scope, id), imports.run(scope, id)]);
  const done = await database.transact(scope, (tx) => imports.get(tx, id));
  assert.deepEqual(countsOf(done), { read: 900, added: 900, changed: 0, same: 0, aside: 0 });
});

test('a file that is no table leaves nothing behind, and no other organisation sees an import', async () => {
  const before = await database.transact(scope, (tx) => imports.list(tx, 'test.rivers'));
  await assert.rejects(receive('%PDF-1.7'), /PDF/);
  assert.equal((await database.transact(scope, (tx) => imports.list(tx, 'test.rivers'))).length, before.length);
  const other: Scope = { organisationId: newId(), actor: { kind: 'system', name: 'Iven Sorrel' } };
  assert.deepEqual(await database.transact(other, (tx) => imports.list(tx, 'test.rivers')), []);
  await assert.rejects(
    database.transact(other, (tx) => imports.get(tx, before[0]?.id ?? newId())),
    { kind: 'not-found' },
  );
});

test('what was being received when its process died goes when the next is received, a day later', async () => {
  const left = async (): Promise<number> =>
    database.transact(scope, async (tx) => {
      const { rows } = await sql<{ left: number }>`
        select count(*)::int as left from platform.imports where organisation_id = ${tx.organisationId} and state = 'receiving'`.execute(
        tx.tables('platform'),
      );
      return rows[0]?.left ?? 0;
    });
  const { id } = await receive(table(3));
  const dieWhileReceiving = async (ago: string): Promise<void> =>
    database.transact(scope, async (tx) => {
      await sql`update platform.imports set state = 'receiving', received_at = now() - ${ago}::interval
                 where organisation_id = ${tx.organisationId} and id = ${id}`.execute(tx.tables('platform'));
    });
  await dieWhileReceiving('23 hours');
  await receive(table(3));
  assert.equal(await left(), 1, 'it may still be received');
  await dieWhileReceiving('25 hours');
  await receive(table(3));
  assert.equal(await left(), 0);
});
