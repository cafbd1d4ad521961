import { createHash } from 'node:crypto';
import { recordSystemCost, withdrawSystemCost, type SystemCost } from '#measures';
import type { Tx } from '#platform';
import { listContractShares } from '../contracts/contract-shares.ts';
import { listContracts } from '../contracts/contracts.ts';
import { estateTables } from '../database.ts';
import { listServedServices, type ServedService } from '../systems/served-services.ts';
import { listSystems } from '../systems/systems.ts';
import { costsOverTime } from './part-costs.ts';
import { costsForService, type CostedSystem } from './service-costs.ts';

/**
 * Tells measures what services pay for the systems that serve them, as far as it is something else than what measures was
 * told before: new quarters, contracts and costs that were changed, and what is no longer so. Doing it again tells nothing.
 *
 * @param today the day up to whose quarter it is told, as an ISO date.
 * @param only the services of one system, or one service; all that the transaction sees where it is left out.
 */
export async function pushServiceCosts(
  tx: Tx,
  today: string,
  only: { readonly systemId?: string; readonly serviceId?: string } = {},
): Promise<{ recorded: number; withdrawn: number }> {
  const served = await listServedServices(tx, only);
  const systems = await readCostedSystems(tx, [...new Set(served.map(({ systemId }) => systemId))]);
  const done = { recorded: 0, withdrawn: 0 };
  for (const each of served) {
    const system = systems.get(each.systemId);
    if (system === undefined) continue;
    const { recorded, withdrawn } = await pushCosts(tx, each, costsForService(system, each, today));
    done.recorded += recorded;
    done.withdrawn += withdrawn;
  }
  return done;
}

async function pushCosts(
  tx: Tx,
  { systemId, serviceId }: ServedService,
  costs: readonly SystemCost[],
): Promise<{ recorded: number; withdrawn: number }> {
  const tables = estateTables(tx);
  const row = await tables
    .selectFrom('served_services')
    .select('pushed')
    .where('organisation_id', '=', tx.organisationId)
    .where('system_id', '=', systemId)
    .where('service_id', '=', serviceId)
    .forUpdate()
    .executeTakeFirst();
  if (row === undefined) return { recorded: 0, withdrawn: 0 };
  const before = new Map<string, unknown>(Object.entries(Object(row.pushed)));
  const now = new Map(costs.map((cost) => [cost.contractKey, digestOf(cost)]));
  const news = costs.filter((cost) => before.get(cost.contractKey) !== now.get(cost.contractKey));
  const gone = [...before.keys()].filter((key) => !now.has(key));
  for (const cost of news) await recordSystemCost(tx, cost);
  for (const contractKey of gone) {
    await withdrawSystemCost(tx, {
      contractKey,
      serviceId,
      evidence: 'The map of technology no longer has this cost for these days',
    });
  }
  if (news.length + gone.length > 0) {
    await tables
      .updateTable('served_services')
      .set({ pushed: JSON.stringify(Object.fromEntries(now)) })
      .where('organisation_id', '=', tx.organisationId)
      .where('system_id', '=', systemId)
      .where('service_id', '=', serviceId)
      .execute();
  }
  return { recorded: news.length, withdrawn: gone.length };
}

async function readCostedSystems(tx: Tx, systemIds: readonly string[]): Promise<Map<string, CostedSystem>> {
  const systems = await listSystems(tx, systemIds);
  const parts = systems.flatMap((system) => system.parts);
  const shares = Map.groupBy(
    await listContractShares(tx, { partIds: parts.map((part) => part.id) }),
    (share) => share.partId,
  );
  const contractIds = [...new Set([...shares.values()].flat().map((share) => share.contractId))];
  const contracts = new Map((await listContracts(tx, contractIds)).map((contract) => [contract.id, contract]));
  const costs = await costsOverTime(tx, parts);
  return new Map(systems.map((system) => [system.id, { system, contracts, shares, costs }]));
}

function digestOf(cost: SystemCost): string {
  return createHash('sha256').update(JSON.stringify(cost)).digest('base64url').slice(0, 16);
}
