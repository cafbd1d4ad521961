import type { CompiledForm, CompiledPage } from '../versions/compile.ts';
import type { Journey, Place } from './journey.ts';

/** A section of a form that has a task list, for one person. */
export interface Task {
  title: string;
  state: 'completed' | 'in progress' | 'not started' | 'cannot start yet';
  /** Key of the page to begin or go on with; null while it cannot be started. */
  start: string | null;
}

/**
 * The tasks of a form, in order: its sections. What comes before the first section is done before all tasks.
 *
 * @returns `before`: the page that must be answered before there are any tasks; null if there is none.
 */
export function findTasks({ pages, form }: CompiledForm, journey: Journey): { before: Place | null; tasks: Task[] } {
  const isFirst = (page: CompiledPage): boolean => page.page.section === null;
  const before = pages.find(
    (page) => isFirst(page) && isBeforeTasks(page, pages) && journey.isAsked(page) && !journey.isAnswered(page),
  );
  if (before) return { before: { page: before, key: journey.keyOf(before) }, tasks: [] };
  const sections = new Map<string, CompiledPage[]>();
  for (const page of pages) {
    const { section } = page.page;
    if (section === null) continue;
    const known = sections.get(section);
    if (known) known.push(page);
    else sections.set(section, [page]);
  }
  const tasks: Task[] = [];
  for (const [section, own] of sections) {
    const title = form.sections.find(({ id, name }) => id === section || name === section)?.title ?? section;
    const task = taskOf(title, own, journey);
    if (task) tasks.push(task);
  }
  return { before: null, tasks };
}

function isBeforeTasks(page: CompiledPage, pages: readonly CompiledPage[]): boolean {
  const first = pages.find((each) => each.page.section !== null);
  return first === undefined || page.index < first.index;
}

function taskOf(title: string, pages: readonly CompiledPage[], journey: Journey): Task | null {
  const asked = pages.filter((page) => journey.isAsked(page));
  const [first] = asked;
  if (!first) {
    // Nothing of it is asked: because of what was answered elsewhere, or because that was not answered yet.
    const waits = pages.some((page) => [...(page.condition?.keys ?? [])].some((key) => !journey.isSettled(key)));
    return waits ? { title, state: 'cannot start yet', start: null } : null;
  }
  const unanswered = journey.firstUnansweredOf(asked);
  if (!unanswered) return { title, state: 'completed', start: journey.keyOf(first) };
  const isBegun = asked.some((page) => journey.isBegun(page));
  return { title, state: isBegun ? 'in progress' : 'not started', start: unanswered.key };
}
