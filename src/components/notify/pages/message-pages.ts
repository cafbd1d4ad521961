import { Type } from 'typebox';
import { getService, type Frames } from '#organisations';
import { scopeOf, type Database, type Keyring, type Server } from '#platform';
import { getMessage, listMessages, type ListedMessage, type Message, type MessageStatus } from '../messages.ts';

/** The page of this part in every service's navigation. */
export const messagesPage = { text: 'Messages', path: '/messages', roles: ['service manager', 'caseworker'] } as const;

const config = { access: { who: 'staff', roles: messagesPage.roles, over: 'service' } } as const;
const id = Type.String({ format: 'uuid' });
const ofService = Type.Object({ organisationId: id, serviceId: id });
const ofMessage = Type.Object({ ...ofService.properties, messageId: id });

/** The outbox of a service, and each message in it. */
export function addPages(
  server: Server,
  { database, keyring, frames }: { database: Database; keyring: Keyring; frames: Frames },
): void {
  server.get(
    '/staff/organisations/:organisationId/services/:serviceId/messages',
    {
      config,
      schema: {
        params: ofService,
        querystring: Type.Object({
          reference: Type.Optional(Type.String({ maxLength: 100 })),
          show: Type.Optional(Type.Enum(['all', 'failed'])),
          before: Type.Optional(id),
          after: Type.Optional(id),
        }),
      },
    },
    async (request, reply) => {
      const { serviceId } = request.params;
      const { show = 'all', before, after } = request.query;
      const reference = (request.query.reference ?? '').trim();
      const { service, page } = await database.transact(scopeOf(request), async (tx) => ({
        service: await getService(tx, serviceId),
        page: await listMessages(tx, serviceId, {
          ...(before === undefined ? {} : { before }),
          ...(after === undefined ? {} : { after }),
          ...(reference === '' ? {} : { reference }),
          failedOnly: show === 'failed',
        }),
      }));
      const address = `/staff/organisations/${service.organisationId}/services/${serviceId}/messages`;
      const link = (edge: 'before' | 'after', at: string | null): { href: string } | undefined =>
        at === null
          ? undefined
          : { href: `${address}?${new URLSearchParams({ reference, show, [edge]: at }).toString()}` };
      return reply.page('notify/messages', {
        title: `Messages of ${service.name}`,
        ...frames.ofService(request, service, messagesPage.path),
        of: service,
        address,
        reference,
        show,
        isFiltered: reference !== '' || show !== 'all',
        messages: page.messages.map((message) => ({ ...message, shownStatus: showStatus(message) })),
        newer: link('after', page.newer),
        older: link('before', page.older),
      });
    },
  );

  server.get(
    '/staff/organisations/:organisationId/services/:serviceId/messages/:messageId',
    { config, schema: { params: ofMessage } },
    async (request, reply) => {
      const { service, message } = await database.transact(scopeOf(request), async (tx) => ({
        service: await getService(tx, request.params.serviceId),
        message: await getMessage(tx, keyring, request.params),
      }));
      const frame = frames.ofService(request, service, messagesPage.path);
      const text = message.content?.text ?? message.content?.body ?? null;
      const address = `/staff/organisations/${service.organisationId}/services/${service.id}/messages`;
      return reply.page('notify/message', {
        title: `Message ${message.reference ?? 'without a reference'}`,
        ...frame,
        breadcrumbs: [...frame.breadcrumbs, { text: messagesPage.text, href: address }],
        of: service,
        message,
        text,
        shownStatus: showStatus(message),
        life: lifeOf(message),
      });
    },
  );
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
function lifeOf(message: Message): { title: string; at: string; text?: string }[] {
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
  return life.toReversed();
}

function ordinal(number: number): string {
  const ending = { one: 'st', two: 'nd', few: 'rd', other: 'th', zero: 'th', many: 'th' }[ordinals.select(number)];
  return `${number}${ending}`;
}

const ordinals = new Intl.PluralRules('en-GB', { type: 'ordinal' });
