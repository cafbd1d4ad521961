import { addToDate } from '../../conditions/dates.ts';
import type { Answer, Expression, Form, NamedCondition, Operand, Question } from '../../definition/form.ts';

/** A comparison of an answer that a form's conditions make. */
type Comparison = Extract<Expression, { kind: 'compare' }>;

/** Every comparison of each question, by the question's key. */
export function findComparisons(conditions: readonly NamedCondition[]): Map<string, Comparison[]> {
  const found = new Map<string, Comparison[]>();
  const visit = (expression: Expression | null): void => {
    if (!expression) return;
    if (expression.kind === 'compare') found.set(expression.key, [...(found.get(expression.key) ?? []), expression]);
    else if (expression.kind === 'not') visit(expression.of);
    else if (expression.kind !== 'condition') expression.of.forEach(visit);
  };
  for (const { expression } of conditions) visit(expression);
  return found;
}

/** Up to so many options that conditions name, every way of ticking them is tried. */
const mostTicked = 8;

const ofLength: ReadonlySet<string> = new Set(['has length', 'is longer than', 'is shorter than']);

/**
 * Answers that stand for all that can be given to a question, as far as its comparisons can tell them apart: on each side
 * of every number, date and length that is compared, every option that is named and one that is not. `undefined` is no
 * answer. Null where they are too many, or where what may be answered cannot be told.
 */
export function answersToTry(
  question: Question,
  comparisons: readonly Comparison[],
  form: Pick<Form, 'lists'>,
  today: string,
): (Answer | undefined)[] | null {
  const given = answersGiven(question, comparisons, form, today);
  return given && (question.required ? given : [undefined, ...given]);
}

function answersGiven(
  question: Question,
  comparisons: readonly Comparison[],
  form: Pick<Form, 'lists'>,
  today: string,
): Answer[] | null {
  switch (question.kind) {
    case 'yes-no':
      return [true, false];
    case 'declaration':
      return [true];
    case 'radios':
    case 'select':
      return itemsOf(form, question.list);
    case 'checkboxes':
      return waysOfTicking(question, comparisons, itemsOf(form, question.list));
    case 'number':
      return numbersNear(question, comparisons);
    case 'date':
      return datesNear(question, comparisons, today);
    case 'text':
    case 'multiline':
      // Which texts match a pattern cannot be told in general.
      return question.pattern === null ? textsLike(question, comparisons) : null;
    default:
      return null;
  }
}

function waysOfTicking(
  { min, max, exactLength }: Extract<Question, { kind: 'checkboxes' }>,
  comparisons: readonly Comparison[],
  items: readonly (string | number)[],
): Answer[] | null {
  const named = new Set(comparisons.flatMap(({ value }) => valuesOf(value)).map(String));
  const compared = items.filter((item) => named.has(String(item)));
  const others = items.filter((item) => !named.has(String(item)));
  if (compared.length > mostTicked) return null;
  const least = Math.max(exactLength ?? min ?? 1, 1);
  const most = exactLength ?? max ?? items.length;
  const answers: (string | number)[][] = [];
  for (let mask = 0; mask < 2 ** compared.length; mask++) {
    const ticked = compared.filter((_item, index) => Math.floor(mask / 2 ** index) % 2 === 1);
    const filling = others.slice(0, Math.max(least - ticked.length, 0));
    const filled = [...ticked, ...filling];
    if (filled.length >= least && filled.length <= most) answers.push(filled);
    // One more than those that are named: "is" asks for exactly what was ticked.
    const [other] = others;
    if (filling.length === 0 && other !== undefined && ticked.length + 1 <= most) answers.push([...ticked, other]);
  }
  return answers;
}

function numbersNear(
  { min, max, precision }: Extract<Question, { kind: 'number' }>,
  comparisons: readonly Comparison[],
): Answer[] {
  const step = precision === null ? 0.001 : 10 ** -precision;
  const compared = comparisons.flatMap(({ value }) => valuesOf(value).map(Number)).filter(Number.isFinite);
  const edges = [...compared, ...(min === null ? [] : [min]), ...(max === null ? [] : [max]), 0];
  const near = edges.flatMap((edge) => [edge - step, edge, edge + step]).map((number) => Number(number.toFixed(6)));
  return [...new Set(near)].filter((number) => (min === null || number >= min) && (max === null || number <= max));
}

function datesNear(
  question: Extract<Question, { kind: 'date' }>,
  comparisons: readonly Comparison[],
  today: string,
): Answer[] {
  const compared = comparisons.flatMap(({ value }) =>
    value.type === 'relative-date'
      ? [addToDate(today, value.direction === 'past' ? -value.period : value.period, value.unit)]
      : valuesOf(value).map(String),
  );
  const { earliest, latest, maxDaysInPast, maxDaysInFuture } = question;
  const from = [earliest, maxDaysInPast === null ? null : addToDate(today, -maxDaysInPast, 'days')];
  const to = [latest, maxDaysInFuture === null ? null : addToDate(today, maxDaysInFuture, 'days')];
  const edges = [...compared, ...from, ...to, today].filter((date) => date !== null);
  const near = edges
    .filter((date) => /^\d{4}-\d{2}-\d{2}$/.test(date))
    .flatMap((date) => [addToDate(date, -1, 'days'), date, addToDate(date, 1, 'days')]);
  return [...new Set(near)].filter(
    (date) =>
      from.every((bound) => bound === null || date >= bound) && to.every((bound) => bound === null || date <= bound),
  );
}

function textsLike(
  { minLength, maxLength, exactLength }: Extract<Question, { kind: 'text' | 'multiline' }>,
  comparisons: readonly Comparison[],
): Answer[] {
  const least = Math.max(exactLength ?? minLength ?? 1, 1);
  const most = exactLength ?? maxLength ?? 1_000_000;
  const lengths = comparisons
    .filter(({ operator }) => ofLength.has(operator))
    .flatMap(({ value }) => valuesOf(value).map(Number));
  const texts = comparisons
    .filter(({ operator }) => !ofLength.has(operator))
    .flatMap(({ value }) => valuesOf(value).map(String));
  const made = [...lengths.flatMap((length) => [length - 1, length, length + 1]), least, Math.min(most, least + 40)]
    .filter((length) => length > 0 && length <= 5_000)
    .map((length) => '~'.repeat(length));
  return [...new Set([...made, ...texts])].filter((text) => text.length >= least && text.length <= most);
}

const valuesOf = (operand: Operand): (string | number | boolean)[] =>
  operand.type === 'value' ? [operand.value] : operand.type === 'choices' ? operand.values : [];

const itemsOf = (form: Pick<Form, 'lists'>, list: string): (string | number)[] =>
  form.lists.find(({ id }) => id === list)?.items.map(({ value }) => value) ?? [];
