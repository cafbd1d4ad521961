import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Problem } from '#platform';
import { fillPlaceholders, keyOf, placeholdersOf } from './template-text.ts';

const fill = (text: string, personalisation: Record<string, string>): string =>
  fillPlaceholders({ text }, personalisation).text;

test('a placeholder becomes its value, wherever and however often it stands', () => {
  assert.equal(fill('((a))((b)), ((a))', { a: 'one', b: 'two' }), 'onetwo, one');
});

test('names match without regard to case, spaces, underscores and hyphens', () => {
  assert.equal(
    fill('((First Name)) ((first_name)) ((FIRST-NAME)) (( firstname ))', { 'first name': 'Ada' }),
    'Ada Ada Ada Ada',
  );
});

test('everything that is missing is named at once, each as the text first spells it', () => {
  assert.throws(
    () =>
      fillPlaceholders(
        { subject: '((Ref No)) ((given))', body: '((ref_no)) ((Due date)) ((paid??yes))' },
        { given: '' },
      ),
    (error: unknown) =>
      error instanceof Problem &&
      error.status === 400 &&
      error.message === 'Missing personalisation: Ref No, Due date, paid',
  );
});

test('a condition shows its text for yes in its spellings, and nothing otherwise', () => {
  for (const yes of ['yes', 'Y', 'true', 'T', '1', 'include', 'SHOW', ' yes ']) {
    assert.equal(fill('a((b??, and c))', { b: yes }), 'a, and c', yes);
  }
  for (const no of ['no', 'false', '0', '', 'hide', 'yes please']) {
    assert.equal(fill('a((b??, and c))', { b: no }), 'a', no);
  }
});

test('a condition is split at its first question marks', () => {
  assert.equal(fill('((late??Really?? Yes))', { late: 'yes' }), 'Really?? Yes');
});

test('what is filled in is not read again', () => {
  assert.equal(fill('((a))', { a: '((secret))', secret: 'x' }), '((secret))');
  assert.equal(fill('((a)) ((b))', { a: '$&', b: '$1 $$' }), '$& $1 $$');
});

test('brackets that are no placeholder stay', () => {
  for (const text of ['(a)', '(())', '((a)', '((a(b)))', 'f(x)']) assert.equal(fill(text, {}), text);
});

test('the placeholders of a text are listed once each', () => {
  assert.deepEqual(placeholdersOf('((a)) ((B??c)) ((b)) ((A))'), ['a', 'B']);
});

test('a list becomes a sentence, or bullets where those are asked for; what is empty in it is left out', () => {
  const list = ['  one ', null, '', 'two', '\u200b', 3];
  assert.deepEqual(fillPlaceholders({ subject: '((a))', body: 'x((a))' }, { a: list }, { bullets: ['body'] }), {
    subject: 'one, two and 3',
    body: 'x\n\n* one\n* two\n* 3',
  });
  assert.equal(fillPlaceholders({ text: '((a))' }, { a: ['one'] }).text, 'one');
  assert.equal(fillPlaceholders({ text: 'x((a))' }, { a: [] }, { bullets: ['text'] }).text, 'x');
});

test('null is missing; numbers, yes and no are written', () => {
  assert.throws(() => fillPlaceholders({ text: '((a))' }, { a: null }), /Missing personalisation: a/);
  assert.equal(fillPlaceholders({ text: '((a)) ((b??shown))' }, { a: 0, b: true }).text, '0 shown');
});

test('whatever the name and the value, it is filled in under every spelling of the name, and nothing else changes', () => {
  const name = fc.string({ minLength: 1 }).filter((text) => keyOf(text) !== '' && !/[()]|\?\?|\?$/.test(text));
  fc.assert(
    fc.property(name, fc.string(), fc.string(), (spelt, value, around) => {
      const still = around.replaceAll(/[()]/g, '');
      const other = Array.from(spelt).join('_').toUpperCase().toLowerCase();
      fc.pre(keyOf(other) === keyOf(spelt));
      assert.equal(
        fillPlaceholders({ text: `${still}((${spelt}))${still}` }, { [other]: value }).text,
        still + value + still,
      );
    }),
  );
});
