import assert from 'node:assert/strict';
import { globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createTestDatabase } from '../../../../testing/database.ts';
import { createRenderer } from '#design';
import { createOrganisation, createService } from '#organisations';
import {
  createCalendar,
  createFileStore,
  createKeyring,
  createLog,
  createMetrics,
  createServer,
  newId,
  Problem,
  readSettings,
} from '#platform';
import type { Scope, Server, Tx } from '#platform';
import { compileForm } from '../versions/compile.ts';
import type { CompiledForm, CompiledPage } from '../versions/compile.ts';
import { formsTables } from '../database.ts';
import { readDefinition } from '../definition/definition.ts';
import { createFormsPart } from '../part.ts';
import type { Posted } from '../questions/questions.ts';
import { publishForm } from '../versions/versions.ts';
import { walkForm } from '../check/walk.ts';
import type { WalkedJourney } from '../check/walk.ts';
import { findWrongPosts } from '../check/wrong-answers.ts';

/** Where definitions of real departments lie, on machines that have them. */
export const realForms = join(import.meta.dirname, '../../../../../shared/data/forms');

export interface Walked {
  forms: number;
  journeys: number;
  sent: number;
  refused: number;
  /** Wrong answers that were posted, each of which got its error. */
  corrected: number;
}

/** The definitions of real departments that are wanted, by their paths. */
export function readRealForms(wanted: (file: string, number: number) => boolean): Map<string, unknown> {
  const files = globSync('**/*.json', { cwd: realForms }).toSorted().filter(wanted);
  return new Map(files.map((file) => [file, JSON.parse(readFileSync(join(realForms, file), 'utf8'))]));
}

/**
 * Publishes each form that can be, and takes every journey that its walk found over HTTP, with a wrong answer on each page
 * first.
 *
 * @param definitions by a name to tell them by.
 * @param mostJourneys of each form; all where it is left out.
 */
export async function walkOverHttp(
  definitions: ReadonlyMap<string, unknown>,
  mostJourneys = Number.POSITIVE_INFINITY,
): Promise<Walked> {
  const { database } = await createTestDatabase();
  const keyring = createKeyring([Buffer.alloc(32, 7).toString('base64')]);
  const organisationId = newId();
  const scope: Scope = { organisationId, actor: { kind: 'system', name: 'test' } };
  const calendar = createCalendar('Europe/London');
  await database.transact(scope, (tx) =>
    createOrganisation(tx, { parentId: null, slug: 'forms', name: 'Department of Forms', kind: 'government' }),
  );
  const settings = readSettings({ REQUESTS_PER_MINUTE: '0', LOG_LEVEL: 'silent' });
  const root = join(import.meta.dirname, '..');
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
  const folder = mkdtempSync(join(tmpdir(), 'commonhold-walked-'));
  const fileStore = createFileStore({ ...settings, dataFolder: folder }, { database, keyring });
  createFormsPart({ database, keyring, calendar, settings, fileStore, isStaff: () => Promise.resolve(false) }).routes?.(
    server,
  );
  await server.ready();
  const walked: Walked = { forms: 0, journeys: 0, sent: 0, refused: 0, corrected: 0 };
  for (const [file, definition] of definitions) {
    const { form, problems } = readDefinition(definition);
    if (!form || problems.some(({ severity }) => severity === 'error')) continue;
    const slug = `form-${walked.forms}`;
    const isUnready = problems.some(({ severity }) => severity === 'unready');
    await database.transact(scope, async (tx) => {
      const serviceId = await createService(tx, { ...service, slug, name: file });
      await (isUnready
        ? keepVersion(tx, serviceId, definition)
        : publishForm(tx, { serviceId, definition, canScanFiles: true }));
    });
    const compiled = compileForm(form);
    const mistaken = new Set<CompiledPage>();
    const today = calendar.today();
    for (const journey of walkForm(compiled, today).journeys.slice(0, mostJourneys)) {
      assert.notEqual(journey.end, 'stuck', `${file}: a journey does not get to an end`);
      await new Applicant(server, `/services/${slug}`, { file, walked, mistaken, today }).take(journey, compiled);
    }
    walked.forms++;
  }
  await server.close();
  rmSync(folder, { recursive: true, force: true });
  return walked;
}

/** As publishing does, for a form of which something is missing that it cannot go live without. */
async function keepVersion(tx: Tx, serviceId: string, definition: unknown): Promise<void> {
  const [formId, of] = [newId(), { organisation_id: tx.organisationId }];
  const tables = formsTables(tx);
  await tables
    .insertInto('forms')
    .values({ ...of, id: formId, service_id: serviceId, name: 'Unready' })
    .execute();
  await tables
    .insertInto('versions')
    .values({ ...of, form_id: formId, number: 1, definition: JSON.stringify(definition) })
    .execute();
  await tables
    .insertInto('publications')
    .values({ ...of, form_id: formId, number: 1, version: 1, kind: 'published', published_by: 'test' })
    .execute();
}

const service = {
  summary: 'A form.',
  phase: 'beta',
  audience: 'public',
  opensOn: null,
  closesOn: null,
  contact: 'forms@example.gov',
  retentionDays: 365,
} as const;

/** A person's browser, as far as a form needs one. */
class Applicant {
  readonly #server: Server;
  readonly #address: string;
  readonly #file: string;
  readonly #walked: Walked;
  /** The pages of the form that wrong answers were posted to. */
  readonly #mistaken: Set<CompiledPage>;
  readonly #today: string;
  #cookie = '';
  #token = '';
  #body = '';

  constructor(
    server: Server,
    address: string,
    { file, walked, mistaken, today }: { file: string; walked: Walked; mistaken: Set<CompiledPage>; today: string },
  ) {
    this.#mistaken = mistaken;
    this.#today = today;
    this.#server = server;
    this.#address = address;
    this.#file = file;
    this.#walked = walked;
  }

  async take({ steps, end }: WalkedJourney, { summary }: CompiledForm): Promise<void> {
    this.#walked.journeys++;
    assert.equal(await this.#ask('GET', this.#address), 200, this.#file);
    let at = await this.#post(`${this.#address}/start`, {});
    for (const { page, key, posted } of steps) {
      const where = `${this.#file}: ${page.page.path}`;
      at = await this.#follow(at);
      // The names of items are made up on either side.
      assert.equal(withoutNames(at), withoutNames(`${this.#address}/apply/${key}`), where);
      if (posted === null) {
        at = at.slice(0, at.lastIndexOf('/~'));
        continue;
      }
      await this.#mistake(page, at, posted, where);
      at = await this.#post(at, posted);
    }
    at = await this.#follow(at);
    if (end === 'refused') {
      assert.equal(await this.#ask('GET', at), 200, `${this.#file}: ${at}`);
      assert.doesNotMatch(this.#body, /<form/, `${this.#file}: ${at} leads on`);
      this.#walked.refused++;
      return;
    }
    assert.equal(at, `${this.#address}/check-your-answers`, this.#file);
    assert.equal(await this.#ask('GET', at), 200, `${this.#file}: check your answers`);
    const last: Posted = Object.fromEntries((summary?.questions ?? []).map(({ question }) => [question.key, 'true']));
    at = await this.#post(at, last);
    assert.equal(at, `${this.#address}/confirmation`, this.#file);
    assert.equal(await this.#ask('GET', at), 200, this.#file);
    assert.match(this.#body, /<strong>[\w-]+<\/strong>/);
    this.#walked.sent++;
  }

  /** Posts a wrong answer to each field of a page that can have one, the first time that the page is come to. */
  async #mistake(page: CompiledPage, at: string, right: Posted, where: string): Promise<void> {
    if (this.#mistaken.has(page) || page.repeat) return;
    this.#mistaken.add(page);
    // The address is that of a form with files, which is sent in another way.
    if (page.questions.some(({ question }) => question.kind === 'file-upload')) return;
    const shown = this.#body;
    for (const { posted, field } of findWrongPosts(page, right, this.#today)) {
      const key = page.questions.find(({ question }) => field === question.key || field.startsWith(`${question.key}-`));
      if (!key || !shown.includes(`name="${key.question.key}`)) continue;
      assert.equal(await this.#ask('POST', at, posted), 422, `${where}: ${field} with ${JSON.stringify(posted)}`);
      assert.ok(this.#body.includes(`href="#${field}"`), `${where}: the error leads to ${field}`);
      assert.ok(this.#body.includes(`id="${field}"`), `${where}: there is a field ${field}`);
      this.#walked.corrected++;
    }
  }

  /** Gets a page, and what it leads on to; says where that is. */
  async #follow(url: string): Promise<string> {
    const { status, to } = await this.#send('GET', url, new URLSearchParams());
    if (status === 303) return this.#follow(to);
    assert.equal(status, 200, `${this.#file}: ${url}`);
    return url;
  }

  /** Posts, and says where it leads. */
  async #post(url: string, posted: Posted): Promise<string> {
    const upload = formWithFiles(posted, this.#token);
    if (upload) {
      const encoded = new Response(upload);
      const response = await this.#server.inject({
        method: 'POST',
        url,
        headers: { cookie: this.#cookie, 'content-type': encoded.headers.get('content-type') ?? '' },
        payload: Buffer.from(await encoded.arrayBuffer()),
      });
      assert.equal(response.statusCode, 303, `${this.#file}: ${url} with files: ${errorsIn(response.body)}`);
      return response.headers.location ?? '';
    }
    const fields = new URLSearchParams();
    for (const [name, value] of Object.entries(posted)) {
      for (const one of Array.isArray(value) ? value : [value]) fields.append(name, String(one));
    }
    return this.#send('POST', url, fields).then(({ status, to }) => {
      assert.equal(status, 303, `${this.#file}: ${url} with ${fields.toString()}: ${errorsIn(this.#body)}`);
      return to;
    });
  }

  async #ask(method: 'GET' | 'POST', url: string, posted: Posted = {}): Promise<number> {
    const fields = new URLSearchParams();
    for (const [name, value] of Object.entries(posted)) {
      for (const one of [value].flat()) if (typeof one === 'string') fields.append(name, one);
    }
    return (await this.#send(method, url, fields)).status;
  }

  async #send(method: 'GET' | 'POST', url: string, fields: URLSearchParams): Promise<{ status: number; to: string }> {
    const headers = { cookie: this.#cookie, 'content-type': 'application/x-www-form-urlencoded' };
    if (method === 'POST') fields.append('_csrf', this.#token);
    const response = await this.#server.inject({
      method,
      url,
      headers: method === 'GET' ? { cookie: this.#cookie } : headers,
      ...(method === 'POST' ? { payload: fields.toString() } : {}),
    });
    const kept = new Map(this.#cookie.split('; ').map((pair) => [pair.split('=')[0] ?? '', pair]));
    for (const { name, value } of response.cookies) kept.set(name, `${name}=${value}`);
    this.#cookie = [...kept.values()].filter(Boolean).join('; ');
    this.#body = response.body;
    this.#token = /name="_csrf" value="([^"]+)"/.exec(response.body)?.[1] ?? this.#token;
    return { status: response.statusCode, to: response.headers.location ?? '' };
  }
}

/** The form of a page on which files are chosen, with content of the type that each is said to have; null for others. */
function formWithFiles(posted: Posted, token: string): FormData | null {
  if (!Object.values(posted).some((value) => [value].flat().some(isSampleFile))) return null;
  const form = new FormData();
  form.append('_csrf', token);
  for (const [name, value] of Object.entries(posted)) {
    for (const one of [value].flat()) {
      if (isSampleFile(one)) form.append(name, new Blob([contentOf(one.type)]), one.name);
      else form.append(name, String(one));
    }
  }
  return form;
}

function isSampleFile(value: unknown): value is { name: string; type: string } {
  return typeof value === 'object' && value !== null && 'name' in value && 'type' in value;
}

function contentOf(type: string): Uint8Array<ArrayBuffer> {
  const beginnings: Readonly<Record<string, string>> = {
    'application/pdf': '%PDF-1.7\n',
    'image/jpeg': '\xff\xd8\xff\xe0\0\x10JFIF\0\x01\x01\0\0\x01\0\x01\0\0',
    'image/png': '\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\x02\0\0\0',
    'application/msword': `\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1${'\0'.repeat(100)}${Buffer.from('WordDocument', 'utf16le').toString('latin1')}`,
  };
  return Uint8Array.from(Buffer.from(beginnings[type] ?? 'a,b\n', 'latin1'));
}

const withoutNames = (address: string): string => address.replaceAll(/~\w+/g, '~').replace(/\?.*$/, '');

function errorsIn(body: string): string {
  return (
    [...body.matchAll(/<a href="#[^"]*">([^<]*)</g)].map(([, text]) => text ?? '').join('; ') || body.slice(0, 300)
  );
}
