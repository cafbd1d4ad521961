import { compileConditions } from './conditions.ts';
import type { CompiledCondition } from './conditions.ts';
import { renderContent } from './content.ts';
import { isQuestion } from './form.ts';
import type { Answer, Answers, Component, Form, List, Page } from './form.ts';
import { compileQuestion } from './questions.ts';
import type { CompiledQuestion, Mistake, Posted } from './questions.ts';
import { findWays } from './ways.ts';

/** What has been saved of an application: the answers of each page that was answered, by the page's slug. */
export type Saved = ReadonlyMap<string, Answers>;

/** A piece of a page in the order of the definition. */
export interface PagePart {
  condition: CompiledCondition | null;
  /** Ready HTML. */
  content: string | null;
  question: CompiledQuestion | null;
}

export interface CompiledPage {
  index: number;
  page: Page;
  /** The page's path without its first slash, in plain letters: its name in addresses and in the database. */
  slug: string;
  /** What stands at its top: its own title, or its first question's. */
  title: string;
  /** The section's title, if it is shown. */
  caption: string | null;
  condition: CompiledCondition | null;
  parts: readonly PagePart[];
  questions: readonly CompiledQuestion[];
  /** Where it leads, the way without a condition last; null where the next page in order comes next. */
  ways: readonly CompiledWay[] | null;
  /** What must be loaded to show the page, to take its answers and to say which page comes next. */
  needs: PageNeeds;
  /** No other page's answers count for this one: its answers can be taken without loading any. */
  standsAlone: boolean;
}

/** A way on from a page, tried in order. */
export interface CompiledWay {
  condition: CompiledCondition | null;
  /** Index of the page that it leads to; null where check your answers comes next. */
  to: number | null;
}

export interface PageNeeds {
  /** Slugs of the pages whose answers count, the page itself among them. */
  answers: readonly string[];
  /** Slugs of the pages of which it only matters whether they were answered. */
  presence: readonly string[];
}

/** Everything that a person was asked and answered, in order: for check your answers and the submission. */
export interface AnsweredPage {
  page: CompiledPage;
  questions: { question: CompiledQuestion; answer: Answer | null }[];
}

/**
 * A form version made ready once: what a request does afterwards is in proportion to its own page.
 */
export interface CompiledForm {
  form: Form;
  /** The pages that a person goes through, in order. */
  pages: readonly CompiledPage[];
  bySlug: ReadonlyMap<string, CompiledPage>;
  /** What stands on the start page, if the form says. */
  start: CompiledPage | null;
  /** What stands on check your answers under the answers, if the form says. */
  summary: CompiledPage | null;
  /** Where this person is in the form. `today` is an ISO date. */
  journey(saved: Saved, today: string): Journey;
}

/**
 * Compiles a form.
 *
 * @throws Error if the form has a problem of severity `error`: see `readDefinition`.
 */
export function compileForm(form: Form): CompiledForm {
  const lists = new Map(form.lists.map((list) => [list.id, list]));
  const conditions = compileConditions(form.conditions);
  const captions = new Map(
    form.sections.filter((section) => !section.hideTitle).map(({ name, title }) => [name, title]),
  );
  for (const section of form.sections) {
    const title = captions.get(section.name);
    if (title !== undefined) captions.set(section.id, title);
  }
  const slugs = new Set<string>();
  const compile = (page: Page, index: number): CompiledPage => {
    if (page.kind === 'unsupported') throw new Error(`The page "${page.path}" cannot be run.`);
    const parts = page.components.map((component) => compilePart(component, lists, conditions));
    const questions = parts.flatMap(({ question }) => (question ? [question] : []));
    return {
      index,
      page,
      slug: unusedSlug(page.path, slugs),
      title: page.title || (questions[0]?.question.title ?? form.name),
      caption: page.section === null ? null : (captions.get(page.section) ?? null),
      condition: conditionOf(page.condition, conditions),
      parts,
      questions,
      ways: null,
      needs: { answers: [], presence: [] },
      standsAlone: false,
    };
  };
  const ofKind = (kind: Page['kind']): CompiledPage | null => {
    const page = form.pages.find((each) => each.kind === kind);
    return page ? compile(page, form.pages.length) : null;
  };
  const asked = form.flow === 'graph' ? compileGraph(form, compile, conditions) : compileOrder(form, compile);
  const pageOfKey = new Map<string, CompiledPage>();
  for (const page of asked) for (const { question } of page.questions) pageOfKey.set(question.key, page);
  const pages = form.flow === 'graph' ? findGraphNeeds(asked, pageOfKey) : findNeeds(asked, pageOfKey);
  for (const page of pages) for (const { question } of page.questions) pageOfKey.set(question.key, page);
  return {
    form,
    pages,
    bySlug: new Map(pages.map((page) => [page.slug, page])),
    start: ofKind('start'),
    summary: ofKind('summary'),
    journey: (saved, today) => new Journey(pages, pageOfKey, saved, today),
  };
}

type CompilePage = (page: Page, index: number) => CompiledPage;

function compileOrder(form: Form, compile: CompilePage): CompiledPage[] {
  const own: ReadonlySet<Page['kind']> = new Set(['start', 'summary', 'passed-over']);
  return form.pages.filter(({ kind }) => !own.has(kind)).map(compile);
}

/** The pages that can be come to, the first one first. */
function compileGraph(
  form: Form,
  compile: CompilePage,
  conditions: ReadonlyMap<string, CompiledCondition>,
): CompiledPage[] {
  const { order, from } = findWays(form);
  const indexes = new Map(order.map((page, index) => [page, index]));
  return order.map((page, index) => ({
    ...compile(page, index),
    ways: (from.get(page) ?? []).map(({ condition, to }) => ({
      condition: conditionOf(condition, conditions),
      to: to === null ? null : (indexes.get(to) ?? null),
    })),
  }));
}

/** A page's name in addresses: in plain letters, since paths in other languages have others, and its own. */
export function unusedSlug(path: string, used: Set<string>): string {
  const plain = path
    .replace(/^\/+/, '')
    .normalize('NFD')
    .replaceAll(/\p{M}/gu, '')
    .replaceAll(/[^\w/-]+/g, '-')
    .slice(0, 150);
  const own = plain === '' ? 'page' : plain;
  let slug = own;
  for (let number = 2; used.has(slug); number++) slug = `${own}-${number}`;
  used.add(slug);
  return slug;
}

function compilePart(
  component: Component,
  lists: ReadonlyMap<string, List>,
  conditions: ReadonlyMap<string, CompiledCondition>,
): PagePart {
  if (component.kind === 'unsupported') throw new Error(`A component of type "${component.type}" cannot be run.`);
  const condition = conditionOf(component.condition, conditions);
  return isQuestion(component)
    ? { condition, content: null, question: compileQuestion(component, lists) }
    : { condition, content: renderContent(component, lists), question: null };
}

function conditionOf(id: string | null, conditions: ReadonlyMap<string, CompiledCondition>): CompiledCondition | null {
  if (id === null) return null;
  return conditions.get(id) ?? never;
}

/** A condition that is not in the form holds for nobody, as in the engines that such forms come from. */
const never: CompiledCondition = { id: '', keys: new Set(), holds: () => false };

/** Works out for each page which other pages a request about it has to load. */
function findNeeds(pages: readonly CompiledPage[], pageOfKey: ReadonlyMap<string, CompiledPage>): CompiledPage[] {
  // Whether a page is asked turns on the answers of earlier pages, and on whether those were asked themselves.
  const deciding: ReadonlySet<number>[] = [];
  const decidingFor = (conditions: readonly (CompiledCondition | null)[], index: number): Set<number> => {
    const found = new Set<number>();
    for (const condition of conditions) {
      for (const key of condition?.keys ?? []) {
        const asked = pageOfKey.get(key)?.index ?? index;
        if (asked >= index) continue;
        found.add(asked);
        for (const earlier of deciding[asked] ?? []) found.add(earlier);
      }
    }
    return found;
  };
  for (const page of pages) deciding.push(decidingFor([page.condition], page.index));
  const slugs = (indexes: Iterable<number>): string[] => [...indexes].flatMap((index) => pages[index]?.slug ?? []);
  return pages.map((page) => {
    const answers = new Set([page.index]);
    const presence = new Set<number>();
    const add = (from: Iterable<number>): void => {
      for (const index of from) answers.add(index);
    };
    add(deciding[page.index] ?? []);
    add(
      decidingFor(
        page.parts.map((part) => part.condition),
        page.index,
      ),
    );
    for (let index = page.index - 1; index >= 0; index--) {
      presence.add(index);
      add(deciding[index] ?? []);
      if (!pages[index]?.condition) break;
    }
    for (let index = page.index + 1; index < pages.length; index++) {
      add(deciding[index] ?? []);
      if (!pages[index]?.condition) break;
    }
    const needs = {
      answers: slugs(answers),
      presence: slugs([...presence].filter((index) => !answers.has(index))),
    };
    return { ...page, needs, standsAlone: needs.answers.length === 1 && needs.presence.length <= 1 };
  });
}

/**
 * The same where pages lead to each other: which page a person is on turns on what was answered on all the pages before it
 * that lead to more than one page.
 */
function findGraphNeeds(pages: readonly CompiledPage[], pageOfKey: ReadonlyMap<string, CompiledPage>): CompiledPage[] {
  const indexesOf = (conditions: readonly (CompiledCondition | null)[]): Set<number> => {
    const found = new Set<number>();
    for (const condition of conditions) {
      for (const key of condition?.keys ?? []) {
        const page = pageOfKey.get(key);
        if (page) found.add(page.index);
      }
    }
    return found;
  };
  const ownWays = pages.map((page) => indexesOf((page.ways ?? []).map(({ condition }) => condition)));
  const deciding = ownWays.map((own) => new Set(own));
  const before = pages.map(() => new Set<number>());
  // Pages are in the order of the ways, so one round does, but for circles.
  for (let changed = true; changed;) {
    changed = false;
    for (const page of pages) {
      for (const { to } of page.ways ?? []) {
        const target = to === null ? undefined : deciding[to];
        if (to === null || !target) continue;
        before[to]?.add(page.index);
        for (const index of deciding[page.index] ?? []) {
          if (target.has(index)) continue;
          target.add(index);
          changed = true;
        }
      }
    }
  }
  const slugs = (indexes: Iterable<number>): string[] => Array.from(indexes, (index) => pages[index]?.slug ?? '');
  return pages.map((page) => {
    const shown = indexesOf(page.parts.map(({ condition }) => condition));
    const answers = new Set([page.index, ...(deciding[page.index] ?? []), ...shown]);
    const presence = [...(before[page.index] ?? [])].filter((index) => !answers.has(index));
    const needs = { answers: slugs(answers), presence: slugs(presence) };
    return { ...page, needs, standsAlone: answers.size === 1 && presence.length <= 1 };
  });
}

/**
 * One person's way through a form, as far as it has been loaded. Answers count only on pages that are asked: an answer on a
 * page that a later change took out of the way is kept, but it is nobody's business.
 */
export class Journey {
  readonly #pages: readonly CompiledPage[];
  readonly #pageOfKey: ReadonlyMap<string, CompiledPage>;
  readonly #saved: Saved;
  readonly #today: string;
  readonly #asked: (boolean | undefined)[] = [];
  /** Where pages lead to each other: the pages on this person's way, and the place of each. */
  #way: CompiledPage[] | null = null;
  readonly #places = new Map<CompiledPage, number>();
  /** The way leads back to a page that is already on it. */
  #returns = false;

  constructor(
    pages: readonly CompiledPage[],
    pageOfKey: ReadonlyMap<string, CompiledPage>,
    saved: Saved,
    today: string,
  ) {
    this.#pages = pages;
    this.#pageOfKey = pageOfKey;
    this.#saved = saved;
    this.#today = today;
  }

  /** Whether the page is asked of this person, as far as conditions go. */
  isAsked(page: CompiledPage): boolean {
    if (page.ways) return this.#pagesOnWay().length > 0 && this.#places.has(page);
    return (this.#asked[page.index] ??= page.condition === null || this.#holds(page.condition, page.index));
  }

  isAnswered(page: CompiledPage): boolean {
    return this.#saved.has(page.slug);
  }

  /** The saved answers of a page, or nothing. */
  answersOf(page: CompiledPage): Answers {
    return this.#saved.get(page.slug) ?? {};
  }

  /** The page after this one, or null if check your answers comes next. A terminal page leads nowhere. */
  nextPage(page: CompiledPage): CompiledPage | null {
    if (page.ways) return this.isAsked(page) ? this.#follow(page) : null;
    for (let index = page.index + 1; index < this.#pages.length; index++) {
      const next = this.#pages[index];
      if (next && this.isAsked(next)) return next;
    }
    return null;
  }

  previousPage(page: CompiledPage): CompiledPage | null {
    if (page.ways) return this.#pagesOnWay()[(this.#places.get(page) ?? 0) - 1] ?? null;
    for (let index = page.index - 1; index >= 0; index--) {
      const previous = this.#pages[index];
      if (previous && this.isAsked(previous)) return previous;
    }
    return null;
  }

  /** A page can be opened once the one before it has been answered, and so all before that. */
  isReachable(page: CompiledPage): boolean {
    if (!this.isAsked(page)) return false;
    const previous = this.previousPage(page);
    return previous === null || (previous.page.kind !== 'terminal' && this.isAnswered(previous));
  }

  /** The parts of a page that this person sees. */
  shownParts(page: CompiledPage): PagePart[] {
    return page.parts.filter((part) => part.condition === null || this.#holds(part.condition, this.#placeOf(page)));
  }

  /** Reads a posted page: its answers by key, and what is wrong. */
  readPage(page: CompiledPage, posted: Posted): { answers: Answers; mistakes: Mistake[] } {
    const answers: [string, Answer][] = [];
    const mistakes: Mistake[] = [];
    for (const { question } of this.shownParts(page)) {
      if (!question) continue;
      const parsed = question.parse(posted, { today: this.#today });
      mistakes.push(...parsed.mistakes);
      if (parsed.answer !== null) answers.push([question.question.key, parsed.answer]);
    }
    return { answers: Object.fromEntries(answers), mistakes };
  }

  /** The first page on the way that has not been answered, or that answers no longer fit; null if the form is complete. */
  firstUnanswered(): CompiledPage | null {
    const pages = this.#askedPages();
    for (const page of pages) {
      if (page.page.kind === 'terminal' || !this.isAnswered(page)) return page;
      const saved = this.answersOf(page);
      const posted = Object.assign({}, ...page.questions.map((each) => fillFrom(each, saved)));
      if (this.readPage(page, posted).mistakes.length > 0) return page;
    }
    // Who is led back has to answer otherwise to get on.
    return this.#returns ? (pages.at(-1) ?? null) : null;
  }

  /** What is submitted: the pages on this person's way, and on them the questions that were shown. */
  answeredPages(): AnsweredPage[] {
    const answered: AnsweredPage[] = [];
    for (const page of this.#askedPages()) {
      if (page.page.kind === 'terminal') break;
      const saved = this.answersOf(page);
      const questions = this.shownParts(page).flatMap(({ question }) =>
        question ? [{ question, answer: saved[question.question.key] ?? null }] : [],
      );
      if (questions.length > 0) answered.push({ page, questions });
    }
    return answered;
  }

  /** Answers by key of the questions on this person's way. */
  relevantAnswers(): Answers {
    const answers: [string, Answer][] = [];
    for (const { questions } of this.answeredPages()) {
      for (const { question, answer } of questions) if (answer !== null) answers.push([question.question.key, answer]);
    }
    return Object.fromEntries(answers);
  }

  #askedPages(): readonly CompiledPage[] {
    return this.#pages[0]?.ways ? this.#pagesOnWay() : this.#pages.filter((page) => this.isAsked(page));
  }

  /** From the first page on, as the answers lead; what is not loaded or not answered yet leads where no answer leads. */
  #pagesOnWay(): readonly CompiledPage[] {
    if (this.#way) return this.#way;
    this.#way = [];
    let page = this.#pages[0] ?? null;
    while (page && !this.#places.has(page)) {
      this.#places.set(page, this.#way.length);
      this.#way.push(page);
      page = this.#follow(page);
    }
    this.#returns = page !== null;
    return this.#way;
  }

  #follow(page: CompiledPage): CompiledPage | null {
    // What was answered on the page itself counts.
    const after = this.#placeOf(page) + 1;
    const way = page.ways?.find(({ condition }) => condition === null || this.#holds(condition, after));
    return way === undefined || way.to === null ? null : (this.#pages[way.to] ?? null);
  }

  #placeOf(page: CompiledPage): number {
    if (!page.ways) return page.index;
    this.#pagesOnWay();
    return this.#places.get(page) ?? this.#pages.length;
  }

  #holds(condition: CompiledCondition, before: number): boolean {
    return condition.holds({ answer: (key) => this.#answer(key, before), today: this.#today });
  }

  /** Only earlier pages count: so no page can turn on itself, in however many steps. */
  #answer(key: string, before: number): Answer | undefined {
    const page = this.#pageOfKey.get(key);
    if (!page || (!page.ways && page.index >= before)) return undefined;
    if (!this.isAsked(page) || this.#placeOf(page) >= before) return undefined;
    return this.#saved.get(page.slug)?.[key];
  }
}

/** What a question's field would have been posted as, for a saved answer. */
export function fillFrom(question: CompiledQuestion, answers: Answers): Posted {
  const answer = answers[question.question.key];
  return answer === undefined ? {} : question.fill(answer);
}
