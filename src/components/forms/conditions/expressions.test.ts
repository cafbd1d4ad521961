import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { compileConditions } from './conditions.ts';
import { parseExpression } from './expressions.ts';
import type { Answer } from '../definition/form.ts';

const find = (name: string): string[] => (name.startsWith('unknown') ? [] : [name]);

function holds(text: string, answers: Readonly<Record<string, Answer>>): boolean {
  const expression = parseExpression(text, find);
  assert.ok(typeof expression !== 'string', `${text}: ${JSON.stringify(expression)}`);
  const compiled = compileConditions([{ id: 'c', displayName: 'c', expression, extra: {} }]);
  return compiled.get('c')?.holds({ answer: (key) => answers[key], today: '2026-03-31' }) ?? assert.fail();
}

test('a condition that is written as a string says what its author meant', () => {
  const cases: [string, Record<string, Answer>, boolean][] = [
    ['passport.uk==true', { 'passport.uk': true }, true],
    ['passport.uk==false', { 'passport.uk': true }, false],
    ["a.name == 'Jen'", { 'a.name': 'Jen' }, true],
    ["a.name == 'O\\'Neil'", { 'a.name': "O'Neil" }, true],
    ['people > 2', { people: 3 }, true],
    ['2 < people', { people: 3 }, true],
    ['people >= -1', { people: 0 }, true],
    ['a == 1 or b == 1 and c == 1', { a: 1, b: 0, c: 0 }, true],
    ['(a == 1 or b == 1) and c == 1', { a: 1, b: 0, c: 0 }, false],
    ['not (a == 1) && !b', { a: 2, b: false }, true],
    ['length(story) > 3', { story: 'abcd' }, true],
    ['length(story) >= 5', { story: 'abcd' }, false],
    ["'fish' in pets", { pets: ['cat', 'fish'] }, true],
    ["country in ['Wales', 'England']", { country: 'France' }, false],
    ['happy', { happy: true }, true],
    ["born <= dateForComparison(-18, 'years')", { born: '2008-03-31' }, true],
    ["born <= dateForComparison(-18, 'years')", { born: '2008-04-01' }, false],
    ["day > dateForComparison(10, 'days')", { day: '2026-04-11' }, true],
    ["dateForComparison(10, 'days') < day", { day: '2026-04-10' }, false],
    ["hour < timeForComparison(2, 'hours')", { hour: '13:59' }, true],
    ["hour < timeForComparison(2, 'hours')", { hour: '14:00' }, false],
  ];
  for (const [text, answers, expected] of cases) assert.equal(holds(text, answers), expected, text);
});

test('whatever is more than comparisons is refused with the place, and never run', () => {
  for (const text of [
    '',
    '(',
    'a ==',
    'a == b',
    'a == 1 b',
    'process.exit()',
    'constructor("return 1")()',
    'a = 1',
    'a == [1, 2]',
    '1',
    'unknown == 1',
    '`${a}`',
    `${'('.repeat(2_000)}a${')'.repeat(2_000)}`,
    `${'not '.repeat(1_000)}a`,
    `a == ${'1'.repeat(6_000)}`,
  ]) {
    const read = parseExpression(text, find);
    assert.equal(typeof read, 'string', `${text.slice(0, 40)} was read as ${JSON.stringify(read).slice(0, 80)}`);
  }
});

test('no text, however odd, makes the parser throw or hang', () => {
  const piece = fc.constantFrom(
    'a',
    'b.c',
    '(',
    ')',
    'and',
    'or',
    'not',
    '==',
    '<',
    "'x",
    '"y"',
    '[',
    ']',
    ',',
    'in',
    '1',
    ' ',
    '\\',
  );
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.array(piece, { maxLength: 40 }).map((pieces) => pieces.join(' ')),
      ),
      (text) => {
        parseExpression(text, find);
      },
    ),
    { numRuns: 1_000 },
  );
});
