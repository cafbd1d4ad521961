import { sql } from 'kysely';
import type { Tx } from '#platform';
import { notifyTables } from '../database.ts';
import type { Channel } from '../providers/provider.ts';

/** Who waits for a message: it decides what goes first within an organisation. Between organisations it is turn and turn about. */
export type Urgency = 'at once' | 'soon' | 'in bulk';

const priorities = { 'at once': 0, soon: 1, 'in bulk': 2 } as const;

/** Sixty tries with the pauses below are about five days, as long as mail servers go on trying (RFC 5321, section 4.5.4.1). */
const mostTries = 60;
/** A code is of no use after minutes: about ten of them. */
const mostUrgentTries = 6;

/** What a hand-over of an urgency is queued with. */
export function howUrgent(urgency: Urgency): { priority: number; mostTries: number } {
  return { priority: priorities[urgency], mostTries: urgency === 'at once' ? mostUrgentTries : mostTries };
}

/**
 * Has messages handed over, if and only if the caller's transaction commits.
 *
 * @param messages `notBefore` is an ISO 8601 time.
 */
export async function queueHandOvers(
  tx: Tx,
  messages: readonly { messageId: string; channel: Channel; notBefore?: string | null }[],
  urgency: Urgency = 'soon',
): Promise<void> {
  if (messages.length === 0) return;
  const { priority, mostTries: most } = howUrgent(urgency);
  await sql`insert into notify.hand_overs (organisation_id, message_id, channel, priority, most_tries, try_at)
    select ${tx.organisationId}::uuid, m.id, m.channel, ${priority}::smallint, ${most}::int, coalesce(m.not_before, now())
      from unnest(${messages.map(({ messageId }) => messageId)}::uuid[],
                  ${messages.map(({ channel }) => channel)}::text[],
                  ${messages.map(({ notBefore }) => notBefore ?? null)}::timestamptz[]) as m(id, channel, not_before)`.execute(
    notifyTables(tx),
  );
}

/** Takes back messages that have not been begun. @returns the ids of those that will not be sent. */
export async function withdrawHandOvers(tx: Tx, messageIds: readonly string[]): Promise<string[]> {
  const rows = await notifyTables(tx)
    .deleteFrom('hand_overs')
    .where('organisation_id', '=', tx.organisationId)
    .where(sql<boolean>`message_id = any(${messageIds}::uuid[])`)
    .where('claimed_by', 'is', null)
    .returning('message_id')
    .execute();
  return rows.map((row) => row.message_id);
}

/** A message that a courier hands over now. Nobody else does until it is released. */
export interface Claim {
  readonly organisationId: string;
  readonly messageId: string;
  readonly channel: Channel;
  /** 1 for the first. */
  readonly tries: number;
  readonly lastTry: boolean;
  readonly domain: string;
  readonly serviceId: string | null;
  readonly keyKind: string | null;
  readonly confidential: boolean;
  readonly fragments: number | null;
  readonly createdAt: string;
  readonly sender: string | null;
  readonly postage: string | null;
  readonly sealedRecipient: Buffer | null;
  readonly sealedContent: Buffer | null;
}

/**
 * Claims messages that are due, the most urgent first.
 *
 * @param wanted.domain what the Message-IDs of those that are tried for the first time end with.
 * @param wanted.messageId this one only, whether it is due or not.
 */
export async function claimMessages(
  tx: Tx,
  wanted: { courier: string; channel?: Channel; most: number; domain: string; messageId?: string },
): Promise<Claim[]> {
  const { courier, most, domain, messageId } = wanted;
  const chosen =
    messageId === undefined
      ? sql`select due.message_id from unnest('{0,1,2}'::smallint[]) p cross join lateral (
              select h.message_id from notify.hand_overs h
               where h.organisation_id = ${tx.organisationId} and h.channel = ${wanted.channel} and h.priority = p
                 and h.claimed_by is null and h.given_up_at is null and h.try_at <= clock_timestamp()
               order by h.try_at limit ${most} for update skip locked) due limit ${most}`
      : sql`select h.message_id from notify.hand_overs h
             where h.organisation_id = ${tx.organisationId} and h.message_id = ${messageId} and h.claimed_by is null
               for update skip locked`;
  // `unhurried`: a claim need not be on disk. A database that loses it gives the message out again, as it would without its record.
  const { rows } = await sql<{
    message_id: string;
    channel: Channel;
    tries: number;
    most_tries: number;
    domain: string;
    service_id: string | null;
    key_kind: string | null;
    confidential: boolean;
    fragments: number | null;
    created_at: string;
    sender: string | null;
    postage: string | null;
    sealed_recipient: Buffer | null;
    sealed_content: Buffer | null;
  }>`with unhurried as materialized (select set_config('synchronous_commit', 'off', true)),
    chosen as materialized (${chosen}),
    claimed as (
      update notify.hand_overs h
         set claimed_by = ${courier}, claimed_at = clock_timestamp(), tries = tries + 1, domain = coalesce(h.domain, ${domain}),
             given_up_at = null
        from chosen, unhurried where h.organisation_id = ${tx.organisationId} and h.message_id = chosen.message_id
      returning h.organisation_id, h.message_id, h.channel, h.tries, h.most_tries, h.domain)
    select c.message_id, c.channel, c.tries, c.most_tries, c.domain, m.service_id, m.key_kind, m.confidential, m.fragments,
           m.created_at, m.sender, m.postage, m.sealed_recipient, m.sealed_content
      from claimed c join notify.messages m on m.organisation_id = c.organisation_id and m.id = c.message_id`.execute(
    notifyTables(tx),
  );
  return rows.map((row) => ({
    organisationId: tx.organisationId,
    messageId: row.message_id,
    channel: row.channel,
    tries: row.tries,
    lastTry: row.tries >= row.most_tries,
    domain: row.domain,
    serviceId: row.service_id,
    keyKind: row.key_kind,
    confidential: row.confidential,
    fragments: row.fragments,
    createdAt: row.created_at,
    sender: row.sender,
    postage: row.postage,
    sealedRecipient: row.sealed_recipient,
    sealedContent: row.sealed_content,
  }));
}

/**
 * Gives others what couriers had claimed.
 *
 * @param held the messages that they have in hand all the same.
 */
export async function releaseClaims(tx: Tx, couriers: readonly string[], held: readonly string[] = []): Promise<void> {
  await notifyTables(tx)
    .updateTable('hand_overs')
    .set({ claimed_by: null, claimed_at: null })
    .where('organisation_id', '=', tx.organisationId)
    .where(sql<boolean>`claimed_by = any(${couriers}::uuid[])`)
    .where(sql<boolean>`message_id <> all(${held}::uuid[])`)
    .where('claimed_at', '<', sql<string>`(select notify.settled_before())`)
    .execute();
}

/** How many messages of the transaction's organisation were given up and can be begun anew. */
export async function countGivenUp(tx: Tx): Promise<number> {
  const { count } = await notifyTables(tx)
    .selectFrom('hand_overs')
    .select((select) => select.fn.countAll<number>().as('count'))
    .where('organisation_id', '=', tx.organisationId)
    .where('given_up_at', 'is not', null)
    .executeTakeFirstOrThrow();
  return count;
}

/**
 * Has messages that were given up handed over as if they were new.
 *
 * @param messageId this one only; otherwise all of the transaction's organisation.
 * @returns how many there are.
 */
export async function beginAnew(tx: Tx, messageId?: string): Promise<number> {
  const wanted = messageId === undefined ? sql`true` : sql`message_id = ${messageId}`;
  const { rows } = await sql<{ id: string }>`
    with begun as (
      update notify.hand_overs set given_up_at = null, tries = 0, try_at = clock_timestamp()
       where organisation_id = ${tx.organisationId} and given_up_at is not null and claimed_by is null and ${wanted}
      returning message_id)
    update notify.messages m set status = 'created', failed_at = null, failure = null
      from begun where m.organisation_id = ${tx.organisationId} and m.id = begun.message_id and m.handed_over_at is null
    returning m.id`.execute(notifyTables(tx));
  return rows.length;
}

/** Whether a message was given up and can be begun anew. */
export async function isGivenUp(tx: Tx, messageId: string): Promise<boolean> {
  const row = await notifyTables(tx)
    .selectFrom('hand_overs')
    .select('message_id')
    .where('organisation_id', '=', tx.organisationId)
    .where('message_id', '=', messageId)
    .where('given_up_at', 'is not', null)
    .executeTakeFirst();
  return row !== undefined;
}

/**
 * How long a message waits before it is tried again: a few seconds at first, an hour in the end.
 *
 * @param tries how often it was tried.
 */
export function pauseSeconds(tries: number): number {
  return Math.min(3600, 2 ** Math.min(tries, 12)) * (0.9 + Math.random() * 0.2);
}
