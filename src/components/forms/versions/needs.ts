import type { CompiledPage } from './compile.ts';
import type { CompiledCondition } from '../conditions/conditions.ts';
import type { Mention } from '../content/mentions.ts';

/** What must be loaded for a page, in its own flow. */
export interface FlowNeeds {
  /** Slugs of the pages whose answers count, the page itself among them. */
  answers: readonly string[];
  /** Slugs of the pages of which it only matters whether they were answered. */
  presence: readonly string[];
  /** Slugs of the repeats of which everything in every item counts. */
  items: readonly string[];
  /** Slugs of the repeats of which it only matters which items there are. */
  itemNames: readonly string[];
}

/** What must be loaded of an application, as its rows are keyed. */
export interface PageNeeds {
  /** Keys of the rows whose answers count. */
  answers: readonly string[];
  /** Keys of the rows of which it only matters that they are there. */
  presence: readonly string[];
  /** Beginnings of keys: of each row that begins with one the answers count. */
  within?: readonly string[];
  /** The same, where it only matters that they are there. */
  names?: readonly string[];
}

/**
 * Works out for each page of a flow which other pages a request about it has to load: those that decide whether it is asked,
 * what it shows and what comes next, and no others, so that the cost of a page does not grow with the form.
 */
export function findNeeds(pages: readonly CompiledPage[]): CompiledPage[] {
  const flow = new FlowOfKeys(pages);
  const dependencies = pages[0]?.ways ? graphDependencies(pages, flow) : orderDependencies(pages, flow);
  return pages.map((page) => {
    const { deciding, before, anchors } = dependencies(page);
    const shown = [...flow.pagesOf(conditionsOf(page), page), ...flow.pagesMentioned(page)];
    const answers = new Set([page.index, ...deciding]);
    for (const index of shown) for (const each of [index, ...flow.decidingOf(index)]) answers.add(each);
    if (page.page.kind === 'section-summary') {
      for (const each of pages) {
        if (each.page.section === page.page.section && each.index !== page.index) answers.add(each.index);
      }
    }
    const own = needsOf(pages, answers, before);
    const needs = page.repeat ? { ...own, items: [...new Set([...own.items, page.slug])] } : own;
    const inside = page.repeat ? insideNeeds(page, pages, flow, { deciding, before }) : null;
    // What was brought along in a hidden value is kept, whatever is posted.
    const isHiding = page.questions.some(({ question }) => question.kind === 'hidden');
    const standsAlone =
      !isHiding && needs.answers.length === 1 && needs.items.length === 0 && needs.presence.length <= 1 && !page.repeat;
    return { ...page, anchors, needs, rows: rowsOf(needs), inside, standsAlone };
  });
}

/** What the parts of a page and the choices on it turn on. */
const conditionsOf = ({ parts }: CompiledPage): (CompiledCondition | null)[] =>
  parts.flatMap(({ condition, choices }) => [condition, ...choices.map((choice) => choice.condition)]);

/** The answers that the texts of a page mention. */
const mentionsOf = ({ mentions, parts }: CompiledPage): readonly Mention[] => [
  ...mentions,
  ...parts.flatMap((part) => part.mentions),
];

/** What a page outside of items needs, as rows. */
function rowsOf({ answers, presence, items, itemNames }: FlowNeeds): PageNeeds {
  if (items.length === 0 && itemNames.length === 0) return { answers, presence };
  const beginnings = (slugs: readonly string[]): string[] => slugs.map((slug) => `${slug}/~`);
  return { answers, presence, within: beginnings(items), names: beginnings(itemNames) };
}

interface Dependencies {
  /** Places of the pages whose answers decide whether the page is asked and which comes next. */
  deciding: ReadonlySet<number>;
  /** Places of the pages that may come right before it. */
  before: ReadonlySet<number>;
  anchors: readonly number[];
}

/** Which page of a flow each key is answered on, and what in turn decides about that page. */
class FlowOfKeys {
  readonly #pageOfKey = new Map<string, number>();
  /** Of the page of a repeat: the pages outside that decide what is asked in its items. */
  readonly #around = new Map<number, readonly number[]>();
  /** Filled by whoever knows how the pages follow each other. */
  decidingOf: (index: number) => Iterable<number> = () => [];

  constructor(pages: readonly CompiledPage[]) {
    for (const page of pages) {
      for (const { question } of page.questions) this.#pageOfKey.set(question.key, page.index);
      for (const key of repeatedKeys(page)) this.#pageOfKey.set(key, page.index);
    }
    for (const page of pages) {
      if (page.repeat === null) continue;
      const around = [...outerKeys(page)].flatMap((key) => this.#pageOfKey.get(key) ?? []);
      this.#around.set(
        page.index,
        around.filter((index) => index !== page.index),
      );
    }
  }

  /** The pages of this flow that conditions are about, and the answer that says how often a page is asked. */
  pagesOf(conditions: readonly (CompiledCondition | null)[], page?: CompiledPage): number[] {
    const found = new Set<number>();
    for (const condition of conditions) {
      for (const key of condition?.keys ?? []) {
        const index = this.#pageOfKey.get(key);
        if (index !== undefined) found.add(index);
      }
    }
    const count = page?.repeat?.repeat.countKey;
    const counting = count === undefined || count === null ? undefined : this.#pageOfKey.get(count);
    if (counting !== undefined) found.add(counting);
    return this.#withAround(found);
  }

  /** An answer inside an item counts only where it is asked, which may turn on answers outside. */
  #withAround(indexes: Iterable<number>): number[] {
    const all = new Set(indexes);
    for (const index of all) for (const each of this.#around.get(index) ?? []) all.add(each);
    return [...all];
  }

  /** The pages of this flow whose answers the texts of a page mention. */
  pagesMentioned(page: CompiledPage): number[] {
    return this.#withAround(mentionsOf(page).flatMap(({ key }) => this.#pageOfKey.get(key) ?? []));
  }

  has(key: string): boolean {
    return this.#pageOfKey.has(key);
  }

  pageOf(key: string): number | undefined {
    return this.#pageOfKey.get(key);
  }
}

function repeatedKeys({ repeat }: CompiledPage): string[] {
  return repeat ? [repeat.repeat.key, ...repeat.flow.pageOfKey.keys()] : [];
}

/** Whether a page is asked turns on the answers of earlier pages, and on whether those were asked themselves. */
function orderDependencies(pages: readonly CompiledPage[], flow: FlowOfKeys): (page: CompiledPage) => Dependencies {
  const deciding: ReadonlySet<number>[] = [];
  flow.decidingOf = (index) => deciding[index] ?? [];
  for (const page of pages) {
    const found = new Set<number>();
    for (const index of flow.pagesOf([page.condition], page)) {
      if (index >= page.index) continue;
      found.add(index);
      for (const earlier of deciding[index] ?? []) found.add(earlier);
    }
    deciding.push(found);
  }
  const isAlwaysAsked = ({ condition, repeat }: CompiledPage): boolean =>
    condition === null && (repeat === null || repeat.repeat.countKey === null);
  return ({ index }) => {
    const all = new Set(deciding[index]);
    const before = new Set<number>();
    for (let earlier = index - 1; earlier >= 0; earlier--) {
      before.add(earlier);
      for (const each of deciding[earlier] ?? []) all.add(each);
      const page = pages[earlier];
      if (!page || isAlwaysAsked(page)) break;
    }
    for (let later = index + 1; later < pages.length; later++) {
      for (const each of deciding[later] ?? []) all.add(each);
      const page = pages[later];
      if (!page || isAlwaysAsked(page)) break;
    }
    return { deciding: all, before, anchors: [] };
  };
}

/**
 * Where pages lead to each other, everybody who gets to the end passes certain pages, here called anchors. Which way a person
 * takes between two of them turns on nothing that lies before the first, but for the answers that its conditions name.
 */
function graphDependencies(pages: readonly CompiledPage[], flow: FlowOfKeys): (page: CompiledPage) => Dependencies {
  const isAnchor = pages.map((page) => page.index === 0 || !leadsToEnd(pages, page.index));
  const anchorsOf = pages.map(() => new Set<number>());
  const segments = new Map<number, number[]>();
  pages.forEach((_, index) => {
    if (!isAnchor[index]) return;
    const segment = reachedFrom(pages, index, (each) => isAnchor[each] === true);
    segments.set(index, segment);
    for (const each of segment) if (each === index || !isAnchor[each]) anchorsOf[each]?.add(index);
  });
  const before = pages.map(() => new Set<number>());
  for (const { index, ways } of pages) for (const { to } of ways ?? []) if (to !== null) before[to]?.add(index);
  const decidingAt = new Map<number, ReadonlySet<number>>();
  const decideSegment = (anchor: number): ReadonlySet<number> => {
    const known = decidingAt.get(anchor);
    if (known) return known;
    const found = new Set<number>();
    decidingAt.set(anchor, found);
    for (const index of segments.get(anchor) ?? []) {
      const page = pages[index];
      if (!page) continue;
      // A page that is asked as many times as an answer says may not be asked at all, and then leads on.
      const skipped = isAnchor[index] === true && index !== anchor && page.repeat?.repeat.countKey != null;
      const ways = index === anchor || !isAnchor[index] || skipped ? (page.ways ?? []) : [];
      for (const each of flow.pagesOf(
        ways.map(({ condition }) => condition),
        page,
      )) {
        found.add(each);
        for (const anchorOfEach of anchorsOf[each] ?? [])
          for (const more of decideSegment(anchorOfEach)) found.add(more);
      }
    }
    return found;
  };
  flow.decidingOf = (index) => [...(anchorsOf[index] ?? [])].flatMap((anchor) => [...decideSegment(anchor)]);
  return ({ index }) => {
    const deciding = new Set(flow.decidingOf(index));
    if (isAnchor[index]) {
      for (const earlier of before[index] ?? []) for (const each of flow.decidingOf(earlier)) deciding.add(each);
    }
    const anchors = [...(anchorsOf[index] ?? [])].toSorted((one, other) => one - other);
    return { deciding, before: before[index] ?? new Set(), anchors };
  };
}

/** Whether somebody gets to the end who does not pass a page. */
function leadsToEnd(pages: readonly CompiledPage[], without: number): boolean {
  const seen = new Set([without, 0]);
  const open = [0];
  for (let index = open.pop(); index !== undefined; index = open.pop()) {
    for (const { to } of pages[index]?.ways ?? []) {
      if (to === null) return true;
      if (seen.has(to)) continue;
      seen.add(to);
      open.push(to);
    }
  }
  return false;
}

/** The pages that can be come to from one, this one and the stops among them, without going beyond a stop. */
function reachedFrom(pages: readonly CompiledPage[], from: number, isStop: (index: number) => boolean): number[] {
  const seen = new Set([from]);
  const open = [from];
  for (let index = open.pop(); index !== undefined; index = open.pop()) {
    if (index !== from && isStop(index)) continue;
    for (const { to } of pages[index]?.ways ?? []) {
      if (to === null || seen.has(to)) continue;
      seen.add(to);
      open.push(to);
    }
  }
  return [...seen];
}

/** What the pages inside a repeat need of the flow that the repeat is in. */
function insideNeeds(
  page: CompiledPage,
  pages: readonly CompiledPage[],
  flow: FlowOfKeys,
  { deciding, before }: { deciding: ReadonlySet<number>; before: ReadonlySet<number> },
): FlowNeeds {
  const answers = new Set(deciding);
  for (const key of outerKeys(page)) {
    const index = flow.pageOf(key);
    if (index === undefined || index === page.index) continue;
    answers.add(index);
    for (const each of flow.decidingOf(index)) answers.add(each);
  }
  answers.delete(page.index);
  const needs = needsOf(pages, answers, before);
  return { ...needs, presence: [...needs.presence, page.slug], itemNames: [page.slug] };
}

/** The keys that conditions inside a repeat are about and that are not answered inside it. */
export function outerKeys({ repeat }: CompiledPage): Set<string> {
  const found = new Set<string>();
  if (!repeat) return found;
  for (const page of repeat.flow.pages) {
    const conditions = [page.condition, ...(page.ways ?? []).map(({ condition }) => condition)];
    conditions.push(...conditionsOf(page));
    for (const condition of conditions) for (const key of condition?.keys ?? []) found.add(key);
    for (const { key } of mentionsOf(page)) found.add(key);
    for (const key of outerKeys(page)) found.add(key);
    if (page.repeat?.repeat.countKey != null) found.add(page.repeat.repeat.countKey);
  }
  for (const key of repeat.flow.pageOfKey.keys()) found.delete(key);
  return found;
}

function needsOf(pages: readonly CompiledPage[], answers: Iterable<number>, before: Iterable<number>): FlowNeeds {
  const needed = new Set(answers);
  const slugOf = (index: number): string[] => {
    const page = pages[index];
    return page ? [page.slug] : [];
  };
  const isRepeat = (index: number): boolean => pages[index]?.repeat !== null;
  return {
    answers: [...needed].filter((index) => !isRepeat(index)).flatMap(slugOf),
    presence: [
      ...[...before].filter((index) => !needed.has(index) || isRepeat(index)),
      ...[...needed].filter((index) => isRepeat(index)),
    ].flatMap(slugOf),
    items: [...needed].filter((index) => isRepeat(index)).flatMap(slugOf),
    itemNames: [],
  };
}
