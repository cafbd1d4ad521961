import assert from 'node:assert/strict';
import { randomInt } from 'node:crypto';
import { test } from 'node:test';
import { checkPlan } from './checker/checker.ts';
import { bestValue } from './exhaustive.fixture.ts';
import { smallProblem } from './small-problems.fixture.ts';
import { solveHere } from './solver/solve.ts';

/** How many problems are tried; each run tries others. */
const problems = Number(process.env['PROBLEMS'] ?? 600);

test('of hundreds of random problems of 8 systems over 8 quarters each is solved to the best of all combinations', async (t) => {
  const counts = { plans: 0, impossible: 0 };
  for (let count = 0; count < problems; count += 1) {
    // Named in every failure, so that it can be tried again.
    const seed = randomInt(1_000, 2 ** 31);
    const problem = smallProblem(seed);
    const best = bestValue(problem);
    const { plan, ended } = await solveHere(problem, { gap: 0, seconds: 120 });
    if (best === undefined) {
      counts.impossible += 1;
      assert.deepEqual({ plan, ended }, { plan: null, ended: 'impossible' }, `seed ${seed}`);
      continue;
    }
    counts.plans += 1;
    assert.ok(plan !== null, `seed ${seed}: no plan, and there is one worth ${best}`);
    assert.equal(plan.value, best, `seed ${seed}`);
    const verdict = checkPlan(problem, plan);
    assert.deepEqual(verdict.faults, [], `seed ${seed}`);
    // The checker adds up month by month and rounds once; the plan rounds each move and each opening.
    assert.ok(Math.abs(verdict.value - best) <= problem.parts.length + 4, `seed ${seed}: ${verdict.value} and ${best}`);
  }
  t.diagnostic(`${counts.plans} plans, each the best; ${counts.impossible} without a plan, each proven`);
  assert.ok(counts.plans > counts.impossible);
});
