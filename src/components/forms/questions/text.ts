import { components, escapeHtml } from '#design';
import type { InputParams } from '#design';
import { countCharacters, textOf } from '../definition/form.ts';
import type {
  EmailQuestion,
  HiddenQuestion,
  MultilineQuestion,
  NumberQuestion,
  PhoneQuestion,
  TextQuestion,
  WebsiteQuestion,
} from '../definition/form.ts';
import { compilePattern } from './patterns.ts';
import type { PatternTest } from './patterns.ts';
import {
  commonParams,
  enterMessage,
  labelParams,
  mistake,
  postedLine,
  postedRaw,
  postedText,
  subjectFirst,
  wrong,
} from './question.ts';
import type { Mistake, Posted, QuestionKind, RenderOptions } from './question.ts';

/** Without a limit of the form's own. More than any real answer, less than would harm. */
const longest = { text: 1_000, multiline: 20_000, email: 320, phone: 40, website: 2_000 };

export function textKind(question: TextQuestion): QuestionKind {
  const problem = lengthCheck(question, longest.text);
  return {
    ...oneField(question.key),
    parse(posted) {
      const text = postedLine(posted, question.key);
      if (text === '')
        return question.required ? wrong(mistake(question, 'required', enterMessage(question))) : nothing;
      const found = problem(text) ?? numberProblem(question, text);
      return found ? wrong(found) : { answer: text, mistakes: [] };
    },
    render(posted, mistakes, options) {
      const width = question.classes ?? widthFor(question.exactLength ?? question.maxLength);
      return input(question, posted, mistakes, options, {
        ...(width ? { classes: width } : {}),
        ...(question.autocomplete ? { autocomplete: question.autocomplete } : {}),
      });
    },
  };
}

/** A place beyond the limits of the map that it is to be on. */
function numberProblem(question: TextQuestion, text: string): Mistake | null {
  if (question.numbers.length === 0) return null;
  const typed = text.split(/[ ,]+/).map(Number);
  for (const [index, { name, min, max }] of question.numbers.entries()) {
    const number = typed[index] ?? Number.NaN;
    const what = `${name.charAt(0).toUpperCase()}${name.slice(1)}`;
    if (min !== null && number < min) return mistake(question, 'min', `${what} must be ${min} or more`, { limit: min });
    if (max !== null && number > max) return mistake(question, 'max', `${what} must be ${max} or less`, { limit: max });
  }
  return null;
}

export function multilineKind(question: MultilineQuestion): QuestionKind {
  const problem = lengthCheck(question, longest.multiline);
  return {
    ...oneField(question.key),
    lines: (answer) => textOf(answer).split('\n'),
    parse(posted) {
      const text = postedText(posted, question.key);
      if (text === '')
        return question.required ? wrong(mistake(question, 'required', enterMessage(question))) : nothing;
      const words = question.maxWords === null ? 0 : text.split(/\s+/).length;
      if (question.maxWords !== null && words > question.maxWords) {
        const limit = question.maxWords;
        return wrong(
          mistake(question, 'words', `${subjectFirst(question)} must be ${limit} words or fewer`, { limit }),
        );
      }
      const found = problem(text);
      return found ? wrong(found) : { answer: text, mistakes: [] };
    },
    render(posted, mistakes, options) {
      const { maxWords, maxLength } = question;
      const params = {
        id: question.key,
        name: question.key,
        label: labelParams(question, options),
        value: postedRaw(posted, question.key),
        rows: question.rows ?? 5,
        ...(question.classes ? { classes: question.classes } : {}),
        ...commonParams(question, mistakes),
      };
      if (maxWords !== null) return components.characterCount({ ...params, maxwords: maxWords });
      if (maxLength !== null) return components.characterCount({ ...params, maxlength: maxLength });
      return components.textarea(params);
    },
  };
}

/**
 * The format is checked as GOV.UK Notify checks it (npm and PyPI `notifications-utils`, recipients): what passes here can
 * be sent to.
 */
export function emailKind(question: EmailQuestion): QuestionKind {
  const wrongFormat = 'Enter an email address in the correct format, like name@example.com';
  return {
    ...oneField(question.key),
    parse(posted) {
      const address = postedLine(posted, question.key).replaceAll(' ', '');
      if (address === '') {
        return question.required ? wrong(mistake(question, 'required', enterMessage(question))) : nothing;
      }
      return isEmailAddress(address)
        ? { answer: address, mistakes: [] }
        : wrong(mistake(question, 'format', wrongFormat));
    },
    render: (posted, mistakes, options) =>
      input(question, posted, mistakes, options, { type: 'email', autocomplete: 'email', spellcheck: false }),
  };
}

export function isEmailAddress(address: string): boolean {
  if (address.length > longest.email) return false;
  const at = address.lastIndexOf('@');
  const local = address.slice(0, at);
  const host = address.slice(at + 1);
  if (at < 1 || local.length > 64 || host.length > 253) return false;
  if (!/^[a-zA-Z0-9.!#$%&'*+/=?^_`{|}~-]+$/.test(local)) return false;
  if (local.startsWith('.') || local.endsWith('.') || local.includes('..')) return false;
  const labels = host.split('.');
  if (labels.length < 2 || labels.some((label) => label.length > 63)) return false;
  if (!labels.every((label) => /^[\p{L}\p{N}](?:[\p{L}\p{N}-]*[\p{L}\p{N}])?$/u.test(label))) return false;
  return /^(?:\p{L}{2,}|xn--[a-z0-9-]+)$/iu.test(labels.at(-1) ?? '');
}

export function phoneKind(question: PhoneQuestion): QuestionKind {
  const examples = {
    any: 'Enter a phone number, like 01632 960 001, 07700 900 982 or +44 808 157 0192',
    uk: 'Enter a UK phone number, like 01632 960 001, 07700 900 982 or +44 808 157 0192',
    international: 'Enter a phone number with its country code, like +44 808 157 0192 or +33 1 09 75 83 51',
  };
  const matches = patternTest(question.pattern);
  return {
    ...oneField(question.key),
    parse(posted) {
      const number = postedLine(posted, question.key);
      if (number === '') {
        return question.required ? wrong(mistake(question, 'required', enterMessage(question))) : nothing;
      }
      const fits = matches ? number.length <= longest.phone && matches(number) : isPhoneNumber(number, question.format);
      return fits ? { answer: number, mistakes: [] } : wrong(mistake(question, 'format', examples[question.format]));
    },
    render: (posted, mistakes, options) =>
      input(question, posted, mistakes, options, {
        type: 'tel',
        autocomplete: 'tel',
        classes: question.classes ?? 'govuk-input--width-20',
      }),
  };
}

/** National numbers are taken to be of the UK (9 to 11 digits with the 0); others by E.164, at most 15 digits. */
export function isPhoneNumber(number: string, format: PhoneQuestion['format']): boolean {
  if (number.length > longest.phone) return false;
  const [main = ''] = number.split(/\s*(?:x|ext\.?|extension|#)\s*(?=\d{1,6}$)/i);
  if (!/^\+?[\d\s().\-–/]+$/.test(main)) return false;
  const digits = main.replaceAll(/\D/g, '');
  const international = main.trimStart().startsWith('+') || digits.startsWith('00');
  const abroad = digits.startsWith('00') ? digits.slice(2) : digits;
  if (!international) return format !== 'international' && digits.startsWith('0') && /^0[1-9]\d{7,9}$/.test(digits);
  if (abroad.startsWith('44')) return /^440?[1-9]\d{7,9}$/.test(abroad);
  return format !== 'uk' && /^[1-9]\d{6,14}$/.test(abroad);
}

/** A web address, with or without `https://`: people leave it out. */
export function websiteKind(question: WebsiteQuestion): QuestionKind {
  const matches = patternTest(question.pattern);
  const most = Math.min(question.maxLength ?? longest.website, longest.website);
  const least = question.minLength ?? 0;
  return {
    ...oneField(question.key),
    parse(posted) {
      const address = postedLine(posted, question.key);
      if (address === '') {
        return question.required ? wrong(mistake(question, 'required', enterMessage(question))) : nothing;
      }
      const what = subjectFirst(question);
      if (address.length > most) {
        return wrong(mistake(question, 'long', `${what} must be ${most} characters or less`, { limit: most }));
      }
      if (address.length < least) {
        return wrong(mistake(question, 'short', `${what} must be ${least} characters or more`, { limit: least }));
      }
      return (matches ?? isWebAddress)(address)
        ? { answer: address, mistakes: [] }
        : wrong(mistake(question, 'format', 'Enter a website address in the correct format, like www.example.com'));
    },
    render: (posted, mistakes, options) =>
      input(question, posted, mistakes, options, { type: 'url', autocomplete: 'url', spellcheck: false }),
  };
}

function isWebAddress(address: string): boolean {
  const [, host = ''] = /^(?:https?:\/\/)?([^\s/?#:@]{1,253})(?::\d{1,5})?(?:[/?#]\S*)?$/i.exec(address) ?? [];
  const labels = host.split('.');
  return (
    labels.length >= 2 && labels.every((label) => /^[\p{L}\p{N}](?:[\p{L}\p{N}-]{0,61}[\p{L}\p{N}])?$/u.test(label))
  );
}

/** A value that a link brings along, and that nobody types: the caseworker reads it, the person does not see it. */
export function hiddenKind(question: HiddenQuestion): QuestionKind {
  return {
    ...oneField(question.key),
    parse(posted) {
      const value = postedLine(posted, question.key).slice(0, longest.text);
      return value === '' ? nothing : { answer: value, mistakes: [] };
    },
    render: (posted) =>
      `<input type="hidden" name="${escapeHtml(question.key)}" value="${escapeHtml(postedRaw(posted, question.key))}">`,
  };
}

export const nothing = { answer: null, mistakes: [] };

/** Filling, showing and exporting for a question that has one field and whose answer is text or a number. */
export function oneField(key: string): Pick<QuestionKind, 'fill' | 'lines' | 'exported'> {
  return {
    fill: (answer) => ({ [key]: typeof answer === 'object' ? '' : String(answer) }),
    lines: (answer) => (typeof answer === 'object' ? [] : [String(answer)]),
    exported: (answer) => (typeof answer === 'object' ? null : answer),
  };
}

export function input(
  question: TextQuestion | EmailQuestion | PhoneQuestion | NumberQuestion | WebsiteQuestion,
  posted: Posted,
  mistakes: readonly Mistake[],
  options: RenderOptions,
  params: Partial<InputParams>,
): string {
  return components.input({
    id: question.key,
    name: question.key,
    label: labelParams(question, options),
    value: postedRaw(posted, question.key),
    ...(question.classes ? { classes: question.classes } : {}),
    ...params,
    ...commonParams(question, mistakes),
  });
}

/** A box as wide as its answer tells a person how long the answer may be. */
function widthFor(length: number | null): string | null {
  if (length === null || length > 20) return null;
  const width = [2, 3, 4, 5, 10, 20].find((each) => length <= each);
  return width === undefined ? null : `govuk-input--width-${width}`;
}

function lengthCheck(question: TextQuestion | MultilineQuestion, most: number): (text: string) => Mistake | null {
  const { minLength, maxLength, exactLength } = question;
  const matches = patternTest(question.pattern);
  const limit = Math.min(maxLength ?? most, Math.max(most, maxLength ?? 0), 100_000);
  return (text) => {
    const length = text.length > limit * 2 ? text.length : countCharacters(text);
    const what = subjectFirst(question);
    if (exactLength !== null && length !== exactLength) {
      return mistake(question, 'length', `${what} must be ${exactLength} characters`, { limit: exactLength });
    }
    if (length > limit) {
      return mistake(question, 'long', `${what} must be ${limit.toLocaleString('en-GB')} characters or less`, {
        limit,
      });
    }
    if (minLength !== null && length < minLength) {
      return mistake(question, 'short', `${what} must be ${minLength} characters or more`, { limit: minLength });
    }
    if (matches && !matches(text)) {
      return mistake(question, 'pattern', `Enter ${lowerSubject(what)} in the correct format`);
    }
    return null;
  };
}

function patternTest(source: string | null): PatternTest | null {
  const pattern = source === null ? null : compilePattern(source);
  // Without a pattern that runs nothing would match; a form with such a pattern cannot be published.
  return typeof pattern === 'string' ? () => false : pattern;
}

const lowerSubject = (what: string): string => what.charAt(0).toLowerCase() + what.slice(1);
