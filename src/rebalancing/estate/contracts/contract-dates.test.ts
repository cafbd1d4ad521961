import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { addDays } from '#platform';
import { contractChoices, contractDates, type ContractTerms } from './contract-dates.ts';
import { addMonths, lastDayToGive, type Period } from './months.ts';

const plain: ContractTerms = {
  startsOn: '2024-04-01',
  endsOn: '2026-03-31',
  notice: null,
  renewalMonths: 0,
  extensions: [],
  noticeGivenOn: null,
  stoppedOn: null,
};
const option = (months: number, upliftBasisPoints = 0, decideBy: string | null = null, taken = false) => ({
  months,
  upliftBasisPoints,
  decideBy,
  taken,
});

test('a month after the end of a month is the end of the next, also in February and across a leap day', () => {
  assert.equal(addMonths('2023-01-31', 1), '2023-02-28');
  assert.equal(addMonths('2024-01-31', 1), '2024-02-29');
  assert.equal(addMonths('2024-02-29', 12), '2025-02-28');
  assert.equal(addMonths('2024-03-31', -1), '2024-02-29');
  assert.equal(addMonths('2024-01-15', -13), '2022-12-15');
  assert.equal(addMonths('2100-03-31', -1), '2100-02-28');
});

test('three months’ notice to the end of the year is given by the end of September', () => {
  const months = (count: number): Period => ({ count, unit: 'months' });
  assert.equal(lastDayToGive(months(3), '2026-12-31'), '2026-09-30');
  assert.equal(lastDayToGive(months(3), '2026-12-30'), '2026-09-30');
  assert.equal(lastDayToGive(months(3), '2023-02-28'), '2022-11-30');
  assert.equal(lastDayToGive(months(1), '2026-03-30'), '2026-02-28');
  assert.equal(lastDayToGive({ count: 90, unit: 'days' }, '2026-12-31'), '2026-10-02');
  assert.equal(lastDayToGive(null, '2026-12-31'), '2026-12-31');
});

test('a contract that renews by itself is decided by the notice date of the first term that can still be ended', () => {
  const terms: ContractTerms = { ...plain, notice: { count: 3, unit: 'months' }, renewalMonths: 12 };
  const before = contractDates(terms, '2025-12-31');
  assert.deepEqual(before.decision, { by: '2025-12-31', kind: 'notice', endsOn: '2026-03-31' });
  assert.equal(before.missed, null);
  const after = contractDates(terms, '2026-01-01');
  assert.equal(after.endsOn, '2026-03-31');
  assert.equal(after.missed, '2025-12-31');
  assert.deepEqual(after.decision, { by: '2026-12-31', kind: 'notice', endsOn: '2027-03-31' });
  const renewed = contractDates(terms, '2028-04-01');
  assert.equal(renewed.renewals, 3);
  assert.equal(renewed.endsOn, '2029-03-31');
});

test('a notice that is longer than the term it ends is counted back across renewals', () => {
  const terms: ContractTerms = { ...plain, notice: { count: 12, unit: 'months' }, renewalMonths: 1 };
  const dates = contractDates(terms, '2026-05-10');
  assert.equal(dates.endsOn, '2026-05-31');
  assert.deepEqual(dates.decision, { by: '2026-05-31', kind: 'notice', endsOn: '2027-05-31' });
});

test('options of 2+1+1 are decided one after the other, and a contract without one left is replaced in time', () => {
  const terms: ContractTerms = {
    ...plain,
    notice: { count: 6, unit: 'months' },
    extensions: [option(12, 0, null, true), option(12, 300), option(12, 500, '2028-01-15')],
  };
  const dates = contractDates(terms, '2026-01-01');
  assert.equal(dates.endsOn, '2027-03-31');
  assert.deepEqual(dates.decision, { by: '2026-09-30', kind: 'extension', endsOn: '2027-03-31' });
  const late = contractDates(terms, '2026-10-01');
  assert.deepEqual(late.decision, { by: '2026-09-30', kind: 'replacement', endsOn: '2027-03-31' });
  const choices = contractChoices(terms, { asAt: '2026-01-01', until: '2030-12-31' });
  assert.deepEqual(
    choices.map(({ endsOn, how, decideBy }) => [endsOn, how, decideBy]),
    [
      ['2027-03-31', 'lapse', null],
      ['2028-03-31', 'extend', '2026-09-30'],
      ['2029-03-31', 'extend', '2028-01-15'],
    ],
  );
  assert.deepEqual(choices.at(-1)?.terms, [
    { from: '2027-04-01', to: '2028-03-31', upliftBasisPoints: 300 },
    { from: '2028-04-01', to: '2029-03-31', upliftBasisPoints: 500 },
  ]);
});

test('notice that was given in time ends it with that term, late notice with the next, and nothing is left to decide', () => {
  const renewing: ContractTerms = { ...plain, notice: { count: 3, unit: 'months' }, renewalMonths: 12 };
  const inTime = contractDates({ ...renewing, noticeGivenOn: '2025-12-31' }, '2026-02-01');
  assert.equal(inTime.endsOn, '2026-03-31');
  assert.equal(inTime.decision, null);
  const late = contractDates({ ...renewing, noticeGivenOn: '2026-01-01' }, '2026-02-01');
  assert.equal(late.earliestEnd, '2027-03-31');
  assert.equal(late.decision, null);
  assert.equal(contractDates({ ...renewing, noticeGivenOn: '2025-12-31' }, '2026-04-01').state, 'ended');
  assert.equal(contractDates({ ...plain, stoppedOn: '2025-01-31' }, '2025-02-01').state, 'ended');
  assert.equal(contractDates(plain, '2024-03-31').state, 'not begun');
});

// The slow model: it walks the calendar day by day, and knows nothing of how the functions above count.

const calendar: string[] = [];
for (let day = '1990-01-01'; day < '2700-01-01'; day = addDays(day, 1)) calendar.push(day);
const places = new Map(calendar.map((day, place) => [day, place]));
const step = (day: string, by: 1 | -1): string => calendar[(places.get(day) ?? 0) + by] ?? '';
const nextDay = (day: string): string => step(day, 1);

/** A period counted from a day, by its definition alone. */
function runsOut(from: string, period: Period): string {
  let day = from;
  if (period.unit === 'days') {
    for (let count = 0; count < period.count; count += 1) day = nextDay(day);
    return day;
  }
  let [year = 0, month = 0] = from.split('-').map(Number);
  for (let count = 0; count < period.count; count += 1) {
    month += 1;
    if (month === 13) [year, month] = [year + 1, 1];
  }
  // The same day of that month, or the last that it has.
  const wanted = Number(from.slice(8));
  let found = `${String(year)}-${String(month).padStart(2, '0')}-01`;
  while (Number(found.slice(8)) < wanted && nextDay(found).slice(0, 7) === found.slice(0, 7)) found = nextDay(found);
  return found;
}

/** The last day from which a period runs out by an end: every day is tried, from the end backwards. */
function slowLastDayToGive(period: Period | null, endsOn: string): string {
  if (period === null) return endsOn;
  let day = endsOn;
  while (runsOut(day, period) > endsOn) day = step(day, -1);
  return day;
}

/** Lives through a contract that renews by itself, day by day, and says what can be known on a day. */
function liveThrough(terms: ContractTerms, asAt: string): { endsOn: string; renewals: number; ends: string[] } {
  const dayAfter = nextDay(terms.endsOn);
  const ends = [terms.endsOn];
  for (let term = 1; term <= 200; term += 1) {
    ends.push(step(runsOut(dayAfter, { count: term * terms.renewalMonths, unit: 'months' }), -1));
  }
  let renewals = 0;
  for (let day = terms.startsOn; day <= asAt; day = nextDay(day)) {
    if (day > (ends[renewals] ?? '')) renewals += 1;
  }
  return { endsOn: ends[renewals] ?? '', renewals, ends };
}

const days = fc.integer({ min: 0, max: 6000 }).map((offset) => addDays('2018-01-01', offset));
const periods = fc.oneof(
  fc.record({ count: fc.integer({ min: 0, max: 400 }), unit: fc.constant('days' as const) }),
  fc.record({ count: fc.integer({ min: 0, max: 24 }), unit: fc.constant('months' as const) }),
);

test('the last day to give notice is the last from which the period has run out by the end, for any period and end', () => {
  fc.assert(
    fc.property(periods, days, (period, endsOn) => {
      assert.equal(lastDayToGive(period, endsOn), slowLastDayToGive(period, endsOn));
    }),
    { numRuns: 200 },
  );
});

test('renewals, ends and notice dates are those of somebody who lives through the contract day by day', () => {
  fc.assert(
    fc.property(
      fc.record({
        startsOn: days,
        length: fc.integer({ min: 0, max: 1500 }),
        notice: fc.option(periods),
        renewalMonths: fc.integer({ min: 1, max: 36 }),
        later: fc.integer({ min: 0, max: 3000 }),
      }),
      ({ startsOn, length, notice, renewalMonths, later }) => {
        const terms: ContractTerms = { ...plain, startsOn, endsOn: addDays(startsOn, length), notice, renewalMonths };
        const asAt = addDays(startsOn, later);
        const lived = liveThrough(terms, asAt);
        const dates = contractDates(terms, asAt);
        assert.equal(dates.endsOn, lived.endsOn);
        assert.equal(dates.renewals, lived.renewals);
        const earliest = lived.ends.slice(lived.renewals).find((end) => slowLastDayToGive(notice, end) >= asAt);
        assert.equal(dates.earliestEnd, earliest);
        assert.equal(dates.noticeBy, slowLastDayToGive(notice, earliest ?? ''));
      },
    ),
    { numRuns: 100 },
  );
});

test('every choice can still be decided, they come soonest first, and the terms of each join without a gap', () => {
  fc.assert(
    fc.property(
      fc.record({
        startsOn: days,
        length: fc.integer({ min: 30, max: 1500 }),
        notice: fc.option(periods),
        renewalMonths: fc.constantFrom(0, 0, 1, 12),
        extensions: fc.array(
          fc.record({
            months: fc.integer({ min: 1, max: 24 }),
            upliftBasisPoints: fc.integer({ min: -500, max: 1500 }),
            decideBy: fc.constant(null),
            taken: fc.constant(false),
          }),
          { maxLength: 3 },
        ),
        later: fc.integer({ min: 0, max: 2500 }),
      }),
      ({ startsOn, length, later, ...rest }) => {
        const terms: ContractTerms = { ...plain, ...rest, startsOn, endsOn: addDays(startsOn, length) };
        const asAt = addDays(startsOn, later);
        const choices = contractChoices(terms, { asAt, until: addDays(asAt, 1826) });
        const dates = contractDates(terms, asAt);
        for (const [at, choice] of choices.entries()) {
          assert.ok(choice.endsOn >= asAt);
          if (choice.decideBy !== null) assert.ok(choice.decideBy >= asAt);
          const before = choices[at - 1];
          if (before !== undefined) assert.ok(before.endsOn < choice.endsOn);
          for (const [place, term] of choice.terms.entries()) {
            assert.equal(term.from, nextDay(choice.terms[place - 1]?.to ?? dates.endsOn));
          }
          if (choice.terms.length > 0) assert.equal(choice.terms.at(-1)?.to, choice.endsOn);
        }
        if (dates.state !== 'ended' && terms.renewalMonths > 0) assert.equal(choices[0]?.endsOn, dates.earliestEnd);
      },
    ),
    { numRuns: 200 },
  );
});
