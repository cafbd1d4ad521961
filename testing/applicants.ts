import { Agent, request, type IncomingHttpHeaders } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';

/** What several people have seen who applied for a fishing licence at the same time, over HTTP. */
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

/** How many requests one application takes. */
export const requestsOfAnApplication = 13;

/** Lets a number of people at once apply until so many applications have been sent, or until the crowd is stopping. */
export async function applyTogether(
  crowd: Crowd,
  address: string,
  { applications, atOnce }: { applications: number; atOnce: number },
): Promise<void> {
  let begun = 0;
  const applyInTurn = async (): Promise<void> => {
    while (begun < applications && !crowd.stopping) {
      const number = (begun += 1);
      const reference = await applyForLicence(crowd, address, `applicant-${number}@example.org`);
      if (reference !== undefined) crowd.references.push(reference);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, applyInTurn));
}

/**
 * Applies once, as a browser without JavaScript would: one cookie jar, each form with its token. A request that is not
 * answered is sent again just as it was.
 *
 * @returns the reference of the confirmation page; undefined where the crowd stopped first.
 */
async function applyForLicence(crowd: Crowd, address: string, email: string): Promise<string | undefined> {
  const visitor = new Visitor(crowd, address);
  try {
    await visitor.get('/services/fishing-licence');
    let to = await visitor.post('/services/fishing-licence/start', {});
    for (let page = pageOf(to); page !== undefined; page = pageOf(to)) {
      to = await visitor.post(to, answers(email)[page] ?? {});
    }
    to = await visitor.post(to, {});
    const confirmation = await visitor.get(to);
    const reference = /<strong>([\w-]+)<\/strong>/.exec(confirmation)?.[1];
    if (reference === undefined) crowd.unexpected.push(`no reference on ${to}`);
    return reference;
  } catch (error) {
    if (error instanceof GivenUp) return undefined;
    throw error;
  } finally {
    visitor.leave();
  }
}

class GivenUp extends Error {}

const pageOf = (path: string): string | undefined => /\/apply\/([\w-]+)$/.exec(path)?.[1];

function answers(email: string): Readonly<Record<string, Readonly<Record<string, string>>>> {
  const soon = new Date(Date.now() + 7 * 86_400_000).toISOString();
  return {
    'kind-of-fish': { kindOfFish: 'salmon' },
    'length-of-licence': { lengthOfLicence: 'week' },
    'first-day': dateFields('firstDay', soon),
    name: { fullName: 'Efua Mensah' },
    'date-of-birth': dateFields('dateOfBirth', '1985-06-30'),
    'blue-badge': { hasBadge: 'false' },
    address: {
      'address-addressLine1': '12 Harbour Road',
      'address-town': 'Port Ansa',
      'address-postcode': 'SW1A 1AA',
    },
    'email-address': { email },
    'phone-number': {},
  };
}

function dateFields(name: string, date: string): Record<string, string> {
  const [year = '', month = '', day = ''] = date.slice(0, 10).split('-');
  return { [`${name}-day`]: day, [`${name}-month`]: month, [`${name}-year`]: year };
}

class Visitor {
  readonly #crowd: Crowd;
  readonly #address: string;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 1 });
  readonly #cookies = new Map<string, string>();
  #token = '';

  constructor(crowd: Crowd, address: string) {
    this.#crowd = crowd;
    this.#address = address;
  }

  async get(path: string): Promise<string> {
    const { body } = await this.#ask('GET', path, undefined, 200);
    this.#token = /name="_csrf" value="([^"]+)"/.exec(body)?.[1] ?? this.#token;
    return body;
  }

  /** Sends a form, and says where the answer leads. */
  async post(path: string, fields: Readonly<Record<string, string>>): Promise<string> {
    const { headers } = await this.#ask(
      'POST',
      path,
      new URLSearchParams({ ...fields, _csrf: this.#token }).toString(),
      303,
    );
    return headers.location ?? '';
  }

  leave(): void {
    this.#agent.destroy();
  }

  async #ask(method: string, path: string, form: string | undefined, expected: number): Promise<Answer> {
    for (;;) {
      const answer = await this.#send(method, path, form).catch(() => undefined);
      if (answer?.status === expected) {
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
  #send(method: string, path: string, form: string | undefined): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const sent = request(this.#address + path, {
        method,
        agent: this.#agent,
        timeout: 20_000,
        headers: {
          accept: 'text/html',
          cookie: [...this.#cookies].map(([name, value]) => `${name}=${value}`).join('; '),
          ...(form === undefined
            ? {}
            : { 'content-type': 'application/x-www-form-urlencoded', 'content-length': Buffer.byteLength(form) }),
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
      sent.end(form);
    });
  }

  #keepCookies(headers: IncomingHttpHeaders): void {
    for (const cookie of headers['set-cookie'] ?? []) {
      const [name = '', value = ''] = cookie.split(';')[0]?.split('=') ?? [];
      this.#cookies.set(name, value);
    }
  }
}

interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}
