import { components } from '#design';
import type { ChoiceItem } from '#design';
import { renderMarkdown } from '../content/content.ts';
import { textOf } from '../definition/form.ts';
import type {
  Answer,
  CheckboxesQuestion,
  ChoiceQuestion,
  DeclarationQuestion,
  List,
  YesNoQuestion,
} from '../definition/form.ts';
import {
  commonParams,
  fieldsetParams,
  lowerFirst,
  mistake,
  postedList,
  postedRaw,
  labelParams,
  selectMessage,
  subject,
  wrong,
} from './question.ts';
import type { QuestionKind } from './question.ts';
import { wordsOf } from '../words/words.ts';
import type { Words } from '../words/words.ts';
import { nothing } from './text.ts';

interface Choice {
  text: string;
  value: string | number;
  hint: string | null;
}

export function yesNoKind(question: YesNoQuestion, words: Words = wordsOf('en')): QuestionKind {
  const yesNo: readonly Choice[] = [
    { text: words.yes, value: 'true', hint: null },
    { text: words.no, value: 'false', hint: null },
  ];
  return {
    parse(posted) {
      const value = postedRaw(posted, question.key);
      if (value === 'true' || value === 'false') return { answer: value === 'true', mistakes: [] };
      if (value === '' && !question.required) return nothing;
      return wrong(mistake(question, 'required', yesMessage(question)));
    },
    fill: (answer) => ({ [question.key]: textOf(answer) }),
    lines: (answer) => [answer === true ? words.yes : words.no],
    exported: (answer) => answer === true,
    render: (posted, mistakes, options) =>
      components.radios({
        idPrefix: question.key,
        name: question.key,
        classes: 'govuk-radios--inline',
        fieldset: fieldsetParams(question, options),
        items: items(yesNo, [postedRaw(posted, question.key)]),
        ...commonParams(question, mistakes),
      }),
  };
}

const yesOpenings = [
  [/^do you (.+?)\?$/i, 'you '],
  [/^are you (.+?)\?$/i, 'you are '],
  [/^have you (.+?)\?$/i, 'you have '],
  [/^did you (.+?)\?$/i, 'you did '],
  [/^will you (.+?)\?$/i, 'you will '],
  [/^can you (.+?)\?$/i, 'you can '],
  [/^would you like (.+?)\?$/i, 'you would like '],
] as const;

/** "Select yes if you have a licence" for "Do you have a licence?": GOV.UK Design System, radios, "Error messages". */
function yesMessage(question: YesNoQuestion): string {
  if (question.errorName) return selectMessage(question);
  for (const [opening, words] of yesOpenings) {
    const rest = opening.exec(question.title)?.[1];
    if (rest) return `Select yes if ${words}${rest}`;
  }
  return question.shortTitle ? `Select yes or no for ${lowerFirst(question.shortTitle)}` : selectMessage(question);
}

export function choiceKind(question: ChoiceQuestion, list: List): QuestionKind {
  const byValue = new Map(list.items.map((item) => [String(item.value), item]));
  const labelOf = (answer: Answer): string => byValue.get(textOf(answer))?.text ?? textOf(answer);
  return {
    parse(posted) {
      const value = postedRaw(posted, question.key);
      const item = byValue.get(value);
      if (item && value !== '') return { answer: item.value, mistakes: [] };
      if (value === '' && !question.required) return nothing;
      return wrong(mistake(question, value === '' ? 'required' : 'choice', selectMessage(question)));
    },
    fill: (answer) => ({ [question.key]: typeof answer === 'object' ? '' : String(answer) }),
    lines: (answer) => (typeof answer === 'object' ? [] : [labelOf(answer)]),
    exported: (answer) => (typeof answer === 'object' ? null : answer),
    render(posted, mistakes, options) {
      const chosen = [postedRaw(posted, question.key)];
      if (question.kind === 'select') {
        return components.select({
          id: question.key,
          name: question.key,
          label: labelParams(question, options),
          items: [
            { value: '', text: '', selected: chosen[0] === '' },
            ...list.items.map(({ text, value }) => ({
              text,
              value: String(value),
              selected: chosen.includes(String(value)),
            })),
          ],
          ...(question.classes ? { classes: question.classes } : {}),
          ...commonParams(question, mistakes),
        });
      }
      return components.radios({
        idPrefix: question.key,
        name: question.key,
        fieldset: fieldsetParams(question, options),
        items: items(list.items, chosen, question.bold),
        ...(question.classes ? { classes: question.classes } : {}),
        ...commonParams(question, mistakes),
      });
    },
  };
}

export function checkboxesKind(question: CheckboxesQuestion, list: List): QuestionKind {
  const byValue = new Map(list.items.map((item) => [String(item.value), item]));
  const { min, max, exactLength } = question;
  return {
    parse(posted) {
      const chosen = new Set(postedList(posted, question.key));
      if (chosen.size === 0) {
        return question.required ? wrong(mistake(question, 'required', selectMessage(question))) : nothing;
      }
      // In the list's order, each once, however they were posted.
      const answer = list.items.filter((item) => chosen.has(String(item.value))).map((item) => item.value);
      const count = answer.length;
      if (count !== chosen.size) return wrong(mistake(question, 'choice', selectMessage(question)));
      const what = lowerFirst(subject(question));
      if (exactLength !== null && count !== exactLength) {
        return wrong(mistake(question, 'count', `Select ${exactLength} for ${what}`, { limit: exactLength }));
      }
      if (min !== null && count < min) {
        return wrong(mistake(question, 'few', `Select at least ${min} for ${what}`, { limit: min }));
      }
      if (max !== null && count > max) {
        return wrong(mistake(question, 'many', `Select at most ${max} for ${what}`, { limit: max }));
      }
      return { answer, mistakes: [] };
    },
    fill: (answer) => ({ [question.key]: Array.isArray(answer) ? answer.map(textOf) : [] }),
    lines: (answer) =>
      Array.isArray(answer) ? answer.map((value) => byValue.get(textOf(value))?.text ?? textOf(value)) : [],
    exported: (answer) => (Array.isArray(answer) ? answer.map(plainValue) : null),
    render: (posted, mistakes, options) =>
      components.checkboxes({
        idPrefix: question.key,
        name: question.key,
        fieldset: fieldsetParams(question, options),
        items: items(list.items, postedList(posted, question.key), question.bold),
        ...(question.classes ? { classes: question.classes } : {}),
        ...commonParams(question, mistakes),
      }),
  };
}

const plainValue = (value: string | number | object): string | number => (typeof value === 'object' ? '' : value);

/** A box that must be ticked. */
export function declarationKind(question: DeclarationQuestion, words: Words = wordsOf('en')): QuestionKind {
  const label = question.label ?? words.agree;
  const statement = renderMarkdown(question.content);
  return {
    parse(posted) {
      if (postedList(posted, question.key).includes('true')) return { answer: true, mistakes: [] };
      if (!question.required) return nothing;
      const text = `You must confirm you ${lowerFirst(question.errorName ?? 'understand and agree')} to continue`;
      return wrong(mistake(question, 'required', text));
    },
    fill: (answer) => ({ [question.key]: answer === true ? 'true' : '' }),
    lines: (answer) => (answer === true ? [label] : []),
    exported: (answer) => answer === true,
    render: (posted, mistakes, options) =>
      components.fieldset({
        ...fieldsetParams(question, options),
        html:
          statement +
          components.checkboxes({
            idPrefix: question.key,
            name: question.key,
            items: items([{ text: label, value: 'true', hint: null }], postedList(posted, question.key)),
            ...commonParams(question, mistakes),
          }),
      }),
  };
}

function items(choices: readonly Choice[], chosen: readonly string[], bold = false): ChoiceItem[] {
  return choices.map(({ text, value, hint }) => ({
    text,
    value: String(value),
    checked: chosen.includes(String(value)),
    ...(hint ? { hint: { text: hint } } : {}),
    ...(bold ? { label: { classes: 'govuk-label--s' } } : {}),
  }));
}
