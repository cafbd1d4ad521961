/** A value of a cell: null is an empty one. Numbers are written as they are. */
export type Cell = string | number | boolean | null;

/**
 * A table as CSV (RFC 4180), with CRLF. What a spreadsheet would take for a formula is made text by an apostrophe before
 * it (https://owasp.org/www-community/attacks/CSV_Injection): a name that somebody typed must not run on the machine of
 * whoever opens the file. Numbers that are numbers stay numbers, also negative ones.
 */
export function writeCsv(head: readonly string[], rows: Iterable<readonly Cell[]>): string {
  const lines = [head.map(writeCell).join(',')];
  for (const row of rows) lines.push(row.map(writeCell).join(','));
  return `${lines.join('\r\n')}\r\n`;
}

function writeCell(value: Cell): string {
  if (value === null) return '';
  if (typeof value !== 'string') return String(value);
  // Also after white space and quotes, which spreadsheets pass over, and in its full-width forms.
  const text = /^[\s"']*[=+\-@＝＋－＠\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n;]|^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
