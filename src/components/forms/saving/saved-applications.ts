import { sql } from 'kysely';
import { sendEmail } from '#notify';
import { listServicesAcross } from '#organisations';
import type { Service } from '#organisations';
import { addJob, fingerprintEmail, hashToken, newSecret, sealedPlace } from '#platform';
import type { Calendar, Database, Keyring, Tx } from '#platform';
import { isTrying } from '../applications/applications.ts';
import type { Holder } from '../applications/applications.ts';
import { formsTables } from '../database.ts';
import { wordsOf } from '../words/words.ts';

/** What a person is asked when they come back. Kept by its name, so that it can be asked in any language. */
export const memorableQuestions = ['place', 'character', 'teacher', 'food'] as const;
export type MemorableQuestion = (typeof memorableQuestions)[number];

/** The fewest letters and digits of a memorable answer. */
export const shortestAnswer = 3;

/** After so many wrong answers a link is closed for so many minutes. */
const mostWrong = 5;
const closedMinutes = 60;

/** The same address and answer saved again within so many minutes are the same save: a double click, or a lost answer. */
const sameSaveMinutes = 2;

/** The most links that are sent for one application in a day. */
const mostLinksADay = 5;

/** What is encrypted of a saved application. */
interface Contact {
  email: string;
  /** The secret of the link, so that it can be sent again. */
  token: string;
  /** The language that the person used when they saved. */
  language: string;
}

export interface SavingContext {
  keyring: Keyring;
  calendar: Calendar;
  service: Service;
  /** Without a slash at its end. */
  publicUrl: string;
  /** Whether e-mail leaves this machine: then the link is shown to no member of staff. */
  emailWorks: boolean;
}

/** What became of saving; `unknown` where the holder has no such application, or it was sent. */
export type SavedForLater = { done: true; until: string; sent: boolean } | { done: false };

/**
 * Saves an application for later: whoever has the link, which is sent by e-mail, and knows the memorable answer may go on
 * with it until it expires. Its time begins anew. Saved again, the newest address and answer count, and older links end; with
 * the same ones the link stays what it was, and is sent again only if the last one was not sent just now.
 *
 * @returns `until`, the ISO date of the last day on which it can be gone on with; `sent: false` where too many links were
 *   sent for it today.
 */
export async function saveForLater(
  tx: Tx,
  context: SavingContext,
  holder: Holder,
  wanted: { email: string; question: MemorableQuestion; answer: string; days: number; language: string },
): Promise<SavedForLater> {
  const { keyring, service } = context;
  if (isTrying(holder)) return { done: false };
  const application = await formsTables(tx)
    .updateTable('applications')
    .set({ expires_at: sql<string>`now() + make_interval(days => ${wanted.days})` })
    .where('organisation_id', '=', tx.organisationId)
    .where('id', '=', holder.id)
    .where('service_id', '=', service.id)
    .where('token_hash', '=', hashToken(holder.secret))
    .where('submission_id', 'is', null)
    .where('expires_at', '>', sql<string>`now()`)
    .returning('expires_at')
    .executeTakeFirst();
  if (!application) return { done: false };
  const before = await savedRows(tx).where('saved_applications.application_id', '=', holder.id).executeTakeFirst();
  const memorable = fingerprintAnswer(keyring, holder.id, wanted.answer);
  const isSame =
    before !== undefined &&
    openContact(tx, keyring, before).email === wanted.email &&
    before.memorable_question === wanted.question &&
    memorable.equals(before.memorable_fingerprint);
  const token = isSame ? openContact(tx, keyring, before).token : newSecret();
  const contact: Contact = { email: wanted.email, token, language: wanted.language };
  const values = {
    service_id: service.id,
    token_hash: hashToken(contact.token),
    email_fingerprint: fingerprintEmail(keyring, wanted.email),
    sealed_contact: keyring.seal(placeOf(tx, holder.id), JSON.stringify(contact)),
    memorable_question: wanted.question,
    memorable_fingerprint: memorable,
    wrong_answers: 0,
    closed_until: null,
    reminded_at: null,
  };
  await formsTables(tx)
    .insertInto('saved_applications')
    .values({ organisation_id: tx.organisationId, application_id: holder.id, ...values })
    .onConflict((conflict) => conflict.columns(['organisation_id', 'application_id']).doUpdateSet(values))
    .execute();
  const wasJustSent =
    isSame && before.link_sent_at !== null && Date.now() - Date.parse(before.link_sent_at) < sameSaveMinutes * 60_000;
  const sent =
    wasJustSent ||
    (await sendLink(tx, context, {
      applicationId: holder.id,
      template: 'application saved',
      expiresAt: application.expires_at,
      contact,
    }));
  return { done: true, until: context.calendar.dayOf(application.expires_at), sent };
}

/** A saved application as its link finds it, before anybody has answered. */
export interface FoundLink {
  question: string;
  language: string;
  /** Too many wrong answers were given: until this ISO time nobody can go on. */
  closedUntil: string | null;
}

/** What a link leads to, or null where it has expired, was sent or never was. */
export async function findLink(tx: Tx, keyring: Keyring, serviceId: string, token: string): Promise<FoundLink | null> {
  const row = await findByToken(tx, serviceId, token);
  if (!row) return null;
  return {
    question: row.memorable_question,
    language: openContact(tx, keyring, row).language,
    closedUntil: closedUntil(row),
  };
}

/** What the holder of an application has saved it with; null where they have not. */
export async function findSaved(
  tx: Tx,
  keyring: Keyring,
  holder: Holder,
): Promise<{ email: string; expiresAt: string } | null> {
  const row = await savedRows(tx)
    .where('saved_applications.application_id', '=', holder.id)
    .where('applications.token_hash', '=', hashToken(holder.secret))
    .executeTakeFirst();
  return row ? { email: openContact(tx, keyring, row).email, expiresAt: row.expires_at } : null;
}

/** What became of coming back. `version` is the one that the application is on. */
export type Return =
  { outcome: 'welcome'; holder: Holder; language: string } | { outcome: 'wrong' | 'closed' | 'gone' };

/**
 * Goes on with a saved application on this device, if the memorable answer is right. The device that had it before lets go
 * of it: an application has one holder.
 */
export async function returnToApplication(
  tx: Tx,
  keyring: Keyring,
  serviceId: string,
  { token, answer }: { token: string; answer: string },
): Promise<Return> {
  const row = await findByToken(tx, serviceId, token, true);
  if (!row) return { outcome: 'gone' };
  if (closedUntil(row) !== null) return { outcome: 'closed' };
  const { application_id: id } = row;
  if (!fingerprintAnswer(keyring, id, answer).equals(row.memorable_fingerprint)) {
    const wrong = row.wrong_answers + 1;
    const closes = wrong >= mostWrong;
    await changeSaved(tx, id, {
      wrong_answers: closes ? 0 : wrong,
      closed_until: closes ? new Date(Date.now() + closedMinutes * 60_000).toISOString() : null,
    });
    return { outcome: closes ? 'closed' : 'wrong' };
  }
  const holder: Holder = { id, version: row.version, secret: newSecret() };
  await formsTables(tx)
    .updateTable('applications')
    .set({ token_hash: hashToken(holder.secret) })
    .where('organisation_id', '=', tx.organisationId)
    .where('id', '=', id)
    .execute();
  await changeSaved(tx, id, { wrong_answers: 0, closed_until: null });
  return { outcome: 'welcome', holder, language: openContact(tx, keyring, row).language };
}

export const linksJob = 'forms.send-links';

/**
 * Queues sending the links of everything that was saved for a service with an e-mail address. What is queued is the same
 * whether there is anything or not, so that neither the answer nor its time says whether an address is known.
 */
export async function requestLinks(tx: Tx, keyring: Keyring, serviceId: string, email: string): Promise<void> {
  const fingerprint = fingerprintEmail(keyring, email).toString('hex');
  await addJob(tx, linksJob, { serviceId, fingerprint }, { key: `${linksJob}/${serviceId}/${fingerprint}` });
}

/** Sends them. Says how many. */
export async function sendLinks(tx: Tx, context: SavingContext, fingerprint: Buffer): Promise<number> {
  const rows = await savedRows(tx)
    .where('saved_applications.service_id', '=', context.service.id)
    .where('saved_applications.email_fingerprint', '=', fingerprint)
    .where('applications.submission_id', 'is', null)
    .where('applications.expires_at', '>', sql<string>`now()`)
    .orderBy('saved_applications.saved_at', 'desc')
    .limit(20)
    .execute();
  let sent = 0;
  for (const row of rows) {
    const done = await sendLink(tx, context, {
      applicationId: row.application_id,
      template: 'application saved',
      expiresAt: row.expires_at,
      contact: openContact(tx, context.keyring, row),
    });
    if (done) sent += 1;
  }
  return sent;
}

/** How many days before it expires a person is reminded, once: three, or fewer where there are not six altogether. */
const reminderDays = 3;
const remindedAtOnce = 200;

/** Reminds everybody whose saved application expires soon, of every organisation. Says how many. */
export async function remindSavers(database: Database, dependencies: Omit<SavingContext, 'service'>): Promise<number> {
  let reminded = 0;
  for (const service of await listServicesAcross(database)) {
    const scope = { organisationId: service.organisationId, actor: { kind: 'system', name: 'forms.remind' } } as const;
    for (let batch = remindedAtOnce; batch === remindedAtOnce; reminded += batch) {
      batch = await database.transact(scope, (tx) => remindSome(tx, { ...dependencies, service }));
    }
  }
  return reminded;
}

async function remindSome(tx: Tx, context: SavingContext): Promise<number> {
  const rows = await savedRows(tx)
    .where('saved_applications.service_id', '=', context.service.id)
    .where('saved_applications.reminded_at', 'is', null)
    .where('applications.submission_id', 'is', null)
    .where('applications.expires_at', '>', sql<string>`now()`)
    .where('applications.expires_at', '<', sql<string>`now() + make_interval(days => ${reminderDays})`)
    // Who saved only yesterday needs no reminder.
    .where(
      sql<boolean>`saved_applications.saved_at < now() - (applications.expires_at - saved_applications.saved_at) / 2`,
    )
    .limit(remindedAtOnce)
    .forUpdate('saved_applications')
    .execute();
  for (const row of rows) {
    await sendLink(tx, context, {
      applicationId: row.application_id,
      template: 'application expires soon',
      expiresAt: row.expires_at,
      contact: openContact(tx, context.keyring, row),
    });
    await changeSaved(tx, row.application_id, { reminded_at: new Date().toISOString() });
  }
  return rows.length;
}

async function sendLink(
  tx: Tx,
  { keyring, calendar, service, publicUrl, emailWorks }: SavingContext,
  link: {
    applicationId: string;
    template: 'application saved' | 'application expires soon';
    expiresAt: string;
    contact: Contact;
  },
): Promise<boolean> {
  const { applicationId, contact } = link;
  const { numUpdatedRows } = await formsTables(tx)
    .updateTable('saved_applications')
    .set({
      links_sent: sql<number>`case when link_sent_at > now() - interval '1 day' then links_sent + 1 else 1 end`,
      link_sent_at: sql<string>`now()`,
    })
    .where('organisation_id', '=', tx.organisationId)
    .where('application_id', '=', applicationId)
    .where(
      sql<boolean>`(link_sent_at is null or link_sent_at <= now() - interval '1 day' or links_sent < ${mostLinksADay})`,
    )
    .executeTakeFirst();
  if (numUpdatedRows === 0n) return false;
  const words = wordsOf(contact.language);
  await sendEmail(tx, keyring, {
    serviceId: service.id,
    template: words.emails[link.template],
    to: contact.email,
    personalisation: {
      service: service.name,
      department: service.organisationName,
      contact: service.contact,
      link: `${publicUrl}/services/${service.slug}/return/${contact.token}`,
      until: words.date(calendar.dayOf(link.expiresAt)),
    },
    reference: null,
    confidential: emailWorks,
  });
  return true;
}

interface SavedRow {
  application_id: string;
  sealed_contact: Buffer;
  closed_until: string | null;
}

function savedRows(tx: Tx) {
  return formsTables(tx)
    .selectFrom('saved_applications')
    .innerJoin('applications', (join) =>
      join
        .onRef('applications.organisation_id', '=', 'saved_applications.organisation_id')
        .onRef('applications.id', '=', 'saved_applications.application_id'),
    )
    .selectAll('saved_applications')
    .select(['applications.version', 'applications.expires_at'])
    .where('saved_applications.organisation_id', '=', tx.organisationId);
}

async function findByToken(tx: Tx, serviceId: string, token: string, lock = false) {
  return savedRows(tx)
    .where('saved_applications.service_id', '=', serviceId)
    .where('saved_applications.token_hash', '=', hashToken(token))
    .where('applications.submission_id', 'is', null)
    .where('applications.expires_at', '>', sql<string>`now()`)
    .$if(lock, (query) => query.forUpdate())
    .executeTakeFirst();
}

async function changeSaved(
  tx: Tx,
  applicationId: string,
  values: { wrong_answers?: number; closed_until?: string | null; reminded_at?: string },
): Promise<void> {
  await formsTables(tx)
    .updateTable('saved_applications')
    .set(values)
    .where('organisation_id', '=', tx.organisationId)
    .where('application_id', '=', applicationId)
    .execute();
}

function closedUntil({ closed_until: until }: SavedRow): string | null {
  return until !== null && Date.parse(until) > Date.now() ? until : null;
}

function openContact(tx: Tx, keyring: Keyring, row: SavedRow): Contact {
  return JSON.parse(keyring.open(placeOf(tx, row.application_id), row.sealed_contact).toString());
}

function placeOf(tx: Tx, applicationId: string): string {
  return sealedPlace('forms.saved_applications.sealed_contact', tx.organisationId, applicationId);
}

/**
 * A memorable answer is short, so a plain hash would soon be guessed; this one cannot be tried without the key, which is
 * not in the database. Case, spaces and punctuation do not count: nobody remembers those.
 */
function fingerprintAnswer(keyring: Keyring, applicationId: string, answer: string): Buffer {
  return keyring.fingerprint(`forms.memorable-answer/${applicationId}`, normaliseAnswer(answer));
}

/** What counts of a memorable answer. */
export function normaliseAnswer(answer: string): string {
  return answer
    .normalize('NFKD')
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}]/gu, '');
}
