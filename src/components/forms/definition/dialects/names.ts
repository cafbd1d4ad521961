import type { FindKeys } from '../../conditions/expressions.ts';
import { findUnread } from '../../content/mentions.ts';
import type { List, ListItem, Question, Section } from '../form.ts';
import { quote } from './reading.ts';
import type { Source } from './reading.ts';

/** What has been named so far, for references to be checked against. */
export interface Names {
  lists: Map<string, List>;
  keys: Set<string>;
  /** By id, and in the order in which they were read. */
  questions: Map<string, Question>;
  /** Ids, or in the older dialects names. */
  conditions: Set<string>;
  /** The components that are shown beneath an item of a list when it is chosen. */
  revealed: Map<ListItem, Source[]>;
  /** Texts that earlier answers may be filled into. */
  templates: { source: Source; key: string; text: string }[];
}

export function readSection(source: Source): Section {
  const name = source.text('name') ?? '';
  return {
    id: source.text('id') ?? name,
    name,
    title: source.words('title') ?? name,
    hideTitle: source.flag('hideTitle') ?? false,
    extra: source.rest(),
  };
}

/** Tells of what some engines fill into texts and this one does not: more than an earlier answer. */
export function warnOfUnread({ templates }: Names, findKeys: FindKeys): void {
  for (const { source, key, text } of templates) {
    const unread = findUnread(text, findKeys);
    if (unread === null) continue;
    source.warning(
      key,
      `${quote(unread)} stands for something other than the answer to a question, which is not filled in: people see it as it is. Write it without.`,
    );
  }
}
