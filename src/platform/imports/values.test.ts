import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { addDays } from '../time.ts';
import { orderOfDays, readAmountText, readDayText, readNumberText, readYesOrNoText } from './values.ts';

test('a date is read however people write it', () => {
  for (const text of [
    '2026-03-31',
    '2026-03-31T23:59:59Z',
    '20260331',
    '31/03/2026',
    '31.3.26',
    '31 March 2026',
    '31st Mar 2026',
    'Tuesday, 31 March 2026',
    'March 31, 2026',
    '31-Mar-26',
    '31/03/2026 00:00',
  ]) {
    assert.equal(readDayText(text), '2026-03-31', text);
  }
  assert.equal(readDayText('03/04/2026', 'month first'), '2026-03-04');
  assert.equal(readDayText('1 Sept 1999'), '1999-09-01');
});

test('every day can be written in every way and read again', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 60_000 }), (days) => {
      const iso = addDays('1950-01-01', days);
      const [year = '', month = '', day = ''] = iso.split('-');
      assert.equal(readDayText(`${day}/${month}/${year}`), iso);
      assert.equal(readDayText(`${month}/${day}/${year}`, 'month first'), iso);
      assert.equal(readDayText(iso), iso);
    }),
  );
});

test('what is no date is refused, saying why and what to write', () => {
  assert.throws(() => readDayText('31/02/2026'), {
    message: 'Cannot read date "31/02/2026": February has 28 days. Use a real date, such as 28/02/2026.',
  });
  assert.throws(() => readDayText('13/13/2026'), /there is no month 13/);
  for (const text of ['', 'soon', '2026', '99', 'end of March', '1/2', '<script>']) {
    assert.throws(() => readDayText(text), /Write it like/, text);
  }
});

test('the order of day and month is that in which the dates are real', () => {
  assert.equal(orderOfDays(['01/02/2026', '02/25/2026']), 'month first');
  assert.equal(orderOfDays(['01/02/2026', '25/02/2026']), 'day first');
  assert.equal(orderOfDays(['01/02/2026']), 'day first');
});

test('an amount is read however people write it, in pence', () => {
  for (const [text, pence] of [
    ['£1,234.50', 123_450],
    ['1234.5', 123_450],
    ['(1,000)', -100_000],
    ['-£20', -2000],
    ['1.2m', 120_000_000],
    ['£250k', 25_000_000],
    ['1.234,50', 123_450],
    ['1,234,567', 123_456_700],
    ['3,5', 350],
    ['GBP 12', 1200],
    ['7.5e3', 750_000],
    ['1 000.01', 100_001],
  ] as const) {
    assert.equal(readAmountText(text), pence, text);
  }
  for (const text of ['', 'about 5', '12 or 13', '(5', '1,2,3', 'NaN', '1e400']) {
    assert.throws(() => readAmountText(text), /amount/, text);
  }
});

test('numbers, and yes or no, are read as they are met', () => {
  assert.equal(readNumberText('87.5%'), 87.5);
  assert.equal(readYesOrNoText('Y'), true);
  assert.equal(readYesOrNoText('FALSE'), false);
  assert.throws(() => readYesOrNoText('perhaps'), /Write yes or no/);
});
