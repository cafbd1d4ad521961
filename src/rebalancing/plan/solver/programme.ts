import type { ModelData } from 'highs';
import { Draft } from './draft.ts';
import { binds, type Column, type Edge, type Model } from './model.ts';

/** A mixed-integer programme for some of a model's parts, with everything else as it stands in a draft. */
export interface Programme {
  readonly data: Omit<ModelData, 'sense'>;
  /** How many minor units one of the programme's objective is. */
  readonly unit: number;
  /** The columns of the model in the order of the first variables. */
  readonly columns: readonly Column[];
  /** The openings in the order of the variables after them. */
  readonly openings: readonly { readonly openable: number; readonly start: number }[];
  /** What each row stands for, for explaining why it binds. */
  readonly rows: readonly ProgrammeRow[];
  /** Puts a solution of the programme into the draft. */
  apply(solution: ArrayLike<number>): Draft;
  /** The draft as it stands, as a solution to start from; undefined where it takes a column that was left out. */
  start(): Float64Array;
}

export type ProgrammeRow =
  | { readonly kind: 'part'; readonly part: number }
  | { readonly kind: 'limit'; readonly limit: number }
  | { readonly kind: 'edge'; readonly edge: Edge }
  | { readonly kind: 'opening'; readonly part: number; readonly openable: number }
  | { readonly kind: 'openings'; readonly openable: number };

/**
 * One binary variable for each move that a free part could begin (a pulse), and for each quarter in which a target could
 * be opened. Dependencies and openings are stated for each quarter by itself: all together in one row would be fewer rows
 * and a much weaker relaxation.
 *
 * @param draft everything that is not free stays as it is here.
 * @param free the parts that may change.
 * @param openings whether openings may change too.
 * @param isGood which columns of free parts are considered.
 */
export function stateProgramme(
  model: Model,
  draft: Draft,
  {
    free,
    openings: openingsFree,
    isGood,
  }: { readonly free: readonly number[]; readonly openings: boolean; readonly isGood: (column: Column) => boolean },
): Programme {
  const isFree = new Set(free);
  const rest = draft.copy();
  for (const part of free) rest.remove(part);
  if (openingsFree) model.openables.forEach((_, openable) => rest.open(openable, -1));

  const columns: Column[] = [];
  const placeOf = new Map<number, number>();
  const ofPart = new Map<number, Column[]>();
  for (const part of free) {
    const mine = (model.columnsOf[part] ?? []).filter(
      (column) => isGood(column) && (openingsFree || rest.isOpenFor(column)) && keepsOrder(column),
    );
    ofPart.set(part, mine);
    for (const column of mine) placeOf.set(column.index, columns.push(column) - 1);
  }
  const openings = openingsFree
    ? model.openables.flatMap(({ starts }, openable) => starts.map((_, start) => ({ openable, start })))
    : [];
  const variables = columns.length + openings.length;

  const rows: ProgrammeRow[] = [];
  const lower: number[] = [];
  const upper: number[] = [];
  const starts: number[] = [0];
  const indices: number[] = [];
  const values: number[] = [];
  const end = (row: ProgrammeRow, least: number, most: number): void => {
    rows.push(row);
    lower.push(least);
    upper.push(most);
    starts.push(indices.length);
  };
  const add = (variable: number, value: number): void => {
    indices.push(variable);
    values.push(value);
  };

  for (const [part, mine] of ofPart) {
    const must = model.mustMove[part] === true;
    if (mine.length === 0 && !must) continue;
    for (const column of mine) add(placeOf.get(column.index) ?? 0, 1);
    end({ kind: 'part', part }, must ? 1 : -Infinity, 1);
  }
  addLimits();
  for (const edge of model.edges) if (isFree.has(edge.after) && isFree.has(edge.before)) addEdge(edge);
  if (openingsFree) addOpenings();

  const costs = [
    ...columns.map(({ gain }) => gain),
    ...openings.map(({ openable, start }) => -(model.openables[openable]?.starts[start]?.cost ?? 0)),
  ];
  // The solver reckons badly with millions of pounds in pence beside the ones of its rows.
  const unit = Math.max(1, ...costs.map(Math.abs)) / 10_000;
  return {
    unit,
    data: {
      numCols: variables,
      numRows: rows.length,
      colCost: costs.map((cost) => cost / unit),
      colLower: new Float64Array(variables),
      colUpper: new Float64Array(variables).fill(1),
      rowLower: lower,
      rowUpper: upper,
      matrix: { format: 'csr', numRows: rows.length, numCols: variables, starts, indices, values },
      integrality: new Int32Array(variables).fill(1),
      offset: rest.value() / unit,
    },
    columns,
    openings,
    rows,
    apply: (solution) => {
      const result = rest.copy();
      openings.forEach(({ openable, start }, index) => {
        if ((solution[columns.length + index] ?? 0) > 0.5) result.open(openable, start);
      });
      columns.forEach((column, index) => {
        if ((solution[index] ?? 0) > 0.5) result.place(column);
      });
      return result;
    },
    start: () =>
      Float64Array.from({ length: variables }, (_, index) => {
        const column = columns[index];
        if (column !== undefined) return draft.chosen[column.part] === column ? 1 : 0;
        const opening = openings[index - columns.length];
        return opening !== undefined && draft.opened[opening.openable] === opening.start ? 1 : 0;
      }),
  };

  /** Whether a column can stand beside the parts that are not free. */
  function keepsOrder(column: Column): boolean {
    for (const edge of model.edgesAfter[column.part] ?? []) {
      if (isFree.has(edge.before) || !binds(edge, column)) continue;
      const before = rest.chosen[edge.before];
      if (before === undefined || before.option.end + edge.lag > column.option.start) return false;
    }
    for (const edge of model.edgesBefore[column.part] ?? []) {
      const after = isFree.has(edge.after) ? undefined : rest.chosen[edge.after];
      if (after !== undefined && binds(edge, after) && column.option.end + edge.lag > after.option.start) return false;
    }
    return true;
  }

  /** Only limits that could be overdrawn need a row. */
  function addLimits(): void {
    const users = new Map<number, { variable: number; amount: number; owner: string }[]>();
    const note = (limit: number, use: { variable: number; amount: number; owner: string }): void => {
      const known = users.get(limit);
      if (known === undefined) users.set(limit, [use]);
      else known.push(use);
    };
    columns.forEach((column, variable) => {
      for (const { limit, amount } of column.uses) note(limit, { variable, amount, owner: `part ${column.part}` });
    });
    openings.forEach(({ openable, start }, index) => {
      for (const { limit, amount } of model.openables[openable]?.starts[start]?.uses ?? []) {
        note(limit, { variable: columns.length + index, amount, owner: `opening ${openable}` });
      }
    });
    for (const [limit, uses] of users) {
      const most = new Map<string, number>();
      for (const { owner, amount } of uses) most.set(owner, Math.max(most.get(owner) ?? 0, amount));
      const left = Math.max(0, rest.left[limit] ?? 0);
      if ([...most.values()].reduce((sum, amount) => sum + amount, 0) <= left) continue;
      // As shares of what there is: pence of a year's budget beside weeks of a quarter would be badly scaled.
      const scale = left > 0 ? left : 1;
      for (const { variable, amount } of uses) add(variable, amount / scale);
      end({ kind: 'limit', limit }, -Infinity, left / scale);
    }
  }

  function addEdge(edge: Edge): void {
    const later = (ofPart.get(edge.after) ?? []).filter((column) => binds(edge, column));
    const earlier = ofPart.get(edge.before) ?? [];
    for (const quarter of new Set(later.map(({ option }) => option.start))) {
      for (const column of later) if (column.option.start <= quarter) add(placeOf.get(column.index) ?? 0, 1);
      for (const column of earlier) {
        if (column.option.end + edge.lag <= quarter) add(placeOf.get(column.index) ?? 0, -1);
      }
      end({ kind: 'edge', edge }, -Infinity, 0);
    }
  }

  function addOpenings(): void {
    const first = new Map<number, number>();
    openings.forEach(({ openable, start }, index) => {
      if (start === 0) first.set(openable, columns.length + index);
    });
    model.openables.forEach(({ starts: possible }, openable) => {
      possible.forEach((_, start) => add((first.get(openable) ?? 0) + start, 1));
      end({ kind: 'openings', openable }, -Infinity, 1);
    });
    for (const [part, mine] of ofPart) {
      for (const openable of new Set(mine.map((column) => column.openable))) {
        const target = model.openables[openable];
        if (target === undefined) continue;
        const movers = mine.filter((column) => column.openable === openable);
        for (const quarter of new Set(movers.map(({ option }) => option.start))) {
          for (const column of movers) if (column.option.start <= quarter) add(placeOf.get(column.index) ?? 0, 1);
          target.starts.forEach(({ start }, place) => {
            if (start + target.quarters <= quarter) add((first.get(openable) ?? 0) + place, -1);
          });
          end({ kind: 'opening', part, openable }, -Infinity, 0);
        }
      }
    }
  }
}
