import type { Json, Translations } from '../form.ts';
import { isObject, ownValue } from './reading.ts';

export const languageTag = /^[a-z]{2,3}(?:-[A-Za-z0-9]{2,8}){0,3}$/;

/**
 * Texts in other languages, by language: ours by the id of a thing and the field, `{"<id>": {"title": "Enw"}}`, or as DEFRA's designer
 * keeps them, `{"components.<id>.title": "Enw"}` (npm `@defra/forms-model`, `translations-config.js`), flat or in objects.
 */
export function readTranslations(value: Json | undefined): Translations {
  const translations: Record<string, Record<string, Record<string, string>>> = {};
  if (!isObject(value)) return translations;
  for (const [language, texts] of Object.entries(value)) {
    if (!languageTag.test(language) || !isObject(texts)) continue;
    const read = new Map<string, [string, string][]>();
    for (const [path, text] of flatten(texts, [])) {
      const { id, field } = placeOf(path);
      const known = read.get(id);
      if (known) known.push([field, text]);
      else read.set(id, [[field, text]]);
    }
    translations[language] = Object.fromEntries([...read].map(([id, fields]) => [id, Object.fromEntries(fields)]));
  }
  return translations;
}

function flatten(value: Json, path: readonly string[]): [string[], string][] {
  if (typeof value === 'string') return [[[...path], value]];
  if (!isObject(value) || path.length > 3) return [];
  return Object.entries(value).flatMap(([key, inner]) =>
    flatten(inner, path.length === 0 && kinds.has(key.split('.')[0] ?? '') ? key.split('.') : [...path, key]),
  );
}

const kinds: ReadonlySet<string> = new Set(['components', 'pages', 'listItems', 'sections']);

/** What DEFRA's designer calls the fields of the model. */
const fields: Readonly<Record<string, string>> = {
  shortDescription: 'shortTitle',
  errorDescription: 'errorName',
  repeatTitle: 'itemTitle',
  instructionText: 'instructions',
  paymentDescription: 'description',
};

function placeOf(path: readonly string[]): { id: string; field: string } {
  const [kind = '', id = '', field = ''] = path;
  if (kind === 'form.title') return { id: 'form', field: 'name' };
  if (!kinds.has(kind) || field === '') return { id: kind, field: id === 'title' && kind === 'form' ? 'name' : id };
  return { id, field: ownValue(fields, field) ?? field };
}
