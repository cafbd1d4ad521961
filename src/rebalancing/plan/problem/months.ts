/**
 * How many whole months from the first day of a plan are covered by a contract that ends on `endsOn` (its last day): a
 * contract that ends in the middle of a month covers that month no more, so that nobody is left without one. Not less
 * than 0.
 */
export function coveredMonths(startsOn: string, endsOn: string): number {
  const [startYear, startMonth, startDay] = numbersOf(startsOn);
  const [endYear, endMonth, endDay] = numbersOf(endsOn);
  const months = (endYear - startYear) * 12 + (endMonth - startMonth);
  // The day after the end is the first day without; on the 31st of March a month that began on the 1st is whole.
  const dayAfter = endDay + 1;
  const lastDayOfMonth = new Date(Date.UTC(endYear, endMonth, 0)).getUTCDate();
  if (endDay === lastDayOfMonth) return Math.max(0, months + (startDay === 1 ? 1 : 0));
  return Math.max(0, months - (dayAfter < startDay ? 1 : 0));
}

/** The first day of a month counted from the start of a plan; the last day of a shorter month where it has no such day. */
export function dayOfMonth(startsOn: string, month: number): string {
  const [year, startMonth, day] = numbersOf(startsOn);
  const lastDay = new Date(Date.UTC(year, startMonth + month, 0)).getUTCDate();
  return new Date(Date.UTC(year, startMonth - 1 + month, Math.min(day, lastDay))).toISOString().slice(0, 10);
}

/** The first day of a quarter counted from the start of a plan. */
export function dayOfQuarter(startsOn: string, quarter: number): string {
  return dayOfMonth(startsOn, quarter * 3);
}

function numbersOf(day: string): [number, number, number] {
  const [year = 0, month = 1, date = 1] = day.split('-').map(Number);
  return [year, month, date];
}
