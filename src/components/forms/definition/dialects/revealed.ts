import { isQuestion, textOf } from '../form.ts';
import type { Expression, Link, NamedCondition, Page, Question } from '../form.ts';
import { readComponent } from './components.ts';
import type { ComponentReaders } from './components.ts';
import type { Names } from './names.ts';
import { isObject } from './reading.ts';
import type { Source } from './reading.ts';

/** What is asked only of those who chose one value of a question, on that question's own page in the engine it comes from. */
interface Revealed {
  value: string;
  components: Source[];
}

/**
 * Questions that are revealed inside a choice are put on a page of their own after it. Where pages stand in order it has a condition;
 * where they lead to each other, that choice leads to it, and it leads on as the page of the choice does.
 */
export interface RevealedPages {
  pages: Page[];
  conditions: NamedCondition[];
  /** To be tried before the page's own ways. */
  links: Link[];
}

/** @param sources of the components of the page, in the order of `page.components`. */
export function readRevealed(
  page: Page,
  sources: readonly Source[],
  { names, readers }: { names: Names; readers: ComponentReaders },
): RevealedPages {
  const made: RevealedPages = { pages: [], conditions: [], links: [] };
  const shown = sources.flatMap((source, index) => {
    const asking = page.components[index];
    if (!asking || !isQuestion(asking)) return [];
    return revealedIn(source, asking, names).map((revealed) => ({ asking, ...revealed }));
  });
  // The last first, since each leads on to those after it.
  for (const { asking, value, components } of shown.toReversed()) {
    const read = components.map((component) => {
      component.page = page.title || asking.title;
      return readComponent(component, names, readers);
    });
    if (read.length === 0) continue;
    const condition = `${asking.key} is ${value}`;
    names.conditions.add(condition);
    const operator = asking.kind === 'checkboxes' ? 'contains' : 'is';
    const expression: Expression = { kind: 'compare', key: asking.key, operator, value: { type: 'value', value } };
    made.conditions.unshift({ id: condition, displayName: condition, expression, extra: {} });
    const isTwice = shown.some((each) => each.value === value && each.asking !== asking);
    const path = `${page.path}/${isTwice ? `${asking.key}-` : ''}${value.replaceAll(/[^\w-]+/g, '-')}`;
    const revealed: Page = {
      id: `${page.id} ${asking.key} ${value}`,
      path,
      title: read.length > 1 ? asking.title : '',
      kind: 'question',
      section: page.section,
      condition,
      components: read,
      next: [...made.links, ...page.next],
      repeat: null,
      extra: {},
    };
    made.pages.unshift(revealed);
    made.links.unshift({ path, condition, extra: {} });
  }
  return made;
}

/**
 * Three ways of saying it: in the component's options, by value; in the items of its list (`conditional`); and, in the first version
 * of XGov's dialect, in the values that stand in the component (`children`).
 */
function revealedIn(source: Source, asking: Question, names: Names): Revealed[] {
  const found: Revealed[] = [];
  const options = source.object('options');
  const byValue = options.peek('conditionallyRevealedComponents');
  if (isObject(byValue)) {
    const from = options.object('conditionallyRevealedComponents');
    for (const value of Object.keys(byValue).slice(0, 50)) {
      if (isObject(byValue[value])) found.push({ value, components: [from.object(value)] });
    }
  }
  for (const each of [
    ...source.look('values').objects('items', 50),
    ...source.look('values').objects('valueChildren', 50),
  ]) {
    const components = each.objects('children', 50);
    if (components.length > 0) found.push({ value: textOf(each.peek('value')), components });
  }
  const list = 'list' in asking ? names.lists.get(asking.list) : undefined;
  for (const item of list?.items ?? []) {
    const components = names.revealed.get(item) ?? [];
    if (components.length > 0) found.push({ value: String(item.value), components });
  }
  return found;
}
