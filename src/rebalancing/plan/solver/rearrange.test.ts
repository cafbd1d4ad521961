import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkPlan } from '../checker/checker.ts';
import { smallProblem } from '../small-problems.fixture.ts';
import { isBetter, planGreedily } from './greedy.ts';
import { createModel } from './model.ts';
import { priceLimits } from './priced-limits.ts';
import { createRearrangement } from './rearrange.ts';
import { createRelaxation } from './relaxation.ts';

test('a rearranged plan keeps every constraint, is worth what it says, and is never worse than the one before', () => {
  let better = 0;
  for (let seed = 1; seed <= 60; seed += 1) {
    const problem = smallProblem(seed, { parts: 24, quarters: 12 });
    const model = createModel(problem);
    const first = planGreedily(model);
    const rearrangement = createRearrangement(createRelaxation(model));
    rearrangement.learn();
    const draft = rearrangement.run(first, { run: 0, gain: 20_000, isOver: () => false });
    assert.ok(!isBetter(first, draft), `seed ${seed}`);
    if (isBetter(draft, first)) better += 1;
    if (draft.unplaced().length > 0) continue;
    const plan = draft.toPlan();
    const verdict = checkPlan(problem, plan);
    assert.deepEqual(verdict.faults, [], `seed ${seed}`);
    assert.ok(Math.abs(verdict.value - plan.value) <= problem.parts.length + 4, `seed ${seed}`);
  }
  assert.ok(better > 30, `${better} became better`);
});

test('rearranging ends when it is asked to', () => {
  const model = createModel(smallProblem(5, { parts: 24, quarters: 12 }));
  const rearrangement = createRearrangement(createRelaxation(model));
  rearrangement.learn();
  let asked = 0;
  rearrangement.run(planGreedily(model), { run: 30, gain: 20_000, isOver: () => (asked += 1) > 3 });
  assert.equal(asked, 4);
});

test('a plan that keeps a limit keeps what follows from it for whole moves', () => {
  let rounded = 0;
  for (let seed = 1; seed <= 60; seed += 1) {
    const model = createModel(smallProblem(seed, { parts: 24, quarters: 12 }));
    const limits = priceLimits(model);
    const used = new Float64Array(limits.most.length);
    for (const column of planGreedily(model).chosen) {
      if (column === undefined) continue;
      for (let quarter = column.option.start; quarter < column.option.end; quarter += 1) {
        for (const use of [limits.departmentUse[column.index] ?? -1, limits.teamUse[column.index] ?? -1]) {
          if (use < 0) continue;
          const place = use * model.problem.quarters + quarter;
          for (let entry = limits.entryFirst[place] ?? 0; entry < (limits.entryFirst[place + 1] ?? 0); entry += 1) {
            const limit = limits.entryLimit[entry] ?? 0;
            used[limit] = (used[limit] ?? 0) + (limits.entryAmount[entry] ?? 0);
          }
        }
      }
    }
    used.forEach((each, limit) => {
      assert.ok(each <= (limits.most[limit] ?? 0) + 1e-6, `seed ${seed}, limit ${limit}`);
      if (limit >= model.limits.length && each > 0) rounded += 1;
    });
  }
  assert.ok(rounded > 100, `${rounded} rounded limits were used`);
});
