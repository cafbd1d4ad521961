import type { Database } from '#platform';
import type { KeyKind } from './api-keys.ts';

/** A key as a token is checked with it. */
export interface FoundKey {
  readonly service_id: string;
  readonly organisation_id: string;
  /** Null in the one row of a service that has no key. */
  readonly id: string | null;
  readonly name: string;
  readonly kind: KeyKind;
  readonly sealed_secret: Buffer;
  readonly revoked: boolean;
  readonly service_name: string;
}

/** The keys of services, asked of the database for every token that is presented. */
export interface KeySearch {
  /** The keys of a service; one without an id where it has none, and nothing where there is no such service. */
  find(serviceId: string): Promise<readonly FoundKey[]>;
  /** What was found last of a service, where that was moments ago; for who looks again before anything is done. */
  recall(serviceId: string): readonly FoundKey[] | undefined;
}

/** How old what is recalled may be. Only how often the database is asked depends on it. */
const recalledForMilliseconds = 10_000;
const mostRecalled = 1000;

interface Question {
  readonly serviceIds: Set<string>;
  readonly answer: PromiseWithResolvers<Map<string, FoundKey[]>>;
}

const searches = new WeakMap<Database, KeySearch>();

/**
 * The search of a database. While one question is on its way those that come meanwhile wait, and are then asked together,
 * whichever services they are of. Nobody is given an answer that was asked for before they came: a key may have been made
 * or revoked in between.
 */
export function keySearchOf(database: Database): KeySearch {
  const known = searches.get(database);
  if (known !== undefined) return known;
  const search = createKeySearch(database);
  searches.set(database, search);
  return search;
}

function createKeySearch(database: Database): KeySearch {
  let next: Question | undefined;
  let isAsking = false;
  const recalled = new Map<string, { keys: readonly FoundKey[]; until: number }>();

  async function ask(): Promise<void> {
    isAsking = true;
    // What comes in the same moment is asked together.
    await new Promise((resolve) => setImmediate(resolve));
    while (next !== undefined) {
      const { serviceIds, answer } = next;
      next = undefined;
      try {
        const keys = await database.find<FoundKey>('select * from organisations.find_keys_of_services($1)', [
          [...serviceIds],
        ]);
        answer.resolve(Map.groupBy(keys, (key) => key.service_id));
      } catch (error) {
        answer.reject(error);
      }
    }
    isAsking = false;
  }

  return {
    async find(serviceId) {
      next ??= { serviceIds: new Set(), answer: Promise.withResolvers() };
      next.serviceIds.add(serviceId);
      const { answer } = next;
      if (!isAsking) void ask();
      const keys = (await answer.promise).get(serviceId) ?? [];
      if (recalled.size >= mostRecalled) recalled.clear();
      // Ids that name nothing are not kept: there is no end of them.
      if (keys.length > 0) recalled.set(serviceId, { keys, until: Date.now() + recalledForMilliseconds });
      return keys;
    },

    recall(serviceId) {
      const kept = recalled.get(serviceId);
      return kept !== undefined && kept.until > Date.now() ? kept.keys : undefined;
    },
  };
}
