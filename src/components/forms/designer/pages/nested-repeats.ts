import { isObject } from '../../definition/dialects/reading.ts';
import type { JsonObject } from '../../definition/form.ts';
import { pagesOf, textAt } from '../blueprint.ts';
import { fieldOf } from './desk.ts';
import type { Posted } from './desk.ts';
import type { Field } from './fields.ts';

/** The repeats of a form: by their names, what one of their items is called. */
function repeatsOf(definition: JsonObject): Map<string, string> {
  return new Map(
    pagesOf(definition)
      .filter((page) => textAt(page, 'repeat.options.name') !== '')
      .map((page) => [textAt(page, 'repeat.options.name'), textAt(page, 'repeat.options.title')]),
  );
}

const repeatAround = (definition: JsonObject, name: string): string =>
  name === '' ? '' : textAt(definition, `metadata.repeats.${name}.within`);

/** A repeat may lie inside another, which is asked about first: the puppies of each dog. */
export function withinField(definition: JsonObject, page: JsonObject | null): Field[] {
  const own = page ? textAt(page, 'repeat.options.name') : '';
  const others = [...repeatsOf(definition)].filter(([name]) => name !== own);
  if (others.length === 0) return [];
  return [
    {
      as: 'select',
      id: 'within',
      label: 'Asked again for each',
      hint: 'For things that belong to other things, such as the puppies of each dog. The pages of the dog must stand right before',
      value: repeatAround(definition, own),
      items: [{ value: '', text: 'Nothing: it stands alone' }, ...others.map(([value, text]) => ({ value, text }))],
    },
  ];
}

/** Puts a repeat inside another, or takes it out: V2 has no word for it but in its metadata. */
export function nest(definition: JsonObject, values: JsonObject, within: string): JsonObject {
  const name = textAt(values, 'repeat.options.name');
  if (name === '') return definition;
  const { metadata } = definition;
  const kept = isObject(metadata) ? metadata : {};
  const { [name]: _own, ...others } = isObject(kept['repeats']) ? kept['repeats'] : {};
  const repeats = within === '' ? others : { ...others, [name]: { within } };
  const { repeats: _repeats, ...rest } = kept;
  return { ...definition, metadata: Object.keys(repeats).length > 0 ? { ...rest, repeats } : rest };
}

/** Which other repeat the posted settings of a repeat put it inside of; empty for none. What lies inside of itself is an error. */
export function readWithin(
  definition: JsonObject,
  name: string,
  posted: Posted,
): { within: string; error: string | null } {
  const repeats = repeatsOf(definition);
  const chosen = fieldOf(posted, 'within');
  const title = repeats.get(chosen);
  if (title === undefined || chosen === name) return { within: '', error: null };
  const seen = new Set<string>();
  for (let around = chosen; around !== '' && !seen.has(around); around = repeatAround(definition, around)) {
    if (around === name) return { within: chosen, error: `“${title}” is asked for each of these. Choose another` };
    seen.add(around);
  }
  return { within: chosen, error: null };
}
