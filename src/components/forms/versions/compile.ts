import { compileConditions } from '../conditions/conditions.ts';
import type { CompiledCondition } from '../conditions/conditions.ts';
import { renderContent } from '../content/content.ts';
import type { FindKeys } from '../conditions/expressions.ts';
import { isQuestion } from '../definition/form.ts';
import type { Component, Content, Fee, Form, List, Page, Question, Repeat } from '../definition/form.ts';
import { Journey } from '../journey/journey.ts';
import type { Fitting, Saved } from '../journey/journey.ts';
import { fillHtml, fillMarked, readMentions } from '../content/mentions.ts';
import type { Mention, MentioningText } from '../content/mentions.ts';
import { findNeeds } from './needs.ts';
import type { FlowNeeds, PageNeeds } from './needs.ts';
import { everyAsked, keysByName } from '../definition/question-names.ts';
import { compileQuestion } from '../questions/questions.ts';
import type { CompiledQuestion } from '../questions/questions.ts';
import { findWays } from './ways.ts';
import { wordsOf } from '../words/words.ts';

export { Journey, fillFrom } from '../journey/journey.ts';
export type { AnsweredPage, ItemLabel, Place, Saved } from '../journey/journey.ts';
export type { PageNeeds } from './needs.ts';

/** A piece of a page in the order of the definition. */
export interface PagePart {
  condition: CompiledCondition | null;
  /** Ready HTML. */
  content: string | null;
  question: CompiledQuestion | null;
  /** What the choices of its question turn on, those that are not offered to everybody. */
  choices: readonly { condition: CompiledCondition }[];
  /** The answers that its texts mention. */
  mentions: readonly Mention[];
  /** As a person with other answers sees it; null where it is the same for everybody. */
  fit: ((fitting: Fitting) => Pick<PagePart, 'content' | 'question'>) | null;
}

export interface CompiledPage {
  /** Its place in its flow. */
  index: number;
  page: Page;
  /** The page's path without its first slash, in plain letters: its name in addresses and in the database. */
  slug: string;
  /** What stands at its top: its own title, or its first question's. */
  title: string;
  /** The section's title, if it is shown. */
  caption: string | null;
  condition: CompiledCondition | null;
  parts: readonly PagePart[];
  questions: readonly CompiledQuestion[];
  /** The answers that its title mentions. */
  mentions: readonly Mention[];
  /** Gives a page the texts and choices of a person; null where they are the same for everybody. */
  fit: ((page: CompiledPage, fitting: Fitting) => CompiledPage) | null;
  /** Where it leads, the way without a condition last; null where the next page in order comes next. */
  ways: readonly CompiledWay[] | null;
  /** What is asked of each of the things that are added on this page. */
  repeat: CompiledRepeat | null;
  /**
   * Where pages lead to each other: the pages, this one or ones before it, that everybody passes who gets to the end, and from
   * which this page can be come to without passing another such. There is one, but for pages that end the journey early.
   */
  anchors: readonly number[];
  /** What must be loaded to show the page, to take its answers and to say which page comes next. */
  needs: FlowNeeds;
  /** The same as rows of an application, for a page that lies in no item. */
  rows: PageNeeds;
  /** The same for the pages inside a repeat, as far as the flow around it is concerned. */
  inside: FlowNeeds | null;
  /** No other page's answers count for this one: its answers can be taken without loading any. */
  standsAlone: boolean;
}

/** A way on from a page, tried in order. */
export interface CompiledWay {
  condition: CompiledCondition | null;
  /** Index of the page that it leads to; null where check your answers comes next, or the item of a repeat ends. */
  to: number | null;
}

export interface CompiledRepeat {
  repeat: Repeat;
  flow: CompiledFlow;
}

/** Pages that a person goes through: those of the form, or those of each item of a repeat. */
export interface CompiledFlow {
  /** In order, the first one first. */
  pages: readonly CompiledPage[];
  bySlug: ReadonlyMap<string, CompiledPage>;
  /** The page that a key is answered on; for what is asked inside a repeat, and for how many items it has, the repeat's page. */
  pageOfKey: ReadonlyMap<string, CompiledPage>;
}

/** A fee that is due when the form is sent. */
export interface CompiledFee {
  fee: Fee;
  condition: CompiledCondition | null;
}

/**
 * A form version made ready once: what a request does afterwards is in proportion to its own page.
 */
export interface CompiledForm extends CompiledFlow {
  form: Form;
  /** What stands on the start page, if the form says. */
  start: CompiledPage | null;
  /** What stands on check your answers under the answers, if the form says. */
  summary: CompiledPage | null;
  /** What a person agrees to when sending, if the form says: a page of it alone. */
  declaration: CompiledPage | null;
  /** What stands on the page after sending, if the form says. */
  confirmation: CompiledPage | null;
  /** The conditions of the form by their ids. */
  conditions: ReadonlyMap<string, CompiledCondition>;
  fees: readonly CompiledFee[];
  /** Where this person is in the form. `now` is an ISO date, or a date and time (`2026-04-01T09:30`) for conditions on the hour. */
  journey(saved: Saved, now: string): Journey;
}

/**
 * Compiles a form.
 *
 * @throws Error if the form has a problem of severity `error`: see `readDefinition`.
 */
export function compileForm(form: Form): CompiledForm {
  const context: Context = {
    form,
    questions: new Map(),
    findKeys: keysByName(everyAsked(form)),
    lists: new Map(form.lists.map((list) => [list.id, list])),
    conditions: compileConditions(form.conditions),
    captions: captionsOf(form),
  };
  const flow = compileFlow(form, context);
  const ofKind = (kind: Page['kind']): CompiledPage | null => {
    const page = form.pages.find((each) => each.kind === kind);
    return page ? compilePage(page, form.pages.length, new Set(), context) : null;
  };
  const compiled: CompiledForm = {
    ...flow,
    form,
    start: ofKind('start'),
    summary: ofKind('summary'),
    declaration: form.declaration
      ? compilePage(declarationPage(form.declaration), form.pages.length, new Set(), context)
      : null,
    confirmation: form.confirmation && compilePage(form.confirmation, form.pages.length, new Set(), context),
    conditions: context.conditions,
    fees: form.fees.map((fee) => ({ fee, condition: conditionOf(fee.condition, context.conditions) })),
    journey(saved, now) {
      const [today = '', time] = now.split('T');
      return new Journey(compiled, saved, { today, time, form, questions: context.questions });
    },
  };
  return compiled;
}

function declarationPage(content: string): Page {
  const extra = { component: {}, options: {}, schema: {} };
  return {
    id: 'declaration',
    path: '/declaration',
    title: '',
    kind: 'summary',
    section: null,
    condition: null,
    components: [{ kind: 'html', id: 'declaration', type: 'Html', title: '', condition: null, content, extra }],
    next: [],
    repeat: null,
    extra: {},
  };
}

interface Context {
  form: Form;
  /** Those compiled so far, by key. */
  questions: Map<string, CompiledQuestion>;
  findKeys: FindKeys;
  lists: ReadonlyMap<string, List>;
  conditions: ReadonlyMap<string, CompiledCondition>;
  captions: ReadonlyMap<string, string>;
}

function captionsOf(form: Form): Map<string, string> {
  const captions = new Map<string, string>();
  for (const { id, name, title, hideTitle } of form.sections) {
    if (hideTitle) continue;
    captions.set(name, title);
    captions.set(id, title);
  }
  return captions;
}

function compileFlow(flow: Pick<Form, 'flow' | 'startPath' | 'pages'>, context: Context): CompiledFlow {
  const compiled = flow.flow === 'graph' ? compileGraph(flow, context) : compileOrder(flow, context);
  const pages = findNeeds(compiled);
  return { pages, bySlug: new Map(pages.map((page) => [page.slug, page])), pageOfKey: keysOf(pages) };
}

/** Which page each key is answered on, those inside repeats too. */
function keysOf(pages: readonly CompiledPage[]): Map<string, CompiledPage> {
  const pageOfKey = new Map<string, CompiledPage>();
  for (const page of pages) {
    for (const { question } of page.questions) pageOfKey.set(question.key, page);
    if (!page.repeat) continue;
    pageOfKey.set(page.repeat.repeat.key, page);
    for (const key of page.repeat.flow.pageOfKey.keys()) pageOfKey.set(key, page);
  }
  return pageOfKey;
}

const notAsked: ReadonlySet<Page['kind']> = new Set(['start', 'summary', 'passed-over']);

function compileOrder({ pages }: Pick<Form, 'pages'>, context: Context): CompiledPage[] {
  const slugs = new Set<string>();
  return pages.filter(({ kind }) => !notAsked.has(kind)).map((page, index) => compilePage(page, index, slugs, context));
}

/** The pages that can be come to, the first one first. */
function compileGraph(flow: Pick<Form, 'startPath' | 'pages'>, context: Context): CompiledPage[] {
  const { order, from } = findWays(flow);
  const indexes = new Map(order.map((page, index) => [page, index]));
  const slugs = new Set<string>();
  return order.map((page, index) => ({
    ...compilePage(page, index, slugs, context),
    ways: (from.get(page) ?? []).map(({ condition, to }) => ({
      condition: conditionOf(condition, context.conditions),
      to: to === null ? null : (indexes.get(to) ?? null),
    })),
  }));
}

function compilePage(page: Page, index: number, slugs: Set<string>, context: Context): CompiledPage {
  if (page.kind === 'unsupported') throw new Error(`The page "${page.path}" cannot be run.`);
  const { form, conditions, captions } = context;
  const parts = page.components.map((component) => compilePart(component, context));
  const questions = parts.flatMap(({ question }) => (question ? [question] : []));
  const { repeat } = page;
  const title = readMentions(page.title, context.findKeys);
  const ownCaption = page.section === null ? null : (captions.get(page.section) ?? null);
  const caption = readMentions(ownCaption ?? '', context.findKeys);
  return {
    index,
    page,
    slug: unusedSlug(page.path, slugs),
    title: page.title || (questions[0]?.question.title ?? form.name),
    mentions: [...(title?.mentions ?? []), ...(caption?.mentions ?? [])],
    fit:
      title !== null || caption !== null || parts.some((part) => part.fit !== null)
        ? fitPage({ title, caption }, form.name)
        : null,
    caption: ownCaption,
    condition: conditionOf(page.condition, conditions),
    parts,
    questions,
    ways: null,
    repeat: repeat && {
      repeat,
      flow: compileFlow({ flow: form.flow, startPath: null, pages: repeat.pages }, context),
    },
    anchors: [],
    needs: { answers: [], presence: [], items: [], itemNames: [] },
    rows: { answers: [], presence: [] },
    inside: null,
    standsAlone: false,
  };
}

/** The content of a page without its questions, as a person sees it: safe HTML. */
export function contentFor(journey: Journey, page: CompiledPage): string {
  return journey
    .shownParts(page)
    .map(({ content }) => content ?? '')
    .join('');
}

/** A page's name in addresses: in plain letters, since paths in other languages have others, and its own. */
export function unusedSlug(path: string, used: Set<string>): string {
  const plain = path
    .replace(/^\/+/, '')
    .normalize('NFD')
    .replaceAll(/\p{M}/gu, '')
    .replaceAll(/[^\w/-]+/g, '-')
    .slice(0, 150);
  const own = plain === '' ? 'page' : plain;
  let slug = own;
  for (let number = 2; used.has(slug); number++) slug = `${own}-${number}`;
  used.add(slug);
  return slug;
}

function fitPage(
  { title, caption }: { title: MentioningText | null; caption: MentioningText | null },
  formName: string,
): NonNullable<CompiledPage['fit']> {
  const fill = (text: MentioningText, fitting: Fitting): string =>
    fillMarked(text.marked, text.mentions, (each) => fitting.text(each));
  return (page, fitting) => {
    const parts = page.parts.map((part) => (part.fit ? { ...part, ...part.fit(fitting) } : part));
    const questions = parts.flatMap(({ question }) => (question ? [question] : []));
    const own = title === null ? page.page.title : fill(title, fitting);
    return {
      ...page,
      parts,
      questions,
      title: own.trim() || (questions[0]?.question.title ?? formName),
      caption: caption === null ? page.caption : fill(caption, fitting),
      fit: null,
    };
  };
}

function compilePart(component: Component, context: Context): PagePart {
  if (component.kind === 'unsupported') throw new Error(`A component of type "${component.type}" cannot be run.`);
  const condition = conditionOf(component.condition, context.conditions);
  return isQuestion(component)
    ? { condition, content: null, ...compileAsked(component, context) }
    : { condition, question: null, choices: [], ...compileContent(component, context) };
}

/** What is filled in is escaped, after the content around it was made safe. */
function compileContent(
  content: Content,
  { lists, findKeys }: Context,
): Pick<PagePart, 'content' | 'mentions' | 'fit'> {
  const text = content.kind === 'list' ? null : readMentions(content.content, findKeys);
  if (content.kind === 'list' || text === null)
    return { content: renderContent(content, lists), mentions: [], fit: null };
  const html = renderContent({ ...content, content: text.marked }, lists);
  return {
    content: fillHtml(html, text.mentions, () => ''),
    mentions: text.mentions,
    fit: (fitting) => ({ content: fillHtml(html, text.mentions, (each) => fitting.text(each)), question: null }),
  };
}

const fillable = ['title', 'hint', 'shortTitle', 'errorName'] as const;
/** Texts in Markdown, of questions that have them. */
const fillableMarkdown = ['instructions', 'content'] as const;

/** A question that mentions other answers, or offers choices only to some, is made ready anew for each person. */
function compileAsked(
  question: Question,
  { form, lists, findKeys, conditions, questions }: Context,
): Pick<PagePart, 'question' | 'choices' | 'mentions' | 'fit'> {
  const words = wordsOf(form.language);
  const compiled = compileQuestion(question, lists, words);
  questions.set(question.key, compiled);
  const list = 'list' in question ? lists.get(question.list) : undefined;
  const choices = (list?.items ?? []).flatMap((item) => {
    const condition = conditionOf(item.condition, conditions);
    return condition === null ? [] : [{ item, condition }];
  });
  const mentions = textsOfQuestion(question, list).flatMap((text) => readMentions(text, findKeys)?.mentions ?? []);
  if (mentions.length === 0 && choices.length === 0) return { question: compiled, choices, mentions, fit: null };
  const fit = (fitting: Fitting): Pick<PagePart, 'content' | 'question'> => {
    const fill = (text: string, escape: (answer: string) => string): string => {
      const read = readMentions(text, findKeys);
      return read === null ? text : fillMarked(read.marked, read.mentions, (each) => escape(fitting.text(each)));
    };
    const hidden = new Set(choices.filter(({ condition }) => !fitting.holds(condition)).map(({ item }) => item));
    const items = (list?.items ?? [])
      .filter((item) => !hidden.has(item))
      .map((item) => ({ ...item, text: fill(item.text, asIs), hint: item.hint && fill(item.hint, asText) }));
    const fitted = compileQuestion(
      fillQuestion(question, fill),
      list ? new Map([[list.id, { ...list, items }]]) : lists,
      words,
    );
    return { content: null, question: fitted };
  };
  return { question: compiled, choices, mentions, fit };
}

const asIs = (answer: string): string => answer;

/** A hint with tags in it is taken for HTML: an answer never makes it so. */
const asText = (answer: string): string => answer.replaceAll(/<(?=\/?[a-z])/gi, '< ');

const asMarkdown = (answer: string): string => answer.replaceAll(/[\\`*_{}[\]()#+!|<>&~-]/g, String.raw`\$&`);

function textsOfQuestion(question: Question, list: List | undefined): string[] {
  const markdown = fillableMarkdown.map((field): unknown => (field in question ? Reflect.get(question, field) : null));
  return [
    ...fillable.map((field) => question[field]),
    ...markdown,
    ...Object.values(question.messages),
    ...(list?.items ?? []).flatMap(({ text, hint }) => [text, hint]),
  ].filter((text) => typeof text === 'string');
}

function fillQuestion(
  question: Question,
  fill: (text: string, escape: (answer: string) => string) => string,
): Question {
  const own: Question = { ...question };
  for (const field of fillable) {
    const text = question[field];
    if (text !== null) own[field] = fill(text, asText);
  }
  if (own.instructions !== null) own.instructions = fill(own.instructions, asMarkdown);
  if (own.kind === 'declaration') own.content = fill(own.content, asMarkdown);
  own.messages = Object.fromEntries(Object.entries(own.messages).map(([code, text]) => [code, fill(text, asIs)]));
  return own;
}

function conditionOf(id: string | null, conditions: ReadonlyMap<string, CompiledCondition>): CompiledCondition | null {
  if (id === null) return null;
  return conditions.get(id) ?? never;
}

/** A condition that is not in the form holds for nobody, as in the engines that such forms come from. */
const never: CompiledCondition = { id: '', keys: new Set(), holds: () => false };
