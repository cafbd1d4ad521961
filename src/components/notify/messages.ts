import { sql } from 'kysely';
import { fingerprintEmail, hashToken, newId, oneOf, Problem, sealedPlace, type Keyring, type Tx } from '#platform';
import { notifyTables } from './database.ts';
import { queueHandOvers } from './hand-over/queue.ts';
import { tidyTypography } from './templates/email-markdown.ts';
import { fillPlaceholders, type Personalisation } from './templates/template-text.ts';
import { findTemplate, templateTypes, type TemplateType } from './templates/templates.ts';

/** Written out and not a parameter, so that every plan can use the indexes of listed messages. */
const isListed = sql<boolean>`not confidential`;

const longestAddress = 320;
const longestBodyBytes = 2_000_000;

/** An e-mail to one person. */
export interface Email {
  /** The service that sends it; null for the platform's own. */
  readonly serviceId: string | null;
  /** The name of a template of the service, or of a built-in one, without regard to case, spaces, `_` and `-`. */
  readonly template: string;
  readonly to: string;
  readonly personalisation: Personalisation;
  /** The public reference of what it is about, by which it is found, and erased with everything else about that. */
  readonly reference: string | null;
  /** The text is a secret: it is shown nowhere, and erased once the mail server has it. */
  readonly confidential?: boolean;
}

/**
 * Sends an e-mail, if and only if the caller's transaction commits: a courier hands it to a provider then.
 *
 * @throws Problem invalid where there is no such template or personalisation is missing; unprocessable where the address
 *   cannot be one, or a value would bring a line break into the subject; too-large over two million bytes.
 */
export async function sendEmail(tx: Tx, keyring: Keyring, email: Email): Promise<{ messageId: string }> {
  const { serviceId, reference, confidential = false } = email;
  const to = email.to.trim();
  refuseUnusableAddress(to);
  const template = await findTemplate(tx, serviceId, email.template);
  const content = fill(template, email.personalisation);
  const id = newId();
  await notifyTables(tx)
    .insertInto('messages')
    .values({
      organisation_id: tx.organisationId,
      id,
      service_id: serviceId,
      template: template.name,
      template_id: template.id,
      template_version: template.version,
      ...sealMessage(keyring, { organisationId: tx.organisationId, id, to, content }),
      recipient_fingerprint: fingerprintEmail(keyring, to),
      reference,
      reference_key: reference === null ? null : referenceKey(reference),
      confidential,
    })
    .execute();
  await queueHandOvers(tx, [{ messageId: id, channel: 'email' }], confidential ? 'at once' : 'soon');
  return { messageId: id };
}

const statuses = [
  'created',
  'sending',
  'pending',
  'sent',
  'delivered',
  'cancelled',
  'permanent-failure',
  'temporary-failure',
  'technical-failure',
  'pending-virus-check',
  'virus-scan-failed',
  'validation-failed',
  'returned-letter',
  'kept',
  'dropped',
] as const;
export type MessageStatus = (typeof statuses)[number];

/** A message as the outbox lists it: without what it says and to whom. */
export interface ListedMessage {
  readonly id: string;
  readonly channel: TemplateType;
  readonly reference: string | null;
  /** What the sender's own system calls it. */
  readonly clientReference: string | null;
  readonly template: string;
  readonly templateVersion: number | null;
  readonly status: MessageStatus;
  readonly scheduledFor: string | null;
  readonly attempts: number;
  readonly createdAt: string;
}

/** A message with its text and its life. `to` and `content` are null once they are erased. */
export interface Message extends ListedMessage {
  readonly to: string | null;
  readonly content: Content | null;
  readonly fragments: number | null;
  /** Whom it is from, where the service chose. */
  readonly sender: string | null;
  readonly postage: string | null;
  readonly keyKind: string | null;
  readonly batch: { readonly id: string; readonly row: number } | null;
  readonly failure: string | null;
  readonly triedAt: string | null;
  readonly handedOverAt: string | null;
  readonly failedAt: string | null;
  readonly erasedAt: string | null;
}

export interface Content {
  /** Empty for a text message. */
  readonly subject: string;
  /** The text with its placeholders filled: markdown where it is an e-mail. */
  readonly body: string;
  /** A text message as it is sent: with the name of the service, in the alphabet of text messages. */
  readonly text?: string;
  /** Where the recipient of an e-mail asks for no more of them. */
  readonly unsubscribeUrl?: string;
}

/** Messages of a service, newest first, with the ids at whose far side there are more. */
export interface MessagePage {
  readonly messages: readonly ListedMessage[];
  readonly newer: string | null;
  readonly older: string | null;
}

/**
 * One page of a service's outbox. It is found by the id at its edge, so that it costs the same however long the outbox
 * is. Confidential messages are not in it.
 *
 * @param filter.before the id of a message: the page begins with the one sent before it.
 * @param filter.after the id of a message: the page ends with the one sent after it.
 * @param filter.reference a whole reference: ours, with or without its hyphens, or what the sender's system calls it.
 */
export async function listMessages(
  tx: Tx,
  serviceId: string,
  filter: {
    before?: string;
    after?: string;
    reference?: string;
    show?: 'all' | 'failed' | 'returned';
    most?: number;
  } = {},
): Promise<MessagePage> {
  const { before, after, reference, most = 25 } = filter;
  const forward = before === undefined && after !== undefined;
  let query = notifyTables(tx)
    .selectFrom('messages')
    .select(listedColumns)
    .where('organisation_id', '=', tx.organisationId)
    .where('service_id', '=', serviceId)
    .where(isListed);
  if (reference !== undefined) {
    query = query.where((where) =>
      where.or([
        where('reference_key', '=', referenceKey(reference)),
        where('client_reference_hash', '=', hashToken(reference)),
      ]),
    );
  }
  if (filter.show === 'failed') query = query.where('failed_at', 'is not', null);
  if (filter.show === 'returned') {
    query = query
      .where('key_kind', 'in', ['live', 'team', 'test'])
      // Every one of them, named so that the index messages_listed is gone through by its columns.
      .where(sql<boolean>`(batch_id is null) in (true, false)`)
      .where('channel', '=', 'letter')
      .where('status', '=', 'returned-letter');
  }
  if (before !== undefined) query = query.where('id', '<', before);
  if (forward) query = query.where('id', '>', after);
  const found = await query
    .orderBy('id', forward ? 'asc' : 'desc')
    .limit(most + 1)
    .execute();
  const hasMore = found.length > most;
  const rows = found.slice(0, most);
  if (forward) rows.reverse();
  const first = rows[0]?.id ?? null;
  const last = rows.at(-1)?.id ?? null;
  return {
    messages: rows.map(shapeListed),
    newer: (forward ? hasMore : before !== undefined) ? first : null,
    older: (forward ? true : hasMore) ? last : null,
  };
}

/** The newest messages of a service to somebody, found by the hash of the recipient; a hundred at most. */
export async function listMessagesTo(tx: Tx, serviceId: string, fingerprint: Buffer): Promise<ListedMessage[]> {
  const rows = await notifyTables(tx)
    .selectFrom('messages')
    .select(listedColumns)
    .where('organisation_id', '=', tx.organisationId)
    .where('recipient_fingerprint', '=', fingerprint)
    .where('service_id', '=', serviceId)
    .where(isListed)
    .orderBy('id', 'desc')
    .limit(100)
    .execute();
  return rows.map(shapeListed);
}

/**
 * A message of a service, with its text.
 *
 * @throws Problem not-found, also where it is another service's or confidential.
 */
export async function getMessage(
  tx: Tx,
  keyring: Keyring,
  { serviceId, messageId }: { serviceId: string; messageId: string },
): Promise<Message> {
  const row = await notifyTables(tx)
    .selectFrom('messages')
    .selectAll()
    .where('organisation_id', '=', tx.organisationId)
    .where('id', '=', messageId)
    .where('service_id', '=', serviceId)
    .where(isListed)
    .executeTakeFirst();
  if (row === undefined) throw new Problem('not-found');
  return {
    ...shapeListed(row),
    ...openSealed(keyring, row),
    fragments: row.fragments,
    sender: row.sender,
    postage: row.postage,
    keyKind: row.key_kind,
    batch: row.batch_id === null || row.batch_row === null ? null : { id: row.batch_id, row: row.batch_row },
    failure: row.failure,
    triedAt: row.tried_at,
    handedOverAt: row.handed_over_at,
    failedAt: row.failed_at,
    erasedAt: row.erased_at,
  };
}

/** The recipient and the text of a message as they are kept: sealed as one. */
export function sealMessage(
  keyring: Keyring,
  message: {
    organisationId: string;
    id: string;
    to: string;
    /** The recipient as whoever sends it wrote it, where that is not the same. */
    writtenTo?: string;
    content: Content;
  },
): { sealed_content: Buffer } {
  const { organisationId, id, to, writtenTo = to, content } = message;
  const sealed: SealedText = { ...content, to, ...(writtenTo === to ? {} : { writtenTo }) };
  return { sealed_content: keyring.seal(placeOfContent(organisationId, id), JSON.stringify(sealed)) };
}

/** What is sealed of a message. Before recipients were a part of it they were kept by themselves. */
type SealedText = Content & { readonly to?: string; readonly writtenTo?: string };

/** A recipient that becomes known after the text of a message was sealed, as it is kept. */
export function sealRecipient(
  keyring: Keyring,
  { organisationId, id, to }: { organisationId: string; id: string; to: string },
): { sealed_recipient: Buffer } {
  return { sealed_recipient: keyring.seal(placeOfRecipient(organisationId, id), to) };
}

/** The recipient and the text of a message; null once they are erased. `writtenTo` is the recipient as it was given. */
export function openSealed(
  keyring: Keyring,
  row: { organisation_id: string; id: string; sealed_recipient: Buffer | null; sealed_content: Buffer | null },
): { to: string | null; writtenTo: string | null; content: Content | null } {
  const { organisation_id: organisationId, id, sealed_recipient: recipient, sealed_content: sealed } = row;
  const separate = recipient === null ? null : keyring.open(placeOfRecipient(organisationId, id), recipient).toString();
  if (sealed === null) return { to: separate, writtenTo: separate, content: null };
  const text: SealedText = JSON.parse(keyring.open(placeOfContent(organisationId, id), sealed).toString());
  const { to: within = null, writtenTo, ...content } = text;
  const to = separate ?? within;
  return { to, writtenTo: writtenTo ?? to, content };
}

/** A reference as it is looked up: without hyphens, spaces and case. */
export function referenceKey(reference: string): string {
  return reference.toUpperCase().replaceAll(/[^\p{L}\p{N}]+/gu, '');
}

/**
 * Refuses what could not be one address, or would be more than one: an e-mail client or server would read a comma, a
 * bracket or a line break as the beginning of something else.
 */
function refuseUnusableAddress(to: string): void {
  const isUsable = to.length <= longestAddress && /^[^\s\p{C}@<>()[\]\\,;:"]+@[^\s\p{C}@<>()[\]\\,;:"]+$/u.test(to);
  if (isUsable) return;
  throw new Problem('unprocessable', {
    message: 'The email address cannot be used. Use one like name@example.com.',
    places: [{ place: 'to', message: 'must be an email address' }],
  });
}

function fill(template: { subject: string; body: string }, personalisation: Personalisation): Content {
  const { subject, body } = fillPlaceholders({ subject: template.subject, body: template.body }, personalisation, {
    bullets: ['body'],
  });
  if (/\p{Cc}/u.test(subject)) {
    throw new Problem('unprocessable', {
      message: 'The subject of an email must be one line. Take the line breaks out of what is filled into it.',
      places: [{ place: 'personalisation', message: 'must not have a line break where it is filled into the subject' }],
    });
  }
  // What was filled in may be empty: it leaves no gap.
  const tidy = body
    .replaceAll(/\r\n?/g, '\n')
    .replaceAll(/[ \t]+\n/g, '\n')
    .replaceAll(/\n{3,}/g, '\n\n')
    .trim();
  if (Buffer.byteLength(tidy) > longestBodyBytes) throw new Problem('too-large', { message: 'The email is too long.' });
  return { subject: tidyTypography(subject).trim(), body: tidy };
}

const listedColumns = [
  'id',
  'channel',
  'reference',
  'client_reference',
  'template',
  'template_version',
  'status',
  'attempts',
  'created_at',
  'scheduled_for',
] as const;

function shapeListed(row: {
  id: string;
  channel: string;
  reference: string | null;
  client_reference: string | null;
  template: string;
  template_version: number | null;
  status: string;
  attempts: number;
  created_at: string;
  scheduled_for: string | null;
}): ListedMessage {
  return {
    id: row.id,
    channel: oneOf(templateTypes, row.channel),
    reference: row.reference,
    clientReference: row.client_reference,
    scheduledFor: row.scheduled_for,
    template: row.template,
    templateVersion: row.template_version,
    status: readStatus(row.status),
    attempts: row.attempts,
    createdAt: row.created_at,
  };
}

function readStatus(text: string): MessageStatus {
  const status = statuses.find((each) => each === text);
  if (status === undefined) throw new Error(`There is no message status "${text}".`);
  return status;
}

function placeOfRecipient(organisationId: string, id: string): string {
  return sealedPlace('notify.messages.sealed_recipient', organisationId, id);
}

function placeOfContent(organisationId: string, id: string): string {
  return sealedPlace('notify.messages.sealed_content', organisationId, id);
}
