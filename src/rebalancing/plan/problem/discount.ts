/** What money is worth in each month of a plan, seen from its start. The same within a quarter, in which it is paid. */
export interface Discount {
  /** What one unit paid in that month is worth now. */
  at(month: number): number;
  /** What one unit paid in every month from `from` until before `until` is worth now. */
  between(from: number, until: number): number;
}

/** @param rate a year, as a share. */
export function createDiscount(rate: number): Discount {
  const factors: number[] = [];
  const sums: number[] = [0];
  const extend = (months: number): void => {
    for (let month = factors.length; month < months; month += 1) {
      const factor = (1 + rate) ** (-Math.floor(month / 3) / 4);
      factors.push(factor);
      sums.push((sums[month] ?? 0) + factor);
    }
  };
  return {
    at: (month) => {
      if (month >= factors.length) extend(month + 60);
      return factors[month] ?? 0;
    },
    between: (from, until) => {
      if (until <= from) return 0;
      if (until >= sums.length) extend(until + 60);
      return (sums[until] ?? 0) - (sums[from] ?? 0);
    },
  };
}
