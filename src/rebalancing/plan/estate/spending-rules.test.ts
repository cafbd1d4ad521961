import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findOrAddDepartment, getSystem, saveContract, saveSystem, saveTarget, shareContract } from '#estate';
import { startTestProgram } from '../../../../testing/program.ts';
import { checkPlan } from '../checker/checker.ts';
import { getRun, solveRun, startRun } from '../plans/runs.ts';
import { savePlanSettings } from '../plans/settings.ts';
import { usualSettings } from './estate-problem.ts';

const program = await startTestProgram();
const { database } = program.whole;
const [root] = await program.ask<{ organisation_id: string }>(
  'select organisation_id from organisations.organisations where parent_id is null',
);
assert.ok(root);
const scope = { organisationId: root.organisation_id, actor: { kind: 'system', name: 'test' } } as const;

/** Hosting that is bought with the target only from the third year on, under a contract that renews by itself each year. */
await database.transact(scope, async (tx) => {
  const source = { kind: 'person', name: 'test', statedOn: '2025-01-01' } as const;
  const { id: departmentId } = await findOrAddDepartment(tx, { name: 'Department of Mills' });
  await saveTarget(tx, {
    needKey: 'application-hosting',
    name: 'Common hosting',
    way: 'commodity',
    yearlyCost: 1_000_000,
    availableFrom: '2029-01-01',
    source: 'test',
  });
  const { id } = await saveSystem(
    tx,
    {
      departmentId,
      name: 'Mill register',
      parts: [{ kind: 'hosting', needKey: 'application-hosting', costs: { services: 50_000_000 } }],
    },
    source,
  );
  const contract = await saveContract(
    tx,
    {
      departmentId,
      title: 'Hosting of the mill register',
      yearlyCost: 50_000_000,
      startsOn: '2024-01-01',
      endsOn: '2027-12-31',
      notice: { count: 3, unit: 'months' },
      renewalMonths: 12,
    },
    source,
  );
  const hosting = (await getSystem(tx, id)).parts.find(({ kind }) => kind === 'hosting');
  assert.ok(hosting);
  await shareContract(tx, { contractId: contract.id, partId: hosting.id, shareBasisPoints: 10_000 });
  await savePlanSettings(tx, { ...usualSettings, startsOn: '2027-01-01' }, 'test');
});

async function plan() {
  const runId = await database.transact(scope, (tx) =>
    startRun(tx, { by: 'test', today: '2026-11-25', seconds: 10, gap: 0 }),
  );
  await solveRun(database, scope, runId);
  const { problem, solution, reading, complaint } = await database.transact(scope, (tx) => getRun(tx, runId));
  assert.ok(problem !== null && solution?.plan && reading !== null, complaint ?? '');
  assert.deepEqual(checkPlan(problem, solution.plan).faults, []);
  const actions = solution.plan.moves.flatMap(({ steps }) => steps.map(({ action }) => action));
  return { runId, value: solution.plan.value, actions, rules: reading.rules ?? [] };
}

test('a plan honours a rule of spending, or breaks it at its price, and says what the rule costs', async () => {
  const browser = await program.signIn('Maud Ferrow');
  const free = await plan();
  assert.ok(free.actions.includes('tacit'), free.actions.join(', '));
  assert.deepEqual(free.rules, []);

  const page = await browser.get('/staff/plan/rules');
  const [, key = ''] = /name="rule-(no-automatic-extension)"/.exec(page.body) ?? [];
  assert.notEqual(key, '', 'the rule is asked about');
  assert.equal((await browser.post('/staff/plan/rules', { [`rule-${key}`]: 'honour' })).status, 303);
  const honoured = await plan();
  assert.ok(!honoured.actions.includes('tacit'), honoured.actions.join(', '));
  const [cost] = honoured.rules;
  assert.equal(cost?.broken, null);
  assert.equal(cost?.cost, free.value - honoured.value, 'it costs what the plan is worth less');
  assert.match((await browser.get(`/staff/plan/runs/${honoured.runId}`)).body, /Honoured: keeping it costs £/);

  const priced = { [`rule-${key}`]: 'price', [`price-${key}`]: '1000' };
  assert.equal((await browser.post('/staff/plan/rules', priced)).status, 303);
  const broken = await plan();
  assert.ok(broken.actions.includes('tacit'), 'a small price is paid');
  assert.equal(broken.rules[0]?.broken, 'tacit');
  assert.ok(broken.value < free.value && broken.value > honoured.value);
  assert.equal((await browser.post('/staff/plan/rules', { ...priced, [`price-${key}`]: 'much' })).status, 422);

  assert.equal((await browser.post('/staff/plan/rules', { [`rule-${key}`]: 'leave out' })).status, 303);
  assert.equal((await plan()).value, free.value);
});
