/** A value of a cell: null is an empty one. Numbers are written as they are. */
export type CsvCell = string | number | bigint | boolean | null;

/** A table as CSV (RFC 4180), its head first. */
export function writeCsv(head: readonly string[], rows: Iterable<readonly CsvCell[]>): string {
  let text = csvLine(head);
  for (const row of rows) text += csvLine(row);
  return text;
}

/**
 * A line of CSV (RFC 4180), with its end. What a spreadsheet would take for a formula is made text by an apostrophe before it
 * (https://owasp.org/www-community/attacks/CSV_Injection): nothing that somebody typed may run on the machine of whoever opens
 * the file. Numbers stay numbers, also below zero.
 */
export function csvLine(cells: readonly CsvCell[]): string {
  return `${cells.map(writeCell).join(',')}\r\n`;
}

function writeCell(value: CsvCell): string {
  if (value === null) return '';
  if (typeof value !== 'string') return String(value);
  const text = isFormula(value) ? `'${value}` : value;
  return /[",\r\n;]|^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** Also after white space and quotes, which spreadsheets pass over, and in its full-width forms. */
const isFormula = (text: string): boolean =>
  /^[\s"']*[=+\-@＝＋－＠\t\r]/.test(text) && !/^-?\d+(?:\.\d+)?$/.test(text);
