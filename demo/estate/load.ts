import {
  addDependency,
  findOrAddDepartment,
  findOrAddSupplier,
  listSystems,
  saveContract,
  saveSystem,
  saveTarget,
  shareContract,
  suggestNeeds,
  type Source,
} from '#estate';
import { listOrganisations } from '#organisations';
import { startRun } from '#plan';
import { addDays, addJob, type Database, type Job, type Tx } from '#platform';
import type { MadeUpContract, MadeUpEstate } from './estate.ts';
import { generateEstate } from './generate.ts';
import { makeRuledEstate, treatRules } from './ruled.ts';
import { targets } from './targets.ts';

/** How many systems are loaded at once: about a second's work, so that a stop has little to wait for. */
const systemsEach = 20;

const usual = { seed: 1, systems: 300 };

/** The job that fills the estate of the demonstration, a few systems at a time: each run queues the next. */
export const loadEstateJob: Job = {
  name: 'demonstration.load-estate',
  run: async ({ from, asAt, systems }, { database, scope }) => {
    if (typeof from !== 'number' || typeof asAt !== 'string') return;
    const count = typeof systems === 'number' ? systems : usual.systems;
    const teller = { ...scope, actor: { kind: 'system', name: 'the demonstration' } } as const;
    await database.transact(teller, (tx) => loadStep(tx, { from, asAt, systems: count }));
  },
};

/**
 * Has the estate of the demonstration filled.
 *
 * @param asAt the day on which it is as it is, as an ISO date.
 * @param systems how many systems it has.
 */
export async function queueDemonstrationEstate(
  database: Database,
  asAt: string,
  systems: number = usual.systems,
): Promise<void> {
  const root = (await listOrganisations(database)).find(({ parentId }) => parentId === null);
  if (root === undefined) return;
  const scope = { organisationId: root.id, actor: { kind: 'system', name: 'demonstration' } } as const;
  await database.transact(scope, (tx) => addJob(tx, loadEstateJob.name, { from: 0, asAt, systems }));
}

/** Loads some systems with their contracts, and then, after the last, what depends on what, and has a plan looked for. */
async function loadStep(
  tx: Tx,
  { from, asAt, systems }: { from: number; asAt: string; systems: number },
): Promise<void> {
  const estate = generateEstate({ ...usual, systems, asAt });
  const source = { kind: 'program', name: 'made up', statedOn: asAt } as const;
  if (from === 0) await loadTargets(tx);
  if (from < estate.systems.length) {
    await loadSystems(tx, { ...estate, systems: estate.systems.slice(from, from + systemsEach) }, source);
    await addJob(tx, loadEstateJob.name, { from: from + systemsEach, asAt, systems });
    return;
  }
  await loadSystems(tx, makeRuledEstate(asAt), source);
  await treatRules(tx, asAt);
  await suggestNeeds(tx);
  const ids = new Map((await listSystems(tx)).map(({ reference, id }) => [reference, id]));
  for (const { system, dependsOn, reason } of estate.dependencies) {
    const [systemId, dependsOnId] = [ids.get(system), ids.get(dependsOn)];
    if (systemId !== undefined && dependsOnId !== undefined) await addDependency(tx, { systemId, dependsOnId, reason });
  }
  await startRun(tx, { by: 'the demonstration', today: asAt, seconds: 30 });
}

async function loadTargets(tx: Tx): Promise<void> {
  for (const { name, kind, opening, estimate } of targets) {
    for (const needKey of estimate.needs) {
      await saveTarget(tx, {
        needKey,
        name,
        way: kind === 'switched off' ? 'commodity' : kind,
        // Whatever moves pays an amount of its own and a share of what it costs today: what is large stays large.
        yearlyCost: estimate.costEach,
        costShareBasisPoints: Math.round(estimate.costShare * 10_000),
        openingCost: opening?.cost ?? 0,
        movingCost: estimate.movingEach,
        movingShareBasisPoints: Math.round((estimate.movingShare + estimate.exitShare) * 10_000),
        source: 'Made up for the demonstration',
      });
    }
  }
}

async function loadSystems(tx: Tx, estate: MadeUpEstate, source: Source): Promise<void> {
  const departments = new Map<string, string>();
  for (const { slug, name } of estate.departments) departments.set(slug, (await findOrAddDepartment(tx, { name })).id);
  const suppliers = new Map<string, string>();
  for (const name of estate.suppliers) suppliers.set(name, (await findOrAddSupplier(tx, { name })).id);

  const ids: string[] = [];
  for (const [place, system] of estate.systems.entries()) {
    // As in real estates some was said long ago, and of some nobody has said what it is needed for.
    const isOld = place % 7 === 3;
    const isUnclassified = place % 10 === 5;
    const { parts, department, supportEndsOn: _supportEndsOn, ...values } = system;
    // Every system has its application: of what is bought as one thing it is a name without a cost.
    const hasApplication = parts.some(({ kind }) => kind === 'application');
    const saved = await saveSystem(
      tx,
      {
        ...values,
        departmentId: departments.get(department) ?? '',
        parts: [
          ...(hasApplication ? [] : [{ kind: 'application' } as const]),
          ...parts.map(({ kind, need, ownCost, contractCost }) => ({
            kind,
            needKey: isUnclassified && kind === 'application' ? null : need,
            costs: { people: ownCost, services: contractCost },
          })),
        ],
      },
      isOld ? { ...source, statedOn: addDays(source.statedOn, -600) } : source,
    );
    ids.push(saved.id);
  }
  const partIds = new Map(
    (await listSystems(tx, ids)).flatMap(({ reference, parts }) =>
      parts.map(({ kind, id }) => [`${reference} ${kind}`, id] as const),
    ),
  );
  const loaded = new Set(estate.systems.map(({ reference }) => reference));
  for (const contract of estate.contracts) {
    if (!contract.shares.some(({ system }) => loaded.has(system))) continue;
    const { id } = await saveContract(tx, contractValues(contract, departments, suppliers), source);
    for (const { system, part, share } of contract.shares) {
      const partId = partIds.get(`${system} ${part}`);
      if (partId !== undefined) {
        await shareContract(tx, { contractId: id, partId, shareBasisPoints: Math.round(share * 10_000) });
      }
    }
  }
}

function contractValues(
  contract: MadeUpContract,
  departments: ReadonlyMap<string, string>,
  suppliers: ReadonlyMap<string, string>,
) {
  return {
    departmentId: departments.get(contract.department) ?? '',
    title: contract.title,
    reference: contract.reference,
    supplierId: suppliers.get(contract.supplier) ?? null,
    kind: contract.kind,
    yearlyCost: contract.yearlyCost,
    startsOn: contract.startsOn,
    endsOn: contract.endsOn,
    notice: { count: contract.noticeMonths, unit: 'months' } as const,
    renewalMonths: contract.renewalMonths,
    extensions: contract.extensions.map(({ months, uplift }) => ({
      months,
      upliftBasisPoints: Math.round(uplift * 10_000),
      decideBy: null,
      likeForLike: true,
      takenOn: null,
    })),
    terminationFee:
      contract.terminationShare === null ? null : Math.round(contract.yearlyCost * contract.terminationShare),
  };
}
