import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkPlan } from '../checker/checker.ts';
import { bestValue } from '../exhaustive.fixture.ts';
import { smallProblem } from '../small-problems.fixture.ts';
import { solveHere, type Progress } from './solve.ts';

/** Compares the solver with asking every combination. */
async function compareWithAll(seeds: { from: number; to: number }): Promise<{ plans: number; impossible: number }> {
  const counts = { plans: 0, impossible: 0 };
  for (let seed = seeds.from; seed <= seeds.to; seed += 1) {
    const problem = smallProblem(seed);
    const best = bestValue(problem);
    const bounds: Progress[] = [];
    const solution = await solveHere(problem, { gap: 0, seconds: 60 }, (progress) => bounds.push(progress));
    if (best === undefined) {
      counts.impossible += 1;
      assert.equal(solution.ended, 'impossible', `seed ${seed}`);
      assert.equal(solution.plan, null, `seed ${seed}`);
      continue;
    }
    counts.plans += 1;
    assert.equal(solution.ended, 'proven', `seed ${seed}`);
    assert.ok(solution.plan !== null);
    assert.equal(solution.plan.value, best, `seed ${seed}`);
    const verdict = checkPlan(problem, solution.plan);
    assert.deepEqual(verdict.faults, [], `seed ${seed}`);
    assert.ok(Math.abs(verdict.value - best) <= problem.parts.length + 4, `seed ${seed}: ${verdict.value} and ${best}`);
    for (const { bound, value } of bounds) {
      assert.ok(bound === null || bound >= best, `seed ${seed}: the bound ${bound} is below ${best}`);
      assert.ok(value === null || value <= best, `seed ${seed}: the value ${value} is above ${best}`);
    }
  }
  return counts;
}

test('a solved plan is the best of all combinations, and every bound on the way lay above it', async () => {
  const { plans, impossible } = await compareWithAll({ from: 1, to: 200 });
  assert.ok(plans > 140 && impossible > 6, `${plans} plans, ${impossible} impossible`);
});

test('what one decision about an opening makes impossible is not left out where another allows it', async () => {
  // Found at random: a part that must move has nowhere to go while a target stays shut.
  const { plans } = await compareWithAll({ from: 532_593_680, to: 532_593_680 });
  assert.equal(plans, 1);
});

test('solving ends when it is asked to, and keeps the best plan', async () => {
  const problem = smallProblem(7, { parts: 60, quarters: 16 });
  let asked = 0;
  const solution = await solveHere(problem, { gap: 0, seconds: 600 }, undefined, () => (asked += 1) > 2);
  assert.ok(solution.ended === 'stopped' || solution.ended === 'impossible', solution.ended);
  if (solution.plan !== null) assert.deepEqual(checkPlan(problem, solution.plan).faults, []);
});
