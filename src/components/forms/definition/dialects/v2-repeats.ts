import { findDependencies } from '../../conditions/conditions.ts';
import { isQuestion, textOf } from '../form.ts';
import type { JsonObject, NamedCondition, Page, Repeat } from '../form.ts';
import { unusedKey } from './component-parts.ts';
import type { Names } from './names.ts';
import { isObject, quote } from './reading.ts';
import type { Source } from './reading.ts';
import { mostItems } from './repeats.ts';

/** What a repeating page of V2 says of its repeat. */
export interface ReadRepeat {
  name: string;
  title: string;
  min: number;
  max: number;
  extra: JsonObject;
}

/** `repeat {options {name, title}, schema {min, max}}`. */
export function readRepeat(source: Source): ReadRepeat {
  const repeat = source.object('repeat');
  const options = repeat.object('options');
  const schema = repeat.object('schema');
  const name = options.text('name') ?? '';
  if (name === '') {
    source.error('repeat', `The page ${quote(source.page ?? '')} repeats without a name. Give its repeat a name.`);
  }
  const min = schema.count('min') ?? 1;
  const max = schema.count('max') ?? mostItems;
  if (max < min) schema.error('max', `At most ${max} of ${quote(name)} is less than at least ${min}.`);
  return { name, title: options.text('title') || name, min, max: Math.min(max, mostItems), extra: repeat.rest() };
}

/**
 * Puts repeating pages inside the repeat that they belong to. V2 repeats single pages: here those that follow each other under
 * one name are asked together for each item, and a repeat may lie within another, which `metadata.repeats` says:
 * `{"puppy": {"within": "dog"}}`.
 */
export function gatherRepeats(
  pages: readonly Page[],
  {
    repeats,
    conditions,
    names,
    metadata,
    places,
  }: {
    repeats: ReadonlyMap<Page, ReadRepeat>;
    conditions: readonly NamedCondition[];
    names: Names;
    metadata: Source;
    places: Map<Page, string>;
  },
): Page[] {
  const within = readNesting(metadata);
  const { keys } = findDependencies(conditions);
  const gathered: Page[] = [];
  let open: { name: string; repeat: Repeat }[] = [];
  for (const page of pages) {
    const own = repeats.get(page);
    const chain = own ? chainOf(own.name, within) : [];
    const closed = open.findIndex(({ name }, index) => name !== chain[index]);
    if (closed !== -1) open = open.slice(0, closed);
    let inner = page;
    for (const name of chain.slice(open.length)) {
      const repeat = newRepeat(name, findSaid(name, repeats), names);
      const isOuter = !dependsOn(inner, keys, repeat, pages, repeats);
      const list: Page = {
        ...page,
        id: `${page.id} ${name}`,
        title: page.title || repeat.itemTitle,
        kind: 'repeat',
        condition: isOuter ? inner.condition : null,
        components: [],
        next: [],
        repeat,
        extra: {},
      };
      if (isOuter) inner = { ...inner, condition: null };
      places.set(list, places.get(page) ?? '');
      (open.at(-1)?.repeat.pages ?? gathered).push(list);
      open.push({ name, repeat });
    }
    places.set(inner, places.get(page) ?? '');
    (open.at(-1)?.repeat.pages ?? gathered).push(inner);
  }
  return gathered;
}

function newRepeat(name: string, said: ReadRepeat | null, names: Names): Repeat {
  const key = unusedKey(`${name}-items`, names.keys);
  names.keys.add(key);
  const { title = name, min = 1, max = mostItems, extra = {} } = said ?? {};
  return { key, name, itemTitle: title, min, max, countKey: null, pages: [], extra };
}

function findSaid(name: string, repeats: ReadonlyMap<Page, ReadRepeat>): ReadRepeat | null {
  for (const said of repeats.values()) if (said.name === name) return said;
  return null;
}

/** A condition about what is asked inside the repeat is the page's own; any other is that of the whole repeat. */
function dependsOn(
  page: Page,
  keys: ReadonlyMap<string, ReadonlySet<string>>,
  { name }: Repeat,
  pages: readonly Page[],
  repeats: ReadonlyMap<Page, ReadRepeat>,
): boolean {
  const needed = page.condition === null ? undefined : keys.get(page.condition);
  if (!needed) return false;
  return pages.some(
    (each) =>
      repeats.get(each)?.name === name &&
      each.components.some((component) => isQuestion(component) && needed.has(component.key)),
  );
}

function readNesting(metadata: Source): ReadonlyMap<string, string> {
  const repeats = metadata.peek('repeats');
  const within = new Map<string, string>();
  if (!isObject(repeats)) return within;
  for (const [name, value] of Object.entries(repeats)) {
    const outer = isObject(value) ? textOf(value['within']) : '';
    if (outer !== '') within.set(name, outer);
  }
  return within;
}

/** From the outermost repeat to the named one. Repeats that lie in each other in a circle are none. */
function chainOf(name: string, within: ReadonlyMap<string, string>): string[] {
  const chain: string[] = [];
  for (let each: string | undefined = name; each !== undefined && !chain.includes(each); each = within.get(each)) {
    if (chain.length >= 5) break;
    chain.unshift(each);
  }
  return chain;
}
