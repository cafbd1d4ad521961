/** A command of the program: what stands after `bin/commonhold`. */
export interface Command {
  readonly usage: string;
  readonly summary: string;
  /** What --help says after the summary. */
  readonly more?: string;
  readonly options?: { readonly [name: string]: { readonly type: 'boolean' | 'string' } };
  /** How many words may follow, at least and at most. */
  readonly words: readonly [number, number];
  readonly run: (words: Words, options: Options) => Promise<void>;
}

/** What stands after a command's name: the words, and the options by name. */
export type Words = readonly string[];
export type Options = Readonly<Record<string, unknown>>;

/** A command line that cannot be followed. */
export class UsageProblem extends Error {}

export const bareCommand = 'bin/commonhold';

/** An option as a text; undefined where it was not given. */
export function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

export function say(sentence: string): void {
  console.log(sentence);
}
