import { isDay } from '#platform';
import type { ExtensionOption } from './extension-options.ts';

/**
 * Options to extend as one text, for files: `12 months at +3%, decide by 2026-01-31, like for like; 12 months`. An option
 * that was taken says when.
 */
export function writeExtensions(options: readonly ExtensionOption[]): string {
  return options
    .map((option) =>
      [
        `${option.months} months${option.upliftBasisPoints === 0 ? '' : ` at ${option.upliftBasisPoints > 0 ? '+' : ''}${option.upliftBasisPoints / 100}%`}`,
        ...(option.decideBy === null ? [] : [`decide by ${option.decideBy}`]),
        ...(option.likeForLike === null ? [] : [option.likeForLike ? 'like for like' : 'not like for like']),
        ...(option.takenOn === null ? [] : [`taken on ${option.takenOn}`]),
      ].join(', '),
    )
    .join('; ');
}

/** Options as `writeExtensions` writes them; undefined where the text is anything else. */
export function readExtensionText(text: string): ExtensionOption[] | undefined {
  const options: ExtensionOption[] = [];
  for (const piece of text.split(';')) {
    const [length = '', ...rest] = piece.split(',').map((each) => each.trim());
    const found = /^(\d{1,3}) months(?: at ([+-]?\d{1,4}(?:\.\d{1,2})?)%)?$/.exec(length);
    if (found === null) return undefined;
    let option: ExtensionOption = {
      months: Number(found[1]),
      upliftBasisPoints: Math.round(Number(found[2] ?? 0) * 100),
      decideBy: null,
      likeForLike: null,
      takenOn: null,
    };
    for (const words of rest) {
      const day = words.slice(-10);
      if (words === 'like for like' || words === 'not like for like')
        option = { ...option, likeForLike: words === 'like for like' };
      else if (/^decide by .{10}$/.test(words) && isDay(day)) option = { ...option, decideBy: day };
      else if (/^taken on .{10}$/.test(words) && isDay(day)) option = { ...option, takenOn: day };
      else return undefined;
    }
    options.push(option);
  }
  return options;
}
