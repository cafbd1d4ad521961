import { components, formatNumber } from '#design';
import { isDay } from '#platform';
import { digitsOf, symbolOf } from '../currency.ts';

/** A question of a form: how it is asked and how its answer is read. */
export interface Field {
  readonly name: string;
  readonly label: string;
  readonly hint?: string;
  readonly kind: 'text' | 'words' | 'whole' | 'number' | 'money' | 'day' | 'select' | 'radios';
  readonly optional?: boolean;
  readonly choices?: readonly (readonly [string, string])[];
  /** Of a number: its unit, and between what it lies. */
  readonly suffix?: string;
  readonly least?: number;
  readonly most?: number;
}

/** What was answered: text, an ISO date, or a number (money in minor units); null for nothing. */
export type Answers = Readonly<Record<string, string | number | null>>;

type Body = Readonly<Record<string, string | undefined>>;

interface Wrong {
  readonly href: string;
  readonly text: string;
}

/** A form's fields as HTML. @param currency of amounts, an ISO 4217 code */
export function drawFields(
  fields: readonly Field[],
  { given, errors, currency }: { given: Body; errors: readonly Wrong[]; currency: string },
): string {
  return fields
    .map((field) => {
      const error = errors.find(({ href }) => href === hrefOf(field))?.text;
      const common = {
        ...(field.hint === undefined ? {} : { hint: { text: field.hint } }),
        ...(error === undefined ? {} : { errorMessage: { text: error } }),
      };
      const label = { text: field.optional === true ? `${field.label} (optional)` : field.label };
      const value = given[field.name] ?? '';
      if (field.kind === 'day') {
        return components.dateInput({
          ...common,
          id: field.name,
          namePrefix: field.name,
          fieldset: { legend: { ...label, classes: 'govuk-fieldset__legend--s' } },
          items: (['day', 'month', 'year'] as const).map((part) => ({
            name: part,
            value: given[`${field.name}-${part}`] ?? '',
            classes: `govuk-input--width-${part === 'year' ? 4 : 2}${error === undefined ? '' : ' govuk-input--error'}`,
          })),
        });
      }
      const choices = field.choices ?? [];
      if (field.kind === 'radios') {
        return components.radios({
          ...common,
          idPrefix: field.name,
          name: field.name,
          fieldset: { legend: { ...label, classes: 'govuk-fieldset__legend--s' } },
          items: choices.map(([key, text]) => ({ value: key, text, checked: key === value })),
        });
      }
      const named = { ...common, id: field.name, name: field.name, label: { ...label, classes: 'govuk-label--s' } };
      if (field.kind === 'select') {
        return components.select({
          ...named,
          items: choices.map(([key, text]) => ({ value: key, text, selected: key === value })),
        });
      }
      if (field.kind === 'words') return components.textarea({ ...named, value, rows: 3 });
      return components.input({
        ...named,
        value,
        ...(field.kind === 'money'
          ? { prefix: { text: symbolOf(currency) }, inputmode: 'decimal' as const, classes: 'govuk-input--width-10' }
          : {}),
        ...(field.kind === 'whole' ? { inputmode: 'numeric' as const, classes: 'govuk-input--width-5' } : {}),
        ...(field.kind === 'number' ? { inputmode: 'decimal' as const, classes: 'govuk-input--width-5' } : {}),
        ...(field.suffix === undefined ? {} : { suffix: { text: field.suffix } }),
      });
    })
    .join('\n');
}

/** Reads what was sent. An error says what to do, beside its field. */
export function readFields(
  fields: readonly Field[],
  body: Body,
  currency: string,
): { readonly answers: Answers; readonly errors: readonly Wrong[] } {
  const answers: Record<string, string | number | null> = {};
  const errors: Wrong[] = [];
  for (const field of fields) {
    const read = readField(field, body, currency);
    if (read === undefined) errors.push({ href: hrefOf(field), text: wordsOfWrong(field) });
    else if (read === null && field.optional !== true)
      errors.push({ href: hrefOf(field), text: `${field.label}: this is needed` });
    else if (typeof read === 'number' && isOutside(field, read))
      errors.push({ href: hrefOf(field), text: `${field.label}: enter ${wordsOfBounds(field)}` });
    else answers[field.name] = read;
  }
  return { answers, errors };
}

/** An ISO date as the three fields of a form show it. */
export function shownDay(name: string, day: string): Record<string, string> {
  const [year = '', month = '', date = ''] = day.split('-');
  return { [`${name}-year`]: year, [`${name}-month`]: String(Number(month)), [`${name}-day`]: String(Number(date)) };
}

/** Text that was answered; empty where nothing was. */
export function textOf(answers: Answers, name: string): string {
  const value = answers[name];
  return typeof value === 'string' ? value : '';
}

/** A number that was answered; null where nothing was. */
export function numberOf(answers: Answers, name: string): number | null {
  const value = answers[name];
  return typeof value === 'number' ? value : null;
}

/** What was answered; null for nothing, undefined for what cannot be read. */
function readField(field: Field, body: Body, currency: string): string | number | null | undefined {
  if (field.kind === 'day') {
    const parts = ['year', 'month', 'day'].map((part) => (body[`${field.name}-${part}`] ?? '').trim());
    if (parts.every((part) => part === '')) return null;
    const day = parts.map((part) => part.padStart(2, '0')).join('-');
    return isDay(day) ? day : undefined;
  }
  const text = (body[field.name] ?? '').trim();
  if (text === '') return null;
  if (field.kind === 'money') return readMoney(text, currency);
  if (field.kind === 'number') {
    const plain = text.replaceAll(/[,\s%]/g, '');
    return /^-?\d{1,12}(\.\d{1,6})?$/.test(plain) ? Number(plain) : undefined;
  }
  if (field.kind === 'whole')
    return /^\d{1,10}$/.test(text.replaceAll(/[,\s]/g, '')) ? Number(text.replaceAll(/[,\s]/g, '')) : undefined;
  if (field.kind === 'select' || field.kind === 'radios') {
    return (field.choices ?? []).some(([key]) => key === text) ? text : undefined;
  }
  return text;
}

/** An amount as a person types it, in minor units of its currency: `-1,200.50` is -120050. Undefined where it is none. */
export function readMoney(text: string, currency: string): number | undefined {
  const plain = text.replaceAll(/[,\s\p{Sc}]/gu, '');
  if (!/^-?\d{1,12}(\.\d+)?$/.test(plain)) return undefined;
  const [whole = '', fraction = ''] = plain.split('.');
  const digits = digitsOf(currency);
  return fraction.length > digits ? undefined : Number(whole + fraction.padEnd(digits, '0'));
}

function wordsOfWrong(field: Field): string {
  if (field.kind === 'day') return `${field.label}: enter a real date, such as 31 3 2027`;
  if (field.kind === 'money') return `${field.label}: enter an amount, such as 12500 or 12,500.50`;
  if (field.kind === 'whole' || field.kind === 'number') return `${field.label}: enter ${wordsOfBounds(field)}`;
  return `${field.label}: choose one of the list`;
}

function isOutside({ least = -Infinity, most = Infinity }: Field, value: number): boolean {
  return value < least || value > most;
}

function wordsOfBounds({ kind, least, most }: Field): string {
  if (kind === 'money') return 'an amount that is not negative';
  const number = kind === 'whole' ? 'a whole number' : 'a number';
  if (least === undefined || most === undefined) return `${number}, such as ${kind === 'whole' ? '250' : '3.5'}`;
  return `${number} from ${formatNumber(least)} to ${formatNumber(most)}`;
}

function hrefOf(field: Field): string {
  return `#${field.kind === 'day' ? `${field.name}-day` : field.name}`;
}
