import type { JsonObject } from './form.ts';

/**
 * What can stand on a page of a form: questions of each kind, content, and what cannot be run here. The form, its pages and its
 * conditions are in `form.ts`.
 */
export type Component = Question | Content | Unsupported;

interface ComponentBase {
  id: string;
  /** The type in the definition it came from. */
  type: string;
  title: string;
  /** The component is shown only while this named condition holds. */
  condition: string | null;
  extra: ComponentExtra;
}

/** The keys of the component itself, of its `options` and of its `schema` that the model has no word for. */
export interface ComponentExtra {
  component: JsonObject;
  options: JsonObject;
  schema: JsonObject;
}

/** A component that this version cannot run. A form that has one cannot be published. */
export interface Unsupported extends ComponentBase {
  kind: 'unsupported';
}

export type Content =
  | (ComponentBase & { kind: 'html' | 'markdown' | 'inset-text' | 'details'; content: string })
  | (ComponentBase & { kind: 'notification-banner'; content: string; heading: string | null; success: boolean })
  | (ComponentBase & { kind: 'list'; list: string; numbered: boolean; hideTitle: boolean });

interface QuestionBase extends ComponentBase {
  /** Unique in the form: the key of the answer, the name of the field, what conditions refer to. */
  key: string;
  /** As the definition has it; two pages may use the same. */
  name: string;
  /** For check your answers. */
  shortTitle: string | null;
  /** For error messages: "your full name" in "Enter your full name". */
  errorName: string | null;
  hint: string | null;
  required: boolean;
  /** Say "(optional)" beside the title of a question that need not be answered. */
  showOptional: boolean;
  /** The title is only read out: what stands above the question says it. */
  hideTitle: boolean;
  /** How to find the answer, in Markdown: shown on demand. */
  instructions: string | null;
  classes: string | null;
  /** Check your answers shows the answer without a link to change it. */
  hideChange: boolean;
  /** The form's own words for mistakes, by the code of the mistake, or `all`. */
  messages: Record<string, string>;
}

export interface TextQuestion extends QuestionBase {
  kind: 'text';
  minLength: number | null;
  maxLength: number | null;
  exactLength: number | null;
  pattern: string | null;
  autocomplete: string | null;
  /** The numbers that the text consists of, of a place that is written in two; else none. */
  numbers: readonly { name: string; min: number | null; max: number | null }[];
}

export interface MultilineQuestion extends QuestionBase {
  kind: 'multiline';
  minLength: number | null;
  maxLength: number | null;
  exactLength: number | null;
  maxWords: number | null;
  pattern: string | null;
  rows: number | null;
}

export interface EmailQuestion extends QuestionBase {
  kind: 'email';
}

export interface PhoneQuestion extends QuestionBase {
  kind: 'phone';
  format: 'any' | 'uk' | 'international';
  /** Takes the place of the format. */
  pattern: string | null;
}

export interface WebsiteQuestion extends QuestionBase {
  kind: 'website';
  minLength: number | null;
  maxLength: number | null;
  pattern: string | null;
}

/** A time of day; the answer is `HH:MM`. */
export interface TimeQuestion extends QuestionBase {
  kind: 'time';
}

/** A date and a time of that day; the answer is `YYYY-MM-DDTHH:MM`. */
export interface DateTimeQuestion extends QuestionBase {
  kind: 'date-time';
  maxDaysInPast: number | null;
  maxDaysInFuture: number | null;
}

/** A value that a person brings along and does not see. */
export interface HiddenQuestion extends QuestionBase {
  kind: 'hidden';
}

export interface NumberQuestion extends QuestionBase {
  kind: 'number';
  min: number | null;
  max: number | null;
  /** Most decimal places; null means any. */
  precision: number | null;
  minPrecision: number | null;
  minLength: number | null;
  maxLength: number | null;
  prefix: string | null;
  suffix: string | null;
}

export interface DateQuestion extends QuestionBase {
  kind: 'date';
  maxDaysInPast: number | null;
  maxDaysInFuture: number | null;
  /** ISO dates. */
  earliest: string | null;
  latest: string | null;
  /** The date lies at most so many months before today. */
  maxMonthsInPast: number | null;
  /** Key of another date on the same page that this one must not be before. */
  notBefore: string | null;
}

/** A month of a year; the answer is `YYYY-MM`. */
export interface MonthYearQuestion extends QuestionBase {
  kind: 'month-year';
  earliest: string | null;
  latest: string | null;
}

export interface YesNoQuestion extends QuestionBase {
  kind: 'yes-no';
}

export interface ChoiceQuestion extends QuestionBase {
  kind: 'radios' | 'select';
  /** Id of the list. */
  list: string;
  bold: boolean;
}

export interface CheckboxesQuestion extends QuestionBase {
  kind: 'checkboxes';
  list: string;
  bold: boolean;
  min: number | null;
  max: number | null;
  exactLength: number | null;
}

/**
 * Files that a person sends. The answer is an `UploadedFile` for each. Definitions say how many, of what types and how large;
 * what a definition leaves open is null or empty, and is then limited by the settings.
 */
export interface FileUploadQuestion extends QuestionBase {
  kind: 'file-upload';
  minFiles: number | null;
  maxFiles: number | null;
  exactFiles: number | null;
  /** What a file may be: media types (`application/pdf`, `image/*`) and endings with their dot (`.csv`), in lower case. Empty: any. */
  accept: readonly string[];
  /** Of each file. */
  maxBytes: number | null;
}

/**
 * A price that is to be paid. It is not answered: what it comes to follows from the conditions. Until a payments component is
 * connected, a form that has one cannot be published live.
 */
export interface PaymentQuestion extends QuestionBase {
  kind: 'payment';
  /** In pence, if none of the `conditionalAmounts` holds. */
  amount: number;
  description: string;
  /** The first whose condition holds decides; in pence. */
  conditionalAmounts: readonly { condition: string; amount: number }[];
}

/** Places on a map, drawn there. Without a map they are typed: one place for each line, as latitude and longitude or grid reference. */
export interface PlacesQuestion extends QuestionBase {
  kind: 'places';
  min: number | null;
  max: number | null;
  exactCount: number | null;
}

export interface AddressQuestion extends QuestionBase {
  kind: 'uk-address';
}

export interface DeclarationQuestion extends QuestionBase {
  kind: 'declaration';
  /** Markdown. */
  content: string;
  /** What stands beside the box: "I understand and agree". */
  label: string | null;
}

export type Question =
  | TextQuestion
  | MultilineQuestion
  | EmailQuestion
  | PhoneQuestion
  | NumberQuestion
  | DateQuestion
  | MonthYearQuestion
  | YesNoQuestion
  | ChoiceQuestion
  | CheckboxesQuestion
  | AddressQuestion
  | DeclarationQuestion
  | WebsiteQuestion
  | TimeQuestion
  | DateTimeQuestion
  | HiddenQuestion
  | FileUploadQuestion
  | PaymentQuestion
  | PlacesQuestion;

export const isQuestion = (component: Component): component is Question => 'key' in component;
