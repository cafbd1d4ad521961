import assert from 'node:assert/strict';
import { test } from 'node:test';
import { component, content, list, page } from '../check/written/graph-parts.fixture.ts';
import { exportSubmissions } from '../applications/submissions.ts';
import { serveForms, Visitor } from './served-form.fixture.ts';

const served = await serveForms();
const address = '/services/rings';

const serviceId = await served.publish('rings', {
  name: 'Order rings',
  startPage: '/name',
  outputs: [],
  conditions: [{ name: 'isGold', displayName: 'Gold', value: "metal == 'gold'" }],
  sections: [{ name: 'order', title: 'The order of {{ fullName }}' }],
  lists: [
    list('metals', 'string', [
      { text: 'Gold for {{ fullName }}', value: 'gold' },
      { text: 'Silver', value: 'silver', description: 'As {{ fullName }} had before' },
    ]),
  ],
  declaration: '<p>I am {{ fullName }}.</p>',
  specialPages: {
    confirmationPage: {
      customText: { title: 'Thank you, {{ fullName }}', nextSteps: 'We measure the finger of {{ fullName }}.' },
      components: [
        { ...content('Para', 'gold', '<p>Gold takes a week.</p>'), options: { condition: 'isGold' } },
        content('Html', 'all', '<p>Bring your <script>alert(1)</script>papers.</p>'),
      ],
    },
  },
  pages: [
    page(
      '/name',
      'Your name',
      [component('TextField', 'fullName', 'Full name', { options: { disableChangingFromSummary: true } })],
      ['/metal'],
    ),
    page(
      '/metal',
      'The metal',
      [
        component('RadiosField', 'metal', 'Which metal?', {
          list: 'metals',
          options: { customValidationMessages: { 'any.required': 'Choose a metal, {{ fullName }}' } },
        }),
      ],
      ['/summary'],
      { section: 'order' },
    ),
    page('/summary', 'Summary', [], [], { controller: './pages/summary.js' }),
  ],
});

async function order(metal: string): Promise<Visitor> {
  const visitor = new Visitor(served.server);
  await visitor.open(address);
  await visitor.answer({}, `${address}/start`);
  await visitor.answer({ fullName: 'Ann <b>Bell' });
  assert.match(visitor.body, /The order of Ann &lt;b&gt;Bell/);
  assert.match(visitor.body, /Gold for Ann &lt;b&gt;Bell/);
  assert.match(visitor.body, /As Ann (?:&lt; b&gt;|&lt;b&gt;)Bell had before/);
  assert.equal((await visitor.post(visitor.at)).status, 422);
  assert.match(visitor.body, /Choose a metal, Ann (?:&lt; b&gt;|&lt;b&gt;)Bell/);
  await visitor.answer({ metal });
  assert.match(visitor.body, /<p class="govuk-body">I am Ann &lt;b&gt;Bell\.<\/p>/);
  assert.doesNotMatch(visitor.body, /name\?change=yes/);
  assert.match(visitor.body, /metal\?change=yes/);
  await visitor.answer({});
  return visitor;
}

test('earlier answers are put where the form’s lists, sections, mistakes and declaration mention them', async () => {
  await order('silver');
});

test('after sending a form says what it wants to say itself, to whom it is meant for, and still shows the reference', async () => {
  const gold = await order('gold');
  assert.equal(gold.at, `${address}/confirmation`);
  assert.match(gold.body, /<h1 class="govuk-panel__title">\s*Thank you, Ann &lt;b&gt;Bell/);
  assert.match(gold.body, /We measure the finger of Ann &lt;b&gt;Bell\./);
  assert.match(gold.body, /Gold takes a week/);
  assert.doesNotMatch(gold.body, /alert\(1\)/);
  assert.match(gold.body, /<strong>[\w-]+<\/strong>/);
  const silver = await order('silver');
  assert.doesNotMatch(silver.body, /Gold takes a week/);
  // Nor is it handed to anybody with the answers.
  const [submission] = await served.inside((tx) => exportSubmissions(tx, served.keyring, { serviceId }));
  assert.ok(submission && !('confirmation' in submission));
});

test('a question whose list is missing can be tried and converted, and keeps the form from going live', async () => {
  const pages = [
    page('/name', 'Name', [component('TextField', 'n', 'Name')], ['/language']),
    page('/language', 'Language', [component('SelectField', 'l', 'Language', { list: 'languages' })], []),
  ];
  const definition = { startPage: '/name', version: 2, outputs: [], conditions: [], sections: [], lists: [], pages };
  await assert.rejects(served.publish('languages', definition), /languages/);
});
