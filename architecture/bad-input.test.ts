import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { newId, type StatedRoute } from '#platform';
import { startTestProgram, type Browser } from '../testing/program.ts';
import { root } from './source.ts';

// Whatever is sent, the answer is a page or a problem document that says what to do, and nothing is lost or given away.

const program = await startTestProgram();
const { server } = program;
const archive = await serviceAt('archive-visit');
const roads = await serviceAt('report-a-road-fault');
const records = `/staff/organisations/${archive.organisationId}`;

const nobody = program.browser();
const agnes = await program.signIn('Agnes Tull');
const edith = await program.signIn('Edith Brandt');
// Efua has begun to apply; what she has answered must be there at the end.
const efua = program.browser();
await efua.get('/services/fishing-licence');
await efua.post('/services/fishing-licence/start');
await efua.post('/services/fishing-licence/apply/kind-of-fish', { kindOfFish: 'salmon' });
const question = '/services/fishing-licence/apply/length-of-licence';
await addService('closed', "closes_on = current_date - 2, opens_on = '2020-01-01'");
await addService('not-yet-open', "opens_on = '2099-03-01'");

interface Sent {
  readonly method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE' | 'OPTIONS';
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly payload?: string | Buffer;
  /** Whose cookies go with it, and the token of whose forms. */
  readonly by?: Browser;
}

interface Got {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: string;
}

const form = 'application/x-www-form-urlencoded';
const json = 'application/json';

/** What is sent, the status of the answer, and what the page says. */
const refused: Readonly<Record<string, readonly [Sent, number, RegExp]>> = {
  'JSON that is not well-formed': [
    { url: question, by: efua, headers: { 'content-type': json }, payload: '{"lengthOfLicence":' },
    400,
    /cannot be read.*well-formed/,
  ],
  'an empty text as JSON': [
    { url: question, by: efua, headers: { 'content-type': json }, payload: '' },
    400,
    /cannot be read/,
  ],
  'JSON that reaches for a prototype': [
    { url: question, by: efua, headers: { 'content-type': json }, payload: '{"__proto__":{"polluted":true}}' },
    400,
    /cannot be read/,
  ],
  'JSON that reaches for a constructor': [
    {
      url: question,
      by: efua,
      headers: { 'content-type': json },
      payload: '{"constructor":{"prototype":{"polluted":true}}}',
    },
    400,
    /cannot be read/,
  ],
  XML: [
    { url: question, by: efua, headers: { 'content-type': 'text/xml' }, payload: '<a/>' },
    415,
    /Send a form, or JSON/,
  ],
  'a file': [
    { url: question, by: efua, headers: { 'content-type': 'multipart/form-data; boundary=x' }, payload: '--x--' },
    415,
    /Send a form, or JSON/,
  ],
  'content of no type': [
    { url: question, by: efua, headers: { 'content-type': '' }, payload: 'a=b' },
    415,
    /Send a form/,
  ],
  'an answer of two megabytes': [
    { url: question, by: efua, headers: { 'content-type': form }, payload: `lengthOfLicence=${'a'.repeat(2_000_000)}` },
    413,
    /too large[\s\S]*Send less at once/,
  ],
  'a form without its token': [
    { url: question, headers: { 'content-type': form, cookie: cookiesOf(efua) }, payload: 'lengthOfLicence=week' },
    403,
    /Go back, reload the page and send it again/,
  ],
  'a form with a wrong token': [
    {
      url: question,
      headers: { 'content-type': form, cookie: cookiesOf(efua) },
      payload: `_csrf=${'a'.repeat(43)}&lengthOfLicence=week`,
    },
    403,
    /Go back, reload the page/,
  ],
  'a form with two tokens': [
    { url: question, headers: { 'content-type': form, cookie: cookiesOf(efua) }, payload: `_csrf=a&_csrf=b` },
    403,
    /Go back, reload the page/,
  ],
  'a form with the token of somebody else': [
    {
      url: question,
      headers: { 'content-type': form, cookie: cookiesOf(efua) },
      payload: `_csrf=${await tokenOf(agnes)}&lengthOfLicence=week`,
    },
    403,
    /Go back, reload the page/,
  ],
  'an unknown service': [{ method: 'GET', url: '/services/unknown' }, 404, /Page not found/],
  'an unknown page of a form': [
    { method: 'GET', url: '/services/fishing-licence/apply/unknown', by: efua },
    404,
    /Page not found/,
  ],
  'answers to an unknown page': [
    { url: '/services/fishing-licence/apply/unknown', by: efua, headers: { 'content-type': form }, payload: 'a=b' },
    404,
    /Page not found/,
  ],
  'a page that is named like a part of every object': [
    { method: 'GET', url: '/services/fishing-licence/apply/constructor', by: efua },
    404,
    /Page not found/,
  ],
  'a page of an application that nobody began': [{ method: 'GET', url: question }, 410, /Start again/],
  'a service that is closed': [{ method: 'GET', url: '/services/closed' }, 410, /This service is closed/],
  'a start of a service that is closed': [
    { url: '/services/closed/start', by: efua, headers: { 'content-type': form }, payload: '' },
    410,
    /This service is closed/,
  ],
  'a service that is not open yet': [
    { method: 'GET', url: '/services/not-yet-open' },
    410,
    /not open yet[\s\S]*1 March 2099/,
  ],
  'the organisation of somebody else': [
    { method: 'GET', url: `${records}/services/${archive.id}/cases`, by: edith },
    403,
    /You cannot see this page/,
  ],
  'a service of another organisation': [
    { method: 'GET', url: `${records}/services/${roads.id}/cases`, by: agnes },
    404,
    /Page not found/,
  ],
  'a case that is not there': [
    { method: 'GET', url: `${records}/services/${archive.id}/cases/${newId()}`, by: agnes },
    404,
    /Page not found/,
  ],
  'an organisation that is no identifier': [
    { method: 'GET', url: '/staff/organisations/7', by: agnes },
    404,
    /Page not found/,
  ],
  'a service that is no identifier': [
    { method: 'GET', url: `${records}/services/7`, by: agnes },
    404,
    /Page not found/,
  ],
  'a case that is no identifier': [
    { method: 'GET', url: `${records}/services/${archive.id}/cases/' or 1=1 --`, by: agnes },
    404,
    /Page not found/,
  ],
  'an entry of the audit trail that is no identifier': [
    { method: 'GET', url: `${records}/audit?before=7`, by: agnes },
    400,
    /There is a problem/,
  ],
  'a field of an address that is there twice': [
    { method: 'GET', url: `${records}/audit?action=a&action=b`, by: agnes },
    400,
    /There is a problem/,
  ],
  'a field of a form that is there twice': [
    {
      url: `${records}/people`,
      by: agnes,
      headers: { 'content-type': form },
      payload: 'name=a&name=b&email=a@b.example',
    },
    400,
    /There is a problem/,
  ],
  'a null character in an address': [
    { method: 'GET', url: '/services/fishing%00licence' },
    400,
    /character that cannot be kept/,
  ],
  'a null character in a field of an address': [
    { method: 'GET', url: `${records}/audit?action=%00`, by: agnes },
    400,
    /character that cannot be kept/,
  ],
  'a null character in a form': [
    {
      url: `${records}/people`,
      by: agnes,
      headers: { 'content-type': form },
      payload: 'name=a%00b&email=null@b.example',
    },
    400,
    /character that cannot be kept/,
  ],
  'a null character in JSON': [
    {
      url: `${records}/people`,
      by: agnes,
      headers: { 'content-type': json },
      payload: '{"name":"a\\u0000b","email":"null@b.example"}',
    },
    400,
    /character that cannot be kept/,
  ],
  'an address that is no UTF-8': [{ method: 'GET', url: '/services/%ff%fe' }, 404, /Page not found/],
  'an address with a broken escape': [{ method: 'GET', url: '/services/%zz' }, 404, /Page not found/],
  'an address that climbs': [{ method: 'GET', url: '/assets/x/..%2f..%2f..%2fpackage.json' }, 404, /Page not found/],
  'a part of an address that is too long': [
    { method: 'GET', url: `/services/${'a'.repeat(5000)}` },
    404,
    /Page not found/,
  ],
  'a page of a form with an address that is too long': [
    { method: 'GET', url: `/services/fishing-licence/apply/${'a/'.repeat(3000)}`, by: efua },
    404,
    /Page not found/,
  ],
  'a wrong method': [{ method: 'PUT', url: '/services/fishing-licence' }, 405, /That cannot be done here/],
  'a form where there is none': [
    { url: '/cookies', by: efua, headers: { 'content-type': form }, payload: 'a=b' },
    405,
    /That cannot be done here/,
  ],
  'a deletion': [{ method: 'DELETE', url: `${records}/people`, by: agnes }, 405, /That cannot be done here/],
  'a link to sign in that nobody made': [
    { url: '/staff/sign-in/link', by: efua, headers: { 'content-type': form }, payload: 'token=abc' },
    410,
    /This link does not work any more/,
  ],
};

suite(
  'what cannot be accepted is refused on a page that says what to do, and to a program in a problem document',
  () => {
    for (const [name, [sent, status, says]] of Object.entries(refused)) {
      test(name, async () => {
        const page = await send(sent, 'text/html');
        assert.equal(page.statusCode, status, page.body);
        assert.match(String(page.headers['content-type']), /^text\/html/);
        assert.match(page.body, says);
        checkAnswer(page);
        const document = await send(sent, json);
        assert.equal(document.statusCode, status);
        checkAnswer(document);
        // Pages that a form itself answers with are pages to everybody.
        if (!isDocument(document)) assert.equal(status, 410);
      });
    }
  },
);

test('a wrong method is answered with the methods that there are', async () => {
  const { headers } = await send({ method: 'PUT', url: '/services/fishing-licence' }, 'text/html');
  assert.equal(headers['allow'], 'GET, HEAD');
});

test('an API answers what is wrong with a problem document that points at the place', async () => {
  const authorization = `Bearer ${await program.tokenFor('fishing-licence')}`;
  const call = (payload: string, headers: Readonly<Record<string, string>> = {}): Promise<Got> =>
    send({ url: '/api/transactions', headers: { authorization, 'content-type': json, ...headers }, payload }, '*/*');
  const wrong: readonly (readonly [string, string, number])[] = [
    ['not well-formed', '{', 400],
    ['nothing', '', 400],
    ['null', 'null', 400],
    ['a wrong type', '{"transactions":"x"}', 400],
    ['none', '{"transactions":[]}', 400],
    ['an unknown field', '{"transactions":[{"id":"1","event":"started","channel":"digital","colour":"red"}]}', 400],
    ['an unknown event', '{"transactions":[{"id":"1","event":"eaten","channel":"digital"}]}', 400],
    ['a null character', '{"transactions":[{"id":"\\u0000","event":"started","channel":"digital"}]}', 422],
    [
      'too many',
      JSON.stringify({
        transactions: Array.from({ length: 1001 }, (_, id) => ({
          id: String(id),
          event: 'started',
          channel: 'digital',
        })),
      }),
      400,
    ],
  ];
  for (const [name, payload, status] of wrong) {
    const got = await call(payload);
    assert.equal(got.statusCode, status, `${name}: ${got.body}`);
    assert.ok(isDocument(got), name);
    checkAnswer(got);
  }
  const typed = JSON.parse((await call('{"transactions":"x"}')).body);
  assert.deepEqual(typed.errors, [{ place: 'body/transactions', message: 'must be array' }]);
  assert.equal((await call('{}', { 'content-type': 'text/plain' })).statusCode, 415);
  const unsigned = await send({ url: '/api/transactions', headers: { 'content-type': json }, payload: '{}' }, '*/*');
  assert.equal(unsigned.statusCode, 401);
  assert.equal(unsigned.headers['www-authenticate'], 'Bearer');
  assert.ok(isDocument(unsigned));
  const nowhere = await send({ method: 'GET', url: '/api/%ff' }, '*/*');
  assert.equal(nowhere.statusCode, 404);
  assert.ok(isDocument(nowhere), 'also where the address cannot be read');
});

test('answers that a question cannot have are asked for again', async () => {
  const strange = [
    'lengthOfLicence=%00',
    'lengthOfLicence=week&lengthOfLicence=day',
    'lengthOfLicence=%ff%fe',
    'lengthOfLicence[]=week',
    '__proto__=week&constructor=week&toString=week',
    '__proto__[lengthOfLicence]=week',
    Array.from({ length: 5000 }, (_, index) => `field${index}=x`).join('&'),
    `lengthOfLicence=${'week'.repeat(10_000)}`,
  ];
  for (const payload of strange) {
    const got = await send({ url: question, by: efua, headers: { 'content-type': form }, payload }, 'text/html');
    assert.equal(got.statusCode, 422, payload.slice(0, 60));
    assert.match(got.body, /<title>Error: /);
    assert.match(got.body, /Select length of licence/i);
    checkAnswer(got);
  }
  assert.equal(Reflect.get({}, 'polluted'), undefined);
  assert.equal(Reflect.get({}, 'lengthOfLicence'), undefined);
});

suite('signing in', () => {
  const code = '123456';

  test('gives no hint whether an address is known', async () => {
    const ask = async (email: string): Promise<Got> =>
      send(
        {
          url: '/staff/sign-in',
          by: program.browser(),
          headers: { 'content-type': form },
          payload: new URLSearchParams({ email }).toString(),
        },
        'text/html',
      );
    const begin = performance.now();
    const known = await ask('edith.brandt@rivers.aldermere.example');
    const between = performance.now();
    const unknown = await ask('nobody@rivers.aldermere.example');
    const times = [between - begin, performance.now() - between];
    assert.equal(known.statusCode, 303);
    assert.deepEqual(comparable(known), comparable(unknown));
    for (const time of times) assert.ok(time >= 250, 'neither is quicker than the least time');
  });

  test('a code works once', async () => {
    const browser = await askForCode('rufus.amani@rivers.aldermere.example', code);
    const attempt = browser.cookies.get('commonhold_sign_in');
    assert.ok(attempt);
    const entered = await browser.post('/staff/sign-in/code', { code });
    assert.equal(entered.location, '/staff');
    browser.cookies.set('commonhold_sign_in', attempt);
    const again = await browser.post('/staff/sign-in/code', { code });
    assert.equal(again.status, 400);
    assert.match(again.body, /The code is wrong or has expired/);
  });

  test('a code that has expired is refused', async () => {
    const browser = await askForCode('samir.okafor@rivers.aldermere.example', code);
    await program.ask(
      "update organisations.sign_ins set expires_at = now() - interval '1 second' where used_at is null",
    );
    const entered = await browser.post('/staff/sign-in/code', { code });
    assert.equal(entered.status, 400);
    assert.match(entered.body, /The code is wrong or has expired/);
  });

  test('after five wrong codes the right one is refused too', async () => {
    const browser = await askForCode('petra.lindqvist@rivers.aldermere.example', code);
    const answers: string[] = [];
    for (const tried of ['000000', '1', '', '12345', 'abcdef', code]) {
      const entered = await browser.post('/staff/sign-in/code', { code: tried });
      assert.equal(entered.status, 400);
      answers.push(entered.body.replaceAll(/value="[\w-]{43}"/g, ''));
    }
    assert.equal(new Set(answers).size, 1, 'the last answer is that of a wrong code');
  });

  test('a code works only in the browser that asked for it', async () => {
    await askForCode('corin.hale@roads.aldermere.example', code);
    assert.equal((await program.browser().post('/staff/sign-in/code', { code })).status, 400);
  });
});

test('too many requests are asked to wait, on a page and in a document', async () => {
  const limited = await startTestProgram({ REQUESTS_PER_MINUTE: '3' });
  const ask = (accept: string): Promise<Got> =>
    limited.server.inject({ method: 'GET', url: '/cookies', headers: { accept } });
  for (let count = 0; count < 3; count += 1) assert.equal((await ask('text/html')).statusCode, 200);
  const page = await ask('text/html');
  assert.equal(page.statusCode, 429);
  assert.match(page.body, /Wait \d+ seconds and try again/);
  assert.match(String(page.headers['retry-after']), /^\d+$/);
  checkAnswer(page);
  const document = await ask(json);
  assert.equal(document.statusCode, 429);
  assert.ok(isDocument(document));
});

test('what is no HTTP is refused without a word about us', async () => {
  const { port } = new URL(await server.listen({ host: '127.0.0.1', port: 0 }));
  for (const text of [
    'nonsense\r\n\r\n',
    'GET / HTTP/1.1\r\nbad header\r\n\r\n',
    `GET /${'a'.repeat(20_000)} HTTP/1.1\r\n\r\n`,
  ]) {
    const socket = connect(Number(port), '127.0.0.1');
    let answer = '';
    socket.setEncoding('utf8').on('data', (part: string) => (answer += part));
    socket.end(text);
    await once(socket, 'close');
    assert.match(answer, /^HTTP\/1\.1 (400|414|431) /);
    assert.doesNotMatch(answer, leaks);
  }
});

test('every kind of answer carries the headers that protect whoever gets it', async () => {
  const kinds: readonly Sent[] = [
    { method: 'GET', url: '/' },
    { method: 'GET', url: '/nowhere' },
    { method: 'GET', url: '/staff', by: nobody },
    { method: 'GET', url: '/staff', by: agnes },
    { method: 'GET', url: '/health/live' },
    { method: 'GET', url: '/health/ready' },
    { method: 'GET', url: '/metrics' },
    { method: 'GET', url: '/api/nowhere' },
    { method: 'GET', url: '/favicon.ico' },
    { method: 'GET', url: /href="(\/assets\/[^"]+\.css)"/.exec((await nobody.get('/')).body)?.[1] ?? '' },
    { method: 'GET', url: '/services/%ff' },
    { method: 'OPTIONS', url: '/' },
  ];
  for (const kind of kinds) {
    const got = await send(kind, 'text/html');
    assert.ok(got.statusCode < 500, `${kind.url}: ${got.statusCode}`);
    checkHeaders(got, kind.url);
  }
});

test('what staff may see is kept by no cache', async () => {
  for (const [by, url] of [
    [agnes, records],
    [efua, question],
    [nobody, '/staff'],
  ] as const) {
    assert.equal((await send({ method: 'GET', url, by }, 'text/html')).headers['cache-control'], 'no-store', url);
  }
});

test('whatever is sent to any route, the answer is one of ours', async (t) => {
  const fields = await fieldNames();
  const known = [
    '',
    '1',
    'true',
    '2027',
    'live',
    'caseworker',
    'a@b.example',
    'started',
    archive.id,
    newId(),
    '\0',
    '%',
    '-1',
    '1e309',
  ];
  const value = fc.oneof(
    fc.constantFrom(...known),
    fc.string({ unit: 'binary', maxLength: 40 }),
    fc.constantFrom('x', '\u0130', '\ud800', "'").map((unit) => unit.repeat(6000)),
  );
  const body = fc.dictionary(
    fc.oneof(
      { weight: 8, arbitrary: fc.constantFrom(...fields) },
      { weight: 1, arbitrary: fc.string({ maxLength: 10 }) },
    ),
    fc.oneof({ weight: 8, arbitrary: value }, { weight: 1, arbitrary: fc.array(value, { maxLength: 4 }) }),
    { maxKeys: 12 },
  );
  const anything = fc.oneof(
    { weight: 4, arbitrary: body.map((given) => ({ type: form, payload: asForm(given) })) },
    { weight: 2, arbitrary: body.map((given) => ({ type: json, payload: JSON.stringify(given) })) },
    { weight: 1, arbitrary: fc.json().map((payload) => ({ type: json, payload })) },
    {
      weight: 1,
      arbitrary: fc.uint8Array({ maxLength: 200 }).map((bytes) => ({ type: form, payload: Buffer.from(bytes) })),
    },
  );
  const seed = Number(process.env['COMMONHOLD_SEED'] ?? Date.now() % 1_000_000);
  t.diagnostic(`the seed is ${seed}: COMMONHOLD_SEED=${seed} takes the same again`);
  const routes = server.statedRoutes.filter((route) => route.method !== 'HEAD' && route.url !== '/staff/sign-out');
  const authorization = `Bearer ${await program.tokenFor('archive-visit')}`;
  let count = 0;
  for (const route of routes) {
    const by = await visitorOf(route);
    await fc.assert(
      fc.asyncProperty(anything, value, async ({ type, payload }, part) => {
        count += 1;
        const url = addressOf(route, part);
        const sent: Sent =
          route.method === 'GET'
            ? { method: 'GET', url: `${url}?${typeof payload === 'string' && type === form ? payload : ''}`, by }
            : { url, by, headers: { 'content-type': type, authorization }, payload };
        const got = await send(sent, 'text/html');
        assert.ok(got.statusCode < 500, `${route.method} ${url} answered ${got.statusCode}`);
        checkAnswer(got);
      }),
      { numRuns: route.url === '/staff/sign-in' ? 5 : 12, seed },
    );
  }
  t.diagnostic(`${count} requests to ${routes.length} routes`);
});

// The last test: after all of the above.
test('nothing of what was answered before is lost', async () => {
  const page = await efua.get('/services/fishing-licence/apply/kind-of-fish');
  assert.equal(page.status, 200);
  assert.match(page.body, /value="salmon" checked/);
  const [row] = await program.ask<{ count: number }>('select count(*)::int as count from forms.submissions');
  assert.equal(row?.count, 0, 'and nothing was sent');
});

/** Stack traces, paths of the machine, SQL, and the names of what we are made of. */
const leaks = new RegExp(
  [
    String.raw`\n\s+at .+:\d+:\d+`,
    root.replaceAll('/', String.raw`\/`),
    'node_modules',
    'file://',
    String.raw`\bselect\b[^<]*\bfrom\s+\w+\.\w+`,
    'syntax error',
    'violates',
    'relation "',
    'invalid input syntax',
    String.raw`\bpg_[a-z]`,
    'kysely',
    'FST_ERR',
    'postgres',
    'TypeError',
  ].join('|'),
  'i',
);

/** What holds for every answer, whatever it says. */
function checkAnswer(got: Got): void {
  const { statusCode, body } = got;
  checkHeaders(got, body.slice(0, 200));
  // The token of a form is random, and may be any word.
  if (statusCode >= 400) assert.doesNotMatch(body.replaceAll(/value="[\w-]{43}"/g, ''), leaks);
  if (String(got.headers['content-type']).startsWith('text/html')) {
    assert.doesNotMatch(
      body,
      /<script(?![^>]*\ssrc=)|<style|\sstyle=|<[^>]+\son[a-z]+\s*=|javascript:/i,
      'nothing inline',
    );
    if (statusCode >= 400) assert.match(body, /<h1/);
  }
  if (isDocument(got)) {
    const { type, title, status, detail, instance }: Readonly<Record<string, unknown>> = JSON.parse(body);
    assert.match(String(type), /^urn:commonhold:problem:[a-z-]+$/);
    assert.ok(typeof title === 'string' && title !== '' && typeof detail === 'string' && detail !== '');
    assert.equal(status, statusCode);
    assert.equal(instance, `urn:uuid:${String(got.headers['x-request-id'])}`);
  }
}

function checkHeaders({ headers }: Got, where: string): void {
  const policy = String(headers['content-security-policy']);
  for (const part of [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "form-action 'self'",
    "frame-ancestors 'none'",
  ]) {
    assert.ok(policy.split(';').includes(part), `${where}: ${part} is not in "${policy}"`);
  }
  assert.doesNotMatch(policy, /unsafe/, where);
  assert.equal(headers['x-content-type-options'], 'nosniff', where);
  assert.equal(headers['x-frame-options'], 'DENY', where);
  assert.equal(headers['referrer-policy'], 'same-origin', where);
  assert.match(String(headers['x-request-id']), /^[0-9a-f-]{36}$/, where);
  assert.equal(headers['x-powered-by'], undefined, where);
  assert.equal(headers['server'], undefined, where);
}

function isDocument({ headers }: Got): boolean {
  return (
    headers['content-type'] === 'application/problem+json; charset=utf-8' ||
    headers['content-type'] === 'application/problem+json'
  );
}

async function send({ method = 'POST', url, headers = {}, payload, by }: Sent, accept: string): Promise<Got> {
  const token: Record<string, string> =
    by === undefined || method === 'GET' ? {} : { 'x-csrf-token': await tokenOf(by), cookie: cookiesOf(by) };
  return server.inject({
    method,
    url,
    headers: { accept, ...(by === undefined ? {} : { cookie: cookiesOf(by) }), ...token, ...headers },
    ...(payload === undefined ? {} : { payload }),
  });
}

function cookiesOf(browser: Browser): string {
  return [...browser.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
}

/** The token of the forms that a browser is shown. */
async function tokenOf(browser: Browser): Promise<string> {
  const page = await browser.get('/staff/sign-in');
  const token = /name="_csrf" value="([^"]+)"/.exec(page.body)?.[1];
  assert.ok(token);
  return token;
}

/** An answer without what differs between any two: the date, the request, the secrets. */
function comparable({ statusCode, headers, body }: Got): object {
  const shown = Object.entries(headers)
    .filter(([name]) => !['date', 'x-request-id'].includes(name))
    .map(([name, value]) => [name, String(value).replaceAll(/=[\w-]{43}/g, '=secret')]);
  return { statusCode, headers: Object.fromEntries(shown), body };
}

/** Somebody who has asked for a code, which is then set to one that the test knows. */
async function askForCode(email: string, code: string): Promise<Browser> {
  const browser = program.browser();
  assert.equal((await browser.post('/staff/sign-in', { email })).location, '/staff/sign-in/code');
  const [row] = await program.ask<{ id: string }>(
    'select id from organisations.sign_ins order by created_at desc limit 1',
  );
  assert.ok(row);
  const hash = program.keyring.fingerprint('sign-in code', `${row.id} ${code}`);
  await program.ask('update organisations.sign_ins set code_hash = $1 where id = $2', [hash, row.id]);
  return browser;
}

async function serviceAt(slug: string): Promise<{ organisationId: string; id: string }> {
  const [row] = await program.ask<{ organisation_id: string; id: string }>(
    'select organisation_id, id from organisations.services where slug = $1',
    [slug],
  );
  assert.ok(row);
  return { organisationId: row.organisation_id, id: row.id };
}

async function addService(slug: string, set: string): Promise<void> {
  await program.ask(
    `insert into organisations.services (organisation_id, id, slug, name, summary, phase, audience, contact, retention_days)
     values ($1, gen_random_uuid(), $2, 'Moor a boat', 'Moor a boat', 'beta', 'public', 'x@example.org', 30)`,
    [archive.organisationId, slug],
  );
  await program.ask(`update organisations.services set ${set} where slug = $1`, [slug]);
}

/** Every name of a field in the pages of staff and in a form. */
async function fieldNames(): Promise<string[]> {
  const pages = server.statedRoutes
    .filter((route) => route.method === 'GET' && route.url.startsWith('/staff'))
    .map((route) => addressOf(route, newId()));
  const names = new Set([
    '_csrf',
    'transactions',
    'outcome',
    'reason',
    'change',
    'text',
    'note',
    'to',
    'revision',
    'token',
    'code',
  ]);
  for (const page of [...pages, question]) {
    const { body } = await (page === question ? efua : agnes).get(page);
    for (const [, name = ''] of body.matchAll(/\sname="([^"]+)"/g)) names.add(name);
  }
  return [...names];
}

function addressOf(route: StatedRoute, part: string): string {
  const escaped = Buffer.from(part).toString('utf8');
  return route.url
    .replace(':organisationId', archive.organisationId)
    .replace(':serviceId', archive.id)
    .replace(':service', part.length % 2 === 0 ? 'fishing-licence' : encodeURIComponent(escaped))
    .replaceAll(/:[a-zA-Z]+/g, part.length % 3 === 0 ? newId() : encodeURIComponent(escaped))
    .replace('*', part.length % 2 === 0 ? 'length-of-licence' : encodeURIComponent(escaped));
}

async function visitorOf({ access }: StatedRoute): Promise<Browser> {
  if (access.who !== 'staff') return access.who === 'signed-in' ? program.signIn('Agnes Tull') : efua;
  if (access.roles.includes('service manager') || access.roles.includes('digital leader'))
    return program.signIn('Agnes Tull');
  return program.signIn(access.roles.includes('caseworker') ? 'Tobin Marsh' : 'Oriel Tandy');
}

function asForm(given: Readonly<Record<string, string | readonly string[]>>): string {
  const parameters = new URLSearchParams();
  for (const [name, values] of Object.entries(given)) for (const each of [values].flat()) parameters.append(name, each);
  return parameters.toString();
}
