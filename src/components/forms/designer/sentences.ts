import type { Json, JsonObject } from '../definition/form.ts';
import { isObject } from '../definition/dialects/reading.ts';
import {
  conditionsOf,
  findById,
  idOf,
  itemsOf,
  listsOf,
  objectsIn,
  placedComponents,
  textAt,
  valueAt,
} from './blueprint.ts';
import { kindOf } from './kinds.ts';

/*
 * Conditions as sentences: “What is your age?” is at least 18. V2 joins the sentences of a condition by "and" or by "or";
 * a condition inside a condition is a sentence that names it.
 */

/** How an answer is compared: what the sentence says, V2's operator, and what kind of value follows. */
export interface Comparison {
  operator: string;
  value: 'yes-no' | 'option' | 'options' | 'number' | 'date' | 'relative-date' | 'text' | 'count';
}

const byOption: readonly Comparison[] = [
  { operator: 'is', value: 'option' },
  { operator: 'is not', value: 'option' },
];
const byText: readonly Comparison[] = [
  { operator: 'is', value: 'text' },
  { operator: 'is not', value: 'text' },
  { operator: 'has length', value: 'count' },
  { operator: 'is longer than', value: 'count' },
  { operator: 'is shorter than', value: 'count' },
];
const byNumber: readonly Comparison[] = [
  'is',
  'is not',
  'is at least',
  'is at most',
  'is more than',
  'is less than',
].map((operator) => ({ operator, value: 'number' }));
const byDate: readonly Comparison[] = [
  ...['is', 'is not', 'is before', 'is after'].map((operator): Comparison => ({ operator, value: 'date' })),
  ...['is at least', 'is at most', 'is more than', 'is less than'].map((operator): Comparison => ({
    operator,
    value: 'relative-date',
  })),
];

/** How the answer to a question can be compared; empty for questions that conditions cannot be about. */
export const comparisonsByType: Readonly<Record<string, readonly Comparison[]>> = {
  YesNoField: [
    { operator: 'is', value: 'yes-no' },
    { operator: 'is not', value: 'yes-no' },
  ],
  RadiosField: byOption,
  SelectField: byOption,
  AutocompleteField: byOption,
  CheckboxesField: [
    { operator: 'contains', value: 'options' },
    { operator: 'does not contain', value: 'options' },
  ],
  NumberField: byNumber,
  DatePartsField: byDate,
  TextField: byText,
  MultilineTextField: byText,
  EmailAddressField: byText,
  TelephoneNumberField: byText,
};

export function comparisonsOf(component: JsonObject): readonly Comparison[] {
  return comparisonsByType[textAt(component, 'type')] ?? [];
}

/** How a comparison reads: the operators of V2 for relative dates do not read as sentences. */
export function wordsOfComparison({ operator, value }: Comparison): string {
  if (value !== 'relative-date') return operator;
  return (
    {
      'is at least': 'is at least some time ago or ahead',
      'is at most': 'is at most some time ago or ahead',
      'is more than': 'is more than some time ago or ahead',
      'is less than': 'is less than some time ago or ahead',
    }[operator] ?? operator
  );
}

/** A condition as one sentence: “Do you have a dog?” is Yes and “How many?” is more than 3. */
export function describeCondition(definition: JsonObject, condition: JsonObject): string {
  const word = textAt(condition, 'coordinator') === 'or' ? ' or ' : ' and ';
  return objectsIn(condition, 'items')
    .map((item) => describeSentence(definition, item))
    .join(word);
}

/** One sentence of a condition. */
export function describeSentence(definition: JsonObject, item: JsonObject): string {
  const reference = textAt(item, 'conditionId');
  if (reference !== '') {
    const other = findById(conditionsOf(definition), reference);
    return other ? `“${textAt(other, 'displayName')}” holds` : 'A condition that is not there any more holds';
  }
  const asked = placedComponents(definition).find(({ component }) => idOf(component) === textAt(item, 'componentId'));
  const subject = asked ? `“${textAt(asked.component, 'title')}”` : 'A question that is not there any more';
  return `${subject} ${describeComparison(definition, item)}`;
}

function describeComparison(definition: JsonObject, item: JsonObject): string {
  const operator = textAt(item, 'operator');
  const value = valueAt(item, 'value');
  const type = textAt(item, 'type');
  if (type === 'RelativeDate' && isObject(value)) {
    const span = `${textAt(value, 'period')} ${textAt(value, 'unit')}`;
    const past = textAt(value, 'direction').endsWith('past');
    const words = {
      'is at least': 'at least',
      'is at most': 'at most',
      'is more than': 'more than',
      'is less than': 'less than',
    };
    const how = Object.entries(words).find(([name]) => name === operator)?.[1];
    return how === undefined
      ? `${operator} ${span} in the ${past ? 'past' : 'future'}`
      : `is ${how} ${span} ${past ? 'ago' : 'ahead'}`;
  }
  if (type === 'ListItemRef' && isObject(value)) {
    const list = findById(listsOf(definition), textAt(value, 'listId'));
    const ids = idsOf(value['itemId']);
    const texts = ids.map((id) => {
      const found = list ? findById(itemsOf(list), id) : null;
      return found ? textAt(found, 'text') : 'an option that is not there any more';
    });
    return `${operator} ${texts.join(textAt(value, 'itemsCoordinator') === 'and' ? ' and ' : ' or ')}`;
  }
  if (typeof value === 'boolean') return `${operator} ${value ? 'Yes' : 'No'}`;
  const unit = ['has length', 'is longer than', 'is shorter than'].includes(operator) ? ' characters' : '';
  return `${operator} ${textAt(item, 'value')}${unit}`;
}

export const idsOf = (value: Json | undefined): string[] =>
  (Array.isArray(value) ? value : [value]).flatMap((each) => (typeof each === 'string' ? [each] : []));

/** What turns on a condition, and what a condition turns on. */
export interface Dependents {
  pages: JsonObject[];
  components: { page: JsonObject; component: JsonObject }[];
  conditions: JsonObject[];
  /** The options of lists that are offered only under it. */
  options: { list: JsonObject; item: JsonObject }[];
}

/** What is asked or shown only under a condition, or refers to it. */
export function dependentsOfCondition(definition: JsonObject, conditionId: string): Dependents {
  return {
    pages: objectsIn(definition, 'pages').filter((page) => textAt(page, 'condition') === conditionId),
    components: placedComponents(definition).filter(
      ({ component }) => textAt(component, 'options.condition') === conditionId,
    ),
    conditions: conditionsOf(definition).filter((condition) =>
      objectsIn(condition, 'items').some((item) => textAt(item, 'conditionId') === conditionId),
    ),
    options: listsOf(definition).flatMap((list) =>
      itemsOf(list)
        .filter((item) => textAt(item, 'condition') === conditionId)
        .map((item) => ({ list, item })),
    ),
  };
}

/** The conditions that compare the answer to a question. */
export function conditionsAbout(definition: JsonObject, componentId: string): JsonObject[] {
  return conditionsOf(definition).filter((condition) =>
    objectsIn(condition, 'items').some((item) => textAt(item, 'componentId') === componentId),
  );
}

/** The questions that show a list, and the conditions that name one of its options. */
export function usesOfList(definition: JsonObject, listId: string): { page: JsonObject; component: JsonObject }[] {
  return placedComponents(definition).filter(
    ({ component }) => (kindOf(component)?.usesList ?? false) && textAt(component, 'list') === listId,
  );
}

/** The conditions that name an option of a list. */
export function conditionsAboutItem(definition: JsonObject, listId: string, itemId: string): JsonObject[] {
  return conditionsOf(definition).filter((condition) =>
    objectsIn(condition, 'items').some((item) => {
      const value = valueAt(item, 'value');
      return isObject(value) && textAt(value, 'listId') === listId && idsOf(value['itemId']).includes(itemId);
    }),
  );
}
