import type { CompiledCondition } from '../conditions/conditions.ts';
import { Several } from '../conditions/conditions.ts';
import type { CompiledFlow, CompiledPage, CompiledWay, PagePart } from '../versions/compile.ts';
import { textOf } from '../definition/form.ts';
import type { Answer, Answers, Form } from '../definition/form.ts';
import type { Mention } from '../content/mentions.ts';
import type { CompiledQuestion, Mistake, Posted } from '../questions/questions.ts';

/** What has been saved of an application: the answers of each page that was answered, by the key of its row. */
export type Saved = ReadonlyMap<string, Answers>;

/** A page and where it lies: its key is that of its row and its name in addresses, such as `dogs/~k3f9/name`. */
export interface Place {
  page: CompiledPage;
  key: string;
}

/** One of the things that were added, as a person knows it: "Dog 2". */
export interface ItemLabel {
  /** Key of the repeat. */
  repeat: string;
  title: string;
  number: number;
}

/** Everything that a person was asked and answered, in order: for check your answers and the submission. */
export interface AnsweredPage extends Place {
  questions: { question: CompiledQuestion; answer: Answer | null }[];
  /** The items that it lies in, the outermost first. */
  items: readonly ItemLabel[];
  /** How many things were added on it; null for a page that asks once. What was answered about each follows. */
  added: number | null;
}

/** What a journey knows beside what was saved. */
export interface JourneyContext {
  /** ISO date. */
  today: string;
  /** Of the day, `HH:MM`; left out where only the day is known. */
  time?: string | undefined;
  form: Pick<Form, 'isTaskList'>;
  /** Every question of the form by its key. */
  questions: ReadonlyMap<string, CompiledQuestion>;
}

/** What a page takes from a person's other answers. */
export interface Fitting {
  /** An earlier answer in one line, not escaped; empty where there is none. */
  text(mention: Mention): string;
  holds(condition: CompiledCondition): boolean;
}

/** The item that a journey is inside of. */
interface Around {
  journey: Journey;
  page: CompiledPage;
  prefix: string;
  name: string;
  label: ItemLabel;
}

/**
 * In the answers of a row that somebody else than the person has filled in: whom they come from. It counts as answered when
 * the person has seen it and gone on, which saves it without this. No question has this key.
 */
export const filledInMark = '~filled-in';

/** The mark before the name of an item in the keys of its rows. No slug has it. */
const mark = '/~';

/**
 * One person's way through a form, or through an item of a repeat, as far as it has been loaded. Answers count only on pages that
 * are asked: an answer on a page that a later change took out of the way is kept, but it is nobody's business.
 */
export class Journey {
  readonly #flow: CompiledFlow;
  readonly #saved: Saved;
  readonly #context: JourneyContext;
  readonly #around: Around | null;
  readonly #prefix: string;
  readonly #asked: (boolean | undefined)[] = [];
  readonly #items = new Map<CompiledPage, readonly string[]>();
  readonly #inside = new Map<string, Journey>();
  /** Where pages lead to each other: the way from each page that everybody passes to the next. */
  readonly #trails = new Map<CompiledPage, Trail>();

  constructor(flow: CompiledFlow, saved: Saved, context: JourneyContext, around: Around | null = null) {
    this.#flow = flow;
    this.#saved = saved;
    this.#context = context;
    this.#around = around;
    this.#prefix = around?.prefix ?? '';
  }

  /** The key of a page's row, and its name in addresses. */
  keyOf(page: CompiledPage): string {
    return this.#prefix + page.slug;
  }

  /** Whether the page is asked of this person, as far as conditions go. */
  isAsked(page: CompiledPage): boolean {
    // While a way is being followed, it may not have come to the page yet.
    if (page.ways) return this.#trailOf(page) !== null;
    return (this.#asked[page.index] ??= this.#decide(page));
  }

  #decide(page: CompiledPage): boolean {
    if (page.condition !== null && !this.#holds(page.condition, page.index)) return false;
    return !this.#isNone(page);
  }

  isAnswered(page: CompiledPage): boolean {
    const row = this.#saved.get(this.keyOf(page));
    return row !== undefined && row[filledInMark] === undefined;
  }

  /** Whom the answers of a page come from that the person has not gone on from yet; null where they are the person's own. */
  filledInBy(page: CompiledPage): string | null {
    return textOf(this.answersOf(page)[filledInMark]) || null;
  }

  /** The saved answers of a page, or nothing. */
  answersOf(page: CompiledPage): Answers {
    return this.#saved.get(this.keyOf(page)) ?? {};
  }

  /** The page after this one, or null if check your answers or the end of the item comes next. A terminal page leads nowhere. */
  nextPage(page: CompiledPage): CompiledPage | null {
    if (page.ways) return this.isAsked(page) ? this.#follow(page) : null;
    for (let index = page.index + 1; index < this.#flow.pages.length; index++) {
      const next = this.#flow.pages[index];
      if (next && this.isAsked(next)) return next;
    }
    return null;
  }

  previousPage(page: CompiledPage): CompiledPage | null {
    if (page.ways) return this.#previousOnWay(page);
    for (let index = page.index - 1; index >= 0; index--) {
      const previous = this.#flow.pages[index];
      if (previous && this.isAsked(previous)) return previous;
    }
    return null;
  }

  /** A page can be opened once the one before it has been answered, and so all before that. */
  isReachable(page: CompiledPage): boolean {
    if (this.#around && !this.#isItemReachable(this.#around)) return false;
    if (!this.isAsked(page)) return false;
    const previous = this.previousPage(page);
    if (previous === null) return true;
    return previous.page.kind !== 'terminal' && (this.isAnswered(previous) || this.#beginsTask(page, previous));
  }

  /** It is there already, or one more may be added. */
  #isItemReachable({ journey, page, name }: Around): boolean {
    return journey.isReachable(page) && (journey.itemsOf(page).includes(name) || journey.mayAdd(page));
  }

  /** Whether another thing may be added on the page of a repeat. */
  mayAdd(page: CompiledPage): boolean {
    const { repeat } = page;
    return repeat !== null && repeat.repeat.countKey === null && this.itemsOf(page).length < repeat.repeat.max;
  }

  /** The row that must be there before a page is saved; null if none. */
  keyBefore(page: CompiledPage): string | null {
    const previous = this.previousPage(page);
    if (previous !== null) return this.#beginsTask(page, previous) ? null : this.keyOf(previous);
    return this.#around ? this.#around.journey.keyBefore(this.#around.page) : null;
  }

  /** Tasks are done in any order, once what comes before all tasks is done. */
  #beginsTask(page: CompiledPage, previous: CompiledPage): boolean {
    if (!this.#context.form.isTaskList || this.#around || page.page.section === previous.page.section) return false;
    const first = this.#flow.pages.filter((each) => each.index < page.index && each.page.section === null);
    return previous.page.section !== null || first.every((each) => !this.isAsked(each) || this.isAnswered(each));
  }

  /** The page with the texts and choices that it has for this person: what they are shown of it, it is asked for here. */
  fit(page: CompiledPage): CompiledPage {
    if (page.fit === null) return page;
    const before = this.#placeOf(page);
    return page.fit(page, {
      text: (mention) => this.#textOf(mention, before),
      holds: (condition) => this.#holds(condition, before),
    });
  }

  #textOf({ key, isShown }: Mention, before: number): string {
    const answer = this.#answer(key, before);
    const question = this.#context.questions.get(key);
    if (answer === undefined || !question) return '';
    // A choice is written by its value, as the engines do that forms come from; what has none, as a person reads it.
    const isChoice = 'list' in question.question;
    const lines = (one: Answer): string[] => (isChoice && !isShown ? [one].flat().map(textOf) : question.lines(one));
    const all = answer instanceof Several ? answer.answers : [answer];
    return all.flatMap(lines).join(', ');
  }

  /** The parts of a page that this person sees. */
  shownParts(page: CompiledPage): PagePart[] {
    const before = this.#placeOf(page);
    return this.fit(page).parts.filter((part) => part.condition === null || this.#holds(part.condition, before));
  }

  /** Reads a posted page: its answers by key, what is wrong, and the keys of the questions that it is wrong with. */
  readPage(page: CompiledPage, posted: Posted): { answers: Answers; mistakes: Mistake[]; wrong: string[] } {
    const answers: [string, Answer][] = [];
    const mistakes: Mistake[] = [];
    const wrong: string[] = [];
    for (const { question } of this.shownParts(page)) {
      if (!question) continue;
      // What a link brought along is not for the person to change: it is in their page, where it could be.
      const brought = question.question.kind === 'hidden' ? this.answersOf(page)[question.question.key] : undefined;
      const read = brought === undefined ? posted : question.fill(brought);
      const parsed = question.parse(read, { today: this.#context.today });
      mistakes.push(...parsed.mistakes);
      if (parsed.mistakes.length > 0) wrong.push(question.question.key);
      if (parsed.answer !== null) answers.push([question.question.key, parsed.answer]);
    }
    return { answers: Object.fromEntries(answers), mistakes, wrong };
  }

  /** The names of what was added on the page of a repeat, in the person's order. */
  itemsOf(page: CompiledPage): readonly string[] {
    const known = this.#items.get(page);
    if (known) return known;
    const items = this.#findItems(page);
    this.#items.set(page, items);
    return items;
  }

  #findItems(page: CompiledPage): string[] {
    if (page.repeat?.repeat.countKey != null) {
      const count = Math.min(this.#countOf(page) ?? 0, page.repeat.repeat.max);
      return Array.from({ length: count }, (_, index) => String(index + 1));
    }
    const beginning = this.keyOf(page) + mark;
    const names = new Set<string>();
    for (const key of this.#saved.keys()) {
      if (!key.startsWith(beginning) || key.length === beginning.length) continue;
      const end = key.indexOf('/', beginning.length);
      if (end !== -1) names.add(key.slice(beginning.length, end));
    }
    // Names begin with the time at which they were given.
    const added = [...names].toSorted();
    const chosen = this.#saved.get(orderKey(this.keyOf(page)))?.['order'];
    if (!Array.isArray(chosen)) return added;
    const places = new Map(chosen.map((name, index) => [textOf(name), index]));
    const placeOf = (name: string): number => places.get(name) ?? places.size;
    return added.toSorted((one, other) => placeOf(one) - placeOf(other));
  }

  /** What is asked of one of the things that were added on the page of a repeat. */
  inItem(page: CompiledPage, name: string): Journey {
    const { repeat } = page;
    if (!repeat) throw new Error(`The page "${page.page.path}" repeats nothing.`);
    const prefix = `${this.keyOf(page)}${mark}${name}/`;
    const known = this.#inside.get(prefix);
    if (known) return known;
    const place = this.itemsOf(page).indexOf(name);
    const number = place === -1 ? this.itemsOf(page).length + 1 : place + 1;
    const label = { repeat: repeat.repeat.key, title: `${repeat.repeat.itemTitle} ${number}`, number };
    const inside = new Journey(repeat.flow, this.#saved, this.#context, { journey: this, page, prefix, name, label });
    this.#inside.set(prefix, inside);
    return inside;
  }

  /** The items that this journey is inside of, the outermost first. */
  get items(): readonly ItemLabel[] {
    return this.#around ? [...this.#around.journey.items, this.#around.label] : [];
  }

  /** The first page on the way that has not been answered, or that answers no longer fit; null if the form is complete. */
  firstUnanswered(): Place | null {
    const pages = this.askedPages();
    const unanswered = this.firstUnansweredOf(pages);
    if (unanswered) return unanswered;
    // Who is led back has to answer otherwise to get on.
    const last = pages.at(-1);
    return this.#returns() && last ? this.#place(last) : null;
  }

  /** The same of some pages that are asked. */
  firstUnansweredOf(pages: readonly CompiledPage[]): Place | null {
    for (const page of pages) {
      if (page.page.kind === 'terminal') return this.#place(page);
      if (page.repeat) {
        const inside = this.#firstUnansweredInside(page);
        if (inside) return inside;
        continue;
      }
      if (!this.isAnswered(page)) return this.#place(page);
      if (page.questions.length === 0) continue;
      const saved = this.answersOf(page);
      const posted = Object.assign({}, ...page.questions.map((each) => fillFrom(each, saved)));
      if (this.readPage(page, posted).mistakes.length > 0) return this.#place(page);
    }
    return null;
  }

  /** Something on the page was answered. */
  isBegun(page: CompiledPage): boolean {
    return this.isAnswered(page) || (page.repeat !== null && this.itemsOf(page).length > 0);
  }

  /** What a key is about was answered, or is not asked. */
  isSettled(key: string): boolean {
    const page = this.#flow.pageOfKey.get(key);
    return page === undefined || this.isAnswered(page) || !this.isAsked(page);
  }

  #firstUnansweredInside(page: CompiledPage): Place | null {
    const { repeat } = page;
    if (!repeat) return null;
    const items = this.itemsOf(page);
    for (const item of items) {
      const inside = this.inItem(page, item).firstUnanswered();
      if (inside) return inside;
    }
    const { min, max, countKey } = repeat.repeat;
    const isRight = countKey !== null || (items.length >= min && items.length <= max);
    return isRight && this.isAnswered(page) ? null : this.#place(page);
  }

  /** What is submitted: the pages on this person's way, and on them the questions that were shown. */
  answeredPages(): AnsweredPage[] {
    return this.#answered(this.askedPages());
  }

  /** What was answered so far in the section of a page, and before it: to be checked there. */
  answeredInSection(page: CompiledPage): AnsweredPage[] {
    const { section } = page.page;
    const place = this.#placeOf(page);
    return this.#answered(
      this.askedPages().filter(
        (each) => each.page.section === section && this.#placeOf(each) < place && this.isAnswered(each),
      ),
    );
  }

  #answered(pages: readonly CompiledPage[]): AnsweredPage[] {
    const answered: AnsweredPage[] = [];
    for (const page of pages) {
      if (page.page.kind === 'terminal') break;
      if (page.repeat) {
        const items = this.itemsOf(page);
        answered.push({ ...this.#place(this.fit(page)), questions: [], items: this.items, added: items.length });
        for (const item of items) answered.push(...this.inItem(page, item).answeredPages());
        continue;
      }
      const saved = this.answersOf(page);
      const questions = this.shownParts(page).flatMap(({ question }) =>
        question ? [{ question, answer: saved[question.question.key] ?? null }] : [],
      );
      if (questions.length > 0) answered.push({ ...this.#place(page), questions, items: this.items, added: null });
    }
    return answered;
  }

  /** Answers by key of the questions on this person's way that are asked once. */
  relevantAnswers(): Answers {
    const answers: [string, Answer][] = [];
    for (const { questions, items } of this.answeredPages()) {
      if (items.length > this.items.length) continue;
      for (const { question, answer } of questions) if (answer !== null) answers.push([question.question.key, answer]);
    }
    return Object.fromEntries(answers);
  }

  /** Whether a condition holds for this person, all their answers counted. */
  meets(condition: CompiledCondition): boolean {
    return this.#holds(condition, Number.POSITIVE_INFINITY);
  }

  /** The answer to a question that is asked once, if it counts. */
  answerTo(key: string): Answer | undefined {
    const answer = this.#answer(key, Number.POSITIVE_INFINITY);
    return answer instanceof Several ? undefined : answer;
  }

  /** The pages that are asked of this person, in order. */
  askedPages(): readonly CompiledPage[] {
    if (!this.#flow.pages[0]?.ways) return this.#flow.pages.filter((page) => this.isAsked(page));
    return this.#wholeWay().flatMap(({ pages }) => pages);
  }

  #place(page: CompiledPage): Place {
    return { page, key: this.keyOf(page) };
  }

  /** Asked as many times as an answer says, and that is none. */
  #isNone(page: CompiledPage): boolean {
    return page.repeat?.repeat.countKey != null && !this.#countOf(page);
  }

  /** How many times a page is asked: said before it, for what is said on it or later would turn on itself. */
  #countOf(page: CompiledPage): number | null {
    const count = this.#answer(page.repeat?.repeat.countKey ?? '', this.#placeOf(page));
    const number = typeof count === 'number' || typeof count === 'string' ? Number(count) : Number.NaN;
    return Number.isSafeInteger(number) && number > 0 ? number : null;
  }

  /** From the first page on, as the answers lead; what is not loaded or not answered yet leads where no answer leads. */
  #wholeWay(): readonly Trail[] {
    const trails: Trail[] = [];
    let anchor = this.#first();
    while (anchor) {
      const trail = this.#trailFrom(anchor);
      trails.push(trail);
      const { next } = trail;
      anchor = next && next.index > anchor.index ? next : null;
    }
    return trails;
  }

  /** The way leads back to a page that is already on it. */
  #returns(): boolean {
    if (!this.#flow.pages[0]?.ways) return false;
    return this.#wholeWay().at(-1)?.next !== null;
  }

  #first(): CompiledPage | null {
    const [first] = this.#flow.pages;
    return first && this.#isNone(first) ? this.#follow(first) : (first ?? null);
  }

  /** The trail that a page is on, if it is on this person's way, supposing that they passed the page at its beginning. */
  #trailOf(page: CompiledPage): Trail | null {
    for (const index of page.anchors) {
      const anchor = this.#flow.pages[index];
      const trail = anchor && this.#trailFrom(anchor);
      if (trail?.places.has(page.index)) return trail;
    }
    return null;
  }

  #trailFrom(anchor: CompiledPage): Trail {
    const known = this.#trails.get(anchor);
    if (known) return known;
    const trail: Trail = { pages: [], places: new Map(), next: null };
    this.#trails.set(anchor, trail);
    let page: CompiledPage | null = anchor;
    while (page && !trail.places.has(page.index) && (page === anchor || !isAnchor(page))) {
      trail.places.set(page.index, anchor.index * stride + trail.pages.length);
      trail.pages.push(page);
      page = this.#follow(page);
    }
    trail.next = page;
    return trail;
  }

  #previousOnWay(page: CompiledPage): CompiledPage | null {
    const trail = this.#trailOf(page);
    const before = trail?.pages[trail.pages.findIndex(({ index }) => index === page.index) - 1];
    if (before || !isAnchor(page)) return before ?? null;
    // The page before one that everybody passes is the last of the trail before it.
    for (let index = page.index - 1; index >= 0; index--) {
      const anchor = this.#flow.pages[index];
      if (anchor && isAnchor(anchor)) return this.#trailFrom(anchor).pages.at(-1) ?? null;
    }
    return null;
  }

  #follow(page: CompiledPage): CompiledPage | null {
    let from: CompiledPage | null = page;
    for (let steps = 0; from && steps < this.#flow.pages.length; steps++) {
      // What was answered on the page itself counts.
      const after: number = this.#placeOf(from) + 1;
      const way: CompiledWay | undefined = from.ways?.find(
        ({ condition }) => condition === null || this.#holds(condition, after),
      );
      from = way === undefined || way.to === null ? null : (this.#flow.pages[way.to] ?? null);
      if (!from || !this.#isNone(from)) return from;
    }
    return null;
  }

  #placeOf(page: CompiledPage): number {
    // What stands outside of the way comes after all of it.
    if (!page.ways) return this.#flow.pages[0]?.ways ? Number.POSITIVE_INFINITY : page.index;
    return this.#trailOf(page)?.places.get(page.index) ?? Number.POSITIVE_INFINITY;
  }

  #holds(condition: CompiledCondition, before: number): boolean {
    const { today, time } = this.#context;
    return condition.holds({ answer: (key) => this.#answer(key, before), today, time });
  }

  /** Only earlier pages count: so no page can turn on itself, in however many steps. */
  #answer(key: string, before: number): Answer | Several | undefined {
    const page = this.#flow.pageOfKey.get(key);
    if (!page) {
      const around = this.#around;
      return around ? around.journey.#answer(key, around.journey.#placeOf(around.page)) : undefined;
    }
    if (!page.ways && page.index >= before) return undefined;
    if (!this.isAsked(page) || this.#placeOf(page) >= before) return undefined;
    if (!page.repeat) return this.#saved.get(this.keyOf(page))?.[key];
    const items = this.itemsOf(page);
    if (key === page.repeat.repeat.key) return items.length;
    return new Several(
      items.flatMap((item) => {
        const answer = this.inItem(page, item).#answer(key, Number.POSITIVE_INFINITY);
        if (answer instanceof Several) return answer.answers;
        return answer === undefined ? [] : [answer];
      }),
    );
  }
}

/** The way from one page that everybody passes towards the next. */
interface Trail {
  pages: CompiledPage[];
  /** Where on the whole way each page is, by its index. */
  places: Map<number, number>;
  /** The next page that everybody passes, or one that it leads back to. */
  next: CompiledPage | null;
}

/** More than a form has pages. */
const stride = 100_000;

/** Everybody passes it who gets to the end. */
const isAnchor = (page: CompiledPage): boolean => page.anchors.length === 1 && page.anchors[0] === page.index;

/** The key of the row that holds the order which a person chose for the items of a repeat. */
export const orderKey = (key: string): string => `${key}${mark}`;

/** The key of the rows of an item begins so. */
export const itemPrefix = (key: string, name: string): string => `${key}${mark}${name}/`;

/** What a question's field would have been posted as, for a saved answer. */
export function fillFrom(question: CompiledQuestion, answers: Answers): Posted {
  const answer = answers[question.question.key];
  return answer === undefined ? {} : question.fill(answer);
}
