import { addDays } from '#platform';
import type { ContractDecision } from '../reading/reading.ts';
import { wordsOfAction } from './words.ts';

/**
 * What has to be decided by when, as iCalendar (RFC 5545): an all-day event for each decision, with an alarm 30 days before.
 * The same decision keeps its UID, so that a calendar that reads it again changes it and adds nothing.
 *
 * @param madeAt when the plan was adopted, as an ISO time.
 */
export function writeCalendar(
  decisions: readonly ContractDecision[],
  plan: { number: number; madeAt: string },
): string {
  const stamp = `${plan.madeAt.slice(0, 19).replaceAll(/[-:]/g, '')}Z`;
  const lines = [
    'BEGIN:VCALENDAR',
    'VERSION:2.0',
    'PRODID:-//Commonhold//Plan//EN',
    'CALSCALE:GREGORIAN',
    'METHOD:PUBLISH',
    'X-WR-CALNAME:Contracts to decide on',
    'REFRESH-INTERVAL;VALUE=DURATION:PT12H',
    ...decisions.flatMap((decision) => [
      'BEGIN:VEVENT',
      `UID:${decision.partId}-${decision.action}-${decision.from}@commonhold`,
      `DTSTAMP:${stamp}`,
      `SEQUENCE:${plan.number}`,
      `DTSTART;VALUE=DATE:${decision.by.replaceAll('-', '')}`,
      `DTEND;VALUE=DATE:${addDays(decision.by, 1).replaceAll('-', '')}`,
      `SUMMARY:${escape(`${wordsOfAction[decision.action]}: ${decision.contractName}`)}`,
      `DESCRIPTION:${escape(`With ${decision.supplier}. Takes effect on ${decision.from}. From plan ${plan.number}.`)}`,
      'TRANSP:TRANSPARENT',
      'BEGIN:VALARM',
      'ACTION:DISPLAY',
      'TRIGGER:-P30D',
      `DESCRIPTION:${escape(`Decide: ${decision.contractName}`)}`,
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
