import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatDate, formatDateTime, formatNumber, formatPercentage } from './formats.ts';

await test('a date is written as people write it and never moves by a day', () => {
  assert.equal(formatDate('2026-11-24'), '24 November 2026');
  assert.equal(formatDate('2026-01-01T00:30:00+14:00'), '1 January 2026');
  assert.equal(formatDate('soon'), 'soon');
});

await test('a moment is shown in the time zone of the government', () => {
  assert.equal(formatDateTime('2026-07-01T22:30:00Z', 'Europe/London'), '1 July 2026 at 11:30pm');
  assert.equal(formatDateTime('2026-07-01T23:00:00Z', 'Europe/London'), '2 July 2026 at midnight');
  assert.equal(formatDateTime('2026-12-01T12:00:00Z', 'Europe/London'), '1 December 2026 at midday');
  assert.equal(formatDateTime('2026-12-01T09:00:00Z', 'Pacific/Auckland'), '1 December 2026 at 10pm');
});

await test('numbers have separators and shares no needless digits', () => {
  assert.equal(formatNumber(1_234_567), '1,234,567');
  assert.equal(formatPercentage(0.866), '86.6%');
  assert.equal(formatPercentage(1), '100%');
});
