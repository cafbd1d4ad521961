import assert from 'node:assert/strict';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { test } from 'node:test';
import { ComponentType } from '@defra/forms-model';
import * as fc from 'fast-check';
import { checkDefinition, describeCheck } from './check.ts';
import { compileForm } from '../versions/compile.ts';
import { readDefinition } from '../definition/definition.ts';
import { comparison, condition, form, page, question } from '../definition/forms.fixture.ts';
import { sampleOfPattern } from './pattern-samples.ts';
import { compilePattern } from '../questions/patterns.ts';
import { walkForm } from './walk.ts';
import type { Walk } from './walk.ts';

const today = '2026-03-31';

function walk(parts: Readonly<Record<string, unknown>>): Walk {
  const read = readDefinition(form(parts));
  assert.deepEqual(
    read.problems.filter(({ severity }) => severity !== 'unready'),
    [],
  );
  return walkForm(compileForm(read.form ?? assert.fail()), today);
}

test('every page is come to and every condition seen both ways, however deep it lies', () => {
  const { completed, pages, conditions, journeys } = walk({
    pages: [
      page('/born', [question('DatePartsField', 'born', 'When were you born?')]),
      page('/dogs', [question('NumberField', 'dogs', 'How many dogs?', { schema: { min: 0, max: 9, precision: 0 } })]),
      page('/adult-with-dogs', [question('TextField', 'kennel', 'Kennel', { schema: { regex: '^[A-Z]{2}\\d{4}$' } })], {
        condition: 'adult-with-dogs',
      }),
      page('/kennel', [question('TextField', 'why', 'Why?')], { condition: 'kennel-one' }),
    ],
    conditions: [
      condition('adult', [
        comparison('born', 'is at least', 'RelativeDate', { period: 18, unit: 'years', direction: 'in the past' }),
      ]),
      condition('many', [comparison('dogs', 'is more than', 'NumberValue', 7)]),
      condition('adult-with-dogs', [
        { id: 'x', conditionId: 'adult' },
        { id: 'y', conditionId: 'many' },
      ]),
      condition('kennel-one', [comparison('kennel', 'is', 'StringValue', 'AA0001')]),
    ],
  });
  assert.equal(completed, true);
  assert.deepEqual(pages, { covered: 4, all: 4, missed: [] });
  assert.deepEqual(conditions, { bothWays: 2, all: 2, missed: [] });
  assert.equal(journeys[0]?.end, 'sent');
});

test('what cannot be come to is said, and why nobody can send', () => {
  const { completed, reason, pages } = walk({
    pages: [
      page('/a', [question('TextField', 'a', 'Say it', { schema: { min: 5, max: 2 } })]),
      page('/b', [question('YesNoField', 'b', 'B?')]),
    ],
  });
  assert.equal(completed, false);
  assert.match(reason ?? '', /No valid answer was found to "Say it" on the page "\/a"/);
  assert.deepEqual(pages.missed, ['/b']);
});

test('a person can answer every type of question that DEFRA has', () => {
  const lists = [
    { id: 'l', name: 'l', title: 'List', type: 'string', items: [{ id: 'i', text: 'One', value: 'one' }] },
  ];
  const types = Object.values(ComponentType);
  const asked = types.map((type) =>
    page(`/${type}`, [question(type, `a${type}`, type, { list: 'l', content: 'Text', options: { amount: 5 } })]),
  );
  const { completed, pages } = walk({ pages: asked, lists });
  assert.equal(completed, true);
  assert.equal(pages.covered, types.length);
});

test('texts are found that match the patterns of real forms', () => {
  for (const pattern of [
    '^[A-Z]{1,2}\\d[A-Z\\d]? ?\\d[A-Z]{2}$',
    '^(?:1-\\d{9,11}|[A-Z][A-Z0-9]{4,6})$',
    '^[0-9\\s+()-]*$',
    '^.{3,10}$',
    '^\\d+(?:\\.\\d{1,2})?$',
    '(yes|no)',
    '^[^@\\s]+@[^@\\s]+\\.gov\\.uk$',
  ]) {
    const matches = compilePattern(pattern);
    assert.ok(typeof matches !== 'string' && sampleOfPattern(pattern).some(matches), pattern);
  }
  fc.assert(fc.property(fc.string(), (pattern) => sampleOfPattern(pattern).every((sample) => sample.length <= 1_000)));
});

test('a check says what a form consists of, and each problem with its place', () => {
  const definition = JSON.stringify(
    form({ pages: [page('/a', [question('HologramField', 'f', 'Send it')]), page('/b')] }),
  );
  const lines = describeCheck('dogs.json', checkDefinition(definition, today));
  assert.equal(
    lines[0],
    'dogs.json: defra-v2, 2 pages, 2 components, 0 conditions, imported, not completed, 0 of 2 pages covered, 0 of 0 conditions taken both ways',
  );
  assert.match(lines[1] ?? '', /^ {2}error at \/pages\/0\/components\/0\/type \(\/a\): The component "Send it"/);
  assert.deepEqual(describeCheck('x', checkDefinition('{', today)).length, 2);
});

const folder = join(import.meta.dirname, '../../../../../shared/data/forms');

test(
  'the definitions of real departments are all imported, and completed unless they say what is missing',
  { skip: existsSync(folder) ? false : `${folder} is not there` },
  (t) => {
    const files = globSync('**/*.{json,yaml,yml}', { cwd: folder }).map((file) => join(folder, file));
    const sum = { imported: 0, completed: 0, covered: 0, pages: 0, bothWays: 0, conditions: 0 };
    for (const file of files) {
      const check = checkDefinition(readFileSync(file, 'utf8'), today);
      const name = relative(folder, file);
      sum.imported += Number(check.imported);
      sum.completed += Number(check.completed);
      sum.covered += check.pagesCovered.covered;
      sum.pages += check.pagesCovered.all;
      sum.bothWays += check.conditionsBothWays.bothWays;
      sum.conditions += check.conditionsBothWays.all;
      const isRefused = check.problems.some(({ severity }) => severity === 'error');
      assert.equal(check.completed, !isRefused, `${name}: ${check.reason}`);
      if (!check.completed) t.diagnostic(`${name} is not completed: ${check.reason}`);
    }
    t.diagnostic(
      `of ${files.length} forms ${sum.imported} imported, ${sum.completed} completed; ` +
        `${sum.covered} of ${sum.pages} pages covered, ${sum.bothWays} of ${sum.conditions} conditions taken both ways`,
    );
    assert.equal(sum.imported, files.length);
  },
);
