import { isDeepStrictEqual } from 'node:util';
import { textOf } from '../definition/form.ts';
import type { Component, Form, ListItem, Page } from '../definition/form.ts';

/** The names of all that a thing of any of the given kinds can have. */
type NameIn<T> = T extends unknown ? keyof T & string : never;

/** What is compared in ways of its own, or by what it is part of. */
type ComparedElsewhere =
  | 'id'
  | 'extra'
  | 'condition'
  | 'pages'
  | 'sections'
  | 'lists'
  | 'conditions'
  | 'translations'
  | 'startPath'
  | 'components'
  | 'next'
  | 'repeat'
  | 'list'
  | 'fees'
  | 'confirmation';

/** What the designer calls each setting: one that the model knows and is missing here does not compile. */
const words: Readonly<Record<Exclude<NameIn<Form | Page | Component | ListItem>, ComparedElsewhere>, string>> = {
  accept: 'kinds of file',
  amount: 'price in pence',
  autocomplete: 'filling in by the browser',
  bold: 'bold type of the choices',
  classes: 'size',
  conditionalAmounts: 'prices with conditions',
  content: 'text',
  declaration: 'declaration',
  description: 'description',
  earliest: 'earliest date',
  errorName: 'words in error messages',
  exactCount: 'number of places',
  exactFiles: 'number of files',
  exactLength: 'number that is asked for',
  expiryDays: 'number of days that an unfinished application is kept',
  flow: 'way through the form',
  format: 'format',
  heading: 'heading',
  hideChange: 'hiding of the link to change the answer',
  hideTitle: 'hiding of the title',
  hint: 'hint',
  instructions: 'instructions',
  isTaskList: 'task list',
  key: 'name in the data',
  kind: 'kind',
  label: 'words beside the box',
  language: 'language',
  latest: 'latest date',
  max: 'most',
  maxBytes: 'largest size of a file in bytes',
  maxDaysInFuture: 'most days ahead',
  maxDaysInPast: 'most days ago',
  maxFiles: 'most files',
  maxLength: 'most characters',
  maxMonthsInPast: 'most months ago',
  maxWords: 'most words',
  messages: 'set of error messages of its own',
  min: 'least',
  minFiles: 'fewest files',
  minLength: 'fewest characters',
  minPrecision: 'fewest decimal places',
  name: 'name',
  notBefore: 'date that it must not be before',
  numbered: 'numbering',
  numbers: 'numbers that it consists of',
  path: 'address',
  pattern: 'pattern',
  precision: 'most decimal places',
  prefix: 'sign before the field',
  required: 'having to be answered',
  rows: 'height in lines',
  section: 'section',
  shortTitle: 'words in check your answers',
  showOptional: 'note that it is optional',
  success: 'look of success',
  suffix: 'sign after the field',
  text: 'words',
  title: 'title',
  type: 'type',
  value: 'value',
};

/** What is different in what two things of a kind have, in words: "The hint was “…”, and is “…” now". */
export function changesOf(
  before: Readonly<Record<string, unknown>>,
  after: Readonly<Record<string, unknown>>,
  without: readonly string[],
): string[] {
  const keys = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...keys].flatMap((key) => {
    const [was, is] = [before[key], after[key]];
    if (without.includes(key) || isDeepStrictEqual(was ?? null, is ?? null)) return [];
    const what = isNamed(key) ? words[key] : key;
    if (isPlain(was) && isPlain(is)) return [`The ${what} was ${shown(was)}, and is ${shown(is)} now`];
    return [`The ${what} is different`];
  });
}

const isNamed = (key: string): key is keyof typeof words => Object.hasOwn(words, key);

const isPlain = (value: unknown): boolean =>
  value === null || value === undefined || ['string', 'number', 'boolean'].includes(typeof value);

function shown(value: unknown): string {
  if (value === null || value === undefined || value === '') return 'nothing';
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  const text = textOf(value);
  return typeof value === 'string' ? `“${text.length > 120 ? `${text.slice(0, 119)}…` : text}”` : text;
}
