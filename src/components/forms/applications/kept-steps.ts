import { formatHolder } from './applications.ts';
import type { Application, Holder } from './applications.ts';

/** An application as it was opened for one of its pages. */
export interface KeptStep {
  /** Of the page's row; null where nothing is saved yet, so that it is open for every page. */
  key: string | null;
  application: Application;
  /**
   * `saved`: its holder has just saved a page, and is being led to this one. `shown`: it was shown to them a while ago, and may
   * be another by now.
   */
  since: 'saved' | 'shown';
}

interface Kept extends KeptStep {
  /** By the process's own clock, in milliseconds. */
  at: number;
}

/** How long something is kept, in milliseconds: as long at least, and no longer than twice as long. */
const keptMilliseconds = 15_000;
/** How many are kept at most, in each half. A page's answers are a few kilobytes. */
const mostKept = 2_000;
/** Whoever is led on comes at once: later the page is opened anew. */
const goingOnMilliseconds = 5_000;

/**
 * What was opened in one request and is needed in the next of the same holder: the page that they are led to, and then the same
 * page as they answer it. It is in this process's memory only, for half a minute at most, one for each holder, and every request
 * of the holder takes it out; where there is none, the application is opened anew.
 */
export class KeptSteps {
  #recent = new Map<string, Kept>();
  #older = new Map<string, Kept>();
  #sweep: NodeJS.Timeout | undefined;

  keep(holder: Holder, step: KeptStep): void {
    if (this.#recent.size >= mostKept) this.#age();
    this.#recent.set(formatHolder(holder), { ...step, at: performance.now() });
    this.#sweep ??= setInterval(() => this.#age(), keptMilliseconds).unref();
  }

  /** What is kept of a holder at a page, no more to be had afterwards: of another page it is forgotten. */
  take(holder: Holder, key: string): Kept | null {
    const name = formatHolder(holder);
    const kept = this.#recent.get(name) ?? this.#older.get(name);
    if (kept === undefined) return null;
    this.#recent.delete(name);
    this.#older.delete(name);
    return kept.key === null || kept.key === key ? kept : null;
  }

  /** The same for a page that is shown: only if the holder has just been led to it. */
  takeGoingOn(holder: Holder, key: string): Application | null {
    const kept = this.take(holder, key);
    const isNew = kept?.since === 'saved' && performance.now() - kept.at < goingOnMilliseconds;
    return isNew ? kept.application : null;
  }

  /** The older half goes. */
  #age(): void {
    [this.#older, this.#recent] = [this.#recent, new Map()];
    if (this.#older.size > 0) return;
    clearInterval(this.#sweep);
    this.#sweep = undefined;
  }
}
