import { compileConditions } from '../../conditions/conditions.ts';
import type { Expression, Form, JsonObject, List, NamedCondition, Operator, Question } from '../form.ts';
import { unused, uuidOf } from './written-names.ts';

/** What has been made of an expression: something to compare, or the same for everybody. */
export type Folded = Expression | boolean;

/** Writes conditions as V2 has them: each a flat list of comparisons and references, joined by one coordinator. */
export class ConditionWriter {
  readonly #form: Form;
  readonly #questions: ReadonlyMap<string, Question>;
  readonly #lists: ReadonlyMap<string, List>;
  readonly #losses: string[];
  readonly #byId: Map<string, Pick<NamedCondition, 'displayName' | 'expression'>>;
  readonly #folded = new Map<string, Folded>();
  readonly #written = new Map<string, JsonObject>();
  readonly #names = new Set<string>();

  constructor(
    form: Form,
    questions: ReadonlyMap<string, Question>,
    lists: ReadonlyMap<string, List>,
    losses: string[],
  ) {
    this.#form = form;
    this.#questions = questions;
    this.#lists = lists;
    this.#losses = losses;
    this.#byId = new Map(
      form.conditions.map(({ id, displayName, expression }) => [
        id,
        { displayName: unused(displayName || id, this.#names), expression },
      ]),
    );
  }

  write(): JsonObject[] {
    for (const { id, displayName } of this.#form.conditions) {
      if (typeof this.fold({ kind: 'condition', id }) === 'boolean') {
        this.#losses.push(`The condition “${displayName}” is left out: it comes to the same for everybody.`);
      } else this.#writeNamed(id);
    }
    return [...this.#written.values()];
  }

  /** The id of a condition that holds where the expression does; null if that is always, or never. */
  idOf(expression: Expression): string | null {
    const folded = this.fold(expression);
    if (typeof folded === 'boolean') {
      if (!folded) this.#losses.push('Something is shown to nobody, which V2 cannot say: it is shown to everybody.');
      return null;
    }
    if (folded.kind === 'condition') return this.#writeNamed(folded.id);
    return this.#writeOther(folded);
  }

  /** Takes out what is the same for everybody, and turns what is not into its opposite: V2 has neither. */
  fold(expression: Expression): Folded {
    switch (expression.kind) {
      case 'condition': {
        const known = this.#folded.get(expression.id);
        if (known !== undefined) return typeof known === 'boolean' ? known : expression;
        const named = this.#byId.get(expression.id)?.expression;
        this.#folded.set(expression.id, false);
        const folded = named ? this.fold(named) : false;
        this.#folded.set(expression.id, folded);
        return typeof folded === 'boolean' ? folded : expression;
      }
      case 'not':
        return this.#negate(this.fold(expression.of));
      case 'compare':
        return this.#canCompare(expression);
      case 'all':
      case 'any': {
        const deciding = expression.kind === 'any';
        const parts: Expression[] = [];
        for (const part of expression.of) {
          const folded = this.fold(part);
          if (folded === deciding) return deciding;
          if (typeof folded !== 'boolean') parts.push(folded);
        }
        const [only] = parts;
        if (!only) return !deciding;
        return parts.length === 1 ? only : { kind: expression.kind, of: parts };
      }
    }
  }

  /** Gives an expression a name, so that others can refer to it. */
  define(id: string, displayName: string, expression: Expression): Folded {
    const folded = this.fold(expression);
    if (typeof folded === 'boolean' || folded.kind === 'condition' || folded.kind === 'compare') return folded;
    this.#folded.set(id, folded);
    this.#byId.set(id, { displayName: unused(displayName, this.#names), expression: folded });
    return { kind: 'condition', id };
  }

  #negate(folded: Folded): Folded {
    if (typeof folded === 'boolean') return !folded;
    switch (folded.kind) {
      case 'not':
        return folded.of;
      case 'condition': {
        // Named once, since many conditions may refer to it.
        const id = `not ${folded.id}`;
        const name = this.#byId.get(folded.id)?.displayName || folded.id;
        if (!this.#folded.has(id)) {
          this.#folded.set(id, false);
          const negated = this.#negate(this.#folded.get(folded.id) ?? false);
          this.#folded.set(id, negated);
          this.#byId.set(id, { displayName: unused(`Not: ${name}`, this.#names), expression: null });
        }
        const known = this.#folded.get(id) ?? false;
        return typeof known === 'boolean' || known.kind === 'compare' ? known : { kind: 'condition', id };
      }
      case 'compare': {
        const opposites = opposite[folded.operator].map((operator): Expression => ({ ...folded, operator }));
        return this.fold({ kind: 'any', of: opposites });
      }
      case 'all':
      case 'any': {
        const of = folded.of.map((part): Expression => ({ kind: 'not', of: part }));
        return this.fold({ kind: folded.kind === 'all' ? 'any' : 'all', of });
      }
    }
  }

  /** A value that nobody can have chosen, or an empty one, comes to the same for everybody. */
  #canCompare(expression: Extract<Expression, { kind: 'compare' }>): Folded {
    const question = this.#questions.get(expression.key);
    const { value, operator } = expression;
    const negative = operator === 'is not' || operator === 'does not contain';
    if (!question || !comparable.has(question.kind) || placeTypes.has(question.type)) {
      this.#losses.push(`V2 cannot compare an answer to “${question?.title ?? expression.key}”.`);
      return negative;
    }
    if ('list' in question && (value.type === 'choices' || value.type === 'value')) {
      const values = value.type === 'choices' ? value.values : [value.value];
      const list = this.#lists.get(question.list);
      if (exact.has(operator)) return values.some((each) => findItem(list, each)) ? expression : negative;
      // V2 compares what was chosen with choices only: those that are more than 2 are named one by one.
      const [compiled] = compileConditions([{ id: '', displayName: '', expression, extra: {} }]).values();
      const fitting = (list?.items ?? [])
        .map((item) => item.value)
        .filter((each) => compiled?.holds({ answer: () => each, today: '' }));
      const choices = { type: 'choices', values: fitting, together: 'or' } as const;
      return fitting.length > 0 && { ...expression, operator: 'is', value: choices };
    }
    return value.type === 'value' && value.value === '' ? negative : expression;
  }

  #writeNamed(id: string): string {
    const uuid = uuidOf('condition', id);
    const folded = this.#folded.get(id);
    const named = this.#byId.get(id);
    if (this.#written.has(uuid) || folded === undefined || typeof folded === 'boolean') return uuid;
    this.#written.set(uuid, {});
    this.#written.set(uuid, this.#conditionOf(uuid, named?.displayName ?? id, folded));
    return uuid;
  }

  #writeOther(expression: Expression): string {
    const text = JSON.stringify(expression);
    const uuid = uuidOf('condition', text);
    if (this.#written.has(uuid)) return uuid;
    this.#written.set(uuid, {});
    this.#written.set(
      uuid,
      this.#conditionOf(uuid, unused(this.#describe(expression, 0).slice(0, 150), this.#names), expression),
    );
    return uuid;
  }

  #conditionOf(id: string, displayName: string, expression: Expression): JsonObject {
    const joined = expression.kind === 'all' || expression.kind === 'any';
    const items = (joined ? expression.of : [expression]).map((part, index) => this.#itemOf(part, `${id} ${index}`));
    const coordinator = items.length > 1 ? { coordinator: expression.kind === 'any' ? 'or' : 'and' } : {};
    return { id, displayName, ...coordinator, items };
  }

  #itemOf(part: Expression, place: string): JsonObject {
    const id = uuidOf('item', place);
    if (part.kind === 'compare') return { id, ...this.#comparisonOf(part) };
    return { id, conditionId: part.kind === 'condition' ? this.#writeNamed(part.id) : this.#writeOther(part) };
  }

  #comparisonOf({ key, operator, value }: Extract<Expression, { kind: 'compare' }>): JsonObject {
    const question = this.#questions.get(key);
    const base = { componentId: uuidOf('component', key, question?.id), operator };
    if (value.type === 'relative-date' || value.type === 'relative-time') {
      const { period, unit, direction } = value;
      return {
        ...base,
        type: 'RelativeDate',
        value: { period: Math.max(period, 1), unit, direction: `in the ${direction}` },
      };
    }
    if (question && 'list' in question) {
      const list = this.#lists.get(question.list);
      const values = value.type === 'choices' ? value.values : [value.value];
      const items = values.flatMap((each) => findItem(list, each) ?? []);
      return {
        ...base,
        type: 'ListItemRef',
        value: {
          listId: uuidOf('list', question.list, question.list),
          itemId: list ? items.map((item) => itemId(list, item.value)) : [],
          ...(value.type === 'choices' && value.together === 'and' ? { itemsCoordinator: 'and' } : {}),
        },
      };
    }
    const plain = value.type === 'choices' ? (value.values[0] ?? '') : value.value;
    if (question?.kind === 'yes-no') return { ...base, type: 'BooleanValue', value: String(plain) === 'true' };
    const ofLength = operator === 'has length' || operator === 'is longer than' || operator === 'is shorter than';
    if ((question?.kind === 'number' || ofLength) && Number.isFinite(Number(plain))) {
      return { ...base, type: 'NumberValue', value: Number(plain) };
    }
    if (question?.kind === 'date' && /^\d{4}-\d{2}-\d{2}$/.test(String(plain))) {
      return { ...base, type: 'DateValue', value: String(plain) };
    }
    return { ...base, type: 'StringValue', value: String(plain) };
  }

  #describe(expression: Expression, depth: number): string {
    if (depth > 3) return '…';
    switch (expression.kind) {
      case 'condition':
        return this.#byId.get(expression.id)?.displayName || expression.id;
      case 'not':
        return `not (${this.#describe(expression.of, depth + 1)})`;
      case 'compare': {
        const { key, operator, value } = expression;
        const title = this.#questions.get(key)?.title ?? key;
        const words =
          value.type === 'value'
            ? String(value.value)
            : value.type === 'choices'
              ? value.values.join(', ')
              : `${value.period} ${value.unit}`;
        return `“${title.slice(0, 60)}” ${operator} ${words.slice(0, 40)}`;
      }
      case 'all':
      case 'any':
        return expression.of
          .map((part) => this.#describe(part, depth + 1))
          .join(expression.kind === 'all' ? ' and ' : ' or ');
    }
  }
}

const exact: ReadonlySet<Operator> = new Set(['is', 'is not', 'contains', 'does not contain']);

const opposite: Readonly<Record<Operator, readonly Operator[]>> = {
  is: ['is not'],
  'is not': ['is'],
  contains: ['does not contain'],
  'does not contain': ['contains'],
  'has length': ['is longer than', 'is shorter than'],
  'is longer than': ['has length', 'is shorter than'],
  'is shorter than': ['has length', 'is longer than'],
  'is before': ['is', 'is after'],
  'is after': ['is', 'is before'],
  'is at least': ['is less than'],
  'is at most': ['is more than'],
  'is less than': ['is at least'],
  'is more than': ['is at most'],
};

/** Types of V2 that are read as text in a known notation. */
export const placeTypes: ReadonlySet<string> = new Set([
  'OsGridRefField',
  'NationalGridFieldNumberField',
  'EastingNorthingField',
  'LatLongField',
]);

/** `isConditionalType` of `@defra/forms-model`, in the words of the model. */
const comparable: ReadonlySet<Question['kind']> = new Set([
  'text',
  'multiline',
  'email',
  'phone',
  'website',
  'time',
  'number',
  'date',
  'date-time',
  'yes-no',
  'radios',
  'select',
  'checkboxes',
  'declaration',
]);

const findItem = (list: List | undefined, value: string | number | boolean) =>
  list?.items.find((item) => item.value !== '' && String(item.value) === String(value));

export function itemId(list: List, value: string | number): string {
  const item = findItem(list, value);
  return uuidOf('item', `${list.id} ${value}`, item?.id);
}
