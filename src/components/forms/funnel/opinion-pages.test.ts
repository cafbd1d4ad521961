import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { form, page, question } from '../definition/forms.fixture.ts';
import { serveForms, Visitor } from '../pages/served-form.fixture.ts';

const home = '/services/guide-dog';
const { server, publish } = await serveForms();
before(() =>
  publish(
    'guide-dog',
    form({
      name: 'Register a guide dog',
      pages: [page('/dog', [question('TextField', 'dog', 'What is the dog called?')])],
      metadata: { confirmationPage: { title: 'It is registered', customText: { nextSteps: 'A tag comes by post.' } } },
    }),
  ),
);

test("a form's own words after sending stay when its last question is answered wrongly, beside what was wrong", async () => {
  const visitor = new Visitor(server);
  await visitor.open(home);
  await visitor.answer({}, `${home}/start`);
  await visitor.answer({ dog: 'Rex' });
  assert.equal(await visitor.answer({}), `${home}/confirmation`);
  const ownWords = /It is registered[\s\S]*A tag comes by post\./;
  assert.match(visitor.body, ownWords);

  const { status } = await visitor.post(`${home}/opinion`, { comment: 'A <b>bold</b> thought' });
  assert.equal(status, 422);
  assert.match(visitor.body, ownWords);
  assert.match(visitor.body, /<a href="#rating">/);
  assert.match(visitor.body, /A &lt;b&gt;bold&lt;\/b&gt; thought<\/textarea>/);
  assert.deepEqual(await visitor.post(`${home}/opinion`, { rating: '4' }), { status: 303, to: `${home}/opinion` });

  const another = new Visitor(server);
  await another.open(home);
  await another.answer({}, `${home}/start`);
  await another.answer({ dog: 'Bess' });
  await another.answer({});
  assert.doesNotMatch(another.body, /thought|error-summary/);
});
