import { Problem } from '#platform';

/** Clocks of other systems may be this far ahead of ours, in milliseconds. */
const clockTolerance = 5 * 60_000;

/** What is wrong with a time that somebody gives for something that has happened; undefined where nothing is. */
export function wrongWithMoment(text: string, now: number = Date.now()): string | undefined {
  // Without a time zone it would mean the server's.
  const isWhole = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:\d{2})$/.test(text);
  const time = isWhole ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(time)) return 'must be a real time with its time zone, such as 2026-11-24T09:30:00Z';
  return time > now + clockTolerance ? 'must not be in the future' : undefined;
}

/** A time of RFC 3339, in UTC. @throws Problem unprocessable where it is none, or in the future. */
export function momentOf(text: string): string {
  const wrong = wrongWithMoment(text);
  if (wrong !== undefined) throw new Problem('unprocessable', { message: `The time "${text.slice(0, 40)}" ${wrong}.` });
  return new Date(text).toISOString();
}
