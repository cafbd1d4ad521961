import { saveTarget } from '#estate';
import { quarterOf, addQuarters } from '#measures';
import {
  addWave,
  adoptPlan,
  beginTransition,
  enterCost,
  giveNoticeOf,
  listTransitions,
  solveRun,
  startRun,
  stateSaving,
} from '#plan';
import type { Database, Scope } from '#platform';

/**
 * Adopts a plan of the estate that a test has made, in which something needs `application-hosting`, and begins its first
 * move, with one of everything that a move can have.
 */
export async function adoptTestPlan(
  database: Database,
  scope: Scope,
): Promise<{ readonly runId: string; readonly transitionId: string }> {
  const today = new Date().toISOString().slice(0, 10);
  const deed = { on: today, evidence: 'Letter 7', today };
  const runId = await database.transact(scope, async (tx) => {
    await saveTarget(tx, {
      needKey: 'application-hosting',
      name: 'Common hosting',
      way: 'commodity',
      yearlyCost: 100_000,
      movingCost: 50_000,
      source: 'A framework',
    });
    return startRun(tx, { by: 'test', today, seconds: 10 });
  });
  await solveRun(database, scope, runId);
  return database.transact(scope, async (tx) => {
    await adoptPlan(tx, runId, { by: 'test', today });
    const [transition] = await listTransitions(tx, ['planned']);
    if (transition === undefined) throw new Error('The plan of the test moves nothing.');
    const { id: transitionId } = transition;
    await beginTransition(tx, transitionId, { ...deed, on: '2024-02-01' });
    await addWave(tx, transitionId, { name: 'Northern offices', users: 250, plannedOn: today });
    if (transition.contractId !== null) await giveNoticeOf(tx, transitionId, deed);
    await enterCost(tx, transitionId, { ...deed, kind: 'dual running', amount: 1_250_050 });
    await stateSaving(tx, transitionId, {
      quarter: addQuarters(quarterOf(today), -1),
      kind: 'cashable',
      amount: 900_000,
      evidence: 'Invoices stopped',
      reason: null,
      today,
    });
    return { runId, transitionId };
  });
}
