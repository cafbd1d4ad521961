import { sql } from 'kysely';
import { newId } from '#platform';
import type { Calendar, Database, Log, Tx } from '#platform';
import { formsTables } from '../database.ts';
import type { Mistake } from '../questions/questions.ts';

/** A page of a version of a service's form. */
export interface PagePlace {
  organisationId: string;
  serviceId: string;
  version: number;
  /** The page's slug, or `check-your-answers`. */
  page: string;
}

/** The place of a page of what somebody fills in. */
export const placeOf = (
  service: { organisationId: string; id: string },
  { version }: { version: number },
  page: string,
): PagePlace => ({ organisationId: service.organisationId, serviceId: service.id, version, page });

/**
 * Counts what happens to pages. It counts in memory, and adds to the database every few seconds: a citizen's request waits
 * for nothing, and if the process is killed, the counts of those seconds are lost, and nothing else.
 */
export interface FunnelCounter {
  /** A person was shown a page that they have not answered. Shown again to the same application it is not counted again. */
  seen(place: PagePlace, applicationId: string): void;
  /** A page was answered and saved. Counted once for an application; `change`: the person came back to change it. */
  answered(place: PagePlace, applicationId: string, change: boolean): void;
  /** A page was sent with mistakes. */
  mistaken(place: PagePlace, mistakes: readonly Mistake[]): void;
  /** Adds what was counted to the database. */
  flush(): Promise<void>;
  /** The same, for the last time. */
  stop(): Promise<void>;
}

/** Counts nothing: for drafts that are tried, and where nothing is counted. */
export const noFunnel: FunnelCounter = {
  seen: () => {},
  answered: () => {},
  mistaken: () => {},
  flush: () => Promise.resolve(),
  stop: () => Promise.resolve(),
};

const flushMilliseconds = 5_000;
/** How many pages of applications are remembered at least, to count each once and to time it. They are in memory only. */
const remembersAtLeast = 25_000;
/** How many different messages are counted at one field between two flushes. */
const mostMessages = 20;

/** Upper ends of how long a page may have taken, in seconds; what takes longer comes last. */
export const timeSteps = [10, 30, 60, 120, 300, 900] as const;

/** What happened to one page of a version on one day. */
export interface PageCount {
  place: PagePlace;
  seen: number;
  answered: number;
  mistaken: number;
  took: number[];
  /** By field and message. */
  mistakes: Map<string, { field: string; message: string; made: number }>;
}

export function createFunnelCounter({
  database,
  calendar,
  log,
}: {
  database: Database;
  calendar: Calendar;
  log?: Log;
}): FunnelCounter {
  const countedBy = newId();
  let counts = new Map<string, PageCount>();
  /**
   * When a page was first shown to an application, in milliseconds; null once it was answered. In two halves, of which the
   * older is forgotten as a whole: taking the oldest out one by one gets slow.
   */
  let [remembered, before] = [new Map<string, number | null>(), new Map<string, number | null>()];
  let timer: NodeJS.Timeout | undefined;
  let flushing: Promise<void> = Promise.resolve();

  const countOf = (place: PagePlace): PageCount => {
    const key = `${place.organisationId}/${place.serviceId}/${place.version}/${place.page}`;
    let count = counts.get(key);
    if (!count) {
      count = { place, seen: 0, answered: 0, mistaken: 0, took: [0, 0, 0, 0, 0, 0, 0], mistakes: new Map() };
      counts.set(key, count);
    }
    timer ??= setTimeout(() => void counter.flush(), flushMilliseconds).unref();
    return count;
  };

  const recall = (key: string): number | null | undefined => {
    const value = remembered.get(key);
    return value === undefined ? before.get(key) : value;
  };

  const remember = (key: string, value: number | null): void => {
    if (remembered.size >= remembersAtLeast) [before, remembered] = [remembered, new Map()];
    remembered.set(key, value);
  };

  const counter: FunnelCounter = {
    seen(place, applicationId) {
      if (place.version < 0) return;
      const key = `${applicationId}/${place.page}`;
      if (recall(key) !== undefined) return;
      remember(key, Date.now());
      countOf(place).seen += 1;
    },

    answered(place, applicationId, change) {
      if (place.version < 0) return;
      const key = `${applicationId}/${place.page}`;
      const since = recall(key);
      // Shown by another process, or before a restart: a change is of what was counted there.
      if (since === null || (since === undefined && change)) return;
      remember(key, null);
      const count = countOf(place);
      count.answered += 1;
      if (since === undefined) return;
      const seconds = (Date.now() - since) / 1_000;
      const step = timeSteps.findIndex((end) => seconds < end);
      const at = step === -1 ? timeSteps.length : step;
      count.took[at] = (count.took[at] ?? 0) + 1;
    },

    mistaken(place, mistakes) {
      if (place.version < 0) return;
      const count = countOf(place);
      count.mistaken += 1;
      for (const { field, text } of mistakes) {
        const message = withoutValues(text);
        const key = `${field} ${message}`;
        const known = count.mistakes.get(key);
        if (known) known.made += 1;
        else if (count.mistakes.size < mostMessages) count.mistakes.set(key, { field, message, made: 1 });
      }
    },

    flush() {
      clearTimeout(timer);
      timer = undefined;
      const taken = counts;
      counts = new Map();
      flushing = flushing
        .then(() => addCounts(database, [...taken.values()], { countedBy, day: calendar.today() }))
        .catch((error: unknown) => {
          // Figures are not worth a request: they are lost, and the loss is logged.
          log?.warn({ error: String(error) }, 'the counts of pages of the last seconds could not be kept');
        });
      return flushing;
    },

    stop: () => counter.flush(),
  };
  return counter;
}

/** A message holds the form's words; what stands in quotation marks may be a person's, such as the name of their file. */
function withoutValues(text: string): string {
  return text
    .replaceAll(/[“"][^”"]*[”"]/g, '“…”')
    .replaceAll(/\d+/g, (digits) => (digits.length > 4 ? '…' : digits))
    .slice(0, 300);
}

async function addCounts(
  database: Database,
  counts: readonly PageCount[],
  { countedBy, day }: { countedBy: string; day: string },
): Promise<void> {
  for (const [organisationId, own] of Map.groupBy(counts, ({ place }) => place.organisationId)) {
    const scope = { organisationId, actor: { kind: 'system', name: 'forms.funnel' } } as const;
    await database.transact(scope, (tx) => keepPageCounts(tx, own, { countedBy, day }));
  }
}

/** Adds what was counted of pages of the transaction's organisation on a day to what was counted before. */
export async function keepPageCounts(
  tx: Tx,
  counts: readonly PageCount[],
  { countedBy, day }: { countedBy: string; day: string },
): Promise<void> {
  const { organisationId } = tx;
  const pages = counts.map(({ place, seen, answered, mistaken, took }) => ({
    service_id: place.serviceId,
    version: place.version,
    page: place.page,
    seen,
    answered,
    mistaken,
    took,
  }));
  const mistakes = counts.flatMap(({ place, mistakes: made }) =>
    [...made.values()].map((each) => ({
      service_id: place.serviceId,
      version: place.version,
      page: place.page,
      ...each,
    })),
  );
  await sql`
        insert into forms.page_counts as c
          (organisation_id, service_id, version, day, page, counted_by, seen, answered, mistaken, took)
        select ${organisationId}, r.service_id, r.version, ${day}::date, r.page, ${countedBy}, r.seen, r.answered, r.mistaken, r.took
          from json_to_recordset(${JSON.stringify(pages)}::json)
            as r(service_id uuid, version integer, page text, seen integer, answered integer, mistaken integer, took integer[])
        on conflict (organisation_id, service_id, day, version, page, counted_by) do update set
          seen = c.seen + excluded.seen, answered = c.answered + excluded.answered,
          mistaken = c.mistaken + excluded.mistaken,
          took = (select array_agg(t.one + t.other order by t.place)
                    from unnest(c.took, excluded.took) with ordinality as t(one, other, place))`.execute(
    formsTables(tx),
  );
  if (mistakes.length === 0) return;
  await sql`
        insert into forms.mistake_counts as c
          (organisation_id, service_id, version, day, page, field, message, counted_by, made)
        select ${organisationId}, r.service_id, r.version, ${day}::date, r.page, r.field, r.message, ${countedBy}, r.made
          from json_to_recordset(${JSON.stringify(mistakes)}::json)
            as r(service_id uuid, version integer, page text, field text, message text, made integer)
        on conflict (organisation_id, service_id, day, version, page, field, message, counted_by) do update set
          made = c.made + excluded.made`.execute(formsTables(tx));
}
