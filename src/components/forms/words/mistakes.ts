import type { Question } from '../form.ts';

type Kind = Question['kind'];

/** Questions that are answered by choosing. */
const chosen: ReadonlySet<Kind> = new Set(['yes-no', 'radios', 'select', 'checkboxes', 'file-upload']);

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
    'string.email': 'Rhowch gyfeiriad e-bost yn y fformat cywir, fel enw@enghraifft.com',
    'string.pattern.base': formats[kind] ?? 'Rhowch {{#label}} yn y fformat cywir',
    'date.format': 'Rhaid i {{#label}} fod yn ddyddiad go iawn, fel 27 3 2026',
    'date.min': 'Mae {{#label}} yn rhy gynnar',
    'date.max': 'Mae {{#label}} yn rhy hwyr',
    'number.base': 'Rhaid i {{#label}} fod yn rhif',
    'number.integer': 'Rhaid i {{#label}} fod yn rhif cyfan',
    'number.precision': 'Mae gan {{#label}} ormod o leoedd degol',
    'number.min': 'Rhaid i {{#label}} fod yn {{#limit}} neu fwy',
    'number.max': 'Rhaid i {{#label}} fod yn {{#limit}} neu lai',
    'array.min': 'Dewiswch o leiaf {{#limit}} ar gyfer {{#label}}',
    'array.max': 'Dewiswch ddim mwy na {{#limit}} ar gyfer {{#label}}',
    'array.length': 'Dewiswch {{#limit}} ar gyfer {{#label}}',
    'any.only': 'Dewiswch {{#label}}',
  }),
};

/** What is in the wrong format, where the kind of question says more than its title. */
const formats: Partial<Record<Kind, string>> = {
  email: 'Rhowch gyfeiriad e-bost yn y fformat cywir, fel enw@enghraifft.com',
  phone: 'Rhowch rif ffôn, fel 01632 960 001, 07700 900 982 neu +44 808 157 0192',
  website: 'Rhowch gyfeiriad gwefan yn y fformat cywir, fel www.enghraifft.com',
  'uk-address': 'Rhowch god post llawn yn y DU',
  date: 'Rhaid i {{#label}} fod yn ddyddiad go iawn, fel 27 3 2026',
  time: 'Rhaid i {{#label}} fod yn amser, fel 9:30am neu 17:05',
};
