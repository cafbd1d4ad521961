import { isQuarter } from '#measures';
import { oneOf, Problem as Refusal, type Tx } from '#platform';
import { keptAs, planTables } from '../database.ts';
import type { Promised } from './promise.ts';

export const transitionStates = ['planned', 'under way', 'completed', 'withdrawn'] as const;
export type TransitionState = (typeof transitionStates)[number];

/** The move of one part of a system to a target, from the plan that first promised it to its end. */
export interface Transition {
  readonly id: string;
  readonly partId: string;
  readonly systemId: string;
  /** The department in the estate. */
  readonly departmentId: string;
  /** The contract under which the old part is bought; null where none is known. */
  readonly contractId: string | null;
  readonly targetId: string;
  readonly name: string;
  readonly targetName: string;
  readonly currency: string;
  readonly state: TransitionState;
  /** What happened, as ISO dates: the first day of moving, the day of notice, the first day without the old part. */
  readonly begunOn: string | null;
  readonly noticeGivenOn: string | null;
  readonly completedOn: string | null;
}

/** What a plan promised of a transition, as it was frozen when the plan was adopted. */
export interface KeptPromise extends Promised {
  readonly planNumber: number;
  /** The year that the baseline was the cost of, and the transactions that the system served in it. */
  readonly baselineFrom: string;
  readonly baselineTo: string;
  readonly baselineTransactions: number | null;
}

/** A transition with the newest promise of it. */
export interface PromisedTransition extends Transition {
  readonly promise: KeptPromise;
}

/** A transition. @throws Problem not-found */
export async function getTransition(tx: Tx, id: string): Promise<Transition> {
  const row = await planTables(tx)
    .selectFrom('transitions')
    .selectAll()
    .where('organisation_id', '=', tx.organisationId)
    .where('id', '=', id)
    .executeTakeFirst();
  if (row === undefined) throw new Refusal('not-found');
  return shape(row);
}

/** A transition that stays as it is until the transaction ends. @throws Problem not-found */
export async function lockTransition(tx: Tx, id: string): Promise<Transition> {
  const row = await planTables(tx)
    .selectFrom('transitions')
    .selectAll()
    .where('organisation_id', '=', tx.organisationId)
    .where('id', '=', id)
    .forUpdate()
    .executeTakeFirst();
  if (row === undefined) throw new Refusal('not-found');
  return shape(row);
}

/**
 * The transitions in some states, each with the newest promise of it, the first to begin first.
 *
 * @param departmentId the department in the estate whose transitions are wanted; left out, those of all.
 */
export async function listTransitions(
  tx: Tx,
  states: readonly TransitionState[],
  departmentId?: string,
): Promise<PromisedTransition[]> {
  if (states.length === 0) return [];
  let wanted = planTables(tx)
    .selectFrom('transitions')
    .selectAll()
    .where('organisation_id', '=', tx.organisationId)
    .where('state', 'in', states);
  if (departmentId !== undefined) wanted = wanted.where('department_id', '=', departmentId);
  const rows = await wanted.execute();
  const promises = await planTables(tx)
    .selectFrom('promises as p')
    .innerJoin('transitions as t', (join) =>
      join.onRef('t.organisation_id', '=', 'p.organisation_id').onRef('t.id', '=', 'p.transition_id'),
    )
    .selectAll('p')
    .distinctOn('p.transition_id')
    .where('p.organisation_id', '=', tx.organisationId)
    .where('t.state', 'in', states)
    .$if(departmentId !== undefined, (all) => all.where('t.department_id', '=', departmentId ?? ''))
    .orderBy('p.transition_id')
    .orderBy('p.plan_number', 'desc')
    .execute();
  const newest = new Map(promises.map((row) => [row.transition_id, shapePromise(row)]));
  return rows
    .flatMap((row) => {
      const promise = newest.get(row.id);
      return promise === undefined ? [] : [{ ...shape(row), promise }];
    })
    .toSorted(
      (one, other) => one.promise.beginsOn.localeCompare(other.promise.beginsOn) || one.name.localeCompare(other.name),
    );
}

/**
 * One page of the transitions in some states, the first to begin first, and how many there are on all pages.
 *
 * @param departmentId as in `listTransitions`.
 * @param page counted from 1.
 */
export async function pageOfTransitions(
  tx: Tx,
  states: readonly TransitionState[],
  { departmentId, page, length }: { departmentId?: string | undefined; page: number; length: number },
): Promise<{ transitions: PromisedTransition[]; total: number }> {
  if (states.length === 0) return { transitions: [], total: 0 };
  const wanted = planTables(tx)
    .selectFrom('transitions as t')
    .where('t.organisation_id', '=', tx.organisationId)
    .where('t.state', 'in', states)
    .$if(departmentId !== undefined, (all) => all.where('t.department_id', '=', departmentId ?? ''));
  const { total } = await wanted.select((select) => select.fn.countAll<number>().as('total')).executeTakeFirstOrThrow();
  const rows = await wanted
    .innerJoinLateral(
      (from) =>
        from
          .selectFrom('promises')
          .selectAll('promises')
          .whereRef('promises.organisation_id', '=', 't.organisation_id')
          .whereRef('promises.transition_id', '=', 't.id')
          .orderBy('promises.plan_number', 'desc')
          .limit(1)
          .as('p'),
      (join) => join.onTrue(),
    )
    .selectAll('t')
    .select(promiseColumns)
    .orderBy('p.begins_on')
    .orderBy('t.name')
    .orderBy('t.id')
    .limit(length)
    .offset((page - 1) * length)
    .execute();
  return { transitions: rows.map((row) => ({ ...shape(row), promise: shapePromise(row) })), total };
}

/** What plans promised of a transition, the newest first. The last of them is what was promised at first. */
export async function listPromises(tx: Tx, transitionId: string): Promise<KeptPromise[]> {
  const rows = await planTables(tx)
    .selectFrom('promises')
    .selectAll()
    .where('organisation_id', '=', tx.organisationId)
    .where('transition_id', '=', transitionId)
    .orderBy('plan_number', 'desc')
    .execute();
  return rows.map(shapePromise);
}

/** The newest promise of a transition, which every transition has. */
export async function newestPromise(tx: Tx, transitionId: string): Promise<KeptPromise> {
  const [promise] = await listPromises(tx, transitionId);
  if (promise === undefined) throw new Error(`Nothing was promised of transition ${transitionId}.`);
  return promise;
}

function shape(row: {
  id: string;
  part_id: string;
  system_id: string;
  department_id: string;
  contract_id: string | null;
  target_id: string;
  name: string;
  target_name: string;
  currency: string;
  state: string;
  begun_on: string | null;
  notice_given_on: string | null;
  completed_on: string | null;
}): Transition {
  return {
    id: row.id,
    partId: row.part_id,
    systemId: row.system_id,
    departmentId: row.department_id,
    contractId: row.contract_id,
    targetId: row.target_id,
    name: row.name,
    targetName: row.target_name,
    currency: row.currency,
    state: oneOf(transitionStates, row.state),
    begunOn: row.begun_on,
    noticeGivenOn: row.notice_given_on,
    completedOn: row.completed_on,
  };
}

function shapePromise(row: {
  plan_number: number;
  begins_on: string;
  ends_on: string;
  decide_by: string | null;
  contract_action: string | null;
  baseline: number;
  baseline_from: string;
  baseline_to: string;
  baseline_transactions: number | null;
  yearly_cost: number;
  moving_cost: number;
  dual_running: number;
  exit_fee: number;
  worth: number;
  quarters: unknown;
}): KeptPromise {
  return {
    planNumber: row.plan_number,
    beginsOn: row.begins_on,
    endsOn: row.ends_on,
    decideBy: row.decide_by,
    contractAction: row.contract_action === null ? null : oneOf(contractActions, row.contract_action),
    baseline: row.baseline,
    baselineFrom: row.baseline_from,
    baselineTo: row.baseline_to,
    baselineTransactions: row.baseline_transactions,
    yearlyCost: row.yearly_cost,
    movingCost: row.moving_cost,
    dualRunning: row.dual_running,
    exitFee: row.exit_fee,
    worth: row.worth,
    quarters: keptAs<Promised['quarters']>(row.quarters).filter(({ quarter }) => isQuarter(quarter)),
  };
}

const promiseColumns = [
  'p.plan_number',
  'p.begins_on',
  'p.ends_on',
  'p.decide_by',
  'p.contract_action',
  'p.baseline',
  'p.baseline_from',
  'p.baseline_to',
  'p.baseline_transactions',
  'p.yearly_cost',
  'p.moving_cost',
  'p.dual_running',
  'p.exit_fee',
  'p.worth',
  'p.quarters',
] as const;

const contractActions = ['lapse', 'terminate', 'extend', 'tacit', 'bridge', 'renew'] as const;
