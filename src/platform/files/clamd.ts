import { connect, type Socket } from 'node:net';
import { ScannerAway, type Scanner } from './scanner.ts';

/** Where clamd listens. */
export type ClamdAddress = { readonly host: string; readonly port: number } | { readonly path: string };

/** Reads `tcp://host:3310` or `unix:/run/clamav/clamd.ctl`; undefined where it is neither. */
export function readClamdAddress(text: string): ClamdAddress | undefined {
  const socket = /^unix:(?:\/\/)?(\/.+)$/.exec(text)?.[1];
  if (socket !== undefined) return { path: socket };
  if (!URL.canParse(text)) return undefined;
  const { protocol, hostname, port } = new URL(text);
  if (protocol !== 'tcp:' || hostname === '') return undefined;
  return { host: hostname.replaceAll(/^\[|\]$/g, ''), port: port === '' ? 3310 : Number(port) };
}

/** How long clamd may say nothing: before a connection, and after the last byte of a large archive. */
const connectSeconds = 10;
const answerSeconds = 120;

/**
 * ClamAV, asked over its own protocol: `INSTREAM`, in chunks of a 32-bit length and so many bytes, ended by a length of
 * nought (clamd(8), "COMMANDS"). A file larger than clamd's `StreamMaxLength` cannot be scanned, and is never called clean.
 */
export function createClamdScanner(address: ClamdAddress, { seconds = answerSeconds } = {}): Scanner {
  return {
    isReal: true,
    async scan(content) {
      const answer = await ask(address, 'zINSTREAM\0', seconds, async (write) => {
        for await (const chunk of content) {
          if (chunk.length === 0) continue;
          const length = Buffer.alloc(4);
          length.writeUInt32BE(chunk.length);
          if (!(await write(Buffer.concat([length, chunk])))) return;
        }
        await write(Buffer.alloc(4));
      });
      const found = /^stream: (.+) FOUND$/.exec(answer)?.[1];
      if (found === undefined && answer !== 'stream: OK') {
        throw new ScannerAway(
          answer === '' ? 'clamd closed the connection without an answer' : `clamd answered: ${answer.slice(0, 200)}`,
        );
      }
      const version = await ask(address, 'zVERSION\0', seconds).catch(() => '');
      return { found: found ?? null, scannedBy: /^ClamAV [^/\s]+(?:\/\d+)?/.exec(version)?.[0] ?? 'ClamAV' };
    },
  };
}

type Write = (bytes: Buffer) => Promise<boolean>;

/** Sends a command and what follows it, and waits for the answer, without the NUL at its end. */
async function ask(
  address: ClamdAddress,
  command: string,
  seconds: number,
  send: (write: Write) => Promise<void> = () => Promise.resolve(),
): Promise<string> {
  const socket = connect(address);
  const answer = answerOf(socket, seconds);
  // Whatever goes wrong with the socket rejects the answer, which is awaited last: it must not count as nobody's error.
  answer.catch(() => {});
  /** Says whether to go on: a server that has answered or hung up before the end reads no more. */
  const write: Write = (bytes) =>
    new Promise((resolve) => {
      if (socket.destroyed || !socket.writable) resolve(false);
      else socket.write(bytes, (error) => resolve(!error && !socket.destroyed));
    });
  try {
    await write(Buffer.from(command));
    await send(write);
    return await answer;
  } finally {
    socket.destroy();
  }
}

function answerOf(socket: Socket, seconds: number): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = '';
    const away = (detail: string, cause?: unknown): void => reject(new ScannerAway(detail, cause));
    socket.setTimeout(connectSeconds * 1000);
    socket.on('connect', () => socket.setTimeout(seconds * 1000));
    socket.on('timeout', () => {
      away('clamd does not answer');
      socket.destroy();
    });
    socket.on('data', (chunk: Buffer) => {
      text += chunk.toString('utf8');
      if (text.length > 10_000) {
        away('clamd answers without end');
        socket.destroy();
      } else if (text.endsWith('\0')) {
        resolve(text.slice(0, -1).trim());
      }
    });
    socket.on('error', (error) => away(`clamd cannot be reached: ${error.message}`, error));
    socket.on('close', () => resolve(text.replace(/\0$/, '').trim()));
  });
}
