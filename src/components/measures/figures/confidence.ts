/** Between which shares the true one lies, with 95% confidence. */
export interface Interval {
  readonly low: number;
  readonly high: number;
}

/** The normal deviate that leaves 2.5% on each side. */
const z = 1.959_964;

/**
 * Wilson's score interval of a share that was seen in so many cases: it is right also for few cases and for shares near 0
 * and 1, where the usual interval leaves the scale. For the mean of ratings between 0 and 1 it is on the safe side, since
 * nothing between them spreads wider than all being 0 or 1.
 *
 * Source: E. B. Wilson, Journal of the American Statistical Association 22 (1927), pages 209 to 212.
 *
 * @returns null without cases.
 */
export function wilsonInterval(share: number, cases: number): Interval | null {
  if (cases <= 0) return null;
  const spread = z ** 2 / cases;
  const middle = (share + spread / 2) / (1 + spread);
  const reach = (z / (1 + spread)) * Math.sqrt((share * (1 - share)) / cases + z ** 2 / (4 * cases ** 2));
  // At the ends of the scale the interval ends with it, and not a rounding error beside it.
  return { low: share === 0 ? 0 : Math.max(0, middle - reach), high: share === 1 ? 1 : Math.min(1, middle + reach) };
}
