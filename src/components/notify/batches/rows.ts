import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { openSheet } from '#platform';
import { isLonger } from '../api/checks.ts';
import { Refusal } from '../api/refusals.ts';
import { readPersonalisation, writeContent } from '../content.ts';
import { addressKeys, readLetterAddress } from '../letter-address.ts';
import { emailFault, isAbroad, phoneFault, readEmailAddress, readPhoneNumber } from '../recipients.ts';
import type { Content } from '../messages.ts';
import { keyOf, placeholdersOf } from '../templates/template-text.ts';
import type { TemplateType, TemplateVersion } from '../templates/templates.ts';

/** A row of a batch as it was given: to whom, and what is filled in. */
export interface BatchRow {
  /** From 1, after the line of names. */
  readonly number: number;
  /** Empty for a letter, whose address is in its personalisation. */
  readonly to: string;
  readonly personalisation: Readonly<Record<string, unknown>>;
  readonly reference: string | null;
}

/** A row that cannot be read at all. */
export interface UnreadableRow {
  readonly number: number;
  readonly fault: string;
}

export const mostRows = 100_000;
const longestReference = 1000;
const longReference = `reference must be text of at most ${longestReference} characters`;

/** How the recipients' column is called, in any spelling. */
export const recipientColumns: Readonly<Record<TemplateType, readonly string[]>> = {
  email: ['email address', 'email', 'to'],
  sms: ['phone number', 'mobile number', 'phone', 'to'],
  letter: [],
};

/**
 * The rows of a table: CSV of any encoding and separator, or an Excel workbook. Its first row names the columns: the
 * recipient, and the placeholders of the template. A name that stands there more than once makes a list.
 *
 * @param path a file on this machine.
 * @throws Refusal where a column is missing or there are no rows; SheetProblem where it is no table.
 */
export async function* readTable(
  path: string,
  template: Pick<TemplateVersion, 'type' | 'subject' | 'body'>,
): AsyncGenerator<BatchRow | UnreadableRow> {
  const sheet = await openSheet(path);
  let names: readonly string[] | undefined;
  let count = 0;
  for await (const row of sheet.rows()) {
    if (row.unreadable === undefined && row.cells.every((cell) => cell.trim() === '')) continue;
    if (names === undefined) {
      names = row.cells.map((cell) => cell.trim());
      refuseMissingColumns(names, template);
      continue;
    }
    count += 1;
    if (row.unreadable === undefined) yield rowOf(count, names, row.cells, template);
    else yield { number: count, fault: row.unreadable };
  }
  if (names === undefined || count === 0) throw new Refusal('ValidationError', 'There are no rows of recipients');
}

/**
 * The rows of JSON lines: on each line an object with `to` (or `email_address`, `phone_number`), `personalisation` and
 * `reference`. Empty lines are passed over.
 *
 * @throws Refusal where there are no rows.
 */
export async function* readLines(path: string, type: TemplateType): AsyncGenerator<BatchRow | UnreadableRow> {
  const lines = createInterface({ input: createReadStream(path), crlfDelay: Infinity });
  let count = 0;
  for await (const line of lines) {
    if (line.trim() === '') continue;
    count += 1;
    yield readLine(count, line, type);
  }
  if (count === 0) throw new Refusal('ValidationError', 'There are no rows of recipients');
}

function readLine(number: number, line: string, type: TemplateType): BatchRow | UnreadableRow {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return { number, fault: 'the line is no JSON' };
  }
  if (!isRecord(value)) return { number, fault: 'the line is no JSON object' };
  const { personalisation = {}, reference = null, ...others } = value;
  if (!isRecord(personalisation)) return { number, fault: 'personalisation is not of type object' };
  if (reference !== null && (typeof reference !== 'string' || isLonger(reference, longestReference))) {
    return { number, fault: longReference };
  }
  const known = new Set(['to', 'email_address', 'phone_number'].slice(0, type === 'letter' ? 0 : 3));
  const strange = Object.keys(others).find((name) => !known.has(name));
  if (strange !== undefined)
    return { number, fault: `Additional properties are not allowed (${strange} was unexpected)` };
  const to = others['to'] ?? others[type === 'email' ? 'email_address' : 'phone_number'] ?? '';
  if (typeof to !== 'string') return { number, fault: 'to is not of type string' };
  return { number, to, personalisation, reference };
}

function refuseMissingColumns(
  names: readonly string[],
  template: Pick<TemplateVersion, 'type' | 'subject' | 'body'>,
): void {
  const keys = new Set(names.map(keyOf));
  const { type } = template;
  if (type === 'letter') {
    const lines = addressKeys.filter((key) => keys.has(key));
    if (lines.length < 3) {
      throw new Refusal('ValidationError', 'Missing columns: address line 1, address line 2 and so on, at least three');
    }
  } else if (!recipientColumns[type].some((name) => keys.has(keyOf(name)))) {
    throw new Refusal('ValidationError', `Missing column: ${recipientColumns[type][0] ?? ''}`);
  }
  const missing = placeholdersOf(`${template.subject}\n${template.body}`).filter((name) => !keys.has(keyOf(name)));
  if (missing.length > 0) throw new Refusal('ValidationError', `Missing columns: ${missing.join(', ')}`);
}

function rowOf(
  number: number,
  names: readonly string[],
  cells: readonly string[],
  { type }: Pick<TemplateVersion, 'type'>,
): BatchRow | UnreadableRow {
  const values = new Map<string, string | string[]>();
  const repeated = new Set(names.map(keyOf).filter((key, index, keys) => keys.indexOf(key) !== index));
  for (const [index, name] of names.entries()) {
    const key = keyOf(name);
    const cell = (cells[index] ?? '').trim();
    if (key === '') continue;
    if (!repeated.has(key)) values.set(key, cell);
    else values.set(key, [...[values.get(key) ?? []].flat(), ...(cell === '' ? [] : [cell])]);
  }
  const recipient = recipientColumns[type].map((name) => values.get(keyOf(name))).find((value) => value !== undefined);
  const reference = [values.get('reference') ?? ''].flat()[0] ?? '';
  if (isLonger(reference, longestReference)) return { number, fault: longReference };
  return {
    number,
    to: typeof recipient === 'string' ? recipient : (recipient?.[0] ?? ''),
    personalisation: Object.fromEntries(values),
    reference: reference === '' ? null : reference,
  };
}

/** A row as it is sent. */
export interface ReadyRow {
  readonly number: number;
  readonly to: string;
  /** The recipient as it stands in the row. */
  readonly writtenTo: string;
  readonly content: Content;
  readonly fragments: number | null;
  readonly postage: string | null;
  readonly reference: string | null;
}

/**
 * A row as it would be sent, or everything that is wrong with it: names of columns, and never what stands in them.
 *
 * @param given.prefix what text messages begin with.
 */
export function checkRow(
  row: BatchRow,
  given: { template: TemplateVersion; prefix: string | null; mayTextAbroad: boolean },
): ReadyRow | { readonly faults: readonly string[] } {
  const { template, prefix } = given;
  const faults = recipientFaults(row.to, template.type, given.mayTextAbroad);
  const values = new Map(Object.entries(row.personalisation).map(([name, value]) => [keyOf(name), value]));
  const missing = placeholdersOf(`${template.subject}\n${template.body}`).filter((name) => {
    const value = values.get(keyOf(name));
    return value === undefined || value === null;
  });
  faults.push(...missing.map((name) => `${name}: is missing`));
  try {
    const { personalisation } = readPersonalisation({ personalisation: row.personalisation, template });
    const address = template.type === 'letter' ? readLetterAddress(template, personalisation) : null;
    if (missing.length === 0) {
      const { content, fragments } = writeContent(template, { personalisation }, prefix);
      if (faults.length === 0) {
        const to = address?.to ?? (template.type === 'email' ? readEmailAddress(row.to) : readPhoneNumber(row.to));
        if (to !== null) {
          const { number, reference } = row;
          const writtenTo = template.type === 'letter' ? to : row.to;
          return { number, to, writtenTo, content, fragments, postage: address?.postage ?? null, reference };
        }
      }
    }
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    faults.push(...error.errors.map(({ message }) => message));
  }
  return { faults };
}

function recipientFaults(to: string, type: TemplateType, mayTextAbroad: boolean): string[] {
  if (type === 'letter') return [];
  const name = recipientColumns[type][0] ?? '';
  if (to.trim() === '') return [`${name}: is missing`];
  const fault = type === 'email' ? emailFault(to) : phoneFault(to);
  if (fault !== null) return [`${name}: ${fault}`];
  const number = type === 'sms' ? readPhoneNumber(to) : null;
  if (number !== null && isAbroad(number) && !mayTextAbroad) {
    return [`${name}: Cannot send to international mobile numbers`];
  }
  return [];
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
