import { compareAny, parseExpression } from '../../conditions/expressions.ts';
import { isOperator, relativeOperand, textOf } from '../form.ts';
import type { Expression, NamedCondition, Operand, Page } from '../form.ts';
import type { Names } from './names.ts';
import { isObject, most, quote } from './reading.ts';
import type { Source } from './reading.ts';

export function usedConditions(pages: readonly Page[]): Set<string> {
  const used = new Set<string>();
  for (const page of pages) {
    for (const { condition } of [page, ...page.next, ...page.components]) if (condition !== null) used.add(condition);
  }
  return used;
}

/** Holds for nobody: what the older engines made of a condition that they could not evaluate. */
const never: Expression = { kind: 'any', of: [] };

export function readCondition(
  source: Source,
  names: Names,
  findKeys: (name: string) => string[],
  used: ReadonlySet<string>,
): NamedCondition {
  const id = source.text('name') ?? '';
  const displayName = source.text('displayName') || id;
  const value = source.peek('value');
  const condition = new ConditionReader(source, displayName, names, findKeys);
  let expression: Expression | null = never;
  if (typeof value === 'string') {
    const read = parseExpression(value, findKeys);
    if (typeof read !== 'string') expression = read;
    else condition.doubt('value', `The condition ${quote(displayName)} cannot be read: ${read}`);
  } else if (isObject(value)) expression = condition.read(source.object('value'), 0);
  else condition.doubt('value', `The condition ${quote(displayName)} compares nothing.`);
  if (!condition.isClear) {
    expression = never;
    if (used.has(id)) {
      source.warning(
        'value',
        `The condition ${quote(displayName)} is used and holds for nobody. Correct it, or take it out.`,
      );
    }
  }
  // The condition as it was written is kept beside what was made of it.
  return { id, displayName, expression, extra: { ...source.rest(), value: value ?? null } };
}

/** Reads the comparisons of one condition. */
class ConditionReader {
  isClear = true;
  readonly #source: Source;
  readonly #displayName: string;
  readonly #names: Names;
  readonly #findKeys: (name: string) => string[];

  constructor(source: Source, displayName: string, names: Names, findKeys: (name: string) => string[]) {
    this.#source = source;
    this.#displayName = displayName;
    this.#names = names;
    this.#findKeys = findKeys;
  }

  doubt(key: string, message: string, at: Source = this.#source): void {
    this.isClear = false;
    at.warning(key, message);
  }

  /** Each comparison but the first says how it is joined to the one before it. As in those engines, "and" binds first. */
  read(group: Source, depth: number): Expression {
    const items = group.objects('conditions', most.conditions);
    if (items.length === 0 || depth > 20) {
      this.doubt('conditions', `The condition ${quote(this.#displayName)} compares nothing that can be read.`, group);
      return never;
    }
    const either: Expression[][] = [];
    for (const item of items) {
      const coordinator = item.text('coordinator')?.toLowerCase();
      const read = this.#readItem(item, depth);
      const last = either.at(-1);
      if (last === undefined || coordinator === 'or') either.push([read]);
      else last.push(read);
    }
    const of = either.map((all): Expression => ({ kind: 'all', of: all }));
    const [only] = of;
    return of.length === 1 && only ? only : { kind: 'any', of };
  }

  #readItem(item: Source, depth: number): Expression {
    if (item.peek('conditions') !== undefined) return this.read(item, depth + 1);
    const name = quote(this.#displayName);
    const reference = item.text('conditionName');
    if (reference !== null) {
      if (this.#names.conditions.has(reference)) return { kind: 'condition', id: reference };
      this.doubt(
        'conditionName',
        `The condition ${name} refers to ${quote(reference)}, which is not in the form.`,
        item,
      );
      return never;
    }
    const field = item.object('field').text('name') ?? '';
    const keys = this.#findKeys(field);
    if (keys.length === 0) {
      this.doubt('field', `The condition ${name} is about ${quote(field)}, a question that is not in the form.`, item);
      return never;
    }
    const operator = item.text('operator');
    if (!isOperator(operator)) {
      this.doubt('operator', `The condition ${name} has the operator ${quote(operator ?? '')}, unknown here.`, item);
      return never;
    }
    const value = readOperand(item);
    if (value) return compareAny(keys, operator, value);
    this.doubt('value', `The condition ${name} has a value that cannot be compared with. Choose it again.`, item);
    return never;
  }
}

/** `{type: 'Value', value}`, or a time from today or now: `RelativeDate` in DEFRA's dialect, `RelativeTime` in XGov's. */
function readOperand(item: Source): Operand | null {
  const value = item.peek('value');
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') {
    return { type: 'value', value };
  }
  if (!isObject(value)) return null;
  const plainValue = value['value'];
  if (typeof plainValue === 'string' || typeof plainValue === 'number' || typeof plainValue === 'boolean') {
    return { type: 'value', value: plainValue };
  }
  const direction = textOf(value['direction']).endsWith('past') ? 'past' : 'future';
  return relativeOperand(value['period'] ?? value['timePeriod'], value['unit'] ?? value['timeUnit'], direction);
}
