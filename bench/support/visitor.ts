import { connect, type Socket } from 'node:net';

/** What a visitor is answered. */
export interface Answered {
  readonly status: number;
  readonly body: string;
  readonly location: string;
}

/** Connections to one server, as many as there are requests at once. */
export class Lines {
  readonly #idle: Line[];
  readonly #all: readonly Line[];

  /** @param address such as `http://127.0.0.1:3000`. */
  constructor(address: string, connections: number) {
    this.#all = Array.from({ length: connections }, () => new Line(address));
    this.#idle = [...this.#all];
  }

  /** @param head lines of the header, each with its end. @throws Error where more are sent at once than there are lines. */
  async send(method: 'GET' | 'POST', path: string, head: string, body = ''): Promise<Answer> {
    const line = this.#idle.pop();
    if (line === undefined) throw new Error('More requests at once than connections.');
    const answer = await line.send(method, path, head, body);
    this.#idle.push(line);
    return answer;
  }

  close(): void {
    for (const line of this.#all) line.close();
  }
}

/**
 * A connection of HTTP/1.1 that is kept open, with one request at a time: as much as a load generator needs, so that it leaves
 * the core that it shares to the database.
 */
class Line {
  readonly #socket: Socket;
  readonly #host: string;
  #received = '';
  #waiting: { resolve: (answer: Answer) => void; reject: (error: Error) => void } | undefined;

  constructor(address: string) {
    const { hostname, port, host } = new URL(address);
    this.#host = host;
    this.#socket = connect({ host: hostname, port: Number(port), noDelay: true });
    // Bytes are read as such, and only then as UTF-8: lengths are of bytes.
    this.#socket.setEncoding('latin1');
    this.#socket.on('data', (text: string) => this.#take(text));
    const fail = (error?: Error): void => this.#waiting?.reject(error ?? new Error('The server hung up.'));
    this.#socket.on('error', fail);
    this.#socket.on('close', () => fail());
  }

  send(method: 'GET' | 'POST', path: string, head: string, body: string): Promise<Answer> {
    const length = method === 'POST' ? `content-length: ${Buffer.byteLength(body)}\r\n` : '';
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject };
      this.#socket.write(`${method} ${path} HTTP/1.1\r\nhost: ${this.#host}\r\n${head}${length}\r\n${body}`);
    });
  }

  close(): void {
    this.#waiting = undefined;
    this.#socket.destroy();
  }

  #take(text: string): void {
    this.#received = this.#received === '' ? text : this.#received + text;
    const end = this.#received.indexOf('\r\n\r\n');
    if (end === -1) return;
    const head = this.#received.slice(0, end + 2);
    const length = /\r\ncontent-length: (\d+)\r\n/i.exec(head)?.[1];
    const whole = end + 4 + Number(length ?? 0);
    if (this.#received.length < whole) return;
    const waiting = this.#waiting;
    this.#waiting = undefined;
    const answer = { status: Number(head.slice(9, 12)), head, body: this.#received.slice(end + 4, whole) };
    this.#received = this.#received.slice(whole);
    waiting?.resolve(answer);
  }
}

interface Answer {
  readonly status: number;
  /** The lines of the header, each with its end. */
  readonly head: string;
  /** Its bytes, one to a letter. */
  readonly body: string;
}

/** A browser, as far as a load generator needs one: cookies and the token of the last page's form. */
export class Visitor {
  readonly #lines: Lines;
  readonly #cookies = new Map<string, string>();
  #cookie = '';
  #token = '';

  constructor(lines: Lines) {
    this.#lines = lines;
  }

  async get(path: string): Promise<Answered> {
    return this.#keep(await this.#lines.send('GET', path, this.#cookie));
  }

  async post(path: string, fields: Readonly<Record<string, string>>): Promise<Answered> {
    const body = new URLSearchParams({ ...fields, _csrf: this.#token }).toString();
    const head = `${this.#cookie}content-type: application/x-www-form-urlencoded\r\n`;
    return this.#keep(await this.#lines.send('POST', path, head, body));
  }

  #keep({ status, head, body }: Answer): Answered {
    if (head.includes('\r\nset-cookie: ')) {
      for (const [, name = '', value = ''] of head.matchAll(/\r\nset-cookie: ([^=]+)=([^;\r]*)/g)) {
        this.#cookies.set(name, value);
      }
      this.#cookie = `cookie: ${[...this.#cookies].map(([name, value]) => `${name}=${value}`).join('; ')}\r\n`;
    }
    const token = body.indexOf('name="_csrf" value="');
    if (token !== -1) this.#token = body.slice(token + 20, body.indexOf('"', token + 20));
    return { status, body, location: /\r\nlocation: (.*)\r\n/.exec(head)?.[1] ?? '' };
  }
}
