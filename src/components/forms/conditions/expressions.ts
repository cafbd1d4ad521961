import { relativeOperand } from '../definition/form.ts';
import type { Expression, Operand, Operator } from '../definition/form.ts';

/** A question that an expression names, as the form knows it. */
export type FindKeys = (name: string) => readonly string[];

/** An expression that cannot be read: says what and where. */
class ExpressionProblem extends Error {}

/** Real ones have up to 300 characters and five comparisons. */
const longest = 5_000;
const deepest = 50;

/**
 * Reads a condition that is written as a string, such as `personal.age >= 18 and not (personal.name == 'Jen')`: the
 * language of npm `expr-eval`, as far as it compares answers. Nothing is evaluated; whatever is more than comparisons of
 * an answer with a value is refused.
 *
 * @param findKeys the keys of the questions of a name; none if there is no such question.
 * @returns the expression, or a sentence that says what cannot be read. Never throws.
 */
export function parseExpression(text: string, findKeys: FindKeys): Expression | string {
  if (text.length > longest) return `It is ${text.length} characters long, and may be ${longest} at most.`;
  try {
    const tokens = tokenize(text);
    const parser = new Parser(tokens, findKeys);
    return parser.parse();
  } catch (error) {
    if (error instanceof ExpressionProblem) return error.message;
    throw error;
  }
}

type Token =
  | { kind: 'name'; text: string }
  | { kind: 'value'; text: string; value: string | number | boolean }
  | { kind: 'sign'; text: string }
  | { kind: 'end'; text: string };

const lexeme =
  /\s+|(?<number>\d+(?:\.\d+)?)|(?<string>'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")|(?<sign>===|!==|==|!=|>=|<=|&&|\|\||[<>()[\],!+-])|(?<name>[\p{L}_$][\p{L}\p{N}_$]*(?:\.[\p{L}\p{N}_$-]+|\[\d+\])*)/uy;

function tokenize(text: string): Token[] {
  const tokens: Token[] = [];
  lexeme.lastIndex = 0;
  while (lexeme.lastIndex < text.length) {
    const at = lexeme.lastIndex;
    const match = lexeme.exec(text);
    if (!match) throw new ExpressionProblem(`There is something unexpected at “${text.slice(at, at + 20)}”.`);
    const { number, string, sign, name } = match.groups ?? {};
    if (number !== undefined) tokens.push({ kind: 'value', text: number, value: Number(number) });
    else if (string !== undefined) {
      tokens.push({ kind: 'value', text: string, value: string.slice(1, -1).replaceAll(/\\(.)/gsu, '$1') });
    } else if (sign !== undefined) tokens.push({ kind: 'sign', text: sign });
    else if (name === 'true' || name === 'false') tokens.push({ kind: 'value', text: name, value: name === 'true' });
    else if (name !== undefined) tokens.push({ kind: 'name', text: name });
  }
  return tokens;
}

const comparisons: Readonly<Record<string, Operator>> = {
  '==': 'is',
  '===': 'is',
  '!=': 'is not',
  '!==': 'is not',
  '>': 'is more than',
  '<': 'is less than',
  '>=': 'is at least',
  '<=': 'is at most',
};

/** `18 <= age` says the same as `age >= 18`. */
const turned: Partial<Record<Operator, Operator>> = {
  'is more than': 'is less than',
  'is less than': 'is more than',
  'is at least': 'is at most',
  'is at most': 'is at least',
};

const ofLength: Partial<Record<Operator, (length: number) => [Operator, number]>> = {
  is: (length) => ['has length', length],
  'is more than': (length) => ['is longer than', length],
  'is less than': (length) => ['is shorter than', length],
  'is at least': (length) => ['is longer than', length - 1],
  'is at most': (length) => ['is shorter than', length + 1],
};

type Side =
  | { kind: 'answer'; name: string }
  | { kind: 'length'; name: string }
  | { kind: 'values'; values: (string | number | boolean)[] }
  | { kind: 'moment'; operand: Operand };

/** Weakest first: or, and, not, comparison. */
class Parser {
  readonly #tokens: readonly Token[];
  readonly #findKeys: FindKeys;
  #next = 0;
  #depth = 0;

  constructor(tokens: readonly Token[], findKeys: FindKeys) {
    this.#tokens = tokens;
    this.#findKeys = findKeys;
  }

  parse(): Expression {
    const expression = this.#either();
    const { text, kind } = this.#peek();
    if (kind !== 'end') throw new ExpressionProblem(`Nothing can follow before “${text}”.`);
    return expression;
  }

  #either(): Expression {
    return this.#joined('any', ['or', '||'], () => this.#joined('all', ['and', '&&'], () => this.#negated()));
  }

  #joined(kind: 'any' | 'all', words: readonly string[], read: () => Expression): Expression {
    const of = [read()];
    while (this.#takeWord(words)) of.push(read());
    const [only] = of;
    return of.length === 1 && only ? only : { kind, of };
  }

  #negated(): Expression {
    if (++this.#depth > deepest) throw new ExpressionProblem(`It is nested more than ${deepest} deep.`);
    const expression: Expression = this.#takeWord(['not', '!'])
      ? { kind: 'not', of: this.#negated() }
      : this.#comparison();
    this.#depth--;
    return expression;
  }

  #comparison(): Expression {
    if (this.#takeWord(['('])) {
      const expression = this.#either();
      this.#expect(')');
      return expression;
    }
    const left = this.#side();
    const { kind, text } = this.#peek();
    if (kind === 'name' && text === 'in') {
      this.#next++;
      return this.#contained(left, this.#side());
    }
    const operator = kind === 'sign' && Object.hasOwn(comparisons, text) ? comparisons[text] : undefined;
    if (operator === undefined) return this.#alone(left);
    this.#next++;
    return this.#compared(left, operator, this.#side());
  }

  #side(): Side {
    const token = this.#peek();
    this.#next++;
    if (token.kind === 'value') return { kind: 'values', values: [token.value] };
    if (token.kind === 'name') {
      if (token.text === 'length' && this.#takeWord(['('])) {
        const of = this.#side();
        this.#expect(')');
        if (of.kind !== 'answer') throw new ExpressionProblem('“length” must be of an answer.');
        return { kind: 'length', name: of.name };
      }
      if (token.text === 'length' && this.#peek().kind === 'name') {
        const of = this.#side();
        if (of.kind === 'answer') return { kind: 'length', name: of.name };
      }
      if ((token.text === 'dateForComparison' || token.text === 'timeForComparison') && this.#takeWord(['('])) {
        return this.#moment();
      }
      if (this.#peek().text === '(' && this.#peek().kind === 'sign') {
        throw new ExpressionProblem(`The function “${token.text}” is not known here.`);
      }
      return { kind: 'answer', name: token.text };
    }
    if (token.kind === 'sign' && (token.text === '-' || token.text === '+')) {
      const number = this.#peek();
      if (number.kind === 'value' && typeof number.value === 'number') {
        this.#next++;
        return { kind: 'values', values: [token.text === '-' ? -number.value : number.value] };
      }
    }
    if (token.kind === 'sign' && token.text === '[') {
      const values: (string | number | boolean)[] = [];
      while (!this.#takeWord([']'])) {
        const value = this.#peek();
        if (value.kind !== 'value') throw new ExpressionProblem(`A value must stand where “${value.text}” does.`);
        values.push(value.value);
        this.#next++;
        if (this.#peek().text !== ']') this.#expect(',');
      }
      return { kind: 'values', values };
    }
    throw new ExpressionProblem(
      token.kind === 'end' ? 'It ends too early.' : `A name or a value must stand where “${token.text}” does.`,
    );
  }

  /** `dateForComparison(-2, 'years')`: two years ago. */
  #moment(): Side {
    const [period] = this.#valuesOf(this.#side());
    this.#expect(',');
    const [unit] = this.#valuesOf(this.#side());
    this.#expect(')');
    const length = Number(period);
    const operand = relativeOperand(Math.abs(length), unit, length < 0 ? 'past' : 'future');
    if (!operand) throw new ExpressionProblem('A time must be so many days, months, years, hours, minutes or seconds.');
    return { kind: 'moment', operand };
  }

  #valuesOf(side: Side): readonly (string | number | boolean)[] {
    return side.kind === 'values' ? side.values : [];
  }

  /** An answer alone holds if it is yes. */
  #alone(side: Side): Expression {
    if (side.kind === 'answer') return this.#compare(side.name, 'is', { type: 'value', value: true });
    const [value] = side.kind === 'values' ? side.values : [];
    if (typeof value === 'boolean') return { kind: value ? 'all' : 'any', of: [] };
    throw new ExpressionProblem('A value alone is not a condition: compare an answer with it.');
  }

  #compared(left: Side, operator: Operator, right: Side): Expression {
    if ((left.kind === 'values' || left.kind === 'moment') && (right.kind === 'answer' || right.kind === 'length')) {
      return this.#compared(right, turned[operator] ?? operator, left);
    }
    if (left.kind === 'answer' && right.kind === 'moment') {
      // "At least two years ago" is on or before that day: the model counts away from today.
      const isPast =
        right.operand.type !== 'value' && right.operand.type !== 'choices' && right.operand.direction === 'past';
      return this.#compare(left.name, (isPast ? turned[operator] : undefined) ?? operator, right.operand);
    }
    const [value, ...more] = right.kind === 'values' ? right.values : [];
    if (left.kind === 'values' || left.kind === 'moment' || value === undefined || more.length > 0) {
      throw new ExpressionProblem('Each comparison must be of one answer with one value.');
    }
    if (left.kind === 'answer') return this.#compare(left.name, operator, { type: 'value', value });
    const length = ofLength[operator]?.(Number(value));
    if (!length) {
      const [is, number] = ['has length', Number(value)] as const;
      return { kind: 'not', of: this.#compare(left.name, is, { type: 'value', value: number }) };
    }
    return this.#compare(left.name, length[0], { type: 'value', value: length[1] });
  }

  /** `'fish' in pets` asks for one of the answers ticked, `country in ['Wales', 'England']` for one of the values. */
  #contained(left: Side, right: Side): Expression {
    if (left.kind === 'values' && right.kind === 'answer') {
      const [value] = left.values;
      if (value !== undefined) return this.#compare(right.name, 'contains', { type: 'value', value });
    }
    if (left.kind === 'answer' && right.kind === 'values') {
      const of = right.values.map((value) => this.#compare(left.name, 'is', { type: 'value', value }));
      return { kind: 'any', of };
    }
    throw new ExpressionProblem('“in” must have an answer on one side and values on the other.');
  }

  #compare(name: string, operator: Operator, value: Operand): Expression {
    const keys = this.#findKeys(name);
    if (keys.length === 0) throw new ExpressionProblem(`There is no question “${name}”.`);
    return compareAny(keys, operator, value);
  }

  #takeWord(words: readonly string[]): boolean {
    const { kind, text } = this.#peek();
    if (kind === 'value' || kind === 'end' || !words.includes(text)) return false;
    this.#next++;
    return true;
  }

  #expect(sign: string): void {
    if (!this.#takeWord([sign])) {
      throw new ExpressionProblem(`“${sign}” must stand where ${this.#peek().text || 'it ends'} does.`);
    }
  }

  #peek(): Token {
    return this.#tokens[this.#next] ?? { kind: 'end', text: '' };
  }
}

/**
 * Compares what was answered to a question that several pages ask under one name: on the way of one person there is one
 * of them.
 */
export function compareAny(keys: readonly string[], operator: Operator, value: Operand): Expression {
  const of = keys.map((key): Expression => ({ kind: 'compare', key, operator, value }));
  const [only] = of;
  if (of.length === 1 && only) return only;
  return { kind: operator === 'is not' || operator === 'does not contain' ? 'all' : 'any', of };
}
