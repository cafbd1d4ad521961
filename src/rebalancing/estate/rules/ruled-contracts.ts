import type { Tx } from '#platform';
import { listContractShares, type ContractShare } from '../contracts/contract-shares.ts';
import { listContracts, type Contract } from '../contracts/contracts.ts';
import type { System } from '../systems/systems.ts';
import { listSystems } from '../systems/systems.ts';
import type { RuledContract } from './breaches.ts';

/** Contracts with the areas and needs of what is bought under them, from what has been read already. */
export function ruleContracts(
  contracts: readonly Contract[],
  shares: readonly ContractShare[],
  systems: readonly System[],
): RuledContract[] {
  const parts = new Map(systems.flatMap((system) => system.parts.map((part) => [part.id, { part, system }] as const)));
  const ofContract = Map.groupBy(shares, (share) => share.contractId);
  return contracts.map((contract) => {
    const bought = (ofContract.get(contract.id) ?? []).flatMap(({ partId }) => parts.get(partId) ?? []);
    return {
      contract,
      areas: [...new Set(bought.flatMap(({ system }) => system.area ?? []))],
      needKeys: [...new Set(bought.flatMap(({ part }) => part.needKey ?? []))],
    };
  });
}

/** Every contract that the transaction sees, as rules look at it. */
export async function listRuledContracts(tx: Tx): Promise<RuledContract[]> {
  return ruleContracts(await listContracts(tx), await listContractShares(tx), await listSystems(tx));
}
