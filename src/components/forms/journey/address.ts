import type { CompiledFlow, CompiledPage } from '../versions/compile.ts';
import type { Journey } from './journey.ts';
import { itemPrefix } from './journey.ts';
import type { FlowNeeds, PageNeeds } from '../versions/needs.ts';

/** Where something in a form is, for one person: a page, or one of the things that were added as a whole. */
export interface Address {
  /** The page; for an item as a whole, the page of the repeat. */
  page: CompiledPage;
  /** Key of the page's row, and its name in addresses. */
  key: string;
  /** The item as a whole is meant, by its name. */
  item: string | null;
  /** The items that it lies in, the outermost first. */
  around: readonly { page: CompiledPage; name: string }[];
  /** What must be loaded for it. */
  needs: PageNeeds;
}

/** As names of items are made: `newItemName`. A count is one as well. */
const itemName = /^[a-z0-9]{1,16}$/;

/**
 * Finds what an address in a form means, such as `name`, `dogs/~k3f9/name` or `dogs/~k3f9`.
 *
 * @returns null if there is nothing of that address.
 */
export function findAddress(flow: CompiledFlow, path: string): Address | null {
  const direct = flow.bySlug.get(path);
  if (direct) return { page: direct, key: path, item: null, around: [], needs: direct.rows };
  const around: { page: CompiledPage; name: string }[] = [];
  const needs: Required<PageNeeds> = { answers: [], presence: [], within: [], names: [] };
  let [pages, prefix, rest] = [flow, '', path];
  for (;;) {
    const end = rest.indexOf('/~');
    const page = pages.bySlug.get(end === -1 ? rest : rest.slice(0, end));
    if (!page) return null;
    const key = prefix + page.slug;
    if (end === -1) return { page, key, item: null, around, needs: joinNeeds(needs, page.needs, prefix) };
    if (!page.repeat || !page.inside) return null;
    const inside = joinNeeds(needs, page.inside, prefix);
    Object.assign(needs, inside);
    const after = rest.slice(end + 2);
    const slash = after.indexOf('/');
    const name = slash === -1 ? after : after.slice(0, slash);
    if (!itemName.test(name)) return null;
    if (slash === -1) {
      const within = [...needs.within, itemPrefix(key, name)];
      return { page, key, item: name, around, needs: { ...needs, within } };
    }
    around.push({ page, name });
    prefix = itemPrefix(key, name);
    rest = after.slice(slash + 1);
    pages = page.repeat.flow;
  }
}

/** The journey inside the items that an address lies in. */
export function journeyAt(journey: Journey, { around }: Address): Journey {
  return around.reduce((outer, { page, name }) => outer.inItem(page, name), journey);
}

function joinNeeds(needs: Required<PageNeeds>, own: FlowNeeds, prefix: string): Required<PageNeeds> {
  const keys = (slugs: readonly string[]): string[] => slugs.map((slug) => prefix + slug);
  const beginnings = (slugs: readonly string[]): string[] => slugs.map((slug) => `${prefix}${slug}/~`);
  return {
    answers: [...needs.answers, ...keys(own.answers)],
    presence: [...needs.presence, ...keys(own.presence)],
    within: [...needs.within, ...beginnings(own.items)],
    names: [...needs.names, ...beginnings(own.itemNames)],
  };
}

/** A name for something that is being added: later ones come after earlier ones. */
export function newItemName(now = Date.now()): string {
  const random = Math.floor(Math.random() * 36 ** 3);
  return now.toString(36) + random.toString(36).padStart(3, '0');
}
