import type { Tx } from '#platform';
import { estateTables } from '../database.ts';
import type { Extension } from './contract-dates.ts';

/** An option to extend as it is kept: with whether it continues on the same terms, and when it was taken. */
export interface ExtensionOption extends Omit<Extension, 'taken'> {
  /** Whether it continues on like-for-like terms; null where nobody said. */
  readonly likeForLike: boolean | null;
  readonly takenOn: string | null;
}

/** The options of some contracts, or of all that the transaction sees, by contract and in their order. */
export async function readExtensions(tx: Tx, contractIds?: readonly string[]): Promise<Map<string, ExtensionOption[]>> {
  if (contractIds?.length === 0) return new Map();
  let query = estateTables(tx)
    .selectFrom('extensions')
    .selectAll()
    .where('organisation_id', '=', tx.organisationId)
    .orderBy('contract_id')
    .orderBy('ordinal');
  if (contractIds !== undefined) query = query.where('contract_id', 'in', contractIds);
  const found = new Map<string, ExtensionOption[]>();
  for (const row of await query.execute()) {
    const options = found.get(row.contract_id) ?? [];
    options.push({
      months: row.months,
      upliftBasisPoints: row.uplift_basis_points,
      decideBy: row.decide_by,
      likeForLike: row.like_for_like,
      takenOn: row.taken_on,
    });
    found.set(row.contract_id, options);
  }
  return found;
}

/** Replaces the options of a contract. */
export async function keepExtensions(
  tx: Tx,
  contract: { id: string; departmentId: string },
  extensions: readonly ExtensionOption[],
): Promise<void> {
  const tables = estateTables(tx);
  await tables
    .deleteFrom('extensions')
    .where('organisation_id', '=', tx.organisationId)
    .where('contract_id', '=', contract.id)
    .execute();
  if (extensions.length === 0) return;
  await tables
    .insertInto('extensions')
    .values(
      extensions.map((option, index) => ({
        organisation_id: tx.organisationId,
        contract_id: contract.id,
        department_id: contract.departmentId,
        ordinal: index + 1,
        months: option.months,
        uplift_basis_points: option.upliftBasisPoints,
        decide_by: option.decideBy,
        like_for_like: option.likeForLike,
        taken_on: option.takenOn,
      })),
    )
    .execute();
}
