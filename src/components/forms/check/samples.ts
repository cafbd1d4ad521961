import { addToDate, addToMoment, parseDate } from '../conditions/dates.ts';
import type { Expression, Form, List, Operand, Question } from '../definition/form.ts';
import { sampleOfPattern } from './pattern-samples.ts';
import type { Posted } from '../questions/questions.ts';
import { describeTime } from '../questions/time.ts';

/** What the conditions of a form compare a question with: answers on either side of it are worth trying. */
export type Compared = ReadonlyMap<string, readonly Operand[]>;

/** Finds what each question is compared with, by its key. */
export function findCompared(form: Form): Compared {
  const found = new Map<string, Operand[]>();
  const visit = (expression: Expression): void => {
    if (expression.kind === 'compare') {
      const known = found.get(expression.key);
      if (known) known.push(expression.value);
      else found.set(expression.key, [expression.value]);
    } else if (expression.kind === 'not') visit(expression.of);
    else if (expression.kind !== 'condition') for (const part of expression.of) visit(part);
  };
  for (const { expression } of form.conditions) if (expression) visit(expression);
  return found;
}

/**
 * Bodies that a person might post for a question, likely ones first. Not all of them are valid answers: who uses them asks
 * the question.
 *
 * @param today ISO date.
 */
export function samplePosts(
  question: Question,
  { lists, compared, today }: { lists: ReadonlyMap<string, List>; compared: readonly Operand[]; today: string },
): Posted[] {
  const { key } = question;
  const values = compared.flatMap((operand) =>
    operand.type === 'value' ? [operand.value] : operand.type === 'choices' ? operand.values : [],
  );
  const one = (texts: readonly (string | number | boolean)[]): Posted[] =>
    [...new Set(texts.map(String))].map((text) => ({ [key]: text }));
  switch (question.kind) {
    case 'text':
    case 'multiline':
      return one(sampleTexts(question, values));
    case 'email':
      return one(['sam.taylor@example.com', ...values]);
    case 'phone':
      return one([
        '01632 960 001',
        '01632960001',
        '07700900982',
        '+447700900982',
        ...values,
        ...patterned(question.pattern),
      ]);
    case 'website':
      return one([
        'https://www.example.com',
        'www.example.com',
        'example.com',
        ...values,
        ...patterned(question.pattern),
      ]);
    case 'number': {
      const { min, max, precision, minPrecision, minLength } = question;
      const limits = [min, max, min === null ? null : min + 1].filter((limit) => limit !== null);
      const near = values.map(Number).flatMap((value) => [value, value + 1, value - 1]);
      const all = [...limits, 10 ** ((minLength ?? 1) - 1), 3, 0, 100, ...near].filter(Number.isFinite);
      const decimals = Math.min(minPrecision ?? 0, 15);
      return one([
        ...all.map((value) => value.toFixed(decimals)),
        ...all.map((value) => value.toFixed(precision === 0 ? 0 : 2)),
      ]);
    }
    case 'date':
      return sampleDays(question, compared, today).map((day) => postedDay(key, day));
    case 'date-time':
      return sampleDays(question, compared, today)
        .map((day) => ({
          ...postedDay(key, day),
          [`${key}-time`]: '9:30am',
        }))
        .concat(momentsNear(compared, today).map((moment) => postedMoment(key, moment)));
    case 'month-year':
      return [today, question.earliest, question.latest, ...values.map(String)]
        .filter((month) => month !== null)
        .map((month) => {
          const [year = '', number = ''] = month.split('-');
          return { [`${key}-month`]: number, [`${key}-year`]: year };
        });
    case 'time':
      return one(['9:30am', ...timesNear(values, compared, today).map(describeTime)]);
    case 'yes-no':
      return one([true, false]);
    case 'radios':
    case 'select':
      return one((lists.get(question.list)?.items ?? []).map(({ value }) => value));
    case 'checkboxes':
      return sampleTicks(question, lists.get(question.list)?.items.map(({ value }) => String(value)) ?? [], values);
    case 'uk-address':
      return [
        {
          [`${key}-addressLine1`]: '1 Example Street',
          [`${key}-town`]: 'Exampleton',
          [`${key}-postcode`]: 'SW1A 1AA',
        },
      ];
    case 'declaration':
      return [{ [key]: 'true' }];
    case 'hidden':
    case 'payment':
      return [{}];
    case 'file-upload':
      return [sampleFiles(question)];
    case 'places': {
      const count = Math.max(question.exactCount ?? question.min ?? 1, 1);
      return one([Array.from({ length: Math.min(count, 100) }, () => '51.519450, -0.127758').join('\n')]);
    }
  }
}

const patterned = (pattern: string | null): string[] => (pattern === null ? [] : sampleOfPattern(pattern));

function sampleTexts(
  question: Extract<Question, { kind: 'text' | 'multiline' }>,
  values: readonly (string | number | boolean)[],
): string[] {
  const { minLength, maxLength, exactLength } = question;
  const usual = ['Sam Taylor', 'AB123456C', 'SW1A 1AA', '12345678', '01632 960 001', 'sam.taylor@example.com', 'x'];
  const lengths = [
    exactLength,
    minLength,
    maxLength,
    ...values.flatMap((value) => [Number(value), Number(value) + 1, Number(value) - 1]),
  ];
  const long = lengths.flatMap((length) =>
    length !== null && length > 0 && length <= 20_000 ? ['x'.repeat(length)] : [],
  );
  const between = question.kind === 'text' ? question.numbers.map(({ min, max }) => Math.ceil(min ?? max ?? 1)) : [];
  return [
    ...(between.length > 0 ? [between.join(', ')] : []),
    ...patterned(question.pattern),
    ...usual,
    ...values.map(String),
    ...values.map((value) => `not ${value}`),
    ...long,
  ];
}

/** As many small files as there must be, of a type that is taken. */
function sampleFiles({ key, minFiles, exactFiles, accept }: Extract<Question, { kind: 'file-upload' }>): Posted {
  const count = Math.min(Math.max(exactFiles ?? minFiles ?? 1, 1), 100);
  const media = accept.filter((each) => /^[\w.+-]+\/[\w.+-]+$/.test(each));
  // A type that everybody can make a file of, if one is taken.
  const type =
    ['application/pdf', 'image/png', 'text/csv'].find((each) => media.includes(each)) ?? media[0] ?? 'application/pdf';
  return {
    [key]: Array.from({ length: count }, (_, index) => ({ id: `${index}`, name: `file-${index}`, type, size: 1 })),
  };
}

function sampleDays(
  limits: {
    maxDaysInPast: number | null;
    maxDaysInFuture: number | null;
    earliest?: string | null;
    latest?: string | null;
  },
  compared: readonly Operand[],
  today: string,
): string[] {
  const { maxDaysInPast, maxDaysInFuture, earliest = null, latest = null } = limits;
  const turning = compared.flatMap((operand) => {
    if (operand.type === 'relative-date') {
      const { period, unit, direction } = operand;
      return [addToDate(today, direction === 'past' ? -period : period, unit)];
    }
    return operand.type === 'value' ? [String(operand.value)] : [];
  });
  const near = turning.flatMap((day) => [day, addToDate(day, 1, 'days'), addToDate(day, -1, 'days')]);
  const own = [
    today,
    addToDate(today, -(maxDaysInPast ?? 1), 'days'),
    addToDate(today, maxDaysInFuture ?? 1, 'days'),
    addToDate(today, -30, 'years'),
    ...[earliest, latest].filter((day) => day !== null),
  ];
  return [...new Set([...own, ...near])].filter((day) => parseDate(day) !== null);
}

/** The moments that a question is compared with, and an hour to each side. */
function momentsNear(compared: readonly Operand[], today: string): string[] {
  const turning = compared.flatMap((operand) => {
    if (operand.type !== 'relative-time') return operand.type === 'value' ? [String(operand.value)] : [];
    const { period, unit, direction } = operand;
    return [addToMoment(`${today}T12:00`, direction === 'past' ? -period : period, unit)];
  });
  return turning
    .filter((moment) => /^\d{4}-\d\d-\d\dT\d\d:\d\d$/.test(moment))
    .flatMap((moment) => [moment, addToMoment(moment, 1, 'hours'), addToMoment(moment, -1, 'hours')]);
}

function timesNear(
  values: readonly (string | number | boolean)[],
  compared: readonly Operand[],
  today: string,
): string[] {
  const times = values.map(String).filter((value) => /^\d\d:\d\d$/.test(value));
  const moments = [
    ...momentsNear(compared, today),
    ...times.flatMap((time) => momentsNear([{ type: 'value', value: `${today}T${time}` }], today)),
  ];
  return [...new Set(moments.map((moment) => moment.slice(-5)))];
}

function postedMoment(key: string, moment: string): Posted {
  const [day = '', time = ''] = moment.split('T');
  return { ...postedDay(key, day), [`${key}-time`]: describeTime(time) };
}

function postedDay(key: string, day: string): Posted {
  const [year = '', month = '', date = ''] = day.split('-');
  return { [`${key}-day`]: date, [`${key}-month`]: month, [`${key}-year`]: year };
}

/** Each choice alone, the fewest and the most that are allowed, and each set of choices that a condition names. */
function sampleTicks(
  question: Extract<Question, { kind: 'checkboxes' }>,
  choices: readonly string[],
  values: readonly (string | number | boolean)[],
): Posted[] {
  const { key, min, max, exactLength } = question;
  const named = choices.filter((choice) => values.some((value) => String(value) === choice));
  const fewest = Math.max(exactLength ?? min ?? 1, 1);
  const withFewest = (first: string): string[] =>
    [first, ...choices.filter((choice) => choice !== first)].slice(0, fewest);
  const sets = [
    ...choices.map(withFewest),
    named,
    choices.filter((choice) => !named.includes(choice)).slice(0, fewest),
    choices.slice(0, exactLength ?? max ?? choices.length),
  ];
  return sets.filter((set) => set.length > 0).map((set) => ({ [key]: set }));
}
