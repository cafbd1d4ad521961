import type { PageError } from '#design';
import { newId } from '#platform';
import { compilePattern } from '../questions/patterns.ts';
import type { Json, JsonObject } from '../definition/form.ts';
import {
  changeIn,
  conditionsOf,
  findById,
  idOf,
  itemsOf,
  listsOf,
  nameFor,
  placedComponents,
  textAt,
  withValue,
} from './blueprint.ts';
import { settingsOfQuestions } from './kinds.ts';
import type { ComponentKind, Setting } from './kinds.ts';
import { optionLines, readOptions } from './options.ts';
import { fieldOf } from './pages/desk.ts';
import type { Posted } from './pages/desk.ts';
import type { Field, FieldGroup } from './pages/fields.ts';
import { usesOfList } from './sentences.ts';

/** Settings of this kind of content have a title that people see. */
const titled: Readonly<Record<string, string>> = {
  Details: 'What people open',
  NotificationBanner: 'Title of the banner',
  List: 'Title of the list',
};

/** The fields by which a component is made or changed. */
export function componentFields(
  definition: JsonObject,
  kind: ComponentKind,
  component: JsonObject | null,
): FieldGroup[] {
  const value = (path: string): string => (component ? textAt(component, path) : '');
  const conditions = conditionsOf(definition);
  const main: Field[] = [];
  if (kind.asks) {
    main.push({
      as: 'text',
      id: 'title',
      label: 'Question',
      hint: 'As people read it, such as: What is your name?',
      value: value('title'),
    });
    main.push({
      as: 'lines',
      id: 'hint',
      label: 'Hint',
      hint: 'Help with answering, if it is needed',
      rows: 2,
      value: value('hint'),
    });
  } else if (titled[kind.type] !== undefined) {
    main.push({ as: 'text', id: 'title', label: titled[kind.type] ?? '', value: value('title') });
  }
  if (kind.usesList) main.push(...listFields(definition, component));
  main.push(...kind.settings.filter(({ at }) => isMain(at)).map((setting) => settingField(setting, component)));
  if (kind.asks && kind.type !== 'HiddenField') {
    main.push({
      as: 'flag',
      id: 'required',
      label: 'People must answer',
      value: component ? textAt(component, 'options.required') !== 'false' : true,
    });
  }
  const limits = kind.settings.filter(({ at }) => !isMain(at)).map((setting) => settingField(setting, component));
  return [
    { fields: main },
    { inside: 'Limits', fields: kind.asks ? limits : [] },
    ...(kind.asks ? [] : [{ fields: limits }]),
    {
      inside: 'How it is shown',
      fields:
        kind.asks && kind.type !== 'HiddenField'
          ? settingsOfQuestions.map((each) => settingField(each, component))
          : [],
    },
    {
      inside: 'When it is shown',
      fields:
        conditions.length === 0
          ? []
          : [
              {
                as: 'select',
                id: 'condition',
                label: 'Who sees it',
                value: value('options.condition'),
                items: [
                  { value: '', text: 'Everybody who comes to the page' },
                  ...conditions.map((each) => ({ value: idOf(each), text: `Only if: ${textAt(each, 'displayName')}` })),
                ],
              },
            ],
    },
    {
      inside: 'Its words elsewhere',
      fields: kind.asks
        ? [
            {
              as: 'text',
              id: 'short',
              label: 'In check your answers',
              hint: 'A few words, such as Your name',
              value: value('shortDescription'),
            },
            {
              as: 'text',
              id: 'in-errors',
              label: 'In error messages',
              hint: 'What follows Enter, such as your full name',
              value: value('errorDescription'),
            },
            {
              as: 'text',
              id: 'message',
              label: 'One message for every mistake',
              hint: 'Leave it empty for messages that say what is wrong',
              value: value('options.customValidationMessage'),
            },
            {
              as: 'text',
              id: 'name',
              label: 'Name in downloads and webhooks',
              hint: 'Letters only. Leave it empty to make it from the question',
              value: value('name'),
            },
          ]
        : [],
    },
  ];
}

const isMain = (at: string): boolean => at === 'content' || at === 'options.amount' || at === 'options.description';

function listFields(definition: JsonObject, component: JsonObject | null): Field[] {
  const current = component ? textAt(component, 'list') : '';
  const own = findById(listsOf(definition), current);
  const others = listsOf(definition).filter((list) => list !== own);
  const shared = own !== null && usesOfList(definition, idOf(own)).length > 1;
  const fields: Field[] = [];
  if (others.length > 0 || own) {
    fields.push({
      as: 'select',
      id: 'list',
      label: 'List of options',
      value: current,
      items: [
        { value: '', text: 'A new list, written below' },
        ...listsOf(definition).map((list) => ({
          value: idOf(list),
          text: textAt(list, 'title') || textAt(list, 'name'),
        })),
      ],
    });
  }
  fields.push({
    as: 'lines',
    id: 'options',
    label: own && !shared ? 'Options' : 'Options of a new list',
    hint: shared ? 'Other questions use the list that is chosen, so it is changed on its own page' : 'One on each line',
    rows: 6,
    value: own && !shared ? optionLines(own) : '',
  });
  return fields;
}

const fieldId = ({ at }: Setting): string => at.replace('.', '-');

function settingField(setting: Setting, component: JsonObject | null): Field {
  const { label, hint, as, choices } = setting;
  const common = { id: fieldId(setting), label, ...(hint === undefined ? {} : { hint }) };
  const value = component ? textAt(component, setting.at) : '';
  switch (as) {
    case 'lines':
      return { ...common, as: 'lines', value, rows: 8 };
    case 'flag':
      return { ...common, as: 'flag', value: value === 'true' };
    case 'choice':
      return {
        ...common,
        as: 'select',
        value,
        items: Object.entries(choices ?? {}).map(([each, text]) => ({ value: each, text })),
      };
    case 'count':
      return { ...common, as: 'text', value, width: 5, numeric: true };
    case 'number':
    case 'date':
    case 'month':
      return { ...common, as: 'text', value, width: 10 };
    case 'text':
      return { ...common, as: 'text', value };
  }
}

/** What was read: the component, what its list becomes, and what is wrong. */
interface ReadComponent {
  component: JsonObject;
  errors: PageError[];
  /** What else of a definition the change rests on: its list. */
  restsOn: (definition: JsonObject) => unknown;
  /** Puts what goes with the component into the definition: its list. */
  change: (definition: JsonObject) => JsonObject;
}

/** Reads the posted fields of a component into it. What they do not say stays as it is. */
export function readComponent(
  definition: JsonObject,
  kind: ComponentKind,
  before: JsonObject,
  posted: Posted,
): ReadComponent {
  const errors: PageError[] = [];
  const wrong = (id: string, text: string): void => void errors.push({ href: `#${id}`, text });
  let component = before;
  const set = (path: string, value: Json | null): void => {
    component = withValue(component, path, value);
  };
  const title = fieldOf(posted, 'title');
  if (kind.asks || titled[kind.type] !== undefined) {
    if (title === '')
      wrong('title', kind.asks ? 'Enter the question' : `Enter ${(titled[kind.type] ?? 'a title').toLowerCase()}`);
    else if (title.length > 1_000) wrong('title', 'The question must be 1,000 characters or less');
    set('title', title);
  }
  const ofQuestions = kind.asks && kind.type !== 'HiddenField' ? settingsOfQuestions : [];
  for (const setting of [...kind.settings, ...ofQuestions]) readSetting(setting, posted, set, wrong);
  const condition = fieldOf(posted, 'condition');
  if (conditionsOf(definition).length > 0) {
    set('options.condition', condition !== '' && findById(conditionsOf(definition), condition) ? condition : null);
  }
  if (kind.asks) {
    set('hint', fieldOf(posted, 'hint') || null);
    set('shortDescription', fieldOf(posted, 'short') || null);
    set('errorDescription', fieldOf(posted, 'in-errors') || null);
    set('options.customValidationMessage', fieldOf(posted, 'message') || null);
    if (kind.type !== 'HiddenField') set('options.required', fieldOf(posted, 'required') === 'yes' ? null : false);
    const others = placedComponents(definition)
      .filter((placed) => idOf(placed.component) !== idOf(before))
      .map((placed) => textAt(placed.component, 'name'))
      .filter((other) => other !== '');
    const name = fieldOf(posted, 'name');
    if (name !== '' && !/^[a-zA-Z]{1,80}$/.test(name))
      wrong('name', 'The name in downloads must be letters only, such as fullName');
    else if (others.some((other) => other.toLowerCase() === name.toLowerCase()))
      wrong('name', 'Another question has this name in downloads. Choose another');
    set('name', name || nameFor(title, others));
  }
  // V2 wants a name of a list of points too, though nothing is answered to it.
  if (kind.type === 'List' && textAt(before, 'name') === '') {
    set(
      'name',
      nameFor(
        `list ${title}`,
        placedComponents(definition).map((placed) => textAt(placed.component, 'name')),
      ),
    );
  }
  const list = kind.usesList ? readList(definition, component, title, posted, wrong) : null;
  if (list) set('list', list.id);
  return { component, errors, restsOn: list?.restsOn ?? (() => null), change: list?.change ?? ((same) => same) };
}

function readSetting(
  setting: Setting,
  posted: Posted,
  set: (path: string, value: Json | null) => void,
  wrong: (id: string, text: string) => void,
): void {
  const { at, as, label, choices } = setting;
  const id = fieldId(setting);
  const text = fieldOf(posted, id);
  const whole = label.charAt(0).toLowerCase() + label.slice(1);
  if (text === '') {
    if (at === 'content') wrong(id, 'Enter the text');
    if (at === 'options.amount') wrong(id, 'Enter the price');
    if (at === 'options.description') wrong(id, 'Enter what is paid for');
    set(at, null);
    return;
  }
  switch (as) {
    case 'count':
      if (/^\d{1,9}$/.test(text)) set(at, Number(text));
      else wrong(id, `Enter ${whole} as a whole number, 0 or more`);
      return;
    case 'number':
      if (/^-?\d{1,12}(\.\d{1,6})?$/.test(text)) set(at, Number(text));
      else wrong(id, `Enter ${whole} as a number, such as 10 or 2.5`);
      return;
    case 'date':
      if (/^\d{4}-\d{2}-\d{2}$/.test(text) && !Number.isNaN(Date.parse(text))) set(at, text);
      else wrong(id, `Enter the ${whole} as a real date, such as 2026-04-01`);
      return;
    case 'month':
      if (/^\d{4}-(0[1-9]|1[0-2])$/.test(text)) set(at, text);
      else wrong(id, `Enter the ${whole} as a year and a month, such as 2026-04`);
      return;
    case 'choice':
      set(at, choices && Object.hasOwn(choices, text) ? text : null);
      return;
    case 'flag':
      set(at, text === 'yes' ? true : null);
      return;
    case 'text':
    case 'lines': {
      const problem = at === 'schema.regex' ? compilePattern(text) : null;
      if (typeof problem === 'string') wrong(id, problem);
      set(at, text);
    }
  }
}

function readList(
  definition: JsonObject,
  component: JsonObject,
  title: string,
  posted: Posted,
  wrong: (id: string, text: string) => void,
): Pick<ReadComponent, 'restsOn' | 'change'> & { id: string } {
  const chosen = findById(listsOf(definition), fieldOf(posted, 'list'));
  const lines = fieldOf(posted, 'options');
  const before = textAt(component, 'list');
  // The options of a list that only this question uses are changed here; those of another are taken as they are.
  if (chosen && (idOf(chosen) !== before || lines === '' || usesOfList(definition, idOf(chosen)).length > 1)) {
    if (itemsOf(chosen).length === 0) wrong('list', 'The list is empty. Add options to it, or choose another');
    return { id: idOf(chosen), restsOn: () => null, change: (same) => same };
  }
  const { items, errors } = readOptions(definition, chosen, lines);
  for (const text of errors) wrong('options', text);
  if (chosen) {
    return {
      id: idOf(chosen),
      restsOn: (each) => findById(listsOf(each), idOf(chosen)),
      change: (each) => changeIn(each, 'lists', idOf(chosen), (list) => ({ ...list, items })),
    };
  }
  const id = newId();
  const names = listsOf(definition).flatMap((list) => [textAt(list, 'name'), textAt(list, 'title')]);
  return {
    id,
    restsOn: () => null,
    change: (each) => ({
      ...each,
      lists: [
        ...listsOf(each),
        { id, name: nameFor(`list ${title}`, names), title: unusedTitle(title, names), type: 'string', items },
      ],
    }),
  };
}

/** V2 wants each list to have a title of its own. */
export function unusedTitle(title: string, taken: readonly string[]): string {
  const own = title.slice(0, 200) || 'Options';
  let text = own;
  for (let number = 2; taken.includes(text); number++) text = `${own} (${number})`;
  return text;
}
