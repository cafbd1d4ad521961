import type { Readable } from 'node:stream';
import { SaxesParser } from 'saxes';
import { openPromise, type Entry, type ZipFile } from 'yauzl';
import { checkRow } from './csv.ts';
import { inMegabytes, SheetProblem, type SheetLimits, type SheetRow } from './sheet.ts';

/** An XLSX workbook (Office Open XML, ECMA-376 part 1, section 18), read as a stream, one sheet at a time. */
export interface Workbook {
  /** The sheets that are shown, in order. */
  readonly sheetNames: readonly string[];
  rows(sheetName: string): AsyncGenerator<SheetRow>;
}

/**
 * Opens a workbook: its names, its styles and its shared texts, which are kept in memory up to a limit. What it says of its
 * own size is checked against the limits before anything is unpacked, and by yauzl again while it is.
 *
 * @throws SheetProblem where it is no workbook, is damaged, or is beyond the limits.
 */
export async function openWorkbook(path: string, limits: SheetLimits): Promise<Workbook> {
  const { sheets, sharedTexts, styles, startsIn1904 } = await inZip(path, limits, async (zip, entries) => {
    const book = await readBook(zip, entries);
    return {
      ...book,
      sharedTexts: await readSharedTexts(zip, entries.get('xl/sharedStrings.xml'), limits),
      styles: await readStyles(zip, entries.get('xl/styles.xml')),
    };
  });
  return {
    sheetNames: sheets.map((sheet) => sheet.name),
    async *rows(sheetName) {
      const sheet = sheets.find((each) => each.name === sheetName);
      if (sheet === undefined) throw new SheetProblem(`There is no sheet "${sheetName}" in the workbook.`);
      const { zip, entries } = await openZip(path, limits);
      try {
        const entry = entries.get(sheet.path);
        if (entry === undefined) throw damaged();
        const reader = createSheetReader({ sharedTexts, styles, startsIn1904, limits });
        for await (const piece of textOf(zip, entry)) {
          reader.write(piece);
          yield* reader.take();
        }
      } catch (error) {
        throw asSheetProblem(error);
      } finally {
        zip.close();
      }
    },
  };
}

interface Book {
  readonly sheets: readonly { readonly name: string; readonly path: string }[];
  readonly startsIn1904: boolean;
}

/** What a number in a cell is, by the cell's style. */
type NumberKind = 'number' | 'day' | 'time';

const damaged = (cause?: unknown): SheetProblem =>
  new SheetProblem(
    'The workbook is damaged, or it is not one. Open it in a spreadsheet program, save it again as .xlsx, and choose that file.',
    {
      cause,
    },
  );

function asSheetProblem(error: unknown): SheetProblem {
  return error instanceof SheetProblem ? error : damaged(error);
}

async function inZip<T>(
  path: string,
  limits: SheetLimits,
  work: (zip: ZipFile, entries: ReadonlyMap<string, Entry>) => Promise<T>,
): Promise<T> {
  const { zip, entries } = await openZip(path, limits);
  try {
    return await work(zip, entries);
  } catch (error) {
    throw asSheetProblem(error);
  } finally {
    zip.close();
  }
}

/** Opens the archive. The sizes that it states are those that yauzl holds it to, so a bomb is known by them. */
async function openZip(path: string, limits: SheetLimits): Promise<{ zip: ZipFile; entries: Map<string, Entry> }> {
  let zip: ZipFile;
  try {
    zip = await openPromise(path, { lazyEntries: true, autoClose: false });
  } catch (error) {
    throw damaged(error);
  }
  try {
    const entries = new Map<string, Entry>();
    let unpacked = 0;
    for await (const entry of zip.eachEntry()) {
      if (entry.isEncrypted()) throw new SheetProblem('The workbook has a password. Save it without one.');
      unpacked += entry.uncompressedSize;
      if (unpacked > limits.unpackedBytes) {
        throw new SheetProblem(
          `The workbook unpacks to more than ${inMegabytes(limits.unpackedBytes)}. Split it, or save the sheet as CSV.`,
        );
      }
      if (entries.size >= mostEntries) throw damaged();
      entries.set(entry.fileName, entry);
    }
    return { zip, entries };
  } catch (error) {
    zip.close();
    throw asSheetProblem(error);
  }
}

const mostEntries = 5000;

/** The text of an entry, in pieces. */
async function* textOf(zip: ZipFile, entry: Entry): AsyncGenerator<string> {
  const stream: Readable = await zip.openReadStreamPromise(entry);
  const decoder = new TextDecoder('utf-8');
  try {
    for await (const piece of stream as AsyncIterable<Buffer>) yield decoder.decode(piece, { stream: true });
    yield decoder.decode();
  } finally {
    stream.destroy();
  }
}

/** A parser that keeps no tree, and refuses a document type, by which XML can be made to swell. */
function createXmlParser(): SaxesParser {
  const parser = new SaxesParser({});
  parser.on('doctype', () => {
    throw damaged();
  });
  parser.on('error', (error) => {
    throw damaged(error);
  });
  return parser;
}

async function parseEntry(zip: ZipFile, entry: Entry, parser: SaxesParser): Promise<void> {
  for await (const piece of textOf(zip, entry)) parser.write(piece);
  parser.close();
}

/** Names without their prefix: some programs write `x:row`. */
function localName(name: string): string {
  return name.slice(name.indexOf(':') + 1);
}

async function readBook(zip: ZipFile, entries: ReadonlyMap<string, Entry>): Promise<Book> {
  const book = entries.get('xl/workbook.xml');
  const relations = entries.get('xl/_rels/workbook.xml.rels');
  if (book === undefined || relations === undefined) {
    throw new SheetProblem('This is a compressed file, but no Excel workbook. Choose an .xlsx or a CSV file.');
  }
  const targets = new Map<string, string>();
  const relationsParser = createXmlParser();
  relationsParser.on('opentag', ({ name, attributes }) => {
    if (localName(name) !== 'Relationship') return;
    const target = attributes['Target'] ?? '';
    targets.set(attributes['Id'] ?? '', target.startsWith('/') ? target.slice(1) : `xl/${target}`);
  });
  await parseEntry(zip, relations, relationsParser);

  const sheets: { name: string; path: string }[] = [];
  let startsIn1904 = false;
  const parser = createXmlParser();
  parser.on('opentag', ({ name, attributes }) => {
    if (localName(name) === 'workbookPr') startsIn1904 = ['1', 'true'].includes(attributes['date1904'] ?? '');
    if (localName(name) !== 'sheet' || (attributes['state'] ?? 'visible') !== 'visible') return;
    const id = Object.entries(attributes).find(([key]) => key.endsWith(':id'))?.[1] ?? '';
    const path = targets.get(id);
    // A sheet that holds a chart has another kind of part.
    if (path?.includes('worksheets/') === true) sheets.push({ name: attributes['name'] ?? '', path });
  });
  await parseEntry(zip, book, parser);
  if (sheets.length === 0) throw new SheetProblem('The workbook has no sheet that is shown. Choose another file.');
  return { sheets, startsIn1904 };
}

/** The texts that cells point to by number. */
async function readSharedTexts(zip: ZipFile, entry: Entry | undefined, limits: SheetLimits): Promise<string[]> {
  const texts: string[] = [];
  if (entry === undefined) return texts;
  let text = '';
  let characters = 0;
  let collecting = false;
  let phonetic = false;
  const parser = createXmlParser();
  parser.on('opentag', ({ name }) => {
    const local = localName(name);
    if (local === 'si') text = '';
    // How a text is pronounced stands beside it, and is not part of it.
    if (local === 'rPh') phonetic = true;
    collecting = local === 't' && !phonetic;
  });
  parser.on('text', (piece) => {
    if (!collecting) return;
    characters += piece.length;
    if (characters > limits.sharedCharacters) {
      throw new SheetProblem('The workbook has more text than is read at once. Split it, or save the sheet as CSV.');
    }
    text += piece;
  });
  parser.on('closetag', ({ name }) => {
    const local = localName(name);
    collecting = false;
    if (local === 'rPh') phonetic = false;
    if (local === 'si') texts.push(text);
  });
  await parseEntry(zip, entry, parser);
  return texts;
}

/** For each cell style, what a number in it is. */
async function readStyles(zip: ZipFile, entry: Entry | undefined): Promise<NumberKind[]> {
  const kinds: NumberKind[] = [];
  if (entry === undefined) return kinds;
  const own = new Map<number, NumberKind>();
  let inCellFormats = false;
  const parser = createXmlParser();
  parser.on('opentag', ({ name, attributes }) => {
    const local = localName(name);
    if (local === 'numFmt') own.set(Number(attributes['numFmtId']), kindOfFormat(attributes['formatCode'] ?? ''));
    if (local === 'cellXfs') inCellFormats = true;
    if (local === 'xf' && inCellFormats) {
      const id = Number(attributes['numFmtId'] ?? 0);
      kinds.push(own.get(id) ?? kindOfBuiltIn(id));
    }
  });
  parser.on('closetag', ({ name }) => {
    if (localName(name) === 'cellXfs') inCellFormats = false;
  });
  await parseEntry(zip, entry, parser);
  return kinds;
}

/** ECMA-376 part 1, section 18.8.30: the number formats that every program knows by number. */
function kindOfBuiltIn(id: number): NumberKind {
  if ((id >= 14 && id <= 17) || id === 22 || (id >= 27 && id <= 31) || id === 36 || (id >= 50 && id <= 58))
    return 'day';
  if ((id >= 18 && id <= 21) || (id >= 32 && id <= 35) || (id >= 45 && id <= 47)) return 'time';
  return 'number';
}

function kindOfFormat(code: string): NumberKind {
  // Quoted text, escaped letters and colours in square brackets are not part of the pattern.
  const pattern = code.replaceAll(/"[^"]*"|\\.|\[[^\]]*\]/g, '').toLowerCase();
  if (/[yd]/.test(pattern)) return 'day';
  if (/[hs]/.test(pattern)) return 'time';
  return /m/.test(pattern) ? 'day' : 'number';
}

/** Gathers rows from the XML of a sheet. */
function createSheetReader(from: {
  sharedTexts: readonly string[];
  styles: readonly NumberKind[];
  startsIn1904: boolean;
  limits: SheetLimits;
}): { write(piece: string): void; take(): SheetRow[] } {
  const { limits } = from;
  let ready: SheetRow[] = [];
  let row: { number: number; cells: string[]; tooWide: boolean } | undefined;
  let lastNumber = 0;
  let cell: { column: number; type: string; style: number; text: string } | undefined;
  let collecting = false;
  const parser = createXmlParser();

  parser.on('opentag', ({ name, attributes }) => {
    const local = localName(name);
    if (local === 'row') {
      lastNumber = Number(attributes['r'] ?? lastNumber + 1);
      row = { number: lastNumber, cells: [], tooWide: false };
    } else if (local === 'c' && row !== undefined) {
      const column = columnOf(attributes['r']) ?? row.cells.length;
      cell = { column, type: attributes['t'] ?? 'n', style: Number(attributes['s'] ?? 0), text: '' };
    }
    collecting = cell !== undefined && (local === 'v' || local === 't');
  });
  parser.on('text', (piece) => {
    // One character more than the limit is enough to know that a cell is beyond it.
    if (collecting && cell !== undefined && cell.text.length <= limits.cellCharacters) cell.text += piece;
  });
  parser.on('closetag', ({ name }) => {
    const local = localName(name);
    collecting = false;
    if (local === 'c' && row !== undefined && cell !== undefined) {
      if (cell.column >= limits.columns) row.tooWide ||= cell.text !== '';
      else {
        while (row.cells.length < cell.column) row.cells.push('');
        row.cells[cell.column] = textOfCell(cell, from);
      }
      cell = undefined;
    } else if (local === 'row' && row !== undefined) {
      const read: SheetRow = { number: row.number, cells: row.cells };
      ready.push(
        row.tooWide
          ? { ...read, cells: [], unreadable: `The row has more than ${limits.columns} columns.` }
          : checkRow(read, limits),
      );
      row = undefined;
    }
  });

  return {
    write: (piece) => void parser.write(piece),
    take() {
      const rows = ready;
      ready = [];
      return rows;
    },
  };
}

/** `BC12` is column 54, counted from 0. */
function columnOf(reference: string | undefined): number | undefined {
  const letters = /^[A-Z]{1,3}/.exec(reference ?? '')?.[0];
  if (letters === undefined) return undefined;
  let column = 0;
  for (const letter of letters) column = column * 26 + (letter.charCodeAt(0) - 64);
  return column - 1;
}

function textOfCell(
  cell: { type: string; style: number; text: string },
  from: { sharedTexts: readonly string[]; styles: readonly NumberKind[]; startsIn1904: boolean },
): string {
  switch (cell.type) {
    case 's':
      return from.sharedTexts[Number(cell.text)] ?? '';
    case 'b':
      return cell.text === '1' ? 'true' : 'false';
    case 'd':
      return cell.text.slice(0, 10);
    case 'n': {
      const value = Number(cell.text);
      if (cell.text === '' || !Number.isFinite(value)) return cell.text;
      if (from.styles[cell.style] === 'day') return dayOfSerial(value, from.startsIn1904) ?? cell.text;
      // Programs write 0.1 + 0.2 as 0.30000000000000004; fifteen digits are what a spreadsheet shows.
      return String(Number(value.toPrecision(15)));
    }
    default:
      // Texts in place, results of formulas, and errors such as #REF!, which stay visible.
      return cell.text;
  }
}

/**
 * The day of a serial number of a spreadsheet. Day 60 of the usual count is 29 February 1900, which never was: ECMA-376
 * part 1, section 18.17.4.1, keeps it for the sake of older programs.
 */
function dayOfSerial(serial: number, startsIn1904: boolean): string | undefined {
  const days = Math.floor(serial);
  if (days < 0 || days > 2_958_465) return undefined;
  const first = startsIn1904 ? Date.UTC(1904, 0, 1) : Date.UTC(1899, 11, days < 60 ? 31 : 30);
  return new Date(first + days * 86_400_000).toISOString().slice(0, 10);
}
