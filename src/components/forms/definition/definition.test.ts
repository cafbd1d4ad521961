import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { compileForm } from '../versions/compile.ts';
import { readDefinition, readDefinitionText } from './definition.ts';
import { form, page, question } from './forms.fixture.ts';

test('a V2 definition is read into pages, questions, lists and conditions', () => {
  const { form: read, problems } = readDefinition(
    form({
      pages: [
        page('/name', [question('TextField', 'fullName', 'What is your name?', { schema: { max: 70 } })]),
        page('/dog', [question('YesNoField', 'hasDog', 'Do you have a dog?')]),
        page('/breed', [question('RadiosField', 'breed', 'Which breed?', { list: 'breeds' })], { condition: 'dog' }),
      ],
      lists: [
        { id: 'breeds', name: 'breeds', title: 'Breeds', type: 'string', items: [{ text: 'Corgi', value: 'corgi' }] },
      ],
      conditions: [
        {
          id: 'dog',
          displayName: 'Has a dog',
          items: [{ id: '1', componentId: 'hasDog', operator: 'is', type: 'BooleanValue', value: true }],
        },
      ],
    }),
  );
  assert.deepEqual(problems, []);
  assert.deepEqual(
    read?.pages.map(({ path, condition }) => [path, condition]),
    [
      ['/name', null],
      ['/dog', null],
      ['/breed', 'dog'],
    ],
  );
  assert.deepEqual(read?.conditions[0]?.expression, {
    kind: 'all',
    of: [{ kind: 'compare', key: 'hasDog', operator: 'is', value: { type: 'value', value: true } }],
  });
});

test('keys that the model has no word for are kept', () => {
  const definition = form({
    pages: [page('/a', [question('TextField', 'a', 'A', { options: { newIdea: 1 } })])],
    mood: 'glad',
  });
  const read = readDefinition(definition).form;
  assert.equal(read?.extra['mood'], 'glad');
  const component = read?.pages[0]?.components[0];
  assert.deepEqual(component?.extra.options, { newIdea: 1 });
});

test('a component that cannot be run is refused with its page and what to do', () => {
  const { problems } = readDefinition(
    form({
      pages: [page('/map', [question('HologramField', 'map', 'Draw it')], { title: 'Where is it?' }), page('/a')],
    }),
  );
  const [problem] = problems;
  assert.equal(problem?.severity, 'error');
  assert.equal(problem?.pointer, '/pages/0/components/0/type');
  assert.equal(problem?.page, 'Where is it?');
  assert.match(problem?.message ?? '', /"HologramField".*Replace it with/);
});

const ref = (id: string, to: string) => ({ id, displayName: `${id} name`, items: [{ id: '1', conditionId: to }] });

test('dangling references, circles and paths used twice are named with their places', () => {
  const { problems } = readDefinition(
    form({
      pages: [
        page('/a', [question('SelectField', 'a', 'A', { list: 'nowhere' })], { condition: 'gone' }),
        page('/a', [question('TextField', 'b', 'B', { schema: { regex: '(?=x)(a)\\1' } })]),
      ],
      conditions: [ref('one', 'two'), ref('two', 'one')],
    }),
  );
  const places = problems.map(({ pointer }) => pointer);
  for (const place of [
    '/pages/0/components/0/list',
    '/pages/0/condition',
    '/pages/1/path',
    '/pages/1/components/0/schema/regex',
    '/conditions/0',
    '/conditions/1',
  ]) {
    assert.ok(places.includes(place), `${place} is among ${places.join(', ')}`);
  }
});

test('conditions that refer to each other a million ways are read at once', () => {
  const conditions = Array.from({ length: 40 }, (_, index) => ({
    id: `c${index}`,
    displayName: `c${index}`,
    coordinator: 'and',
    items:
      index === 39
        ? [{ id: 'x', componentId: 'a', operator: 'is', type: 'StringValue', value: 'yes' }]
        : [
            { id: 'x', conditionId: `c${index + 1}` },
            { id: 'y', conditionId: `c${index + 1}` },
          ],
  }));
  const { form: read, problems } = readDefinition(
    form({ pages: [page('/a', [question('TextField', 'a', 'A')]), page('/b', [], { condition: 'c0' })], conditions }),
  );
  assert.deepEqual(problems, []);
  assert.ok(read);
  const compiled = compileForm(read);
  const journey = compiled.journey(new Map([['a', { a: 'yes' }]]), '2026-04-01');
  assert.equal(journey.isAsked(compiled.pages[1] ?? assert.fail()), true);
});

test('a definition that is cut off is a problem, not a crash', () => {
  const { form: read, problems } = readDefinitionText('{"engine": "V2", "pages": [');
  assert.equal(read, null);
  assert.match(problems[0]?.message ?? '', /not JSON/);
});

test('ten thousand pages are refused', () => {
  const pages = Array.from({ length: 10_000 }, (_, index) => page(`/p${index}`));
  assert.ok(readDefinition(form({ pages })).problems.some(({ pointer }) => pointer === '/pages'));
});

const word = fc.oneof(
  fc.constantFrom(
    'id',
    'pages',
    'a',
    '/a',
    'TextField',
    'RadiosField',
    'UkAddressField',
    'c1',
    'is',
    'constructor',
    '',
  ),
  fc.string(),
);
const nonsense = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    word,
    fc.double(),
    fc.boolean(),
    fc.constant(null),
    tie('list'),
    tie('object'),
  ),
  list: fc.array(tie('value'), { maxLength: 4 }),
  object: fc.dictionary(
    fc.oneof(
      fc.constantFrom(
        'pages',
        'components',
        'conditions',
        'items',
        'lists',
        'options',
        'schema',
        'type',
        'name',
        'title',
      ),
      fc.constantFrom('path', 'list', 'condition', 'value', 'componentId', 'conditionId', 'operator', '__proto__'),
    ),
    tie('value'),
    { maxKeys: 6 },
  ),
})).object;

test('no JSON, however odd, makes the reader throw; what it finds free of errors compiles', () => {
  fc.assert(
    fc.property(nonsense, nonsense, nonsense, (top, one, component) => {
      const { form: read, problems } = readDefinition({
        engine: 'V2',
        pages: [{ path: '/a', components: [component] }, one],
        ...(top as object),
      });
      if (read && !problems.some(({ severity }) => severity === 'error')) compileForm(read);
    }),
    { numRuns: 500 },
  );
});
