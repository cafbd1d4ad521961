import type { JsonObject } from '../definition/form.ts';
import { textAt } from './blueprint.ts';

/** One setting of a component, and how it is asked for. */
export interface Setting {
  /** Where it stands in the component: `options.rows`. */
  at: string;
  label: string;
  hint?: string;
  as: 'text' | 'lines' | 'count' | 'number' | 'date' | 'month' | 'flag' | 'choice';
  /** Of a choice: values with their words. The first is what holds where nothing is said. */
  choices?: Readonly<Record<string, string>>;
}

/** A kind of component, in the words of somebody who makes a form. */
export interface ComponentKind {
  /** V2's name of it. */
  type: string;
  name: string;
  /** When to choose it. */
  about: string;
  /** It asks something; otherwise it informs. */
  asks: boolean;
  /** People choose from a list of options. */
  usesList: boolean;
  settings: readonly Setting[];
}

const shortest: Setting = { at: 'schema.min', label: 'Fewest characters', as: 'count' };
const longest: Setting = { at: 'schema.max', label: 'Most characters', as: 'count' };
const pattern: Setting = {
  at: 'schema.regex',
  label: 'Pattern',
  hint: 'A regular expression that the answer must match. Leave it empty if you do not know what this is',
  as: 'text',
};
const dateLimits: readonly Setting[] = [
  {
    at: 'options.maxDaysInPast',
    label: 'Most days in the past',
    hint: '0 means today or later. Leave it empty for any day',
    as: 'count',
  },
  {
    at: 'options.maxDaysInFuture',
    label: 'Most days in the future',
    hint: '0 means today or earlier. Leave it empty for any day',
    as: 'count',
  },
  { at: 'options.earliestDate', label: 'Earliest date', hint: 'For example 2026-04-01', as: 'date' },
  { at: 'options.latestDate', label: 'Latest date', hint: 'For example 2027-03-31', as: 'date' },
];
const content: Setting = { at: 'content', label: 'Text', as: 'lines' };
const markdown: Setting = {
  ...content,
  hint: 'Leave an empty line between paragraphs. Begin a line with - for a bullet, with ## for a heading',
};

/** What every question may have beside. */
export const settingsOfQuestions: readonly Setting[] = [
  {
    at: 'options.instructionText',
    label: 'How to find the answer',
    hint: 'People open it if they need it. Leave an empty line between paragraphs',
    as: 'lines',
  },
  {
    at: 'options.hideTitle',
    label: 'Hide the question',
    hint: 'Only where the title of the page asks it already. It is still read out',
    as: 'flag',
  },
];

function asking(
  type: string,
  name: string,
  about: string,
  settings: readonly Setting[] = [],
  usesList = false,
): ComponentKind {
  return { type, name, about, asks: true, usesList, settings };
}

function informing(type: string, name: string, about: string, settings: readonly Setting[]): ComponentKind {
  return { type, name, about, asks: false, usesList: type === 'List', settings };
}

/** Every kind that can be added, those that are wanted most first. */
export const componentKinds: readonly ComponentKind[] = [
  asking('TextField', 'Short text', 'One line, such as a name', [
    shortest,
    longest,
    { at: 'schema.length', label: 'Exact number of characters', as: 'count' },
    pattern,
    {
      at: 'options.autocomplete',
      label: 'What the browser may fill in',
      hint: 'Such as name, postal-code or organization: see WCAG 2.2, “Input purposes”',
      as: 'text',
    },
  ]),
  asking('MultilineTextField', 'Long text', 'Several lines, such as a description', [
    shortest,
    longest,
    { at: 'options.maxWords', label: 'Most words', as: 'count' },
    { at: 'options.rows', label: 'Lines shown', as: 'count' },
    pattern,
  ]),
  asking('YesNoField', 'Yes or no', 'A question that is answered yes or no'),
  asking('RadiosField', 'One of a list', 'People choose one of a few options, all shown', [], true),
  asking(
    'CheckboxesField',
    'Several of a list',
    'People choose as many options as apply',
    [
      { at: 'schema.min', label: 'Fewest to choose', as: 'count' },
      { at: 'schema.max', label: 'Most to choose', as: 'count' },
      { at: 'schema.length', label: 'Exact number to choose', as: 'count' },
    ],
    true,
  ),
  asking('SelectField', 'One of a long list', 'A drop-down. Only where the list is too long to show', [], true),
  asking('AutocompleteField', 'One of a very long list', 'Such as a country', [], true),
  asking('NumberField', 'Number', 'An amount or a count. Not for codes, which are text', [
    { at: 'schema.min', label: 'Lowest', as: 'number' },
    { at: 'schema.max', label: 'Highest', as: 'number' },
    { at: 'schema.precision', label: 'Most decimal places', hint: '0 means whole numbers only', as: 'count' },
    { at: 'options.prefix', label: 'Shown before the number', hint: 'Such as £', as: 'text' },
    { at: 'options.suffix', label: 'Shown after the number', hint: 'Such as kg', as: 'text' },
  ]),
  asking('DatePartsField', 'Date', 'Day, month and year', dateLimits),
  asking('MonthYearField', 'Month and year', 'Such as an expiry date', [
    { at: 'options.earliestMonthYear', label: 'Earliest month', hint: 'For example 2026-04', as: 'month' },
    { at: 'options.latestMonthYear', label: 'Latest month', hint: 'For example 2027-03', as: 'month' },
  ]),
  asking('EmailAddressField', 'Email address', 'The confirmation is sent to the first one in the form'),
  asking('TelephoneNumberField', 'Phone number', 'Any phone number', [
    {
      at: 'options.format',
      label: 'Which numbers',
      as: 'choice',
      choices: { '': 'Any', uk: 'UK numbers', international: 'Numbers with a country code' },
    },
  ]),
  asking('UkAddressField', 'UK address', 'An address in the United Kingdom'),
  asking('FileUploadField', 'File upload', 'Documents or pictures. It must be alone on its page', [
    { at: 'options.accept', label: 'Types of file', hint: 'Such as .pdf,.jpg,.png', as: 'text' },
    { at: 'schema.min', label: 'Fewest files', as: 'count' },
    { at: 'schema.max', label: 'Most files', as: 'count' },
    { at: 'schema.length', label: 'Exact number of files', as: 'count' },
    {
      at: 'options.maxMegabytes',
      label: 'Most megabytes of each file',
      hint: 'Leave it empty for as large as this government takes',
      as: 'number',
    },
  ]),
  asking('DeclarationField', 'Declaration', 'Something that people must agree to', [
    { ...markdown, label: 'What they agree to' },
    {
      at: 'options.declarationConfirmationLabel',
      label: 'Beside the box',
      hint: 'Such as: I understand and agree',
      as: 'text',
    },
  ]),
  asking('PaymentField', 'Payment', 'A price to pay. A form with it cannot be published until payments are connected', [
    { at: 'options.amount', label: 'Price in pounds', hint: 'Such as 24.50', as: 'number' },
    { at: 'options.description', label: 'What is paid for', as: 'text' },
  ]),
  asking('OsGridRefField', 'OS grid reference', 'A place in Great Britain, such as TQ123456'),
  asking('NationalGridFieldNumberField', 'National Grid field number', 'A field, such as SO04188589'),
  asking('EastingNorthingField', 'Easting and northing', 'A place, such as 248741, 63688'),
  asking('LatLongField', 'Latitude and longitude', 'A place, such as 51.519450, -0.127758'),
  asking('HiddenField', 'Hidden value', 'A value that a link brings along and people do not see'),
  informing('Markdown', 'Text', 'Paragraphs, headings, lists and links', [markdown]),
  informing('InsetText', 'Inset text', 'Text that stands out from the rest', [content]),
  informing('Details', 'Details', 'Text that people open if they need it', [content]),
  informing('NotificationBanner', 'Banner', 'Something that everybody on the page must know', [
    content,
    { at: 'options.heading', label: 'First line, in bold', as: 'text' },
  ]),
  informing('List', 'List of points', 'The items of a list, as bullets or numbers', [
    { at: 'options.type', label: 'Shown as', as: 'choice', choices: { '': 'Bullets', numbered: 'Numbers' } },
  ]),
  informing('Html', 'HTML', 'For who knows it. Scripts and styles are taken out', [content]),
];

const byType = new Map(componentKinds.map((kind) => [kind.type, kind]));

/** The kind of a component, or null for one that the designer does not know: it is kept as it is. */
export function kindOf(component: JsonObject): ComponentKind | null {
  return byType.get(textAt(component, 'type')) ?? null;
}

export function kindOfType(type: string): ComponentKind | null {
  return byType.get(type) ?? null;
}

/** What a component is called where it is listed. */
export function nameOfComponent(component: JsonObject): string {
  const own = textAt(component, 'title').trim() || textAt(component, 'content').trim();
  const text = own.replaceAll(/\s+/g, ' ').replaceAll(/<[^>]*>/g, '');
  return text === '' ? (kindOf(component)?.name ?? textAt(component, 'type')) : shorten(text);
}

const shorten = (text: string): string => (text.length > 90 ? `${text.slice(0, 89)}…` : text);
