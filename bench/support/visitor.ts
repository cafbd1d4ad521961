import { Pool, type Dispatcher } from 'undici';

/** A browser, as far as a load generator needs one: cookies and the token of the last page's form. */
export class Visitor {
  readonly #pool: Pool;
  readonly #cookies = new Map<string, string>();
  #token = '';

  constructor(pool: Pool) {
    this.#pool = pool;
  }

  async get(path: string): Promise<{ status: number; body: string; location: string }> {
    return this.#send({ method: 'GET', path });
  }

  async post(
    path: string,
    fields: Readonly<Record<string, string>>,
  ): Promise<{ status: number; body: string; location: string }> {
    const body = new URLSearchParams({ ...fields, _csrf: this.#token }).toString();
    return this.#send({ method: 'POST', path, body });
  }

  async #send(request: {
    method: 'GET' | 'POST';
    path: string;
    body?: string;
  }): Promise<{ status: number; body: string; location: string }> {
    const headers: Record<string, string> = {
      cookie: [...this.#cookies].map(([name, value]) => `${name}=${value}`).join('; '),
      ...(request.body === undefined ? {} : { 'content-type': 'application/x-www-form-urlencoded' }),
    };
    const options: Dispatcher.RequestOptions = { ...request, headers };
    const response = await this.#pool.request(options);
    const body = await response.body.text();
    for (const cookie of [response.headers['set-cookie'] ?? []].flat()) {
      const [pair = ''] = cookie.split(';');
      const at = pair.indexOf('=');
      this.#cookies.set(pair.slice(0, at), pair.slice(at + 1));
    }
    const token = body.indexOf('name="_csrf" value="');
    if (token >= 0) this.#token = body.slice(token + 20, body.indexOf('"', token + 20));
    const { location } = response.headers;
    return { status: response.statusCode, body, location: typeof location === 'string' ? location : '' };
  }
}
