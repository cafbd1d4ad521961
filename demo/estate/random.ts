/** Numbers that look random and are the same for the same seed, on every machine. */
export interface Random {
  /** At least 0, less than 1. */
  share(): number;
  /** A whole number, both ends included. */
  whole(least: number, most: number): number;
  /** One of several. */
  pick<T>(things: readonly T[]): T;
  /** One of several, by weight. */
  weigh<T>(things: readonly (readonly [T, number])[]): T;
  chance(share: number): boolean;
  /** A positive number whose logarithm is normal: half of them lie below the median. */
  spread(median: number, sigma: number): number;
}

/** mulberry32: 32 bits of state, good enough to make up a government. */
export function createRandom(seed: number): Random {
  let state = (Math.imul(seed, 2654435761) + 1) >>> 0;
  const share = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
  const pick = <T>(things: readonly T[]): T => {
    const found = things[Math.floor(share() * things.length)];
    if (found === undefined) throw new Error('There is nothing to pick from.');
    return found;
  };
  return {
    share,
    pick,
    whole: (least, most) => least + Math.floor(share() * (most - least + 1)),
    weigh: (things) => {
      let left = share() * things.reduce((sum, [, weight]) => sum + weight, 0);
      for (const [thing, weight] of things) if ((left -= weight) < 0) return thing;
      return pick(things.map(([thing]) => thing));
    },
    chance: (limit) => share() < limit,
    // The sum of two evenly spread numbers' transform (Box and Muller) is normal.
    spread: (median, sigma) =>
      median * Math.exp(sigma * Math.sqrt(-2 * Math.log(1 - share())) * Math.cos(2 * Math.PI * share())),
  };
}
