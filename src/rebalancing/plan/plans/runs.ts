import { addJob, newId, Problem as Refusal, recordAudit, type Scope, type Database, type Tx } from '#platform';
import { keptAs, planTables } from '../database.ts';
import { stateProblem } from '../estate/estate-problem.ts';
import { findInThread, type Found } from '../finding/finding-thread.ts';
import { keepCommitted } from '../moving/commitments.ts';
import { checkProblem } from '../problem/check.ts';
import type { FixedDate, Problem } from '../problem/problem.ts';
import type { Reading } from '../reading/reading.ts';
import type { Outline } from '../solver/outline.ts';
import type { Progress, Solution } from '../solver/solve.ts';
import { readPlanSettings } from './settings.ts';

export const solveJob = 'plan.solve';

const states = ['waiting', 'solving', 'done', 'impossible', 'failed'] as const;

/** One time that a plan was looked for. */
export interface Run {
  readonly id: string;
  readonly state: (typeof states)[number];
  readonly gap: number;
  readonly seconds: number;
  readonly problem: Problem | null;
  readonly progress: Progress | null;
  /** While it is looked for: the best plan yet. */
  readonly best: Outline | null;
  readonly solution: Solution | null;
  readonly reading: Reading | null;
  /** Why there is no plan; where demands clash, each on a line of its own after the first. */
  readonly complaint: string | null;
  readonly isStopAsked: boolean;
  readonly startedBy: string;
  readonly createdAt: string;
}

/**
 * Begins to look for a plan of the estate as it is now: the problem is stated in this transaction, and a job solves it.
 *
 * What is under way is committed and stays as it is: see `keepCommitted`.
 *
 * @param values.gap as a share; `values.fixed` what a person has decided besides; `values.keepUntil` an ISO date: planned moves
 *   that begin before it keep their quarter.
 * @throws Problem unprocessable where the estate cannot be planned, in words.
 */
export async function startRun(
  tx: Tx,
  values: {
    readonly by: string;
    readonly today: string;
    /** Of a government without systems in its estate, ISO 4217. */
    readonly currency?: string;
    readonly gap?: number;
    readonly seconds?: number;
    readonly fixed?: readonly FixedDate[];
    readonly keepUntil?: string | null;
  },
): Promise<string> {
  const settings = await readPlanSettings(tx, values.today);
  const stated = await stateProblem(tx, settings, {
    name: `Estate on ${values.today}`,
    currency: values.currency ?? 'GBP',
    fixed: values.fixed ?? [],
  });
  const problem = await keepCommitted(tx, stated, values.keepUntil ?? null);
  const wrong = checkProblem(problem);
  if (wrong.length > 0) {
    throw new Refusal('unprocessable', {
      title: 'The estate cannot be planned',
      message: wrong.slice(0, 10).join(' '),
    });
  }
  if (!problem.parts.some(({ ways }) => ways.length > 0)) {
    throw new Refusal('unprocessable', {
      title: 'There is nothing to plan yet',
      message:
        'No part of a system has a need that a target meets. Say in the estate what systems are needed for, and to what they could move.',
    });
  }
  const id = newId();
  await planTables(tx)
    .insertInto('runs')
    .values({
      organisation_id: tx.organisationId,
      id,
      state: 'waiting',
      gap: values.gap ?? 0.01,
      seconds: values.seconds ?? 60,
      problem: JSON.stringify(problem),
      started_by: values.by,
    })
    .execute();
  await addJob(tx, solveJob, { runId: id });
  await recordAudit(tx, { action: 'plan.run-started', subject: { kind: 'run', id, name: problem.name } });
  return id;
}

/** @throws Problem not-found */
export async function getRun(tx: Tx, id: string): Promise<Run> {
  const row = await planTables(tx)
    .selectFrom('runs')
    .selectAll()
    .where('organisation_id', '=', tx.organisationId)
    .where('id', '=', id)
    .executeTakeFirst();
  if (row === undefined) throw new Refusal('not-found');
  return {
    id: row.id,
    state: stateOf(row.state),
    gap: row.gap,
    seconds: row.seconds,
    problem: keptAs<Problem | null>(row.problem),
    progress: keptAs<Progress | null>(row.progress),
    best: keptAs<Outline | null>(row.best),
    solution: keptAs<Solution | null>(row.solution),
    reading: keptAs<Reading | null>(row.reading),
    complaint: row.complaint,
    isStopAsked: row.stop_asked_at !== null,
    startedBy: row.started_by,
    createdAt: row.created_at,
  };
}

/** The newest runs first, without what is large. */
export async function listRuns(tx: Tx, most = 20): Promise<Omit<Run, 'problem' | 'best' | 'solution' | 'reading'>[]> {
  const rows = await planTables(tx)
    .selectFrom('runs')
    .select(['id', 'state', 'gap', 'seconds', 'progress', 'complaint', 'stop_asked_at', 'started_by', 'created_at'])
    .where('organisation_id', '=', tx.organisationId)
    .orderBy('id', 'desc')
    .limit(most)
    .execute();
  return rows.map((row) => ({
    id: row.id,
    state: stateOf(row.state),
    gap: row.gap,
    seconds: row.seconds,
    progress: keptAs<Progress | null>(row.progress),
    complaint: row.complaint,
    isStopAsked: row.stop_asked_at !== null,
    startedBy: row.started_by,
    createdAt: row.created_at,
  }));
}

/** Asks the solver to stop with the best plan that it has. */
export async function stopRun(tx: Tx, id: string): Promise<void> {
  await planTables(tx)
    .updateTable('runs')
    .set({ stop_asked_at: new Date().toISOString() })
    .where('organisation_id', '=', tx.organisationId)
    .where('id', '=', id)
    .where('state', 'in', ['waiting', 'solving'])
    .execute();
}

/** How often the solver's progress is written down, and whether it should stop is asked, in milliseconds. */
const beat = 1000;

/**
 * Solves a run in a thread of its own, and keeps what comes of it. A run that has ended is left as it is.
 *
 * @param stopping when it is aborted the thread is ended at once, and the run waits for the next start. That goes on
 *   from the best plan that was written down, and for the time that was left.
 */
export async function solveRun(database: Database, scope: Scope, id: string, stopping?: AbortSignal): Promise<void> {
  const run = await database.transact(scope, (tx) => getRun(tx, id));
  if (run.problem === null || !['waiting', 'solving'].includes(run.state)) return;
  const isStopping = (): boolean => stopping?.aborted === true;
  if (isStopping()) return putOff(database, scope, id);
  let latest: Progress | null = null;
  let best: Outline | null = null;
  const listen = { report: (told: Progress) => void (latest = told), better: (told: Outline) => void (best = told) };
  const beginning = run.best === null ? undefined : { best: run.best, seconds: run.progress?.seconds ?? 0 };
  const finding = findInThread(run.problem, { gap: run.gap, seconds: run.seconds }, listen, beginning);
  const abandon = (): void => finding.abandon();
  stopping?.addEventListener('abort', abandon, { once: true });
  /** What there is to write down: what is not known yet does not take the place of what is. */
  const found = (): { progress?: string; best?: string } => ({
    ...(latest === null ? {} : { progress: JSON.stringify(latest) }),
    ...(best === null ? {} : { best: JSON.stringify(best) }),
  });
  const note = async (): Promise<void> => {
    const written = best;
    const asked = await database.transact(scope, async (tx) => {
      await change(tx, id, { state: 'solving', ...found() });
      return isStopAsked(tx, id);
    });
    // It is large: once is enough.
    if (best === written) best = null;
    if (asked) finding.stop();
  };
  let writing: Promise<void> = Promise.resolve();
  const timer = setInterval(() => {
    // One at a time; a beat that fails is made up for by the next, and the end is written outside it.
    const before = writing;
    writing = (async () => {
      await before;
      try {
        await note();
      } catch {
        // The database may be away for a moment.
      }
    })();
  }, beat);
  try {
    const end = await finding.found;
    clearInterval(timer);
    await writing;
    await database.transact(scope, (tx) => change(tx, id, endOf(end)));
  } catch (error) {
    clearInterval(timer);
    await writing;
    if (!isStopping()) throw error;
    await putOff(database, scope, id, found());
  } finally {
    clearInterval(timer);
    stopping?.removeEventListener('abort', abandon);
  }
}

/** Leaves a run to the next start of the program: it waits again, and its job is queued with that. */
async function putOff(
  database: Database,
  scope: Scope,
  id: string,
  found: { readonly progress?: string; readonly best?: string } = {},
): Promise<void> {
  await database.transact(scope, async (tx) => {
    await change(tx, id, { state: 'waiting', ...found });
    await addJob(tx, solveJob, { runId: id });
  });
}

function endOf({ solution, reading, clash }: Found): Parameters<typeof change>[2] {
  const ended = { progress: JSON.stringify(solution.progress), best: null, ended_at: new Date().toISOString() };
  if (reading !== null) {
    return { ...ended, state: 'done', solution: JSON.stringify(solution), reading: JSON.stringify(reading) };
  }
  const complaint =
    clash.length > 0
      ? [
          'There is no plan, because these demands clash. Change one of them:',
          ...clash.map((demand) => `${demand}.`),
        ].join('\n')
      : solution.ended === 'stopped'
        ? 'It was stopped before there was a plan. Look for one again, and give it more time.'
        : 'No plan was found in the time given. Give it more time.';
  return { ...ended, state: 'impossible', complaint };
}

/** Says of a run that it failed, when its job is tried no more. */
export async function failRun(tx: Tx, id: string): Promise<void> {
  await change(tx, id, {
    state: 'failed',
    complaint: 'Solving failed several times. The log says why. Try again, or with less time.',
    ended_at: new Date().toISOString(),
  });
}

async function isStopAsked(tx: Tx, id: string): Promise<boolean> {
  const row = await planTables(tx)
    .selectFrom('runs')
    .select('stop_asked_at')
    .where('organisation_id', '=', tx.organisationId)
    .where('id', '=', id)
    .executeTakeFirst();
  return row !== undefined && row.stop_asked_at !== null;
}

async function change(
  tx: Tx,
  id: string,
  values: Readonly<{
    state?: Run['state'];
    progress?: string;
    best?: string | null;
    solution?: string;
    reading?: string;
    complaint?: string;
    ended_at?: string;
  }>,
): Promise<void> {
  await planTables(tx)
    .updateTable('runs')
    .set(values)
    .where('organisation_id', '=', tx.organisationId)
    .where('id', '=', id)
    .execute();
}

function stateOf(text: string): Run['state'] {
  return states.find((state) => state === text) ?? 'failed';
}
