import { growForest } from './forest.ts';
import { binds, type Column, type Edge, type Model, type Openable } from './model.ts';
import { priceLimits, type PricedLimits } from './priced-limits.ts';

/**
 * The model without its limits: whatever takes of a limit pays a price for it instead. What is left falls into trees of
 * parts that wait for each other, and each of these is solved exactly by going once from its leaves to its root and back.
 *
 * At any prices of at least 0 the result is a proven upper bound (Lagrangian duality): a plan that keeps all limits pays
 * no more than the limits are worth, so it is worth at most what is found here. Three kinds of constraints are priced:
 *
 * - limits (work in a quarter, a year's budget), at `prices.limits` for each unit;
 * - dependencies that would close a circle in the tree, at `prices.edges` for each quarter in which they could be broken;
 * - opening a target: each part that moves there pays its `tollShares` of the cheapest opening in time. Shares of one
 *   target add up to no more than 1, so all that move there pay no more than the opening costs.
 */
export interface Relaxation {
  readonly model: Model;
  /** What is priced. The limits of the model come first. */
  readonly limits: PricedLimits;
  /** For each of these limits, minor units for a unit of it. */
  readonly limitPrices: Float64Array;
  /** For each dependency outside the trees and each quarter. */
  readonly edgePrices: Float64Array;
  /** For each column, the share of its target's opening that its part pays. */
  readonly tollShares: Float64Array;
  /** For each target that has to be opened, what is decided about it. */
  readonly openings: Decision[];
  /** 0 for a column that no best plan needs. */
  readonly alive: Uint8Array;
  /** Solves it at the prices as they are. */
  solve(): Relaxed;
  /**
   * For each column the bound if it had to be taken, at the prices of the last `solve`, and for each part the bound if it
   * had to stay: what lies below a known plan can be left out for good.
   */
  bounds(): { readonly taken: Float64Array; readonly staying: Float64Array };
  /** For each column what it is worth when what it takes has been paid for, at the prices of the last `solve`. */
  readonly worth: Float64Array;
  /** How many dependencies lie outside the trees. */
  readonly looseEdges: readonly Edge[];
}

/**
 * What is decided about opening a target: between which of its starts (places in `starts`, both included), and whether it
 * may also never be opened. Where it may not, what opening costs at least is counted for sure, and only what opening earlier
 * costs more is left for the parts to pay. Every plan is in one of the decisions that a decision is split into, so the
 * greatest of their bounds is one of all plans, and often much less than the bound where nothing is decided.
 */
export interface Decision {
  readonly earliest: number;
  readonly latest: number;
  readonly mayStayShut: boolean;
}

export interface Relaxed {
  /** No plan is worth more. */
  readonly bound: number;
  /** For each part the column that the relaxation takes, or -1. */
  readonly chosen: Int32Array;
  /** For each limit, how much of it that takes, openings included. */
  readonly used: Float64Array;
  /** For each loose dependency and quarter, by how much it is broken (below 0: kept with room). */
  readonly broken: Float64Array;
}

export function createRelaxation(model: Model): Relaxation {
  const { columns, problem, openables } = model;
  const { quarters } = problem;
  const limits = priceLimits(model);
  const { entryFirst, entryLimit, entryAmount } = limits;
  const count = columns.length;
  const partCount = model.columnsOf.length;
  const flat = flatten(model, limits);
  const budgetOf = Int32Array.from(
    { length: quarters },
    (_, quarter) => model.budgetLimits.get(Math.floor(quarter / 4)) ?? -1,
  );
  const { first, gain, start, end, spread, atEnd, openable } = flat;
  const forest = growForest(model);
  const looseEdges = forest.loose;

  const limitPrices = new Float64Array(limits.most.length);
  const edgePrices = new Float64Array(looseEdges.length * quarters);
  const tollShares = new Float64Array(count);
  const alive = new Uint8Array(count).fill(1);
  const worth = new Float64Array(count);
  /** The best of a part's branch with each of its columns, and with none; filled from the leaves. */
  const withColumn = new Float64Array(count);
  const withNone = new Float64Array(partCount);
  const chosen = new Int32Array(partCount);
  const used = new Float64Array(limits.most.length);
  const broken = new Float64Array(edgePrices.length);
  const width = quarters + 2;
  /** What a part's branch adds to each column of its parent, before it was added: for going back down. */
  const sums = {
    /** For each kind of use, and one more that costs nothing. */
    uses: new Float64Array((limits.uses + 1) * width),
    budget: new Float64Array(width),
    budgetAt: new Float64Array(width),
  };
  const tolls = new Float64Array(openables.length * width);
  const tollStarts = new Int32Array(openables.length * width);
  const openings: Decision[] = openables.map(undecided);
  /** What an opening that is decided costs at least, and from which start on. */
  const surely = new Float64Array(openables.length);
  const surelyStart = new Int32Array(openables.length).fill(-1);
  const best = new Float64Array(width * 2 + quarters);

  function solve(): Relaxed {
    priceColumns();
    let bound = model.base;
    for (let limit = 0; limit < limitPrices.length; limit += 1) {
      bound += (limitPrices[limit] ?? 0) * (limits.most[limit] ?? 0);
    }
    for (const cost of surely) bound -= cost;
    climb();
    for (const root of forest.roots) bound += bestOf(root);
    descend();
    measure();
    return { bound, chosen, used, broken };
  }

  /** What each column is worth when everything that it takes has been paid. */
  function priceColumns(): void {
    sumPrices();
    for (let index = 0; index < count; index += 1) {
      const opening = openable[index] ?? -1;
      if (alive[index] === 0 || (opening >= 0 && (tollStarts[opening * width + (start[index] ?? 0)] ?? -1) < 0)) {
        worth[index] = -Infinity;
        continue;
      }
      const from = start[index] ?? 0;
      const to = end[index] ?? 0;
      const ofDepartment = (flat.departmentUse[index] ?? 0) * width;
      const ofTeam = (flat.teamUse[index] ?? 0) * width;
      let value = gain[index] ?? 0;
      value -= (sums.uses[ofDepartment + to] ?? 0) - (sums.uses[ofDepartment + from] ?? 0);
      value -= (sums.uses[ofTeam + to] ?? 0) - (sums.uses[ofTeam + from] ?? 0);
      value -= (spread[index] ?? 0) * ((sums.budget[to] ?? 0) - (sums.budget[from] ?? 0));
      value -= (atEnd[index] ?? 0) * (sums.budgetAt[to - 1] ?? 0);
      if (opening >= 0) value -= (tollShares[index] ?? 0) * (tolls[opening * width + from] ?? 0);
      worth[index] = value;
    }
    looseEdges.forEach((edge, place) => {
      const prices = edgePrices.subarray(place * quarters, (place + 1) * quarters);
      const after = new Float64Array(quarters + 1);
      for (let quarter = quarters - 1; quarter >= 0; quarter -= 1) {
        after[quarter] = (after[quarter + 1] ?? 0) + (prices[quarter] ?? 0);
      }
      for (const column of model.columnsOf[edge.after] ?? []) {
        if (binds(edge, column)) worth[column.index] = (worth[column.index] ?? 0) - (after[column.option.start] ?? 0);
      }
      for (const column of model.columnsOf[edge.before] ?? []) {
        const from = column.option.end + edge.lag;
        if (from < quarters) worth[column.index] = (worth[column.index] ?? 0) + (after[from] ?? 0);
      }
    });
  }

  function sumPrices(): void {
    for (let use = 0; use < limits.uses; use += 1) sumUp(use);
    for (let quarter = 0; quarter < quarters; quarter += 1) {
      const price = limitPrices[budgetOf[quarter] ?? -1] ?? 0;
      sums.budgetAt[quarter] = price;
      sums.budget[quarter + 1] = (sums.budget[quarter] ?? 0) + price;
    }
    openables.forEach((each, index) => {
      let least = Infinity;
      let leastStart = -1;
      const decision = openings[index] ?? undecided(each);
      let next = decision.earliest;
      for (let quarter = 0; quarter <= quarters; quarter += 1) {
        for (
          ;
          next <= decision.latest && (each.starts[next]?.start ?? Infinity) + each.quarters <= quarter;
          next += 1
        ) {
          const at = each.starts[next];
          if (at === undefined) break;
          let cost = at.cost;
          for (const { limit, amount } of at.uses) cost += amount * (limitPrices[limit] ?? 0);
          if (cost < least) [least, leastStart] = [cost, next];
        }
        tolls[index * width + quarter] = least === Infinity ? 0 : least;
        tollStarts[index * width + quarter] = leastStart;
      }
      surely[index] = 0;
      surelyStart[index] = -1;
      if (decision.mayStayShut || least === Infinity) return;
      surely[index] = least;
      surelyStart[index] = leastStart;
      for (let quarter = 0; quarter <= quarters; quarter += 1) {
        const at = index * width + quarter;
        if ((tollStarts[at] ?? -1) >= 0) tolls[at] = (tolls[at] ?? 0) - least;
      }
    });
  }

  /** What a kind of use costs from the first quarter on until before each. */
  function sumUp(use: number): void {
    let sum = 0;
    for (let quarter = 0; quarter < quarters; quarter += 1) {
      const place = use * quarters + quarter;
      for (let entry = entryFirst[place] ?? 0; entry < (entryFirst[place + 1] ?? 0); entry += 1) {
        sum += (entryAmount[entry] ?? 0) * (limitPrices[entryLimit[entry] ?? 0] ?? 0);
      }
      sums.uses[use * width + quarter + 1] = sum;
    }
  }

  /** From the leaves to the roots: what each part's branch is worth with each of its columns. */
  function climb(): void {
    withColumn.set(worth);
    for (let part = 0; part < partCount; part += 1) withNone[part] = model.mustMove[part] === true ? -Infinity : 0;
    for (let place = forest.order.length - 1; place >= 0; place -= 1) {
      const part = forest.order[place] ?? 0;
      const parent = forest.parent[part] ?? -1;
      if (parent >= 0) addToParent(part, parent);
    }
  }

  /** Adds to every column of the parent the best of this part's branch that is allowed beside it. */
  function addToParent(part: number, parent: number): void {
    const lag = forest.lag[part] ?? 0;
    const free = tabulate(part);
    if (forest.isAfter[part] === 1) {
      for (let index = first[parent] ?? 0; index < (first[parent + 1] ?? 0); index += 1) {
        const bound = best[Math.min((end[index] ?? 0) + lag, width - 1)] ?? -Infinity;
        withColumn[index] = (withColumn[index] ?? 0) + (bound > free ? bound : free);
      }
      withNone[parent] = (withNone[parent] ?? 0) + free;
      return;
    }
    const bound = forest.bound[part];
    for (let index = first[parent] ?? 0; index < (first[parent + 1] ?? 0); index += 1) {
      const until = (start[index] ?? 0) - lag;
      const isBound = bound === undefined || bound[index - (first[parent] ?? 0)] === 1;
      const add = isBound ? (until < 0 ? -Infinity : (best[until] ?? -Infinity)) : free;
      withColumn[index] = (withColumn[index] ?? 0) + add;
    }
    withNone[parent] = (withNone[parent] ?? 0) + free;
  }

  /**
   * Fills `best`: for a part that waits for its parent, the best bound column that begins in that quarter or later; for one
   * that its parent waits for, the best column that has ended by then.
   *
   * @returns the best where the parent asks nothing.
   */
  function tabulate(part: number): number {
    best.fill(-Infinity, 0, width);
    let free = withNone[part] ?? 0;
    const from = first[part] ?? 0;
    const to = first[part + 1] ?? 0;
    if (forest.isAfter[part] === 1) {
      const bound = forest.bound[part];
      for (let index = from; index < to; index += 1) {
        const value = withColumn[index] ?? -Infinity;
        if (bound === undefined || bound[index - from] === 1) {
          const at = start[index] ?? 0;
          if (value > (best[at] ?? 0)) best[at] = value;
        } else if (value > free) free = value;
      }
      for (let quarter = width - 2; quarter >= 0; quarter -= 1) {
        if ((best[quarter + 1] ?? 0) > (best[quarter] ?? 0)) best[quarter] = best[quarter + 1] ?? 0;
      }
      return free;
    }
    for (let index = from; index < to; index += 1) {
      const value = withColumn[index] ?? -Infinity;
      if (value > free) free = value;
      const at = end[index] ?? 0;
      if (value > (best[at] ?? 0)) best[at] = value;
    }
    for (let quarter = 1; quarter < width; quarter += 1) {
      if ((best[quarter - 1] ?? 0) > (best[quarter] ?? 0)) best[quarter] = best[quarter - 1] ?? 0;
    }
    return free;
  }

  function bestOf(part: number): number {
    let value = withNone[part] ?? 0;
    for (let index = first[part] ?? 0; index < (first[part + 1] ?? 0); index += 1) {
      if ((withColumn[index] ?? 0) > value) value = withColumn[index] ?? 0;
    }
    return value;
  }

  /** From the roots to the leaves: which column each part takes, given its parent's. */
  function descend(): void {
    for (const part of forest.order) {
      const parent = forest.parent[part] ?? -1;
      let least = 0;
      let most = Infinity;
      let mayStay = true;
      const above = parent < 0 ? -1 : (chosen[parent] ?? -1);
      const bound = forest.bound[part];
      const lag = forest.lag[part] ?? 0;
      const isAfter = forest.isAfter[part] === 1;
      if (parent >= 0 && isAfter) least = above < 0 ? Infinity : (end[above] ?? 0) + lag;
      else if (above >= 0 && (bound === undefined || bound[above - (first[parent] ?? 0)] === 1)) {
        most = (start[above] ?? 0) - lag;
        mayStay = false;
      }
      let value = mayStay ? (withNone[part] ?? 0) : -Infinity;
      let found = -1;
      const from = first[part] ?? 0;
      for (let index = from; index < (first[part + 1] ?? 0); index += 1) {
        if ((withColumn[index] ?? 0) <= value || (end[index] ?? 0) > most) continue;
        const isBound = isAfter && (bound === undefined || bound[index - from] === 1);
        if (isBound && (start[index] ?? 0) < least) continue;
        value = withColumn[index] ?? 0;
        found = index;
      }
      chosen[part] = found;
    }
  }

  /** How much of each limit was taken, and by how much loose dependencies are broken. */
  function measure(): void {
    used.fill(0);
    broken.fill(0);
    for (let part = 0; part < partCount; part += 1) {
      const column = columns[chosen[part] ?? -1];
      if (column === undefined) continue;
      measureColumn(column.index);
      if (column.openable < 0) continue;
      const opening =
        openables[column.openable]?.starts[tollStarts[column.openable * width + column.option.start] ?? -1];
      const share = tollShares[column.index] ?? 0;
      for (const { limit, amount } of opening?.uses ?? []) used[limit] = (used[limit] ?? 0) + amount * share;
      const sure = openables[column.openable]?.starts[surelyStart[column.openable] ?? -1];
      for (const { limit, amount } of sure?.uses ?? []) used[limit] = (used[limit] ?? 0) - amount * share;
    }
    openables.forEach(({ starts }, index) => {
      for (const { limit, amount } of starts[surelyStart[index] ?? -1]?.uses ?? []) {
        used[limit] = (used[limit] ?? 0) + amount;
      }
    });
    looseEdges.forEach((edge, place) => {
      const after = columns[chosen[edge.after] ?? -1];
      if (after === undefined || !binds(edge, after)) return;
      const before = columns[chosen[edge.before] ?? -1];
      const kept = before === undefined ? Infinity : before.option.end + edge.lag;
      for (let quarter = after.option.start; quarter < quarters; quarter += 1) broken[place * quarters + quarter] = 1;
      for (let quarter = kept; quarter < quarters; quarter += 1) {
        broken[place * quarters + quarter] = (broken[place * quarters + quarter] ?? 0) - 1;
      }
    });
  }

  function measureColumn(index: number): void {
    const last = (end[index] ?? 0) - 1;
    for (let quarter = start[index] ?? 0; quarter <= last; quarter += 1) {
      measureUse(flat.departmentUse[index] ?? 0, quarter);
      measureUse(flat.teamUse[index] ?? 0, quarter);
      const budget = budgetOf[quarter] ?? -1;
      if (budget >= 0)
        used[budget] = (used[budget] ?? 0) + (spread[index] ?? 0) + (quarter === last ? (atEnd[index] ?? 0) : 0);
    }
  }

  function measureUse(use: number, quarter: number): void {
    if (use === limits.uses) return;
    const place = use * quarters + quarter;
    for (let entry = entryFirst[place] ?? 0; entry < (entryFirst[place + 1] ?? 0); entry += 1) {
      const limit = entryLimit[entry] ?? 0;
      used[limit] = (used[limit] ?? 0) + (entryAmount[entry] ?? 0);
    }
  }

  function bounds(): { taken: Float64Array; staying: Float64Array } {
    const { bound } = solve();
    const taken = new Float64Array(count).fill(-Infinity);
    const staying = new Float64Array(partCount).fill(-Infinity);
    // Where there is no plan at all at these decisions, nothing can be taken: the difference of two infinities is no number.
    if (bound === -Infinity) return { taken, staying };
    // What is above a part in its tree, without the part's own branch, is found by going down once more.
    const aboveColumn = new Float64Array(count);
    const aboveNone = new Float64Array(partCount);
    for (const part of forest.order) {
      const parent = forest.parent[part] ?? -1;
      if (parent >= 0) lookUp(part, parent, { aboveColumn, aboveNone });
      const rest = bound - bestOf(forest.root[part] ?? part);
      for (let index = first[part] ?? 0; index < (first[part + 1] ?? 0); index += 1) {
        taken[index] = rest + (withColumn[index] ?? 0) + (aboveColumn[index] ?? 0);
      }
      staying[part] = rest + (withNone[part] ?? 0) + (aboveNone[part] ?? 0);
    }
    return { taken, staying };
  }

  /** What lies above a part's branch, for each of its columns and for staying. */
  function lookUp(
    part: number,
    parent: number,
    { aboveColumn, aboveNone }: { aboveColumn: Float64Array; aboveNone: Float64Array },
  ): void {
    const lag = forest.lag[part] ?? 0;
    const isAfter = forest.isAfter[part] === 1;
    const free = tabulate(part);
    const branch = best.slice(0, width);
    const bound = forest.bound[part];
    const parentFirst = first[parent] ?? 0;
    // For each column of the parent: its tree without this branch.
    const reach = new Float64Array(width).fill(-Infinity);
    let unasked = -Infinity;
    const noneWithout = (withNone[parent] ?? 0) + (aboveNone[parent] ?? 0) - free;
    if (noneWithout > unasked) unasked = noneWithout;
    for (let index = parentFirst; index < (first[parent + 1] ?? 0); index += 1) {
      const whole = (withColumn[index] ?? -Infinity) + (aboveColumn[index] ?? 0);
      if (isAfter) {
        const asked = branch[Math.min((end[index] ?? 0) + lag, width - 1)] ?? -Infinity;
        const without = whole - Math.max(asked, free);
        if (without > unasked) unasked = without;
        const from = Math.min((end[index] ?? 0) + lag, width - 1);
        if (without > (reach[from] ?? 0)) reach[from] = without;
      } else if (bound === undefined || bound[index - parentFirst] === 1) {
        const until = (start[index] ?? 0) - lag;
        if (until < 0) continue;
        const asked = branch[until] ?? -Infinity;
        // Where this branch made the column impossible, nothing is known of the rest: it stays impossible.
        const without = asked === -Infinity ? -Infinity : whole - asked;
        if (without > (reach[until] ?? 0)) reach[until] = without;
      } else {
        const without = whole - free;
        if (without > unasked) unasked = without;
      }
    }
    if (isAfter) {
      for (let quarter = 1; quarter < width; quarter += 1)
        reach[quarter] = Math.max(reach[quarter] ?? 0, reach[quarter - 1] ?? 0);
    } else {
      for (let quarter = width - 2; quarter >= 0; quarter -= 1)
        reach[quarter] = Math.max(reach[quarter] ?? 0, reach[quarter + 1] ?? 0);
    }
    const from = first[part] ?? 0;
    for (let index = from; index < (first[part + 1] ?? 0); index += 1) {
      if (!isAfter) aboveColumn[index] = Math.max(unasked, reach[end[index] ?? 0] ?? -Infinity);
      else if (bound === undefined || bound[index - from] === 1)
        aboveColumn[index] = reach[start[index] ?? 0] ?? -Infinity;
      else aboveColumn[index] = unasked;
    }
    aboveNone[part] = unasked;
  }

  return {
    model,
    limits,
    limitPrices,
    edgePrices,
    tollShares,
    openings,
    alive,
    worth,
    looseEdges,
    solve,
    bounds,
  };
}

/** Nothing decided: at any of its starts, or never. */
export function undecided({ starts }: Openable): Decision {
  return { earliest: 0, latest: starts.length - 1, mayStayShut: true };
}

/** The columns as arrays of numbers: an object for each would take ten times as long to go through. */
function flatten(model: Model, limits: PricedLimits) {
  const { columns } = model;
  const count = columns.length;
  const flat = {
    first: new Int32Array(model.columnsOf.length + 1),
    gain: new Float64Array(count),
    start: new Int32Array(count),
    end: new Int32Array(count),
    departmentUse: limits.departmentUse.map((use) => (use < 0 ? limits.uses : use)),
    teamUse: limits.teamUse.map((use) => (use < 0 ? limits.uses : use)),
    spread: new Float64Array(count),
    atEnd: new Float64Array(count),
    openable: new Int32Array(count),
  };
  let next = 0;
  model.columnsOf.forEach((ofPart, part) => {
    flat.first[part] = next;
    next += ofPart.length;
  });
  flat.first[model.columnsOf.length] = next;
  const fill = ({ index, gain, openable, option: { way, start, end } }: Column): void => {
    flat.gain[index] = gain;
    flat.start[index] = start;
    flat.end[index] = end;
    flat.spread[index] = way.movingCost / way.quarters;
    flat.atEnd[index] = way.exitFee;
    flat.openable[index] = openable;
  };
  columns.forEach(fill);
  return flat;
}
