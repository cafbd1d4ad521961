import { waysFor, type Contract, type Precedence, type Problem, type SystemPart, type Way } from '#plan';
import type { MadeUpContract, MadeUpEstate, MadeUpSystem } from './estate.ts';
import { generateEstate } from './generate.ts';
import { systemNeeds } from './needs.ts';
import { switchedOff, targets } from './targets.ts';

const quarters = 20;

/** The planning problem of a made-up estate, without a database: for tests and benchmarks. */
export function makeProblem(options: { seed: number; systems: number; asAt?: string }): Problem {
  return problemOf(generateEstate({ asAt: '2026-04-01', ...options }));
}

/** Restates a made-up estate as a problem: each part moves to what meets its need, or stays. */
export function problemOf(estate: MadeUpEstate): Problem {
  const estimates = targets.map(({ id, estimate }) => ({ ...estimate, targetId: id }));
  const contracts = new Map<string, Contract>(
    estate.contracts.flatMap((contract) =>
      contract.shares.map(({ system, part, share }) => [`${system} ${part}`, contractOf(contract, share)] as const),
    ),
  );
  const names = new Map(systemNeeds.map(({ key, name }) => [key, name]));
  const parts = estate.systems.flatMap((system) =>
    system.parts.map((part): SystemPart => {
      const id = `${system.reference} ${part.kind}`;
      const yearlyCost = part.ownCost + part.contractCost;
      return {
        id,
        name: part.kind === 'application' || system.parts.length === 1 ? system.name : `${system.name}: ${part.kind}`,
        systemId: system.reference,
        systemName: system.name,
        departmentId: system.department,
        area: system.area,
        need: names.get(part.need) ?? part.need,
        annualCost: part.ownCost,
        contract: contracts.get(id) ?? null,
        ways: [...waysFor({ need: part.need, yearlyCost }, estimates), ...switchingOff(system, part.kind, yearlyCost)],
        leaveBy: leaveBy(system, part.kind, estate.asAt),
      };
    }),
  );
  const precedence = precedenceOf(estate, parts);
  return {
    name: `Made-up estate ${estate.seed} of ${estate.systems.length} systems`,
    startsOn: `${estate.asAt.slice(0, 7)}-01`,
    quarters,
    discountRate: 0.035,
    currency: 'GBP',
    mayTerminate: true,
    departments: estate.departments.map(({ slug, name }) => ({
      id: slug,
      name,
      capacity: capacityOf(
        parts.filter((part) => part.departmentId === slug),
        'departmentWork',
        { share: 1.1, least: 39 },
      ),
    })),
    targets: [
      ...targets.map(({ estimate: _estimate, teamShare, ...target }) => ({
        ...target,
        teamCapacity:
          teamShare === null ? null : capacityOf(parts, 'teamWork', { share: teamShare, least: 39 }, target.id),
      })),
      switchedOff,
    ],
    parts,
    precedence,
    budgets: budgetsOf(parts),
    openingsInBudget: false,
    rules: [
      {
        id: 'no-automatic-extension',
        title: 'No contract is extended automatically',
        treatment: 'price',
        price: 2_500_000,
      },
      { id: 'no-like-for-like', title: 'No extension on the same terms', treatment: 'price', price: 1_000_000 },
    ],
    fixed: [],
  };
}

function contractOf(contract: MadeUpContract, share: number): Contract {
  const annualCost = Math.round(contract.yearlyCost * share);
  return {
    id: contract.reference,
    name: contract.title,
    supplier: contract.supplier,
    annualCost,
    endsOn: contract.endsOn,
    noticeMonths: contract.noticeMonths,
    tacitMonths: contract.renewalMonths,
    extensions: contract.extensions.map(({ months, uplift }) => ({
      months,
      uplift,
      decideByMonths: contract.noticeMonths,
    })),
    bridge: { mostMonths: 9, uplift: 0.25 },
    termination:
      contract.terminationShare === null
        ? null
        : { noticeMonths: contract.noticeMonths, feeShare: contract.terminationShare },
    renewal: { months: 36, uplift: 0.04, cost: Math.round(2_000_000 + annualCost * 0.03), leadMonths: 9 },
    breaches: [
      { action: 'tacit', ruleId: 'no-automatic-extension' },
      { action: 'extend', ruleId: 'no-like-for-like' },
    ],
  };
}

/** What hosts or supports an application can be switched off once that has moved. */
function switchingOff(system: MadeUpSystem, kind: string, yearlyCost: number): Way[] {
  if (kind === 'application' || system.parts.length === 1) return [];
  return [
    {
      id: 'switched-off',
      targetId: switchedOff.id,
      quarters: 1,
      dualQuarters: 0,
      movingCost: 500_000,
      exitFee: Math.round(yearlyCost * 0.03),
      annualCost: 0,
      rampUp: [],
      departmentWork: 3,
      teamWork: 0,
    },
  ];
}

function leaveBy(system: MadeUpSystem, kind: string, asAt: string): number | null {
  if (system.supportEndsOn === null || kind === 'support' || !['infrastructure', 'back office'].includes(system.area))
    return null;
  const months =
    (Number(system.supportEndsOn.slice(0, 4)) - Number(asAt.slice(0, 4))) * 12 +
    Number(system.supportEndsOn.slice(5, 7)) -
    Number(asAt.slice(5, 7));
  return Math.floor(months / 3);
}

function precedenceOf(estate: MadeUpEstate, parts: readonly SystemPart[]): Precedence[] {
  const movable = new Set(parts.filter(({ ways }) => ways.length > 0).map(({ id }) => id));
  const precedence: Precedence[] = [];
  for (const { system, dependsOn, reason } of estate.dependencies) {
    const [before, after] = [`${dependsOn} application`, `${system} application`];
    if (movable.has(before) && movable.has(after))
      precedence.push({ before, after, lagQuarters: 0, ways: null, because: reason });
  }
  for (const { reference, parts: ofSystem } of estate.systems) {
    for (const { kind } of ofSystem) {
      const [before, after] = [`${reference} application`, `${reference} ${kind}`];
      if (
        kind === 'application' ||
        !parts.some(({ id, ways }) => id === after && ways.some(({ id: way }) => way === 'switched-off'))
      )
        continue;
      precedence.push({
        before,
        after,
        lagQuarters: 0,
        ways: ['switched-off'],
        because: 'is needed until the application has moved',
      });
    }
  }
  return precedence;
}

/**
 * Person-weeks a quarter: a share of all the work there could be, growing over the first year as people are found, and
 * not less than two or three people (13 weeks each).
 */
function capacityOf(
  parts: readonly SystemPart[],
  work: 'departmentWork' | 'teamWork',
  { share, least }: { readonly share: number; readonly least: number },
  targetId?: string,
): number[] {
  let all = 0;
  for (const { ways } of parts) {
    const amounts = ways
      .filter((way) => targetId === undefined || way.targetId === targetId)
      .map((way) => way[work] * way.quarters);
    if (amounts.length > 0) all += Math.max(...amounts);
  }
  const even = (all * share) / quarters;
  return Array.from({ length: quarters }, (_, quarter) =>
    Math.max(least, 3 * Math.ceil((even * Math.min(1.1, 0.7 + quarter * 0.1)) / 3)),
  );
}

function budgetsOf(parts: readonly SystemPart[]): Problem['budgets'] {
  const all = parts.reduce((sum, { ways }) => sum + Math.max(0, ...ways.map(({ movingCost }) => movingCost)), 0);
  return [0, 1, 2, 3, 4].map((year) => ({
    year,
    most: Math.round((all * (year === 0 ? 0.2 : 0.3)) / 100_000) * 100_000,
  }));
}
