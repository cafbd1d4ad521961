import { sql } from 'kysely';
import { getService } from '#organisations';
import {
  addJob,
  fingerprintEmail,
  hashToken,
  isDuplicate,
  newId,
  oneOf,
  type Database,
  type Keyring,
  type Scope,
  type Tx,
} from '#platform';
import { Refusal } from './api/refusals.ts';
import { notifyTables } from './database.ts';
import { tidyTypography } from './templates/email-markdown.ts';
import { countRequest, isOfTeamOrGuest, readSendingSettings, type KeyKind, type SendingSettings } from './limits.ts';
import { handOverJob, openSealed, sealMessage, type Content } from './messages.ts';
import { fingerprintPhone, isAbroad, isSimulated, readEmailAddress, readPhoneNumber } from './recipients.ts';
import { fillPlaceholders, keyOf, type Personalisation, type PersonalisationValue } from './templates/template-text.ts';
import { getTemplate, type TemplateType, type TemplateVersion } from './templates/templates.ts';
import { longestTextMessage, writeTextMessage } from './templates/text-message.ts';

/** The key by which the API is called. */
export interface Caller {
  readonly scope: Scope;
  readonly serviceId: string;
  readonly keyId: string;
  readonly keyKind: KeyKind;
}

/** What is asked to be sent. */
export interface SendRequest {
  readonly channel: 'sms' | 'email';
  readonly to: string;
  readonly templateId: string;
  readonly personalisation: Readonly<Record<string, unknown>>;
  readonly reference: string | null;
  /** The reply-to address or the sender that the service is to have set up. */
  readonly senderId: string | null;
  readonly unsubscribeUrl: string | null;
  /** Names of placeholders whose values come from strangers: nothing in them becomes a link or another format. */
  readonly sanitise: readonly string[];
  readonly idempotencyKey: string | null;
}

/** What was sent, or is there to be. */
export interface Notification {
  readonly id: string;
  readonly channel: TemplateType;
  readonly keyKind: KeyKind;
  readonly reference: string | null;
  readonly template: { readonly id: string; readonly name: string; readonly version: number };
  /** Null once it is erased, as is the content. */
  readonly to: string | null;
  readonly content: Content | null;
  readonly status: NotificationStatus;
  readonly fragments: number | null;
  readonly createdAt: string;
  readonly sentAt: string | null;
  readonly completedAt: string | null;
}

export const failureStatuses = ['permanent-failure', 'temporary-failure', 'technical-failure'] as const;
export type NotificationStatus = 'created' | 'sending' | 'delivered' | (typeof failureStatuses)[number];

const longestEmailBytes = 2_000_000;

/**
 * Accepts a message to be sent: it is kept, and a job hands it over. With the idempotency key of an earlier message the
 * same request gives that message again, and nothing is sent.
 *
 * @returns the message, and the values that were sanitised.
 * @throws Refusal in the words of the contract.
 */
export async function acceptNotification(
  { database, keyring }: { database: Database; keyring: Keyring },
  caller: Caller,
  request: SendRequest,
): Promise<{ notification: Notification; sanitised: Sanitised; settings: SendingSettings }> {
  const { scope, serviceId } = caller;
  const repeated =
    request.idempotencyKey === null
      ? null
      : await database.transact(scope, (tx) => findRepeated(tx, keyring, caller, request));
  const settings = await database.transact(scope, (tx) =>
    repeated === null
      ? countRequest(tx, { serviceId, keyKind: caller.keyKind, channel: request.channel })
      : readSendingSettings(tx, serviceId),
  );
  const { personalisation, sanitised } = readPersonalisation(request);
  if (repeated !== null) return { notification: repeated, sanitised, settings };
  try {
    const notification = await database.transact(scope, (tx) =>
      writeNotification(tx, keyring, caller, { ...request, personalisation }, settings),
    );
    return { notification, sanitised, settings };
  } catch (error) {
    // The same was sent at the same moment, and that one was first.
    if (!isDuplicate(error) || request.idempotencyKey === null) throw error;
    const first = await database.transact(scope, (tx) => findRepeated(tx, keyring, caller, request));
    if (first === null) throw error;
    return { notification: first, sanitised, settings };
  }
}

async function writeNotification(
  tx: Tx,
  keyring: Keyring,
  caller: Caller,
  request: SendRequest & { personalisation: Personalisation },
  settings: SendingSettings,
): Promise<Notification> {
  const { serviceId } = caller;
  const template = await findUsable(tx, serviceId, request);
  const to = await checkRecipient(tx, keyring, caller, request, settings);
  refuseUnknownSender(serviceId, request);
  const prefix = await prefixOf(tx, serviceId, settings);
  const { content, fragments } = writeContent(template, request, prefix);
  const id = newId();
  const values = {
    organisation_id: tx.organisationId,
    id,
    service_id: serviceId,
    channel: request.channel,
    template: template.name,
    template_id: template.id,
    template_version: template.version,
    ...sealMessage(keyring, { organisationId: tx.organisationId, id, to, content }),
    recipient_fingerprint: request.channel === 'email' ? fingerprintEmail(keyring, to) : fingerprintPhone(keyring, to),
    client_reference: request.reference,
    client_reference_hash: request.reference === null ? null : hashToken(request.reference),
    key_kind: caller.keyKind,
    key_id: caller.keyId,
    fragments,
    idempotency_key: request.idempotencyKey,
    request_signature: request.idempotencyKey === null ? null : keyring.sign(signing, signedTextOf(request)),
  };
  if (isSimulated(to)) {
    return shape(keyring, { ...values, status: 'created', created_at: new Date().toISOString(), ...untouched });
  }
  const row = await notifyTables(tx).insertInto('messages').values(values).returningAll().executeTakeFirstOrThrow();
  await addJob(tx, handOverJob, { messageId: id });
  return shape(keyring, row);
}

/** What the text messages of a service begin with. */
export async function prefixOf(tx: Tx, serviceId: string, settings: SendingSettings): Promise<string | null> {
  return settings.textsBeginWithName ? (await getService(tx, serviceId)).name : null;
}

const untouched = { tried_at: null, handed_over_at: null, failed_at: null };

async function findUsable(tx: Tx, serviceId: string, request: SendRequest): Promise<TemplateVersion> {
  const template = await getTemplate(tx, { serviceId, templateId: request.templateId });
  if (template === null) throw new Refusal('BadRequestError', 'Template not found');
  if (template.type !== request.channel) {
    throw new Refusal(
      'BadRequestError',
      `${template.type} template is not suitable for ${request.channel} notification`,
    );
  }
  if (template.archived) throw new Refusal('BadRequestError', 'Template has been deleted');
  return template;
}

async function checkRecipient(
  tx: Tx,
  keyring: Keyring,
  caller: Caller,
  request: SendRequest,
  settings: SendingSettings,
): Promise<string> {
  const to = request.channel === 'email' ? readEmailAddress(request.to) : readPhoneNumber(request.to);
  if (to === null) throw new Refusal('ValidationError', `${request.channel} recipient is not valid`);
  if (request.channel === 'sms' && isAbroad(to)) {
    throw new Refusal('BadRequestError', 'Cannot send to international mobile numbers');
  }
  const isRestricted = caller.keyKind === 'team' || (caller.keyKind === 'live' && settings.trial);
  if (!isRestricted || isSimulated(to)) return to;
  if (await isOfTeamOrGuest(tx, keyring, { serviceId: caller.serviceId, recipient: to })) return to;
  throw new Refusal(
    'BadRequestError',
    caller.keyKind === 'team'
      ? 'Can’t send to this recipient using a team-only API key'
      : 'Can’t send to this recipient when service is in trial mode',
  );
}

/** No service has reply-to addresses or senders of its own yet. */
function refuseUnknownSender(serviceId: string, { channel, senderId }: SendRequest): void {
  if (senderId === null) return;
  const field = channel === 'email' ? 'email_reply_to_id' : 'sms_sender_id';
  throw new Refusal('BadRequestError', `${field} ${senderId} does not exist in database for service id ${serviceId}`);
}

/** Fills a template as it is sent, and as the API answers it. `prefix` is what text messages begin with. */
export function writeContent(
  template: TemplateVersion,
  request: { personalisation: Personalisation; unsubscribeUrl?: string | null },
  prefix: string | null,
): { content: Content; fragments: number | null } {
  const isText = template.type === 'sms';
  const filled = fillPlaceholders({ subject: template.subject, body: template.body }, request.personalisation, {
    bullets: isText ? [] : ['body'],
  });
  const body = filled.body.replaceAll(/\r\n?/g, '\n').trim();
  if (body === '') throw new Refusal('BadRequestError', 'Your message is empty.');
  if (isText) {
    const { text, fragments, length } = writeTextMessage(body, prefix);
    if (length > longestTextMessage) {
      throw new Refusal(
        'BadRequestError',
        `Your message is too long. Text messages cannot be longer than ${longestTextMessage} characters. Your message is ${length} characters long.`,
      );
    }
    return { content: { subject: '', body, text }, fragments };
  }
  const bytes = Buffer.byteLength(body);
  if (bytes > longestEmailBytes) {
    throw new Refusal(
      'BadRequestError',
      `Your message is too long. Emails cannot be longer than ${longestEmailBytes} bytes. Your message is ${bytes} bytes long.`,
    );
  }
  // A line break would begin a header of its own.
  const subject = tidyTypography(filled.subject.replaceAll(/[\s\p{Cc}]+/gu, ' ')).trim();
  const unsubscribeUrl = request.unsubscribeUrl ?? null;
  return { content: { subject, body, ...(unsubscribeUrl === null ? {} : { unsubscribeUrl }) }, fragments: null };
}

export type Sanitised = Readonly<Record<string, { readonly original: string; readonly sanitised: string }>>;

/** The values that are filled in. @throws Refusal where one is no text, number, yes or no, or list of those. */
export function readPersonalisation(request: {
  personalisation: Readonly<Record<string, unknown>>;
  sanitise?: readonly string[];
}): { personalisation: Personalisation; sanitised: Sanitised } {
  const strange = new Set((request.sanitise ?? []).map(keyOf));
  const personalisation = new Map<string, PersonalisationValue>();
  const sanitised = new Map<string, { original: string; sanitised: string }>();
  for (const [name, value] of Object.entries(request.personalisation)) {
    const read = readValue(name, value);
    if (!strange.has(keyOf(name)) || read === null) {
      personalisation.set(name, read);
      continue;
    }
    const original = fillPlaceholders({ text: '((value))' }, { value: read }, { bullets: ['text'] }).text;
    const plain = Array.isArray(read)
      ? read.map((item) => withoutFormats(String(item ?? '')))
      : withoutFormats(original);
    personalisation.set(name, plain);
    const shown = fillPlaceholders({ text: '((value))' }, { value: plain }, { bullets: ['text'] }).text;
    if (shown !== original) sanitised.set(name, { original, sanitised: shown });
  }
  return { personalisation: Object.fromEntries(personalisation), sanitised: Object.fromEntries(sanitised) };
}

function readValue(name: string, value: unknown): PersonalisationValue {
  if (isSimple(value)) return value;
  if (isListOfSimple(value)) return value;
  if (typeof value === 'object' && value !== null && 'file' in value) {
    throw new Refusal('BadRequestError', 'Send files by email has not been set up');
  }
  throw new Refusal('ValidationError', `personalisation ${name} is not of type string, number, boolean, array, null`);
}

function isListOfSimple(value: unknown): value is (string | number | boolean | null)[] {
  return Array.isArray(value) && value.every(isSimple);
}

function isSimple(value: unknown): value is string | number | boolean | null {
  return value === null || ['string', 'number', 'boolean'].includes(typeof value);
}

/** Puts a backslash before whatever would become a link, a heading, an item or another format of e-mails. */
function withoutFormats(text: string): string {
  return text.replaceAll(/[\\*[\]#^•]|(?<=^ *)[-_]|(?<=^ *\d{1,9})\.|:(?=\/\/)/gm, String.raw`\$&`);
}

/** A notification of a service, made with whichever kind of key; null where there is none, or it is another service's. */
export async function getNotification(
  tx: Tx,
  keyring: Keyring,
  wanted: { serviceId: string; id: string },
): Promise<Notification | null> {
  const row = await sent(tx, wanted.serviceId).where('id', '=', wanted.id).executeTakeFirst();
  return row === undefined ? null : shape(keyring, row);
}

/** Notifications that were sent with a kind of key, newest first. `olderThan` is the id of the last one that was seen. */
export async function listNotifications(
  tx: Tx,
  keyring: Keyring,
  wanted: {
    serviceId: string;
    keyKind: KeyKind;
    statuses?: readonly string[];
    channels?: readonly string[];
    reference?: string;
    olderThan?: string;
    most: number;
  },
): Promise<Notification[]> {
  const { statuses, channels, reference, olderThan } = wanted;
  let query = sent(tx, wanted.serviceId).where('key_kind', '=', wanted.keyKind);
  if (statuses !== undefined) query = query.where('status', 'in', statuses.flatMap(keptStatusesOf));
  if (channels !== undefined) query = query.where('channel', 'in', [...channels]);
  if (reference !== undefined) {
    query = query.where('client_reference_hash', '=', hashToken(reference)).where('client_reference', '=', reference);
  }
  if (olderThan !== undefined) query = query.where('id', '<', olderThan);
  const rows = await query.orderBy('id', 'desc').limit(wanted.most).execute();
  return rows.map((row) => shape(keyring, row));
}

function sent(tx: Tx, serviceId: string) {
  return notifyTables(tx)
    .selectFrom('messages')
    .selectAll()
    .where('organisation_id', '=', tx.organisationId)
    .where('service_id', '=', serviceId)
    .where('key_kind', 'is not', null)
    .where(sql<boolean>`not confidential`);
}

/** The statuses of our rows that a status of the contract means; one that no message has here is looked for in vain. */
function keptStatusesOf(status: string): string[] {
  if (status === 'delivered') return ['delivered', 'kept'];
  if (status === 'failed') return [...failureStatuses];
  return [status];
}

async function findRepeated(
  tx: Tx,
  keyring: Keyring,
  caller: Caller,
  request: SendRequest,
): Promise<Notification | null> {
  if (request.idempotencyKey === null) return null;
  const row = await sent(tx, caller.serviceId).where('idempotency_key', '=', request.idempotencyKey).executeTakeFirst();
  if (row === undefined) return null;
  if (!keyring.verify(signing, signedTextOf(request), row.request_signature ?? '')) {
    throw new Refusal('BadRequestError', 'Idempotency-Key was used before, for another request', 409);
  }
  return shape(keyring, row);
}

const signing = 'notify.idempotency';

/** What makes two requests the same. It is kept as a signature only, because it names the recipient. */
function signedTextOf(request: SendRequest): string {
  const { channel, to, templateId, personalisation, reference, senderId, unsubscribeUrl, sanitise } = request;
  const inOrder = Object.entries(personalisation).toSorted(([one], [other]) => (one < other ? -1 : 1));
  return JSON.stringify([channel, to, templateId, inOrder, reference, senderId, unsubscribeUrl, sanitise]);
}

function shape(
  keyring: Keyring,
  row: {
    organisation_id: string;
    id: string;
    channel: string;
    key_kind: string | null;
    client_reference: string | null;
    template: string;
    template_id: string | null;
    template_version: number | null;
    sealed_recipient: Buffer | null;
    sealed_content: Buffer | null;
    status: string;
    fragments: number | null;
    created_at: string;
    tried_at: string | null;
    handed_over_at: string | null;
    failed_at: string | null;
  },
): Notification {
  const isKept = row.status === 'kept';
  return {
    id: row.id,
    channel: oneOf(['email', 'sms', 'letter'] as const, row.channel),
    keyKind: oneOf(['live', 'team', 'test'] as const, row.key_kind ?? ''),
    reference: row.client_reference,
    template: { id: row.template_id ?? '', name: row.template, version: row.template_version ?? 0 },
    ...openSealed(keyring, row),
    status: isKept ? 'delivered' : oneOf(['created', 'sending', 'delivered', ...failureStatuses] as const, row.status),
    fragments: row.fragments,
    createdAt: row.created_at,
    sentAt: row.tried_at,
    completedAt: isKept ? row.tried_at : (row.handed_over_at ?? row.failed_at),
  };
}
