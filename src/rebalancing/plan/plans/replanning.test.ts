import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findOrAddDepartment, saveSystem, saveTarget } from '#estate';
import { startTestProgram } from '../../../../testing/program.ts';
import { checkPlan } from '../checker/checker.ts';
import { usualSettings } from '../estate/estate-problem.ts';
import { beginTransition } from '../moving/moves.ts';
import { listTransitions } from '../moving/transitions.ts';
import { comparePlans } from '../reading/changes.ts';
import { adoptPlan, findPlan } from './plans.ts';
import { getRun, solveRun, startRun } from './runs.ts';
import { savePlanSettings } from './settings.ts';

const program = await startTestProgram();
const { database } = program.whole;
const [root] = await program.ask<{ organisation_id: string }>(
  'select organisation_id from organisations.organisations where parent_id is null',
);
assert.ok(root);
const scope = { organisationId: root.organisation_id, actor: { kind: 'system', name: 'test' } } as const;
const today = new Date().toISOString().slice(0, 10);
const names = ['Buoys', 'Locks', 'Piers', 'Quays'];

/** Says what a system's hosting costs a year, in minor units, as of a day. */
async function sayCost(name: string, cost: number, statedOn: string): Promise<void> {
  await database.transact(scope, async (tx) => {
    const { id: departmentId } = await findOrAddDepartment(tx, { name: 'Department of Harbours' });
    await saveSystem(
      tx,
      { departmentId, name, parts: [{ kind: 'hosting', needKey: 'application-hosting', costs: { services: cost } }] },
      { kind: 'person', name: 'test', statedOn },
    );
  });
}

async function plan(keepUntil: string | null = null) {
  const runId = await database.transact(scope, (tx) =>
    startRun(tx, { by: 'test', today, seconds: 10, gap: 0, keepUntil }),
  );
  await solveRun(database, scope, runId);
  const run = await database.transact(scope, (tx) => getRun(tx, runId));
  assert.ok(run.problem !== null && run.solution?.plan, run.complaint ?? '');
  assert.deepEqual(checkPlan(run.problem, run.solution.plan).faults, []);
  return { runId, problem: run.problem, plan: run.solution.plan };
}

/** In which quarter each system begins. */
function startsOf({ problem, plan: { moves } }: Awaited<ReturnType<typeof plan>>): Record<string, number> {
  const nameOf = new Map(problem.parts.map(({ id, systemName }) => [id, systemName]));
  return Object.fromEntries(moves.map(({ partId, startQuarter }) => [nameOf.get(partId) ?? '', startQuarter]));
}

test('a new plan keeps what is under way and what it is told to keep, and says what moves otherwise and why', async () => {
  await database.transact(scope, async (tx) => {
    await saveTarget(tx, {
      needKey: 'application-hosting',
      name: 'Common hosting',
      way: 'commodity',
      yearlyCost: 100_000,
      source: 'test',
    });
    // One move at a time: the dearest goes first.
    await savePlanSettings(tx, { ...usualSettings, startsOn: '2027-01-01', departmentWeeks: 7 }, 'test');
  });
  for (const [index, name] of names.entries()) await sayCost(name, 15_000_000 + index * 2_000_000, '2025-01-01');
  const first = await plan();
  assert.deepEqual(startsOf(first), { Quays: 0, Piers: 1, Locks: 2, Buoys: 3 });
  await database.transact(scope, (tx) => adoptPlan(tx, first.runId, { by: 'test', today }));

  // The cheapest is under way; another became the dearest of all.
  const open = await database.transact(scope, (tx) => listTransitions(tx, ['planned']));
  const buoys = open.find(({ name }) => name.startsWith('Buoys'));
  assert.ok(buoys);
  await database.transact(scope, (tx) => beginTransition(tx, buoys.id, { on: today, evidence: 'The kick-off', today }));
  await sayCost('Locks', 24_000_000, today);
  await database.transact(scope, (tx) =>
    savePlanSettings(tx, { ...usualSettings, startsOn: '2027-01-01', departmentWeeks: 12 }, 'test'),
  );

  const kept = await plan('2027-04-01');
  const starts = startsOf(kept);
  assert.equal(starts['Quays'], 0, 'what begins before that day is kept');
  assert.equal(starts['Buoys'], 0, 'what is under way is kept');
});

test('of what may change it is said whether it is earlier or later, and what of it is another', async () => {
  const before = await database.transact(scope, (tx) => findPlan(tx, null));
  assert.ok(before?.solution.plan);
  const next = await plan();
  const changes = comparePlans({ problem: before.problem, plan: before.solution.plan }, next);
  const locks = changes.find(({ name }) => name.startsWith('Locks'));
  assert.equal(locks?.kind, 'earlier');
  assert.match(locks?.because.join(' ') ?? '', /It costs more than it did\..*12 weeks a quarter, not 7/);
  const buoys = changes.find(({ name }) => name.startsWith('Buoys'));
  assert.match(buoys?.because.join(' ') ?? '', /It is under way since/);

  const browser = await program.signIn('Maud Ferrow');
  const page = await browser.get(`/staff/plan/runs/${next.runId}`);
  assert.match(page.body, /What changes against plan 1/);
  assert.match(page.body, /It costs more than it did/);
  const refused = await browser.post('/staff/plan/runs', {
    'keepUntil-day': '1',
    'keepUntil-month': 'soon',
    'keepUntil-year': '2027',
  });
  assert.equal(refused.status, 422);
});
