import { Problem } from '#platform';

/** One value of a placeholder. Null is as good as missing; of a list, what is null or empty is left out. */
export type PersonalisationValue =
  string | number | boolean | null | readonly (string | number | boolean | null)[] | undefined;

/** What is filled into a template, by the names of its placeholders. */
export type Personalisation = Readonly<Record<string, PersonalisationValue>>;

/** A placeholder is two round brackets with no brackets inside; `??` makes it a condition. */
const placeholder = /\(\(([^()]+)\)\)/g;

/**
 * Fills the placeholders of texts that belong together, such as a subject and a body.
 *
 * `((name))` becomes the value of that name; `((name??text))` becomes its text where the value is yes, y, true, t, 1,
 * include or show, in any case, and nothing otherwise. Names match without regard to case, spaces, `_` and `-`. A list
 * becomes "a, b and c", or bullets in the texts that `bullets` names. What is filled in is not read again, so a value
 * cannot bring placeholders of its own. The rules are those of GOV.UK Notify.
 *
 * @throws Problem invalid that names everything that is missing, as the texts spell it.
 */
export function fillPlaceholders<Names extends string>(
  texts: Readonly<Record<Names, string>>,
  personalisation: Personalisation,
  { bullets = [] }: { bullets?: readonly NoInfer<Names>[] } = {},
): Record<Names, string> {
  const values = new Map<string, PersonalisationValue>();
  for (const name of Object.keys(personalisation)) values.set(keyOf(name), personalisation[name]);
  const missing = new Map<string, string>();
  const filled: Record<Names, string> = { ...texts };
  for (const place in texts) {
    const { holes, end } = read(texts[place]);
    let written = '';
    for (const { before, name, key, shown } of holes) {
      written += before;
      const value = values.get(key);
      if (value === undefined || value === null) {
        if (!missing.has(key)) missing.set(key, name);
      } else if (shown === undefined) {
        written += write(value, bullets.includes(place));
      } else if (isYes(write(value, false))) {
        written += shown;
      }
    }
    filled[place] = written + end;
  }
  if (missing.size > 0) {
    throw new Problem('invalid', { message: `Missing personalisation: ${[...missing.values()].join(', ')}` });
  }
  return filled;
}

/** A text as it is filled: its placeholders, each with what stands before it, and what stands after the last. */
interface ReadText {
  readonly holes: readonly {
    readonly before: string;
    readonly name: string;
    readonly key: string;
    readonly shown?: string;
  }[];
  readonly end: string;
}

/** Texts that were read: a template is filled many times. */
const readTexts = new Map<string, ReadText>();
const mostReadTexts = 500;
const longestReadText = 10_000;

function read(text: string): ReadText {
  const known = readTexts.get(text);
  if (known !== undefined) return known;
  const holes: ReadText['holes'][number][] = [];
  let at = 0;
  for (const found of text.matchAll(placeholder)) {
    const part = readPlaceholder(found[1] ?? '');
    holes.push({ ...part, key: keyOf(part.name), before: text.slice(at, found.index) });
    at = found.index + found[0].length;
  }
  const made = { holes, end: text.slice(at) };
  if (text.length > longestReadText) return made;
  if (readTexts.size >= mostReadTexts) readTexts.clear();
  readTexts.set(text, made);
  return made;
}

function write(value: NonNullable<PersonalisationValue>, asBullets: boolean): string {
  if (!isList(value)) return String(value);
  const items = value.flatMap((item) => (item === null ? [] : [visible(String(item))])).filter((item) => item !== '');
  if (asBullets) return items.length === 0 ? '' : `\n\n${items.map((item) => `* ${item}`).join('\n')}`;
  const last = items.pop();
  if (last === undefined) return '';
  return items.length === 0 ? last : `${items.join(', ')} and ${last}`;
}

function isList(value: unknown): value is readonly unknown[] {
  return Array.isArray(value);
}

/** Without spaces around it, and without what takes no place. */
function visible(text: string): string {
  return text.replaceAll(/\u180e|\u200b|\u200c|\u200d|\u2060|\ufeff/g, '').trim();
}

/** The names of the placeholders in a text, each once, as it is first spelt. */
export function placeholdersOf(text: string): string[] {
  const names = new Map<string, string>();
  for (const { name, key } of read(text).holes) if (!names.has(key)) names.set(key, name);
  return [...names.values()];
}

/** A name as it is compared: without case, spaces, `_` and `-`. */
export function keyOf(name: string): string {
  return name.toLowerCase().replaceAll(/[\s_-]+/g, '');
}

function readPlaceholder(inside: string): { name: string; shown?: string } {
  const at = inside.indexOf('??');
  if (at === -1) return { name: inside.trim() };
  return { name: inside.slice(0, at).trim(), shown: inside.slice(at + 2) };
}

function isYes(value: string): boolean {
  return ['yes', 'y', 'true', 't', '1', 'include', 'show'].includes(value.trim().toLowerCase());
}
