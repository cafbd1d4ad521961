import { monthNames } from '#platform';

/**
 * A date as people write it: `2026-11-24` becomes `24 November 2026`. The text of a date is read, never a moment, so that
 * no time zone can move it by a day. Anything else is returned as it came.
 */
export function formatDate(date: string): string {
  const parts = /^(\d{4})-(\d{2})-(\d{2})/.exec(date);
  const month = monthNames[Number(parts?.[2]) - 1];
  if (parts === null || month === undefined) return date;
  return `${Number(parts[3])} ${month} ${Number(parts[1])}`;
}

/**
 * A moment in the given time zone: `2026-11-24T14:30:00Z` becomes `24 November 2026 at 2:30pm`, in the style of the
 * GOV.UK style guide (midnight and midday in words). Anything that is no moment is returned as it came.
 *
 * @param timeZone the IANA name of a time zone
 */
export function formatDateTime(moment: string, timeZone: string): string {
  const time = Date.parse(moment);
  if (Number.isNaN(time)) return moment;
  const parts = new Map(
    clockOf(timeZone)
      .formatToParts(time)
      .map((part) => [part.type, part.value]),
  );
  const date = `${parts.get('day')} ${parts.get('month')} ${parts.get('year')}`;
  return `${date} at ${formatClock(Number(parts.get('hour')), parts.get('minute') ?? '00')}`;
}

/** A number with separators: `12345` becomes `12,345`. */
export function formatNumber(value: number | bigint): string {
  return numbers.format(value);
}

/** A share of one as a percentage without needless digits: `0.8425` becomes `84.3%`. */
export function formatPercentage(share: number): string {
  return percentages.format(share);
}

const numbers = new Intl.NumberFormat('en-GB');
const percentages = new Intl.NumberFormat('en-GB', { style: 'percent', maximumFractionDigits: 1 });
const clocks = new Map<string, Intl.DateTimeFormat>();

function formatClock(hour: number, minute: string): string {
  if (minute === '00' && hour === 0) return 'midnight';
  if (minute === '00' && hour === 12) return 'midday';
  const minutes = minute === '00' ? '' : `:${minute}`;
  return `${hour % 12 === 0 ? 12 : hour % 12}${minutes}${hour < 12 ? 'am' : 'pm'}`;
}

function clockOf(timeZone: string): Intl.DateTimeFormat {
  const known = clocks.get(timeZone);
  if (known !== undefined) return known;
  const clock = new Intl.DateTimeFormat('en-GB', {
    timeZone,
    day: 'numeric',
    month: 'long',
    year: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  });
  clocks.set(timeZone, clock);
  return clock;
}
