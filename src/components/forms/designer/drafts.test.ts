import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { createOrganisation, createService } from '#organisations';
import { newId, Problem } from '#platform';
import type { Scope, Tx } from '#platform';
import { createTestDatabase } from '../../../../testing/database.ts';
import type { JsonObject } from '../definition/form.ts';
import { form, page } from '../definition/forms.fixture.ts';
import {
  findLiveForm,
  findLiveNumber,
  getDefinition,
  listPublications,
  listVersions,
  rollBack,
} from '../versions/versions.ts';
import { changeDraft, getDraft, listSteps, publishDraft, putDraft, restoreStep, undoStep } from './drafts.ts';

const { database } = await createTestDatabase();
const organisationId = newId();
const as = (name: string): Scope => ({ organisationId, actor: { kind: 'person', id: newId(), name } });
const inside = <T>(work: (tx: Tx) => Promise<T>, name = 'Samir Okafor'): Promise<T> =>
  database.transact(as(name), work);

await inside((tx) => createOrganisation(tx, { parentId: null, slug: 'dogs', name: 'Dogs', kind: 'government' }));
let serviceId = '';
let services = 0;

const named = (name: string): JsonObject =>
  JSON.parse(JSON.stringify(form({ name, pages: [page('/one'), page('/two')] })));

beforeEach(async () => {
  services += 1;
  serviceId = await inside((tx) =>
    createService(tx, {
      slug: `dogs-${services}`,
      name: 'Get a dog licence',
      summary: 'Keep dogs.',
      phase: 'beta',
      audience: 'public',
      opensOn: null,
      closesOn: null,
      contact: 'dogs@example.gov',
      retentionDays: 365,
    }),
  );
  await inside((tx) => putDraft(tx, { serviceId, name: 'Dogs', definition: named('Dogs'), what: 'Began the form' }));
});

const rename = (name: string, seen: number, by?: string) =>
  inside(
    (tx) =>
      changeDraft(tx, {
        serviceId,
        seen,
        what: `Renamed it to ${name}`,
        restsOn: (definition) => definition['name'],
        change: (definition) => ({ ...definition, name }),
      }),
    by,
  );

const nameNow = async () => (await inside((tx) => getDraft(tx, serviceId))).definition['name'];

test('a change of a draft is a step, with who made it, in the audit trail', async () => {
  assert.deepEqual(await rename('Cats', 1), { done: true, step: 2 });
  const draft = await inside((tx) => getDraft(tx, serviceId));
  assert.equal(draft.definition['name'], 'Cats');
  assert.equal(draft.madeBy, 'Samir Okafor');
  const steps = await inside((tx) => listSteps(tx, draft.formId));
  assert.deepEqual(
    steps.map(({ what }) => what),
    ['Renamed it to Cats', 'Began the form'],
  );
});

test('two people who change the same thing never overwrite each other: the second is told who was first', async () => {
  await rename('Cats', 1, 'Agnes Tull');
  const second = await rename('Birds', 1);
  assert.ok(!second.done);
  assert.equal(second.current.madeBy, 'Agnes Tull');
  assert.equal(await nameNow(), 'Cats');
});

test('two people who change different things at once both keep their change', async () => {
  await rename('Cats', 1, 'Agnes Tull');
  const other = await inside((tx) =>
    changeDraft(tx, {
      serviceId,
      seen: 1,
      what: 'Added a declaration',
      restsOn: (definition) => definition['declaration'] ?? null,
      change: (definition) => ({ ...definition, declaration: 'It is true.' }),
    }),
  );
  assert.ok(other.done);
  const { definition } = await inside((tx) => getDraft(tx, serviceId));
  assert.equal(definition['name'], 'Cats');
  assert.equal(definition['declaration'], 'It is true.');
});

test('ten changes at the same moment become ten steps, or are refused: none is lost without a word', async () => {
  const results = await Promise.all(Array.from({ length: 10 }, (_, index) => rename(`Name ${index}`, 1)));
  assert.equal(results.filter(({ done }) => done).length, 1);
});

test('steps are undone and done again, and a change after undoing keeps what was undone in the history', async () => {
  await rename('Cats', 1);
  await rename('Birds', 2);
  await inside((tx) => undoStep(tx, serviceId, 3, 'undo'));
  assert.equal(await nameNow(), 'Cats');
  await inside((tx) => undoStep(tx, serviceId, 2, 'undo'));
  assert.equal(await nameNow(), 'Dogs');
  await inside((tx) => undoStep(tx, serviceId, 1, 'redo'));
  assert.equal(await nameNow(), 'Cats');
  const { step } = await inside((tx) => getDraft(tx, serviceId));
  assert.deepEqual(await rename('Fish', step), { done: true, step: 4 });
  await inside((tx) => restoreStep(tx, { serviceId, seen: 4, number: 3 }));
  assert.equal(await nameNow(), 'Birds');
  await inside((tx) => undoStep(tx, serviceId, 5, 'undo'));
  assert.equal(await nameNow(), 'Fish');
});

test('undoing what somebody has added to meanwhile is refused', async () => {
  await rename('Cats', 1);
  await rename('Birds', 2, 'Agnes Tull');
  const undone = await inside((tx) => undoStep(tx, serviceId, 2, 'undo'));
  assert.ok(!undone.done);
  assert.equal(await nameNow(), 'Birds');
});

test('a draft is published as it was checked, and not as somebody has changed it since', async () => {
  await rename('Cats', 1);
  const late = await inside((tx) => publishDraft(tx, { serviceId, seen: 1, canScanFiles: false }));
  assert.ok(!late.done);
  assert.equal(await inside((tx) => findLiveNumber(tx, serviceId)), null);
  assert.deepEqual(await inside((tx) => publishDraft(tx, { serviceId, seen: 2, canScanFiles: false })), {
    done: true,
    version: 1,
  });
  assert.equal((await inside((tx) => getDraft(tx, serviceId))).publishedStep, 2);
});

test('an older version becomes live again by an act that stands in the history, and the versions stay', async () => {
  await inside((tx) => publishDraft(tx, { serviceId, seen: 1, canScanFiles: false }));
  await rename('Cats', 1);
  await inside((tx) => publishDraft(tx, { serviceId, seen: 2, canScanFiles: false }));
  await inside((tx) => rollBack(tx, { serviceId, version: 1 }), 'Agnes Tull');
  const live = await findLiveForm(database, as('x'), serviceId);
  assert.equal(live?.compiled.form.name, 'Dogs');
  assert.deepEqual(
    (await inside((tx) => listPublications(tx, serviceId))).map(({ version, kind, publishedBy }) => [
      version,
      kind,
      publishedBy,
    ]),
    [
      [1, 'rolled back', 'Agnes Tull'],
      [2, 'published', 'Samir Okafor'],
      [1, 'published', 'Samir Okafor'],
    ],
  );
  assert.deepEqual(
    (await inside((tx) => listVersions(tx, serviceId))).map(({ number }) => number),
    [2, 1],
  );
  await assert.rejects(
    inside((tx) => rollBack(tx, { serviceId, version: 1 })),
    (error) => error instanceof Problem && error.kind === 'conflict',
  );
  await assert.rejects(
    inside((tx) => rollBack(tx, { serviceId, version: 9 })),
    (error) => error instanceof Problem && error.kind === 'not-found',
  );
});

test('a published version is the draft letter by letter, and nothing changes it', async () => {
  await inside((tx) => publishDraft(tx, { serviceId, seen: 1, canScanFiles: false }));
  assert.deepEqual(await inside((tx) => getDefinition(tx, serviceId, 1)), named('Dogs'));
  await assert.rejects(
    database.pool.query("update forms.versions set definition = '{}'"),
    /permission denied|never changed/,
  );
});

test('another department has no part in a draft', async () => {
  const other: Scope = { organisationId: newId(), actor: { kind: 'system', name: 'x' } };
  await assert.rejects(
    database.transact(other, (tx) => getDraft(tx, serviceId)),
    (error) => error instanceof Problem && error.kind === 'not-found',
  );
});
