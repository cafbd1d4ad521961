import type { FieldParams, FieldsetParams, LabelParams } from '#design';
import { safeHtml } from '../content/content.ts';
import type { Answer, Json, Question } from '../definition/form.ts';
import { wordsOf } from '../words/words.ts';
import type { Words } from '../words/words.ts';

/** A posted form: anything may be in it. */
export type Posted = Readonly<Record<string, unknown>>;

export interface Mistake {
  /** Id of the input that the error summary links to. */
  field: string;
  text: string;
}

/** What a body came to. `answer` is null where nothing was answered, or where there are mistakes. */
export interface Parsed {
  answer: Answer | null;
  mistakes: Mistake[];
}

export interface RenderOptions {
  /** Whether the question's title is the page's heading, a label under it, or a label that is only read out. */
  title: 'heading' | 'label' | 'hidden';
  /** The pages' own words; English where they are left out. */
  words?: Words;
}

export interface ReadContext {
  /** ISO date of today where the government is. */
  today: string;
}

/** A question made ready once for each form version. None of its functions throws, whatever is posted or stored. */
export interface CompiledQuestion {
  question: Question;
  parse(posted: Posted, context: ReadContext): Parsed;
  /** The fields as they were posted for an answer, to fill them in again. */
  fill(answer: Answer): Posted;
  /** The question as HTML, with what was typed and what is wrong with it. */
  render(posted: Posted, mistakes: readonly Mistake[], options: RenderOptions): string;
  /** The answer as lines of text, for check your answers and for the caseworker. */
  lines(answer: Answer): string[];
  /** The answer for download: plain JSON. */
  exported(answer: Answer): Json;
}

/** What one kind of question adds; the rest is the same for all. */
export type QuestionKind = Omit<CompiledQuestion, 'question'>;

/**
 * Characters that are not seen and come from copying: control characters but tab and line feed, zero-width spaces, marks
 * of direction. Joiners stay: some languages' words need them.
 */
const unseen = /[[\p{Cc}\u200b\u200e\u200f\u202a-\u202e\u2060-\u2064\ufeff]--[\n\t]]/gv;

/** A posted field as one line of text, tidied: no unseen characters, no space around it, nothing of another type. */
export function postedLine(posted: Posted, name: string): string {
  return postedText(posted, name).replaceAll(/\s+/g, ' ').trim();
}

/** A posted field as text that may have several lines. */
export function postedText(posted: Posted, name: string): string {
  const value = Object.hasOwn(posted, name) ? posted[name] : undefined;
  const text = Array.isArray(value) ? value.at(-1) : value;
  if (typeof text !== 'string') return '';
  return text
    .replaceAll('\r\n', '\n')
    .replaceAll('\r', '\n')
    .replaceAll(unseen, '')
    .toWellFormed()
    .normalize('NFC')
    .trim();
}

/** As a person typed it, to be shown again beside the error. */
export function postedRaw(posted: Posted, name: string): string {
  const value = Object.hasOwn(posted, name) ? posted[name] : undefined;
  return typeof value === 'string' ? value : '';
}

export function postedList(posted: Posted, name: string): string[] {
  const value = Object.hasOwn(posted, name) ? posted[name] : undefined;
  const values: unknown[] = Array.isArray(value) ? value : [value];
  return values.filter((each) => typeof each === 'string').filter((each) => each !== '');
}

/**
 * Codes of mistakes. The definition's own messages are keyed by Joi's names for them (npm `@defra/forms-model`,
 * `customValidationMessages`), so each code has its Joi names.
 */
const joiNames = {
  // `dayMonthYear` and `nonNumeric` are UKHSA's, of dates.
  required: ['any.required', 'string.empty', 'object.required', 'required', 'dayMonthYear'],
  short: ['string.min'],
  long: ['string.max'],
  length: ['string.length'],
  words: ['string.maxWords'],
  pattern: ['string.pattern.base', 'string.regex.base'],
  format: ['string.email', 'string.pattern.base', 'date.format', 'any.only'],
  date: ['date.format', 'date.base', 'nonNumeric', 'any.only'],
  number: ['number.base'],
  integer: ['number.integer', 'number.precision'],
  precision: ['number.precision'],
  minPrecision: ['number.minPrecision', 'number.precision'],
  fewDigits: ['number.minLength', 'string.min'],
  manyDigits: ['number.maxLength', 'string.max'],
  min: ['number.min'],
  max: ['number.max'],
  early: ['date.min'],
  late: ['date.max'],
  few: ['array.min'],
  many: ['array.max'],
  count: ['array.length'],
  choice: ['any.only'],
} as const;

export type MistakeCode = keyof typeof joiNames;

/** A mistake at a field, in the form's own words where it has some. */
export function mistake(
  question: Question,
  code: MistakeCode,
  text: string,
  limits: Readonly<Record<string, string | number>> = {},
  field: string = question.key,
): Mistake {
  const { messages } = question;
  const own = joiNames[code].map((name) => messages[name]).find((message) => typeof message === 'string');
  return { field, text: fillMessage(own ?? messages['all'] ?? text, question, limits) };
}

export function wrong(...mistakes: Mistake[]): Parsed {
  return { answer: null, mistakes };
}

/** Joi's placeholders: {{#label}}, {{#title}}, {{#limit}}. */
function fillMessage(text: string, question: Question, limits: Readonly<Record<string, string | number>>): string {
  if (!text.includes('{{')) return text;
  return text.replaceAll(/\{\{\s*#?(\w{1,20})\s*\}\}/g, (whole, name: string) => {
    if (name === 'label' || name === 'title') return subject(question);
    return Object.hasOwn(limits, name) ? String(limits[name]) : whole;
  });
}

/**
 * What a question is about, for the middle of a sentence: "your full name", "date of birth". Taken from the words that
 * the form gives for errors or summaries, else made from a title such as "What is your full name?".
 */
export function subject(question: Question): string {
  const words = question.errorName ?? question.shortTitle ?? subjectOfTitle(question.title);
  return lowerFirst(words);
}

/** The same at the start of a sentence. */
export function subjectFirst(question: Question): string {
  const words = subject(question);
  return words.charAt(0).toUpperCase() + words.slice(1);
}

const askingFor = /^(?:what is|what's|what are|what was|enter|provide|tell us|give) (.+?)\s*\??$/i;

function subjectOfTitle(title: string): string {
  const asked = askingFor.exec(title);
  if (asked?.[1]) return asked[1];
  return title.endsWith('?') ? `an answer to “${title}”` : title;
}

/** Says that an answer is missing: "Enter your full name". */
export function enterMessage(question: Question): string {
  return `Enter ${subject(question)}`;
}

export function selectMessage(question: Question): string {
  return `Select ${subject(question)}`;
}

/** Only the first letter, and not that of "UK address" or "CPH number". */
export function lowerFirst(words: string): string {
  return /^[A-Z](?![A-Z0-9])/.test(words) && !/^I\b/.test(words)
    ? words.charAt(0).toLowerCase() + words.slice(1)
    : words;
}

/** The title as a label shows it. */
export function shownTitle(question: Question, { optional }: Pick<Words, 'optional'> = wordsOf('en')): string {
  return question.required || !question.showOptional ? question.title : optional(question.title);
}

const labelClasses = {
  heading: 'govuk-label--l',
  label: 'govuk-label--s',
  hidden: 'govuk-visually-hidden',
};

const legendClasses = {
  heading: 'govuk-fieldset__legend--l',
  label: 'govuk-fieldset__legend--s',
  hidden: 'govuk-visually-hidden',
};

export function labelParams(question: Question, options: RenderOptions): LabelParams {
  const { title } = options;
  return {
    text: shownTitle(question, options.words),
    isPageHeading: title === 'heading',
    classes: labelClasses[title],
  };
}

export function fieldsetParams(question: Question, options: RenderOptions): FieldsetParams {
  const { title } = options;
  return {
    legend: {
      text: shownTitle(question, options.words),
      isPageHeading: title === 'heading',
      classes: legendClasses[title],
    },
  };
}

/** Hints of the older dialects have paragraphs and lists in HTML. */
export function hintParams(hint: string): { text: string } | { html: string } {
  return /<\/?[a-z]/i.test(hint) ? { html: safeHtml(hint) } : { text: hint };
}

/** What every macro takes: a hint and the first error. */
export function commonParams(question: Pick<Question, 'hint'>, mistakes: readonly Mistake[]): FieldParams {
  const [first] = mistakes;
  return {
    ...(question.hint ? { hint: hintParams(question.hint) } : {}),
    ...(first ? { errorMessage: { text: first.text } } : {}),
  };
}
