import { Type } from 'typebox';
import { Problem, scopeOf } from '#platform';
import type { Calendar, Database, Server } from '#platform';
import { checkDraft } from '../checks/checks.ts';
import { publishDraft } from '../drafts.ts';
import { draftAddress, managers, ofService, readers, seenOf } from './desk.ts';
import type { Desk, OpenDraft } from './desk.ts';

/** The checks of a draft, and publishing it. */
export function addCheckPages(
  server: Server,
  {
    database,
    desk,
    calendar,
    canScanFiles,
  }: { database: Database; desk: Desk; calendar: Calendar; canScanFiles: boolean },
): void {
  server.get(
    `${draftAddress}/checks`,
    {
      config: readers,
      schema: { params: ofService, querystring: Type.Object({ stopped: Type.Optional(Type.String()) }) },
    },
    async (request, reply) => {
      const open = await desk.open(request, request.params);
      const checked = check(open);
      return desk.show(request, reply, open, 'checks', {
        title: 'Check and publish',
        current: '/checks',
        ...checked,
        isPublished: open.draft.publishedStep === open.draft.step,
        notice:
          request.query.stopped !== undefined && checked.stops.length > 0
            ? { type: 'information', heading: 'The draft was not published', text: 'Mend what is listed first.' }
            : undefined,
      });
    },
  );

  server.post(
    `${draftAddress}/publication`,
    { config: managers, schema: { params: ofService } },
    async (request, reply) => {
      const open = await desk.open(request, request.params);
      if (check(open).stops.length > 0) return reply.redirect(`${open.address}/checks?stopped=yes`, 303);
      const published = await database
        .transact(scopeOf(request), (tx) =>
          publishDraft(tx, { serviceId: open.service.id, seen: seenOf(request), canScanFiles }),
        )
        .catch((error: unknown) => {
          if (error instanceof Problem && error.kind === 'unprocessable') return null;
          throw error;
        });
      if (!published) return reply.redirect(`${open.address}/checks?stopped=yes`, 303);
      if (!published.done) return desk.settle(request, reply, open, published, `${open.address}/checks`);
      return reply.redirect(`${open.form}?done=published`, 303);
    },
  );

  function check(open: OpenDraft) {
    const { checks, unchecked } = checkDraft(open.definition, { today: calendar.today(), canScanFiles });
    const shown = checks.map(({ path, ...each }) => ({ ...each, href: open.address + path }));
    return {
      stops: shown.filter(({ severity }) => severity === 'stops'),
      warnings: shown.filter(({ severity }) => severity === 'warns'),
      unchecked,
    };
  }
}
