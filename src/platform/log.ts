import { pino, type Logger } from 'pino';

/** The structured log. Personal data never goes into it: identifiers, kinds and counts do. */
export type Log = Logger;

/** One JSON object a line, on standard output. */
export function createLog(level: string): Log {
  return pino({
    level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    // A second fence: these would be personal data or secrets wherever they appeared.
    redact: {
      paths: [
        'email',
        'to',
        'recipient',
        'password',
        'token',
        'code',
        '*.email',
        '*.to',
        '*.recipient',
        '*.password',
        '*.token',
        '*.code',
      ],
      censor: '[kept out]',
    },
  });
}
