import type { Problem } from './problem/problem.ts';
import { openingCost, spendByYear, valueOptions, type Option } from './problem/value.ts';

/**
 * The value of the best plan of a small problem, by asking every combination of moves and openings; branches that could not
 * beat the best even if nothing limited them are cut. Undefined where there is no plan. Limits and order are its own code.
 */
export function bestValue(problem: Problem): number | undefined {
  const options = valueOptions(problem);
  // Those that others wait for come first, so that each can be asked for its order at once.
  const order = inOrder(problem)
    .map((id) => options.find(({ part }) => part.id === id))
    .filter((each) => each !== undefined)
    .map(({ part, moves, staying }) => ({
      id: part.id,
      staying,
      moves: moves
        .toSorted((one, other) => other.value - one.value)
        .map((option) => ({ option, needs: needsOf(part.departmentId, option) })),
    }));
  const bestLeft: number[] = [0];
  for (const { moves, staying } of order.toReversed()) {
    bestLeft.unshift((bestLeft[0] ?? 0) + Math.max(staying ?? -Infinity, ...moves.map(({ option }) => option.value)));
  }
  const left = new Map<string, number>();
  for (const { id, capacity } of problem.departments) {
    capacity.forEach((most, quarter) => left.set(`department ${id} ${quarter}`, most));
  }
  for (const { id, teamCapacity } of problem.targets) {
    teamCapacity?.forEach((most, quarter) => left.set(`team ${id} ${quarter}`, most));
  }
  for (const { year, most } of problem.budgets) left.set(`budget ${year}`, most);

  let best: number | undefined;
  const chosen = new Map<string, Option>();
  for (const opened of openings(problem)) {
    const needs = spentOn(problem, opened);
    if (take(needs, 1)) search(0, opened, 0 - costOf(problem, opened));
    take(needs, -1);
  }
  return best;

  function search(depth: number, opened: ReadonlyMap<string, number>, value: number): void {
    if (best !== undefined && value + (bestLeft[depth] ?? 0) <= best) return;
    const next = order[depth];
    if (next === undefined) {
      best = value;
      return;
    }
    for (const { option, needs } of next.moves) {
      if (!mayFollow(next.id, option, opened)) continue;
      if (take(needs, 1)) {
        chosen.set(next.id, option);
        search(depth + 1, opened, value + option.value);
        chosen.delete(next.id);
      }
      take(needs, -1);
    }
    if (next.staying !== undefined) search(depth + 1, opened, value + next.staying);
  }

  function mayFollow(id: string, option: Option, opened: ReadonlyMap<string, number>): boolean {
    const { opening } = option.target;
    const start = opened.get(option.target.id);
    if (opening !== null && (start === undefined || start + opening.quarters > option.start)) return false;
    return problem.precedence.every(({ before, after, lagQuarters, ways }) => {
      if (after !== id || (ways !== null && !ways.includes(option.way.id))) return true;
      const first = chosen.get(before);
      return first !== undefined && first.end + lagQuarters <= option.start;
    });
  }

  /** Takes what is needed from what is left, or (-1) gives it back. Says whether there was enough of everything. */
  function take(needs: readonly (readonly [string, number])[], times: 1 | -1): boolean {
    let enough = true;
    for (const [what, amount] of needs) {
      const now = (left.get(what) ?? Infinity) - amount * times;
      left.set(what, now);
      if (now < -1e-6) enough = false;
    }
    return enough;
  }
}

function needsOf(departmentId: string, { way, start, end, target }: Option): [string, number][] {
  const needs: [string, number][] = [];
  for (let quarter = start; quarter < end; quarter += 1) {
    needs.push([`department ${departmentId} ${quarter}`, way.departmentWork]);
    needs.push([`team ${target.id} ${quarter}`, way.teamWork]);
  }
  const spent = spendByYear(way.movingCost, start, way.quarters, way.exitFee);
  return [...needs, ...[...spent].map(([year, amount]): [string, number] => [`budget ${year}`, amount])];
}

/** Every combination of openings: each target not at all, or from one of its quarters on. */
function openings(problem: Problem): ReadonlyMap<string, number>[] {
  let found: Map<string, number>[] = [new Map()];
  for (const { id, opening } of problem.targets) {
    if (opening === null) continue;
    const starts: number[] = [];
    for (let start = opening.earliest; start + opening.quarters < problem.quarters; start += 1) starts.push(start);
    found = [...found, ...found.flatMap((each) => starts.map((start) => new Map([...each, [id, start]])))];
  }
  return found;
}

function spentOn(problem: Problem, opened: ReadonlyMap<string, number>): [string, number][] {
  return problem.targets.flatMap(({ id, opening }) => {
    const start = opened.get(id);
    if (opening === null || start === undefined || opening.quarters === 0 || !problem.openingsInBudget) return [];
    const spent = spendByYear(opening.cost, start, opening.quarters);
    return [...spent].map(([year, amount]): [string, number] => [`budget ${year}`, amount]);
  });
}

function costOf(problem: Problem, opened: ReadonlyMap<string, number>): number {
  return problem.targets.reduce((sum, target) => {
    const start = opened.get(target.id);
    return start === undefined ? sum : sum + openingCost(problem, target, start);
  }, 0);
}

function inOrder(problem: Problem): string[] {
  const order: string[] = [];
  const add = (id: string): void => {
    if (order.includes(id)) return;
    for (const { before, after } of problem.precedence) if (after === id) add(before);
    order.push(id);
  };
  for (const { id } of problem.parts) add(id);
  return order;
}
