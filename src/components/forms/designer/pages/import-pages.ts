import type { FastifyReply, FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import type { PageError } from '#design';
import { getService } from '#organisations';
import type { Frames } from '#organisations';
import { Problem, readForm, scopeOf } from '#platform';
import type { Database, Server } from '#platform';
import { parseDefinitionText, readDefinition, readDefinitionText } from '../../definition/definition.ts';
import { isObject } from '../../definition/dialects/reading.ts';
import { writeDefraV2 } from '../../definition/dialects/write-defra-v2.ts';
import type { DefinitionProblem } from '../../definition/form.ts';
import { formPage } from '../../pages/form-pages.ts';
import { isEditable, withIdentifiers } from '../blueprint.ts';
import { getDraft, putDraft } from '../drafts.ts';
import { draftAddress, fieldOf, formAddress, managers, ofService, readers } from './desk.ts';
import type { OfService } from './desk.ts';

/** The most that a definition's file may hold, in bytes: the largest real ones have half a million characters. */
const mostBytes = 5_000_000;

/** Bringing a definition in, of any dialect, and taking the draft out. */
export function addImportPages(server: Server, { database, frames }: { database: Database; frames: Frames }): void {
  server.get(`${formAddress}/import`, { config: managers, schema: { params: ofService } }, async (request, reply) =>
    show(request, reply, request.params, {}),
  );

  server.post(
    `${formAddress}/import`,
    { config: { ...managers, multipart: true }, schema: { params: ofService } },
    async (request, reply) => {
      const { organisationId, serviceId } = request.params;
      const service = await database.transact(scopeOf(request), (tx) => getService(tx, serviceId));
      let uploaded = '';
      const fields = await readForm(request, {
        mostFileBytes: mostBytes,
        mostFiles: 1,
        onFile: async ({ content }) => {
          const chunks: Buffer[] = [];
          for await (const chunk of content) chunks.push(chunk);
          uploaded = Buffer.concat(chunks).toString('utf8');
        },
      });
      const typed = fieldOf(fields, 'definition');
      const text = uploaded.trim() === '' ? typed : uploaded;
      if (text === '') {
        const errors = [{ href: '#definition', text: 'Choose a file or paste a definition' }];
        return show(request, reply.code(422), request.params, { errors });
      }
      const parsed = parseDefinitionText(text);
      const { form, dialect, problems } = readDefinitionText(text);
      if ('problem' in parsed || !form || !isObject(parsed.value)) {
        const errors = [{ href: '#definition', text: 'The definition cannot be read: see what is wrong below' }];
        return show(request, reply.code(422), request.params, {
          errors,
          typed: uploaded === '' ? typed : '',
          problems,
        });
      }
      const { value } = parsed;
      await database.transact(scopeOf(request), (tx) =>
        putDraft(tx, {
          serviceId,
          name: service.name,
          definition: isEditable(value) ? withIdentifiers(value) : value,
          what: `Imported a definition (${dialect ?? ''})`,
        }),
      );
      const address = `/staff/organisations/${organisationId}/services/${serviceId}/form`;
      // What is wrong with it is listed where it is mended.
      const isToMend = isEditable(value) && problems.length > 0;
      return reply.redirect(isToMend ? `${address}/draft/checks` : `${address}?done=imported`, 303);
    },
  );

  server.get(
    `${draftAddress}/export`,
    {
      config: readers,
      schema: {
        params: ofService,
        querystring: Type.Object({ as: Type.Optional(Type.Union([Type.Literal('v2'), Type.Literal('own')])) }),
      },
    },
    async (request, reply) => {
      const { serviceId } = request.params;
      const { definition } = await database.transact(scopeOf(request), async (tx) => {
        await getService(tx, serviceId);
        return getDraft(tx, serviceId);
      });
      const { form } = readDefinition(definition);
      if (request.query.as === 'v2' && !form) {
        throw new Problem('unprocessable', {
          message: 'The draft cannot be written in version 2. Export it as it is.',
        });
      }
      const written = request.query.as === 'v2' && form ? writeDefraV2(form).definition : definition;
      return reply
        .header(
          'content-disposition',
          `attachment; filename="form-draft${request.query.as === 'v2' ? '-v2' : ''}.json"`,
        )
        .type('application/json; charset=utf-8')
        .send(JSON.stringify(written, null, 2));
    },
  );

  async function show(
    request: FastifyRequest,
    reply: FastifyReply,
    { serviceId }: OfService,
    data: { errors?: readonly PageError[]; typed?: string; problems?: readonly DefinitionProblem[] },
  ): Promise<FastifyReply> {
    const service = await database.transact(scopeOf(request), (tx) => getService(tx, serviceId));
    const frame = frames.ofService(request, service, formPage.path);
    const form = `/staff/organisations/${service.organisationId}/services/${service.id}/form`;
    return reply.page('forms/designer/import', {
      title: 'Import a form',
      ...frame,
      breadcrumbs: [...frame.breadcrumbs, { text: 'Form', href: form }],
      of: service,
      action: `${form}/import`,
      ...data,
    });
  }
}
