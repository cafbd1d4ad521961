import { listKeysInForce, TokenRefusal } from '#organisations';
import { fingerprintEmail, newId, Problem, type Database, type FileStore, type Keyring, type Scope } from '#platform';
import { Refusal } from './api/refusals.ts';
import { isGivenFile, readGivenFile, type GivenFile } from './files/given-file.ts';
import { keepLinkedFile, makeLink, type Link } from './files/linked-files.ts';
import { readPersonalisation, writeContent, type Sanitised } from './content.ts';
import type { Intake, KeyKind, MessageRow, Outcome } from './intake.ts';
import type { KnownService, KnownServices } from './known-services.ts';
import { readLetterAddress } from './letter-address.ts';
import { sealMessage, type Content } from './messages.ts';
import { checkRecipient, readRecipient } from './recipient-check.ts';
import { findRepeated, requestSigning, type Notification } from './notifications.ts';
import { fingerprintPhone, isSimulated } from './recipients.ts';
import { mostPerDay } from './sending-settings.ts';
import type { TemplateType, TemplateVersion } from './templates/templates.ts';

/** The key by which the API is called. */
export interface Caller {
  readonly scope: Scope;
  readonly serviceId: string;
  readonly keyId: string;
  readonly keyKind: KeyKind;
}

/** What is asked to be sent. */
export interface SendRequest {
  readonly channel: TemplateType;
  /** An address or a number; a letter's address stands in its personalisation. */
  readonly to: string;
  readonly templateId: string;
  readonly personalisation: Readonly<Record<string, unknown>>;
  readonly reference: string | null;
  /** The reply-to address or the sender that the service has set up. */
  readonly senderId: string | null;
  readonly unsubscribeUrl: string | null;
  /** Names of placeholders whose values come from strangers: nothing in them becomes a link or another format. */
  readonly sanitise: readonly string[];
  /** When it is to be sent, in ISO 8601; null for at once. */
  readonly scheduledFor: string | null;
  readonly idempotencyKey: string | null;
}

/** What acceptance stands on: the database, what is known of services, and the intake of this process. */
export interface Acceptance {
  readonly database: Database;
  readonly keyring: Keyring;
  readonly known: KnownServices;
  readonly intake: Intake;
  /** Where files go that e-mails link to; null where none are kept. */
  readonly fileStore: FileStore | null;
  /** The address that people use: `https://platform.example`. */
  readonly publicUrl: string;
}

/** A message that was accepted, and the values of its request that were sanitised. */
export interface Accepted {
  readonly notification: Pick<
    Notification,
    'id' | 'reference' | 'scheduledFor' | 'sender' | 'postage' | 'content' | 'template'
  >;
  readonly sanitised: Sanitised;
}

/** How often a message is made again because its service changed in between. */
const mostTries = 4;

/**
 * Accepts a message to be sent: it is kept, and a job hands it over. With the idempotency key of an earlier message the
 * same request gives that message again, and nothing is sent.
 *
 * @returns the message, the values that were sanitised, and whom the message is from where the service chose.
 * @throws Refusal in the words of the contract.
 */
export async function acceptNotification(
  acceptance: Acceptance,
  caller: Caller,
  request: SendRequest,
): Promise<Accepted> {
  const { intake, known } = acceptance;
  const { channel } = request;
  const repeated = request.idempotencyKey === null ? null : await answerRepeated(acceptance, caller, request);
  if (repeated !== null) return repeated;
  const links = new Map<string, { link: Link; file: GivenFile }>();
  let isKept = false;
  for (let tries = 0; tries < mostTries; tries += 1) {
    const service = await known.get(caller.scope, caller.serviceId);
    let made: Made | { fault: Error };
    try {
      made = await make(acceptance, caller, service, request, links);
      if (links.size > 0 && !isKept && !made.simulated) await keepFiles(acceptance, caller, made.to, links);
      isKept = true;
    } catch (error) {
      made = asFault(error);
    }
    const outcome = await intake.take(caller.scope, {
      service,
      keyId: caller.keyId,
      keyKind: caller.keyKind,
      channel,
      row: 'fault' in made || made.simulated ? null : made.row,
      failed: 'fault' in made,
    });
    if (outcome === 'stale') {
      known.forget(caller.serviceId);
      continue;
    }
    refuseOverLimit(outcome, service, caller.keyKind, channel);
    if ('fault' in made) throw made.fault;
    if (outcome === 'repeated') {
      // The same was sent at the same moment, and that one was first.
      const first = await answerRepeated(acceptance, caller, request);
      if (first !== null) return first;
      continue;
    }
    const { id, client_reference: reference, scheduled_for: scheduledFor, sender, postage } = made.row;
    const { content, sanitised, template } = made;
    return { notification: { id, reference, scheduledFor, sender, postage, content, template }, sanitised };
  }
  throw new Problem('unavailable', { message: 'The service is being changed just now. Try again.' });
}

/**
 * Counts a request that is no message itself against the rate of its service.
 *
 * @returns what is known of the service just now.
 * @throws Refusal where the service asks too often.
 */
export async function countAsRequest(
  { known, intake }: Acceptance,
  { scope, serviceId, keyId, keyKind }: Caller,
  channel: TemplateType,
): Promise<KnownService> {
  for (let tries = 0; tries < mostTries; tries += 1) {
    const service = await known.get(scope, serviceId);
    const outcome = await intake.take(scope, { service, keyId, keyKind, channel, row: null, failed: true });
    if (outcome !== 'stale') {
      refuseOverLimit(outcome, service, keyKind, channel);
      return service;
    }
    known.forget(serviceId);
  }
  throw new Problem('unavailable', { message: 'The service is being changed just now. Try again.' });
}

/** @throws Refusal where an outcome is that the service sends more than it may; TokenRefusal where its key was revoked. */
export function refuseOverLimit(
  outcome: Outcome,
  { settings }: KnownService,
  keyKind: KeyKind,
  channel: TemplateType,
): void {
  if (outcome === 'revoked') throw new TokenRefusal('key revoked');
  if (outcome === 'too fast') {
    throw new Refusal(
      'RateLimitError',
      `Exceeded rate limit for key type ${keyKind.toUpperCase()} of ${settings.requestsPerMinute} requests per 60 seconds`,
    );
  }
  if (outcome === 'too many') {
    throw new Refusal(
      'TooManyRequestsError',
      `Exceeded send limits (${channel}: ${mostPerDay(settings, channel)}) for today`,
    );
  }
}

/** What the request was answered with when it was made before; null where it was not. */
async function answerRepeated(
  { database, keyring }: Acceptance,
  caller: Caller,
  request: SendRequest,
): Promise<Accepted | null> {
  const { idempotencyKey: key } = request;
  if (key === null) return null;
  const notification = await database.transact(caller.scope, async (tx) => {
    if (!(await listKeysInForce(tx, [caller.keyId])).has(caller.keyId)) throw new TokenRefusal('key revoked');
    return findRepeated(tx, keyring, { serviceId: caller.serviceId, key, signedText: signedTextOf(request) });
  });
  if (notification === null) return null;
  const [values] = withoutFiles(request.personalisation);
  const { sanitised } = readPersonalisation({ ...request, personalisation: values, template: noTemplate });
  return { notification, sanitised };
}

/** Where nothing is filled in, every value is fine. */
const noTemplate = { subject: '', body: '' } as const;

/** What makes two requests the same. It is kept as a signature only, because it names the recipient. */
function signedTextOf(request: SendRequest): string {
  const { channel, to, templateId, personalisation, reference, senderId, unsubscribeUrl, sanitise, scheduledFor } =
    request;
  const inOrder = Object.entries(personalisation).toSorted(([one], [other]) => (one < other ? -1 : 1));
  const parts = [channel, to, templateId, inOrder, reference, senderId, unsubscribeUrl, sanitise];
  return JSON.stringify(scheduledFor === null ? parts : [...parts, scheduledFor]);
}

function asFault(error: unknown): { fault: Error } {
  // A request that cannot be met counts against the rate all the same.
  if (error instanceof Refusal) return { fault: error };
  if (error instanceof Problem && error.status < 500) return { fault: error };
  throw error;
}

/** Keeps the files of a request, whose links stand in what was made of it. */
async function keepFiles(
  { database, keyring, fileStore }: Acceptance,
  { scope, serviceId }: Caller,
  to: string,
  links: ReadonlyMap<string, { link: Link; file: GivenFile }>,
): Promise<void> {
  if (fileStore === null) return;
  for (const { link, file } of links.values()) {
    await keepLinkedFile({ database, keyring, fileStore }, scope, { serviceId, link, file, to });
  }
}

/** The values of a request with a word in the place of each file, and whether there are any. */
function withoutFiles(
  personalisation: Readonly<Record<string, unknown>>,
): [values: Readonly<Record<string, unknown>>, hasFiles: boolean] {
  if (!Object.values(personalisation).some(isGivenFile)) return [personalisation, false];
  const values = Object.entries(personalisation).map(([name, value]) => [name, isGivenFile(value) ? 'file' : value]);
  return [Object.fromEntries(values), true];
}

/**
 * The values of a request, with an address in the place of each file.
 *
 * @param links the addresses that were given to its files, by the names of the values: they stay the same.
 * @throws Refusal where a file cannot be sent.
 */
function withLinks(
  { fileStore, publicUrl }: Acceptance,
  { scope, serviceId }: Caller,
  { settings }: KnownService,
  { channel, personalisation }: SendRequest,
  links: Map<string, { link: Link; file: GivenFile }>,
): Readonly<Record<string, unknown>> {
  const files = Object.entries(personalisation).filter(([, value]) => isGivenFile(value));
  if (settings.filesContact === null || fileStore === null) {
    const page = `${publicUrl}/staff/organisations/${scope.organisationId}/services/${serviceId}/messages/sending`;
    throw new Refusal(
      'BadRequestError',
      `Send files by email has not been set up - add contact details for your service at ${page}`,
    );
  }
  if (channel !== 'email') throw new Refusal('BadRequestError', 'Can only send a file by email');
  const values = new Map(Object.entries(personalisation));
  for (const [name, value] of files) {
    if (!isGivenFile(value)) continue;
    const given = links.get(name) ?? { link: makeLink(scope.organisationId), file: readGivenFile(value) };
    links.set(name, given);
    values.set(name, `${publicUrl}/download/${given.link.key}`);
  }
  return Object.fromEntries(values);
}

interface Made {
  readonly row: MessageRow;
  readonly simulated: boolean;
  readonly to: string;
  readonly content: Content;
  readonly sanitised: Sanitised;
  readonly template: TemplateVersion;
}

/** Makes a message of a request. @throws Refusal in the order in which GOV.UK Notify looks at a request. */
async function make(
  acceptance: Acceptance,
  caller: Caller,
  service: KnownService,
  request: SendRequest,
  links: Map<string, { link: Link; file: GivenFile }>,
): Promise<Made> {
  const { channel } = request;
  const { organisationId } = caller.scope;
  if (channel === 'letter') refuseLetterless(service);
  const template = await findUsable(service, request);
  const fill = (values: Readonly<Record<string, unknown>>) => {
    const read = readPersonalisation({ personalisation: values, sanitise: request.sanitise, template });
    const { unsubscribeUrl } = request;
    return { ...read, ...writeContent(template, { ...read, unsubscribeUrl }, service.prefix) };
  };
  // A file is looked at once everything else is right; until then something stands in its place.
  const [values, hasFiles] = withoutFiles(request.personalisation);
  let filled = fill(values);
  const sender = findSender(service, request);
  if (channel === 'letter') refuseLetterKey(caller, service);
  const { to, postage } =
    channel === 'letter'
      ? readLetterAddress(template, filled.personalisation)
      : { to: readRecipient(request), postage: null };
  if (channel !== 'letter') await checkRecipient(acceptance, caller, service, { channel, to });
  if (hasFiles) filled = fill(withLinks(acceptance, caller, service, request, links));
  const { content, fragments, sanitised } = filled;
  const id = newId();
  const { keyring } = acceptance;
  const writtenTo = channel === 'letter' ? to : request.to;
  const reference = request.reference?.toWellFormed() ?? null;
  return {
    simulated: channel !== 'letter' && isSimulated(to),
    to,
    content,
    sanitised,
    template,
    row: {
      id,
      service_id: caller.serviceId,
      channel,
      template: template.name,
      template_id: template.id,
      template_version: template.version,
      ...sealMessage(keyring, { organisationId, id, to, writtenTo, content }),
      recipient_fingerprint: fingerprintOf(keyring, channel, to),
      client_reference: reference,
      key_kind: caller.keyKind,
      key_id: caller.keyId,
      fragments,
      sender,
      postage,
      status: 'created',
      scheduled_for: request.scheduledFor,
      idempotency_key: request.idempotencyKey,
      request_signature: request.idempotencyKey === null ? null : keyring.sign(requestSigning, signedTextOf(request)),
      batch_id: null,
      batch_row: null,
    },
  };
}

/** The keyed hash by which what was sent to somebody is found. */
export function fingerprintOf(keyring: Keyring, channel: TemplateType, to: string): Buffer {
  if (channel === 'email') return fingerprintEmail(keyring, to);
  return channel === 'sms' ? fingerprintPhone(keyring, to) : keyring.fingerprint('postal address', to.toLowerCase());
}

async function findUsable(
  service: KnownService,
  request: Pick<SendRequest, 'templateId' | 'channel'>,
): Promise<TemplateVersion> {
  const template = await service.template(request.templateId);
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

/** Whom a message is from: the sender that it names, or the default one; null where the service has none. */
export function findSender(
  { senders, serviceId }: Pick<KnownService, 'senders' | 'serviceId'>,
  { channel, senderId }: Pick<SendRequest, 'channel' | 'senderId'>,
): string | null {
  const ofChannel = senders.filter((sender) => sender.channel === channel);
  if (senderId === null) return ofChannel.find((sender) => sender.isDefault)?.value ?? null;
  const named = ofChannel.find((sender) => sender.id === senderId);
  if (named !== undefined) return named.value;
  const field = { email: 'email_reply_to_id', sms: 'sms_sender_id', letter: 'letter_contact_id' }[channel];
  throw new Refusal('BadRequestError', `${field} ${senderId} does not exist in database for service id ${serviceId}`);
}

/** @throws Refusal where a service may not send letters. */
export function refuseLetterless({ settings }: KnownService): void {
  if (!settings.maySendLetters) throw new Refusal('BadRequestError', 'Service is not allowed to send letters');
}

/** @throws Refusal where a service may not send letters with this kind of key. */
export function refuseLetterKey({ keyKind }: Pick<Caller, 'keyKind'>, { settings }: KnownService): void {
  if (keyKind === 'team') throw new Refusal('BadRequestError', 'Cannot send letters with a team api key', 403);
  if (keyKind === 'live' && settings.trial) {
    throw new Refusal('BadRequestError', 'Cannot send letters when service is in trial mode', 403);
  }
}
