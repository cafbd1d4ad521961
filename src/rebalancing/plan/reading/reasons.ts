import { dayOfMonth } from '../problem/months.ts';
import type { Move, Plan, Problem } from '../problem/problem.ts';
import { Draft } from '../solver/draft.ts';
import { binds, createModel, type Column, type Model } from '../solver/model.ts';

/** Why a move is when it is. Money in minor units. */
export interface Reason {
  readonly partId: string;
  /** The last day on which something about the old contract can still be decided as planned; null without a contract. */
  readonly decideBy: string | null;
  /** What beginning a quarter earlier or later would change in the plan's value, or why that cannot be. */
  readonly earlier: Alternative;
  readonly later: Alternative;
}

/** Another quarter for a move: by how much the plan would be worth less, and what stands in the way, in words. */
export interface Alternative {
  readonly loss: number | null;
  readonly because: string | null;
}

/** The reasons of every move of a plan, everything else of the plan as it stands. */
export function explainMoves(problem: Problem, plan: Plan): Reason[] {
  const model = createModel(problem);
  const draft = draftOf(model, plan);
  const places = new Map(problem.parts.map(({ id }, place) => [id, place]));
  return plan.moves.map((move) => {
    const place = places.get(move.partId) ?? -1;
    const now = draft.chosen[place];
    draft.remove(place);
    const reason = {
      partId: move.partId,
      decideBy: decideByOf(problem, move),
      earlier: alternative(model, draft, { place, move, by: -1 }),
      later: alternative(model, draft, { place, move, by: 1 }),
    };
    if (now !== undefined) draft.place(now);
    return reason;
  });
}

/** The first day by which something has to be decided about a move's contract. */
export function decideByOf(problem: Problem, { steps }: Pick<Move, 'steps'>): string | null {
  const months = steps.map(({ decideByMonth }) => decideByMonth);
  return months.length === 0 ? null : dayOfMonth(problem.startsOn, Math.min(...months));
}

/** A plan as a draft, to be changed from there. */
export function draftOf(model: Model, plan: Plan): Draft {
  const draft = new Draft(model);
  for (const { targetId, startQuarter } of plan.openings) {
    const openable = model.openables.findIndex(({ target }) => model.problem.targets[target]?.id === targetId);
    const start = model.openables[openable]?.starts.findIndex((each) => each.start === startQuarter) ?? -1;
    if (openable >= 0) draft.open(openable, start);
  }
  const moves = new Map(plan.moves.map((move) => [move.partId, move]));
  model.options.forEach(({ part }, place) => {
    const move = moves.get(part.id);
    const column = move === undefined ? undefined : columnOf(model, place, move.wayId, move.startQuarter);
    if (column !== undefined) draft.place(column);
  });
  return draft;
}

function columnOf(model: Model, place: number, wayId: string, start: number): Column | undefined {
  return model.columnsOf[place]?.find(({ option }) => option.way.id === wayId && option.start === start);
}

function alternative(
  model: Model,
  draft: Draft,
  { place, move, by }: { readonly place: number; readonly move: Move; readonly by: number },
): Alternative {
  const { problem } = model;
  const start = move.startQuarter + by;
  if (start < 0) return { loss: null, because: 'the plan begins then' };
  const option = model.options[place]?.moves.find((each) => each.way.id === move.wayId && each.start === start);
  const column = columnOf(model, place, move.wayId, start);
  if (option === undefined) return { loss: null, because: whyNoOption(problem, place, move, start) };
  const loss = move.value - option.value;
  if (column === undefined) return { loss, because: 'it would take more people than there are' };
  const limit = column.uses.find((use) => use.amount > (draft.left[use.limit] ?? 0) + 1e-6)?.limit;
  if (limit !== undefined) return { loss, because: wordsOfLimit(model, limit) };
  for (const edge of model.edgesAfter[place] ?? []) {
    const before = draft.chosen[edge.before];
    if (binds(edge, column) && (before === undefined || before.option.end + edge.lag > start)) {
      return { loss, because: `it waits for ${problem.parts[edge.before]?.name ?? 'another part'}` };
    }
  }
  for (const edge of model.edgesBefore[place] ?? []) {
    const after = draft.chosen[edge.after];
    if (after !== undefined && binds(edge, after) && column.option.end + edge.lag > after.option.start) {
      return { loss, because: `${problem.parts[edge.after]?.name ?? 'another part'} waits for it` };
    }
  }
  if (!draft.isOpenFor(column)) return { loss, because: `${column.option.target.name} is not open by then` };
  return { loss, because: null };
}

function whyNoOption(problem: Problem, place: number, move: Move, start: number): string {
  const part = problem.parts[place];
  const way = part?.ways.find(({ id }) => id === move.wayId);
  if (way !== undefined && start + way.quarters > problem.quarters) return 'it would not be done within the plan';
  if (
    part?.leaveBy !== null &&
    part?.leaveBy !== undefined &&
    way !== undefined &&
    start + way.quarters - 1 > part.leaveBy
  ) {
    return 'it must have been left by then';
  }
  if (problem.fixed.some(({ partId }) => partId === move.partId)) return 'its date is fixed';
  return 'its contract or its target does not allow it';
}

function wordsOfLimit(model: Model, place: number): string {
  const limit = model.limits[place];
  if (limit === undefined) return 'there is not enough left';
  if (limit.kind === 'budget') return `the budget of year ${limit.when + 1} is used up`;
  return limit.kind === 'department'
    ? `${model.problem.departments[limit.of]?.name ?? 'The department'} has no people left then`
    : `the team of ${model.problem.targets[limit.of]?.name ?? 'the target'} has no time left then`;
}
