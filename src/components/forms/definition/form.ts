/**
 * The model of a form: what every dialect of definition is read into, and what the runner, the designer and the writer
 * work from. It is plain data. Whatever a definition says that the model has no word for is kept in `extra`, so that a
 * form can be written out again without loss.
 */

import type { Component, Question } from './components.ts';
import { isQuestion } from './components.ts';

export * from './components.ts';

export type Json = null | boolean | number | string | Json[] | JsonObject;
export interface JsonObject {
  [key: string]: Json;
}

/** A single value of JSON as text; what is a list, an object or nothing has none. */
export function textOf(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? String(value) : '';
}

/** How many characters a person would count: letters outside the first plane are one, not two. */
export function countCharacters(text: string): number {
  return Array.from(text).length;
}

export interface Form {
  name: string;
  /**
   * How a person gets from page to page. `order`: the pages in their order, a page whose condition does not hold being
   * skipped. `graph`: each page's `next` says where to go.
   */
  flow: 'order' | 'graph';
  startPath: string | null;
  pages: Page[];
  sections: Section[];
  lists: List[];
  conditions: NamedCondition[];
  /** HTML that a person agrees to when submitting; not yet made safe. */
  declaration: string | null;
  /** What stands on the page after sending, beside the reference; null where the form says nothing of it. Its title may be empty. */
  confirmation: Page | null;
  /** What is to be paid when sending, each fee if its condition holds. */
  fees: Fee[];
  /** The pages are tasks, grouped by section, which a person does in the order they like, and sees the state of. */
  isTaskList: boolean;
  /** The language of the texts of the model itself, as a tag such as `en` or `cy` (BCP 47). */
  language: string;
  translations: Translations;
  /** For how long an unfinished application is kept; null for as long as is usual. */
  expiryDays: number | null;
  extra: JsonObject;
}

/** A fee that the form itself asks for when it is sent. */
export interface Fee {
  description: string;
  /** In pence. */
  amount: number;
  condition: string | null;
  /** Key of a number question: the fee is due so many times. */
  multiplier: string | null;
}

/**
 * Texts in other languages: by language tag, then by the id of the page, component, section, list item or condition (`form`
 * for the form itself), then by field as the model names it (`title`, `hint`, `content`, `text`, `shortTitle`, `errorName`,
 * `label`, `name`, `declaration`, `itemTitle`).
 */
export type Translations = Readonly<Record<string, Readonly<Record<string, Readonly<Record<string, string>>>>>>;

/** Every page of a form in order, each page that is repeated before the pages inside it. */
export function everyPage(form: Pick<Form, 'pages'>): Page[] {
  return form.pages.flatMap(withInner);
}

function withInner(page: Page): Page[] {
  return page.repeat ? [page, ...page.repeat.pages.flatMap(withInner)] : [page];
}

/** Every question of a form by its key, with the page that it is on. */
export function everyQuestion(form: Pick<Form, 'pages'>): Map<string, { question: Question; page: Page }> {
  const found = new Map<string, { question: Question; page: Page }>();
  for (const page of everyPage(form)) {
    for (const component of page.components)
      if (isQuestion(component)) found.set(component.key, { question: component, page });
  }
  return found;
}

export interface Page {
  id: string;
  /** Begins with a slash; unique in the form. */
  path: string;
  /** May be empty: the first question's title is then the page's. */
  title: string;
  kind: PageKind;
  /** Name of the section. */
  section: string | null;
  /** The page is skipped unless this named condition holds. */
  condition: string | null;
  components: Component[];
  /** Only followed where the form's flow is `graph`. */
  next: Link[];
  /** What is asked again and again: of a page of the kind `repeat` only. */
  repeat: Repeat | null;
  extra: JsonObject;
}

/**
 * `terminal`: a page that ends the journey without a submission, for a person who is not eligible. `passed-over`: a page
 * that is only for the engine it was written for, and that nobody is to see; whoever would come to it goes on to the next.
 * `section-summary`: shows what was answered so far in its section, to be checked before going on. `repeat`: lists what was
 * added, and lets a person add another, change, remove and reorder; its questions are those of the pages inside it.
 */
export type PageKind =
  'start' | 'question' | 'summary' | 'terminal' | 'section-summary' | 'repeat' | 'passed-over' | 'unsupported';

/** Pages that are asked once for each of several things: dogs, addresses, earlier jobs. */
export interface Repeat {
  /** Unique in the form: the key of what was added, and what conditions refer to for how many there are. */
  key: string;
  /** As the definition has it. */
  name: string;
  /** What one is called: "Dog" in "Dog 2". */
  itemTitle: string;
  min: number;
  max: number;
  /** Key of a number question that says how many there are; null where a person adds as many as they like. */
  countKey: string | null;
  /** In the flow of the form: in order, or each leading to the next; a way out of them ends the item. */
  pages: Page[];
  extra: JsonObject;
}

export interface Link {
  path: string;
  condition: string | null;
  extra: JsonObject;
}

export interface Section {
  id: string;
  name: string;
  title: string;
  hideTitle: boolean;
  extra: JsonObject;
}

export interface List {
  id: string;
  name: string;
  title: string;
  type: 'string' | 'number';
  items: ListItem[];
  extra: JsonObject;
}

export interface ListItem {
  id: string;
  text: string;
  value: string | number;
  hint: string | null;
  condition: string | null;
  extra: JsonObject;
}

export interface NamedCondition {
  id: string;
  displayName: string;
  /** Null where the definition's condition could not be read; the problem says why. */
  expression: Expression | null;
  extra: JsonObject;
}

export type Expression =
  | { kind: 'all' | 'any'; of: Expression[] }
  | { kind: 'not'; of: Expression }
  | { kind: 'condition'; id: string }
  | { kind: 'compare'; key: string; operator: Operator; value: Operand };

export const operators = [
  'is',
  'is not',
  'contains',
  'does not contain',
  'has length',
  'is longer than',
  'is shorter than',
  'is before',
  'is after',
  'is at least',
  'is at most',
  'is less than',
  'is more than',
] as const;

export type Operator = (typeof operators)[number];

export function isOperator(name: string | null): name is Operator {
  return operators.some((operator) => operator === name);
}

export type Operand =
  | { type: 'value'; value: string | number | boolean }
  /** Values of list items; `together` says whether a person must have chosen every one of them or any. */
  | { type: 'choices'; values: (string | number)[]; together: 'and' | 'or' }
  | { type: 'relative-date'; period: number; unit: DateUnit; direction: 'past' | 'future' }
  /** From now: compared with a date and time, or with a time of day, which then has no date. */
  | { type: 'relative-time'; period: number; unit: TimeUnit; direction: 'past' | 'future' };

export const dateUnits = ['days', 'months', 'years'] as const;
export type DateUnit = (typeof dateUnits)[number];

export const timeUnits = ['hours', 'minutes', 'seconds'] as const;
export type TimeUnit = (typeof timeUnits)[number];

/** So long ago or ahead, counted from today or from now by its unit; null where it is neither. */
export function relativeOperand(period: unknown, unit: unknown, direction: 'past' | 'future'): Operand | null {
  const length = typeof period === 'string' || typeof period === 'number' ? Number(period) : Number.NaN;
  if (!Number.isSafeInteger(length) || Math.abs(length) >= 1e6) return null;
  const days = dateUnits.find((name) => name === unit);
  if (days) return { type: 'relative-date', period: length, unit: days, direction };
  const hours = timeUnits.find((name) => name === unit);
  return hours ? { type: 'relative-time', period: length, unit: hours, direction } : null;
}

export interface Address {
  addressLine1: string;
  addressLine2?: string;
  town: string;
  county?: string;
  postcode: string;
}

/** What is stored of one question: JSON. Dates are ISO strings. A question without an answer has no entry. */
export type Answer = string | number | boolean | (string | number)[] | Address | UploadedFile[];

/** A file that was sent, in place of the file itself. */
export interface UploadedFile {
  id: string;
  /** As the person's device named it. */
  name: string;
  /** Media type, by its content. */
  type: string;
  /** In bytes. */
  size: number;
  /** Of the content: the same file sent again, after a lost answer or by the back button, is kept once. */
  digest?: string;
}

/** Answers by the question's key. */
export type Answers = Readonly<Record<string, Answer>>;

/** The form of definition that a form was written in. `defra-v2` is the one that is written. */
export type Dialect = 'defra-v2' | 'defra-v1' | 'xgov' | 'communities';

/**
 * What is wrong with a definition, and where. A form with an `error` cannot be run. One that is `unready` can be tried and
 * checked, and cannot be published live until what is missing is there.
 */
export interface DefinitionProblem {
  severity: 'error' | 'unready' | 'warning';
  /** JSON pointer into the definition (RFC 6901). */
  pointer: string;
  /** Title or path of the page it is on. */
  page: string | null;
  /** What is wrong and what to do. */
  message: string;
}

export function isAddress(answer: Answer | undefined): answer is Address {
  return typeof answer === 'object' && !Array.isArray(answer);
}
