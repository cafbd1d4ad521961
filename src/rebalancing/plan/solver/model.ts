import type { Problem } from '../problem/problem.ts';
import { openingCost, spendByYear, valueOptions, type Option, type PartOptions } from '../problem/value.ts';

/** A move that a part could make, as the solver sees it: a column of the model. */
export interface Column {
  readonly index: number;
  /** The part's place in the problem. */
  readonly part: number;
  readonly option: Option;
  /** What it is worth more than staying; for a part that must move, what it is worth. */
  readonly gain: number;
  /** The target's place among those that have to be opened, or -1. */
  readonly openable: number;
  /** How much it takes of which limits. */
  readonly uses: readonly Use[];
}

export interface Use {
  readonly limit: number;
  readonly amount: number;
}

/** Something of which there is only so much: a department's or a team's work in a quarter, or a year's budget. */
export interface Limit {
  readonly kind: 'department' | 'team' | 'budget';
  /** The department's or target's place in the problem; 0 for a budget. */
  readonly of: number;
  /** The quarter, or the year of a budget. */
  readonly when: number;
  readonly most: number;
}

/** A precedence between two parts, by their places. */
export interface Edge {
  readonly before: number;
  readonly after: number;
  readonly lag: number;
  /** Which ways of the later part are bound; null for all. */
  readonly ways: ReadonlySet<string> | null;
}

/** A target that has to be opened, and when that can begin. */
export interface Openable {
  readonly target: number;
  readonly quarters: number;
  readonly starts: readonly OpeningStart[];
}

export interface OpeningStart {
  readonly start: number;
  readonly cost: number;
  readonly uses: readonly Use[];
}

/** A problem as the solver sees it: an exact restatement, in which only moves are left out that no plan can make. */
export interface Model {
  readonly problem: Problem;
  readonly options: readonly PartOptions[];
  readonly columns: readonly Column[];
  /** The columns of each part. */
  readonly columnsOf: readonly (readonly Column[])[];
  readonly mustMove: readonly boolean[];
  /** The value of all staying parts, if every part that may stay does. */
  readonly base: number;
  readonly limits: readonly Limit[];
  /** The place of a limit, or -1 where there is none: of a department or team in a quarter, and of a year's budget. */
  readonly departmentLimits: readonly Int32Array[];
  readonly teamLimits: readonly Int32Array[];
  readonly budgetLimits: ReadonlyMap<number, number>;
  readonly edges: readonly Edge[];
  /** The edges in which a part is the earlier, and the later. */
  readonly edgesBefore: readonly (readonly Edge[])[];
  readonly edgesAfter: readonly (readonly Edge[])[];
  readonly openables: readonly Openable[];
}

/** Restates a problem for the solver. It must have passed `checkProblem`. */
export function createModel(problem: Problem, options: readonly PartOptions[] = valueOptions(problem)): Model {
  const limits: Limit[] = [];
  const series = (kind: Limit['kind'], of: number, values: readonly number[] | null): Int32Array =>
    Int32Array.from({ length: problem.quarters }, (_, quarter) =>
      values === null ? -1 : limits.push({ kind, of, when: quarter, most: values[quarter] ?? 0 }) - 1,
    );
  const departmentLimits = problem.departments.map(({ capacity }, index) => series('department', index, capacity));
  const teamLimits = problem.targets.map(({ teamCapacity }, index) => series('team', index, teamCapacity));
  const budgetLimits = new Map<number, number>();
  for (const { year, most } of problem.budgets) {
    budgetLimits.set(year, limits.push({ kind: 'budget', of: 0, when: year, most }) - 1);
  }
  const spendUses = (spent: ReadonlyMap<number, number>): Use[] =>
    [...spent].flatMap(([year, amount]) => {
      const limit = budgetLimits.get(year);
      return limit === undefined || amount === 0 ? [] : [{ limit, amount }];
    });

  const openables: Openable[] = [];
  const openableOf = problem.targets.map((target, index) => {
    if (target.opening === null) return -1;
    const { earliest, quarters, cost } = target.opening;
    const starts: OpeningStart[] = [];
    for (let start = earliest; start + quarters < problem.quarters; start += 1) {
      starts.push({
        start,
        cost: openingCost(problem, target, start),
        uses: quarters === 0 || !problem.openingsInBudget ? [] : spendUses(spendByYear(cost, start, quarters)),
      });
    }
    return openables.push({ target: index, quarters, starts }) - 1;
  });

  const placeOfDepartment = placesOf(problem.departments);
  const placeOfTarget = placesOf(problem.targets);
  const placeOfPart = placesOf(problem.parts);
  const columns: Column[] = [];
  let base = 0;
  const columnsOf = options.map(({ part, moves, staying }, place) => {
    base += staying ?? 0;
    const department = placeOfDepartment.get(part.departmentId) ?? 0;
    const possible: Column[] = [];
    for (const option of moves) {
      const { way, start, end } = option;
      const target = placeOfTarget.get(way.targetId) ?? 0;
      const uses: Use[] = [];
      for (let quarter = start; quarter < end; quarter += 1) {
        const ofDepartment = departmentLimits[department]?.[quarter] ?? -1;
        if (ofDepartment >= 0 && way.departmentWork > 0) uses.push({ limit: ofDepartment, amount: way.departmentWork });
        const ofTeam = teamLimits[target]?.[quarter] ?? -1;
        if (ofTeam >= 0 && way.teamWork > 0) uses.push({ limit: ofTeam, amount: way.teamWork });
      }
      uses.push(...spendUses(spendByYear(way.movingCost, start, way.quarters, way.exitFee)));
      // What needs more than there is of something can be in no plan.
      if (uses.some(({ limit, amount }) => amount > (limits[limit]?.most ?? Infinity))) continue;
      const column = {
        index: columns.length,
        part: place,
        option,
        gain: option.value - (staying ?? 0),
        openable: openableOf[target] ?? -1,
        uses,
      };
      columns.push(column);
      possible.push(column);
    }
    return possible;
  });

  const edges = problem.precedence.map(({ before, after, lagQuarters, ways }): Edge => ({
    before: placeOfPart.get(before) ?? -1,
    after: placeOfPart.get(after) ?? -1,
    lag: lagQuarters,
    ways: ways === null ? null : new Set(ways),
  }));
  const edgesBefore: Edge[][] = problem.parts.map(() => []);
  const edgesAfter: Edge[][] = problem.parts.map(() => []);
  for (const edge of edges) {
    edgesBefore[edge.before]?.push(edge);
    edgesAfter[edge.after]?.push(edge);
  }
  return {
    problem,
    options,
    columns,
    columnsOf,
    mustMove: options.map(({ staying }) => staying === undefined),
    base,
    limits,
    departmentLimits,
    teamLimits,
    budgetLimits,
    edges,
    edgesBefore,
    edgesAfter,
    openables,
  };
}

/** A model without moves that no best plan needs: those that are worth no more than staying and that nobody waits for. */
export function createLeanModel(problem: Problem): Model {
  const awaited = new Set(problem.precedence.map(({ before }) => before));
  const options = valueOptions(problem).map((each): PartOptions => {
    const { part, moves, staying } = each;
    if (staying === undefined || awaited.has(part.id)) return each;
    return { ...each, moves: moves.filter(({ value }) => value > staying) };
  });
  return createModel(problem, options);
}

/** Whether an edge binds a column of its later part. */
export function binds(edge: Edge, column: Column): boolean {
  return edge.ways === null || edge.ways.has(column.option.way.id);
}

function placesOf(things: readonly { readonly id: string }[]): ReadonlyMap<string, number> {
  return new Map(things.map(({ id }, index) => [id, index]));
}
