import type { FastifyReply, FastifyRequest } from 'fastify';
import { findService } from '#organisations';
import type { Service } from '#organisations';
import { isMultipartForm, Problem } from '#platform';
import type { Calendar, Database, FileStore, Keyring } from '#platform';
import { findAddress, journeyAt } from '../journey/address.ts';
import type { Address } from '../journey/address.ts';
import { isTrying } from '../applications/applications.ts';
import { openApplication } from '../applications/steps.ts';
import { PageSaver } from '../applications/page-saver.ts';
import type { Application, Holder } from '../applications/applications.ts';
import type { Saving } from '../applications/page-saver.ts';
import { KeptSteps } from '../applications/kept-steps.ts';
import type { CompiledForm, Journey, PageNeeds, Saved } from '../versions/compile.ts';
import type { Answers } from '../definition/form.ts';
import type { Mistake, Posted } from '../questions/questions.ts';
import type { ShownFile } from '../questions/file-upload.ts';
import { saveFiles, showFiles, uploadQuestions } from '../uploads/uploads.ts';
import { findMoved } from '../moving/moving.ts';
import { findVersion, knownVersion } from '../versions/versions.ts';
import type { PublishedForm } from '../versions/versions.ts';
import { wordsOf } from '../words/words.ts';
import { inShownLanguage } from './language.ts';
import {
  addressOf,
  applicantScope,
  closedNotice,
  closedPage,
  holderOf,
  movedPage,
  startAgainPage,
} from './service-frame.ts';
import type { Notice } from './service-frame.ts';
import { firstOfEach, noRoomFor, receivePage } from './upload-page.ts';

/** Whether whoever asks is signed in as staff: a service inside government is for them only. */
export type IsStaff = (request: FastifyRequest) => Promise<boolean>;

/** What somebody's application is opened with. */
export interface OpeningDependencies {
  database: Database;
  keyring: Keyring;
  calendar: Calendar;
  isStaff: IsStaff;
  /** Without it nobody can upload anything. */
  fileStore?: FileStore | undefined;
  /** Whether cookies are sent over TLS only. */
  secure: boolean;
}

/** Somebody's application. */
export interface OpenForm {
  kind: 'open';
  service: Service;
  presented: Holder;
  form: PublishedForm;
  application: Application;
  /** Through the whole form. */
  journey: Journey;
}

/** Somebody's application, open at one of its pages. */
export interface OpenPage extends OpenForm {
  address: Address;
  /** Through the flow that the page is in: the form's, or an item's. */
  inside: Journey;
}

/** Why there is nothing to open: something else is answered instead. */
export type Elsewhere = { kind: 'elsewhere'; service: Service } & (
  | { why: 'start again' | 'sent' | 'no such page' }
  | { why: 'closed'; closed: Notice }
  | { why: 'moved'; holder: Holder; secure: boolean }
);

/** What was posted to a page, and what became of it. The journeys know the new answers. */
export interface Taken {
  kind: 'taken';
  service: Service;
  form: PublishedForm;
  address: Address;
  inside: Journey;
  mistakes: readonly Mistake[];
  /** `changed files`: the person only uploaded or removed files, and stays on the page. */
  saving: Saving | 'mistaken' | 'changed files';
  /** To be shown again beside the mistakes. */
  posted: Posted;
}

/** Opens applications for their pages: each request loads what its page needs, and no more. */
export class Opening {
  readonly #database: Database;
  readonly #keyring: Keyring;
  readonly #calendar: Calendar;
  readonly #isStaff: IsStaff;
  readonly #fileStore: FileStore | undefined;
  readonly #secure: boolean;
  readonly #kept = new KeptSteps();
  readonly #saver: PageSaver;

  constructor({ database, keyring, calendar, isStaff, fileStore, secure }: OpeningDependencies) {
    this.#database = database;
    this.#keyring = keyring;
    this.#calendar = calendar;
    this.#isStaff = isStaff;
    this.#fileStore = fileStore;
    this.#secure = secure;
    this.#saver = new PageSaver({ database, keyring });
  }

  /** The service at an address, if whoever asks may use it: a service inside government only its staff. */
  async getService(request: FastifyRequest, slug: string): Promise<Service> {
    const service = await findService(this.#database, slug);
    if (!service) throw new Problem('not-found', { detail: 'no service at this address' });
    if (service.audience === 'internal' && !(await this.#isStaff(request))) throw new Problem('not-signed-in');
    return service;
  }

  /** Remembers that an application was just begun: whoever did is led to a page, and nothing is saved yet. */
  begun(holder: Holder): void {
    const { id, version } = holder;
    const application = { id, version, submissionId: null, saved: new Map(), marks: new Map() };
    this.#kept.keep(holder, { key: null, application, since: 'saved' });
  }

  /** An application with what `needsOf` says. */
  async openForm(
    request: FastifyRequest,
    slug: string,
    needsOf: (compiled: CompiledForm) => PageNeeds,
  ): Promise<OpenForm | Elsewhere> {
    const found = await this.findHolder(request, slug);
    if (found.kind === 'elsewhere') return found;
    const { service, presented } = found;
    const form = await this.#getVersion(service, presented.version, request);
    const application = form && (await this.#open(service, presented, needsOf(form.compiled)));
    if (!form || !application) return this.notFound(request, service, presented);
    if (application.submissionId !== null) return { kind: 'elsewhere', service, why: 'sent' };
    const journey = form.compiled.journey(application.saved, this.#calendar.now());
    return { kind: 'open', service, presented, form, application, journey };
  }

  /** An application at one of its pages. */
  async openPage(request: FastifyRequest, slug: string, path: string): Promise<OpenPage | Elsewhere> {
    const found = await this.findHolder(request, slug);
    if (found.kind === 'elsewhere') return found;
    const { service, presented } = found;
    const form = await this.#getVersion(service, presented.version, request);
    if (!form) return { kind: 'elsewhere', service, why: 'start again' };
    const address = findAddress(form.compiled, path);
    const application =
      this.#kept.takeGoingOn(presented, path) ?? (await this.#open(service, presented, address?.needs ?? nothing));
    if (!application) return this.notFound(request, service, presented);
    if (application.submissionId !== null) return { kind: 'elsewhere', service, why: 'sent' };
    if (!address) return { kind: 'elsewhere', service, why: 'no such page' };
    // Whoever is shown a page answers it next.
    if (mayBeKept(address)) this.#kept.keep(presented, { key: path, application, since: 'shown' });
    const journey = form.compiled.journey(application.saved, this.#calendar.now());
    const inside = journeyAt(journey, address);
    return { kind: 'open', service, presented, form, application, journey, address, inside };
  }

  /**
   * Takes what was posted to a page, and saves it if it is right.
   *
   * @returns `list` where a list of what was added, or one of those things, is at the address: nothing is answered there.
   */
  async takeAnswers(
    request: FastifyRequest,
    slug: string,
    path: string,
    posted: Posted,
  ): Promise<Taken | Elsewhere | 'list'> {
    const found = await this.findHolder(request, slug);
    if (found.kind === 'elsewhere') return found;
    const { service, presented } = found;
    const form = await this.#getVersion(service, presented.version, request);
    if (!form) return { kind: 'elsewhere', service, why: 'start again' };
    const address = findAddress(form.compiled, path);
    if (!address) return { kind: 'elsewhere', service, why: 'no such page' };
    const { page, key } = address;
    const kept = this.#kept.take(presented, key);
    // Only what reads a form with files checks its token.
    if (address.item === null && uploadQuestions(page).length > 0) return this.#takeFiles(request, slug, path);
    if (isMultipartForm(request)) throw new Problem('wrong-type');
    if (address.item !== null || page.repeat) return 'list';
    const of = { service, presented, form, address, posted };
    if (!turnsOnOthers(address)) return this.#takeRead(request, of, null);
    if (kept !== null && mayBeKept(address)) {
      const taken = await this.#takeRead(request, of, kept.application);
      // What is kept may be another by now: it is believed where saving has made sure of it.
      if (taken.kind === 'taken' && taken.saving === 'saved') return taken;
    }
    const application = await this.#open(service, presented, address.needs);
    if (!application) return this.notFound(request, service, presented);
    if (application.submissionId !== null) return { kind: 'elsewhere', service, why: 'sent' };
    return this.#takeRead(request, of, application);
  }

  /** Reads what was posted to a page with the answers that it turns on, and saves it if it is right. */
  async #takeRead(
    request: FastifyRequest,
    {
      service,
      presented,
      form,
      address,
      posted,
    }: { service: Service; presented: Holder; form: PublishedForm; address: Address; posted: Posted },
    application: Application | null,
  ): Promise<Taken | Elsewhere> {
    const { page, key } = address;
    const saved: Saved = application?.saved ?? new Map();
    const now = this.#calendar.now();
    const before = journeyAt(form.compiled.journey(saved, now), address);
    const { answers, mistakes, wrong } = before.readPage(page, posted);
    const journey = form.compiled.journey(new Map([...saved, [key, answers]]), now);
    const inside = journeyAt(journey, address);
    const taken = { kind: 'taken', service, form, address, inside, mistakes, posted } as const;
    if (page.page.kind === 'terminal' || !before.isAsked(page)) return { ...taken, saving: 'too early' };
    if (address.around.length > 0 && !before.isReachable(page)) return { ...taken, saving: 'too early' };
    // Whoever stops for now need not have everything right yet.
    if (mistakes.length > 0 && posted['later'] === undefined) return { ...taken, saving: 'mistaken' };
    if (before.previousPage(page)?.page.kind === 'terminal') return { ...taken, saving: 'too early' };
    const kept = wrong.length === 0 ? {} : await this.#earlierAnswers(service, presented, key, wrong);
    const next = address.around.length === 0 ? inside.nextPage(page) : null;
    const onward = next && next.rows.within === undefined ? next.rows : undefined;
    const step = await this.#saver.save(service, presented, {
      page,
      key,
      answers: { ...kept, ...answers },
      after: before.keyBefore(page),
      ...(application ? { readWith: { application, keys: address.needs.answers } } : {}),
      ...(onward ? { onward } : {}),
    });
    if (step.saving === 'unknown') return this.notFound(request, service, presented);
    if (next && step.onward) this.#kept.keep(presented, { key: next.slug, application: step.onward, since: 'saved' });
    return { ...taken, saving: step.saving };
  }

  /** What was answered before to questions of a page whose new answers are wrong: it stays until they are right. */
  async #earlierAnswers(service: Service, presented: Holder, key: string, wrong: readonly string[]): Promise<Answers> {
    const application = await this.#open(service, presented, { answers: [key], presence: [] });
    return pickAnswers(application?.saved.get(key) ?? {}, wrong);
  }

  /** The same for a page with files: they are kept even where something else on the page is wrong. */
  async #takeFiles(request: FastifyRequest, slug: string, path: string): Promise<Taken | Elsewhere> {
    const opened = await this.openPage(request, slug, path);
    if (opened.kind === 'elsewhere') return opened;
    const { service, address, presented, form, application, inside: before } = opened;
    const { page, key } = address;
    const taken = { kind: 'taken', service, form, address, inside: before, mistakes: [], posted: {} } as const;
    if (!before.isReachable(page)) return { ...taken, saving: 'too early' };
    const scope = applicantScope(service, request);
    const words = wordsOf(form.compiled.form.language);
    const received = await receivePage(request, page, this.#getFileStore(), scope, words);
    const posted = textsOf(received.posted);
    const removed = textList(posted['remove']);
    const read = before.readPage(page, posted);
    const saved = await this.#database.transact(scope, (tx) =>
      saveFiles(tx, this.#keyring, service, presented, {
        page,
        key,
        answers: { ...pickAnswers(before.answersOf(page), read.wrong), ...read.answers },
        changes: { added: received.added, removed },
        after: before.keyBefore(page),
      }),
    );
    if (saved.saving === 'unknown') return this.notFound(request, service, presented);
    if (saved.saving !== 'saved') return { ...taken, saving: saved.saving };
    const journey = form.compiled.journey(new Map([...application.saved, [key, saved.answers]]), this.#calendar.now());
    const inside = journeyAt(journey, address);
    const mistakes = [...received.mistakes, ...noRoomFor(page, saved.tooMany, words)];
    const stays = removed.length > 0 || posted['upload'] !== undefined;
    if (stays && mistakes.length === 0) return { ...taken, inside, saving: 'changed files' };
    if (!stays) {
      const files = await this.filesOn(request, { service, address, inside });
      mistakes.push(...inside.readPage(page, { ...posted, ...files }).mistakes);
    }
    if (mistakes.length > 0) return { ...taken, posted, mistakes: firstOfEach(mistakes), saving: 'mistaken' };
    return { ...taken, posted, inside, saving: 'saved' };
  }

  /** The files on a page, by the keys of their questions: none where it asks for none. */
  async filesOn(
    request: FastifyRequest,
    { service, address: { page }, inside }: Pick<OpenPage, 'service' | 'address' | 'inside'>,
  ): Promise<Readonly<Record<string, ShownFile[]>>> {
    if (uploadQuestions(page).length === 0) return {};
    return this.#database.transact(applicantScope(service, request), (tx) =>
      showFiles(tx, this.#keyring, page, inside.answersOf(page)),
    );
  }

  /** Nothing real looks at the files of a page. */
  isUnscanned({ page }: Pick<Address, 'page'>): boolean {
    return uploadQuestions(page).length > 0 && this.#fileStore?.scanner?.isReal === false;
  }

  #getFileStore(): FileStore {
    if (this.#fileStore === undefined) throw new Problem('unavailable', { detail: 'there is no store of files' });
    return this.#fileStore;
  }

  /** Saves a page's row, or another that goes with the page. */
  async save(
    service: Service,
    presented: Holder,
    { page, key }: Pick<Address, 'page' | 'key'>,
    { answers, after }: { answers: Answers; after: string | null },
  ): Promise<Saving> {
    const step = { page, key, answers, after };
    return (await this.#saver.save(service, presented, step)).saving;
  }

  /** What whoever asks presents to be let into an application of a service. */
  async findHolder(
    request: FastifyRequest,
    slug: string,
  ): Promise<{ kind: 'holder'; service: Service; presented: Holder } | Elsewhere> {
    const service = await this.getService(request, slug);
    const presented = holderOf(request, service);
    const closed = closedNotice(service, this.#calendar);
    // A draft is tried before the service opens, too.
    if (closed && !(presented && isTrying(presented))) return { kind: 'elsewhere', service, why: 'closed', closed };
    return presented ? { kind: 'holder', service, presented } : { kind: 'elsewhere', service, why: 'start again' };
  }

  /**
   * What is answered to whoever presents an application that cannot be opened: they were moved to another version since, or
   * begin again.
   */
  async notFound(request: FastifyRequest, service: Service, presented: Holder): Promise<Elsewhere> {
    const moved = await this.#database.transact(applicantScope(service, request), (tx) =>
      findMoved(tx, service.id, presented),
    );
    return moved
      ? { kind: 'elsewhere', service, why: 'moved', holder: moved, secure: this.#secure }
      : { kind: 'elsewhere', service, why: 'start again' };
  }

  #open(service: Service, presented: Holder, needs: PageNeeds): Promise<Application | null> {
    return openApplication(this.#database, this.#keyring, service, presented, needs);
  }

  async #getVersion(service: Service, number: number, request: FastifyRequest): Promise<PublishedForm | null> {
    const form =
      knownVersion(service.organisationId, service.id, number) ??
      (await this.#database.transact(applicantScope(service, request), (tx) => findVersion(tx, service.id, number)));
    return form && inShownLanguage(request, service, form);
  }
}

/** What is posted to a page is read with answers of other pages. */
const turnsOnOthers = ({ page, around }: Address): boolean => !page.standsAlone || around.length > 0;

/** Saving can make sure of all that such a page is read with. */
const mayBeKept = (address: Address): boolean =>
  turnsOnOthers(address) &&
  address.needs.within === undefined &&
  !address.page.questions.some(({ question }) => question.kind === 'hidden');

/** Answers a request that cannot be answered with the page that it asks for. */
export function answerElsewhere(reply: FastifyReply, elsewhere: Elsewhere): FastifyReply {
  const { service } = elsewhere;
  switch (elsewhere.why) {
    case 'start again':
      return startAgainPage(reply, service);
    case 'sent':
      return reply.redirect(`${addressOf(service)}/confirmation`, 303);
    case 'moved':
      return movedPage(reply, service, elsewhere.holder, elsewhere.secure);
    case 'closed':
      return closedPage(reply, service, elsewhere.closed);
    case 'no such page':
      throw new Problem('not-found');
  }
}

/** Of an application itself, and of none of its pages. */
export const nothing: PageNeeds = { answers: [], presence: [] };

/** What was posted. */
export function bodyOf({ body }: FastifyRequest): Posted {
  return typeof body === 'object' && body !== null && !Array.isArray(body) ? textsOf(body) : {};
}

/** Texts only: what else a page may hold, such as files that were kept, is put there by us. */
function textsOf(posted: object): Posted {
  return Object.fromEntries(Object.entries(posted).filter(([, value]) => isText(value) || isTexts(value)));
}

/** Some of the answers of a page. */
function pickAnswers(answers: Answers, keys: readonly string[]): Answers {
  return Object.fromEntries(Object.entries(answers).filter(([key]) => keys.includes(key)));
}

const textList = (value: unknown): string[] => [value].flat().filter(isText);

const isText = (value: unknown): value is string => typeof value === 'string';

const isTexts = (value: unknown): boolean => Array.isArray(value) && value.every(isText);
