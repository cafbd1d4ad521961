import { createHash } from 'node:crypto';

/** A UUID that is always the same for the same thing: its own, if it has one. */
export function uuidOf(kind: string, name: string, own = name): string {
  if (/^[\da-f]{8}-(?:[\da-f]{4}-){3}[\da-f]{12}$/i.test(own)) return own;
  const hex = createHash('sha256').update(`${kind} ${name}`).digest('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-5${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

/** A text that no other of its kind has: numbered, if need be. */
export function unused(text: string, used: Set<string>): string {
  const own = text.trim() || 'Untitled';
  let name = own;
  for (let number = 2; used.has(name); number++) name = `${own} (${number})`;
  used.add(name);
  return name;
}

/** 2 is "b", 27 is "aa". */
export function lettersOf(number: number): string {
  let letters = '';
  for (let rest = number; rest > 0; rest = Math.floor((rest - 1) / 26)) {
    letters = String.fromCodePoint(97 + ((rest - 1) % 26)) + letters;
  }
  return letters;
}
