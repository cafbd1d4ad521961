import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formDefinitionSchema, formDefinitionV2Schema } from '@defra/forms-model';
import { compileForm } from '../../versions/compile.ts';
import type { CompiledForm } from '../../versions/compile.ts';
import { readDefinition } from '../definition.ts';
import type { Answers } from '../form.ts';
import { form, page, question } from '../forms.fixture.ts';
import { translateForm } from '../../words/translation.ts';
import { writeDefraV2 } from './write-defra-v2.ts';

const today = '2026-03-31';

function compiled(definition: unknown): CompiledForm {
  const { form: model, problems } = readDefinition(definition);
  assert.deepEqual(
    problems.filter(({ severity }) => severity === 'error'),
    [],
  );
  return compileForm(model ?? assert.fail());
}

/** The question pages of somebody with these answers, by page. */
function asked(definition: unknown, answers: Record<string, Answers>): string[] {
  const journey = compiled(definition).journey(new Map(Object.entries(answers)), today);
  return journey.answeredPages().map((each) => each.page.slug);
}

const plain = (type: string, name: string, title: string, parts = {}) => ({
  type,
  name,
  title,
  options: {},
  schema: {},
  ...parts,
});
const compare = (name: string, operator: string, value: unknown, parts = {}) => ({
  field: { name, type: 'Field', display: name },
  operator,
  value,
  ...parts,
});
const equal = (value: string) => ({ type: 'Value', value, display: value });
const named = (name: string, conditions: readonly unknown[]) => ({
  name,
  displayName: name,
  value: { name, conditions },
});

/** The V2 engine with the first schema: pages in order, conditions and lists by name. */
const firstSchema = {
  engine: 'V2',
  schema: 1,
  name: 'Keep a dog',
  startPage: '/country',
  sections: [{ name: 'home', title: 'Your home' }],
  lists: [
    {
      name: 'countries',
      title: 'Countries',
      type: 'string',
      items: [
        { text: 'England', value: 'england' },
        { text: 'Wales', value: 'wales' },
      ],
    },
  ],
  pages: [
    {
      path: '/country',
      title: '',
      section: 'home',
      components: [plain('RadiosField', 'country', 'Where do you live?', { list: 'countries' })],
      next: [{ path: '/summary' }],
    },
    {
      path: '/language',
      title: '',
      condition: 'inWales',
      components: [plain('YesNoField', 'welsh', 'Do you speak Welsh?')],
      next: [],
    },
    {
      path: '/born',
      title: '',
      condition: 'speaksWelsh',
      components: [plain('DatePartsField', 'born', 'When were you born?')],
      next: [],
    },
    {
      path: '/sorry',
      title: 'You are too young',
      condition: 'isChild',
      controller: './pages/terminal.js',
      components: [{ type: 'Html', content: '<p>Come back later.</p>' }],
      next: [],
    },
    { path: '/summary', title: 'Summary', controller: './pages/summary.js', components: [] },
  ],
  conditions: [
    named('inWales', [compare('home.country', 'is', equal('wales'))]),
    named('speaksWelsh', [
      { conditionName: 'inWales', conditionDisplayName: 'in Wales' },
      compare('welsh', 'is', equal('true'), { coordinator: 'and' }),
    ]),
    named('isChild', [
      compare('born', 'is less than', {
        type: 'RelativeDate',
        period: '18',
        unit: 'years',
        direction: 'in the past',
      }),
    ]),
  ],
};

test('the V2 engine runs the first schema: pages in order, with conditions that know questions by their names', () => {
  const titled = formDefinitionSchema.validate({
    ...firstSchema,
    pages: firstSchema.pages.map((each) => ({ ...each, title: each.title || 'A title' })),
  });
  assert.equal(titled.error, undefined, 'the definition is one that DEFRA takes');
  const england = { country: { country: 'england' } };
  const wales = { country: { country: 'wales' } };
  assert.deepEqual(asked(firstSchema, england), ['country']);
  assert.deepEqual(asked(firstSchema, wales), ['country', 'language']);
  assert.deepEqual(asked(firstSchema, { ...wales, language: { welsh: false } }), ['country', 'language']);
  const child = { ...wales, language: { welsh: true }, born: { born: '2010-01-01' } };
  assert.deepEqual(asked(firstSchema, child), ['country', 'language', 'born']);
  const journey = compiled(firstSchema).journey(new Map(Object.entries(child)), today);
  assert.equal(journey.firstUnanswered()?.key, 'sorry');
  const { form: model } = readDefinition(firstSchema);
  const { definition } = writeDefraV2(model ?? assert.fail());
  assert.equal(formDefinitionV2Schema.validate(definition).error, undefined);
  assert.deepEqual(asked(definition, { ...wales, language: { welsh: true } }), ['country', 'language', 'born']);
});

test('controllers of V2 are known by the paths of their files too, and one that nobody knows is named', () => {
  const controlled = (controller: string) =>
    readDefinition(form({ pages: [page('/a'), { ...page('/b', []), controller }] }));
  for (const controller of ['./pages/summary.js', 'SummaryPageController', 'TaxiSummaryPageController']) {
    assert.equal(controlled(controller).form?.pages[1]?.kind, 'summary', controller);
  }
  assert.equal(controlled('StatusPageController').form?.pages[1]?.kind, 'passed-over');
  assert.match(controlled('LicenceLookupController').problems[0]?.message ?? '', /LicenceLookupController/);
});

test('questions that an item of a list reveals are asked after it, of whoever chose it, inside a repeat too', () => {
  const uuid = (end: string) => `00000000-0000-4000-8000-0000000000${end}`;
  const list = {
    id: uuid('01'),
    name: 'ways',
    title: 'Ways',
    type: 'string',
    items: [
      {
        id: uuid('02'),
        text: 'Email',
        value: 'email',
        conditional: {
          components: [
            question('EmailAddressField', 'email', 'Your email address'),
            question('YesNoField', 'again', 'May we write again?'),
          ],
        },
      },
      { id: uuid('03'), text: 'Post', value: 'post' },
    ],
  };
  const how = question('RadiosField', 'how', 'How may we write to you?', { list: uuid('01') });
  const definition = form({ lists: [list], pages: [page('/how', [how]), page('/name')] });
  assert.deepEqual(asked(definition, { how: { how: 'post' } }), ['how', 'name']);
  assert.deepEqual(asked(definition, { how: { how: 'email' } }), ['how', 'how/email', 'name']);
  const { definition: written } = writeDefraV2(readDefinition(definition).form ?? assert.fail());
  assert.equal(formDefinitionV2Schema.validate(written).error, undefined);
  assert.deepEqual(asked(written, { how: { how: 'email' } }), ['how', 'how/email', 'name']);

  const repeat = { options: { name: 'people', title: 'Person' }, schema: { min: 1, max: 3 } };
  const repeated = form({
    lists: [list],
    pages: [page('/how', [how], { controller: 'RepeatPageController', repeat })],
  });
  const people = compiled(repeated).pages[0]?.repeat?.flow.pages.map(({ slug }) => slug);
  assert.deepEqual(people, ['how', 'how/email']);
});

test('Welsh is read as DEFRA’s designer keeps it, and as it is kept here', () => {
  const uuid = (end: string) => `00000000-0000-4000-8000-0000000000${end}`;
  const list = {
    id: uuid('03'),
    name: 'pets',
    title: 'Pets',
    type: 'string',
    items: [{ id: uuid('04'), text: 'Dog', value: 'dog', hint: { text: 'Barks' } }],
  };
  const choosing = question('RadiosField', 'pet', 'Your pet', { id: uuid('01'), list: uuid('03') });
  const own = question('TextField', 'who', 'Your name', { id: uuid('05') });
  const pages = [page('/pet', [choosing], { id: uuid('02'), title: 'Pets' }), page('/who', [own])];
  const cy = {
    'form.title': 'Cadw anifail',
    [`pages.${uuid('02')}.title`]: 'Anifeiliaid',
    [`components.${uuid('01')}.title`]: 'Eich anifail',
    [`components.${uuid('01')}.shortDescription`]: 'Anifail',
    [`listItems.${uuid('04')}.text`]: 'Ci',
    listItems: { [uuid('04')]: { hint: 'Yn cyfarth' } },
    [uuid('05')]: { title: 'Eich enw' },
  };
  const { form: model } = readDefinition(form({ pages, lists: [list], metadata: { translations: { cy } } }));
  const welsh = translateForm(model ?? assert.fail(), 'cy');
  const [pet, who] = welsh.pages.map(({ components }) => components[0]);
  assert.deepEqual([welsh.name, welsh.pages[0]?.title], ['Cadw anifail', 'Anifeiliaid']);
  assert.deepEqual([pet?.title, pet && 'shortTitle' in pet && pet.shortTitle], ['Eich anifail', 'Anifail']);
  assert.deepEqual([welsh.lists[0]?.items[0]?.text, welsh.lists[0]?.items[0]?.hint], ['Ci', 'Yn cyfarth']);
  assert.equal(who?.title, 'Eich enw');
});
