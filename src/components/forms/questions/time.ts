import { components } from '#design';
import { describeDate, formatDate, isRealDate, parseDate, parseMonth } from '../conditions/dates.ts';
import type { DateTimeQuestion, TimeQuestion } from '../definition/form.ts';
import { limitOf } from './date.ts';
import {
  commonParams,
  enterMessage,
  fieldsetParams,
  labelParams,
  mistake,
  postedLine,
  postedRaw,
  subjectFirst,
  wrong,
} from './question.ts';
import type { MistakeCode, QuestionKind } from './question.ts';
import { nothing } from './text.ts';
import { wordsOf } from '../words/words.ts';
import type { Words } from '../words/words.ts';

/** A time of day as people write it: 9:30am, 17:05, 5pm. GOV.UK style guide, "Times". */
export function timeKind(question: TimeQuestion): QuestionKind {
  const { key } = question;
  return {
    fill: (answer) => ({ [key]: typeof answer === 'string' ? describeTime(answer) : '' }),
    lines: (answer) => (typeof answer === 'string' ? [describeTime(answer)] : []),
    exported: (answer) => (typeof answer === 'string' ? answer : null),
    parse(posted) {
      const typed = postedLine(posted, key);
      if (typed === '')
        return question.required ? wrong(mistake(question, 'required', enterMessage(question))) : nothing;
      const time = parseTime(typed);
      return time === null
        ? wrong(mistake(question, 'format', `${subjectFirst(question)} must be a time, like 9:30am or 17:05`))
        : { answer: time, mistakes: [] };
    },
    render: (posted, mistakes, options) =>
      components.input({
        id: key,
        name: key,
        label: labelParams(question, options),
        value: postedRaw(posted, key),
        classes: question.classes ?? 'govuk-input--width-5',
        spellcheck: false,
        ...commonParams(question, mistakes),
      }),
  };
}

const parts = [
  { name: 'day', width: 2 },
  { name: 'month', width: 2 },
  { name: 'year', width: 4 },
  { name: 'time', width: 5 },
] as const;

/** A day and a time of that day, in one group. */
export function dateTimeKind(question: DateTimeQuestion, words: Words = wordsOf('en')): QuestionKind {
  const { dates } = words;
  const field = (part: string): string => `${question.key}-${part}`;
  const error = (code: MistakeCode, say: (what: string) => string, part: string) =>
    wrong(mistake(question, code, say(subjectFirst(question)), {}, field(part)));
  return {
    fill(answer) {
      const [day = '', time = ''] = typeof answer === 'string' ? answer.split('T') : [];
      const date = parseDate(day);
      if (!date) return {};
      return {
        [field('day')]: String(date.day),
        [field('month')]: String(date.month),
        [field('year')]: String(date.year),
        [field('time')]: describeTime(time),
      };
    },
    lines(answer) {
      const [day = '', time = ''] = typeof answer === 'string' ? answer.split('T') : [];
      return day === '' ? [] : [`${describeDate(day, dates.months)}, ${describeTime(time)}`];
    },
    exported: (answer) => (typeof answer === 'string' ? answer : null),
    parse(posted, { today }) {
      const typed = parts.map(({ name }) => postedLine(posted, field(name)));
      if (typed.every((text) => text === '')) {
        if (!question.required) return nothing;
        return wrong(mistake(question, 'required', enterMessage(question), {}, field('day')));
      }
      const absent = parts.find((_part, index) => typed[index] === '');
      if (absent) return error('date', (what) => dates.includes(what, [words[absent.name]]), absent.name);
      const [day = '', month = '', year = '', timeTyped = ''] = typed;
      const read = (text: string): number => (/^\d{1,4}$/.test(text) ? Number(text) : 0);
      const date = { day: read(day), month: parseMonth(month, dates.months) ?? 0, year: read(year) };
      if (!isRealDate(date) || date.year < 1000 || date.year > 9999) return error('date', dates.realDate, 'day');
      const answer = formatDate(date);
      const limit = limitOf({ ...question, earliest: null, latest: null }, today, dates);
      if (answer > limit.latest) return error('late', limit.tooLate, 'day');
      if (answer < limit.earliest) return error('early', limit.tooEarly, 'day');
      const time = parseTime(timeTyped);
      return time === null ? error('date', dates.haveTime, 'time') : { answer: `${answer}T${time}`, mistakes: [] };
    },
    render: (posted, mistakes, options) =>
      components.dateInput({
        id: question.key,
        namePrefix: question.key,
        fieldset: fieldsetParams(question, options),
        items: parts.map(({ name, width }) => ({
          name,
          label: (options.words ?? wordsOf('en'))[name],
          classes: `govuk-input--width-${width}${mistakes.some(({ field: at }) => at === field(name)) ? ' govuk-input--error' : ''}`,
          value: postedRaw(posted, field(name)),
          // Times are typed with letters and a colon.
          ...(name === 'time' ? { inputmode: 'text' } : {}),
        })),
        ...commonParams(question, mistakes),
      }),
  };
}

/** `17:05` for "17:05", "5:05pm", "5.05 pm", "1705"; `17:00` for "5pm"; null for what is no time. */
export function parseTime(typed: string): string | null {
  const text = typed.toLowerCase().replaceAll(/[\s.]+(?=[ap]\.?m)/g, '');
  if (text === 'midday' || text === 'noon') return '12:00';
  if (text === 'midnight') return '00:00';
  const match = /^(\d{1,2})(?:[:. ]?(\d{2}))?(am|pm|a\.m\.?|p\.m\.?)?$/.exec(text);
  if (!match) return null;
  const [, hourTyped = '', minuteTyped, half] = match;
  if (minuteTyped === undefined && half === undefined) return null;
  const hour = Number(hourTyped);
  const minute = Number(minuteTyped ?? 0);
  if (minute > 59 || hour > (half ? 12 : 23) || (half && hour === 0)) return null;
  const full = half ? (hour % 12) + (half.startsWith('p') ? 12 : 0) : hour;
  return `${String(full).padStart(2, '0')}:${String(minute).padStart(2, '0')}`;
}

/** "5:05pm" for `17:05`, "5pm" for `17:00`: GOV.UK style guide, "Times". */
export function describeTime(time: string): string {
  const [hour = 0, minute = 0] = time.split(':').map(Number);
  const twelve = hour % 12 === 0 ? 12 : hour % 12;
  return `${twelve}${minute === 0 ? '' : `:${String(minute).padStart(2, '0')}`}${hour < 12 ? 'am' : 'pm'}`;
}
