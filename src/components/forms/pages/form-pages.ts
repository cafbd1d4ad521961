import { Type } from 'typebox';
import { getService } from '#organisations';
import type { Frames } from '#organisations';
import { Problem, scopeOf } from '#platform';
import type { Database, Server } from '#platform';
import type { FastifyRequest } from 'fastify';
import { readDefinition } from '../definition/definition.ts';
import { isEditable } from '../designer/blueprint.ts';
import { findDraft, publishDraft } from '../designer/drafts.ts';
import type { Draft } from '../designer/drafts.ts';
import { writeDefraV2 } from '../definition/dialects/write-defra-v2.ts';
import type { CompiledPage } from '../versions/compile.ts';
import { lowerFirst } from '../questions/question.ts';
import { findUnscanned } from '../uploads/unscanned.ts';
import { findLiveForm, getDefinition, listPublications, listVersions } from '../versions/versions.ts';

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

const readers = { access: { who: 'staff', roles: formPage.roles, over: 'service' } } as const;
const managers = { access: { who: 'staff', roles: ['service manager'], over: 'service' } } as const;
const address = '/staff/organisations/:organisationId/services/:serviceId/form';

const notices: Readonly<Record<string, { type: 'success' | 'information'; heading: string; text?: string }>> = {
  published: { type: 'success', heading: 'The form was published', text: 'Who has begun stays on the version before.' },
  'rolled-back': {
    type: 'success',
    heading: 'The older version is live again',
    text: 'Who has begun stays on theirs.',
  },
  moved: {
    type: 'success',
    heading: 'The people in flight were moved',
    text: 'They are told on their next page, and asked only what is new or has changed.',
  },
  imported: {
    type: 'success',
    heading: 'The definition was imported',
    text: 'It is the draft now. Nothing is live yet.',
  },
  overtaken: {
    type: 'information',
    heading: 'Somebody else changed the draft first',
    text: 'Nothing was done. Look at it as it is now, and decide again.',
  },
};

/** The form of a service, for its staff: what it asks, its draft and its versions. */
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
      notice: notices[request.query.done ?? ''],
    }),
  );

  // The draft as it is, in whichever dialect: what the designer changes goes through its checks instead.
  server.post(
    `${address}/publication`,
    {
      config: managers,
      schema: { params: ofService, body: Type.Object({ seen: Type.Optional(Type.String({ maxLength: 12 })) }) },
    },
    async (request, reply) => {
      const { organisationId, serviceId } = request.params;
      const form = `/staff/organisations/${organisationId}/services/${serviceId}/form`;
      const published = await database.transact(scopeOf(request), async (tx) => {
        await getService(tx, serviceId);
        const draft = await findDraft(tx, serviceId);
        if (!draft) throw new Problem('not-found', { detail: 'the form has no draft' });
        if (isEditable(draft.definition)) return 'checked' as const;
        return publishDraft(tx, { serviceId, seen: Number(request.body.seen), canScanFiles });
      });
      if (published === 'checked') return reply.redirect(`${form}/draft/checks`, 303);
      return reply.redirect(`${form}?done=${published.done ? 'published' : 'overtaken'}`, 303);
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
    const { service, versions, publications, draft } = await database.transact(scopeOf(request), async (tx) => ({
      service: await getService(tx, serviceId),
      versions: await listVersions(tx, serviceId),
      publications: await listPublications(tx, serviceId, 20),
      draft: await findDraft(tx, serviceId),
    }));
    const live = await findLiveForm(database, scopeOf(request), serviceId);
    const conditions = new Map(live?.compiled.form.conditions.map((each) => [each.id, each.displayName]));
    return {
      title: `Form of ${service.name}`,
      ...frames.ofService(request, service, formPage.path),
      of: service,
      action: `/staff/organisations/${service.organisationId}/services/${serviceId}/form`,
      mayPublish: request.grant.roles.includes('service manager'),
      ...(draft ? describeDraft(draft, canScanFiles) : {}),
      versions,
      publications,
      liveNumber: live?.number ?? null,
      liveSince: publications[0]?.publishedAt ?? null,
      asked: live?.compiled.pages.map((page) => ({
        title: page.title,
        condition: page.page.condition === null ? null : (conditions.get(page.page.condition) ?? null),
        questions: questionsOn(page),
      })),
    };
  }
}

/** What a page asks for; one that repeats asks it of each. */
function questionsOn({ questions, repeat }: CompiledPage): string[] {
  const own = questions.map(({ question }) => question.shortTitle ?? question.title);
  const inside = repeat?.flow.pages.flatMap(questionsOn) ?? [];
  return repeat && inside.length > 0 ? [`Of each ${lowerFirst(repeat.repeat.itemTitle)}: ${inside.join('; ')}`] : own;
}

/** A draft in few words; of one that the designer cannot change also what is wrong with it, and what converting loses. */
function describeDraft(draft: Draft, canScanFiles: boolean) {
  const shown = { ...draft, isPublished: draft.publishedStep === draft.step };
  if (isEditable(draft.definition)) return { draft: { ...shown, isEditable: true } };
  const { dialect, form, problems: found } = readDefinition(draft.definition);
  const problems = [...found, ...(form && !canScanFiles ? findUnscanned(form) : [])];
  return {
    draft: { ...shown, isEditable: false, dialect },
    problems: problems.slice(0, 50),
    isStopped: !form || problems.some(({ severity }) => severity !== 'warning'),
    losses: form ? writeDefraV2(form).losses.slice(0, 50) : [],
  };
}
