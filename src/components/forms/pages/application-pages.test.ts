import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { createTestDatabase } from '../../../../testing/database.ts';
import { createRenderer } from '#design';
import { countTransactions } from '#measures';
import { createFrames, createOrganisation, createService } from '#organisations';
import { createCalendar, createKeyring, createLog, createMetrics, createServer, newId, readSettings } from '#platform';
import type { Scope, Server, Tx } from '#platform';
import { join } from 'node:path';
import { sql } from 'kysely';
import { formsTables } from '../database.ts';
import { comparison, condition, form, page, question } from '../definition/forms.fixture.ts';
import { createFormsPart } from '../part.ts';
import { eraseExpired } from '../applications/applications.ts';
import { eraseSubmissions, exportSubmissions, gatherPersonalData } from '../applications/submissions.ts';
import { publishForm } from '../versions/versions.ts';

const { database } = await createTestDatabase();
const keyring = createKeyring([Buffer.alloc(32, 7).toString('base64')]);
const organisationId = newId();
const scope: Scope = { organisationId, actor: { kind: 'system', name: 'test' } };
let server: Server;
let serviceId = '';
let staffAsks = false;

/** A licence to keep dogs, with a page for those who have many. */
const licence = form({
  name: 'Dog licence',
  pages: [
    page('/name', [question('TextField', 'fullName', 'What is your full name?')]),
    page('/dogs', [question('NumberField', 'dogs', 'Number of dogs', { schema: { min: 1, precision: 0 } })], {
      title: 'About your dogs',
    }),
    page('/kennel', [question('TextField', 'kennel', 'Name of the kennel')], { condition: 'many' }),
    page('/email', [
      question('EmailAddressField', 'email', 'What is your email address?', { options: { required: false } }),
    ]),
    page('/summary', [question('DeclarationField', 'true', 'Declaration', { content: 'It is **true**.' })], {
      title: 'Summary',
      controller: 'SummaryPageController',
    }),
  ],
  conditions: [condition('many', [comparison('dogs', 'is more than', 'NumberValue', 3)])],
});

const values = {
  summary: 'Keep dogs.',
  phase: 'beta',
  audience: 'public',
  opensOn: null,
  closesOn: null,
  contact: 'dogs@example.gov',
  retentionDays: 365,
} as const;

before(async () => {
  await database.transact(scope, async (tx) => {
    await createOrganisation(tx, { parentId: null, slug: 'dogs', name: 'Department of Dogs', kind: 'government' });
    serviceId = await createService(tx, { ...values, slug: 'dog-licence', name: 'Get a dog licence' });
    await publishForm(tx, { serviceId, definition: licence });
    await createService(tx, { ...values, slug: 'formless', name: 'No form yet' });
    const internal = await createService(tx, { ...values, slug: 'internal', name: 'Inside', audience: 'internal' });
    await publishForm(tx, { serviceId: internal, definition: licence });
    const closed = await createService(tx, { ...values, slug: 'closed', name: 'Closed', closesOn: '2020-01-01' });
    await publishForm(tx, { serviceId: closed, definition: licence });
  });
  const settings = readSettings({ REQUESTS_PER_MINUTE: '0', LOG_LEVEL: 'silent' });
  const root = join(import.meta.dirname, '..');
  server = await createServer({
    settings,
    keyring,
    log: createLog('silent'),
    metrics: createMetrics(),
    renderer: createRenderer({
      look: { governmentName: 'Testland', colour: '#1a4d5c' },
      views: { forms: join(root, 'views'), organisations: join(root, '..', '..', 'organisations', 'views') },
    }),
    // Every member of staff here manages the service; who may do what is tested over the whole program.
    gatekeeper: {
      admit: async () => ({
        person: { id: newId(), name: 'Mona Manager', organisationId },
        scope,
        roles: ['service manager'],
      }),
    },
    version: 'test',
  });
  const calendar = createCalendar('Europe/London');
  const frames = createFrames([], []);
  const isStaff = (): Promise<boolean> => Promise.resolve(staffAsks);
  createFormsPart({ database, keyring, calendar, settings, frames, isStaff }).routes?.(server);
  await server.ready();
});

/** A person's browser, as far as a form needs one. */
class Visitor {
  readonly #cookies = new Map<string, string>();
  body = '';
  #token = '';

  async get(url: string): Promise<{ status: number; to: string }> {
    return this.#keep(await server.inject({ method: 'GET', url, headers: this.#headers() }));
  }

  async post(url: string, fields: Readonly<Record<string, string>> = {}): Promise<{ status: number; to: string }> {
    const payload = new URLSearchParams({ ...fields, _csrf: this.#token }).toString();
    const headers = { ...this.#headers(), 'content-type': 'application/x-www-form-urlencoded' };
    return this.#keep(await server.inject({ method: 'POST', url, headers, payload }));
  }

  /** Posts, and follows to the next page. */
  async answer(url: string, fields: Readonly<Record<string, string>> = {}): Promise<string> {
    const { status, to } = await this.post(url, fields);
    assert.equal(status, 303, this.body);
    return this.follow(to);
  }

  async follow(url: string): Promise<string> {
    const { status, to } = await this.get(url);
    if (status === 303) return this.follow(to);
    assert.equal(status, 200, this.body);
    return url;
  }

  /** To check your answers, with the given number of dogs and e-mail address. */
  async fillIn(email: string): Promise<void> {
    await this.follow('/services/dog-licence');
    await this.answer('/services/dog-licence/start');
    await this.answer(`${apply}/name`, { fullName: 'Ann Onymous' });
    await this.answer(`${apply}/dogs`, { dogs: '2' });
    assert.equal(await this.answer(`${apply}/email`, { email }), check);
  }

  get reference(): string {
    return /<strong>([\w-]+)<\/strong>/.exec(this.body)?.[1] ?? assert.fail(this.body);
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

const apply = '/services/dog-licence/apply';
const check = '/services/dog-licence/check-your-answers';
const confirmation = '/services/dog-licence/confirmation';

const inside = <T>(work: (tx: Tx) => Promise<T>): Promise<T> => database.transact(scope, work);

async function countSubmissions(): Promise<number> {
  const rows = await inside((tx) => formsTables(tx).selectFrom('submissions').select('id').execute());
  return rows.length;
}

describe('a person who applies', () => {
  test('goes from the start page to a reference, and corrects a mistake on the way', async () => {
    const ann = new Visitor();
    await ann.follow('/services/dog-licence');
    assert.match(ann.body, /Start now/);
    assert.equal(await ann.answer('/services/dog-licence/start'), `${apply}/name`);
    assert.match(ann.body, /<h1 class="govuk-label-wrapper">/);

    const wrong = await ann.post(`${apply}/name`, { fullName: ' ' });
    assert.equal(wrong.status, 422);
    assert.match(ann.body, /<title>\s*Error: What is your full name\?/);
    assert.match(ann.body, /<a href="#fullName">Enter your full name<\/a>/);

    assert.equal(await ann.answer(`${apply}/name`, { fullName: '<b>Ann</b>' }), `${apply}/dogs`);
    await ann.post(`${apply}/dogs`, { dogs: 'two' });
    assert.match(ann.body, /value="two"/);
    assert.match(ann.body, /Number of dogs must be a number/);
    assert.equal(await ann.answer(`${apply}/dogs`, { dogs: '2' }), `${apply}/email`);
    assert.match(ann.body, /href="\/services\/dog-licence\/apply\/dogs" class="govuk-back-link"/);
    assert.equal(await ann.answer(`${apply}/email`, { email: 'ann@example.com' }), check);
    assert.match(ann.body, /&lt;b&gt;Ann&lt;\/b&gt;/);
    assert.match(ann.body, /It is <strong>true<\/strong>/);

    assert.equal((await ann.post(check)).status, 422);
    assert.match(ann.body, /You must confirm you understand and agree to continue/);
    assert.equal(await ann.answer(check, { true: 'true' }), confirmation);
    assert.match(ann.reference, /^[\w]{4}-[\w]{4}-[\w]{2}$/);
    assert.match(ann.body, /sent you a confirmation by email/);
  });

  test('comes back to what was saved', async () => {
    const bob = new Visitor();
    await bob.follow('/services/dog-licence');
    await bob.answer('/services/dog-licence/start');
    await bob.answer(`${apply}/name`, { fullName: 'Bob' });
    await bob.follow(`${apply}/name`);
    assert.match(bob.body, /value="Bob"/);
    assert.equal(await bob.follow(check), `${apply}/dogs?change=yes`);
  });

  test('changes an answer and returns to check your answers, after whatever the change opened', async () => {
    const cleo = new Visitor();
    await cleo.fillIn('cleo@example.com');
    assert.equal(await cleo.answer(`${apply}/name?change=yes`, { fullName: 'Cleo' }), check);
    assert.equal(await cleo.answer(`${apply}/dogs?change=yes`, { dogs: '9' }), `${apply}/kennel?change=yes`);
    assert.equal(await cleo.answer(`${apply}/kennel?change=yes`, { kennel: 'Wagtail' }), check);
    assert.match(cleo.body, /Wagtail/);
    assert.equal(await cleo.answer(`${apply}/dogs?change=yes`, { dogs: '1' }), check);
    assert.doesNotMatch(cleo.body, /Wagtail/);
  });

  test('who sends twice, by a double click or the back button, sends once', async () => {
    const dan = new Visitor();
    await dan.fillIn('');
    const countBefore = await countSubmissions();
    const answers = await Promise.all([
      dan.post(check, { true: 'true' }),
      dan.post(check, { true: 'true' }),
      dan.post(check, { true: 'true' }),
    ]);
    assert.deepEqual(
      answers.map(({ status, to }) => [status, to]),
      Array.from({ length: 3 }, () => [303, confirmation]),
    );
    await dan.follow(confirmation);
    const { reference } = dan;
    assert.match(dan.body, /Write the reference down/);
    assert.equal(await dan.follow(check), confirmation);
    assert.equal(await dan.answer(check, { true: 'true' }), confirmation);
    assert.equal(dan.reference, reference);
    assert.equal((await dan.post(`${apply}/name`, { fullName: 'Someone else' })).to, confirmation);
    assert.equal(await countSubmissions(), countBefore + 1);
  });

  test('cannot jump ahead, and cannot send what is not complete', async () => {
    const eve = new Visitor();
    await eve.follow('/services/dog-licence');
    await eve.answer('/services/dog-licence/start');
    assert.equal(await eve.follow(`${apply}/email`), `${apply}/name`);
    const early = await eve.post(check, { true: 'true' });
    assert.equal(early.to, `${apply}/name?change=yes`);
    const skipped = await eve.post(`${apply}/kennel`, { kennel: 'X' });
    assert.equal(skipped.to, check);
  });

  test('has one case, one confirmation and one counted transaction for what was sent', async () => {
    const kit = new Visitor();
    await kit.fillIn('kit@example.com');
    await Promise.all([kit.post(check, { true: 'true' }), kit.post(check, { true: 'true' })]);
    await kit.follow(confirmation);
    const { rows } = await inside((tx) =>
      sql<{ cases: number; messages: number; completed: number }>`
        select (select count(*) from casework.cases c where c.reference = ${kit.reference}) as cases,
               (select count(*) from notify.messages m where m.reference = ${kit.reference}) as messages,
               (select count(*) from measures.transactions t join forms.submissions s on s.application_id::text = t.transaction_id::text
                 where s.reference = ${kit.reference} and t.event = 'completed') as completed`.execute(formsTables(tx)),
    );
    assert.deepEqual(rows, [{ cases: 1, messages: 1, completed: 1 }]);
  });

  test('stays on the version that they began with', async () => {
    const fay = new Visitor();
    await fay.fillIn('fay@example.com');
    const changed = {
      ...licence,
      pages: [page('/colour', [question('TextField', 'colour', 'Colour')])],
      conditions: [],
    };
    const { version } = await inside((tx) => publishForm(tx, { serviceId, definition: changed }));
    assert.equal(version, 2);
    assert.equal(await fay.answer(check, { true: 'true' }), confirmation);
    const gil = new Visitor();
    await gil.follow('/services/dog-licence');
    assert.equal(await gil.answer('/services/dog-licence/start'), `${apply}/colour`);
    await inside((tx) => publishForm(tx, { serviceId, definition: licence }));
  });
});

describe('what goes wrong is told plainly', () => {
  test('no application, a made-up one or a stranger’s secret: a page that says to start again', async () => {
    const nobody = new Visitor();
    for (const url of [`${apply}/name`, check, confirmation]) {
      assert.equal((await nobody.get(url)).status, 410);
      assert.match(nobody.body, /Start again/);
    }
    const ann = new Visitor();
    await ann.fillIn('');
    const service = serviceId.slice(-12);
    for (const cookie of ['x', `${newId()}.1.${'a'.repeat(43)}`, `${newId()}.999.${'a'.repeat(43)}`]) {
      const headers = { cookie: `application_${service}=${cookie}` };
      assert.equal((await server.inject({ url: check, headers })).statusCode, 410);
    }
  });

  test('an unknown service, a service without a form and an unknown page are not found', async () => {
    const ann = new Visitor();
    assert.equal((await ann.get('/services/nothing')).status, 404);
    assert.equal((await ann.get('/services/formless')).status, 404);
    await ann.fillIn('');
    assert.equal((await ann.get(`${apply}/no-such-page`)).status, 404);
  });

  test('a closed service says so, with 410', async () => {
    const ann = new Visitor();
    assert.equal((await ann.get('/services/closed')).status, 410);
    assert.match(ann.body, /closed on 1 January 2020/);
    await ann.get('/services/dog-licence');
    assert.equal((await ann.post('/services/closed/start')).status, 410);
  });

  test('a post without its token, with JSON that is cut off, or too large is refused and saves nothing', async () => {
    const ann = new Visitor();
    await ann.fillIn('');
    const json = { 'content-type': 'application/json' };
    const forged = await server.inject({
      method: 'POST',
      url: check,
      payload: 'true=true',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    });
    assert.equal(forged.statusCode, 403);
    assert.equal(
      (await server.inject({ method: 'POST', url: check, payload: '{"a":', headers: json })).statusCode,
      400,
    );
    assert.equal((await ann.post(`${apply}/name`, { fullName: 'x'.repeat(2_000_000) })).status, 413);
    assert.equal((await ann.post(`${apply}/name`, { fullName: 'x'.repeat(90_000) })).status, 422);
    await ann.follow(check);
    assert.match(ann.body, /Ann Onymous/);
  });

  test('a definition that cannot be run is not published, and its problems are named', async () => {
    const broken = form({ pages: [page('/a', [question('HologramField', 'map', 'Draw it')])] });
    await assert.rejects(
      inside((tx) => publishForm(tx, { serviceId, definition: broken })),
      { kind: 'unprocessable' },
    );
  });
});

describe('what is kept', () => {
  test('answers are not readable in the database', async () => {
    const ann = new Visitor();
    await ann.fillIn('secret-name@example.com');
    const rows = await inside((tx) => formsTables(tx).selectFrom('answers').selectAll().execute());
    assert.ok(rows.length > 0);
    assert.ok(rows.every(({ sealed }) => !sealed.toString('latin1').includes('secret-name')));
  });

  test('a published version and a submission cannot be changed or removed', async () => {
    for (const attempt of [
      sql`update forms.versions set definition = '{}'`,
      sql`delete from forms.versions`,
      sql`update forms.submissions set reference = 'X'`,
      sql`delete from forms.submissions`,
    ]) {
      await assert.rejects(
        inside((tx) => attempt.execute(formsTables(tx))),
        /permission denied|append-only|never changed/,
      );
    }
  });

  test('another organisation sees none of it', async () => {
    const other: Scope = { organisationId: newId(), actor: { kind: 'system', name: 'test' } };
    const found = await database.transact(other, async (tx) => [
      await formsTables(tx).selectFrom('submissions').selectAll().execute(),
      await formsTables(tx).selectFrom('answers').selectAll().execute(),
    ]);
    assert.deepEqual(found, [[], []]);
  });

  test('everything held on a person is found by e-mail address, however it is written', async () => {
    const hal = new Visitor();
    await hal.fillIn('Hal@Example.com');
    await hal.answer(check, { true: 'true' });
    const again = new Visitor();
    await again.fillIn('hal@example.com');
    const held = await inside((tx) => gatherPersonalData(tx, keyring, ' hal@example.COM '));
    assert.deepEqual(
      held.map(({ kind }) => kind),
      ['submission', 'application in progress'],
    );
    assert.match(JSON.stringify(held), /Ann Onymous/);
    assert.deepEqual(await inside((tx) => gatherPersonalData(tx, keyring, 'nobody@example.com')), []);
  });

  test('what was erased is gone, stays counted, and is not erased twice', async () => {
    const ida = new Visitor();
    await ida.fillIn('ida@example.com');
    await ida.answer(check, { true: 'true' });
    const countBefore = await countSubmissions();
    const { reference } = ida;
    assert.equal(await inside((tx) => eraseSubmissions(tx, serviceId, [reference])), 1);
    assert.equal(await inside((tx) => eraseSubmissions(tx, serviceId, [reference])), 0);
    assert.deepEqual(await inside((tx) => gatherPersonalData(tx, keyring, 'ida@example.com')), []);
    const exported = await inside((tx) => exportSubmissions(tx, keyring, { serviceId }));
    assert.ok(!exported.some((each) => each.reference === reference));
    assert.equal(await countSubmissions(), countBefore);
  });

  test('an application that nobody finished is erased after its time, and counts as failed, once', async () => {
    const joe = new Visitor();
    await joe.fillIn('joe@example.com');
    await inside((tx) =>
      formsTables(tx)
        .updateTable('applications')
        .set({ expires_at: '2020-01-01T00:00:00Z' })
        .where('submission_id', 'is', null)
        .execute(),
    );
    assert.equal((await joe.get(check)).status, 410);
    const today = createCalendar('Europe/London').today();
    const countFailed = async (): Promise<number> => {
      const counts = await inside((tx) =>
        countTransactions(tx, createCalendar('Europe/London'), { serviceId, from: today, to: today }),
      );
      return counts.total.failed;
    };
    assert.equal(await countFailed(), 0);
    const erased = await eraseExpired(database);
    assert.ok(erased > 0);
    assert.equal(await countFailed(), erased);
    assert.equal(await eraseExpired(database), 0);
    assert.equal(await countFailed(), erased);
    assert.deepEqual(await inside((tx) => gatherPersonalData(tx, keyring, 'joe@example.com')), []);
  });
});

const formPage = (): string => `/staff/organisations/${organisationId}/services/${serviceId}/form`;

describe('a service manager', () => {
  test('sees what the form asks and its versions, and downloads one as it was published', async () => {
    const mona = new Visitor();
    await mona.follow(formPage());
    assert.match(mona.body, /About your dogs/);
    assert.match(mona.body, /Only if: many/);
    const { status } = await mona.get(`${formPage()}/versions/1`);
    assert.equal(status, 200);
    assert.deepEqual(JSON.parse(mona.body), licence);
    assert.equal((await mona.get(`${formPage()}/versions/99`)).status, 404);
  });

  test('publishes a definition, and is told what is wrong with one that cannot be run, and where', async () => {
    const mona = new Visitor();
    const address = `${formPage()}/import`;
    await mona.follow(address);
    assert.equal((await mona.post(address, { definition: '{' })).status, 422);
    assert.match(mona.body, /cannot be read/);
    const broken = form({ pages: [page('/map', [question('HologramField', 'map', 'Draw <b>it</b>')])] });
    const checks = await mona.answer(address, { definition: JSON.stringify(broken) });
    assert.equal(checks, `${formPage()}/draft/checks`);
    assert.match(mona.body, /which is not known here/);
    assert.match(mona.body, /draft\/pages\/%2Fmap\/components\/map/);
    assert.doesNotMatch(mona.body, /<b>it/);
    assert.doesNotMatch(mona.body, /draft\/publication/);
    await mona.answer(address, { definition: JSON.stringify(licence) });
    await mona.follow(`${formPage()}/draft/checks`);
    const [, seen = ''] = /name="seen" value="(\d+)"/.exec(mona.body) ?? [];
    assert.equal(await mona.answer(`${formPage()}/draft/publication`, { seen }), `${formPage()}?done=published`);
    assert.match(mona.body, /The form was published/);
  });
});

test('a service inside government is for staff only', async () => {
  const outsider = new Visitor();
  assert.deepEqual(await outsider.get('/services/internal'), {
    status: 303,
    to: `/staff/sign-in?next=${encodeURIComponent('/services/internal')}`,
  });
  staffAsks = true;
  try {
    const insider = new Visitor();
    await insider.follow('/services/internal');
    assert.equal(await insider.answer('/services/internal/start'), '/services/internal/apply/name');
  } finally {
    staffAsks = false;
  }
});
