import { sql } from 'kysely';
import { Problem as Refusal, recordAudit, type Tx } from '#platform';
import { keptAs, planTables } from '../database.ts';
import { promiseTransitions } from '../moving/adoption.ts';
import type { Problem } from '../problem/problem.ts';
import type { Reading } from '../reading/reading.ts';
import type { Solution } from '../solver/solve.ts';
import { getRun } from './runs.ts';

/** A plan that was adopted: numbered, and as it was then for ever. */
export interface AdoptedPlan {
  readonly number: number;
  readonly runId: string;
  readonly problem: Problem;
  readonly solution: Solution;
  readonly reading: Reading;
  readonly adoptedBy: string;
  readonly adoptedAt: string;
}

/**
 * Adopts the plan of a run as the next version, and freezes what it promises of each move: see `promiseTransitions`. Doing it
 * twice gives the same number.
 *
 * @param values.today the day of adoption, as an ISO date.
 * @throws Problem conflict where the run has no plan (yet)
 */
export async function adoptPlan(
  tx: Tx,
  runId: string,
  { by, today }: { readonly by: string; readonly today: string },
): Promise<number> {
  const run = await getRun(tx, runId);
  const plan = run.solution?.plan ?? null;
  if (run.state !== 'done' || run.problem === null || plan === null || run.reading === null) {
    throw new Refusal('conflict', {
      title: 'There is no plan to adopt',
      message: 'This run has not ended with a plan. Wait for it, or make another.',
    });
  }
  const tables = planTables(tx);
  // Two who adopt at once come one after the other.
  await sql`select pg_advisory_xact_lock(hashtextextended(${`plan.plans ${tx.organisationId}`}, 0))`.execute(tables);
  const known = await tables
    .selectFrom('plans')
    .select('number')
    .where('organisation_id', '=', tx.organisationId)
    .where('run_id', '=', runId)
    .executeTakeFirst();
  if (known !== undefined) return known.number;
  const last = await tables
    .selectFrom('plans')
    .select((select) => select.fn.max('number').as('number'))
    .where('organisation_id', '=', tx.organisationId)
    .executeTakeFirst();
  const number = (last?.number ?? 0) + 1;
  await tables
    .insertInto('plans')
    .values({
      organisation_id: tx.organisationId,
      number,
      run_id: runId,
      problem: JSON.stringify(run.problem),
      solution: JSON.stringify(run.solution),
      reading: JSON.stringify(run.reading),
      adopted_by: by,
    })
    .execute();
  await promiseTransitions(tx, { number, problem: run.problem, plan, today });
  await recordAudit(tx, { action: 'plan.adopted', subject: { kind: 'plan', id: runId, name: `Plan ${number}` } });
  return number;
}

/** A plan by its number, or (null) the newest; undefined where there is none. */
export async function findPlan(tx: Tx, number: number | null): Promise<AdoptedPlan | undefined> {
  let query = planTables(tx).selectFrom('plans').selectAll().where('organisation_id', '=', tx.organisationId);
  if (number !== null) query = query.where('number', '=', number);
  const row = await query.orderBy('number', 'desc').limit(1).executeTakeFirst();
  if (row === undefined) return undefined;
  return {
    number: row.number,
    runId: row.run_id,
    problem: keptAs<Problem>(row.problem),
    solution: keptAs<Solution>(row.solution),
    reading: keptAs<Reading>(row.reading),
    adoptedBy: row.adopted_by,
    adoptedAt: row.adopted_at,
  };
}
