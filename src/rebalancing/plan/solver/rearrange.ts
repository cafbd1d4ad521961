import { Draft } from './draft.ts';
import { binds, type Column, type Edge, type Model } from './model.ts';
import type { Relaxation } from './relaxation.ts';

/** Makes plans better by taking some moves out and putting them back otherwise, very many times. */
export interface Rearrangement {
  /** Learns from the prices of the relaxation, as they are now, which moves to try first. */
  learn(): void;
  /**
   * Rearranges a plan so many times and gives the best that it came by, which is never worse.
   *
   */
  run(draft: Draft, options: RearrangeOptions): Draft;
}

export interface RearrangeOptions {
  /** Which run it is, from 0: each is longer and warmer than the one before. */
  readonly run: number;
  /** What a move usually gains, in minor units: what a step may lose in the beginning is measured by it. */
  readonly gain: number;
  /** Asked now and then: true ends it with the best so far. */
  readonly isOver: () => boolean;
}

/** A part that must move and does not costs so much: more than any plan is worth. */
const unplacedCost = 1e15;
/** Sums of fractions differ in their last digits. */
const rounding = 1e-6;
/** How often each part is taken out in the first run, and by how much longer each later one is. */
const firstTimes = 30;
const longer = 2;
/** No run is longer than so many times: what it finds is told at its end. */
const mostTimes = 2_000_000;
/**
 * A longer run may lose more in the beginning, since it has the time to make up for it: at most so many usual gains. Measured
 * with made-up estates 1 to 4 of 300 systems: warmer runs forget what the runs before them found.
 */
const warmest = 0.3;
/** By how much of their price the limits are paid when moves are ranked: one ranking for each. */
const priceShares = [1, 0.85, 0.6, 0.3];
/** No more parts are taken out at once. */
const mostTaken = 40;

/**
 * A search of neighbouring plans (ruin and recreate, Schrimpf and others 2000): some parts that compete for the same people
 * or wait for each other are taken out, and put back one by one where they are worth most of what is left when all that they
 * take is paid at its price; what that comes to is kept if it is better, or now and then if it is not much worse (simulated
 * annealing). The same for the same draft, prices and seed.
 */
export function createRearrangement(relaxation: Relaxation, seed = 1): Rearrangement {
  const { model } = relaxation;
  const flat = flatten(model);
  const { first, gain, start, end, openable, useFirst, useLimit, useAmount } = flat;
  const partCount = model.columnsOf.length;
  const movable = model.columnsOf.flatMap((columns, part) => (columns.length > 0 ? [part] : []));
  const rivals = rivalsOf(model);
  const must = Uint8Array.from(model.mustMove, (each) => (each ? 1 : 0));

  /** For each ranking, the columns of each part from the best on, and how many of them are worth trying. */
  const rankings = priceShares.map(() => ({
    order: new Int32Array(gain.length),
    count: new Int32Array(partCount),
    score: new Float64Array(gain.length),
  }));
  let ranking = rankings[0];

  const chosen = new Int32Array(partCount).fill(-1);
  const left = new Float64Array(model.limits.length);
  const opened = new Int32Array(model.openables.length).fill(-1);
  /** From which quarter on a target is open. */
  const openFrom = new Float64Array(model.openables.length);
  const taken: number[] = [];
  const before: number[] = [];
  /** 1 for a part that has been taken out, 2 for one that has been looked at again. */
  const mark = new Uint8Array(partCount);

  // Opening a target otherwise takes out all that move to it: the more parts there are, the more seldom.
  const openingShare = model.openables.length === 0 ? 0 : Math.min(0.003, 1.5 / partCount);
  let state = seed;
  const share = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
  const pick = (things: ArrayLike<number>): number => things[Math.floor(share() * things.length)] ?? -1;

  function learn(): void {
    const { limitPrices, tollShares } = relaxation;
    const [prices, tolls] = [limitPrices.slice(), tollShares.slice()];
    tollShares.fill(0);
    rankings.forEach((each, index) => {
      const part = priceShares[index] ?? 1;
      prices.forEach((price, limit) => (limitPrices[limit] = price * part));
      rank(each);
    });
    limitPrices.set(prices);
    tollShares.set(tolls);
  }

  /**
   * A column scores by how much more all is worth with it than if its part stayed: those that wait for the part, and those
   * that it waits for, are counted in.
   */
  function rank({ order, count, score }: NonNullable<typeof ranking>): void {
    const { taken: most, staying } = relaxation.bounds();
    for (const part of movable) {
      const from = first[part] ?? 0;
      const stays = staying[part] ?? -Infinity;
      // Where a part cannot stay, its columns are measured by the best of them.
      const [base, none] = Number.isFinite(stays)
        ? [stays, 0]
        : [most.subarray(from, first[part + 1]).reduce((best, each) => Math.max(best, each), -Infinity), -Infinity];
      let worthTrying = 0;
      for (let index = from; index < (first[part + 1] ?? 0); index += 1) {
        const value = (most[index] ?? -Infinity) - base;
        score[index] = value;
        // What no plan can take at all is no number, or less than any.
        if (Number.isNaN(value) || value <= none) continue;
        let place = from + worthTrying;
        for (; place > from && (score[order[place - 1] ?? 0] ?? 0) < value; place -= 1)
          order[place] = order[place - 1] ?? 0;
        order[place] = index;
        worthTrying += 1;
      }
      count[part] = worthTrying;
    }
  }

  function run(draft: Draft, { run: number, gain: usual, isOver }: RearrangeOptions): Draft {
    const each = firstTimes * longer ** number;
    const times = Math.min(mostTimes, Math.ceil(partCount * each));
    const warmth = usual * Math.min(warmest, 0.06 * Math.sqrt(each));
    load(draft);
    let value = valueOfAll();
    let bestValue = value;
    const best = chosen.slice();
    const bestOpened = opened.slice();
    for (let time = 0; time < times; time += 1) {
      if (time % 1000 === 999 && isOver()) break;
      ranking = rankings[Math.floor(share() ** 2 * rankings.length)];
      const heat = warmth * (1 - time / times) ** 2;
      const change = share() < openingShare ? tryOpening() : tryParts();
      if (change > 0 || (change > -Infinity && change >= heat * Math.log(share()))) {
        value += change;
        if (value > bestValue + 0.5) {
          bestValue = value;
          best.set(chosen);
          bestOpened.set(opened);
        }
      } else undo();
    }
    return unload(draft, best, bestOpened);
  }

  /** Takes some parts out and puts them back. Says how much is gained; minus infinity where it broke something. */
  function tryParts(): number {
    begin();
    choose();
    return putBack();
  }

  /** Opens a target earlier or later, or gives it up. */
  function tryOpening(): number {
    begin();
    const which = Math.floor(share() * opened.length);
    const starts = model.openables[which]?.starts ?? [];
    const now = opened[which] ?? -1;
    const next =
      share() < 0.15
        ? -1
        : now < 0 || share() < 0.2
          ? Math.floor(share() * starts.length)
          : now + (share() < 0.5 ? 1 : -1);
    if (next === now || next >= starts.length) return -Infinity;
    const from = next < 0 ? Infinity : (starts[next]?.start ?? 0) + (model.openables[which]?.quarters ?? 0);
    for (const part of rivals.ofOpenable[which] ?? []) {
      const column = chosen[part] ?? -1;
      const isUser = column >= 0 && openable[column] === which;
      if (isUser ? (start[column] ?? 0) < from || share() < 0.3 : next >= 0 && now < 0 && share() < 0.3)
        take(part, Infinity);
    }
    const cost = setOpening(which, next);
    if (cost === -Infinity) return -Infinity;
    return putBack() + cost;
  }

  let openingBefore: readonly [which: number, start: number] | undefined;
  function begin(): void {
    for (const part of taken) mark[part] = 0;
    taken.length = 0;
    before.length = 0;
    openingBefore = undefined;
  }

  /** Says what is gained by it, or minus infinity where a budget does not allow it. */
  function setOpening(which: number, next: number): number {
    const target = model.openables[which];
    const now = opened[which] ?? -1;
    openingBefore = [which, now];
    const [old, coming] = [target?.starts[now], target?.starts[next]];
    for (const { limit, amount } of old?.uses ?? []) left[limit] = (left[limit] ?? 0) + amount;
    for (const { limit, amount } of coming?.uses ?? []) left[limit] = (left[limit] ?? 0) - amount;
    opened[which] = next;
    openFrom[which] = coming === undefined ? Infinity : coming.start + (target?.quarters ?? 0);
    const isWithin = (coming?.uses ?? []).every(({ limit }) => (left[limit] ?? 0) >= -rounding);
    return isWithin ? (old?.cost ?? 0) - (coming?.cost ?? 0) : -Infinity;
  }

  /** Which parts to take out: of those that compete in the same quarters, that wait for each other, or any. */
  function choose(): void {
    const many = 2 + Math.floor(share() ** 2 * 36);
    const centre = pick(movable);
    const column = chosen[centre] ?? -1;
    take(centre, mostTaken);
    const kind = share();
    if (kind < 0.12) {
      takeNeighbours(many);
      return;
    }
    const bestColumn = ranking?.order[first[centre] ?? 0] ?? -1;
    const about = column < 0 || share() < 0.4 ? bestColumn : column;
    const quarter = about < 0 ? 0 : (start[about] ?? 0);
    const pool =
      kind < 0.62
        ? rivals.ofDepartment[flat.department[centre] ?? 0]
        : kind < 0.88
          ? rivals.ofTarget[about < 0 ? 0 : (flat.target[about] ?? 0)]
          : movable;
    if (pool === undefined || pool.length === 0) return;
    const reach = 1 + Math.floor(share() * 3);
    for (let tries = many * 6; tries > 0 && taken.length < many; tries -= 1) {
      const part = pick(pool);
      if (mark[part] !== 0) continue;
      const its = chosen[part] ?? -1;
      // In the way in these quarters, or not where it would like to be.
      const isNear = its >= 0 && (start[its] ?? 0) < quarter + reach && (end[its] ?? 0) > quarter - reach;
      if (
        isNear ||
        (its !== (ranking?.order[first[part] ?? 0] ?? -1) && (ranking?.count[part] ?? 0) > 0 && share() < 0.3)
      )
        take(part, mostTaken);
    }
  }

  function takeNeighbours(many: number): void {
    for (let place = 0; place < taken.length && taken.length < many; place += 1) {
      const part = taken[place] ?? 0;
      for (const { before: other } of model.edgesAfter[part] ?? []) if (taken.length < many) take(other, mostTaken);
      for (const { after: other } of model.edgesBefore[part] ?? []) if (taken.length < many) take(other, mostTaken);
    }
  }

  /** Takes a part out, and before it those that have moved because it has. */
  function take(part: number, most: number): void {
    if (mark[part] !== 0 || taken.length >= most) return;
    mark[part] = 1;
    taken.push(part);
    before.push(chosen[part] ?? -1);
    const edges = flat.edgesBefore[part];
    if (edges !== undefined && chosen[part] !== -1) {
      if (edges.length <= 12) {
        for (const edge of edges) if (isBound(edge, chosen[edge.after] ?? -1)) take(edge.after, most);
      }
    }
    release(part);
  }

  function isBound(edge: FlatEdge, column: number): boolean {
    return column >= 0 && (edge.bound === undefined || edge.bound[column - (first[edge.after] ?? 0)] === 1);
  }

  function release(part: number): void {
    const column = chosen[part] ?? -1;
    if (column < 0) return;
    chosen[part] = -1;
    for (let use = useFirst[column] ?? 0; use < (useFirst[column + 1] ?? 0); use += 1) {
      const limit = useLimit[use] ?? 0;
      left[limit] = (left[limit] ?? 0) + (useAmount[use] ?? 0);
    }
  }

  function occupy(part: number, column: number): void {
    chosen[part] = column;
    for (let use = useFirst[column] ?? 0; use < (useFirst[column + 1] ?? 0); use += 1) {
      const limit = useLimit[use] ?? 0;
      left[limit] = (left[limit] ?? 0) - (useAmount[use] ?? 0);
    }
  }

  const sortKey = new Float64Array(partCount);
  function putBack(): number {
    let change = 0;
    for (let place = 0; place < taken.length; place += 1) {
      const part = taken[place] ?? 0;
      const column = before[place] ?? -1;
      change -= column >= 0 ? (gain[column] ?? 0) : must[part] === 1 ? -unplacedCost : 0;
    }
    const order = taken.slice();
    for (const part of order) {
      const top = ranking?.order[first[part] ?? 0] ?? 0;
      sortKey[part] = must[part] === 1 ? Infinity : (ranking?.score[top] ?? 0) * (0.7 + 0.6 * share());
    }
    order.sort((one, other) => (sortKey[other] ?? 0) - (sortKey[one] ?? 0));
    for (const part of order) insert(part);
    // What was moved only for others that have not moved after all goes back.
    for (let place = order.length - 1; place >= 0; place -= 1) {
      const part = order[place] ?? 0;
      const column = chosen[part] ?? -1;
      if (column >= 0 && must[part] !== 1 && (gain[column] ?? 0) < 0 && isFree(part)) release(part);
    }
    for (const part of order) {
      const column = chosen[part] ?? -1;
      if (column >= 0) change += gain[column] ?? 0;
      else if (!isFree(part)) return -Infinity;
      else if (must[part] === 1) change -= unplacedCost;
    }
    return change;
  }

  function insert(part: number): void {
    if (mark[part] !== 1) return;
    mark[part] = 2;
    for (const edge of flat.edgesAfter[part] ?? []) if (mark[edge.before] === 1) insert(edge.before);
    if (ranking === undefined) return;
    const from = first[part] ?? 0;
    const until = from + (ranking.count[part] ?? 0);
    for (let place = from; place < until; place += 1) {
      const column = ranking.order[place] ?? 0;
      if (!fits(part, column)) continue;
      // Now and then the second best, so that not always the same comes of it.
      if (share() < 0.04) continue;
      occupy(part, column);
      return;
    }
  }

  function fits(part: number, column: number): boolean {
    const target = openable[column] ?? -1;
    if (target >= 0 && (openFrom[target] ?? 0) > (start[column] ?? 0)) return false;
    for (let use = useFirst[column] ?? 0; use < (useFirst[column + 1] ?? 0); use += 1) {
      if ((useAmount[use] ?? 0) > (left[useLimit[use] ?? 0] ?? 0) + rounding) return false;
    }
    const after = flat.edgesAfter[part];
    if (after !== undefined) {
      for (const edge of after) {
        if (!isBound(edge, column)) continue;
        const other = chosen[edge.before] ?? -1;
        if (other < 0 || (end[other] ?? 0) + edge.lag > (start[column] ?? 0)) return false;
      }
    }
    const earlier = flat.edgesBefore[part];
    if (earlier !== undefined) {
      for (const edge of earlier) {
        const other = chosen[edge.after] ?? -1;
        if (isBound(edge, other) && (end[column] ?? 0) + edge.lag > (start[other] ?? 0)) return false;
      }
    }
    return true;
  }

  /** Whether nobody who has moved waits for it. */
  function isFree(part: number): boolean {
    const edges = flat.edgesBefore[part];
    if (edges === undefined) return true;
    for (const edge of edges) if (isBound(edge, chosen[edge.after] ?? -1)) return false;
    return true;
  }

  function undo(): void {
    for (const part of taken) release(part);
    if (openingBefore !== undefined) setOpening(...openingBefore);
    taken.forEach((part, place) => {
      const column = before[place] ?? -1;
      if (column >= 0) occupy(part, column);
    });
  }

  function load(draft: Draft): void {
    draft.chosen.forEach((column, part) => (chosen[part] = column?.index ?? -1));
    left.set(draft.left);
    opened.set(draft.opened);
    opened.forEach((at, which) => {
      const target = model.openables[which];
      openFrom[which] = (target?.starts[at]?.start ?? Infinity) + (target?.quarters ?? 0);
    });
    mark.fill(0);
    taken.length = 0;
  }

  function valueOfAll(): number {
    let value = model.base;
    for (let part = 0; part < partCount; part += 1) {
      const column = chosen[part] ?? -1;
      if (column >= 0) value += gain[column] ?? 0;
      else if (must[part] === 1) value -= unplacedCost;
    }
    opened.forEach((at, which) => (value -= model.openables[which]?.starts[at]?.cost ?? 0));
    return value;
  }

  function unload(draft: Draft, best: Int32Array, bestOpened: Int32Array): Draft {
    const result = new Draft(model);
    bestOpened.forEach((at, which) => at >= 0 && result.open(which, at));
    best.forEach((column) => {
      const found: Column | undefined = model.columns[column];
      if (found !== undefined) result.place(found);
    });
    if (!result.isKept()) return draft;
    result.trimOpenings();
    return result;
  }

  return { learn, run };
}

interface FlatEdge {
  readonly before: number;
  readonly after: number;
  readonly lag: number;
  /** For the later part's columns, in their order, whether they are bound; undefined where all are. */
  readonly bound: Uint8Array | undefined;
}

/** The columns as arrays of numbers, and the dependencies of the parts that have some. */
function flatten(model: Model) {
  const { columns, columnsOf } = model;
  const first = new Int32Array(columnsOf.length + 1);
  columnsOf.forEach((ofPart, part) => (first[part + 1] = (first[part] ?? 0) + ofPart.length));
  const useFirst = new Int32Array(columns.length + 1);
  columns.forEach(({ uses }, index) => (useFirst[index + 1] = (useFirst[index] ?? 0) + uses.length));
  const uses = columns.flatMap((column) => column.uses);
  const targets = new Map(model.problem.targets.map(({ id }, place) => [id, place]));
  const departments = new Map(model.problem.departments.map(({ id }, place) => [id, place]));
  const flatEdges = new Map<Edge, FlatEdge>(
    model.edges.map((edge) => [
      edge,
      {
        before: edge.before,
        after: edge.after,
        lag: edge.lag,
        bound:
          edge.ways === null
            ? undefined
            : Uint8Array.from(columnsOf[edge.after] ?? [], (column) => (binds(edge, column) ? 1 : 0)),
      },
    ]),
  );
  const flattenEdges = (edges: readonly Edge[]): readonly FlatEdge[] | undefined =>
    edges.length === 0 ? undefined : edges.flatMap((edge) => flatEdges.get(edge) ?? []);
  return {
    first,
    gain: Float64Array.from(columns, (column) => column.gain),
    start: Int32Array.from(columns, ({ option }) => option.start),
    end: Int32Array.from(columns, ({ option }) => option.end),
    openable: Int32Array.from(columns, (column) => column.openable),
    target: Int32Array.from(columns, ({ option }) => targets.get(option.way.targetId) ?? 0),
    department: Int32Array.from(model.options, ({ part }) => departments.get(part.departmentId) ?? 0),
    useFirst,
    useLimit: Int32Array.from(uses, ({ limit }) => limit),
    useAmount: Float64Array.from(uses, ({ amount }) => amount),
    edgesAfter: model.edgesAfter.map(flattenEdges),
    edgesBefore: model.edgesBefore.map(flattenEdges),
  };
}

/** The parts that can move of each department, to each target, and to each target that has to be opened. */
function rivalsOf({ columnsOf, options, problem, openables }: Model) {
  const ofDepartment = problem.departments.map(({ id }) =>
    columnsOf.flatMap((columns, part) => (columns.length > 0 && options[part]?.part.departmentId === id ? [part] : [])),
  );
  const ofTarget = problem.targets.map(({ id }) =>
    columnsOf.flatMap((columns, part) => (columns.some(({ option }) => option.way.targetId === id) ? [part] : [])),
  );
  return { ofDepartment, ofTarget, ofOpenable: openables.map(({ target }) => ofTarget[target] ?? []) };
}

/** What a move gains on average if each part makes its best: by this it is measured what may be lost while plans are rearranged. */
export function usualGain(model: Model): number {
  const gains = model.columnsOf
    .map((columns) => columns.reduce((most, { gain }) => Math.max(most, gain), 0))
    .filter((gain) => gain > 0);
  return gains.reduce((sum, gain) => sum + gain, 0) / Math.max(1, gains.length);
}
