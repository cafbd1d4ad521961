import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Scope } from '#platform';
import { startTestProgram } from '../../../../testing/program.ts';
import { eraseExpired } from '../applications/applications.ts';
import { form, page, question } from '../definition/forms.fixture.ts';
import { changeDraft, getDraft, putDraft } from './drafts.ts';
import { eraseCopies, listPreviews, makePreview, withdrawPreview } from './previews.ts';

const program = await startTestProgram();
const { database } = program.whole;
const [service] = await program.ask<{ id: string; organisation_id: string }>(
  "select id, organisation_id from organisations.services where slug = 'archive-visit'",
);
assert.ok(service);
const serviceId = service.id;
const scope: Scope = {
  organisationId: service.organisation_id,
  actor: { kind: 'system', name: 'Samir Okafor' },
};
await database.transact(scope, (tx) =>
  putDraft(tx, {
    serviceId,
    name: 'x',
    what: 'Began',
    definition: JSON.parse(
      JSON.stringify(form({ pages: [page('/colour', [question('TextField', 'colour', 'What colour?')])] })),
    ),
  }),
);

const count = async (table: string): Promise<number> =>
  (await program.ask<{ count: number }>(`select count(*)::int as count from ${table}`))[0]?.count ?? -1;
const counts = async () =>
  Promise.all(['forms.submissions', 'casework.cases', 'notify.messages', 'measures.transactions'].map(count));

test('a draft is tried from end to end by a link, and nothing of it counts, is sent or is kept', async () => {
  const before = await counts();
  const secret = await database.transact(scope, (tx) => makePreview(tx, serviceId, 7));
  const visitor = program.browser();
  const link = `/services/archive-visit/preview/${secret}`;
  assert.match((await visitor.get(link)).body, /Try a draft of this form/);
  assert.equal((await visitor.post(link)).location, '/services/archive-visit/apply/colour');
  const asked = await visitor.get('/services/archive-visit/apply/colour');
  assert.match(asked.body, /You are trying a draft/);
  assert.match(asked.body, /What colour\?/);
  const answered = await visitor.post('/services/archive-visit/apply/colour', { colour: 'green' });
  assert.equal(answered.location, '/services/archive-visit/check-your-answers');
  assert.match((await visitor.get('/services/archive-visit/check-your-answers')).body, /green/);
  const sent = await visitor.post('/services/archive-visit/check-your-answers');
  assert.equal(sent.location, '/services/archive-visit/confirmation');
  assert.match((await visitor.get('/services/archive-visit/confirmation')).body, /Nothing was sent/);
  assert.deepEqual(await counts(), before);
  assert.equal(await count('forms.answers'), 0);
  assert.equal(await count('forms.applications'), 0);
});

test('a real application that was begun in the same browser waits until the draft is left', async () => {
  const visitor = program.browser();
  await visitor.get('/services/archive-visit');
  const first = (await visitor.post('/services/archive-visit/start')).location ?? '';
  assert.equal(first, '/services/archive-visit/apply/day');
  const secret = await database.transact(scope, (tx) => makePreview(tx, serviceId, 1));
  await visitor.post(`/services/archive-visit/preview/${secret}`);
  assert.equal((await visitor.get(first)).status, 404, 'the draft has no such page');
  await visitor.post('/services/archive-visit/preview-end');
  assert.equal((await visitor.get(first)).status, 200);
});

test('a link shows the draft as it is when somebody begins, and who has begun goes on with what they began', async () => {
  const secret = await database.transact(scope, (tx) => makePreview(tx, serviceId, 1));
  const early = program.browser();
  await early.post(`/services/archive-visit/preview/${secret}`);
  const { step } = await database.transact(scope, (tx) => getDraft(tx, serviceId));
  await database.transact(scope, (tx) =>
    changeDraft(tx, {
      serviceId,
      seen: step,
      what: 'Changed the question',
      change: (definition) => JSON.parse(JSON.stringify(definition).replace('What colour?', 'Which colour?')),
    }),
  );
  const late = program.browser();
  await late.post(`/services/archive-visit/preview/${secret}`);
  assert.match((await early.get('/services/archive-visit/apply/colour')).body, /What colour\?/);
  assert.match((await late.get('/services/archive-visit/apply/colour')).body, /Which colour\?/);
});

test('a link that was withdrawn or has expired leads nowhere, and stops who was trying', async () => {
  const secret = await database.transact(scope, (tx) => makePreview(tx, serviceId, 1));
  const visitor = program.browser();
  await visitor.post(`/services/archive-visit/preview/${secret}`);
  const [preview] = await database.transact(scope, async (tx) =>
    listPreviews(tx, (await getDraft(tx, serviceId)).formId),
  );
  assert.ok(preview);
  await database.transact(scope, (tx) => withdrawPreview(tx, serviceId, preview.id));
  assert.equal((await visitor.get(`/services/archive-visit/preview/${secret}`)).status, 410);
  assert.equal((await visitor.get('/services/archive-visit/apply/colour')).status, 410);
  const other = await database.transact(scope, (tx) => makePreview(tx, serviceId, 1));
  await program.ask("update forms.previews set expires_at = now() - interval '1 second'");
  assert.equal((await visitor.get(`/services/archive-visit/preview/${other}`)).status, 410);
  assert.equal((await visitor.get(`/services/archive-visit/preview/nonsense`)).status, 410);
  assert.equal((await visitor.get(`/services/fishing-licence/preview/${other}`)).status, 410);
});

test('what nobody has finished trying is removed without counting as failed, and the copies of drafts with it', async () => {
  const before = await count('measures.transactions');
  await program.ask("update forms.applications set expires_at = now() - interval '1 second' where version < 0");
  await eraseExpired(database);
  assert.equal(await count('forms.applications where version < 0'), 0);
  assert.equal(await count('measures.transactions'), before);
  assert.ok((await eraseCopies(database)) >= 2);
  assert.equal(await count('forms.versions where number < 0'), 0);
  assert.ok((await count('forms.versions')) > 0);
});
