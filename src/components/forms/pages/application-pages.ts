import type { FastifyReply, FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import type { PageNotice } from '#design';
import { Problem } from '#platform';
import type { Calendar, Database, FileStore, Keyring, Server, Settings } from '#platform';
import { isTrying, readBeginning, startApplication } from '../applications/applications.ts';
import { everything } from '../applications/steps.ts';
import type { Holder } from '../applications/applications.ts';
import { contentFor } from '../versions/compile.ts';
import type { Place } from '../versions/compile.ts';
import { noFunnel, placeOf } from '../funnel/counting.ts';
import type { FunnelCounter } from '../funnel/counting.ts';
import type { Mistake, Posted } from '../questions/questions.ts';
import { createSpamGuard, isTrapped, trapField } from '../spam/spam-guard.ts';
import { findConfirmation, findSent, submitApplication } from '../applications/submissions.ts';
import { findLiveForm, findVersion } from '../versions/versions.ts';
import { addApplyPages } from './apply-pages.ts';
import { confirmationPage } from './confirmation-page.ts';
import { wordsOf } from '../words/words.ts';
import { addLanguageSwitch, chosenLanguage, languageOfPage, shownLanguage } from './language.ts';
import { answerElsewhere, bodyOf, Opening } from './opening.ts';
import type { IsStaff, OpenForm } from './opening.ts';
import { previewNotice } from './preview-cookie.ts';
import { renderCheckPage } from './question-page.ts';
import { addSavingPages } from './saving-pages.ts';
import { addPrefilledPages } from '../prefill/prefilled-pages.ts';
import { leadIn, startPage } from './start-page.ts';
import { waitPage } from './wait-page.ts';
import {
  addressOf,
  applicantScope,
  checkAddress,
  closedNotice,
  closedPage,
  contentOf,
  holderOf,
  pageAddress,
  pageService,
  startAgainPage,
  tasksAddress,
} from './service-frame.ts';
import { addTaskListPage } from './task-list-page.ts';

export type { IsStaff } from './opening.ts';

const serviceParams = Type.Object({ service: Type.String({ maxLength: 200 }) });
const because = 'citizens apply without an account; the secret in their cookie finds their application';
const holder = { access: { who: 'holder', of: 'application', because } } as const;
const anyone = { access: { who: 'anyone', because: 'citizens apply without an account' } } as const;

/** The pages of a person who applies: start, questions, check your answers, confirmation. */
export function addApplicationPages(
  server: Server,
  {
    database,
    keyring,
    calendar,
    settings,
    isStaff,
    fileStore,
    funnel = noFunnel,
  }: {
    database: Database;
    keyring: Keyring;
    calendar: Calendar;
    settings: Pick<Settings, 'publicUrl'> & Partial<Pick<Settings, 'smtpUrl' | 'requestsPerMinute'>>;
    isStaff: IsStaff;
    /** Without it nobody can upload anything. */
    fileStore?: FileStore | undefined;
    /** Counts what happens to pages. */
    funnel?: FunnelCounter;
  },
): void {
  // Over TLS, a cookie is sent over TLS only.
  const secure = settings.publicUrl.startsWith('https:');
  const guard = createSpamGuard((settings.requestsPerMinute ?? 0) > 0);
  const opening = new Opening({ database, keyring, calendar, isStaff, fileStore, secure });
  addApplyPages(server, { opening, database, keyring, funnel });
  addTaskListPage(server, { opening });
  addLanguageSwitch(server, { opening, settings });
  addPrefilledPages(server, { database, keyring, calendar, opening, guard, secure });
  addSavingPages(server, { database, keyring, calendar, settings, opening, guard });

  server.get('/services/:service', { schema: { params: serviceParams }, config: anyone }, async (request, reply) => {
    const service = await opening.getService(request, request.params.service);
    const closed = closedNotice(service, calendar);
    if (closed) return closedPage(reply, service, closed);
    const form = await findLiveForm(database, applicantScope(service, request), service.id);
    if (!form) throw new Problem('not-found', { detail: 'the service has no form' });
    return startPage(request, reply, { service, form, action: `${addressOf(service)}/start` });
  });

  server.post(
    '/services/:service/start',
    { schema: { params: serviceParams }, config: anyone },
    async (request, reply) => {
      const service = await opening.getService(request, request.params.service);
      const closed = closedNotice(service, calendar);
      if (closed) return closedPage(reply, service, closed);
      const form = await findLiveForm(database, applicantScope(service, request), service.id);
      if (!form) throw new Problem('not-found', { detail: 'the service has no form' });
      const wait = guard.holdStart(request, service);
      if (wait > 0) return waitPage(reply, service, wait);
      const begun = await database.transact(applicantScope(service, request), (tx) =>
        startApplication(tx, service.id, form, readBeginning(bodyOf(request)['beginning'])),
      );
      opening.begun(begun);
      return leadIn(reply, { service, form, holder: begun, now: calendar.now(), secure });
    },
  );

  server.get(
    '/services/:service/check-your-answers',
    { schema: { params: serviceParams }, config: holder },
    async (request, reply) => {
      const opened = await opening.openForm(request, request.params.service, () => everything);
      if (opened.kind === 'elsewhere') return answerElsewhere(reply, opened);
      const unanswered = opened.journey.firstUnanswered();
      if (unanswered) return reply.redirect(unansweredAddress(opened, unanswered), 303);
      funnel.seen(placeOf(opened.service, opened.presented, 'check-your-answers'), opened.presented.id);
      return checkPage(reply, opened, {}, []);
    },
  );

  server.post(
    '/services/:service/check-your-answers',
    { schema: { params: serviceParams }, config: holder },
    async (request, reply) => {
      const service = await opening.getService(request, request.params.service);
      const presented = holderOf(request, service);
      const closed = closedNotice(service, calendar);
      if (closed && !(presented && isTrying(presented))) return closedPage(reply, service, closed);
      if (!presented) return startAgainPage(reply, service);
      const posted = bodyOf(request);
      const held = await holdSending(request, reply, presented, posted);
      if (held) return held;
      const sending = await database.transact(applicantScope(service, request), async (tx) => {
        const form = await findVersion(tx, service.id, presented.version);
        if (!form) return null;
        return submitApplication(tx, {
          keyring,
          service,
          form,
          holder: presented,
          posted,
          now: calendar.now(),
          language: shownLanguage(request, service, form.compiled.form),
        });
      });
      if (!sending) return answerElsewhere(reply, await opening.notFound(request, service, presented));
      if (sending.done) {
        funnel.answered(placeOf(service, presented, 'check-your-answers'), presented.id, false);
        return reply.redirect(`${addressOf(service)}/confirmation`, 303);
      }
      if (sending.unanswered) {
        return reply.redirect(`${pageAddress(service, sending.unanswered.key)}?change=yes`, 303);
      }
      const opened = await opening.openForm(request, request.params.service, () => everything);
      if (opened.kind === 'elsewhere') return answerElsewhere(reply, opened);
      reply.code(422);
      return checkPage(reply, opened, posted, sending.mistakes);
    },
  );

  server.get(
    '/services/:service/confirmation',
    { schema: { params: serviceParams }, config: holder },
    async (request, reply) => {
      const service = await opening.getService(request, request.params.service);
      const presented = holderOf(request, service);
      if (!presented) return startAgainPage(reply, service);
      const found = await findSent(database, service, presented);
      if (!found && isTrying(presented)) {
        return reply.page('forms/designer/preview-end', { title: 'The end of the draft', ...contentOf(service) });
      }
      if (!found) return answerElsewhere(reply, await opening.notFound(request, service, presented));
      const { sent } = found;
      if (sent === null) return reply.redirect(checkAddress(service), 303);
      const own = await findConfirmation(database, applicantScope(service, request), {
        keyring,
        service,
        submissionId: sent.submissionId,
        version: presented.version,
      });
      return confirmationPage(reply, { service, sent, own, language: chosenLanguage(request, service) ?? 'en' });
    },
  );

  /** Answers whoever sends like a program does: with the page again, everything that they typed, and what to do. */
  async function holdSending(
    request: FastifyRequest<{ Params: { service: string } }>,
    reply: FastifyReply,
    presented: Holder,
    posted: Posted,
  ): Promise<FastifyReply | null> {
    const trapped = isTrapped(posted);
    if (!trapped && !guard.mayHold(presented)) return null;
    const opened = await opening.openForm(request, request.params.service, () => everything);
    if (opened.kind === 'elsewhere') return answerElsewhere(reply, opened);
    const { slowDown, notice: shown } = wordsOf(opened.form.compiled.form.language);
    if (trapped) {
      reply.code(422);
      return checkPage(reply, opened, posted, [{ field: trapField, text: slowDown.trapped }]);
    }
    const wait = guard.holdSending(presented, opened.form.compiled);
    if (wait === 0) return null;
    reply.code(429).header('retry-after', String(wait));
    const notice = {
      type: 'information',
      title: shown.important,
      heading: slowDown.title,
      text: slowDown.quick,
    } as const;
    return checkPage(reply, opened, posted, [], notice);
  }

  function checkPage(
    reply: FastifyReply,
    { service, form, journey, presented }: OpenForm,
    posted: Posted,
    mistakes: readonly Mistake[],
    notice?: PageNotice,
  ): FastifyReply {
    const { summary, declaration, pages, form: model } = form.compiled;
    const last = pages.findLast((page) => journey.isAsked(page));
    const back = model.isTaskList ? tasksAddress(service) : last && pageAddress(service, last.slug);
    const words = wordsOf(model.language);
    const html = renderCheckPage(journey, summary, {
      address: addressOf(service),
      words,
      declaration: declaration && contentFor(journey, declaration),
      posted,
      mistakes,
      csrfToken: reply.forgeryToken(),
    });
    return reply.contentPage(html, {
      title: words.check.title,
      service: pageService(service),
      ...languageOfPage(reply.request, service, model),
      ...(back === undefined ? {} : { backLink: back }),
      ...(notice ? { notice } : {}),
      ...(isTrying(presented) ? { notice: previewNotice } : {}),
      errors: mistakes.map(({ field, text }) => ({ href: `#${field}`, text })),
    });
  }
}

/** On the way through the form for the first time a page leads to the next; later it leads back to check your answers. */
function unansweredAddress({ service, application, form }: OpenForm, { key, page }: Place): string {
  if (form.compiled.form.isTaskList && page.page.section !== null) return tasksAddress(service);
  const address = pageAddress(service, key);
  return application.saved.size === 0 || key.includes('/~') ? address : `${address}?change=yes`;
}
