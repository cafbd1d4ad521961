/** How much may be done, by whom: a bucket for each, which holds so many and fills up again by and by. */
export class Allowance {
  readonly #most: number;
  readonly #perMinute: number;
  /** How many were left of each, and when. In two halves, of which the older is forgotten as a whole. */
  #recent = new Map<string, { left: number; at: number }>();
  #older = new Map<string, { left: number; at: number }>();

  /**
   * @param most so many at once.
   * @param perMinute so many more in each minute.
   */
  constructor({ most, perMinute }: { most: number; perMinute: number }) {
    this.#most = most;
    this.#perMinute = perMinute;
  }

  /**
   * Takes one.
   *
   * @param now milliseconds.
   * @returns 0 if there was one, else the seconds until there is.
   */
  take(whose: string, now = Date.now()): number {
    const known = this.#recent.get(whose) ?? this.#older.get(whose);
    const filled = known ? known.left + (Math.max(0, now - known.at) / 60_000) * this.#perMinute : this.#most;
    const left = Math.min(filled, this.#most);
    const isThere = left >= 1;
    if (this.#recent.size >= remembered) {
      this.#older = this.#recent;
      this.#recent = new Map();
    }
    this.#recent.set(whose, { left: isThere ? left - 1 : left, at: now });
    return isThere ? 0 : Math.ceil(((1 - left) / this.#perMinute) * 60);
  }
}

/** Whoever has not come for a while has all of theirs again, so forgetting takes nothing away. */
const remembered = 20_000;
