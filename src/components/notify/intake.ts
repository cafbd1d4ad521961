import { sql } from 'kysely';
import { listKeysInForce } from '#organisations';
import { together, type Database, type Scope, type Tx } from '#platform';
import { notifyTables } from './database.ts';
import { queueHandOvers, type Urgency } from './hand-over/queue.ts';
import type { KnownService } from './known-services.ts';
import { mostPerDay } from './sending-settings.ts';
import type { TemplateType } from './templates/templates.ts';

export type KeyKind = 'live' | 'team' | 'test';

/** A row of messages as it is to be inserted; whatever is left out is what the column has by default. */
export interface MessageRow {
  readonly id: string;
  readonly service_id: string;
  readonly channel: TemplateType;
  readonly template: string;
  readonly template_id: string;
  readonly template_version: number;
  readonly sealed_content: Buffer;
  readonly recipient_fingerprint: Buffer;
  readonly client_reference: string | null;
  readonly client_reference_hash: Buffer | null;
  readonly key_kind: KeyKind;
  readonly key_id: string | null;
  readonly fragments: number | null;
  readonly sender: string | null;
  readonly postage: string | null;
  readonly status: 'created' | 'pending-virus-check';
  readonly scheduled_for: string | null;
  readonly idempotency_key: string | null;
  readonly request_signature: string | null;
  readonly batch_id: string | null;
  readonly batch_row: number | null;
}

/** A request to send, which counts against what its service may. */
export interface Arrival {
  readonly service: KnownService;
  readonly keyId: string;
  readonly keyKind: KeyKind;
  readonly channel: TemplateType;
  /** What is to be kept; null where the request cannot be met, or goes to a recipient that nobody is behind. */
  readonly row: MessageRow | null;
  /** Whether the request cannot be met: then it counts as a request, and not as a message of the day. */
  readonly failed: boolean;
}

/**
 * What became of an arrival. stale: its service has changed since it was made, so it is to be made again. repeated: its
 * Idempotency-Key is taken. revoked: the key that it was made with is no longer in force.
 */
export type Outcome = 'accepted' | 'too fast' | 'too many' | 'stale' | 'repeated' | 'revoked';

/** Takes requests as they come, and keeps those that came together in one transaction. */
export interface Intake {
  /** Resolves once the message is kept for good and waits to be handed over, or is refused. */
  take(scope: Scope, arrival: Arrival): Promise<Outcome>;
}

interface Waiting {
  readonly arrival: Arrival;
  readonly resolve: (outcome: Outcome) => void;
  readonly reject: (error: unknown) => void;
}

const mostTogether = 200;
const mostBytesTogether = 4_000_000;

/**
 * The intake of this process. While the messages of one organisation are on their way to the database those that arrive
 * wait, and then go together: a busy service costs a few statements for many messages, and a quiet one waits for nobody.
 */
export function createIntake(database: Database): Intake {
  const queues = new Map<string, { waiting: Waiting[]; busy: boolean }>();

  async function run(scope: Scope, queue: { waiting: Waiting[]; busy: boolean }): Promise<void> {
    queue.busy = true;
    // What arrives in the same moment goes together.
    await new Promise((resolve) => setImmediate(resolve));
    while (queue.waiting.length > 0) await takeTogether(scope, next(queue.waiting));
    queue.busy = false;
    queues.delete(scope.organisationId);
  }

  async function takeTogether(scope: Scope, group: readonly Waiting[]): Promise<void> {
    try {
      const outcomes = await database.transact(scope, (tx) =>
        accept(
          tx,
          group.map(({ arrival }) => arrival),
        ),
      );
      for (const [index, { resolve }] of group.entries()) resolve(outcomes[index] ?? 'stale');
    } catch (error) {
      const [only] = group;
      if (group.length === 1 && only !== undefined) only.reject(error);
      // One of them may be what the database refuses: each by itself, so that it fails alone.
      else for (const each of group) await takeTogether(scope, [each]);
    }
  }

  return {
    take(scope, arrival) {
      const queue = queues.get(scope.organisationId) ?? { waiting: [], busy: false };
      queues.set(scope.organisationId, queue);
      return new Promise((resolve, reject) => {
        queue.waiting.push({ arrival, resolve, reject });
        if (!queue.busy) void run(scope, queue);
      });
    },
  };
}

function next(waiting: Waiting[]): Waiting[] {
  let bytes = 0;
  let count = 0;
  for (const { arrival } of waiting) {
    bytes += arrival.row?.sealed_content.length ?? 0;
    if (count > 0 && (count === mostTogether || bytes > mostBytesTogether)) break;
    count += 1;
  }
  return waiting.splice(0, count);
}

/** Accepts arrivals in the caller's transaction; what becomes of each, in their order. */
async function accept(tx: Tx, arrivals: readonly Arrival[]): Promise<Outcome[]> {
  const outcomes = new Map<Arrival, Outcome>();
  // Of a service that has changed in between some may know it, and others not: only the former are counted.
  const requests = Map.groupBy(
    arrivals,
    ({ service, keyKind }) => `${service.serviceId} ${keyKind} ${service.revision}`,
  );
  const ofDay = Map.groupBy(
    arrivals.filter(({ failed, keyKind }) => !failed && keyKind !== 'test'),
    ({ service, channel }) => `${service.serviceId} ${channel} ${service.revision}`,
  );
  const [counted, inForce] = await together([
    countArrivals(tx, requests, ofDay),
    listKeysInForce(tx, [...new Set(arrivals.map(({ keyId }) => keyId))]),
  ]);
  for (const [group, of] of ofDay) {
    for (const each of of.slice(counted.get(`day ${group}`) ?? 0)) outcomes.set(each, 'too many');
  }
  for (const [group, of] of requests) {
    for (const each of of.slice(counted.get(`rate ${group}`) ?? 0)) outcomes.set(each, 'too fast');
  }
  for (const arrival of arrivals) {
    const { serviceId, revision } = arrival.service;
    if (revision !== (counted.get(`revision ${serviceId}`) ?? 0)) outcomes.set(arrival, 'stale');
  }
  for (const arrival of arrivals) if (!inForce.has(arrival.keyId)) outcomes.set(arrival, 'revoked');
  for (const [group, of] of ofDay) {
    const refused = of.slice(0, counted.get(`day ${group}`) ?? 0).filter((each) => outcomes.has(each));
    await giveBack(tx, refused);
  }
  const rows = arrivals.flatMap((arrival) => (outcomes.has(arrival) || arrival.row === null ? [] : [arrival.row]));
  const kept = await insertMessages(tx, rows);
  return arrivals.map((arrival) => {
    const outcome = outcomes.get(arrival);
    if (outcome !== undefined) return outcome;
    return arrival.row === null || kept.has(arrival.row.id) ? 'accepted' : 'repeated';
  });
}

type Groups = ReadonlyMap<string, readonly Arrival[]>;

/**
 * Counts requests against the buckets of their services and kinds of key, and messages against the days of their services,
 * in one statement.
 *
 * @returns how many of each group pass, as `rate <group>` and `day <group>`; and how often each service was changed, as
 *   `revision <service>`, where it ever was.
 */
async function countArrivals(tx: Tx, requests: Groups, ofDay: Groups): Promise<Map<string, number>> {
  const rates = [...requests.values()].flatMap(([first, ...rest]) => {
    if (first === undefined) return [];
    const perMinute = first.service.settings.requestsPerMinute;
    return {
      service_id: first.service.serviceId,
      key_kind: first.keyKind,
      capacity: Math.min(Math.ceil(perMinute / 3) + 1, 1000),
      per_second: perMinute / 60,
      wanted: rest.length + 1,
      revision: first.service.revision,
    };
  });
  const days = [...ofDay.values()].flatMap(([first, ...rest]) =>
    first === undefined
      ? []
      : [{ ...askDay(first.service, first.channel, rest.length + 1), revision: first.service.revision }],
  );
  const filled = sql`least(excluded.capacity, r.tokens + excluded.per_second * extract(epoch from greatest(clock_timestamp() - r.counted_at, interval '0'))::float8)`;
  const passing = sql`least(excluded.passed, floor(${filled})::int)`;
  const { rows } = await sql<{ what: string; passed: number }>`
    with rated as (
      insert into notify.request_rates as r (organisation_id, service_id, key_kind, capacity, per_second, passed, tokens)
      select ${tx.organisationId}::uuid, service_id, key_kind, capacity, per_second, least(wanted, floor(capacity)::int),
             capacity - least(wanted, floor(capacity)::int)
        from json_to_recordset(${JSON.stringify(rates)}::json)
          as asked (service_id uuid, key_kind text, capacity float8, per_second float8, wanted int, revision bigint)
       where asked.revision = ${revisionOf(tx)}
       order by service_id, key_kind
      on conflict (organisation_id, service_id, key_kind) do update
        set tokens = ${filled} - ${passing}, passed = ${passing}, counted_at = clock_timestamp(),
            capacity = excluded.capacity, per_second = excluded.per_second
      returning r.service_id, r.key_kind, r.passed),
    counted as (${countingDays(tx, days)})
    select 'rate ' || service_id || ' ' || key_kind || ' ' || ${revisionOf(tx, 'rated')} as what, passed from rated
    union all select 'day ' || service_id || ' ' || channel || ' ' || ${revisionOf(tx, 'counted')}, passed from counted
    union all select 'revision ' || v.service_id, v.revision::int from notify.revisions v
      where v.organisation_id = ${tx.organisationId} and v.service_id = any(${rates.map((each) => each.service_id)}::uuid[])`.execute(
    notifyTables(tx),
  );
  return new Map(rows.map(({ what, passed }) => [what, passed]));
}

/** Gives back to the day what was counted of messages of one service and channel that are refused for another reason. */
async function giveBack(tx: Tx, refused: readonly Arrival[]): Promise<void> {
  const [first] = refused;
  if (first === undefined) return;
  await notifyTables(tx)
    .updateTable('days_of_sending')
    .set({ used: sql<number>`greatest(used - ${refused.length}, 0)` })
    .where('organisation_id', '=', tx.organisationId)
    .where('service_id', '=', first.service.serviceId)
    .where('channel', '=', first.channel)
    .execute();
}

/** Counts up to `wanted` messages of a channel against the day of a service. Says how many of them may be sent. */
export async function countDay(
  tx: Tx,
  service: Pick<KnownService, 'serviceId' | 'settings'>,
  channel: TemplateType,
  wanted: number,
): Promise<number> {
  const { rows } = await countingDays(tx, [askDay(service, channel, wanted)]).execute(notifyTables(tx));
  return rows[0]?.passed ?? 0;
}

/** How often the service of a row was changed. */
function revisionOf(tx: Tx, row: 'asked' | 'rated' | 'counted' = 'asked') {
  return sql`coalesce((select v.revision from notify.revisions v
    where v.organisation_id = ${tx.organisationId} and v.service_id = ${sql.ref(row)}.service_id), 0)`;
}

function askDay(
  { serviceId, settings }: Pick<KnownService, 'serviceId' | 'settings'>,
  channel: TemplateType,
  wanted: number,
) {
  return { service_id: serviceId, channel, wanted, most: mostPerDay(settings, channel) };
}

/** Counts messages against the 24 hours from the first of them. */
function countingDays(tx: Tx, asked: readonly (ReturnType<typeof askDay> & { revision?: number })[]) {
  const isOver = sql`d.began_at <= clock_timestamp() - interval '24 hours'`;
  const used = sql`case when ${isOver} then 0 else d.used end`;
  // A first row is inserted as it may be sent; after that what is wanted comes in the column used.
  const passing = sql`least(excluded.used, greatest(excluded.most - ${used}, 0))`;
  return sql<{ service_id: string; channel: string; passed: number }>`
    insert into notify.days_of_sending as d (organisation_id, service_id, channel, used, most, passed)
    select ${tx.organisationId}::uuid, service_id, channel, least(wanted, most), most, least(wanted, most)
      from json_to_recordset(${JSON.stringify(asked)}::json)
        as asked (service_id uuid, channel text, wanted int, most int, revision bigint)
     where asked.revision is null or asked.revision = ${revisionOf(tx)}
     order by service_id, channel
    on conflict (organisation_id, service_id, channel) do update
      set used = ${used} + ${passing}, passed = ${passing}, most = excluded.most,
          began_at = case when ${isOver} then clock_timestamp() else d.began_at end
    returning service_id, channel, passed`;
}

/**
 * Keeps messages and has them handed over, in the caller's transaction.
 *
 * @param urgency what goes first.
 * @returns the ids of those that are kept: all but those whose Idempotency-Key is taken.
 */
export async function insertMessages(
  tx: Tx,
  rows: readonly MessageRow[],
  urgency: Urgency = 'soon',
): Promise<Set<string>> {
  if (rows.length === 0) return new Set();
  const written = rows.map((row) => ({
    ...row,
    sealed_content: row.sealed_content.toString('base64'),
    recipient_fingerprint: row.recipient_fingerprint.toString('base64'),
    client_reference_hash: row.client_reference_hash?.toString('base64') ?? null,
  }));
  const { rows: kept } = await sql<{ id: string }>`
    insert into notify.messages (organisation_id, id, service_id, channel, template, template_id, template_version,
      sealed_content, recipient_fingerprint, client_reference, client_reference_hash, key_kind, key_id,
      fragments, sender, postage, status, scheduled_for, idempotency_key, request_signature, batch_id, batch_row)
    select ${tx.organisationId}::uuid, id, service_id, channel, template, template_id, template_version,
           decode(sealed_content, 'base64'), decode(recipient_fingerprint, 'base64'),
           client_reference, decode(client_reference_hash, 'base64'), key_kind, key_id,
           fragments, sender, postage, status, scheduled_for, idempotency_key, request_signature, batch_id, batch_row
      from json_to_recordset(${JSON.stringify(written)}::json) as each (id uuid, service_id uuid, channel text,
        template text, template_id uuid, template_version int, sealed_content text,
        recipient_fingerprint text, client_reference text, client_reference_hash text, key_kind text, key_id uuid,
        fragments int, sender text, postage text, status text, scheduled_for timestamptz, idempotency_key text,
        request_signature text, batch_id uuid, batch_row int)
    on conflict (organisation_id, service_id, idempotency_key) where idempotency_key is not null do nothing
    returning id`.execute(notifyTables(tx));
  const ids = new Set(kept.map(({ id }) => id));
  const taken = rows.filter(({ id, status }) => ids.has(id) && status === 'created');
  await queueHandOvers(
    tx,
    taken.map(({ id, channel, scheduled_for: notBefore }) => ({ messageId: id, channel, notBefore })),
    urgency,
  );
  return ids;
}
