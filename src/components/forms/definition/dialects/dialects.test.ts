import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { compileForm } from '../../versions/compile.ts';
import type { CompiledForm, CompiledPage } from '../../versions/compile.ts';
import { readDefinition, readDefinitionText } from '../definition.ts';
import type { Answers } from '../form.ts';
import { writeDefraV2 } from './write-defra-v2.ts';

const today = '2026-03-31';
const yesNo = (name: string, title: string) => ({ type: 'YesNoField', name, title, options: {}, schema: {} });
const text = (name: string, title: string) => ({ type: 'TextField', name, title, options: {}, schema: {} });

/** An older definition, as the XGov builder writes them. */
const xgov = (parts: Readonly<Record<string, unknown>> = {}): Record<string, unknown> => ({
  startPage: '/start',
  outputs: [],
  sections: [{ name: 'you', title: 'About you' }],
  lists: [],
  pages: [
    { path: '/start', title: 'Start', controller: './pages/start.js', components: [], next: [{ path: '/adult' }] },
    {
      path: '/adult',
      title: 'Your age',
      section: 'you',
      components: [yesNo('adult', 'Are you 18 or over?')],
      next: [{ path: '/name' }, { path: '/sorry', condition: 'child' }],
    },
    { path: '/sorry', title: 'You cannot apply', components: [{ type: 'Para', content: 'Come back later' }] },
    { path: '/name', title: 'Your name', components: [text('fullName', 'Full name')], next: [{ path: '/summary' }] },
    { path: '/summary', title: 'Summary', controller: './pages/summary.js', components: [], next: [] },
  ],
  conditions: [{ name: 'child', displayName: 'A child', value: 'you.adult == false' }],
  ...parts,
});

const named = (name: string, conditions: readonly unknown[]) => ({
  name,
  displayName: name,
  value: { name, conditions },
});
const about = (name: string, value: string, coordinator?: string) => ({
  ...(coordinator ? { coordinator } : {}),
  field: { name, type: 'YesNoField', display: name },
  operator: 'is',
  value: { type: 'Value', value, display: value },
});

function compiled(definition: unknown): CompiledForm {
  const { form, problems } = readDefinition(definition);
  assert.deepEqual(
    problems.filter(({ severity }) => severity === 'error'),
    [],
  );
  return compileForm(form ?? assert.fail());
}

const at = (form: CompiledForm, slug: string): CompiledPage => form.bySlug.get(slug) ?? assert.fail(`no page ${slug}`);
const saved = (pages: Record<string, Answers>): Map<string, Answers> => new Map(Object.entries(pages));

test('each dialect is told by what only it has', () => {
  const { outputs: _, ...v1 } = xgov({ engine: 'V1' });
  assert.equal(readDefinition({ engine: 'V2', pages: [] }).dialect, 'defra-v2');
  assert.equal(readDefinition(v1).dialect, 'defra-v1');
  assert.equal(readDefinition(xgov()).dialect, 'xgov');
  assert.equal(readDefinition(xgov({ markAsComplete: true })).dialect, 'communities');
  assert.equal(readDefinition({ title: 'not a form' }).dialect, null);
});

test('the first way whose condition holds is taken, and else the one without, wherever it stands', () => {
  const form = compiled(xgov());
  assert.deepEqual(
    form.pages.map(({ slug }) => slug),
    ['adult', 'sorry', 'name'],
  );
  const child = form.journey(saved({ adult: { adult: false } }), today);
  assert.equal(child.nextPage(at(form, 'adult'))?.slug, 'sorry');
  assert.equal(child.firstUnanswered()?.key, 'sorry');
  assert.equal(child.isReachable(at(form, 'name')), false);
  const adult = form.journey(saved({ adult: { adult: true }, name: { fullName: 'Ann' } }), today);
  assert.equal(adult.nextPage(at(form, 'adult'))?.slug, 'name');
  assert.equal(adult.previousPage(at(form, 'name'))?.slug, 'adult');
  assert.equal(adult.nextPage(at(form, 'name')), null);
  assert.equal(adult.firstUnanswered(), null);
  assert.deepEqual(adult.relevantAnswers(), { adult: true, fullName: 'Ann' });
});

test('a page loads the answers that lead to it, and no more', () => {
  const form = compiled(xgov());
  assert.deepEqual(at(form, 'adult').needs, { answers: ['adult'], presence: [], items: [], itemNames: [] });
  assert.equal(at(form, 'adult').standsAlone, true);
  assert.deepEqual(at(form, 'name').needs, { answers: ['name', 'adult'], presence: [], items: [], itemNames: [] });
});

test('conditions are joined in order, "and" before "or", and refer to each other', () => {
  const pages = [
    {
      path: '/a',
      title: 'A',
      components: [yesNo('a', 'A?'), yesNo('b', 'B?'), yesNo('c', 'C?')],
      next: [{ path: '/z' }, { path: '/yes', condition: 'outer' }],
    },
    { path: '/yes', title: 'Yes', components: [text('why', 'Why?')], next: [{ path: '/z' }] },
    { path: '/z', title: 'Z', components: [], controller: 'SummaryPageController' },
  ];
  const conditions = [
    named('outer', [{ conditionName: 'inner', conditionDisplayName: 'inner' }]),
    named('inner', [about('a', 'true'), about('b', 'true', 'or'), about('c', 'true', 'and')]),
  ];
  const form = compiled({ engine: 'V1', startPage: '/a', pages, conditions, lists: [], sections: [] });
  const leads = (a: boolean, b: boolean, c: boolean) =>
    form.journey(saved({ a: { a, b, c } }), today).nextPage(at(form, 'a'))?.slug ?? null;
  assert.equal(leads(true, false, false), 'yes');
  assert.equal(leads(false, true, false), null);
  assert.equal(leads(false, true, true), 'yes');
});

test('pages that lead in a circle are named, and a person who answers otherwise gets out', () => {
  const pages = [
    { path: '/name', title: 'Name', components: [text('n', 'Name')], next: [{ path: '/sure' }] },
    {
      path: '/sure',
      title: 'Sure',
      components: [yesNo('sure', 'Sure?')],
      next: [{ path: '/name', condition: 'no' }, { path: '/end' }],
    },
    { path: '/end', title: 'End', controller: './pages/summary.js' },
  ];
  const definition = xgov({ startPage: '/name', pages, conditions: [named('no', [about('sure', 'false')])] });
  const { problems } = readDefinition(definition);
  assert.match(problems[0]?.message ?? '', /circle: "\/name → \/sure → \/name"/);
  const form = compiled(definition);
  const unsure = form.journey(saved({ name: { n: 'Ann' }, sure: { sure: false } }), today);
  assert.equal(unsure.nextPage(at(form, 'sure'))?.slug, 'name');
  assert.equal(unsure.firstUnanswered()?.key, 'sure');
  const sure = form.journey(saved({ name: { n: 'Ann' }, sure: { sure: true } }), today);
  assert.equal(sure.firstUnanswered(), null);
});

test('a circle that nobody can leave is refused', () => {
  const pages = [
    { path: '/a', title: 'A', components: [text('a', 'A')], next: [{ path: '/b' }] },
    { path: '/b', title: 'B', components: [text('b', 'B')], next: [{ path: '/a' }] },
  ];
  const [problem] = readDefinition(xgov({ startPage: '/a', pages })).problems.filter(
    (each) => each.severity === 'error',
  );
  assert.match(problem?.message ?? '', /nobody gets to the end/);
});

test('what is not there yet keeps a form from going live and says where, and what is only odd is a warning', () => {
  const pages = [
    {
      path: '/up',
      title: 'Send a file',
      components: [{ type: 'FileUploadField', name: 'file', title: 'File' }],
      next: [{ path: '/gone' }],
    },
    {
      path: '/who',
      title: '',
      components: [{ type: 'TextField', name: '1.a b', title: { en: 'Who?' }, schema: 'none' }],
    },
  ];
  const { problems, form } = readDefinition(xgov({ startPage: '/up', pages, fees: [{ amount: 5 }] }));
  assert.deepEqual(
    problems.map(({ severity, pointer, page }) => [severity, pointer, page]),
    [
      ['warning', '/pages/1/components/0/schema', '/who'],
      ['unready', '/fees', null],
      ['warning', '/conditions/0/value', null],
      ['warning', '/pages/0/next/0/path', 'Send a file'],
      ['warning', '/pages/1', '/who'],
    ],
  );
  const [question] = form?.pages[1]?.components ?? [];
  assert.equal(question && 'key' in question && question.key, 'q1_a_b');
  assert.equal(question?.title, 'Who?');
});

test('a question that is revealed inside a choice is asked on a page of its own, of whoever chose it', () => {
  const other = { type: 'TextField', name: 'which', title: 'Which other pet?', options: {}, schema: {} };
  const pets = {
    type: 'RadiosField',
    name: 'pet',
    title: 'Your pet',
    list: 'pets',
    options: { conditionallyRevealedComponents: { other } },
  };
  const items = ['dog', 'other'].map((value) => ({ text: value, value }));
  const form = compiled(
    xgov({
      startPage: '/pet',
      conditions: [],
      lists: [{ name: 'pets', title: 'Pets', type: 'string', items }],
      pages: [
        { path: '/pet', title: 'Pet', components: [pets], next: [{ path: '/name' }] },
        { path: '/name', title: 'Name', components: [text('n', 'Name')], next: [] },
      ],
    }),
  );
  const next = (pet: string) => form.journey(saved({ pet: { pet } }), today).nextPage(at(form, 'pet'))?.slug;
  assert.equal(next('dog'), 'name');
  assert.equal(next('other'), 'pet/other');
  assert.equal(form.journey(saved({ pet: { pet: 'other' } }), today).nextPage(at(form, 'pet/other'))?.slug, 'name');
});

test('who is led out of the form is shown where to go, and does not go on in it', () => {
  const next = [{ redirect: 'https://www.example.com/other', condition: 'child' }, { path: '/summary' }];
  const pages = [
    { path: '/adult', title: 'Your age', section: 'you', components: [yesNo('adult', 'Are you 18?')], next },
    { path: '/summary', title: 'Summary', controller: './pages/summary.js', components: [], next: [] },
  ];
  const form = compiled(xgov({ startPage: '/adult', pages }));
  const child = form.journey(saved({ adult: { adult: false } }), today);
  const last = child.nextPage(at(form, 'adult'));
  assert.equal(last?.page.kind, 'terminal');
  assert.match(last?.parts[0]?.content ?? '', /<a class="govuk-link" href="https:\/\/www\.example\.com\/other">/);
  assert.equal(child.firstUnanswered()?.page, last);
  assert.equal(form.journey(saved({ adult: { adult: true } }), today).nextPage(at(form, 'adult')), null);
});

test('two dates that are compared: neither in the future, the first of the last two months, the second not before it', () => {
  const date = (name: string, title: string, options: Readonly<Record<string, unknown>> = {}) => ({
    type: 'DatePartsField',
    name,
    title,
    options,
    schema: {},
  });
  const own = { customValidationMessages: { 'date.min': 'The last day must be the same as or after the first' } };
  const pages = [
    {
      path: '/ill',
      title: 'When you were ill',
      controller: 'DateComparisonPageController',
      options: { firstDateComponent: 'first', secondDateComponent: 'last' },
      components: [date('first', 'First day'), date('last', 'Last day', own)],
      next: [],
    },
  ];
  const definition = xgov({ startPage: '/ill', pages, conditions: [] });
  const written = writeDefraV2(readDefinition(definition).form ?? assert.fail()).definition;
  for (const form of [compiled(definition), compiled(written)]) {
    const page = at(form, 'ill');
    const wrong = (first: string, last: string): string[] => {
      const posted = Object.fromEntries(
        Object.entries({ first, last }).flatMap(([key, day]) =>
          day.split('-').map((part, index) => [`${key}-${['year', 'month', 'day'][index]}`, part]),
        ),
      );
      return form
        .journey(saved({}), today)
        .readPage(page, posted)
        .mistakes.map((mistake) => mistake.text);
    };
    assert.deepEqual(wrong('2026-03-01', '2026-03-01'), []);
    assert.deepEqual(wrong('2026-01-31', today), []);
    assert.deepEqual(wrong('2026-03-02', '2026-03-01'), ['The last day must be the same as or after the first']);
    assert.deepEqual(wrong('2026-01-30', today), ['First day must be the same as or after 31 January 2026']);
    assert.deepEqual(wrong(today, '2026-04-01'), ['Last day must be today or in the past']);
  }
});

test('a definition in YAML is read like one in JSON', () => {
  const { dialect, form } = readDefinitionText(
    'engine: V2\nname: Dogs\npages:\n  - path: /name\n    title: Name\n    components:\n      - {type: TextField, name: n, title: Name}\n',
  );
  assert.equal(dialect, 'defra-v2');
  assert.equal(form?.name, 'Dogs');
});

test('what would take a reader’s time or memory is refused at once', () => {
  const started = performance.now();
  const bomb = `a: &a [x,x,x,x,x,x,x,x,x,x]\n${'bcdefghij'
    .split('')
    .map((name, index) => `${name}: &${name} [${`*${'abcdefghij'[index]},`.repeat(9)}x]`)
    .join('\n')}`;
  for (const nonsense of [
    bomb,
    '['.repeat(1_000_000),
    `{"a":${'['.repeat(5_000)}${']'.repeat(5_000)}}`,
    '&a [*a]',
    '\0',
  ]) {
    const { form, problems } = readDefinitionText(nonsense);
    assert.equal(form, null);
    assert.equal(problems.length, 1);
  }
  const pages = Array.from({ length: 10_000 }, (_, index) => ({
    path: `/p${index}`,
    next: [{ path: `/p${index + 1}` }],
  }));
  assert.ok(readDefinition(xgov({ pages })).problems.some(({ pointer }) => pointer === '/pages'));
  assert.ok(performance.now() - started < 5_000);
});

test('three hundred pages that each lead to twenty later ones are compiled and gone through', () => {
  const pages = Array.from({ length: 300 }, (_, index) => ({
    path: `/p${index}`,
    title: `Page ${index}`,
    components: [yesNo(`q${index}`, `Question ${index}`)],
    next: Array.from({ length: Math.min(20, 299 - index) }, (_each, on) => ({
      path: `/p${index + on + 1}`,
      ...(on > 0 ? { condition: `c${(index + on) % 50}` } : {}),
    })),
  }));
  const conditions = Array.from({ length: 50 }, (_, index) => named(`c${index}`, [about(`q${index}`, 'true')]));
  const form = compiled(xgov({ startPage: '/p0', pages, conditions }));
  assert.equal(form.pages.length, 300);
  assert.equal(form.journey(new Map(), today).firstUnanswered()?.key, 'p0');
});

const name = fc.constantFrom('a', 'b', '/a', '/b', 'c1', 'c2', 's', 's.a', '', 'constructor', '__proto__');
const scrap = fc.oneof(name, fc.integer(), fc.boolean(), fc.constant(null), fc.array(name, { maxLength: 2 }));
const components = fc.array(
  fc.record(
    {
      type: fc.constantFrom(
        'TextField',
        'YesNoField',
        'Para',
        'FreeTextField',
        'RadiosField',
        'TimeField',
        'MultiInputField',
        'x',
      ),
      name: fc.oneof(name, scrap),
      title: fc.oneof(name, scrap),
      list: name,
      options: fc.oneof(fc.record({ condition: name, required: scrap, maxWords: scrap }), scrap),
      schema: scrap,
      children: fc.array(fc.record({ type: fc.constantFrom('TextField', 'MultiInputField'), name, title: scrap }), {
        maxLength: 2,
      }),
    },
    { requiredKeys: ['type'] },
  ),
  { maxLength: 3 },
);
const links = fc.array(fc.record({ path: name, condition: fc.oneof(name, scrap) }, { requiredKeys: ['path'] }), {
  maxLength: 3,
});
const oddPage = fc.record(
  {
    path: name,
    title: scrap,
    components,
    next: links,
    section: scrap,
    controller: fc.oneof(
      name,
      fc.constantFrom('./pages/summary.js', 'MagicLinkRedirectController', 'RepeatingFieldPageController'),
    ),
    repeatField: fc.oneof(name, scrap),
  },
  { requiredKeys: ['path', 'components', 'next'] },
);
const comparison = fc.record(
  {
    field: fc.record({ name }),
    operator: fc.constantFrom('is', 'contains', 'is at least', 'y'),
    value: fc.oneof(scrap, fc.record({ type: name, value: scrap })),
    coordinator: fc.oneof(scrap, fc.constant('or')),
    conditionName: name,
    conditions: scrap,
  },
  { requiredKeys: [] },
);
const oddCondition = fc.record({
  name,
  displayName: scrap,
  value: fc.oneof(scrap, fc.string(), fc.record({ conditions: fc.array(comparison, { maxLength: 3 }) })),
});

/** Goes through a form as far as it can be gone without answers, unless it was refused. */
function goThrough(definition: unknown): void {
  const { form, problems } = readDefinition(definition);
  if (!form || problems.some(({ severity }) => severity === 'error')) return;
  const journey = compileForm(form).journey(new Map(), today);
  journey.firstUnanswered();
  journey.answeredPages();
}

test('a page that is to be asked as often as an answer on itself says is never waited for', () => {
  assert.doesNotThrow(() => {
    goThrough({ pages: [{ path: 'a', components: [{ type: 'TextField', name: 's' }], next: [], repeatField: 's' }] });
  });
});

test('no definition, however odd, makes a reader throw; what it finds free of errors can be gone through', () => {
  fc.assert(
    fc.property(
      fc.record({
        pages: fc.array(oddPage, { minLength: 1, maxLength: 5 }),
        conditions: fc.array(oddCondition, { maxLength: 3 }),
        lists: scrap,
        sections: scrap,
        outputs: scrap,
        startPage: scrap,
      }),
      goThrough,
    ),
    { numRuns: 1_000 },
  );
});
