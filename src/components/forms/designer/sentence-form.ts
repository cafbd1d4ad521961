import type { PageError } from '#design';
import type { JsonObject } from '../definition/form.ts';
import { findById, idOf, itemsOf, listsOf, placedComponents, textAt } from './blueprint.ts';
import { fieldOf, fieldsOf } from './pages/desk.ts';
import type { Posted } from './pages/desk.ts';
import type { Field, FieldGroup } from './pages/fields.ts';
import { comparisonsOf, wordsOfComparison } from './sentences.ts';
import type { Comparison } from './sentences.ts';

/**
 * The fields by which a sentence about the answer to a question is made; null if there is no such question, or none that
 * can be compared.
 */
export function sentenceFields(definition: JsonObject, componentId: string): FieldGroup[] | null {
  const component = questionOf(definition, componentId);
  if (!component) return null;
  const comparisons = comparisonsOf(component);
  const kinds = new Set(comparisons.map(({ value }) => value));
  const items = itemsOf(findById(listsOf(definition), textAt(component, 'list')) ?? {}).map((item) => ({
    value: idOf(item),
    text: textAt(item, 'text'),
  }));
  const values: Field[] = [];
  if (kinds.has('yes-no')) {
    values.push({
      as: 'radios',
      id: 'answer',
      label: 'Answer',
      value: '',
      items: [
        { value: 'yes', text: 'Yes' },
        { value: 'no', text: 'No' },
      ],
    });
  }
  if (kinds.has('option') || kinds.has('options')) {
    values.push({
      as: 'boxes',
      id: 'options',
      label: 'Option',
      hint: 'If you select more than one, one of them is enough',
      values: [],
      items,
    });
  }
  if (kinds.has('options')) {
    values.push({
      as: 'radios',
      id: 'together',
      label: 'If you select more than one option',
      value: 'or',
      items: [
        { value: 'or', text: 'One of them is enough' },
        { value: 'and', text: 'People must have chosen all of them' },
      ],
    });
  }
  if (kinds.has('number')) values.push({ as: 'text', id: 'number', label: 'Number', value: '', width: 10 });
  if (kinds.has('text')) {
    values.push({
      as: 'text',
      id: 'text',
      label: 'Text or number of characters',
      hint: 'Text must be the same letter by letter',
      value: '',
    });
  }
  if (kinds.has('date')) {
    values.push({
      as: 'text',
      id: 'date',
      label: 'Date',
      hint: 'For is, is not, before and after. For example 2026-04-01',
      value: '',
      width: 10,
    });
    values.push({
      as: 'text',
      id: 'period',
      label: 'How long',
      hint: 'For some time ago or ahead. For example 18 years',
      value: '',
      width: 5,
      numeric: true,
    });
    values.push({
      as: 'select',
      id: 'unit',
      label: 'Unit',
      value: 'years',
      items: ['years', 'months', 'days'].map((unit) => ({ value: unit, text: unit })),
    });
    values.push({
      as: 'radios',
      id: 'direction',
      label: 'Seen from today',
      value: 'past',
      items: [
        { value: 'past', text: 'Ago' },
        { value: 'future', text: 'Ahead' },
      ],
    });
  }
  return [
    {
      heading: `The answer to “${textAt(component, 'title')}”`,
      fields: [
        {
          as: 'radios',
          id: 'operator',
          label: 'How it is compared',
          value: comparisons[0]?.operator ?? '',
          items: comparisons.map((comparison) => ({
            value: comparison.operator,
            text: wordsOfComparison(comparison),
          })),
        },
        ...values,
      ],
    },
  ];
}

function questionOf(definition: JsonObject, componentId: string): JsonObject | null {
  const component = placedComponents(definition).find((placed) => idOf(placed.component) === componentId)?.component;
  return component && comparisonsOf(component).length > 0 ? component : null;
}

/** Reads a posted sentence as an item of a V2 condition; null if there is no such question. */
export function readSentence(
  definition: JsonObject,
  componentId: string,
  posted: Posted,
): { item: JsonObject; errors: PageError[] } | null {
  const component = questionOf(definition, componentId);
  if (!component) return null;
  const operator = fieldOf(posted, 'operator');
  const comparison = comparisonsOf(component).find((each) => each.operator === operator);
  if (!comparison) {
    return { item: {}, errors: [{ href: '#operator', text: 'Select how the answer is compared' }] };
  }
  const { value, error } = readValue(definition, component, comparison, posted);
  return { item: { componentId, operator, ...value }, errors: error ? [error] : [] };
}

function readValue(
  definition: JsonObject,
  component: JsonObject,
  comparison: Comparison,
  posted: Posted,
): { value: JsonObject; error: PageError | null } {
  const good = (value: JsonObject) => ({ value, error: null });
  const wrong = (id: string, text: string) => ({ value: {}, error: { href: `#${id}`, text } });
  switch (comparison.value) {
    case 'yes-no': {
      const answer = fieldOf(posted, 'answer');
      if (answer !== 'yes' && answer !== 'no') return wrong('answer', 'Select yes or no');
      return good({ type: 'BooleanValue', value: answer === 'yes' });
    }
    case 'option':
    case 'options': {
      const list = findById(listsOf(definition), textAt(component, 'list'));
      const known = new Set(itemsOf(list ?? {}).map(idOf));
      const chosen = fieldsOf(posted, 'options').filter((id) => known.has(id));
      if (!list || chosen.length === 0) return wrong('options', 'Select an option');
      const all = comparison.value === 'options' && fieldOf(posted, 'together') === 'and' && chosen.length > 1;
      return good({
        type: 'ListItemRef',
        value: { listId: idOf(list), itemId: chosen, ...(all ? { itemsCoordinator: 'and' } : {}) },
      });
    }
    case 'number': {
      const text = fieldOf(posted, 'number');
      if (!/^-?\d{1,12}(\.\d{1,6})?$/.test(text)) return wrong('number', 'Enter a number, such as 18 or 2.5');
      return good({ type: 'NumberValue', value: Number(text) });
    }
    case 'count': {
      const text = fieldOf(posted, 'text');
      if (!/^\d{1,6}$/.test(text)) return wrong('text', 'Enter the number of characters');
      return good({ type: 'NumberValue', value: Number(text) });
    }
    case 'text': {
      const text = fieldOf(posted, 'text');
      if (text === '' || text.length > 500) return wrong('text', 'Enter the text that the answer is compared with');
      return good({ type: 'StringValue', value: text });
    }
    case 'date': {
      const text = fieldOf(posted, 'date');
      if (!/^\d{4}-\d{2}-\d{2}$/.test(text) || Number.isNaN(Date.parse(text))) {
        return wrong('date', 'Enter a real date, such as 2026-04-01');
      }
      return good({ type: 'DateValue', value: text });
    }
    case 'relative-date': {
      const period = fieldOf(posted, 'period');
      const unit = fieldOf(posted, 'unit');
      if (!/^[1-9]\d{0,4}$/.test(period)) return wrong('period', 'Enter how long, as a whole number, 1 or more');
      if (!['years', 'months', 'days'].includes(unit)) return wrong('unit', 'Select years, months or days');
      const direction = fieldOf(posted, 'direction') === 'future' ? 'in the future' : 'in the past';
      return good({ type: 'RelativeDate', value: { period: Number(period), unit, direction } });
    }
  }
}
