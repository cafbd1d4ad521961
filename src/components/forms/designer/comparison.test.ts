import assert from 'node:assert/strict';
import { test } from 'node:test';
import { comparison, condition, form, page, question } from '../definition/forms.fixture.ts';
import { readDefinition } from '../definition/definition.ts';
import { compareForms } from './comparison.ts';

function read(parts: Readonly<Record<string, unknown>>) {
  const found = readDefinition(JSON.parse(JSON.stringify(form(parts)))).form;
  assert.ok(found);
  return found;
}

test('what changed between two forms is told in words: added, removed, changed and moved', () => {
  const [one, two, three] = ['/one', '/two', '/three'].map((path) => page(path));
  const changed = page('/one', [{ type: 'TextField', name: 'qone', title: '/one', id: '/one', hint: 'Help' }]);
  const told = compareForms(
    read({ pages: [one, two, three] }),
    read({ name: 'Other', pages: [three, changed, page('/four')] }),
  );
  const short = told.map(({ kind, what, how }) => `${kind}: ${what}${how.length > 0 ? ` (${how[0] ?? ''})` : ''}`);
  assert.deepEqual(short, [
    'changed: The form itself (The name was “Test form”, and is “Other” now)',
    'removed: The page “/two”',
    'moved: The page “/one” (It was the 1st page, and is the 2nd now)',
    'changed: The question “/one” on the page “/one” (The hint was nothing, and is “Help” now)',
    'added: The page “/four” (It has the question “/four”)',
  ]);
});

test('a setting that is changed is told by its name, what it was and what it is', () => {
  const list = (extra: object) => [
    {
      id: 'dogs',
      name: 'dogs',
      title: 'Dogs',
      type: 'string',
      items: [{ id: 'pug', text: 'Pug', value: 'pug', ...extra }],
    },
  ];
  const kennel = (title: object, upload: object) => [
    page('/kennel', [
      question('TextField', 'kennel', 'What is it called?', { options: title }),
      question('RadiosField', 'dog', 'Which dog?', { list: 'dogs' }),
      question('YesNoField', 'many', 'Are there many?'),
    ]),
    page('/plan', [question('FileUploadField', 'plan', 'Upload a plan', { options: upload })]),
  ];
  const conditions = [condition('crowded', [comparison('many', 'is', 'BooleanValue', true)])];
  const told = compareForms(
    read({ pages: kennel({}, { maxMegabytes: 1 }), lists: list({}), conditions, metadata: { expiryDays: 28 } }),
    read({
      pages: kennel({ hideTitle: true }, { maxMegabytes: 2 }),
      lists: list({ condition: 'crowded' }),
      conditions,
      metadata: { expiryDays: 30, confirmationPage: { customText: { nextSteps: 'We visit.' } } },
    }),
  );
  assert.deepEqual(
    told.map(({ kind, what, how }) => [kind, what, ...how]),
    [
      ['changed', 'The form itself', 'The number of days that an unfinished application is kept was 28, and is 30 now'],
      ['added', 'What the page after sending says'],
      [
        'changed',
        'The question “What is it called?” on the page “What is it called?”',
        'The hiding of the title was no, and is yes now',
      ],
      [
        'changed',
        'The question “Upload a plan” on the page “Upload a plan”',
        'The largest size of a file in bytes was 1048576, and is 2097152 now',
      ],
      ['changed', 'The list “Dogs”', 'The option “Pug”: it was offered always, and is offered only if “crowded” now'],
    ],
  );
});
