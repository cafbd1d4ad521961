import { Draft } from './draft.ts';
import { binds, type Model } from './model.ts';

/**
 * As much of a plan as it takes to make it again: kept while a better one is looked for, and gone on from after the program
 * was stopped. By names, since another version of the program may number columns otherwise.
 */
export interface Outline {
  readonly moves: readonly (readonly [partId: string, wayId: string, startQuarter: number])[];
  readonly openings: readonly (readonly [targetId: string, startQuarter: number])[];
}

/** Outlines a plan in the making. */
export function outlineOf({ model, chosen, opened }: Draft): Outline {
  const { problem, openables, options } = model;
  return {
    moves: chosen.flatMap((column, part) => {
      const partId = options[part]?.part.id;
      return column === undefined || partId === undefined
        ? []
        : [[partId, column.option.way.id, column.option.start] as const];
    }),
    openings: openables.flatMap(({ target, starts }, openable) => {
      const start = starts[opened[openable] ?? -1];
      const targetId = problem.targets[target]?.id;
      return start === undefined || targetId === undefined ? [] : [[targetId, start.start] as const];
    }),
  };
}

/** The plan that an outline tells of. What the model does not know, or what cannot stand beside the rest, is left out. */
export function draftOf(model: Model, outline: Outline): Draft {
  const { problem, openables, options } = model;
  const draft = new Draft(model);
  const startOf = new Map(outline.openings);
  openables.forEach(({ target, starts }, openable) => {
    const quarter = startOf.get(problem.targets[target]?.id ?? '');
    const place = starts.findIndex(({ start }) => start === quarter);
    if (place >= 0) draft.open(openable, place);
  });
  const moveOf = new Map(outline.moves.map((move) => [move[0], move]));
  const tried = new Uint8Array(options.length);
  const place = (part: number): void => {
    if (tried[part] === 1) return;
    tried[part] = 1;
    const [, wayId, startQuarter] = moveOf.get(options[part]?.part.id ?? '') ?? [];
    const column = model.columnsOf[part]?.find(
      ({ option: { way, start } }) => way.id === wayId && start === startQuarter,
    );
    if (column === undefined) return;
    for (const edge of model.edgesAfter[part] ?? []) if (binds(edge, column)) place(edge.before);
    if (draft.fits(column)) draft.place(column);
  };
  options.forEach((_, part) => place(part));
  return draft;
}
