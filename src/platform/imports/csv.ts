import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream';
import { CsvError, parse } from 'csv-parse';
import { parse as parseAtOnce } from 'csv-parse/sync';
import { SheetProblem, type SheetLimits, type SheetRow } from './sheet.ts';
import { surveyText, type TextEncoding } from './text-encoding.ts';

/** How a CSV file is written: RFC 4180, and what else is met. */
export interface CsvWriting {
  readonly encoding: TextEncoding;
  readonly separator: string;
  readonly description: string;
}

/**
 * Finds out how a CSV file is written, by reading all of it once for its encoding and its beginning for its separator.
 *
 * @throws SheetProblem where it is not text.
 */
export async function describeCsv(path: string): Promise<CsvWriting> {
  const survey = await surveyText(path);
  if (survey === null) {
    throw new SheetProblem('This file is not a table. Choose a CSV file or an Excel workbook (.xlsx).');
  }
  const separator = await findSeparator(path, survey.encoding);
  return {
    encoding: survey.encoding,
    separator,
    description: `CSV, ${encodingNames[survey.encoding]}, columns separated by ${separatorNames[separator] ?? separator}`,
  };
}

/**
 * The rows of a CSV file, streamed. A row that is not well-formed comes with `unreadable`, and the reading goes on behind
 * it; where a quotation mark is opened and never closed, the rest of the file cannot be told apart and one last row says so.
 */
export async function* readCsv(path: string, writing: CsvWriting, limits: SheetLimits): AsyncGenerator<SheetRow> {
  const parser = parse({
    delimiter: writing.separator,
    record_delimiter: lineEnds,
    bom: true,
    relax_column_count: true,
    relax_quotes: true,
    // A quotation mark that is never closed would otherwise gather the whole file.
    max_record_size: limits.cellCharacters * 8,
  });
  const source = createReadStream(path);
  // An error of the source or of the decoding destroys the parser, and so reaches the loop below.
  pipeline(
    source,
    (pieces: AsyncIterable<Buffer>) => decode(pieces, writing.encoding),
    parser,
    () => {},
  );
  let number = 0;
  try {
    for await (const cells of parser as AsyncIterable<string[]>) {
      number += 1;
      yield checkRow({ number, cells }, limits);
    }
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    yield { number: number + 1, cells: [], unreadable: csvFault(error) };
  } finally {
    source.destroy();
  }
}

/** Sets a row aside that is wider than any table, or holds a text longer than a spreadsheet's cell. */
export function checkRow(row: SheetRow, limits: SheetLimits): SheetRow {
  if (row.cells.length > limits.columns) {
    return {
      number: row.number,
      cells: [],
      unreadable: `The row has ${row.cells.length} columns; the most is ${limits.columns}.`,
    };
  }
  if (row.cells.some((cell) => cell.length > limits.cellCharacters)) {
    return { ...row, cells: [], unreadable: `A cell of the row has more than ${limits.cellCharacters} characters.` };
  }
  return row;
}

const encodingNames: Readonly<Record<TextEncoding, string>> = {
  'utf-8': 'UTF-8',
  'utf-16le': 'UTF-16',
  'utf-16be': 'UTF-16',
  'windows-1252': 'Windows Latin',
  macintosh: 'Mac Roman',
};

const separatorNames: Readonly<Record<string, string>> = {
  ',': 'commas',
  ';': 'semicolons',
  '\t': 'tabs',
  '|': 'vertical bars',
};

const lineEnds = ['\r\n', '\n', '\r'];

/** The separator by which the first rows have the most columns, and the same number of them. */
async function findSeparator(path: string, encoding: TextEncoding): Promise<string> {
  const sample = await beginningText(path, encoding, 65_536);
  let best = { separator: ',', score: 0 };
  for (const separator of Object.keys(separatorNames)) {
    let rows: string[][];
    try {
      rows = parseAtOnce(sample, {
        delimiter: separator,
        record_delimiter: lineEnds,
        bom: true,
        relax_column_count: true,
        relax_quotes: true,
        to: 50,
      });
    } catch {
      continue;
    }
    const widths = rows.map((row) => row.length);
    const usual = widths.toSorted((a, b) => a - b)[Math.floor(widths.length / 2)] ?? 1;
    const alike = widths.filter((width) => width === usual).length / Math.max(1, widths.length);
    const score = usual > 1 ? usual * alike : 0;
    if (score > best.score) best = { separator, score };
  }
  return best.separator;
}

async function* decode(pieces: AsyncIterable<Buffer>, encoding: TextEncoding): AsyncGenerator<string> {
  const decoder = new TextDecoder(encoding);
  for await (const piece of pieces) yield decoder.decode(piece, { stream: true });
  yield decoder.decode();
}

async function beginningText(path: string, encoding: TextEncoding, characters: number): Promise<string> {
  let text = '';
  for await (const piece of decode(createReadStream(path, { end: characters * 2 }), encoding)) {
    text += piece;
    if (text.length >= characters) break;
  }
  // The last line may have been cut, and a row that is cut would count as a narrow one.
  const end = Math.max(text.lastIndexOf('\n'), text.lastIndexOf('\r'));
  return end > 0 ? text.slice(0, end) : text;
}

function csvFault(error: CsvError): string {
  switch (error.code) {
    case 'CSV_QUOTE_NOT_CLOSED':
    case 'CSV_MAX_RECORD_SIZE':
      return 'A quotation mark (") is opened here or just before, and not closed, so the rest of the file cannot be told apart. Close it, or double it if it belongs to the text, and import the file again.';
    case 'CSV_INVALID_CLOSING_QUOTE':
      return 'A quotation mark (") stands inside a quoted text. Double it ("") and import the file again: the rest of the file was not read.';
    default:
      return 'From here on the file cannot be read as CSV. Mend this row and import the file again.';
  }
}
