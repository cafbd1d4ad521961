import { Type } from 'typebox';
import type { Server } from '#platform';
import type { Caller } from '../acceptance.ts';
import { readPersonalisation, writeContent } from '../content.ts';
import { writeEmail } from '../templates/email-markdown.ts';
import { placeholdersOf } from '../templates/template-text.ts';
import {
  archiveTemplate,
  changeTemplate,
  createTemplate,
  getTemplate,
  listTemplates,
  listTemplateVersions,
  postages,
  templateTypes,
  type TemplateVersion,
} from '../templates/templates.ts';
import { answers, answersNothing, filledTemplate, shownTemplate, templateList, versionList } from './answers.ts';
import type { ApiDependencies } from './api.ts';
import { callerOf, config, described, notFound, refuseToChange, strict, uuid } from './call.ts';
import { personalisation } from './sending-calls.ts';

const byId = Type.Object({ id: uuid });
const texts = {
  subject: Type.Optional(Type.String({ description: 'Of an email or a letter.' })),
  body: Type.String({ description: 'The text, with its placeholders.' }),
  postage: Type.Optional(Type.Enum([...postages], { description: 'Of a letter. Left out, it is second class.' })),
};

/** The calls that read, fill, publish and put away templates. */
export function addTemplateCalls(api: Server, { database, acceptance }: ApiDependencies): void {
  api.get(
    '/v2/templates',
    {
      config,
      schema: {
        ...described('listTemplates', 'List the templates of your service'),
        querystring: Type.Object({ type: Type.Optional(Type.Enum([...templateTypes])) }, strict),
        ...answers(200, templateList),
      },
    },
    async (request, reply) => {
      const caller = callerOf(request);
      const wanted = request.query.type;
      const found = await database.transact(caller.scope, (tx) =>
        listTemplates(tx, { serviceId: caller.serviceId, ...(wanted === undefined ? {} : { type: wanted }) }),
      );
      const block = await contactBlockOf(caller);
      return reply.send({ templates: found.map((template) => showTemplate(template, block)) });
    },
  );

  api.post(
    '/v2/templates',
    {
      config,
      schema: {
        ...described('publishTemplate', 'Publish a template, or its next version where the name is known'),
        body: Type.Object({ type: Type.Enum([...templateTypes]), name: Type.String(), ...texts }, strict),
        ...answers(201, shownTemplate),
      },
    },
    async (request, reply) => {
      const caller = callerOf(request);
      refuseToChange(caller, 'templates');
      const { id } = await database.transact(caller.scope, (tx) =>
        createTemplate(tx, { serviceId: caller.serviceId, ...request.body }),
      );
      return reply.code(201).send(await show(caller, id));
    },
  );

  api.post(
    '/v2/template/:id',
    {
      config,
      schema: {
        ...described('changeTemplate', 'Publish the next version of a template'),
        params: byId,
        body: Type.Object({ name: Type.Optional(Type.String()), ...texts }, strict),
        ...answers(200, shownTemplate),
      },
    },
    async (request, reply) => {
      const caller = callerOf(request);
      refuseToChange(caller, 'templates');
      const templateId = request.params.id.toLowerCase();
      await database.transact(caller.scope, (tx) =>
        changeTemplate(tx, { serviceId: caller.serviceId, templateId, ...request.body }),
      );
      return reply.send(await show(caller, templateId));
    },
  );

  api.post(
    '/v2/template/:id/archive',
    { config, schema: { ...described('archiveTemplate', 'Put a template away'), params: byId, ...answersNothing() } },
    async (request, reply) => {
      const caller = callerOf(request);
      refuseToChange(caller, 'templates');
      await database.transact(caller.scope, (tx) =>
        archiveTemplate(tx, { serviceId: caller.serviceId, templateId: request.params.id.toLowerCase() }),
      );
      return reply.code(204).send();
    },
  );

  api.get(
    '/v2/template/:id',
    {
      config,
      schema: {
        ...described('getTemplate', 'Read the newest version of a template'),
        params: byId,
        ...answers(200, shownTemplate),
      },
    },
    async (request, reply) => reply.send(await show(callerOf(request), request.params.id)),
  );

  api.get(
    '/v2/template/:id/versions',
    {
      config,
      schema: {
        ...described('listTemplateVersions', 'List the versions of a template'),
        params: byId,
        ...answers(200, versionList),
      },
    },
    async (request, reply) => {
      const caller = callerOf(request);
      const versions = await database.transact(caller.scope, (tx) =>
        listTemplateVersions(tx, { serviceId: caller.serviceId, templateId: request.params.id.toLowerCase() }),
      );
      if (versions.length === 0) throw notFound();
      const block = await contactBlockOf(caller);
      return reply.send({ versions: versions.map((version) => showTemplate(version, block)) });
    },
  );

  api.get(
    '/v2/template/:id/version/:version',
    {
      config,
      schema: {
        ...described('getTemplateVersion', 'Read one version of a template'),
        params: Type.Object({ id: uuid, version: Type.String({ format: 'whole-number' }) }),
        ...answers(200, shownTemplate),
      },
    },
    async (request, reply) => {
      const version = Number(request.params.version);
      // What no integer of the database can be is no version.
      if (version > 2 ** 31 - 1) throw notFound();
      return reply.send(await show(callerOf(request), request.params.id, version));
    },
  );

  api.post(
    '/v2/template/:id/preview',
    {
      config,
      schema: {
        ...described('previewTemplate', 'Fill a template without sending it'),
        params: byId,
        // What else is in it says nothing, and so does a body that is left out: a template without placeholders needs none.
        body: Type.Object({ personalisation: Type.Optional(personalisation) }),
        ...answers(200, filledTemplate),
      },
    },
    async (request, reply) => {
      const caller = callerOf(request);
      const template = await find(caller, request.params.id);
      const values = readPersonalisation({ personalisation: request.body.personalisation ?? {}, template });
      const { prefix } = await acceptance.known.get(caller.scope, caller.serviceId);
      const { content } = writeContent(template, values, prefix);
      return reply.send({
        id: template.id,
        type: template.type,
        version: template.version,
        body: content.text ?? content.body,
        html: template.type === 'email' ? writeEmail(content.body).html : null,
        subject: template.type === 'sms' ? null : content.subject,
        postage: template.postage,
      });
    },
  );

  async function show(caller: Caller, templateId: string, version?: number) {
    return showTemplate(await find(caller, templateId, version), await contactBlockOf(caller));
  }

  async function find(caller: Caller, templateId: string, version?: number): Promise<TemplateVersion> {
    const found = await database.transact(caller.scope, (tx) =>
      getTemplate(tx, { serviceId: caller.serviceId, templateId, ...(version === undefined ? {} : { version }) }),
    );
    if (found === null) throw notFound();
    return found;
  }

  /** The contact block that letters of the service have; null where there is none. */
  async function contactBlockOf({ scope, serviceId }: Caller): Promise<string | null> {
    const { senders } = await acceptance.known.get(scope, serviceId);
    return senders.find((sender) => sender.channel === 'letter' && sender.isDefault)?.value ?? null;
  }
}

function showTemplate(template: TemplateVersion, contactBlock: string | null) {
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
    letter_contact_block: template.type === 'letter' ? contactBlock : null,
    postage: template.postage,
  };
}
