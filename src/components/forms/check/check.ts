import { compileForm } from '../versions/compile.ts';
import { readDefinitionText } from '../definition/definition.ts';
import { everyPage } from '../definition/form.ts';
import type { DefinitionProblem, Dialect } from '../definition/form.ts';
import { walkForm } from './walk.ts';
import type { Walk } from './walk.ts';

/** What a department wants to know of a definition before it moves here. */
export interface DefinitionCheck {
  dialect: Dialect | null;
  pages: number;
  components: number;
  conditions: number;
  /** It was read, though perhaps with problems. */
  imported: boolean;
  /** A person can go through it and send. */
  completed: boolean;
  /** Why nobody can; null if somebody can. */
  reason: string | null;
  /** Pages that were come to, of those that are asked. */
  pagesCovered: { covered: number; all: number; missed: readonly string[] };
  /** Conditions that were met in one journey and not in another, of those that decide something. */
  conditionsBothWays: Walk['conditions'];
  problems: DefinitionProblem[];
}

/**
 * Reads a definition of any dialect, JSON or YAML, and walks through it in memory. Never throws, whatever the text.
 *
 * @param today ISO date.
 */
export function checkDefinition(text: string, today: string): DefinitionCheck {
  const { dialect, form, problems } = readDefinitionText(text);
  const errors = problems.filter(({ severity }) => severity === 'error');
  const [error] = errors;
  const walk = form && errors.length === 0 ? walkForm(compileForm(form), today) : null;
  const pages = form ? everyPage(form) : [];
  const all = pages.filter(({ kind }) => kind !== 'start' && kind !== 'summary').length;
  return {
    dialect,
    pages: pages.length,
    components: pages.reduce((sum, { components }) => sum + components.length, 0),
    conditions: form?.conditions.length ?? 0,
    imported: form !== null,
    completed: walk?.completed ?? false,
    reason: walk ? walk.reason : (error?.message ?? null),
    pagesCovered: walk?.pages ?? { covered: 0, all, missed: [] },
    conditionsBothWays: walk?.conditions ?? { bothWays: 0, all: 0, missed: [] },
    problems,
  };
}

/** The check of one file as lines of text: one that sums it up, and one for each problem. */
export function describeCheck(file: string, check: DefinitionCheck): string[] {
  const { pagesCovered, conditionsBothWays } = check;
  if (!check.imported) return [`${file}: not imported`, ...check.problems.map(describeProblem)];
  const summary = [
    check.dialect,
    counted(check.pages, 'page'),
    counted(check.components, 'component'),
    counted(check.conditions, 'condition'),
    'imported',
    check.completed ? 'completed' : 'not completed',
    `${pagesCovered.covered} of ${counted(pagesCovered.all, 'page')} covered`,
    `${conditionsBothWays.bothWays} of ${counted(conditionsBothWays.all, 'condition')} taken both ways`,
  ];
  const isRead = check.problems.every(({ severity }) => severity !== 'error');
  return [
    `${file}: ${summary.join(', ')}`,
    ...(isRead && check.reason !== null ? [`  not completed: ${check.reason}`] : []),
    ...check.problems.map(describeProblem),
    ...pagesCovered.missed.map((path) => `  note: no answers lead to the page ${path}`),
    ...conditionsBothWays.missed.map(({ name, never }) => `  note: the condition “${name}” is never ${never}`),
  ];
}

function describeProblem({ severity, pointer, page, message }: DefinitionProblem): string {
  const place = pointer === '' ? '' : ` at ${pointer}`;
  return `  ${severity}${place}${page === null || page === '' ? '' : ` (${page})`}: ${message}`;
}

const counted = (count: number, thing: string): string => `${count} ${thing}${count === 1 ? '' : 's'}`;
