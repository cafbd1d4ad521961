import {
  brief,
  CellProblem,
  looksLikeDay,
  orderOfDays,
  readAmountText,
  readDayText,
  readNumberText,
  readText,
  readWholeNumberText,
  readYesOrNoText,
  type DayOrder,
} from './values.ts';
import type { SheetRow } from './sheet.ts';

/** What the cells of a field hold. */
export type FieldKind = 'text' | 'day' | 'amount' | 'number' | 'whole number' | 'yes or no' | 'choice';

/** Something that an import can take from a column of a table. */
export interface ImportField {
  /** Its name in the record that is handed over: `endsOn`. */
  readonly name: string;
  /** What it is called on pages: `End date`. */
  readonly label: string;
  readonly hint?: string;
  readonly kind: FieldKind;
  readonly required?: boolean;
  /** Other names of the column, as they are met in files. Case, punctuation and plurals do not matter. */
  readonly alsoCalled?: readonly string[];
  /** For a choice: each value with the words that stand for it. The value itself counts too. */
  readonly choices?: Readonly<Record<string, readonly string[]>>;
}

/** Which column of a file is which field. Numbers count from 0; a field that is left out is not taken. */
export interface ImportMapping {
  readonly columns: Readonly<Record<string, number>>;
  /** The number of the row that holds the names of the columns, as in SheetRow; what is above it is passed over. */
  readonly headingRow: number;
  readonly dayOrder: DayOrder;
  readonly sheetName?: string;
}

/** A record read from one row: each field's value, with days as ISO dates and amounts in minor units. Empty cells are left out. */
export type ImportRecord = Readonly<Record<string, string | number | boolean>>;

/** A row that cannot be taken: what is wrong in which field, and what to do. */
export class RowProblem extends Error {
  /** The name of the field, where one is to blame. */
  readonly field: string | undefined;

  constructor(message: string, field?: string) {
    super(message);
    this.name = 'RowProblem';
    this.field = field;
  }
}

/** The beginning of a table, as the step of mapping shows it. */
export interface TableBeginning {
  readonly rows: readonly SheetRow[];
}

/** The columns of a table with their headings and what is in them. */
export interface TableColumn {
  readonly index: number;
  readonly heading: string;
  /** A few different values, in order, for people to recognise the column by. */
  readonly samples: readonly string[];
}

/**
 * Finds the row that holds the names of the columns: the first that is as wide as the table usually is, all of texts that
 * are no numbers and no dates, and different from each other. Titles and notes above it are passed over.
 */
export function findHeadingRow(rows: readonly SheetRow[]): number {
  const widths = rows.map((row) => row.cells.filter((cell) => cell.trim() !== '').length);
  const usual = widths.toSorted((a, b) => a - b)[Math.floor(widths.length / 2)] ?? 1;
  const found = rows.find((row, index) => {
    const filled = row.cells.map((cell) => cell.trim()).filter((cell) => cell !== '');
    return (
      (widths[index] ?? 0) >= Math.max(1, usual * 0.6) &&
      filled.every((cell) => !isFigure(cell) && !looksLikeDay(cell)) &&
      new Set(filled.map(plainName)).size === filled.length
    );
  });
  return found?.number ?? rows[0]?.number ?? 1;
}

/** The columns below a heading row, each with a few samples. */
export function columnsOf(rows: readonly SheetRow[], headingRow: number): TableColumn[] {
  const headings = rows.find((row) => row.number === headingRow)?.cells ?? [];
  const below = rows.filter((row) => row.number > headingRow);
  const width = Math.max(headings.length, ...below.map((row) => row.cells.length));
  return Array.from({ length: width }, (_, index) => ({
    index,
    heading: headings[index]?.trim() ?? '',
    samples: [...new Set(below.map((row) => row.cells[index]?.trim() ?? '').filter((cell) => cell !== ''))].slice(
      0,
      200,
    ),
  })).filter((column) => column.heading !== '' || column.samples.length > 0);
}

/**
 * Proposes which column is which field, by the names of the columns first and by what is in them second. Each column is
 * given to one field at most; a field whose column nobody can tell is left out, for a person to choose.
 */
export function proposeMapping(
  fields: readonly ImportField[],
  rows: readonly SheetRow[],
  headingRow: number = findHeadingRow(rows),
): ImportMapping {
  const columns = columnsOf(rows, headingRow);
  const pairs = fields
    .flatMap((field, order) => columns.map((column) => ({ field, column, order, score: likeness(field, column) })))
    .filter((pair) => pair.score >= leastLikeness)
    .toSorted((a, b) => b.score - a.score || a.order - b.order || a.column.index - b.column.index);
  const mapped = new Map<string, number>();
  const taken = new Set<number>();
  for (const { field, column } of pairs) {
    if (mapped.has(field.name) || taken.has(column.index)) continue;
    mapped.set(field.name, column.index);
    taken.add(column.index);
  }
  const days = fields
    .filter((field) => field.kind === 'day')
    .flatMap((field) => columns.find((column) => column.index === mapped.get(field.name))?.samples ?? []);
  return { columns: Object.fromEntries(mapped), headingRow, dayOrder: orderOfDays(days) };
}

/** What a person must still settle before a mapping can be used: the labels of fields that are required and have no column. */
export function missingFields(fields: readonly ImportField[], mapping: ImportMapping): ImportField[] {
  return fields.filter((field) => field.required === true && mapping.columns[field.name] === undefined);
}

/**
 * Reads one row by a mapping.
 *
 * @throws RowProblem naming the field and what to do. Where several cells are wrong, the first in the order of the fields.
 */
export function readRecord(
  fields: readonly ImportField[],
  mapping: ImportMapping,
  cells: readonly string[],
): ImportRecord {
  const record: Record<string, string | number | boolean> = {};
  for (const field of fields) {
    const column = mapping.columns[field.name];
    if (column === undefined) continue;
    const text = (cells[column] ?? '').trim();
    if (isEmptyCell(text)) {
      if (field.required === true) throw new RowProblem(`${field.label} is empty. Fill it in.`, field.name);
      continue;
    }
    try {
      record[field.name] = readCell(field, text, mapping.dayOrder);
    } catch (error) {
      if (error instanceof CellProblem) throw new RowProblem(`${field.label}: ${error.message}`, field.name);
      throw error;
    }
  }
  return record;
}

/** Whether a row has nothing in it, or only what stands for nothing. */
export function isEmptyRow(cells: readonly string[]): boolean {
  return cells.every((cell) => cell.trim() === '');
}

/** The headings of a table as one text that is the same whenever the same columns come again, by which a mapping is remembered. */
export function headingsKey(rows: readonly SheetRow[], headingRow: number): string {
  return (rows.find((row) => row.number === headingRow)?.cells ?? []).map(plainName).join('|');
}

function readCell(field: ImportField, text: string, dayOrder: DayOrder): string | number | boolean {
  switch (field.kind) {
    case 'text':
      return readText(text);
    case 'day':
      return readDayText(text, dayOrder);
    case 'amount':
      return readAmountText(text);
    case 'number':
      return readNumberText(text);
    case 'whole number':
      return readWholeNumberText(text);
    case 'yes or no':
      return readYesOrNoText(text);
    case 'choice': {
      const choice = choiceOf(field, text);
      if (choice === undefined) {
        throw new CellProblem(
          `"${brief(text)}" is not one of the choices. Write one of: ${Object.keys(field.choices ?? {}).join(', ')}.`,
        );
      }
      return choice;
    }
  }
}

function choiceOf(field: ImportField, text: string): string | undefined {
  const wanted = plainName(text);
  return Object.entries(field.choices ?? {}).find(([value, words]) =>
    [value, ...words].some((word) => plainName(word) === wanted),
  )?.[0];
}

/** How those who fill in tables say that there is nothing. */
function isEmptyCell(text: string): boolean {
  return (
    text === '' ||
    ['-', '–', '—', 'n/a', '#n/a', 'null', 'nil', 'none', 'tbc', 'not known', 'unknown'].includes(text.toLowerCase())
  );
}

/** A name without case, punctuation, filler words and plurals, and with camelCase taken apart. */
export function plainName(text: string): string {
  return wordsOf(text).join(' ');
}

function wordsOf(text: string): string[] {
  return text
    .replaceAll(/(\p{Ll})(\p{Lu}\p{Ll})/gu, '$1 $2')
    .normalize('NFKD')
    .replaceAll(/\p{M}/gu, '')
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u)
    .filter((word) => word !== '' && !fillers.has(word))
    .map((word) => (word.length > 3 && word.endsWith('s') && !word.endsWith('ss') ? word.slice(0, -1) : word));
}

const fillers = new Set(['the', 'of', 'a', 'an', 'and', 'in', 'for', 'to', 'gbp']);

/** Below this a column is left for a person to choose. */
const leastLikeness = 0.5;

/** How well a column fits a field, from 0 to 2: its name counts up to 1, and what is in it up to 1, where both can be told. */
function likeness(field: ImportField, column: TableColumn): number {
  const name = Math.max(
    ...[field.label, field.name, ...(field.alsoCalled ?? [])].map((each) => likenessOfNames(each, column.heading)),
  );
  const content = likenessOfContent(field, column.samples);
  // A column whose cells cannot be read as the field holds is not it, whatever it is called.
  if (content !== undefined && content < 0.3) return 0;
  if (name >= 0.5) return name + (content ?? 0.5);
  // Without a name to go by, only the words of a choice are telling enough.
  return field.kind === 'choice' && content !== undefined && content >= 0.8 && column.samples.length > 1 ? 0.5 : 0;
}

function likenessOfNames(name: string, heading: string): number {
  const [wanted, words] = [wordsOf(name), wordsOf(heading)];
  if (wanted.length === 0 || words.length === 0) return 0;
  if (wanted.join('') === words.join('')) return 1;
  const shared = wanted.filter((word) => words.includes(word)).length;
  // Every word of the field stands in the heading: "Contract end date (latest)" for "End date".
  const both = (2 * shared) / (wanted.length + words.length);
  return shared === wanted.length ? Math.max(0.6, both * 0.95) : both * 0.8;
}

/** The share of the samples that can be read as the field holds; undefined where any text would do. */
function likenessOfContent(field: ImportField, samples: readonly string[]): number | undefined {
  const filled = samples.filter((sample) => !isEmptyCell(sample));
  if (filled.length === 0 || field.kind === 'text') return undefined;
  const readable = filled.filter((sample) => {
    if (field.kind === 'day') return looksLikeDay(sample);
    try {
      readCell(field, sample, 'day first');
      return true;
    } catch {
      return false;
    }
  });
  return readable.length / filled.length;
}

function isFigure(text: string): boolean {
  try {
    readNumberText(text);
    return true;
  } catch {
    return false;
  }
}
