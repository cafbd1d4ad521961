import { Agent as PlainAgent, request as requestPlain, type RequestOptions } from 'node:http';
import { Agent as TlsAgent, request as requestTls } from 'node:https';
import { AddressNotPermitted, type PermittedAddresses } from './addresses.ts';

/** How one attempt to deliver ended. */
export interface Outcome {
  readonly outcome: 'accepted' | 'refused' | 'no-answer' | 'not-permitted';
  /** The status of the answer, where there was one. */
  readonly status: number | null;
  /** Why there was no answer, in words that quote nothing of what was sent or answered. */
  readonly detail: string | null;
}

/** Posts bodies to addresses that others gave us. */
export interface Poster {
  /** Never throws: what went wrong is the outcome. No redirect is followed, and of the answer only the status is read. */
  post(target: {
    url: string;
    headers: Readonly<Record<string, string>>;
    body: string;
    timeoutSeconds: number;
  }): Promise<Outcome>;
}

/** An answer is thrown away, and its connection with it, when it is longer than this. */
const mostAnswerBytes = 64_000;

/** Makes a poster with pools of connections, each of which was opened to a permitted address. */
export function createPoster(addresses: PermittedAddresses): Poster {
  const pool = { keepAlive: true, maxFreeSockets: 64, timeout: 30_000, scheduling: 'lifo' } as const;
  const tls = new TlsAgent({ ...pool, lookup: addresses.lookup });
  const plain = new PlainAgent({ ...pool, lookup: addresses.lookupPlain });

  return {
    async post({ url, headers, body, timeoutSeconds }) {
      const notPermitted = addresses.whyNot(url);
      if (notPermitted !== undefined) return { outcome: 'not-permitted', status: null, detail: notPermitted };
      const isPlain = url.startsWith('http:');
      const options: RequestOptions = {
        method: 'POST',
        agent: isPlain ? plain : tls,
        headers: { ...headers, 'content-length': String(Buffer.byteLength(body)) },
        signal: AbortSignal.timeout(timeoutSeconds * 1000),
      };
      return new Promise((resolve) => {
        const fail = (error: Error): void => resolve(outcomeOf(error, timeoutSeconds));
        const request = (isPlain ? requestPlain : requestTls)(url, options, (response) => {
          const status = response.statusCode ?? 0;
          const end = (): void =>
            resolve({ outcome: status >= 200 && status < 300 ? 'accepted' : 'refused', status, detail: null });
          let bytes = 0;
          response.on('data', (chunk: Buffer) => {
            bytes += chunk.length;
            if (bytes <= mostAnswerBytes) return;
            end();
            request.destroy();
          });
          response.once('end', end);
          response.once('error', fail);
        });
        request.once('error', fail);
        request.end(body);
      });
    },
  };
}

function outcomeOf(error: Error, timeoutSeconds: number): Outcome {
  if (error instanceof AddressNotPermitted) return { outcome: 'not-permitted', status: null, detail: error.message };
  const code = 'code' in error && typeof error.code === 'string' ? error.code : undefined;
  const detail =
    error.name === 'AbortError' || error.name === 'TimeoutError' || code === 'ABORT_ERR'
      ? `There was no answer within ${timeoutSeconds} seconds.`
      : `The connection failed (${code ?? 'no reason given'}).`;
  return { outcome: 'no-answer', status: null, detail };
}
