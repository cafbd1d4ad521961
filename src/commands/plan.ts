import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { listOrganisations } from '#organisations';
import {
  checkProblem,
  comparePlans,
  digitsOf,
  findPlan,
  keepCommitted,
  readPlanSettings,
  readProblem,
  solveInThread,
  stateProblem,
  tabulatePlan,
  writePlanCsv,
  type AdoptedPlan,
  type Problem,
  type Progress,
  type Solution,
} from '#plan';
import { createCalendar, isDay, openDatabase, type Settings } from '#platform';
import { textOf, type Options, type Words } from './command.ts';
import { withDatabase } from './surroundings.ts';

/** `plan [FILE]`: of the estate of the database, or of a problem in a file. */
export async function makePlan([file]: Words, { gap, seconds, json, csv, keep }: Options): Promise<void> {
  const words = { gap: textOf(gap), seconds: textOf(seconds), json: json === true, csv: csv === true };
  if (file !== undefined) return printPlan({ problem: readProblemFile(resolve(file)), before: undefined }, words);
  const keepUntil = textOf(keep);
  if (keepUntil !== undefined && !isDay(keepUntil)) {
    throw new Error(`"${keepUntil}" is not a day. Use --keep with one like 2027-10-01.`);
  }
  await withDatabase('beside the program', async (settings) =>
    printPlan(await readEstateProblem(settings, keepUntil ?? null), words),
  );
}

/** What is to be planned, and the plan that was adopted before, where there is one. */
export interface ToPlan {
  readonly problem: Problem;
  readonly before: AdoptedPlan | undefined;
}

/** What the command was told. */
export interface PlanWords {
  /** A file with a problem as JSON; the estate of the database where it is left out. */
  readonly file?: string | undefined;
  readonly gap?: string | undefined;
  readonly seconds?: string | undefined;
  readonly json: boolean;
  readonly csv: boolean;
}

/** Reads a problem from a file. @throws Error in words where it cannot be read or planned. */
export function readProblemFile(file: string): Problem {
  return sound(readProblem(readFileSync(file, 'utf8')));
}

/**
 * States the estate of the database as a problem, in which what is under way stays as it is.
 *
 * @param keepUntil planned moves that begin before this ISO date keep their quarter; null where none does.
 * @throws Error in words where it cannot be planned.
 */
export async function readEstateProblem(settings: Settings, keepUntil: string | null = null): Promise<ToPlan> {
  if (settings.databaseUrl === undefined) throw new Error('DATABASE_URL is not set.');
  const database = openDatabase({ url: settings.databaseUrl, connections: 2, onIdleError: () => {} });
  try {
    const root = (await listOrganisations(database)).find((each) => each.parentId === null);
    if (root === undefined)
      throw new Error('There is no government yet. Run "bin/commonhold operator add EMAIL" first.');
    const today = createCalendar(settings.timeZone).today();
    const scope = { organisationId: root.id, actor: { kind: 'system', name: 'command line' } } as const;
    return await database.transact(scope, async (tx) => {
      const about = { name: `Estate on ${today}`, currency: settings.currency };
      const stated = await stateProblem(tx, await readPlanSettings(tx, today), about);
      return { problem: sound(await keepCommitted(tx, stated, keepUntil)), before: await findPlan(tx, null) };
    });
  } finally {
    await database.close();
  }
}

/**
 * Solves a problem and prints the plan: a table, or CSV or JSON alone on standard output. Progress goes to standard error.
 * An interruption stops it with the best plan known.
 *
 * @throws Error where there is no plan, or an option cannot be read.
 */
export async function printPlan({ problem, before }: ToPlan, words: PlanWords): Promise<void> {
  const aim = { gap: readShare(words.gap ?? '1%'), seconds: readSeconds(words.seconds ?? '60') };
  let last = 0;
  const solving = solveInThread(problem, aim, (progress) => {
    if (progress.seconds - last < 1) return;
    last = progress.seconds;
    console.error(wordsOf(progress, problem.currency));
  });
  const stop = (): void => solving.stop();
  process.once('SIGINT', stop);
  const solution = await solving.solution;
  process.off('SIGINT', stop);
  if (solution.plan === null) {
    throw new Error(
      solution.ended === 'impossible'
        ? 'There is no plan that keeps every demand. Give more capacity, or loosen a date.'
        : 'No plan was found in the time given. Use --seconds with more.',
    );
  }
  console.error(wordsOf(solution.progress, problem.currency));
  const changes =
    before?.solution.plan === undefined || before.solution.plan === null
      ? null
      : comparePlans({ problem: before.problem, plan: before.solution.plan }, { problem, plan: solution.plan });
  if (changes !== null) {
    const known = before?.number ?? 0;
    console.error(changes.length === 0 ? `Nothing moves otherwise than in plan ${known}.` : `Against plan ${known}:`);
    for (const { name, kind, because } of changes.slice(0, mostChanges)) {
      console.error(`  ${name}: ${wordsOfChange[kind]}${because.length === 0 ? '' : `. ${because.join(' ')}`}`);
    }
    if (changes.length > mostChanges) console.error(`  and ${changes.length - mostChanges} more, which --json has`);
  }
  console.log(words.json ? JSON.stringify({ ...solution, changes }, null, 2) : writeAs(problem, solution, words));
}

/** How many changes are told beside the plan. */
const mostChanges = 20;
const wordsOfChange = {
  earlier: 'earlier',
  later: 'later',
  elsewhere: 'to another target',
  new: 'moves now',
  dropped: 'does not move any more',
} as const;

function writeAs(problem: Problem, solution: Solution, { csv }: PlanWords): string {
  const rows = solution.plan === null ? [] : tabulatePlan(problem, solution.plan);
  if (csv) return writePlanCsv(rows, problem.currency).trimEnd();
  const lines = rows.map((row) => [
    row.begins,
    row.name,
    row.target,
    row.decideBy ?? '-',
    pounds(row.value, problem.currency),
  ]);
  const table = [['Begins', 'Part', 'Moves to', 'Decide by', 'Worth'], ...lines];
  const widths = [0, 1, 2, 3].map((column) => Math.max(...table.map((line) => line[column]?.length ?? 0)));
  return table
    .map((line) =>
      line
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

function wordsOf({ seconds, value, gap }: Progress, currency: string): string {
  const best = value === null ? 'no plan yet' : `best so far ${pounds(value, currency)}`;
  const proof = gap === null ? 'nothing proven yet' : `within ${(gap * 100).toFixed(2)}% of the best`;
  return `${seconds.toFixed(1).padStart(6)} s  ${best}, ${proof}`;
}

function pounds(minorUnits: number, currency: string): string {
  return new Intl.NumberFormat('en-GB', { style: 'currency', currency, maximumFractionDigits: 0 }).format(
    minorUnits / 10 ** digitsOf(currency),
  );
}

function sound(problem: Problem): Problem {
  const wrong = checkProblem(problem);
  if (wrong.length === 0) return problem;
  throw new Error(['This cannot be planned:', ...wrong.slice(0, 20).map((each) => `- ${each}`)].join('\n'));
}

function readShare(text: string): number {
  const value = Number(text.replace(/%$/, '')) / (text.endsWith('%') ? 100 : 1);
  if (!Number.isFinite(value) || value < 0 || value > 1) {
    throw new Error(`Cannot read the gap "${text}". Use a share such as 1% or 0.01.`);
  }
  return value;
}

function readSeconds(text: string): number {
  const value = Number(text);
  if (!Number.isFinite(value) || value < 1 || value > 86_400) {
    throw new Error(`Cannot read "${text}" seconds. Use a number from 1 to 86400.`);
  }
  return value;
}
