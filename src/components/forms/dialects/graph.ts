import { compareAny, parseExpression } from '../expressions.ts';
import { isOperator, isQuestion, textOf } from '../form.ts';
import type {
  Component,
  Expression,
  Form,
  JsonObject,
  Link,
  NamedCondition,
  Operand,
  Page,
  PageKind,
  Question,
} from '../form.ts';
import { checkConditions, checkPages, checkWays } from './checks.ts';
import { noNames, readComponent, readList, readSection, warnOfTemplate } from './components.ts';
import type { ComponentReaders, Names } from './components.ts';
import { isObject, most, ownValue, quote } from './reading.ts';
import type { Reader, Source } from './reading.ts';

/** What one of the older dialects has of its own. All of them lead from page to page by `next`. */
export interface GraphDialect {
  components: ComponentReaders;
  /** What each controller means, by its name. */
  controllers: Readonly<Record<string, ControllerMeaning>>;
}

export interface ControllerMeaning {
  kind: PageKind;
  /** What is not as it was under the engine that had this controller. */
  warning?: string;
  /** Why the page cannot be run, and what to do; its kind is then `unsupported`. */
  error?: string;
}

/** An older form: its pages lead to each other by `next`, its conditions and lists are known by their names. */
export function readGraphForm(source: Source, reader: Reader, dialect: GraphDialect): Form {
  const lists = source.objects('lists', most.items).map((list) => readList(list));
  const conditionSources = source.objects('conditions', most.conditions);
  const names = noNames(
    lists,
    conditionSources.map((condition) => textOf(condition.peek('name'))),
  );
  const asked: AskedQuestion[] = [];
  const startPath = source.text('startPage');
  const revealed: Revealed = { pages: [], conditions: [] };
  const own = source.objects('pages', most.pages).map((page) => readPage(page, names, dialect, startPath, revealed));
  // At the end, so that each of the others keeps its place in the definition.
  const pages = [...own, ...revealed.pages];
  for (const { section, components } of pages) {
    for (const question of components.filter(isQuestion)) asked.push({ section, question });
  }
  const findKeys = keysByName(asked);
  const used = usedConditions(pages);
  const conditions = conditionSources.map((condition) => readCondition(condition, names, findKeys, used));
  const form: Form = {
    name: source.words('name') || source.text('serviceName') || '',
    flow: 'graph',
    startPath,
    pages,
    sections: source.objects('sections', most.pages).map((section) => readSection(section)),
    lists: [...new Set([...lists, ...names.lists.values()])],
    conditions: [...conditions, ...revealed.conditions],
    declaration: source.text('declaration'),
    extra: {},
  };
  readFees(source);
  warnOfOutputs(source);
  form.extra = source.rest();
  checkPages(form, reader);
  checkConditions(form, reader);
  checkWays(form, reader);
  return form;
}

/** What was made of the questions that are revealed inside a choice. */
interface Revealed {
  pages: Page[];
  conditions: NamedCondition[];
}

function readPage(
  source: Source,
  names: Names,
  dialect: GraphDialect,
  startPath: string | null,
  revealed: Revealed,
): Page {
  const path = source.text('path') ?? '';
  const title = source.words('title') ?? '';
  source.page = title || path;
  warnOfTemplate(source, 'title', title);
  if (path === '') source.error('path', `The page ${quote(title)} has no path. Give it one, such as /your-name.`);
  const sources = source.objects('components', most.components);
  const components = sources.map((component) => readComponent(component, names, dialect.components));
  const first = components.find(isQuestion);
  if (source.page === path && first) source.page = first.title;
  const next = source.objects('next', most.pages).map((link) => readLink(link, names));
  const controller = source.text('controller');
  const kind = readKind(source, dialect, { controller, path, startPath, components, next });
  if (source.peek('repeatField') !== undefined) {
    source.error(
      'repeatField',
      'A page that repeats cannot be run yet. Ask a fixed number of times, on pages of their own.',
    );
  }
  const id = source.text('id') ?? path;
  const section = source.text('section') || null;
  const extra = controller === null ? source.rest() : { ...source.rest(), controller };
  const page = {
    id,
    path,
    title,
    kind,
    section,
    condition: null,
    components: [...components, ...customContent(extra)],
    next,
    extra,
  };
  const links = sources.flatMap((component, index) => {
    const asking = components[index];
    return asking && isQuestion(asking) ? readRevealed(component, asking, page, { names, dialect, revealed }) : [];
  });
  return links.length === 0 ? page : { ...page, next: [...links, ...next] };
}

/**
 * A question that is revealed inside a choice is put on a page of its own, to which that choice leads, and which leads on as
 * the page of the choice does.
 */
function readRevealed(
  source: Source,
  asking: Question,
  page: Page,
  { names, dialect, revealed }: { names: Names; dialect: GraphDialect; revealed: Revealed },
): Link[] {
  const options = source.peek('options');
  const revealing = isObject(options) ? options['conditionallyRevealedComponents'] : undefined;
  if (!isObject(revealing)) return [];
  const from = source.object('options').object('conditionallyRevealedComponents');
  const links: Link[] = [];
  // The last first, since each leads on to those after it.
  for (const value of Object.keys(revealing).slice(0, 50).toReversed()) {
    const component = readComponent(from.object(value), names, dialect.components);
    const condition = `${asking.key} is ${value}`;
    names.conditions.add(condition);
    const operator = asking.kind === 'checkboxes' ? 'contains' : 'is';
    const expression: Expression = { kind: 'compare', key: asking.key, operator, value: { type: 'value', value } };
    revealed.conditions.push({ id: condition, displayName: condition, expression, extra: {} });
    const path = `${page.path}/${value.replaceAll(/[^\w-]+/g, '-')}`;
    const own = { id: `${page.id} ${value}`, path, title: '', kind: 'question', condition: null, extra: {} } as const;
    revealed.pages.push({ ...own, section: page.section, components: [component], next: [...links, ...page.next] });
    links.unshift({ path, condition, extra: {} });
  }
  return links;
}

function readKind(
  source: Source,
  dialect: GraphDialect,
  {
    controller,
    path,
    startPath,
    components,
    next,
  }: {
    controller: string | null;
    path: string;
    startPath: string | null;
    components: readonly Component[];
    next: readonly Link[];
  },
): PageKind {
  const asks = components.some((component) => isQuestion(component) || component.kind === 'unsupported');
  const meaning =
    controller === null || controller === '' ? plain : (ownValue(dialect.controllers, controller) ?? guess(controller));
  if (meaning.warning) source.warning('controller', meaning.warning);
  if (meaning.error)
    source.error('controller', `The page's controller ${quote(controller ?? '')} cannot be run yet. ${meaning.error}`);
  if (meaning.kind === 'start') return asks || path !== startPath ? ordinary(asks, components, next) : 'start';
  return meaning.kind === 'question' ? ordinary(asks, components, next) : meaning.kind;
}

const plain: ControllerMeaning = { kind: 'question' };

/** A page that only tells something and leads nowhere is where the way ends for those who cannot apply. */
const ordinary = (asks: boolean, components: readonly Component[], next: readonly Link[]): PageKind =>
  !asks && components.length > 0 && next.length === 0 ? 'terminal' : 'question';

/** A controller of a fork that nobody has seen: its name is all there is to go by. */
function guess(controller: string): ControllerMeaning {
  const name = controller.slice(0, 200);
  const kinds: [RegExp, PageKind][] = [
    [/start|home/i, 'start'],
    [/terminal|exit|ineligible/i, 'terminal'],
    [/status|confirmation/i, 'passed-over'],
    [/mini.*summary|section.*summary/i, 'question'],
    [/summary|confirm|checkyouranswers/i, 'summary'],
    [/^(?:\.\/pages\/)?(?:page|question)(?:pagecontroller|controller)?(?:\.[jt]s)?$/i, 'question'],
  ];
  const kind = kinds.find(([pattern]) => pattern.test(name))?.[1];
  if (kind)
    return { kind, warning: `The page's controller ${quote(name)} is not known here. It is taken for: ${kind}.` };
  return { kind: 'unsupported', error: 'Make it an ordinary page, a start page, a summary or a terminal page.' };
}

/** Some controllers show content that is not among the components but in the page's options. */
function customContent(extra: JsonObject): Component[] {
  const options = isObject(extra['options']) ? extra['options'] : {};
  const texts = isObject(options['customText']) ? options['customText'] : {};
  const shown: Component[] = [];
  for (const [name, kind] of [
    ['insetText', 'inset-text'],
    ['details', 'html'],
    ['endContent', 'html'],
  ] as const) {
    const content = textOf(texts[name]);
    if (content === '') continue;
    const none = { component: { derived: true }, options: {}, schema: {} };
    const type = kind === 'html' ? 'Html' : 'InsetText';
    shown.push({ kind, id: name, type, title: '', condition: null, content, extra: none });
  }
  return shown;
}

function readLink(source: Source, names: Names): Link {
  const condition = source.text('condition') || null;
  if (condition !== null && !names.conditions.has(condition)) {
    source.warning(
      'condition',
      `The condition ${quote(condition)} is not in the form: this way is never taken. Choose another.`,
    );
  }
  return { path: source.text('path') ?? '', condition, extra: source.rest() };
}

interface AskedQuestion {
  section: string | null;
  question: Question;
}

/**
 * Finds questions as conditions name them: by name, or by section and name. Where the section is not that of the page,
 * because the page was moved, the name alone decides.
 */
function keysByName(asked: readonly AskedQuestion[]): (name: string) => string[] {
  const keys = new Map<string, string[]>();
  const add = (name: string, key: string): void => {
    const known = keys.get(name);
    if (known) known.push(key);
    else keys.set(name, [key]);
  };
  for (const { section, question } of asked) {
    add(`name ${question.name}`, question.key);
    if (section !== null) add(`full ${section}.${question.name}`, question.key);
  }
  return (name) =>
    keys.get(`full ${name}`) ??
    keys.get(`name ${name}`) ??
    keys.get(`name ${name.slice(name.lastIndexOf('.') + 1)}`) ??
    [];
}

function usedConditions(pages: readonly Page[]): Set<string> {
  const used = new Set<string>();
  for (const { next, components } of pages) {
    for (const { condition } of [...next, ...components]) if (condition !== null) used.add(condition);
  }
  return used;
}

/** Holds for nobody: what the older engines made of a condition that they could not evaluate. */
const never: Expression = { kind: 'any', of: [] };

function readCondition(
  source: Source,
  names: Names,
  findKeys: (name: string) => string[],
  used: ReadonlySet<string>,
): NamedCondition {
  const id = source.text('name') ?? '';
  const displayName = source.text('displayName') || id;
  const value = source.peek('value');
  const condition = new ConditionReader(source, displayName, names, findKeys);
  let expression: Expression | null = never;
  if (typeof value === 'string') {
    const read = parseExpression(value, findKeys);
    if (typeof read !== 'string') expression = read;
    else condition.doubt('value', `The condition ${quote(displayName)} cannot be read: ${read}`);
  } else if (isObject(value)) expression = condition.read(source.object('value'), 0);
  else condition.doubt('value', `The condition ${quote(displayName)} compares nothing.`);
  if (!condition.isClear) {
    expression = never;
    if (used.has(id)) {
      source.warning(
        'value',
        `The condition ${quote(displayName)} is used and holds for nobody. Correct it, or take it out.`,
      );
    }
  }
  // The condition as it was written is kept beside what was made of it.
  return { id, displayName, expression, extra: { ...source.rest(), value: value ?? null } };
}

/** Reads the comparisons of one condition. */
class ConditionReader {
  isClear = true;
  readonly #source: Source;
  readonly #displayName: string;
  readonly #names: Names;
  readonly #findKeys: (name: string) => string[];

  constructor(source: Source, displayName: string, names: Names, findKeys: (name: string) => string[]) {
    this.#source = source;
    this.#displayName = displayName;
    this.#names = names;
    this.#findKeys = findKeys;
  }

  doubt(key: string, message: string, at: Source = this.#source): void {
    this.isClear = false;
    at.warning(key, message);
  }

  /** Each comparison but the first says how it is joined to the one before it. As in those engines, "and" binds first. */
  read(group: Source, depth: number): Expression {
    const items = group.objects('conditions', most.conditions);
    if (items.length === 0 || depth > 20) {
      this.doubt('conditions', `The condition ${quote(this.#displayName)} compares nothing that can be read.`, group);
      return never;
    }
    const either: Expression[][] = [];
    for (const item of items) {
      const coordinator = item.text('coordinator')?.toLowerCase();
      const read = this.#readItem(item, depth);
      const last = either.at(-1);
      if (last === undefined || coordinator === 'or') either.push([read]);
      else last.push(read);
    }
    const of = either.map((all): Expression => ({ kind: 'all', of: all }));
    const [only] = of;
    return of.length === 1 && only ? only : { kind: 'any', of };
  }

  #readItem(item: Source, depth: number): Expression {
    if (item.peek('conditions') !== undefined) return this.read(item, depth + 1);
    const name = quote(this.#displayName);
    const reference = item.text('conditionName');
    if (reference !== null) {
      if (this.#names.conditions.has(reference)) return { kind: 'condition', id: reference };
      this.doubt(
        'conditionName',
        `The condition ${name} refers to ${quote(reference)}, which is not in the form.`,
        item,
      );
      return never;
    }
    const field = item.object('field').text('name') ?? '';
    const keys = this.#findKeys(field);
    if (keys.length === 0) {
      this.doubt('field', `The condition ${name} is about ${quote(field)}, a question that is not in the form.`, item);
      return never;
    }
    const operator = item.text('operator');
    if (!isOperator(operator)) {
      this.doubt('operator', `The condition ${name} has the operator ${quote(operator ?? '')}, unknown here.`, item);
      return never;
    }
    const value = readOperand(item);
    if (value) return compareAny(keys, operator, value);
    this.doubt('value', `The condition ${name} has a value that cannot be compared with. Choose it again.`, item);
    return never;
  }
}

const units = ['days', 'months', 'years'] as const;

/** `{type: 'Value', value}`, or a date from today: `RelativeDate` in DEFRA's dialect, `RelativeTime` in XGov's. */
function readOperand(item: Source): Operand | null {
  const value = item.peek('value');
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') {
    return { type: 'value', value };
  }
  if (!isObject(value)) return null;
  const plainValue = value['value'];
  if (typeof plainValue === 'string' || typeof plainValue === 'number' || typeof plainValue === 'boolean') {
    return { type: 'value', value: plainValue };
  }
  const period = Number(value['period'] ?? value['timePeriod'] ?? Number.NaN);
  const unit = units.find((name) => name === (value['unit'] ?? value['timeUnit']));
  const direction = textOf(value['direction']).endsWith('past') ? 'past' : 'future';
  return Number.isSafeInteger(period) && Math.abs(period) < 1e6 && unit
    ? { type: 'relative-date', period, unit, direction }
    : null;
}

function readFees(source: Source): void {
  const fees = source.peek('fees');
  if (Array.isArray(fees) && fees.length > 0) {
    source.error(
      'fees',
      'The form asks for a payment, and payments are not connected yet. Take the fees out until they are.',
    );
  }
}

function warnOfOutputs(source: Source): void {
  const outputs = source.peek('outputs');
  if (!Array.isArray(outputs) || outputs.length === 0) return;
  const kinds = outputs.map((output) => (isObject(output) ? textOf(output['type'] ?? output['name']) : ''));
  source.warning(
    'outputs',
    `What is sent becomes a case here, and is not passed on by ${kinds.filter(Boolean).join(', ').slice(0, 200)}. Fetch it from there.`,
  );
}
