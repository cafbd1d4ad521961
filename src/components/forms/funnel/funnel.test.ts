import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createCalendar, type Scope } from '#platform';
import { startTestProgram } from '../../../../testing/program.ts';
import { createFunnelCounter } from './counting.ts';
import { addTogether, readFunnel, readMistakes, typicalSeconds } from './funnel.ts';

const program = await startTestProgram();
const { database } = program.whole;
const calendar = createCalendar('UTC');
const [service] = await program.ask<{ id: string; organisation_id: string }>(
  "select id, organisation_id from organisations.services where slug = 'report-a-road-fault'",
);
assert.ok(service);
const { id: serviceId, organisation_id: organisationId } = service;
const scope: Scope = { organisationId, actor: { kind: 'system', name: 'test' } };
const today = calendar.today();
const filter = { serviceId, version: 1, from: today, to: today };
const place = { organisationId, serviceId, version: 1, page: 'fault' };
const figures = async (page = 'fault') =>
  (await database.transact(scope, (tx) => readFunnel(tx, filter))).find((each) => each.page === page);

test('a page counts once as seen and once as answered for each application, however often it is reloaded and changed', async () => {
  const counter = createFunnelCounter({ database, calendar });
  for (const application of ['a', 'b', 'c']) {
    counter.seen(place, application);
    counter.seen(place, application);
  }
  counter.answered(place, 'a', false);
  counter.answered(place, 'a', true);
  counter.answered(place, 'b', false);
  await counter.flush();
  const counted = await figures();
  assert.deepEqual([counted?.seen, counted?.answered], [3, 2]);
  assert.equal(counted?.took[0], 2, 'both took less than ten seconds');
});

test('what several processes count at once adds up, and days that are over are added together', async () => {
  const counters = Array.from({ length: 4 }, () => createFunnelCounter({ database, calendar }));
  const other = { ...place, page: 'place' };
  counters.forEach((counter, index) => counter.seen(other, `x${index}`));
  await Promise.all(counters.map((counter) => counter.flush()));
  counters[0]?.answered(other, 'x0', false);
  await counters[0]?.flush();
  assert.equal((await figures('place'))?.seen, 4);
  await program.ask("update forms.page_counts set day = day - 3 where page = 'place'");
  assert.equal(await addTogether(database), 1);
  const rows = await program.ask<{ seen: number; answered: number }>(
    "select seen, answered from forms.page_counts where page = 'place'",
  );
  assert.deepEqual(rows, [{ seen: 4, answered: 1 }]);
});

test('a mistake is counted by its field and the form’s words, without what the person typed', async () => {
  const counter = createFunnelCounter({ database, calendar });
  counter.mistaken(place, [{ field: 'fault', text: 'The file “Efua Mensah.pdf” is too large' }]);
  counter.mistaken(place, [{ field: 'fault', text: 'The file “Jonas Weil.pdf” is too large' }]);
  await counter.flush();
  assert.deepEqual(await database.transact(scope, (tx) => readMistakes(tx, filter)), [
    { page: 'fault', field: 'fault', message: 'The file “…” is too large', made: 2 },
  ]);
});

test('a draft that is tried is counted nowhere', async () => {
  const counter = createFunnelCounter({ database, calendar });
  const draft = { ...place, version: -3, page: 'trial' };
  counter.seen(draft, 'a');
  counter.answered(draft, 'a', false);
  counter.mistaken(draft, [{ field: 'x', text: 'y' }]);
  await counter.flush();
  assert.deepEqual(await program.ask("select 1 from forms.page_counts where page = 'trial'"), []);
});

test('half of the people took less than the step that half of them is reached in', () => {
  assert.equal(typicalSeconds([0, 0, 0, 0, 0, 0, 0]), null);
  assert.equal(typicalSeconds([1, 2, 1, 0, 0, 0, 0]), 30);
  assert.equal(typicalSeconds([0, 0, 0, 0, 0, 1, 5]), Number.POSITIVE_INFINITY);
});

test('a citizen’s way through a form is counted, and kept even if the program stops right after', async () => {
  const citizen = program.browser();
  await citizen.get('/services/report-a-road-fault');
  let to = (await citizen.post('/services/report-a-road-fault/start')).location ?? '';
  await citizen.get(to);
  assert.equal((await citizen.post(to, {})).status, 422);
  to = (await citizen.post(to, { fault: 'hole' })).location ?? '';
  await citizen.get(to);
  await program.server.close();
  const rows = await program.ask<{ page: string; seen: number; answered: number; mistaken: number }>(
    `select page, seen, answered, mistaken from forms.page_counts
      where counted_by <> '00000000-0000-0000-0000-000000000000' and mistaken = 1 and seen = 1`,
  );
  assert.deepEqual(rows, [{ page: 'fault', seen: 1, answered: 1, mistaken: 1 }]);
});
