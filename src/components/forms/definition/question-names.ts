import { everyPage, isQuestion } from './form.ts';
import type { Page, Question } from './form.ts';

/** A question, and the section of its page. */
export interface AskedQuestion {
  section: string | null;
  question: Question;
}

/**
 * Finds questions as conditions name them: by name, or by section and name. Where the section is not that of the page,
 * because the page was moved, the name alone decides.
 */
export function keysByName(asked: readonly AskedQuestion[]): (name: string) => string[] {
  const keys = new Map<string, string[]>();
  const add = (name: string, key: string): void => {
    const known = keys.get(name);
    if (known) known.push(key);
    else keys.set(name, [key]);
  };
  for (const { section, question } of asked) {
    add(`name ${question.name}`, question.key);
    if (section !== null) add(`full ${section}.${question.name}`, question.key);
  }
  return (name) =>
    keys.get(`full ${name}`) ??
    keys.get(`name ${name}`) ??
    keys.get(`name ${name.slice(name.lastIndexOf('.') + 1)}`) ??
    [];
}

/** Every question of a form, those inside repeats too. */
export function everyAsked({ pages }: { pages: readonly Page[] }): AskedQuestion[] {
  return everyPage({ pages: [...pages] }).flatMap(({ section, components }) =>
    components.filter(isQuestion).map((question) => ({ section, question })),
  );
}
