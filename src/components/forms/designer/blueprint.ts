import { newId } from '#platform';
import { isObject } from '../definition/dialects/reading.ts';
import { textOf } from '../definition/form.ts';
import type { Json, JsonObject } from '../definition/form.ts';

/*
 * A definition in DEFRA's V2 dialect, as the designer changes it: plain JSON, so that whatever else stands in it stays.
 * None of these functions changes what it is given.
 */

/** The objects of a list in an object; none where there is no such list. */
export function objectsIn(object: JsonObject, key: string): JsonObject[] {
  const value = object[key];
  return Array.isArray(value) ? value.filter((each): each is JsonObject => isObject(each)) : [];
}

export const pagesOf = (definition: JsonObject): JsonObject[] => objectsIn(definition, 'pages');
export const conditionsOf = (definition: JsonObject): JsonObject[] => objectsIn(definition, 'conditions');
export const listsOf = (definition: JsonObject): JsonObject[] => objectsIn(definition, 'lists');
export const sectionsOf = (definition: JsonObject): JsonObject[] => objectsIn(definition, 'sections');
export const componentsOf = (page: JsonObject): JsonObject[] => objectsIn(page, 'components');
export const itemsOf = (list: JsonObject): JsonObject[] => objectsIn(list, 'items');

/** A value inside objects: `valueAt(component, 'options.rows')`. */
export function valueAt(object: JsonObject, path: string): Json | undefined {
  let value: Json | undefined = object;
  for (const key of path.split('.')) {
    if (!isObject(value) || !Object.hasOwn(value, key)) return undefined;
    value = value[key];
  }
  return value;
}

/** A value inside objects as text; empty where there is none. */
export const textAt = (object: JsonObject, path: string): string => textOf(valueAt(object, path));

export const idOf = (object: JsonObject): string => textAt(object, 'id');

/** The same object with a value inside it; null takes it away. */
export function withValue(object: JsonObject, path: string, value: Json | null): JsonObject {
  const [key = '', ...rest] = path.split('.');
  if (rest.length === 0) {
    if (value !== null) return { ...object, [key]: value };
    const { [key]: _gone, ...others } = object;
    return others;
  }
  const inner = object[key];
  if (!isObject(inner) && value === null) return object;
  return { ...object, [key]: withValue(isObject(inner) ? inner : {}, rest.join('.'), value) };
}

/** The same with several values. */
export function withValues(object: JsonObject, values: Readonly<Record<string, Json | null>>): JsonObject {
  return Object.entries(values).reduce((changed, [path, value]) => withValue(changed, path, value), object);
}

export function findById(objects: readonly JsonObject[], id: string): JsonObject | null {
  return objects.find((each) => idOf(each) === id) ?? null;
}

/** What a thing is in a list of a definition. */
export type Kept = 'pages' | 'conditions' | 'lists' | 'sections';

/** Changes, or with null removes, one thing of a list of the definition. */
export function changeIn(
  definition: JsonObject,
  kept: Kept,
  id: string,
  change: (object: JsonObject) => JsonObject | null,
): JsonObject {
  return { ...definition, [kept]: changeOne(objectsIn(definition, kept), id, change) };
}

/** Changes, or with null removes, one component of a page. */
export function changeComponent(
  definition: JsonObject,
  pageId: string,
  componentId: string,
  change: (component: JsonObject) => JsonObject | null,
): JsonObject {
  return changeIn(definition, 'pages', pageId, (page) => ({
    ...page,
    components: changeOne(componentsOf(page), componentId, change),
  }));
}

function changeOne(
  objects: readonly JsonObject[],
  id: string,
  change: (object: JsonObject) => JsonObject | null,
): JsonObject[] {
  return objects.flatMap((each) => (idOf(each) === id ? [change(each)] : [each])).filter((each) => each !== null);
}

/** A page, and where a component is. */
export interface PlacedComponent {
  page: JsonObject;
  component: JsonObject;
}

export function placedComponents(definition: JsonObject): PlacedComponent[] {
  return pagesOf(definition).flatMap((page) => componentsOf(page).map((component) => ({ page, component })));
}

export type Way = 'up' | 'down';

/** The same list with one thing a place further up or down. At its end it stays. */
export function moveOne(objects: readonly JsonObject[], id: string, way: Way): JsonObject[] {
  const moved = [...objects];
  const from = moved.findIndex((each) => idOf(each) === id);
  const to = way === 'up' ? from - 1 : from + 1;
  const [one, other] = [moved[from], moved[to]];
  if (!one || !other) return moved;
  moved[from] = other;
  moved[to] = one;
  return moved;
}

const summaryControllers: ReadonlySet<string> = new Set([
  'SummaryPageController',
  'SummaryPageWithConfirmationEmailController',
]);

/** Check your answers, which is always the last page. */
export const isSummary = (page: JsonObject): boolean => summaryControllers.has(textAt(page, 'controller'));

/** Pages that stand where the program puts them: they are not moved. */
export const isFixed = (page: JsonObject): boolean =>
  isSummary(page) || ['StartPageController', 'StatusPageController'].includes(textAt(page, 'controller'));

/** Adds a page after the last that is asked. */
export function addPage(definition: JsonObject, page: JsonObject): JsonObject {
  const pages = pagesOf(definition);
  const end = pages.findIndex((each) => isSummary(each) || textAt(each, 'controller') === 'StatusPageController');
  return { ...definition, pages: end === -1 ? [...pages, page] : pages.toSpliced(end, 0, page) };
}

/** A form that asks nothing yet. */
export function blankDefinition(name: string): JsonObject {
  return {
    engine: 'V2',
    schema: 2,
    name,
    pages: [
      {
        id: newId(),
        path: '/summary',
        title: 'Check your answers',
        controller: 'SummaryPageController',
        components: [],
        next: [],
      },
    ],
    conditions: [],
    sections: [],
    lists: [],
  };
}

/** Whether a definition is in the dialect that the designer changes. */
export function isEditable(definition: JsonObject): boolean {
  const { engine, schema } = definition;
  return engine === 'V2' || schema === 2 || schema === '2';
}

/** Gives an identifier to each thing that has none, so that the designer has an address for it. */
export function withIdentifiers(definition: JsonObject): JsonObject {
  const named = (object: JsonObject): JsonObject => (idOf(object) === '' ? { ...object, id: newId() } : object);
  const inList = (object: JsonObject, key: string, change: (each: JsonObject) => JsonObject): JsonObject =>
    Array.isArray(object[key]) ? { ...object, [key]: objectsIn(object, key).map(change) } : object;
  let changed = definition;
  changed = inList(changed, 'pages', (page) => inList(named(page), 'components', named));
  changed = inList(changed, 'lists', (list) => inList(named(list), 'items', named));
  changed = inList(changed, 'conditions', (condition) => inList(named(condition), 'items', named));
  return inList(changed, 'sections', named);
}

const plainLetters = (text: string): string => text.normalize('NFD').replaceAll(/\p{M}/gu, '');

/** A page's path from its title, which no other page has: `/your-name`. */
export function pathFor(title: string, taken: Iterable<string>): string {
  const plain = plainLetters(title)
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-+|-+$/g, '')
    .slice(0, 60)
    .replace(/-+$/, '');
  const own = plain === '' || plain === 'status' || plain === 'summary' ? 'page' : plain;
  const used = new Set(taken);
  let path = `/${own}`;
  for (let number = 2; used.has(path); number++) path = `/${own}-${number}`;
  return path;
}

/** A question's name in the data, from its title, which no other has: `fullName`. V2 takes letters only. */
export function nameFor(title: string, taken: Iterable<string>): string {
  const words = plainLetters(title)
    .replace(/^(what|which|when|where|how|do|does|are|is|who)\b(\s+(is|are|was|do|does|did|you|your)\b)*/i, '')
    .replaceAll(/[^A-Za-z]+/g, ' ')
    .trim()
    .split(' ')
    .filter((word) => word !== '')
    .slice(0, 4);
  const own = words
    .map((word, index) =>
      index === 0 ? word.toLowerCase() : word.charAt(0).toUpperCase() + word.slice(1).toLowerCase(),
    )
    .join('')
    .slice(0, 40);
  const used = new Set([...taken].map((name) => name.toLowerCase()));
  let name = own || 'answer';
  for (let number = 1; used.has(name.toLowerCase()); number++) name = `${own || 'answer'}${letters(number)}`;
  return name;
}

/** 1 is "A", 27 is "AA". */
function letters(number: number): string {
  let text = '';
  for (let rest = number; rest > 0; rest = Math.floor((rest - 1) / 26)) {
    text = String.fromCodePoint(65 + ((rest - 1) % 26)) + text;
  }
  return text;
}

/** What a page is called where it is listed: its own title, or that of its first question. */
export function titleOfPage(page: JsonObject): string {
  const own = textAt(page, 'title').trim();
  if (own !== '') return own;
  const first = componentsOf(page).find((component) => textAt(component, 'title').trim() !== '');
  return first ? textAt(first, 'title') : textAt(page, 'path') || 'A page without a title';
}
