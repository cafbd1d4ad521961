import type { FastifyReply, FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { findService, stateOf } from '#organisations';
import type { Service } from '#organisations';
import { formatDate } from '#design';
import type { PageService } from '#design';
import { isMultipartForm, Problem } from '#platform';
import type { Calendar, Database, FileStore, Keyring, Scope, Server, Settings } from '#platform';
import {
  applicationDays,
  everyPage,
  formatHolder,
  isTrying,
  openApplication,
  parseHolder,
  savePage,
  startApplication,
} from '../applications.ts';
import type { Application, Holder, Saving } from '../applications.ts';
import { fillFrom } from '../compile.ts';
import type { CompiledForm, CompiledPage, Journey, PageNeeds, Saved } from '../compile.ts';
import { safeHtml } from '../content.ts';
import { isEmailAddress } from '../questions/text.ts';
import type { Mistake, Posted } from '../questions.ts';
import { getSent, submitApplication } from '../submissions.ts';
import { findLiveForm, findVersion, knownVersion } from '../versions.ts';
import type { PublishedForm } from '../versions.ts';
import { previewCookie, previewNotice } from './preview-cookie.ts';
import type { ShownFile } from '../questions/file-upload.ts';
import { saveFiles, showFiles, uploadQuestions } from '../uploads/uploads.ts';
import { renderCheckPage, renderQuestionPage } from './question-page.ts';
import { firstOfEach, infectedFiles, noRoomFor, notScannedWarning, receivePage } from './upload-page.ts';

const serviceParams = Type.Object({ service: Type.String({ maxLength: 200 }) });
const pageParams = Type.Object({ service: Type.String({ maxLength: 200 }), '*': Type.String({ maxLength: 200 }) });
const changeQuery = Type.Object({ change: Type.Optional(Type.String()) });

const because = 'citizens apply without an account; the secret in their cookie finds their application';
const holder = { access: { who: 'holder', of: 'application', because } } as const;
const anyone = { access: { who: 'anyone', because: 'citizens apply without an account' } } as const;

/** Whether whoever asks is signed in as staff: a service inside government is for them only. */
export type IsStaff = (request: FastifyRequest) => Promise<boolean>;

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
  }: {
    database: Database;
    keyring: Keyring;
    calendar: Calendar;
    settings: Pick<Settings, 'publicUrl'>;
    isStaff: IsStaff;
    /** Without it nobody can upload anything. */
    fileStore?: FileStore | undefined;
  },
): void {
  // Over TLS, a cookie is sent over TLS only.
  const secure = settings.publicUrl.startsWith('https:');

  server.get('/services/:service', { schema: { params: serviceParams }, config: anyone }, async (request, reply) => {
    const service = await getServiceFor(request, request.params.service);
    const closed = closedNotice(service, calendar);
    if (closed) return closedPage(reply, service, closed);
    const form = await findLiveForm(database, scopeOf(service, request), service.id);
    if (!form) throw new Problem('not-found', { detail: 'the service has no form' });
    const { start } = form.compiled;
    const content = start?.parts.map((part) => part.content ?? '').join('') ?? '';
    return reply.page('forms/start', {
      title: start?.page.title || 'Start',
      ...contentOf(service),
      summary: service.summary,
      content,
      begun: holderOf(request, service) !== null,
      retentionDays: service.retentionDays,
      applicationDays,
    });
  });

  server.post(
    '/services/:service/start',
    { schema: { params: serviceParams }, config: anyone },
    async (request, reply) => {
      const service = await getServiceFor(request, request.params.service);
      const closed = closedNotice(service, calendar);
      if (closed) return closedPage(reply, service, closed);
      const form = await findLiveForm(database, scopeOf(service, request), service.id);
      if (!form) throw new Problem('not-found', { detail: 'the service has no form' });
      const begun = await database.transact(scopeOf(service, request), (tx) => startApplication(tx, service.id, form));
      const journey = form.compiled.journey(new Map(), calendar.today());
      const first = form.compiled.pages.find((page) => journey.isAsked(page));
      reply.clearCookie(previewCookie(service), { path: addressOf(service) });
      reply.setCookie(cookieName(service), formatHolder(begun), {
        path: addressOf(service),
        httpOnly: true,
        sameSite: 'lax',
        secure,
      });
      return reply.redirect(first ? pageAddress(service, first) : `${addressOf(service)}/check-your-answers`, 303);
    },
  );

  server.get(
    '/services/:service/apply/*',
    { schema: { params: pageParams, querystring: changeQuery }, config: holder },
    async (request, reply) => {
      const opened = await openPage(request, request.params.service, request.params['*']);
      if (opened.kind === 'elsewhere') return answerElsewhere(reply, opened);
      const { service, page, journey } = opened;
      if (!journey.isReachable(page)) return reply.redirect(`${addressOf(service)}/check-your-answers`, 303);
      const filled: Posted = Object.assign(
        {},
        ...page.questions.map((each) => fillFrom(each, journey.answersOf(page))),
      );
      const files = await filesOn(request, opened);
      const posted = { ...filled, ...files };
      return questionPage(reply, opened, {
        posted,
        mistakes: infectedFiles(page, files),
        change: request.query.change !== undefined,
      });
    },
  );

  server.post(
    '/services/:service/apply/*',
    { schema: { params: pageParams, querystring: changeQuery }, config: { ...holder, multipart: true } },
    async (request, reply) => {
      const change = request.query.change !== undefined;
      const taken = await takeAnswers(request, request.params.service, request.params['*'], bodyOf(request));
      if (taken.kind === 'elsewhere') return answerElsewhere(reply, taken);
      const { service, page, journey, mistakes, saving } = taken;
      const check = `${addressOf(service)}/check-your-answers`;
      switch (saving) {
        case 'mistaken': {
          const opened = await openPage(request, request.params.service, request.params['*']);
          if (opened.kind === 'elsewhere') return answerElsewhere(reply, opened);
          reply.code(422);
          const posted = { ...taken.posted, ...(await filesOn(request, opened)) };
          return questionPage(reply, opened, { posted, mistakes, change });
        }
        case 'changed files':
          return reply.redirect(`${pageAddress(service, page)}${change ? '?change=yes' : ''}`, 303);
        case 'saved': {
          // After a change, check your answers leads on to whatever it has opened.
          const next = change ? null : journey.nextPage(page);
          return reply.redirect(next ? pageAddress(service, next) : check, 303);
        }
        case 'too early':
          return reply.redirect(check, 303);
        case 'sent':
        case 'unknown':
          return answerElsewhere(reply, {
            kind: 'elsewhere',
            service,
            why: saving === 'sent' ? 'sent' : 'start again',
          });
      }
    },
  );

  server.get(
    '/services/:service/check-your-answers',
    { schema: { params: serviceParams }, config: holder },
    async (request, reply) => {
      const opened = await openForm(request, request.params.service, (compiled) => everyPage(compiled.pages));
      if (opened.kind === 'elsewhere') return answerElsewhere(reply, opened);
      const unanswered = opened.journey.firstUnanswered();
      if (unanswered) return reply.redirect(changeAddress(opened, unanswered), 303);
      return checkPage(reply, opened, {}, []);
    },
  );

  server.post(
    '/services/:service/check-your-answers',
    { schema: { params: serviceParams }, config: holder },
    async (request, reply) => {
      const service = await getServiceFor(request, request.params.service);
      const presented = holderOf(request, service);
      const closed = closedNotice(service, calendar);
      if (closed && !(presented && isTrying(presented))) return closedPage(reply, service, closed);
      if (!presented) return startAgainPage(reply, service);
      const posted = bodyOf(request);
      const sending = await database.transact(scopeOf(service, request), async (tx) => {
        const form = await findVersion(tx, service.id, presented.version);
        if (!form) return null;
        return submitApplication(tx, { keyring, service, form, holder: presented, posted, today: calendar.today() });
      });
      if (!sending) return startAgainPage(reply, service);
      if (sending.done) return reply.redirect(`${addressOf(service)}/confirmation`, 303);
      if (sending.unanswered) return reply.redirect(`${pageAddress(service, sending.unanswered)}?change=yes`, 303);
      const opened = await openForm(request, request.params.service, (compiled) => everyPage(compiled.pages));
      if (opened.kind === 'elsewhere') return answerElsewhere(reply, opened);
      reply.code(422);
      return checkPage(reply, opened, posted, sending.mistakes);
    },
  );

  server.get(
    '/services/:service/confirmation',
    { schema: { params: serviceParams }, config: holder },
    async (request, reply) => {
      const service = await getServiceFor(request, request.params.service);
      const presented = holderOf(request, service);
      if (!presented) return startAgainPage(reply, service);
      const application = await openApplication(database, keyring, service, presented, nothing);
      if (!application && isTrying(presented)) {
        return reply.page('forms/designer/preview-end', { title: 'The end of the draft', ...contentOf(service) });
      }
      if (!application) return startAgainPage(reply, service);
      const { submissionId } = application;
      if (submissionId === null) return reply.redirect(`${addressOf(service)}/check-your-answers`, 303);
      const sent = await database.transact(scopeOf(service, request), (tx) => getSent(tx, submissionId));
      return reply.page('forms/confirmation', { title: 'Sent', ...contentOf(service), ...sent });
    },
  );

  /** Somebody's application, open at one of its pages. */
  interface OpenPage extends OpenForm {
    page: CompiledPage;
  }

  interface OpenForm {
    kind: 'open';
    service: Service;
    presented: Holder;
    form: PublishedForm;
    application: Application;
    journey: Journey;
  }

  /** Why there is nothing to open: something else is answered instead. */
  type Elsewhere = { kind: 'elsewhere'; service: Service } & (
    { why: 'start again' | 'sent' | 'no such page' } | { why: 'closed'; closed: Notice }
  );

  async function openPage(request: FastifyRequest, slug: string, pageSlug: string): Promise<OpenPage | Elsewhere> {
    const opened = await openForm(request, slug, (compiled) => compiled.bySlug.get(pageSlug)?.needs ?? nothing);
    if (opened.kind === 'elsewhere') return opened;
    const page = opened.form.compiled.bySlug.get(pageSlug);
    return page ? { ...opened, page } : { kind: 'elsewhere', service: opened.service, why: 'no such page' };
  }

  /** What was posted to a page, and what became of it. The journey knows the new answers. */
  interface Taken {
    kind: 'taken';
    service: Service;
    page: CompiledPage;
    journey: Journey;
    mistakes: readonly Mistake[];
    /** `changed files`: the person only uploaded or removed files, and stays on the page. */
    saving: Saving | 'mistaken' | 'changed files';
    /** To be shown again beside the mistakes. */
    posted: Posted;
  }

  async function takeAnswers(
    request: FastifyRequest,
    slug: string,
    pageSlug: string,
    posted: Posted,
  ): Promise<Taken | Elsewhere> {
    const found = await findHolder(request, slug);
    if (found.kind === 'elsewhere') return found;
    const { service, presented } = found;
    const form = await getVersion(service, presented.version, request);
    const page = form?.compiled.bySlug.get(pageSlug);
    if (!form) return { kind: 'elsewhere', service, why: 'start again' };
    if (!page) return { kind: 'elsewhere', service, why: 'no such page' };
    if (uploadQuestions(page).length > 0) return takeFiles(request, slug, pageSlug);
    // Only what reads a form with files checks its token.
    if (isMultipartForm(request)) throw new Problem('wrong-type');
    let saved: Saved = new Map();
    if (!page.standsAlone) {
      const application = await openApplication(database, keyring, service, presented, page.needs);
      if (!application) return { kind: 'elsewhere', service, why: 'start again' };
      if (application.submissionId !== null) return { kind: 'elsewhere', service, why: 'sent' };
      ({ saved } = application);
    }
    const today = calendar.today();
    const before = form.compiled.journey(saved, today);
    const { answers, mistakes } = before.readPage(page, posted);
    const journey = form.compiled.journey(new Map([...saved, [page.slug, answers]]), today);
    const taken = { kind: 'taken', service, page, journey, mistakes, posted } as const;
    if (page.page.kind === 'terminal' || !before.isAsked(page)) return { ...taken, saving: 'too early' };
    if (mistakes.length > 0) return { ...taken, saving: 'mistaken' };
    const after = before.previousPage(page);
    if (after?.page.kind === 'terminal') return { ...taken, saving: 'too early' };
    const saving = await savePage(database, keyring, service, presented, { page, answers, after: after?.slug ?? null });
    return { ...taken, saving };
  }

  /** The same for a page with files: they are kept even where something else on the page is wrong. */
  async function takeFiles(request: FastifyRequest, slug: string, pageSlug: string): Promise<Taken | Elsewhere> {
    const opened = await openPage(request, slug, pageSlug);
    if (opened.kind === 'elsewhere') return opened;
    const { service, page, presented, form, application, journey: before } = opened;
    const taken = { kind: 'taken', service, page, journey: before, mistakes: [], posted: {} } as const;
    const after = before.previousPage(page);
    if (!before.isReachable(page)) return { ...taken, saving: 'too early' };
    const store = getFileStore();
    const received = await receivePage(request, page, store, scopeOf(service, request));
    const posted = textsOf(received.posted);
    const removed = textList(posted['remove']);
    const saved = await database.transact(scopeOf(service, request), (tx) =>
      saveFiles(tx, keyring, service, presented, {
        page,
        answers: before.readPage(page, posted).answers,
        changes: { added: received.added, removed },
        after: after?.slug ?? null,
      }),
    );
    if (saved.saving !== 'saved') return { ...taken, saving: saved.saving };
    const today = calendar.today();
    const journey = form.compiled.journey(new Map([...application.saved, [page.slug, saved.answers]]), today);
    const mistakes = [...received.mistakes, ...noRoomFor(page, saved.tooMany)];
    const stays = removed.length > 0 || posted['upload'] !== undefined;
    if (stays && mistakes.length === 0) return { ...taken, saving: 'changed files' };
    if (!stays) {
      const files = await filesOn(request, { ...opened, journey });
      mistakes.push(...journey.readPage(page, { ...posted, ...files }).mistakes);
    }
    if (mistakes.length > 0) return { ...taken, posted, mistakes: firstOfEach(mistakes), saving: 'mistaken' };
    return { ...taken, journey, saving: 'saved' };
  }

  /** The files on a page, by the keys of their questions: none where it asks for none. */
  async function filesOn(
    request: FastifyRequest,
    { service, page, journey }: OpenPage,
  ): Promise<Readonly<Record<string, ShownFile[]>>> {
    if (uploadQuestions(page).length === 0) return {};
    return database.transact(scopeOf(service, request), (tx) => showFiles(tx, keyring, page, journey.answersOf(page)));
  }

  function getFileStore(): FileStore {
    if (fileStore === undefined) throw new Problem('unavailable', { detail: 'there is no store of files' });
    return fileStore;
  }

  async function openForm(
    request: FastifyRequest,
    slug: string,
    needsOf: (compiled: CompiledForm) => PageNeeds,
  ): Promise<OpenForm | Elsewhere> {
    const found = await findHolder(request, slug);
    if (found.kind === 'elsewhere') return found;
    const { service, presented } = found;
    const form = await getVersion(service, presented.version, request);
    const application = form && (await openApplication(database, keyring, service, presented, needsOf(form.compiled)));
    if (!form || !application) return { kind: 'elsewhere', service, why: 'start again' };
    if (application.submissionId !== null) return { kind: 'elsewhere', service, why: 'sent' };
    const journey = form.compiled.journey(application.saved, calendar.today());
    return { kind: 'open', service, presented, form, application, journey };
  }

  async function getVersion(service: Service, number: number, request: FastifyRequest): Promise<PublishedForm | null> {
    const known = knownVersion(service.organisationId, service.id, number);
    return known ?? database.transact(scopeOf(service, request), (tx) => findVersion(tx, service.id, number));
  }

  async function findHolder(
    request: FastifyRequest,
    slug: string,
  ): Promise<{ kind: 'holder'; service: Service; presented: Holder } | Elsewhere> {
    const service = await getServiceFor(request, slug);
    const presented = holderOf(request, service);
    const closed = closedNotice(service, calendar);
    // A draft is tried before the service opens, too.
    if (closed && !(presented && isTrying(presented))) return { kind: 'elsewhere', service, why: 'closed', closed };
    return presented ? { kind: 'holder', service, presented } : { kind: 'elsewhere', service, why: 'start again' };
  }

  function answerElsewhere(reply: FastifyReply, elsewhere: Elsewhere): FastifyReply {
    const { service } = elsewhere;
    switch (elsewhere.why) {
      case 'start again':
        return startAgainPage(reply, service);
      case 'sent':
        return reply.redirect(`${addressOf(service)}/confirmation`, 303);
      case 'closed':
        return closedPage(reply, service, elsewhere.closed);
      case 'no such page':
        throw new Problem('not-found');
    }
  }

  /** The service at an address, if whoever asks may use it: a service inside government only its staff. */
  async function getServiceFor(request: FastifyRequest, slug: string): Promise<Service> {
    const service = await findService(database, slug);
    if (!service) throw new Problem('not-found', { detail: 'no service at this address' });
    if (service.audience === 'internal' && !(await isStaff(request))) throw new Problem('not-signed-in');
    return service;
  }

  function questionPage(
    reply: FastifyReply,
    { service, page, journey, presented }: OpenPage,
    { posted, mistakes, change }: { posted: Posted; mistakes: readonly Mistake[]; change: boolean },
  ): FastifyReply {
    const previous = journey.previousPage(page);
    const back = previous ? pageAddress(service, previous) : addressOf(service);
    const csrfToken = reply.forgeryToken();
    const warning = uploadQuestions(page).length > 0 && fileStore?.scanner?.isReal === false ? notScannedWarning : '';
    return reply.contentPage(warning + renderQuestionPage(page, journey, { posted, mistakes, csrfToken }), {
      title: page.title,
      service: pageService(service),
      backLink: change && journey.isAnswered(page) ? `${addressOf(service)}/check-your-answers` : back,
      ...(isTrying(presented) ? { notice: previewNotice } : {}),
      errors: mistakes.map(({ field, text }) => ({ href: `#${field}`, text })),
    });
  }

  function checkPage(
    reply: FastifyReply,
    { service, form, journey, presented }: OpenForm,
    posted: Posted,
    mistakes: readonly Mistake[],
  ): FastifyReply {
    const { summary, pages, form: model } = form.compiled;
    const last = pages.findLast((page) => journey.isAsked(page));
    const html = renderCheckPage(journey, summary, {
      address: addressOf(service),
      declaration: model.declaration === null ? null : safeHtml(model.declaration),
      posted,
      mistakes,
      csrfToken: reply.forgeryToken(),
    });
    return reply.contentPage(html, {
      title: 'Check your answers',
      service: pageService(service),
      ...(last ? { backLink: pageAddress(service, last) } : {}),
      ...(isTrying(presented) ? { notice: previewNotice } : {}),
      errors: mistakes.map(({ field, text }) => ({ href: `#${field}`, text })),
    });
  }
}

const nothing: PageNeeds = { answers: [], presence: [] };

const addressOf = (service: Service): string => `/services/${service.slug}`;

const pageAddress = (service: Service, page: CompiledPage): string => `${addressOf(service)}/apply/${page.slug}`;

/** On the way through the form for the first time a page leads to the next; later it leads back to check your answers. */
function changeAddress(
  { service, application }: { service: Service; application: Application },
  page: CompiledPage,
): string {
  return application.saved.size === 0 ? pageAddress(service, page) : `${pageAddress(service, page)}?change=yes`;
}

/** A cookie for each service, since a person may be applying for several things at once. */
const cookieName = (service: Service): string => `application_${service.id.slice(-12)}`;

function holderOf(request: FastifyRequest, service: Service): Holder | null {
  const trying = parseHolder(request.cookies[previewCookie(service)]);
  return trying && isTrying(trying) ? trying : parseHolder(request.cookies[cookieName(service)]);
}

function scopeOf(service: Service, request: FastifyRequest): Scope {
  return { organisationId: service.organisationId, actor: { kind: 'applicant', address: request.ip } };
}

function bodyOf(request: FastifyRequest): Posted {
  const { body } = request;
  return isRecord(body) ? textsOf(body) : {};
}

/** Texts only: what else a page may hold, such as files that were kept, is put there by us. */
function textsOf(posted: Posted): Posted {
  return Object.fromEntries(Object.entries(posted).filter(([, value]) => [value].flat().every(isText)));
}

const textList = (value: unknown): string[] => [value].flat().filter(isText);

const isText = (value: unknown): value is string => typeof value === 'string';

const isRecord = (value: unknown): value is Posted =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function pageService(service: Service): PageService {
  const { phase } = service;
  const link = contactLink(service.contact);
  return {
    name: service.name,
    href: addressOf(service),
    ...(phase === 'alpha' || phase === 'beta' ? { phase } : {}),
    ...(link === null ? {} : { feedback: link }),
  };
}

function contentOf(service: Service): Readonly<Record<string, unknown>> {
  return {
    service: pageService(service),
    organisationName: service.organisationName,
    contact: service.contact,
    contactLink: contactLink(service.contact),
  };
}

function contactLink(contact: string): string | null {
  if (/^https?:\/\//.test(contact)) return contact;
  return isEmailAddress(contact) ? `mailto:${contact}` : null;
}

interface Notice {
  title: string;
  message: string;
}

function closedNotice(service: Service, calendar: Calendar): Notice | null {
  const state = stateOf(service, calendar);
  if (state === 'open') return null;
  if (state === 'not yet open') {
    const from = formatDate(service.opensOn ?? '');
    return { title: 'This service is not open yet', message: `You can use ${service.name} from ${from}.` };
  }
  const until = formatDate(service.closesOn ?? '');
  return { title: 'This service is closed', message: `${service.name} closed on ${until}.` };
}

function closedPage(reply: FastifyReply, service: Service, notice: Notice): FastifyReply {
  return reply.code(410).page('forms/closed', { ...contentOf(service), ...notice });
}

function startAgainPage(reply: FastifyReply, service: Service): FastifyReply {
  return reply.code(410).page('forms/start-again', { title: 'Start again', ...contentOf(service) });
}
