import type { FastifyReply, FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import type { Service } from '#organisations';
import { csvLine, Problem, readForm, scopeOf, type Server } from '#platform';
import { findSender, refuseLetterKey, refuseLetterless } from '../acceptance.ts';
import { Refusal } from '../api/refusals.ts';
import {
  cancelBatch,
  countStatuses,
  findRow,
  getBatch,
  listBatches,
  listFaults,
  sendBatch,
  type Batch,
} from '../batches/batches.ts';
import { receiveBatch, refuseOverDay } from '../batches/receiving.ts';
import { checkRow, readTable } from '../batches/rows.ts';
import { spool, type Spool } from '../batches/spool.ts';
import { failureStatuses } from '../notifications.ts';
import { columnsOf, previewHtml } from '../templates/preview.ts';
import { getTemplate, listTemplates, type TemplateVersion } from '../templates/templates.ts';
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

const ofBatch = Type.Object({ ...ofService.properties, batchId: id });
const mostFileBytes = 100_000_000;
const faultsOnPage = 50;
const typeWords = { email: 'Email', sms: 'Text message', letter: 'Letter' } as const;

/** Sending from a file of recipients: choosing it, looking at it, sending it, and watching it go. */
export function addBatchPages(server: Server, dependencies: PageDependencies): void {
  const { keyring, frames, acceptance } = dependencies;

  server.get(`${place}/batches`, { config: forManagers, schema: { params: ofService } }, async (request, reply) => {
    const { service, result } = await withService(dependencies, request, async (tx, { id: serviceId }) => ({
      batches: await listBatches(tx, { serviceId, most: 50 }),
      templates: await listTemplates(tx, { serviceId }),
    }));
    return reply.page('notify/batches', {
      title: `Messages of ${service.name} sent from files`,
      ...sectionFrame(frames, request, service, '/batches'),
      batches: result.batches.map(showBatch),
      hasTemplates: result.templates.length > 0,
    });
  });

  server.get(
    `${place}/batches/new`,
    { config: forManagers, schema: { params: ofService, querystring: Type.Object({ template: Type.Optional(id) }) } },
    async (request, reply) => {
      const { service, result: templates } = await withService(dependencies, request, (tx, { id: serviceId }) =>
        listTemplates(tx, { serviceId }),
      );
      return reply.page('notify/batch-new', newPage(request, service, templates, request.query.template));
    },
  );

  server.get(
    `${place}/templates/:templateId/example.csv`,
    { config: forManagers, schema: { params: Type.Object({ ...ofService.properties, templateId: id }) } },
    async (request, reply) => {
      const { result: template } = await withService(dependencies, request, (tx, { id: serviceId }) =>
        getTemplate(tx, { serviceId, templateId: request.params.templateId }),
      );
      if (template === null) throw new Problem('not-found');
      return reply
        .type('text/csv; charset=utf-8')
        .header('content-disposition', 'attachment; filename="recipients.csv"')
        .send(csvLine(columnsOf(template)));
    },
  );

  server.post(
    `${place}/batches`,
    { config: { ...forManagers, multipart: true }, schema: { params: ofService } },
    async (request, reply) => {
      let name = '';
      let file: Spool | undefined;
      try {
        const fields = await readForm(request, {
          mostFileBytes,
          onFile: async ({ name: given, content }) => {
            name = given;
            file = await spool(content);
          },
        });
        const { service, result: templates } = await withService(dependencies, request, (tx, { id: serviceId }) =>
          listTemplates(tx, { serviceId }),
        );
        const template = templates.find((each) => each.id === fields['template']);
        const refuse = (errors: { href: string; text: string }[]) =>
          reply.code(400).page('notify/batch-new', { ...newPage(request, service, templates, template?.id), errors });
        if (template === undefined || file === undefined) {
          return await refuse([
            ...(template === undefined ? [{ href: '#template', text: 'Select a template' }] : []),
            ...(file === undefined ? [{ href: '#file', text: 'Choose a file of recipients' }] : []),
          ]);
        }
        try {
          const known = await acceptance.known.get(scopeOf(request), service.id);
          if (template.type === 'letter') {
            refuseLetterless(known);
            refuseLetterKey({ keyKind: 'live' }, known);
          }
          const batch = await receiveBatch(
            acceptance,
            {
              scope: scopeOf(request),
              service: known,
              name,
              template,
              sender: findSender(known, { channel: template.type, senderId: null }),
              keyKind: 'live',
              keyId: null,
              scheduledFor: null,
              allOrNone: false,
              waits: true,
              once: null,
            },
            readTable(file.path, template),
          );
          return await reply.redirect(`${addressOf(service)}/batches/${batch.id}`, 303);
        } catch (error) {
          if (!(error instanceof Refusal)) throw error;
          return await refuse(error.errors.map(({ message }) => ({ href: '#file', text: fileFault(message) })));
        }
      } finally {
        await file?.[Symbol.asyncDispose]();
      }
    },
  );

  server.get(
    `${place}/batches/:batchId`,
    {
      config: forManagers,
      schema: { params: ofBatch, querystring: Type.Object({ row: Type.Optional(Type.String({ maxLength: 10 })) }) },
    },
    async (request, reply) => reply.page('notify/batch', await batchPage(request, reply, request.query.row)),
  );

  server.get(
    `${place}/batches/:batchId/errors.csv`,
    { config: forManagers, schema: { params: ofBatch } },
    async (request, reply) => {
      const { batchId } = request.params;
      const { result: faults } = await withService(dependencies, request, async (tx, { id: serviceId }) => {
        await getBatch(tx, { serviceId, batchId });
        return listFaults(tx, { batchId, most: 100_000 });
      });
      return reply
        .type('text/csv; charset=utf-8')
        .header('content-disposition', 'attachment; filename="errors.csv"')
        .send(
          csvLine(['row', 'what is wrong']) +
            faults.map((each) => csvLine([each.row + 1, each.faults.join('; ')])).join(''),
        );
    },
  );

  server.post(
    `${place}/batches/:batchId/sending`,
    { config: forManagers, schema: { params: ofBatch, body: Type.Object({ when: field(40) }) } },
    async (request, reply) => {
      const { batchId } = request.params;
      const scheduledFor = readHour(request.body.when ?? 'now');
      if (scheduledFor === undefined) {
        const errors = [{ href: '#when', text: 'Select when to send the messages' }];
        return reply.code(400).page('notify/batch', { ...(await batchPage(request, reply, undefined)), errors });
      }
      try {
        const known = await acceptance.known.get(scopeOf(request), request.params.serviceId);
        const { service } = await withService(dependencies, request, async (tx, { id: serviceId }) => {
          const batch = await sendBatch(tx, { serviceId, batchId, scheduledFor });
          const template = await getTemplate(tx, { serviceId, templateId: batch.template.id });
          if (template === null) throw new Problem('not-found');
          await refuseOverDay(tx, { service: known, template, keyKind: 'live' }, batch.rows - batch.wrong);
        });
        return await reply.redirect(`${addressOf(service)}/batches/${batchId}`, 303);
      } catch (error) {
        if (!(error instanceof Refusal)) throw error;
        const errors = [
          {
            href: '#when',
            text: `${error.errors[0]?.message ?? ''}. Send fewer rows, or ask the platform to raise the limit of the service.`,
          },
        ];
        return reply.code(400).page('notify/batch', { ...(await batchPage(request, reply, undefined)), errors });
      }
    },
  );

  server.post(
    `${place}/batches/:batchId/cancellation`,
    { config: forManagers, schema: { params: ofBatch } },
    async (request, reply) => {
      const { batchId } = request.params;
      try {
        const { service } = await withService(dependencies, request, (tx, { id: serviceId }) =>
          cancelBatch(tx, { serviceId, batchId }),
        );
        return await reply.redirect(`${addressOf(service)}/batches/${batchId}`, 303);
      } catch (error) {
        if (!(error instanceof Refusal)) throw error;
        throw new Problem('conflict', {
          message: 'Everything in this file is sent already, so nothing can be called back.',
        });
      }
    },
  );

  async function batchPage(
    request: FastifyRequest<{ Params: { serviceId: string; batchId: string } }>,
    reply: FastifyReply,
    wantedRow: string | undefined,
  ) {
    const { batchId } = request.params;
    const asked = Number((wantedRow ?? '').trim());
    const { service, result } = await withService(dependencies, request, async (tx, { id: serviceId }) => {
      const batch = await getBatch(tx, { serviceId, batchId });
      // Rows are numbered on the page as in the spreadsheet, whose first row names the columns.
      const number = Number.isInteger(asked) && asked > 1 && asked < 1_000_000 ? asked - 1 : 1;
      const { id: templateId, version } = batch.template;
      return {
        batch,
        number,
        faults: await listFaults(tx, { batchId, most: faultsOnPage }),
        rowFaults: await listFaults(tx, { batchId, after: number - 1, most: 1 }),
        statuses: await countStatuses(tx, batchId),
        row: batch.state === 'checked' ? await findRow(tx, keyring, { batchId, number }) : null,
        template: await getTemplate(tx, { serviceId, templateId, version }),
      };
    });
    const { batch, template, row, number } = result;
    const isMoving = batch.state === 'sending' && batch.scheduledFor === null;
    // The page looks again by itself, without a script.
    if (isMoving) reply.header('refresh', '5');
    const { prefix } = await acceptance.known.get(scopeOf(request), service.id);
    const failed = failureStatuses.reduce((all, status) => all + (result.statuses[status] ?? 0), 0);
    return {
      title: batch.name,
      ...sectionFrame(frames, request, service, '/batches', [
        { text: batch.name, href: `${addressOf(service)}/batches/${batch.id}` },
      ]),
      batch: showBatch(batch),
      isMoving,
      right: batch.rows - batch.wrong,
      faults: result.faults.map((each) => ({ row: each.row + 1, faults: each.faults })),
      moreFaults: batch.wrong - result.faults.length,
      rowNumber: number + 1,
      rowFault: result.rowFaults.find((each) => each.row === number)?.faults ?? null,
      preview: template === null || row === null ? null : previewRow(template, row, prefix),
      waiting: (result.statuses['created'] ?? 0) + (result.statuses['sending'] ?? 0),
      failed,
      sent:
        Object.entries(result.statuses).reduce((all, [, count]) => all + count, 0) -
        failed -
        (result.statuses['created'] ?? 0) -
        (result.statuses['sending'] ?? 0),
      hours: hoursAhead(dependencies.calendar.timeZone),
      action: `${addressOf(service)}/batches/${batch.id}`,
    };
  }

  function newPage(
    request: FastifyRequest,
    service: Service,
    templates: readonly TemplateVersion[],
    chosen: string | undefined,
  ) {
    const template = templates.find((each) => each.id === chosen);
    return {
      title: 'Send messages from a file',
      ...sectionFrame(frames, request, service, '/batches', [
        { text: 'New file', href: `${addressOf(service)}/batches/new` },
      ]),
      templates: templates.map((each) => ({
        value: each.id,
        text: `${each.name} (${typeWords[each.type].toLowerCase()})`,
        selected: each.id === chosen,
      })),
      template: template ?? null,
      columns: template === undefined ? [] : columnsOf(template),
      action: `${addressOf(service)}/batches`,
    };
  }
}

function showBatch(batch: Batch) {
  const states = {
    receiving: { text: 'Being read', classes: 'govuk-tag--grey' },
    checked: { text: 'Not sent yet', classes: 'govuk-tag--yellow' },
    sending: { text: batch.scheduledFor === null ? 'Being sent' : 'Waiting', classes: 'govuk-tag--blue' },
    sent: { text: 'Sent', classes: 'govuk-tag--green' },
    cancelled: { text: 'Called back', classes: 'govuk-tag--grey' },
    refused: { text: 'Refused', classes: 'govuk-tag--red' },
  } as const;
  return { ...batch, kind: typeWords[batch.channel], shownState: states[batch.state] };
}

/** A row as it would be sent. */
function previewRow(template: TemplateVersion, row: Parameters<typeof checkRow>[0], prefix: string | null) {
  const ready = checkRow(row, { template, prefix, mayTextAbroad: true });
  if ('faults' in ready) return null;
  const { to, content } = ready;
  return {
    to: to.split('\n'),
    subject: content.subject,
    text: content.text ?? null,
    html: template.type === 'sms' ? null : previewHtml(content.body),
    parts: ready.fragments,
  };
}

/** The times of the next three days at which a file may be sent, each hour from eight to eight. */
function hoursAhead(timeZone: string): { value: string; text: string }[] {
  const words = new Intl.DateTimeFormat('en-GB', {
    timeZone,
    weekday: 'long',
    day: 'numeric',
    month: 'long',
    hour: '2-digit',
    minute: '2-digit',
  });
  const hourOf = new Intl.DateTimeFormat('en-GB', { timeZone, hour: '2-digit', hour12: false });
  const hour = 3_600_000;
  const next = Math.ceil(Date.now() / hour) * hour;
  return Array.from({ length: 72 }, (_, index) => new Date(next + index * hour))
    .filter((time) => Number(hourOf.format(time)) >= 8 && Number(hourOf.format(time)) <= 20)
    .map((time) => ({ value: time.toISOString(), text: words.format(time) }));
}

/** When to send: null for now, undefined where that cannot be read. */
function readHour(given: string): string | null | undefined {
  if (given === 'now') return null;
  const time = Date.parse(given);
  const isAhead = time > Date.now() - 60_000 && time < Date.now() + 366 * 86_400_000;
  return Number.isNaN(time) || !isAhead ? undefined : new Date(time).toISOString();
}

/** What is wrong with a file as a whole, and what to do about it. */
function fileFault(message: string): string {
  if (message.startsWith('Missing column')) {
    return `${message.replace(/^Missing columns?: /, 'The file has no column for: ')}. The first row must name the columns.`;
  }
  if (message === 'There are no rows of recipients') return 'The file has no rows under the names of its columns';
  return message;
}
