import type { DefinitionProblem, Json, JsonObject } from '../form.ts';

/** What a definition may hold at most. Real ones have up to 80 pages, 350 components and 1,300 list items. */
export const most = { pages: 1_000, components: 200, conditions: 1_000, items: 5_000, problems: 200 };

/** Gathers the problems of one reading. */
export class Reader {
  readonly problems: DefinitionProblem[] = [];
  /**
   * Older engines take much that is not as it should be: what is mistyped there is as good as absent, and the form still
   * runs. So it does here, with a warning.
   */
  readonly lenient: boolean;

  constructor({ lenient }: { lenient: boolean }) {
    this.lenient = lenient;
  }

  error(pointer: string, page: string | null, message: string): void {
    this.#add({ severity: 'error', pointer, page, message });
  }

  warning(pointer: string, page: string | null, message: string): void {
    this.#add({ severity: 'warning', pointer, page, message });
  }

  unready(pointer: string, page: string | null, message: string): void {
    this.#add({ severity: 'unready', pointer, page, message });
  }

  #add(problem: DefinitionProblem): void {
    if (this.problems.length < most.problems) this.problems.push(problem);
  }
}

/** One object of the definition: what is read from it is ticked off, and the rest is kept as it is. */
export class Source {
  readonly pointer: string;
  /** Title of the page that this object is on, for its problems. */
  page: string | null;
  readonly #object: JsonObject;
  readonly #reader: Reader;
  readonly #taken = new Set<string>();

  constructor(object: JsonObject, pointer: string, page: string | null, reader: Reader) {
    this.#object = object;
    this.pointer = pointer;
    this.page = page;
    this.#reader = reader;
  }

  error(key: string, message: string): void {
    this.#reader.error(`${this.pointer}/${escapePointer(key)}`, this.page, message);
  }

  warning(key: string, message: string): void {
    this.#reader.warning(`${this.pointer}/${escapePointer(key)}`, this.page, message);
  }

  /** What can be tried and not be published live yet. */
  unready(key: string, message: string): void {
    this.#reader.unready(`${this.pointer}/${escapePointer(key)}`, this.page, message);
  }

  /** What the dialect it is written in forbids, but the engine of an older one lets pass. */
  fault(key: string, message: string): void {
    if (this.#reader.lenient) this.warning(key, message);
    else this.error(key, message);
  }

  peek(key: string): Json | undefined {
    return Object.hasOwn(this.#object, key) ? this.#object[key] : undefined;
  }

  take(key: string): void {
    this.#taken.add(key);
  }

  text(key: string): string | null {
    const value = this.peek(key);
    if (value === undefined || value === null) return null;
    if (typeof value === 'string') {
      this.take(key);
      return value.trim();
    }
    this.fault(key, `${quote(key)} must be text.`);
    return null;
  }

  /** Text, or the first of several languages' texts: `{"en": "Name"}`, of which the whole is kept. */
  words(key: string): string | null {
    const value = this.peek(key);
    if (!isObject(value)) return this.text(key);
    const [first] = [value['en'], ...Object.values(value)].filter((text) => typeof text === 'string');
    return first?.trim() ?? null;
  }

  flag(key: string): boolean | null {
    const value = this.peek(key);
    if (value === undefined || value === null) return null;
    if (typeof value === 'boolean' || value === 'true' || value === 'false') {
      this.take(key);
      return value === true || value === 'true';
    }
    this.fault(key, `${quote(key)} must be true or false.`);
    return null;
  }

  /** Designers write an empty box as "" and a number as "5". */
  number(key: string): number | null {
    const value = this.peek(key);
    if (value === undefined || value === null) return null;
    const number = typeof value === 'number' || typeof value === 'string' ? Number(value) : Number.NaN;
    if (Number.isFinite(number)) {
      this.take(key);
      return typeof value === 'string' && value.trim() === '' ? null : number;
    }
    this.fault(key, `${quote(key)} must be a number.`);
    return null;
  }

  count(key: string): number | null {
    const number = this.number(key);
    if (number === null || (Number.isSafeInteger(number) && number >= 0)) return number;
    this.fault(key, `${quote(key)} must be a whole number, 0 or more.`);
    return null;
  }

  date(key: string): string | null {
    const text = this.text(key);
    if (text === null || text === '') return null;
    if (/^\d{4}-\d{2}-\d{2}$/.test(text)) return text;
    this.fault(key, `${quote(key)} must be a date such as 2026-04-01.`);
    return null;
  }

  object(key: string): Source {
    const value = this.peek(key);
    if (value !== undefined && value !== null) {
      if (isObject(value)) this.take(key);
      else this.fault(key, `${quote(key)} must be an object.`);
    }
    return new Source(isObject(value) ? value : {}, `${this.pointer}/${escapePointer(key)}`, this.page, this.#reader);
  }

  /** The same, and the whole is kept among what nobody has read: for objects of which only some is understood. */
  look(key: string): Source {
    const value = this.peek(key);
    return new Source(isObject(value) ? value : {}, `${this.pointer}/${escapePointer(key)}`, this.page, this.#reader);
  }

  objects(key: string, limit: number): Source[] {
    const value = this.peek(key);
    if (value === undefined || value === null) return [];
    if (!Array.isArray(value)) {
      this.fault(key, `${quote(key)} must be a list.`);
      return [];
    }
    this.take(key);
    if (value.length > limit) {
      this.error(key, `${quote(key)} has ${value.length} entries. The most is ${limit}: split the form.`);
    }
    const pointer = `${this.pointer}/${escapePointer(key)}`;
    return value.slice(0, limit).flatMap((entry, index) => {
      if (isObject(entry)) return [new Source(entry, `${pointer}/${index}`, this.page, this.#reader)];
      this.#reader.error(`${pointer}/${index}`, this.page, `Entry ${index + 1} of ${quote(key)} must be an object.`);
      return [];
    });
  }

  /** An object that stands for part of this one, in its place. */
  made(object: JsonObject): Source {
    return new Source(object, this.pointer, this.page, this.#reader);
  }

  get lenient(): boolean {
    return this.#reader.lenient;
  }

  /** What nobody has read. */
  rest(): JsonObject {
    return Object.fromEntries(Object.entries(this.#object).filter(([key]) => !this.#taken.has(key)));
  }
}

export const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

export function ownValue<T>(record: Readonly<Record<string, T>>, key: string): T | undefined {
  return Object.hasOwn(record, key) ? record[key] : undefined;
}

const escapePointer = (key: string): string => key.replaceAll('~', '~0').replaceAll('/', '~1');

/** Quotes a word of the definition in a message: shortened, since it may be anything. */
export const quote = (text: string): string => `"${text.length > 80 ? `${text.slice(0, 79)}…` : text}"`;
