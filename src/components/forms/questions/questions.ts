import { components } from '#design';
import { renderMarkdown } from '../content/content.ts';
import type { List, Question } from '../definition/form.ts';
import { addressKind } from './address.ts';
import { checkboxesKind, choiceKind, declarationKind, yesNoKind } from './choice.ts';
import { dateKind, monthYearKind } from './date.ts';
import { fileUploadKind } from './file-upload.ts';
import { numberKind } from './number.ts';
import { paymentKind } from './payment.ts';
import { placesKind } from './places.ts';
import type { CompiledQuestion, QuestionKind, RenderOptions } from './question.ts';
import { emailKind, hiddenKind, multilineKind, phoneKind, textKind, websiteKind } from './text.ts';
import { dateTimeKind, timeKind } from './time.ts';

import { wordsOf } from '../words/words.ts';
import type { Words } from '../words/words.ts';

export type { CompiledQuestion, Mistake, Parsed, Posted, ReadContext, RenderOptions } from './question.ts';

/** Makes a question ready to be asked. @throws if its list is not among `lists`. */
export function compileQuestion(
  question: Question,
  lists: ReadonlyMap<string, List>,
  words: Words = wordsOf('en'),
): CompiledQuestion {
  const kind = kindOf(question, lists, words);
  // Most pages are asked for before they are answered: so they look the same for everybody, and are rendered once.
  const unanswered = new Map<RenderOptions['title'], string>();
  const instructions =
    question.instructions === null
      ? ''
      : components.details({ summaryText: words.places.instructions, html: renderMarkdown(question.instructions) });
  return {
    ...kind,
    question,
    render(posted, mistakes, asked) {
      const options = { ...asked, words };
      if (mistakes.length > 0 || Object.keys(posted).length > 0)
        return kind.render(posted, mistakes, options) + instructions;
      const known = unanswered.get(options.title);
      if (known !== undefined) return known;
      const html = kind.render(posted, mistakes, options) + instructions;
      unanswered.set(options.title, html);
      return html;
    },
  };
}

function kindOf(question: Question, lists: ReadonlyMap<string, List>, words: Words): QuestionKind {
  switch (question.kind) {
    case 'text':
      return textKind(question);
    case 'multiline':
      return multilineKind(question);
    case 'email':
      return emailKind(question);
    case 'phone':
      return phoneKind(question);
    case 'number':
      return numberKind(question);
    case 'date':
      return dateKind(question, words);
    case 'month-year':
      return monthYearKind(question, words);
    case 'yes-no':
      return yesNoKind(question, words);
    case 'radios':
    case 'select':
      return choiceKind(question, listOf(question.list, lists));
    case 'checkboxes':
      return checkboxesKind(question, listOf(question.list, lists));
    case 'uk-address':
      return addressKind(question);
    case 'declaration':
      return declarationKind(question, words);
    case 'website':
      return websiteKind(question);
    case 'time':
      return timeKind(question);
    case 'date-time':
      return dateTimeKind(question, words);
    case 'hidden':
      return hiddenKind(question);
    case 'file-upload':
      return fileUploadKind(question, words);
    case 'payment':
      return paymentKind(question, words);
    case 'places':
      return placesKind(question);
  }
}

function listOf(id: string, lists: ReadonlyMap<string, List>): List {
  const list = lists.get(id);
  if (!list) throw new Error(`There is no list "${id}".`);
  return list;
}
