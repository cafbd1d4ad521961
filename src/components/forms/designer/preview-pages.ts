import type { FastifyReply, FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { findService } from '#organisations';
import type { Service } from '#organisations';
import { Problem } from '#platform';
import type { Database, Scope, Server, Settings } from '#platform';
import { formatHolder } from '../applications/applications.ts';
import { readDefinition } from '../definition/definition.ts';
import { compileForm } from '../versions/compile.ts';
import type { IsStaff } from '../pages/application-pages.ts';
import { previewCookie } from '../pages/preview-cookie.ts';
import { beginPreview, findPreview } from './previews.ts';

const ofPreview = Type.Object({ service: Type.String({ maxLength: 200 }), preview: Type.String({ maxLength: 100 }) });
const ofService = Type.Object({ service: Type.String({ maxLength: 200 }) });

const because = 'the secret in the link lets its holder try a draft that is not public';
const holder = { access: { who: 'holder', of: 'preview', because } } as const;
const anyone = { access: { who: 'anyone', because: 'it only forgets a cookie' } } as const;

/** Trying a draft by a link: where it begins, and how to leave it. In between are the pages of every application. */
export function addPreviewPages(
  server: Server,
  {
    database,
    settings,
    isStaff,
    today,
  }: { database: Database; settings: Pick<Settings, 'publicUrl'>; isStaff: IsStaff; today: () => string },
): void {
  const secure = settings.publicUrl.startsWith('https:');

  server.get(
    '/services/:service/preview/:preview',
    { schema: { params: ofPreview }, config: holder },
    async (request, reply) => {
      const service = await getServiceFor(request, request.params.service);
      const found = await database.transact(scopeFor(service, request), (tx) =>
        findPreview(tx, service.id, request.params.preview),
      );
      if (!found) return goneFrom(reply, service);
      const { problems } = readDefinition(found.draft.definition);
      return reply.header('referrer-policy', 'no-referrer').page('forms/designer/preview', {
        title: 'Try a draft',
        service: { name: service.name, href: `/services/${service.slug}` },
        action: request.url,
        expiresAt: found.expiresAt,
        problems: problems.filter(({ severity }) => severity === 'error'),
      });
    },
  );

  server.post(
    '/services/:service/preview/:preview',
    { schema: { params: ofPreview }, config: holder },
    async (request, reply) => {
      const service = await getServiceFor(request, request.params.service);
      const begun = await database.transact(scopeFor(service, request), async (tx) => {
        const found = await findPreview(tx, service.id, request.params.preview);
        if (!found) return null;
        const { form, problems } = readDefinition(found.draft.definition);
        if (!form || problems.some(({ severity }) => severity === 'error')) return 'broken' as const;
        return { presented: await beginPreview(tx, service.id, found), compiled: compileForm(form) };
      });
      if (begun === null) return goneFrom(reply, service);
      if (begun === 'broken') return reply.redirect(request.url, 303);
      reply.setCookie(previewCookie(service), formatHolder(begun.presented), {
        path: `/services/${service.slug}`,
        httpOnly: true,
        sameSite: 'lax',
        secure,
        maxAge: 86_400,
      });
      const journey = begun.compiled.journey(new Map(), today());
      const first = begun.compiled.pages.find((page) => journey.isAsked(page));
      const to = first ? `apply/${first.slug}` : 'check-your-answers';
      return reply.redirect(`/services/${service.slug}/${to}`, 303);
    },
  );

  server.post(
    '/services/:service/preview-end',
    { schema: { params: ofService }, config: anyone },
    async (request, reply) => {
      const service = await getServiceFor(request, request.params.service);
      reply.clearCookie(previewCookie(service), { path: `/services/${service.slug}` });
      return reply.redirect(`/services/${service.slug}`, 303);
    },
  );

  /** As for a person who applies: a service inside government is for its staff. */
  async function getServiceFor(request: FastifyRequest, slug: string): Promise<Service> {
    const service = await findService(database, slug);
    if (!service) throw new Problem('not-found', { detail: 'no service at this address' });
    if (service.audience === 'internal' && !(await isStaff(request))) throw new Problem('not-signed-in');
    return service;
  }
}

function goneFrom(reply: FastifyReply, service: Service): FastifyReply {
  return reply.code(410).page('forms/designer/preview-gone', {
    title: 'This link does not work any more',
    service: { name: service.name, href: `/services/${service.slug}` },
  });
}

function scopeFor(service: Service, request: FastifyRequest): Scope {
  return { organisationId: service.organisationId, actor: { kind: 'applicant', address: request.ip } };
}
