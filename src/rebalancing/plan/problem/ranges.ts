/** How far the estimates of a way may be wrong: what draws are made from. All numbers are shares: 1 is the estimate itself. */
export interface EstimateRange {
  readonly moving: Spread;
  /** Of what a year on the target costs. */
  readonly yearly: Spread;
  /** How likely it is that a move ends one, two and three quarters late. */
  readonly late: readonly number[];
}

/** The three points of a triangle. */
export interface Spread {
  readonly least: number;
  readonly likeliest: number;
  readonly most: number;
}

/** Of a way that states no range: six moves in ten are on time, moving costs rather more, and a year what was estimated. */
export const usualRange: EstimateRange = {
  moving: { least: 0.9, likeliest: 1.05, most: 1.7 },
  yearly: { least: 1, likeliest: 1, most: 1 },
  late: [0.25, 0.1, 0.05],
};

/** How many quarters late, for a share of all the outcomes that there can be, from 0 until before 1. */
export function pickDelay({ late }: EstimateRange, share: number): number {
  let left = share - (1 - late.reduce((sum, chance) => sum + chance, 0));
  if (left < 0) return 0;
  for (const [index, chance] of late.entries()) {
    left -= chance;
    if (left < 0) return index + 1;
  }
  return 0;
}

/** The outcome that a share of all outcomes lies below. */
export function pickOutcome({ least, likeliest, most }: Spread, share: number): number {
  if (most <= least) return least;
  const turn = (likeliest - least) / (most - least);
  return share < turn
    ? least + Math.sqrt(share * (most - least) * (likeliest - least))
    : most - Math.sqrt((1 - share) * (most - least) * (most - likeliest));
}

/** Whether outcomes differ at all. */
export function isOpen({ least, most }: Spread): boolean {
  return most > least;
}

/** Whether a range can be drawn from. */
export function isRange({ moving, yearly, late }: EstimateRange): boolean {
  const inOrder = [moving, yearly].every(
    ({ least, likeliest, most }) => least >= 0 && least <= likeliest && likeliest <= most && most < Infinity,
  );
  // A thousandth of a per cent is lost in adding fractions up.
  return inOrder && late.every((chance) => chance >= 0) && late.reduce((sum, chance) => sum + chance, 0) <= 1.00001;
}
