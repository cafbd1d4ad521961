import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compileConditions } from './conditions.ts';
import { addToDate } from './dates.ts';
import type { Answer, Expression, Operand, Operator, TimeUnit } from '../definition/form.ts';

const today = '2026-03-31';

function holds(expression: Expression, answers: Record<string, Answer>): boolean {
  const compiled = compileConditions([{ id: 'c', displayName: 'c', expression, extra: {} }]);
  return compiled.get('c')?.holds({ answer: (key) => answers[key], today }) ?? assert.fail();
}

function compare(operator: Operator, value: Operand, answer?: Answer): boolean {
  return holds({ kind: 'compare', key: 'q', operator, value }, answer === undefined ? {} : { q: answer });
}

const value = (of: string | number | boolean): Operand => ({ type: 'value', value: of });
const choices = (values: string[], together: 'and' | 'or' = 'or'): Operand => ({ type: 'choices', values, together });
const ago = (period: number, unit: 'days' | 'months' | 'years'): Operand => ({
  type: 'relative-date',
  period,
  unit,
  direction: 'past',
});
const ahead = (period: number, unit: 'days' | 'months' | 'years'): Operand => ({
  type: 'relative-date',
  period,
  unit,
  direction: 'future',
});

test('each operator holds and does not hold as its words say', () => {
  const cases: [Operator, Operand, Answer | undefined, boolean][] = [
    ['is', value('a'), 'a', true],
    ['is', value('a'), 'b', false],
    ['is', value(true), true, true],
    ['is', value('true'), true, true],
    ['is', value('1.0'), 1, true],
    ['is', choices(['a', 'b']), 'b', true],
    ['is not', value('a'), 'b', true],
    ['is not', value('a'), undefined, true],
    ['is', value(''), undefined, false],
    ['contains', choices(['a']), ['a', 'b'], true],
    ['contains', choices(['a', 'c'], 'and'), ['a', 'b'], false],
    ['contains', choices(['a', 'b'], 'and'), ['a', 'b'], true],
    ['does not contain', choices(['c']), ['a', 'b'], true],
    ['contains', value('cat'), 'concatenate', true],
    ['has length', value(3), 'abc', true],
    ['is longer than', value('3'), 'abc', false],
    ['is longer than', value('3'), 'abcd', true],
    ['is shorter than', value(3), 'ab', true],
    ['is shorter than', value(3), undefined, false],
    ['is more than', value(10), 9, false],
    ['is more than', value('10'), 11, true],
    ['is at least', value(10), 10, true],
    ['is at most', value(10), 10, true],
    ['is less than', value(10), 10, false],
    ['is before', value('2026-01-02'), '2026-01-01', true],
    ['is after', value('2026-01-02'), '2026-01-02', false],
  ];
  for (const [operator, operand, answer, expected] of cases) {
    const words = `${JSON.stringify(answer)} ${operator} ${JSON.stringify(operand)}`;
    assert.equal(compare(operator, operand, answer), expected, words);
  }
});

test('a person is at least 18 on the 18th birthday and not the day before', () => {
  assert.equal(compare('is at least', ago(18, 'years'), '2008-03-31'), true);
  assert.equal(compare('is at least', ago(18, 'years'), '2008-04-01'), false);
  assert.equal(compare('is more than', ago(18, 'years'), '2008-03-31'), false);
  assert.equal(compare('is less than', ago(18, 'years'), '2008-04-01'), true);
  assert.equal(compare('is at most', ago(18, 'years'), '2008-03-31'), true);
});

test('a date in the future is counted from today', () => {
  assert.equal(compare('is at least', ahead(10, 'days'), '2026-04-10'), true);
  assert.equal(compare('is at least', ahead(10, 'days'), '2026-04-09'), false);
  assert.equal(compare('is less than', ahead(1, 'months'), '2026-04-29'), true);
});

test('months and years are added by the calendar', () => {
  assert.equal(addToDate('2026-03-31', -1, 'months'), '2026-02-28');
  assert.equal(addToDate('2024-02-29', 1, 'years'), '2025-02-28');
  assert.equal(addToDate('2026-01-15', -13, 'months'), '2024-12-15');
  assert.equal(addToDate('2026-01-01', -1, 'days'), '2025-12-31');
  assert.equal(addToDate('0099-03-01', -1, 'days'), '0099-02-28');
  assert.equal(addToDate('2026-01-01', 900_000_000, 'days'), '9999-12-31');
});

const is = (key: string): Expression => ({ kind: 'compare', key, operator: 'is', value: value('yes') });
const named = (id: string, expression: Expression) => ({ id, displayName: id, expression, extra: {} });

test('AND and OR join comparisons and named conditions', () => {
  const compiled = compileConditions([
    named('both', { kind: 'all', of: [is('a'), { kind: 'condition', id: 'either' }] }),
    named('either', { kind: 'any', of: [is('b'), is('c')] }),
  ]);
  const both = compiled.get('both') ?? assert.fail();
  assert.deepEqual([...both.keys].toSorted(), ['a', 'b', 'c']);
  const given = (answers: Record<string, Answer>) => both.holds({ answer: (key) => answers[key], today });
  assert.equal(given({ a: 'yes', c: 'yes' }), true);
  assert.equal(given({ a: 'yes', c: 'no' }), false);
  assert.equal(given({ b: 'yes' }), false);
});

test('a condition that depends on itself is not compiled', () => {
  const circle: Expression = { kind: 'condition', id: 'c' };
  assert.throws(() => compileConditions([{ id: 'c', displayName: 'c', expression: circle, extra: {} }]), /itself/);
});

test('hours and minutes are counted from now, of a time of day without its date', () => {
  const counted = (period: number, unit: TimeUnit, direction: 'past' | 'future'): Operand => ({
    type: 'relative-time',
    period,
    unit,
    direction,
  });
  const at = (answer: string, operator: Operator, from: Operand): boolean => {
    const expression = { kind: 'compare', key: 'when', operator, value: from } as const;
    const [condition] = compileConditions([{ id: 'c', displayName: 'c', expression, extra: {} }]).values();
    return condition?.holds({ answer: () => answer, today, time: '01:30' }) ?? assert.fail();
  };
  assert.equal(at('2026-03-30T23:30', 'is at least', counted(2, 'hours', 'past')), true);
  assert.equal(at('2026-03-30T23:31', 'is at least', counted(2, 'hours', 'past')), false);
  assert.equal(at('2026-03-31T01:45', 'is more than', counted(900, 'seconds', 'future')), false);
  assert.equal(at('2026-03-31T01:46', 'is more than', counted(15, 'minutes', 'future')), true);
  assert.equal(at('02:15', 'is less than', counted(1, 'hours', 'future')), true);
  assert.equal(at('02:45', 'is less than', counted(1, 'hours', 'future')), false);
});
