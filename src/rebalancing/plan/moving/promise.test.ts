import assert from 'node:assert/strict';
import { test } from 'node:test';
import { daysOf } from '#measures';
import { createDiscount } from '../problem/discount.ts';
import type { Problem } from '../problem/problem.ts';
import { smallProblem } from '../small-problems.fixture.ts';
import { solveHere } from '../solver/solve.ts';
import { promiseOf } from './promise.ts';

/** The promises of the best plan of a small problem; none where it has no plan. */
async function promisesOf(problem: Problem) {
  const { plan } = await solveHere(problem, { gap: 0.05, seconds: 10 });
  return (plan?.moves ?? []).map((move) => {
    const part = problem.parts.find(({ id }) => id === move.partId);
    const way = part?.ways.find(({ id }) => id === move.wayId);
    assert.ok(part !== undefined && way !== undefined);
    return { part, move, promised: promiseOf(problem, part, way, move) };
  });
}

test('what is promised quarter by quarter adds up, at the discount rate, to what the plan says the move is worth', async () => {
  // Prices of broken rules are no money: without rules nothing but money is counted.
  const problems = Array.from({ length: 30 }, (_, index) => ({
    ...smallProblem(index + 1),
    startsOn: '2026-01-01',
    rules: [],
  }));
  const promises = (
    await Promise.all(
      problems.map(async (problem) => (await promisesOf(problem)).map((each) => ({ problem, ...each }))),
    )
  ).flat();
  assert.ok(promises.length > 50, `${promises.length} moves`);
  for (const { problem, part, move, promised } of promises) {
    const discount = createDiscount(problem.discountRate);
    const sum = promised.quarters.reduce((total, { quarter, cashable, avoided, oneOff }) => {
      const from = daysOf(quarter).from;
      const month = (Number(from.slice(0, 4)) - 2026) * 12 + Number(from.slice(5, 7)) - 1;
      return total + (cashable + avoided - oneOff) * discount.at(month);
    }, 0);
    // Each quarter is rounded to the penny, three figures of it.
    assert.ok(Math.abs(sum - move.value) <= 1.5 * promised.quarters.length + 1, `${part.name}: ${sum}, ${move.value}`);
  }
});

test('what moving costs once is what the promise names: the move, running twice and leaving the supplier', async () => {
  for (const seed of [1, 2, 3, 4, 5]) {
    for (const { promised } of await promisesOf(smallProblem(seed))) {
      const oneOff = promised.quarters.reduce((total, each) => total + each.oneOff, 0);
      const named = promised.movingCost + promised.dualRunning + promised.exitFee;
      assert.ok(Math.abs(oneOff - named) <= promised.quarters.length + 2);
    }
  }
});
