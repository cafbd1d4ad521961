import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkPlan } from '../checker/checker.ts';
import { smallProblem } from '../small-problems.fixture.ts';
import { planGreedily } from './greedy.ts';
import { createLeanModel, createModel } from './model.ts';
import { draftOf, outlineOf } from './outline.ts';
import { solveHere, type Progress } from './solve.ts';

test('a plan is made again from its outline, also by a model without needless moves', () => {
  let moves = 0;
  for (let seed = 1; seed <= 100; seed += 1) {
    const problem = smallProblem(seed, { parts: 16, quarters: 10 });
    const model = createLeanModel(problem);
    const draft = planGreedily(model);
    const written = JSON.stringify(outlineOf(draft));
    for (const other of [model, createModel(problem)]) {
      const again = draftOf(other, JSON.parse(written));
      assert.equal(JSON.stringify(outlineOf(again)), written, `seed ${seed}`);
      assert.equal(again.value(), draft.value(), `seed ${seed}`);
    }
    moves += outlineOf(draft).moves.length;
  }
  assert.ok(moves > 300, `${moves} moves`);
});

test('of an outline that does not fit the problem what cannot be is left out', () => {
  const problem = smallProblem(7, { parts: 16, quarters: 10 });
  const model = createModel(problem);
  const everywhere = problem.parts.flatMap(({ id, ways }) => ways.map((way) => [id, way.id, 0] as const));
  const draft = draftOf(model, {
    moves: [...everywhere, ['nobody', 'w0', 1], ['p1', 'w9', 2], ['p2', 'w0', 99]],
    openings: [
      ['t0', 0],
      ['t1', 99],
      ['nowhere', 0],
    ],
  });
  assert.ok(draft.isKept());
  if (draft.unplaced().length === 0) assert.deepEqual(checkPlan(problem, draft.toPlan()).faults, []);
});

test('a search that is gone on with is never worse than what it began with, and counts the time before', async () => {
  const made = smallProblem(11, { parts: 80, quarters: 16 });
  // Where nobody must move, there is a plan.
  const parts = made.parts.map((part) => ({ ...part, leaveBy: null }));
  const problem = {
    ...made,
    parts,
    rules: made.rules.map((rule) => ({ ...rule, treatment: 'price' as const })),
    fixed: [],
  };
  let asked = 0;
  const first = await solveHere(problem, { gap: 0, seconds: 60 }, undefined, () => (asked += 1) > 3);
  assert.ok(first.plan !== null);
  const { moves, openings, value } = first.plan;
  const best = {
    moves: moves.map(({ partId, wayId, startQuarter }) => [partId, wayId, startQuarter] as const),
    openings: openings.map(({ targetId, startQuarter }) => [targetId, startQuarter] as const),
  };
  const heard: Progress[] = [];
  const next = await solveHere(
    problem,
    { gap: 0, seconds: 60 },
    (progress) => heard.push(progress),
    () => true,
    { best, seconds: 40 },
  );
  assert.ok(next.plan !== null && next.plan.value >= value);
  assert.ok(heard.every((progress) => progress.seconds >= 40 && (progress.value ?? -Infinity) >= value));
  assert.ok(next.greedy.seconds < 40);
});
