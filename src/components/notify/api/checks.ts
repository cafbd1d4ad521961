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

/** A shape, made ready once for all the requests that are checked with it. */
interface Check {
  readonly types: readonly string[];
  readonly typeWords: string;
  readonly required: readonly string[];
  readonly properties: readonly (readonly [name: string, check: Check])[];
  readonly names: ReadonlySet<string>;
  readonly lists: ReadonlySet<string>;
  readonly others: boolean | Check | undefined;
  readonly items: Check | undefined;
  readonly choices: readonly unknown[] | undefined;
  readonly anyOf: readonly Check[] | undefined;
  readonly oneOf: readonly Check[] | undefined;
  readonly maxLength: number;
  readonly findFault: ((value: string) => string | null) | undefined;
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
  const check = prepare(asShape(schema));
  return (given) => {
    // Fastify gives no body as null: it says nothing, which is enough where nothing is required.
    const isLeftOut = part === 'body' && (given === undefined || given === null);
    if (isLeftOut && (check.oneOf !== undefined || check.required.length > 0)) {
      return { error: new Refusal('BadRequestError', 'Invalid JSON supplied in POST data') };
    }
    const value = part === 'querystring' ? withLists(check, given) : isLeftOut ? {} : given;
    const faults: string[] = [];
    addFaults(check, value, '', faults);
    return faults.length === 0 ? { value } : { error: new Refusal('ValidationError', [...new Set(faults)]) };
  };
}

function prepare(shape: Shape): Check {
  const { properties = {}, additionalProperties: others } = shape;
  const types = [shape.type ?? []].flat();
  return {
    types,
    typeWords: ownWords.get(shape.format ?? '') ?? '',
    required: shape.required ?? [],
    properties: Object.entries(properties).map(([name, each]) => [name, prepare(each)]),
    names: new Set(Object.keys(properties)),
    lists: new Set(Object.keys(properties).filter((name) => properties[name]?.type === 'array')),
    others: typeof others === 'object' ? prepare(others) : others,
    items: shape.items === undefined ? undefined : prepare(shape.items),
    choices: shape.enum,
    anyOf: shape.anyOf?.map(prepare),
    oneOf: shape.oneOf?.map(prepare),
    maxLength: shape.maxLength ?? Infinity,
    findFault: formats.get(shape.format ?? ''),
  };
}

/** A filter that may be repeated and was given once is a list of one; of one that may not be, the first is meant. */
function withLists({ lists }: Check, given: unknown): unknown {
  if (!isRecord(given)) return given;
  return Object.fromEntries(
    Object.entries(given).map(([name, value]): [string, unknown] => {
      const isList = lists.has(name);
      if (isList && typeof value === 'string') return [name, [value]];
      return [name, !isList && Array.isArray(value) ? value[0] : value];
    }),
  );
}

/**
 * Adds every fault of a value to `faults`: where there is none nothing is made. `place` is the field of the request that it
 * is in; faults of the request itself name none.
 */
function addFaults(check: Check, value: unknown, place: string, faults: string[]): void {
  const { types, choices } = check;
  if (check.anyOf !== undefined) {
    if (check.anyOf.some((each) => isRight(each, value))) return;
    faults.push(say(place, `${write(value)} is not valid under any of the given schemas`));
  } else if (check.oneOf !== undefined) {
    const meant = check.oneOf.find((each) => isRecord(value) && Object.hasOwn(value, each.required[0] ?? ''));
    const chosen = meant ?? check.oneOf.at(-1);
    if (chosen !== undefined) addFaults(chosen, value, place, faults);
  } else if (types.length > 0 && !types.some((type) => isOfType(type, value))) {
    const words = check.typeWords === '' ? `${write(value)} is not of type ${types.join(', ')}` : check.typeWords;
    faults.push(say(place, words));
  } else if (choices !== undefined && !choices.includes(value)) {
    faults.push(say(place, `${write(value)} is not one of [${choices.join(', ')}]`));
  } else if (typeof value === 'string') {
    const fault = textFault(check, value);
    if (fault !== null) faults.push(say(place, fault));
  } else if (Array.isArray(value)) {
    const { items } = check;
    if (items !== undefined) for (const item of value) addFaults(items, item, place, faults);
  } else if (isRecord(value)) {
    addObjectFaults(check, value, place, faults);
  }
}

function isRight(check: Check, value: unknown): boolean {
  const faults: string[] = [];
  addFaults(check, value, '', faults);
  return faults.length === 0;
}

function addObjectFaults(check: Check, value: Record<string, unknown>, place: string, faults: string[]): void {
  const { names, others } = check;
  // In the order of the schema, whatever the order of the request.
  for (const [name, each] of check.properties) {
    if (Object.hasOwn(value, name)) addFaults(each, value[name], place === '' ? name : place, faults);
  }
  const unexpected: string[] = [];
  if (others === false || typeof others === 'object') {
    for (const name of Object.keys(value)) if (!names.has(name)) unexpected.push(name);
  }
  if (typeof others === 'object') {
    for (const name of unexpected) addFaults(others, value[name], place === '' ? name : place, faults);
  }
  for (const name of check.required) {
    if (!Object.hasOwn(value, name)) faults.push(say(place, `${name} is a required property`));
  }
  if (others === false && unexpected.length > 0) {
    const were = unexpected.length === 1 ? 'was' : 'were';
    faults.push(say(place, `Additional properties are not allowed (${unexpected.join(', ')} ${were} unexpected)`));
  }
}

function textFault({ maxLength, findFault }: Check, value: string): string | null {
  if (isLonger(value, maxLength)) return `${value} is too long`;
  // No text of PostgreSQL holds it, and nobody types it.
  if (value.includes('\0')) return 'must not hold the character U+0000';
  return findFault === undefined ? null : findFault(value);
}

function say(place: string, words: string): string {
  return place === '' ? words : `${place} ${words}`;
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
