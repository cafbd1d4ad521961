import { Readable } from 'node:stream';
import { Type } from 'typebox';
import type { Server } from '#platform';
import { countAsRequest, findSender, refuseLetterKey, refuseLetterless } from '../acceptance.ts';
import { cancelBatch, countStatuses, getBatch, listBatches, listFaults, type Batch } from '../batches/batches.ts';
import { receiveBatch } from '../batches/receiving.ts';
import { readLines, readTable } from '../batches/rows.ts';
import { spool } from '../batches/spool.ts';
import { listNotifications } from '../notifications.ts';
import { answers, batch, batchErrorList, batchList, batchWithStatuses, notificationList } from './answers.ts';
import type { ApiDependencies } from './api.ts';
import { callerOf, config, described, idempotencyKeyOf, links, perPage, repeatable, strict, uuid } from './call.ts';
import { createCheck } from './checks.ts';
import { showNotification } from './notification-calls.ts';
import { Refusal } from './refusals.ts';

const byId = Type.Object({ id: uuid });
const workbookType = 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet';
const lineTypes = ['application/x-ndjson', 'application/jsonl', 'application/json-lines'];

/**
 * The calls for many messages at once: up to 100,000 recipients in one body, CSV, an Excel workbook or JSON lines, which
 * is read as it comes and never held whole.
 */
export function addBatchCalls(api: Server, dependencies: ApiDependencies): void {
  const { database, keyring, acceptance, root } = dependencies;

  api.register(async (bulk: Server) => {
    bulk.removeAllContentTypeParsers();
    bulk.addContentTypeParser('*', (_request, payload, done) => done(null, payload));
    // The body is a stream, and is checked row by row.
    bulk.setValidatorCompiler(({ schema, httpPart }) =>
      httpPart === 'body' || httpPart === 'headers' ? (value: unknown) => ({ value }) : createCheck(schema, httpPart),
    );
    bulk.post(
      '/v2/bulk',
      {
        config,
        schema: {
          ...described('sendBatch', 'Send up to 100,000 messages of one template in one call'),
          description:
            'The body is CSV or an Excel workbook, whose first row names the columns (email address, phone number or address line 1 to 7; the placeholders; reference), or JSON lines (application/x-ndjson), each {"to", "personalisation", "reference"}. Rows that are wrong are not sent and are listed; with errors=refuse one wrong row keeps all from being sent.',
          querystring: Type.Object(
            {
              template_id: uuid,
              name: Type.Optional(Type.String({ maxLength: 200, description: 'What you call it.' })),
              sender_id: Type.Optional(uuid),
              scheduled_for: Type.Optional(Type.String({ format: 'future-time' })),
              errors: Type.Optional(Type.Enum(['skip', 'refuse'])),
            },
            strict,
          ),
          ...repeatable,
          consumes: ['text/csv', ...lineTypes, workbookType],
          body: Type.Unsafe<unknown>(
            Type.String({ format: 'binary', description: 'The rows, one for each recipient.' }),
          ),
          ...answers(201, batch),
        },
      },
      async (request, reply) => {
        const caller = callerOf(request);
        const { query } = request;
        const key = idempotencyKeyOf(request.headers);
        const service = await countAsRequest(acceptance, caller, 'email');
        const template = await service.template(query.template_id);
        if (template === null) throw new Refusal('BadRequestError', 'Template not found');
        if (template.archived) throw new Refusal('BadRequestError', 'Template has been deleted');
        if (template.type === 'letter') {
          refuseLetterless(service);
          refuseLetterKey(caller, service);
        }
        const sender = findSender(service, { channel: template.type, senderId: query.sender_id ?? null });
        if (!(request.body instanceof Readable)) {
          throw new Refusal('BadRequestError', 'Send rows of recipients as the body: CSV, or JSON lines');
        }
        await using file = await spool(request.body);
        const type = (request.headers['content-type'] ?? '').split(';')[0]?.trim().toLowerCase() ?? '';
        const rows = lineTypes.includes(type) ? readLines(file.path, template.type) : readTable(file.path, template);
        const scheduledFor = query.scheduled_for === undefined ? null : new Date(query.scheduled_for).toISOString();
        const received = await receiveBatch(
          acceptance,
          {
            scope: caller.scope,
            service,
            name: query.name ?? template.name,
            template,
            sender,
            keyKind: caller.keyKind,
            keyId: caller.keyId,
            scheduledFor,
            allOrNone: query.errors === 'refuse',
            waits: false,
            once:
              key === null
                ? null
                : {
                    key,
                    signedText: JSON.stringify([
                      template.id,
                      query.name,
                      query.sender_id,
                      scheduledFor,
                      query.errors,
                      type,
                      file.hash,
                    ]),
                  },
          },
          rows,
        );
        return reply.code(201).send(showBatch(root, received));
      },
    );
  });

  api.get(
    '/v2/bulk',
    {
      config,
      schema: {
        ...described('listBatches', 'List your batches, the newest first, 250 at a time'),
        querystring: Type.Object({ older_than: Type.Optional(uuid) }, strict),
        ...answers(200, batchList),
      },
    },
    async (request, reply) => {
      const { scope, serviceId } = callerOf(request);
      const olderThan = request.query.older_than?.toLowerCase();
      const found = await database.transact(scope, (tx) =>
        listBatches(tx, { serviceId, most: perPage, ...(olderThan === undefined ? {} : { olderThan }) }),
      );
      return reply.send({
        batches: found.map((each) => showBatch(root, each)),
        links: links(`${root}/v2/bulk`, {}, found.at(-1)?.id),
      });
    },
  );

  api.get(
    '/v2/bulk/:id',
    {
      config,
      schema: {
        ...described('getBatch', 'Read a batch and how far it is'),
        params: byId,
        ...answers(200, batchWithStatuses),
      },
    },
    async (request, reply) => {
      const { scope, serviceId } = callerOf(request);
      const batchId = request.params.id.toLowerCase();
      const { found, statuses } = await database.transact(scope, async (tx) => ({
        found: await getBatch(tx, { serviceId, batchId }),
        statuses: await countStatuses(tx, batchId),
      }));
      return reply.send({ ...showBatch(root, found), statuses });
    },
  );

  api.get(
    '/v2/bulk/:id/errors',
    {
      config,
      schema: {
        ...described('listBatchErrors', 'List the rows of a batch that are wrong, 250 at a time'),
        params: byId,
        querystring: Type.Object({ after_row: Type.Optional(Type.String({ format: 'whole-number' })) }, strict),
        ...answers(200, batchErrorList),
      },
    },
    async (request, reply) => {
      const { scope, serviceId } = callerOf(request);
      const batchId = request.params.id.toLowerCase();
      // Beyond every row there is none, however far.
      const after = Math.min(Number(request.query.after_row ?? 0), 1_000_000_000);
      const faults = await database.transact(scope, async (tx) => {
        await getBatch(tx, { serviceId, batchId });
        return listFaults(tx, { batchId, after, most: perPage });
      });
      const address = `${root}/v2/bulk/${batchId}/errors`;
      const last = faults.at(-1);
      return reply.send({
        errors: faults.map(({ row, faults: messages }) => ({ row, messages: [...messages] })),
        links: {
          current: after === 0 ? address : `${address}?after_row=${after}`,
          ...(last === undefined ? {} : { next: `${address}?after_row=${last.row}` }),
        },
      });
    },
  );

  api.get(
    '/v2/bulk/:id/notifications',
    {
      config,
      schema: {
        ...described('listBatchNotifications', 'List the notifications of a batch, the newest first, 250 at a time'),
        params: byId,
        querystring: Type.Object({ older_than: Type.Optional(uuid) }, strict),
        ...answers(200, notificationList),
      },
    },
    async (request, reply) => {
      const { scope, serviceId } = callerOf(request);
      const batchId = request.params.id.toLowerCase();
      const olderThan = request.query.older_than?.toLowerCase();
      const found = await database.transact(scope, async (tx) => {
        const { keyKind } = await getBatch(tx, { serviceId, batchId });
        return listNotifications(tx, keyring, {
          serviceId,
          keyKind,
          batchId,
          most: perPage,
          ...(olderThan === undefined ? {} : { olderThan }),
        });
      });
      return reply.send({
        notifications: found.map((each) => showNotification(root, serviceId, each)),
        links: links(`${root}/v2/bulk/${batchId}/notifications`, request.query, found.at(-1)?.id),
      });
    },
  );

  api.post(
    '/v2/bulk/:id/cancellation',
    {
      config,
      schema: {
        ...described('cancelBatch', 'Call back the rows that are not sent yet'),
        params: byId,
        ...answers(200, batch),
      },
    },
    async (request, reply) => {
      const { scope, serviceId } = callerOf(request);
      const batchId = request.params.id.toLowerCase();
      const cancelled = await database.transact(scope, (tx) => cancelBatch(tx, { serviceId, batchId }));
      return reply.send(showBatch(root, cancelled));
    },
  );
}

function showBatch(root: string, shown: Batch) {
  const uri = `${root}/v2/bulk/${shown.id}`;
  const { template } = shown;
  return {
    id: shown.id,
    name: shown.name,
    uri,
    type: shown.channel,
    template: {
      id: template.id,
      version: template.version,
      uri: `/services/${shown.serviceId}/templates/${template.id}`,
    },
    state: shown.state,
    rows: shown.rows,
    wrong_rows: shown.wrong,
    accepted_rows: shown.accepted,
    scheduled_for: shown.scheduledFor,
    created_at: shown.createdAt,
    finished_at: shown.finishedAt,
    links: { errors: `${uri}/errors`, notifications: `${uri}/notifications` },
  };
}
