import type { FastifyReply, FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import type { PageError } from '#design';
import { scopeOf } from '#platform';
import type { Database, Server, Settings } from '#platform';
import { readDefinition } from '../../definition/definition.ts';
import { listPreviews, makePreview, previewDays, withdrawPreview } from '../previews.ts';
import { draftAddress, fieldOf, managers, ofService, postedOf } from './desk.ts';
import type { Desk, OpenDraft } from './desk.ts';

const ofLink = Type.Object({ ...ofService.properties, previewId: Type.String({ format: 'uuid' }) });

/** The links by which a draft is tried. */
export function addPreviewLinks(
  server: Server,
  { database, desk, settings }: { database: Database; desk: Desk; settings: Pick<Settings, 'publicUrl'> },
): void {
  server.get(
    `${draftAddress}/previews`,
    { config: managers, schema: { params: ofService } },
    async (request, reply) => {
      const open = await desk.open(request, request.params);
      return show(request, reply, open, {});
    },
  );

  server.post(
    `${draftAddress}/previews`,
    { config: managers, schema: { params: ofService } },
    async (request, reply) => {
      const open = await desk.open(request, request.params);
      const days = previewDays.find((each) => String(each) === fieldOf(postedOf(request), 'days'));
      if (days === undefined) {
        const errors = [{ href: '#days', text: 'Select for how long the link works' }];
        return show(request, reply.code(422), open, { errors });
      }
      const secret = await database.transact(scopeOf(request), (tx) => makePreview(tx, open.service.id, days));
      // Shown in the answer itself: it is kept nowhere from which a page could show it again.
      const path = `/services/${open.service.slug}/preview/${secret}`;
      return show(request, reply, open, { made: { path, link: settings.publicUrl + path } });
    },
  );

  server.post(
    `${draftAddress}/previews/:previewId/withdrawal`,
    { config: managers, schema: { params: ofLink } },
    async (request, reply) => {
      const open = await desk.open(request, request.params);
      await database.transact(scopeOf(request), (tx) => withdrawPreview(tx, open.service.id, request.params.previewId));
      return reply.redirect(`${open.address}/previews`, 303);
    },
  );

  async function show(
    request: FastifyRequest,
    reply: FastifyReply,
    open: OpenDraft,
    { errors, made }: { errors?: readonly PageError[]; made?: { path: string; link: string } },
  ): Promise<FastifyReply> {
    const links = await database.transact(scopeOf(request), (tx) => listPreviews(tx, open.draft.formId));
    const now = new Date().toISOString();
    const { problems } = readDefinition(open.definition);
    return desk.show(request, reply, open, 'previews', {
      title: 'Try the draft',
      current: '/previews',
      made,
      isBroken: problems.some(({ severity }) => severity === 'error'),
      links: links.map((link) => ({
        ...link,
        state: link.withdrawnAt !== null ? 'Withdrawn' : link.expiresAt < now ? 'Expired' : 'Works',
      })),
      days: previewDays.map((each) => ({ value: String(each), text: each === 1 ? 'A day' : `${each} days` })),
      ...(errors ? { errors } : {}),
    });
  }
}
