import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isObject } from '../../definition/dialects/reading.ts';
import type { JsonObject } from '../../definition/form.ts';
import { comparison, condition, form, page, question } from '../../definition/forms.fixture.ts';
import { checkDraft } from './checks.ts';

const today = '2026-11-24';
const asObject = (value: unknown): JsonObject => (isObject(value) ? value : {});
const checked = (parts: Readonly<Record<string, unknown>>) =>
  checkDraft(asObject(JSON.parse(JSON.stringify(form(parts)))), { today, canScanFiles: false });
const stops = (parts: Readonly<Record<string, unknown>>): string[] =>
  checked(parts)
    .checks.filter(({ severity }) => severity === 'stops')
    .map(({ place, message }) => `${place}: ${message}`);

const age = page('/age', [question('NumberField', 'age', 'Age', { schema: { min: 0, max: 120, precision: 0 } })]);
const dog = page('/dog', [question('YesNoField', 'dog', 'Dog?')]);
const name = page('/name', [question('TextField', 'name', 'Name')], { condition: 'c' });
const is = (id: string, operator: string, type: string, value: unknown) => comparison(id, operator, type, value);

test('a form with nothing wrong has no checks', () => {
  const conditions = [condition('c', [is('age', 'is at least', 'NumberValue', 18)])];
  assert.deepEqual(checked({ pages: [age, name], conditions }), { checks: [], unchecked: [] });
});

test('a condition that asks for more than can be answered can never hold', () => {
  const beyond = [condition('c', [is('age', 'is more than', 'NumberValue', 120)])];
  assert.match(stops({ pages: [age, name], conditions: beyond })[0] ?? '', /^c: .*can never hold/);
  const both = [
    condition('c', [is('age', 'is less than', 'NumberValue', 5), is('age', 'is more than', 'NumberValue', 5)]),
  ];
  assert.match(stops({ pages: [age, name], conditions: both })[0] ?? '', /can never hold/);
  const between = [
    condition('c', [is('age', 'is more than', 'NumberValue', 5), is('age', 'is less than', 'NumberValue', 7)]),
  ];
  assert.deepEqual(stops({ pages: [age, name], conditions: between }), [], '6 is between 5 and 7');
  const none = [
    condition('c', [is('age', 'is more than', 'NumberValue', 5), is('age', 'is less than', 'NumberValue', 6)]),
  ];
  assert.match(stops({ pages: [age, name], conditions: none })[0] ?? '', /can never hold/, 'whole numbers only');
});

test('a date that is limited is compared within its limits', () => {
  const born = page('/born', [question('DatePartsField', 'born', 'Born', { options: { maxDaysInPast: 30 } })]);
  const long = { period: 18, unit: 'years', direction: 'in the past' };
  const conditions = [condition('c', [is('born', 'is at least', 'RelativeDate', long)])];
  assert.match(stops({ pages: [born, name], conditions })[0] ?? '', /can never hold/);
});

test('a page that is asked only if two answers exclude each other is reached by nobody', () => {
  const second = page('/second', [question('YesNoField', 'second', 'Second?')], { condition: 'no' });
  const third = page('/third', [question('TextField', 'third', 'Third')], { condition: 'both' });
  const conditions = [
    condition('no', [is('dog', 'is', 'BooleanValue', false)]),
    condition('both', [is('dog', 'is', 'BooleanValue', true), is('second', 'is', 'BooleanValue', true)]),
  ];
  const found = stops({ pages: [dog, second, third], conditions });
  assert.equal(found.length, 1);
  assert.match(found[0] ?? '', /^both: .*can never hold/, 'the second is asked only of those without a dog');
});

test('what stands after an end that everybody comes to is reached by nobody', () => {
  const end = page('/end', [{ id: 'x', type: 'Markdown', content: 'No.' }], {
    title: 'You cannot',
    controller: 'TerminalPageController',
    condition: 'any',
  });
  const conditions = [
    condition('any', [is('dog', 'is', 'BooleanValue', true), is('dog', 'is', 'BooleanValue', false)], 'or'),
  ];
  const after = page('/after', [question('TextField', 'after', 'After')]);
  const found = stops({ pages: [dog, end, after], conditions });
  assert.ok(
    found.some((each) => each.startsWith('After: Nobody can come to this page')),
    found.join('\n'),
  );
});

test('what cannot be told is said to be unchecked, and never called wrong', () => {
  const code = page('/code', [question('TextField', 'code', 'Code', { schema: { regex: '^[A-Z]{3}$' } })]);
  const conditions = [condition('c', [is('code', 'is', 'StringValue', 'abc')])];
  const { checks, unchecked } = checked({ pages: [code, name], conditions });
  assert.deepEqual(checks, []);
  assert.match(unchecked.join(' '), /1 condition can hold was not checked/);
});

test('a hundred conditions over thirty questions are checked in bounds', () => {
  const pages = Array.from({ length: 30 }, (_, index) =>
    page(`/p${index}`, [question('YesNoField', `q${'abcdefghijklmnopqrstuvwxyz'[index % 26]}${index}`, 'Q?')]),
  );
  const ids = pages.map((_page, index) => `q${'abcdefghijklmnopqrstuvwxyz'[index % 26]}${index}`);
  const conditions = Array.from({ length: 100 }, (_, index) =>
    condition(
      `c${index}`,
      ids.map((id) => is(id, 'is', 'BooleanValue', index % 2 === 0)),
    ),
  );
  assert.match(checked({ pages, conditions }).unchecked.join(' '), /100 conditions can hold was not checked/);
});

test('each check leads to its place in the designer', () => {
  const { checks } = checked({
    pages: [
      page('/a', [question('TextField', 'a', '')]),
      page('/b', []),
      page('/c', [question('RadiosField', 'r', 'Which?', { list: 'nowhere' })]),
    ],
  });
  const places = checks.map(({ path }) => path);
  assert.ok(places.includes('/pages/%2Fa/components/a'), places.join(' '));
  assert.ok(places.includes('/pages/%2Fb'), places.join(' '));
  assert.ok(places.includes('/pages/%2Fc/components/r'), places.join(' '));
});
