import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';

/** The calls of the API as openapi/commonhold.json describes them, and requests made from that description. */

/** What of a JSON schema is read here. */
export interface Schema {
  readonly type?: string | readonly string[];
  readonly format?: string;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean | Schema;
  readonly items?: Schema;
  readonly maxLength?: number;
}

interface Content {
  readonly content?: Readonly<Record<string, { readonly schema: Schema }>>;
}

interface Described {
  readonly tags?: readonly string[];
  readonly operationId: string;
  readonly parameters?: readonly {
    readonly name: string;
    readonly in: 'path' | 'query' | 'header';
    readonly required?: boolean;
    readonly schema: Schema;
  }[];
  readonly requestBody?: Content;
  readonly responses: Readonly<Record<string, Content>>;
}

/** One call: where it is, and what it is given and gives. */
export interface Operation extends Described {
  readonly method: 'GET' | 'POST';
  /** `/notify/v2/template/{id}` */
  readonly path: string;
}

/** A request as its parts, so that one of them can be spoilt. */
export interface Parts {
  readonly method: string;
  /** The address with its parameters in place, each of them encoded. */
  readonly path: string;
  readonly query: readonly (readonly [string, string])[];
  readonly headers: Readonly<Record<string, string>>;
  /** What is written as JSON; a text or bytes are sent as they are. */
  readonly body: unknown;
}

/** Values that mean something to the service that is called: by the call and the name of the field. */
export type KnownValues = Readonly<Record<string, Readonly<Record<string, fc.Arbitrary<unknown>>>>>;

/** Every call of the notifications API. */
export async function readOperations(): Promise<Operation[]> {
  const file = join(import.meta.dirname, '..', '..', '..', '..', 'openapi', 'commonhold.json');
  const { paths }: { paths: Record<string, Record<string, Described>> } = JSON.parse(await readFile(file, 'utf8'));
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods)
      .filter(([, { tags }]) => tags?.includes('notify'))
      .map(([name, described]): Operation => {
        const method = name.toUpperCase();
        assert.ok(method === 'GET' || method === 'POST', `${path} has the method ${method}, which is not tried here`);
        return { ...described, method, path };
      }),
  );
}

/** Requests that a call must accept, by its description and what is known of some fields. */
export function goodRequest(operation: Operation, known: KnownValues): fc.Arbitrary<Parts> {
  const { method, path, parameters = [], requestBody, operationId } = operation;
  const values = known[operationId] ?? {};
  const fields = (where: 'path' | 'query' | 'header'): fc.Arbitrary<Record<string, unknown>> => {
    const wanted = parameters.filter((parameter) => parameter.in === where);
    return record(
      Object.fromEntries(wanted.map(({ name, schema }) => [name, values[name] ?? valueOf(schema, values)])),
      wanted.filter(({ required }) => where === 'path' || required === true).map(({ name }) => name),
    );
  };
  const [type, content] = Object.entries(requestBody?.content ?? {})[0] ?? [];
  const body =
    values['the whole body'] ?? (content === undefined ? fc.constant(undefined) : valueOf(content.schema, values));
  return fc.record({ path: fields('path'), query: fields('query'), header: fields('header'), body }).map((given) => ({
    method,
    path: path.replaceAll(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(String(given.path[name]))),
    query: Object.entries(given.query).flatMap(([name, value]) =>
      [value].flat().map((each): [string, string] => [name, String(each)]),
    ),
    headers: {
      ...Object.fromEntries(Object.entries(given.header).map(([name, value]) => [name, String(value)])),
      ...(type === undefined ? {} : { 'content-type': type }),
    },
    body: given.body,
  }));
}

/** Values that a schema allows. `known` are values of properties, by their names. */
function valueOf(schema: Schema, known: Readonly<Record<string, fc.Arbitrary<unknown>>>): fc.Arbitrary<unknown> {
  const choices = schema.oneOf ?? schema.anyOf;
  if (choices !== undefined) return fc.oneof(...choices.map((each) => valueOf(each, known)));
  if (schema.enum !== undefined) return fc.constantFrom(...schema.enum);
  if (Array.isArray(schema.type)) {
    return fc.oneof(...schema.type.map((type) => valueOf({ ...schema, type }, known)));
  }
  if (schema.type === 'null') return fc.constant(null);
  if (schema.type === 'string') return textOf(schema);
  if (schema.type === 'array') return fc.array(valueOf(schema.items ?? {}, known), { maxLength: 4 });
  if (schema.type === 'object') {
    const { properties = {}, required = [] } = schema;
    const named = Object.entries(properties).map(
      ([name, each]) => [name, known[name] ?? valueOf(each, known)] as const,
    );
    // They may be left out, but not where a template has placeholders, or is an email.
    const needed = ['personalisation', 'subject'].filter((name) => Object.hasOwn(known, name));
    return record(Object.fromEntries(named), [...required, ...needed]);
  }
  return simple;
}

const simple = fc.oneof(fc.string({ unit: 'grapheme', maxLength: 20 }), fc.integer(), fc.boolean(), fc.constant(null));

/** PostgreSQL keeps no text with U+0000, and the API says so: everything else is text. */
const text = fc.string({ unit: 'binary', minLength: 1, maxLength: 60 }).map((each) => each.replaceAll('\0', 'o'));

function textOf({ format, maxLength }: Schema): fc.Arbitrary<string> {
  if (format === undefined) return maxLength === undefined ? text : text.map((each) => each.slice(0, maxLength));
  const found = formats.get(format);
  assert.ok(found, `there is no value of the format ${format} here: add it`);
  return found;
}

const formats: ReadonlyMap<string, fc.Arbitrary<string>> = new Map([
  ['uuid', fc.uuid()],
  ['whole-number', fc.nat().map(String)],
  ['postage', fc.constantFrom('first', 'second', 'economy')],
  ['future-time', fc.integer({ min: 60, max: 300 * 86_400 }).map((seconds) => timeIn(seconds))],
  ['https-address', fc.webUrl({ validSchemes: ['https'] })],
  [
    'phone-number',
    fc
      .tuple(
        fc.constantFrom('07700 900', '+44 7700 900', '447700900', '0044 (0) 7700-900'),
        fc.integer({ min: 200, max: 999 }),
      )
      .map(([begin, end]) => `${begin}${end}`),
  ],
  [
    'email-address',
    fc
      .tuple(
        fc.stringMatching(/^[a-z0-9](?:[\w!#$%&'*+/=?^`{|}~-]{0,10})$/),
        fc.constantFrom('example.com', 'dept.example.org'),
      )
      .map(([name, host]) => `${name}@${host}`),
  ],
]);

function timeIn(seconds: number): string {
  return new Date(Date.now() + seconds * 1000).toISOString();
}

/** A record with these keys always, and the others sometimes. */
function record(
  values: Readonly<Record<string, fc.Arbitrary<unknown>>>,
  required: readonly string[],
): fc.Arbitrary<Record<string, unknown>> {
  return fc.record(values, { requiredKeys: required.filter((name) => Object.hasOwn(values, name)) });
}
