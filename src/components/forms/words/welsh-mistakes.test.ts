import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compileForm } from '../versions/compile.ts';
import { readDefinition } from '../definition/definition.ts';
import { form, page, question } from '../definition/forms.fixture.ts';
import type { CompiledQuestion, Posted } from '../questions/questions.ts';
import { translateForm } from './translation.ts';

const context = { today: '2026-03-31' };

/** A question as it is asked in Welsh. */
function ask(type: string, title: string, parts: Readonly<Record<string, unknown>> = {}): CompiledQuestion {
  const metadata = { translations: { cy: { q: { title } } } };
  const { form: model } = readDefinition(form({ metadata, pages: [page('/q', [question(type, 'q', 'Date', parts)])] }));
  const compiled = compileForm(translateForm(model ?? assert.fail(), 'cy'));
  return compiled.pages[0]?.questions[0] ?? assert.fail();
}

const mistakeOf = (asked: CompiledQuestion, posted: Posted): string | undefined =>
  asked.parse(posted, context).mistakes[0]?.text;
const day = (on: string): Posted => {
  const [date, month, year] = on.split(' ');
  return { 'q-day': date, 'q-month': month, 'q-year': year };
};

test('a date that is wrong is told of in Welsh, with the date that is meant', () => {
  const between = ask('DatePartsField', 'Dyddiad', {
    options: { earliestDate: '2026-02-01', latestDate: '2026-08-31' },
  });
  assert.equal(mistakeOf(between, day('31 1 2026')), 'Rhaid i ateb i “Dyddiad” fod ar 1 Chwefror 2026 neu ar ôl hynny');
  assert.equal(mistakeOf(between, day('1 9 2026')), 'Rhaid i ateb i “Dyddiad” fod ar 31 Awst 2026 neu cyn hynny');
  assert.equal(mistakeOf(between, day('31 2 2026')), 'Rhaid i ateb i “Dyddiad” fod yn ddyddiad go iawn, fel 27 3 2026');
  assert.equal(mistakeOf(between, { 'q-day': '1', 'q-year': '2026' }), 'Rhaid i ateb i “Dyddiad” gynnwys: mis');
  const past = ask('DatePartsField', 'Dyddiad', { options: { maxDaysInFuture: 0 } });
  assert.equal(mistakeOf(past, day('1 4 2026')), 'Rhaid i ateb i “Dyddiad” fod heddiw neu yn y gorffennol');
  const month = ask('MonthYearField', 'Mis', { options: { earliestMonthYear: '2026-05' } });
  assert.equal(
    mistakeOf(month, { 'q-month': '4', 'q-year': '2026' }),
    'Rhaid i ateb i “Mis” fod ar Mai 2026 neu ar ôl hynny',
  );
});

test('the names of months are Welsh: as a person types them, and as they are shown what they answered', () => {
  const asked = ask('DatePartsField', 'Dyddiad');
  const { answer } = asked.parse(day('9 gorffennaf 2026'), context);
  assert.equal(answer, '2026-07-09');
  assert.deepEqual(asked.lines('2026-07-09'), ['9 Gorffennaf 2026']);
  assert.equal(asked.parse(day('9 July 2026'), context).answer, '2026-07-09');
});

test('a number that is wrong is told of in Welsh, with the limit that is meant and no empty place for one', () => {
  const schema = { min: 10, max: 99, precision: 2, minPrecision: 1, minLength: 3, maxLength: 4 };
  const asked = ask('NumberField', 'Rhif', { schema });
  const mistakes = ['x', '5.0', '100.5', '12.345', '12', '1.0', '12345.5'].map((q) => mistakeOf(asked, { q }) ?? '');
  assert.deepEqual(mistakes, [
    'Rhaid i ateb i “Rhif” fod yn rhif',
    'Rhaid i ateb i “Rhif” fod yn 3 digid neu fwy',
    'Rhaid i ateb i “Rhif” fod yn 99 neu lai',
    'Rhaid i ateb i “Rhif” fod â 2 lle degol neu lai',
    'Rhaid i ateb i “Rhif” fod â 1 lle degol neu fwy',
    'Rhaid i ateb i “Rhif” fod yn 3 digid neu fwy',
    'Rhaid i ateb i “Rhif” fod yn 4 digid neu lai',
  ]);
});

test('a phone number and an email address each have their own words in Welsh', () => {
  assert.match(mistakeOf(ask('TelephoneNumberField', 'Ffôn'), { q: 'x' }) ?? '', /^Rhowch rif ffôn/);
  assert.match(mistakeOf(ask('EmailAddressField', 'E-bost'), { q: 'x' }) ?? '', /^Rhowch gyfeiriad e-bost/);
});
