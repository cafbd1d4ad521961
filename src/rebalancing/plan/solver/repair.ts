import { Draft } from './draft.ts';
import { binds, type Column, type Model } from './model.ts';
import { undecided, type Relaxation, type Relaxed } from './relaxation.ts';

/**
 * A plan that keeps all limits, made from a solution of the relaxation that may overdraw them: parts are placed in the
 * order of what they are worth when everything is paid at its price, each as the relaxation has it or else as well as what
 * is left allows; those that they wait for go before them.
 */
export function repair(relaxation: Relaxation, { chosen }: Relaxed): Draft {
  const { model, worth } = relaxation;
  const draft = new Draft(model);
  openAsNeeded(draft, chosen, relaxation);
  const value = model.columnsOf.map((columns, part) => {
    if (model.mustMove[part] === true) return Infinity;
    const taken = chosen[part] ?? -1;
    if (taken >= 0) return worth[taken] ?? 0;
    let best = -Infinity;
    for (const { index } of columns) best = Math.max(best, worth[index] ?? -Infinity);
    return best;
  });
  const order = model.columnsOf
    .map((_, part) => part)
    .toSorted((one, other) => (value[other] ?? 0) - (value[one] ?? 0));
  const tried = new Uint8Array(order.length);
  const place = (part: number): void => {
    if (tried[part] === 1) return;
    tried[part] = 1;
    for (const { before } of model.edgesAfter[part] ?? []) place(before);
    const wanted = model.columns[chosen[part] ?? -1];
    if (wanted !== undefined && draft.fits(wanted)) {
      draft.place(wanted);
      return;
    }
    const must = model.mustMove[part] === true;
    if (wanted === undefined && !must) return;
    const found = bestFitting(draft, part, (column) => worth[column.index] ?? -Infinity, must ? -Infinity : 0);
    if (found !== undefined) draft.place(found);
  };
  for (const part of order) place(part);
  return draft;
}

/** Opens the targets that the relaxation moves something to, in time for the first of it, or as early as budgets allow. */
function openAsNeeded(draft: Draft, chosen: Int32Array, { openings }: Relaxation): void {
  const { model } = draft;
  const first = new Map<number, number>();
  for (const index of chosen) {
    const column = model.columns[index];
    if (column === undefined || column.openable < 0) continue;
    first.set(column.openable, Math.min(first.get(column.openable) ?? Infinity, column.option.start));
  }
  for (const [openable, quarter] of first) {
    const target = model.openables[openable];
    if (target === undefined) continue;
    const { earliest, latest } = openings[openable] ?? undecided(target);
    const inTime = target.starts.findLastIndex(({ start }) => start + target.quarters <= quarter);
    let start = Math.max(earliest, Math.min(inTime, latest));
    while (start <= latest && !draft.open(openable, start)) start += 1;
  }
}

function bestFitting(
  draft: Draft,
  part: number,
  worthOf: (column: Column) => number,
  least: number,
): Column | undefined {
  let found: Column | undefined;
  let best = least;
  for (const column of draft.model.columnsOf[part] ?? []) {
    const worth = worthOf(column);
    if (worth <= best || !draft.fits(column)) continue;
    best = worth;
    found = column;
  }
  return found;
}

/** What a column is taken for: its gain, or its worth when what it takes is paid at its price. */
export type Score = (column: Column) => number;

/** Its gain: what counts in the end. */
export const byGain: Score = ({ gain }) => gain;

/**
 * Makes a plan better one group at a time until none can be placed better by itself: a part together with those that wait
 * for nobody but it, such as an application and what hosts it. What others wait for moves only within the time they leave.
 */
export function improve(draft: Draft, scoreOf: Score = byGain, rounds = 12): void {
  const { model } = draft;
  const groups = groupsOf(model);
  for (let round = 0; round < rounds; round += 1) {
    let better = 0;
    for (const group of orderByLoss(groups, draft, scoreOf)) better += placeBetter(draft, group, scoreOf);
    draft.trimOpenings();
    if (better <= 1e-6 * Math.abs(draft.value())) return;
  }
}

/** A part, and the parts that wait for it and have nothing else to wait for or to be waited for. */
interface Group {
  readonly lead: number;
  readonly followers: readonly number[];
}

function groupsOf(model: Model): readonly Group[] {
  const isFollower = (part: number): boolean =>
    (model.edgesAfter[part]?.length ?? 0) === 1 && (model.edgesBefore[part]?.length ?? 0) === 0;
  return model.columnsOf.flatMap((columns, lead) => {
    if (isFollower(lead) && (model.columnsOf[model.edgesAfter[lead]?.[0]?.before ?? -1]?.length ?? 0) > 0) return [];
    const followers = (model.edgesBefore[lead] ?? []).map(({ after }) => after).filter(isFollower);
    return columns.length === 0 && followers.length === 0 ? [] : [{ lead, followers }];
  });
}

/** Takes a group out and puts it back as well as it fits. Says by how much its score has grown. */
function placeBetter(draft: Draft, { lead, followers }: Group, scoreOf: Score): number {
  const { model } = draft;
  const parts = [lead, ...followers];
  const before = parts.map((part) => draft.chosen[part]);
  for (const part of parts) draft.remove(part);
  const options = followers.map((part) => optionsOf(draft, part, scoreOf));
  let best: Column | undefined;
  let bestScore = -Infinity;
  const consider = (column: Column | undefined, own: number): void => {
    let score = own;
    followers.forEach((part, index) => {
      score += bestBeside(model, part, options[index] ?? [], column);
    });
    if (score <= bestScore) return;
    bestScore = score;
    best = column;
  };
  if (model.mustMove[lead] !== true && isUnneeded(draft, lead)) consider(undefined, 0);
  for (const column of model.columnsOf[lead] ?? []) if (draft.fits(column)) consider(column, scoreOf(column));
  if (bestScore > -Infinity) {
    if (best !== undefined) draft.place(best);
    for (const part of followers) {
      const found = bestFitting(draft, part, scoreOf, model.mustMove[part] === true ? -Infinity : 0);
      if (found !== undefined) draft.place(found);
    }
  }
  const sum = (columns: readonly (Column | undefined)[]): number =>
    columns.reduce((total, column) => total + (column === undefined ? 0 : scoreOf(column)), 0);
  const isWhole = parts.every((part) => model.mustMove[part] !== true || draft.chosen[part] !== undefined);
  const better = sum(parts.map((part) => draft.chosen[part])) - sum(before);
  const wasWhole = parts.every((part, index) => model.mustMove[part] !== true || before[index] !== undefined);
  if (bestScore > -Infinity && (better > 0 || (isWhole && !wasWhole)) && (isWhole || !wasWhole)) return better;
  for (const part of parts) draft.remove(part);
  for (const column of before) if (column !== undefined) draft.place(column);
  return 0;
}

/** The columns that a follower could take as its limits and target stand, its order not asked. */
function optionsOf(draft: Draft, part: number, scoreOf: Score): { column: Column; score: number }[] {
  const least = draft.model.mustMove[part] === true ? -Infinity : 0;
  return (draft.model.columnsOf[part] ?? [])
    .map((column) => ({ column, score: scoreOf(column) }))
    .filter(({ column, score }) => score > least && draft.hasRoom(column) && draft.isOpenFor(column));
}

function bestBeside(
  model: Model,
  part: number,
  options: readonly { readonly column: Column; readonly score: number }[],
  lead: Column | undefined,
): number {
  const edge = model.edgesAfter[part]?.[0];
  let best = model.mustMove[part] === true ? -Infinity : 0;
  for (const { column, score } of options) {
    if (score <= best) continue;
    if (edge !== undefined && binds(edge, column)) {
      if (lead === undefined || lead.option.end + edge.lag > column.option.start) continue;
    }
    best = score;
  }
  return best;
}

function isUnneeded(draft: Draft, part: number): boolean {
  return (draft.model.edgesBefore[part] ?? []).every((edge) => {
    const after = draft.chosen[edge.after];
    return after === undefined || !binds(edge, after);
  });
}

/** Groups that lose most against their best columns first. */
function orderByLoss(groups: readonly Group[], draft: Draft, scoreOf: Score): readonly Group[] {
  const { columnsOf } = draft.model;
  const lossOf = (part: number): number => {
    let best = 0;
    for (const column of columnsOf[part] ?? []) best = Math.max(best, scoreOf(column));
    const now = draft.chosen[part];
    return best - (now === undefined ? 0 : scoreOf(now));
  };
  return groups
    .map((group) => ({ group, loss: [group.lead, ...group.followers].reduce((sum, part) => sum + lossOf(part), 0) }))
    .toSorted((one, other) => other.loss - one.loss)
    .map(({ group }) => group);
}
