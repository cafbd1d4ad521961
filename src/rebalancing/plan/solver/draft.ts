import type { Plan } from '../problem/problem.ts';
import { stepsFor } from '../problem/value.ts';
import { binds, type Column, type Model, type Use } from './model.ts';

/** Sums of fractions differ in their last digits. */
const rounding = 1e-6;

/** A plan in the making: which column each part has taken, what is left of every limit, and which targets are opened when. */
export class Draft {
  readonly model: Model;
  /** For each part its column, or undefined where it stays (or has not been placed yet). */
  readonly chosen: (Column | undefined)[];
  /** For each target that has to be opened, the place of its opening among `starts`, or -1. */
  readonly opened: Int32Array;
  readonly left: Float64Array;

  constructor(model: Model) {
    this.model = model;
    this.chosen = model.columnsOf.map(() => undefined);
    this.opened = new Int32Array(model.openables.length).fill(-1);
    this.left = Float64Array.from(model.limits, ({ most }) => most);
  }

  copy(): Draft {
    const copy = new Draft(this.model);
    this.chosen.forEach((column, part) => (copy.chosen[part] = column));
    copy.opened.set(this.opened);
    copy.left.set(this.left);
    return copy;
  }

  /** Whether a part, which has no column now, can take this one as everything else stands. */
  fits(column: Column): boolean {
    return this.hasRoom(column) && this.isInOrder(column) && this.isOpenFor(column);
  }

  hasRoom(column: Column): boolean {
    return this.#hasRoom(column.uses);
  }

  /** Whether the parts that it waits for have moved by then, and those that wait for it have not begun. */
  isInOrder(column: Column): boolean {
    for (const edge of this.model.edgesAfter[column.part] ?? []) {
      if (!binds(edge, column)) continue;
      const before = this.chosen[edge.before];
      if (before === undefined || before.option.end + edge.lag > column.option.start) return false;
    }
    for (const edge of this.model.edgesBefore[column.part] ?? []) {
      const after = this.chosen[edge.after];
      if (after === undefined || !binds(edge, after)) continue;
      if (column.option.end + edge.lag > after.option.start) return false;
    }
    return true;
  }

  isOpenFor(column: Column): boolean {
    const openable = this.model.openables[column.openable];
    if (openable === undefined) return true;
    const start = openable.starts[this.opened[column.openable] ?? -1];
    return start !== undefined && start.start + openable.quarters <= column.option.start;
  }

  /** Whether the part can be taken out: nobody who has moved waits for it. */
  isFree(part: number): boolean {
    return (this.model.edgesBefore[part] ?? []).every((edge) => {
      const after = this.chosen[edge.after];
      return after === undefined || !binds(edge, after);
    });
  }

  place(column: Column): void {
    this.chosen[column.part] = column;
    for (const { limit, amount } of column.uses) this.left[limit] = (this.left[limit] ?? 0) - amount;
  }

  remove(part: number): void {
    const column = this.chosen[part];
    if (column === undefined) return;
    this.chosen[part] = undefined;
    for (const { limit, amount } of column.uses) this.left[limit] = (this.left[limit] ?? 0) + amount;
  }

  /** Opens a target at one of its starts, or (-1) not at all, if the budgets allow it. Says whether it did. */
  open(openable: number, start: number): boolean {
    const starts = this.model.openables[openable]?.starts ?? [];
    const before = starts[this.opened[openable] ?? -1]?.uses ?? [];
    for (const { limit, amount } of before) this.left[limit] = (this.left[limit] ?? 0) + amount;
    const uses = starts[start]?.uses ?? [];
    const possible = this.#hasRoom(uses);
    for (const { limit, amount } of possible ? uses : before) this.left[limit] = (this.left[limit] ?? 0) - amount;
    if (possible) this.opened[openable] = start;
    return possible;
  }

  /** Whether every limit, order and opening is kept: what another solver found is believed only then. */
  isKept(): boolean {
    return (
      this.left.every((left) => left >= -rounding) &&
      this.chosen.every((column) => column === undefined || (this.isInOrder(column) && this.isOpenFor(column)))
    );
  }

  /** The parts that must move and do not. */
  unplaced(): number[] {
    return this.chosen.flatMap((column, part) =>
      column === undefined && this.model.mustMove[part] === true ? [part] : [],
    );
  }

  value(): number {
    let value = this.model.base;
    for (const column of this.chosen) value += column?.gain ?? 0;
    this.opened.forEach((start, openable) => {
      value -= this.model.openables[openable]?.starts[start]?.cost ?? 0;
    });
    return value;
  }

  /** Gives up targets that cost more than they bring, and opens the others no earlier than they are needed. */
  trimOpenings(): void {
    const users = this.model.openables.map((): Column[] => []);
    for (const column of this.chosen) if (column !== undefined) users[column.openable]?.push(column);
    for (const [index, openable] of this.model.openables.entries()) {
      const start = this.opened[index] ?? -1;
      if (start < 0) continue;
      const columns = users[index] ?? [];
      const gain = columns.reduce((sum, { gain: each }) => sum + each, 0);
      const removable = columns.every(({ part }) => this.model.mustMove[part] !== true && this.isFree(part));
      if (removable && gain < (openable.starts[start]?.cost ?? 0)) {
        for (const { part } of columns) this.remove(part);
        this.open(index, -1);
        continue;
      }
      const first = Math.min(...columns.map(({ option }) => option.start));
      for (let later = openable.starts.length - 1; later > start; later -= 1) {
        if ((openable.starts[later]?.start ?? 0) + openable.quarters > first) continue;
        if (this.open(index, later)) break;
      }
    }
  }

  /** The plan, with what is to be done with every contract. */
  toPlan(): Plan {
    const { problem, options, openables } = this.model;
    const plan = { moves: [] as Plan['moves'][number][], stays: [] as Plan['stays'][number][] };
    options.forEach(({ part, staying }, place) => {
      const option = this.chosen[place]?.option;
      const steps = stepsFor(problem, part, option?.end);
      if (option === undefined) plan.stays.push({ partId: part.id, steps, value: staying ?? 0 });
      else
        plan.moves.push({
          partId: part.id,
          wayId: option.way.id,
          startQuarter: option.start,
          steps,
          value: option.value,
        });
    });
    return {
      ...plan,
      openings: openables.flatMap(({ target, starts }, index) => {
        const start = starts[this.opened[index] ?? -1];
        const targetId = problem.targets[target]?.id;
        return start === undefined || targetId === undefined ? [] : [{ targetId, startQuarter: start.start }];
      }),
      value: this.value(),
    };
  }

  #hasRoom(uses: readonly Use[]): boolean {
    for (const { limit, amount } of uses) {
      const left = this.left[limit] ?? 0;
      if (amount > left + rounding) return false;
    }
    return true;
  }
}
