import { createServer, type Server, type Socket } from 'node:net';

/** The harmless file that every scanner reports, https://www.eicar.org: made of pieces, so that none reports this one. */
export const eicar = Buffer.from(
  ['X5O!P%@AP[4', '\\PZX54(P^)7CC)7}$', 'EICAR-STANDARD-ANTIVIRUS', '-TEST-FILE!', '$H+H*'].join(''),
);

/** A scanner that speaks clamd's protocol, for tests: it finds what holds the name of EICAR's file. */
export interface TestClamd {
  /** For FILE_SCANNER. */
  readonly address: string;
  /** How many bytes each scanned stream had. */
  readonly scanned: readonly number[];
  stop(): Promise<void>;
}

/**
 * @param options.path listens at a unix socket instead of a port.
 * @param options.port the port of one that was stopped.
 * @param options.mostBytes clamd's StreamMaxLength.
 */
export async function startTestClamd(
  options: { path?: string; port?: number; mostBytes?: number } = {},
): Promise<TestClamd> {
  const { mostBytes = 100_000_000 } = options;
  const scanned: number[] = [];
  const sockets = new Set<Socket>();
  const server: Server = createServer((socket) => {
    sockets.add(socket);
    let waiting = Buffer.alloc(0);
    let streaming = false;
    let content = Buffer.alloc(0);
    socket.on('error', () => {});
    socket.on('close', () => sockets.delete(socket));
    socket.on('data', (chunk: Buffer) => {
      waiting = Buffer.concat([waiting, chunk]);
      if (!streaming) {
        const end = waiting.indexOf(0);
        if (end === -1) return;
        const command = waiting.toString('latin1', 0, end);
        waiting = waiting.subarray(end + 1);
        if (command === 'zVERSION') return void socket.end('ClamAV 1.4.2/27600/Mon Nov 23 09:00:00 2026\0');
        if (command !== 'zINSTREAM') return void socket.end('UNKNOWN COMMAND\0');
        streaming = true;
      }
      while (waiting.length >= 4) {
        const length = waiting.readUInt32BE(0);
        if (length === 0) {
          scanned.push(content.length);
          socket.end(content.includes('EICAR-STANDARD') ? 'stream: Eicar-Test-Signature FOUND\0' : 'stream: OK\0');
          return;
        }
        if (waiting.length < 4 + length) return;
        content = Buffer.concat([content, waiting.subarray(4, 4 + length)]);
        waiting = waiting.subarray(4 + length);
        if (content.length > mostBytes) return void socket.end('INSTREAM size limit exceeded. ERROR\0');
      }
    });
  });
  await new Promise<void>((resolve) => {
    if (options.path === undefined) server.listen(options.port ?? 0, '127.0.0.1', resolve);
    else server.listen(options.path, resolve);
  });
  server.unref();
  const bound = server.address();
  return {
    address:
      typeof bound === 'object' && bound !== null ? `tcp://127.0.0.1:${bound.port}` : `unix:${options.path ?? ''}`,
    scanned,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}
