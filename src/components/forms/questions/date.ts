import { components } from '#design';
import {
  addToDate,
  daysInMonth,
  describeDate,
  describeMonth,
  formatDate,
  isRealDate,
  parseDate,
  parseMonth,
} from '../conditions/dates.ts';
import type { DateQuestion, MonthYearQuestion } from '../definition/form.ts';
import {
  commonParams,
  enterMessage,
  fieldsetParams,
  mistake,
  postedLine,
  postedRaw,
  subjectFirst,
  wrong,
} from './question.ts';
import type { Mistake, MistakeCode, Posted, QuestionKind, RenderOptions } from './question.ts';
import { wordsOf } from '../words/words.ts';
import type { Words } from '../words/words.ts';
import { nothing } from './text.ts';

type Part = 'day' | 'month' | 'year';

/** Error wording: GOV.UK Design System, date input, "Error messages". */
export function dateKind(question: DateQuestion, words: Words = wordsOf('en')): QuestionKind {
  const { dates } = words;
  return {
    ...datesAsText((date) => describeDate(date, dates.months)),
    parse(posted, { today }) {
      const typed = readParts(posted, question.key, ['day', 'month', 'year']);
      if (typed.every(([, text]) => text === '')) return missing(question, 'day');
      const incomplete = missingParts(question, typed, words);
      if (incomplete) return wrong(incomplete);
      const [day = 0, month = 0, year = 0] = typed.map(([part, text]) => numberOf(part, text, dates.months));
      if (!isRealDate({ day, month, year }) || year < 1000 || year > 9999) {
        return wrong(error(question, 'date', dates.realDate, wrongPart(day, month, year)));
      }
      const answer = formatDate({ day, month, year });
      const limit = limitOf(question, today, dates);
      const other = question.notBefore === null ? null : postedDate(posted, question.notBefore, dates.months);
      if (other !== null && other > limit.earliest) {
        limit.earliest = other;
        limit.tooEarly = (what) => dates.notBefore(what, describeDate(other, dates.months));
      }
      const late = answer > limit.latest;
      if (late || answer < limit.earliest) {
        return wrong(error(question, late ? 'late' : 'early', late ? limit.tooLate : limit.tooEarly, 'day'));
      }
      return { answer, mistakes: [] };
    },
    fill(answer) {
      const parts = typeof answer === 'string' ? parseDate(answer) : null;
      if (!parts) return {};
      return {
        [`${question.key}-day`]: String(parts.day),
        [`${question.key}-month`]: String(parts.month),
        [`${question.key}-year`]: String(parts.year),
      };
    },
    render: (posted, mistakes, options) => dateInput(question, ['day', 'month', 'year'], posted, mistakes, options),
  };
}

/** Another date as it was posted, if it is one. */
function postedDate(posted: Posted, key: string, months: readonly string[]): string | null {
  const [day = 0, month = 0, year = 0] = readParts(posted, key, ['day', 'month', 'year']).map(([part, text]) =>
    numberOf(part, text, months),
  );
  return isRealDate({ day, month, year }) && year >= 1000 ? formatDate({ day, month, year }) : null;
}

export function monthYearKind(question: MonthYearQuestion, words: Words = wordsOf('en')): QuestionKind {
  const { earliest, latest } = question;
  const { dates } = words;
  const describe = (month: string): string => describeMonth(month, dates.months);
  return {
    ...datesAsText(describe),
    parse(posted) {
      const typed = readParts(posted, question.key, ['month', 'year']);
      if (typed.every(([, text]) => text === '')) return missing(question, 'month');
      const incomplete = missingParts(question, typed, words);
      if (incomplete) return wrong(incomplete);
      const [month = 0, year = 0] = typed.map(([part, text]) => numberOf(part, text, dates.months));
      if (!isRealDate({ day: 1, month, year }) || year < 1000 || year > 9999) {
        return wrong(error(question, 'date', dates.realMonth, wrongPart(1, month, year)));
      }
      const answer = formatDate({ day: 1, month, year }).slice(0, 7);
      if (earliest && answer < earliest) {
        return wrong(error(question, 'early', (what) => dates.notBefore(what, describe(earliest)), 'month'));
      }
      if (latest && answer > latest) {
        return wrong(error(question, 'late', (what) => dates.notAfter(what, describe(latest)), 'month'));
      }
      return { answer, mistakes: [] };
    },
    fill(answer) {
      const parts = typeof answer === 'string' ? parseDate(`${answer}-01`) : null;
      return parts
        ? { [`${question.key}-month`]: String(parts.month), [`${question.key}-year`]: String(parts.year) }
        : {};
    },
    render: (posted, mistakes, options) => dateInput(question, ['month', 'year'], posted, mistakes, options),
  };
}

function datesAsText(describe: (date: string) => string): Pick<QuestionKind, 'lines' | 'exported'> {
  return {
    lines: (answer) => (typeof answer === 'string' ? [describe(answer)] : []),
    exported: (answer) => (typeof answer === 'string' ? answer : null),
  };
}

function readParts(posted: Posted, key: string, parts: readonly Part[]): [Part, string][] {
  return parts.map((part) => [part, postedLine(posted, `${key}-${part}`)]);
}

function missing(question: DateQuestion | MonthYearQuestion, first: Part): ReturnType<typeof wrong> {
  if (!question.required) return nothing;
  return wrong(mistake(question, 'required', enterMessage(question), {}, `${question.key}-${first}`));
}

function missingParts(
  question: DateQuestion | MonthYearQuestion,
  typed: readonly [Part, string][],
  words: Words,
): Mistake | null {
  const absent = typed.filter(([, text]) => text === '').map(([part]) => part);
  const [first] = absent;
  if (!first) return null;
  const names = absent.map((part) => words[part]);
  return error(question, 'date', (what) => words.dates.includes(what, names), first);
}

function numberOf(part: Part, text: string, months: readonly string[]): number {
  if (part === 'month') return parseMonth(text, months) ?? 0;
  return /^\d{1,4}$/.test(text) ? Number(text) : 0;
}

/** The part that an error summary should lead to. */
function wrongPart(day: number, month: number, year: number): Part {
  if (month < 1 || month > 12) return day < 1 || day > 31 ? 'day' : 'month';
  if (year < 1000 || year > 9999) return day < 1 || day > 31 ? 'day' : 'year';
  return day < 1 || day > daysInMonth(year, month) ? 'day' : 'year';
}

function error(
  question: DateQuestion | MonthYearQuestion,
  code: MistakeCode,
  say: (what: string) => string,
  part: Part,
): Mistake {
  return mistake(question, code, say(subjectFirst(question)), {}, `${question.key}-${part}`);
}

interface DateLimit {
  earliest: string;
  latest: string;
  /** Says so, of what the question is about. */
  tooEarly: (what: string) => string;
  tooLate: (what: string) => string;
}

/** `maxDaysInPast` 0 means today or later, `maxDaysInFuture` 0 today or earlier, as in the engine they come from. */
export function limitOf(
  question: Pick<DateQuestion, 'earliest' | 'latest' | 'maxDaysInPast' | 'maxDaysInFuture'> &
    Partial<Pick<DateQuestion, 'maxMonthsInPast'>>,
  today: string,
  dates: Words['dates'],
): DateLimit {
  const { maxDaysInPast, maxDaysInFuture } = question;
  const notBefore = (date: string) => (what: string) => dates.notBefore(what, describeDate(date, dates.months));
  const notAfter = (date: string) => (what: string) => dates.notAfter(what, describeDate(date, dates.months));
  const limit: DateLimit = {
    earliest: question.earliest ?? '1000-01-01',
    latest: question.latest ?? '9999-12-31',
    tooEarly: notBefore(question.earliest ?? ''),
    tooLate: notAfter(question.latest ?? ''),
  };
  if (maxDaysInPast !== null) {
    const earliest = addToDate(today, -maxDaysInPast, 'days');
    if (earliest > limit.earliest) {
      limit.earliest = earliest;
      limit.tooEarly = maxDaysInPast === 0 ? dates.todayOrLater : notBefore(earliest);
    }
  }
  if (question.maxMonthsInPast != null) {
    const earliest = addToDate(today, -question.maxMonthsInPast, 'months');
    if (earliest > limit.earliest) {
      limit.earliest = earliest;
      limit.tooEarly = notBefore(earliest);
    }
  }
  if (maxDaysInFuture !== null) {
    const latest = addToDate(today, maxDaysInFuture, 'days');
    if (latest < limit.latest) {
      limit.latest = latest;
      limit.tooLate = maxDaysInFuture === 0 ? dates.todayOrEarlier : notAfter(latest);
    }
  }
  return limit;
}

function dateInput(
  question: DateQuestion | MonthYearQuestion,
  parts: readonly Part[],
  posted: Posted,
  mistakes: readonly Mistake[],
  options: RenderOptions,
): string {
  const [first] = mistakes;
  const birth = /birth/i.test(question.title);
  return components.dateInput({
    id: question.key,
    namePrefix: question.key,
    fieldset: fieldsetParams(question, options),
    items: parts.map((part) => ({
      name: part,
      label: (options.words ?? wordsOf('en'))[part],
      classes: `govuk-input--width-${part === 'year' ? 4 : 2}${first && isMarked(posted, question.key, part, parts) ? ' govuk-input--error' : ''}`,
      value: postedRaw(posted, `${question.key}-${part}`),
      ...(birth ? { autocomplete: `bday-${part}` } : {}),
    })),
    ...commonParams(question, mistakes),
  });
}

/** Red only where the mistake is: what is missing of a date that was begun, else all of it. */
function isMarked(posted: Posted, key: string, part: Part, parts: readonly Part[]): boolean {
  const empty = parts.filter((each) => postedLine(posted, `${key}-${each}`) === '');
  return empty.length === 0 || empty.length === parts.length || empty.includes(part);
}
