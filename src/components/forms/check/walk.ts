import { compileConditions } from '../conditions/conditions.ts';
import type { CompiledCondition } from '../conditions/conditions.ts';
import type { CompiledFlow, CompiledForm, CompiledPage, CompiledWay, Journey } from '../versions/compile.ts';
import type { Answer, Answers, Expression, NamedCondition, Repeat } from '../definition/form.ts';
import type { Posted } from '../questions/questions.ts';
import { findCompared, samplePosts } from './samples.ts';
import type { Compared } from './samples.ts';

/** One page that is answered on a way through a form. */
export interface WalkedStep {
  page: CompiledPage;
  /** Of the page's row, with names of items made up here. Of an item as a whole, that of the item. */
  key: string;
  /** Null for the answers of an item, which are looked at only. */
  posted: Posted | null;
}

/** One way through a form: what is posted to each page, in order, and how it ends. */
export interface WalkedJourney {
  steps: readonly WalkedStep[];
  /** `sent`: complete, to be sent. `refused`: at a page for those who cannot apply. `stuck`: neither; the reason is the walk's. */
  end: 'sent' | 'refused' | 'stuck';
}

export interface Walk {
  /** Somebody can get to the end and send. */
  completed: boolean;
  /** Why nobody can; null if somebody can. */
  reason: string | null;
  /** The journeys that together show all that was shown, the first of them complete if one is. */
  journeys: readonly WalkedJourney[];
  pages: { covered: number; all: number; missed: readonly string[] };
  /** The conditions that decide something, how many of them were met and not met, and what was not seen of the others. */
  conditions: { bothWays: number; all: number; missed: readonly { name: string; never: 'met' | 'unmet' }[] };
}

/** A valid answer to a question, or none where it may be left empty. */
interface Choice {
  posted: Posted;
  answer: Answer | null;
}

/** Which choice each question gets, by its key; the first where nothing is said. */
type Choices = ReadonlyMap<string, Choice>;

/**
 * Walks through a form as people would: makes valid answers to each question, and looks for answers that lead to every page
 * and make every condition hold and not hold.
 *
 * @param today ISO date.
 * @param limits it stops after so many journeys or seconds, with what it has seen by then.
 */
export function walkForm(form: CompiledForm, today: string, { mostJourneys = 600, mostSeconds = 10 } = {}): Walk {
  return new Walker(form, today, { mostJourneys, until: performance.now() + mostSeconds * 1_000 }).walk();
}

class Walker {
  readonly #form: CompiledForm;
  /** Those inside repeats too. */
  readonly #pages: readonly CompiledPage[];
  readonly #today: string;
  readonly #mostJourneys: number;
  readonly #until: number;
  readonly #choices = new Map<string, readonly Choice[]>();
  readonly #pageOfKey = new Map<string, CompiledPage>();
  readonly #conditions: ReadonlyMap<string, NamedCondition>;
  readonly #used = new Map<string, CompiledCondition>();
  readonly #seen = new Map<string, Set<boolean>>();
  /** The choices that first led to each page. */
  readonly #leading = new Map<CompiledPage, Choices>();
  readonly #journeys: WalkedJourney[] = [];
  readonly #tried = new Set<string>();
  #walked = 0;
  #stuck: string | null = null;

  constructor(form: CompiledForm, today: string, { mostJourneys, until }: { mostJourneys: number; until: number }) {
    this.#until = until;
    this.#form = form;
    this.#today = today;
    this.#mostJourneys = mostJourneys;
    this.#conditions = new Map(form.form.conditions.map((condition) => [condition.id, condition]));
    const lists = new Map(form.form.lists.map((list) => [list.id, list]));
    const compared = findCompared(form.form);
    this.#pages = everyCompiledPage(form);
    for (const { repeat } of this.#pages)
      if (repeat) this.#choices.set(repeat.repeat.key, sampleCounts(repeat.repeat, compared));
    for (const page of [...this.#pages, ...(form.summary ? [form.summary] : [])]) {
      for (const compiled of page.questions) {
        const { key, required } = compiled.question;
        const posts = samplePosts(compiled.question, { lists, compared: compared.get(key) ?? [], today });
        const choices = new Map<string, Choice>();
        for (const posted of posts) {
          const { answer, mistakes } = compiled.parse(posted, { today });
          if (mistakes.length === 0 && answer !== null) choices.set(JSON.stringify(answer), { posted, answer });
        }
        if (!required) choices.set('', { posted: {}, answer: null });
        this.#choices.set(key, [...choices.values()]);
        this.#pageOfKey.set(key, page);
      }
    }
    for (const page of this.#pages) {
      for (const { condition } of decisionsOf(page)) {
        if (condition) this.#used.set(condition.id, condition);
      }
    }
    for (const id of this.#used.keys()) this.#seen.set(id, new Set());
  }

  walk(): Walk {
    this.#try(new Map());
    for (let before = -1; before !== this.#found() && this.#walked < this.#mostJourneys;) {
      before = this.#found();
      this.#seekPages();
      this.#seekConditions();
      this.#seekEnd();
    }
    const pages = this.#pages;
    const completed = this.#journeys.some(({ end }) => end === 'sent');
    const missed = pages.filter((page) => !this.#leading.has(page)).map(({ page }) => page.path);
    const unseen = [...this.#seen].flatMap(([id, outcomes]) => {
      const name = this.#conditions.get(id)?.displayName ?? id;
      return ([true, false] as const)
        .filter((outcome) => !outcomes.has(outcome))
        .map((outcome) => ({ name, never: outcome ? ('met' as const) : ('unmet' as const) }));
    });
    const bothWays = [...this.#seen.values()].filter(({ size }) => size === 2).length;
    return {
      completed,
      reason: completed
        ? null
        : (this.#stuck ?? 'Every way through the form ends at a page for those who cannot apply.'),
      journeys: this.#journeys.toSorted((one, other) => Number(other.end === 'sent') - Number(one.end === 'sent')),
      pages: { covered: pages.length - missed.length, all: pages.length, missed },
      conditions: { bothWays, all: this.#seen.size, missed: unseen },
    };
  }

  /** How much has been seen. */
  #found(): number {
    let outcomes = 0;
    for (const { size } of this.#seen.values()) outcomes += size;
    return outcomes + this.#leading.size + Number(this.#journeys.some(({ end }) => end === 'sent'));
  }

  #seekPages(): void {
    for (const { pages, around } of flowsOf(this.#form, null)) {
      for (const page of pages) if (!this.#leading.has(page)) this.#seekPage(page, pages, around);
    }
  }

  #seekPage(page: CompiledPage, pages: readonly CompiledPage[], around: CompiledPage | null): void {
    if (page.ways === null) {
      // Whoever came to the pages shortly before it may come to it as well.
      const near = pages.slice(Math.max(page.index - 15, 0), page.index).toReversed();
      const bases = [...near, ...(around ? [around] : [])].flatMap((each) => this.#leading.get(each) ?? []);
      if (page.condition) this.#seek(page.condition.id, true, bases);
    }
    const count = page.repeat?.repeat.countKey ?? around?.repeat?.repeat.key;
    if (count != null) this.#seekAnswers(count, around ?? page);
    for (const parent of page.ways === null ? [] : pages) {
      const base = this.#leading.get(parent);
      const ways = parent.ways ?? [];
      const place = ways.findIndex(({ to }) => to === page.index);
      if (base && place !== -1) this.#seekWay(base, ways, place);
    }
  }

  /** Tries what else can be answered to the question that says how often a page is asked. */
  #seekAnswers(key: string, page: CompiledPage): void {
    const asking = this.#pageOfKey.get(key) ?? page;
    const bases = [this.#leading.get(asking) ?? new Map<string, Choice>()];
    for (const choice of (this.#choices.get(key) ?? []).slice(0, 6)) {
      for (const base of bases) this.#try(new Map([...base, [key, choice]]));
    }
  }

  /** Tries to be led along one way on from a page, which is taken if none before it is. */
  #seekWay(base: Choices, ways: readonly CompiledWay[], place: number): void {
    let found: Choices[] = [base];
    ways.slice(0, place + 1).forEach(({ condition }, index) => {
      if (condition)
        found = this.#both(found, this.#satisfy({ kind: 'condition', id: condition.id }, index === place, 0));
    });
    for (const choices of found) this.#try(choices);
  }

  #seekConditions(): void {
    for (const [id, outcomes] of this.#seen) {
      for (const wanted of [true, false]) {
        if (outcomes.has(wanted)) continue;
        // Where the condition is asked: on a page that has it, with what leads to that page.
        const places = this.#pages.filter((page) => decisionsOf(page).some(({ condition }) => condition?.id === id));
        this.#seek(
          id,
          wanted,
          places.flatMap((page) => this.#leading.get(page) ?? []),
        );
      }
    }
  }

  #seek(id: string, wanted: boolean, bases: readonly Choices[]): void {
    const found = this.#satisfy({ kind: 'condition', id }, wanted, 0);
    for (const choices of found) {
      this.#try(choices);
      for (const base of bases) for (const both of this.#both([base], [choices])) this.#try(both);
      // What the condition asks about must be come to first.
      let reached: Choices = choices;
      for (const key of choices.keys()) {
        const page = this.#pageOfKey.get(key);
        reached = new Map([...((page && this.#leading.get(page)) ?? []), ...reached]);
      }
      this.#try(reached);
    }
  }

  /** Nobody got to the end yet: another choice at each question on the way may lead there. */
  #seekEnd(): void {
    if (this.#journeys.some(({ end }) => end === 'sent')) return;
    // The pages known now: what is tried adds others.
    const known = [...this.#leading];
    for (const [page, base] of known) {
      for (const { question } of page.questions) {
        for (const choice of (this.#choices.get(question.key) ?? []).slice(0, 20)) {
          this.#try(new Map([...base, [question.key, choice]]));
        }
      }
    }
  }

  /** Choices that make an expression come to what is wanted, a few of them. */
  #satisfy(expression: Expression, wanted: boolean, depth: number): Choices[] {
    if (depth > 30) return [];
    switch (expression.kind) {
      case 'not':
        return this.#satisfy(expression.of, !wanted, depth + 1);
      case 'condition': {
        const named = this.#conditions.get(expression.id)?.expression;
        return named ? this.#satisfy(named, wanted, depth + 1) : [];
      }
      case 'compare': {
        const [compiled] = compileConditions([{ id: '', displayName: '', expression, extra: {} }]).values();
        const { key } = expression;
        const fits = (this.#choices.get(key) ?? []).filter(
          ({ answer }) => compiled?.holds({ answer: () => answer ?? undefined, today: this.#today }) === wanted,
        );
        return fits.slice(0, 3).map((choice) => new Map([[key, choice]]));
      }
      case 'all':
      case 'any': {
        const parts = expression.of.map((part) => this.#satisfy(part, wanted, depth + 1));
        if ((expression.kind === 'any') === wanted) return parts.flatMap((part) => part.slice(0, 2)).slice(0, 12);
        return parts.reduce((found, part) => this.#both(found, part), [new Map<string, Choice>()]);
      }
    }
  }

  /** Each of the one with each of the other, where they agree; the other has its way if none do. */
  #both(ones: readonly Choices[], others: readonly Choices[]): Choices[] {
    const agreeing: Choices[] = [];
    const forced: Choices[] = [];
    for (const one of ones) {
      for (const other of others) {
        const differs = [...other].some(([key, choice]) => (one.get(key) ?? choice) !== choice);
        (differs ? forced : agreeing).push(new Map([...one, ...other]));
      }
    }
    return [...agreeing, ...forced].slice(0, 8);
  }

  #try(choices: Choices): void {
    if (this.#isOver()) return;
    const name = [...choices]
      .map(([key, { answer }]) => `${key}=${JSON.stringify(answer)}`)
      .toSorted()
      .join('&');
    if (this.#tried.has(name)) return;
    this.#tried.add(name);
    this.#walked++;
    const before = this.#found();
    const journey = this.#follow(choices);
    const isFirstSent = journey.end === 'sent' && !this.#journeys.some(({ end }) => end === 'sent');
    if (this.#found() > before || isFirstSent || this.#journeys.length === 0) this.#journeys.push(journey);
  }

  /** The first journey is always taken. */
  #isOver(): boolean {
    return this.#walked > 0 && (this.#walked >= this.#mostJourneys || performance.now() > this.#until);
  }

  #follow(choices: Choices): WalkedJourney {
    const way: Way = { choices, saved: new Map(), steps: [], passed: new Map(), met: new Set() };
    const stop = this.#followFlow(this.#form, way, []) ?? this.#findLeft(way);
    if (stop === 'refused') return { steps: way.steps, end: 'refused' };
    if (stop === null) return { steps: way.steps, end: 'sent' };
    this.#stuck ??= stop.stuck;
    return { steps: way.steps, end: 'stuck' };
  }

  /** What is asked for again at the end, or cannot be answered there. */
  #findLeft({ saved }: Way): Stop | null {
    const unanswered = this.#form.journey(saved, this.#today).firstUnanswered();
    if (unanswered) return { stuck: `The page "${unanswered.page.page.path}" is asked for again at the end.` };
    for (const { question } of this.#form.summary?.questions ?? []) {
      if (this.#choices.get(question.key)?.[0]) continue;
      return { stuck: `No valid answer was found to "${question.title}" on the last page.` };
    }
    return null;
  }

  /** Goes through the pages of a flow. Says why it does not get to their end. */
  #followFlow(flow: CompiledFlow, way: Way, path: readonly Inside[]): Stop | null {
    const { pages } = flow;
    let journey = this.#inside(way, path);
    let page = journey.askedPages()[0] ?? null;
    if (page) this.#consult(way, pages.slice(0, page.index + 1));
    while (page) {
      const key = journey.keyOf(page);
      if (way.met.has(key)) return { stuck: `The page "${page.page.path}" is come to again and again.` };
      way.met.add(key);
      if (!this.#leading.has(page)) this.#leading.set(page, way.choices);
      this.#consult(way, shownBy(page));
      if (page.page.kind === 'terminal') return 'refused';
      const stop = page.repeat ? this.#fillList(page, way, path) : this.#answerPage(page, way, journey);
      if (stop) return stop;
      journey = this.#inside(way, path);
      const next: CompiledPage | null = journey.nextPage(page);
      this.#consult(way, page.ways ?? pages.slice(page.index + 1, (next?.index ?? pages.length) + 1));
      page = next;
    }
    return null;
  }

  #inside({ saved }: Way, path: readonly Inside[]): Journey {
    const whole = this.#form.journey(saved, this.#today);
    return path.reduce((journey, { page, name }) => journey.inItem(page, name), whole);
  }

  #answerPage(page: CompiledPage, way: Way, journey: Journey): Stop | null {
    const posted: Record<string, unknown> = {};
    for (const { question } of journey.shownParts(page)) {
      if (!question) continue;
      const { key, title } = question.question;
      // Not every choice is offered to everybody.
      const isTaken = ({ posted: given }: Choice): boolean =>
        question.parse(given, { today: this.#today }).mistakes.length === 0;
      const wanted = way.choices.get(key) ?? this.#choices.get(key)?.[0];
      const choice = wanted && !isTaken(wanted) ? (this.#choices.get(key)?.find(isTaken) ?? wanted) : wanted;
      if (!choice) return { stuck: `No valid answer was found to "${title}" on the page "${page.page.path}".` };
      Object.assign(posted, choice.posted);
    }
    const { answers, mistakes } = journey.readPage(page, posted);
    const [mistake] = mistakes;
    if (mistake) return { stuck: `The page "${page.page.path}" does not take its answers: ${mistake.text}.` };
    way.steps.push({ page, key: journey.keyOf(page), posted });
    way.saved.set(journey.keyOf(page), answers);
    for (const [key, answer] of Object.entries(answers)) way.passed.set(key, answer);
    return null;
  }

  /** Adds as many things as there are to be, and answers what is asked about each. */
  #fillList(page: CompiledPage, way: Way, path: readonly Inside[]): Stop | null {
    const { repeat } = page;
    if (!repeat) return null;
    const { key: countedBy, min, max, countKey } = repeat.repeat;
    const key = this.#inside(way, path).keyOf(page);
    const choice = way.choices.get(countedBy) ?? this.#choices.get(countedBy)?.[0];
    const wanted = Math.min(Math.max(Number(choice?.answer ?? min), min), max);
    const names =
      countKey === null
        ? Array.from({ length: wanted }, (_, index) => String(1_000 + index))
        : this.#inside(way, path).itemsOf(page);
    if (names.length > mostItemsWalked) {
      return { stuck: `The page "${page.page.path}" would have to be answered ${names.length} times.` };
    }
    for (const [index, name] of names.entries()) {
      if (countKey === null && (index > 0 || min === 0)) way.steps.push({ page, key, posted: { another: 'yes' } });
      const stop = this.#followFlow(repeat.flow, way, [...path, { page, name }]);
      if (stop) return stop;
      if (repeat.flow.pages.length > 1) way.steps.push({ page, key: `${key}/~${name}`, posted: null });
    }
    const isOpen = this.#inside(way, path).mayAdd(page);
    way.steps.push({ page, key, posted: isOpen ? { another: 'no' } : {} });
    way.saved.set(key, {});
    way.passed.set(countedBy, names.length);
    return null;
  }

  #consult({ passed }: Way, conditions: readonly { condition: CompiledCondition | null }[]): void {
    for (const { condition } of conditions) {
      if (!condition) continue;
      const holds = condition.holds({ answer: (key) => passed.get(key), today: this.#today });
      this.#seen.get(condition.id)?.add(holds);
    }
  }
}

/** What one journey has come to so far. */
interface Way {
  choices: Choices;
  saved: Map<string, Answers>;
  steps: WalkedStep[];
  passed: Map<string, Answer>;
  met: Set<string>;
}

type Stop = 'refused' | { stuck: string };

interface Inside {
  page: CompiledPage;
  name: string;
}

/** A form that asks for more of a thing is walked no further. */
const mostItemsWalked = 60;

/** The flow of a form and those inside its repeats, each with the page that it is inside of. */
function flowsOf(
  flow: CompiledFlow,
  around: CompiledPage | null,
): { pages: readonly CompiledPage[]; around: CompiledPage | null }[] {
  const inner = flow.pages.flatMap((page) => (page.repeat ? flowsOf(page.repeat.flow, page) : []));
  return [{ pages: flow.pages, around }, ...inner];
}

const everyCompiledPage = (flow: CompiledFlow): CompiledPage[] => flowsOf(flow, null).flatMap(({ pages }) => pages);

/** What the parts of a page, and the choices on it, turn on. */
const shownBy = ({ parts }: CompiledPage): { condition: CompiledCondition | null }[] =>
  parts.flatMap((part) => [part, ...part.choices]);

/** All that is decided about a page, on it and after it. */
const decisionsOf = (page: CompiledPage): { condition: CompiledCondition | null }[] => [
  page,
  ...(page.ways ?? []),
  ...shownBy(page),
];

/** How many things a person might add: one, the fewest, and those that conditions ask about. */
function sampleCounts({ key, min, max }: Repeat, compared: Compared): Choice[] {
  const asked = (compared.get(key) ?? []).flatMap((operand) =>
    operand.type === 'value' ? [Number(operand.value), Number(operand.value) + 1, Number(operand.value) - 1] : [],
  );
  const counts = [Math.max(min, 1), min, 2, ...asked].filter(
    (count) => Number.isSafeInteger(count) && count >= min && count <= max,
  );
  return [...new Set(counts)].map((answer) => ({ posted: {}, answer }));
}
