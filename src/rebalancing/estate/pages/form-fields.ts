import { components } from '#design';
import { isDay } from '#platform';
import type { ExtensionOption } from '../contracts/extension-options.ts';
import type { Period } from '../contracts/months.ts';
import { exactMoney, periodWords, readAmount, readShare, readWhole } from './words.ts';

/** A question of a form of the estate: how it is asked and how its answer is read. */
export interface FormField {
  readonly name: string;
  readonly label: string;
  readonly hint?: string;
  readonly kind: 'text' | 'words' | 'whole' | 'money' | 'share' | 'day' | 'choice' | 'period' | 'extensions';
  readonly choices?: readonly (readonly [string, string])[];
  /** What stands for no choice; `Not known` where nothing else is said. */
  readonly blank?: string;
}

export type Answer = string | number | null | Period | readonly ExtensionOption[];

/** A field as a page asks it. @param given what was typed, or the known answer as text */
export function drawField(
  field: FormField,
  given: Readonly<Record<string, string | undefined>>,
  error?: string,
): string {
  const common = {
    id: field.name,
    name: field.name,
    label: { text: field.label },
    ...(field.hint === undefined ? {} : { hint: { text: field.hint } }),
    ...(error === undefined ? {} : { errorMessage: { text: error } }),
  };
  const value = given[field.name] ?? '';
  if (field.kind === 'choice') {
    const items = [
      { value: '', text: field.blank ?? 'Not known', selected: value === '' },
      ...(field.choices ?? []).map(([key, text]) => ({ value: key, text, selected: key === value })),
    ];
    return components.select({ ...common, items });
  }
  if (field.kind === 'words') return components.textarea({ ...common, value, rows: 3 });
  if (field.kind === 'extensions') return components.textarea({ ...common, value, rows: 4 });
  if (field.kind === 'day') {
    return components.dateInput({
      id: field.name,
      namePrefix: field.name,
      fieldset: { legend: { text: field.label } },
      ...(field.hint === undefined ? {} : { hint: { text: field.hint } }),
      ...(error === undefined ? {} : { errorMessage: { text: error } }),
      items: (['day', 'month', 'year'] as const).map((part) => ({
        name: part,
        value: given[`${field.name}-${part}`] ?? '',
        classes: `govuk-input--width-${part === 'year' ? 4 : 2}${error === undefined ? '' : ' govuk-input--error'}`,
      })),
    });
  }
  return components.input({
    ...common,
    value,
    ...(field.kind === 'money'
      ? { prefix: { text: '£' }, inputmode: 'decimal' as const, classes: 'govuk-input--width-10' }
      : {}),
    ...(field.kind === 'share'
      ? { suffix: { text: '%' }, inputmode: 'decimal' as const, classes: 'govuk-input--width-4' }
      : {}),
    ...(field.kind === 'whole' ? { inputmode: 'numeric' as const, classes: 'govuk-input--width-10' } : {}),
    ...(field.kind === 'period' ? { classes: 'govuk-input--width-10' } : {}),
  });
}

/** Whether a form that was sent has this field at all. */
export function isAsked(field: FormField, body: Readonly<Record<string, string | undefined>>): boolean {
  return (field.kind === 'day' ? body[`${field.name}-year`] : body[field.name]) !== undefined;
}

/** What was answered: null for nothing. An error says what to do. */
export function readField(
  field: FormField,
  body: Readonly<Record<string, string | undefined>>,
): { value: Answer } | { error: string } {
  const text = (body[field.name] ?? '').trim();
  switch (field.kind) {
    case 'day': {
      const parts = ['year', 'month', 'day'].map((part) => (body[`${field.name}-${part}`] ?? '').trim());
      if (parts.every((part) => part === '')) return { value: null };
      const day = parts.map((part) => part.padStart(2, '0')).join('-');
      return isDay(day) ? { value: day } : { error: `${field.label}: enter a real date, such as 31 3 2027` };
    }
    case 'money': {
      const amount = readAmount(text);
      if (amount === undefined) return { error: `${field.label}: enter an amount, such as 12500 or 12,500.50` };
      return amount !== null && amount < 0 ? { error: `${field.label}: a cost is 0 or more` } : { value: amount };
    }
    case 'whole': {
      const number = readWhole(text);
      return number === undefined ? { error: `${field.label}: enter a whole number, such as 250` } : { value: number };
    }
    case 'share': {
      const share = readShare(text);
      return share === undefined
        ? { error: `${field.label}: enter a number of per cent that is not less than 0, such as 30 or 12.5` }
        : { value: share };
    }
    case 'choice':
      if (text === '') return { value: null };
      return (field.choices ?? []).some(([key]) => key === text)
        ? { value: text }
        : { error: `${field.label}: choose one of the list` };
    case 'period': {
      const period = readPeriod(text);
      return period === undefined
        ? { error: `${field.label}: enter days or months, such as 90 days or 3 months` }
        : { value: period };
    }
    case 'extensions':
      return readExtensions(text);
    default:
      return { value: text === '' ? null : text };
  }
}

/** A known answer as the fields of a form show it. */
export function shownIn(field: FormField, value: Answer): Record<string, string> {
  if (value === null) return field.kind === 'day' ? {} : { [field.name]: '' };
  if (field.kind === 'day' && typeof value === 'string') {
    const [year = '', month = '', day = ''] = value.split('-');
    return {
      [`${field.name}-year`]: year,
      [`${field.name}-month`]: String(Number(month)),
      [`${field.name}-day`]: String(Number(day)),
    };
  }
  if (field.kind === 'money' && typeof value === 'number') return { [field.name]: exactMoney(value).replace('£', '') };
  if (field.kind === 'share' && typeof value === 'number') return { [field.name]: String(value / 100) };
  if (field.kind === 'period' && isPeriod(value)) return { [field.name]: periodWords(value) };
  if (isOptions(value)) return { [field.name]: value.map(optionWords).join('\n') };
  return { [field.name]: typeof value === 'object' ? '' : String(value) };
}

/** Whether two answers say the same. */
export function isSameAnswer(one: Answer, other: Answer): boolean {
  return JSON.stringify(one) === JSON.stringify(other) || ((one ?? '') === '' && (other ?? '') === '');
}

/** An option in words, as the form takes it: `12 months, 3% more, by 2027-01-15`. */
export function optionWords(option: ExtensionOption): string {
  return [
    `${option.months} months`,
    ...(option.upliftBasisPoints === 0 ? [] : [`${option.upliftBasisPoints / 100}% more`]),
    ...(option.decideBy === null ? [] : [`by ${option.decideBy}`]),
    ...(option.likeForLike === true ? ['same terms'] : option.likeForLike === false ? ['new terms'] : []),
    ...(option.takenOn === null ? [] : [`taken ${option.takenOn}`]),
  ].join(', ');
}

function readPeriod(text: string): Period | null | undefined {
  if (text === '' || /^none$/i.test(text)) return null;
  const found = /^(\d{1,4})\s*(day|days|week|weeks|month|months|year|years)$/i.exec(text);
  if (found === null) return undefined;
  const count = Number(found[1]);
  const unit = (found[2] ?? '').toLowerCase();
  if (unit.startsWith('week')) return { count: count * 7, unit: 'days' };
  if (unit.startsWith('year')) return { count: count * 12, unit: 'months' };
  return { count, unit: unit.startsWith('day') ? 'days' : 'months' };
}

function readExtensions(text: string): { value: ExtensionOption[] } | { error: string } {
  const options: ExtensionOption[] = [];
  for (const line of text
    .split(/\r?\n/)
    .map((each) => each.trim())
    .filter((each) => each !== '')) {
    const [length = '', ...rest] = line.split(',').map((each) => each.trim());
    const period = readPeriod(/^\d+$/.test(length) ? `${length} months` : length);
    const wrong = {
      error: `Extensions: “${line}” cannot be read. Write one a line, such as 12 months, 3% more, by 2027-01-15`,
    };
    if (period === undefined || period === null || period.unit !== 'months') return wrong;
    let option: ExtensionOption = {
      months: period.count,
      upliftBasisPoints: 0,
      decideBy: null,
      likeForLike: null,
      takenOn: null,
    };
    for (const each of rest) {
      const uplift = /^(-?\d{1,4}(?:\.\d{1,2})?)\s*%/.exec(each);
      const by = /^by\s+(\S+)$/i.exec(each);
      const taken = /^taken(?: on)?\s+(\S+)$/i.exec(each);
      if (uplift !== null) option = { ...option, upliftBasisPoints: Math.round(Number(uplift[1]) * 100) };
      else if (by !== null && isDay(by[1] ?? '')) option = { ...option, decideBy: by[1] ?? null };
      else if (taken !== null && isDay(taken[1] ?? '')) option = { ...option, takenOn: taken[1] ?? null };
      else if (/^same terms$/i.test(each)) option = { ...option, likeForLike: true };
      else if (/^new terms$/i.test(each)) option = { ...option, likeForLike: false };
      else return wrong;
    }
    options.push(option);
  }
  return { value: options };
}

function isPeriod(value: Answer): value is Period {
  return typeof value === 'object' && value !== null && 'unit' in value;
}

export function isOptions(value: Answer): value is readonly ExtensionOption[] {
  return Array.isArray(value);
}
