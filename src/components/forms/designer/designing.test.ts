import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { formDefinitionV2Schema } from '@defra/forms-model';
import { startTestProgram } from '../../../../testing/program.ts';
import { readDefinition } from '../definition/definition.ts';
import { isObject } from '../definition/dialects/reading.ts';
import { textOf } from '../definition/form.ts';
import type { JsonObject } from '../definition/form.ts';
import { form, page, question } from '../definition/forms.fixture.ts';
import { checkDraft } from './checks/checks.ts';
import { componentKinds } from './kinds.ts';

const program = await startTestProgram();
const [service] = await program.ask<{ id: string; organisation_id: string }>(
  "select id, organisation_id from organisations.services where slug = 'archive-visit'",
);
assert.ok(service);
const address = `/staff/organisations/${service.organisation_id}/services/${service.id}/form`;
const agnes = await program.signIn('Agnes Tull');

const draftNow = async (): Promise<JsonObject> => {
  const [row] = await program.ask<{ definition: unknown }>(
    `select s.definition from forms.drafts d join forms.draft_steps s
        on s.organisation_id = d.organisation_id and s.form_id = d.form_id and s.number = d.step`,
  );
  return isObject(row?.definition) ? row.definition : {};
};
const seenNow = async (): Promise<string> =>
  String((await program.ask<{ step: number }>('select step from forms.drafts'))[0]?.step);

async function addPage(title: string): Promise<string> {
  const added = await agnes.post(`${address}/draft/new-page`, { seen: await seenNow(), title, kind: 'question' });
  assert.equal(added.status, 303, added.body.slice(0, 300));
  return added.location ?? '';
}

test('a question of every kind can be added, and DEFRA’s own validator takes the draft', async () => {
  const needed: Readonly<Record<string, Readonly<Record<string, string>>>> = {
    PaymentField: { 'options-amount': '24.50', 'options-description': 'Licence' },
  };
  for (const kind of componentKinds) {
    const pageAddress = await addPage(`Page for ${kind.name}`);
    const added = await agnes.post(`${pageAddress}/new?type=${kind.type}`, {
      seen: await seenNow(),
      title: `Question of kind ${kind.name}?`,
      content: 'Some text',
      options: 'One\nTwo',
      required: 'yes',
      ...needed[kind.type],
    });
    assert.equal(added.status, 303, `${kind.type}: ${added.body.slice(0, 200)}`);
  }
  const { error } = formDefinitionV2Schema.validate(await draftNow(), { abortEarly: false });
  assert.equal(error?.message, undefined);
});

test('what is wrong with a question is told beside its field, and what was typed is still there', async () => {
  const pageAddress = await addPage('Numbers');
  const wrong = await agnes.post(`${pageAddress}/new?type=NumberField`, {
    seen: await seenNow(),
    title: '',
    'schema-min': 'many',
    name: 'not a name',
  });
  assert.equal(wrong.status, 422);
  for (const id of ['#title', '#schema-min', '#name']) assert.match(wrong.body, new RegExp(`href="${id}"`));
  assert.match(wrong.body, /value="many"/);
});

test('a script in a title is text on every page that shows it', async () => {
  const evil = '<script>alert(1)</script>';
  const pageAddress = await addPage(evil);
  await agnes.post(`${pageAddress}/new?type=TextField`, { seen: await seenNow(), title: evil, required: 'yes' });
  const pages = [
    '',
    '/draft',
    '/draft/checks',
    '/draft/history',
    '/draft/conditions',
    '/draft/languages/cy',
    '/comparison?to=draft',
  ];
  for (const path of [...pages.map((each) => address + each), pageAddress]) {
    const { body, status } = await agnes.get(path);
    assert.equal(status, 200, path);
    assert.ok(!body.includes(evil), path);
  }
});

test('two people who change one question at once: the second is told, and sees what they typed', async () => {
  const pageAddress = await addPage('Shared');
  const asked = { seen: await seenNow(), title: 'Shared?', required: 'yes' };
  const added = await agnes.post(`${pageAddress}/new?type=TextField`, asked);
  assert.equal(
    added.status,
    303,
    /<main[^]*<.main>/
      .exec(added.body)?.[0]
      .replaceAll(/<[^>]*>|\s+/g, ' ')
      .slice(0, 900),
  );
  const link = new RegExp(`${RegExp.escape(pageAddress)}/components/([0-9a-f-]{36})"`);
  const [, componentId = ''] = link.exec((await agnes.get(pageAddress)).body) ?? [];
  assert.notEqual(componentId, '');
  const seen = await seenNow();
  const change = (title: string) =>
    agnes.post(`${pageAddress}/components/${componentId}`, { seen, title, required: 'yes' });
  assert.equal((await change('First words?')).status, 303);
  const second = await change('Second words?');
  assert.equal(second.status, 409);
  assert.match(second.body, /Somebody else changed this first/);
  assert.match(second.body, /Second words\?/);
  assert.match((await agnes.get(pageAddress)).body, /First words\?/);
});

test('what something depends on is not removed, and the page says what does', async () => {
  const { conditions } = await draftNow();
  const [condition] = Array.isArray(conditions) ? conditions.filter(isObject) : [];
  const removal = `${address}/draft/conditions/${textOf(condition?.['id'])}/removal`;
  assert.match((await agnes.get(removal)).body, /It cannot be removed while something depends on it/);
  await agnes.post(removal, { seen: await seenNow() });
  assert.deepEqual((await draftNow())['conditions'], conditions);
});

test('things inside things, who may choose an option, and how a question is shown are set in the designer', async () => {
  const addRepeat = async (title: string, item: string, within: string): Promise<string> => {
    const fields = { seen: await seenNow(), title, kind: 'repeat', item, min: '1', max: '5', within };
    const added = await agnes.post(`${address}/draft/new-page`, fields);
    assert.equal(added.status, 303, added.body.slice(0, 300));
    return added.location ?? '';
  };
  const dogs = await addRepeat('Your dogs', 'Dog', '');
  await agnes.post(`${dogs}/new?type=TextField`, { seen: await seenNow(), title: 'Name of the dog?', required: 'yes' });
  const puppies = await addRepeat('Its puppies', 'Puppy', 'dog');
  await agnes.post(`${puppies}/new?type=TextField`, {
    seen: await seenNow(),
    title: 'Name of the puppy?',
    required: 'yes',
    'options-instructionText': 'Ask the **vet**.',
    'options-hideTitle': 'yes',
  });
  const upload = await agnes.post(`${await addPage('A picture')}/new?type=FileUploadField`, {
    seen: await seenNow(),
    title: 'A picture?',
    required: 'yes',
    'options-maxMegabytes': '2.5',
  });
  assert.equal(upload.status, 303, upload.body.slice(0, 300));
  const circle = await agnes.post(`${dogs}/settings`, {
    seen: await seenNow(),
    title: 'Your dogs',
    path: 'your-dogs',
    kind: 'repeat',
    item: 'Dog',
    min: '1',
    max: '5',
    within: 'puppy',
  });
  assert.equal(circle.status, 422);
  assert.match(circle.body, /<a href="#within">“Puppy” is asked for each of these/);
  const definition = await draftNow();
  const { conditions, lists } = definition;
  const [condition] = Array.isArray(conditions) ? conditions.filter(isObject) : [];
  const [list] = Array.isArray(lists) ? lists.filter(isObject) : [];
  const [item] = Array.isArray(list?.['items']) ? list['items'].filter(isObject) : [];
  assert.ok(condition && list && item);
  const option = `${address}/draft/lists/${textOf(list['id'])}/items/${textOf(item['id'])}`;
  assert.match((await agnes.get(option)).body, /Who sees this option/);
  const chosen = await agnes.post(option, {
    seen: await seenNow(),
    text: textOf(item['text']),
    value: textOf(item['value']),
    hint: '',
    condition: textOf(condition['id']),
  });
  assert.equal(chosen.status, 303, chosen.body.slice(0, 300));
  assert.match((await agnes.get(`${address}/draft/conditions`)).body, /can be chosen/);
  const changed = await draftNow();
  assert.equal(formDefinitionV2Schema.validate(changed, { abortEarly: false }).error, undefined);
  const { form: read } = readDefinition(changed);
  const outer = read?.pages.find(({ title }) => title === 'Your dogs')?.repeat;
  const inner = outer?.pages.find(({ repeat }) => repeat?.itemTitle === 'Puppy')?.repeat;
  const [puppy] = inner?.pages.flatMap(({ components }) => components) ?? [];
  assert.ok(puppy?.kind === 'text');
  assert.deepEqual([puppy.hideTitle, puppy.instructions], [true, 'Ask the **vet**.']);
  const [picture] = read?.pages.find(({ title }) => title === 'A picture')?.components ?? [];
  assert.ok(picture?.kind === 'file-upload');
  assert.equal(picture.maxBytes, 2_621_440);
  const offered = read?.lists.find(({ id }) => id === list['id'])?.items.find(({ id }) => id === item['id']);
  assert.equal(offered?.condition, condition['id']);
});

test('a huge definition opens in the designer, and is checked', async () => {
  const pages = Array.from({ length: 400 }, (_, index) => {
    const name = `q${String(index)
      .split('')
      .map((digit) => 'abcdefghij'[Number(digit)])
      .join('')}`;
    return page(`/p${index}`, [question('TextField', name, `Question ${index}?`)]);
  });
  await agnes.get(`${address}/import`);
  const imported = await agnes.post(`${address}/import`, { definition: JSON.stringify(form({ pages })) });
  assert.equal(imported.status, 303);
  assert.match((await agnes.get(`${address}/draft`)).body, /Question 399\?/);
  assert.match((await agnes.get(`${address}/draft/checks`)).body, /Nothing was found that is wrong/);
});

test('a definition that is nonsense never breaks the checks', () => {
  fc.assert(
    fc.property(fc.object({ maxDepth: 5 }), (object) => {
      const definition = JSON.parse(
        JSON.stringify({ ...object, engine: 'V2', pages: [object, { components: [object] }] }),
      );
      const { checks } = checkDraft(definition, { today: '2026-11-24', canScanFiles: false });
      assert.ok(checks.length > 0);
    }),
    { numRuns: 200 },
  );
});
