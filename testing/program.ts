import { after } from 'node:test';
import { SignJWT } from 'jose';
import { createApiKey } from '#organisations';
import { hashToken, newSecret, readSettings, type Keyring, type Server, type Settings } from '#platform';
import { loadDemonstration } from '../demo/load.ts';
import { joinParts, type Whole } from '../src/main.ts';
import { createTestDatabase, type TestDatabase } from './database.ts';

/** The whole program over a database of its own with the demonstration government, without a port: requests are injected. */
export interface TestProgram {
  readonly whole: Whole;
  readonly server: Server;
  readonly database: TestDatabase;
  readonly keyring: Keyring;
  readonly settings: Settings;
  /** A row of the database as its owner sees it. */
  readonly ask: <Row extends object>(text: string, values?: readonly unknown[]) => Promise<Row[]>;
  /** A signed-in browser of a person of the demonstration. */
  signIn(name: string): Promise<Browser>;
  /** A browser that nobody is signed in to. */
  browser(): Browser;
  /** A token of a new API key of the service at an address. */
  tokenFor(slug: string, kind?: 'live' | 'team' | 'test'): Promise<string>;
}

/** What a browser does without its looks: keeps cookies, sends forms with their token, follows no redirect by itself. */
export interface Browser {
  get(path: string): Promise<Answer>;
  /** Sends a form. The token is taken from a page that the browser was shown; `fields` may be an array for many of a name. */
  post(path: string, fields?: Readonly<Record<string, string | readonly string[]>>): Promise<Answer>;
  /** Sends a form with files, as multipart/form-data. */
  upload(
    path: string,
    fields: Readonly<Record<string, string>>,
    files: readonly { field: string; name: string; content: string | Buffer }[],
  ): Promise<Answer>;
  readonly cookies: Map<string, string>;
}

export interface Answer {
  readonly status: number;
  readonly body: string;
  readonly headers: Readonly<Record<string, string | string[] | number | undefined>>;
  readonly location: string | undefined;
}

/** Call it at the top of a test file, not in a hook. */
export async function startTestProgram(env: Readonly<Record<string, string>> = {}): Promise<TestProgram> {
  const database = await createTestDatabase();
  const settings = readSettings({
    ENCRYPTION_KEYS: Buffer.alloc(32, 7).toString('base64'),
    LOG_LEVEL: 'silent',
    REQUESTS_PER_MINUTE: '0',
    ...env,
  });
  await loadDemonstration(database.ownerUrl);
  const whole = await joinParts(settings, database.url);
  const server = await whole.createServer();
  await server.ready();
  after(async () => {
    await server.close();
    await whole.database.close();
  });
  const { default: pg } = await import('pg');
  const owner = new pg.Pool({ connectionString: database.ownerUrl, max: 2, allowExitOnIdle: true });
  owner.on('error', () => {});
  after(() => owner.end());
  const ask = async <Row extends object>(text: string, values: readonly unknown[] = []): Promise<Row[]> =>
    (await owner.query<Row>(text, [...values])).rows;

  return {
    whole,
    server,
    database,
    keyring: whole.keyring,
    settings,
    ask,
    browser: () => openBrowser(server),

    async signIn(name) {
      const [person] = await ask<{ organisation_id: string; id: string }>(
        'select organisation_id, id from organisations.people where name = $1',
        [name],
      );
      if (person === undefined) throw new Error(`Nobody in the demonstration is called ${name}.`);
      const token = newSecret();
      await ask(
        `insert into organisations.sessions (organisation_id, id, person_id, token_hash, expires_at)
         values ($1, gen_random_uuid(), $2, $3, now() + interval '1 hour')`,
        [person.organisation_id, person.id, hashToken(token)],
      );
      const browser = openBrowser(server);
      browser.cookies.set('commonhold_session', token);
      return browser;
    },

    async tokenFor(slug, kind = 'live') {
      const [service] = await ask<{ organisation_id: string; id: string }>(
        'select organisation_id, id from organisations.services where slug = $1',
        [slug],
      );
      if (service === undefined) throw new Error(`The demonstration has no service at ${slug}.`);
      const key = await whole.database.transact(
        { organisationId: service.organisation_id, actor: { kind: 'system', name: 'test' } },
        (tx) =>
          createApiKey(tx, whole.keyring, {
            serviceId: service.id,
            name: `test ${newSecret()}`,
            kind,
            createdBy: 'test',
          }),
      );
      return new SignJWT({ iss: service.id })
        .setProtectedHeader({ alg: 'HS256' })
        .setIssuedAt()
        .sign(new TextEncoder().encode(key.slice(-36)));
    },
  };
}

function openBrowser(server: Server): Browser {
  const cookies = new Map<string, string>();
  let token: string | undefined;

  const send = async (
    method: 'GET' | 'POST',
    url: string,
    payload?: string | Buffer,
    type = 'application/x-www-form-urlencoded',
  ): Promise<Answer> => {
    const response = await server.inject({
      method,
      url,
      headers: {
        accept: 'text/html',
        cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join('; '),
        ...(payload === undefined ? {} : { 'content-type': type }),
      },
      ...(payload === undefined ? {} : { payload }),
    });
    for (const cookie of response.cookies) {
      if (cookie.value === '') cookies.delete(cookie.name);
      else cookies.set(cookie.name, cookie.value);
    }
    token = /name="_csrf" value="([^"]+)"/.exec(response.body)?.[1] ?? token;
    const { location } = response.headers;
    return { status: response.statusCode, body: response.body, headers: response.headers, location };
  };

  return {
    cookies,
    get: (path) => send('GET', path),
    async post(path, fields = {}) {
      // A browser has always seen a page before it sends a form.
      if (token === undefined) await send('GET', '/staff/sign-in');
      const body = new URLSearchParams();
      if (token !== undefined) body.append('_csrf', token);
      for (const [name, values] of Object.entries(fields))
        for (const value of [values].flat()) body.append(name, value);
      return send('POST', path, body.toString());
    },
    async upload(path, fields, files) {
      if (token === undefined) await send('GET', '/staff/sign-in');
      const body = new FormData();
      if (token !== undefined) body.append('_csrf', token);
      for (const [name, value] of Object.entries(fields)) body.append(name, value);
      for (const { field, name, content } of files) body.append(field, new Blob([content]), name);
      const encoded = new Response(body);
      const type = encoded.headers.get('content-type') ?? '';
      return send('POST', path, Buffer.from(await encoded.arrayBuffer()), type);
    },
  };
}
