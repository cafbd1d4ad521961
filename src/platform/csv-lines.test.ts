import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parse } from 'csv-parse/sync';
import fc from 'fast-check';
import { csvLine, writeCsv } from './csv-lines.ts';

test('a text that a spreadsheet would run is made harmless, and a number stays a number', () => {
  const dangerous = ['=1+1', '+44 20', '-5x', '@SUM(1)', ' =1', '"=1"', '\t=1', '＝1', '=HYPERLINK("http://x")'];
  const rows: string[][] = parse(csvLine([...dangerous, '-5', '-0.25', -5, 7n, null, true]));
  assert.deepEqual(rows, [[...dangerous.map((text) => `'${text}`), '-5', '-0.25', '-5', '7', '', 'true']]);
});

test('whatever stands in a cell is read back as it was, but for the apostrophe before a formula', () => {
  fc.assert(
    fc.property(fc.array(fc.array(fc.string({ unit: 'binary' }), { minLength: 2, maxLength: 2 })), (table) => {
      const rows: string[][] = parse(writeCsv(['a', 'b'], table));
      assert.equal(rows.length, table.length + 1);
      for (const [at, cells] of table.entries()) {
        for (const [column, text] of cells.entries()) {
          const read = rows[at + 1]?.[column];
          assert.ok(read === text || read === `'${text}`, JSON.stringify([text, read]));
        }
      }
    }),
  );
});
