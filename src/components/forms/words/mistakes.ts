import type { Question } from '../definition/form.ts';

type Kind = Question['kind'];

/** Questions that are answered by choosing. */
const chosen: ReadonlySet<Kind> = new Set(['yes-no', 'radios', 'select', 'checkboxes', 'file-upload']);

/** Questions whose mistakes are said with the date that is meant: see `dates` of the words of the language. */
const dated: ReadonlySet<Kind> = new Set(['date', 'month-year', 'date-time']);

/**
 * What is said of mistakes in a language, by Joi's names for them as definitions use them, with their placeholders; null for
 * English, whose words stand with each kind of question.
 */
export function messagesIn(language: string, kind: Kind): Record<string, string> | null {
  const messages = byLanguage[language.split('-')[0] ?? ''];
  return messages?.(kind) ?? null;
}

const byLanguage: Readonly<Record<string, (kind: Kind) => Record<string, string>>> = {
  cy: (kind) => ({
    'any.required': chosen.has(kind) ? 'Dewiswch {{#label}}' : 'Rhowch {{#label}}',
    'string.min': 'Rhaid i {{#label}} fod yn {{#limit}} nod neu fwy',
    'string.max': 'Rhaid i {{#label}} fod yn {{#limit}} nod neu lai',
    'string.length': 'Rhaid i {{#label}} fod yn {{#limit}} nod',
    'string.maxWords': 'Rhaid i {{#label}} fod yn {{#limit}} gair neu lai',
    // Every format would be taken for that of an e-mail address.
    ...(kind === 'email' ? { 'string.email': emailFormat } : {}),
    ...(dated.has(kind) ? {} : { 'string.pattern.base': formats[kind] ?? 'Rhowch {{#label}} yn y fformat cywir' }),
    'number.base': 'Rhaid i {{#label}} fod yn rhif',
    'number.integer': 'Rhaid i {{#label}} fod yn rhif cyfan',
    'number.precision': 'Rhaid i {{#label}} fod â {{#limit}} lle degol neu lai',
    'number.minPrecision': 'Rhaid i {{#label}} fod â {{#limit}} lle degol neu fwy',
    'number.minLength': 'Rhaid i {{#label}} fod yn {{#limit}} digid neu fwy',
    'number.maxLength': 'Rhaid i {{#label}} fod yn {{#limit}} digid neu lai',
    'number.min': 'Rhaid i {{#label}} fod yn {{#limit}} neu fwy',
    'number.max': 'Rhaid i {{#label}} fod yn {{#limit}} neu lai',
    'array.min': 'Dewiswch o leiaf {{#limit}} ar gyfer {{#label}}',
    'array.max': 'Dewiswch ddim mwy na {{#limit}} ar gyfer {{#label}}',
    'array.length': 'Dewiswch {{#limit}} ar gyfer {{#label}}',
    ...(dated.has(kind) ? {} : { 'any.only': 'Dewiswch {{#label}}' }),
  }),
};

const emailFormat = 'Rhowch gyfeiriad e-bost yn y fformat cywir, fel enw@enghraifft.com';

/** What is in the wrong format, where the kind of question says more than its title. */
const formats: Partial<Record<Kind, string>> = {
  email: emailFormat,
  phone: 'Rhowch rif ffôn, fel 01632 960 001, 07700 900 982 neu +44 808 157 0192',
  website: 'Rhowch gyfeiriad gwefan yn y fformat cywir, fel www.enghraifft.com',
  'uk-address': 'Rhowch god post llawn yn y DU',
  time: 'Rhaid i {{#label}} fod yn amser, fel 9:30am neu 17:05',
};
