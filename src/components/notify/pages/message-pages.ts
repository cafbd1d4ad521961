import type { FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import type { Service } from '#organisations';
import { Problem, recordAudit, type Server } from '#platform';
import { fingerprintRecipient } from '../guests.ts';
import { beginAnew, isGivenUp } from '../hand-over/queue.ts';
import { listMessageEvents, type MessageEvent } from '../hand-over/receipts.ts';
import { openLetterPdf } from '../letters/letters.ts';
import {
  getMessage,
  listMessages,
  listMessagesTo,
  type ListedMessage,
  type Message,
  type MessageStatus,
} from '../messages.ts';
import { readEmailAddress, readPhoneNumber } from '../recipients.ts';
import {
  addressOf,
  field,
  forManagers,
  forReaders,
  id,
  ofService,
  place,
  sectionFrame,
  withService,
  type PageDependencies,
} from './section.ts';

const ofMessage = Type.Object({ ...ofService.properties, messageId: id });

/** The outbox of a service, and each message in it. */
export function addMessagePages(server: Server, dependencies: PageDependencies): void {
  const { keyring, frames, calendar } = dependencies;

  server.get(
    place,
    {
      config: forReaders,
      schema: {
        params: ofService,
        querystring: Type.Object({
          reference: Type.Optional(Type.String({ maxLength: 1000 })),
          show: Type.Optional(Type.Enum(['all', 'failed', 'returned'])),
          before: Type.Optional(id),
          after: Type.Optional(id),
        }),
      },
    },
    async (request, reply) => {
      const { show = 'all', before, after } = request.query;
      const reference = (request.query.reference ?? '').trim();
      const { service, result: page } = await withService(dependencies, request, (tx, { id: serviceId }) =>
        listMessages(tx, serviceId, {
          ...(before === undefined ? {} : { before }),
          ...(after === undefined ? {} : { after }),
          ...(reference === '' ? {} : { reference }),
          show,
        }),
      );
      const link = (edge: 'before' | 'after', at: string | null): { href: string } | undefined =>
        at === null
          ? undefined
          : { href: `${addressOf(service)}?${new URLSearchParams({ reference, show, [edge]: at }).toString()}` };
      return reply.page('notify/messages', {
        title: `Messages of ${service.name}`,
        ...sectionFrame(frames, request, service, ''),
        reference,
        show,
        isFiltered: reference !== '' || show !== 'all',
        messages: page.messages.map((message) => ({ ...message, shownStatus: showStatus(message) })),
        newer: link('after', page.newer),
        older: link('before', page.older),
      });
    },
  );

  server.get(`${place}/search`, { config: forReaders, schema: { params: ofService } }, async (request, reply) => {
    const { service } = await withService(dependencies, request, () => Promise.resolve());
    return reply.page('notify/search', searchPage(request, service));
  });

  // A recipient is personal data, so it is sent in a form and stands in no address.
  server.post(
    `${place}/search`,
    { config: forReaders, schema: { params: ofService, body: Type.Object({ recipient: field(320) }) } },
    async (request, reply) => {
      const given = (request.body.recipient ?? '').trim();
      const recipient = given.includes('@') ? readEmailAddress(given) : readPhoneNumber(given);
      const { service, result: found } = await withService(dependencies, request, async (tx, { id: serviceId }) =>
        recipient === null ? null : listMessagesTo(tx, serviceId, fingerprintRecipient(keyring, recipient)),
      );
      if (found === null) {
        const text = 'Enter a whole email address, like name@example.com, or a whole phone number, like 07700 900123';
        return reply.code(400).page('notify/search', {
          ...searchPage(request, service),
          recipient: given,
          errors: [{ href: '#recipient', text }],
        });
      }
      return reply.page('notify/search', {
        ...searchPage(request, service),
        recipient: given,
        isAsked: true,
        messages: found.map((message) => ({ ...message, shownStatus: showStatus(message) })),
      });
    },
  );

  server.get(
    `${place}/:messageId`,
    {
      config: forReaders,
      schema: { params: ofMessage, querystring: Type.Object({ done: Type.Optional(Type.Enum(['anew'])) }) },
    },
    async (request, reply) => {
      const { service, result } = await withService(dependencies, request, async (tx) => ({
        message: await getMessage(tx, keyring, request.params),
        events: await listMessageEvents(tx, request.params.messageId),
        givenUp: await isGivenUp(tx, request.params.messageId),
      }));
      const { message, events, givenUp } = result;
      const heading = `Message ${message.reference ?? message.clientReference ?? 'without a reference'}`;
      return reply.page('notify/message', {
        title: heading,
        ...sectionFrame(frames, request, service, ''),
        heading,
        message,
        text: message.content?.text ?? message.content?.body ?? null,
        kind: { email: 'Email', sms: 'Text message', letter: 'Letter' }[message.channel],
        shownStatus: showStatus(message),
        life: lifeOf(message, events),
        givenUp,
        letter:
          message.channel === 'letter' && hasPdf(message) ? `${addressOf(service)}/${message.id}/letter.pdf` : null,
        notice:
          request.query.done === undefined
            ? undefined
            : { type: 'success', heading: 'The message is being sent again' },
      });
    },
  );

  server.post(
    `${place}/:messageId/hand-over`,
    { config: forManagers, schema: { params: ofMessage } },
    async (request, reply) => {
      const { service } = await withService(dependencies, request, async (tx) => {
        const { id: messageId } = await getMessage(tx, keyring, request.params);
        if ((await beginAnew(tx, messageId)) === 0) return;
        await recordAudit(tx, { action: 'notify.message-begun-anew', subject: { kind: 'message', id: messageId } });
      });
      return reply.redirect(`${addressOf(service)}/${request.params.messageId}?done=anew`, 303);
    },
  );

  server.get(
    `${place}/:messageId/letter.pdf`,
    { config: forReaders, schema: { params: ofMessage } },
    async (request, reply) => {
      const { result: letter } = await withService(dependencies, request, async (tx) => {
        const message = await getMessage(tx, keyring, request.params);
        // What holds a virus, or was not scanned yet, is opened by nobody.
        return hasPdf(message) ? openLetterPdf(tx, keyring, calendar, message.id) : null;
      });
      if (letter === null) throw new Problem('not-found');
      return reply
        .header('content-disposition', 'inline; filename="letter.pdf"')
        .type('application/pdf')
        .send(letter.pdf);
    },
  );

  function searchPage(request: FastifyRequest, service: Service) {
    return {
      title: 'Find messages to a person',
      ...sectionFrame(frames, request, service, '', [
        { text: 'Find messages to a person', href: `${addressOf(service)}/search` },
      ]),
      recipient: '',
      isAsked: false,
      messages: [],
    };
  }
}

/** Whether a letter can be looked at as it is printed. */
function hasPdf({ channel, status, content }: Message): boolean {
  return channel === 'letter' && content !== null && status !== 'pending-virus-check' && status !== 'virus-scan-failed';
}

interface ShownStatus {
  readonly text: string;
  readonly classes: string;
  readonly hint?: string;
}

/** Statuses in the words and the colours of the pages; the words alone say it all. */
const shownStatuses: Readonly<Record<MessageStatus, ShownStatus>> = {
  created: { text: 'Waiting', classes: 'govuk-tag--grey' },
  sending: { text: 'Sent', classes: 'govuk-tag--blue', hint: 'Its provider has it' },
  pending: { text: 'Sent', classes: 'govuk-tag--green', hint: 'Not yet delivered' },
  sent: { text: 'Sent', classes: 'govuk-tag--green' },
  delivered: { text: 'Delivered', classes: 'govuk-tag--green' },
  cancelled: { text: 'Cancelled', classes: 'govuk-tag--grey' },
  'pending-virus-check': { text: 'Being checked', classes: 'govuk-tag--blue', hint: 'For viruses' },
  'virus-scan-failed': { text: 'Failed', classes: 'govuk-tag--red', hint: 'It holds a virus' },
  'validation-failed': { text: 'Failed', classes: 'govuk-tag--red', hint: 'The letter cannot be printed' },
  'returned-letter': { text: 'Came back', classes: 'govuk-tag--orange' },
  'permanent-failure': { text: 'Failed', classes: 'govuk-tag--red', hint: 'No such recipient' },
  'temporary-failure': { text: 'Failed', classes: 'govuk-tag--red', hint: 'Not reached' },
  'technical-failure': { text: 'Failed', classes: 'govuk-tag--red' },
  kept: { text: 'Kept here', classes: 'govuk-tag--yellow', hint: 'No provider is set' },
  // Confidential, so on no page; here so that every status has its words.
  dropped: { text: 'Not sent', classes: 'govuk-tag--yellow', hint: 'No mail server is set' },
};

function showStatus({ status, attempts }: ListedMessage): ShownStatus {
  if (status === 'created' && attempts > 0)
    return { ...shownStatuses.created, hint: attempts === 1 ? 'Tried once' : `Tried ${attempts} times` };
  return shownStatuses[status];
}

/** What happened to a message, newest first. */
function lifeOf(message: Message, events: readonly MessageEvent[]): { title: string; at: string; text?: string }[] {
  const { createdAt, triedAt, handedOverAt, failedAt, erasedAt, attempts, failure, status } = message;
  const life: { title: string; at: string; text?: string }[] = [{ title: 'Written', at: createdAt }];
  if (triedAt !== null && status === 'kept') {
    life.push({ title: 'Kept here', at: triedAt, text: 'No provider is set for it, so it was not sent.' });
  } else if (triedAt !== null) {
    life.push({
      title: attempts === 1 ? 'Tried to send' : `Tried to send for the ${ordinal(attempts)} time`,
      at: triedAt,
      ...(failure === null || failedAt !== null ? {} : { text: failure }),
    });
  }
  if (handedOverAt !== null) life.push({ title: 'Taken by its provider', at: handedOverAt });
  if (failedAt !== null) life.push({ title: 'Failed', at: failedAt, ...(failure === null ? {} : { text: failure }) });
  if (erasedAt !== null) life.push({ title: 'Recipient and text erased', at: erasedAt });
  for (const { at, what, provider, detail } of events) {
    const text = [provider, detail].filter((each) => each !== null).join(': ');
    life.push({ title: what, at, ...(text === '' ? {} : { text }) });
  }
  return life.toReversed().toSorted((one, other) => (one.at === other.at ? 0 : one.at < other.at ? 1 : -1));
}

function ordinal(number: number): string {
  const ending = { one: 'st', two: 'nd', few: 'rd', other: 'th', zero: 'th', many: 'th' }[ordinals.select(number)];
  return `${number}${ending}`;
}

const ordinals = new Intl.PluralRules('en-GB', { type: 'ordinal' });
