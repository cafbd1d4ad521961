import { Problem, type Tx } from '#platform';
import { pushSoon } from '../costs/push-soon.ts';
import { estateTables } from '../database.ts';

/** The part of a contract's yearly cost that a part of a system takes. */
export interface ContractShare {
  readonly contractId: string;
  readonly partId: string;
  /** In hundredths of a per cent: 10,000 is all of it. */
  readonly shareBasisPoints: number;
}

/**
 * Says that a part of a system is bought under a contract, and how much of it.
 *
 * @throws Problem unprocessable where the shares of the contract would be more than the whole; not-found where the contract
 *   is not there.
 */
export async function shareContract(tx: Tx, values: ContractShare): Promise<void> {
  if (values.shareBasisPoints < 0 || values.shareBasisPoints > 10_000 || !Number.isInteger(values.shareBasisPoints)) {
    throw new Problem('unprocessable', { message: 'A share of a contract is between 0% and 100%.' });
  }
  const tables = estateTables(tx);
  const contract = await tables
    .selectFrom('contracts')
    .select('department_id')
    .where('organisation_id', '=', tx.organisationId)
    .where('id', '=', values.contractId)
    .forUpdate()
    .executeTakeFirst();
  if (contract === undefined) throw new Problem('not-found');
  await tables
    .insertInto('contract_shares')
    .values({
      organisation_id: tx.organisationId,
      contract_id: values.contractId,
      part_id: values.partId,
      department_id: contract.department_id,
      share_basis_points: values.shareBasisPoints,
    })
    .onConflict((conflict) =>
      conflict
        .columns(['organisation_id', 'contract_id', 'part_id'])
        .doUpdateSet({ share_basis_points: values.shareBasisPoints }),
    )
    .execute();
  const { sum } = await tables
    .selectFrom('contract_shares')
    .select((select) => select.fn.sum<number>('share_basis_points').as('sum'))
    .where('organisation_id', '=', tx.organisationId)
    .where('contract_id', '=', values.contractId)
    .executeTakeFirstOrThrow();
  if (sum > 10_000) {
    throw new Problem('unprocessable', {
      message: `The shares of this contract come to ${sum / 100}%. Together they are 100% at most: lower one of them.`,
    });
  }
  await pushSoon(tx);
}

/** The shares of some contracts, or of some parts, or all that the transaction sees. */
export async function listContractShares(
  tx: Tx,
  of: { readonly contractIds?: readonly string[]; readonly partIds?: readonly string[] } = {},
): Promise<ContractShare[]> {
  const { contractIds, partIds } = of;
  if (contractIds?.length === 0 || partIds?.length === 0) return [];
  let query = estateTables(tx)
    .selectFrom('contract_shares')
    .select(['contract_id', 'part_id', 'share_basis_points'])
    .where('organisation_id', '=', tx.organisationId);
  if (contractIds !== undefined) query = query.where('contract_id', 'in', contractIds);
  if (partIds !== undefined) query = query.where('part_id', 'in', partIds);
  const rows = await query.execute();
  return rows.map((row) => ({
    contractId: row.contract_id,
    partId: row.part_id,
    shareBasisPoints: row.share_basis_points,
  }));
}
