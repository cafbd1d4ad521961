import { findDependencies } from '../../conditions/conditions.ts';
import { everyPage, isQuestion } from '../form.ts';
import type { Form, Page } from '../form.ts';
import { findWays } from '../../versions/ways.ts';
import { quote } from './reading.ts';
import type { Reader } from './reading.ts';

/** Where each page stands in the definition: its JSON pointer. */
export type Places = ReadonlyMap<Page, string>;

export function checkPages(form: Form, reader: Reader, places: Places): void {
  checkPaths(form.pages, reader, places);
  if (!everyPage(form).some((page) => page.kind !== 'start' && page.components.some(isQuestion))) {
    const message = 'The form asks no question. Add a page with a question.';
    if (reader.lenient) reader.warning('/pages', null, message);
    else reader.error('/pages', null, message);
  }
}

/** Pages inside a repeated one have paths of their own, below it. */
function checkPaths(pages: readonly Page[], reader: Reader, places: Places): void {
  const before = new Map<string, Page>();
  for (const page of pages) {
    const other = before.get(page.path);
    if (other) {
      reader.error(
        `${places.get(page) ?? ''}/path`,
        page.title || page.path,
        `The page ${quote(page.title)} has the same path as ${quote(other.title)}: ${quote(page.path)}. Give each page its own.`,
      );
    }
    before.set(page.path, page);
    if (page.repeat) checkPaths(page.repeat.pages, reader, places);
  }
}

export function checkConditions(form: Form, reader: Reader, places: Places): void {
  const pages = everyPage(form);
  const asked = new Map<string, number>();
  pages.forEach((page, index) => {
    for (const component of page.components) if (isQuestion(component)) asked.set(component.key, index);
  });
  const { keys, circles } = findDependencies(form.conditions);
  form.conditions.forEach((condition, index) => {
    const circle = circles.get(condition.id);
    if (!circle) return;
    reader.error(
      `/conditions/${index}`,
      null,
      `The condition ${quote(condition.displayName)} depends on itself (${quote(circle.join(' → '))}). Take one reference out.`,
    );
  });
  pages.forEach((page, index) => {
    if (page.condition === null) return;
    for (const key of keys.get(page.condition) ?? []) {
      if ((asked.get(key) ?? 0) >= index) {
        reader.warning(
          `${places.get(page) ?? ''}/condition`,
          page.title || page.path,
          `The page's condition depends on ${quote(key)}, which is asked on this page or later. Move the page down.`,
        );
      }
    }
  });
}

/** Checks how the pages of an older form lead to each other. */
export function checkWays(form: Form, reader: Reader, places: Places): void {
  const paths = new Set(form.pages.map(({ path }) => path.replace(/^\/+/, '')));
  const warn = (page: Page, place: string, message: string): void => {
    reader.warning(`${places.get(page) ?? ''}${place}`, page.title || page.path, message);
  };
  if (form.startPath !== null && !paths.has(form.startPath.replace(/^\/+/, ''))) {
    reader.warning(
      '/startPage',
      null,
      `There is no page ${quote(form.startPath)}. The form begins with its first page.`,
    );
  }
  for (const page of form.pages) {
    page.next.forEach(({ path }, index) => {
      if (paths.has(path.replace(/^\/+/, ''))) return;
      warn(
        page,
        `/next/${index}/path`,
        `There is no page ${quote(path)} to go on to: this way is not taken. Lead elsewhere.`,
      );
    });
  }
  const { order, circles, endless } = findWays(form);
  const reached = new Set(order);
  for (const page of form.pages) {
    if (reached.has(page) || (page.kind !== 'question' && page.kind !== 'repeat')) continue;
    warn(page, '', `Nothing leads to the page ${quote(page.path)}. Lead to it from another, or take it out.`);
  }
  for (const circle of circles) {
    const [first] = circle;
    if (first)
      warn(first, '/next', `The pages lead in a circle: ${quote(circle.map(({ path }) => path).join(' → '))}.`);
  }
  const [stuck] = endless;
  if (stuck) {
    reader.error(
      `${places.get(stuck) ?? ''}/next`,
      stuck.title || stuck.path,
      `From the page ${quote(stuck.path)} nobody gets to the end of the form. Lead from it, or from a page after it, to the summary.`,
    );
  }
}
