/**
 * The model of a form: what every dialect of definition is read into, and what the runner, the designer and the writer
 * work from. It is plain data. Whatever a definition says that the model has no word for is kept in `extra`, so that a
 * form can be written out again without loss.
 */

export type Json = null | boolean | number | string | Json[] | JsonObject;
export interface JsonObject {
  [key: string]: Json;
}

/** A single value of JSON as text; what is a list, an object or nothing has none. */
export function textOf(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? String(value) : '';
}

/** How many characters a person would count: letters outside the first plane are one, not two. */
export function countCharacters(text: string): number {
  return Array.from(text).length;
}

export interface Form {
  name: string;
  /**
   * How a person gets from page to page. `order`: the pages in their order, a page whose condition does not hold being
   * skipped. `graph`: each page's `next` says where to go.
   */
  flow: 'order' | 'graph';
  startPath: string | null;
  pages: Page[];
  sections: Section[];
  lists: List[];
  conditions: NamedCondition[];
  /** HTML that a person agrees to when submitting; not yet made safe. */
  declaration: string | null;
  extra: JsonObject;
}

export interface Page {
  id: string;
  /** Begins with a slash; unique in the form. */
  path: string;
  /** May be empty: the first question's title is then the page's. */
  title: string;
  kind: PageKind;
  /** Name of the section. */
  section: string | null;
  /** The page is skipped unless this named condition holds. */
  condition: string | null;
  components: Component[];
  /** Only followed where the form's flow is `graph`. */
  next: Link[];
  extra: JsonObject;
}

/**
 * `terminal`: a page that ends the journey without a submission, for a person who is not eligible. `passed-over`: a page
 * that is only for the engine it was written for, and that nobody is to see; whoever would come to it goes on to the next.
 */
export type PageKind = 'start' | 'question' | 'summary' | 'terminal' | 'passed-over' | 'unsupported';

export interface Link {
  path: string;
  condition: string | null;
  extra: JsonObject;
}

export interface Section {
  id: string;
  name: string;
  title: string;
  hideTitle: boolean;
  extra: JsonObject;
}

export interface List {
  id: string;
  name: string;
  title: string;
  type: 'string' | 'number';
  items: ListItem[];
  extra: JsonObject;
}

export interface ListItem {
  id: string;
  text: string;
  value: string | number;
  hint: string | null;
  condition: string | null;
  extra: JsonObject;
}

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
  classes: string | null;
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

export interface AddressQuestion extends QuestionBase {
  kind: 'uk-address';
  hideTitle: boolean;
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
  | HiddenQuestion;

export interface NamedCondition {
  id: string;
  displayName: string;
  /** Null where the definition's condition could not be read; the problem says why. */
  expression: Expression | null;
  extra: JsonObject;
}

export type Expression =
  | { kind: 'all' | 'any'; of: Expression[] }
  | { kind: 'not'; of: Expression }
  | { kind: 'condition'; id: string }
  | { kind: 'compare'; key: string; operator: Operator; value: Operand };

export const operators = [
  'is',
  'is not',
  'contains',
  'does not contain',
  'has length',
  'is longer than',
  'is shorter than',
  'is before',
  'is after',
  'is at least',
  'is at most',
  'is less than',
  'is more than',
] as const;

export type Operator = (typeof operators)[number];

export function isOperator(name: string | null): name is Operator {
  return operators.some((operator) => operator === name);
}

export type Operand =
  | { type: 'value'; value: string | number | boolean }
  /** Values of list items; `together` says whether a person must have chosen every one of them or any. */
  | { type: 'choices'; values: (string | number)[]; together: 'and' | 'or' }
  | { type: 'relative-date'; period: number; unit: 'days' | 'months' | 'years'; direction: 'past' | 'future' };

export interface Address {
  addressLine1: string;
  addressLine2?: string;
  town: string;
  county?: string;
  postcode: string;
}

/** What is stored of one question: JSON. Dates are ISO strings. A question without an answer has no entry. */
export type Answer = string | number | boolean | (string | number)[] | Address;

/** Answers by the question's key. */
export type Answers = Readonly<Record<string, Answer>>;

/** The form of definition that a form was written in. `defra-v2` is the one that is written. */
export type Dialect = 'defra-v2' | 'defra-v1' | 'xgov' | 'communities';

/** What is wrong with a definition, and where. A form with a problem of severity `error` cannot be published. */
export interface DefinitionProblem {
  severity: 'error' | 'warning';
  /** JSON pointer into the definition (RFC 6901). */
  pointer: string;
  /** Title or path of the page it is on. */
  page: string | null;
  /** What is wrong and what to do. */
  message: string;
}

export const isQuestion = (component: Component): component is Question => 'key' in component;

export function isAddress(answer: Answer | undefined): answer is Address {
  return typeof answer === 'object' && !Array.isArray(answer);
}
