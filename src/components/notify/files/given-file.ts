import { Refusal } from '../api/refusals.ts';

/** A file as it comes in the personalisation of an e-mail. */
export interface GivenFile {
  readonly content: Buffer;
  readonly name: string;
  /** Whether the recipient types their address before they get it. */
  readonly confirms: boolean;
  readonly keptWeeks: number;
}

export const mostFileBytes = 2_000_000;
const usualWeeks = 26;
const mostWeeks = 78;
const longestName = 100;

/** Whether a value of personalisation is a file. */
export function isGivenFile(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && 'file' in value;
}

/**
 * Reads a file: its content in base64, its name, and how it is opened.
 *
 * @throws Refusal in the words of the contract.
 */
export function readGivenFile(given: Readonly<Record<string, unknown>>): GivenFile {
  const { file, filename = null, is_csv: isCsv = null, ...others } = given;
  const { confirm_email_before_download: confirms = null, retention_period: period = null, ...strange } = others;
  const fault = (words: string): Refusal => new Refusal('ValidationError', `personalisation ${words}`);
  const unexpected = Object.keys(strange);
  if (unexpected.length > 0) {
    const were = unexpected.length === 1 ? 'was' : 'were';
    throw fault(`Additional properties are not allowed (${unexpected.join(', ')} ${were} unexpected)`);
  }
  if (isCsv !== null && typeof isCsv !== 'boolean') {
    throw fault(`Unsupported value for is_csv: ${shown(isCsv)}. Use a boolean true or false value.`);
  }
  if (filename !== null && isCsv !== null) throw fault('filename and is_csv cannot both be set');
  if (filename !== null && (typeof filename !== 'string' || !/[^.]\.[^.]+$/.test(filename))) {
    throw fault('`filename` must end with a file extension. For example, filename.csv');
  }
  if (typeof filename === 'string' && filename.length > longestName) {
    throw fault(`filename cannot be longer than ${longestName} characters`);
  }
  if (confirms !== null && typeof confirms !== 'boolean') {
    throw fault(
      `Unsupported value for confirm_email_before_download: ${shown(confirms)}. Use a boolean true or false value.`,
    );
  }
  const weeks = period === null ? usualWeeks : weeksOf(period);
  if (weeks === null) {
    throw fault(
      `Unsupported value for retention_period: ${shown(period)}. Supported periods are from 1 to ${mostWeeks} weeks.`,
    );
  }
  if (typeof file !== 'string' || !isBase64(file))
    throw new Refusal('BadRequestError', 'Document is not base64 encoded');
  const content = Buffer.from(file, 'base64');
  if (content.length > mostFileBytes) throw new Refusal('BadRequestError', 'File is larger than 2MB', 413);
  return {
    content,
    name: typeof filename === 'string' ? withoutPath(filename) : isCsv === true ? 'document.csv' : 'document',
    confirms: confirms ?? true,
    keptWeeks: weeks,
  };
}

function weeksOf(period: unknown): number | null {
  const weeks = typeof period === 'string' ? Number(/^(\d{1,3}) weeks?$/.exec(period.trim().toLowerCase())?.[1]) : 0;
  return weeks >= 1 && weeks <= mostWeeks ? weeks : null;
}

/** Whether a text is base64 (RFC 4648, section 4), white space apart. */
export function isBase64(text: string): boolean {
  const letters = text.replaceAll(/\s/g, '');
  return letters.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(letters);
}

function withoutPath(name: string): string {
  return (
    name
      .toWellFormed()
      .split(/[\\/]/)
      .at(-1)
      ?.replaceAll(/\p{Cc}/gu, '')
      .trim() || 'document'
  );
}

function shown(value: unknown): string {
  return (typeof value === 'string' ? value : JSON.stringify(value)).replaceAll(/["']/g, '').slice(0, 100);
}
