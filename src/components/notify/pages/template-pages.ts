import type { FastifyReply, FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import type { Service } from '#organisations';
import { Problem, scopeOf, type Server } from '#platform';
import { mostPages } from '../letters/sheet.ts';
import { makeTemplateLetter } from '../letters/template-letter.ts';
import { namesOf, previewHtml, measureText } from '../templates/preview.ts';
import {
  archiveTemplate,
  changeTemplate,
  createTemplate,
  getTemplate,
  listTemplates,
  listTemplateVersions,
  postages,
  templateTypes,
  type Postage,
  type TemplateType,
  type TemplateVersion,
} from '../templates/templates.ts';
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

const ofTemplate = Type.Object({ ...ofService.properties, templateId: id });
const form = Type.Object({
  type: field(10),
  name: field(),
  subject: field(),
  body: field(200_000),
  postage: field(10),
  action: field(10),
});
interface Form {
  readonly name?: string;
  readonly subject?: string;
  readonly body?: string;
  readonly postage?: string;
}

const typeWords: Readonly<Record<TemplateType, string>> = {
  email: 'Email',
  sms: 'Text message',
  letter: 'Letter',
};
const done = Type.Object({ done: Type.Optional(Type.Enum(['saved', 'archived'])) });
const notices = {
  saved: { type: 'success', heading: 'The template was saved' },
  archived: { type: 'success', heading: 'The template was archived' },
} as const;

/** The templates of a service: all of them, one with its versions, making one and changing it. */
export function addTemplatePages(server: Server, dependencies: PageDependencies): void {
  const { database, frames, acceptance, calendar } = dependencies;

  server.get(
    `${place}/templates`,
    { config: forManagers, schema: { params: ofService, querystring: done } },
    async (request, reply) => {
      const { service, result: templates } = await withService(dependencies, request, (tx, { id: serviceId }) =>
        listTemplates(tx, { serviceId }),
      );
      return reply.page('notify/templates', {
        title: `Templates of ${service.name}`,
        ...sectionFrame(frames, request, service, '/templates'),
        notice: request.query.done === undefined ? undefined : notices[request.query.done],
        templates: templates.map((template) => ({ ...template, kind: typeWords[template.type] })),
      });
    },
  );

  server.get(
    `${place}/templates/new`,
    {
      config: forManagers,
      schema: { params: ofService, querystring: Type.Object({ type: Type.Optional(Type.Enum([...templateTypes])) }) },
    },
    async (request, reply) => {
      const { service } = await withService(dependencies, request, () => Promise.resolve());
      const { type } = request.query;
      if (type === undefined) return reply.page('notify/template-type', typePage(request, service));
      return reply.page('notify/template-form', formPage(request, service, { type, values: {} }));
    },
  );

  server.post(
    `${place}/templates/types`,
    { config: forManagers, schema: { params: ofService, body: Type.Object({ type: field(10) }) } },
    async (request, reply) => {
      const { service } = await withService(dependencies, request, () => Promise.resolve());
      const type = templateTypes.find((each) => each === request.body.type);
      if (type !== undefined) return reply.redirect(`${addressOf(service)}/templates/new?type=${type}`, 303);
      const errors = [{ href: '#type', text: 'Select what the template is for' }];
      return reply.code(400).page('notify/template-type', { ...typePage(request, service), errors });
    },
  );

  server.post(
    `${place}/templates`,
    { config: forManagers, schema: { params: ofService, body: form } },
    async (request, reply) => {
      const { service } = await withService(dependencies, request, () => Promise.resolve());
      const type = templateTypes.find((each) => each === request.body.type) ?? 'email';
      return save(request, reply, service, { type, values: request.body }, (texts) =>
        database.transact(scopeOf(request), (tx) => createTemplate(tx, { serviceId: service.id, type, ...texts })),
      );
    },
  );

  server.get(
    `${place}/templates/:templateId`,
    { config: forManagers, schema: { params: ofTemplate, querystring: done } },
    async (request, reply) => {
      const { service, result } = await withService(dependencies, request, async (tx, { id: serviceId }) => ({
        template: await findTemplateOf(request.params, (wanted) => getTemplate(tx, { ...wanted, serviceId })),
        versions: await listTemplateVersions(tx, { serviceId, templateId: request.params.templateId }),
      }));
      return reply.page('notify/template', {
        ...(await templatePage(request, service, result.template)),
        notice: request.query.done === undefined ? undefined : notices[request.query.done],
        versions: result.versions,
      });
    },
  );

  server.get(
    `${place}/templates/:templateId/versions/:version`,
    {
      config: forManagers,
      schema: {
        params: Type.Object({ ...ofTemplate.properties, version: Type.String({ pattern: '^\\d{1,9}$' }) }),
      },
    },
    async (request, reply) => {
      const version = Number(request.params.version);
      const { service, result: template } = await withService(dependencies, request, (tx, { id: serviceId }) =>
        findTemplateOf(request.params, (wanted) => getTemplate(tx, { ...wanted, serviceId, version })),
      );
      return reply.page('notify/template-version', {
        ...(await templatePage(request, service, template)),
        title: `Version ${version} of ${template.name}`,
      });
    },
  );

  server.get(
    `${place}/templates/:templateId/edit`,
    { config: forManagers, schema: { params: ofTemplate } },
    async (request, reply) => {
      const { service, result: template } = await withService(dependencies, request, (tx, { id: serviceId }) =>
        findTemplateOf(request.params, (wanted) => getTemplate(tx, { ...wanted, serviceId })),
      );
      const values = { ...template, postage: template.postage ?? 'second' };
      return reply.page('notify/template-form', formPage(request, service, { type: template.type, template, values }));
    },
  );

  server.post(
    `${place}/templates/:templateId/versions`,
    { config: forManagers, schema: { params: ofTemplate, body: form } },
    async (request, reply) => {
      const { templateId } = request.params;
      const { service, result: template } = await withService(dependencies, request, (tx, { id: serviceId }) =>
        findTemplateOf(request.params, (wanted) => getTemplate(tx, { ...wanted, serviceId })),
      );
      return save(request, reply, service, { type: template.type, template, values: request.body }, async (texts) => {
        await database.transact(scopeOf(request), (tx) =>
          changeTemplate(tx, { serviceId: service.id, templateId, ...texts }),
        );
        return { id: templateId };
      });
    },
  );

  server.post(
    `${place}/templates/:templateId/archive`,
    { config: forManagers, schema: { params: ofTemplate } },
    async (request, reply) => {
      const { service } = await withService(dependencies, request, (tx, { id: serviceId }) =>
        archiveTemplate(tx, { serviceId, templateId: request.params.templateId }),
      );
      return reply.redirect(`${addressOf(service)}/templates?done=archived`, 303);
    },
  );

  /** Saves what was typed, or shows it again with what it looks like or what is wrong. */
  async function save(
    request: FastifyRequest<{ Body: Form & { action?: string } }>,
    reply: FastifyReply,
    service: Service,
    given: { type: TemplateType; template?: TemplateVersion; values: Form },
    keep: (texts: { name: string; subject: string; body: string; postage: Postage }) => Promise<{ id: string }>,
  ) {
    const { values } = given;
    const { name = '', subject = '', body = '' } = values;
    if (request.body.action === 'preview') {
      return reply.page('notify/template-form', {
        ...formPage(request, service, given),
        preview: await previewOf(request, service, { type: given.type, subject, body }),
      });
    }
    try {
      const postage = postages.find((each) => each === values.postage) ?? 'second';
      const saved = await keep({ name, subject, body, postage });
      return await reply.redirect(`${addressOf(service)}/templates/${saved.id}?done=saved`, 303);
    } catch (error) {
      if (!(error instanceof Problem) || error.places.length === 0) throw error;
      return reply.code(400).page('notify/template-form', {
        ...formPage(request, service, given),
        errors: error.places.map((each) => ({ href: `#${each.place}`, text: faultText(each.place, each.message) })),
      });
    }
  }

  function typePage(request: FastifyRequest, service: Service) {
    return {
      title: 'What is the template for?',
      ...sectionFrame(frames, request, service, '/templates', [
        { text: 'New template', href: `${addressOf(service)}/templates/new` },
      ]),
      types: templateTypes.map((value) => ({ value, text: typeWords[value] })),
    };
  }

  function formPage(
    request: FastifyRequest,
    service: Service,
    { type, template, values }: { type: TemplateType; template?: TemplateVersion; values: Form },
  ) {
    const templates = `${addressOf(service)}/templates`;
    const heading =
      template === undefined ? `New ${typeWords[type].toLowerCase()} template` : `Change ${template.name}`;
    return {
      title: heading,
      ...sectionFrame(frames, request, service, '/templates', [
        ...(template === undefined ? [] : [{ text: template.name, href: `${templates}/${template.id}` }]),
        { text: heading, href: '' },
      ]),
      heading,
      type,
      values,
      action: template === undefined ? templates : `${templates}/${template.id}/versions`,
      back: template === undefined ? templates : `${templates}/${template.id}`,
    };
  }

  async function templatePage(request: FastifyRequest, service: Service, template: TemplateVersion) {
    return {
      title: template.name,
      ...sectionFrame(frames, request, service, '/templates', [
        { text: template.name, href: `${addressOf(service)}/templates/${template.id}` },
      ]),
      template,
      kind: typeWords[template.type],
      names: namesOf(template),
      preview: await previewOf(request, service, template),
      letter:
        template.type === 'letter'
          ? `${addressOf(service)}/templates/${template.id}/versions/${template.version}/letter.pdf`
          : null,
      action: `${addressOf(service)}/templates/${template.id}`,
    };
  }

  /** What a message looks like with its placeholders standing for themselves. */
  async function previewOf(
    request: FastifyRequest,
    service: Service,
    template: { type: TemplateType; subject: string; body: string },
  ) {
    const { prefix, senders } = await acceptance.known.get(scopeOf(request), service.id);
    const letter =
      template.type === 'letter' ? await makeTemplateLetter(template, { senders, day: calendar.today() }) : null;
    const text = template.type === 'sms' ? measureText(template.body, prefix) : null;
    return {
      type: template.type,
      subject: template.subject,
      html: text === null ? previewHtml(template.body) : null,
      text: text?.text ?? null,
      parts: text?.fragments ?? null,
      pages: letter?.pages ?? null,
      mostPages,
      hasPlaceholders: namesOf(template).length > 0,
      isUnicode: text?.encoding === 'unicode',
    };
  }
}

/** @throws Problem not-found where a service has no such template. */
async function findTemplateOf(
  { templateId }: { templateId: string },
  get: (wanted: { templateId: string }) => Promise<TemplateVersion | null>,
): Promise<TemplateVersion> {
  const template = await get({ templateId });
  if (template === null) throw new Problem('not-found');
  return template;
}

/** What is wrong with a field, in the words of the page. */
function faultText(at: string, message: string): string {
  const names: Readonly<Record<string, string>> = { name: 'The name', subject: 'The subject', body: 'The text' };
  const name = names[at];
  if (name === undefined) return message;
  return message.startsWith('must') ? `${name} ${message}` : message;
}
