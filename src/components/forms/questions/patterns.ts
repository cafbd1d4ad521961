import { RE2JS } from 're2js';

/** A definition's regular expression longer than this is refused. */
const longestPattern = 1_000;

/** Tests whether a pattern matches somewhere in a text, in time linear in the text's length. */
export type PatternTest = (text: string) => boolean;

/**
 * Compiles a form definition's regular expression. Definitions come from outside, and JavaScript's own engine can be
 * made to run for hours by a small one, so patterns run on RE2, which cannot: it has no back references and no
 * look-ahead.
 *
 * @returns the test, or a sentence that says why the pattern cannot be used and what to do.
 */
export function compilePattern(pattern: string): PatternTest | string {
  if (pattern.length > longestPattern) {
    return `The pattern is ${pattern.length} characters long. Use one of at most ${longestPattern} characters.`;
  }
  try {
    const compiled = RE2JS.compile(RE2JS.translateRegExp(pattern));
    return (text) => compiled.matcher(text).find();
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return `The pattern cannot be used (${reason}). Write it without look-ahead and back references, and with repeats of at most 1,000.`;
  }
}
