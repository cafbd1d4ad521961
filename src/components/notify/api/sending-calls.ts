import { Type, type Static } from 'typebox';
import type { Server } from '#platform';
import { acceptNotification, type Accepted, type SendRequest } from '../acceptance.ts';
import { acceptReadyLetter } from '../letters/ready-letters.ts';
import { acceptedEmail, acceptedLetter, acceptedText, answers } from './answers.ts';
import type { ApiDependencies } from './api.ts';
import { callerOf, described, idempotencyKeyOf, repeatable, sendingConfig, strict, uuid } from './call.ts';
import { templateLink } from './notification-calls.ts';

export const personalisation = Type.Record(Type.String(), Type.Unknown(), {
  description: 'The values of the template’s placeholders: texts, numbers, or lists of them.',
});
const reference = Type.String({ maxLength: 1000, description: 'What your own system calls it.' });
const scheduledFor = Type.Unsafe<string | null>({
  type: ['string', 'null'],
  format: 'future-time',
  description: 'When it is to be sent, in ISO 8601, at most a year ahead. Left out or null, it is sent at once.',
});
// What is wrong is said in the order of the properties, which is that of GOV.UK Notify.
const common = {
  template_id: uuid,
  personalisation: Type.Optional(personalisation),
  scheduled_for: Type.Optional(scheduledFor),
};
const textRequest = Type.Object(
  {
    reference: Type.Optional(reference),
    phone_number: Type.String({ format: 'phone-number' }),
    ...common,
    sms_sender_id: Type.Optional(uuid),
  },
  strict,
);
const emailRequest = Type.Object(
  {
    reference: Type.Optional(reference),
    email_address: Type.String({ format: 'email-address' }),
    ...common,
    email_reply_to_id: Type.Optional(uuid),
    one_click_unsubscribe_url: Type.Optional(Type.String({ format: 'https-address' })),
    sanitise_content_for: Type.Optional(Type.Array(Type.String())),
  },
  strict,
);
const letterRequest = Type.Object(
  {
    reference: Type.Optional(reference),
    ...common,
    personalisation,
    letter_contact_id: Type.Optional(uuid),
  },
  strict,
);
const readyLetterRequest = Type.Object(
  {
    content: Type.String({ description: 'A PDF, in base64.' }),
    reference: Type.String({ description: 'What your own system calls it.' }),
    postage: Type.Optional(
      Type.String({ format: 'postage', description: 'first, second or economy. Left out, it is second.' }),
    ),
  },
  strict,
);

/** A letter that is ready has content, and that decides by which of the two a request is checked. */
const anyLetterRequest = Type.Unsafe<Static<typeof readyLetterRequest> | Static<typeof letterRequest>>({
  oneOf: [readyLetterRequest, letterRequest],
});

/** The calls that send: a text message, an e-mail, a letter. */
export function addSendingCalls(api: Server, dependencies: ApiDependencies): void {
  const { acceptance, root, fromEmail, fromText } = dependencies;

  api.post(
    '/v2/notifications/sms',
    {
      config: sendingConfig,
      schema: {
        ...described('sendText', 'Send a text message'),
        ...repeatable,
        body: textRequest,
        ...answers(201, acceptedText),
      },
    },
    async (request, reply) => {
      const { body } = request;
      const caller = callerOf(request);
      const { notification } = await acceptNotification(acceptance, caller, {
        channel: 'sms',
        to: body.phone_number,
        ...sharedOf(request.headers, body),
        senderId: body.sms_sender_id ?? null,
        unsubscribeUrl: null,
        sanitise: [],
      });
      return reply.code(201).send({
        ...accepted(root, caller.serviceId, notification),
        content: {
          body: notification.content?.text ?? notification.content?.body ?? '',
          from_number: notification.sender ?? fromText,
        },
      });
    },
  );

  api.post(
    '/v2/notifications/email',
    {
      config: sendingConfig,
      schema: {
        ...described('sendEmail', 'Send an email'),
        ...repeatable,
        body: emailRequest,
        ...answers(201, acceptedEmail),
      },
    },
    async (request, reply) => {
      const { body } = request;
      const caller = callerOf(request);
      const { notification, sanitised } = await acceptNotification(acceptance, caller, {
        channel: 'email',
        to: body.email_address,
        ...sharedOf(request.headers, body),
        senderId: body.email_reply_to_id ?? null,
        unsubscribeUrl: body.one_click_unsubscribe_url ?? null,
        sanitise: body.sanitise_content_for ?? [],
      });
      return reply.code(201).send({
        ...accepted(root, caller.serviceId, notification),
        content: {
          subject: notification.content?.subject ?? '',
          body: notification.content?.body ?? '',
          from_email: fromEmail,
          one_click_unsubscribe_url: notification.content?.unsubscribeUrl ?? null,
        },
        sanitised_content: sanitised,
      });
    },
  );

  api.post(
    '/v2/notifications/letter',
    {
      config: sendingConfig,
      schema: {
        ...described('sendLetter', 'Send a letter'),
        ...repeatable,
        body: anyLetterRequest,
        ...answers(201, acceptedLetter),
      },
    },
    async (request, reply) => {
      const caller = callerOf(request);
      const { body } = request;
      if ('content' in body) {
        const { reference: name, content, postage = 'second' } = body;
        const idempotencyKey = idempotencyKeyOf(request.headers);
        const letter = { reference: name, content, postage, idempotencyKey };
        return reply.code(201).send(await acceptReadyLetter(acceptance, caller, letter));
      }
      const { notification } = await acceptNotification(acceptance, caller, {
        channel: 'letter',
        to: '',
        ...sharedOf(request.headers, body),
        senderId: body.letter_contact_id ?? null,
        unsubscribeUrl: null,
        sanitise: [],
      });
      return reply.code(201).send({
        ...accepted(root, caller.serviceId, notification),
        content: { subject: notification.content?.subject ?? '', body: notification.content?.body ?? '' },
        postage: notification.postage,
      });
    },
  );
}

/** What a request to send has whichever its channel. */
function sharedOf(
  headers: Readonly<Record<string, string | string[] | undefined>>,
  body: {
    template_id: string;
    personalisation?: Record<string, unknown>;
    reference?: string;
    scheduled_for?: string | null;
  },
): Pick<SendRequest, 'templateId' | 'personalisation' | 'reference' | 'scheduledFor' | 'idempotencyKey'> {
  return {
    templateId: body.template_id.toLowerCase(),
    personalisation: body.personalisation ?? {},
    reference: body.reference ?? null,
    scheduledFor: body.scheduled_for == null ? null : new Date(body.scheduled_for).toISOString(),
    idempotencyKey: idempotencyKeyOf(headers),
  };
}

function accepted(root: string, serviceId: string, notification: Accepted['notification']) {
  return {
    id: notification.id,
    reference: notification.reference,
    uri: `${root}/v2/notifications/${notification.id}`,
    template: templateLink(serviceId, notification),
    scheduled_for: notification.scheduledFor,
  };
}
