import assert from 'node:assert/strict';
import fc from 'fast-check';
import { Check, Errors } from 'typebox/schema';
import type { InjectOptions } from 'fastify';
import type { Operation, Parts } from './operations.fixture.ts';

/** Ways to spoil a request, and what every answer must be. */

/** An answer as it is looked at. */
export interface Answer {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: string;
}

const kinds = [
  'ValidationError',
  'BadRequestError',
  'AuthError',
  'NoResultFound',
  'RateLimitError',
  'TooManyRequestsError',
];

/**
 * Checks what holds for every answer: it is no failure of ours; a refusal has the one shape that the contract gives it, and
 * everything else the shape that OpenAPI describes.
 */
export function checkAnswer(operation: Operation | null, answer: Answer, about: string): void {
  const { statusCode, headers, body } = answer;
  const seen = `${about}\n${statusCode} ${body.slice(0, 400)}`;
  assert.ok(statusCode < 500, seen);
  if (statusCode < 400) {
    if (operation === null) return;
    const described = operation.responses[String(statusCode)];
    assert.ok(described, `an answer that OpenAPI does not name: ${seen}`);
    const schema = described.content?.['application/json']?.schema;
    if (schema !== undefined) {
      const value: unknown = JSON.parse(body);
      assert.ok(Check(schema, value), `${JSON.stringify(Errors(schema, value)[1])} ${seen}`);
    }
    return;
  }
  assert.match(String(headers['content-type']), /^application\/json/, seen);
  const refusal: unknown = JSON.parse(body);
  assert.ok(typeof refusal === 'object' && refusal !== null, seen);
  assert.deepEqual(Object.keys(refusal), ['status_code', 'errors'], seen);
  const { status_code: status, errors }: { status_code?: unknown; errors?: unknown } = refusal;
  assert.equal(status, statusCode, seen);
  assert.ok(Array.isArray(errors) && errors.length > 0, seen);
  for (const each of errors) {
    assert.deepEqual(Object.keys(each), ['error', 'message'], seen);
    assert.ok(kinds.includes(each.error), seen);
    assert.ok(typeof each.message === 'string' && each.message !== '', seen);
    // What only a programmer would understand is for the log.
    assert.doesNotMatch(each.message, /TypeError|undefined|\bat \w+ \(|syntax|relation "|node_modules/, seen);
  }
}

/** A request as it is sent, without its key. */
export function asSent({
  method,
  path,
  query,
  headers,
  body,
}: Parts): InjectOptions & { headers: Record<string, string> } {
  const encoded = query.map(([name, value]) => `${name}=${value}`).join('&');
  const sent = typeof body === 'string' || body instanceof Uint8Array ? body : JSON.stringify(body);
  return {
    method: isMethod(method) ? method : 'GET',
    url: encoded === '' ? path : `${path}?${encoded}`,
    headers: { ...headers },
    ...(sent === undefined ? {} : { payload: typeof sent === 'string' ? sent : Buffer.from(sent) }),
  };
}

/** A good request, whose query is encoded as it must be. */
export function wellEncoded(parts: Parts): Parts {
  const encode = (part: string): string => encodeURIComponent(part.toWellFormed());
  return { ...parts, query: parts.query.map(([name, value]) => [encode(name), encode(value)]) };
}

const strangeTexts = [
  '',
  ' ',
  '\0',
  'a\0b',
  '\ud800',
  '\udfff\ud800',
  '\u202e\u0000\uffff',
  '((name))',
  '((((((',
  '"',
  "' or 1=1 --",
  '{{7*7}}',
  '../../etc',
  '%00',
  '-1',
  '1e999',
  'null',
  '[object Object]',
  '00000000-0000-0000-0000-000000000000',
  'FFFFFFFF-FFFF-FFFF-FFFF-FFFFFFFFFFFF',
  '٣',
  'ﬁ'.repeat(700),
  'x'.repeat(70_000),
];
const strangeNames = [
  '__proto__',
  'constructor',
  'toString',
  'hasOwnProperty',
  '',
  '\0',
  '\ud800',
  'a.b',
  '0',
  'length',
];

const nonsense: fc.Arbitrary<unknown> = fc.oneof(
  fc.constantFrom<unknown>(...strangeTexts),
  fc.constantFrom<unknown>(null, true, 0, -1, 1.5, 1e308, Number.MAX_SAFE_INTEGER, [], {}, [[]], [{}], { file: 1 }),
  fc.constantFrom<unknown>({ file: '' }, { file: 'AAAA', filename: 'a.csv', is_csv: true }, { file: '=', x: 1 }, [
    null,
    [1],
  ]),
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.jsonValue({ maxDepth: 4 }),
  fc.integer({ min: 2, max: 3000 }).map((depth) => JSON.parse(`${'['.repeat(depth)}${']'.repeat(depth)}`)),
  fc.dictionary(fc.oneof(fc.constantFrom(...strangeNames), fc.string({ maxLength: 5 })), fc.jsonValue({ maxDepth: 1 })),
);

type Spoil = (good: Parts) => fc.Arbitrary<Parts>;

/** The body as text, to be broken. */
function written({ body }: Parts): string {
  return typeof body === 'string' ? body : (JSON.stringify(body) ?? '{}');
}

const spoilField: Spoil = (good) => {
  const { body } = good;
  if (!isRecord(body)) return fc.constant(good);
  const names = [...Object.keys(body), ...strangeNames, 'template_id', 'personalisation', 'reference'];
  return fc.record({ name: fc.constantFrom(...names), value: nonsense }).map(({ name, value }) => ({
    ...good,
    // JSON.parse alone makes a property of its own of __proto__.
    body: written({ ...good, body }).replace(
      /\}$/,
      `${Object.keys(body).length === 0 ? '' : ','}${JSON.stringify(name)}:${JSON.stringify(value)}}`,
    ),
  }));
};

const spoilInside: Spoil = (good) => {
  const { body } = good;
  if (!isRecord(body) || !isRecord(body['personalisation'])) return spoilField(good);
  const { personalisation } = body;
  const names = [...Object.keys(personalisation), ...strangeNames];
  return fc
    .record({ name: fc.constantFrom(...names), value: nonsense })
    .map(({ name, value }) => ({ ...good, body: { ...body, personalisation: { ...personalisation, [name]: value } } }));
};

const dropField: Spoil = (good) => {
  const { body } = good;
  if (!isRecord(body) || Object.keys(body).length === 0) return fc.constant(good);
  return fc.constantFrom(...Object.keys(body)).map((name) => {
    const { [name]: _, ...rest } = body;
    return { ...good, body: rest };
  });
};

const spoilText: Spoil = (good) => {
  const text = written(good);
  return fc.oneof(
    fc.nat(text.length).map((end) => ({ ...good, body: text.slice(0, end) })),
    fc.uint8Array({ maxLength: 200 }).map((body) => ({ ...good, body })),
    fc.nat(text.length).map((at) => ({
      ...good,
      body: Buffer.concat([Buffer.from(text.slice(0, at)), Buffer.from([0xff, 0xc0, 0]), Buffer.from(text.slice(at))]),
    })),
    fc.constantFrom('\ufeff', ")]}',\n", '/* */', '\u2028').map((begin) => ({ ...good, body: begin + text })),
    fc
      .constantFrom<BufferEncoding>('utf16le', 'latin1')
      .map((encoding) => ({ ...good, body: Buffer.from(text, encoding) })),
    fc
      .constantFrom('1e999', '-0', '9'.repeat(400), '0x10', 'NaN', '1.', '"\\ud800"')
      .map((value) => ({ ...good, body: text.replace(/\}$/, `,"reference":${value}}`) })),
    fc.integer({ min: 1, max: 200_000 }).map((depth) => ({ ...good, body: '['.repeat(depth) })),
    fc
      .integer({ min: 1, max: 100_000 })
      .map((depth) => ({ ...good, body: `${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}` })),
    nonsense.map((body) => ({ ...good, body: JSON.stringify(body) })),
  );
};

/** Whoever is not told that an object has one name twice sees the last: which it is must not matter to what is answered. */
const doubleField: Spoil = (good) => {
  const text = written(good);
  return fc
    .constantFrom('"template_id":7,', '"phone_number":"1",', '"__proto__":{"x":1},', '"personalisation":[],')
    .map((field) => ({ ...good, body: text.replace(/^\{/, `{${field}`) }));
};

const spoilType: Spoil = (good) =>
  fc
    .constantFrom(
      '',
      'text/plain',
      'application/json; charset=utf-16',
      'application/x-www-form-urlencoded',
      'multipart/form-data',
      'multipart/form-data; boundary=x',
      'application/octet-stream',
      'application/x-ndjson',
      'text/csv',
      'nonsense',
      'a/b/c; d',
      '\u00ff/\u00fe',
      'x'.repeat(5000),
    )
    .map((type) => ({ ...good, headers: { ...good.headers, 'content-type': type } }));

const spoilHeader: Spoil = (good) =>
  fc
    .constantFrom<Record<string, string>>(
      { 'content-encoding': 'gzip' },
      { 'content-encoding': 'nonsense' },
      { 'content-length': '3' },
      { 'content-length': 'x' },
      { accept: 'text/html' },
      { accept: '*/*;q=x' },
      { 'accept-language': '\u00ff' },
      { 'idempotency-key': '' },
      { 'idempotency-key': 'k'.repeat(256) },
      { 'idempotency-key': '\u00ff\u0080' },
      { 'idempotency-key': 'the same for every request' },
      { authorization: '' },
      { authorization: 'Bearer' },
      { authorization: 'Bearer ' },
      { authorization: 'bearer a.b.c' },
      { authorization: 'Bearer a.b.c' },
      { authorization: 'Basic eDp5' },
      { authorization: `Bearer ${'a'.repeat(7000)}` },
      { authorization: 'Bearer eyJhbGciOiJub25lIn0.eyJpc3MiOiIxIn0.' },
      { authorization: 'Bearer eyJhbGciOiJIUzI1NiJ9.bnVsbA.AAAA' },
      { authorization: 'Bearer \u00ff' },
      { cookie: 'commonhold_session=x; =;;' },
      { 'x-forwarded-for': '\u00ff, , ::' },
      { 'x-http-method-override': 'DELETE' },
      { expect: '100-continue' },
    )
    .map((headers) => ({ ...good, headers: { ...good.headers, ...headers } }));

const spoilAddress: Spoil = (good) => {
  const steps = good.path.split('/');
  const odd = fc.constantFrom(
    '%00',
    '%zz',
    '%ff',
    '..',
    '.',
    '%2e%2e%2f',
    '',
    '*',
    'x'.repeat(3000),
    '%F0%9F%98%80',
    "'",
    '7',
    '%5B',
    ';',
    '-',
  );
  return fc.oneof(
    fc
      .record({ at: fc.integer({ min: 2, max: steps.length }), odd })
      .map((to) => ({ ...good, path: steps.toSpliced(to.at, 1, to.odd).join('/') })),
    odd.map((step) => ({ ...good, path: `${good.path}/${step}` })),
    fc.constant({ ...good, path: good.path.replace('/v2/', '/V2/') }),
    fc.constant({ ...good, path: `${good.path}//` }),
    // Some clients join a call to the root of the base URL.
    fc.constant({ ...good, path: good.path.replace('/notify', '') }),
    odd.map((step) => ({ ...good, path: `/v2/${step}` })),
  );
};

const spoilQuery: Spoil = (good) => {
  const names = [
    ...good.query.map(([name]) => name),
    'older_than',
    'status',
    'template_type',
    'reference',
    'after_row',
    'template_id',
    'page',
    '__proto__',
    'status[]',
    'a[b]',
    '%zz',
  ];
  const value = fc.oneof(
    fc.constantFrom('', '%00', '%zz', '%ff', '%ed%a0%80', '=', '1e999', '-1', '9'.repeat(30), 'x'.repeat(3000)),
    fc.string({ unit: 'binary', maxLength: 20 }).map((text) => encodeURIComponent(text.toWellFormed())),
  );
  return fc
    .array(fc.tuple(fc.constantFrom(...names), value), { minLength: 1, maxLength: 4 })
    .map((more) => ({ ...good, query: [...good.query, ...more] }));
};

const spoilMethod: Spoil = (good) => fc.constantFrom(...methods).map((method) => ({ ...good, method }));

const spoils: readonly Spoil[] = [
  spoilField,
  spoilField,
  spoilInside,
  dropField,
  spoilText,
  doubleField,
  spoilType,
  spoilHeader,
  spoilAddress,
  spoilQuery,
  spoilMethod,
];

/** Requests that were good and are spoilt in one way, or in several. */
export function badRequest(good: fc.Arbitrary<Parts>): fc.Arbitrary<Parts> {
  return fc
    .tuple(good, fc.array(fc.constantFrom(...spoils), { minLength: 1, maxLength: 3 }))
    .chain(([parts, ways]) =>
      ways.reduce<fc.Arbitrary<Parts>>((before, spoil) => before.chain(spoil), fc.constant(wellEncoded(parts))),
    );
}

const methods = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'HEAD'] as const;

function isMethod(method: string): method is (typeof methods)[number] {
  return methods.some((each) => each === method);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Uint8Array);
}
