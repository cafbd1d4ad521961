/** Days and times in the time zone in which the government counts days (the setting TIME_ZONE). */
export interface Calendar {
  readonly timeZone: string;
  /** Today as an ISO date, such as 2026-11-24. */
  today(): string;
  /** The date and the time of day, such as 2026-11-24T09:30. */
  now(): string;
  /** The day on which a moment falls. `time` is ISO 8601. */
  dayOf(time: string): string;
}

export function createCalendar(timeZone: string, now: () => Date = () => new Date()): Calendar {
  // The Swedish locale writes dates as ISO 8601 does.
  const format = new Intl.DateTimeFormat('sv-SE', { timeZone, year: 'numeric', month: '2-digit', day: '2-digit' });
  const withTime = new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short', timeStyle: 'short' });
  // Days begin at whole quarters of an hour of UTC in every time zone, so within one the day stays the same.
  let known = { quarter: -1, day: '' };
  let knownMinute = { minute: -1, text: '' };
  return {
    timeZone,
    today: () => {
      const moment = now();
      const quarter = Math.floor(moment.getTime() / 900_000);
      if (quarter !== known.quarter) known = { quarter, day: format.format(moment) };
      return known.day;
    },
    now: () => {
      const moment = now();
      const minute = Math.floor(moment.getTime() / 60_000);
      if (minute !== knownMinute.minute) {
        knownMinute = { minute, text: withTime.format(moment).replace(' ', 'T') };
      }
      return knownMinute.text;
    },
    dayOf: (time) => format.format(new Date(time)),
  };
}

/** The ISO date so many days after another; negative for before. */
export function addDays(day: string, days: number): string {
  const date = new Date(`${day}T00:00:00Z`);
  date.setUTCDate(date.getUTCDate() + days);
  return date.toISOString().slice(0, 10);
}

/** Whether a text is a real day of the Gregorian calendar, as YYYY-MM-DD. */
export function isDay(text: string): boolean {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return false;
  const date = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(text);
}

/** The months in English, January first. */
export const monthNames: readonly string[] = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
];
