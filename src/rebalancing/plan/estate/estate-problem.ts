import {
  contractDates,
  costOfMoving,
  costOnTarget,
  listContracts,
  listContractShares,
  listDependencies,
  listNeeds,
  listRanges,
  listSystems,
  listTargets,
  termsOf,
  type Contract as EstateContract,
  type Part as EstatePart,
  type StatedRange,
  type System,
  type Target as EstateTarget,
} from '#estate';
import type { Tx } from '#platform';
import { sizeOfMove } from '../problem/estimates.ts';
import type { Contract, FixedDate, Precedence, Problem, SystemPart, Target, Way } from '../problem/problem.ts';
import type { EstimateRange } from '../problem/ranges.ts';
import {
  breachesOf,
  lastingContracts,
  listPackPeriods,
  longestTerm,
  ruledContractOf,
  subjectsOfPart,
  treatRules,
  type LastingContract,
  type PackPeriod,
  type RuleTreatments,
  type TreatedRule,
} from './spending-rules.ts';

/** What a government sets for its plans, beside its estate. Money in minor units, work in person-weeks a quarter. */
export interface PlanSettings {
  readonly startsOn: string;
  readonly quarters: number;
  readonly discountRate: number;
  readonly mayTerminate: boolean;
  /** What each department can give to moves, and each target's team to taking systems on, where nothing else is said. */
  readonly departmentWeeks: number;
  readonly teamWeeks: number;
  /** What moves may cost in a year of the plan; null where nothing limits it. */
  readonly yearlyBudget: number | null;
  /** Which rules of spending are honoured or priced. */
  readonly rules: RuleTreatments;
}

export const usualSettings: Omit<PlanSettings, 'startsOn'> = {
  quarters: 20,
  discountRate: 0.035,
  mayTerminate: true,
  departmentWeeks: 130,
  teamWeeks: 78,
  yearlyBudget: null,
  rules: {},
};

const switchedOff: Target = {
  id: 'switched-off',
  name: 'Switched off',
  kind: 'switched off',
  teamCapacity: null,
  opening: null,
};

/** States the estate, as the transaction sees it, as a planning problem from a day on. */
export async function stateProblem(
  tx: Tx,
  settings: PlanSettings,
  { name, currency, fixed = [] }: { name: string; currency: string; fixed?: readonly FixedDate[] },
): Promise<Problem> {
  const systems = (await listSystems(tx)).filter(({ lifecycle }) => lifecycle !== 'retired');
  const contracts = new Map((await listContracts(tx)).map((contract) => [contract.id, contract]));
  const shares = Map.groupBy(await listContractShares(tx), ({ partId }) => partId);
  const needs = new Map((await listNeeds(tx)).map((need) => [need.key, need.name]));
  const ranges = await listRanges(tx);
  const estateTargets = oneOfEachName(
    (await listTargets(tx))
      .filter(({ way }) => way !== 'special')
      .map((target) => ({ ...target, range: ranges.get(target.id) })),
  );
  const targetsOf = Map.groupBy(estateTargets, ({ needKey }) => needKey);

  const periods = await listPackPeriods(tx, settings);
  const planCurrency = systems[0]?.currency ?? currency;
  const treated = treatRules(periods, settings.rules, { ...settings, currency: planCurrency });
  const ruling: Ruling = { periods, treated, beside: lastingContracts(contracts.values(), settings.startsOn) };

  const parts = systems.flatMap((system) =>
    system.parts
      .filter((part) => part.yearlyCost > 0)
      .map((part): SystemPart => {
        const contract = contractOf(shares.get(part.id) ?? [], contracts, { settings, ruling });
        const bought = contract === null ? null : (contracts.get(contract.id) ?? null);
        // What has moved already is where it is to be.
        const possible = part.needKey === null || part.movedOn !== null ? [] : (targetsOf.get(part.needKey) ?? []);
        return {
          id: part.id,
          name: part.kind === 'application' || system.parts.length === 1 ? system.name : `${system.name}: ${part.kind}`,
          systemId: system.id,
          systemName: system.name,
          departmentId: system.departmentId,
          area: system.area ?? 'mission IT',
          need: part.needKey === null ? 'Not known' : (needs.get(part.needKey) ?? part.needKey),
          ...(part.needKey === null ? {} : { needKey: part.needKey }),
          subjects: subjectsOfPart(system, part, bought),
          annualCost: Math.max(0, part.yearlyCost - (contract?.annualCost ?? 0)),
          contract,
          ways: [
            ...possible.map((target) => wayTo(target, { system, part, range: ranges.get(part.id) ?? target.range })),
            ...switchingOff(system, part, targetsOf),
          ],
          leaveBy: null,
        };
      }),
  );
  const used = new Set(parts.flatMap(({ ways }) => ways.map(({ targetId }) => targetId)));
  const departments = new Map(systems.map(({ departmentId, departmentName }) => [departmentId, departmentName]));
  const each = (weeks: number): number[] => Array.from({ length: settings.quarters }, () => weeks);
  return {
    name,
    startsOn: settings.startsOn,
    quarters: settings.quarters,
    discountRate: settings.discountRate,
    currency: planCurrency,
    mayTerminate: settings.mayTerminate,
    departments: [...departments].map(([id, departmentName]) => ({
      id,
      name: departmentName,
      capacity: each(settings.departmentWeeks),
    })),
    targets: [
      ...distinct(estateTargets)
        .filter(({ id }) => used.has(id))
        .map((target) => targetOf(target, settings, each)),
      switchedOff,
    ],
    parts,
    precedence: precedenceOf(systems, parts, await listDependencies(tx)),
    budgets:
      settings.yearlyBudget === null
        ? []
        : Array.from({ length: Math.ceil(settings.quarters / 4) }, (_, year) => ({
            year,
            most: settings.yearlyBudget ?? 0,
          })),
    openingsInBudget: false,
    rules: treated.map(({ rule }) => rule),
    fixed: fixed.filter(({ partId }) => parts.some(({ id }) => id === partId)),
  };
}

/** A target stands in the estate once for each need that it meets: here it is one, with one opening and one team. */
function oneOfEachName<T extends EstateTarget>(targets: readonly T[]): T[] {
  const first = new Map<string, string>();
  return targets.map((target) => {
    const id = first.get(target.name) ?? target.id;
    first.set(target.name, id);
    return { ...target, id };
  });
}

function distinct(targets: readonly EstateTarget[]): EstateTarget[] {
  return [...new Map(targets.toReversed().map((target) => [target.id, target])).values()].toReversed();
}

function targetOf(target: EstateTarget, settings: PlanSettings, each: (weeks: number) => number[]): Target {
  const earliest =
    target.availableFrom === null ? 0 : Math.max(0, quartersBetween(settings.startsOn, target.availableFrom));
  return {
    id: target.id,
    name: target.name,
    kind: target.way === 'special' ? 'commodity' : target.way,
    // A commodity is bought: its supplier finds the people.
    teamCapacity: target.way === 'commodity' ? null : each(settings.teamWeeks),
    opening:
      target.openingCost > 0 || earliest > 0
        ? { cost: target.openingCost, quarters: earliest > 0 ? 0 : 2, earliest }
        : null,
  };
}

function wayTo(
  target: EstateTarget,
  { system, part, range }: { system: System; part: EstatePart; range: StatedRange | undefined },
): Way {
  const size = sizeOfMove(part.yearlyCost);
  const isShared = target.way !== 'commodity';
  const mover = { users: system.users, yearlyTransactions: system.yearlyTransactions, yearlyCost: part.yearlyCost };
  return {
    id: target.id,
    targetId: target.id,
    quarters: size.quarters,
    dualQuarters: size.dualQuarters,
    movingCost: costOfMoving(target, mover),
    exitFee: 0,
    annualCost: costOnTarget(target, mover),
    rampUp: isShared ? [0.3, 0.1] : [0.15],
    departmentWork: size.weeks * (isShared ? 2 : 1),
    teamWork: isShared ? size.weeks : 0,
    ...(isShared ? {} : { contractMonths: callOffMonths }),
    ...(range === undefined ? {} : { range: sharesOf(range) }),
  };
}

/** The estate states ranges in hundredths of a per cent, the problem in shares. */
function sharesOf({ moving, yearly, late }: StatedRange): EstimateRange {
  const spread = ({ least, likeliest, most }: StatedRange['moving']) => ({
    least: least / 10_000,
    likeliest: likeliest / 10_000,
    most: most / 10_000,
  });
  return { moving: spread(moving), yearly: spread(yearly), late: late.map((share) => share / 10_000) };
}

/** What hosts, connects or supports an application can be switched off once the application has moved. */
function switchingOff(
  system: System,
  part: EstatePart,
  targetsOf: ReadonlyMap<string, readonly EstateTarget[]>,
): Way[] {
  const application = system.parts.find(({ kind }) => kind === 'application');
  const moves = application?.needKey !== null && application !== undefined && targetsOf.has(application.needKey);
  if (part.kind === 'application' || !moves || application.yearlyCost === 0) return [];
  return [
    {
      id: 'switched-off',
      targetId: switchedOff.id,
      quarters: 1,
      dualQuarters: 0,
      movingCost: 500_000,
      exitFee: 0,
      annualCost: 0,
      rampUp: [],
      departmentWork: 3,
      teamWork: 0,
    },
  ];
}

/** What rules of spending are asked about the contracts of an estate. */
interface Ruling {
  readonly periods: readonly PackPeriod[];
  readonly treated: readonly TreatedRule[];
  readonly beside: readonly LastingContract[];
}

/** For how long the same is bought again, and for how long what is bought from a commodity's supplier, in months. */
const renewalMonths = 36;
const callOffMonths = 24;

/** A part's share of the contract under which most of it is bought; null where none is known well enough. */
function contractOf(
  shares: readonly { readonly contractId: string; readonly shareBasisPoints: number }[],
  contracts: ReadonlyMap<string, EstateContract>,
  { settings, ruling }: { settings: PlanSettings; ruling: Ruling },
): Contract | null {
  const known = shares
    .flatMap(({ contractId, shareBasisPoints }) => {
      const contract = contracts.get(contractId);
      const terms = contract === undefined ? null : termsOf(contract);
      if (contract === undefined || terms === null || contract.yearlyCost === null) return [];
      return [
        { contract, terms, cost: Math.round((contract.yearlyCost * shareBasisPoints) / 10_000), shareBasisPoints },
      ];
    })
    .toSorted((one, other) => other.cost - one.cost)[0];
  if (known === undefined) return null;
  const { contract, terms, cost, shareBasisPoints } = known;
  const dates = contractDates(terms, settings.startsOn);
  if (dates.state === 'ended') return null;
  const noticeMonths = terms.notice === null ? 0 : monthsOf(terms.notice);
  const settled = dates.decision === null && dates.noticeBy === null;
  const monthsLeft = Math.max(1, quartersBetween(settings.startsOn, dates.endsOn) * 3);
  const fee = contract.terminationFee === null ? null : (contract.terminationFee * shareBasisPoints) / 10_000;
  const shortest = longestTerm(ruling.periods, contract);
  let uplift = terms.extensions.findLast(({ taken }) => taken)?.upliftBasisPoints ?? 0;
  return {
    id: contract.id,
    name: contract.title,
    supplier: contract.supplierName ?? 'Supplier not known',
    annualCost: cost,
    endsOn: dates.endsOn,
    noticeMonths,
    tacitMonths: settled || terms.renewalMonths < 3 ? 0 : terms.renewalMonths,
    extensions: settled
      ? []
      : terms.extensions
          .filter(({ taken }) => !taken)
          .slice(0, 6)
          .map(({ months, upliftBasisPoints }) => {
            // The estate states uplifts against the first term, the problem against the term before.
            const against = (10_000 + upliftBasisPoints) / (10_000 + uplift) - 1;
            uplift = upliftBasisPoints;
            return { months, uplift: Math.round(against * 1e6) / 1e6, decideByMonths: noticeMonths };
          }),
    bridge: { mostMonths: 9, uplift: 0.25 },
    termination: fee === null ? null : { noticeMonths, feeShare: cost === 0 ? 0 : fee / ((cost / 12) * monthsLeft) },
    renewal: {
      months: renewalMonths,
      ...(shortest === undefined || shortest >= renewalMonths ? {} : { shorterMonths: shortest }),
      uplift: 0.03,
      cost: Math.round(2_000_000 + cost * 0.03),
      leadMonths: 9,
    },
    breaches: breachesOf(contract, ruling.treated),
    ...(shareBasisPoints === 0
      ? {}
      : {
          ruled: ruledContractOf(contract, { ...ruling, endsOn: dates.endsOn, share: shareBasisPoints / 10_000 }),
        }),
  };
}

function precedenceOf(
  systems: readonly System[],
  parts: readonly SystemPart[],
  dependencies: readonly { readonly systemId: string; readonly dependsOnId: string; readonly reason: string }[],
): Precedence[] {
  const movable = new Map(parts.filter(({ ways }) => ways.length > 0).map((part) => [part.id, part]));
  const leadOf = new Map(
    systems.map((system) => {
      const lead = system.parts.find(({ kind }) => kind === 'application') ?? system.parts[0];
      return [system.id, lead?.id ?? ''] as const;
    }),
  );
  const precedence: Precedence[] = [];
  for (const { systemId, dependsOnId, reason } of dependencies) {
    const [before, after] = [leadOf.get(dependsOnId) ?? '', leadOf.get(systemId) ?? ''];
    if (!movable.has(before) || !movable.has(after)) continue;
    precedence.push({
      before,
      after,
      lagQuarters: 0,
      ways: null,
      because: reason === '' ? 'it depends on it' : reason,
    });
  }
  for (const part of movable.values()) {
    const before = leadOf.get(part.systemId) ?? '';
    if (!part.ways.some(({ id }) => id === 'switched-off') || !movable.has(before)) continue;
    precedence.push({
      before,
      after: part.id,
      lagQuarters: 0,
      ways: ['switched-off'],
      because: 'it is needed until the application has moved',
    });
  }
  return precedence;
}

function monthsOf({ count, unit }: { readonly count: number; readonly unit: 'days' | 'months' }): number {
  return unit === 'months' ? count : Math.ceil(count / 30);
}

/** Quarters from one day to another, begun ones counted. */
function quartersBetween(from: string, to: string): number {
  const months =
    (Number(to.slice(0, 4)) - Number(from.slice(0, 4))) * 12 + (Number(to.slice(5, 7)) - Number(from.slice(5, 7)));
  return Math.ceil(months / 3);
}
