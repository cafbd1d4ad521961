import type { FastifyReply, FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { Problem } from '#platform';
import type { Calendar, Database, Keyring, Server } from '#platform';
import type { Service } from '#organisations';
import { findAddress } from '../journey/address.ts';
import { applicationDays, formatHolder, isTrying } from '../applications/applications.ts';
import { isEmailAddress } from '../questions/text.ts';
import {
  findLink,
  findSaved,
  memorableQuestions,
  normaliseAnswer,
  requestLinks,
  returnToApplication,
  saveForLater,
  shortestAnswer,
  type MemorableQuestion,
} from '../saving/saved-applications.ts';
import type { SpamGuard } from '../spam/spam-guard.ts';
import { findVersion } from '../versions/versions.ts';
import { wordsOf } from '../words/words.ts';
import type { Words } from '../words/words.ts';
import { answerElsewhere } from './opening.ts';
import type { Opening } from './opening.ts';
import { chosenLanguage, languageCookie, shownLanguage } from './language.ts';
import {
  addressOf,
  applicantScope,
  checkAddress,
  closedNotice,
  closedPage,
  contentOf,
  cookieName,
  holderOf,
  pageAddress,
  startAgainPage,
} from './service-frame.ts';
import { waitPage } from './wait-page.ts';

const serviceParams = Type.Object({ service: Type.String({ maxLength: 200 }) });
const linkParams = Type.Object({
  service: Type.String({ maxLength: 200 }),
  link: Type.String({ maxLength: 100 }),
});
const field = Type.Optional(Type.String({ maxLength: 2000 }));
const saveBody = Type.Object({ email: field, question: field, answer: field });
const doneQuery = Type.Object({ done: field });
/** `wrong`: the page on which something was typed that was not right, and so not saved. */
const saveQuery = Type.Object({ done: field, wrong: field });

const holder = {
  access: { who: 'holder', of: 'application', because: 'citizens apply without an account' },
} as const;
const anyone = {
  access: { who: 'anyone', because: 'whoever has the link and knows the memorable answer goes on without an account' },
} as const;

const isQuestion = (text: string): text is MemorableQuestion => memorableQuestions.some((each) => each === text);

/** Saving an application for later, and coming back to it from any device. */
export function addSavingPages(
  server: Server,
  {
    database,
    keyring,
    calendar,
    settings,
    opening,
    guard,
  }: {
    database: Database;
    keyring: Keyring;
    calendar: Calendar;
    settings: { publicUrl: string; smtpUrl?: string | undefined };
    opening: Opening;
    guard: SpamGuard;
  },
): void {
  const secure = settings.publicUrl.startsWith('https:');
  const { publicUrl } = settings;
  const emailWorks = settings.smtpUrl !== undefined;

  server.get(
    '/services/:service/save',
    { schema: { params: serviceParams, querystring: saveQuery }, config: holder },
    async (request, reply) => {
      const opened = await openSaving(request, request.params.service, request.query.wrong);
      if ('answered' in opened) return opened.answered(reply);
      const { service, presented, language } = opened;
      if (request.query.done === undefined) return savePage(reply, opened, {}, []);
      const saved = await database.transact(applicantScope(service, request), (tx) =>
        findSaved(tx, keyring, presented),
      );
      if (!saved) return savePage(reply, opened, {}, []);
      const words = wordsOf(language);
      return reply.page('forms/saving/saved', {
        title: words.saving.savedTitle,
        ...contentOf(service),
        language,
        words,
        email: saved.email,
        sent: request.query.done === 'sent',
        until: words.date(calendar.dayOf(saved.expiresAt)),
        onward: checkAddress(service),
      });
    },
  );

  server.post(
    '/services/:service/save',
    { schema: { params: serviceParams, querystring: saveQuery, body: saveBody }, config: holder },
    async (request, reply) => {
      const opened = await openSaving(request, request.params.service, request.query.wrong);
      if ('answered' in opened) return opened.answered(reply);
      const { service, presented, language, days } = opened;
      const { email = '', question = '', answer = '' } = request.body;
      const mistakes = findMistakes(wordsOf(language), { email: email.trim(), question, answer });
      if (mistakes.length > 0 || !isQuestion(question)) {
        reply.code(422);
        return savePage(reply, opened, request.body, mistakes);
      }
      const wait = guard.holdSaving(request, service);
      if (wait > 0) return waitPage(reply, service, wait, { email, question, answer });
      const context = { keyring, calendar, service, publicUrl, emailWorks };
      const saved = await database.transact(applicantScope(service, request), (tx) =>
        saveForLater(tx, context, presented, { email: email.trim(), question, answer, days, language }),
      );
      if (!saved.done) return answerElsewhere(reply, await opening.notFound(request, service, presented));
      return reply.redirect(`${addressOf(service)}/save?done=${saved.sent ? 'sent' : 'saved'}`, 303);
    },
  );

  server.get(
    '/services/:service/return/:link',
    { schema: { params: linkParams }, config: anyone },
    async (request, reply) => {
      const service = await opening.getService(request, request.params.service);
      const closed = closedNotice(service, calendar);
      if (closed) return closedPage(reply, service, closed);
      const link = await database.transact(applicantScope(service, request), (tx) =>
        findLink(tx, keyring, service.id, request.params.link),
      );
      return returnPage(reply, service, chosenLanguage(request, service), link, null);
    },
  );

  server.post(
    '/services/:service/return/:link',
    { schema: { params: linkParams, body: Type.Object({ answer: field }) }, config: anyone },
    async (request, reply) => {
      const service = await opening.getService(request, request.params.service);
      const closed = closedNotice(service, calendar);
      if (closed) return closedPage(reply, service, closed);
      const { link: token } = request.params;
      const { answer = '' } = request.body;
      const { returned, left } = await database.transact(applicantScope(service, request), async (tx) => {
        const outcome = await returnToApplication(tx, keyring, service.id, { token, answer });
        return { returned: outcome, left: await findLink(tx, keyring, service.id, token) };
      });
      if (returned.outcome !== 'welcome') {
        const words = wordsOf(chosenLanguage(request, service) ?? left?.language ?? 'en');
        const mistake = returned.outcome === 'wrong' ? words.returning.wrong : null;
        return returnPage(reply, service, chosenLanguage(request, service), left, mistake);
      }
      const options = { path: addressOf(service), httpOnly: true, sameSite: 'lax', secure } as const;
      reply.setCookie(cookieName(service), formatHolder(returned.holder), options);
      reply.setCookie(languageCookie(service), returned.language, options);
      // It leads on to whatever is not answered yet.
      return reply.redirect(checkAddress(service), 303);
    },
  );

  server.get(
    '/services/:service/return',
    { schema: { params: serviceParams, querystring: doneQuery }, config: anyone },
    async (request, reply) => {
      const service = await opening.getService(request, request.params.service);
      return requestPage(reply, service, shownWords(request, service), { done: request.query.done !== undefined });
    },
  );

  server.post(
    '/services/:service/return',
    { schema: { params: serviceParams, body: Type.Object({ email: field }) }, config: anyone },
    async (request, reply) => {
      const service = await opening.getService(request, request.params.service);
      const email = (request.body.email ?? '').trim();
      const words = shownWords(request, service);
      if (!isEmailAddress(email)) {
        reply.code(422);
        return requestPage(reply, service, words, { email, mistake: words.saving.enterEmail });
      }
      await database.transact(applicantScope(service, request), (tx) => requestLinks(tx, keyring, service.id, email));
      return reply.redirect(`${addressOf(service)}/return?done=yes`, 303);
    },
  );

  const shownWords = (request: FastifyRequest, service: Service): Shown => {
    const language = chosenLanguage(request, service) ?? 'en';
    return { ...wordsOf(language), language };
  };

  async function openSaving(request: FastifyRequest, slug: string, wrong?: string): Promise<Saving | Answered> {
    const service = await opening.getService(request, slug);
    const closed = closedNotice(service, calendar);
    if (closed) return { answered: (reply) => closedPage(reply, service, closed) };
    const presented = holderOf(request, service);
    if (!presented) return { answered: (reply) => startAgainPage(reply, service) };
    if (isTrying(presented)) throw new Problem('not-found', { message: 'A draft that is tried cannot be saved.' });
    const form = await database.transact(applicantScope(service, request), (tx) =>
      findVersion(tx, service.id, presented.version),
    );
    if (!form) return { answered: (reply) => startAgainPage(reply, service) };
    const model = form.compiled.form;
    return {
      service,
      presented,
      language: shownLanguage(request, service, model),
      days: model.expiryDays ?? applicationDays,
      wrongPage: wrong !== undefined && findAddress(form.compiled, wrong) ? pageAddress(service, wrong) : null,
    };
  }

  function savePage(
    reply: FastifyReply,
    { service, language, days, wrongPage }: Saving,
    typed: { email?: string | undefined; question?: string | undefined },
    mistakes: readonly Mistake[],
  ): FastifyReply {
    const words = wordsOf(language);
    return reply.page('forms/saving/save', {
      title: words.saving.title,
      ...contentOf(service),
      language,
      words,
      wrongPage,
      backLink: wrongPage ?? checkAddress(service),
      until: words.date(calendar.dayOf(new Date(Date.now() + days * 86_400_000).toISOString())),
      email: typed.email ?? '',
      questions: memorableQuestions.map((value) => ({
        value,
        text: words.saving.questions[value],
        checked: typed.question === value,
      })),
      errors: mistakes.map(({ field: id, text }) => ({ href: `#${id}`, text })),
    });
  }
}

type Shown = Words & { language: string };

interface Saving {
  service: Service;
  presented: NonNullable<ReturnType<typeof holderOf>>;
  language: string;
  days: number;
  /** Where something was typed that was not right, and so not saved; null if everything was. */
  wrongPage: string | null;
}

interface Answered {
  answered: (reply: FastifyReply) => FastifyReply;
}

interface Mistake {
  field: string;
  text: string;
}

function findMistakes(
  { saving }: Words,
  { email, question, answer }: { email: string; question: string; answer: string },
): Mistake[] {
  return [
    ...(isEmailAddress(email) ? [] : [{ field: 'email', text: saving.enterEmail }]),
    ...(isQuestion(question) ? [] : [{ field: 'question', text: saving.chooseQuestion }]),
    ...(normaliseAnswer(answer).length >= shortestAnswer ? [] : [{ field: 'answer', text: saving.enterAnswer }]),
  ];
}

function returnPage(
  reply: FastifyReply,
  service: Service,
  chosen: string | null,
  link: Awaited<ReturnType<typeof findLink>>,
  mistake: string | null,
): FastifyReply {
  const language = chosen ?? link?.language ?? 'en';
  const words = wordsOf(language);
  const { returning } = words;
  const shared = { ...contentOf(service), language, words, address: `${addressOf(service)}/return` };
  if (!link) return reply.code(410).page('forms/saving/gone', { ...shared, title: returning.goneTitle });
  if (link.closedUntil !== null) {
    return reply.code(429).page('forms/saving/shut', { ...shared, title: returning.closedTitle });
  }
  const question = memorableQuestions.find((each) => each === link.question) ?? 'place';
  if (mistake !== null) reply.code(422);
  return reply.page('forms/saving/return', {
    ...shared,
    title: returning.title,
    question: words.saving.questions[question],
    errors: mistake === null ? [] : [{ href: '#answer', text: mistake }],
  });
}

function requestPage(
  reply: FastifyReply,
  service: Service,
  words: Shown,
  { done = false, email = '', mistake }: { done?: boolean; email?: string; mistake?: string },
): FastifyReply {
  const { returning, language } = words;
  const shared = { ...contentOf(service), language, words };
  if (done) return reply.page('forms/saving/requested', { ...shared, title: returning.requestedTitle });
  return reply.page('forms/saving/request', {
    ...shared,
    title: returning.requestTitle,
    backLink: addressOf(service),
    email,
    errors: mistake === undefined ? [] : [{ href: '#email', text: mistake }],
  });
}
