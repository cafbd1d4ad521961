import { formatMoney } from '#platform';
import type { Problem } from '../problem/problem.ts';
import { valueOptions } from '../problem/value.ts';
import { solveHere } from '../solver/solve.ts';

/** One thing that a problem demands, and the problem without it. */
interface Demand {
  readonly words: string;
  readonly without: (problem: Problem) => Problem;
}

/**
 * The smallest set of demands that clash, in words: without any one of them there would be a plan. (A deletion filter: each
 * demand is left out in turn, and for good where there is still no plan without it.) Empty where there is a plan.
 *
 * Only parts that must move, and those that they wait for, are looked at: any other part can stay, and clashes with nothing.
 */
export async function findConflict(problem: Problem): Promise<string[]> {
  let core = coreOf(problem);
  if (await isPossible(core)) return [];
  const kept: string[] = [];
  for (const { words, without } of demandsOf(core)) {
    const less = without(core);
    if (await isPossible(less)) kept.push(words);
    else core = less;
  }
  return kept;
}

/** Any plan will do. The solver takes no infinite gap. */
const anyGap = 1e6;

async function isPossible(problem: Problem): Promise<boolean> {
  const { plan } = await solveHere(problem, { gap: anyGap, seconds: 20 });
  return plan !== null;
}

function coreOf(problem: Problem): Problem {
  const needed = new Set(
    valueOptions(problem).flatMap(({ part, staying }) => (staying === undefined ? [part.id] : [])),
  );
  for (let grew = true; grew;) {
    grew = false;
    for (const { before, after } of problem.precedence) {
      if (!needed.has(after) || needed.has(before)) continue;
      needed.add(before);
      grew = true;
    }
  }
  return {
    ...problem,
    parts: problem.parts.filter(({ id }) => needed.has(id)),
    precedence: problem.precedence.filter(({ before, after }) => needed.has(before) && needed.has(after)),
    fixed: problem.fixed.filter(({ partId }) => needed.has(partId)),
  };
}

function demandsOf(problem: Problem): Demand[] {
  const nameOf = (id: string): string => problem.parts.find((part) => part.id === id)?.name ?? id;
  const plenty = (length: number): number[] => Array.from({ length }, () => Number.MAX_SAFE_INTEGER);
  return [
    ...problem.budgets.map(({ year, most }) => ({
      words: `Moves may cost no more than ${roundedIn(most, problem.currency)} in year ${year + 1}`,
      without: (each: Problem) => ({ ...each, budgets: each.budgets.filter((budget) => budget.year !== year) }),
    })),
    ...problem.departments.map(({ id, name }) => ({
      words: `${name} has no more people for moves than is said`,
      without: (each: Problem) => ({
        ...each,
        departments: each.departments.map((one) => (one.id === id ? { ...one, capacity: plenty(each.quarters) } : one)),
      }),
    })),
    ...problem.targets
      .filter(({ teamCapacity }) => teamCapacity !== null)
      .map(({ id, name }) => ({
        words: `The team of ${name} has no more people than is said`,
        without: (each: Problem) => ({
          ...each,
          targets: each.targets.map((one) => (one.id === id ? { ...one, teamCapacity: null } : one)),
        }),
      })),
    ...problem.targets.flatMap((target) =>
      target.opening === null
        ? []
        : [
            {
              words: `${target.name} cannot be open before quarter ${target.opening.earliest + target.opening.quarters + 1}`,
              without: (each: Problem) => ({
                ...each,
                targets: each.targets.map((one) => (one.id === target.id ? { ...one, opening: null } : one)),
              }),
            },
          ],
    ),
    ...problem.rules
      .filter(({ treatment }) => treatment === 'honour')
      .map(({ id, title }) => ({
        words: `The rule is honoured: ${title}`,
        without: (each: Problem): Problem => ({
          ...each,
          rules: each.rules.map((rule) => (rule.id === id ? { ...rule, treatment: 'price', price: 0 } : rule)),
        }),
      })),
    // Which contract it is that rules leave no way to go on with: where it is one, it alone is freed.
    ...problem.parts
      .filter(({ contract }) => contract !== null && isRuled(problem))
      .map(({ id, name, contract }) => ({
        words: `${name} needs its contract “${contract?.name}” until it has moved`,
        without: (each: Problem) => ({
          ...each,
          parts: each.parts.map((part) => (part.id === id ? { ...part, contract: null } : part)),
        }),
      })),
    ...problem.precedence.map((edge) => ({
      words: `${nameOf(edge.after)} waits for ${nameOf(edge.before)}`,
      without: (each: Problem) => ({ ...each, precedence: each.precedence.filter((one) => one !== edge) }),
    })),
    ...problem.parts
      .filter(({ leaveBy }) => leaveBy !== null)
      .map(({ id, name, leaveBy }) => ({
        words: `${name} must have been left by the end of quarter ${(leaveBy ?? 0) + 1}`,
        without: (each: Problem) => ({
          ...each,
          parts: each.parts.map((part) => (part.id === id ? { ...part, leaveBy: null } : part)),
        }),
      })),
    ...problem.fixed.map((fixed) => ({
      words:
        fixed.startQuarter === null
          ? `${nameOf(fixed.partId)} does not move, as was decided`
          : `${nameOf(fixed.partId)} moves in quarter ${fixed.startQuarter + 1}, as was decided`,
      without: (each: Problem) => ({ ...each, fixed: each.fixed.filter((one) => one !== fixed) }),
    })),
  ];
}

function isRuled({ rules }: Problem): boolean {
  return rules.some(({ treatment }) => treatment === 'honour');
}

function roundedIn(minorUnits: number, currency: string): string {
  return formatMoney({ minorUnits, currency }).replace(/\.\d+$/, '');
}
