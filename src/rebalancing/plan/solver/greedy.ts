import { Draft } from './draft.ts';
import type { Column, Model } from './model.ts';

/**
 * A plan at once: the part whose best move saves most for its work goes first, to where it saves most. It is made without
 * opening any target, and then with each that makes it better. It proves nothing, and is there to be looked at meanwhile.
 */
export function planGreedily(model: Model): Draft {
  const ranked = model.columnsOf
    .map((columns, part) => ({ part, columns: byGain(columns), worth: worthOf(model, part, columns) }))
    .filter(({ columns }) => columns.length > 0)
    .toSorted((one, other) => other.worth - one.worth);
  const opened: number[] = [];
  let best = fill(model, ranked, opened);
  for (const openable of model.openables.keys()) {
    const draft = fill(model, ranked, [...opened, openable]);
    if (!isBetter(draft, best)) continue;
    best = draft;
    opened.push(openable);
  }
  return best;
}

/** Whether a draft is to be kept rather than another: it leaves fewer parts unplaced that must move, or is worth more. */
export function isBetter(draft: Draft, other: Draft): boolean {
  const [unplaced, unplacedThere] = [draft.unplaced().length, other.unplaced().length];
  return unplaced < unplacedThere || (unplaced === unplacedThere && draft.value() > other.value());
}

interface Ranked {
  readonly part: number;
  readonly columns: readonly Column[];
}

function fill(model: Model, ranked: readonly Ranked[], opened: readonly number[]): Draft {
  const draft = new Draft(model);
  for (const openable of opened) {
    const starts = model.openables[openable]?.starts.length ?? 0;
    for (let start = 0; start < starts; start += 1) if (draft.open(openable, start)) break;
  }
  // A part that waits for another may come before it in the order: it is asked again once that one has moved.
  for (let placed = true; placed;) {
    placed = false;
    for (const { part, columns } of ranked) {
      if (draft.chosen[part] !== undefined) continue;
      const must = model.mustMove[part] === true;
      const best = columns.find((column) => (must || column.gain > 0) && draft.fits(column));
      if (best === undefined) continue;
      draft.place(best);
      placed = true;
    }
  }
  draft.trimOpenings();
  return draft;
}

/** What the best move of a part saves for each week of work; first of all those that must move. */
function worthOf(model: Model, part: number, columns: readonly Column[]): number {
  if (model.mustMove[part] === true) return Infinity;
  return Math.max(
    ...columns.map(({ gain, option: { way } }) => gain / (1 + (way.departmentWork + way.teamWork) * way.quarters)),
  );
}

function byGain(columns: readonly Column[]): readonly Column[] {
  return columns.toSorted((one, other) => other.gain - one.gain || one.option.start - other.option.start);
}
