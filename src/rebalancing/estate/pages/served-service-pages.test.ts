import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findOrAddDepartment, listServedServices, saveSystem } from '#estate';
import { listServicesAcross } from '#organisations';
import { startTestProgram } from '../../../../testing/program.ts';

const program = await startTestProgram();
const { database } = program.whole;
const [root] = await program.ask<{ organisation_id: string }>(
  'select organisation_id from organisations.organisations where parent_id is null',
);
assert.ok(root);
const scope = { organisationId: root.organisation_id, actor: { kind: 'system', name: 'test' } } as const;
const systemId = await database.transact(scope, async (tx) => {
  const { id: departmentId } = await findOrAddDepartment(tx, { name: 'Department of Weirs' });
  const { id } = await saveSystem(
    tx,
    { departmentId, name: 'Weir control', parts: [{ kind: 'application', costs: { people: 1_200_000 } }] },
    { kind: 'person', name: 'test', statedOn: '2026-01-01' },
  );
  return id;
});
const [first, second] = await listServicesAcross(database);
assert.ok(first !== undefined && second !== undefined);
const address = `/staff/estate/systems/${systemId}`;
const since = { 'since-day': '1', 'since-month': '4', 'since-year': '2026' };
const served = async () =>
  (await database.transact(scope, (tx) => listServedServices(tx, { systemId }))).map((each) => [
    each.serviceId,
    each.shareBasisPoints,
    each.since,
  ]);

test('a person says which services a system serves, changes a share, and takes one away with a reason', async () => {
  const maud = await program.signIn('Maud Ferrow');
  assert.match((await maud.get(address)).body, /Nobody has said which public services it serves/);
  await maud.get(`${address}/services`);
  const sent = await maud.post(`${address}/services`, { serviceId: first.id, share: '60', ...since, source: 'Logs' });
  assert.equal(sent.location, `${address}?done=saved`, sent.body);
  assert.deepEqual(await served(), [[first.id, 6000, '2026-04-01']]);
  const page = await maud.get(address);
  assert.match(page.body, /60% since 1 April 2026/);

  const form = await maud.get(`${address}/services`);
  assert.match(form.body, /value="40"/, 'what is left is proposed');
  assert.doesNotMatch(form.body, new RegExp(`<option value="${first.id}"`));
  await maud.post(`${address}/services`, { serviceId: second.id, share: '40%', ...since, source: '' });
  const tooMuch = await maud.post(`${address}/services/${second.id}`, { share: '41', ...since, source: '' });
  assert.equal(tooMuch.status, 422);
  assert.match(tooMuch.body, /would take 101% of its cost/);
  assert.match(tooMuch.body, /id="share-error"/);
  assert.match(tooMuch.body, /value="41"/, 'what was typed is kept');
  await maud.get(`${address}/services/${second.id}`);
  await maud.post(`${address}/services/${second.id}`, { share: '12.5', ...since, source: '' });
  assert.deepEqual(new Set((await served()).map(([, share]) => share)), new Set([1250, 6000]));

  const silent = await maud.post(`${address}/services/${second.id}/end`, { reason: ' ' });
  assert.equal(silent.status, 422);
  assert.match(silent.body, /Say why it is taken away/);
  assert.equal((await maud.post(`${address}/services/${second.id}/end`, { reason: 'A mix-up' })).status, 303);
  assert.equal((await maud.post(`${address}/services/${second.id}/end`, { reason: 'A mix-up' })).status, 404);
  assert.deepEqual(await served(), [[first.id, 6000, '2026-04-01']]);
});

test('nonsense is refused beside its field, and nothing is saved', async () => {
  const maud = await program.signIn('Maud Ferrow');
  const before = await served();
  for (const [change, field] of [
    [{ serviceId: '' }, 'serviceId'],
    [{ serviceId: root.organisation_id }, 'serviceId'],
    [{ share: 'most' }, 'share'],
    [{ share: '0' }, 'share'],
    [{ share: '' }, 'share'],
    [{ 'since-month': '13' }, 'since'],
    [{ 'since-day': '', 'since-month': '', 'since-year': '' }, 'since'],
  ] as const) {
    await maud.get(`${address}/services`);
    const refused = await maud.post(`${address}/services`, {
      serviceId: second.id,
      share: '10',
      source: '',
      ...since,
      ...change,
    });
    assert.equal(refused.status, 422, JSON.stringify(change));
    assert.match(refused.body, new RegExp(`id="${field}-error"`), JSON.stringify(change));
  }
  assert.deepEqual(await served(), before);
});
