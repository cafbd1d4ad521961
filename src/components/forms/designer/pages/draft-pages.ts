import { Type } from 'typebox';
import { getService } from '#organisations';
import { Problem, scopeOf } from '#platform';
import type { Database, Server } from '#platform';
import { readDefinition } from '../../definition/definition.ts';
import { isObject } from '../../definition/dialects/reading.ts';
import { writeDefraV2 } from '../../definition/dialects/write-defra-v2.ts';
import type { JsonObject } from '../../definition/form.ts';
import { findLiveNumber, getDefinition } from '../../versions/versions.ts';
import {
  blankDefinition,
  componentsOf,
  conditionsOf,
  findById,
  isFixed,
  isSummary,
  moveOne,
  pagesOf,
  idOf,
  sectionsOf,
  textAt,
  titleOfPage,
  withIdentifiers,
} from '../blueprint.ts';
import { changeDraft, findDraft, getDraft, listSteps, putDraft, restoreStep, undoStep } from '../drafts.ts';
import { kindOf, nameOfComponent } from '../kinds.ts';
import { describeCondition } from '../sentences.ts';
import { draftAddress, fieldOf, managers, ofService, postedOf, readers, seenOf } from './desk.ts';
import type { Desk } from './desk.ts';

/** The draft as a whole: its pages in their order, its history, how it begins, and undoing. */
export function addDraftPages(server: Server, { database, desk }: { database: Database; desk: Desk }): void {
  server.get(draftAddress, { config: readers, schema: { params: ofService } }, async (request, reply) => {
    const open = await desk.open(request, request.params);
    return desk.show(request, reply, open, 'pages', {
      title: 'Pages of the draft',
      current: '',
      listed: listPages(open.definition),
    });
  });

  // Begins a draft: with nothing, or with what is live.
  server.post(draftAddress, { config: managers, schema: { params: ofService } }, async (request, reply) => {
    const { organisationId, serviceId } = request.params;
    await database.transact(scopeOf(request), async (tx) => {
      const service = await getService(tx, serviceId);
      const name = service.name;
      // Pressed twice, or by two people: the draft that is there stays.
      if (await findDraft(tx, serviceId)) return;
      const live = await findLiveNumber(tx, serviceId);
      const published = live === null ? null : await getDefinition(tx, serviceId, live);
      const definition = isObject(published) ? withIdentifiers(published) : blankDefinition(name);
      const what = live === null ? 'Began with an empty form' : `Began with version ${live}`;
      await putDraft(tx, { serviceId, name, definition, what });
    });
    return reply.redirect(`/staff/organisations/${organisationId}/services/${serviceId}/form`, 303);
  });

  // Rewrites a draft of an older dialect in the one that the designer changes.
  server.post(
    `${draftAddress}/conversion`,
    { config: managers, schema: { params: ofService } },
    async (request, reply) => {
      const { organisationId, serviceId } = request.params;
      const address = `/staff/organisations/${organisationId}/services/${serviceId}/form`;
      const converting = await database.transact(scopeOf(request), async (tx) => {
        await getService(tx, serviceId);
        const { definition } = await getDraft(tx, serviceId);
        const { form } = readDefinition(definition);
        if (!form)
          throw new Problem('unprocessable', { message: 'The definition cannot be read, so it stays as it is.' });
        return changeDraft(tx, {
          serviceId,
          seen: seenOf(request),
          what: 'Converted to DEFRA’s version 2',
          change: () => withIdentifiers(writeDefraV2(form).definition),
        });
      });
      return reply.redirect(converting.done ? `${address}/draft` : `${address}?done=overtaken`, 303);
    },
  );

  server.post(`${draftAddress}/steps`, { config: managers, schema: { params: ofService } }, async (request, reply) => {
    const open = await desk.open(request, request.params);
    const way = fieldOf(postedOf(request), 'way') === 'redo' ? 'redo' : 'undo';
    const changing = await database.transact(scopeOf(request), (tx) =>
      undoStep(tx, open.service.id, seenOf(request), way),
    );
    return desk.settle(request, reply, open, changing, `${open.address}/history?done=${way}`);
  });

  server.get(
    `${draftAddress}/history`,
    {
      config: readers,
      schema: {
        params: ofService,
        querystring: Type.Object({
          done: Type.Optional(Type.String({ maxLength: 20 })),
          before: Type.Optional(Type.String({ pattern: '^[1-9]\\d{0,8}$' })),
        }),
      },
    },
    async (request, reply) => {
      const open = await desk.open(request, request.params);
      const { before, done } = request.query;
      const steps = await database.transact(scopeOf(request), (tx) =>
        listSteps(tx, open.draft.formId, 51, before === undefined ? undefined : Number(before)),
      );
      return desk.show(request, reply, open, 'history', {
        title: 'History of the draft',
        current: '/history',
        steps: steps.slice(0, 50),
        older: steps.length > 50 ? steps[49]?.number : undefined,
        notice: done === undefined ? undefined : noticesOfSteps[done],
      });
    },
  );

  server.post(
    `${draftAddress}/history`,
    { config: managers, schema: { params: ofService } },
    async (request, reply) => {
      const open = await desk.open(request, request.params);
      const number = fieldOf(postedOf(request), 'step');
      if (!/^[1-9]\d{0,8}$/.test(number)) throw new Problem('invalid');
      const changing = await database.transact(scopeOf(request), (tx) =>
        restoreStep(tx, { serviceId: open.service.id, seen: seenOf(request), number: Number(number) }),
      );
      return desk.settle(request, reply, open, changing, `${open.address}/history?done=restored`);
    },
  );

  server.post(
    `${draftAddress}/pages/:pageId/place`,
    { config: managers, schema: { params: Type.Object({ ...ofService.properties, pageId: Type.String() }) } },
    async (request, reply) => {
      const open = await desk.open(request, request.params);
      const { pageId } = request.params;
      const page = findById(pagesOf(open.definition), pageId);
      if (!page || isFixed(page)) throw new Problem('not-found');
      const way = fieldOf(postedOf(request), 'way') === 'up' ? 'up' : 'down';
      return desk.change(request, reply, open, {
        what: `Moved the page “${titleOfPage(page)}” ${way}`,
        restsOn: (definition) => pagesOf(definition).map(idOf),
        change: (definition) => ({ ...definition, pages: movePage(pagesOf(definition), pageId, way) }),
        to: `${open.address}#page-${encodeURIComponent(pageId)}`,
      });
    },
  );
}

const noticesOfSteps: Readonly<Record<string, { type: 'success'; heading: string }>> = {
  undo: { type: 'success', heading: 'The last change was undone' },
  redo: { type: 'success', heading: 'The change was made again' },
  restored: { type: 'success', heading: 'The draft is as it was then' },
};

/** Pages change places with pages that can be moved; the others stay where the program puts them. */
function movePage(pages: readonly JsonObject[], id: string, way: 'up' | 'down'): JsonObject[] {
  const movable = moveOne(
    pages.filter((page) => !isFixed(page)),
    id,
    way,
  );
  return pages.map((page) => (isFixed(page) ? page : (movable.shift() ?? page)));
}

function listPages(definition: JsonObject) {
  const conditions = conditionsOf(definition);
  const sections = sectionsOf(definition);
  const movable = pagesOf(definition).filter((page) => !isFixed(page));
  return pagesOf(definition).map((page) => {
    const condition = findById(conditions, textAt(page, 'condition'));
    const section = sections.find((each) => textAt(each, 'name') === textAt(page, 'section'));
    return {
      id: idOf(page),
      key: encodeURIComponent(idOf(page)),
      number: movable.indexOf(page) + 1,
      title: titleOfPage(page),
      kind: isSummary(page) ? null : wordsOfPageKind(page),
      isSummary: isSummary(page),
      section: section ? textAt(section, 'title') : null,
      asks: componentsOf(page)
        .filter((component) => kindOf(component)?.asks ?? true)
        .map(nameOfComponent),
      condition: condition
        ? { name: textAt(condition, 'displayName'), words: describeCondition(definition, condition) }
        : null,
      mayGoUp: movable.indexOf(page) > 0,
      mayGoDown: movable.includes(page) && movable.indexOf(page) < movable.length - 1,
    };
  });
}

/** What is special about a page, in a word or two; null for an ordinary one. */
export function wordsOfPageKind(page: JsonObject): string | null {
  const words: Readonly<Record<string, string>> = {
    StartPageController: 'Start page',
    SummaryPageController: 'Check your answers',
    SummaryPageWithConfirmationEmailController: 'Check your answers',
    TerminalPageController: 'Ends here',
    RepeatPageController: 'Add another',
    FileUploadPageController: 'Upload',
    StatusPageController: 'After sending',
  };
  return words[textAt(page, 'controller')] ?? null;
}
