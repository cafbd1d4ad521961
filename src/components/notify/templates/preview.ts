import { escapeHtml, writeEmail } from './email-markdown.ts';
import { keyOf, placeholdersOf } from './template-text.ts';
import type { TemplateType } from './templates.ts';
import { writeTextMessage, type TextMessage } from './text-message.ts';

/**
 * The HTML of an e-mail or a letter as a page of staff shows it: in the page's own classes, for no style stands in a page.
 * Placeholders that are not filled stand for themselves, also in the address of a link, which their brackets would end.
 */
export function previewHtml(body: string): string {
  const placeholders: string[] = [];
  // Characters for private use, which mean nothing to the markdown.
  const marked = body.replaceAll(/\(\([^()\n]+\)\)/g, (whole) => {
    placeholders.push(whole);
    return `\ue000${placeholders.length - 1}\ue001`;
  });
  return inClassesOfPage(writeEmail(marked).html).replaceAll(/\ue000(\d+)\ue001/g, (_whole, index: string) =>
    escapeHtml(placeholders[Number(index)] ?? ''),
  );
}

function inClassesOfPage(html: string): string {
  const classes: Readonly<Record<string, string>> = {
    h2: 'govuk-heading-m',
    h3: 'govuk-heading-s',
    p: 'govuk-body',
    ul: 'govuk-list govuk-list--bullet',
    ol: 'govuk-list govuk-list--number',
    hr: 'govuk-section-break govuk-section-break--m govuk-section-break--visible',
    blockquote: 'govuk-inset-text',
    a: 'govuk-link',
  };
  // Our own writer made it: every tag has its style first, and texts are escaped.
  return html.replaceAll(/<([a-z]\w*) style="[^"]*"/g, (_whole, tag: string) => {
    const name = classes[tag];
    return name === undefined ? `<${tag}` : `<${tag} class="${name}"`;
  });
}

/** What a text message of a template takes, with its placeholders standing for themselves. */
export function measureText(body: string, prefix: string | null): TextMessage {
  return writeTextMessage(body, prefix);
}

/** What is filled into the placeholders of a template, in the order in which they stand, each once. */
export function namesOf(template: { subject: string; body: string }): string[] {
  return placeholdersOf(`${template.subject}\n${template.body}`);
}

/** The columns of the file that a batch is sent from. */
export function columnsOf(template: { type: TemplateType; subject: string; body: string }): string[] {
  const first = {
    email: ['email address'],
    sms: ['phone number'],
    letter: Array.from({ length: 7 }, (_, index) => `address line ${index + 1}`),
  }[template.type];
  const known = new Set(first.map(keyOf));
  return [...first, ...namesOf(template).filter((name) => !known.has(keyOf(name)))];
}
