import { createGathering, type Database } from '#platform';
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
  const recalled = new Map<string, { keys: readonly FoundKey[]; until: number }>();
  const gather = createGathering<string, readonly FoundKey[]>({
    async together(serviceIds) {
      const keys = await database.find<FoundKey>('select * from organisations.find_keys_of_services($1)', [
        [...new Set(serviceIds)],
      ]);
      const ofServices = Map.groupBy(keys, (key) => key.service_id);
      return serviceIds.map((serviceId) => ofServices.get(serviceId) ?? []);
    },
    // No service is at fault where the question cannot be asked.
    refused: (group, error) => {
      for (const { reject } of group) reject(error);
    },
  });

  return {
    async find(serviceId) {
      const keys = await gather('', serviceId);
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
