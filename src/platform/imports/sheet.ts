import { open } from 'node:fs/promises';
import { describeCsv, readCsv } from './csv.ts';
import { openWorkbook } from './workbook.ts';

/** One row of a table in a file. */
export interface SheetRow {
  /** Its number as a spreadsheet shows it, or as the order of the records in a CSV file: from 1. */
  readonly number: number;
  /** The cells as text; days of a spreadsheet as ISO 8601. Empty cells are "". */
  readonly cells: readonly string[];
  /** Set where the row could not be read as cells: what is wrong and what to do. */
  readonly unreadable?: string;
}

/** A file with a table in it, opened for reading. It is streamed: neither the file nor the table is ever in memory whole. */
export interface Sheet {
  readonly format: 'csv' | 'xlsx';
  /** The names of the sheets of a workbook; none for CSV. */
  readonly sheetNames: readonly string[];
  /** How the file was understood, as it is told to people: `CSV, Mac Roman, columns separated by commas`. */
  readonly description: string;
  rows(): AsyncGenerator<SheetRow>;
}

/** How a file is read; what is left out is recognised. */
export interface SheetReading {
  /** The sheet of a workbook; the first that is shown where left out. */
  readonly sheetName?: string | undefined;
  readonly limits?: Partial<SheetLimits>;
}

/** What one file may ask of the machine. What goes beyond is refused, with the limit named. */
export interface SheetLimits {
  /** Bytes of the file. */
  readonly fileBytes: number;
  /** Bytes that the parts of a workbook may unpack to, all together. */
  readonly unpackedBytes: number;
  /** Characters of all the shared texts of a workbook, which are kept in memory. */
  readonly sharedCharacters: number;
  readonly columns: number;
  readonly cellCharacters: number;
}

/** 250 MB of CSV are about two million rows; a workbook that unpacks to 500 MB has about as many. */
export const sheetLimits: SheetLimits = {
  fileBytes: 250_000_000,
  unpackedBytes: 500_000_000,
  sharedCharacters: 50_000_000,
  columns: 1000,
  cellCharacters: 32_767,
};

/** A file that cannot be read as a table. The message is for the person who sent it. */
export class SheetProblem extends Error {
  constructor(message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'SheetProblem';
  }
}

/**
 * Opens a CSV file (whatever its encoding, separator and line ends) or an XLSX workbook (Office Open XML, ECMA-376) by
 * what is in it, not by its name.
 *
 * @param path a file on this machine.
 * @throws SheetProblem where it is neither, or beyond the limits.
 */
export async function openSheet(path: string, reading: SheetReading = {}): Promise<Sheet> {
  const limits = { ...sheetLimits, ...reading.limits };
  const { size, start } = await beginningOf(path);
  if (size === 0) throw new SheetProblem('The file is empty. Choose a file with a table in it.');
  if (size > limits.fileBytes) {
    throw new SheetProblem(
      `The file has ${inMegabytes(size)}; the most that is read is ${inMegabytes(limits.fileBytes)}. Split it into smaller files.`,
    );
  }
  if (start.subarray(0, 4).equals(zipMark)) {
    const workbook = await openWorkbook(path, limits);
    const sheetName = reading.sheetName ?? workbook.sheetNames[0];
    if (sheetName === undefined || !workbook.sheetNames.includes(sheetName)) {
      throw new SheetProblem(`There is no sheet "${sheetName ?? ''}" in the workbook. Choose another.`);
    }
    return {
      format: 'xlsx',
      sheetNames: workbook.sheetNames,
      description: `Excel workbook, sheet “${sheetName}”`,
      rows: () => workbook.rows(sheetName),
    };
  }
  for (const [mark, name] of otherFormats) {
    if (start.subarray(0, mark.length).equals(mark)) {
      throw new SheetProblem(`This is ${name}. Save it as an Excel workbook (.xlsx) or as CSV, and choose that file.`);
    }
  }
  const csv = await describeCsv(path);
  return { format: 'csv', sheetNames: [], description: csv.description, rows: () => readCsv(path, csv, limits) };
}

/** How a size is said to people. */
export function inMegabytes(bytes: number): string {
  return `${(bytes / 1_000_000).toLocaleString('en-GB', { maximumFractionDigits: bytes < 10_000_000 ? 1 : 0 })} MB`;
}

const zipMark = Buffer.from('PK\u0003\u0004', 'latin1');
const otherFormats: readonly (readonly [Buffer, string])[] = [
  [Buffer.from('d0cf11e0a1b11ae1', 'hex'), 'an old Excel workbook (.xls), or one with a password'],
  [Buffer.from('%PDF'), 'a PDF'],
  [Buffer.from('{\\rtf'), 'a text document (RTF)'],
  [Buffer.from('1f8b', 'hex'), 'a compressed file'],
  [Buffer.from('89504e47', 'hex'), 'a picture'],
  [Buffer.from('ffd8ff', 'hex'), 'a picture'],
];

async function beginningOf(path: string): Promise<{ size: number; start: Buffer }> {
  const file = await open(path);
  try {
    const { size } = await file.stat();
    const start = Buffer.alloc(8);
    await file.read(start, 0, 8, 0);
    return { size, start };
  } finally {
    await file.close();
  }
}
