import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { makeWorkbook, makeZip } from '../../../testing/workbook.ts';
import { openSheet, SheetProblem, type SheetLimits, type SheetRow } from './sheet.ts';

const folder = mkdtempSync(join(tmpdir(), 'commonhold-sheets-'));
after(() => rmSync(folder, { recursive: true }));

function fileOf(content: Buffer | string): string {
  const path = join(folder, 'table');
  writeFileSync(path, content);
  return path;
}

async function read(content: Buffer | string, limits: Partial<SheetLimits> = {}): Promise<SheetRow[]> {
  const sheet = await openSheet(fileOf(content), { limits });
  return Array.fromAsync(sheet.rows());
}

const cellsOf = (rows: readonly SheetRow[]) => rows.map((row) => row.cells);

test('a CSV file is read whatever its encoding, separator and line ends', async () => {
  const rows = [
    ['Supplier', 'Spend'],
    ['Café Niño Ltd', '£1,200'],
    ['“Smith” & Söhne', '5'],
  ];
  const line = (separator: string) => (row: string[]) =>
    row.map((cell) => (cell.includes(separator) ? `"${cell}"` : cell)).join(separator);
  assert.deepEqual(cellsOf(await read(rows.map(line(',')).join('\r\n'))), rows);
  assert.deepEqual(cellsOf(await read(`\ufeff${rows.map(line(';')).join('\n')}\n`)), rows);
  assert.deepEqual(cellsOf(await read(Buffer.from(`\ufeff${rows.map(line('\t')).join('\n')}`, 'utf16le'))), rows);
  const inMac: Readonly<Record<string, number>> = { é: 0x8e, ñ: 0x96, '£': 0xa3, '“': 0xd2, '”': 0xd3, ö: 0x9a };
  const inWindows: Readonly<Record<string, number>> = { é: 0xe9, ñ: 0xf1, '£': 0xa3, '“': 0x93, '”': 0x94, ö: 0xf6 };
  const encode = (text: string, map: Readonly<Record<string, number>>) =>
    Buffer.from(Array.from(text, (letter) => map[letter] ?? letter.charCodeAt(0)));
  assert.deepEqual(cellsOf(await read(encode(rows.map(line(',')).join('\r'), inMac))), rows);
  assert.deepEqual(cellsOf(await read(encode(rows.map(line(';')).join('\r\n'), inWindows))), rows);
});

test('what a file was taken for is said', async () => {
  assert.equal((await openSheet(fileOf('a;b\n1;2\n'))).description, 'CSV, UTF-8, columns separated by semicolons');
  const workbook = await openSheet(fileOf(makeWorkbook([['a']], 'Contracts 2026')));
  assert.equal(workbook.description, 'Excel workbook, sheet “Contracts 2026”');
});

test('a quotation mark that is never closed is told at its row, and what stood before it is kept', async () => {
  const rows = await read('name,cost\nRiver,10\n"Lake,20\nSea,30\n');
  assert.deepEqual(cellsOf(rows).slice(0, 2), [
    ['name', 'cost'],
    ['River', '10'],
  ]);
  const last = rows.at(-1);
  assert.equal(last?.number, 3);
  assert.match(last?.unreadable ?? '', /not closed/);
});

test('a workbook gives its days as dates, its numbers as they are shown, and its gaps as empty cells', async () => {
  const rows = await read(
    makeWorkbook([
      ['System', 'Ends on', 'Cost'],
      ['Licensing & permits', { day: '2027-02-28' }, 0.1 + 0.2],
      // Number 16, which spreadsheets show a day later: they count a 29 February 1900 that never was.
      ['', { day: '1900-01-15' }, 1200],
    ]),
  );
  assert.deepEqual(cellsOf(rows), [
    ['System', 'Ends on', 'Cost'],
    ['Licensing & permits', '2027-02-28', '0.3'],
    ['', '1900-01-16', '1200'],
  ]);
});

test('a workbook that would unpack beyond the limit is refused before it is unpacked', async () => {
  const bomb = makeZip({
    'xl/workbook.xml': '<workbook/>',
    'xl/_rels/workbook.xml.rels': '<Relationships/>',
    'xl/worksheets/sheet1.xml': Buffer.alloc(30_000_000, ' '),
  });
  assert.ok(bomb.length < 100_000, 'a small file');
  await assert.rejects(read(bomb, { unpackedBytes: 20_000_000 }), /unpacks to more than 20 MB/);
});

test('a workbook that lies about its size is refused when more comes out', async () => {
  const workbook = makeWorkbook([['a'], ['b'.repeat(5000)]]);
  // Every stated unpacked size in the directory becomes 10.
  for (
    let at = workbook.indexOf('PK\u0001\u0002', 0, 'latin1');
    at >= 0;
    at = workbook.indexOf('PK\u0001\u0002', at + 4, 'latin1')
  ) {
    workbook.writeUInt32LE(10, at + 24);
  }
  await assert.rejects(read(workbook), /damaged/);
});

test('entities that would swell are refused', async () => {
  const workbook = makeZip({
    'xl/workbook.xml': '<!DOCTYPE w [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;">]><workbook>&b;</workbook>',
    'xl/_rels/workbook.xml.rels': '<Relationships/>',
  });
  await assert.rejects(read(workbook), /damaged/);
});

test('whatever is no table is refused, saying what to do', async () => {
  for (const [content, message] of [
    ['', /empty/],
    [Buffer.from('d0cf11e0a1b11ae100', 'hex'), /\.xls.*Save it as/],
    ['%PDF-1.7 ...', /PDF/],
    [Buffer.from([0x61, 0, 0, 0, 1]), /not a table/],
    [makeZip({ 'word/document.xml': '<w/>' }), /no Excel workbook/],
    [makeWorkbook([['a']]).subarray(0, 300), /damaged/],
  ] as const) {
    await assert.rejects(read(content), (error) => error instanceof SheetProblem && message.test(error.message));
  }
  await assert.rejects(read('a,b\n1,2\n', { fileBytes: 4 }), /Split it/);
});

test('a row beyond the limits is told, and the next is read', async () => {
  const rows = await read(`a,b\n1,${'x'.repeat(50)}\n3,4\n${'5,'.repeat(20)}\n7,8\n`, {
    cellCharacters: 40,
    columns: 10,
  });
  assert.match(rows[1]?.unreadable ?? '', /more than 40 characters/);
  assert.match(rows[3]?.unreadable ?? '', /21 columns/);
  assert.deepEqual(rows[4]?.cells, ['7', '8']);
});
