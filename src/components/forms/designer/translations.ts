import { isObject } from '../definition/dialects/reading.ts';
import type { JsonObject } from '../definition/form.ts';
import {
  componentsOf,
  idOf,
  itemsOf,
  listsOf,
  pagesOf,
  sectionsOf,
  textAt,
  titleOfPage,
  valueAt,
  withValue,
} from './blueprint.ts';
import { kindOf } from './kinds.ts';

/*
 * Texts in other languages stand in the definition's metadata: by language, then by the id of what the text belongs to
 * (`form` for the form itself), then by field, as the model names it.
 */

/** One text that people see, and where its translation is kept. */
export interface Text {
  /** Id of what it belongs to, or `form`. */
  id: string;
  field: string;
  /** What it is, in words: "Hint of “Your name”". */
  label: string;
  text: string;
}

/** Texts that are translated together: those of a page, of a list, or of the form itself. */
export interface TextGroup {
  key: string;
  title: string;
  texts: Text[];
}

/** Languages that can be chosen, by tag (BCP 47). */
export const languageNames: Readonly<Record<string, string>> = {
  ar: 'Arabic',
  bn: 'Bengali',
  cy: 'Welsh',
  de: 'German',
  en: 'English',
  es: 'Spanish',
  fr: 'French',
  ga: 'Irish',
  gd: 'Scottish Gaelic',
  it: 'Italian',
  nl: 'Dutch',
  pa: 'Punjabi',
  pl: 'Polish',
  pt: 'Portuguese',
  ro: 'Romanian',
  uk: 'Ukrainian',
  ur: 'Urdu',
  zh: 'Chinese',
};

export const nameOfLanguage = (tag: string): string => languageNames[tag] ?? tag;

/** The languages of a form, the one that it is written in first. */
export function languagesOf(definition: JsonObject): string[] {
  const languages = valueAt(definition, 'metadata.languages');
  const tags = Array.isArray(languages) ? languages.filter((tag): tag is string => typeof tag === 'string') : [];
  const translated = valueAt(definition, 'metadata.translations');
  const others = isObject(translated) ? Object.keys(translated) : [];
  const [first = 'en', ...rest] = tags;
  return [...new Set([first, ...rest, ...others])];
}

/** Every text that people see, in the groups in which it is translated. */
export function textGroups(definition: JsonObject): TextGroup[] {
  const groups: TextGroup[] = [
    {
      key: 'form',
      title: 'The form itself',
      texts: [
        ...text('form', 'name', 'Name of the form', textAt(definition, 'name')),
        ...text('form', 'declaration', 'Declaration', textAt(definition, 'declaration')),
        ...sectionsOf(definition).flatMap((section) =>
          text(idOf(section), 'title', 'Title of a section', textAt(section, 'title')),
        ),
      ],
    },
    ...pagesOf(definition).map((page) => ({
      key: idOf(page),
      title: titleOfPage(page),
      texts: [
        ...text(idOf(page), 'title', 'Title of the page', textAt(page, 'title')),
        ...text(idOf(page), 'itemTitle', 'What one of them is called', textAt(page, 'repeat.options.title')),
        ...componentsOf(page).flatMap(textsOfComponent),
      ],
    })),
    ...listsOf(definition).map((list) => ({
      key: idOf(list),
      title: `List: ${textAt(list, 'title')}`,
      texts: itemsOf(list).flatMap((item) => [
        ...text(idOf(item), 'text', 'Option', textAt(item, 'text')),
        ...text(idOf(item), 'hint', `Hint of “${textAt(item, 'text')}”`, textAt(item, 'hint.text')),
      ]),
    })),
  ];
  return groups.filter(({ texts }) => texts.length > 0);
}

function textsOfComponent(component: JsonObject): Text[] {
  const id = idOf(component);
  const asks = kindOf(component)?.asks ?? true;
  return [
    ...text(id, 'title', asks ? 'Question' : 'Title', textAt(component, 'title')),
    ...text(id, 'hint', 'Hint', textAt(component, 'hint')),
    ...text(id, 'content', 'Text', textAt(component, 'content')),
    ...text(id, 'shortTitle', 'In check your answers', textAt(component, 'shortDescription')),
    ...text(id, 'errorName', 'In error messages', textAt(component, 'errorDescription')),
    ...text(id, 'label', 'Beside the box', textAt(component, 'options.declarationConfirmationLabel')),
  ];
}

const text = (id: string, field: string, label: string, words: string): Text[] =>
  words.trim() === '' ? [] : [{ id, field, label, text: words }];

/** The translation of a text; empty where there is none. */
export function translationOf(definition: JsonObject, language: string, { id, field }: Text): string {
  const ofLanguage = valueAt(definition, 'metadata.translations');
  const things = isObject(ofLanguage) ? ofLanguage[language] : undefined;
  const fields = isObject(things) && Object.hasOwn(things, id) ? things[id] : undefined;
  return isObject(fields) ? textAt(fields, field) : '';
}

/** The texts of a form that have no translation. */
export function missingTexts(definition: JsonObject, language: string): { group: TextGroup; text: Text }[] {
  return textGroups(definition).flatMap((group) =>
    group.texts.flatMap((each) =>
      translationOf(definition, language, each).trim() === '' ? [{ group, text: each }] : [],
    ),
  );
}

/** Puts translations into the definition; an empty one takes it out. */
export function withTranslations(
  definition: JsonObject,
  language: string,
  translations: readonly { id: string; field: string; words: string }[],
): JsonObject {
  const all = valueAt(definition, 'metadata.translations');
  const before = isObject(all) && isObject(all[language]) ? all[language] : {};
  const things: JsonObject = { ...before };
  for (const { id, field, words } of translations) {
    const fields = isObject(things[id]) ? things[id] : {};
    const changed = withValue(fields, field, words === '' ? null : words);
    if (Object.keys(changed).length > 0) things[id] = changed;
    else delete things[id];
  }
  return withValue(definition, 'metadata.translations', { ...(isObject(all) ? all : {}), [language]: things });
}

/** Adds a language, which has no translations yet. */
export function addLanguage(definition: JsonObject, language: string): JsonObject {
  const languages = [...languagesOf(definition), language];
  return withTranslations(withValue(definition, 'metadata.languages', [...new Set(languages)]), language, []);
}

/** Takes a language and its translations out. */
export function removeLanguage(definition: JsonObject, language: string): JsonObject {
  const left = languagesOf(definition).filter((each) => each !== language);
  const all = valueAt(definition, 'metadata.translations');
  const { [language]: _gone, ...others } = isObject(all) ? all : {};
  const without = withValue(definition, 'metadata.languages', left.length > 1 || left[0] !== 'en' ? left : null);
  return withValue(without, 'metadata.translations', Object.keys(others).length > 0 ? others : null);
}
