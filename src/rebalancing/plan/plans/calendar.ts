import { addDays } from '#platform';
import type { ToDo } from './to-do.ts';

/**
 * What has to be decided by when, as iCalendar (RFC 5545): an all-day event for each decision and approval, with an alarm 30 days before.
 * The same decision keeps its UID, so that a calendar that reads it again changes it and adds nothing.
 *
 * @param madeAt when the plan was adopted, as an ISO time.
 */
export function writeCalendar(list: readonly ToDo[], plan: { number: number; madeAt: string }): string {
  const stamp = `${plan.madeAt.slice(0, 19).replaceAll(/[-:]/g, '')}Z`;
  const lines = [
    'BEGIN:VCALENDAR',
    'VERSION:2.0',
    'PRODID:-//Commonhold//Plan//EN',
    'CALSCALE:GREGORIAN',
    'METHOD:PUBLISH',
    'X-WR-CALNAME:Contracts to decide on',
    'REFRESH-INTERVAL;VALUE=DURATION:PT12H',
    ...list.flatMap(({ id, by, what, of, whom, from, note, kind }) => [
      'BEGIN:VEVENT',
      `UID:${id}@commonhold`,
      `DTSTAMP:${stamp}`,
      `SEQUENCE:${plan.number}`,
      `DTSTART;VALUE=DATE:${by.replaceAll('-', '')}`,
      `DTEND;VALUE=DATE:${addDays(by, 1).replaceAll('-', '')}`,
      `SUMMARY:${escape(`${what}: ${of}`)}`,
      `DESCRIPTION:${escape(`With ${whom}. Takes effect on ${from}.${note === '' ? '' : ` ${note}`} From plan ${plan.number}.`)}`,
      'TRANSP:TRANSPARENT',
      'BEGIN:VALARM',
      'ACTION:DISPLAY',
      'TRIGGER:-P30D',
      `DESCRIPTION:${escape(`${kind === 'approval' ? 'Ask for approval' : 'Decide'}: ${of}`)}`,
      'END:VALARM',
      'END:VEVENT',
    ]),
    'END:VCALENDAR',
  ];
  return lines.map((line) => `${fold(line)}\r\n`).join('');
}

function escape(text: string): string {
  return text
    .replaceAll('\\', '\\\\')
    .replaceAll(';', '\\;')
    .replaceAll(',', '\\,')
    .replaceAll(/\r\n|[\r\n]/g, '\\n');
}

/** No line is longer than 75 bytes; what follows begins with a space. No character is cut in two. */
function fold(line: string): string {
  const folded: string[] = [];
  let part = '';
  let bytes = 0;
  for (const character of line) {
    const size = Buffer.byteLength(character);
    if (bytes + size > 74) {
      folded.push(part);
      part = '';
      bytes = 0;
    }
    part += character;
    bytes += size;
  }
  return [...folded, part].join('\r\n ');
}
