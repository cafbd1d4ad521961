/**
 * The markdown of e-mails, as GOV.UK Notify has it: headings, bullets, numbers, links, a horizontal rule and inset text.
 * There is no emphasis, no code and no HTML: their characters stand for themselves.
 */

const ink = 'color: #0b0c0c;';

/** The two alternatives of an e-mail's text. */
export interface WrittenEmail {
  readonly html: string;
  readonly text: string;
}

/** A piece of a text: what letters are set from as well. */
export type Block =
  | { readonly kind: 'heading'; readonly level: 1 | 2; readonly line: string }
  | { readonly kind: 'paragraph'; readonly lines: readonly string[] }
  | { readonly kind: 'list'; readonly ordered: boolean; readonly items: readonly (readonly string[])[] }
  | { readonly kind: 'rule' }
  | { readonly kind: 'inset'; readonly blocks: readonly Block[] };

type Span =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'link'; readonly text: string; readonly address: string; readonly title: string | null };

const headingLine = /^ {0,3}(#{1,6}) *(\S.*)$/;
const ruleLine = /^ {0,3}([-*_])(?: *\1){2,} *$/;
/** Two stars are emphasis elsewhere, and a figure is no item: `**bold**`, `-5 degrees`, `1.5 million`. */
const bulletLine = /^ *(?:\*(?!\*)|•|-(?![\d-])) *(.*)$/;
const numberLine = /^ *\d{1,9}\.(?!\d) *(.*)$/;
const insetLine = /^ *\^ ?(.*)$/;
/** How deep inset text may be set in inset text; beyond, carets stand for themselves. */
const deepestInset = 3;

/**
 * Renders the body of an e-mail.
 *
 * @param body with its placeholders filled.
 */
export function writeEmail(body: string): WrittenEmail {
  const blocks = readBlocks(body.replaceAll(/\r\n?/g, '\n').replaceAll('\u2028', '').split('\n'));
  return {
    html: blocks.map(blockHtml).join('\n'),
    text: `${blocks.map(blockText).join('\n\n').trim()}\n`,
  };
}

/** A whole document around the HTML of a body, for clients that show e-mails as HTML. `sender` stands above the text. */
export function emailDocument({ subject, html, sender }: { subject: string; html: string; sender: string }): string {
  return `<!doctype html>
<html lang="en-GB">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${escapeHtml(subject)}</title>
</head>
<body style="margin: 0; padding: 0; background: #ffffff; font-family: Helvetica, Arial, sans-serif;">
<div role="article" style="max-width: 580px; margin: 0 auto; padding: 30px 10px;">
<p style="margin: 0 0 30px 0; padding: 0 0 10px 0; border-bottom: 2px solid #0b0c0c; font-size: 19px; line-height: 25px; font-weight: bold; ${ink}">${escapeHtml(sender)}</p>
${html}
</div>
</body>
</html>
`;
}

/** A subject, or another text of one line: with the typography of the body. */
export function tidyTypography(text: string): string {
  return typography(text, ' ');
}

/** The pieces of a text, from its lines. */
export function readBlocks(lines: readonly string[], depth = 0): Block[] {
  const blocks: Block[] = [];
  let at = 0;
  const nextWords = indexWords(lines);
  const lineAt = (index: number): string => lines[index] ?? '';
  while (at < lines.length) {
    const line = lineAt(at);
    const heading = headingLine.exec(line);
    if (line.trim() === '') {
      at += 1;
    } else if (ruleLine.test(line)) {
      blocks.push({ kind: 'rule' });
      at += 1;
    } else if (heading !== null) {
      const [, marks = '', words = ''] = heading;
      blocks.push(
        marks.length <= 2
          ? { kind: 'heading', level: marks.length === 1 ? 1 : 2, line: withoutMarks(words) }
          : { kind: 'paragraph', lines: [withoutMarks(words)] },
      );
      at += 1;
    } else if (depth < deepestInset && insetLine.test(line)) {
      const inside: string[] = [];
      // It goes on to the next empty line, and over that where the text after it is inset too.
      while (at < lines.length && (lineAt(at).trim() !== '' || insetLine.test(nextWords(at)))) {
        inside.push(insetLine.exec(lineAt(at))?.[1] ?? lineAt(at));
        at += 1;
      }
      const within = readBlocks(inside, depth + 1);
      if (within.length > 0) blocks.push({ kind: 'inset', blocks: within });
    } else if (itemOf(line) !== null) {
      const ordered = numberLine.test(line);
      const items: string[][] = [];
      while (at < lines.length) {
        const item = ruleLine.test(lineAt(at)) ? null : itemOf(lineAt(at));
        if (item !== null) items.push([item]);
        else if (lineAt(at).trim() === '') {
          const next = nextWords(at);
          if (ruleLine.test(next) || itemOf(next) === null) break;
        } else if (ruleLine.test(lineAt(at)) || headingLine.test(lineAt(at)) || insetLine.test(lineAt(at))) break;
        else items.at(-1)?.push(lineAt(at).trim());
        at += 1;
      }
      const filled = items.filter((item) => item.some((part) => part !== ''));
      if (filled.length > 0) blocks.push({ kind: 'list', ordered, items: filled });
    } else {
      const words: string[] = [];
      while (at < lines.length && lineAt(at).trim() !== '' && (words.length === 0 || !interrupts(lineAt(at), depth))) {
        words.push(lineAt(at).trim());
        at += 1;
      }
      blocks.push({ kind: 'paragraph', lines: words });
    }
  }
  return blocks;
}

function itemOf(line: string): string | null {
  const found = bulletLine.exec(line) ?? numberLine.exec(line);
  return found === null ? null : (found[1] ?? '').trim();
}

/** A list needs an empty line before it, as in GOV.UK Notify; these do not. */
function interrupts(line: string, depth: number): boolean {
  return ruleLine.test(line) || headingLine.test(line) || (depth < deepestInset && insetLine.test(line));
}

/** A heading may end with marks as well. */
function withoutMarks(words: string): string {
  let end = words.length;
  while (end > 0 && (words[end - 1] === '#' || words[end - 1] === ' ')) end -= 1;
  return words.slice(0, end);
}

/** For each line, the first line from there on that is not empty. */
function indexWords(lines: readonly string[]): (at: number) => string {
  const next: string[] = [];
  let found = '';
  for (const line of lines.toReversed()) {
    if (line.trim() !== '') found = line;
    next.push(found);
  }
  return (at) => next[lines.length - 1 - at] ?? '';
}

const body = `font-size: 19px; line-height: 25px; ${ink}`;

function blockHtml(block: Block): string {
  switch (block.kind) {
    case 'heading': {
      const size = block.level === 1 ? 'font-size: 27px; line-height: 35px;' : 'font-size: 19px; line-height: 25px;';
      const tag = block.level === 1 ? 'h2' : 'h3';
      return `<${tag} style="margin: 0 0 15px 0; padding: 10px 0 0 0; ${size} font-weight: bold; ${ink}">${linesHtml([block.line])}</${tag}>`;
    }
    case 'paragraph':
      return `<p style="margin: 0 0 20px 0; ${body}">${linesHtml(block.lines)}</p>`;
    case 'list': {
      const tag = block.ordered ? 'ol' : 'ul';
      const items = block.items.map((item) => `<li style="margin: 5px 0; padding: 0 0 0 5px;">${linesHtml(item)}</li>`);
      return `<${tag} style="margin: 0 0 20px 20px; padding: 0; ${body}">${items.join('')}</${tag}>`;
    }
    case 'rule':
      return '<hr style="border: 0; height: 1px; background: #b1b4b6; margin: 30px 0;">';
    case 'inset':
      return `<blockquote style="margin: 0 0 20px 0; border-left: 10px solid #b1b4b6; padding: 15px 0 0.1px 15px; ${body}">${block.blocks.map(blockHtml).join('')}</blockquote>`;
  }
}

const width = 65;

function blockText(block: Block): string {
  switch (block.kind) {
    case 'heading':
      return `\n${linesText([block.line])}\n${(block.level === 1 ? '=' : '-').repeat(width)}`;
    case 'paragraph':
      return linesText(block.lines);
    case 'list':
      return block.items.map((item, index) => `${block.ordered ? `${index + 1}.` : '•'} ${linesText(item)}`).join('\n');
    case 'rule':
      return '=-'.repeat(width).slice(0, width);
    case 'inset':
      return block.blocks.map(blockText).join('\n\n');
  }
}

function linesHtml(lines: readonly string[]): string {
  return lines.map((line) => spansOf(line).map(spanHtml).join('')).join('<br>');
}

/** Lines as plain text: a link shows where it leads. */
export function linesText(lines: readonly string[]): string {
  return lines
    .map((line) =>
      spansOf(line)
        .map((span) => {
          if (span.kind === 'text' || span.text === span.address) return span.text;
          return `${span.text}${span.title === null ? '' : ` (${span.title})`}: ${span.address}`;
        })
        .join(''),
    )
    .join('\n');
}

function spanHtml(span: Span): string {
  if (span.kind === 'text') return escapeHtml(span.text);
  const title = span.title === null ? '' : ` title="${escapeHtml(span.title)}"`;
  return `<a style="word-wrap: break-word; color: #1d70b8;" href="${escapeHtml(span.address)}"${title}>${escapeHtml(span.text)}</a>`;
}

/**
 * In this order: an escaped character, an image (which is left out), a link with its text, and an address by itself. A
 * link leads to the web, to an e-mail address or to a telephone, and nowhere else.
 */
const inline =
  /\\([\\`*{}[\]()#+\-.!_>~|^•:])|!\[[^[\]]*\]\([^()\s]*\)|\[([^[\]]+)\]\(\s*((?:https?:\/\/|mailto:|tel:)[^\s()<>]*(?:\([^\s()<>]*\)[^\s()<>]*)*)(?:\s+(?:"([^"]*)"|'([^']*)'))?\s*\)|(https?:\/\/[^\s<>]+[^\s<>.,:;"')\]!?])/gi;

function spansOf(line: string): Span[] {
  const spans: Span[] = [];
  let before = ' ';
  let at = 0;
  const add = (words: string, literally: boolean): void => {
    if (words === '') return;
    spans.push({ kind: 'text', text: literally ? words : typography(words, before) });
    before = words.at(-1) ?? before;
  };
  for (const found of line.matchAll(inline)) {
    add(line.slice(at, found.index), false);
    at = found.index + found[0].length;
    const [, escaped, words, address, doublyQuoted, singlyQuoted, bare] = found;
    if (escaped !== undefined) add(escaped, true);
    else if (words !== undefined && address !== undefined) {
      spans.push({
        kind: 'link',
        text: typography(words, before),
        address,
        title: doublyQuoted ?? singlyQuoted ?? null,
      });
      before = words.at(-1) ?? before;
    } else if (bare !== undefined) {
      spans.push({ kind: 'link', text: bare, address: bare, title: null });
      before = 'x';
    }
  }
  add(line.slice(at), false);
  return spans;
}

/** An e-mail address keeps its own apostrophes. */
const emailAddress = /[^\s"‘’“”<>()@]{1,64}@[^\s"‘’“”<>()@]{1,253}\.[^\s"‘’“”<>()@]{1,63}/g;

/** Curly quotes, dashes between spaces, and no space before a comma or a full stop. `before` is the character it follows. */
function typography(text: string, before: string): string {
  // Most texts have nothing in them that is written another way.
  if (!/["']|[ \t][-–—,.]/.test(text)) return text;
  const tidied = text
    .replaceAll(/(?<![ \t])[ \t]+([,.])(?=\s|$)/g, '$1')
    .replaceAll(/(?<![ \t])[ \t]+[-–—]{1,3}[ \t]+/g, ' – ');
  let written = '';
  let at = 0;
  for (const found of tidied.matchAll(emailAddress)) {
    written += curlQuotes(tidied.slice(at, found.index), written.at(-1) ?? before) + found[0];
    at = found.index + found[0].length;
  }
  return written + curlQuotes(tidied.slice(at), written.at(-1) ?? before);
}

function curlQuotes(text: string, before: string): string {
  const letters = Array.from(text);
  let last = before;
  let curled = '';
  for (const [index, letter] of letters.entries()) {
    // The eighties, and what is after a space or an opening bracket, look different.
    const opens =
      /[\s([{\-–—/“‘]/.test(last) && !(letter === "'" && /^\d\ds\b/.test(letters.slice(index + 1, index + 5).join('')));
    const shown = letter === '"' ? (opens ? '“' : '”') : letter === "'" ? (opens ? '‘' : '’') : letter;
    curled += shown;
    last = shown;
  }
  return curled;
}

/** Text as it stands in HTML, in an element or a quoted attribute. */
export function escapeHtml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;');
}
