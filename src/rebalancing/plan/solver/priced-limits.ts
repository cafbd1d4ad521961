import type { Model } from './model.ts';

/**
 * The limits that the relaxation prices: those of the model first, then what follows from them for whole moves. A team with
 * 39 weeks in a quarter can bear three moves of 12 weeks, not three and a quarter: divided by 12 and rounded, its limit is 3
 * (mixed-integer rounding; Nemhauser and Wolsey 1990). Every plan keeps these too, but a mixture of plans need not, so that
 * with them the relaxation proves more.
 */
export interface PricedLimits {
  /** How much there is of each. */
  readonly most: Float64Array;
  /** For each column, what kind of use of its department's and its team's work it makes (a place in `uses`), or -1. */
  readonly departmentUse: Int32Array;
  readonly teamUse: Int32Array;
  /** For each kind of use and each quarter, from where to where its entries go: place is `use * quarters + quarter`. */
  readonly entryFirst: Int32Array;
  readonly entryLimit: Int32Array;
  readonly entryAmount: Float64Array;
  /** How many kinds of use there are. */
  readonly uses: number;
}

/** A limit is rounded by so many amounts at most, those that are used most: each is one more price to be found. */
const mostDivisors = 8;

/** Finds them for a model. */
export function priceLimits(model: Model): PricedLimits {
  const { columns, limits, problem } = model;
  const { quarters } = problem;
  const most = limits.map((limit) => limit.most);
  const roundings = roundingsOf(model).map((divisors, limit) =>
    divisors.map((divisor) => ({ divisor, limit: most.push(Math.floor(roomOf(limits[limit]) / divisor)) - 1 })),
  );

  const kinds = new Map<string, number>();
  const entryFirst: number[] = [0];
  const entryLimit: number[] = [];
  const entryAmount: number[] = [];
  const kindOf = (key: string, amount: number, places: Int32Array | undefined): number => {
    if (amount <= 0 || places === undefined) return -1;
    const name = `${key} ${amount}`;
    const known = kinds.get(name);
    if (known !== undefined) return known;
    for (let quarter = 0; quarter < quarters; quarter += 1) {
      const limit = places[quarter] ?? -1;
      if (limit >= 0) {
        entryLimit.push(limit);
        entryAmount.push(amount);
        for (const { divisor, limit: rounded } of roundings[limit] ?? []) {
          const share = roundedShare(amount / divisor, roomOf(limits[limit]) / divisor);
          if (share <= 0) continue;
          entryLimit.push(rounded);
          entryAmount.push(share);
        }
      }
      entryFirst.push(entryLimit.length);
    }
    kinds.set(name, kinds.size);
    return kinds.size - 1;
  };
  const departments = new Map(problem.departments.map(({ id }, place) => [id, place]));
  const targets = new Map(problem.targets.map(({ id }, place) => [id, place]));
  const departmentUse = new Int32Array(columns.length).fill(-1);
  const teamUse = new Int32Array(columns.length).fill(-1);
  for (const { index, part, option } of columns) {
    const department = departments.get(model.options[part]?.part.departmentId ?? '') ?? -1;
    const target = targets.get(option.way.targetId) ?? -1;
    departmentUse[index] = kindOf(`d${department}`, option.way.departmentWork, model.departmentLimits[department]);
    const isLimited = (problem.targets[target]?.teamCapacity ?? null) !== null;
    teamUse[index] = kindOf(`t${target}`, option.way.teamWork, isLimited ? model.teamLimits[target] : undefined);
  }
  return {
    most: Float64Array.from(most),
    departmentUse,
    teamUse,
    entryFirst: Int32Array.from(entryFirst),
    entryLimit: Int32Array.from(entryLimit),
    entryAmount: Float64Array.from(entryAmount),
    uses: kinds.size,
  };
}

/** What plans may take: sums of fractions differ in their last digits, and so much more is allowed to them. */
function roomOf(limit: { readonly most: number } | undefined): number {
  return (limit?.most ?? 0) + 1e-6;
}

/** For each limit, by which amounts it is worth rounding. */
function roundingsOf(model: Model): number[][] {
  const weights = model.limits.map(() => new Map<number, number>());
  for (const { uses } of model.columns) {
    for (const { limit, amount } of uses) weights[limit]?.set(amount, (weights[limit].get(amount) ?? 0) + amount);
  }
  return model.limits.map((each, limit) => {
    if (each.kind === 'budget') return [];
    return [...(weights[limit] ?? [])]
      .filter(([amount]) => isWorthwhile(roomOf(each) / amount))
      .toSorted(([, one], [, other]) => other - one)
      .slice(0, mostDivisors)
      .map(([amount]) => amount);
  });
}

/** Where almost nothing is left over, or many fit, rounding says nothing new. */
function isWorthwhile(times: number): boolean {
  const left = times - Math.floor(times);
  return times >= 1 && left > 0.01 && left / times > 0.01;
}

/** What a use of so many divisors takes of a limit of so many, rounded. */
function roundedShare(amount: number, most: number): number {
  const left = most - Math.floor(most);
  const whole = Math.floor(amount);
  return whole + Math.max(0, amount - whole - left) / (1 - left);
}
