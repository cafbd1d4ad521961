import { sql } from 'kysely';
import { isTeamAddress } from '#organisations';
import { fingerprintEmail, newId, sealedPlace, type Keyring, type Tx } from '#platform';
import { Refusal } from './api/refusals.ts';
import { notifyTables } from './database.ts';
import { fingerprintPhone, readEmailAddress, readPhoneNumber } from './recipients.ts';
import type { TemplateType } from './templates/templates.ts';

export type KeyKind = 'live' | 'team' | 'test';

/** How a service sends. */
export interface SendingSettings {
  /** It sends only to its own people and guests, and 50 of each kind of message a day. */
  readonly trial: boolean;
  readonly requestsPerMinute: number;
  readonly perDay: Readonly<Record<TemplateType, number>>;
  readonly textsBeginWithName: boolean;
  /** Whom a text message is from: up to 11 letters and figures; null for what the platform is set to. */
  readonly textsFrom: string | null;
}

const defaults: SendingSettings = {
  trial: false,
  requestsPerMinute: 3000,
  perDay: { email: 250_000, sms: 250_000, letter: 20_000 },
  textsBeginWithName: true,
  textsFrom: null,
};
const trialPerDay = 50;

export async function readSendingSettings(tx: Tx, serviceId: string): Promise<SendingSettings> {
  const row = await notifyTables(tx)
    .selectFrom('service_settings')
    .selectAll()
    .where('organisation_id', '=', tx.organisationId)
    .where('service_id', '=', serviceId)
    .executeTakeFirst();
  if (row === undefined) return defaults;
  return {
    trial: row.trial,
    requestsPerMinute: row.requests_per_minute,
    perDay: { email: row.emails_per_day, sms: row.texts_per_day, letter: row.letters_per_day },
    textsBeginWithName: row.texts_begin_with_name,
    textsFrom: row.texts_from,
  };
}

/** Changes how a service sends. What is not given stays. */
export async function changeSendingSettings(
  tx: Tx,
  serviceId: string,
  change: Partial<SendingSettings>,
): Promise<SendingSettings> {
  const settings = { ...(await readSendingSettings(tx, serviceId)), ...change };
  const values = {
    trial: settings.trial,
    requests_per_minute: settings.requestsPerMinute,
    emails_per_day: settings.perDay.email,
    texts_per_day: settings.perDay.sms,
    letters_per_day: settings.perDay.letter,
    texts_begin_with_name: settings.textsBeginWithName,
    texts_from: settings.textsFrom,
  };
  await notifyTables(tx)
    .insertInto('service_settings')
    .values({ organisation_id: tx.organisationId, service_id: serviceId, ...values })
    .onConflict((conflict) => conflict.columns(['organisation_id', 'service_id']).doUpdateSet(values))
    .execute();
  return settings;
}

/**
 * Counts one request to send against what a service may: requests a minute for each kind of key, as a bucket that fills
 * with time, and messages a day. It is a transaction of its own, so that requests do not wait for one another's messages,
 * and the last moments of it may be lost in a crash.
 *
 * @throws Refusal RateLimitError, or TooManyRequestsError.
 */
export async function countRequest(
  tx: Tx,
  request: { serviceId: string; keyKind: KeyKind; channel: TemplateType },
): Promise<SendingSettings> {
  const { serviceId, keyKind, channel } = request;
  const settings = await readSendingSettings(tx, serviceId);
  const tables = notifyTables(tx);
  await sql`set local synchronous_commit = off`.execute(tables);
  const capacity = Math.min(Math.ceil(settings.requestsPerMinute / 3) + 1, 1000);
  const perSecond = settings.requestsPerMinute / 60;
  const filled = sql`least(${capacity}::float8, r.tokens + ${perSecond}::float8 * extract(epoch from greatest(clock_timestamp() - r.counted_at, interval '0')))`;
  const admitted = await sql`
    insert into notify.request_rates as r (organisation_id, service_id, key_kind, tokens)
    values (${tx.organisationId}, ${serviceId}, ${keyKind}, ${capacity - 1})
    on conflict (organisation_id, service_id, key_kind)
      do update set tokens = ${filled} - 1, counted_at = clock_timestamp() where ${filled} >= 1
    returning 1`.execute(tables);
  if (admitted.rows.length === 0) {
    throw new Refusal(
      'RateLimitError',
      `Exceeded rate limit for key type ${keyKind.toUpperCase()} of ${settings.requestsPerMinute} requests per 60 seconds`,
    );
  }
  if (keyKind === 'test') return settings;
  const most = settings.trial ? Math.min(trialPerDay, settings.perDay[channel]) : settings.perDay[channel];
  const isOver = sql`d.began_at <= clock_timestamp() - interval '24 hours'`;
  const counted = await sql`
    insert into notify.days_of_sending as d (organisation_id, service_id, channel, used)
    values (${tx.organisationId}, ${serviceId}, ${channel}, 1)
    on conflict (organisation_id, service_id, channel)
      do update set used = case when ${isOver} then 1 else d.used + 1 end,
                    began_at = case when ${isOver} then clock_timestamp() else d.began_at end
      where ${isOver} or d.used < ${most}
    returning 1`.execute(tables);
  if (counted.rows.length === 0) {
    throw new Refusal('TooManyRequestsError', `Exceeded send limits (${channel}: ${most}) for today`);
  }
  return settings;
}

/** Whether a team key of a service, or the service while it is on trial, may send to somebody. */
export async function isOfTeamOrGuest(
  tx: Tx,
  keyring: Keyring,
  { serviceId, recipient }: { serviceId: string; recipient: string },
): Promise<boolean> {
  if (recipient.includes('@') && (await isTeamAddress(tx, serviceId, recipient))) return true;
  const guest = await notifyTables(tx)
    .selectFrom('guests')
    .select('id')
    .where('organisation_id', '=', tx.organisationId)
    .where('service_id', '=', serviceId)
    .where('recipient_fingerprint', '=', fingerprintRecipient(keyring, recipient))
    .executeTakeFirst();
  return guest !== undefined;
}

/** Lets a service's team keys send to somebody. An address or number that is none is refused with a ValidationError. */
export async function addGuest(
  tx: Tx,
  keyring: Keyring,
  { serviceId, recipient: given }: { serviceId: string; recipient: string },
): Promise<void> {
  const recipient = given.includes('@') ? readEmailAddress(given) : readPhoneNumber(given);
  if (recipient === null) throw new Refusal('ValidationError', 'This is neither an email address nor a phone number');
  const id = newId();
  await notifyTables(tx)
    .insertInto('guests')
    .values({
      organisation_id: tx.organisationId,
      id,
      service_id: serviceId,
      recipient_fingerprint: fingerprintRecipient(keyring, recipient),
      sealed_recipient: keyring.seal(sealedPlace('notify.guests.sealed_recipient', tx.organisationId, id), recipient),
    })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
}

/** The keyed hash of an e-mail address or a phone number, as readEmailAddress or readPhoneNumber gives it. */
export function fingerprintRecipient(keyring: Keyring, recipient: string): Buffer {
  return recipient.includes('@') ? fingerprintEmail(keyring, recipient) : fingerprintPhone(keyring, recipient);
}
