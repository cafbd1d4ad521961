import { monthNames } from '#platform';

/** Arithmetic on ISO dates (`2026-04-01`) and moments (`2026-04-01T09:30`) as text: no time zone can move them. */

const isoDate = /^(\d{4})-(\d{2})-(\d{2})$/;

export interface DateParts {
  year: number;
  month: number;
  day: number;
}

/** The parts of an ISO date, or null if there is no such day. */
export function parseDate(date: string): DateParts | null {
  const match = isoDate.exec(date);
  if (!match) return null;
  const parts = { year: Number(match[1]), month: Number(match[2]), day: Number(match[3]) };
  return isRealDate(parts) ? parts : null;
}

export function isRealDate({ year, month, day }: DateParts): boolean {
  return month >= 1 && month <= 12 && day >= 1 && day <= daysInMonth(year, month);
}

export function daysInMonth(year: number, month: number): number {
  if (month === 2) return (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0 ? 29 : 28;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}

export function formatDate({ year, month, day }: DateParts): string {
  return `${String(year).padStart(4, '0')}-${String(month).padStart(2, '0')}-${String(day).padStart(2, '0')}`;
}

/**
 * The date so many days, months or years from another, in the past if `period` is negative. The 31st of a month without
 * one becomes that month's last day: a person born on 29 February is 18 on 28 February (England and Wales: 1 March; a
 * form that turns on it must say which).
 */
export function addToDate(date: string, period: number, unit: 'days' | 'months' | 'years'): string {
  const parts = parseDate(date);
  if (!parts) return date;
  if (unit === 'days') {
    const moved = new Date(Date.UTC(2000, parts.month - 1, parts.day));
    moved.setUTCFullYear(parts.year, parts.month - 1, parts.day);
    moved.setUTCDate(moved.getUTCDate() + period);
    const year = moved.getUTCFullYear();
    if (Number.isNaN(year)) return period < 0 ? '0001-01-01' : '9999-12-31';
    return clamp({ year, month: moved.getUTCMonth() + 1, day: moved.getUTCDate() });
  }
  const months = parts.year * 12 + (parts.month - 1) + period * (unit === 'years' ? 12 : 1);
  const year = Math.floor(months / 12);
  const month = (months % 12) + (months < 0 && months % 12 !== 0 ? 12 : 0) + 1;
  return clamp({ year, month, day: Math.min(parts.day, daysInMonth(year, month)) });
}

const secondsOf = { hours: 3_600, minutes: 60, seconds: 1 } as const;

/** The moment so many hours, minutes or seconds from another, in the past if `period` is negative: `2026-04-01T09:30`. */
export function addToMoment(moment: string, period: number, unit: keyof typeof secondsOf): string {
  const [day = '', time = ''] = moment.split('T');
  const [hour = 0, minute = 0, second = 0] = time.split(':').map(Number);
  const seconds = hour * 3_600 + minute * 60 + second + period * secondsOf[unit];
  const days = Math.floor(seconds / 86_400);
  const rest = seconds - days * 86_400;
  const two = (number: number): string => String(Math.floor(number)).padStart(2, '0');
  return `${addToDate(day, days, 'days')}T${two(rest / 3_600)}:${two((rest % 3_600) / 60)}`;
}

/** Beyond four-digit years, text would no longer sort as dates do. */
function clamp(parts: DateParts): string {
  if (parts.year < 1) return '0001-01-01';
  return parts.year > 9999 ? '9999-12-31' : formatDate(parts);
}

/** "27 March 2026", as the GOV.UK style guide writes dates; in another language by the names of its months. */
export function describeDate(date: string, names: readonly string[] = monthNames): string {
  const parts = parseDate(date);
  return parts ? `${parts.day} ${names[parts.month - 1]} ${parts.year}` : date;
}

/** "March 2026" for `2026-03`. */
export function describeMonth(month: string, names: readonly string[] = monthNames): string {
  const parts = parseDate(`${month}-01`);
  return parts ? `${names[parts.month - 1]} ${parts.year}` : month;
}

/** The number of a month that a person typed as a number or a name ("3", "Mar", "march"), in English or another language. */
export function parseMonth(text: string, names: readonly string[] = monthNames): number | null {
  if (/^\d{1,2}$/.test(text)) return Number(text);
  const typed = text.toLowerCase();
  const isMeant = (name: string): boolean => typed.length >= 3 && name.toLowerCase().startsWith(typed);
  const index = names.findIndex(isMeant);
  const other = index === -1 ? monthNames.findIndex(isMeant) : index;
  return other === -1 ? null : other + 1;
}
