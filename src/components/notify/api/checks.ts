import { isId } from '#platform';
import { Refusal } from './refusals.ts';
import { emailFault, phoneFault } from '../recipients.ts';

/** What of JSON Schema the API's schemas use. Everything else in them is for OpenAPI. */
interface Shape {
  readonly type?: string | readonly string[];
  readonly required?: readonly string[];
  readonly properties?: Readonly<Record<string, Shape>>;
  readonly additionalProperties?: boolean | Shape;
  readonly items?: Shape;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly Shape[];
  /** Shapes of objects that are told apart by the property which each requires first; without any of them it is the last. */
  readonly oneOf?: readonly Shape[];
  readonly maxLength?: number;
  readonly format?: string;
}

/**
 * Makes the check of one part of a request. It takes nothing out, fills nothing in and turns nothing into another type;
 * what is wrong is said in the words of the validator that GOV.UK Notify uses, with the quotes left out.
 *
 * @returns a check that gives the value, or the refusal that names everything that is wrong.
 */
export function createCheck(
  schema: unknown,
  part: string | undefined,
): (value: unknown) => { value: unknown } | { error: Refusal } {
  const shape = asShape(schema);
  return (given) => {
    // Fastify gives no body as null: it says nothing, which is enough where nothing is required.
    const isLeftOut = part === 'body' && (given === undefined || given === null);
    if (isLeftOut && (shape.oneOf !== undefined || (shape.required ?? []).length > 0)) {
      return { error: new Refusal('BadRequestError', 'Invalid JSON supplied in POST data') };
    }
    const value = part === 'querystring' ? withLists(shape, given) : isLeftOut ? {} : given;
    const faults = [...new Set(faultsOf(shape, value, ''))];
    return faults.length === 0 ? { value } : { error: new Refusal('ValidationError', faults) };
  };
}

/** A filter that may be repeated and was given once is a list of one; of one that may not be, the first is meant. */
function withLists(shape: Shape, given: unknown): unknown {
  if (!isRecord(given)) return given;
  return Object.fromEntries(
    Object.entries(given).map(([name, value]): [string, unknown] => {
      const isList = shape.properties?.[name]?.type === 'array';
      if (isList && typeof value === 'string') return [name, [value]];
      return [name, !isList && Array.isArray(value) ? value[0] : value];
    }),
  );
}

/** Every fault of a value. `place` is the field of the request that it is in; faults of the request itself name none. */
function faultsOf(shape: Shape, value: unknown, place: string): string[] {
  const say = (words: string): string => (place === '' ? words : `${place} ${words}`);
  if (shape.anyOf !== undefined) {
    if (shape.anyOf.some((each) => faultsOf(each, value, place).length === 0)) return [];
    return [say(`${write(value)} is not valid under any of the given schemas`)];
  }
  if (shape.oneOf !== undefined) {
    const meant = shape.oneOf.find((each) => isRecord(value) && Object.hasOwn(value, each.required?.[0] ?? ''));
    return faultsOf(meant ?? shape.oneOf.at(-1) ?? {}, value, place);
  }
  const types = [shape.type ?? []].flat();
  if (types.length > 0 && !types.some((type) => isOfType(type, value))) {
    const own = ownWords.get(shape.format ?? '');
    return [say(own ?? `${write(value)} is not of type ${types.join(', ')}`)];
  }
  if (shape.enum !== undefined && !shape.enum.includes(value)) {
    return [say(`${write(value)} is not one of [${shape.enum.join(', ')}]`)];
  }
  if (typeof value === 'string') return textFaults(shape, value).map(say);
  if (Array.isArray(value)) {
    const { items } = shape;
    return items === undefined ? [] : value.flatMap((item) => faultsOf(items, item, place));
  }
  if (isRecord(value)) return objectFaults(shape, value, place);
  return [];
}

function objectFaults(shape: Shape, value: Record<string, unknown>, place: string): string[] {
  const say = (words: string): string => (place === '' ? words : `${place} ${words}`);
  const { properties = {}, required = [], additionalProperties: others } = shape;
  const missing = required
    .filter((name) => !Object.hasOwn(value, name))
    .map((name) => say(`${name} is a required property`));
  const unexpected = Object.keys(value).filter((name) => !Object.hasOwn(properties, name));
  const within = (each: Shape, name: string): string[] => faultsOf(each, value[name], place === '' ? name : place);
  // In the order of the schema, whatever the order of the request.
  const faults = Object.entries(properties).flatMap(([name, each]) =>
    Object.hasOwn(value, name) ? within(each, name) : [],
  );
  if (typeof others === 'object') faults.push(...unexpected.flatMap((name) => within(others, name)));
  faults.push(...missing);
  if (others === false && unexpected.length > 0) {
    const were = unexpected.length === 1 ? 'was' : 'were';
    faults.push(say(`Additional properties are not allowed (${unexpected.join(', ')} ${were} unexpected)`));
  }
  return faults;
}

function textFaults(shape: Shape, value: string): string[] {
  if (shape.maxLength !== undefined && isLonger(value, shape.maxLength)) {
    return [`${value} is too long`];
  }
  // No text of PostgreSQL holds it, and nobody types it.
  if (value.includes('\0')) return ['must not hold the character U+0000'];
  const fault = formats.get(shape.format ?? '')?.(value);
  return fault === undefined || fault === null ? [] : [fault];
}

/** Whether a text has more characters, as people count them: an emoji is one. */
export function isLonger(text: string, most: number): boolean {
  return text.length > most && Array.from(text).length > most;
}

/** What is said of a value of a format whatever is wrong with it, its type included. */
const ownWords: ReadonlyMap<string, string> = new Map([
  ['uuid', 'is not a valid UUID'],
  ['https-address', 'is not a valid https url'],
]);

const formats: ReadonlyMap<string, (value: string) => string | null> = new Map([
  ['uuid', (value: string) => (isId(value.toLowerCase()) ? null : 'is not a valid UUID')],
  ['phone-number', phoneFault],
  ['email-address', emailFault],
  ['https-address', (value: string) => (isHttps(value) ? null : 'is not a valid https url')],
  ['future-time', timeFault],
  ['postage', (value: string) => (postages.has(value) ? null : 'invalid. It must be first, second or economy.')],
  ['whole-number', (value: string) => (/^\d+$/.test(value) ? null : `${write(value)} is not of type integer, null`)],
]);

/** How a letter that is ready may be posted: one that goes abroad is known by its address. */
const postages = new Set(['first', 'second', 'economy']);

const farthestMilliseconds = 366 * 86_400_000;
/** ISO 8601 with a date, a time and a time zone. */
const isoTime = /^\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(?:Z|[+-]\d\d:?\d\d)$/;

function timeFault(value: string): string | null {
  const time = isoTime.test(value) ? Date.parse(value) : Number.NaN;
  if (Number.isNaN(time)) {
    return 'datetime format is invalid. It must be a valid ISO8601 date time format, https://en.wikipedia.org/wiki/ISO_8601';
  }
  if (time < Date.now() - 60_000) return 'datetime can not be in the past';
  return time > Date.now() + farthestMilliseconds ? 'datetime can only be a year in the future' : null;
}

function isHttps(value: string): boolean {
  return /^https:\/\/[^\s<>"\p{Cc}]+$/iu.test(value) && URL.canParse(value);
}

function isOfType(type: string, value: unknown): boolean {
  if (type === 'array') return Array.isArray(value);
  if (type === 'object') return isRecord(value);
  if (type === 'null') return value === null;
  if (type === 'integer') return Number.isInteger(value);
  return typeof value === type;
}

/** A value as a message quotes it: as the other validator writes it, and not more of it than a person reads. */
function write(value: unknown): string {
  return written(value).replaceAll(/["']/g, '').slice(0, 200);
}

function written(value: unknown): string {
  if (value === null || value === undefined) return 'None';
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  if (Array.isArray(value)) return `[${value.map(written).join(', ')}]`;
  if (isRecord(value)) {
    return `{${Object.entries(value)
      .map(([name, each]) => `${name}: ${written(each)}`)
      .join(', ')}}`;
  }
  return typeof value === 'string' ? value : (JSON.stringify(value) ?? 'None');
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A schema of a route, which is ours, as what of it is checked. */
function asShape(schema: unknown): Shape {
  return isRecord(schema) ? schema : {};
}
