import { isDay, monthNames } from '../time.ts';

/** A cell that cannot be read as what its column holds. The message says what was wrong and what to do. */
export class CellProblem extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'CellProblem';
  }
}

/**
 * A text without the apostrophe by which exports keep a spreadsheet from taking it for a formula (`'=1+1`), so that what
 * was taken out reads back as it was.
 */
export function readText(text: string): string {
  return /^'[\s"']*[=+\-@＝＋－＠]/.test(text) ? text.slice(1).trim() : text;
}

/** Which of 03/04/2026 is the month. */
export type DayOrder = 'day first' | 'month first';

/**
 * Reads a date as people write it: `2026-03-31`, `31/03/2026`, `31.3.26`, `31 March 2026`, `Mar 31, 2026`, with or
 * without a time behind it. Years of two digits are those from 1950 to 2049.
 *
 * @returns an ISO date.
 * @throws CellProblem where it is no date, or a day that never was.
 */
export function readDayText(text: string, order: DayOrder = 'day first'): string {
  const trimmed = text.trim().replace(/[T ]\d{1,2}:\d{2}.*$/i, '');
  const parts = partsOfDay(trimmed, order);
  if (parts === undefined) {
    throw new CellProblem(`Cannot read date "${brief(text)}". Write it like 31/03/2026 or 2026-03-31.`);
  }
  const [year, month, day] = parts;
  if (month < 1 || month > 12) {
    throw new CellProblem(`Cannot read date "${brief(text)}": there is no month ${month}. Write it like 31/03/2026.`);
  }
  const iso = `${String(year).padStart(4, '0')}-${String(month).padStart(2, '0')}-${String(day).padStart(2, '0')}`;
  if (!isDay(iso)) {
    const days = new Date(Date.UTC(year, month, 0)).getUTCDate();
    throw new CellProblem(
      `Cannot read date "${brief(text)}": ${monthNames[month - 1]} has ${days} days. Use a real date, such as ${String(days).padStart(2, '0')}/${String(month).padStart(2, '0')}/${year}.`,
    );
  }
  return iso;
}

/** Whether a text could be a date at all, in either order. */
export function looksLikeDay(text: string): boolean {
  try {
    readDayText(text);
    return true;
  } catch {
    try {
      readDayText(text, 'month first');
      return true;
    } catch {
      return false;
    }
  }
}

/** The order in which most of some dates are real ones; the day first where both are possible. */
export function orderOfDays(texts: readonly string[]): DayOrder {
  const readable = (order: DayOrder): number =>
    texts.filter((text) => {
      try {
        readDayText(text, order);
        return true;
      } catch {
        return false;
      }
    }).length;
  return readable('month first') > readable('day first') ? 'month first' : 'day first';
}

/**
 * Reads an amount of money as people write it: `£1,234.50`, `1234.5`, `(1,000)` for less than nothing, `1.2m`, `250k`,
 * `1.234,50`.
 *
 * @returns a whole number of minor units (pence), rounded to the nearest.
 * @throws CellProblem where it is no amount.
 */
export function readAmountText(text: string, minorUnitsOfOne = 100): number {
  const value = numberIn(text.replaceAll(/[£$€]|\b(?:GBP|EUR|USD)\b/gi, ''));
  if (value === undefined) {
    throw new CellProblem(`Cannot read amount "${brief(text)}". Write a number such as 1234.50, without words.`);
  }
  const minor = Math.round(value * minorUnitsOfOne);
  if (!Number.isSafeInteger(minor)) throw new CellProblem(`The amount "${brief(text)}" is too large to be one.`);
  return minor;
}

/** Reads a number: `1,234`, `12.5`, `1.2m`. @throws CellProblem where it is none. */
export function readNumberText(text: string): number {
  const value = numberIn(text.replace(/%$/, ''));
  if (value === undefined) throw new CellProblem(`Cannot read number "${brief(text)}". Write digits, such as 1234.`);
  return value;
}

/** Reads a number without a fraction. @throws CellProblem where it is none. */
export function readWholeNumberText(text: string): number {
  const value = readNumberText(text);
  if (!Number.isSafeInteger(value)) {
    throw new CellProblem(`"${brief(text)}" is not a whole number. Write one such as 12.`);
  }
  return value;
}

/** Reads yes or no, as people and programs write them. @throws CellProblem where it is neither. */
export function readYesOrNoText(text: string): boolean {
  const word = text.trim().toLowerCase();
  if (['yes', 'y', 'true', 't', '1', 'x', '✓', 'ydw', 'ie'].includes(word)) return true;
  if (['no', 'n', 'false', 'f', '0', '-', '', 'na'].includes(word)) return false;
  throw new CellProblem(`Cannot read "${brief(text)}" as yes or no. Write yes or no.`);
}

/** What is said of a cell never repeats more of it than this: it may be a whole paragraph. */
export function brief(text: string): string {
  const single = text.replaceAll(/\s+/g, ' ').trim();
  return single.length > 40 ? `${single.slice(0, 39)}…` : single;
}

function monthOf(word: string): number | undefined {
  const index =
    word.length < 3 ? -1 : monthNames.findIndex((name) => name.toLowerCase().startsWith(word.toLowerCase()));
  // "Sept" is how many write it, and it begins September too.
  return index < 0 ? undefined : index + 1;
}

function partsOfDay(text: string, order: DayOrder): [year: number, month: number, day: number] | undefined {
  const iso = /^(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})$/.exec(text) ?? /^(\d{4})(\d{2})(\d{2})$/.exec(text);
  if (iso !== null) return [Number(iso[1]), Number(iso[2]), Number(iso[3])];
  const figures = /^(\d{1,2})[-/. ](\d{1,2})[-/. ](\d{4}|\d{2})$/.exec(text);
  if (figures !== null) {
    const [first, second, year] = [Number(figures[1]), Number(figures[2]), wholeYear(figures[3] ?? '')];
    return order === 'day first' ? [year, second, first] : [year, first, second];
  }
  const dayFirst = /^(?:[A-Za-z]+,? )?(\d{1,2})(?:st|nd|rd|th)?[-/. ]+([A-Za-z]{3,9})\.?,?[-/. ]+(\d{4}|\d{2})$/.exec(
    text,
  );
  if (dayFirst !== null) {
    const month = monthOf(dayFirst[2] ?? '');
    return month === undefined ? undefined : [wholeYear(dayFirst[3] ?? ''), month, Number(dayFirst[1])];
  }
  const monthFirst = /^([A-Za-z]{3,9})\.? (\d{1,2})(?:st|nd|rd|th)?,? (\d{4})$/.exec(text);
  if (monthFirst !== null) {
    const month = monthOf(monthFirst[1] ?? '');
    return month === undefined ? undefined : [Number(monthFirst[3]), month, Number(monthFirst[2])];
  }
  return undefined;
}

function wholeYear(digits: string): number {
  const year = Number(digits);
  if (digits.length > 2) return year;
  return year >= 50 ? 1900 + year : 2000 + year;
}

const multiples: Readonly<Record<string, number>> = { k: 1e3, m: 1e6, mn: 1e6, million: 1e6, bn: 1e9, billion: 1e9 };

function numberIn(text: string): number | undefined {
  const found = /^(\()?\s*([-+−]?)\s*([\d.,'\s\u00a0]*\d(?:e[+-]?\d+)?)\s*(k|m|mn|million|bn|billion)?\s*(\))?$/i.exec(
    text.trim(),
  );
  if (found === null) return undefined;
  const [, opened, sign, written = '', multiple, closed] = found;
  if ((opened === undefined) !== (closed === undefined)) return undefined;
  const plain = withoutGroups(written.replaceAll(/['\s\u00a0]/g, ''));
  const value = plain === undefined ? Number.NaN : Number(plain);
  if (!Number.isFinite(value)) return undefined;
  const negative = opened !== undefined || sign === '-' || sign === '−';
  return (negative ? -1 : 1) * value * (multiples[(multiple ?? '').toLowerCase()] ?? 1);
}

/** `1,234.5` and `1.234,5` as `1234.5`: the last of two different marks is the decimal one. */
function withoutGroups(written: string): string | undefined {
  const comma = written.lastIndexOf(',');
  const point = written.lastIndexOf('.');
  if (comma < 0) return written.indexOf('.') === point ? written : written.replaceAll('.', '');
  if (point < 0) {
    const groups = written.split(',');
    // `1,5` has a decimal comma; `1,500` is in thousands.
    if (groups.length === 2 && groups[1]?.length !== 3) return groups.join('.');
    return groups.slice(1).every((group) => group.length === 3 || group.length === 2) ? groups.join('') : undefined;
  }
  return comma > point ? written.replaceAll('.', '').replace(',', '.') : written.replaceAll(',', '');
}
