import { findDependencies } from './conditions.ts';
import { isQuestion, textOf } from './form.ts';
import { compilePattern } from './patterns.ts';
import type {
  Component,
  ComponentExtra,
  DefinitionProblem,
  Expression,
  Form,
  Json,
  JsonObject,
  Link,
  List,
  ListItem,
  NamedCondition,
  Operand,
  Operator,
  Page,
  PageKind,
  Question,
  Section,
} from './form.ts';

/** What a definition may hold at most. Real ones have up to 80 pages, 350 components and 1,300 list items. */
const most = { pages: 1_000, components: 200, conditions: 1_000, items: 5_000, problems: 200 };

export interface Reading {
  /** Null where the definition is not a form at all; else the form, which may still have errors. */
  form: Form | null;
  problems: DefinitionProblem[];
}

/** Reads the text of a form definition. Never throws; a text that is not JSON is a problem. */
export function readDefinitionText(text: string): Reading {
  try {
    const value: unknown = JSON.parse(text);
    return readDefinition(value);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    const message = `The definition is not JSON: ${reason}. Export it again, whole.`;
    return { form: null, problems: [{ severity: 'error', pointer: '', page: null, message }] };
  }
}

/**
 * Reads a form definition in DEFRA's V2 dialect (npm `@defra/forms-model` 3.x, `formDefinitionV2Schema`) into the model.
 *
 * @param value the parsed JSON.
 * @returns the form and everything that is wrong with it. Never throws, whatever the JSON.
 */
export function readDefinition(value: unknown): Reading {
  const reader = new Reader();
  if (!isObject(value)) {
    reader.error('', null, 'The definition is not a JSON object. Export it again from the form designer.');
    return { form: null, problems: reader.problems };
  }
  const source = new Source(value, '', null, reader);
  const engine = source.text('engine');
  const schema = source.number('schema');
  if (engine !== 'V2' && schema !== 2) {
    reader.error(
      '/engine',
      null,
      'Only definitions of DEFRA’s V2 dialect ("engine": "V2") are read. Convert the form to V2 first.',
    );
    return { form: null, problems: reader.problems };
  }
  return { form: readForm(source, reader), problems: reader.problems };
}

function readForm(source: Source, reader: Reader): Form {
  const lists = source.objects('lists', most.items).map((list) => readList(list));
  const listIds = new Map<string, List>();
  for (const list of lists) listIds.set(list.name, list);
  for (const list of lists) listIds.set(list.id, list);
  const names: Names = { lists: listIds, keys: new Set(), questions: new Map(), conditions: new Set() };
  const conditionSources = source.objects('conditions', most.conditions);
  for (const condition of conditionSources) {
    const id = condition.peek('id');
    if (typeof id === 'string') names.conditions.add(id);
  }
  const pages = source.objects('pages', most.pages).map((page) => readPage(page, names));
  const conditions = conditionSources.map((condition) => readCondition(condition, names));
  const form: Form = {
    name: source.text('name') ?? '',
    flow: 'order',
    startPath: source.text('startPage'),
    pages,
    sections: source.objects('sections', most.pages).map((section) => readSection(section)),
    lists,
    conditions,
    declaration: source.text('declaration'),
    extra: source.rest(),
  };
  checkPages(form, reader);
  checkConditions(form, reader);
  return form;
}

/** What has been named so far, for references to be checked against. */
interface Names {
  lists: Map<string, List>;
  keys: Set<string>;
  questions: Map<string, Question>;
  conditions: Set<string>;
}

function readSection(source: Source): Section {
  const name = source.text('name') ?? '';
  return {
    id: source.text('id') ?? name,
    name,
    title: source.text('title') ?? name,
    hideTitle: source.flag('hideTitle') ?? false,
    extra: source.rest(),
  };
}

function readList(source: Source): List {
  const name = source.text('name') ?? '';
  const type = source.text('type') === 'number' ? 'number' : 'string';
  return {
    id: source.text('id') ?? name,
    name,
    title: source.text('title') ?? name,
    type,
    items: source.objects('items', most.items).map((item) => readItem(item)),
    extra: source.rest(),
  };
}

function readItem(source: Source): ListItem {
  const value = source.peek('value');
  const text = source.text('text') ?? '';
  source.take('value');
  if (typeof value !== 'string' && typeof value !== 'number') {
    source.error('value', 'A list item has no value. Give each item a text and a value.');
  }
  const id = source.text('id') ?? textOf(value);
  const hint = source.peek('hint');
  let hintText: string | null = null;
  if (isObject(hint) && typeof hint['text'] === 'string') hintText = hint['text'];
  else if (typeof source.peek('description') === 'string') hintText = source.text('description');
  if (isObject(source.peek('conditional'))) {
    source.error(
      'conditional',
      'Questions that are revealed inside a choice cannot be run yet. Put them on a page of their own with a condition.',
    );
  }
  return {
    id,
    text: text === '' ? textOf(value) : text,
    value: typeof value === 'string' || typeof value === 'number' ? value : '',
    hint: hintText,
    condition: source.text('condition') || null,
    extra: source.rest(),
  };
}

const controllers: Readonly<Record<string, PageKind>> = {
  PageController: 'question',
  StartPageController: 'start',
  SummaryPageController: 'summary',
  SummaryPageWithConfirmationEmailController: 'summary',
  TerminalPageController: 'terminal',
};

function readPage(source: Source, names: Names): Page {
  const path = source.text('path') ?? '';
  const title = source.text('title') ?? '';
  source.page = title || path;
  if (!/^\/[\w/-]*$/.test(path)) {
    source.error(
      'path',
      `The page's path ${quote(path)} is not a path. Use a slash, then letters, digits and hyphens.`,
    );
  }
  const controller = source.text('controller');
  const kind = controller === null ? 'question' : (ownValue(controllers, controller) ?? 'unsupported');
  if (kind === 'unsupported') {
    source.error(
      'controller',
      `The page's controller ${quote(controller ?? '')} cannot be run. Use an ordinary page, a start page, a summary or a terminal page.`,
    );
  }
  const components = source.objects('components', most.components).map((component) => readComponent(component, names));
  const first = components.find(isQuestion);
  if (source.page === path && first) source.page = first.title;
  const condition = source.text('condition') || null;
  if (condition !== null && !names.conditions.has(condition)) {
    source.error(
      'condition',
      `The page's condition ${quote(condition)} is not in the form. Choose another, or add it.`,
    );
  }
  return {
    id: source.text('id') ?? path,
    path,
    title,
    kind,
    section: source.text('section'),
    condition,
    components,
    next: source.objects('next', most.pages).map((link) => readLink(link)),
    // The controller's own name is kept: two of them mean the same to the runner, not to the engine they came from.
    extra: controller === null ? source.rest() : { ...source.rest(), controller },
  };
}

function readLink(source: Source): Link {
  return { path: source.text('path') ?? '', condition: source.text('condition') || null, extra: source.rest() };
}

function readComponent(source: Source, names: Names): Component {
  const type = source.text('type') ?? '';
  const read = ownValue(readers, type);
  const title = source.text('title') ?? '';
  if (!read) {
    source.error(
      'type',
      `The component ${quote(title || type)} is of type ${quote(type)}, which cannot be run. Replace it with one of: ${Object.keys(readers).join(', ')}.`,
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
  return read({ source, options: source.object('options'), schema: source.object('schema'), type, title, names });
}

interface ComponentSource {
  source: Source;
  options: Source;
  schema: Source;
  type: string;
  title: string;
  names: Names;
}

const readers: Readonly<Record<string, (from: ComponentSource) => Component>> = {
  TextField: (from) =>
    question(from, (base) => ({
      ...base,
      kind: 'text',
      minLength: from.schema.count('min'),
      maxLength: from.schema.count('max'),
      exactLength: from.schema.count('length'),
      pattern: readPattern(from.schema),
      autocomplete: from.options.text('autocomplete'),
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
      return { ...base, kind: 'phone', format: format === 'uk' || format === 'international' ? format : 'any' };
    }),
  NumberField: (from) =>
    question(from, (base) => ({
      ...base,
      kind: 'number',
      min: from.schema.number('min'),
      max: from.schema.number('max'),
      precision: from.schema.count('precision'),
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
  UkAddressField: (from) =>
    question(from, (base) => ({ ...base, kind: 'uk-address', hideTitle: from.options.flag('hideTitle') ?? false })),
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
  | 'classes'
  | 'messages'
>;

function question(from: ComponentSource, finish: (base: QuestionBase) => Question): Question {
  const { source, options, names } = from;
  const name = source.text('name') ?? '';
  if (!/^[A-Za-z][\w-]*$/.test(name)) {
    source.error('name', `The question ${quote(from.title)} is named ${quote(name)}. Give it a name of letters.`);
  }
  if (from.title.trim() === '') {
    source.error('title', `The question ${quote(name)} has no title. Give it one, so that people know what is asked.`);
  }
  const base: QuestionBase = {
    id: source.text('id') ?? name,
    type: from.type,
    title: from.title,
    condition: readShownIf(from),
    key: unusedKey(name, names.keys),
    name,
    shortTitle: source.text('shortDescription') || null,
    errorName: source.text('errorDescription') || null,
    hint: source.text('hint') || null,
    required: options.flag('required') ?? true,
    showOptional: options.flag('optionalText') ?? true,
    classes: options.text('classes'),
    messages: readMessages(options),
    extra: noExtra,
  };
  names.keys.add(base.key);
  const finished = finish(base);
  names.questions.set(finished.id, finished);
  return { ...finished, extra: readExtra(from) };
}

type ContentBase = { id: string; type: string; title: string; condition: string | null; extra: ComponentExtra };

function content(from: ComponentSource, finish: (base: ContentBase) => Component): Component {
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

function readShownIf(from: ComponentSource): string | null {
  const condition = from.options.text('condition') || null;
  if (condition !== null && !from.names.conditions.has(condition)) {
    from.options.error('condition', `The condition ${quote(condition)} is not in the form. Choose another, or add it.`);
  }
  return condition;
}

function choices(from: ComponentSource): { list: string; bold: boolean } {
  return { list: listId(from), bold: from.options.flag('bold') ?? false };
}

function listId(from: ComponentSource): string {
  const reference = from.source.text('list') ?? '';
  const list = from.names.lists.get(reference);
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

function readPattern(schema: Source): string | null {
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
function unusedKey(name: string, used: ReadonlySet<string>): string {
  let key = name in Object.prototype ? `${name}-answer` : name;
  for (let number = 2; used.has(key); number++) key = `${name}-${number}`;
  return key;
}

const operators: ReadonlySet<string> = new Set<Operator>([
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
]);

const isOperator = (name: string | null): name is Operator => name !== null && operators.has(name);

function readCondition(source: Source, names: Names): NamedCondition {
  const id = source.text('id') ?? '';
  const displayName = source.text('displayName') ?? id;
  const coordinator = source.text('coordinator');
  const items = source.objects('items', most.conditions);
  if (items.length === 0) {
    source.error('items', `The condition ${quote(displayName)} compares nothing. Add a comparison, or remove it.`);
  }
  const of = items.map((item) => readComparison(item, displayName, names));
  const read = of.filter((expression) => expression !== null);
  const expression: Expression | null =
    read.length !== of.length || read.length === 0 ? null : { kind: coordinator === 'or' ? 'any' : 'all', of: read };
  return { id, displayName, expression, extra: source.rest() };
}

function readComparison(source: Source, condition: string, names: Names): Expression | null {
  const reference = source.text('conditionId');
  if (reference !== null) {
    if (names.conditions.has(reference)) return { kind: 'condition', id: reference };
    source.error('conditionId', `The condition ${quote(condition)} refers to one that is not in the form. Remove it.`);
    return null;
  }
  const asked = names.questions.get(source.text('componentId') ?? '');
  const operator = source.text('operator');
  const value = readOperand(source, names);
  if (!asked) {
    source.error('componentId', `The condition ${quote(condition)} is about a question that is not in the form.`);
    return null;
  }
  if (!isOperator(operator)) {
    source.error(
      'operator',
      `The condition ${quote(condition)} has the operator ${quote(operator ?? '')}, unknown here.`,
    );
    return null;
  }
  if (!value) {
    source.error(
      'value',
      `The condition ${quote(condition)} has a value that cannot be compared with. Choose it again.`,
    );
    return null;
  }
  return { kind: 'compare', key: asked.key, operator, value };
}

const units = ['days', 'months', 'years'] as const;

function readOperand(source: Source, names: Names): Operand | null {
  const type = source.text('type');
  const value = source.peek('value');
  source.take('value');
  if (type === 'ListItemRef') return isObject(value) ? readChoices(value, names) : null;
  if (type === 'RelativeDate') {
    if (!isObject(value)) return null;
    const period = Number(value['period']);
    const unit = units.find((name) => name === value['unit']);
    const direction = textOf(value['direction']).endsWith('past') ? 'past' : 'future';
    return Number.isSafeInteger(period) && Math.abs(period) < 1e6 && unit
      ? { type: 'relative-date', period, unit, direction }
      : null;
  }
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') {
    return { type: 'value', value };
  }
  return null;
}

function readChoices(value: JsonObject, names: Names): Operand | null {
  const list = names.lists.get(textOf(value['listId']));
  const ids: readonly Json[] = Array.isArray(value['itemId']) ? value['itemId'] : [value['itemId'] ?? null];
  const values = ids.map((id) => list?.items.find((item) => item.id === id)?.value);
  const known = values.filter((item) => item !== undefined);
  if (known.length !== values.length || known.length === 0) return null;
  return { type: 'choices', values: known, together: value['itemsCoordinator'] === 'and' ? 'and' : 'or' };
}

function checkPages(form: Form, reader: Reader): void {
  const pointers = new Map<string, number>();
  form.pages.forEach((page, index) => {
    const before = pointers.get(page.path);
    if (before !== undefined) {
      reader.error(
        `/pages/${index}/path`,
        page.title || page.path,
        `Page ${index + 1} has the same path as page ${before + 1}: ${quote(page.path)}. Give each page its own.`,
      );
    }
    pointers.set(page.path, index);
  });
  if (!form.pages.some((page) => page.kind === 'question' && page.components.some(isQuestion))) {
    reader.error('/pages', null, 'The form asks no question. Add a page with a question.');
  }
}

function checkConditions(form: Form, reader: Reader): void {
  const asked = new Map<string, number>();
  form.pages.forEach((page, index) => {
    for (const component of page.components) if (isQuestion(component)) asked.set(component.key, index);
  });
  const { keys, circles } = findDependencies(form.conditions);
  form.conditions.forEach((condition, index) => {
    const circle = circles.get(condition.id);
    if (!circle) return;
    reader.error(
      `/conditions/${index}`,
      null,
      `The condition ${quote(condition.displayName)} depends on itself (${quote(circle.join(' → '))}). Take one reference out.`,
    );
  });
  form.pages.forEach((page, index) => {
    if (page.condition === null) return;
    for (const key of keys.get(page.condition) ?? []) {
      if ((asked.get(key) ?? 0) >= index) {
        reader.warning(
          `/pages/${index}/condition`,
          page.title || page.path,
          `The page's condition depends on ${quote(key)}, which is asked on this page or later. Move the page down.`,
        );
      }
    }
  });
}

/** Gathers the problems of one reading. */
class Reader {
  readonly problems: DefinitionProblem[] = [];

  error(pointer: string, page: string | null, message: string): void {
    this.#add({ severity: 'error', pointer, page, message });
  }

  warning(pointer: string, page: string | null, message: string): void {
    this.#add({ severity: 'warning', pointer, page, message });
  }

  #add(problem: DefinitionProblem): void {
    if (this.problems.length < most.problems) this.problems.push(problem);
  }
}

/** One object of the definition: what is read from it is ticked off, and the rest is kept as it is. */
class Source {
  readonly pointer: string;
  /** Title of the page that this object is on, for its problems. */
  page: string | null;
  readonly #object: JsonObject;
  readonly #reader: Reader;
  readonly #taken = new Set<string>();

  constructor(object: JsonObject, pointer: string, page: string | null, reader: Reader) {
    this.#object = object;
    this.pointer = pointer;
    this.page = page;
    this.#reader = reader;
  }

  error(key: string, message: string): void {
    this.#reader.error(`${this.pointer}/${escapePointer(key)}`, this.page, message);
  }

  peek(key: string): Json | undefined {
    return Object.hasOwn(this.#object, key) ? this.#object[key] : undefined;
  }

  take(key: string): void {
    this.#taken.add(key);
  }

  text(key: string): string | null {
    const value = this.peek(key);
    if (value === undefined || value === null) return null;
    if (typeof value === 'string') {
      this.take(key);
      return value.trim();
    }
    this.error(key, `${quote(key)} must be text.`);
    return null;
  }

  flag(key: string): boolean | null {
    const value = this.peek(key);
    if (value === undefined || value === null) return null;
    if (typeof value === 'boolean' || value === 'true' || value === 'false') {
      this.take(key);
      return value === true || value === 'true';
    }
    this.error(key, `${quote(key)} must be true or false.`);
    return null;
  }

  /** Designers write an empty box as "" and a number as "5". */
  number(key: string): number | null {
    const value = this.peek(key);
    if (value === undefined || value === null) return null;
    const number = typeof value === 'number' || typeof value === 'string' ? Number(value) : Number.NaN;
    if (Number.isFinite(number)) {
      this.take(key);
      return typeof value === 'string' && value.trim() === '' ? null : number;
    }
    this.error(key, `${quote(key)} must be a number.`);
    return null;
  }

  count(key: string): number | null {
    const number = this.number(key);
    if (number === null || (Number.isSafeInteger(number) && number >= 0)) return number;
    this.error(key, `${quote(key)} must be a whole number, 0 or more.`);
    return null;
  }

  date(key: string): string | null {
    const text = this.text(key);
    if (text === null || text === '') return null;
    if (/^\d{4}-\d{2}-\d{2}$/.test(text)) return text;
    this.error(key, `${quote(key)} must be a date such as 2026-04-01.`);
    return null;
  }

  object(key: string): Source {
    const value = this.peek(key);
    if (value !== undefined && value !== null) {
      if (isObject(value)) this.take(key);
      else this.error(key, `${quote(key)} must be an object.`);
    }
    return new Source(isObject(value) ? value : {}, `${this.pointer}/${escapePointer(key)}`, this.page, this.#reader);
  }

  objects(key: string, limit: number): Source[] {
    const value = this.peek(key);
    if (value === undefined || value === null) return [];
    if (!Array.isArray(value)) {
      this.error(key, `${quote(key)} must be a list.`);
      return [];
    }
    this.take(key);
    if (value.length > limit) {
      this.error(key, `${quote(key)} has ${value.length} entries. The most is ${limit}: split the form.`);
    }
    const pointer = `${this.pointer}/${escapePointer(key)}`;
    return value.slice(0, limit).flatMap((entry, index) => {
      if (isObject(entry)) return [new Source(entry, `${pointer}/${index}`, this.page, this.#reader)];
      this.#reader.error(`${pointer}/${index}`, this.page, `Entry ${index + 1} of ${quote(key)} must be an object.`);
      return [];
    });
  }

  /** What nobody has read. */
  rest(): JsonObject {
    return Object.fromEntries(Object.entries(this.#object).filter(([key]) => !this.#taken.has(key)));
  }
}

const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function ownValue<T>(record: Readonly<Record<string, T>>, key: string): T | undefined {
  return Object.hasOwn(record, key) ? record[key] : undefined;
}

const escapePointer = (key: string): string => key.replaceAll('~', '~0').replaceAll('/', '~1');

/** Quotes a word of the definition in a message: shortened, since it may be anything. */
const quote = (text: string): string => `"${text.length > 80 ? `${text.slice(0, 79)}…` : text}"`;
