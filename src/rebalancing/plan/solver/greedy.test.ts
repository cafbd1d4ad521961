import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkPlan } from '../checker/checker.ts';
import { bestValue } from '../exhaustive.fixture.ts';
import { smallProblem } from '../small-problems.fixture.ts';
import { planGreedily } from './greedy.ts';
import { createModel } from './model.ts';

test('a greedy plan keeps every constraint, is worth what it says, and is never better than the best', () => {
  let plans = 0;
  for (let seed = 1; seed <= 150; seed += 1) {
    const problem = smallProblem(seed);
    const draft = planGreedily(createModel(problem));
    if (draft.unplaced().length > 0) continue;
    plans += 1;
    const plan = draft.toPlan();
    const { faults, value } = checkPlan(problem, plan);
    assert.deepEqual(faults, [], `seed ${seed}`);
    assert.ok(Math.abs(value - plan.value) <= problem.parts.length + 1, `seed ${seed}: ${value} and ${plan.value}`);
    assert.ok(plan.value <= (bestValue(problem) ?? -Infinity), `seed ${seed}`);
  }
  assert.ok(plans > 75, `only ${plans} problems had a greedy plan`);
});
