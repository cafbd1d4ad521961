import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { sql } from 'kysely';
import { newId } from '#platform';
import { formsTables } from '../database.ts';
import { comparison, condition, form, page, question } from '../definition/forms.fixture.ts';
import { serveForms, Visitor } from './served-form.fixture.ts';

const home = '/services/kennel-licence';
const at = (path: string): string => `${home}/apply/${path}`;

/** The kennel is asked for where there are more than three dogs. */
const licence = form({
  name: 'Kennel licence',
  pages: [
    page('/dogs', [question('NumberField', 'dogs', 'How many dogs do you have?')]),
    page('/kennel', [question('TextField', 'kennel', 'What is the kennel called?')], { condition: 'many' }),
    page('/name', [question('TextField', 'fullName', 'What is your name?')]),
  ],
  conditions: [condition('many', [comparison('dogs', 'is more than', 'NumberValue', 3)])],
});

const { server, serveAgain, publish, inside } = await serveForms();
const other = await serveAgain();
before(() => publish('kennel-licence', licence));

/** Somebody who has said how many dogs they have, and was led on. */
async function withDogs(count: number): Promise<Visitor> {
  const visitor = new Visitor(server);
  await visitor.open(home);
  await visitor.answer({}, `${home}/start`);
  assert.equal(visitor.at, at('dogs'));
  await visitor.answer({ dogs: String(count) });
  return visitor;
}

describe('going on from page to page, while another process changes the same application', () => {
  test('an answer is not taken on a page that is not asked any more', async () => {
    const visitor = await withDogs(5);
    assert.equal(visitor.at, at('kennel'));
    const tab = visitor.anotherTab(other);
    await tab.open(at('dogs'));
    await tab.answer({ dogs: '1' });
    assert.equal(tab.at, at('name'));

    await visitor.answer({ kennel: 'Four Winds' });
    assert.equal(visitor.at, `${at('name')}?change=yes`);
    await tab.open(at('dogs'));
    await tab.answer({ dogs: '5' });
    assert.equal(tab.at, at('kennel'));
    assert.doesNotMatch(tab.body, /Four Winds/);
  });

  test('an answer is taken on a page that is asked again by then', async () => {
    const visitor = await withDogs(5);
    const tab = visitor.anotherTab(other);
    await tab.open(at('dogs'));
    await tab.answer({ dogs: '9' });
    await visitor.answer({ kennel: 'Four Winds' });
    assert.equal(visitor.at, at('name'));
    await tab.open(at('kennel'));
    assert.match(tab.body, /Four Winds/);
  });

  test('a page that is opened again shows what was answered on it meanwhile', async () => {
    const visitor = await withDogs(5);
    const tab = visitor.anotherTab(other);
    await tab.open(at('kennel'));
    await tab.answer({ kennel: 'Foxholes' });
    await visitor.open(at('kennel'));
    assert.match(visitor.body, /Foxholes/);
  });

  test('nothing is taken for an application that was sent meanwhile', async () => {
    const visitor = await withDogs(5);
    const tab = visitor.anotherTab(other);
    await tab.open(at('kennel'));
    await tab.answer({ kennel: 'Foxholes' });
    await tab.answer({ fullName: 'Ann Other' });
    await tab.answer({}, `${home}/check-your-answers`);
    assert.equal(tab.at, `${home}/confirmation`);

    await visitor.answer({ kennel: 'Four Winds' });
    assert.equal(visitor.at, `${home}/confirmation`);
  });

  test('whoever begins comes to the first page, and begins anew with nothing of before', async () => {
    const visitor = await withDogs(5);
    await visitor.answer({}, `${home}/start`);
    assert.equal(visitor.at, at('dogs'));
    assert.doesNotMatch(visitor.body, /value="5"/);
  });

  test('a process of the version before, which does not ask for what comes next, is answered as it was', async () => {
    const saving = await inside((tx) =>
      sql<{
        saving: string;
      }>`select saving from forms.save_page(${tx.organisationId}, ${newId()}, ${newId()}, 1, ${Buffer.alloc(32)},
        'dogs', ${Buffer.alloc(40)}, null, null, '{}', '{}', '{}', '{}')`.execute(formsTables(tx)),
    );
    assert.deepEqual(saving.rows, [{ saving: 'unknown' }]);
  });
});
