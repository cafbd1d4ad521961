import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { compileForm } from '../versions/compile.ts';
import type { CompiledForm } from '../versions/compile.ts';
import { renderMarkdown, safeHtml } from './content.ts';
import { readDefinition } from '../definition/definition.ts';
import type { Answers } from '../definition/form.ts';
import { comparison, condition, form, page, question } from '../definition/forms.fixture.ts';
import { fillHtml, findUnread, readMentions } from './mentions.ts';
import { renderQuestionPage } from '../pages/question-page.ts';
import { walkForm } from '../check/walk.ts';
import { wordsOf } from '../words/words.ts';

const today = '2026-03-31';

function compiled(definition: unknown): CompiledForm {
  const { form: model, problems } = readDefinition(definition);
  assert.deepEqual(problems, []);
  return compileForm(model ?? assert.fail());
}

/** A page as somebody sees it with these answers, by page. */
function shown(of: CompiledForm, slug: string, answers: Record<string, Answers>): { title: string; html: string } {
  const journey = of.journey(new Map(Object.entries(answers)), today);
  const found = journey.fit(of.bySlug.get(slug) ?? assert.fail(`no page ${slug}`));
  const html = renderQuestionPage(found, journey, {
    address: '/services/test',
    posted: {},
    mistakes: [],
    csrfToken: 'token',
    maySave: false,
    words: wordsOf('en'),
  });
  return { title: found.title, html };
}

const pets = {
  id: 'pets',
  name: 'pets',
  title: 'Pets',
  type: 'string',
  items: [
    { id: 'i1', text: 'A dog', value: 'dog' },
    { id: 'i2', text: 'A cat', value: 'cat' },
  ],
};

const asking = form({
  lists: [pets],
  pages: [
    page('/name', [question('TextField', 'fullName', 'Your name')]),
    page('/pet', [question('RadiosField', 'pet', 'Your pet', { list: 'pets' })]),
    page(
      '/age',
      [
        question('NumberField', 'age', 'How old is the {{ pet }} of {{fullName}}?', {
          hint: 'In years, {{ fullName }}',
        }),
        { id: 'html', type: 'Html', content: "<p>You keep {{ 'pet' | answer }}, {{ fullName | safe }}.</p>" },
        {
          id: 'md',
          type: 'Markdown',
          content: '## For {{ fullName }}\n\n[More](https://example.com/?q={{ fullName }})',
        },
      ],
      { title: 'About the {{ pet }}' },
    ),
  ],
});

test('an earlier answer stands in titles, hints and content, as its value or as the person reads it', () => {
  const { title, html } = shown(compiled(asking), 'age', { name: { fullName: 'Ann' }, pet: { pet: 'dog' } });
  assert.equal(title, 'About the dog');
  assert.match(html, /How old is the dog of Ann\?/);
  assert.match(html, /In years, Ann/);
  assert.match(html, /<p class="govuk-body">You keep A dog, Ann\.<\/p>/);
  assert.match(html, /For Ann<\/h2>/);
  assert.match(html, /href="https:\/\/example\.com\/\?q="/, 'no answer is put into an address');
});

test('an answer that is HTML is text wherever it is put, and one that is missing is nothing', () => {
  const evil = '"><script>alert(1)</script><a href="javascript:x">';
  const { html } = shown(compiled(asking), 'age', { name: { fullName: evil }, pet: { pet: 'cat' } });
  assert.doesNotMatch(html, /<script|javascript:x">|<a href="javascript/);
  assert.match(html, /&lt;script&gt;alert/);
  assert.match(shown(compiled(asking), 'age', {}).html, /How old is the {2}of \?/);
});

test('a page that mentions an answer loads it, and check your answers says the same as the page', () => {
  const of = compiled(asking);
  assert.deepEqual(of.bySlug.get('age')?.needs.answers.toSorted(), ['age', 'name', 'pet']);
  assert.equal(of.bySlug.get('age')?.standsAlone, false);
  assert.equal(of.bySlug.get('pet')?.standsAlone, true);
  const journey = of.journey(
    new Map<string, Answers>([
      ['name', { fullName: 'Ann' }],
      ['pet', { pet: 'dog' }],
      ['age', { age: 3 }],
    ]),
    today,
  );
  const [last] = journey.answeredPages().at(-1)?.questions ?? [];
  assert.equal(last?.question.question.title, 'How old is the dog of Ann?');
});

test('an older form names a question by its section too, where pages lead to each other', () => {
  const of = compiled({
    startPage: '/who',
    sections: [{ name: 'you', title: 'You' }],
    lists: [],
    conditions: [],
    confirmation: null,
    fees: [],
    pages: [
      {
        path: '/who',
        section: 'you',
        title: 'Who?',
        components: [question('TextField', 'who', 'Who?')],
        next: [{ path: '/born' }],
      },
      {
        path: '/born',
        title: 'Born',
        components: [question('DatePartsField', 'born', 'When?')],
        next: [{ path: '/end' }],
      },
      {
        path: '/end',
        title: 'Is {{ you.who }} born on {{ born }}?',
        components: [question('YesNoField', 'right', 'Right?')],
        next: [],
      },
    ],
  });
  const { title, html } = shown(of, 'end', { who: { who: 'Ann' }, born: { born: '2001-02-03' } });
  assert.equal(title, 'Is Ann born on 3 February 2001?');
  assert.match(html, /<h1[^>]*>Is Ann born on 3 February 2001\?<\/h1>/);
});

test('an item of a repeat mentions what was answered of it, and what was answered before', () => {
  const repeat = { options: { name: 'dogs', title: 'Dog' }, schema: { min: 1, max: 3 } };
  const parts = { controller: 'RepeatPageController', repeat };
  const of = compiled(
    form({
      pages: [
        page('/owner', [question('TextField', 'owner', 'Owner')]),
        page('/dog', [question('TextField', 'dogName', 'Name')], parts),
        page('/dogage', [question('NumberField', 'dogAge', 'How old is {{ dogName }}, {{ owner }}?')], parts),
      ],
    }),
  );
  const list = of.bySlug.get('dog') ?? assert.fail();
  const journey = of.journey(
    new Map<string, Answers>([
      ['owner', { owner: 'Ann' }],
      ['dog/~1/dog', { dogName: 'Rex' }],
    ]),
    today,
  );
  const inside = journey.inItem(list, '1');
  const age = list.repeat?.flow.bySlug.get('dogage') ?? assert.fail();
  assert.equal(inside.fit(age).title, 'How old is Rex, Ann?');
  assert.deepEqual(list.inside?.answers, ['owner']);
});

test('a choice that is only for some is offered to them, and taken from nobody else', () => {
  const list = {
    ...pets,
    items: [...pets.items, { id: 'i3', text: 'A wolf', value: 'wolf', condition: 'licensed' }],
  };
  const of = compiled(
    form({
      lists: [list],
      conditions: [condition('licensed', [comparison('licence', 'is', 'BooleanValue', true)])],
      pages: [
        page('/licence', [question('YesNoField', 'licence', 'Do you have a licence?')]),
        page('/pet', [question('RadiosField', 'pet', 'Your pet', { list: 'pets' })]),
      ],
    }),
  );
  const pet = of.bySlug.get('pet') ?? assert.fail();
  for (const licence of [true, false]) {
    const answers = { licence: { licence } };
    assert.equal(shown(of, 'pet', answers).html.includes('A wolf'), licence);
    const journey = of.journey(new Map(Object.entries(answers)), today);
    assert.equal(journey.readPage(pet, { pet: 'wolf' }).mistakes.length, licence ? 0 : 1);
  }
  const walk = walkForm(of, today);
  assert.deepEqual([walk.completed, walk.conditions.bothWays, walk.conditions.all], [true, 1, 1]);
});

test('what is more than an answer is told of and never evaluated, and whatever is typed no tag comes of it', () => {
  const findKeys = (name: string): string[] => (name === 'name' ? ['name'] : []);
  assert.equal(findUnread('Hello {{ name }}', findKeys), null);
  assert.equal(findUnread('Hello {{ other }}', findKeys), '{{ other }}');
  assert.equal(findUnread('{% if name %}Hello{% endif %}', findKeys), '{% if name %}');
  assert.equal(readMentions("{{ name | constructor }} {{ 'name' }} {{ name() }}", findKeys), null);
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (around, answer) => {
      const text = readMentions(`${around}{{ name }}{{ 'name' | answer }}`, findKeys);
      if (!text) return;
      for (const html of [safeHtml(text.marked), renderMarkdown(text.marked)]) {
        const filled = fillHtml(html, text.mentions, () => answer);
        assert.equal(filled, safeHtml(filled), 'what was filled in is as safe as what was made safe');
      }
    }),
    { numRuns: 300 },
  );
});
