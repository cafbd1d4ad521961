import { Type } from 'typebox';
import type { Server } from '#platform';
import type { Caller } from '../acceptance.ts';
import { openLetterPdf } from '../letters/letters.ts';
import { readPostcode } from '../postal-address.ts';
import { cancelNotification, getNotification, listNotifications, type Notification } from '../notifications.ts';
import { templateTypes } from '../templates/templates.ts';
import { answers, answersPdf, shownNotification, notificationList } from './answers.ts';
import type { ApiDependencies } from './api.ts';
import { callerOf, config, described, links, notFound, perPage, strict, uuid } from './call.ts';
import { Refusal } from './refusals.ts';

const shownStatuses = [
  'cancelled',
  'created',
  'sending',
  'sent',
  'delivered',
  'pending',
  'failed',
  'technical-failure',
  'temporary-failure',
  'permanent-failure',
  'pending-virus-check',
  'validation-failed',
  'virus-scan-failed',
  'returned-letter',
  'accepted',
  'received',
] as const;

const byId = Type.Object({ notification_id: uuid });

/** The calls that read what was sent: one notification, its letter, all of them; and the one that calls back. */
export function addNotificationCalls(api: Server, { database, keyring, calendar, root }: ApiDependencies): void {
  api.get(
    '/v2/notifications/:notification_id',
    {
      config,
      schema: {
        ...described('getNotification', 'Read a notification and its status'),
        params: byId,
        ...answers(200, shownNotification),
      },
    },
    async (request, reply) => {
      const caller = callerOf(request);
      return reply.send(showNotification(root, caller.serviceId, await find(caller, request.params.notification_id)));
    },
  );

  api.get(
    '/v2/notifications/:notification_id/pdf',
    { config, schema: { ...described('getLetter', 'Read the PDF of a letter'), params: byId, ...answersPdf() } },
    async (request, reply) => {
      const caller = callerOf(request);
      const { id, channel, status } = await find(caller, request.params.notification_id);
      if (channel !== 'letter') throw new Refusal('BadRequestError', 'Notification is not a letter');
      if (status === 'virus-scan-failed') throw new Refusal('BadRequestError', 'File did not pass the virus scan');
      if (status === 'technical-failure') {
        throw new Refusal('BadRequestError', 'PDF not available for letters in status technical-failure');
      }
      const letter = await database.transact(caller.scope, (tx) => openLetterPdf(tx, keyring, calendar, id));
      if (letter === null || status === 'pending-virus-check') throw notReady();
      return reply.type('application/pdf').send(letter.pdf);
    },
  );

  api.post(
    '/v2/notifications/:notification_id/cancellation',
    {
      config,
      schema: {
        ...described('cancelNotification', 'Call back what has not been sent'),
        params: byId,
        ...answers(200, shownNotification),
      },
    },
    async (request, reply) => {
      const { scope, serviceId } = callerOf(request);
      const id = request.params.notification_id.toLowerCase();
      const cancelled = await database.transact(scope, (tx) => cancelNotification(tx, keyring, { serviceId, id }));
      return reply.send(showNotification(root, serviceId, cancelled));
    },
  );

  api.get(
    '/v2/notifications',
    {
      config,
      schema: {
        ...described('listNotifications', 'List notifications, the newest first, 250 at a time'),
        querystring: Type.Object(
          {
            status: Type.Optional(Type.Array(Type.Enum([...shownStatuses]))),
            template_type: Type.Optional(Type.Array(Type.Enum([...templateTypes]))),
            reference: Type.Optional(Type.String({ maxLength: 1000 })),
            older_than: Type.Optional(uuid),
            include_jobs: Type.Optional(Type.Enum(['true', 'True'])),
          },
          strict,
        ),
        ...answers(200, notificationList),
      },
    },
    async (request, reply) => {
      const { status, template_type: channels, reference, older_than: olderThan, include_jobs: jobs } = request.query;
      const { scope, serviceId, keyKind } = callerOf(request);
      const found = await database.transact(scope, (tx) =>
        listNotifications(tx, keyring, {
          serviceId,
          keyKind,
          withBatches: jobs !== undefined,
          most: perPage,
          ...(status === undefined ? {} : { statuses: status }),
          ...(channels === undefined ? {} : { channels }),
          ...(reference === undefined ? {} : { reference }),
          ...(olderThan === undefined ? {} : { olderThan: olderThan.toLowerCase() }),
        }),
      );
      return reply.send({
        notifications: found.map((each) => showNotification(root, serviceId, each)),
        links: links(`${root}/v2/notifications`, request.query, found.at(-1)?.id),
      });
    },
  );

  async function find(caller: Caller, id: string): Promise<Notification> {
    const found = await database.transact(caller.scope, (tx) =>
      getNotification(tx, keyring, { serviceId: caller.serviceId, id: id.toLowerCase() }),
    );
    if (found === null) throw notFound();
    return found;
  }
}

function notReady(): Refusal {
  return new Refusal('BadRequestError', 'PDF not available yet, try again later');
}

/** Where the contract says that a notification's template is. */
export function templateLink(serviceId: string, { template }: Pick<Notification, 'template'>) {
  return { id: template.id, version: template.version, uri: `/services/${serviceId}/templates/${template.id}` };
}

/** A notification as the contract shows it. What the platform does not know yet is null, and says that it is not ready. */
export function showNotification(root: string, serviceId: string, notification: Notification) {
  const { channel, to, content, postage } = notification;
  const isText = channel === 'sms';
  const lines = channel === 'letter' ? (to ?? '').split('\n') : [];
  const line = (number: number): string | null => lines[number - 1] ?? null;
  return {
    id: notification.id,
    reference: notification.reference,
    email_address: channel === 'email' ? to : null,
    phone_number: isText ? to : null,
    line_1: line(1),
    line_2: line(2),
    line_3: line(3),
    line_4: line(4),
    line_5: line(5),
    line_6: line(6),
    line_7: line(7),
    postcode: readPostcode(lines.at(-1) ?? ''),
    postage,
    type: channel,
    status: shownStatusOf(notification),
    template: { ...templateLink(serviceId, notification), name: notification.template.name },
    body: content?.text ?? content?.body ?? '',
    subject: isText ? null : (content?.subject ?? ''),
    created_at: notification.createdAt,
    created_by_name: null,
    sent_at: notification.sentAt,
    completed_at: notification.completedAt,
    scheduled_for: notification.scheduledFor,
    one_click_unsubscribe_url: content?.unsubscribeUrl ?? null,
    uri: `${root}/v2/notifications/${notification.id}`,
    ...costOf(notification),
    ...(channel === 'letter' ? { estimated_delivery: estimateDelivery(notification) } : {}),
  };
}

/** What a notification cost: known once a provider has it, and nothing where it was never to leave. */
function costOf({ channel, keyKind, fragments, units, costMicros, postage, status }: Notification) {
  const isFree = keyKind === 'test' || ['kept', 'cancelled', 'validation-failed', 'virus-scan-failed'].includes(status);
  const micros = costMicros ?? (isFree ? 0 : null);
  const details = {
    email: {},
    sms: {
      billable_sms_fragments: fragments,
      ...(micros === null || costMicros === null
        ? {}
        : { international_rate_multiplier: 1, sms_rate: micros / 1_000_000 / Math.max(1, units ?? 1) }),
    },
    letter: { ...(units === null ? {} : { billable_sheets_of_paper: units }), postage },
  }[channel];
  return {
    is_cost_data_ready: micros !== null,
    cost_in_pounds: micros === null ? null : micros / 1_000_000,
    cost_details: details,
  };
}

/** A letter is accepted until it is posted for certain, and then received: nobody says more of it. */
function shownStatusOf({ channel, status }: Notification): string {
  if (channel !== 'letter') return status;
  if (status === 'created' || status === 'sending') return 'accepted';
  return status === 'delivered' || status === 'returned-letter' ? 'received' : status;
}

/** How many working days a letter takes from the day after it was accepted, at the latest. */
const daysInThePost: Readonly<Record<string, number>> = {
  first: 2,
  second: 4,
  economy: 8,
  europe: 6,
  'rest-of-world': 8,
};

/** When a letter is expected to arrive, at the latest: so many working days after it goes to the printer. */
function estimateDelivery({ createdAt, scheduledFor, postage }: Notification): string {
  const day = new Date(scheduledFor ?? createdAt);
  day.setUTCHours(16, 0, 0, 0);
  let left = daysInThePost[postage ?? 'second'] ?? 4;
  while (left > 0) {
    day.setUTCDate(day.getUTCDate() + 1);
    if (day.getUTCDay() !== 0 && day.getUTCDay() !== 6) left -= 1;
  }
  return day.toISOString();
}
