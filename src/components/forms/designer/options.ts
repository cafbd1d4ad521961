import { newId } from '#platform';
import type { JsonObject } from '../definition/form.ts';
import { idOf, itemsOf, textAt } from './blueprint.ts';
import { conditionsAboutItem } from './sentences.ts';

const mostOptions = 2_000;

/** The options of a list as they are typed: one on each line. */
export function optionLines(list: JsonObject): string {
  return itemsOf(list)
    .map((item) => textAt(item, 'text'))
    .join('\n');
}

/**
 * Reads options that were typed one on each line. An option that was there keeps its identity and its hint, so that
 * conditions go on: it is known by its words, or where only its words were changed, by its place.
 */
export function readOptions(
  definition: JsonObject,
  list: JsonObject | null,
  text: string,
): { items: JsonObject[]; errors: string[] } {
  const lines = text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
  const errors: string[] = [];
  if (lines.length === 0) errors.push('Enter the options, one on each line');
  if (lines.length > mostOptions) errors.push(`Enter ${mostOptions} options or fewer`);
  const twice = lines.find((line, index) => lines.indexOf(line) !== index);
  if (twice !== undefined) errors.push(`The option “${twice}” is there twice. Take one out`);
  const before = list ? itemsOf(list) : [];
  const left = new Set(before);
  const kept = lines.map((line) => {
    const item = before.find((each) => left.has(each) && textAt(each, 'text') === line);
    if (item) left.delete(item);
    return item ?? null;
  });
  const values = new Set(before.map((item) => textAt(item, 'value')));
  const items = lines.map((line, index) => {
    const same = kept[index];
    if (same) return same;
    const inPlace = before[index];
    if (inPlace && left.has(inPlace) && before.length === lines.length) {
      left.delete(inPlace);
      return { ...inPlace, text: line };
    }
    return { id: newId(), text: line, value: valueFor(line, values, list ? textAt(list, 'type') : 'string') };
  });
  if (list) {
    for (const gone of left) {
      const [condition] = conditionsAboutItem(definition, idOf(list), idOf(gone));
      if (condition) {
        errors.push(
          `The condition “${textAt(condition, 'displayName')}” asks about “${textAt(gone, 'text')}”. Change the condition first`,
        );
      }
    }
  }
  return { items, errors };
}

/** The value of an option in the data: its own words, plainly, and no other option's. */
export function valueFor(text: string, used: Set<string>, type: string): string | number {
  if (type === 'number') {
    const number = Number(text);
    const own = Number.isFinite(number) && !used.has(String(number)) ? number : used.size + 1;
    let value = own;
    while (used.has(String(value))) value += 1;
    used.add(String(value));
    return value;
  }
  const plain = text
    .normalize('NFD')
    .replaceAll(/\p{M}/gu, '')
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}]+/gu, '-')
    .replaceAll(/^-+|-+$/g, '')
    .slice(0, 60);
  const own = plain || 'option';
  let value = own;
  for (let number = 2; used.has(value); number++) value = `${own}-${number}`;
  used.add(value);
  return value;
}
