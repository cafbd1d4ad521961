import { sql } from 'kysely';
import { createGathering, isDuplicate, type Database, type Scope, type Tx } from '#platform';
import { notifyTables } from './database.ts';
import { howUrgent, type Urgency } from './hand-over/queue.ts';
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

const mostTogether = 200;
const mostBytesTogether = 4_000_000;

/**
 * The intake of this process. While the messages of one organisation are on their way to the database those that arrive
 * wait, and then go together: a busy service costs a few statements for many messages, and a quiet one waits for nobody.
 */
export function createIntake(database: Database): Intake {
  const gather = createGathering<{ organisationId: string; arrival: Arrival }, Outcome>({
    async together(items) {
      const [{ organisationId }] = items;
      const arrivals = items.map(({ arrival }) => arrival);
      try {
        const outcomes = await accept(database, organisationId, arrivals);
        return arrivals.map((_arrival, index) => outcomes.get(index) ?? 'accepted');
      } catch (error) {
        // It was kept already, by a try whose answer was lost with the connection.
        if (arrivals.length === 1 && isDuplicate(error, 'messages_pkey')) return ['accepted'];
        throw error;
      }
    },
    howMany,
  });
  return {
    take: ({ organisationId }, arrival) => gather(organisationId, { organisationId, arrival }),
  };
}

function howMany(waiting: readonly { arrival: Arrival }[]): number {
  let bytes = 0;
  let count = 0;
  for (const { arrival } of waiting) {
    bytes += arrival.row?.sealed_content.length ?? 0;
    if (count > 0 && (count === mostTogether || bytes > mostBytesTogether)) break;
    count += 1;
  }
  return count;
}

/**
 * Judges arrivals, and keeps the messages of those that pass, in one statement that is one transaction.
 *
 * @returns what became of those that were not accepted, by their places.
 */
async function accept(
  database: Database,
  organisationId: string,
  arrivals: readonly Arrival[],
): Promise<Map<number, Outcome>> {
  const rows = arrivals.map(({ row }) => row ?? nothing);
  const buckets = new Map<string, { arrival: Arrival; count: number }>();
  const days = new Map<string, { arrival: Arrival; count: number }>();
  for (const arrival of arrivals) {
    const { service, keyKind, channel } = arrival;
    // Of a service that has changed in between some may know it, and others not: only the former are counted.
    const name = `${service.serviceId} ${service.revision}`;
    addTo(buckets, `${name} ${keyKind}`, arrival);
    if (!arrival.failed && keyKind !== 'test') addTo(days, `${name} ${channel}`, arrival);
  }
  const ofBuckets = [...buckets.values()];
  const ofDays = [...days.values()];
  const { priority, mostTries } = howUrgent('soon');
  const refused = await database.find<{ place: number; outcome: Outcome }>(accepting, [
    organisationId,
    priority,
    mostTries,
    ofBuckets.map(({ arrival }) => arrival.service.serviceId),
    ofBuckets.map(({ arrival }) => arrival.keyKind),
    ofBuckets.map(({ arrival }) => arrival.service.revision),
    ofBuckets.map(({ arrival }) => Math.min(Math.ceil(arrival.service.settings.requestsPerMinute / 3) + 1, 1000)),
    ofBuckets.map(({ arrival }) => arrival.service.settings.requestsPerMinute / 60),
    ofBuckets.map((bucket) => bucket.count),
    ofDays.map(({ arrival }) => arrival.service.serviceId),
    ofDays.map(({ arrival }) => arrival.channel),
    ofDays.map(({ arrival }) => arrival.service.revision),
    ofDays.map(({ arrival }) => mostPerDay(arrival.service.settings, arrival.channel)),
    ofDays.map((day) => day.count),
    [...new Set(arrivals.map(({ keyId }) => keyId))],
    arrivals.map(({ service }) => service.serviceId),
    arrivals.map(({ service }) => service.revision),
    arrivals.map(({ keyId }) => keyId),
    arrivals.map(({ keyKind }) => keyKind),
    arrivals.map(({ channel }) => channel),
    arrivals.map(({ failed }) => failed),
    ...messageColumns.map((column) => rows.map((row) => row[column])),
  ]);
  return new Map(refused.map(({ place, outcome }) => [place - 1, outcome]));
}

function addTo(groups: Map<string, { arrival: Arrival; count: number }>, name: string, arrival: Arrival): void {
  const known = groups.get(name);
  if (known === undefined) groups.set(name, { arrival, count: 1 });
  else known.count += 1;
}

/** What of a message notify.accept_messages takes, in its order. */
const messageColumns = [
  'id',
  'template',
  'template_id',
  'template_version',
  'sealed_content',
  'recipient_fingerprint',
  'client_reference',
  'fragments',
  'sender',
  'postage',
  'status',
  'scheduled_for',
  'idempotency_key',
  'request_signature',
] as const satisfies readonly (keyof MessageRow)[];

/** In the place of a message where there is none. */
const nothing: Readonly<Record<(typeof messageColumns)[number], null>> = {
  id: null,
  template: null,
  template_id: null,
  template_version: null,
  sealed_content: null,
  recipient_fingerprint: null,
  client_reference: null,
  fragments: null,
  sender: null,
  postage: null,
  status: null,
  scheduled_for: null,
  idempotency_key: null,
  request_signature: null,
};

const accepting = `select * from notify.accept_messages(${Array.from({ length: 21 + messageColumns.length }, (_, index) => `$${index + 1}`).join(', ')})`;

/** Counts up to `wanted` messages of a channel against the day of a service. Says how many of them may be sent. */
export async function countDay(
  tx: Tx,
  { serviceId, settings }: Pick<KnownService, 'serviceId' | 'settings'>,
  channel: TemplateType,
  wanted: number,
): Promise<number> {
  const { rows } = await sql<{ passed: number }>`
    select notify.count_day(${tx.organisationId}, ${serviceId}, ${channel}, ${wanted}::int, ${mostPerDay(settings, channel)}::int) as passed`.execute(
    notifyTables(tx),
  );
  return rows[0]?.passed ?? 0;
}

/**
 * Keeps messages and has them handed over, in the caller's transaction.
 *
 * @param urgency what goes first.
 */
export async function insertMessages(tx: Tx, rows: readonly MessageRow[], urgency: Urgency = 'soon'): Promise<void> {
  if (rows.length === 0) return;
  const { priority, mostTries } = howUrgent(urgency);
  const list = (column: keyof MessageRow) => rows.map((row) => row[column]);
  await sql`select notify.keep_messages(${tx.organisationId}, '{}', ${priority}::smallint, ${mostTries}::int,
    ${list('id')}, ${list('service_id')}, ${list('channel')}, ${list('template')}, ${list('template_id')},
    ${list('template_version')}, ${list('sealed_content')}, ${list('recipient_fingerprint')}, ${list('client_reference')},
    ${list('key_kind')}, ${list('key_id')}, ${list('fragments')}, ${list('sender')}, ${list('postage')}, ${list('status')},
    ${list('scheduled_for')}, ${list('idempotency_key')}, ${list('request_signature')}, ${list('batch_id')},
    ${list('batch_row')})`.execute(notifyTables(tx));
}
