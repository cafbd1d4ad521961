import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkLook, contrastWithWhite, lookStylesheet } from './look.ts';

await test('a colour on which white text cannot be read is refused with what to do', () => {
  assert.throws(() => checkLook({ governmentName: 'Alder', colour: '#ffdd00' }), /contrast of 1\.\d to 1.*darker/);
  assert.throws(() => checkLook({ governmentName: 'Alder', colour: 'teal' }), /six digits/);
  assert.throws(() => checkLook({ governmentName: ' ', colour: '#1a4d5c' }), /name/);
  checkLook({ governmentName: 'Alder', colour: '#1a4d5c' });
});

await test('contrast is that of WCAG', () => {
  assert.equal(contrastWithWhite('#000000'), 21);
  assert.equal(contrastWithWhite('#ffffff'), 1);
  assert.equal(contrastWithWhite('#767676').toFixed(2), '4.54');
});

await test('the government’s colour reaches the design system as custom properties', () => {
  assert.match(lookStylesheet('#1a4d5c'), /--govuk-brand-colour:#1a4d5c;/);
});
