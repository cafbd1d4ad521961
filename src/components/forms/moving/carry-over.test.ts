import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compileForm } from '../versions/compile.ts';
import type { CompiledForm } from '../versions/compile.ts';
import { readDefinition } from '../definition/definition.ts';
import type { Answers } from '../definition/form.ts';
import { form, page, question } from '../definition/forms.fixture.ts';
import { filledInMark, orderKey } from '../journey/journey.ts';
import { carryOver } from './carry-over.ts';

const today = '2026-03-31';
const repeat = (name: string) => ({
  controller: 'RepeatPageController',
  repeat: { options: { name, title: 'Dog' }, schema: { min: 1, max: 3 } },
});

/** Dogs with a name and, in a version of their own, a number. */
function kennel(longest: number, more: readonly unknown[] = []): CompiledForm {
  const read = readDefinition(
    form({
      pages: [
        page('/owner', [question('TextField', 'owner', 'Your name')]),
        page('/dog', [question('TextField', 'dogName', 'Name of the dog', { schema: { max: longest } })], {
          title: 'Your dogs',
          ...repeat('dog'),
        }),
        ...more,
        page('/end', [question('TextField', 'end', 'Anything else?')]),
      ],
    }),
  );
  assert.deepEqual(read.problems, []);
  return compileForm(read.form ?? assert.fail());
}

const before = new Map<string, Answers>([
  ['owner', { owner: 'Ann' }],
  ['dog/~a1/dog', { dogName: 'Rex' }],
  ['dog/~b2/dog', { dogName: 'Bartholomew' }],
  [orderKey('dog'), { order: ['b2', 'a1'] }],
  ['dog', {}],
  ['end', { end: 'No' }],
]);

test('what was added is carried over thing by thing and in its order, and only what does not fit is asked again', () => {
  const { saved, unfit, dropped } = carryOver(kennel(20), kennel(5), before, today);
  assert.deepEqual(saved.get('dog/~a1/dog'), { dogName: 'Rex' });
  assert.deepEqual(saved.get('dog/~b2/dog'), {});
  assert.deepEqual([...unfit], ['dogName']);
  assert.deepEqual([...dropped], []);
  const journey = kennel(5).journey(saved, today);
  assert.equal(journey.firstUnanswered()?.key, 'dog/~b2/dog', 'the one whose name is too long now');
  const list = kennel(5).bySlug.get('dog') ?? assert.fail();
  assert.deepEqual(journey.itemsOf(list), ['b2', 'a1']);
});

test('a page that is new inside of what is added is asked of each thing, and nothing else is', () => {
  const chip = page('/chip', [question('TextField', 'chip', 'Number of its chip')], repeat('dog'));
  const to = kennel(20, [chip]);
  const { saved } = carryOver(kennel(20), to, before, today);
  const asked: string[] = [];
  const rows = new Map(saved);
  for (
    let place = to.journey(rows, today).firstUnanswered();
    place;
    place = to.journey(rows, today).firstUnanswered()
  ) {
    asked.push(place.key);
    assert.ok(asked.length < 5);
    rows.set(place.key, { chip: '123' });
  }
  assert.deepEqual(asked, ['dog/~b2/chip', 'dog/~a1/chip']);
});

test('a version without what was added drops all of it, and says so', () => {
  const read = readDefinition(form({ pages: [page('/owner', [question('TextField', 'owner', 'Your name')])] }));
  const { saved, dropped } = carryOver(kennel(20), compileForm(read.form ?? assert.fail()), before, today);
  assert.deepEqual([...saved.keys()], ['owner']);
  assert.deepEqual([...dropped].toSorted(), ['dogName', 'end']);
});

test('what somebody else has filled in still waits for the person in the new version', () => {
  const filled = new Map<string, Answers>([['owner', { owner: 'Ann', [filledInMark]: 'the Register' }]]);
  const { saved, dropped } = carryOver(kennel(20), kennel(5), filled, today);
  assert.deepEqual([...dropped], []);
  const to = kennel(5);
  assert.equal(to.journey(saved, today).filledInBy(to.bySlug.get('owner') ?? assert.fail()), 'the Register');
  assert.equal(to.journey(saved, today).firstUnanswered()?.key, 'owner');
});
