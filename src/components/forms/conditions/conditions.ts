import { addToDate, addToMoment } from './dates.ts';
import { countCharacters, textOf } from '../definition/form.ts';
import type { Answer, Expression, NamedCondition, Operand, Operator } from '../definition/form.ts';

/** What a condition is evaluated over. */
export interface Facts {
  /** The answer to the question with that key, if it was asked and answered; all of them where it is asked of several things. */
  answer(key: string): Answer | Several | undefined;
  /** ISO date of today where the government is. */
  today: string;
  /** The time of day there, `HH:MM`. Left out where only the day counts: midday is then taken. */
  time?: string | undefined;
}

/** What was answered to one question of each of several things: a comparison holds if it holds of one of them. */
export class Several {
  readonly answers: readonly Answer[];

  constructor(answers: readonly Answer[]) {
    this.answers = answers;
  }
}

export interface CompiledCondition {
  /** Id of the condition; empty for one that is not in the form. */
  id: string;
  /** Keys of the questions whose answers the condition depends on, through references too. */
  keys: ReadonlySet<string>;
  holds(facts: Facts): boolean;
}

/**
 * Finds which questions each condition depends on, through references too.
 *
 * @returns `keys` by condition id, and `circles` by the id of each condition found to depend on itself, with the names on
 * the way round.
 */
export function findDependencies(conditions: readonly NamedCondition[]): {
  keys: ReadonlyMap<string, ReadonlySet<string>>;
  circles: ReadonlyMap<string, string[]>;
} {
  const byId = new Map(conditions.map((condition) => [condition.id, condition]));
  const keys = new Map<string, Set<string>>();
  const circles = new Map<string, string[]>();
  const trail: NamedCondition[] = [];
  const visit = (condition: NamedCondition): ReadonlySet<string> => {
    const known = keys.get(condition.id);
    if (known) {
      const start = trail.findIndex(({ id }) => id === condition.id);
      if (start !== -1) {
        const circle = trail.slice(start);
        for (const { id } of circle)
          circles.set(
            id,
            [...circle, condition].map((each) => each.displayName),
          );
      }
      return known;
    }
    const found = new Set<string>();
    keys.set(condition.id, found);
    trail.push(condition);
    walk(condition.expression, found);
    trail.pop();
    return found;
  };
  const walk = (expression: Expression | null, found: Set<string>): void => {
    if (!expression) return;
    if (expression.kind === 'compare') found.add(expression.key);
    else if (expression.kind === 'not') walk(expression.of, found);
    else if (expression.kind === 'condition') {
      const referred = byId.get(expression.id);
      if (referred) for (const key of visit(referred)) found.add(key);
    } else for (const part of expression.of) walk(part, found);
  };
  for (const condition of conditions) visit(condition);
  return { keys, circles };
}

/**
 * Compiles a form's conditions.
 *
 * @throws if a condition could not be read, or depends on itself: such a form cannot be published.
 */
export function compileConditions(conditions: readonly NamedCondition[]): Map<string, CompiledCondition> {
  const { keys, circles } = findDependencies(conditions);
  const slots = new Map(conditions.map(({ id }, index) => [id, index]));
  const tests: Test[] = [];
  const compiled = new Map<string, CompiledCondition>();
  for (const condition of conditions) {
    if (circles.has(condition.id)) throw new Error(`The condition "${condition.displayName}" depends on itself.`);
    if (!condition.expression) throw new Error(`The condition "${condition.displayName}" could not be read.`);
    const test = compileExpression(condition.expression, slots, tests);
    tests.push(test);
    compiled.set(condition.id, {
      id: condition.id,
      keys: keys.get(condition.id) ?? new Set(),
      // What each referenced condition came to is kept during one evaluation: references may share references.
      holds: (facts) => test(facts, []),
    });
  }
  return compiled;
}

type Test = (facts: Facts, known: (boolean | undefined)[]) => boolean;

function compileExpression(expression: Expression, slots: ReadonlyMap<string, number>, tests: readonly Test[]): Test {
  switch (expression.kind) {
    case 'all': {
      const parts = expression.of.map((part) => compileExpression(part, slots, tests));
      return (facts, known) => parts.every((part) => part(facts, known));
    }
    case 'any': {
      const parts = expression.of.map((part) => compileExpression(part, slots, tests));
      return (facts, known) => parts.some((part) => part(facts, known));
    }
    case 'not': {
      const part = compileExpression(expression.of, slots, tests);
      return (facts, known) => !part(facts, known);
    }
    case 'condition': {
      const slot = slots.get(expression.id);
      if (slot === undefined) throw new Error(`There is no condition "${expression.id}".`);
      return (facts, known) => (known[slot] ??= tests[slot]?.(facts, known) ?? false);
    }
    case 'compare': {
      const { key, operator, value } = expression;
      // "Is not" is that none is.
      const positive = operator === 'is not' ? 'is' : operator === 'does not contain' ? 'contains' : operator;
      const compare = compileComparison(positive, value);
      const wanted = positive === operator;
      return (facts) => {
        const answer = facts.answer(key);
        if (answer instanceof Several) return answer.answers.some((each) => compare(each, facts)) === wanted;
        return compare(answer, facts) === wanted;
      };
    }
  }
}

type Comparison = (answer: Answer | undefined, at: Pick<Facts, 'today' | 'time'>) => boolean;

/** A question without an answer is nothing, contains nothing and has no length: only "is not" and "does not contain" hold. */
function compileComparison(operator: Exclude<Operator, 'is not' | 'does not contain'>, operand: Operand): Comparison {
  switch (operator) {
    case 'is':
    case 'contains':
      return compileMatch(operator, operand);
    case 'has length':
      return compileLength(operand, (length, wanted) => length === wanted);
    case 'is longer than':
      return compileLength(operand, (length, wanted) => length > wanted);
    case 'is shorter than':
      return compileLength(operand, (length, wanted) => length < wanted);
    case 'is before':
    case 'is less than':
      return compileOrder(operand, (order, past) => (past ? order > 0 : order < 0));
    case 'is after':
    case 'is more than':
      return compileOrder(operand, (order, past) => (past ? order < 0 : order > 0));
    case 'is at least':
      return compileOrder(operand, (order, past) => (past ? order <= 0 : order >= 0));
    case 'is at most':
      return compileOrder(operand, (order, past) => (past ? order >= 0 : order <= 0));
  }
}

function compileMatch(operator: 'is' | 'contains', operand: Operand): Comparison {
  if (operand.type === 'relative-date' || operand.type === 'relative-time') {
    return (answer, at) => typeof answer === 'string' && answer === relativeTo(operand, answer, at);
  }
  const wanted = operand.type === 'choices' ? operand.values.map(String) : [String(operand.value)];
  const together = operand.type === 'choices' && operand.together === 'and';
  return (answer) => {
    if (answer === undefined) return false;
    if (Array.isArray(answer)) {
      const chosen = answer.map(textOf);
      if (operator === 'is' && chosen.length !== wanted.length && together) return false;
      return together
        ? wanted.every((value) => chosen.includes(value))
        : wanted.some((value) => chosen.includes(value));
    }
    if (typeof answer === 'object') return false;
    const text = String(answer);
    if (operator === 'contains' && typeof answer === 'string' && operand.type === 'value') {
      return text.includes(wanted[0] ?? '');
    }
    // Numbers are compared as numbers: "1.0" in a definition is the 1 that a person typed.
    if (typeof answer === 'number') return wanted.some((value) => value.trim() !== '' && Number(value) === answer);
    return wanted.includes(text);
  };
}

function compileLength(operand: Operand, test: (length: number, wanted: number) => boolean): Comparison {
  const wanted = operand.type === 'value' ? Number(operand.value) : Number.NaN;
  return (answer) => {
    if (answer === undefined || answer === '') return false;
    if (Array.isArray(answer)) return test(answer.length, wanted);
    return typeof answer !== 'object' && test(countCharacters(String(answer)), wanted);
  };
}

/** `order` is negative where the answer comes first. "At least 18 years in the past" is on or before that day. */
function compileOrder(operand: Operand, test: (order: number, past: boolean) => boolean): Comparison {
  if (operand.type === 'choices') return () => false;
  if (operand.type === 'relative-date' || operand.type === 'relative-time') {
    const past = operand.direction === 'past';
    return (answer, at) =>
      typeof answer === 'string' && test(compareText(answer, relativeTo(operand, answer, at)), past);
  }
  const wanted = operand.value;
  const asNumber = Number(wanted);
  return (answer) => {
    if (typeof answer === 'number') return !Number.isNaN(asNumber) && test(answer - asNumber, false);
    if (typeof answer !== 'string' || answer === '') return false;
    // What was chosen from a list of numbers may be text, and 10 is more than 9.
    const number = Number(answer);
    if (!Number.isNaN(number) && !Number.isNaN(asNumber)) return test(number - asNumber, false);
    return test(compareText(answer, String(wanted)), false);
  };
}

/** What an answer is compared with: a day; or a moment, of which a time of day is compared with the time only. */
function relativeTo(
  operand: Extract<Operand, { type: 'relative-date' | 'relative-time' }>,
  answer: string,
  { today, time = '12:00' }: Pick<Facts, 'today' | 'time'>,
): string {
  const period = operand.direction === 'past' ? -operand.period : operand.period;
  if (operand.type === 'relative-date') return addToDate(today, period, operand.unit);
  const moment = addToMoment(`${today}T${time}`, period, operand.unit);
  return answer.includes('-') ? moment : moment.slice(moment.indexOf('T') + 1);
}

const compareText = (one: string, other: string): number => (one < other ? -1 : one > other ? 1 : 0);
