import { once } from 'node:events';
import { SMTPServer, type SMTPServerDataStream, type SMTPServerSession } from 'smtp-server';
import type { Keyring, Log } from '#platform';
import { findMessageTokens, readMessageToken } from '../hand-over/tokens.ts';
import type { Reports } from './reports.ts';

const mostBytes = 2_000_000;

/**
 * Takes the e-mails that come back: a small mail server that knows no other addresses than those that name a message of
 * ours. The mail exchanger of BOUNCE_DOMAIN is to point here.
 */
export async function listenForReports(
  options: { port: number; host: string; keyring: Keyring; reports: Reports },
  log: Log,
): Promise<{ port: number; stop(): Promise<void> }> {
  const { keyring, reports } = options;
  const server = new SMTPServer({
    disabledCommands: ['AUTH', 'STARTTLS'],
    logger: false,
    size: mostBytes,
    maxClients: 50,
    socketTimeout: 60_000,
    closeTimeout: 2000,
    onRcptTo({ address }, _session, done) {
      const isOurs = findMessageTokens(address).some((token) => readMessageToken(keyring, token) !== null);
      done(isOurs ? null : answer(550, 'There is nobody here of that name.'));
    },
    onData(stream, session, done) {
      void answerData(stream, session, done);
    },
  });
  server.on('error', (error: Error) => log.warn({ error: error.name }, 'a mail server that brings reports broke off'));

  async function answerData(
    stream: SMTPServerDataStream,
    session: SMTPServerSession,
    done: (error?: Error | null) => void,
  ): Promise<void> {
    try {
      await receive(stream, session);
      done();
    } catch (error) {
      log.warn({ error: error instanceof Error ? error.name : 'unknown' }, 'an email that came back was not kept');
      done(answer(451, 'Try again later.'));
    }
  }

  async function receive(stream: SMTPServerDataStream, { envelope }: SMTPServerSession): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of stream) chunks.push(Buffer.from(chunk));
    // What is longer is cut: the report stands at the beginning.
    await reports.email(
      Buffer.concat(chunks).toString('latin1'),
      envelope.rcptTo.map(({ address }) => address),
    );
  }

  const listener = server.listen(options.port, options.host);
  await once(listener, 'listening');
  const address = listener.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : options.port,
    stop: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

function answer(responseCode: number, words: string): Error {
  return Object.assign(new Error(words), { responseCode });
}
