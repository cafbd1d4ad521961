import type { Component, Form, List, Page, Question, Section } from '../definition/form.ts';
import { isQuestion } from '../definition/form.ts';
import { messagesIn } from './mistakes.ts';
import { wordsOf } from './words.ts';

/** The languages that a form is in, its own first. */
export function languagesOf(form: Pick<Form, 'language' | 'translations'>): string[] {
  return [...new Set([form.language, ...Object.keys(form.translations)])];
}

/**
 * A form in another language: the same pages, questions and answers, with every text that is translated. A text that is not
 * stays as it is: a question in the wrong language can be answered, one without words cannot.
 */
export function translateForm(form: Form, language: string): Form {
  const texts = form.translations[language];
  if (language === form.language || texts === undefined) return form;
  /** The translated texts of one thing, over its own: only of fields that it has as texts. */
  const over = <T extends object>(id: string, thing: T): T => {
    const own = Object.entries(texts[id] ?? {}).filter(([field, text]) => {
      const value: unknown = field in thing ? Reflect.get(thing, field) : undefined;
      return text.trim() !== '' && (typeof value === 'string' || value === null);
    });
    return own.length === 0 ? thing : { ...thing, ...Object.fromEntries(own) };
  };
  const page = (of: Page): Page => {
    const translated = over(of.id, of);
    return {
      ...translated,
      // The address and what leads there are no texts.
      path: of.path,
      section: of.section,
      condition: of.condition,
      components: of.components.map((each) => component(each)),
      repeat:
        of.repeat === null
          ? null
          : {
              ...of.repeat,
              itemTitle: texts[of.id]?.['itemTitle'] || of.repeat.itemTitle,
              pages: of.repeat.pages.map((each) => page(each)),
            },
    };
  };
  const component = (of: Component): Component => {
    const translated = over(of.id, of);
    const kept = { ...translated, id: of.id, condition: of.condition };
    return isQuestion(of) && isQuestion(kept) ? question(of, kept, language) : kept;
  };
  const section = (of: Section): Section => ({ ...over(of.id, of), name: of.name });
  const list = (of: List): List => ({
    ...over(of.id, of),
    name: of.name,
    items: of.items.map((item) => ({ ...over(item.id, item), value: item.value })),
  });
  return {
    ...over('form', form),
    language,
    startPath: form.startPath,
    pages: form.pages.map((each) => page(each)),
    confirmation: form.confirmation && page(form.confirmation),
    sections: form.sections.map((each) => section(each)),
    lists: form.lists.map((each) => list(each)),
  };
}

/** The form's own words for mistakes are in its own language: where they are not translated, ours in this one count. */
function question<T extends Question>(of: Question, translated: T, language: string): T {
  const messages = messagesIn(language, of.kind);
  return {
    ...translated,
    key: of.key,
    name: of.name,
    classes: of.classes,
    errorName:
      translated.errorName !== of.errorName || messages === null
        ? translated.errorName
        : (translated.shortTitle ?? wordsOf(language).answerTo(translated.title)),
    messages: messages ?? translated.messages,
  };
}
