import type { Form, Link, Page } from '../definition/form.ts';

/** Where a page leads. `to` is null where check your answers comes next. */
export interface Way {
  condition: string | null;
  to: Page | null;
}

/** How the pages of a form whose flow is `graph` lead to each other. */
export interface Ways {
  /** The first page that asks or tells something; null if the form has no such page. */
  first: Page | null;
  /** The ways on from each page, in the order in which they are tried: the last has no condition. A terminal page has none. */
  from: ReadonlyMap<Page, readonly Way[]>;
  /** The pages that can be come to, each after those that lead to it, as far as they do not lead in a circle. */
  order: readonly Page[];
  /** Pages that lead back to themselves, the first of each circle standing at its end again. */
  circles: readonly (readonly Page[])[];
  /** Pages from which nobody gets to the end, whatever is answered. */
  endless: readonly Page[];
}

/**
 * Finds the ways through a form. As in the engines that its dialects come from: the first way whose condition holds is taken,
 * else the last one that has no condition, else the form is at its end; a way to a page that does not exist is no way.
 */
export function findWays(form: Pick<Form, 'startPath' | 'pages'>): Ways {
  const byPath = new Map<string, Page>();
  for (const page of form.pages) if (!byPath.has(pathOf(page.path))) byPath.set(pathOf(page.path), page);
  const from = new Map<Page, Way[]>();
  for (const page of form.pages) from.set(page, waysFrom(page, byPath));
  const start = byPath.get(pathOf(form.startPath ?? '')) ?? form.pages[0] ?? null;
  const begun = start?.kind === 'start' ? from.get(start) : undefined;
  const first = begun ? (begun.at(-1)?.to ?? begun[0]?.to ?? null) : start && passOver(start, byPath);
  const { order, circles } = orderPages(first, from);
  return { first, from, order, circles, endless: findEndless(order, from) };
}

/** Definitions write a path with its slash or without it. */
const pathOf = (path: string): string => path.replace(/^\/+/, '');

function waysFrom(page: Page, byPath: ReadonlyMap<string, Page>): Way[] {
  if (page.kind === 'terminal') return [];
  const ways: Way[] = [];
  let otherwise: Way = { condition: null, to: null };
  for (const { path, condition } of page.next) {
    const target = byPath.get(pathOf(path));
    if (!target) continue;
    const way = { condition, to: passOver(target, byPath) };
    if (condition === null) otherwise = way;
    else ways.push(way);
  }
  return [...ways, otherwise];
}

/** The page that a person comes to who is sent to this one, or null for check your answers. */
function passOver(page: Page, byPath: ReadonlyMap<string, Page>): Page | null {
  const passed = new Set<Page>();
  let target: Page | undefined = page;
  while (target?.kind === 'passed-over' && !passed.has(target)) {
    passed.add(target);
    const on: Link | undefined = target.next.findLast(({ condition }) => condition === null) ?? target.next[0];
    target = on && byPath.get(pathOf(on.path));
  }
  if (!target || target.kind === 'summary' || target.kind === 'passed-over') return null;
  return target;
}

/** Goes through the pages depth first, without recursion: a form may be a thousand pages long. */
function orderPages(first: Page | null, from: ReadonlyMap<Page, readonly Way[]>): { order: Page[]; circles: Page[][] } {
  const backwards: Page[] = [];
  const circles: Page[][] = [];
  const state = new Map<Page, 'open' | 'done'>();
  const trail: { page: Page; ways: Way[] }[] = [];
  const enter = (page: Page): void => {
    state.set(page, 'open');
    // What is gone to last comes first in the order, so the ways are gone from the last to the first.
    trail.push({ page, ways: [...(from.get(page) ?? [])] });
  };
  if (first) enter(first);
  for (let last = trail.at(-1); last; last = trail.at(-1)) {
    const way = last.ways.pop();
    if (!way) {
      state.set(last.page, 'done');
      backwards.push(last.page);
      trail.pop();
    } else if (way.to && !state.has(way.to)) enter(way.to);
    else if (way.to && state.get(way.to) === 'open') {
      const { to } = way;
      const begin = trail.findIndex(({ page }) => page === to);
      circles.push([...trail.slice(begin).map(({ page }) => page), to]);
    }
  }
  return { order: backwards.toReversed(), circles };
}

function findEndless(order: readonly Page[], from: ReadonlyMap<Page, readonly Way[]>): Page[] {
  const ending = new Set<Page>();
  const ends = (page: Page): boolean => {
    const ways = from.get(page) ?? [];
    return ways.length === 0 || ways.some(({ to }) => to === null || ending.has(to));
  };
  for (let before = -1; before !== ending.size;) {
    before = ending.size;
    for (const page of order.toReversed()) if (!ending.has(page) && ends(page)) ending.add(page);
  }
  return order.filter((page) => !ending.has(page));
}
