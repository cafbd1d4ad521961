import { isDeepStrictEqual } from 'node:util';
import { everyPage } from '../definition/form.ts';
import type { Component, Fee, Form, ListItem, NamedCondition, Page } from '../definition/form.ts';
import { changesOf } from './changes.ts';

/** One difference between two forms, in words. */
export interface Difference {
  kind: 'added' | 'removed' | 'changed' | 'moved';
  /** What it is about: a page, a question, a list. */
  what: string;
  /** What is different: "The hint was “…” and is “…” now". Empty where `kind` says all. */
  how: string[];
}

/** What was added, removed, changed and moved from one form to another, in words, whichever dialects they are in. */
export function compareForms(before: Form, after: Form): Difference[] {
  return [
    ...compareSettings(before, after),
    ...comparePages(before, after),
    ...compareNamed('The section', before.sections, after.sections),
    ...compareLists(before, after),
    ...compareConditions(before, after),
    ...compareLanguages(before, after),
  ];
}

function compareSettings(before: Form, after: Form): Difference[] {
  const how = changesOf({ ...before }, { ...after }, [
    'pages',
    'sections',
    'lists',
    'conditions',
    'translations',
    'extra',
    'startPath',
    'fees',
    'confirmation',
  ]);
  if (before.startPath !== after.startPath) how.push('It begins with another page');
  how.push(...changesOfFees(before, after));
  if (!isDeepStrictEqual(unreadOf(before), unreadOf(after))) how.push('Other settings are different');
  const differences: Difference[] = how.length > 0 ? [{ kind: 'changed', what: 'The form itself', how }] : [];
  return [...differences, ...compareConfirmations(before, after)];
}

/** V2 keeps in its metadata what it has no place for; these the model has read, and they are compared by what they mean. */
const readOfMetadata: ReadonlySet<string> = new Set([
  'confirmationPage',
  'expiryDays',
  'journey',
  'languages',
  'repeats',
  'translations',
]);

/** What a definition says that no setting is made of. */
function unreadOf({ extra: { metadata, ...extra } }: Form): unknown {
  const rest = Object.entries(metadata ?? {}).filter(([name]) => !readOfMetadata.has(name));
  return { ...extra, metadata: Object.fromEntries(rest) };
}

function changesOfFees(before: Form, after: Form): string[] {
  const named = (form: Form, { description, amount, condition, multiplier }: Fee): string => {
    const often = multiplier === null ? '' : ` for each “${multiplier}”`;
    return `“${description}” of £${(amount / 100).toFixed(2)}${often}, ${nameOfCondition(form, condition)}`;
  };
  const [was, is] = [before, after].map((form) => form.fees.map((fee) => named(form, fee)));
  return [
    ...(was ?? []).filter((fee) => !is?.includes(fee)).map((fee) => `The fee ${fee} was removed`),
    ...(is ?? []).filter((fee) => !was?.includes(fee)).map((fee) => `The fee ${fee} was added`),
  ];
}

/** What stands on the page after sending. */
function compareConfirmations(before: Form, after: Form): Difference[] {
  const what = 'What the page after sending says';
  const [was, is] = [before.confirmation, after.confirmation];
  if (!was || !is) return was === is ? [] : [{ kind: is ? 'added' : 'removed', what, how: [] }];
  const how = changesOf({ title: was.title }, { title: is.title }, []);
  const contentOf = ({ components }: Page): unknown =>
    components.map(({ extra: _extra, id: _id, ...component }) => component);
  if (!isDeepStrictEqual(contentOf(was), contentOf(is))) how.push('Its content is different');
  return how.length > 0 ? [{ kind: 'changed', what, how }] : [];
}

function comparePages(before: Form, after: Form): Difference[] {
  const [old, now] = [everyPage(before), everyPage(after)];
  const match = matcher(old, (page) => [page.id, page.path]);
  const found = now.map((page) => match(page));
  const differences: Difference[] = [];
  const kept = new Set(found);
  for (const page of old) {
    if (!kept.has(page)) differences.push({ kind: 'removed', what: `The page ${titleOf(page)}`, how: [] });
  }
  const moved = new Set(
    movedOf(
      now.filter((_page, index) => found[index]),
      old,
      found,
    ),
  );
  now.forEach((page, index) => {
    const was = found[index];
    const what = `The page ${titleOf(page)}`;
    if (!was) {
      const questions = page.components.map((component) => `It has ${titleOfComponent(component)}`);
      differences.push({ kind: 'added', what, how: questions });
      return;
    }
    if (moved.has(page)) {
      const how = [`It was the ${ordinal(old.indexOf(was) + 1)} page, and is the ${ordinal(index + 1)} now`];
      differences.push({ kind: 'moved', what, how });
    }
    const how = comparePage(was, page, before, after);
    if (how.length > 0) differences.push({ kind: 'changed', what, how });
    differences.push(...compareComponents(was, page, before, after));
  });
  return differences;
}

function comparePage(was: Page, page: Page, before: Form, after: Form): string[] {
  const how = changesOf({ ...was }, { ...page }, ['id', 'components', 'extra', 'condition', 'next', 'repeat', 'index']);
  const [old, now] = [nameOfCondition(before, was.condition), nameOfCondition(after, page.condition)];
  if (old !== now) how.push(`It was asked ${old}, and is asked ${now} now`);
  const leads = ({ next }: Page): unknown => next.map(({ path, condition }) => [path, condition]);
  if (!isDeepStrictEqual(leads(was), leads(page))) how.push('It leads to other pages');
  const repeats = (each: Page): unknown => each.repeat && [each.repeat.min, each.repeat.max, each.repeat.countKey];
  if (!isDeepStrictEqual(repeats(was), repeats(page))) how.push('How many can be added is different');
  if (was.repeat && page.repeat && was.repeat.itemTitle !== page.repeat.itemTitle)
    how.push(`What is added was called “${was.repeat.itemTitle}”, and is called “${page.repeat.itemTitle}” now`);
  return how;
}

function compareComponents(was: Page, page: Page, before: Form, after: Form): Difference[] {
  const match = matcher(was.components, (component) => [
    component.id,
    'key' in component ? component.key : component.id,
  ]);
  const found = page.components.map((component) => match(component));
  const kept = new Set(found);
  const on = `on the page ${titleOf(page)}`;
  const differences: Difference[] = was.components
    .filter((component) => !kept.has(component))
    .map((component) => ({ kind: 'removed', what: `${capital(titleOfComponent(component))} ${on}`, how: [] }));
  const moved = new Set(
    movedOf(
      page.components.filter((_component, index) => found[index]),
      was.components,
      found,
    ),
  );
  page.components.forEach((component, index) => {
    const old = found[index];
    const what = `${capital(titleOfComponent(component))} ${on}`;
    if (!old) {
      differences.push({ kind: 'added', what, how: [] });
      return;
    }
    if (moved.has(component)) differences.push({ kind: 'moved', what, how: [] });
    const how = changesOf({ ...old }, { ...component }, ['id', 'extra', 'condition', 'list', 'kind']);
    const [seen, seenNow] = [nameOfCondition(before, old.condition), nameOfCondition(after, component.condition)];
    if (seen !== seenNow) how.push(`It was shown ${seen}, and is shown ${seenNow} now`);
    const [list, listNow] = [listOf(before, old), listOf(after, component)];
    if (list !== listNow) how.push(`Its list was “${list}”, and is “${listNow}” now`);
    if (how.length > 0) differences.push({ kind: 'changed', what, how });
  });
  return differences;
}

function compareNamed(
  what: string,
  before: readonly { id: string; title: string; name: string }[],
  after: readonly { id: string; title: string; name: string }[],
): Difference[] {
  const match = matcher(before, ({ id, name }) => [id, name]);
  const found = after.map((each) => match(each));
  const removed = before.filter((each) => !found.includes(each));
  return [
    ...removed.map((each): Difference => ({ kind: 'removed', what: `${what} “${each.title}”`, how: [] })),
    ...after.flatMap((each, index): Difference[] => {
      const was = found[index];
      if (!was) return [{ kind: 'added', what: `${what} “${each.title}”`, how: [] }];
      return was.title === each.title
        ? []
        : [{ kind: 'changed', what: `${what} “${each.title}”`, how: [`It was called “${was.title}”`] }];
    }),
  ];
}

function compareLists(before: Form, after: Form): Difference[] {
  const differences = compareNamed('The list', before.lists, after.lists);
  const match = matcher(before.lists, ({ id, name }) => [id, name]);
  for (const list of after.lists) {
    const was = match(list);
    if (!was) continue;
    const matchItem = matcher(was.items, ({ id, value }) => [id, String(value)]);
    const found = list.items.map((item) => matchItem(item));
    const how = [
      ...was.items.filter((item) => !found.includes(item)).map(({ text }) => `The option “${text}” was removed`),
      ...list.items.flatMap((item, index) => {
        const old = found[index];
        if (!old) return [`The option “${item.text}” was added`];
        return changesOfItem(old, item, before, after).map(
          (change) => `The option “${item.text}”: ${change.charAt(0).toLowerCase()}${change.slice(1)}`,
        );
      }),
    ];
    const order = list.items.filter((_item, index) => found[index]);
    if (movedOf(order, was.items, found).length > 0) how.push('The options are in another order');
    if (how.length > 0) differences.push({ kind: 'changed', what: `The list “${list.title}”`, how });
  }
  return differences;
}

function changesOfItem(was: ListItem, item: ListItem, before: Form, after: Form): string[] {
  const how = changesOf({ ...was }, { ...item }, ['id', 'extra', 'condition']);
  const [old, now] = [nameOfCondition(before, was.condition), nameOfCondition(after, item.condition)];
  if (old !== now) how.push(`It was offered ${old}, and is offered ${now} now`);
  return how;
}

function compareConditions(before: Form, after: Form): Difference[] {
  const match = matcher<NamedCondition>(before.conditions, ({ id, displayName }) => [id, displayName]);
  const found = after.conditions.map((condition) => match(condition));
  const named = ({ displayName }: NamedCondition): string => `The condition “${displayName}”`;
  return [
    ...before.conditions
      .filter((condition) => !found.includes(condition))
      .map((condition): Difference => ({ kind: 'removed', what: named(condition), how: [] })),
    ...after.conditions.flatMap((condition, index): Difference[] => {
      const was = found[index];
      if (!was) return [{ kind: 'added', what: named(condition), how: [] }];
      const how = was.displayName === condition.displayName ? [] : [`It was called “${was.displayName}”`];
      if (!isDeepStrictEqual(was.expression, condition.expression)) how.push('It compares something else');
      return how.length > 0 ? [{ kind: 'changed', what: named(condition), how }] : [];
    }),
  ];
}

function compareLanguages(before: Form, after: Form): Difference[] {
  const languages = new Set([...Object.keys(before.translations), ...Object.keys(after.translations)]);
  return [...languages].flatMap((language): Difference[] => {
    const what = `The language ${new Intl.DisplayNames('en', { type: 'language' }).of(language) ?? language}`;
    const [was, is] = [before.translations[language], after.translations[language]];
    if (!was) return [{ kind: 'added', what, how: [] }];
    if (!is) return [{ kind: 'removed', what, how: [] }];
    return isDeepStrictEqual(was, is) ? [] : [{ kind: 'changed', what, how: ['Some of its texts are different'] }];
  });
}

/** Finds what a thing was: by its identifier, or by another name if no other thing has taken it. Each is found once. */
function matcher<T>(before: readonly T[], namesOf: (thing: T) => readonly string[]): (thing: T) => T | null {
  const byName = new Map<string, T>();
  for (const thing of before.toReversed()) {
    namesOf(thing).forEach((name, index) => byName.set(`${index} ${name}`, thing));
  }
  const taken = new Set<T>();
  return (thing) => {
    for (const [index, name] of namesOf(thing).entries()) {
      const found = byName.get(`${index} ${name}`);
      if (!found || taken.has(found)) continue;
      taken.add(found);
      return found;
    }
    return null;
  };
}

/** Those that stand elsewhere among those that stayed: all but a longest row that is still in its order. */
function movedOf<T>(stayed: readonly T[], before: readonly T[], found: readonly (T | null)[]): T[] {
  const places = found.flatMap((was) => (was ? [before.indexOf(was)] : []));
  const lengths = places.map(() => 1);
  const previous = places.map(() => -1);
  for (let index = 0; index < places.length; index++) {
    for (let earlier = 0; earlier < index; earlier++) {
      const fits = (places[earlier] ?? 0) < (places[index] ?? 0);
      if (fits && (lengths[earlier] ?? 0) + 1 > (lengths[index] ?? 0)) {
        lengths[index] = (lengths[earlier] ?? 0) + 1;
        previous[index] = earlier;
      }
    }
  }
  const inOrder = new Set<number>();
  let at = lengths.indexOf(Math.max(0, ...lengths));
  for (; at >= 0; at = previous[at] ?? -1) inOrder.add(at);
  return stayed.filter((_thing, index) => !inOrder.has(index));
}

function titleOf(page: Page): string {
  const first = page.components.find(({ title }) => title !== '');
  return `“${page.title || (first?.title ?? page.path)}”`;
}

function titleOfComponent(component: Component): string {
  const asks = 'key' in component;
  if (component.title !== '') return `the ${asks ? 'question' : 'text'} “${component.title}”`;
  return asks ? 'a question without words' : 'a text';
}

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

function nameOfCondition(form: Form, id: string | null): string {
  if (id === null) return 'always';
  return `only if “${form.conditions.find((condition) => condition.id === id)?.displayName ?? id}”`;
}

function listOf(form: Form, component: Component): string | null {
  if (!('list' in component) || typeof component.list !== 'string') return null;
  const { list } = component;
  return form.lists.find(({ id }) => id === list)?.title ?? list;
}

function ordinal(number: number): string {
  const rest = number % 100;
  const ending = rest > 10 && rest < 14 ? 'th' : (['th', 'st', 'nd', 'rd'][number % 10] ?? 'th');
  return `${number}${ending}`;
}
