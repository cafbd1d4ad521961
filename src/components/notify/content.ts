import { Refusal } from './api/refusals.ts';
import { addressKeys } from './letter-address.ts';
import type { Content } from './messages.ts';
import { tidyTypography } from './templates/email-markdown.ts';
import {
  fillPlaceholders,
  keyOf,
  placeholdersOf,
  type Personalisation,
  type PersonalisationValue,
} from './templates/template-text.ts';
import type { TemplateVersion } from './templates/templates.ts';
import { longestTextMessage, writeTextMessage } from './templates/text-message.ts';

const longestEmailBytes = 2_000_000;

/** Fills a template as it is sent, and as the API answers it. `prefix` is what text messages begin with. */
export function writeContent(
  template: Pick<TemplateVersion, 'type' | 'subject' | 'body'>,
  request: { personalisation: Personalisation; unsubscribeUrl?: string | null },
  prefix: string | null,
): { content: Content; fragments: number | null } {
  const isText = template.type === 'sms';
  const filled = fillPlaceholders({ subject: template.subject, body: template.body }, request.personalisation, {
    bullets: isText ? [] : ['body'],
  });
  const body = filled.body.replaceAll(/\r\n?/g, '\n').trim();
  const isEmpty = (): Refusal => new Refusal('BadRequestError', 'Your message is empty.');
  if (body === '') throw isEmpty();
  if (isText) {
    const { text, fragments, length } = writeTextMessage(body, prefix);
    // Of what takes no place on a screen nothing is left.
    if (length === 0) throw isEmpty();
    if (length > longestTextMessage) {
      throw new Refusal(
        'BadRequestError',
        `Your message is too long. Text messages cannot be longer than ${longestTextMessage} characters. Your message is ${length} characters long.`,
      );
    }
    return { content: { subject: '', body, text }, fragments };
  }
  const bytes = Buffer.byteLength(body);
  if (bytes > longestEmailBytes) {
    throw new Refusal(
      'BadRequestError',
      `Your message is too long. Emails cannot be longer than ${longestEmailBytes} bytes. Your message is ${bytes} bytes long.`,
    );
  }
  // A line break would begin a header of its own.
  const subject = tidyTypography(filled.subject.replaceAll(/[\s\p{Cc}]+/gu, ' ')).trim();
  const unsubscribeUrl = request.unsubscribeUrl ?? null;
  return { content: { subject, body, ...(unsubscribeUrl === null ? {} : { unsubscribeUrl }) }, fragments: null };
}

export type Sanitised = Readonly<Record<string, { readonly original: string; readonly sanitised: string }>>;

/**
 * The values that are filled in.
 *
 * @param request.sanitise names of placeholders whose values come from strangers: nothing in them becomes a format.
 * @param request.template what they are filled into: some departments send more than it asks for, whatever that is.
 * @throws Refusal where one that the template asks for is no text, number, yes or no, or list of those.
 */
export function readPersonalisation(request: {
  personalisation: Readonly<Record<string, unknown>>;
  sanitise?: readonly string[];
  template: Pick<TemplateVersion, 'subject' | 'body'>;
}): { personalisation: Personalisation; sanitised: Sanitised } {
  const { personalisation: given, sanitise = [] } = request;
  if (sanitise.length === 0 && isAllReadable(given)) return { personalisation: given, sanitised: {} };
  const strange = new Set(sanitise.map(keyOf));
  const personalisation = new Map<string, PersonalisationValue>();
  const sanitised = new Map<string, { original: string; sanitised: string }>();
  for (const [name, value] of Object.entries(given)) {
    if (!isReadable(value)) {
      if (!asksFor(request.template, name)) continue;
      throw new Refusal(
        'ValidationError',
        `personalisation ${name} is not of type string, number, boolean, array, null`,
      );
    }
    if (!strange.has(keyOf(name)) || value === null) {
      personalisation.set(name, value);
      continue;
    }
    const original = fillPlaceholders({ text: '((value))' }, { value }, { bullets: ['text'] }).text;
    const plain = isListOfSimple(value)
      ? value.map((item) => withoutFormats(String(item ?? '')))
      : withoutFormats(original);
    personalisation.set(name, plain);
    const shown = fillPlaceholders({ text: '((value))' }, { value: plain }, { bullets: ['text'] }).text;
    if (shown !== original) sanitised.set(name, { original, sanitised: shown });
  }
  return { personalisation: Object.fromEntries(personalisation), sanitised: Object.fromEntries(sanitised) };
}

function isAllReadable(values: Readonly<Record<string, unknown>>): values is Personalisation {
  return Object.values(values).every(isReadable);
}

function isReadable(value: unknown): value is Exclude<PersonalisationValue, undefined> {
  return isSimple(value) || isListOfSimple(value);
}

function asksFor(template: Pick<TemplateVersion, 'subject' | 'body'>, name: string): boolean {
  const key = keyOf(name);
  return (
    addressKeys.includes(key) ||
    placeholdersOf(`${template.subject}\n${template.body}`).some((placeholder) => keyOf(placeholder) === key)
  );
}

function isListOfSimple(value: unknown): value is (string | number | boolean | null)[] {
  return Array.isArray(value) && value.every(isSimple);
}

function isSimple(value: unknown): value is string | number | boolean | null {
  return value === null || typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
}

/** Puts a backslash before whatever would become a link, a heading, an item or another format of e-mails. */
function withoutFormats(text: string): string {
  return text.replaceAll(/[\\*[\]#^•]|(?<=^ *)[-_]|(?<=^ *\d{1,9})\.|:(?=\/\/)/gm, String.raw`\$&`);
}
