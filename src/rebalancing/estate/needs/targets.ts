import { newId, oneOf, Problem, recordAudit, type Tx } from '#platform';
import { usualCurrency, ways, type Way } from '../areas.ts';
import { estateTables } from '../database.ts';
import { checkAmount } from '../systems/parts.ts';

/** A common way to meet a need, to which systems or parts of them can move. Money in minor units. */
export interface Target {
  readonly id: string;
  readonly needKey: string;
  readonly name: string;
  readonly way: Way;
  /** The common component that it is, where it is one. */
  readonly component: string | null;
  readonly framework: string | null;
  readonly currency: string;
  /** A year: for each system that moves to it, for each of its users, for each thousand of its transactions. */
  readonly yearlyCost: number;
  readonly costPerUser: number;
  readonly costPerThousandTransactions: number;
  /** Beside these, as a share of what a year of what moves costs today, in hundredths of a per cent. */
  readonly costShareBasisPoints: number;
  /** Once: for the government, for each system that moves to it, for each of its users. */
  readonly openingCost: number;
  readonly movingCost: number;
  readonly movingCostPerUser: number;
  /** Beside these, as a share of what a year of what moves costs today, in hundredths of a per cent. */
  readonly movingShareBasisPoints: number;
  readonly availableFrom: string | null;
  /** Where its costs come from. */
  readonly source: string;
}

/** The targets that are not retired, by need and name. */
export async function listTargets(tx: Tx): Promise<Target[]> {
  const rows = await estateTables(tx)
    .selectFrom('targets')
    .selectAll()
    .where('organisation_id', '=', tx.organisationId)
    .where('retired_at', 'is', null)
    .orderBy('need_key')
    .orderBy('name')
    .execute();
  return rows.map((row) => ({
    id: row.id,
    needKey: row.need_key,
    name: row.name,
    way: oneOf(ways, row.way),
    component: row.component,
    framework: row.framework,
    currency: row.currency,
    yearlyCost: row.yearly_cost,
    costPerUser: row.cost_per_user,
    costPerThousandTransactions: row.cost_per_thousand_transactions,
    costShareBasisPoints: row.cost_share_basis_points,
    openingCost: row.opening_cost,
    movingCost: row.moving_cost,
    movingCostPerUser: row.moving_cost_per_user,
    movingShareBasisPoints: row.moving_share_basis_points,
    availableFrom: row.available_from,
    source: row.source,
  }));
}

/**
 * Adds a target, or changes the one of this name for the need. What is left out is taken as nothing.
 *
 * @param values.id of the target to change, where its name may be another now.
 * @throws Problem unprocessable where a cost is negative; conflict where another target of the need has the name.
 */
export async function saveTarget(
  tx: Tx,
  values: Pick<Target, 'needKey' | 'name' | 'way' | 'source'> & Partial<Target>,
): Promise<string> {
  const columns = {
    way: values.way,
    component: values.component ?? null,
    framework: values.framework ?? null,
    currency: values.currency ?? usualCurrency,
    yearly_cost: values.yearlyCost ?? 0,
    cost_per_user: values.costPerUser ?? 0,
    cost_per_thousand_transactions: values.costPerThousandTransactions ?? 0,
    cost_share_basis_points: values.costShareBasisPoints ?? 0,
    opening_cost: values.openingCost ?? 0,
    moving_cost: values.movingCost ?? 0,
    moving_cost_per_user: values.movingCostPerUser ?? 0,
    moving_share_basis_points: values.movingShareBasisPoints ?? 0,
    available_from: values.availableFrom ?? null,
    source: values.source,
    retired_at: null,
  };
  for (const [name, value] of Object.entries(columns)) {
    if (typeof value === 'number') checkAmount(value, `the ${name.replaceAll('_', ' ')} of ${values.name}`);
  }
  if (values.id !== undefined) await renameTarget(tx, { ...values, id: values.id });
  const row = await estateTables(tx)
    .insertInto('targets')
    .values({
      organisation_id: tx.organisationId,
      id: newId(),
      need_key: values.needKey,
      name: values.name,
      ...columns,
    })
    .onConflict((conflict) => conflict.columns(['organisation_id', 'need_key', 'name']).doUpdateSet(columns))
    .returning('id')
    .executeTakeFirstOrThrow();
  await recordAudit(tx, { action: 'estate.target-saved', subject: { kind: 'target', id: row.id, name: values.name } });
  return row.id;
}

async function renameTarget(tx: Tx, { id, needKey, name }: Pick<Target, 'id' | 'needKey' | 'name'>): Promise<void> {
  const taken = (await listTargets(tx)).some(
    (each) => each.needKey === needKey && each.name === name && each.id !== id,
  );
  if (taken) {
    throw new Problem('conflict', {
      title: 'This way is there already',
      message: `There is already a common way called "${name}" to meet this need. Change that one, or use another name.`,
    });
  }
  await estateTables(tx)
    .updateTable('targets')
    .set({ name })
    .where('organisation_id', '=', tx.organisationId)
    .where('id', '=', id)
    .execute();
}

/** What is known of something that could move to a target: a part of a system, with the counts of the system. */
export interface Mover {
  readonly users: number | null;
  readonly yearlyTransactions: number | null;
  /** What it costs a year today, before it moves, in minor units. */
  readonly yearlyCost: number;
}

/**
 * What a year on a target costs somebody, in minor units: an amount for each, for each user and for each thousand
 * transactions, and a share of what it costs today. Unknown counts are taken as none.
 */
export function costOnTarget(target: Target, mover: Mover): number {
  return Math.round(
    target.yearlyCost +
      target.costPerUser * (mover.users ?? 0) +
      (target.costPerThousandTransactions * (mover.yearlyTransactions ?? 0)) / 1000 +
      (target.costShareBasisPoints * mover.yearlyCost) / 10_000,
  );
}

/** What moving somebody to a target costs, once, in minor units: by the same rule, without the transactions. */
export function costOfMoving(target: Target, mover: Mover): number {
  return Math.round(
    target.movingCost +
      target.movingCostPerUser * (mover.users ?? 0) +
      (target.movingShareBasisPoints * mover.yearlyCost) / 10_000,
  );
}
