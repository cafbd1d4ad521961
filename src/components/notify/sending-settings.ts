import { recordAudit, type Tx } from '#platform';
import { notifyTables } from './database.ts';
import type { TemplateType } from './templates/templates.ts';

/** How a service sends. */
export interface SendingSettings {
  /** It sends only to its own people and guests, and 50 of each kind of message a day. */
  readonly trial: boolean;
  readonly requestsPerMinute: number;
  readonly perDay: Readonly<Record<TemplateType, number>>;
  readonly textsBeginWithName: boolean;
  /** Whom a text message is from: up to 11 letters and figures; null for what the platform is set to. */
  readonly textsFrom: string | null;
  readonly maySendLetters: boolean;
  /** Whether text messages go to phones of other countries. */
  readonly mayTextAbroad: boolean;
  /** For how many days recipients and texts are kept; null for as long as the service keeps what citizens sent. */
  readonly keptDays: number | null;
  /** Whom people ask about a file that they were sent; null where files are not sent. */
  readonly filesContact: string | null;
}

export const defaultSettings: SendingSettings = {
  trial: false,
  requestsPerMinute: 3000,
  perDay: { email: 250_000, sms: 250_000, letter: 20_000 },
  textsBeginWithName: true,
  textsFrom: null,
  maySendLetters: true,
  mayTextAbroad: false,
  keptDays: null,
  filesContact: null,
};
const trialPerDay = 50;

/** How many messages of a channel a service may send in a day. */
export function mostPerDay(settings: SendingSettings, channel: TemplateType): number {
  return settings.trial ? Math.min(trialPerDay, settings.perDay[channel]) : settings.perDay[channel];
}

export async function readSendingSettings(tx: Tx, serviceId: string): Promise<SendingSettings> {
  const row = await notifyTables(tx)
    .selectFrom('service_settings')
    .selectAll()
    .where('organisation_id', '=', tx.organisationId)
    .where('service_id', '=', serviceId)
    .executeTakeFirst();
  if (row === undefined) return defaultSettings;
  return {
    trial: row.trial,
    requestsPerMinute: row.requests_per_minute,
    perDay: { email: row.emails_per_day, sms: row.texts_per_day, letter: row.letters_per_day },
    textsBeginWithName: row.texts_begin_with_name,
    textsFrom: row.texts_from,
    maySendLetters: row.may_send_letters,
    mayTextAbroad: row.may_text_abroad,
    keptDays: row.kept_days,
    filesContact: row.files_contact,
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
    may_send_letters: settings.maySendLetters,
    may_text_abroad: settings.mayTextAbroad,
    kept_days: settings.keptDays,
    files_contact: settings.filesContact,
  };
  await notifyTables(tx)
    .insertInto('service_settings')
    .values({ organisation_id: tx.organisationId, service_id: serviceId, ...values })
    .onConflict((conflict) => conflict.columns(['organisation_id', 'service_id']).doUpdateSet(values))
    .execute();
  await recordAudit(tx, {
    action: 'notify.settings-changed',
    subject: { kind: 'service', id: serviceId, name: 'sending settings' },
    detail: { changed: Object.keys(change).join(', ') },
  });
  return settings;
}
