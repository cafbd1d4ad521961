import type { SheetRow } from '#platform';
import { addQuarters, daysOf, isQuarter, quarterOf, readQuarter, yearTo, type Quarter } from '../quarters.ts';

/** A published history of measures, as a file holds it: a row for each service, columns for each quarter. */
export interface HistoryFile {
  readonly services: readonly ServiceInFile[];
  /** Columns and cells that were left out, each with what is wrong with it. */
  readonly leftOut: readonly string[];
}

export interface ServiceInFile {
  readonly slug: string;
  readonly name: string;
  readonly department: string;
  readonly agency: string | null;
  readonly category: string | null;
  readonly description: string | null;
  readonly address: string | null;
  readonly notesOnCosts: string | null;
  readonly otherNotes: string | null;
  readonly figures: readonly FigureInFile[];
}

/** What a file says of one service and twelve months. Null is what it leaves empty. */
export interface FigureInFile {
  /** The quarter in which it was published. */
  readonly quarter: Quarter;
  /** The twelve months that it is about, ISO dates. */
  readonly from: string;
  readonly to: string;
  readonly transactions: number | null;
  readonly digitalTransactions: number | null;
  /** In the currency's whole units, as the file writes it. */
  readonly costPerTransaction: number | null;
  readonly digitalCostPerTransaction: number | null;
  /** From 0 to 1. */
  readonly completionRate: number | null;
  readonly satisfaction: number | null;
}

type Measure = Exclude<keyof FigureInFile, 'quarter' | 'from' | 'to'>;

interface FigureColumn {
  readonly place: number;
  readonly measure: Measure;
  readonly quarter: Quarter;
  readonly from: string;
  readonly to: string;
}

/** A file that holds no history of measures. The message is for the person who sent it. */
export class HistoryProblem extends Error {}

/** What a column of words is called, in lower case. */
const wordColumns = {
  name: ['name of service', 'service', 'service name'],
  department: ['department'],
  agency: ['agency/body', 'body/agency', 'agency'],
  slug: ['slug'],
  category: ['category', 'service type'],
  description: ['description of service', 'description'],
  address: ['url', 'address'],
  notesOnCosts: ['notes on costs'],
  otherNotes: ['other notes', 'notes'],
} as const;
type WordColumn = keyof typeof wordColumns;

/** What a measure is called behind its quarter, in lower case and without its currency. */
const measureNames: Readonly<Record<string, Measure>> = {
  'vol.': 'transactions',
  volume: 'transactions',
  transactions: 'transactions',
  cpt: 'costPerTransaction',
  'cost per transaction': 'costPerTransaction',
  'digital vol.': 'digitalTransactions',
  'digital volume': 'digitalTransactions',
  'digital transactions': 'digitalTransactions',
  'digital cpt': 'digitalCostPerTransaction',
  'digital cost per transaction': 'digitalCostPerTransaction',
  'completion rate': 'completionRate',
  'user satisfaction': 'satisfaction',
  satisfaction: 'satisfaction',
};

/**
 * Reads a history of measures from the rows of a table. The first row that names a service's column holds the headings;
 * a figure's heading begins with its quarter (`2016-Q3 Vol.`) or its twelve months (`July 2015 to June 2016: volume`).
 *
 * A quarter in a heading is the one in which the figure was published, about the twelve months before it: so it is in the
 * history of UK services, whose two files name the same figures in these two ways.
 *
 * @throws HistoryProblem where no row has the headings.
 */
export async function readHistoryFile(rows: AsyncIterable<SheetRow>): Promise<HistoryFile> {
  let columns: Columns | undefined;
  const services: ServiceInFile[] = [];
  const leftOut: string[] = [];
  const slugs = new Set<string>();
  for await (const { number, cells, unreadable } of rows) {
    if (unreadable !== undefined) leftOut.push(`Row ${number}: ${unreadable}`);
    else if (columns === undefined) {
      columns = readHeadings(cells);
      leftOut.push(...(columns?.leftOut ?? []));
      if (columns === undefined && number >= 20) break;
    } else {
      const service = readService(columns, number, cells, leftOut);
      if (service === null) continue;
      if (slugs.has(service.slug)) leftOut.push(`Row ${number}: another row has the same service, "${service.slug}".`);
      else services.push(service);
      slugs.add(service.slug);
    }
  }
  if (columns === undefined) {
    throw new HistoryProblem(
      'This file has no history of measures: no row has a column "Name of service", a column "Department" and columns such as "2016-Q3 Vol." or "July 2015 to June 2016: volume".',
    );
  }
  return { services, leftOut };
}

interface Columns {
  readonly words: Readonly<Partial<Record<WordColumn, number>>>;
  readonly figures: readonly FigureColumn[];
  readonly leftOut: readonly string[];
}

function readHeadings(cells: readonly string[]): Columns | undefined {
  const words: Partial<Record<WordColumn, number>> = {};
  const figures: FigureColumn[] = [];
  const leftOut: string[] = [];
  for (const [place, cell] of cells.entries()) {
    const heading = cell.replaceAll(/\s+/g, ' ').trim();
    const column = wordColumnOf(heading.toLowerCase());
    if (column !== undefined) words[column] ??= place;
    const figure = figureColumnOf(heading);
    if (typeof figure === 'string') leftOut.push(figure);
    else if (figure !== undefined) figures.push({ ...figure, place });
  }
  if (words.name === undefined || words.department === undefined || figures.length === 0) return undefined;
  return { words, figures, leftOut };
}

function wordColumnOf(heading: string): WordColumn | undefined {
  const columns: readonly WordColumn[] = [
    'name',
    'department',
    'agency',
    'slug',
    'category',
    'description',
    'address',
    'notesOnCosts',
    'otherNotes',
  ];
  return columns.find((column) => wordColumns[column].some((name) => name === heading));
}

/** The measure and period of a heading; undefined where it is not a figure's, a sentence where its period cannot be. */
function figureColumnOf(heading: string): Omit<FigureColumn, 'place'> | string | undefined {
  const found =
    /^(\d{4}-Q[1-4]) (.+)$/.exec(heading) ?? /^([A-Z][a-z]+ \d{4} to [A-Z][a-z]+ \d{4}): (.+)$/.exec(heading);
  const [period = '', name = ''] = found?.slice(1) ?? [];
  const measure = measureNames[name.toLowerCase().replace(/ \(.{1,3}\)$/, '')];
  if (measure === undefined) return undefined;
  if (isQuarter(period)) return { measure, quarter: period, ...yearTo(addQuarters(period, -1)) };
  const days = daysOfMonths(period);
  const quarter = days === null ? null : addQuarters(quarterOf(days.to), 1);
  if (days === null || quarter === null || yearTo(addQuarters(quarter, -1)).from !== days.from) {
    return `The column "${heading}" was left out: it is not about twelve months that end with a quarter.`;
  }
  return { measure, quarter, ...days };
}

/** `July 2015 to June 2016` as days; null where the months are none, or the last does not end a quarter. */
function daysOfMonths(text: string): { from: string; to: string } | null {
  const [, fromMonth, fromYear, toMonth, toYear] = /^(\w+) (\d{4}) to (\w+) (\d{4})$/.exec(text) ?? [];
  const [first, last] = [monthOf(fromMonth), monthOf(toMonth)];
  if (first === null || last === null || Number(last) % 3 !== 0) return null;
  return { from: `${fromYear}-${first}-01`, to: daysOf(readQuarter(`${toYear}-Q${Number(last) / 3}`)).to };
}

const months = [
  'january',
  'february',
  'march',
  'april',
  'may',
  'june',
  'july',
  'august',
  'september',
  'october',
  'november',
  'december',
];

function monthOf(name: string | undefined): string | null {
  const place = months.indexOf((name ?? '').toLowerCase());
  return place === -1 ? null : String(place + 1).padStart(2, '0');
}

function readService(
  { words, figures }: Columns,
  number: number,
  cells: readonly string[],
  leftOut: string[],
): ServiceInFile | null {
  const text = (column: WordColumn): string | null => {
    const place = words[column];
    const found = place === undefined ? '' : (cells[place] ?? '').trim();
    return found === '' ? null : found;
  };
  const [name, department] = [text('name'), text('department')];
  if (name === null || department === null) {
    if (cells.some((cell) => cell.trim() !== '')) leftOut.push(`Row ${number}: it names no service or no department.`);
    return null;
  }
  const byQuarter = new Map<Quarter, FigureInFile>();
  for (const { place, measure, quarter, from, to } of figures) {
    const cell = (cells[place] ?? '').trim();
    // A stroke stands for what does not apply.
    if (cell === '' || cell === '-') continue;
    const value = readFigure(cell, measure);
    if (value === null) {
      leftOut.push(`Row ${number}, ${name}: "${cell.slice(0, 30)}" for ${quarter} is not a number that can be.`);
      continue;
    }
    const known = byQuarter.get(quarter) ?? { ...nothing, quarter, from, to };
    byQuarter.set(quarter, { ...known, [measure]: value });
  }
  return {
    slug: slugOf(text('slug') ?? `${department} ${name}`),
    name,
    department,
    agency: text('agency'),
    category: text('category'),
    description: text('description'),
    address: text('address'),
    notesOnCosts: text('notesOnCosts'),
    otherNotes: text('otherNotes'),
    figures: [...byQuarter.values()],
  };
}

const nothing = {
  transactions: null,
  digitalTransactions: null,
  costPerTransaction: null,
  digitalCostPerTransaction: null,
  completionRate: null,
  satisfaction: null,
};

/** `1,234`, `£3.97`, `85%`; a share may stand as 85% or as 0.85. Null where it cannot be. */
function readFigure(cell: string, measure: Measure): number | null {
  const [, digits, percent] = /^[£$€]?\s*(\d[\d,]*(?:\.\d+)?)\s*(%?)$/.exec(cell) ?? [];
  if (digits === undefined) return null;
  const number = Number(digits.replaceAll(',', ''));
  const isShare = measure === 'completionRate' || measure === 'satisfaction';
  if (isShare) {
    const share = percent === '%' || number > 1 ? number / 100 : number;
    return share <= 1 ? share : null;
  }
  if (percent === '%') return null;
  const isCount = measure === 'transactions' || measure === 'digitalTransactions';
  return isCount && !Number.isSafeInteger(number) ? null : number;
}

/** Words as the last part of an address. */
export function slugOf(words: string): string {
  const slug = words
    .normalize('NFKD')
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-+|-+$/g, '');
  return slug === '' ? 'unnamed' : slug.slice(0, 150).replace(/-+$/, '');
}
