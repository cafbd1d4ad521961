import assert from 'node:assert/strict';
import { join } from 'node:path';
import { createTestDatabase } from '../../../../testing/database.ts';
import { createRenderer } from '#design';
import { createOrganisation, createService } from '#organisations';
import {
  createCalendar,
  createKeyring,
  createLog,
  createMetrics,
  createServer,
  newId,
  Problem,
  readSettings,
} from '#platform';
import type { Scope, Server, Tx } from '#platform';
import { createFormsPart } from '../part.ts';
import { publishForm } from '../versions/versions.ts';

/** Forms that are served to people, on a database of their own. */
export interface ServedForms {
  server: Server;
  /** A second process over the same database. */
  serveAgain: () => Promise<Server>;
  inside: <T>(work: (tx: Tx) => Promise<T>) => Promise<T>;
  keyring: ReturnType<typeof createKeyring>;
  /** The database as its owner sees it. */
  ownerUrl: string;
  /** Publishes a form as a service of its own; says under which id. */
  publish: (slug: string, definition: unknown) => Promise<string>;
}

export async function serveForms(): Promise<ServedForms> {
  const { database, ownerUrl } = await createTestDatabase();
  const keyring = createKeyring([Buffer.alloc(32, 7).toString('base64')]);
  const scope: Scope = { organisationId: newId(), actor: { kind: 'system', name: 'test' } };
  const inside = <T>(work: (tx: Tx) => Promise<T>): Promise<T> => database.transact(scope, work);
  await inside((tx) =>
    createOrganisation(tx, { parentId: null, slug: 'forms', name: 'Department of Forms', kind: 'government' }),
  );
  const settings = readSettings({ REQUESTS_PER_MINUTE: '0', LOG_LEVEL: 'silent' });
  const root = join(import.meta.dirname, '..');
  const serve = async (): Promise<Server> => {
    const server = await createServer({
      settings,
      keyring,
      log: createLog('silent'),
      metrics: createMetrics(),
      renderer: createRenderer({
        look: { governmentName: 'Testland', colour: '#1a4d5c' },
        views: { forms: join(root, 'views'), organisations: join(root, '..', '..', 'organisations', 'views') },
      }),
      // Nobody signs in here.
      gatekeeper: { admit: () => Promise.reject(new Problem('not-signed-in')) },
      version: 'test',
    });
    const calendar = createCalendar('Europe/London');
    createFormsPart({ database, keyring, calendar, settings, isStaff: () => Promise.resolve(false) }).routes?.(server);
    await server.ready();
    return server;
  };
  const publish = (slug: string, definition: unknown): Promise<string> =>
    inside(async (tx) => {
      const serviceId = await createService(tx, {
        summary: 'A form.',
        phase: 'beta',
        audience: 'public',
        opensOn: null,
        closesOn: null,
        contact: 'forms@example.gov',
        retentionDays: 365,
        slug,
        name: slug,
      });
      await publishForm(tx, { serviceId, definition });
      return serviceId;
    });
  return { server: await serve(), serveAgain: serve, inside, keyring, ownerUrl, publish };
}

/** A person's browser, as far as a form needs one. */
export class Visitor {
  readonly #server: Server;
  readonly #cookies: Map<string, string>;
  /** Of the page that was answered last. */
  body = '';
  /** Where the visitor is. */
  at = '';
  #token = '';

  constructor(server: Server, cookies = new Map<string, string>()) {
    this.#server = server;
    this.#cookies = cookies;
  }

  /** A second tab of the same browser, whose requests come to that server. */
  anotherTab(server: Server): Visitor {
    return new Visitor(server, this.#cookies);
  }

  /** Opens a page, and whatever it leads to. */
  async open(url: string): Promise<void> {
    const { status, to } = await this.get(url);
    if (status === 303) return this.open(to);
    assert.equal(status, 200, this.body);
    this.at = url;
  }

  /** Posts to the page where the visitor is, or another, and goes where that leads. */
  async answer(fields: Readonly<Record<string, string>> = {}, url = this.at): Promise<string> {
    const { status, to } = await this.post(url, fields);
    assert.equal(status, 303, this.body);
    await this.open(to);
    return this.at;
  }

  async get(url: string): Promise<{ status: number; to: string }> {
    return this.#keep(await this.#server.inject({ method: 'GET', url, headers: this.#headers() }));
  }

  async post(url: string, fields: Readonly<Record<string, string>> = {}): Promise<{ status: number; to: string }> {
    const payload = new URLSearchParams({ ...fields, _csrf: this.#token }).toString();
    const headers = { ...this.#headers(), 'content-type': 'application/x-www-form-urlencoded' };
    return this.#keep(await this.#server.inject({ method: 'POST', url, headers, payload }));
  }

  #headers(): Record<string, string> {
    return { cookie: [...this.#cookies].map(([name, value]) => `${name}=${value}`).join('; ') };
  }

  #keep(response: {
    statusCode: number;
    body: string;
    headers: Record<string, unknown>;
    cookies: readonly { name: string; value: string }[];
  }): { status: number; to: string } {
    for (const { name, value } of response.cookies) this.#cookies.set(name, value);
    this.body = response.body;
    this.#token = /name="_csrf" value="([^"]+)"/.exec(response.body)?.[1] ?? this.#token;
    const { location } = response.headers;
    return { status: response.statusCode, to: typeof location === 'string' ? location : '' };
  }
}
