import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { compileForm } from './compile.ts';
import type { CompiledForm, CompiledPage } from './compile.ts';
import { readDefinition, readDefinitionText } from '../definition/definition.ts';
import type { Answers } from '../definition/form.ts';
import { comparison, condition, form, page, question } from '../definition/forms.fixture.ts';

const today = '2026-03-31';

function compiled(parts: Readonly<Record<string, unknown>>): CompiledForm {
  const read = readDefinition(form(parts));
  assert.deepEqual(read.problems, []);
  return compileForm(read.form ?? assert.fail());
}

const dogs = (): CompiledForm =>
  compiled({
    pages: [
      page('/name', [question('TextField', 'fullName', 'What is your name?')]),
      page('/dog', [question('YesNoField', 'hasDog', 'Do you have a dog?')]),
      page('/how-many', [question('NumberField', 'dogs', 'How many dogs?')], { condition: 'dog' }),
      page('/kennel', [question('TextField', 'kennel', 'Name of the kennel')], { condition: 'many' }),
      page('/email', [question('EmailAddressField', 'email', 'Email address')]),
    ],
    conditions: [
      condition('dog', [comparison('hasDog', 'is', 'BooleanValue', true)]),
      condition('many', [comparison('dogs', 'is more than', 'NumberValue', 3)]),
    ],
  });

const at = (compiledForm: CompiledForm, slug: string): CompiledPage => compiledForm.bySlug.get(slug) ?? assert.fail();
const saved = (pages: Record<string, Answers>): Map<string, Answers> => new Map(Object.entries(pages));

test('a page whose condition does not hold is skipped, both ways', () => {
  const dogForm = dogs();
  const without = dogForm.journey(saved({ name: { fullName: 'Ann' }, dog: { hasDog: false } }), today);
  assert.equal(without.nextPage(at(dogForm, 'dog'))?.slug, 'email');
  assert.equal(without.previousPage(at(dogForm, 'email'))?.slug, 'dog');
  assert.equal(without.isReachable(at(dogForm, 'how-many')), false);
  const withDog = dogForm.journey(saved({ name: { fullName: 'Ann' }, dog: { hasDog: true } }), today);
  assert.equal(withDog.nextPage(at(dogForm, 'dog'))?.slug, 'how-many');
  assert.equal(withDog.isReachable(at(dogForm, 'email')), false);
});

test('answers that a later change took out of the way are not submitted and decide nothing', () => {
  const dogForm = dogs();
  const journey = dogForm.journey(
    saved({
      name: { fullName: 'Ann' },
      dog: { hasDog: false },
      'how-many': { dogs: 5 },
      kennel: { kennel: 'Wagtail' },
      email: { email: 'ann@example.com' },
    }),
    today,
  );
  assert.deepEqual(journey.relevantAnswers(), { fullName: 'Ann', hasDog: false, email: 'ann@example.com' });
  assert.equal(journey.firstUnanswered(), null);
});

test('a page names the pages that a request about it must load, and no more', () => {
  const dogForm = dogs();
  assert.deepEqual(at(dogForm, 'name').needs, { answers: ['name'], presence: [], items: [], itemNames: [] });
  assert.deepEqual(at(dogForm, 'dog').needs.presence, ['name']);
  assert.deepEqual([...at(dogForm, 'email').needs.answers].toSorted(), ['dog', 'email', 'how-many']);
});

test('the last of 500 pages needs no more than the second', () => {
  const pages = Array.from({ length: 500 }, (_, index) =>
    page(`/p${index}`, [question('TextField', `q${index}`, 'Q')]),
  );
  const long = compiled({ pages });
  const last = at(long, 'p499');
  assert.deepEqual(last.needs, { answers: ['p499'], presence: ['p498'], items: [], itemNames: [] });
});

test('a terminal page ends the way and is never submitted', () => {
  const exit = compiled({
    pages: [
      page('/adult', [question('YesNoField', 'adult', 'Are you 18 or over?')]),
      page('/sorry', [], { title: 'You cannot apply', controller: 'TerminalPageController', condition: 'child' }),
      page('/name', [question('TextField', 'fullName', 'Name')]),
    ],
    conditions: [condition('child', [comparison('adult', 'is', 'BooleanValue', false)])],
  });
  const journey = exit.journey(saved({ adult: { adult: false }, name: { fullName: 'Ann' } }), today);
  assert.equal(journey.firstUnanswered()?.key, 'sorry');
  assert.equal(journey.isReachable(at(exit, 'name')), false);
});

test('an answer that no longer fits is asked for again', () => {
  const booking = compiled({
    pages: [page('/day', [question('DatePartsField', 'day', 'Day', { options: { maxDaysInPast: 0 } })])],
  });
  assert.equal(booking.journey(saved({ day: { day: today } }), today).firstUnanswered(), null);
  assert.equal(booking.journey(saved({ day: { day: '2026-03-30' } }), today).firstUnanswered()?.key, 'day');
});

const real = join(import.meta.dirname, '../../../../../shared/data/forms/defra-engine');

test(
  'real V2 definitions compile without an error',
  { skip: existsSync(real) ? false : 'the real definitions are not there' },
  () => {
    for (const name of ['conditions-crested-newt-4c77e5.json', 'conditions-complex-cond-order-1-852b38.json']) {
      const { form: read, problems } = readDefinitionText(readFileSync(`${real}/${name}`, 'utf8'));
      assert.deepEqual(
        problems.filter(({ severity }) => severity === 'error'),
        [],
      );
      assert.ok(compileForm(read ?? assert.fail()).pages.length > 5);
    }
  },
);
