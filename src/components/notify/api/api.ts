import { Type } from 'typebox';
import { Problem, scopeOf, type Database, type Keyring, type Server, type Settings } from '#platform';
import { createCheck } from './checks.ts';
import { asRefusal, bodyOf, Refusal } from './refusals.ts';
import { writeEmail } from '../templates/email-markdown.ts';
import { readSendingSettings } from '../limits.ts';
import {
  acceptNotification,
  getNotification,
  listNotifications,
  prefixOf,
  readPersonalisation,
  writeContent,
  type Caller,
  type Notification,
  type SendRequest,
} from '../notifications.ts';
import { listReceivedTexts } from '../received-texts.ts';
import { placeholdersOf } from '../templates/template-text.ts';
import {
  archiveTemplate,
  createTemplate,
  getTemplate,
  listTemplates,
  templateTypes,
  type TemplateVersion,
} from '../templates/templates.ts';

/** How many of a list one answer holds. */
const perPage = 250;
/** An e-mail's two million bytes, written as JSON. */
const bodyLimitBytes = 8_000_000;

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

const uuid = Type.String({ format: 'uuid' });
const strict = { additionalProperties: false } as const;
const personalisation = Type.Record(Type.String(), Type.Unknown(), {
  description: 'The values of the template’s placeholders: texts, numbers, or lists of them.',
});
const common = {
  template_id: uuid,
  personalisation: Type.Optional(personalisation),
  reference: Type.Optional(Type.String({ maxLength: 1000, description: 'What your own system calls it.' })),
};
const textRequest = Type.Object(
  {
    phone_number: Type.String({ format: 'phone-number' }),
    ...common,
    sms_sender_id: Type.Optional(uuid),
  },
  strict,
);
const emailRequest = Type.Object(
  {
    email_address: Type.String({ format: 'email-address' }),
    ...common,
    email_reply_to_id: Type.Optional(uuid),
    one_click_unsubscribe_url: Type.Optional(Type.String({ format: 'https-address' })),
    sanitise_content_for: Type.Optional(Type.Array(Type.String())),
  },
  strict,
);

const access = { who: 'key' } as const;
// The bucket of each service counts; this only keeps one machine from asking for ever with wrong keys.
const config = { access, rateLimit: { max: 60_000 } };

/**
 * The API of notifications under /notify, which answers as the GOV.UK Notify API does, so that its client libraries work
 * here. It has a validator and words for errors of its own.
 */
export function addApi(
  server: Server,
  dependencies: {
    database: Database;
    keyring: Keyring;
    settings: Pick<Settings, 'publicUrl' | 'emailFrom' | 'governmentName'>;
  },
): void {
  const { database, keyring, settings } = dependencies;
  const root = `${settings.publicUrl}/notify`;
  const fromEmail = /<([^<>]+)>/.exec(settings.emailFrom)?.[1] ?? settings.emailFrom;
  const fromText = settings.governmentName
    .replaceAll(/[^A-Za-z0-9 &.-]/g, '')
    .slice(0, 11)
    .trim();

  server.register(
    async (api: Server) => {
      api.setValidatorCompiler(({ schema, httpPart }) => createCheck(schema, httpPart));
      // Clients of every kind send JSON, whatever they call it.
      api.removeAllContentTypeParsers();
      api.addContentTypeParser('*', { parseAs: 'string', bodyLimit: bodyLimitBytes }, (_request, body, done) => {
        try {
          // A route that takes a body says itself that there is none.
          done(null, body === '' ? undefined : JSON.parse(String(body)));
        } catch {
          done(new Refusal('BadRequestError', 'Invalid JSON supplied in POST data'));
        }
      });
      api.setErrorHandler((error, request, reply) => {
        const refusal = asRefusal(error, request.headers.authorization) ?? refusalOfFastify(error);
        if (refusal.status >= 500) {
          const name = error instanceof Error ? error.name : 'unknown';
          request.log.error({ name, err: error instanceof Error ? error.stack : undefined }, 'a request failed');
        }
        if (refusal.status === 401) reply.header('www-authenticate', 'Bearer');
        if (refusal.status === 413) reply.header('connection', 'close');
        return reply
          .code(refusal.status)
          .type('application/json')
          .send(JSON.stringify(bodyOf(refusal)));
      });
      api.setNotFoundHandler((_request, reply) => {
        const refusal = new Refusal('NoResultFound', 'No result found');
        return reply
          .code(404)
          .type('application/json')
          .send(JSON.stringify(bodyOf(refusal)));
      });

      api.post(
        '/v2/notifications/sms',
        { config, schema: { ...described('sendText', 'Send a text message'), body: textRequest } },
        async (request, reply) => {
          const { body } = request;
          const { notification, settings: sending } = await acceptNotification(
            { database, keyring },
            callerOf(request),
            {
              channel: 'sms',
              to: body.phone_number,
              ...sharedOf(request.headers, body),
              senderId: body.sms_sender_id ?? null,
              unsubscribeUrl: null,
              sanitise: [],
            },
          );
          return reply.code(201).send({
            ...accepted(root, callerOf(request).serviceId, notification),
            content: { body: notification.content?.body ?? '', from_number: sending.textsFrom ?? fromText },
          });
        },
      );

      api.post(
        '/v2/notifications/email',
        { config, schema: { ...described('sendEmail', 'Send an email'), body: emailRequest } },
        async (request, reply) => {
          const { body } = request;
          const { notification, sanitised } = await acceptNotification({ database, keyring }, callerOf(request), {
            channel: 'email',
            to: body.email_address,
            ...sharedOf(request.headers, body),
            senderId: body.email_reply_to_id ?? null,
            unsubscribeUrl: body.one_click_unsubscribe_url ?? null,
            sanitise: body.sanitise_content_for ?? [],
          });
          return reply.code(201).send({
            ...accepted(root, callerOf(request).serviceId, notification),
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
          config,
          schema: {
            ...described('sendLetter', 'Send a letter (not yet: every service is answered that it may not)'),
            body: Type.Record(Type.String(), Type.Unknown()),
          },
        },
        async (request, reply) => {
          checkLetter(request.body);
          return reply.send(refuseLetter(callerOf(request)));
        },
      );

      api.get(
        '/v2/notifications/:notification_id',
        {
          config,
          schema: {
            ...described('getNotification', 'Read a notification and its status'),
            params: Type.Object({ notification_id: uuid }),
          },
        },
        async (request, reply) => {
          const caller = callerOf(request);
          return reply.send(shown(root, caller.serviceId, await find(caller, request.params.notification_id)));
        },
      );

      api.get(
        '/v2/notifications/:notification_id/pdf',
        {
          config,
          schema: {
            ...described('getLetter', 'Read the PDF of a letter (there are none yet)'),
            params: Type.Object({ notification_id: uuid }),
          },
        },
        async (request, reply) => {
          return reply.send(pdfOf(await find(callerOf(request), request.params.notification_id)));
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
          },
        },
        async (request, reply) => {
          const { status, template_type: channels, reference, older_than: olderThan } = request.query;
          const caller = callerOf(request);
          const { serviceId, keyKind } = caller;
          const found = await database.transact(caller.scope, (tx) =>
            listNotifications(tx, keyring, {
              serviceId,
              keyKind,
              most: perPage,
              ...(status === undefined ? {} : { statuses: status }),
              ...(channels === undefined ? {} : { channels }),
              ...(reference === undefined ? {} : { reference }),
              ...(olderThan === undefined ? {} : { olderThan: olderThan.toLowerCase() }),
            }),
          );
          return reply.send({
            notifications: found.map((each) => shown(root, serviceId, each)),
            links: links(`${root}/v2/notifications`, request.query, found.at(-1)?.id),
          });
        },
      );

      api.get(
        '/v2/templates',
        {
          config,
          schema: {
            ...described('listTemplates', 'List the templates of your service'),
            querystring: Type.Object({ type: Type.Optional(Type.Enum([...templateTypes])) }, strict),
          },
        },
        async (request, reply) => {
          const { scope, serviceId } = callerOf(request);
          const wanted = request.query.type;
          const found = await database.transact(scope, (tx) =>
            listTemplates(tx, { serviceId, ...(wanted === undefined ? {} : { type: wanted }) }),
          );
          return reply.send({ templates: found.map(shownTemplate) });
        },
      );

      api.post(
        '/v2/templates',
        {
          config,
          schema: {
            ...described('publishTemplate', 'Publish a template, or its next version where the name is known'),
            body: Type.Object(
              {
                type: Type.Enum(['sms', 'email']),
                name: Type.String(),
                subject: Type.Optional(Type.String()),
                body: Type.String(),
              },
              strict,
            ),
          },
        },
        async (request, reply) => {
          const caller = callerOf(request);
          refuseToChange(caller);
          const { type, name, subject = '', body } = request.body;
          const { id } = await database.transact(caller.scope, (tx) =>
            createTemplate(tx, { serviceId: caller.serviceId, type, name, subject, body }),
          );
          return reply.code(201).send(shownTemplate(await findTemplateOf(caller, id)));
        },
      );

      const byId = Type.Object({ id: uuid });
      api.post(
        '/v2/template/:id/archive',
        { config, schema: { ...described('archiveTemplate', 'Put a template away'), params: byId } },
        async (request, reply) => {
          const caller = callerOf(request);
          refuseToChange(caller);
          await database.transact(caller.scope, (tx) =>
            archiveTemplate(tx, { serviceId: caller.serviceId, templateId: request.params.id.toLowerCase() }),
          );
          return reply.code(204).send();
        },
      );

      api.get(
        '/v2/template/:id',
        { config, schema: { ...described('getTemplate', 'Read the newest version of a template'), params: byId } },
        async (request, reply) => reply.send(shownTemplate(await findTemplateOf(callerOf(request), request.params.id))),
      );

      api.get(
        '/v2/template/:id/version/:version',
        {
          config,
          schema: {
            ...described('getTemplateVersion', 'Read one version of a template'),
            params: Type.Object({ id: uuid, version: Type.String({ format: 'whole-number' }) }),
          },
        },
        async (request, reply) => {
          const version = Number(request.params.version);
          // What no integer of the database can be is no version.
          if (version > 2 ** 31 - 1) throw new Refusal('NoResultFound', 'No result found');
          return reply.send(shownTemplate(await findTemplateOf(callerOf(request), request.params.id, version)));
        },
      );

      api.post(
        '/v2/template/:id/preview',
        {
          config,
          schema: {
            ...described('previewTemplate', 'Fill a template without sending it'),
            params: byId,
            body: Type.Object({ personalisation: Type.Optional(personalisation) }, strict),
          },
        },
        async (request, reply) => {
          const caller = callerOf(request);
          const template = await findTemplateOf(caller, request.params.id);
          const values = readPersonalisation({ personalisation: request.body.personalisation ?? {} });
          const prefix = await database.transact(caller.scope, async (tx) =>
            prefixOf(tx, caller.serviceId, await readSendingSettings(tx, caller.serviceId)),
          );
          const { content } = writeContent(template, values, prefix);
          return reply.send({
            id: template.id,
            type: template.type,
            version: template.version,
            body: content.body,
            html: template.type === 'email' ? writeEmail(content.body).html : null,
            subject: template.type === 'sms' ? null : content.subject,
            postage: template.type === 'letter' ? 'second' : null,
          });
        },
      );

      api.get(
        '/v2/received-text-messages',
        {
          config,
          schema: {
            ...described('listReceivedTexts', 'List text messages that people sent to your service, 250 at a time'),
            querystring: Type.Object({ older_than: Type.Optional(uuid) }, strict),
          },
        },
        async (request, reply) => {
          const { scope, serviceId } = callerOf(request);
          const olderThan = request.query.older_than;
          const found = await database.transact(scope, (tx) =>
            listReceivedTexts(tx, keyring, {
              serviceId,
              most: perPage,
              ...(olderThan === undefined ? {} : { olderThan: olderThan.toLowerCase() }),
            }),
          );
          return reply.send({
            received_text_messages: found.map((text) => ({
              id: text.id,
              created_at: text.createdAt,
              service_id: serviceId,
              notify_number: text.to,
              user_number: text.from,
              content: text.content,
            })),
            links: links(`${root}/v2/received-text-messages`, {}, found.at(-1)?.id),
          });
        },
      );
    },
    { prefix: '/notify' },
  );

  async function find(caller: Caller, id: string): Promise<Notification> {
    const found = await database.transact(caller.scope, (tx) =>
      getNotification(tx, keyring, { serviceId: caller.serviceId, id: id.toLowerCase() }),
    );
    if (found === null) throw new Refusal('NoResultFound', 'No result found');
    return found;
  }

  async function findTemplateOf(caller: Caller, templateId: string, version?: number): Promise<TemplateVersion> {
    const found = await database.transact(caller.scope, (tx) =>
      getTemplate(tx, { serviceId: caller.serviceId, templateId, ...(version === undefined ? {} : { version }) }),
    );
    if (found === null) throw new Refusal('NoResultFound', 'No result found');
    return found;
  }
}

function described(operationId: string, summary: string) {
  return { tags: ['notify'], operationId, summary, security: [{ key: [] }] };
}

function callerOf(request: Parameters<typeof scopeOf>[0]): Caller {
  const scope = scopeOf(request);
  const { key } = request.grant;
  if (key === undefined || scope.actor.kind !== 'key') throw new Problem('not-signed-in');
  return { scope, serviceId: key.serviceId, keyId: scope.actor.id, keyKind: key.kind };
}

/** What a request to send has whichever its channel. */
function sharedOf(
  headers: Readonly<Record<string, string | string[] | undefined>>,
  body: { template_id: string; personalisation?: Record<string, unknown>; reference?: string },
): Pick<SendRequest, 'templateId' | 'personalisation' | 'reference' | 'idempotencyKey'> {
  const key = headers['idempotency-key'];
  if (key !== undefined && (typeof key !== 'string' || key === '' || key.length > 255)) {
    throw new Refusal('ValidationError', 'Idempotency-Key must be text of 1 to 255 characters');
  }
  return {
    templateId: body.template_id.toLowerCase(),
    personalisation: body.personalisation ?? {},
    reference: body.reference ?? null,
    idempotencyKey: key ?? null,
  };
}

function accepted(root: string, serviceId: string, notification: Notification) {
  return {
    id: notification.id,
    reference: notification.reference,
    uri: `${root}/v2/notifications/${notification.id}`,
    template: templateLink(serviceId, notification),
    scheduled_for: null,
  };
}

function templateLink(serviceId: string, { template }: Notification) {
  return { id: template.id, version: template.version, uri: `/services/${serviceId}/templates/${template.id}` };
}

/** A notification as the contract shows it. What the platform does not know yet is null, and says that it is not ready. */
function shown(root: string, serviceId: string, notification: Notification) {
  const { channel, to, content } = notification;
  const isText = channel === 'sms';
  return {
    id: notification.id,
    reference: notification.reference,
    email_address: channel === 'email' ? to : null,
    phone_number: isText ? to : null,
    line_1: null,
    line_2: null,
    line_3: null,
    line_4: null,
    line_5: null,
    line_6: null,
    line_7: null,
    postage: null,
    type: channel,
    status: notification.status,
    template: { ...templateLink(serviceId, notification), name: notification.template.name },
    body: content?.body ?? '',
    subject: isText ? null : (content?.subject ?? ''),
    created_at: notification.createdAt,
    created_by_name: null,
    sent_at: notification.sentAt,
    completed_at: notification.completedAt,
    scheduled_for: null,
    one_click_unsubscribe_url: content?.unsubscribeUrl ?? null,
    uri: `${root}/v2/notifications/${notification.id}`,
    is_cost_data_ready: false,
    cost_in_pounds: null,
    cost_details: isText ? { billable_sms_fragments: notification.fragments } : {},
  };
}

function shownTemplate(template: TemplateVersion) {
  return {
    id: template.id,
    name: template.name,
    type: template.type,
    created_at: template.createdAt,
    updated_at: template.version === 1 ? null : template.publishedAt,
    created_by: template.createdBy,
    version: template.version,
    body: template.body,
    subject: template.type === 'sms' ? null : template.subject,
    personalisation: Object.fromEntries(
      placeholdersOf(`${template.subject}\n${template.body}`).map((name) => [name, { required: true }]),
    ),
    letter_contact_block: null,
    postage: template.type === 'letter' ? 'second' : null,
  };
}

/** The address of this page and, unless it is empty, of the one after it. */
function links(
  address: string,
  query: Readonly<Record<string, string | readonly string[] | undefined>>,
  last: string | undefined,
): { current: string; next?: string } {
  const write = (change: Readonly<Record<string, string>>): string => {
    const parameters = new URLSearchParams();
    for (const [name, values] of Object.entries({ ...query, ...change })) {
      for (const value of [values ?? []].flat()) parameters.append(name, value);
    }
    const text = parameters.toString();
    return text === '' ? address : `${address}?${text}`;
  };
  return { current: write({}), ...(last === undefined ? {} : { next: write({ older_than: last }) }) };
}

const letter = Type.Object(
  { template_id: uuid, personalisation, reference: Type.Optional(Type.String({ maxLength: 1000 })) },
  strict,
);
const readyLetter = Type.Object(
  {
    reference: Type.String({ maxLength: 1000 }),
    content: Type.String(),
    postage: Type.Optional(Type.Enum(['first', 'second', 'economy', 'europe', 'rest-of-world'])),
  },
  strict,
);

/** A letter is a template with its values, or a PDF that is ready. */
function checkLetter(body: Readonly<Record<string, unknown>>): void {
  const checked = createCheck('content' in body ? readyLetter : letter, 'body')(body);
  if ('error' in checked) throw checked.error;
}

/** Templates are what everybody is sent, so only a live key changes them. */
function refuseToChange({ keyKind }: Caller): void {
  if (keyKind === 'live') return;
  throw new Refusal('BadRequestError', `Cannot change templates with a ${keyKind} api key`, 403);
}

/** No service may send letters yet; a team key never may. */
function refuseLetter({ keyKind }: Caller): never {
  if (keyKind === 'team') throw new Refusal('BadRequestError', 'Cannot send letters with a team api key', 403);
  throw new Refusal('BadRequestError', 'Service is not allowed to send letters');
}

function pdfOf({ channel }: Notification): never {
  throw new Refusal('BadRequestError', channel === 'letter' ? 'PDF not available' : 'Notification is not a letter');
}

/** What Fastify itself refuses before a route is asked: a body that is too large or broken. Everything else is our failure. */
function refusalOfFastify(error: unknown): Refusal {
  const status = error instanceof Error && 'statusCode' in error ? error.statusCode : undefined;
  if (status === 413) return new Refusal('BadRequestError', 'Your request is too large.', 413);
  if (typeof status === 'number' && status >= 400 && status < 500) {
    return new Refusal('BadRequestError', 'Invalid JSON supplied in POST data');
  }
  return new Refusal('InternalServerError', 'Internal server error');
}
