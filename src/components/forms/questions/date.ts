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
} from '../dates.ts';
import type { DateQuestion, MonthYearQuestion } from '../form.ts';
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
import { nothing } from './text.ts';

type Part = 'day' | 'month' | 'year';

/** Error wording: GOV.UK Design System, date input, "Error messages". */
export function dateKind(question: DateQuestion): QuestionKind {
  return {
    ...datesAsText(describeDate),
    parse(posted, { today }) {
      const typed = readParts(posted, question.key, ['day', 'month', 'year']);
      if (typed.every(([, text]) => text === '')) return missing(question, 'day');
      const incomplete = missingParts(question, typed);
      if (incomplete) return wrong(incomplete);
      const [day = 0, month = 0, year = 0] = typed.map(([part, text]) => numberOf(part, text));
      if (!isRealDate({ day, month, year }) || year < 1000 || year > 9999) {
        return wrong(error(question, 'format', 'must be a real date', wrongPart(day, month, year)));
      }
      const answer = formatDate({ day, month, year });
      const limit = limitOf(question, today);
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

export function monthYearKind(question: MonthYearQuestion): QuestionKind {
  const { earliest, latest } = question;
  return {
    ...datesAsText(describeMonth),
    parse(posted) {
      const typed = readParts(posted, question.key, ['month', 'year']);
      if (typed.every(([, text]) => text === '')) return missing(question, 'month');
      const incomplete = missingParts(question, typed);
      if (incomplete) return wrong(incomplete);
      const [month = 0, year = 0] = typed.map(([part, text]) => numberOf(part, text));
      if (!isRealDate({ day: 1, month, year }) || year < 1000 || year > 9999) {
        return wrong(error(question, 'format', 'must be a real month and year', wrongPart(1, month, year)));
      }
      const answer = formatDate({ day: 1, month, year }).slice(0, 7);
      if (earliest && answer < earliest) {
        return wrong(error(question, 'early', `must be the same as or after ${describeMonth(earliest)}`, 'month'));
      }
      if (latest && answer > latest) {
        return wrong(error(question, 'late', `must be the same as or before ${describeMonth(latest)}`, 'month'));
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

function missingParts(question: DateQuestion | MonthYearQuestion, typed: readonly [Part, string][]): Mistake | null {
  const absent = typed.filter(([, text]) => text === '').map(([part]) => part);
  const [first] = absent;
  return first ? error(question, 'format', `must include a ${absent.join(' and ')}`, first) : null;
}

function numberOf(part: Part, text: string): number {
  if (part === 'month') return parseMonth(text) ?? 0;
  return /^\d{1,4}$/.test(text) ? Number(text) : 0;
}

/** The part that an error summary should lead to. */
function wrongPart(day: number, month: number, year: number): Part {
  if (month < 1 || month > 12) return day < 1 || day > 31 ? 'day' : 'month';
  if (year < 1000 || year > 9999) return day < 1 || day > 31 ? 'day' : 'year';
  return day < 1 || day > daysInMonth(year, month) ? 'day' : 'year';
}

function error(question: DateQuestion | MonthYearQuestion, code: MistakeCode, rule: string, part: Part): Mistake {
  return mistake(question, code, `${subjectFirst(question)} ${rule}`, {}, `${question.key}-${part}`);
}

interface DateLimit {
  earliest: string;
  latest: string;
  tooEarly: string;
  tooLate: string;
}

/** `maxDaysInPast` 0 means today or later, `maxDaysInFuture` 0 today or earlier, as in the engine they come from. */
export function limitOf(
  question: Pick<DateQuestion, 'earliest' | 'latest' | 'maxDaysInPast' | 'maxDaysInFuture'>,
  today: string,
): DateLimit {
  const { maxDaysInPast, maxDaysInFuture } = question;
  const limit = { earliest: '1000-01-01', latest: '9999-12-31', tooEarly: '', tooLate: '' };
  if (question.earliest) {
    limit.earliest = question.earliest;
    limit.tooEarly = `must be the same as or after ${describeDate(question.earliest)}`;
  }
  if (question.latest) {
    limit.latest = question.latest;
    limit.tooLate = `must be the same as or before ${describeDate(question.latest)}`;
  }
  if (maxDaysInPast !== null) {
    const earliest = addToDate(today, -maxDaysInPast, 'days');
    if (earliest > limit.earliest) {
      limit.earliest = earliest;
      limit.tooEarly =
        maxDaysInPast === 0
          ? 'must be today or in the future'
          : `must be the same as or after ${describeDate(earliest)}`;
    }
  }
  if (maxDaysInFuture !== null) {
    const latest = addToDate(today, maxDaysInFuture, 'days');
    if (latest < limit.latest) {
      limit.latest = latest;
      limit.tooLate =
        maxDaysInFuture === 0
          ? 'must be today or in the past'
          : `must be the same as or before ${describeDate(latest)}`;
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
      classes: `govuk-input--width-${part === 'year' ? 4 : 2}${first ? markOf(first, question.key, part) : ''}`,
      value: postedRaw(posted, `${question.key}-${part}`),
      ...(birth ? { autocomplete: `bday-${part}` } : {}),
    })),
    ...commonParams(question, mistakes),
  });
}

/** Red only where the mistake is: every part if the date as a whole is wrong. */
function markOf(first: Mistake, key: string, part: Part): string {
  const one = /must include/.test(first.text) && first.field !== `${key}-${part}`;
  return one ? '' : ' govuk-input--error';
}
