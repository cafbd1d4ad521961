import { Problem } from '#platform';

/**
 * A quarter of the calendar year as people and files name it: `2026-Q1` is January to March. The database holds its first
 * day.
 */
export type Quarter = `${number}-Q${1 | 2 | 3 | 4}`;

/** A quarter from its name. @throws Problem unprocessable where there is no such quarter. */
export function readQuarter(text: string): Quarter {
  if (!isQuarter(text)) {
    throw new Problem('unprocessable', {
      message: `"${text.slice(0, 20)}" is not a quarter. Write it like 2026-Q1, which is January to March 2026.`,
    });
  }
  return text;
}

/** Whether a text names a quarter. */
export function isQuarter(text: string): text is Quarter {
  return /^[12]\d{3}-Q[1-4]$/.test(text);
}

/** The quarter in which a day falls. `day` is an ISO date. */
export function quarterOf(day: string): Quarter {
  return quarterAt(indexOf(Number(day.slice(0, 4)), Math.ceil(Number(day.slice(5, 7)) / 3)));
}

/** The quarter so many quarters after another; negative for before. */
export function addQuarters(quarter: Quarter, quarters: number): Quarter {
  return quarterAt(indexOf(yearOf(quarter), Number(quarter.slice(6))) + quarters);
}

/** The first and the last day of a quarter, as ISO dates. */
export function daysOf(quarter: Quarter): { from: string; to: string } {
  const year = quarter.slice(0, 4);
  const days = { 1: ['01-01', '03-31'], 2: ['04-01', '06-30'], 3: ['07-01', '09-30'], 4: ['10-01', '12-31'] } as const;
  const [from, to] = days[numberOf(quarter)];
  return { from: `${year}-${from}`, to: `${year}-${to}` };
}

/** The twelve months that end with a quarter: what the measures are published for. */
export function yearTo(quarter: Quarter): { from: string; to: string } {
  return { from: daysOf(addQuarters(quarter, -3)).from, to: daysOf(quarter).to };
}

/** The quarters from one to another, both included; none where the last is before the first. */
export function quartersBetween(first: Quarter, last: Quarter): Quarter[] {
  const from = indexOf(yearOf(first), numberOf(first));
  const to = indexOf(yearOf(last), numberOf(last));
  return Array.from({ length: Math.max(0, to - from + 1) }, (_, index) => quarterAt(from + index));
}

/** A quarter for people: `January to March 2026`. */
export function formatQuarter(quarter: Quarter): string {
  const months = { 1: 'January to March', 2: 'April to June', 3: 'July to September', 4: 'October to December' };
  return `${months[numberOf(quarter)]} ${quarter.slice(0, 4)}`;
}

/** The year of a quarter. */
export function yearOf(quarter: Quarter): number {
  return Number(quarter.slice(0, 4));
}

function numberOf(quarter: Quarter): 1 | 2 | 3 | 4 {
  const number = Number(quarter.slice(6));
  return number === 1 ? 1 : number === 2 ? 2 : number === 3 ? 3 : 4;
}

/** Quarters counted from year 0, so that they can be added and compared. */
function indexOf(year: number, number: number): number {
  return year * 4 + number - 1;
}

function quarterAt(index: number): Quarter {
  return readQuarter(`${Math.floor(index / 4)}-Q${(index % 4) + 1}`);
}
