import { textOf } from '../form.ts';
import type { Component, DateQuestion } from '../form.ts';
import { isObject, quote } from './reading.ts';
import type { Source } from './reading.ts';

/** How far back the first of two dates may lie that are compared on a page of UKHSA's `DateComparisonPageController`. */
const monthsBack = 2;

/**
 * UKHSA's fork compares two dates of a page, named by the page's options: neither may be in the future, the first must be of the last
 * two months, and the second must not be before the first.
 */
export function compareDates(components: readonly Component[], source: Source): Component[] {
  const options = source.peek('options');
  const named = (option: string): string => (isObject(options) ? textOf(options[option]) : '');
  const find = (option: string): DateQuestion | null => {
    const name = named(option);
    if (name === '') return null;
    const found = components.find((each) => each.kind === 'date' && each.name === name);
    if (found?.kind === 'date') return found;
    source.warning('options', `${quote(name)} is no date on this page, and is not compared with another.`);
    return null;
  };
  const [first, second] = [find('firstDateComponent'), find('secondDateComponent')];
  return components.map((component) => {
    if (component === first)
      return { ...first, maxDaysInFuture: first.maxDaysInFuture ?? 0, maxMonthsInPast: monthsBack };
    if (component !== second) return component;
    return { ...second, maxDaysInFuture: second.maxDaysInFuture ?? 0, notBefore: first?.key ?? null };
  });
}
