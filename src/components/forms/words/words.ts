import { english, type Words } from './english.ts';
import { welsh } from './welsh.ts';

export type { Words } from './english.ts';

/** The pages' own words, by language tag (BCP 47). To add a language add a file beside english.ts, and a line here. */
const languages: Readonly<Record<string, Words>> = { en: english, cy: welsh };

/** The words of a language, or those of English where it has none: a part of a tag counts, so `en-GB` is English. */
export function wordsOf(language: string): Words {
  return languages[language.split('-')[0]?.toLowerCase() ?? ''] ?? english;
}

/** Whether the pages have words of their own in a language. */
export function hasWords(language: string): boolean {
  return Object.hasOwn(languages, language.split('-')[0]?.toLowerCase() ?? '');
}

/** What a language is called in itself: `Cymraeg`. */
export function nameOfLanguage(language: string): string {
  if (hasWords(language)) return wordsOf(language).name;
  return new Intl.DisplayNames([language], { type: 'language', fallback: 'code' }).of(language) ?? language;
}
