import assert from 'node:assert/strict';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { formDefinitionV2Schema } from '@defra/forms-model';
import { compileForm } from '../../versions/compile.ts';
import { readDefinition, readDefinitionText } from '../definition.ts';
import type { Answers, Form, JsonObject } from '../form.ts';
import { comparison, condition, form, page, question } from '../forms.fixture.ts';
import { walkForm } from '../../check/walk.ts';
import { writeDefraV2 } from './write-defra-v2.ts';

const today = '2026-03-31';

/** What DEFRA's own validator says is wrong; nothing if it is content. */
function complaints(definition: JsonObject): string[] {
  const { error } = formDefinitionV2Schema.validate(definition, { abortEarly: false });
  return (error?.details ?? []).map(({ path, message }) => `${path.join('/')}: ${message}`);
}

function read(definition: unknown): Form {
  const { form: model, problems } = readDefinition(definition);
  assert.deepEqual(
    problems.filter(({ severity }) => severity === 'error'),
    [],
  );
  return model ?? assert.fail();
}

const yesNo = (name: string) => ({ type: 'YesNoField', name, title: `${name}?`, options: {}, schema: {} });
const holds = (name: string, field: string, value: string) => ({
  name,
  displayName: name,
  value: { name, conditions: [{ field: { name: field }, operator: 'is', value: { type: 'Value', value } }] },
});

test('a V2 definition is written as it was read, and DEFRA takes it', () => {
  const uuid = (end: string) => `00000000-0000-4000-8000-0000000000${end}`;
  const definition = form({
    pages: [
      page('/age', [question('NumberField', 'age', 'Age', { id: uuid('01'), schema: { min: 1 } })], { id: uuid('02') }),
      page('/why', [question('TextField', 'why', 'Why?', { id: uuid('03') })], {
        id: uuid('04'),
        condition: uuid('05'),
      }),
    ],
    conditions: [condition(uuid('05'), [comparison(uuid('01'), 'is less than', 'NumberValue', 18)])],
  });
  const model = read(definition);
  const { definition: written, losses } = writeDefraV2(model);
  assert.deepEqual(complaints(written), []);
  assert.deepEqual(losses, []);
  const again = read(written);
  assert.deepEqual(
    again.pages.map(({ path, condition: asked, id }) => [path, asked, id]),
    model.pages.map(({ path, condition: asked, id }) => [path, asked, id]),
  );
  assert.equal(again.conditions[0]?.displayName, model.conditions[0]?.displayName);
});

test('pages that lead to each other become pages in order that ask the same of the same people', () => {
  const graph = read({
    startPage: '/a',
    confirmation: null,
    fees: [],
    sections: [],
    lists: [],
    pages: [
      { path: '/a', title: 'A', components: [yesNo('a')], next: [{ path: '/b', condition: 'a yes' }, { path: '/c' }] },
      {
        path: '/b',
        title: 'B',
        components: [yesNo('b')],
        next: [{ path: '/out', condition: 'b yes' }, { path: '/d' }],
      },
      { path: '/c', title: 'C', components: [yesNo('c')], next: [{ path: '/d' }, { path: '/e', condition: 'c yes' }] },
      { path: '/d', title: 'D', components: [yesNo('d')], next: [{ path: '/e' }] },
      { path: '/e', title: 'E', components: [yesNo('e')], next: [{ path: '/end' }] },
      { path: '/out', title: 'Sorry', components: [{ type: 'Para', content: 'You cannot apply' }], next: [] },
      { path: '/end', title: 'End', controller: './pages/summary.js' },
    ],
    conditions: [holds('a yes', 'a', 'true'), holds('b yes', 'b', 'true'), holds('c yes', 'c', 'true')],
  });
  const { definition } = writeDefraV2(graph);
  assert.deepEqual(complaints(definition), []);
  const before = compileForm(graph);
  const after = compileForm(read(definition));
  for (let number = 0; number < 8; number++) {
    const answered: Record<string, boolean> = {
      a: number % 2 === 1,
      b: number % 4 > 1,
      c: number > 3,
      d: true,
      e: true,
    };
    const saved = new Map<string, Answers>(Object.entries(answered).map(([key, answer]) => [key, { [key]: answer }]));
    const ways = [before, after].map((compiled) => {
      const journey = compiled.journey(saved, today);
      return [journey.answeredPages().map((each) => each.page.slug), journey.firstUnanswered()?.key ?? null];
    });
    assert.deepEqual(ways[1], ways[0], JSON.stringify(answered));
  }
});

test('what V2 has no word for is said, and kept in the metadata where it can be', () => {
  const model = read({
    startPage: '/a',
    outputs: [{ name: 'x', type: 'webhook' }],
    pages: [
      { path: '/a', title: 'A', sidebar: 'left', components: [{ type: 'TimeField', name: 't1', title: 'When?' }] },
    ],
  });
  const { definition, losses } = writeDefraV2(model);
  assert.deepEqual(complaints(definition), []);
  assert.equal(losses.length, 3);
  assert.match(losses.join('\n'), /sidebar of the page \/a[^]*no time field[^]*outputs of the form/);
  assert.deepEqual(definition['metadata'], {
    kept: { '/a': { sidebar: 'left' }, form: { outputs: [{ name: 'x', type: 'webhook' }] } },
  });
});

const folder = join(import.meta.dirname, '../../../../../../shared/data/forms');

test(
  'what was converted of real departments is taken by DEFRA, and can be completed here as before',
  { skip: existsSync(folder) ? false : `${folder} is not there` },
  (t) => {
    let written = 0;
    for (const file of globSync('**/*.json', { cwd: folder })) {
      const { form: model, problems } = readDefinitionText(readFileSync(join(folder, file), 'utf8'));
      if (!model) continue;
      const { definition } = writeDefraV2(model);
      assert.deepEqual(complaints(definition), [], file);
      written++;
      const asksNothing = problems.some(({ message }) => message.startsWith('The form asks no question'));
      if (asksNothing || problems.some(({ severity }) => severity === 'error')) continue;
      const before = walkForm(compileForm(model), today);
      const after = walkForm(compileForm(read(definition)), today);
      assert.deepEqual([after.completed, after.pages.missed], [before.completed, before.pages.missed], file);
    }
    t.diagnostic(`${written} definitions were written in V2, and DEFRA's validator took each`);
  },
);
