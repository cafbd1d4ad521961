import { components, escapeHtml } from '#design';
import { Parser } from 'htmlparser2';
import { Marked } from 'marked';
import type { Content, List } from '../definition/form.ts';

/** Renders a piece of content, once for each form version. Nothing in a definition can put a script into a page. */
export function renderContent(content: Content, lists: ReadonlyMap<string, List>): string {
  switch (content.kind) {
    case 'html':
      return safeHtml(content.content);
    case 'markdown':
      return renderMarkdown(content.content);
    case 'inset-text':
      return components.insetText({ html: safeHtml(content.content) });
    case 'details':
      return components.details({ summaryText: content.title, html: safeHtml(content.content) });
    case 'notification-banner': {
      const heading = content.heading
        ? `<p class="govuk-notification-banner__heading">${escapeHtml(content.heading)}</p>`
        : '';
      return components.notificationBanner({
        ...(content.success ? { type: 'success' } : {}),
        titleText: content.title || 'Important',
        html: heading + safeHtml(content.content),
      });
    }
    case 'list':
      return renderList(lists.get(content.list), content.numbered, content.hideTitle ? '' : content.title);
  }
}

const markdown = new Marked({ gfm: true, async: false });

/** Markdown as safe HTML in GOV.UK's classes. */
export function renderMarkdown(text: string): string {
  return safeHtml(markdown.parse(text, { async: false }));
}

function renderList(list: List | undefined, numbered: boolean, title: string): string {
  const tag = numbered ? 'ol' : 'ul';
  const items = (list?.items ?? []).map((item) => `<li>${escapeHtml(item.text)}</li>`).join('');
  const heading = title ? `<h2 class="govuk-heading-m">${escapeHtml(title)}</h2>` : '';
  return `${heading}<${tag} class="govuk-list govuk-list--${numbered ? 'number' : 'bullet'}">${items}</${tag}>`;
}

/** Tags that may stay, and the class that each gets if it brings none of GOV.UK's. */
const tags: Readonly<Record<string, string>> = {
  a: 'govuk-link',
  abbr: '',
  b: '',
  blockquote: 'govuk-inset-text',
  br: '',
  caption: 'govuk-table__caption',
  code: '',
  dd: 'govuk-summary-list__value',
  div: '',
  dl: 'govuk-summary-list',
  dt: 'govuk-summary-list__key',
  em: '',
  h2: 'govuk-heading-m',
  h3: 'govuk-heading-s',
  h4: 'govuk-heading-s',
  hr: 'govuk-section-break govuk-section-break--m govuk-section-break--visible',
  i: '',
  li: '',
  ol: 'govuk-list govuk-list--number',
  p: 'govuk-body',
  pre: '',
  span: '',
  strong: '',
  sub: '',
  sup: '',
  table: 'govuk-table',
  tbody: 'govuk-table__body',
  td: 'govuk-table__cell',
  th: 'govuk-table__header',
  thead: 'govuk-table__head',
  tr: 'govuk-table__row',
  u: '',
  ul: 'govuk-list govuk-list--bullet',
};

/** A page has one heading of the first level, its title. */
const renamed: Readonly<Record<string, string>> = { h1: 'h2', h5: 'h4', h6: 'h4' };

/** Left out with everything in them. */
const dropped = new Set([
  'script',
  'style',
  'iframe',
  'object',
  'template',
  'noscript',
  'title',
  'svg',
  'math',
  'select',
  'textarea',
  'button',
  'form',
]);
const empty = new Set(['br', 'hr']);

/**
 * Makes HTML from outside safe: it is parsed and written anew with only the tags and attributes known here, all text
 * escaped, every tag closed. There is nothing to slip through, since nothing is copied.
 */
export function safeHtml(html: string): string {
  let out = '';
  const open: string[] = [];
  let skipping = 0;
  const parser = new Parser(
    {
      onopentag(name, attributes) {
        if (skipping > 0 || dropped.has(name)) {
          if (!['input', 'img', 'br', 'hr', 'meta', 'link'].includes(name)) skipping++;
          return;
        }
        const tag = renamed[name] ?? name;
        if (!Object.hasOwn(tags, tag)) return;
        out += `<${tag}${safeAttributes(tag, attributes)}>`;
        if (!empty.has(tag)) open.push(tag);
      },
      ontext(text) {
        if (skipping === 0) out += escapeHtml(text);
      },
      onclosetag(name) {
        if (skipping > 0) {
          if (!['input', 'img', 'br', 'hr', 'meta', 'link'].includes(name)) skipping--;
          return;
        }
        const tag = renamed[name] ?? name;
        const at = open.lastIndexOf(tag);
        if (at === -1) return;
        for (const unclosed of open.splice(at).toReversed()) out += `</${unclosed}>`;
      },
    },
    { decodeEntities: true, lowerCaseTags: true, recognizeSelfClosing: false },
  );
  parser.write(html);
  parser.end();
  for (const unclosed of open.toReversed()) out += `</${unclosed}>`;
  return out;
}

function safeAttributes(tag: string, attributes: Readonly<Record<string, string>>): string {
  let out = '';
  const own = (attributes['class'] ?? '').split(/\s+/).filter((name) => /^govuk-[\w!-]+$/.test(name));
  const classes = own.length > 0 ? own.join(' ') : (tags[tag] ?? '');
  if (classes) out += ` class="${escapeHtml(classes)}"`;
  const link = attributes['href'];
  if (tag === 'a' && link !== undefined && isSafeLink(link)) {
    out += ` href="${escapeHtml(link.trim())}"`;
    if (attributes['target'] === '_blank') out += ' target="_blank" rel="noreferrer noopener"';
  }
  for (const name of ['colspan', 'rowspan']) {
    const span = attributes[name];
    if ((tag === 'td' || tag === 'th') && span !== undefined && /^\d{1,2}$/.test(span)) out += ` ${name}="${span}"`;
  }
  if (tag === 'th' && /^(?:row|col)$/.test(attributes['scope'] ?? '')) out += ` scope="${attributes['scope']}"`;
  const language = attributes['lang'];
  if (language !== undefined && /^[A-Za-z-]{2,12}$/.test(language)) out += ` lang="${language}"`;
  if (tag === 'abbr' && attributes['title']) out += ` title="${escapeHtml(attributes['title'])}"`;
  return out;
}

/** Web, mail and telephone links, and links within the site. */
function isSafeLink(link: string): boolean {
  const address = link.trim();
  if (/^(?:https?:\/\/|mailto:|tel:)/i.test(address)) return true;
  return /^(?:\/(?![/\\])|#|\?|[\w.-]+(?:[/?#]|$))/.test(address) && !/^[^/?#]*:/.test(address);
}
