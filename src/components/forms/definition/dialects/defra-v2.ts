import { isOperator, isQuestion, relativeOperand, textOf } from '../form.ts';
import type { Expression, Form, Json, JsonObject, Link, NamedCondition, Operand, Page } from '../form.ts';
import { everyAsked, keysByName } from '../question-names.ts';
import { checkConditions, checkPages } from './checks.ts';
import { defraComponents, readComponent } from './components.ts';
import { readLists } from './lists.ts';
import { readSection, warnOfUnread } from './names.ts';
import type { Names } from './names.ts';
import { readConfirmation } from './confirmation.ts';
import { defraControllers, meaningOf } from './controllers.ts';
import type { Controllers } from './controllers.ts';
import { readCondition as readOlderCondition, usedConditions } from './graph-conditions.ts';
import { isObject, most, quote } from './reading.ts';
import type { Reader, Source } from './reading.ts';
import { readRevealed } from './revealed.ts';
import { languageTag, readTranslations } from './translations.ts';
import { gatherRepeats, readRepeat } from './v2-repeats.ts';
import type { ReadRepeat } from './v2-repeats.ts';

/** Reads DEFRA's V2 dialect (npm `@defra/forms-model` 3.x, `formDefinitionV2Schema`): pages in order, some of them skipped. */
export function readDefraV2(source: Source, reader: Reader): Form {
  const conditionSources = source.objects('conditions', most.conditions);
  const ids = conditionSources.map((condition) => textOf(condition.peek(isOlder(condition) ? 'name' : 'id')));
  const { lists, names } = readLists(source.objects('lists', most.items), ids);
  const places = new Map<Page, string>();
  const repeats = new Map<Page, ReadRepeat>();
  const revealed: NamedCondition[] = [];
  const read = source
    .objects('pages', most.pages)
    .flatMap((page) => readPage(page, { names, places, repeats, revealed }));
  const conditions = [...readConditions(conditionSources, read, names), ...revealed];
  const metadata = source.look('metadata');
  const pages = gatherRepeats(read, { repeats, conditions, names, metadata, places });
  const form: Form = {
    name: source.text('name') ?? '',
    flow: 'order',
    startPath: source.text('startPage'),
    pages,
    sections: source.objects('sections', most.pages).map((section) => readSection(section)),
    lists: [...new Set([...lists, ...names.lists.values()])],
    conditions,
    declaration: source.text('declaration'),
    confirmation: readConfirmation(metadata.look('confirmationPage'), { names, readers: defraComponents }),
    fees: [],
    isTaskList: metadata.peek('journey') === 'task-list',
    language: readLanguage(metadata),
    translations: readTranslations(metadata.peek('translations')),
    expiryDays: readExpiry(metadata),
    extra: source.rest(),
  };
  warnOfUnread(names, keysByName(everyAsked(form)));
  checkPages(form, reader, places);
  checkConditions(form, reader, places);
  return form;
}

/** V2 has no word for languages: they are in the metadata, the first being that of the texts themselves. */
function readLanguage(metadata: Source): string {
  const languages = metadata.peek('languages');
  const first = Array.isArray(languages) ? textOf(languages[0]) : '';
  return languageTag.test(first) ? first : 'en';
}

/** Nor for expiry: `metadata.expiryDays`, from one day to a year. */
function readExpiry(metadata: Source): number | null {
  const days = metadata.peek('expiryDays');
  if (days === undefined || days === null) return null;
  if (typeof days === 'number' && Number.isInteger(days) && days >= 1 && days <= 366) return days;
  metadata.error('expiryDays', 'An unfinished application is kept for 1 to 366 days. Use a whole number of days.');
  return null;
}

const controllers: Controllers = {
  ...defraControllers,
  // Not of V2, but of forms that were moved to it by hand.
  SectionSummaryPageController: { kind: 'section-summary' },
  MiniSummaryPageController: { kind: 'section-summary' },
};

interface PageReading {
  names: Names;
  places: Map<Page, string>;
  repeats: Map<Page, ReadRepeat>;
  /** The conditions of questions that are revealed inside a choice. */
  revealed: NamedCondition[];
}

/** A page, and after it those with the questions that are revealed inside its choices. */
function readPage(source: Source, { names, places, repeats, revealed }: PageReading): Page[] {
  const path = source.text('path') ?? '';
  const title = source.text('title') ?? '';
  source.page = title || path;
  names.templates.push({ source, key: 'title', text: title });
  if (!/^\/[\w/-]*$/.test(path)) {
    source.error(
      'path',
      `The page's path ${quote(path)} is not a path. Use a slash, then letters, digits and hyphens.`,
    );
  }
  const controller = source.text('controller');
  const meaning = meaningOf(controller, controllers);
  if (meaning.warning) source.warning('controller', meaning.warning);
  if (meaning.error) {
    source.error('controller', `The page's controller ${quote(controller ?? '')} is not known here. ${meaning.error}`);
  }
  const sources = source.objects('components', most.components);
  const components = sources.map((component) => readComponent(component, names, defraComponents));
  const first = components.find(isQuestion);
  if (source.page === path && first) source.page = first.title;
  const condition = source.text('condition') || null;
  if (condition !== null && !names.conditions.has(condition)) {
    source.error(
      'condition',
      `The page's condition ${quote(condition)} is not in the form. Choose another, or add it.`,
    );
  }
  // Repeats are gathered from their pages, once all are read.
  const repeat = meaning.kind === 'repeat' ? readRepeat(source) : null;
  const page: Page = {
    id: source.text('id') ?? path,
    path,
    title,
    kind: repeat ? 'question' : meaning.kind,
    section: source.text('section'),
    condition,
    components,
    next: source.objects('next', most.pages).map((link) => readLink(link)),
    repeat: null,
    // The controller's own name is kept: two of them mean the same to the runner, not to the engine they came from.
    extra: controller === null ? source.rest() : { ...source.rest(), controller },
  };
  const own = readRevealed(page, sources, { names, readers: defraComponents });
  revealed.push(...own.conditions);
  const read = [page, ...own.pages.map((each) => ({ ...each, next: [] }))];
  for (const each of read) {
    places.set(each, source.pointer);
    if (repeat) repeats.set(each, repeat);
  }
  return read;
}

function readLink(source: Source): Link {
  return { path: source.text('path') ?? '', condition: source.text('condition') || null, extra: source.rest() };
}

/** The V2 engine also runs the first version of the schema, whose conditions and their questions are known by their names. */
const isOlder = (condition: Source): boolean =>
  condition.peek('items') === undefined && condition.peek('value') !== undefined;

function readConditions(sources: readonly Source[], pages: readonly Page[], names: Names): NamedCondition[] {
  const findKeys = keysByName(everyAsked({ pages }));
  const used = usedConditions(pages);
  return sources.map((source) =>
    isOlder(source) ? readOlderCondition(source, names, findKeys, used) : readCondition(source, names),
  );
}

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

function readOperand(source: Source, names: Names): Operand | null {
  const type = source.text('type');
  const value = source.peek('value');
  source.take('value');
  if (type === 'ListItemRef') return isObject(value) ? readChoices(value, names) : null;
  if (type === 'RelativeDate') {
    if (!isObject(value)) return null;
    const direction = textOf(value['direction']).endsWith('past') ? 'past' : 'future';
    return relativeOperand(value['period'], value['unit'], direction);
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
