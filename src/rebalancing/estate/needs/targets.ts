import { newId, oneOf, recordAudit, type Tx } from '#platform';
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
  /** Once: for the government, for each system that moves to it, for each of its users. */
  readonly openingCost: number;
  readonly movingCost: number;
  readonly movingCostPerUser: number;
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
    openingCost: row.opening_cost,
    movingCost: row.moving_cost,
    movingCostPerUser: row.moving_cost_per_user,
    availableFrom: row.available_from,
    source: row.source,
  }));
}

/** Adds a target, or changes the one of this name for the need. @throws Problem unprocessable where a cost is negative */
export async function saveTarget(
  tx: Tx,
  values: Pick<Target, 'needKey' | 'name' | 'way' | 'source'> & Partial<Omit<Target, 'id'>>,
): Promise<string> {
  const columns = {
    way: values.way,
    component: values.component ?? null,
    framework: values.framework ?? null,
    currency: values.currency ?? usualCurrency,
    yearly_cost: values.yearlyCost ?? 0,
    cost_per_user: values.costPerUser ?? 0,
    cost_per_thousand_transactions: values.costPerThousandTransactions ?? 0,
    opening_cost: values.openingCost ?? 0,
    moving_cost: values.movingCost ?? 0,
    moving_cost_per_user: values.movingCostPerUser ?? 0,
    available_from: values.availableFrom ?? null,
    source: values.source,
    retired_at: null,
  };
  for (const [name, value] of Object.entries(columns)) {
    if (typeof value === 'number') checkAmount(value, `the ${name.replaceAll('_', ' ')} of ${values.name}`);
  }
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

/** What a year on a target costs somebody with so many users and transactions. Unknown counts are taken as none. */
export function costOnTarget(
  target: Target,
  mover: { users: number | null; yearlyTransactions: number | null },
): number {
  return Math.round(
    target.yearlyCost +
      target.costPerUser * (mover.users ?? 0) +
      (target.costPerThousandTransactions * (mover.yearlyTransactions ?? 0)) / 1000,
  );
}
