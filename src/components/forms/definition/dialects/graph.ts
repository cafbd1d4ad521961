import { everyPage, isQuestion, textOf } from '../form.ts';
import type { Component, Fee, Form, JsonObject, Link, NamedCondition, Page, PageKind } from '../form.ts';
import { everyAsked, keysByName } from '../question-names.ts';
import { compareDates } from './compared-dates.ts';
import { checkConditions, checkPages, checkWays } from './checks.ts';
import { readComponent } from './components.ts';
import type { ComponentReaders } from './components.ts';
import { readLists } from './lists.ts';
import { readSection, warnOfUnread } from './names.ts';
import type { Names } from './names.ts';
import { readConfirmation } from './confirmation.ts';
import { meaningOf } from './controllers.ts';
import type { Controllers } from './controllers.ts';
import { readCondition, usedConditions } from './graph-conditions.ts';
import { ungather } from './gathered.ts';
import { isObject, most, quote } from './reading.ts';
import type { Reader, Source } from './reading.ts';
import { readRedirect } from './redirects.ts';
import { readRevealed } from './revealed.ts';
import { joinCounted, repeatMultiInputs, repeatPage } from './repeats.ts';

/** What one of the older dialects has of its own. All of them lead from page to page by `next`. */
export interface GraphDialect {
  components: ComponentReaders;
  /** What each controller means, by its name. */
  controllers: Controllers;
}

/** An older form: its pages lead to each other by `next`, its conditions and lists are known by their names. */
export function readGraphForm(source: Source, reader: Reader, dialect: GraphDialect): Form {
  const conditionSources = source.objects('conditions', most.conditions);
  const { lists, names } = readLists(
    source.objects('lists', most.items),
    conditionSources.map((condition) => textOf(condition.peek('name'))),
  );
  const startPath = source.text('startPage');
  const reading: PageReading = { names, dialect, startPath, added: { pages: [], conditions: [] }, places: new Map() };
  const own = source.objects('pages', most.pages).map((page) => readPage(page, reading));
  // What was made of parts of pages comes at the end.
  const uncounted = [...own, ...reading.added.pages];
  const findKeys = keysByName(everyAsked({ pages: uncounted }));
  const pages = joinCounted(uncounted, { names, findKeys, reader, places: reading.places });
  const fees = readFees(source, names, findKeys);
  const special = source.look('specialPages').look('confirmationPage');
  const confirmation = readConfirmation(special, { names, readers: dialect.components });
  const used = usedConditions([...everyPage({ pages }), ...(confirmation ? [confirmation] : [])]);
  for (const { condition } of fees) if (condition !== null) used.add(condition);
  const conditions = conditionSources.map((condition) => readCondition(condition, names, findKeys, used));
  const form: Form = {
    name: source.words('name') || source.text('serviceName') || '',
    flow: 'graph',
    startPath,
    pages,
    sections: source.objects('sections', most.pages).map((section) => readSection(section)),
    lists: [...new Set([...lists, ...names.lists.values()])],
    conditions: [...conditions, ...reading.added.conditions],
    declaration: source.text('declaration'),
    confirmation,
    fees,
    isTaskList: false,
    language: 'en',
    translations: {},
    expiryDays: null,
    extra: {},
  };
  warnOfOutputs(source);
  warnOfUnread(names, findKeys);
  form.extra = source.rest();
  checkPages(form, reader, reading.places);
  checkConditions(form, reader, reading.places);
  checkWays(form, reader, reading.places);
  return form;
}

/** What the reading of one page needs to know, and adds to. */
export interface PageReading {
  names: Names;
  dialect: GraphDialect;
  startPath: string | null;
  /** What was made of the parts of a page that need a page of their own. */
  added: { pages: Page[]; conditions: NamedCondition[] };
  /** Where each page stands in the definition: its JSON pointer. */
  places: Map<Page, string>;
}

function readPage(source: Source, reading: PageReading): Page {
  const { names, dialect, startPath } = reading;
  const path = source.text('path') ?? '';
  const title = source.words('title') ?? '';
  source.page = title || path;
  names.templates.push({ source, key: 'title', text: title });
  if (path === '') source.error('path', `The page ${quote(title)} has no path. Give it one, such as /your-name.`);
  const all = ungather(source.objects('components', most.components));
  const sources = all.filter((component) => component.peek('type') !== 'MultiInputField');
  const read = sources.map((component) => readComponent(component, names, dialect.components));
  const controller = source.text('controller');
  const components = controller === 'DateComparisonPageController' ? compareDates(read, source) : read;
  const first = components.find(isQuestion);
  if (source.page === path && first) source.page = first.title;
  const ways = source.objects('next', most.pages);
  const next = ways.map((link) => readLink(link, names));
  const kind = readKind(source, dialect, {
    controller,
    path,
    startPath,
    components,
    next,
    asks: sources.length < all.length,
  });
  const id = source.text('id') ?? path;
  const section = source.text('section') || null;
  const extra = controller === null ? source.rest() : { ...source.rest(), controller };
  const page: Page = {
    id,
    path,
    title,
    kind,
    section,
    condition: null,
    components: [...components, ...customContent(extra)],
    next,
    repeat: null,
    extra,
  };
  ways.forEach((way, index) => {
    const link = next[index];
    const redirect = link && readRedirect(way, link, page, index + 1);
    if (!redirect) return;
    next[index] = redirect.link;
    reading.places.set(redirect.page, way.pointer);
    reading.added.pages.push(redirect.page);
  });
  const revealed = readRevealed(page, sources, { names, readers: dialect.components });
  for (const each of revealed.pages) {
    each.condition = null;
    reading.places.set(each, source.pointer);
  }
  reading.added.pages.push(...revealed.pages);
  reading.added.conditions.push(...revealed.conditions);
  const revealing = revealed.links.length === 0 ? page : { ...page, next: [...revealed.links, ...next] };
  const multiInputs = all.filter((component) => component.peek('type') === 'MultiInputField');
  let whole = revealing;
  if (multiInputs.length > 0) whole = repeatMultiInputs(revealing, multiInputs, reading);
  else if (kind === 'repeat') whole = repeatPage(revealing, source, reading);
  reading.places.set(whole, source.pointer);
  return whole;
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
    asks: asksMore,
  }: {
    controller: string | null;
    path: string;
    startPath: string | null;
    components: readonly Component[];
    next: readonly Link[];
    asks: boolean;
  },
): PageKind {
  const asks = asksMore || components.some((component) => isQuestion(component) || component.kind === 'unsupported');
  const meaning = meaningOf(controller, dialect.controllers);
  if (meaning.warning) source.warning('controller', meaning.warning);
  if (meaning.unready) source.unready('controller', meaning.unready);
  if (meaning.error)
    source.error('controller', `The page's controller ${quote(controller ?? '')} cannot be run yet. ${meaning.error}`);
  if (meaning.kind === 'start') return asks || path !== startPath ? ordinary(asks, components, next) : 'start';
  return meaning.kind === 'question' ? ordinary(asks, components, next) : meaning.kind;
}

/** A page that only tells something and leads nowhere is where the way ends for those who cannot apply. */
const ordinary = (asks: boolean, components: readonly Component[], next: readonly Link[]): PageKind =>
  !asks && components.length > 0 && next.length === 0 ? 'terminal' : 'question';

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

/** Fees of the whole form, in pence. A fee may be due as many times as a number question says. */
function readFees(source: Source, names: Names, findKeys: (name: string) => string[]): Fee[] {
  const read = source.objects('fees', 100).flatMap((fee): Fee[] => {
    const condition = fee.text('condition') || null;
    if (condition !== null && !names.conditions.has(condition)) {
      fee.warning('condition', `The condition ${quote(condition)} is not in the form: this fee is never due.`);
    }
    const multiplier = fee.text('multiplier');
    const amount = fee.number('amount');
    if (amount === null) fee.warning('amount', 'The fee has no amount: nothing is due.');
    return [
      {
        description: fee.text('description') ?? '',
        amount: Math.round(amount ?? 0),
        condition,
        multiplier: multiplier === null ? null : (findKeys(multiplier)[0] ?? null),
      },
    ];
  });
  if (read.length > 0) {
    source.unready(
      'fees',
      'The form asks for a payment, and payments are not connected yet. It can be tried, and cannot be published until they are, or the fees are taken out.',
    );
  }
  return read;
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
