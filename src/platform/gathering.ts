/** Something that waits to be done together with others. */
export interface Waiting<Item, Result> {
  readonly item: Item;
  readonly resolve: (result: Result) => void;
  readonly reject: (error: unknown) => void;
}

export interface GatheringOptions<Item, Result> {
  /** Does what items ask for; gives what became of each, in their order. */
  readonly together: (items: readonly [Item, ...Item[]]) => Promise<readonly Result[]>;
  /** How many of those that wait go at once, one at least; all of them where it is left out. */
  readonly howMany?: (items: readonly Item[]) => number;
  /** How many groups are on their way at once; 1 where it is left out. */
  readonly mostUnderWay?: number;
  /**
   * Settles each of a group that was refused as a whole. One of them may be at fault: where it is left out each is tried again
   * by itself, so that it fails alone.
   */
  readonly refused?: (group: readonly Waiting<Item, Result>[], error: unknown) => void;
}

/** Has an item done together with those of the same key that wait; gives what became of it. */
export type Gather<Item, Result> = (key: string, item: Item) => Promise<Result>;

/**
 * Gathers what arrives together. While a group of one key is on its way what arrives for it waits, and then goes together: many
 * share one journey to the database and one commit, and one alone waits for nobody but for what comes in the same moment.
 */
export function createGathering<Item, Result>({
  together,
  howMany = (items) => items.length,
  mostUnderWay = 1,
  refused,
}: GatheringOptions<Item, Result>): Gather<Item, Result> {
  const queues = new Map<string, { waiting: Waiting<Item, Result>[]; underWay: number }>();

  async function go(group: readonly Waiting<Item, Result>[]): Promise<void> {
    const [first, ...others] = group;
    if (first === undefined) return;
    try {
      const results = await together([first.item, ...others.map(({ item }) => item)]);
      if (results.length !== group.length) throw new Error('What was gathered has not as many results as items.');
      results.forEach((result, index) => group[index]?.resolve(result));
    } catch (error) {
      if (refused !== undefined) refused(group, error);
      else if (others.length === 0) first.reject(error);
      else for (const each of group) await go([each]);
    }
  }

  return (key, item) => {
    const queue = queues.get(key) ?? { waiting: [], underWay: 0 };
    queues.set(key, queue);
    const run = async (): Promise<void> => {
      queue.underWay += 1;
      // What arrives in the same moment goes together.
      await new Promise((resolve) => setImmediate(resolve));
      while (queue.waiting.length > 0) {
        await go(queue.waiting.splice(0, howMany(queue.waiting.map((each) => each.item))));
      }
      queue.underWay -= 1;
      if (queue.underWay === 0) queues.delete(key);
    };
    return new Promise((resolve, reject) => {
      queue.waiting.push({ item, resolve, reject });
      if (queue.underWay < mostUnderWay) void run();
    });
  };
}
