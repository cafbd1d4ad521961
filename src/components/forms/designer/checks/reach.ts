import { compileConditions, findDependencies } from '../../conditions/conditions.ts';
import type { CompiledCondition, Facts } from '../../conditions/conditions.ts';
import { everyPage, isQuestion } from '../../definition/form.ts';
import type { Answer, Form, Page, Question } from '../../definition/form.ts';
import { answersToTry, findComparisons } from './answers.ts';

/** Whether there are answers with which something is so. `unknown`: it cannot be told. */
export type Possible = 'yes' | 'no' | 'unknown';

export interface Reach {
  /** By id of the condition: whether it can ever hold, and whether it can ever not hold. */
  conditions: Map<string, { holds: Possible; fails: Possible }>;
  /** Whether anybody comes to the page: that its condition holds, and no page before it ends the form. */
  pages: Map<Page, Possible>;
}

/** How many sets of answers are tried for one condition or page, and for the whole form. */
const mostTried = 20_000;
const mostTriedInAll = 300_000;

/**
 * Works out which conditions can hold and which pages can be come to, by trying every set of answers that conditions can
 * tell apart: options one by one, numbers, dates and lengths on each side of what they are compared with. Answers to a
 * page count only where it is asked. Where the sets are too many, or a question may be answered in ways that cannot be
 * told apart (a pattern, an address, a phone number), the result is `unknown`.
 *
 * Only for forms whose pages are in order.
 */
export function findReach(form: Form, today: string): Reach {
  return new Search(form, today).run();
}

type IsAsked = (page: Page) => boolean;

class Search {
  readonly #form: Form;
  readonly #today: string;
  readonly #compiled: ReadonlyMap<string, CompiledCondition>;
  readonly #keys: ReadonlyMap<string, ReadonlySet<string>>;
  readonly #asked = new Map<string, { page: Page; question: Question }>();
  readonly #answers = new Map<string, readonly (Answer | undefined)[] | null>();
  readonly #comparisons: ReturnType<typeof findComparisons>;
  #tried = 0;

  constructor(form: Form, today: string) {
    this.#form = form;
    this.#today = today;
    this.#compiled = compileConditions(form.conditions);
    this.#keys = findDependencies(form.conditions).keys;
    this.#comparisons = findComparisons(form.conditions);
    for (const page of everyPage(form)) {
      for (const question of page.components) {
        if (isQuestion(question)) this.#asked.set(question.key, { page, question });
      }
    }
  }

  run(): Reach {
    const conditions: Reach['conditions'] = new Map();
    for (const { id, expression } of this.#form.conditions) {
      const condition = this.#compiled.get(id);
      if (!condition || !expression) continue;
      const keys = this.#keysFor(condition.keys);
      conditions.set(id, {
        holds: this.#search(keys, (facts) => condition.holds(facts)),
        fails: this.#search(keys, (facts) => !condition.holds(facts)),
      });
    }
    const pages: Reach['pages'] = new Map();
    const ending: Page[] = [];
    for (const page of everyPage(this.#form)) {
      pages.set(page, this.#reach(page, ending));
      if (page.kind === 'terminal') ending.push(page);
    }
    return { conditions, pages };
  }

  #reach(page: Page, ending: readonly Page[]): Possible {
    const own = this.#conditionOf(page);
    const alone = own ? this.#search(this.#keysFor(own.keys), (_facts, isAsked) => isAsked(page)) : 'yes';
    if (alone !== 'yes' || ending.length === 0) return alone;
    if (ending.some((end) => end.condition === null)) return 'no';
    const keys = new Set(own?.keys);
    for (const end of ending) for (const key of this.#conditionOf(end)?.keys ?? []) keys.add(key);
    return this.#search(this.#keysFor(keys), (_facts, isAsked) => isAsked(page) && !ending.some(isAsked));
  }

  #conditionOf(page: Page): CompiledCondition | null {
    return page.condition === null ? null : (this.#compiled.get(page.condition) ?? null);
  }

  /** The keys that count, through the conditions of the pages that they are asked on; null if one cannot be told. */
  #keysFor(keys: ReadonlySet<string>): string[] | null {
    const found = new Set<string>();
    const open = [...keys];
    for (let key = open.pop(); key !== undefined; key = open.pop()) {
      if (found.has(key)) continue;
      found.add(key);
      const asked = this.#asked.get(key);
      if (!asked) return null;
      for (const id of [asked.page.condition, asked.question.condition]) {
        if (id !== null) open.push(...(this.#keys.get(id) ?? []));
      }
    }
    return [...found];
  }

  #answersTo(key: string): readonly (Answer | undefined)[] | null {
    const known = this.#answers.get(key);
    if (known !== undefined) return known;
    const asked = this.#asked.get(key);
    const answers = asked
      ? answersToTry(asked.question, this.#comparisons.get(key) ?? [], this.#form, this.#today)
      : null;
    const told = answers && this.#tellApart(answers, key);
    this.#answers.set(key, told);
    return told;
  }

  /** One answer of those that no comparison tells apart. */
  #tellApart(answers: readonly (Answer | undefined)[], key: string): (Answer | undefined)[] {
    const tests = [
      ...compileConditions(
        (this.#comparisons.get(key) ?? []).map((expression, index) => ({
          id: String(index),
          displayName: '',
          expression,
          extra: {},
        })),
      ).values(),
    ];
    const seen = new Map<string, Answer | undefined>();
    for (const answer of answers) {
      const facts = { answer: () => answer, today: this.#today };
      const marks = tests.map((test) => (test.holds(facts) ? 1 : 0)).join('');
      const mark = `${answer === undefined ? 'none' : 'some'} ${marks}`;
      if (!seen.has(mark)) seen.set(mark, answer);
    }
    return [...seen.values()];
  }

  #search(keys: readonly string[] | null, isWanted: (facts: Facts, isAsked: IsAsked) => boolean): Possible {
    if (!keys) return 'unknown';
    const choices: (readonly (Answer | undefined)[])[] = [];
    let sets = 1;
    for (const key of keys) {
      const answers = this.#answersTo(key);
      if (!answers) return 'unknown';
      choices.push(answers);
      sets *= answers.length;
    }
    // A question that can be given no answer, because of its own limits, stops everybody.
    if (sets === 0) return 'no';
    if (sets > mostTried || this.#tried + sets > mostTriedInAll) return 'unknown';
    this.#tried += sets;
    for (let set = 0; set < sets; set++) {
      const chosen = new Map<string, Answer | undefined>();
      let rest = set;
      keys.forEach((key, index) => {
        const answers = choices[index] ?? [];
        chosen.set(key, answers[rest % answers.length]);
        rest = Math.floor(rest / answers.length);
      });
      const { facts, isAsked } = this.#journeyOf(chosen);
      if (isWanted(facts, isAsked)) return 'yes';
    }
    return 'no';
  }

  /** What counts of a set of answers: those to questions that are asked. */
  #journeyOf(chosen: ReadonlyMap<string, Answer | undefined>): { facts: Facts; isAsked: IsAsked } {
    const asked = new Map<Page, boolean>();
    const facts: Facts = {
      today: this.#today,
      answer: (key) => {
        const where = this.#asked.get(key);
        return where && isAsked(where.page) ? chosen.get(key) : undefined;
      },
    };
    const isAsked: IsAsked = (page) => {
      const known = asked.get(page);
      if (known !== undefined) return known;
      // Meanwhile it is not: a page that depends on itself is not asked on its own account.
      asked.set(page, false);
      const is = page.condition === null || (this.#conditionOf(page)?.holds(facts) ?? false);
      asked.set(page, is);
      return is;
    };
    return { facts, isAsked };
  }
}
