import type { Relaxation } from './relaxation.ts';

/** The search for the prices at which the relaxation proves most. It may be left and gone on with, other searches between. */
export interface PriceSearch {
  /** The least bound proven yet. */
  bound(): number;
  /**
   * Goes on for so many steps, each of which solves the relaxation once and moves the prices against what was overdrawn.
   *
   * @param known the value of the best plan known, which the bound cannot fall below.
   */
  step(steps: number, known: number): void;
  /** Sets the relaxation to the prices that proved most. */
  useBest(): void;
  /** Another search that begins at the prices that proved most, with steps of at most so long. */
  fork(pace: number): PriceSearch;
}

interface Prices {
  readonly limits: Float64Array;
  readonly edges: Float64Array;
  readonly tolls: Float64Array;
}

/** After so many steps that prove hardly more, steps become shorter; where they are too short to prove anything, long again. */
const patience = 10;
const shorter = 0.7;
const shortest = 0.002;
const longAgain = 0.3;

/** Searches from the prices that the relaxation has now. */
export function searchPrices(relaxation: Relaxation): PriceSearch {
  const { limitPrices, edgePrices, tollShares } = relaxation;
  return searchFrom(relaxation, { limits: limitPrices, edges: edgePrices, tolls: tollShares }, 1);
}

/**
 * A subgradient search: prices rise where more is taken than there is, and fall where something is left. The direction keeps
 * some of the one before (Camerini, Fratta and Maffioli), the length is Polyak's, and it shrinks where nothing gets better.
 *
 * @param firstPace how far the first steps go, as a share of Polyak's length.
 */
function searchFrom(relaxation: Relaxation, first: Prices, firstPace: number): PriceSearch {
  const { model, limitPrices, edgePrices, tollShares } = relaxation;
  const { problem } = model;
  const { most } = relaxation.limits;
  // A price is moved by the share of a limit that is overdrawn: weeks of a quarter and pounds of a year are alike then.
  const scale = most.map((each) => Math.max(each, 1e-3));
  const direction = new Float64Array(most.length + edgePrices.length);
  const gradient = new Float64Array(direction.length);
  const now = copyOf(first);
  const best = { bound: Infinity, ...copyOf(first) };
  let pace = firstPace;
  let failures = 0;
  let steps = 0;

  function keep(to: Prices): void {
    to.limits.set(limitPrices);
    to.edges.set(edgePrices);
    to.tolls.set(tollShares);
  }

  function use({ limits, edges, tolls }: Prices): void {
    limitPrices.set(limits);
    edgePrices.set(edges);
    tollShares.set(tolls);
  }

  function step(times: number, known: number): void {
    use(now);
    for (let time = 0; time < times; time += 1, steps += 1) {
      if (steps % 40 === 0) shareTolls();
      const { bound, used, broken } = relaxation.solve();
      if (bound < best.bound) {
        const better = best.bound - bound > Math.abs(bound) * 2e-5;
        best.bound = bound;
        keep(best);
        if (better) failures = 0;
        else failures += 1;
      } else failures += 1;
      if (failures >= patience) {
        failures = 0;
        pace *= shorter;
        if (pace < shortest) pace = longAgain;
        use(best);
        direction.fill(0);
        continue;
      }
      move(bound, known, used, broken);
    }
    keep(now);
  }

  function move(bound: number, known: number, used: Float64Array, broken: Float64Array): void {
    let along = 0;
    let length = 0;
    for (let index = 0; index < gradient.length; index += 1) {
      const isLimit = index < most.length;
      const overdrawn = isLimit
        ? ((used[index] ?? 0) - (most[index] ?? 0)) / (scale[index] ?? 1)
        : (broken[index - most.length] ?? 0) / problem.quarters;
      const price = isLimit ? (limitPrices[index] ?? 0) : (edgePrices[index - most.length] ?? 0);
      // A price of nothing cannot fall, so what is left over of such a limit says nothing.
      gradient[index] = price === 0 && overdrawn < 0 ? 0 : overdrawn;
      along += (gradient[index] ?? 0) * (direction[index] ?? 0);
      length += (direction[index] ?? 0) ** 2;
    }
    const keptShare = length === 0 ? 0 : along < 0 ? (-1.5 * along) / length : 0.4;
    length = 0;
    for (let index = 0; index < direction.length; index += 1) {
      direction[index] = (gradient[index] ?? 0) + keptShare * (direction[index] ?? 0);
      length += (direction[index] ?? 0) ** 2;
    }
    if (length === 0) return;
    const aim = Number.isFinite(known) ? known : bound - Math.abs(bound) * 0.05;
    const far = (pace * Math.max(bound - aim, Math.abs(bound) * 1e-5)) / length;
    for (let index = 0; index < direction.length; index += 1) {
      const by = far * (direction[index] ?? 0);
      if (index < most.length) {
        limitPrices[index] = Math.max(0, (limitPrices[index] ?? 0) + by / (scale[index] ?? 1));
      } else {
        const edge = index - most.length;
        edgePrices[edge] = Math.max(0, (edgePrices[edge] ?? 0) + by / problem.quarters);
      }
    }
  }

  /** Shares the opening of each target among those that would move there, by how much each gains from it over its next best. */
  function shareTolls(): void {
    if (model.openables.length === 0) return;
    tollShares.fill(0);
    relaxation.solve();
    const { worth } = relaxation;
    const gains = model.openables.map(() => new Map<number, number>());
    model.columnsOf.forEach((columns, part) => {
      const bestBy = new Map<number, number>();
      for (const { index, openable } of columns) {
        bestBy.set(openable, Math.max(bestBy.get(openable) ?? -Infinity, worth[index] ?? -Infinity));
      }
      for (const [openable, value] of bestBy) {
        if (openable < 0) continue;
        let other = model.mustMove[part] === true ? -Infinity : 0;
        for (const [each, otherValue] of bestBy) if (each !== openable) other = Math.max(other, otherValue);
        const gain = Math.min(value - other, Math.abs(value));
        if (gain > 0) gains[openable]?.set(part, gain);
      }
    });
    const sums = gains.map((each) => [...each.values()].reduce((sum, gain) => sum + gain, 0));
    for (const { index, openable, part } of model.columns) {
      if (openable < 0) continue;
      const gain = gains[openable]?.get(part) ?? 0;
      const sum = sums[openable] ?? 0;
      tollShares[index] = sum > 0 ? gain / sum : 0;
    }
  }

  return {
    bound: () => best.bound,
    step,
    useBest: () => use(best),
    fork: (longest) => searchFrom(relaxation, best, Math.min(longest, Math.max(pace, shortest))),
  };
}

function copyOf({ limits, edges, tolls }: Prices): Prices {
  return { limits: limits.slice(), edges: edges.slice(), tolls: tolls.slice() };
}
