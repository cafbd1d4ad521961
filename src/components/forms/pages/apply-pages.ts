import type { FastifyReply, FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import type { PageNotice } from '#design';
import type { Service } from '#organisations';
import type { Database, Keyring, Server } from '#platform';
import { newItemName } from '../journey/address.ts';
import type { Address } from '../journey/address.ts';
import { isTrying } from '../applications/applications.ts';
import { removeItem } from '../applications/steps.ts';
import { fillFrom } from '../versions/compile.ts';
import type { CompiledPage, Journey } from '../versions/compile.ts';
import { placeOf } from '../funnel/counting.ts';
import type { FunnelCounter } from '../funnel/counting.ts';
import { itemPrefix, orderKey } from '../journey/journey.ts';
import type { Mistake, Posted } from '../questions/questions.ts';
import { lowerFirst } from '../questions/question.ts';
import { languageOfPage } from './language.ts';
import { answerElsewhere, bodyOf } from './opening.ts';
import type { Opening, OpenPage, Taken } from './opening.ts';
import { previewNotice } from './preview-cookie.ts';
import { renderQuestionPage } from './question-page.ts';
import { renderItemPage, renderOrderPage, renderRemovalPage, renderRepeatPage } from './repeat-page.ts';
import {
  addressOf,
  applicantScope,
  checkAddress,
  holderOf,
  pageAddress,
  pageService,
  saveAddress,
  tasksAddress,
} from './service-frame.ts';
import { wordsOf } from '../words/words.ts';
import type { Words } from '../words/words.ts';
import { infectedFiles, notScannedWarning } from './upload-page.ts';

const pageParams = Type.Object({ service: Type.String({ maxLength: 200 }), '*': Type.String({ maxLength: 400 }) });
/** `change`: where to go when the page was answered: back to check your answers, or to those of the item. */
const pageQuery = Type.Object({
  change: Type.Optional(Type.String()),
  remove: Type.Optional(Type.String()),
  order: Type.Optional(Type.String()),
});

interface Query {
  change?: string;
  remove?: string;
  order?: string;
}

const because = 'citizens apply without an account; the secret in their cookie finds their application';
const holder = { access: { who: 'holder', of: 'application', because } } as const;

/** The pages of a form: its questions, and the lists of what was added. */
export function addApplyPages(
  server: Server,
  {
    opening,
    database,
    keyring,
    funnel,
  }: { opening: Opening; database: Database; keyring: Keyring; funnel: FunnelCounter },
): void {
  const route = { schema: { params: pageParams, querystring: pageQuery }, config: holder };

  server.get('/services/:service/apply/*', route, async (request, reply) => {
    const opened = await opening.openPage(request, request.params.service, request.params['*']);
    if (opened.kind === 'elsewhere') return answerElsewhere(reply, opened);
    const { service, address, inside } = opened;
    if (address.item !== null) return itemPage(reply, opened, address.item, request.query);
    const { page } = address;
    if (!inside.isReachable(page)) return reply.redirect(notYet(opened), 303);
    if (page.repeat) {
      const first = firstToAnswer(opened);
      if (first !== null) return reply.redirect(pageAddress(service, first), 303);
      return listPage(reply, opened, { mistakes: [], query: request.query });
    }
    if (!inside.isAnswered(page)) {
      funnel.seen(placeOf(service, opened.presented, page.slug), opened.presented.id);
    }
    const filled: Posted = Object.assign({}, ...page.questions.map((each) => fillFrom(each, inside.answersOf(page))));
    const files = await opening.filesOn(request, opened);
    const posted = { ...filled, ...files };
    return questionPage(reply, opened, {
      posted,
      mistakes: infectedFiles(page, files, wordsOf(opened.form.compiled.form.language)),
      query: request.query,
    });
  });

  server.post(
    '/services/:service/apply/*',
    { ...route, config: { ...holder, multipart: true } },
    async (request, reply) => {
      const [slug, path, posted] = [request.params.service, request.params['*'], bodyOf(request)];
      const { query } = request;
      const taken = await opening.takeAnswers(request, slug, path, posted);
      if (taken !== 'list') {
        if (taken.kind === 'elsewhere') return answerElsewhere(reply, taken);
        countSaving(request, taken, query);
        const isHeld = taken.saving === 'saved' || taken.saving === 'mistaken';
        if (isHeld && taken.posted['later'] !== undefined) return reply.redirect(laterAddress(taken), 303);
        if (taken.saving !== 'mistaken') return afterSaving(reply, taken, query);
        const mistaken = await opening.openPage(request, slug, path);
        if (mistaken.kind === 'elsewhere') return answerElsewhere(reply, mistaken);
        reply.code(422);
        const shown = { ...taken.posted, ...(await opening.filesOn(request, mistaken)) };
        return questionPage(reply, mistaken, { posted: shown, mistakes: taken.mistakes, query });
      }
      const opened = await opening.openPage(request, slug, path);
      if (opened.kind === 'elsewhere') return answerElsewhere(reply, opened);
      if (opened.address.item !== null) {
        return takeRemoval(request, reply, opened, { name: opened.address.item, posted });
      }
      return query.order === undefined ? takeList(reply, opened, posted, query) : takeOrder(reply, opened, posted);
    },
  );

  function countSaving(request: FastifyRequest, { service, address, saving, mistakes }: Taken, query: Query): void {
    const presented = holderOf(request, service);
    if (!presented) return;
    const place = placeOf(service, presented, address.page.slug);
    if (saving === 'saved') funnel.answered(place, presented.id, query.change !== undefined);
    else if (saving === 'mistaken') funnel.mistaken(place, mistakes);
  }

  /** Where to go on from a page that was saved, or could not be. */
  function afterSaving(
    reply: FastifyReply,
    { service, form, address, inside, saving }: Pick<Taken, 'service' | 'form' | 'address' | 'inside' | 'saving'>,
    query: Query,
  ) {
    switch (saving) {
      case 'saved':
        return reply.redirect(nextAddress(service, address, inside, query, form.compiled.form.isTaskList), 303);
      case 'changed files': {
        const change = query.change === undefined ? '' : `?change=${encodeURIComponent(query.change)}`;
        return reply.redirect(`${pageAddress(service, address.key)}${change}`, 303);
      }
      case 'too early':
      case 'overtaken':
      case 'mistaken':
        return reply.redirect(checkAddress(service), 303);
      case 'sent':
      case 'unknown':
        return answerElsewhere(reply, {
          kind: 'elsewhere',
          service,
          why: saving === 'sent' ? 'sent' : 'start again',
        });
    }
  }

  function questionPage(
    reply: FastifyReply,
    opened: OpenPage,
    { posted, mistakes, query }: { posted: Posted; mistakes: readonly Mistake[]; query: Query },
  ): FastifyReply {
    const { service, address, inside } = opened;
    const page = inside.fit(address.page);
    const csrfToken = reply.forgeryToken();
    const html = renderQuestionPage(page, inside, {
      address: addressOf(service),
      posted,
      mistakes,
      csrfToken,
      maySave: !isTrying(opened.presented),
      words: wordsOf(opened.form.compiled.form.language),
    });
    const warning = opening.isUnscanned(address) ? notScannedWarning(wordsOf(opened.form.compiled.form.language)) : '';
    const from = inside.filledInBy(page);
    const { notice } = wordsOf(opened.form.compiled.form.language);
    return show(reply, opened, warning + html, {
      title: page.title,
      back: backFrom(opened, query),
      mistakes,
      ...(from === null
        ? {}
        : {
            notice: {
              type: 'information',
              title: notice.important,
              heading: notice.prefilled,
              text: notice.prefilledFrom(from),
            },
          }),
    });
  }

  function listPage(
    reply: FastifyReply,
    opened: OpenPage,
    { mistakes, query }: { mistakes: readonly Mistake[]; query: Query },
  ): FastifyReply {
    const { service, address, inside } = opened;
    const { key } = address;
    const page = inside.fit(address.page);
    const words = wordsOf(opened.form.compiled.form.language);
    const of = { page, inside, address: pageAddress(service, key), csrfToken: reply.forgeryToken(), words };
    const isOrdering = query.order !== undefined;
    const html = isOrdering ? renderOrderPage(of) : renderRepeatPage({ ...of, mistakes });
    return show(reply, opened, html, {
      title: isOrdering ? `${words.repeat.order}: ${page.title}` : page.title,
      back: isOrdering ? pageAddress(service, key) : backFrom(opened, query),
      mistakes,
    });
  }

  function itemPage(reply: FastifyReply, opened: OpenPage, name: string, query: Query): FastifyReply {
    const { service, address, inside } = opened;
    const { page, key } = address;
    if (!inside.isReachable(page) || !inside.itemsOf(page).includes(name)) {
      return reply.redirect(pageAddress(service, key), 303);
    }
    const item = inside.inItem(page, name);
    const list = pageAddress(service, key);
    if (query.remove !== undefined) return removalPage(reply, opened, name, []);
    const unanswered = item.firstUnanswered();
    if (unanswered) return reply.redirect(pageAddress(service, unanswered.key), 303);
    const words = wordsOf(opened.form.compiled.form.language);
    const html = renderItemPage({ page, item, service: addressOf(service), list, words });
    return show(reply, opened, html, {
      title: `${words.check.title}: ${item.items.at(-1)?.title ?? ''}`,
      back: list,
      mistakes: [],
    });
  }

  function removalPage(
    reply: FastifyReply,
    opened: OpenPage,
    name: string,
    mistakes: readonly Mistake[],
  ): FastifyReply {
    const { service, address, inside } = opened;
    const item = inside.inItem(address.page, name);
    const words = wordsOf(opened.form.compiled.form.language);
    const title = words.repeat.sure(lowerFirst(item.items.at(-1)?.title ?? ''));
    const html = renderRemovalPage({ title, mistakes, csrfToken: reply.forgeryToken(), words });
    return show(reply, opened, html, { title, back: pageAddress(service, address.key), mistakes });
  }

  async function takeRemoval(
    request: FastifyRequest,
    reply: FastifyReply,
    opened: OpenPage,
    { name, posted }: { name: string; posted: Posted },
  ) {
    const { service, presented, address, inside } = opened;
    const { page, key } = address;
    const list = pageAddress(service, key);
    if (page.repeat?.repeat.countKey !== null || !inside.itemsOf(page).includes(name)) return reply.redirect(list, 303);
    if (posted['remove'] !== 'yes' && posted['remove'] !== 'no') {
      reply.code(422);
      return removalPage(reply, opened, name, [
        { field: 'remove', text: wordsOf(opened.form.compiled.form.language).repeat.chooseRemove },
      ]);
    }
    if (posted['remove'] === 'yes') {
      const removal = await database.transact(applicantScope(service, request), (tx) =>
        removeItem(tx, keyring, service, presented, itemPrefix(key, name)),
      );
      if (removal !== 'removed') {
        return answerElsewhere(reply, { kind: 'elsewhere', service, why: removal === 'sent' ? 'sent' : 'start again' });
      }
    }
    return reply.redirect(list, 303);
  }

  /** Whether another is to be added, or the list is complete. */
  async function takeList(reply: FastifyReply, opened: OpenPage, posted: Posted, query: Query) {
    const { service, presented, address, inside, form } = opened;
    const { page, key } = address;
    if (!inside.isReachable(page)) return reply.redirect(notYet(opened), 303);
    const more = posted['another'];
    if (more === 'yes' && inside.mayAdd(page)) return reply.redirect(newItemAddress(opened), 303);
    const mistake = listMistake(inside, page, more, wordsOf(form.compiled.form.language));
    if (mistake) {
      reply.code(422);
      return listPage(reply, opened, { mistakes: [mistake], query });
    }
    const wasComplete = inside.isAnswered(page);
    const after = inside.keyBefore(page);
    const saving = await opening.save(service, presented, { page, key }, { answers: {}, after });
    const change = wasComplete && address.around.length === 0 ? 'yes' : query.change;
    const on = change === undefined ? query : { ...query, change };
    return afterSaving(reply, { service, form, address, inside, saving }, on);
  }

  /** Moves one of the things that were added up or down. */
  async function takeOrder(reply: FastifyReply, opened: OpenPage, posted: Posted) {
    const { service, presented, address, inside } = opened;
    const { page, key } = address;
    const names = [...inside.itemsOf(page)];
    const isUp = typeof posted['up'] === 'string';
    const from = names.indexOf(String(isUp ? posted['up'] : posted['down']));
    const to = isUp ? from - 1 : from + 1;
    const [moved, other] = [names[from], names[to]];
    if (moved !== undefined && other !== undefined && inside.isReachable(page)) {
      names[from] = other;
      names[to] = moved;
      const after = inside.keyBefore(page);
      const place = { page, key: orderKey(key) };
      const saving = await opening.save(service, presented, place, { answers: { order: names }, after });
      if (saving !== 'saved') return reply.redirect(checkAddress(service), 303);
    }
    return reply.redirect(`${pageAddress(service, key)}?order=yes`, 303);
  }

  function show(
    reply: FastifyReply,
    { service, presented, form }: OpenPage,
    html: string,
    {
      title,
      back,
      mistakes,
      notice,
    }: { title: string; back: string; mistakes: readonly Mistake[]; notice?: PageNotice },
  ): FastifyReply {
    return reply.contentPage(html, {
      title,
      service: pageService(service),
      ...languageOfPage(reply.request, service, form.compiled.form),
      backLink: back,
      ...(notice ? { notice } : {}),
      ...(isTrying(presented) ? { notice: previewNotice } : {}),
      errors: mistakes.map(({ field, text }) => ({ href: `#${field}`, text })),
    });
  }
}

/** Where somebody goes who stops for now: they are told there if something that they typed was not right. */
function laterAddress({ service, address, mistakes }: Taken): string {
  const wrong = mistakes.length > 0 ? `?wrong=${encodeURIComponent(address.key)}` : '';
  return saveAddress(service) + wrong;
}

/** What is wrong with a list of what was added that a person wants to leave. */
function listMistake(inside: Journey, page: CompiledPage, more: unknown, { repeat: say }: Words): Mistake | null {
  const { repeat } = page;
  if (!repeat) return null;
  const { itemTitle, min, max, countKey } = repeat.repeat;
  const items = inside.itemsOf(page);
  const what = lowerFirst(itemTitle);
  const unfinished = items.find((name) => inside.inItem(page, name).firstUnanswered() !== null);
  if (unfinished !== undefined) {
    const title = inside.inItem(page, unfinished).items.at(-1)?.title ?? itemTitle;
    return { field: `item-${unfinished}`, text: say.unfinished(title) };
  }
  if (countKey !== null) return null;
  if (items.length > max) return { field: 'another', text: say.removeSome(items.length - max, max) };
  if (items.length >= max) return null;
  if (more !== 'no' && more !== 'yes') {
    return { field: 'another', text: items.length === 0 ? say.chooseOne : say.chooseAnother(what) };
  }
  const missing = min - items.length;
  if (missing <= 0) return null;
  return { field: 'another', text: say.addSome(missing, min) };
}

/** Who comes to a list with nothing on it that must have something is led to the first; one that is counted, through all. */
function firstToAnswer({ address, inside }: OpenPage): string | null {
  const { page } = address;
  if (!page.repeat) return null;
  const { min, countKey } = page.repeat.repeat;
  const items = inside.itemsOf(page);
  if (countKey !== null) {
    for (const name of items) {
      const unanswered = inside.inItem(page, name).firstUnanswered();
      if (unanswered) return unanswered.key;
    }
    return null;
  }
  if (items.length > 0 || min === 0) return null;
  return newItemKey(inside, page);
}

/** The first page of a thing that is being added. */
function newItemKey(inside: Journey, page: CompiledPage): string | null {
  const item = inside.inItem(page, newItemName());
  const [first] = item.askedPages();
  return first ? item.keyOf(first) : null;
}

function newItemAddress({ service, address, inside }: OpenPage): string {
  return pageAddress(service, newItemKey(inside, address.page) ?? address.key);
}

/** Where somebody is led who opens a page before its time. */
function notYet({ service, address }: OpenPage): string {
  const around = address.around.at(-1);
  if (!around) return checkAddress(service);
  return pageAddress(service, address.key.slice(0, address.key.lastIndexOf('/~')));
}

function nextAddress(
  service: Service,
  { page, key, around }: Address,
  inside: Journey,
  { change }: Query,
  isTaskList: boolean,
): string {
  // After a change, check your answers leads on to whatever it has opened.
  if (change === 'yes') return checkAddress(service);
  const last = around.at(-1);
  const item = key.slice(0, key.lastIndexOf('/~') + 2) + (last?.name ?? '');
  if (last && change === 'item') return pageAddress(service, item);
  const next = inside.nextPage(page);
  if (next && (!isTaskList || last || next.page.section === page.page.section)) {
    return pageAddress(service, inside.keyOf(next));
  }
  if (!last) return isTaskList ? tasksAddress(service) : checkAddress(service);
  const isLong = (last.page.repeat?.flow.pages.length ?? 0) > 1;
  return pageAddress(service, isLong ? item : item.slice(0, item.lastIndexOf('/~')));
}

/** Where the link back leads. */
function backFrom({ service, address, inside, form }: OpenPage, { change }: Query): string {
  const { page, key, around } = address;
  if (change === 'yes' && inside.isAnswered(page)) return checkAddress(service);
  const last = around.at(-1);
  if (last && change === 'item') return pageAddress(service, key.slice(0, key.lastIndexOf('/~') + 2) + last.name);
  const previous = inside.previousPage(page);
  if (form.compiled.form.isTaskList && !last && page.page.section !== (previous?.page.section ?? null)) {
    return tasksAddress(service);
  }
  if (previous) return pageAddress(service, inside.keyOf(previous));
  if (!last) return addressOf(service);
  // A list that leads straight to its first item would lead back here.
  return pageAddress(service, key.slice(0, key.lastIndexOf('/~')));
}
