import { compileConditions } from './conditions.ts';
import type { CompiledCondition } from './conditions.ts';
import { renderContent } from './content.ts';
import { isQuestion } from './form.ts';
import type { Answer, Answers, Component, Form, List, Page } from './form.ts';
import { compileQuestion } from './questions.ts';
import type { CompiledQuestion, Mistake, Posted } from './questions.ts';

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
  /** The page's path without its first slash: its name in addresses and in the database. */
  slug: string;
  /** What stands at its top: its own title, or its first question's. */
  title: string;
  /** The section's title, if it is shown. */
  caption: string | null;
  condition: CompiledCondition | null;
  parts: readonly PagePart[];
  questions: readonly CompiledQuestion[];
  /** What must be loaded to show the page, to take its answers and to say which page comes next. */
  needs: PageNeeds;
  /** No other page's answers count for this one: its answers can be taken without loading any. */
  standsAlone: boolean;
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
  if (form.flow !== 'order') throw new Error('A form whose pages lead to each other is not run yet.');
  const lists = new Map(form.lists.map((list) => [list.id, list]));
  const conditions = compileConditions(form.conditions);
  const captions = new Map(
    form.sections.filter((section) => !section.hideTitle).map(({ name, title }) => [name, title]),
  );
  for (const section of form.sections) {
    const title = captions.get(section.name);
    if (title !== undefined) captions.set(section.id, title);
  }
  const compile = (page: Page, index: number): CompiledPage => {
    const parts = page.components.map((component) => compilePart(component, lists, conditions));
    const questions = parts.flatMap(({ question }) => (question ? [question] : []));
    return {
      index,
      page,
      slug: page.path.replace(/^\/+/, ''),
      title: page.title || (questions[0]?.question.title ?? form.name),
      caption: page.section === null ? null : (captions.get(page.section) ?? null),
      condition: conditionOf(page.condition, conditions),
      parts,
      questions,
      needs: { answers: [], presence: [] },
      standsAlone: false,
    };
  };
  const ofKind = (kind: Page['kind']): CompiledPage | null => {
    const page = form.pages.find((each) => each.kind === kind);
    return page ? compile(page, form.pages.length) : null;
  };
  const asked = form.pages.filter(({ kind }) => kind !== 'start' && kind !== 'summary').map(compile);
  const pageOfKey = new Map<string, CompiledPage>();
  for (const page of asked) for (const { question } of page.questions) pageOfKey.set(question.key, page);
  const pages = findNeeds(asked, pageOfKey);
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
  const condition = conditions.get(id);
  if (!condition) throw new Error(`There is no condition "${id}".`);
  return condition;
}

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
 * One person's way through a form, as far as it has been loaded. Answers count only on pages that are asked: an answer on a
 * page that a later change took out of the way is kept, but it is nobody's business.
 */
export class Journey {
  readonly #pages: readonly CompiledPage[];
  readonly #pageOfKey: ReadonlyMap<string, CompiledPage>;
  readonly #saved: Saved;
  readonly #today: string;
  readonly #asked: (boolean | undefined)[] = [];

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
    for (let index = page.index + 1; index < this.#pages.length; index++) {
      const next = this.#pages[index];
      if (next && this.isAsked(next)) return next;
    }
    return null;
  }

  previousPage(page: CompiledPage): CompiledPage | null {
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
    return page.parts.filter((part) => part.condition === null || this.#holds(part.condition, page.index));
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
    for (const page of this.#pages) {
      if (!this.isAsked(page)) continue;
      if (page.page.kind === 'terminal' || !this.isAnswered(page)) return page;
      const saved = this.answersOf(page);
      const posted = Object.assign({}, ...page.questions.map((each) => fillFrom(each, saved)));
      if (this.readPage(page, posted).mistakes.length > 0) return page;
    }
    return null;
  }

  /** What is submitted: the pages on this person's way, and on them the questions that were shown. */
  answeredPages(): AnsweredPage[] {
    const answered: AnsweredPage[] = [];
    for (const page of this.#pages) {
      if (!this.isAsked(page)) continue;
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

  #holds(condition: CompiledCondition, index: number): boolean {
    return condition.holds({ answer: (key) => this.#answer(key, index), today: this.#today });
  }

  /** Only earlier pages count: so no page can turn on itself, in however many steps. */
  #answer(key: string, before: number): Answer | undefined {
    const page = this.#pageOfKey.get(key);
    if (!page || page.index >= before || !this.isAsked(page)) return undefined;
    return this.#saved.get(page.slug)?.[key];
  }
}

/** What a question's field would have been posted as, for a saved answer. */
export function fillFrom(question: CompiledQuestion, answers: Answers): Posted {
  const answer = answers[question.question.key];
  return answer === undefined ? {} : question.fill(answer);
}
