import { listSystems } from '#estate';
import { addDays, addJobs, newId, type Tx } from '#platform';
import { planTables } from '../database.ts';
import type { Move, Plan, Problem, SystemPart, Way } from '../problem/problem.ts';
import { recordAction } from './actions.ts';
import { promiseOf } from './promise.ts';
import { listTransitions } from './transitions.ts';

/** The job that tells measures what was promised of one transition. */
export const promiseJob = 'plan.record-promise';

/** How many rows one statement writes. */
const rowsEach = 500;

/**
 * Freezes what an adopted plan promises of each of its moves, in the transaction that adopts it, and has measures told of it.
 *
 * A transition that has begun goes on as it was promised. One that has not begun is promised anew by this plan, or withdrawn
 * where this plan does not move its part, or moves it elsewhere.
 *
 * @param values.today the day of adoption: the baseline is the year before it.
 */
export async function promiseTransitions(
  tx: Tx,
  values: { readonly number: number; readonly problem: Problem; readonly plan: Plan; readonly today: string },
): Promise<void> {
  const { number, problem, plan, today } = values;
  const open = new Map((await listTransitions(tx, ['planned', 'under way'])).map((each) => [each.partId, each]));
  const parts = new Map(problem.parts.map((part) => [part.id, part]));
  const targets = new Map(problem.targets.map(({ id, name }) => [id, name]));
  const promised: { id: string; isNew: boolean; part: SystemPart; way: Way; move: Move }[] = [];
  for (const move of plan.moves) {
    const part = parts.get(move.partId);
    const way = part?.ways.find(({ id }) => id === move.wayId);
    const known = open.get(move.partId);
    if (part === undefined || way === undefined || known?.state === 'under way') continue;
    const stays = known !== undefined && known.targetId === way.targetId;
    promised.push({ id: stays ? known.id : newId(), isNew: !stays, part, way, move });
  }
  const kept = new Set(promised.map(({ id }) => id));
  const withdrawn = [...open.values()].filter(({ id, state }) => state === 'planned' && !kept.has(id));
  for (const { id } of withdrawn) await withdraw(tx, id, { number, today });

  const transactions = await countTransactions(
    tx,
    promised.map(({ part }) => part.systemId),
  );
  for (let from = 0; from < promised.length; from += rowsEach) {
    const some = promised.slice(from, from + rowsEach);
    const fresh = some.filter(({ isNew }) => isNew);
    if (fresh.length > 0) {
      await planTables(tx)
        .insertInto('transitions')
        .values(
          fresh.map(({ id, part, way }) => ({
            organisation_id: tx.organisationId,
            id,
            part_id: part.id,
            system_id: part.systemId,
            department_id: part.departmentId,
            contract_id: part.contract?.id ?? null,
            target_id: way.targetId,
            name: part.name,
            target_name: targets.get(way.targetId) ?? way.targetId,
            currency: problem.currency,
          })),
        )
        .execute();
    }
    await planTables(tx)
      .insertInto('promises')
      .values(
        some.map(({ id, part, way, move }) => {
          const promise = promiseOf(problem, part, way, move);
          return {
            organisation_id: tx.organisationId,
            transition_id: id,
            plan_number: number,
            begins_on: promise.beginsOn,
            ends_on: promise.endsOn,
            decide_by: promise.decideBy,
            contract_action: promise.contractAction,
            baseline: promise.baseline,
            baseline_from: addDays(today, -365),
            baseline_to: addDays(today, -1),
            baseline_transactions: transactions.get(part.systemId) ?? null,
            yearly_cost: promise.yearlyCost,
            moving_cost: promise.movingCost,
            dual_running: promise.dualRunning,
            exit_fee: promise.exitFee,
            worth: promise.worth,
            quarters: JSON.stringify(promise.quarters),
          };
        }),
      )
      .execute();
  }
  await addJobs(
    tx,
    promiseJob,
    [...promised, ...withdrawn].map(({ id }) => ({ transitionId: id })),
    // After whatever a person waits for.
    { priority: 10 },
  );
}

async function withdraw(tx: Tx, id: string, { number, today }: { number: number; today: string }): Promise<void> {
  await planTables(tx)
    .updateTable('transitions')
    .set({ state: 'withdrawn' })
    .where('organisation_id', '=', tx.organisationId)
    .where('id', '=', id)
    .execute();
  await recordAction(tx, {
    transitionId: id,
    what: 'Withdrawn before it began',
    on: today,
    evidence: `Plan ${number} was adopted, which moves it elsewhere or not at all.`,
  });
}

async function countTransactions(tx: Tx, systemIds: readonly string[]): Promise<Map<string, number | null>> {
  const systems = await listSystems(tx, [...new Set(systemIds)]);
  return new Map(systems.map(({ id, yearlyTransactions }) => [id, yearlyTransactions]));
}
