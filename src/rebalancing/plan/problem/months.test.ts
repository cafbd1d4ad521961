import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { wholeMonths } from '../checker/checker.ts';
import { coveredMonths, dayOfMonth } from './months.ts';

test('a contract covers the months that end before it does', () => {
  assert.equal(coveredMonths('2026-04-01', '2027-03-31'), 12);
  assert.equal(coveredMonths('2026-04-01', '2027-03-30'), 11);
  assert.equal(coveredMonths('2026-04-01', '2028-02-29'), 23);
  assert.equal(coveredMonths('2026-04-01', '2026-03-31'), 0);
  assert.equal(coveredMonths('2026-04-15', '2026-05-14'), 1);
  assert.equal(coveredMonths('2026-04-15', '2026-05-13'), 0);
  assert.equal(coveredMonths('2026-04-15', '2025-01-01'), 0);
});

test('months from any day are what counting them up one by one gives', () => {
  const day = fc
    .date({ min: new Date('2020-01-01'), max: new Date('2040-12-31'), noInvalidDate: true })
    .map((date) => date.toISOString().slice(0, 10));
  fc.assert(
    fc.property(day, day, (start, end) => {
      if (Number(start.slice(8)) > 28) return;
      assert.equal(coveredMonths(start, end), wholeMonths(start, end), `${start} to ${end}`);
      if (end > start) assert.ok(dayOfMonth(start, coveredMonths(start, end)) <= nextDay(end));
    }),
  );
});

function nextDay(day: string): string {
  return new Date(Date.parse(day) + 86_400_000).toISOString().slice(0, 10);
}
