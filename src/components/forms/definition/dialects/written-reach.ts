import type { Expression, Page } from '../form.ts';
import type { Ways } from '../../versions/ways.ts';
import type { ConditionWriter } from './written-conditions.ts';

/**
 * Says of each page under which condition a person comes to it; null if everybody does, false if nobody. Where every way on from a page comes
 * together again in another, the second is asked of the same people as the first, whatever lies between.
 */
export function findReach(
  ways: Ways,
  asked: readonly Page[],
  conditions: ConditionWriter,
): Map<Page, Expression | null | false> {
  const { order, from } = ways;
  const before = new Map<Page, Page[]>();
  for (const page of order) {
    for (const { to } of from.get(page) ?? []) if (to) before.set(to, [...(before.get(to) ?? []), page]);
  }
  const places = new Map(order.map((page, index) => [page, index]));
  const above = findDominators(order, before, places);
  // Who is led to a page for those who cannot apply stops there: that page comes before all others.
  const stops = new Set(order.filter((page) => page.kind === 'terminal' && new Set(before.get(page)).size === 1));
  const reach = new Map<Page, Expression | null | false>();
  for (const page of order) {
    const dominator = above.get(page);
    if (!dominator) reach.set(page, null);
    else if (page.kind !== 'terminal' && cannotPassBy(dominator, page, from, stops)) {
      reach.set(page, reach.get(dominator) ?? null);
    } else {
      const edges: Expression[] = [];
      for (const parent of new Set(before.get(page))) {
        if ((places.get(parent) ?? 0) >= (places.get(page) ?? 0)) continue;
        const reached = reach.get(parent) ?? null;
        if (reached !== false) edges.push(...edgesBetween(parent, page, from, reached));
      }
      const name = `Led to ${page.title || page.path}`;
      const folded = conditions.define(`led to ${page.path}`, name, { kind: 'any', of: edges });
      reach.set(page, folded === true ? null : folded);
    }
  }
  for (const page of asked) if (!reach.has(page)) reach.set(page, null);
  return reach;
}

function edgesBetween(parent: Page, page: Page, from: Ways['from'], reached: Expression | null): Expression[] {
  const earlier: Expression[] = [];
  const edges: Expression[] = [];
  for (const { condition, to } of from.get(parent) ?? []) {
    const own: Expression[] = condition === null ? [] : [{ kind: 'condition', id: condition }];
    if (to === page) edges.push({ kind: 'all', of: [...(reached ? [reached] : []), ...earlier, ...own] });
    for (const of of own) earlier.push({ kind: 'not', of });
  }
  return edges;
}

/** The nearest page that everybody has passed who comes to a page: Cooper, Harvey and Kennedy, A simple, fast dominance algorithm. */
function findDominators(
  order: readonly Page[],
  before: ReadonlyMap<Page, readonly Page[]>,
  places: ReadonlyMap<Page, number>,
): Map<Page, Page | null> {
  const above = new Map<Page, Page | null>();
  const [first] = order;
  if (first) above.set(first, null);
  const place = (page: Page): number => places.get(page) ?? 0;
  const meet = (one: Page, other: Page): Page => {
    let [left, right] = [one, other];
    while (left !== right) {
      if (place(left) > place(right)) left = above.get(left) ?? right;
      else right = above.get(right) ?? left;
    }
    return left;
  };
  // One round: ways back do not decide who comes to a page first.
  for (const page of order.slice(1)) {
    const known = (before.get(page) ?? []).filter((parent) => above.has(parent) && place(parent) < place(page));
    const [start] = known;
    above.set(page, start ? known.reduce(meet, start) : null);
  }
  return above;
}

function cannotPassBy(start: Page, page: Page, from: Ways['from'], stops: ReadonlySet<Page>): boolean {
  const seen = new Set<Page>([start, page]);
  const open = [start];
  for (let next = open.pop(); next; next = open.pop()) {
    const ways = from.get(next) ?? [];
    if (ways.length === 0 && !stops.has(next)) return false;
    for (const { to } of ways) {
      if (to === null) return false;
      if (seen.has(to)) continue;
      seen.add(to);
      open.push(to);
    }
  }
  return true;
}
