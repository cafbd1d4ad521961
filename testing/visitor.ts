import { Agent, request, type IncomingHttpHeaders } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';

/** What several people have seen who used services at the same time, over HTTP. */
export interface Crowd {
  /** Answers that came whole. */
  answered: number;
  /** Requests that were sent again, because no answer came or the service said that it was unavailable. */
  repeated: number;
  /** Answers of which only a part came. */
  readonly broken: string[];
  /** Answers that nobody should see. */
  readonly unexpected: string[];
  /** The reference on each confirmation page. */
  readonly references: string[];
  /** True as soon as the requests are to end: whoever gets no answer then gives up. */
  stopping: boolean;
}

export function newCrowd(): Crowd {
  return { answered: 0, repeated: 0, broken: [], unexpected: [], references: [], stopping: false };
}

/** A person who got no answer, and sends nothing again since the crowd is stopping. */
export class GivenUp extends Error {}

/**
 * A person with a browser without JavaScript: one cookie jar, each form with its token. A request that is not answered is
 * sent again just as it was.
 */
export class Visitor {
  readonly #crowd: Crowd;
  readonly #address: string;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 1 });
  readonly #cookies = new Map<string, string>();
  #token = '';

  constructor(crowd: Crowd, address: string) {
    this.#crowd = crowd;
    this.#address = address;
  }

  /** Opens a page, or the one that it leads to. */
  async get(path: string): Promise<string> {
    return (await this.open(path)).body;
  }

  /** The same, and where it is. */
  async open(path: string): Promise<{ at: string; body: string }> {
    const { status, headers, body } = await this.#ask('GET', path, undefined, [200, 303]);
    if (status === 303) return this.open(headers.location ?? '');
    this.#token = /name="_csrf" value="([^"]+)"/.exec(body)?.[1] ?? this.#token;
    return { at: path, body };
  }

  /** Sends a form, and says where the answer leads. */
  async post(path: string, fields: Readonly<Record<string, string>>): Promise<string> {
    const text = new URLSearchParams({ ...fields, _csrf: this.#token }).toString();
    const form = { type: 'application/x-www-form-urlencoded', content: Buffer.from(text) };
    const { headers } = await this.#ask('POST', path, form, [303]);
    return headers.location ?? '';
  }

  /** Sends a form with a file, and says where the answer leads. */
  async upload(
    path: string,
    fields: Readonly<Record<string, string>>,
    file: { field: string; name: string; content: Buffer },
  ): Promise<string> {
    const body = new FormData();
    body.append('_csrf', this.#token);
    for (const [name, value] of Object.entries(fields)) body.append(name, value);
    body.append(file.field, new Blob([new Uint8Array(file.content)]), file.name);
    const encoded = new Response(body);
    const type = encoded.headers.get('content-type') ?? '';
    const form = { type, content: Buffer.from(await encoded.arrayBuffer()) };
    const { headers } = await this.#ask('POST', path, form, [303]);
    return headers.location ?? '';
  }

  /** The value of a cookie whose name begins so. */
  cookie(beginning: string): string | undefined {
    return [...this.#cookies].find(([name]) => name.startsWith(beginning))?.[1];
  }

  leave(): void {
    this.#agent.destroy();
  }

  async #ask(method: string, path: string, form: Form | undefined, expected: readonly number[]): Promise<Answer> {
    for (;;) {
      const answer = await this.#send(method, path, form).catch(() => undefined);
      if (answer && expected.includes(answer.status)) {
        this.#crowd.answered += 1;
        return answer;
      }
      if (answer !== undefined && answer.status !== 503) {
        this.#crowd.unexpected.push(`${method} ${path} answered ${answer.status}`);
        throw new GivenUp();
      }
      if (this.#crowd.stopping) throw new GivenUp();
      this.#crowd.repeated += 1;
      await pause(25);
    }
  }

  /** Rejects where no answer came, or only a part of one. */
  #send(method: string, path: string, form: Form | undefined): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const sent = request(this.#address + path, {
        method,
        agent: this.#agent,
        timeout: 20_000,
        headers: {
          accept: 'text/html',
          cookie: [...this.#cookies].map(([name, value]) => `${name}=${value}`).join('; '),
          ...(form === undefined ? {} : { 'content-type': form.type, 'content-length': form.content.length }),
        },
      });
      sent.once('timeout', () => sent.destroy(new Error('no answer in 20 seconds')));
      sent.once('error', reject);
      sent.once('response', (response) => {
        let body = '';
        response.setEncoding('utf8').on('data', (text: string) => (body += text));
        response.once('error', reject);
        response.once('close', () => {
          // Set when the end of a chunked answer, or all of its content-length, was seen.
          if (!response.complete) {
            this.#crowd.broken.push(`${method} ${path}: ${body.length} characters came`);
            reject(new Error('the answer was cut off'));
            return;
          }
          const { statusCode: status = 0, headers } = response;
          if (status === 303 || status === 200) this.#keepCookies(headers);
          resolve({ status, headers, body });
        });
      });
      sent.end(form?.content);
    });
  }

  #keepCookies(headers: IncomingHttpHeaders): void {
    for (const cookie of headers['set-cookie'] ?? []) {
      const [name = '', value = ''] = cookie.split(';')[0]?.split('=') ?? [];
      this.#cookies.set(name, value);
    }
  }
}

interface Form {
  readonly type: string;
  readonly content: Buffer;
}

interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}
