/** For how long nothing may come back of a provider whose places are all taken, before it is taken to hang, in milliseconds. */
const longestSilence = 5000;

/** The places of one provider in this process: how many messages it has in its hands and has not answered for. */
export interface Places {
  /**
   * Waits for a place. Says no where the provider hangs: all its places are taken and nothing has come back of it for
   * seconds. Then the message is for another provider, or for later.
   */
  take(): Promise<boolean>;
  /** Gives a place back: the provider answered, or was given up. */
  leave(): void;
  isStuck(): boolean;
  /** Messages that the provider has, and those that wait for it. */
  readonly count: number;
}

/**
 * Makes the places of a provider. Without them one that hangs would keep most of what is handed over at once until its
 * timeout, and those that work would stand idle.
 *
 * @param capacity how many messages it may be given at once.
 */
export function createPlaces(capacity: number): Places {
  let taken = 0;
  let movedAt = performance.now();
  let waiting: ((isGiven: boolean) => void)[] = [];
  let watch: NodeJS.Timeout | undefined;

  const isStuck = (): boolean => taken >= capacity && performance.now() - movedAt >= longestSilence;

  /** Looks after those that wait, for nothing else happens while a provider hangs. */
  function watchOver(): void {
    watch ??= setTimeout(
      () => {
        watch = undefined;
        if (isStuck()) {
          const passed = waiting;
          waiting = [];
          for (const answer of passed) answer(false);
        } else if (waiting.length > 0) watchOver();
      },
      Math.max(50, longestSilence - (performance.now() - movedAt)),
    );
  }

  return {
    isStuck,
    get count() {
      return taken + waiting.length;
    },

    async take() {
      if (taken < capacity) {
        if (taken === 0) movedAt = performance.now();
        taken += 1;
        return true;
      }
      if (isStuck()) return false;
      return new Promise((resolve) => {
        waiting.push(resolve);
        watchOver();
      });
    },

    leave() {
      movedAt = performance.now();
      const next = waiting.shift();
      if (next === undefined) taken -= 1;
      else next(true);
    },
  };
}
