import { createHash } from 'node:crypto';

/** What a page of a definition holds, before it has identifiers. */
export interface DraftPage {
  readonly path: string;
  readonly title?: string;
  readonly components: readonly DraftComponent[];
  /** The condition under which the page is asked, by its name. */
  readonly condition?: string;
  /** The section that it is in, by its title. */
  readonly section?: string;
  /** The page is asked once for each of several things; pages of one name that follow each other, together. */
  readonly repeat?: { readonly name: string; readonly title: string; readonly min?: number; readonly max?: number };
  /** It ends the journey: whoever comes here is not eligible. */
  readonly isEnd?: boolean;
}

/** Texts of a form in another language, by the names of what they belong to. */
export interface DraftTranslation {
  readonly name: string;
  readonly declaration: string;
  /** By path. `item` is what one of the things is called that the page is asked for. */
  readonly pages?: Readonly<Record<string, { readonly title?: string; readonly item?: string }>>;
  /** By the component's name; `choices` by their values. */
  readonly components: Readonly<
    Record<
      string,
      {
        readonly title: string;
        readonly hint?: string;
        readonly shortDescription?: string;
        readonly choices?: Readonly<Record<string, string>>;
      }
    >
  >;
}

export interface DraftComponent {
  readonly type: string;
  readonly name: string;
  readonly title: string;
  readonly hint?: string;
  readonly shortDescription?: string;
  readonly content?: string;
  /** The items of the list that is chosen from: values with their texts. */
  readonly choices?: Readonly<Record<string, string>>;
  readonly options?: Readonly<Record<string, unknown>>;
  readonly schema?: Readonly<Record<string, unknown>>;
}

export interface DraftForm {
  readonly name: string;
  readonly pages: readonly DraftPage[];
  /** Conditions by name: the answer to a component has this value. */
  readonly conditions?: Readonly<Record<string, { readonly component: string; readonly value: boolean | string }>>;
  readonly declaration: string;
  /** Titles of its sections, which are tasks that a person does in the order they like. */
  readonly tasks?: readonly string[];
  /** By language tag. */
  readonly translations?: Readonly<Record<string, DraftTranslation>>;
}

/**
 * Writes a draft as a definition in the V2 dialect, as a department's own tool would hand it over. The identifiers are
 * made from the names, so the same draft always makes the same definition.
 */
export function writeDefinition(form: DraftForm): Record<string, unknown> {
  const idOf = (kind: string, name: string): string => uuidOf(`${form.name} ${kind} ${name}`);
  const components = form.pages.flatMap((page) => page.components);
  const itemId = (list: string, value: string): string => idOf('item', `${list} ${value}`);
  return {
    engine: 'V2',
    schema: 2,
    name: form.name,
    startPage: form.pages[0]?.path,
    sections: (form.tasks ?? []).map((title) => ({ id: idOf('section', title), name: title, title })),
    ...metadataOf(form, idOf),
    pages: [
      ...form.pages.map((page) => ({
        id: idOf('page', page.path),
        path: page.path,
        title: page.title ?? '',
        next: [],
        ...(page.condition === undefined ? {} : { condition: idOf('condition', page.condition) }),
        ...(page.section === undefined ? {} : { section: idOf('section', page.section) }),
        ...(page.isEnd === true ? { controller: 'TerminalPageController' } : {}),
        ...(page.repeat === undefined ? {} : repeatOf(page.repeat)),
        components: page.components.map((component) => ({
          id: idOf('component', component.name),
          type: component.type,
          name: component.name,
          title: component.title,
          ...(component.hint === undefined ? {} : { hint: component.hint }),
          ...(component.shortDescription === undefined ? {} : { shortDescription: component.shortDescription }),
          ...(component.content === undefined ? {} : { content: component.content }),
          ...(component.choices === undefined ? {} : { list: idOf('list', component.name) }),
          options: component.options ?? {},
          schema: component.schema ?? {},
        })),
      })),
      {
        id: idOf('page', '/summary'),
        path: '/summary',
        title: 'Check your answers',
        controller: 'SummaryPageController',
        next: [],
        components: [
          {
            id: idOf('component', 'declaration'),
            type: 'Markdown',
            name: 'declaration',
            title: 'Declaration',
            content: form.declaration,
            options: {},
            schema: {},
          },
        ],
      },
    ],
    conditions: Object.entries(form.conditions ?? {}).map(([name, { component, value }]) => ({
      id: idOf('condition', name),
      displayName: name,
      items: [
        {
          id: idOf('comparison', name),
          componentId: idOf('component', component),
          operator: 'is',
          ...(typeof value === 'boolean'
            ? { type: 'BooleanValue', value }
            : {
                type: 'ListItemRef',
                value: { listId: idOf('list', component), itemId: itemId(component, value) },
              }),
        },
      ],
    })),
    lists: components
      .filter((component) => component.choices !== undefined)
      .map((component) => ({
        id: idOf('list', component.name),
        name: `list${component.name}`,
        title: component.title,
        type: 'string',
        items: Object.entries(component.choices ?? {}).map(([value, text]) => ({
          id: itemId(component.name, value),
          text,
          value,
        })),
      })),
  };
}

function repeatOf({ name, title, min = 1, max = 10 }: NonNullable<DraftPage['repeat']>) {
  return { controller: 'RepeatPageController', repeat: { options: { name, title }, schema: { min, max } } };
}

/** What V2 has no word for stands in the metadata: tasks, languages and texts in them. */
function metadataOf(form: DraftForm, idOf: (kind: string, name: string) => string): { metadata?: object } {
  const { tasks, translations } = form;
  if (tasks === undefined && translations === undefined) return {};
  const translated = Object.entries(translations ?? {}).map(([language, texts]) => {
    const things: Record<string, Record<string, string>> = {
      form: { name: texts.name },
      [idOf('component', 'declaration')]: { content: texts.declaration },
    };
    for (const [path, { title, item }] of Object.entries(texts.pages ?? {})) {
      if (title !== undefined) things[idOf('page', path)] = { title };
      const repeat = form.pages.find((page) => page.path === path)?.repeat;
      if (item === undefined || repeat === undefined) continue;
      // The list of what was added has the id of its first page, and the name of the repeat.
      things[`${idOf('page', path)} ${repeat.name}`] = { itemTitle: item, ...(title === undefined ? {} : { title }) };
    }
    for (const [name, { title, hint, shortDescription, choices }] of Object.entries(texts.components)) {
      things[idOf('component', name)] = {
        title,
        ...(hint === undefined ? {} : { hint }),
        ...(shortDescription === undefined ? {} : { shortTitle: shortDescription }),
      };
      for (const [value, text] of Object.entries(choices ?? {})) things[idOf('item', `${name} ${value}`)] = { text };
    }
    return [language, things] as const;
  });
  return {
    metadata: {
      ...(tasks === undefined ? {} : { journey: 'task-list' }),
      ...(translations === undefined
        ? {}
        : { languages: ['en', ...Object.keys(translations)], translations: Object.fromEntries(translated) }),
    },
  };
}

/** A UUID of version 8 (RFC 9562, section 5.8) from a text: the same text, the same identifier. */
function uuidOf(text: string): string {
  const hex = createHash('sha256').update(text).digest('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
