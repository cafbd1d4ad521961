import { findAddress } from '../journey/address.ts';
import type { CompiledForm, CompiledPage, Saved } from '../versions/compile.ts';
import type { Answer, Answers } from '../definition/form.ts';
import { filledInMark, fillFrom, orderKey } from '../journey/journey.ts';

/** What becomes of one person's answers in another version of the form. */
export interface CarryOver {
  /** The rows as they are in the new version, by their keys. */
  saved: Saved;
  /** Questions of the new version, by their keys: answers that stay. */
  kept: Set<string>;
  /** Questions that were answered and are asked again, since the answer does not fit any more. */
  unfit: Set<string>;
  /** Questions that the version before did not have, and that are on this person's way up to where they had come. */
  added: Set<string>;
  /** Answers to questions that the new version does not have. */
  dropped: Set<string>;
}

/**
 * Works out which answers carry over from one version of a form to another: those to a question of the same key that the new
 * version would take as they are, wherever the question stands now. Nothing is written.
 *
 * @param today ISO date.
 */
export function carryOver(from: CompiledForm, to: CompiledForm, before: Saved, today: string): CarryOver {
  const saved = new Map<string, Answers>();
  const result: CarryOver = {
    saved,
    kept: new Set(),
    unfit: new Set(),
    added: new Set(),
    dropped: new Set(),
  };
  const journey = from.journey(before, today);
  // What was answered outside of what was added again and again, wherever it stood.
  const loose = new Map<string, Answer>();
  for (const page of from.pages) {
    for (const [key, answer] of answersIn(before.get(page.slug))) loose.set(key, answer);
  }
  const wasAnswered = new Set<string>();
  for (const [key, answers] of before) {
    for (const [name] of answersIn(answers)) if (!isOrderOf(key)) wasAnswered.add(name);
    const address = isOrderOf(key) ? null : findAddress(to, key);
    if (isOrderOf(key)) {
      if (findAddress(to, key.slice(0, -orderMark.length))) saved.set(key, answers);
    } else if (address && address.item === null) {
      const fitting = answersFor(address.page, {
        ...(key.includes('/~') ? {} : Object.fromEntries(loose)),
        ...answers,
      });
      const filledInBy = answers[filledInMark];
      saved.set(key, filledInBy === undefined ? fitting : { ...fitting, [filledInMark]: filledInBy });
    }
  }
  for (const page of to.pages) {
    if (saved.has(page.slug) || page.repeat) continue;
    const fitting = answersFor(page, Object.fromEntries(loose));
    if (Object.keys(fitting).length > 0) saved.set(page.slug, fitting);
  }
  const isKnown = new Set(everyQuestionKey(from.pages));
  const isThere = new Set(everyQuestionKey(to.pages));
  for (const key of wasAnswered) if (!isThere.has(key)) result.dropped.add(key);
  // Where the person would be led first: what is asked before it is as good as answered.
  const reached = from.pages.filter((page) => journey.isAsked(page) && journey.isAnswered(page)).length;
  const moved = to.journey(saved, today);
  let passed = 0;
  for (const page of to.pages) {
    if (!moved.isAsked(page)) continue;
    for (const { question } of page.questions) {
      if (result.kept.has(question.key) || result.unfit.has(question.key)) continue;
      if (!isKnown.has(question.key) && passed < reached) result.added.add(question.key);
    }
    if (moved.isAnswered(page)) passed += 1;
  }
  return result;

  /** The answers to a page's questions that it would take as they are. */
  function answersFor(page: CompiledPage, given: Answers): Answers {
    const fitting: [string, Answer][] = [];
    for (const compiled of page.questions) {
      const { key } = compiled.question;
      const answer = Object.hasOwn(given, key) ? given[key] : undefined;
      if (answer === undefined) continue;
      const read = compiled.parse(fillFrom(compiled, { [key]: answer }), { today });
      if (read.answer !== null && read.mistakes.length === 0) {
        fitting.push([key, read.answer]);
        result.kept.add(key);
      } else result.unfit.add(key);
    }
    return Object.fromEntries(fitting);
  }
}

/** The answers of a row by the keys of their questions: whom they come from is none. */
const answersIn = (row: Answers = {}): [string, Answer][] =>
  Object.entries(row).filter(([key]) => key !== filledInMark);

const orderMark = orderKey('');

/** Whether a row holds the order of what was added, and no answers. */
const isOrderOf = (key: string): boolean => key.endsWith(orderMark);

function everyQuestionKey(pages: readonly CompiledPage[]): string[] {
  return pages.flatMap((page) => [
    ...page.questions.map(({ question }) => question.key),
    ...(page.repeat ? everyQuestionKey(page.repeat.flow.pages) : []),
  ]);
}
