import { unusedSlug } from '../../versions/compile.ts';
import { everyPage, isQuestion } from '../form.ts';
import type { Component, Expression, Form, Json, JsonObject, List, ListItem, Page, Question, Repeat } from '../form.ts';
import { findWays } from '../../versions/ways.ts';
import type { Ways } from '../../versions/ways.ts';
import { ConditionWriter, itemId, placeTypes } from './written-conditions.ts';
import { lettersOf, unused, uuidOf } from './written-names.ts';
import { findReach } from './written-reach.ts';

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

function compact(object: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== null));
}

const isRecord = (value: Json | undefined): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isPhase = (value: Json | undefined): boolean =>
  isRecord(value) && (value['phase'] === 'alpha' || value['phase'] === 'beta') && Object.keys(value).length === 1;
