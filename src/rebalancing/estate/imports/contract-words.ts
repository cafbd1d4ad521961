import type { Period } from '../contracts/months.ts';

/** Terms of a contract that stand in words, with the sentence they were found in. Nothing of it counts until a person has confirmed it. */
export interface FoundTerms {
  /** The sentence, shortened to its neighbourhood where it is long. */
  readonly sentence: string;
  /** The options to extend in the order in which they can be taken, each in months. */
  readonly extensionMonths?: readonly number[];
  /** How long before the end notice must be given. */
  readonly notice?: Period;
  /** By how many months it renews by itself where nobody gives notice. */
  readonly renewalMonths?: number;
  /** How sure it is, from 0 to 1: less where the words leave a choice, such as "up to". */
  readonly confidence: number;
}

/**
 * Finds the sentences of a notice or a contract that speak of extending it, of giving notice and of renewing by itself,
 * and reads the terms out of them: `2 x 12 months`, `1+1`, `a further two years`, `three months' notice`, `renews
 * automatically for 12 months`. Notices hold these terms in nearly no other place.
 *
 * @returns for each kind of term the sentence that is surest of it; a notice often says the same several times.
 */
export function findTerms(text: string): FoundTerms[] {
  const found = sentencesOf(text).flatMap((sentence) => [
    ...findExtension(sentence),
    ...findNotice(sentence),
    ...findRenewal(sentence),
  ]);
  const surest = new Map<string, FoundTerms>();
  for (const terms of found) {
    const kind = terms.extensionMonths !== undefined ? 'extension' : terms.notice !== undefined ? 'notice' : 'renewal';
    const known = surest.get(kind);
    if (known === undefined || terms.confidence > known.confidence) surest.set(kind, terms);
  }
  return [...surest.values()];
}

/**
 * Reads the options to extend of a contract as people write them in a table: `1+1`, `12+12 months`, `2 x 12 months`, `2
 * years`, `none`. Numbers without a unit are years up to 5, and months above.
 *
 * @returns each option in months, in order; undefined where it cannot be read.
 */
export function readExtensions(text: string): number[] | undefined {
  const plain = text.trim().toLowerCase();
  if (/^(?:no|none|nil|0|n\/a)$/.test(plain)) return [];
  const sum = /^(?:\d+\s*(?:years?|yrs?|months?|mths?|y|m)?\s*\+\s*)*\d+\s*(?:years?|yrs?|months?|mths?|y|m)?$/.exec(
    plain,
  );
  if (sum !== null) {
    const pieces = plain.split('+').map((piece) => piece.trim());
    const unit = pieces.map(unitIn).findLast((each) => each !== undefined);
    const months = pieces.map((piece) => monthsOf(Number.parseInt(piece, 10), unitIn(piece) ?? unit));
    return months.every((each) => each > 0 && each <= mostMonths) ? months : undefined;
  }
  return timesIn(plain);
}

const mostMonths = 240;

const numberWords: Readonly<Record<string, number>> = {
  a: 1,
  an: 1,
  one: 1,
  two: 2,
  three: 3,
  four: 4,
  five: 5,
  six: 6,
  seven: 7,
  eight: 8,
  nine: 9,
  ten: 10,
  twelve: 12,
  eighteen: 18,
  'twenty-four': 24,
  'thirty-six': 36,
  thirty: 30,
  sixty: 60,
  ninety: 90,
};
const numberPattern = String.raw`(?:\d{1,3}|${Object.keys(numberWords)
  .toSorted((a, b) => b.length - a.length)
  .join('|')})(?:\s*\(\s*[\w-]{1,12}\s*\))?`;
const unitPattern = String.raw`(?:calendar\s+|week\s+)?(days?|weeks?|months?|mths?|years?|yrs?)(?:['’]s?)?`;

function sentencesOf(text: string): string[] {
  return (
    text
      // Some publishers' line ends arrive as the letters r and n, and their tabs as t.
      .replaceAll(/(?<=[.;:)*\s])(?:rn)+(?=[A-Z\s*])|(?:rn){2,}/g, '\n')
      .split(/(?<=[.;!?])\s+(?=["“(]?[A-Z0-9])|\n+/)
      .map((sentence) => sentence.replaceAll(/\s+/g, ' ').trim())
      .filter((sentence) => sentence.length > 8)
  );
}

function findExtension(sentence: string): FoundTerms[] {
  if (!/\bextend(?:ed|able)?\b|\bextensions?\b|\boption(?:s|al)?\b|\bplus\b|\+/i.test(sentence)) return [];
  // "The council may extend the deadline" is about the tender, not about the contract.
  if (/\bdeadline|\bextent\b|closing date|clarification|tender(?:ing)? period|submission/i.test(sentence)) return [];
  // What has been extended already, or is an award of an extension, is no option any more.
  if (/\b(?:has|have|is|was|were)(?: been| being)? extended\b/i.test(sentence)) return [];
  const found = extensionIn(sentence);
  if (found === undefined) return [];
  return [{ sentence: around(sentence, found.at), extensionMonths: found.months, confidence: found.confidence }];
}

/** The options that a sentence speaks of: several alike, a sum such as 3+1+1, or one length, perhaps in steps. */
function extensionIn(sentence: string): { months: number[]; confidence: number; at: number } | undefined {
  const single = lengthIn(sentence);
  const sum = /(\d{1,2}(?:\s*\+\s*\d{1,2})+)\s*\+?\s*(years?|yrs?|months?|mths?)?/i.exec(sentence);
  if (sum !== null) {
    const all = (sum[1] ?? '').split('+').map((piece) => monthsOf(Number(piece), unitIn(sum[2] ?? '')));
    const isOfOptions =
      // "to extend for 2 + 1 years", or a sum that comes to the length which is named as the further one.
      /(?:extend|extensions?|option(?:al|s)?|possible|potential|further|additional|period\(?s?\)?)\s*(?:for|of|by|to|:)?\s*(?:up to)?\s*$/i.test(
        sentence.slice(0, sum.index),
      ) || total(all) === single?.months;
    // Otherwise the first number is the term itself: 3+1+1 is three years, and two options of one.
    const months = isOfOptions ? all : all.slice(1);
    if (months.every((each) => each > 0 && each <= 120)) return { months, confidence: 0.85, at: sum.index };
  }
  const times = timesIn(sentence);
  if (times !== undefined) return { months: times, confidence: 0.9, at: Math.max(0, sentence.search(/exten|option/i)) };
  const fromTo = new RegExp(
    String.raw`exten\w*[^.]{0,40}?\bfrom (${numberPattern}) to (${numberPattern})[\s-]+${unitPattern}`,
    'i',
  ).exec(sentence);
  if (fromTo !== null) {
    const unit = unitIn(fromTo[3] ?? '');
    const further = monthsOf(numberIn(fromTo[2] ?? ''), unit) - monthsOf(numberIn(fromTo[1] ?? ''), unit);
    return further > 0 ? { months: [further], confidence: 0.75, at: fromTo.index } : undefined;
  }
  if (single === undefined) return undefined;
  const step = stepIn(sentence, single.months);
  return { ...single, months: Array.from({ length: single.months / step }, () => step) };
}

/** The one length of time that a sentence names for extending, in months. */
function lengthIn(sentence: string): { months: number; confidence: number; at: number } | undefined {
  const found =
    // "24 months extension", "a 12-month optional extension"
    new RegExp(
      String.raw`(?<!\bin )\b(up to |a maximum of )?(${numberPattern})[\s-]+${unitPattern}[\s-]+(?:(?:further|additional|optional|possible|contract) )*(?:extension|option)`,
      'i',
    ).exec(sentence) ??
    // "extend for up to a further 2 years", "option of an additional 12 months"
    new RegExp(
      String.raw`(?:extend(?:ed|able)?|extensions?|option(?:s|al)?|further|additional)\b[^.;]{0,90}?\b(up to |a maximum of |maximum |not exceeding )?(${numberPattern})[\s-]+(?:further |additional |extra )?${unitPattern}`,
      'i',
    ).exec(sentence);
  if (found === null) return undefined;
  const months = monthsOf(numberIn(found[2] ?? ''), unitIn(found[3] ?? ''));
  if (months <= 0 || months > mostMonths) return undefined;
  return { months, confidence: /up to|maximum|not exceeding/i.test(found[0]) ? 0.55 : 0.75, at: found.index };
}

/** The steps in which a length can be taken, in months: "in 12 month increments", "on an annual basis". The whole of it where none is named. */
function stepIn(sentence: string, whole: number): number {
  const named = new RegExp(
    String.raw`\bin (?:${numberPattern} (?:x|further) )?(?:(${numberPattern})[\s-]+)?(monthly|months?|annual|yearly|years?)(?: \w+)? ?(?:increments?|intervals?|periods?|extensions?|steps?)`,
    'i',
  ).exec(sentence);
  const step =
    named === null
      ? /\bon an? (?:annual|yearly) basis|\bannually\b/i.test(sentence)
        ? 12
        : whole
      : /annual|year/i.test(named[2] ?? '')
        ? 12 * (named[1] === undefined ? 1 : numberIn(named[1]))
        : named[1] === undefined
          ? whole
          : numberIn(named[1]);
  return step > 0 && whole % step === 0 ? step : whole;
}

/** `2 x 12 months`, `two further periods of one year`, `2 optional extensions of 12 months each`, `three 12-month periods`. */
function timesIn(text: string): number[] | undefined {
  // What stands before the first word of extending is about the term itself: "a period of 3 years with the option to …".
  const begin = text.search(
    new RegExp(
      String.raw`\b(?:${numberPattern}\s+)?(?:possible |optional )?(?:exten|option|further|additional|plus)`,
      'i',
    ),
  );
  const tail = begin < 0 ? text : text.slice(begin);
  const kinds = '(?:further |additional |optional |separate |extra |more |possible |individual )*';
  const found =
    new RegExp(String.raw`\b(${numberPattern})\s*[x×*]\s*(${numberPattern})[\s-]*${unitPattern}`, 'i').exec(text) ??
    new RegExp(
      String.raw`\b(${numberPattern})\s+${kinds}(?:periods?|extensions?|options?|terms?)(?: periods?)?(?: to extend)?,?(?: each)?(?: of| for| at)?(?: up to)? (?:a further |an additional |another )?(${numberPattern})[\s-]+${unitPattern}`,
      'i',
    ).exec(tail) ??
    new RegExp(
      String.raw`\b(${numberPattern})\s+${kinds}(${numberPattern})[\s-]+(months?|mths?|years?|yrs?)(?:['’]s?)?[\s-]+${kinds}(?:extension|option|period|interval)`,
      'i',
    ).exec(text);
  if (found === null || /^an?$/i.test((found[1] ?? '').trim())) return undefined;
  const count = numberIn(found[1] ?? '');
  const months = monthsOf(numberIn(found[2] ?? ''), unitIn(found[3] ?? ''));
  if (count < 1 || count > 10 || months <= 0 || months > 120) return undefined;
  return Array.from({ length: count }, () => months);
}

function total(numbers: readonly number[]): number {
  return numbers.reduce((sum, each) => sum + each, 0);
}

function findNotice(sentence: string): FoundTerms[] {
  if (!/\bnotice\b/i.test(sentence) || /short notice|award notice|contract notice|this notice/i.test(sentence))
    return [];
  const found =
    new RegExp(String.raw`(${numberPattern})[\s-]+${unitPattern}(?: prior| written| advance)*\s+notice`, 'i').exec(
      sentence,
    ) ??
    new RegExp(
      String.raw`notice (?:period )?(?:of|is|:)\s*(?:at least |not less than |a minimum of )?(${numberPattern})[\s-]+${unitPattern}`,
      'i',
    ).exec(sentence);
  if (found === null) return [];
  const count = numberIn(found[1] ?? '');
  const unit = unitIn(found[2] ?? '');
  const notice: Period =
    unit === 'day'
      ? { count, unit: 'days' }
      : unit === 'week'
        ? { count: count * 7, unit: 'days' }
        : { count: monthsOf(count, unit), unit: 'months' };
  if (notice.count <= 0 || notice.count > 400) return [];
  return [{ sentence: around(sentence, found.index), notice, confidence: 0.8 }];
}

function findRenewal(sentence: string): FoundTerms[] {
  if (
    !/automatic(?:ally)?[\s-]+(?:be )?renew|renew(?:s|ed|al)? automatic|tacit(?:ly)? renew|auto-?renew|roll(?:s|ing)? over/i.test(
      sentence,
    )
  ) {
    return [];
  }
  if (/\b(?:not|no)\b[^.]{0,30}(?:renew|roll)/i.test(sentence)) {
    return [{ sentence: around(sentence, 0), renewalMonths: 0, confidence: 0.8 }];
  }
  const found = new RegExp(String.raw`(${numberPattern})[\s-]+${unitPattern}`, 'i').exec(sentence);
  const months = found === null ? 12 : monthsOf(numberIn(found[1] ?? ''), unitIn(found[2] ?? ''));
  if (months <= 0 || months > 60) return [];
  // A contract that renews without saying for how long does so from year to year; a person should look.
  return [
    { sentence: around(sentence, found?.index ?? 0), renewalMonths: months, confidence: found === null ? 0.4 : 0.7 },
  ];
}

function numberIn(text: string): number {
  const word = text
    .replace(/\s*\(.*$/, '')
    .trim()
    .toLowerCase();
  return numberWords[word] ?? Number.parseInt(word, 10);
}

function unitIn(text: string): 'day' | 'week' | 'month' | 'year' | undefined {
  const letters = /[a-z]+/i.exec(text)?.[0]?.toLowerCase() ?? '';
  if (letters.startsWith('d')) return 'day';
  if (letters.startsWith('w')) return 'week';
  if (letters.startsWith('m')) return 'month';
  if (letters.startsWith('y')) return 'year';
  return undefined;
}

/** Numbers without a unit are years up to 5, and months above: nobody writes 1+1 for months, or 12+12 for years. */
function monthsOf(count: number, unit: 'day' | 'week' | 'month' | 'year' | undefined): number {
  if (!Number.isFinite(count)) return 0;
  if (unit === 'year') return count * 12;
  if (unit === 'month') return count;
  if (unit === 'day' || unit === 'week') return 0;
  return count <= 5 ? count * 12 : count;
}

/** A sentence, or what stands around the place in it where it is very long. */
function around(sentence: string, at: number): string {
  if (sentence.length <= 400) return sentence;
  const start = Math.max(0, at - 150);
  return `${start > 0 ? '…' : ''}${sentence.slice(start, start + 350).trim()}…`;
}
