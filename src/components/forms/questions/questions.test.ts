import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { readDefinition } from '../definition/definition.ts';
import { isQuestion } from '../definition/form.ts';
import { form, page, question } from '../definition/forms.fixture.ts';
import { compileQuestion } from './questions.ts';
import type { CompiledQuestion, Posted } from './questions.ts';

const lists = [
  {
    id: 'colours',
    name: 'colours',
    title: 'Colours',
    type: 'string',
    items: [
      { text: 'Red', value: 'red' },
      { text: 'Green', value: 'green' },
      { text: 'Blue', value: 'blue' },
    ],
  },
];
const context = { today: '2026-03-31' };

function ask(type: string, title: string, parts: Readonly<Record<string, unknown>> = {}): CompiledQuestion {
  const read = readDefinition(form({ pages: [page('/q', [question(type, 'q', title, parts)])], lists }));
  assert.deepEqual(read.problems, []);
  const component = read.form?.pages[0]?.components[0];
  if (!component || !isQuestion(component)) return assert.fail();
  return compileQuestion(component, new Map(read.form?.lists.map((list) => [list.id, list])));
}

function mistakesOf(asked: CompiledQuestion, posted: Posted): string[] {
  return asked.parse(posted, context).mistakes.map(({ field, text }) => `${field}: ${text}`);
}

function answerOf(asked: CompiledQuestion, posted: Posted): unknown {
  const { answer, mistakes } = asked.parse(posted, context);
  assert.deepEqual(mistakes, []);
  return answer;
}

test('an unanswered question asks for what it is about', () => {
  assert.deepEqual(mistakesOf(ask('TextField', 'What is your full name?'), { q: '  ' }), ['q: Enter your full name']);
  assert.deepEqual(mistakesOf(ask('DatePartsField', 'Date of birth'), {}), ['q-day: Enter date of birth']);
  assert.deepEqual(mistakesOf(ask('YesNoField', 'Do you have a dog?'), {}), ['q: Select yes if you have a dog']);
  assert.deepEqual(mistakesOf(ask('RadiosField', 'Colour', { list: 'colours' }), {}), ['q: Select colour']);
  const own = { options: { customValidationMessages: { 'any.required': 'Tell us {{#label}}' } } };
  assert.deepEqual(mistakesOf(ask('TextField', 'Name', own), {}), ['q: Tell us name']);
});

test('an optional question may be left empty', () => {
  const optional = { options: { required: false }, list: 'colours' };
  for (const type of [
    'TextField',
    'EmailAddressField',
    'NumberField',
    'DatePartsField',
    'UkAddressField',
    'SelectField',
  ]) {
    assert.equal(answerOf(ask(type, 'Anything', optional), {}), null);
  }
});

test('text is tidied and held to its length and pattern', () => {
  const asked = ask('TextField', 'Reference', { schema: { min: 3, max: 5, regex: '^[A-Z]+$' } });
  assert.equal(answerOf(asked, { q: ' \u200bABC ' }), 'ABC');
  assert.deepEqual(mistakesOf(asked, { q: 'AB' }), ['q: Reference must be 3 characters or more']);
  assert.deepEqual(mistakesOf(asked, { q: 'ABCDEF' }), ['q: Reference must be 5 characters or less']);
  assert.deepEqual(mistakesOf(asked, { q: 'abc' }), ['q: Enter reference in the correct format']);
});

test('a pattern that would explode answers at once', () => {
  const asked = ask('TextField', 'Code', { schema: { regex: '^(a+)+$', max: 1000 } });
  const started = performance.now();
  assert.equal(mistakesOf(asked, { q: `${'a'.repeat(900)}!` }).length, 1);
  assert.ok(performance.now() - started < 500);
});

test('words are counted', () => {
  const asked = ask('MultilineTextField', 'Reason', { options: { maxWords: 3 } });
  assert.equal(answerOf(asked, { q: 'one two\r\nthree' }), 'one two\nthree');
  assert.deepEqual(mistakesOf(asked, { q: 'one two three four' }), ['q: Reason must be 3 words or fewer']);
});

test('an email address is one that mail can be sent to', () => {
  const asked = ask('EmailAddressField', 'Email address');
  for (const good of ['name@example.com', "o'brien+x@sub.example.co.uk", 'a@münchen.example']) {
    assert.equal(answerOf(asked, { q: good }), good);
  }
  for (const bad of [
    'name',
    'name@example',
    '@example.com',
    'a..b@example.com',
    'a@-x.com',
    `${'a'.repeat(400)}@b.com`,
  ]) {
    assert.deepEqual(mistakesOf(asked, { q: bad }), [
      'q: Enter an email address in the correct format, like name@example.com',
    ]);
  }
});

test('telephone numbers are taken as people write them, from any country', () => {
  const asked = ask('TelephoneNumberField', 'Telephone number');
  for (const good of [
    '01632 960 001',
    '07700 900982',
    '+44 (0)808 157 0192',
    '0044 808 157 0192',
    '+33 1 09 75 83 51',
    '01632 960001 ext 12',
  ]) {
    assert.equal(answerOf(asked, { q: good }), good);
  }
  for (const bad of ['12345', 'call me', '+44', '0000000000', '+1234567890123456789']) {
    assert.equal(mistakesOf(asked, { q: bad }).length, 1, bad);
  }
  const uk = ask('TelephoneNumberField', 'Telephone number', { options: { format: 'uk' } });
  assert.equal(mistakesOf(uk, { q: '+33 1 09 75 83 51' }).length, 1);
});

test('numbers keep to their limits and take commas and signs of money', () => {
  const asked = ask('NumberField', 'Number of dogs', { schema: { min: 1, max: 30, precision: 0 } });
  assert.equal(answerOf(asked, { q: '12' }), 12);
  assert.deepEqual(mistakesOf(asked, { q: 'many' }), ['q: Number of dogs must be a number, like 30']);
  assert.deepEqual(mistakesOf(asked, { q: '1.5' }), ['q: Number of dogs must be a whole number']);
  assert.deepEqual(mistakesOf(asked, { q: '31' }), ['q: Number of dogs must be between 1 and 30']);
  // Designers write an empty box as "".
  const money = ask('NumberField', 'Cost', { options: { prefix: '£', suffix: '' } });
  assert.equal(answerOf(money, { q: '£1,234.50' }), 1234.5);
  assert.deepEqual(mistakesOf(money, { q: '1'.repeat(40) }), ['q: Cost must be 15 digits or fewer']);
});

const date = (day: string, month: string, year: string) => ({ 'q-day': day, 'q-month': month, 'q-year': year });

test('a date must be a real one', () => {
  const asked = ask('DatePartsField', 'Date of birth', { options: { maxDaysInFuture: 0 } });
  assert.equal(answerOf(asked, date('1', 'March', '2001')), '2001-03-01');
  assert.equal(answerOf(asked, date('29', '02', '2024')), '2024-02-29');
  assert.deepEqual(mistakesOf(asked, date('29', '2', '2025')), ['q-day: Date of birth must be a real date']);
  assert.deepEqual(mistakesOf(asked, date('1', '13', '2025')), ['q-month: Date of birth must be a real date']);
  assert.deepEqual(mistakesOf(asked, date('1', '', '2025')), ['q-month: Date of birth must include a month']);
  assert.deepEqual(mistakesOf(asked, date('1', '', '')), ['q-month: Date of birth must include a month and year']);
  assert.deepEqual(mistakesOf(asked, date('1', '1', '99')), ['q-year: Date of birth must be a real date']);
  assert.deepEqual(mistakesOf(asked, date('1', '4', '2026')), ['q-day: Date of birth must be today or in the past']);
});

test('only choices of the list are taken', () => {
  const radios = ask('RadiosField', 'Colour', { list: 'colours' });
  assert.equal(answerOf(radios, { q: 'red' }), 'red');
  assert.deepEqual(mistakesOf(radios, { q: 'pink' }), ['q: Select colour']);
  const boxes = ask('CheckboxesField', 'Colours', { list: 'colours', schema: { max: 2 } });
  assert.deepEqual(answerOf(boxes, { q: ['blue', 'red', 'red'] }), ['red', 'blue']);
  assert.deepEqual(mistakesOf(boxes, { q: ['blue', 'red', 'green'] }), ['q: Select at most 2 for colours']);
  assert.deepEqual(boxes.lines(['red', 'blue']), ['Red', 'Blue']);
});

test('a UK address has what the post needs', () => {
  const asked = ask('UkAddressField', 'What is your address?');
  const address = { 'q-addressLine1': '1 High Street', 'q-town': 'Wells', 'q-postcode': 'ba5 2rb' };
  assert.deepEqual(answerOf(asked, address), { addressLine1: '1 High Street', town: 'Wells', postcode: 'BA5 2RB' });
  assert.deepEqual(mistakesOf(asked, { ...address, 'q-postcode': 'nowhere', 'q-town': '' }), [
    'q-town: Enter town or city',
    'q-postcode: Enter a full UK postcode',
  ]);
});

const types = [
  'TextField',
  'MultilineTextField',
  'EmailAddressField',
  'TelephoneNumberField',
  'NumberField',
  'DatePartsField',
  'MonthYearField',
  'YesNoField',
  'RadiosField',
  'SelectField',
  'CheckboxesField',
  'UkAddressField',
  'DeclarationField',
];
const asked = types.map((type) => ask(type, 'Anything?', { list: 'colours', schema: { min: 1, max: 3 } }));
const names = ['q', 'q-day', 'q-month', 'q-year', 'q-addressLine1', 'q-town', 'q-postcode'];

test('whatever is posted, no question throws; and an answer comes back from its own fields as it was', () => {
  const body = fc.dictionary(
    fc.constantFrom(...names),
    fc.oneof(
      fc.string({ unit: 'binary', maxLength: 40 }),
      fc.constantFrom('red', 'true', '12', '2001', 'SW1A 1AA', 'name@example.com'),
      fc.array(fc.constantFrom('red', 'green', 'pink', 'true')),
      fc.anything(),
    ),
  );
  fc.assert(
    fc.property(fc.constantFrom(...asked), body, (each, posted) => {
      const { answer, mistakes } = each.parse(posted, context);
      each.render(posted, mistakes, { title: 'heading' });
      if (answer === null) return;
      assert.deepEqual(each.parse(each.fill(answer), context), { answer, mistakes: [] });
      assert.ok(each.lines(answer).every((line) => typeof line === 'string'));
      JSON.stringify(each.exported(answer));
    }),
    { numRuns: 2_000 },
  );
});

test('a place beyond the limits of its map is refused, and told which number is wrong', () => {
  const schema = { easting: { min: 400_000, max: 500_000 }, northing: { min: 100_000 } };
  const place = ask('EastingNorthingField', 'Where is it?', { schema });
  assert.equal(answerOf(place, { q: '412345, 123456' }), '412345, 123456');
  assert.deepEqual(mistakesOf(place, { q: '512345, 123456' }), ['q: Easting must be 500000 or less']);
  assert.deepEqual(mistakesOf(place, { q: '412345, 99999' }), ['q: Northing must be 100000 or more']);
  const point = ask('LatLongField', 'Where?', { schema: { latitude: { min: 49 }, longitude: { max: 2 } } });
  assert.deepEqual(mistakesOf(point, { q: '48.5, 1' }), ['q: Latitude must be 49 or more']);
  assert.deepEqual(mistakesOf(point, { q: '51.5, 3' }), ['q: Longitude must be 2 or less']);
});

test('a question tells how to find its answer, and what it tells cannot be a script', () => {
  const options = { instructionText: 'Look at **the map**.<script>alert(1)</script>' };
  const html = ask('OsGridRefField', 'Grid reference', { options }).render({}, [], { title: 'label' });
  assert.match(html, /How to find this[^]*Look at <strong>the map<\/strong>/);
  assert.doesNotMatch(html, /<script/);
});
