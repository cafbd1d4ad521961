import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { compiledStyles, compileStyles } from './compile-styles.ts';

await test('the committed stylesheet is what its sources make, so that what was changed is what people see', async () => {
  assert.equal(
    await readFile(compiledStyles, 'utf8'),
    await compileStyles(),
    'Run `npm run generate` and commit src/design/assets/commonhold.css.',
  );
});

await test('the stylesheet carries neither the crown nor the typeface that are the United Kingdom’s own', async () => {
  const css = await readFile(compiledStyles, 'utf8');
  for (const mark of ['crown', 'crest', 'GDS Transport', '@font-face']) assert.ok(!css.includes(mark), mark);
});
