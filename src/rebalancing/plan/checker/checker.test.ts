import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Plan, Problem } from '../problem/problem.ts';
import { planGreedily } from '../solver/greedy.ts';
import { createModel } from '../solver/model.ts';
import { smallProblem } from '../small-problems.fixture.ts';
import { checkPlan } from './checker.ts';

/** Plans of many problems, each spoiled in one way. */
function spoil(change: (plan: Plan, problem: Problem) => Plan | undefined): number {
  let spoiled = 0;
  for (let seed = 1; seed <= 300; seed += 1) {
    const problem = smallProblem(seed);
    const draft = planGreedily(createModel(problem));
    if (draft.unplaced().length > 0) continue;
    const plan = change(draft.toPlan(), problem);
    if (plan === undefined) continue;
    spoiled += 1;
    assert.notDeepEqual(checkPlan(problem, plan).faults, [], `seed ${seed} passes although it was spoiled`);
  }
  return spoiled;
}

test('a plan is refused in which a move begins before the one that it waits for has ended', () => {
  const spoiled = spoil((plan, problem) => {
    const bound = problem.precedence.find(
      ({ after, ways }) => ways === null && plan.moves.some(({ partId }) => partId === after),
    );
    if (bound === undefined) return undefined;
    return { ...plan, moves: plan.moves.filter(({ partId }) => partId !== bound.before), stays: plan.stays };
  });
  assert.ok(spoiled > 10);
});

test('a plan is refused that leaves a part out, moves it twice, or beyond the horizon', () => {
  assert.ok(spoil((plan) => (plan.stays.length === 0 ? undefined : { ...plan, stays: plan.stays.slice(1) })) > 50);
  assert.ok(
    spoil((plan) => (plan.moves[0] === undefined ? undefined : { ...plan, moves: [...plan.moves, plan.moves[0]] })) >
      50,
  );
  assert.ok(
    spoil((plan, { quarters }) =>
      plan.moves.length === 0
        ? undefined
        : { ...plan, moves: plan.moves.map((move) => ({ ...move, startQuarter: quarters })) },
    ) > 50,
  );
});

test('a plan is refused in which a contract ends before its part is switched off', () => {
  const spoiled = spoil((plan, problem) => {
    const move = plan.moves.find(({ steps }) => steps.length > 1);
    if (move === undefined) return undefined;
    const contract = problem.parts.find(({ id }) => id === move.partId)?.contract;
    const last = move.steps.at(-1);
    if (contract === undefined || contract === null || last?.action !== 'lapse') return undefined;
    return {
      ...plan,
      moves: plan.moves.map((each) => (each === move ? { ...each, steps: move.steps.slice(0, -2) } : each)),
    };
  });
  assert.ok(spoiled > 20);
});

test('a plan is refused that does more work in a quarter than a department has people for', () => {
  const spoiled = spoil((plan, problem) => {
    const working = plan.moves.some(
      ({ partId, wayId }) =>
        (problem.parts.find(({ id }) => id === partId)?.ways.find(({ id }) => id === wayId)?.departmentWork ?? 0) > 0,
    );
    if (!working) return undefined;
    const none = problem.departments.map((department) => ({
      ...department,
      capacity: department.capacity.map(() => 0),
    }));
    Object.assign(problem, { departments: none });
    return plan;
  });
  assert.ok(spoiled > 20);
});
