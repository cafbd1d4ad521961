import assert from 'node:assert/strict';
import { test } from 'node:test';
import { usualRange as usualInEstate } from '#estate';
import { smallProblem } from '../small-problems.fixture.ts';
import { solveHere } from '../solver/solve.ts';
import { findConflict } from './conflict.ts';
import { readPlan } from './reading.ts';
import { usualRange, type EstimateRange, type Spread } from '../problem/ranges.ts';
import { drawOutcomes } from './uncertainty.ts';

test('what is read from a plan agrees with it, and draws are the same each time', async () => {
  let read = 0;
  for (let seed = 1; seed <= 30; seed += 1) {
    const problem = smallProblem(seed);
    const { plan } = await solveHere(problem, { gap: 0, seconds: 30 });
    if (plan === null) continue;
    read += 1;
    const { reasons, scenarios, uncertainty, capacity } = readPlan(problem, plan);
    assert.deepEqual(
      reasons.map(({ partId }) => partId),
      plan.moves.map(({ partId }) => partId),
    );
    // The plan is the best there is, so nothing that nothing stands in the way of is worth more.
    for (const { earlier, later } of reasons) {
      for (const { loss, because } of [earlier, later]) assert.ok(loss === null || because !== null || loss >= 0);
    }
    for (const { name, value } of scenarios) {
      if (name !== 'At each contract’s end, without limits') assert.ok((value ?? -Infinity) <= plan.value, name);
    }
    assert.ok(uncertainty.low <= uncertainty.middle && uncertainty.middle <= uncertainty.high);
    assert.deepEqual(readPlan(problem, plan).uncertainty, uncertainty);
    for (const { used, most } of capacity) used.forEach((weeks, at) => assert.ok(weeks <= (most[at] ?? 0) + 1e-6));
  }
  assert.ok(read > 15);
});

test('demands that clash are named, and without any one of them there is a plan', async () => {
  const problem = {
    ...smallProblem(2),
    departments: smallProblem(2).departments.map((each) => ({ ...each, capacity: each.capacity.map(() => 0) })),
    precedence: [],
    fixed: [],
    parts: smallProblem(2).parts.map((part, index) => ({
      ...part,
      contract: null,
      leaveBy: index === 0 ? 7 : null,
      ways: part.ways.map((way) => ({ ...way, departmentWork: 1 })),
    })),
  };
  const clash = await findConflict(problem);
  assert.equal(clash.length, 2, clash.join('; '));
  assert.match(clash.join('; '), /Department \d has no more people for moves than is said; Part 0 must have been left/);
  assert.deepEqual(await findConflict({ ...problem, parts: problem.parts.slice(1) }), []);
});

test('what is usual is the same on the pages of the estate and in the draws of a plan', () => {
  const shares = ({ least, likeliest, most }: Spread) => [least, likeliest, most].map((each) => each * 10_000);
  const stated = ({ least, likeliest, most }: Spread) => [least, likeliest, most];
  assert.deepEqual(shares(usualRange.moving), stated(usualInEstate.moving));
  assert.deepEqual(shares(usualRange.yearly), stated(usualInEstate.yearly));
  assert.deepEqual(
    usualRange.late.map((each) => each * 10_000),
    usualInEstate.late,
  );
});

test('draws follow the range of each estimate: what is certain does not differ, and what is worse known is worth less', async () => {
  let compared = 0;
  for (let seed = 1; seed <= 12; seed += 1) {
    const problem = smallProblem(seed);
    const { plan } = await solveHere(problem, { gap: 0, seconds: 30 });
    if (plan === null || plan.moves.length === 0) continue;
    const draw = (range: EstimateRange) =>
      drawOutcomes(
        {
          ...problem,
          parts: problem.parts.map((part) => ({ ...part, ways: part.ways.map((way) => ({ ...way, range })) })),
        },
        plan,
      );
    const exact = { least: 1, likeliest: 1, most: 1 };
    const certain = draw({ moving: exact, yearly: exact, late: [0, 0, 0] });
    assert.deepEqual([certain.low, certain.middle, certain.high], [plan.value, plan.value, plan.value]);
    const usual = draw(usualRange);
    assert.deepEqual(usual, drawOutcomes(problem, plan), 'a way that states nothing is as usual');
    const dearer = draw({ ...usualRange, yearly: { least: 1.2, likeliest: 1.5, most: 3 } });
    assert.ok(dearer.middle <= usual.middle && dearer.low <= usual.low);
    const later = draw({ moving: exact, yearly: exact, late: [0, 0, 1] });
    assert.ok(later.atRisk.every(({ chance }) => chance === 1));
    compared += 1;
  }
  assert.ok(compared > 5);
});
