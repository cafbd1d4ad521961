import type { FastifyReply, FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { listStaff, type Service } from '#organisations';
import { Problem, type Server, type Tx } from '#platform';
import { addGuest, listGuests, removeGuest } from '../guests.ts';
import { addSender, archiveSender, listSenders, makeSenderDefault } from '../senders.ts';
import { changeSendingSettings, readSendingSettings, type SendingSettings } from '../sending-settings.ts';
import { templateTypes, type TemplateType } from '../templates/templates.ts';
import {
  addressOf,
  field,
  forManagers,
  id,
  ofService,
  place,
  sectionFrame,
  withService,
  type PageDependencies,
} from './section.ts';

const senderWords: Readonly<Record<TemplateType, { title: string; label: string; hint: string; empty: string }>> = {
  email: {
    title: 'Reply-to addresses of emails',
    label: 'Email address',
    hint: 'Where answers to your emails go. Use one that your team reads.',
    empty: 'There is none, so people cannot answer your emails.',
  },
  sms: {
    title: 'Senders of text messages',
    label: 'Sender',
    hint: 'What people see that a text message is from: 3 to 11 letters, digits and spaces.',
    empty: 'There is none, so text messages are from the government.',
  },
  letter: {
    title: 'Contact blocks of letters',
    label: 'Lines',
    hint: 'Stands at the top right of a letter: your name and address, up to ten lines.',
    empty: 'There is none, so your letters have no address to answer to.',
  },
};
const done = Type.Object({ done: Type.Optional(Type.Enum(['saved', 'added', 'removed'])) });
const notices = {
  saved: { type: 'success', heading: 'The settings were saved' },
  added: { type: 'success', heading: 'It was added' },
  removed: { type: 'success', heading: 'It was removed' },
} as const;

/** How a service sends: what it may, whom its messages are from, and who is on its guest list. */
export function addSendingPages(server: Server, dependencies: PageDependencies): void {
  const { keyring, frames } = dependencies;

  server.get(
    `${place}/sending`,
    { config: forManagers, schema: { params: ofService, querystring: done } },
    async (request, reply) => {
      const { service, result } = await withService(dependencies, request, read);
      return reply.page('notify/sending', {
        ...sendingPage(request, service, result),
        notice: request.query.done === undefined ? undefined : notices[request.query.done],
      });
    },
  );

  server.post(
    `${place}/sending`,
    {
      config: forManagers,
      schema: {
        params: ofService,
        body: Type.Object({
          prefix: field(10),
          abroad: field(10),
          letters: field(10),
          'kept-days': field(20),
          'files-contact': field(),
        }),
      },
    },
    async (request, reply) => {
      const { body } = request;
      const days = (body['kept-days'] ?? '').trim();
      const keptDays = days === '' ? null : Number(days);
      const contact = (body['files-contact'] ?? '').trim();
      const errors = [
        ...(keptDays !== null && !(Number.isInteger(keptDays) && keptDays >= 1 && keptDays <= 3650)
          ? [{ href: '#kept-days', text: 'Enter a whole number of days from 1 to 3650, or leave it empty' }]
          : []),
        ...(contact.length > 300 ? [{ href: '#files-contact', text: 'Use at most 300 characters' }] : []),
      ];
      if (errors.length > 0) {
        const { service, result } = await withService(dependencies, request, read);
        return reply
          .code(400)
          .page('notify/sending', { ...sendingPage(request, service, result), values: body, errors });
      }
      const { service } = await withService(dependencies, request, (tx, { id: serviceId }) =>
        changeSendingSettings(tx, serviceId, {
          textsBeginWithName: body.prefix === 'yes',
          mayTextAbroad: body.abroad === 'yes',
          maySendLetters: body.letters === 'yes',
          keptDays,
          filesContact: contact === '' ? null : contact,
        }),
      );
      return reply.redirect(`${addressOf(service)}/sending?done=saved`, 303);
    },
  );

  server.post(
    `${place}/sending/senders`,
    { config: forManagers, schema: { params: ofService, body: Type.Object({ channel: field(10), value: field() }) } },
    async (request, reply) => {
      const channel = templateTypes.find((each) => each === request.body.channel) ?? 'email';
      const value = request.body.value ?? '';
      return keep(request, reply, { [`value-${channel}`]: value }, `value-${channel}`, (tx, serviceId) =>
        addSender(tx, { serviceId, channel, value }),
      );
    },
  );

  const ofSender = Type.Object({ ...ofService.properties, senderId: id });
  server.post(
    `${place}/sending/senders/:senderId/default`,
    { config: forManagers, schema: { params: ofSender } },
    async (request, reply) => {
      const { service } = await withService(dependencies, request, (tx, { id: serviceId }) =>
        makeSenderDefault(tx, { serviceId, senderId: request.params.senderId }),
      );
      return reply.redirect(`${addressOf(service)}/sending?done=saved`, 303);
    },
  );

  server.post(
    `${place}/sending/senders/:senderId/archive`,
    { config: forManagers, schema: { params: ofSender } },
    async (request, reply) => {
      const { service } = await withService(dependencies, request, (tx, { id: serviceId }) =>
        archiveSender(tx, { serviceId, senderId: request.params.senderId }),
      );
      return reply.redirect(`${addressOf(service)}/sending?done=removed`, 303);
    },
  );

  server.post(
    `${place}/sending/guests`,
    { config: forManagers, schema: { params: ofService, body: Type.Object({ recipient: field(400) }) } },
    async (request, reply) => {
      const recipient = (request.body.recipient ?? '').trim();
      return keep(request, reply, { recipient }, 'recipient', (tx, serviceId) =>
        addGuest(tx, keyring, { serviceId, recipient }),
      );
    },
  );

  server.post(
    `${place}/sending/guests/:guestId/removal`,
    { config: forManagers, schema: { params: Type.Object({ ...ofService.properties, guestId: id }) } },
    async (request, reply) => {
      const { service } = await withService(dependencies, request, (tx, { id: serviceId }) =>
        removeGuest(tx, { serviceId, guestId: request.params.guestId }),
      );
      return reply.redirect(`${addressOf(service)}/sending?done=removed`, 303);
    },
  );

  /** Adds something, or shows the page again with what is wrong with it. */
  async function keep(
    request: FastifyRequest<{ Params: { serviceId: string } }>,
    reply: FastifyReply,
    values: Readonly<Record<string, string>>,
    at: string,
    add: (tx: Tx, serviceId: string) => Promise<unknown>,
  ) {
    try {
      const { service } = await withService(dependencies, request, (tx, { id: serviceId }) => add(tx, serviceId));
      return await reply.redirect(`${addressOf(service)}/sending?done=added`, 303);
    } catch (error) {
      if (!(error instanceof Problem) || error.places.length === 0) throw error;
      const { service, result } = await withService(dependencies, request, read);
      return reply.code(400).page('notify/sending', {
        ...sendingPage(request, service, result),
        values: { ...formOf(result.settings), ...values },
        errors: [{ href: `#${at}`, text: error.message }],
      });
    }
  }

  async function read(tx: Tx, { id: serviceId }: Service) {
    return {
      settings: await readSendingSettings(tx, serviceId),
      senders: await listSenders(tx, serviceId),
      guests: await listGuests(tx, keyring, serviceId),
      team: [
        ...new Set(
          [
            ...(await listStaff(tx, { serviceId, role: 'service manager' })),
            ...(await listStaff(tx, { serviceId, role: 'caseworker' })),
          ].map(({ name }) => name),
        ),
      ].toSorted((one, other) => one.localeCompare(other)),
    };
  }

  function sendingPage(request: FastifyRequest, service: Service, found: Awaited<ReturnType<typeof read>>) {
    const { settings, senders, guests, team } = found;
    return {
      title: `Sending settings of ${service.name}`,
      ...sectionFrame(frames, request, service, '/sending'),
      settings,
      values: formOf(settings),
      keptBy: service.retentionDays,
      channels: templateTypes.map((channel) => ({
        channel,
        ...senderWords[channel],
        senders: senders.filter((sender) => sender.channel === channel),
      })),
      guests,
      team,
      keysHref: `/staff/organisations/${service.organisationId}/services/${service.id}/keys`,
      peopleHref: `/staff/organisations/${service.organisationId}/people`,
      action: `${addressOf(service)}/sending`,
    };
  }
}

function formOf(settings: SendingSettings): Record<string, string> {
  const yes = (is: boolean): string => (is ? 'yes' : 'no');
  return {
    prefix: yes(settings.textsBeginWithName),
    abroad: yes(settings.mayTextAbroad),
    letters: yes(settings.maySendLetters),
    'kept-days': settings.keptDays === null ? '' : String(settings.keptDays),
    'files-contact': settings.filesContact ?? '',
  };
}
