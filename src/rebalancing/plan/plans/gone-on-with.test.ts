import assert from 'node:assert/strict';
import { setTimeout } from 'node:timers/promises';
import { test } from 'node:test';
import { newId } from '#platform';
import { startTestProgram } from '../../../../testing/program.ts';
import { checkPlan } from '../checker/checker.ts';
import { planTables } from '../database.ts';
import { smallProblem } from '../small-problems.fixture.ts';
import { createLeanModel } from '../solver/model.ts';
import { draftOf } from '../solver/outline.ts';
import { getRun, solveRun, stopRun } from './runs.ts';

const program = await startTestProgram();
const { database } = program.whole;
const [root] = await program.ask<{ organisation_id: string }>(
  'select organisation_id from organisations.organisations where parent_id is null',
);
assert.ok(root);
const scope = { organisationId: root.organisation_id, actor: { kind: 'system', name: 'test' } } as const;

test('a search that a restart broke off goes on from the best plan that it had found', async () => {
  const made = smallProblem(12, { parts: 320, quarters: 20 });
  // Where nobody must move, there is a plan; with so many parts it is never proven to be the very best.
  const parts = made.parts.map((part) => ({ ...part, leaveBy: null }));
  const rules = made.rules.map((rule) => ({ ...rule, treatment: 'price' as const }));
  const id = newId();
  await database.transact(scope, (tx) =>
    planTables(tx)
      .insertInto('runs')
      .values({
        organisation_id: tx.organisationId,
        id,
        state: 'waiting',
        gap: 0,
        seconds: 300,
        problem: JSON.stringify({ ...made, parts, rules, fixed: [] }),
        started_by: 'test',
      })
      .execute(),
  );
  const read = () => database.transact(scope, (tx) => getRun(tx, id));

  const stopping = new AbortController();
  const first = solveRun(database, scope, id, stopping.signal);
  while ((await read()).best === null) await setTimeout(100);
  stopping.abort();
  await first;
  const broken = await read();
  assert.equal(broken.state, 'waiting');
  assert.ok(broken.best !== null && broken.progress !== null);
  assert.ok(broken.problem !== null);
  const worth = draftOf(createLeanModel(broken.problem), broken.best).value();

  await database.transact(scope, (tx) => stopRun(tx, id));
  await solveRun(database, scope, id);
  const ended = await read();
  assert.equal(ended.state, 'done', ended.complaint ?? '');
  assert.ok(ended.problem !== null && ended.solution?.plan && ended.progress !== null);
  assert.deepEqual(checkPlan(ended.problem, ended.solution.plan).faults, []);
  // Stopped at once, it would not have come so far from its beginning.
  assert.ok(ended.solution.plan.value >= worth, `${ended.solution.plan.value} after ${worth}`);
  assert.ok(ended.progress.seconds >= broken.progress.seconds, 'the time before is counted');
  assert.equal(ended.best, null, 'what was kept meanwhile is gone once there is a plan');
});
