import { isQuestion, textOf } from '../form.ts';
import type { Component, JsonObject, Page, Repeat } from '../form.ts';
import { unusedKey } from './component-parts.ts';
import { readComponent } from './components.ts';
import type { Names } from './names.ts';
import type { PageReading } from './graph.ts';
import { isObject, quote } from './reading.ts';
import type { Reader, Source } from './reading.ts';

/** How many of a thing may be added where the definition does not say. */
export const mostItems = 200;

/**
 * A page whose questions are asked again and again: the repeating page of the XGov forks and of DEFRA. Its content is shown with
 * the questions.
 */
export function repeatPage(page: Page, source: Source, { names, places }: PageReading): Page {
  const questions = page.components.filter(isQuestion);
  const [first] = questions;
  const repeat = isObject(page.extra['repeat']) ? page.extra['repeat'] : {};
  const options = isObject(repeat['options']) ? repeat['options'] : {};
  const schema = isObject(repeat['schema']) ? repeat['schema'] : {};
  const name = textOf(options['name']) || sectionKeyOf(page.extra) || first?.name || page.path;
  if (!first) source.error('components', `The page ${quote(page.path)} repeats nothing. Add a question to it.`);
  return repeating(page, names, places, {
    name,
    itemTitle: textOf(options['title']) || itemTitleOf(page.extra) || (first?.title ?? page.title),
    min: readLimit(schema['min']) ?? (questions.some(({ required }) => required) ? 1 : 0),
    max: readLimit(schema['max']) ?? mostItems,
    components: page.components,
    title: listTitleOf(page.extra) || page.title,
  });
}

/**
 * Rows of several questions, of which a person adds as many as they like: each is asked on a page of its own. The first takes the
 * place of its page where nothing else is asked there.
 */
export function repeatMultiInputs(page: Page, sources: readonly Source[], reading: PageReading): Page {
  const { names, dialect, places, added } = reading;
  const asksElse = page.components.some((component) => isQuestion(component) || component.kind === 'unsupported');
  const content = asksElse ? [] : page.components;
  let { next } = page;
  const repeats: Page[] = [];
  for (const [index, source] of [...sources.entries()].toReversed()) {
    const name = source.text('name') ?? '';
    const title = source.words('title') ?? '';
    const options = source.look('options');
    const pageOptions: JsonObject = { ...page.extra, ...textsOf(source.peek('pageOptions')) };
    const children = source.objects('children', 50).map((child) => readComponent(child, names, dialect.components));
    if (!children.some(isQuestion)) {
      source.error('children', `${quote(title || name)} asks nothing in its rows. Add questions to it.`);
    }
    const own = index === 0 && !asksElse;
    const path = own ? page.path : `${page.path}/${name}`;
    const made = repeating({ ...page, id: own ? page.id : `${page.id} ${name}`, path, next }, names, places, {
      name: name || page.path,
      itemTitle: itemTitleOf(pageOptions) || title || page.title,
      min: options.flag('required') === false ? 0 : 1,
      max: readLimit(options.peek('maxMultiInputFieldRows')) ?? mostItems,
      components: own ? [...content, ...children] : children,
      title: listTitleOf(pageOptions) || title || page.title,
      extra: { component: source.rest() },
    });
    if (own) repeats.push(made);
    else {
      places.set(made, source.pointer);
      added.pages.push(made);
      next = [{ path, condition: null, extra: {} }];
    }
  }
  const [first] = repeats;
  return first ?? { ...page, kind: page.kind === 'repeat' ? 'question' : page.kind, next };
}

function repeating(
  page: Page,
  names: Names,
  places: Map<Page, string>,
  {
    name,
    itemTitle,
    min,
    max,
    components,
    title,
    extra = {},
  }: {
    name: string;
    itemTitle: string;
    min: number;
    max: number;
    components: Component[];
    title: string;
    extra?: JsonObject;
  },
): Page {
  const key = unusedKey(`${name}-items`, names.keys);
  names.keys.add(key);
  const inner: Page = { ...page, kind: 'question', components, next: [], extra: {} };
  const most = Math.min(Math.max(max, 1), mostItems);
  const repeat: Repeat = {
    key,
    name,
    itemTitle: itemTitle.trim(),
    min: Math.min(min, most),
    max: most,
    countKey: null,
    pages: [inner],
    extra,
  };
  const place = places.get(page);
  if (place !== undefined) places.set(inner, place);
  return { ...page, title, kind: 'repeat', components: [], repeat };
}

/**
 * Pages that are asked as many times as an answer says (`repeatField`): those that stand together and go by the same answer are
 * asked together, one time after the other.
 */
export function joinCounted(
  pages: readonly Page[],
  {
    names,
    findKeys,
    reader,
    places,
  }: { names: Names; findKeys: (name: string) => string[]; reader: Reader; places: Map<Page, string> },
): Page[] {
  const joined: Page[] = [];
  for (let index = 0; index < pages.length;) {
    const page = pages[index];
    if (!page) break;
    const field = textOf(page.extra['repeatField']);
    const following = pages.findIndex((each, place) => place > index && textOf(each.extra['repeatField']) !== field);
    const end = field === '' ? index + 1 : following === -1 ? pages.length : following;
    const [countKey] = field === '' ? [] : findKeys(field);
    if (field === '' || countKey === undefined) {
      if (field !== '') {
        const message = `The page is asked as many times as ${quote(field)} says, which is no question of the form. It is asked once.`;
        reader.warning(`${places.get(page) ?? ''}/repeatField`, page.title || page.path, message);
      }
      joined.push(...pages.slice(index, end));
    } else joined.push(countedPage(pages.slice(index, end), page, countKey, names, places));
    index = end;
  }
  return joined;
}

function countedPage(pages: Page[], first: Page, countKey: string, names: Names, places: Map<Page, string>): Page {
  const paths = new Set(pages.map(({ path }) => path.replace(/^\/+/, '')));
  const isInside = ({ path }: { path: string }): boolean => paths.has(path.replace(/^\/+/, ''));
  const key = unusedKey(`${countKey}-items`, names.keys);
  names.keys.add(key);
  const page: Page = {
    ...first,
    id: `${first.id} repeated`,
    kind: 'repeat',
    components: [],
    next: pages.flatMap(({ next }) => next.filter((link) => !isInside(link))),
    repeat: {
      key,
      name: countKey,
      itemTitle: first.title || countKey,
      min: 0,
      max: mostItems,
      countKey,
      pages: pages.map((inner) => ({ ...inner, next: inner.next.filter(isInside) })),
      extra: {},
    },
    extra: {},
  };
  places.set(page, places.get(first) ?? '');
  page.repeat?.pages.forEach((inner, index) => {
    const before = pages[index];
    places.set(inner, (before && places.get(before)) ?? '');
  });
  return page;
}

/** The words that the forks let a page choose for its rows. */
function textsOf(options: unknown): JsonObject {
  return isObject(options) ? { options } : {};
}

function customText(extra: JsonObject): JsonObject {
  const options = isObject(extra['options']) ? extra['options'] : {};
  return isObject(options['customText']) ? options['customText'] : {};
}

const itemTitleOf = (extra: JsonObject): string => {
  const { samePageTableItemName, cardTitle } = customText(extra);
  return textOf(samePageTableItemName) || textOf(cardTitle).replace('{index}', '').trim();
};

/** Under which UKHSA's fork keeps what was added. */
function sectionKeyOf({ options }: JsonObject): string {
  return isObject(options) ? textOf(options['sectionKey']) : '';
}

function listTitleOf(extra: JsonObject): string {
  const texts = customText(extra);
  return (textOf(texts['samePageTitle']) || textOf(texts['separatePageTitle'])).trim();
}

function readLimit(value: unknown): number | null {
  const number = typeof value === 'number' || (typeof value === 'string' && value !== '') ? Number(value) : Number.NaN;
  return Number.isSafeInteger(number) && number >= 0 ? number : null;
}
