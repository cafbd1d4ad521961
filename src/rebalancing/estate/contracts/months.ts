import { addDays } from '#platform';

/** A length of time as contracts state it. */
export interface Period {
  readonly count: number;
  readonly unit: 'days' | 'months';
}

/**
 * The same day of the month so many months later (earlier where negative), or the last day of that month where it has no
 * such day: a month after 31 January is 28 or 29 February.
 */
export function addMonths(day: string, months: number): string {
  const [year = 0, month = 0, date = 0] = day.split('-').map(Number);
  const at = year * 12 + (month - 1) + months;
  const inYear = Math.floor(at / 12);
  const inMonth = (at % 12) + 1;
  return `${String(inYear).padStart(4, '0')}-${two(inMonth)}-${two(Math.min(date, daysOf(inYear, inMonth)))}`;
}

/** How many days a month has. @param month 1 to 12 */
export function daysOf(year: number, month: number): number {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
  return [4, 6, 9, 11].includes(month) ? 30 : 31;
}

/**
 * The last day on which notice can be given for a contract to end on a day: the period, counted from that day, has run out
 * by the end. The day on which notice is given does not count; a period of months ends on the same day of the later month,
 * or on its last day where it has no such day (Regulation (EEC, Euratom) No 1182/71, article 3; in English law the
 * corresponding date rule). Without a period it is the end itself.
 */
export function lastDayToGive(notice: Period | null, endsOn: string): string {
  if (notice === null) return endsOn;
  if (notice.unit === 'days') return addDays(endsOn, -notice.count);
  const earlier = addMonths(endsOn, -notice.count);
  const [year = 0, month = 0] = earlier.split('-').map(Number);
  // From the last days of a longer month the period also ends on the last day of a shorter one.
  return isLastOfMonth(endsOn) ? `${earlier.slice(0, 8)}${two(daysOf(year, month))}` : earlier;
}

function isLastOfMonth(day: string): boolean {
  const [year = 0, month = 0, date = 0] = day.split('-').map(Number);
  return date === daysOf(year, month);
}

function two(number: number): string {
  return String(number).padStart(2, '0');
}
