import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startTestProgram } from '../../../../testing/program.ts';

const program = await startTestProgram();
const [service] = await program.ask<{ organisation_id: string; id: string }>(
  "select organisation_id, id from organisations.services where slug = 'fishing-licence'",
);
assert.ok(service);
const address = `/staff/organisations/${service.organisation_id}/services/${service.id}/costs`;
const cost = (year: string) => ({
  kind: 'staff',
  channel: '',
  amount: '100',
  quality: 'actual',
  evidence: 'Ledger',
  'from-day': '1',
  'from-month': '1',
  'from-year': year,
  'to-day': '31',
  'to-month': '12',
  'to-year': year,
});

test('a service manager enters costs, and the latest stands first', async () => {
  const samir = await program.signIn('Samir Okafor');
  for (const year of ['2023', '2025', '2024']) {
    const entered = await samir.post(address, cost(year));
    assert.equal(entered.status, 303, entered.body);
  }
  const { body } = await samir.get(address);
  assert.deepEqual(
    [...body.matchAll(/1 January (202[345]) to 31 December/g)].map(([, year]) => year),
    ['2025', '2024', '2023'],
  );
  assert.match(body, /<a[^>]*href="#enter-a-cost"/);
});

test('who may only read costs is not asked to enter any', async () => {
  const leader = await program.signIn('Maud Ferrow');
  const { body, status } = await leader.get(address);
  assert.equal(status, 200);
  assert.match(body, /1 January 2025 to 31 December 2025/);
  assert.doesNotMatch(body, /Enter a cost/);
  assert.equal((await leader.post(address, cost('2022'))).status, 403);
});
