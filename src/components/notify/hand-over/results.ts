import { sql } from 'kysely';
import { newId, type Tx } from '#platform';
import type { Cost } from '../costs.ts';
import { notifyTables } from '../database.ts';
import { pauseSeconds, type Claim } from './queue.ts';

/** What became of a message that was claimed. */
export type Result =
  /** A provider has it. */
  | { readonly kind: 'accepted'; readonly provider: string; readonly reference: string | null; readonly cost: Cost }
  /** No provider is set: it stays here, to be read in the outbox. */
  | { readonly kind: 'kept' }
  /** It was not to be sent, and looks as if it had been: what a test key sent, and recipients that are there to try failures with. */
  | { readonly kind: 'pretended'; readonly failure: 'permanent-failure' | 'temporary-failure' | null }
  /** It is not sent, ever. */
  | { readonly kind: 'failed'; readonly status: 'permanent-failure' | 'technical-failure'; readonly words: string }
  /** It is to be tried again. `counted`: a provider was asked; otherwise no provider could be, and the try is not counted. */
  | { readonly kind: 'again'; readonly words: string; readonly counted: boolean; readonly afterSeconds?: number }
  /** Its text was erased meanwhile, or it was recorded already. */
  | { readonly kind: 'gone' };

/** What happened on the way, to be shown with the message. */
export interface Happening {
  readonly what: string;
  readonly provider: string | null;
  readonly detail: string | null;
}

export interface ClaimResult {
  readonly claim: Claim;
  readonly result: Result;
  readonly happenings: readonly Happening[];
}

/** A message that a provider has, and what that cost. */
export interface Accepted {
  readonly claim: Claim;
  readonly cost: Cost;
}

/** A message whose status is one of the last ones now. */
export interface Settled {
  readonly messageId: string;
  readonly serviceId: string | null;
}

const noText = {
  sealed_recipient: null,
  sealed_content: null,
  recipient_fingerprint: null,
  client_reference: null,
  client_reference_hash: null,
  erased_at: sql<string>`now()`,
};

/**
 * Records what became of messages of one organisation, in a handful of statements however many they are. What was recorded
 * already is passed over.
 *
 * @returns the messages that a provider took, and those that have come to an end.
 */
export async function recordResults(
  tx: Tx,
  results: readonly ClaimResult[],
): Promise<{ accepted: Accepted[]; settled: Settled[] }> {
  const settled: Settled[] = [];
  const accepted = await recordAcceptances(tx, results);
  for (const { claim, result } of results) {
    const change = changeOf(claim, result);
    if (change === null) continue;
    const row = await notifyTables(tx)
      .updateTable('messages')
      .set({ attempts: claim.tries, tried_at: sql<string>`now()`, ...change })
      .where('organisation_id', '=', tx.organisationId)
      .where('id', '=', claim.messageId)
      .where('status', 'in', ['created', 'sending', 'technical-failure'])
      .where('erased_at', 'is', null)
      .where('handed_over_at', 'is', null)
      .returning(['id', 'service_id', 'status'])
      .executeTakeFirst();
    if (row !== undefined && row.status !== 'created') settled.push({ messageId: row.id, serviceId: row.service_id });
  }
  await putBack(tx, results);
  await recordHappenings(tx, results);
  return { accepted, settled };
}

async function recordAcceptances(tx: Tx, results: readonly ClaimResult[]): Promise<Accepted[]> {
  const taken = results.flatMap(({ claim, result }) => (result.kind === 'accepted' ? [{ claim, result }] : []));
  if (taken.length === 0) return [];
  const { rows } = await sql<{ id: string }>`
    update notify.messages m
       set status = 'sending', attempts = r.tries, tried_at = now(), handed_over_at = now(), failed_at = null, failure = null,
           provider = r.provider, provider_reference = r.reference, units = r.units, cost_micros = r.micros,
           sealed_recipient = case when m.confidential then null else m.sealed_recipient end,
           sealed_content = case when m.confidential then null else m.sealed_content end,
           recipient_fingerprint = case when m.confidential then null else m.recipient_fingerprint end,
           erased_at = case when m.confidential then coalesce(m.erased_at, now()) else m.erased_at end
      from unnest(${taken.map(({ claim }) => claim.messageId)}::uuid[], ${taken.map(({ claim }) => claim.tries)}::int[],
                  ${taken.map(({ result }) => result.provider)}::text[],
                  ${taken.map(({ result }) => result.reference)}::text[],
                  ${taken.map(({ result }) => result.cost.units)}::int[],
                  ${taken.map(({ result }) => result.cost.micros)}::bigint[]) as r(id, tries, provider, reference, units, micros)
     where m.organisation_id = ${tx.organisationId} and m.id = r.id and m.handed_over_at is null
    returning m.id`.execute(notifyTables(tx));
  const recorded = new Set(rows.map((row) => row.id));
  return taken
    .filter(({ claim }) => recorded.has(claim.messageId))
    .map(({ claim, result }) => ({ claim, cost: result.cost }));
}

function changeOf(claim: Claim, result: Result) {
  const now = sql<string>`now()`;
  switch (result.kind) {
    case 'kept':
      return claim.confidential
        ? { status: 'dropped', failed_at: null, ...noText }
        : { status: 'kept', failed_at: null };
    case 'pretended':
      return result.failure === null
        ? { status: 'delivered', handed_over_at: now, delivered_at: now, failed_at: null }
        : { status: result.failure, failed_at: now, failure: 'It went to a recipient that is there to fail.' };
    case 'failed':
      return { status: result.status, failed_at: now, failure: result.words, ...(claim.confidential ? noText : {}) };
    case 'again':
      if (!result.counted) return { attempts: claim.tries - 1, failure: result.words };
      if (!claim.lastTry) return { failure: result.words };
      return {
        status: 'technical-failure',
        failed_at: now,
        failure: result.words,
        ...(claim.confidential ? noText : {}),
      };
    default:
      return null;
  }
}

/** What is done leaves the queue; what is to be tried again waits there; what was given up stays, but not a secret. */
async function putBack(tx: Tx, results: readonly ClaimResult[]): Promise<void> {
  const tables = notifyTables(tx);
  const stays = ({ claim, result }: ClaimResult): boolean =>
    result.kind === 'again' && !(claim.lastTry && result.counted && claim.confidential);
  const done = results.filter((each) => !stays(each)).map(({ claim }) => claim.messageId);
  if (done.length > 0) {
    await tables
      .deleteFrom('hand_overs')
      .where('organisation_id', '=', tx.organisationId)
      .where(sql<boolean>`message_id = any(${done}::uuid[])`)
      .execute();
  }
  const again = results
    .filter(stays)
    .flatMap(({ claim, result }) => (result.kind === 'again' ? [{ claim, result }] : []));
  if (again.length === 0) return;
  await sql`update notify.hand_overs h
       set claimed_by = null, claimed_at = null, tries = r.tries,
           try_at = clock_timestamp() + make_interval(secs => r.pause),
           given_up_at = case when r.given_up then clock_timestamp() end
      from unnest(${again.map(({ claim }) => claim.messageId)}::uuid[],
                  ${again.map(({ claim, result }) => (result.counted ? claim.tries : claim.tries - 1))}::int[],
                  ${again.map(({ claim, result }) => result.afterSeconds ?? pauseSeconds(claim.tries))}::float8[],
                  ${again.map(({ claim, result }) => claim.lastTry && result.counted)}::boolean[])
             as r(id, tries, pause, given_up)
     where h.organisation_id = ${tx.organisationId} and h.message_id = r.id`.execute(tables);
}

async function recordHappenings(tx: Tx, results: readonly ClaimResult[]): Promise<void> {
  const rows = results.flatMap(({ claim, happenings }) =>
    happenings.map(({ what, provider, detail }) => ({
      organisation_id: tx.organisationId,
      message_id: claim.messageId,
      id: newId(),
      what,
      provider,
      detail,
    })),
  );
  if (rows.length > 0) await notifyTables(tx).insertInto('message_events').values(rows).execute();
}
