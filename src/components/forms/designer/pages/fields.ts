import { components, errorFor, escapeHtml } from '#design';
import type { ChoiceItem, PageError } from '#design';
import { fieldOf } from './desk.ts';
import type { Posted } from './desk.ts';

/** A field of a page of the designer. */
export type Field = { id: string; label: string; hint?: string } & (
  | { as: 'text'; value: string; width?: number; prefix?: string; numeric?: boolean }
  | { as: 'lines'; value: string; rows?: number }
  | { as: 'select' | 'radios'; value: string; items: readonly FieldChoice[] }
  | { as: 'flag'; value: boolean; legend?: string }
  | { as: 'boxes'; values: readonly string[]; items: readonly FieldChoice[] }
);

export interface FieldChoice {
  value: string;
  text: string;
  hint?: string;
}

/** Fields that stand together under a heading; those of `inside` are opened by who needs them. */
export interface FieldGroup {
  heading?: string;
  inside?: string;
  fields: readonly Field[];
}

/** The fields of a page as HTML, with what is wrong beside each. */
export function renderGroups(groups: readonly FieldGroup[], errors: readonly PageError[] = []): string {
  return groups
    .filter(({ fields }) => fields.length > 0)
    .map(({ heading, inside, fields }) => {
      const html = fields.map((field) => renderField(field, errors)).join('');
      if (inside !== undefined) {
        const open = fields.some(({ id }) => errorFor(errors, id) !== undefined);
        return components.details({ summaryText: inside, html, open });
      }
      const title = heading === undefined ? '' : `<h2 class="govuk-heading-m">${escapeHtml(heading)}</h2>`;
      return title + html;
    })
    .join('');
}

function renderField(field: Field, errors: readonly PageError[]): string {
  const common = {
    ...(field.hint === undefined ? {} : { hint: { text: field.hint } }),
    errorMessage: errorFor(errors, field.id),
  };
  const { id, label } = field;
  switch (field.as) {
    case 'text': {
      const { width, prefix, numeric } = field;
      return components.input({
        ...common,
        id,
        name: id,
        label: { text: label, classes: 'govuk-label--s' },
        value: field.value,
        ...(width === undefined ? {} : { classes: `govuk-input--width-${width}` }),
        ...(prefix === undefined ? {} : { prefix: { text: prefix } }),
        ...(numeric === true ? { inputmode: 'numeric' } : {}),
      });
    }
    case 'lines':
      return components.textarea({
        ...common,
        id,
        name: id,
        label: { text: label, classes: 'govuk-label--s' },
        value: field.value,
        rows: field.rows ?? 5,
      });
    case 'select':
      return components.select({
        ...common,
        id,
        name: id,
        label: { text: label, classes: 'govuk-label--s' },
        value: field.value,
        items: field.items,
      });
    case 'radios':
      return components.radios({
        ...common,
        idPrefix: id,
        name: id,
        value: field.value,
        fieldset: { legend: { text: label, classes: 'govuk-fieldset__legend--s' } },
        items: field.items.map(choiceItem),
      });
    case 'flag':
      return components.checkboxes({
        errorMessage: common.errorMessage,
        idPrefix: id,
        name: id,
        ...(field.legend === undefined
          ? {}
          : { fieldset: { legend: { text: field.legend, classes: 'govuk-fieldset__legend--s' } } }),
        values: field.value ? ['yes'] : [],
        items: [choiceItem({ value: 'yes', text: label, ...(field.hint === undefined ? {} : { hint: field.hint }) })],
      });
    case 'boxes':
      return components.checkboxes({
        ...common,
        idPrefix: id,
        name: id,
        fieldset: { legend: { text: label, classes: 'govuk-fieldset__legend--s' } },
        values: field.values,
        items: field.items.map(choiceItem),
      });
  }
}

function choiceItem({ value, text, hint }: FieldChoice): ChoiceItem {
  return { value, text, ...(hint === undefined ? {} : { hint: { text: hint } }) };
}

/** The same fields with what was typed instead of what was there. */
export function withTyped(groups: readonly FieldGroup[], posted: Posted): FieldGroup[] {
  return groups.map((group) => ({ ...group, fields: group.fields.map((field) => fillIn(field, posted)) }));
}

function fillIn(field: Field, posted: Posted): Field {
  if (field.as === 'flag') return { ...field, value: fieldOf(posted, field.id) === 'yes' };
  if (field.as === 'boxes') {
    const value = posted[field.id];
    const values: unknown[] = Array.isArray(value) ? value : [value];
    return { ...field, values: values.flatMap((each) => (typeof each === 'string' ? [each] : [])) };
  }
  return { ...field, value: fieldOf(posted, field.id) };
}
