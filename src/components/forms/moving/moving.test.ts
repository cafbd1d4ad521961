import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import type { Page } from 'playwright-core';
import { createKeyring, type Scope } from '#platform';
import { openBrowser } from '../../../../testing/browser.ts';
import { startTestProgram } from '../../../../testing/program.ts';
import { compileForm } from '../versions/compile.ts';
import { readDefinition } from '../definition/definition.ts';
import { comparison, condition, form, page, question } from '../definition/forms.fixture.ts';
import { publishForm } from '../versions/versions.ts';
import { carryOver } from './carry-over.ts';

const program = await startTestProgram({ ENCRYPTION_KEYS: Buffer.alloc(32, 7).toString('base64') });
const browser = await openBrowser();
after(() => browser.close());
const base = await program.server.listen({ host: '127.0.0.1', port: 0 });
const address = '/services/fishing-licence';
let scope: Scope;
let serviceId = '';
let staff = '';

const summary = page('/summary', [], { title: 'Summary', controller: 'SummaryPageController' });
const first = form({
  name: 'Dog licence',
  pages: [
    page('/name', [question('TextField', 'fullName', 'What is your full name?')]),
    page('/dogs', [question('NumberField', 'dogs', 'How many dogs do you have?')]),
    page('/colour', [question('TextField', 'colour', 'What colour are they?')]),
    page('/street', [question('TextField', 'street', 'In which street do you live?')]),
    summary,
  ],
});
/** The number has a limit now, the colour is not asked any more, the breed is new, and the street stands on another page. */
const second = form({
  name: 'Dog licence',
  pages: [
    page('/name', [question('TextField', 'fullName', 'What is your full name?')]),
    page('/dogs', [question('NumberField', 'dogs', 'How many dogs do you have?', { schema: { max: 3 } })]),
    page('/breed', [question('TextField', 'breed', 'What breed are they?')]),
    page('/home', [question('TextField', 'street', 'In which street do you live?')]),
    summary,
  ],
});

const publish = (definition: unknown) =>
  program.whole.database.transact(scope, (tx) => publishForm(tx, { serviceId, definition }));

before(async () => {
  const [service] = await program.ask<{ organisation_id: string; id: string }>(
    `select organisation_id, id from organisations.services where slug = 'fishing-licence'`,
  );
  assert.ok(service);
  scope = { organisationId: service.organisation_id, actor: { kind: 'system', name: 'test' } };
  serviceId = service.id;
  staff = `/staff/organisations/${service.organisation_id}/services/${service.id}/form/moving`;
});

/** Somebody in a browser of their own, without JavaScript, who has answered these in turn. */
async function begin(answers: readonly string[]): Promise<Page> {
  const context = await browser.newContext({ javaScriptEnabled: false });
  const person = await context.newPage();
  await person.goto(base + address);
  await person.getByRole('button', { name: 'Start now' }).click();
  for (const answer of answers) await answerWith(person, answer);
  return person;
}

async function answerWith(person: Page, answer: string): Promise<void> {
  await person.getByRole('textbox').fill(answer);
  await person.getByRole('button', { name: 'Continue' }).click();
}

const heading = async (person: Page): Promise<string> =>
  (await person.getByRole('heading', { level: 1 }).innerText()).trim();

const questionsOfSubmission = async (): Promise<string[]> => {
  const [row] = await program.ask<{ organisation_id: string; id: string; sealed: Buffer; version: number }>(
    'select organisation_id, id, sealed, version from forms.submissions order by id desc limit 1',
  );
  assert.ok(row);
  const place = `forms.submissions.sealed/${row.organisation_id}/${row.id}`;
  const content: { questions: { key: string; lines: string[] }[] } = JSON.parse(
    createKeyring([Buffer.alloc(32, 7).toString('base64')])
      .open(place, row.sealed)
      .toString(),
  );
  return [`version ${row.version}`, ...content.questions.map(({ key, lines }) => `${key}: ${lines.join(' ')}`)];
};

suite('people who are filling in a version while the next is published', () => {
  test('finish on theirs; who is moved forward is told so, and is asked only what changed', async () => {
    const { version } = await publish(first);
    const [anna, bertil, cara] = await Promise.all([
      begin(['Anna', '2']),
      begin(['Bertil', '5', 'brown']),
      begin(['Cara', '5', 'black', 'Mill Lane']),
    ]);
    await publish(second);

    for (const [person, rest] of [
      [anna, ['white', 'High Street']],
      [bertil, ['Low Street']],
    ] as const) {
      for (const answer of rest) await answerWith(person, answer);
      assert.equal(await heading(person), 'Check your answers');
      await person.getByRole('button', { name: 'Send' }).click();
      assert.equal(await heading(person), 'Sent');
      const sent = await questionsOfSubmission();
      assert.equal(sent[0], `version ${version}`);
      assert.ok(sent.some((line) => line.startsWith('colour: ')));
    }

    const manager = await program.signIn('Samir Okafor');
    const plan = (await manager.get(staff)).body;
    assert.match(plan, new RegExp(`1 person is filling in version ${version}`));
    assert.match(plan, /1 of them will be asked something/);
    const rows = [...plan.matchAll(/<tr[^>]*>([\s\S]*?)<\/tr>/g)].map(([, row = '']) =>
      [...row.matchAll(/<t[dh][^>]*>([\s\S]*?)<\/t[dh]>/g)].map(([, cell = '']) =>
        cell.replaceAll(/<[^>]+>/g, '').trim(),
      ),
    );
    const outcome = (title: string): string[] =>
      rows
        .find(([cell]) => cell?.startsWith(title))
        ?.slice(1)
        .map((cell) => /\d+$/.exec(cell)?.[0] ?? cell) ?? [];
    assert.deepEqual(outcome('What is your full name'), ['1', '0', '0', '0']);
    assert.deepEqual(outcome('How many dogs'), ['0', '1', '0', '0']);
    assert.deepEqual(outcome('What breed'), ['0', '0', '1', '0']);
    assert.deepEqual(outcome('In which street'), ['1', '0', '0', '0']);
    assert.deepEqual(outcome('What colour'), ['0', '0', '0', '1']);
    assert.equal(await heading(cara), 'Check your answers', 'nothing has happened yet');
    await cara.reload();
    assert.equal(await heading(cara), 'Check your answers');

    assert.equal(
      (await manager.post(staff, { to: String(version + 1) })).location,
      `${staff.replace(/\/moving$/, '')}?done=moved`,
    );
    assert.match((await manager.get(staff)).body, /Nobody to move/);

    await cara.getByRole('button', { name: 'Send' }).click();
    assert.equal(await heading(cara), 'This form has changed');
    await cara.getByRole('button', { name: 'Continue' }).click();
    const asked: string[] = [];
    for (const answer of ['3', 'Terrier']) {
      asked.push(await heading(cara));
      await answerWith(cara, answer);
    }
    assert.deepEqual(asked, ['How many dogs do you have?', 'What breed are they?']);
    assert.equal(await heading(cara), 'Check your answers');
    await cara.getByRole('button', { name: 'Send' }).click();
    assert.equal(await heading(cara), 'Sent');
    assert.deepEqual(await questionsOfSubmission(), [
      `version ${version + 1}`,
      'fullName: Cara',
      'dogs: 3',
      'breed: Terrier',
      'street: Mill Lane',
    ]);
  });

  test('are moved only to the version whose plan was seen, and only by a service manager', async () => {
    const manager = await program.signIn('Samir Okafor');
    assert.equal((await manager.post(staff, { to: '1' })).status, 409);
    const caseworker = await program.signIn('Edith Brandt');
    assert.equal((await caseworker.get(staff)).status, 403);
    assert.equal((await caseworker.post(staff, { to: '2' })).status, 403);
  });
});

suite('what carries over', () => {
  const compiled = (definition: unknown) => {
    const { form: read } = readDefinition(definition);
    assert.ok(read);
    return compileForm(read);
  };

  test('is what the new version would take as it is, wherever it is asked', () => {
    const saved = new Map([
      ['name', { fullName: 'Cara' }],
      ['dogs', { dogs: 5 }],
      ['colour', { colour: 'black' }],
      ['street', { street: 'Mill Lane' }],
    ]);
    const result = carryOver(compiled(first), compiled(second), saved, '2026-11-25');
    assert.deepEqual(
      [...result.saved],
      [
        ['name', { fullName: 'Cara' }],
        ['dogs', {}],
        ['home', { street: 'Mill Lane' }],
      ],
    );
    assert.deepEqual(
      [[...result.kept], [...result.unfit], [...result.added], [...result.dropped]],
      [['fullName', 'street'], ['dogs'], ['breed'], ['colour']],
    );
  });

  test('is everything where nothing changed, also what a condition has put aside', () => {
    const twice = form({
      ...second,
      conditions: [condition('many', [comparison('dogs', 'is more than', 'NumberValue', 2)])],
    });
    const saved = new Map([
      ['name', { fullName: 'Cara' }],
      ['dogs', { dogs: 1 }],
    ]);
    const result = carryOver(compiled(twice), compiled(twice), saved, '2026-11-25');
    assert.deepEqual(result.saved, saved);
    assert.deepEqual([result.unfit.size, result.added.size, result.dropped.size], [0, 0, 0]);
  });
});
