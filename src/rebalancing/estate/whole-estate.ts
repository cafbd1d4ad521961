import type { Tx } from '#platform';
import { contractDates, type ContractDates } from './contracts/contract-dates.ts';
import { listContractShares, type ContractShare } from './contracts/contract-shares.ts';
import { listContracts, termsOf, type Contract } from './contracts/contracts.ts';
import { estateVersion } from './estate-version.ts';
import { findBreaches, type Breach } from './rules/breaches.ts';
import type { RulePack } from './rules/packs.ts';
import { listRulePacks, packOn } from './rules/rule-packs.ts';
import { ruleContracts } from './rules/ruled-contracts.ts';
import { listSystems, type System } from './systems/systems.ts';

/** A contract with what its terms come to on a day. */
export interface DatedContract extends Contract {
  /** Null where its end is not known. */
  readonly dates: ContractDates | null;
}

/** A system with the contracts of its parts, and the first day by which one of them must be decided. */
export interface MappedSystem extends System {
  readonly contractIds: readonly string[];
  readonly decideBy: string | null;
  /** What rules say of its contracts. */
  readonly breaches: readonly Breach[];
}

/** Everything that a transaction sees, joined: what the map, the plan and the exports begin from. */
export interface WholeEstate {
  readonly asAt: string;
  readonly systems: readonly MappedSystem[];
  readonly contracts: readonly DatedContract[];
  readonly shares: readonly ContractShare[];
  readonly pack: RulePack | null;
  readonly breaches: readonly Breach[];
}

/** The estates that were read last, by their version and day, the newest last: many pages are asked of each. */
const kept = new Map<string, WholeEstate>();
const mostKept = 6;

/**
 * Reads the estate as it is on a day, with the rules of that day or of another. Nothing of it may be changed: as long as
 * nobody changes the estate, it is read once for many.
 */
export async function readEstate(tx: Tx, asAt: string, rulesOn = asAt): Promise<WholeEstate> {
  const version = await estateVersion(tx);
  if (version === null) return readAnew(tx, asAt, rulesOn);
  const key = `${version}/${asAt}/${rulesOn}`;
  const estate = kept.get(key) ?? (await readAnew(tx, asAt, rulesOn));
  kept.delete(key);
  kept.set(key, estate);
  for (const [oldest] of kept) {
    if (kept.size <= mostKept) break;
    kept.delete(oldest);
  }
  return estate;
}

async function readAnew(tx: Tx, asAt: string, rulesOn: string): Promise<WholeEstate> {
  const systems = await listSystems(tx);
  const contracts = (await listContracts(tx)).map((contract): DatedContract => {
    const terms = termsOf(contract);
    return { ...contract, dates: terms === null ? null : contractDates(terms, asAt) };
  });
  const shares = await listContractShares(tx);
  const pack = packOn(await listRulePacks(tx), rulesOn);
  const breaches = pack === null ? [] : findBreaches(pack, ruleContracts(contracts, shares, systems), asAt);
  const ofContract = new Map<string, Breach[]>();
  for (const breach of breaches) {
    for (const id of breach.contractIds) {
      const found = ofContract.get(id);
      if (found === undefined) ofContract.set(id, [breach]);
      else found.push(breach);
    }
  }
  const contractsById = new Map(contracts.map((contract) => [contract.id, contract]));
  const sharesOfPart = Map.groupBy(shares, (share) => share.partId);
  return {
    asAt,
    contracts,
    shares,
    pack,
    breaches,
    systems: systems.map((system): MappedSystem => {
      const ids = new Set(
        system.parts.flatMap((part) => (sharesOfPart.get(part.id) ?? []).map((share) => share.contractId)),
      );
      const days = [...ids].flatMap((id) => contractsById.get(id)?.dates?.decision?.by ?? []);
      return {
        ...system,
        contractIds: [...ids],
        decideBy: days.length === 0 ? null : days.reduce((one, other) => (other < one ? other : one)),
        breaches: [...new Set([...ids].flatMap((id) => ofContract.get(id) ?? []))],
      };
    }),
  };
}
