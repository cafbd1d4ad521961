import { createHash } from 'node:crypto';
import { unusedSlug } from '../../versions/compile.ts';
import { compileConditions } from '../../conditions/conditions.ts';
import { everyPage, isQuestion } from '../form.ts';
import type {
  Component,
  Expression,
  Form,
  Json,
  JsonObject,
  List,
  ListItem,
  NamedCondition,
  Operator,
  Page,
  Question,
  Repeat,
} from '../form.ts';
import { findWays } from '../../versions/ways.ts';
import type { Ways } from '../../versions/ways.ts';

export interface WrittenDefinition {
  /** A definition that DEFRA's `formDefinitionV2Schema` takes (npm `@defra/forms-model` 3.x). */
  definition: JsonObject;
  /** What V2 has no word for, as sentences. What could be kept of it lies in the definition's metadata. */
  losses: string[];
}

/** Writes a form as a definition in DEFRA's V2 dialect: pages in order, each with the condition under which it is asked. */
export function writeDefraV2(form: Form): WrittenDefinition {
  const losses: string[] = [];
  const writer = new Writer(form, losses);
  return { definition: writer.write(), losses: [...new Set(losses)] };
}

class Writer {
  readonly #form: Form;
  readonly #losses: string[];
  readonly #questions = new Map<string, Question>();
  readonly #lists: ReadonlyMap<string, List>;
  readonly #conditions: ConditionWriter;
  readonly #names = new Set<string>();
  readonly #namesByKey = new Map<string, string>();
  readonly #kept: Record<string, JsonObject> = {};
  readonly #nesting: Record<string, JsonObject> = {};

  constructor(form: Form, losses: string[]) {
    this.#form = form;
    this.#losses = losses;
    // A page that nobody comes to is not written, and nothing can turn on its answers.
    const asked = new Set(form.flow === 'order' ? form.pages : findWays(form).order);
    for (const page of everyPage({ pages: [...asked] })) {
      for (const component of page.components) if (isQuestion(component)) this.#questions.set(component.key, component);
    }
    this.#lists = new Map(form.lists.map((list) => [list.id, list]));
    this.#conditions = new ConditionWriter(form, this.#questions, this.#lists, losses);
  }

  write(): JsonObject {
    const form = this.#form;
    const isOrder = form.flow === 'order';
    const ways = isOrder ? null : findWays(form);
    const asked = ways ? this.#orderForWriting(ways) : form.pages;
    const reach = ways ? findReach(ways, asked, this.#conditions) : null;
    const slugs = new Set<string>();
    const start = isOrder ? [] : form.pages.filter(({ kind }) => kind === 'start').slice(0, 1);
    const summary = isOrder ? [] : form.pages.filter(({ kind }) => kind === 'summary').slice(0, 1);
    const written = [...start, ...asked].filter((page) => reach?.get(page) !== false);
    const pages = written.flatMap((page) => {
      const named: Expression | null = page.condition === null ? null : { kind: 'condition', id: page.condition };
      const condition = reach ? reach.get(page) || null : named;
      return this.#writePages(page, slugs, condition, []);
    });
    const [last] = summary;
    if (last) pages.push(this.#writePage(last, slugs, null));
    else if (!isOrder) pages.push(summaryPage(unusedSlug('/summary', slugs)));
    if (ways) this.#tellUnwritten(new Set([...written, ...summary]));
    for (const circle of ways?.circles ?? []) {
      this.#losses.push(
        `The pages lead in a circle (${circle.map(({ path }) => path).join(' → ')}): nobody is led back.`,
      );
    }
    const { metadata, ...others } = form.extra;
    const { phaseBanner, ...withoutPhase } = others;
    const hasPhase = phaseBanner !== undefined && isPhase(phaseBanner);
    const rest = hasPhase ? withoutPhase : others;
    const phase: JsonObject = hasPhase ? { phaseBanner } : {};
    const own = isOrder ? form.extra : phase;
    if (!isOrder && Object.keys(rest).length > 0) {
      this.#kept['form'] = rest;
      this.#losses.push(`V2 has no place for ${Object.keys(rest).join(', ')} of the form.`);
    }
    const { confirmation } = form;
    const confirmationPage: JsonObject =
      confirmation && !isOrder
        ? {
            confirmationPage: {
              title: confirmation.title,
              components: confirmation.components.flatMap((component) => this.#writeComponent(component, confirmation)),
            },
          }
        : {};
    // What they turn on is written with the conditions.
    const lists = this.#writeLists();
    const keptMetadata = {
      ...(isRecord(metadata) ? metadata : {}),
      ...confirmationPage,
      ...(Object.keys(this.#kept).length > 0 ? { kept: this.#kept } : {}),
      ...(Object.keys(this.#nesting).length > 0 ? { repeats: this.#nesting } : {}),
    };
    return {
      ...own,
      engine: 'V2',
      schema: 2,
      name: form.name,
      ...(pages[0]?.['path'] === undefined ? {} : { startPage: pages[0]['path'] }),
      pages,
      sections: this.#writeSections(),
      lists,
      conditions: this.#conditions.write(),
      ...(form.declaration ? { declaration: form.declaration } : {}),
      ...(Object.keys(keptMetadata).length > 0 ? { metadata: keptMetadata } : {}),
    };
  }

  /** A page for those who cannot apply stands right after the page that leads to it, before the others are asked more. */
  #orderForWriting({ order, from }: Ways): Page[] {
    const ordered = order.filter(({ kind }) => kind !== 'terminal');
    for (const page of order) {
      if (page.kind !== 'terminal') continue;
      const last = ordered.findLastIndex((each) => (from.get(each) ?? []).some(({ to }) => to === page));
      ordered.splice(last + 1, 0, page);
    }
    return ordered;
  }

  #tellUnwritten(written: ReadonlySet<Page>): void {
    for (const page of this.#form.pages) {
      if (!written.has(page))
        this.#losses.push(`The page ${page.path} is left out: nothing leads to it, or nobody is to see it.`);
    }
  }

  /** A page, or the pages inside one that is repeated: V2 says of each of them which repeat it belongs to. */
  #writePages(page: Page, slugs: Set<string>, condition: Expression | null, within: readonly Repeat[]): JsonObject[] {
    const { repeat } = page;
    if (!repeat) {
      const written = this.#writePage(page, slugs, condition === null ? null : this.#conditions.idOf(condition));
      const innermost = within.at(-1);
      return [
        innermost ? { ...written, controller: 'RepeatPageController', repeat: this.#writeRepeat(innermost) } : written,
      ];
    }
    const outer = within.at(-1);
    if (outer) this.#nesting[repeat.name] = { within: outer.name };
    if (repeat.countKey !== null) {
      this.#losses.push(`V2 cannot ask ${page.path} as many times as an answer says: people add as many as they like.`);
    }
    return repeat.pages.flatMap((inner) => {
      const own: Expression[] = inner.condition === null ? [] : [{ kind: 'condition', id: inner.condition }];
      const all = [...(condition === null ? [] : [condition]), ...own];
      const [only] = all;
      const both: Expression | null = all.length > 1 ? { kind: 'all', of: all } : (only ?? null);
      return this.#writePages(inner, slugs, both, [...within, repeat]);
    });
  }

  #writeRepeat({ name, itemTitle, min, max, extra }: Repeat): JsonObject {
    // V2 asks for one at least.
    const most = Math.max(max, min, 1);
    return {
      ...(this.#form.flow === 'order' ? extra : {}),
      options: { name, title: itemTitle },
      schema: { min: Math.min(Math.max(min, 1), most), max: most },
    };
  }

  #writePage(page: Page, slugs: Set<string>, condition: string | null): JsonObject {
    const isOrder = this.#form.flow === 'order';
    const { controller, ...rest } = page.extra;
    if (!isOrder && Object.keys(rest).length > 0) {
      this.#kept[page.path] = rest;
      this.#losses.push(`V2 has no place for ${Object.keys(rest).join(', ')} of the page ${page.path}.`);
    }
    if (!isOrder && page.kind === 'unsupported') {
      this.#losses.push(
        `The page ${page.path} becomes an ordinary one: V2 has no controller ${JSON.stringify(controller ?? null)}.`,
      );
    }
    const named = isOrder && typeof controller === 'string' ? controller : controllers[page.kind];
    const section = this.#form.sections.find(({ name, id }) => name === page.section || id === page.section);
    return {
      ...(isOrder ? rest : {}),
      id: uuidOf('page', page.id),
      path: `/${unusedSlug(page.path, slugs)}`,
      title: page.title,
      ...(named === undefined ? {} : { controller: named }),
      ...(section ? { section: section.name } : {}),
      components: page.components.flatMap((component) => this.#writeComponent(component, page)),
      ...(condition === null ? {} : { condition }),
      next: [],
    };
  }

  #writeComponent(component: Component, page: Page): JsonObject[] {
    const { extra } = component;
    if (component.kind === 'unsupported' || extra.component['derived'] === true) {
      if (this.#form.flow === 'order')
        return [
          {
            ...extra.component,
            id: uuidOf('component', component.id, component.id),
            type: component.type,
            title: component.title,
          },
        ];
      if (component.kind === 'unsupported') {
        this.#losses.push(`The component “${component.title}” of type ${component.type} on ${page.path} is left out.`);
        return [];
      }
    }
    const shownIf: Expression | null =
      component.condition === null ? null : { kind: 'condition', id: component.condition };
    if (shownIf && this.#conditions.fold(shownIf) === false) {
      this.#losses.push(`“${component.title || component.type}” on ${page.path} is left out: it is shown to nobody.`);
      return [];
    }
    const { options, schema, ...own } = isQuestion(component)
      ? this.#writeQuestion(component, page)
      : this.#writeContent(component);
    const { derived: _derived, name, list: _list, options: _options, schema: _schema, ...others } = extra.component;
    const condition = shownIf && this.#conditions.idOf(shownIf);
    return [
      compact({
        ...others,
        ...(typeof name === 'string' && /^[a-zA-Z]+$/.test(name) ? { name } : {}),
        id: uuidOf('component', isQuestion(component) ? component.key : `${page.path} ${component.id}`, component.id),
        ...own,
        options: compact({ ...extra.options, ...(isRecord(options) ? options : {}), condition }),
        schema: compact({ ...extra.schema, ...(isRecord(schema) ? schema : {}) }),
      }),
    ];
  }

  #writeQuestion(question: Question, page: Page): JsonObject {
    const { messages } = question;
    const { all, ...byCode } = messages;
    const [type, options, schema] = this.#partsOf(question, page);
    return {
      type,
      name: this.#nameOf(question),
      title: question.title,
      hint: question.hint,
      shortDescription: question.shortTitle,
      errorDescription: question.errorName,
      ...('list' in question ? { list: this.#listOf(question.list, question.title) } : {}),
      ...(question.kind === 'declaration' ? { content: question.content } : {}),
      options: {
        required: question.required,
        ...(question.showOptional ? {} : { optionalText: false }),
        ...(question.hideTitle ? { hideTitle: true } : {}),
        instructionText: question.instructions,
        classes: question.classes,
        ...(question.hideChange ? { disableChangingFromSummary: true } : {}),
        customValidationMessage: all ?? null,
        ...(Object.keys(byCode).length > 0 ? { customValidationMessages: byCode } : {}),
        ...options,
      },
      schema,
    };
  }

  /** Type, options and schema. */
  #partsOf(question: Question, page: Page): [string, JsonObject, JsonObject] {
    const lost = (what: string): void => {
      this.#losses.push(`“${question.title}” on ${page.path}: ${what}`);
    };
    switch (question.kind) {
      case 'text': {
        const { minLength: min, maxLength: max, exactLength: length, pattern: regex, autocomplete } = question;
        if (placeTypes.has(question.type)) return [question.type, {}, {}];
        return ['TextField', { autocomplete }, { min, max, length, regex }];
      }
      case 'multiline': {
        const { minLength: min, maxLength: max, exactLength: length, pattern: regex, maxWords, rows } = question;
        return ['MultilineTextField', { maxWords, rows }, { min, max, length, regex }];
      }
      case 'email':
        return ['EmailAddressField', {}, {}];
      case 'phone': {
        const format = question.format === 'any' ? null : question.format;
        return ['TelephoneNumberField', { format }, { regex: question.pattern }];
      }
      case 'website':
        lost('V2 has no website field; it becomes text with a pattern.');
        return [
          'TextField',
          {},
          { min: question.minLength, max: question.maxLength, regex: question.pattern ?? '^\\S+\\.\\S+$' },
        ];
      case 'time':
        lost('V2 has no time field; it becomes text with a pattern.');
        return ['TextField', {}, { regex: '^[0-9]{1,2}[:.]?([0-9]{2})? ?([aApP][mM])?$' }];
      case 'date-time':
        lost('V2 has no field for a date with a time; it becomes a date.');
        return [
          'DatePartsField',
          { maxDaysInPast: question.maxDaysInPast, maxDaysInFuture: question.maxDaysInFuture },
          {},
        ];
      case 'number': {
        const { min, max, precision, minPrecision, minLength, maxLength, prefix, suffix } = question;
        return ['NumberField', { prefix, suffix }, { min, max, precision, minPrecision, minLength, maxLength }];
      }
      case 'date': {
        const { maxDaysInPast, maxDaysInFuture, earliest: earliestDate, latest: latestDate } = question;
        const { maxMonthsInPast } = question;
        const notBefore = question.notBefore && this.#nameOfKey(question.notBefore);
        if (maxMonthsInPast !== null || notBefore !== null)
          lost(
            'V2 does not compare dates with each other or by the month; it is kept in its options, for this program.',
          );
        return [
          'DatePartsField',
          { maxDaysInPast, maxDaysInFuture, earliestDate, latestDate, maxMonthsInPast, notBefore },
          {},
        ];
      }
      case 'month-year':
        return ['MonthYearField', { earliestMonthYear: question.earliest, latestMonthYear: question.latest }, {}];
      case 'yes-no':
        return ['YesNoField', {}, {}];
      case 'radios':
        return ['RadiosField', question.bold ? { bold: true } : {}, {}];
      case 'select':
        return [
          question.type === 'AutocompleteField' ? question.type : 'SelectField',
          question.bold ? { bold: true } : {},
          {},
        ];
      case 'checkboxes': {
        const { min, max, exactLength: length, bold } = question;
        return ['CheckboxesField', bold ? { bold } : {}, { min, max, length }];
      }
      case 'uk-address':
        return ['UkAddressField', {}, {}];
      case 'declaration':
        return ['DeclarationField', { declarationConfirmationLabel: question.label }, {}];
      case 'hidden':
        return ['HiddenField', {}, {}];
      case 'file-upload': {
        const { minFiles: min, maxFiles: max, exactFiles: length, accept } = question;
        const maxMegabytes = question.maxBytes === null ? null : question.maxBytes / (1024 * 1024);
        return [
          'FileUploadField',
          { accept: accept.length > 0 ? accept.join(',') : null, maxMegabytes },
          { min, max, length },
        ];
      }
      case 'payment': {
        const conditionalAmounts = question.conditionalAmounts.flatMap(({ condition, amount }) => {
          const id = this.#conditions.idOf({ kind: 'condition', id: condition });
          return id === null ? [] : [{ condition: id, amount: amount / 100 }];
        });
        const prices = conditionalAmounts.length > 0 ? { conditionalAmounts } : {};
        return ['PaymentField', { amount: question.amount / 100, description: question.description, ...prices }, {}];
      }
      case 'places': {
        const { min, max, exactCount: length } = question;
        return ['GeospatialField', {}, { min, max, length }];
      }
    }
  }

  #writeContent(component: Exclude<Component, Question | { kind: 'unsupported' }>): JsonObject {
    const title = component.title || null;
    switch (component.kind) {
      case 'html':
        return { type: 'Html', title, content: component.content };
      case 'markdown':
        return { type: 'Markdown', title, content: component.content };
      case 'inset-text':
        return { type: 'InsetText', title, content: component.content };
      case 'details':
        return { type: 'Details', title, content: component.content };
      case 'notification-banner':
        return {
          type: 'NotificationBanner',
          title,
          content: component.content,
          options: { heading: component.heading, ...(component.success ? { type: 'success' } : {}) },
        };
      case 'list':
        return {
          type: 'List',
          title: component.title,
          name: this.#unusedName('list'),
          list: this.#listOf(component.list, component.title),
          options: {
            ...(component.numbered ? { type: 'numbered' } : {}),
            ...(component.hideTitle ? { hideTitle: true } : {}),
          },
        };
    }
  }

  #listOf(id: string, title: string): string | null {
    if (this.#lists.has(id)) return uuidOf('list', id, id);
    this.#losses.push(`“${title}” has no list: there is none of the name ${JSON.stringify(id)}.`);
    return null;
  }

  /** V2 names are letters only, and each is used once here, since answers are known by them. */
  #nameOf(question: Question): string {
    return this.#nameOfKey(question.key);
  }

  #nameOfKey(key: string): string {
    const known = this.#namesByKey.get(key);
    if (known !== undefined) return known;
    const name = this.#unusedName(key.replaceAll(/[^A-Za-z]/g, '') || 'question');
    this.#namesByKey.set(key, name);
    return name;
  }

  #unusedName(plain: string): string {
    let name = plain;
    for (let number = 2; this.#names.has(name); number++) name = plain + lettersOf(number);
    this.#names.add(name);
    return name;
  }

  #writeSections(): JsonObject[] {
    const titles = new Set<string>();
    return this.#form.sections.flatMap((section) => {
      if (section.name === '') return [];
      const title = unused(section.title || section.name, titles);
      const hideTitle = section.hideTitle ? { hideTitle: true } : {};
      return [{ id: uuidOf('section', section.name, section.id), name: section.name, title, ...hideTitle }];
    });
  }

  #writeLists(): JsonObject[] {
    const names = new Set<string>();
    const titles = new Set<string>();
    return [...this.#lists.values()].map((list) => {
      const texts = new Set<string>();
      const values = new Set<string>();
      const items = list.items.flatMap((item) => {
        const value = typeof item.value === 'string' ? item.value.trim() : item.value;
        if (value === '' || values.has(String(value))) {
          this.#losses.push(
            `The item “${item.text}” of the list “${list.title}” is left out: its value is empty, or another's.`,
          );
          return [];
        }
        values.add(String(value));
        const hint = item.hint === null ? {} : { hint: { id: uuidOf('hint', `${list.id} ${value}`), text: item.hint } };
        return [
          { id: itemId(list, item.value), text: unused(item.text, texts), value, ...hint, ...this.#offeredIf(item) },
        ];
      });
      const isNumber = items.length > 0 && items.every(({ value }) => typeof value === 'number');
      return {
        id: uuidOf('list', list.id),
        name: unused(list.name || list.id, names),
        title: unused(list.title || list.name || list.id, titles),
        type: isNumber ? 'number' : 'string',
        items: isNumber ? items : items.map((item) => ({ ...item, value: String(item.value) })),
      };
    });
  }

  #offeredIf({ text, condition }: ListItem): JsonObject {
    if (condition === null) return {};
    const offered: Expression = { kind: 'condition', id: condition };
    if (this.#conditions.fold(offered) === false) {
      this.#losses.push(`The item “${text}” is offered to nobody, which V2 cannot say: it is offered to everybody.`);
      return {};
    }
    const id = this.#conditions.idOf(offered);
    return id === null ? {} : { condition: id };
  }
}

const controllers: Partial<Record<Page['kind'], string>> = {
  start: 'StartPageController',
  summary: 'SummaryPageController',
  terminal: 'TerminalPageController',
};

function summaryPage(slug: string): JsonObject {
  const id = uuidOf('page', 'the summary');
  return {
    id,
    path: `/${slug}`,
    title: 'Check your answers',
    controller: 'SummaryPageController',
    components: [],
    next: [],
  };
}

/** What has been made of an expression: something to compare, or the same for everybody. */
type Folded = Expression | boolean;

/** Writes conditions as V2 has them: each a flat list of comparisons and references, joined by one coordinator. */
class ConditionWriter {
  readonly #form: Form;
  readonly #questions: ReadonlyMap<string, Question>;
  readonly #lists: ReadonlyMap<string, List>;
  readonly #losses: string[];
  readonly #byId: Map<string, Pick<NamedCondition, 'displayName' | 'expression'>>;
  readonly #folded = new Map<string, Folded>();
  readonly #written = new Map<string, JsonObject>();
  readonly #names = new Set<string>();

  constructor(
    form: Form,
    questions: ReadonlyMap<string, Question>,
    lists: ReadonlyMap<string, List>,
    losses: string[],
  ) {
    this.#form = form;
    this.#questions = questions;
    this.#lists = lists;
    this.#losses = losses;
    this.#byId = new Map(
      form.conditions.map(({ id, displayName, expression }) => [
        id,
        { displayName: unused(displayName || id, this.#names), expression },
      ]),
    );
  }

  write(): JsonObject[] {
    for (const { id, displayName } of this.#form.conditions) {
      if (typeof this.fold({ kind: 'condition', id }) === 'boolean') {
        this.#losses.push(`The condition “${displayName}” is left out: it comes to the same for everybody.`);
      } else this.#writeNamed(id);
    }
    return [...this.#written.values()];
  }

  /** The id of a condition that holds where the expression does; null if that is always, or never. */
  idOf(expression: Expression): string | null {
    const folded = this.fold(expression);
    if (typeof folded === 'boolean') {
      if (!folded) this.#losses.push('Something is shown to nobody, which V2 cannot say: it is shown to everybody.');
      return null;
    }
    if (folded.kind === 'condition') return this.#writeNamed(folded.id);
    return this.#writeOther(folded);
  }

  /** Takes out what is the same for everybody, and turns what is not into its opposite: V2 has neither. */
  fold(expression: Expression): Folded {
    switch (expression.kind) {
      case 'condition': {
        const known = this.#folded.get(expression.id);
        if (known !== undefined) return typeof known === 'boolean' ? known : expression;
        const named = this.#byId.get(expression.id)?.expression;
        this.#folded.set(expression.id, false);
        const folded = named ? this.fold(named) : false;
        this.#folded.set(expression.id, folded);
        return typeof folded === 'boolean' ? folded : expression;
      }
      case 'not':
        return this.#negate(this.fold(expression.of));
      case 'compare':
        return this.#canCompare(expression);
      case 'all':
      case 'any': {
        const deciding = expression.kind === 'any';
        const parts: Expression[] = [];
        for (const part of expression.of) {
          const folded = this.fold(part);
          if (folded === deciding) return deciding;
          if (typeof folded !== 'boolean') parts.push(folded);
        }
        const [only] = parts;
        if (!only) return !deciding;
        return parts.length === 1 ? only : { kind: expression.kind, of: parts };
      }
    }
  }

  /** Gives an expression a name, so that others can refer to it. */
  define(id: string, displayName: string, expression: Expression): Folded {
    const folded = this.fold(expression);
    if (typeof folded === 'boolean' || folded.kind === 'condition' || folded.kind === 'compare') return folded;
    this.#folded.set(id, folded);
    this.#byId.set(id, { displayName: unused(displayName, this.#names), expression: folded });
    return { kind: 'condition', id };
  }

  #negate(folded: Folded): Folded {
    if (typeof folded === 'boolean') return !folded;
    switch (folded.kind) {
      case 'not':
        return folded.of;
      case 'condition': {
        // Named once, since many conditions may refer to it.
        const id = `not ${folded.id}`;
        const name = this.#byId.get(folded.id)?.displayName || folded.id;
        if (!this.#folded.has(id)) {
          this.#folded.set(id, false);
          const negated = this.#negate(this.#folded.get(folded.id) ?? false);
          this.#folded.set(id, negated);
          this.#byId.set(id, { displayName: unused(`Not: ${name}`, this.#names), expression: null });
        }
        const known = this.#folded.get(id) ?? false;
        return typeof known === 'boolean' || known.kind === 'compare' ? known : { kind: 'condition', id };
      }
      case 'compare': {
        const opposites = opposite[folded.operator].map((operator): Expression => ({ ...folded, operator }));
        return this.fold({ kind: 'any', of: opposites });
      }
      case 'all':
      case 'any': {
        const of = folded.of.map((part): Expression => ({ kind: 'not', of: part }));
        return this.fold({ kind: folded.kind === 'all' ? 'any' : 'all', of });
      }
    }
  }

  /** A value that nobody can have chosen, or an empty one, comes to the same for everybody. */
  #canCompare(expression: Extract<Expression, { kind: 'compare' }>): Folded {
    const question = this.#questions.get(expression.key);
    const { value, operator } = expression;
    const negative = operator === 'is not' || operator === 'does not contain';
    if (!question || !comparable.has(question.kind) || placeTypes.has(question.type)) {
      this.#losses.push(`V2 cannot compare an answer to “${question?.title ?? expression.key}”.`);
      return negative;
    }
    if ('list' in question && (value.type === 'choices' || value.type === 'value')) {
      const values = value.type === 'choices' ? value.values : [value.value];
      const list = this.#lists.get(question.list);
      if (exact.has(operator)) return values.some((each) => findItem(list, each)) ? expression : negative;
      // V2 compares what was chosen with choices only: those that are more than 2 are named one by one.
      const [compiled] = compileConditions([{ id: '', displayName: '', expression, extra: {} }]).values();
      const fitting = (list?.items ?? [])
        .map((item) => item.value)
        .filter((each) => compiled?.holds({ answer: () => each, today: '' }));
      const choices = { type: 'choices', values: fitting, together: 'or' } as const;
      return fitting.length > 0 && { ...expression, operator: 'is', value: choices };
    }
    return value.type === 'value' && value.value === '' ? negative : expression;
  }

  #writeNamed(id: string): string {
    const uuid = uuidOf('condition', id);
    const folded = this.#folded.get(id);
    const named = this.#byId.get(id);
    if (this.#written.has(uuid) || folded === undefined || typeof folded === 'boolean') return uuid;
    this.#written.set(uuid, {});
    this.#written.set(uuid, this.#conditionOf(uuid, named?.displayName ?? id, folded));
    return uuid;
  }

  #writeOther(expression: Expression): string {
    const text = JSON.stringify(expression);
    const uuid = uuidOf('condition', text);
    if (this.#written.has(uuid)) return uuid;
    this.#written.set(uuid, {});
    this.#written.set(
      uuid,
      this.#conditionOf(uuid, unused(this.#describe(expression, 0).slice(0, 150), this.#names), expression),
    );
    return uuid;
  }

  #conditionOf(id: string, displayName: string, expression: Expression): JsonObject {
    const joined = expression.kind === 'all' || expression.kind === 'any';
    const items = (joined ? expression.of : [expression]).map((part, index) => this.#itemOf(part, `${id} ${index}`));
    const coordinator = items.length > 1 ? { coordinator: expression.kind === 'any' ? 'or' : 'and' } : {};
    return { id, displayName, ...coordinator, items };
  }

  #itemOf(part: Expression, place: string): JsonObject {
    const id = uuidOf('item', place);
    if (part.kind === 'compare') return { id, ...this.#comparisonOf(part) };
    return { id, conditionId: part.kind === 'condition' ? this.#writeNamed(part.id) : this.#writeOther(part) };
  }

  #comparisonOf({ key, operator, value }: Extract<Expression, { kind: 'compare' }>): JsonObject {
    const question = this.#questions.get(key);
    const base = { componentId: uuidOf('component', key, question?.id), operator };
    if (value.type === 'relative-date' || value.type === 'relative-time') {
      const { period, unit, direction } = value;
      return {
        ...base,
        type: 'RelativeDate',
        value: { period: Math.max(period, 1), unit, direction: `in the ${direction}` },
      };
    }
    if (question && 'list' in question) {
      const list = this.#lists.get(question.list);
      const values = value.type === 'choices' ? value.values : [value.value];
      const items = values.flatMap((each) => findItem(list, each) ?? []);
      return {
        ...base,
        type: 'ListItemRef',
        value: {
          listId: uuidOf('list', question.list, question.list),
          itemId: list ? items.map((item) => itemId(list, item.value)) : [],
          ...(value.type === 'choices' && value.together === 'and' ? { itemsCoordinator: 'and' } : {}),
        },
      };
    }
    const plain = value.type === 'choices' ? (value.values[0] ?? '') : value.value;
    if (question?.kind === 'yes-no') return { ...base, type: 'BooleanValue', value: String(plain) === 'true' };
    const ofLength = operator === 'has length' || operator === 'is longer than' || operator === 'is shorter than';
    if ((question?.kind === 'number' || ofLength) && Number.isFinite(Number(plain))) {
      return { ...base, type: 'NumberValue', value: Number(plain) };
    }
    if (question?.kind === 'date' && /^\d{4}-\d{2}-\d{2}$/.test(String(plain))) {
      return { ...base, type: 'DateValue', value: String(plain) };
    }
    return { ...base, type: 'StringValue', value: String(plain) };
  }

  #describe(expression: Expression, depth: number): string {
    if (depth > 3) return '…';
    switch (expression.kind) {
      case 'condition':
        return this.#byId.get(expression.id)?.displayName || expression.id;
      case 'not':
        return `not (${this.#describe(expression.of, depth + 1)})`;
      case 'compare': {
        const { key, operator, value } = expression;
        const title = this.#questions.get(key)?.title ?? key;
        const words =
          value.type === 'value'
            ? String(value.value)
            : value.type === 'choices'
              ? value.values.join(', ')
              : `${value.period} ${value.unit}`;
        return `“${title.slice(0, 60)}” ${operator} ${words.slice(0, 40)}`;
      }
      case 'all':
      case 'any':
        return expression.of
          .map((part) => this.#describe(part, depth + 1))
          .join(expression.kind === 'all' ? ' and ' : ' or ');
    }
  }
}

const exact: ReadonlySet<Operator> = new Set(['is', 'is not', 'contains', 'does not contain']);

const opposite: Readonly<Record<Operator, readonly Operator[]>> = {
  is: ['is not'],
  'is not': ['is'],
  contains: ['does not contain'],
  'does not contain': ['contains'],
  'has length': ['is longer than', 'is shorter than'],
  'is longer than': ['has length', 'is shorter than'],
  'is shorter than': ['has length', 'is longer than'],
  'is before': ['is', 'is after'],
  'is after': ['is', 'is before'],
  'is at least': ['is less than'],
  'is at most': ['is more than'],
  'is less than': ['is at least'],
  'is more than': ['is at most'],
};

/** Types of V2 that are read as text in a known notation. */
const placeTypes: ReadonlySet<string> = new Set([
  'OsGridRefField',
  'NationalGridFieldNumberField',
  'EastingNorthingField',
  'LatLongField',
]);

/** `isConditionalType` of `@defra/forms-model`, in the words of the model. */
const comparable: ReadonlySet<Question['kind']> = new Set([
  'text',
  'multiline',
  'email',
  'phone',
  'website',
  'time',
  'number',
  'date',
  'date-time',
  'yes-no',
  'radios',
  'select',
  'checkboxes',
  'declaration',
]);

/**
 * Says of each page under which condition a person comes to it; null if everybody does, false if nobody. Where every way on from a page comes
 * together again in another, the second is asked of the same people as the first, whatever lies between.
 */
function findReach(
  ways: Ways,
  asked: readonly Page[],
  conditions: ConditionWriter,
): Map<Page, Expression | null | false> {
  const { order, from } = ways;
  const before = new Map<Page, Page[]>();
  for (const page of order) {
    for (const { to } of from.get(page) ?? []) if (to) before.set(to, [...(before.get(to) ?? []), page]);
  }
  const places = new Map(order.map((page, index) => [page, index]));
  const above = findDominators(order, before, places);
  // Who is led to a page for those who cannot apply stops there: that page comes before all others.
  const stops = new Set(order.filter((page) => page.kind === 'terminal' && new Set(before.get(page)).size === 1));
  const reach = new Map<Page, Expression | null | false>();
  for (const page of order) {
    const dominator = above.get(page);
    if (!dominator) reach.set(page, null);
    else if (page.kind !== 'terminal' && cannotPassBy(dominator, page, from, stops)) {
      reach.set(page, reach.get(dominator) ?? null);
    } else {
      const edges: Expression[] = [];
      for (const parent of new Set(before.get(page))) {
        if ((places.get(parent) ?? 0) >= (places.get(page) ?? 0)) continue;
        const reached = reach.get(parent) ?? null;
        if (reached !== false) edges.push(...edgesBetween(parent, page, from, reached));
      }
      const name = `Led to ${page.title || page.path}`;
      const folded = conditions.define(`led to ${page.path}`, name, { kind: 'any', of: edges });
      reach.set(page, folded === true ? null : folded);
    }
  }
  for (const page of asked) if (!reach.has(page)) reach.set(page, null);
  return reach;
}

function edgesBetween(parent: Page, page: Page, from: Ways['from'], reached: Expression | null): Expression[] {
  const earlier: Expression[] = [];
  const edges: Expression[] = [];
  for (const { condition, to } of from.get(parent) ?? []) {
    const own: Expression[] = condition === null ? [] : [{ kind: 'condition', id: condition }];
    if (to === page) edges.push({ kind: 'all', of: [...(reached ? [reached] : []), ...earlier, ...own] });
    for (const of of own) earlier.push({ kind: 'not', of });
  }
  return edges;
}

/** The nearest page that everybody has passed who comes to a page: Cooper, Harvey and Kennedy, A simple, fast dominance algorithm. */
function findDominators(
  order: readonly Page[],
  before: ReadonlyMap<Page, readonly Page[]>,
  places: ReadonlyMap<Page, number>,
): Map<Page, Page | null> {
  const above = new Map<Page, Page | null>();
  const [first] = order;
  if (first) above.set(first, null);
  const place = (page: Page): number => places.get(page) ?? 0;
  const meet = (one: Page, other: Page): Page => {
    let [left, right] = [one, other];
    while (left !== right) {
      if (place(left) > place(right)) left = above.get(left) ?? right;
      else right = above.get(right) ?? left;
    }
    return left;
  };
  // One round: ways back do not decide who comes to a page first.
  for (const page of order.slice(1)) {
    const known = (before.get(page) ?? []).filter((parent) => above.has(parent) && place(parent) < place(page));
    const [start] = known;
    above.set(page, start ? known.reduce(meet, start) : null);
  }
  return above;
}

function cannotPassBy(start: Page, page: Page, from: Ways['from'], stops: ReadonlySet<Page>): boolean {
  const seen = new Set<Page>([start, page]);
  const open = [start];
  for (let next = open.pop(); next; next = open.pop()) {
    const ways = from.get(next) ?? [];
    if (ways.length === 0 && !stops.has(next)) return false;
    for (const { to } of ways) {
      if (to === null) return false;
      if (seen.has(to)) continue;
      seen.add(to);
      open.push(to);
    }
  }
  return true;
}

const findItem = (list: List | undefined, value: string | number | boolean) =>
  list?.items.find((item) => item.value !== '' && String(item.value) === String(value));

function itemId(list: List, value: string | number): string {
  const item = findItem(list, value);
  return uuidOf('item', `${list.id} ${value}`, item?.id);
}

/** A UUID that is always the same for the same thing: its own, if it has one. */
function uuidOf(kind: string, name: string, own = name): string {
  if (/^[\da-f]{8}-(?:[\da-f]{4}-){3}[\da-f]{12}$/i.test(own)) return own;
  const hex = createHash('sha256').update(`${kind} ${name}`).digest('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-5${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

function unused(text: string, used: Set<string>): string {
  const own = text.trim() || 'Untitled';
  let name = own;
  for (let number = 2; used.has(name); number++) name = `${own} (${number})`;
  used.add(name);
  return name;
}

/** 2 is "b", 27 is "aa". */
function lettersOf(number: number): string {
  let letters = '';
  for (let rest = number; rest > 0; rest = Math.floor((rest - 1) / 26)) {
    letters = String.fromCodePoint(97 + ((rest - 1) % 26)) + letters;
  }
  return letters;
}

function compact(object: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== null));
}

const isRecord = (value: Json | undefined): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isPhase = (value: Json | undefined): boolean =>
  isRecord(value) && (value['phase'] === 'alpha' || value['phase'] === 'beta') && Object.keys(value).length === 1;
