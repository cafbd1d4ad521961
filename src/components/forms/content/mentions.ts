import { escapeHtml } from '#design';
import type { FindKeys } from '../conditions/expressions.ts';

/**
 * Places in the texts of a form where an earlier answer is put, as the engines that forms come from have them: `{{ fullName }}`,
 * `{{ applicant.fullName }}` with the section before the name, and `{{ 'fullName' | answer }}` (Liquid in DEFRA's engine, Nunjucks in
 * XGov's). Nothing is evaluated: what is more than the answer to a question is no mention, and stays as it is.
 */
export interface Mention {
  /** Of the question. */
  key: string;
  /** The answer as the person sees it, and not the value of the choice. */
  isShown: boolean;
}

/** A text with mentions in it. */
export interface MentioningText {
  mentions: readonly Mention[];
  /** The text with a mark for each mention, which no text of a form has otherwise: it may be made into HTML before it is filled. */
  marked: string;
}

const [open, close] = ['\ue000', '\ue001'];
const comment = /\{#[^}]{0,2000}#\}/g;
const place = /\{\{-?\s*([^{}]{1,200}?)\s*-?\}\}/g;
const named = /^(?:'([^'"|]+)'|"([^'"|]+)"|([\p{L}_][\p{L}\p{N}_]*(?:\.[\p{L}_][\p{L}\p{N}_-]*)?))((?:\s*\|\s*\w+)*)$/u;
/** How engines are told what is done here anyway: to write an answer out, safe to be read as text. */
const filters = new Set(['answer', 'safe', 'escape', 'e', 'trim', 'strip']);

/** Reads the mentions in a text; null if there are none. */
export function readMentions(text: string, findKeys: FindKeys): MentioningText | null {
  if (!text.includes('{{')) return null;
  const mentions: Mention[] = [];
  const marked = withoutMarks(text)
    .replaceAll(comment, '')
    .replaceAll(place, (whole, inner: string) => {
      const mention = readMention(inner, findKeys);
      if (!mention) return whole;
      mentions.push(mention);
      return `${open}${mentions.length - 1}${close}`;
    });
  return mentions.length === 0 ? null : { mentions, marked };
}

function readMention(inner: string, findKeys: FindKeys): Mention | null {
  const match = named.exec(inner);
  if (!match) return null;
  const [, single, double, bare, rest = ''] = match;
  const asked = rest.split('|').flatMap((filter) => filter.trim() || []);
  // A name in quotes is only text, unless its answer is asked for.
  if (bare === undefined && !asked.includes('answer')) return null;
  if (asked.some((filter) => !filters.has(filter))) return null;
  const [key] = findKeys(single ?? double ?? bare ?? '');
  return key === undefined ? null : { key, isShown: asked.includes('answer') };
}

/** The first thing in a text that an engine would have filled in, and that is no mention; null if there is none. */
export function findUnread(text: string, findKeys: FindKeys): string | null {
  if (!/\{\{|\{%/.test(text)) return null;
  const left = readMentions(text, findKeys)?.marked ?? text.replaceAll(comment, '');
  return /\{\{[^}]{0,200}\}{0,2}|\{%[^}]{0,200}\}?/.exec(left)?.[0] ?? null;
}

/** Fills a text that `readMentions` has marked. */
export function fillMarked(marked: string, mentions: readonly Mention[], fill: (mention: Mention) => string): string {
  return marked.replaceAll(mark, (_, number: string) => {
    const mention = mentions[Number(number)];
    return mention ? fill(mention) : '';
  });
}

/**
 * Fills safe HTML that was made of such a text. What is filled in is escaped, and none of it is put into the address of a link:
 * answers are personal, and addresses are kept and passed on.
 */
export function fillHtml(html: string, mentions: readonly Mention[], fill: (mention: Mention) => string): string {
  const withoutAddresses = html.replaceAll(/ href="[^"]*"/g, (link) => link.replaceAll(markInAddress, ''));
  return fillMarked(withoutAddresses, mentions, (mention) => escapeHtml(fill(mention)));
}

const mark = /\ue000(\d{1,4})\ue001/g;
const markInAddress = /(?:\ue000|%EE%80%80)\d{1,4}(?:\ue001|%EE%80%81)/gi;

const withoutMarks = (text: string): string => text.replaceAll(/[\ue000\ue001]/g, '');
