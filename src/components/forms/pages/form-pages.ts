import { Type } from 'typebox';
import { getService } from '#organisations';
import type { Frames } from '#organisations';
import { Problem, scopeOf } from '#platform';
import type { Database, Server } from '#platform';
import type { FastifyRequest } from 'fastify';
import { parseDefinitionText, readDefinitionText } from '../definition.ts';
import { isQuestion } from '../form.ts';
import { findUnscanned } from '../uploads/unscanned.ts';
import { findLiveForm, getDefinition, listPublications, listVersions, publishForm } from '../versions.ts';

/** The page of this part in every service's navigation. */
export const formPage = {
  text: 'Form',
  path: '/form',
  roles: ['service manager', 'caseworker', 'digital leader', 'auditor'],
} as const;

const id = Type.String({ format: 'uuid' });
const ofService = Type.Object({ organisationId: id, serviceId: id });
const ofVersion = Type.Object({ ...ofService.properties, number: Type.String({ pattern: '^[1-9][0-9]{0,6}$' }) });
const done = Type.Object({ done: Type.Optional(Type.String({ maxLength: 40 })) });
const publication = Type.Object({ definition: Type.Optional(Type.String()) });

const readers = { access: { who: 'staff', roles: formPage.roles, over: 'service' } } as const;
const managers = { access: { who: 'staff', roles: ['service manager'], over: 'service' } } as const;
const address = '/staff/organisations/:organisationId/services/:serviceId/form';

/** The form of a service, for its staff: what it asks, its versions, and publishing another. */
export function addFormPages(
  server: Server,
  {
    database,
    frames,
    canScanFiles,
  }: {
    database: Database;
    frames: Frames;
    /** Whether a scanner is set, so that forms may ask for files. */
    canScanFiles: boolean;
  },
): void {
  server.get(address, { config: readers, schema: { params: ofService, querystring: done } }, async (request, reply) =>
    reply.page('forms/form', {
      ...(await contentOf(request, request.params)),
      notice:
        request.query.done === 'published'
          ? { type: 'success', heading: 'The form was published', text: 'Who has begun stays on the version before.' }
          : undefined,
    }),
  );

  server.post(
    address,
    { config: managers, schema: { params: ofService, body: publication } },
    async (request, reply) => {
      const { organisationId, serviceId } = request.params;
      const text = request.body.definition ?? '';
      const parsed = parseDefinitionText(text);
      const { form, problems: found } = readDefinitionText(text);
      const problems = [...found, ...(form && !canScanFiles ? findUnscanned(form) : [])];
      const errors = problems.filter(({ severity }) => severity !== 'warning');
      if ('problem' in parsed || !form || errors.length > 0) {
        return reply.code(422).page('forms/form', {
          ...(await contentOf(request, request.params)),
          typed: text,
          problems,
          errors: [{ href: '#definition', text: 'The definition cannot be published: see what is wrong below' }],
        });
      }
      const { value } = parsed;
      await database.transact(scopeOf(request), (tx) =>
        publishForm(tx, { serviceId, definition: value, canScanFiles }),
      );
      return reply.redirect(`/staff/organisations/${organisationId}/services/${serviceId}/form?done=published`, 303);
    },
  );

  server.get(
    `${address}/versions/:number`,
    { config: readers, schema: { params: ofVersion } },
    async (request, reply) => {
      const { serviceId, number } = request.params;
      const definition = await database.transact(scopeOf(request), (tx) =>
        getDefinition(tx, serviceId, Number(number)),
      );
      if (definition === null) throw new Problem('not-found');
      return reply
        .header('content-disposition', `attachment; filename="form-version-${number}.json"`)
        .type('application/json; charset=utf-8')
        .send(JSON.stringify(definition, null, 2));
    },
  );

  async function contentOf(request: FastifyRequest, { serviceId }: { serviceId: string }) {
    const { service, versions, publications } = await database.transact(scopeOf(request), async (tx) => ({
      service: await getService(tx, serviceId),
      versions: await listVersions(tx, serviceId),
      publications: await listPublications(tx, serviceId, 1),
    }));
    const live = await findLiveForm(database, scopeOf(request), serviceId);
    const conditions = new Map(live?.compiled.form.conditions.map((each) => [each.id, each.displayName]));
    return {
      title: `Form of ${service.name}`,
      ...frames.ofService(request, service, formPage.path),
      of: service,
      action: `/staff/organisations/${service.organisationId}/services/${serviceId}/form`,
      mayPublish: request.grant.roles.includes('service manager'),
      versions,
      liveNumber: live?.number ?? null,
      liveSince: publications[0]?.publishedAt ?? null,
      asked: live?.compiled.pages.map((page) => ({
        title: page.title,
        condition: page.page.condition === null ? null : (conditions.get(page.page.condition) ?? null),
        questions: page.page.components.filter(isQuestion).map((question) => question.shortTitle ?? question.title),
      })),
    };
  }
}
