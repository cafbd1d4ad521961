import { textOf } from '../form.ts';
import type { Component, ComponentExtra, List, ListItem, Question, Section } from '../form.ts';
import type { FindKeys } from '../../conditions/expressions.ts';
import { findUnread } from '../../content/mentions.ts';
import { compilePattern } from '../../questions/patterns.ts';
import { isObject, most, ownValue, quote } from './reading.ts';
import type { Source } from './reading.ts';

/** What has been named so far, for references to be checked against. */
export interface Names {
  lists: Map<string, List>;
  keys: Set<string>;
  /** By id, and in the order in which they were read. */
  questions: Map<string, Question>;
  /** Ids, or in the older dialects names. */
  conditions: Set<string>;
  /** The components that are shown beneath an item of a list when it is chosen. */
  revealed: Map<ListItem, Source[]>;
  /** Texts that earlier answers may be filled into. */
  templates: { source: Source; key: string; text: string }[];
}

/** What each type of component of a dialect is read into. */
export type ComponentReaders = Readonly<Record<string, (from: ComponentSource) => Component>>;

export function readLists(sources: readonly Source[], conditions: readonly string[]): { lists: List[]; names: Names } {
  const revealed = new Map<ListItem, Source[]>();
  const lists = sources.map((source) => readList(source, revealed));
  const byName = new Map<string, List>();
  for (const list of lists) byName.set(list.name, list);
  for (const list of lists) byName.set(list.id, list);
  return {
    lists,
    names: {
      lists: byName,
      keys: new Set(),
      questions: new Map(),
      conditions: new Set(conditions),
      revealed,
      templates: [],
    },
  };
}

export function readSection(source: Source): Section {
  const name = source.text('name') ?? '';
  return {
    id: source.text('id') ?? name,
    name,
    title: source.words('title') ?? name,
    hideTitle: source.flag('hideTitle') ?? false,
    extra: source.rest(),
  };
}

function readList(source: Source, revealed: Map<ListItem, Source[]>): List {
  const name = source.text('name') ?? '';
  const type = source.text('type') === 'number' ? 'number' : 'string';
  return {
    id: source.text('id') ?? name,
    name,
    title: source.words('title') ?? name,
    type,
    items: source.objects('items', most.items).map((item) => readItem(item, revealed)),
    extra: source.rest(),
  };
}

function readItem(source: Source, revealed: Map<ListItem, Source[]>): ListItem {
  const value = source.peek('value');
  const text = source.words('text') ?? '';
  source.take('value');
  if (typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'boolean') {
    source.error('value', 'A list item has no value. Give each item a text and a value.');
  }
  const id = source.text('id') ?? textOf(value);
  const hint = source.peek('hint');
  let hintText: string | null = null;
  if (isObject(hint) && typeof hint['text'] === 'string') hintText = hint['text'] || null;
  else if (typeof source.peek('description') === 'string') hintText = source.text('description') || null;
  const item: ListItem = {
    id,
    text: text === '' ? textOf(value) : text,
    value: typeof value === 'string' || typeof value === 'number' ? value : textOf(value),
    hint: hintText,
    condition: source.text('condition') || null,
    extra: {},
  };
  if (isObject(source.peek('conditional'))) {
    revealed.set(item, source.object('conditional').objects('components', 50));
  }
  item.extra = source.rest();
  return item;
}

/** Reads a component by the readers of its dialect. */
export function readComponent(source: Source, names: Names, readers: ComponentReaders): Component {
  const type = source.text('type') ?? '';
  const title = source.words('title') ?? '';
  const read = ownValue(readers, type) ?? (source.lenient ? inOtherCase(type, readers) : undefined);
  if (read) {
    return read({ source, options: source.object('options'), schema: source.object('schema'), type, title, names });
  }
  source.error(
    'type',
    `The component ${quote(title || type)} is of type ${quote(type)}, which is not known here. Replace it with one of: ${Object.keys(readers).join(', ')}.`,
  );
  return {
    kind: 'unsupported',
    id: source.text('id') ?? source.pointer,
    type,
    title,
    condition: null,
    extra: { component: source.rest(), options: {}, schema: {} },
  };
}

/** Early forms have `DatePartsfield`. */
function inOtherCase(type: string, readers: ComponentReaders): ComponentReaders[string] | undefined {
  const name = Object.keys(readers).find((each) => each.toLowerCase() === type.toLowerCase());
  return name === undefined ? undefined : readers[name];
}

export interface ComponentSource {
  source: Source;
  options: Source;
  schema: Source;
  type: string;
  title: string;
  names: Names;
}

/** The components of DEFRA's dialects; the older ones have more. */
export const defraComponents: ComponentReaders = {
  TextField: (from) =>
    question(from, (base) => ({
      ...base,
      kind: 'text',
      minLength: from.schema.count('min'),
      maxLength: from.schema.count('max'),
      exactLength: from.schema.count('length'),
      pattern: readPattern(from.schema),
      autocomplete: from.options.text('autocomplete'),
      numbers: [],
    })),
  MultilineTextField: (from) =>
    question(from, (base) => ({
      ...base,
      kind: 'multiline',
      minLength: from.schema.count('min'),
      maxLength: from.schema.count('max'),
      exactLength: from.schema.count('length'),
      maxWords: from.options.count('maxWords'),
      pattern: readPattern(from.schema),
      rows: from.options.count('rows'),
    })),
  EmailAddressField: (from) => question(from, (base) => ({ ...base, kind: 'email' })),
  TelephoneNumberField: (from) =>
    question(from, (base) => {
      const format = from.options.text('format');
      const known = format === 'uk' || format === 'international' ? format : 'any';
      return { ...base, kind: 'phone', format: known, pattern: readFormat(from.schema) };
    }),
  NumberField: (from) =>
    question(from, (base) => ({
      ...base,
      kind: 'number',
      min: from.schema.number('min'),
      max: from.schema.number('max'),
      precision: from.schema.count('precision') ?? (from.schema.flag('integer') === true ? 0 : null),
      minPrecision: from.schema.count('minPrecision'),
      minLength: from.schema.count('minLength'),
      maxLength: from.schema.count('maxLength'),
      prefix: from.options.text('prefix'),
      suffix: from.options.text('suffix'),
    })),
  DatePartsField: (from) =>
    question(from, (base) => ({
      ...base,
      kind: 'date',
      maxDaysInPast: from.options.count('maxDaysInPast'),
      maxDaysInFuture: from.options.count('maxDaysInFuture'),
      earliest: from.options.date('earliestDate'),
      latest: from.options.date('latestDate'),
      maxMonthsInPast: from.options.count('maxMonthsInPast'),
      notBefore: from.options.text('notBefore'),
    })),
  MonthYearField: (from) =>
    question(from, (base) => ({
      ...base,
      kind: 'month-year',
      earliest: from.options.text('earliestMonthYear'),
      latest: from.options.text('latestMonthYear'),
    })),
  YesNoField: (from) => question(from, (base) => ({ ...base, kind: 'yes-no' })),
  RadiosField: (from) => question(from, (base) => ({ ...base, kind: 'radios', ...choices(from) })),
  SelectField: (from) => question(from, (base) => ({ ...base, kind: 'select', ...choices(from) })),
  // Without JavaScript an autocomplete is a select; with it, the same list could be searched.
  AutocompleteField: (from) => question(from, (base) => ({ ...base, kind: 'select', ...choices(from) })),
  CheckboxesField: (from) =>
    question(from, (base) => ({
      ...base,
      kind: 'checkboxes',
      ...choices(from),
      min: from.schema.count('min'),
      max: from.schema.count('max'),
      exactLength: from.schema.count('length'),
    })),
  UkAddressField: (from) => question(from, (base) => ({ ...base, kind: 'uk-address' })),
  OsGridRefField: (from) => placeQuestion(from, osGridReference),
  NationalGridFieldNumberField: (from) => placeQuestion(from, fieldNumber),
  EastingNorthingField: (from) => placeQuestion(from, eastingNorthing),
  LatLongField: (from) => placeQuestion(from, latLong),
  FileUploadField: (from) =>
    question(from, (base) => ({
      ...base,
      kind: 'file-upload',
      minFiles: from.schema.count('min'),
      maxFiles: from.schema.count('max'),
      exactFiles: from.schema.count('length'),
      accept: readAccept(from.options.text('accept')),
      // Not of V2, but kept by it: the designer asks for it.
      maxBytes: readMegabytes(from.options),
    })),
  PaymentField: (from) =>
    question(from, (base) => {
      from.source.unready(
        'type',
        `${quote(from.title)} asks for a payment, and payments are not connected yet. The form can be tried, and cannot be published until they are, or the payment is taken out.`,
      );
      return { ...base, kind: 'payment', required: false, ...readPrice(from) };
    }),
  GeospatialField: (from) =>
    question(from, (base) => ({
      ...base,
      kind: 'places',
      min: from.schema.count('min'),
      max: from.schema.count('max'),
      exactCount: from.schema.count('length'),
    })),
  HiddenField: (from) => question(from, (base) => ({ ...base, kind: 'hidden', required: false })),
  DeclarationField: (from) =>
    question(from, (base) => ({
      ...base,
      kind: 'declaration',
      content: from.source.text('content') ?? '',
      label: from.options.text('declarationConfirmationLabel'),
    })),
  Html: (from) => content(from, (base) => ({ ...base, kind: 'html', content: from.source.text('content') ?? '' })),
  Markdown: (from) =>
    content(from, (base) => ({ ...base, kind: 'markdown', content: from.source.text('content') ?? '' })),
  InsetText: (from) =>
    content(from, (base) => ({ ...base, kind: 'inset-text', content: from.source.text('content') ?? '' })),
  Details: (from) =>
    content(from, (base) => ({ ...base, kind: 'details', content: from.source.text('content') ?? '' })),
  NotificationBanner: (from) =>
    content(from, (base) => ({
      ...base,
      kind: 'notification-banner',
      content: from.source.text('content') ?? '',
      heading: from.options.text('heading'),
      success: from.options.text('type') === 'success',
    })),
  List: (from) =>
    content(from, (base) => ({
      ...base,
      kind: 'list',
      list: listId(from),
      numbered: from.options.text('type') === 'numbered',
      hideTitle: from.options.flag('hideTitle') ?? false,
    })),
};

function readMegabytes(options: Source): number | null {
  const size = options.number('maxMegabytes');
  return size === null || size <= 0 ? null : Math.round(size * 1024 * 1024);
}

/** What a file may be, as `accept` of HTML has it: media types and endings, separated by commas. */
export function readAccept(text: string | null): string[] {
  const accepted = (text ?? '').split(',').map((each) => each.trim().toLowerCase());
  return [...new Set(accepted)].filter((each) => each !== '').slice(0, 100);
}

/** V2 writes amounts in pounds. */
function readPrice({ source, options, names, title }: ComponentSource): {
  amount: number;
  description: string;
  conditionalAmounts: { condition: string; amount: number }[];
} {
  const inPence = (amount: number | null): number => Math.round((amount ?? 0) * 100);
  const conditionalAmounts = options.objects('conditionalAmounts', 100).flatMap((each) => {
    const condition = each.text('condition') ?? '';
    if (names.conditions.has(condition)) return [{ condition, amount: inPence(each.number('amount')) }];
    each.fault('condition', `A price of ${quote(title)} depends on ${quote(condition)}, which is not in the form.`);
    return [];
  });
  const amount = options.number('amount');
  if (amount === null) source.fault('options', `${quote(title)} has no amount. Say how much is to be paid.`);
  return { amount: inPence(amount), description: options.text('description') ?? '', conditionalAmounts };
}

/** A place, typed into one box in a way that is known. */
interface PlaceNotation {
  pattern: string;
  hint: string;
  mistake: string;
  /** The parts of `schema` with the limits of each number. */
  numbers: readonly string[];
}

const osGridReference: PlaceNotation = {
  pattern: '^[A-Za-z]{2} ?(?:\\d{3} ?\\d{3}|\\d{4} ?\\d{4}|\\d{5} ?\\d{5})$',
  hint: 'An OS grid reference is 2 letters and 6, 8 or 10 digits, like TQ123456',
  mistake: 'Enter an OS grid reference in the correct format, like TQ123456',
  numbers: [],
};

const fieldNumber: PlaceNotation = {
  pattern: '^[A-Za-z]{2} ?\\d{4} ?\\d{4}$',
  hint: 'A National Grid field number is 2 letters and 8 digits, like SO04188589',
  mistake: 'Enter a National Grid field number in the correct format, like SO04188589',
  numbers: [],
};

const eastingNorthing: PlaceNotation = {
  pattern: '^\\d{1,6}(?:\\.\\d{1,3})?(?: ?, ?| )\\d{1,7}(?:\\.\\d{1,3})?$',
  hint: 'The easting, a comma and the northing, like 248741, 63688',
  mistake: 'Enter the easting, a comma and the northing, like 248741, 63688',
  numbers: ['easting', 'northing'],
};

const latLong: PlaceNotation = {
  pattern: '^-?\\d{1,2}(?:\\.\\d{1,10})?(?: ?, ?| )-?\\d{1,3}(?:\\.\\d{1,10})?$',
  hint: 'The latitude, a comma and the longitude, like 51.519450, -0.127758',
  mistake: 'Enter the latitude, a comma and the longitude, like 51.519450, -0.127758',
  numbers: ['latitude', 'longitude'],
};

function placeQuestion(from: ComponentSource, { pattern, hint, mistake, numbers }: PlaceNotation): Component {
  return question(from, (base) => ({
    ...base,
    kind: 'text',
    hint: base.hint ?? hint,
    messages: { 'string.pattern.base': mistake, ...base.messages },
    minLength: null,
    maxLength: null,
    exactLength: null,
    pattern,
    autocomplete: null,
    numbers: numbers.map((name) => {
      const limits = from.schema.look(name);
      return { name, min: limits.number('min'), max: limits.number('max') };
    }),
  }));
}

type QuestionBase = Pick<
  Question,
  | 'id'
  | 'type'
  | 'title'
  | 'condition'
  | 'extra'
  | 'key'
  | 'name'
  | 'shortTitle'
  | 'errorName'
  | 'hint'
  | 'required'
  | 'showOptional'
  | 'hideTitle'
  | 'instructions'
  | 'classes'
  | 'hideChange'
  | 'messages'
>;

export function question(from: ComponentSource, finish: (base: QuestionBase) => Question): Question {
  const { source, options, names } = from;
  const name = source.text('name') ?? '';
  if (!/^[A-Za-z][\w-]*$/.test(name) && !(source.lenient && name !== '')) {
    source.error('name', `The question ${quote(from.title)} is named ${quote(name)}. Give it a name of letters.`);
  }
  const title = titleOf(from, name);
  names.templates.push(
    { source, key: 'title', text: title },
    { source, key: 'hint', text: source.words('hint') ?? '' },
  );
  const base: QuestionBase = {
    id: source.text('id') ?? name,
    type: from.type,
    title,
    condition: readShownIf(from),
    key: unusedKey(name, names.keys),
    name,
    shortTitle: source.text('shortDescription') || options.text('summaryTitle') || null,
    errorName: source.text('errorDescription') || source.text('errorLabel') || options.text('errorLabel') || null,
    hint: source.words('hint') || null,
    required: options.flag('required') ?? true,
    showOptional: options.flag('optionalText') ?? true,
    hideTitle: options.flag('hideTitle') ?? (source.lenient && from.schema.peek('hideTitle') === true),
    instructions: options.text('instructionText') || null,
    classes: options.text('classes'),
    hideChange: options.flag('disableChangingFromSummary') ?? false,
    messages: readMessages(options),
    extra: noExtra,
  };
  // What is revealed inside a choice is read with the page: see `revealed.ts`.
  if (isObject(options.peek('conditionallyRevealedComponents'))) options.take('conditionallyRevealedComponents');
  // So is what stands in the component itself, which becomes a list.
  const values = source.peek('values');
  if (isObject(values) && (Array.isArray(values['items']) || Array.isArray(values['valueChildren'])))
    source.take('values');
  names.keys.add(base.key);
  const finished = finish(base);
  // Two questions of older dialects may have one name: each is found by its key too.
  names.questions.set(names.questions.has(finished.id) ? finished.key : finished.id, finished);
  return { ...finished, extra: readExtra(from) };
}

/** The older engines show a question that has no title of its own under its page's. */
function titleOf({ source, title }: ComponentSource, name: string): string {
  if (title !== '') return title;
  const ofPage = source.lenient ? (source.page ?? '') : '';
  if (ofPage === '') {
    source.fault('title', `The question ${quote(name)} has no title. Give it one, so that people know what is asked.`);
  }
  return ofPage || name;
}

/** Tells of what some engines fill into texts and this one does not: more than an earlier answer. */
export function warnOfUnread({ templates }: Names, findKeys: FindKeys): void {
  for (const { source, key, text } of templates) {
    const unread = findUnread(text, findKeys);
    if (unread === null) continue;
    source.warning(
      key,
      `${quote(unread)} stands for something other than the answer to a question, which is not filled in: people see it as it is. Write it without.`,
    );
  }
}

type ContentBase = { id: string; type: string; title: string; condition: string | null; extra: ComponentExtra };

export function content(from: ComponentSource, finish: (base: ContentBase) => Component): Component {
  from.names.templates.push({ source: from.source, key: 'content', text: textOf(from.source.peek('content')) });
  const base: ContentBase = {
    id: from.source.text('id') ?? from.source.pointer,
    type: from.type,
    title: from.title,
    condition: readShownIf(from),
    extra: noExtra,
  };
  return { ...finish(base), extra: readExtra(from) };
}

const noExtra: ComponentExtra = { component: {}, options: {}, schema: {} };

function readExtra(from: ComponentSource): ComponentExtra {
  return { component: from.source.rest(), options: from.options.rest(), schema: from.schema.rest() };
}

export function readShownIf(from: ComponentSource): string | null {
  const condition = from.options.text('condition') || null;
  if (condition !== null && !from.names.conditions.has(condition)) {
    from.options.fault('condition', `The condition ${quote(condition)} is not in the form. Choose another, or add it.`);
  }
  return condition;
}

export function choices(from: ComponentSource): { list: string; bold: boolean; required?: false } {
  const list = listId(from);
  // Where there is nothing to choose, nobody can be made to.
  const isEmpty = from.source.lenient && from.names.lists.get(list)?.items.length === 0;
  return { list, bold: from.options.flag('bold') ?? false, ...(isEmpty ? { required: false } : {}) };
}

export function listId(from: ComponentSource): string {
  const reference = from.source.text('list') || from.options.text('list') || readOwnList(from);
  const list = from.names.lists.get(reference);
  if (!list && reference !== '' && from.source.lenient) return missingList(reference, from);
  if (!list) {
    from.source.error(
      'list',
      `The list ${quote(reference)} of ${quote(from.title)} is not in the form. Choose a list.`,
    );
    return reference;
  }
  if (list.items.length === 0) {
    from.source.error('list', `The list ${quote(list.title)} of ${quote(from.title)} is empty. Add items to it.`);
  }
  return list.id;
}

/** The older engines show such a question without choices. It can be tried here too, and the list be filled in the designer. */
function missingList(reference: string, { source, names, title }: ComponentSource): string {
  source.unready(
    'list',
    `The list ${quote(reference)} of ${quote(title)} is not in the form: it has nothing to choose from, and need not be answered. Add the list.`,
  );
  names.lists.set(reference, {
    id: reference,
    name: reference,
    title: reference,
    type: 'string',
    items: [],
    extra: {},
  });
  return reference;
}

/** Choices that stand in the component itself, `values: {type: 'static', items: [{label, value}]}`, or are named there: `listRef`. */
function readOwnList({ source, names, title }: ComponentSource): string {
  const values = source.peek('values');
  if (isObject(values) && values['type'] === 'listRef') return textOf(values['list']);
  const items = isObject(values) ? values['items'] : undefined;
  if (!Array.isArray(items) || items.length === 0) return '';
  const id = `${source.pointer}/values`;
  const read = items.slice(0, most.items).flatMap((item): ListItem[] => {
    if (!isObject(item)) return [];
    const { value } = item;
    const text = textOf(item['label'] ?? item['text'] ?? value);
    const hint = textOf(item['hint']) || null;
    return [
      {
        id: textOf(value),
        text,
        value: typeof value === 'number' ? value : textOf(value),
        hint,
        condition: textOf(item['condition']) || null,
        extra: {},
      },
    ];
  });
  names.lists.set(id, { id, name: id, title, type: 'string', items: read, extra: { derived: true } });
  return id;
}

/** A pattern for what is checked here anyway: in older dialects one that does not run here may be left out. */
export function readFormat(schema: Source): string | null {
  const pattern = schema.peek('regex');
  const problem = typeof pattern === 'string' && schema.lenient ? compilePattern(pattern) : null;
  if (typeof problem !== 'string') return readPattern(schema);
  schema.warning('regex', `${problem} Until then the usual format is asked for.`);
  return null;
}

export function readPattern(schema: Source): string | null {
  const pattern = schema.text('regex');
  if (!pattern) return null;
  const compiled = compilePattern(pattern);
  if (typeof compiled === 'string') schema.error('regex', compiled);
  return pattern;
}

function readMessages(options: Source): Record<string, string> {
  const messages: [string, string][] = [];
  const forAll = options.text('customValidationMessage');
  if (forAll) messages.push(['all', forAll]);
  const byCode = options.peek('customValidationMessages');
  if (isObject(byCode)) {
    for (const [code, text] of Object.entries(byCode)) if (typeof text === 'string') messages.push([code, text]);
    options.take('customValidationMessages');
  }
  return Object.fromEntries(messages);
}

/** A key for a question's answer. Two pages may use the same name, and `constructor` is a name as good as any. */
export function unusedKey(name: string, used: ReadonlySet<string>): string {
  // It becomes the id of a field, and of parts of a field that are told apart by a hyphen.
  const plain = name.replaceAll(/[^\w-]/g, '_').replace(/^(?![A-Za-z])/, 'q');
  const own = plain in Object.prototype ? `${plain}-answer` : plain;
  let key = own;
  for (let number = 2; used.has(key); number++) key = `${own}-${number}`;
  return key;
}
