import { textOf } from '../form.ts';
import type { Component, ComponentExtra, Question } from '../form.ts';
import { compilePattern } from '../../questions/patterns.ts';
import type { Names } from './names.ts';
import { isObject, quote } from './reading.ts';
import type { Source } from './reading.ts';

export interface ComponentSource {
  source: Source;
  options: Source;
  schema: Source;
  type: string;
  title: string;
  names: Names;
}

type QuestionBase = Pick<
  Question,
  | 'id'
  | 'type'
  | 'title'
  | 'condition'
  | 'extra'
  | 'key'
  | 'name'
  | 'shortTitle'
  | 'errorName'
  | 'hint'
  | 'required'
  | 'showOptional'
  | 'hideTitle'
  | 'instructions'
  | 'classes'
  | 'hideChange'
  | 'messages'
>;

export function question(from: ComponentSource, finish: (base: QuestionBase) => Question): Question {
  const { source, options, names } = from;
  const name = source.text('name') ?? '';
  if (!/^[A-Za-z][\w-]*$/.test(name) && !(source.lenient && name !== '')) {
    source.error('name', `The question ${quote(from.title)} is named ${quote(name)}. Give it a name of letters.`);
  }
  const title = titleOf(from, name);
  names.templates.push(
    { source, key: 'title', text: title },
    { source, key: 'hint', text: source.words('hint') ?? '' },
  );
  const base: QuestionBase = {
    id: source.text('id') ?? name,
    type: from.type,
    title,
    condition: readShownIf(from),
    key: unusedKey(name, names.keys),
    name,
    shortTitle: source.text('shortDescription') || options.text('summaryTitle') || null,
    errorName: source.text('errorDescription') || source.text('errorLabel') || options.text('errorLabel') || null,
    hint: source.words('hint') || null,
    required: options.flag('required') ?? true,
    showOptional: options.flag('optionalText') ?? true,
    hideTitle: options.flag('hideTitle') ?? (source.lenient && from.schema.peek('hideTitle') === true),
    instructions: options.text('instructionText') || null,
    classes: options.text('classes'),
    hideChange: options.flag('disableChangingFromSummary') ?? false,
    messages: readMessages(options),
    extra: noExtra,
  };
  // What is revealed inside a choice is read with the page: see `revealed.ts`.
  if (isObject(options.peek('conditionallyRevealedComponents'))) options.take('conditionallyRevealedComponents');
  // So is what stands in the component itself, which becomes a list.
  const values = source.peek('values');
  if (isObject(values) && (Array.isArray(values['items']) || Array.isArray(values['valueChildren'])))
    source.take('values');
  names.keys.add(base.key);
  const finished = finish(base);
  // Two questions of older dialects may have one name: each is found by its key too.
  names.questions.set(names.questions.has(finished.id) ? finished.key : finished.id, finished);
  return { ...finished, extra: readExtra(from) };
}

/** The older engines show a question that has no title of its own under its page's. */
function titleOf({ source, title }: ComponentSource, name: string): string {
  if (title !== '') return title;
  const ofPage = source.lenient ? (source.page ?? '') : '';
  if (ofPage === '') {
    source.fault('title', `The question ${quote(name)} has no title. Give it one, so that people know what is asked.`);
  }
  return ofPage || name;
}

type ContentBase = { id: string; type: string; title: string; condition: string | null; extra: ComponentExtra };

export function content(from: ComponentSource, finish: (base: ContentBase) => Component): Component {
  from.names.templates.push({ source: from.source, key: 'content', text: textOf(from.source.peek('content')) });
  const base: ContentBase = {
    id: from.source.text('id') ?? from.source.pointer,
    type: from.type,
    title: from.title,
    condition: readShownIf(from),
    extra: noExtra,
  };
  return { ...finish(base), extra: readExtra(from) };
}

const noExtra: ComponentExtra = { component: {}, options: {}, schema: {} };

function readExtra(from: ComponentSource): ComponentExtra {
  return { component: from.source.rest(), options: from.options.rest(), schema: from.schema.rest() };
}

export function readShownIf(from: ComponentSource): string | null {
  const condition = from.options.text('condition') || null;
  if (condition !== null && !from.names.conditions.has(condition)) {
    from.options.fault('condition', `The condition ${quote(condition)} is not in the form. Choose another, or add it.`);
  }
  return condition;
}

/** A pattern for what is checked here anyway: in older dialects one that does not run here may be left out. */
export function readFormat(schema: Source): string | null {
  const pattern = schema.peek('regex');
  const problem = typeof pattern === 'string' && schema.lenient ? compilePattern(pattern) : null;
  if (typeof problem !== 'string') return readPattern(schema);
  schema.warning('regex', `${problem} Until then the usual format is asked for.`);
  return null;
}

export function readPattern(schema: Source): string | null {
  const pattern = schema.text('regex');
  if (!pattern) return null;
  const compiled = compilePattern(pattern);
  if (typeof compiled === 'string') schema.error('regex', compiled);
  return pattern;
}

function readMessages(options: Source): Record<string, string> {
  const messages: [string, string][] = [];
  const forAll = options.text('customValidationMessage');
  if (forAll) messages.push(['all', forAll]);
  const byCode = options.peek('customValidationMessages');
  if (isObject(byCode)) {
    for (const [code, text] of Object.entries(byCode)) if (typeof text === 'string') messages.push([code, text]);
    options.take('customValidationMessages');
  }
  return Object.fromEntries(messages);
}

/** A key for a question's answer. Two pages may use the same name, and `constructor` is a name as good as any. */
export function unusedKey(name: string, used: ReadonlySet<string>): string {
  // It becomes the id of a field, and of parts of a field that are told apart by a hyphen.
  const plain = name.replaceAll(/[^\w-]/g, '_').replace(/^(?![A-Za-z])/, 'q');
  const own = plain in Object.prototype ? `${plain}-answer` : plain;
  let key = own;
  for (let number = 2; used.has(key); number++) key = `${own}-${number}`;
  return key;
}
