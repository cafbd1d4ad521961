import { textOf } from '../form.ts';
import type { List, ListItem } from '../form.ts';
import type { ComponentSource } from './component-parts.ts';
import type { Names } from './names.ts';
import { isObject, most, quote } from './reading.ts';
import type { Source } from './reading.ts';

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

export function choices(from: ComponentSource): { list: string; bold: boolean; required?: false } {
  const list = listId(from);
  // Where there is nothing to choose, nobody can be made to.
  const isEmpty = from.names.lists.get(list)?.items.length === 0;
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
    from.source.unready(
      'list',
      `The list ${quote(list.title)} of ${quote(from.title)} is empty: it has nothing to choose from, and need not be answered. Add items to it.`,
    );
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
