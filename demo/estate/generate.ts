import type { MadeUpContract, MadeUpDependency, MadeUpEstate, MadeUpPart, MadeUpSystem } from './estate.ts';
import { partNeeds, subjects, suppliers, systemNeeds, type MadeUpNeed } from './needs.ts';
import { createRandom, type Random } from './random.ts';

/** The departments of the demonstration, in which the systems are. */
export const departments = [
  { slug: 'department-for-rivers-and-fisheries', name: 'Department for Rivers and Fisheries' },
  { slug: 'department-of-roads', name: 'Department of Roads' },
  { slug: 'department-of-records', name: 'Department of Records' },
  { slug: 'department-of-health', name: 'Department of Health' },
  { slug: 'department-of-revenue', name: 'Department of Revenue' },
  { slug: 'department-for-work-and-skills', name: 'Department for Work and Skills' },
] as const;

/** Health, revenue and work are larger than the others. */
const sizes = [0.13, 0.12, 0.08, 0.24, 0.23, 0.2];

const areaSizes: readonly (readonly [MadeUpSystem['area'], number])[] = [
  ['digital public services', 0.26],
  ['mission IT', 0.34],
  ['infrastructure', 0.22],
  ['back office', 0.18],
];

/**
 * Makes up a government's technology: the same for the same seed, number of systems and day.
 *
 * @param asAt an ISO date; contracts end in the five years after it, and some are about to.
 */
export function generateEstate({
  seed,
  systems: count,
  asAt,
}: {
  seed: number;
  systems: number;
  asAt: string;
}): MadeUpEstate {
  const random = createRandom(seed);
  const systems: MadeUpSystem[] = [];
  const contracts: MadeUpContract[] = [];
  const dependencies: MadeUpDependency[] = [];
  departments.forEach((department, index) => {
    const before = Math.round(count * sizes.slice(0, index).reduce((sum, size) => sum + size, 0));
    const after = Math.round(count * sizes.slice(0, index + 1).reduce((sum, size) => sum + size, 0));
    const ours = makeSystems(random, department.slug, { from: before, until: after, asAt });
    systems.push(...ours);
    for (const system of ours) contracts.push(...makeContracts(random, system, asAt));
    dependencies.push(...makeDependencies(random, ours));
  });
  return { seed, asAt, departments, suppliers, systems, contracts, dependencies };
}

function makeSystems(
  random: Random,
  department: string,
  { from, until, asAt }: { from: number; until: number; asAt: string },
): MadeUpSystem[] {
  const taken = new Map<string, number>();
  return Array.from({ length: until - from }, (_, index) => {
    // The first of every department is its directory, on which many others stand.
    const area = index === 0 ? 'infrastructure' : random.weigh(areaSizes);
    const need =
      index === 0 ? directory : random.pick(systemNeeds.filter((each) => each.area === area && each !== directory));
    const name = nameSystem(random, department, need, taken);
    const users = Math.max(5, Math.round(random.spread(240, 1.3)));
    return {
      reference: `SYS-${String(from + index + 1).padStart(4, '0')}`,
      name,
      description:
        need.key === 'special-to-the-department'
          ? 'Work that only this department does.'
          : `${need.name} in the department.`,
      department,
      area,
      users,
      yearlyTransactions: area === 'digital public services' ? Math.round(random.spread(60_000, 1.5)) : null,
      hosting: random.weigh([
        ['own data centre', 4],
        ['supplier data centre', 3],
        ['private cloud', 1],
        ['public cloud', 1],
        ['software as a service', 1],
      ] as const),
      sensitivity: random.weigh([
        ['internal', 4],
        ['personal', 5],
        ['sensitive', 1],
      ] as const),
      lifecycle: random.chance(0.05) ? 'being replaced' : 'live',
      businessFit: random.whole(1, 4),
      technicalFit: random.whole(1, 4),
      supportEndsOn: random.chance(0.03) ? lastDayOfMonth(asAt, random.whole(38, 57)) : null,
      parts: makeParts(random, area, need),
    };
  });
}

const directory = systemNeeds.find(({ key }) => key === 'staff-directory') ?? fail();

function fail(): never {
  throw new Error('The needs have no staff directory.');
}

function nameSystem(random: Random, department: string, need: MadeUpNeed, taken: Map<string, number>): string {
  const called = random.pick(need.systems);
  const ownName = /^[a-z]/.test(called) ? `${random.pick(subjects[department] ?? ['General'])} ${called}` : called;
  const times = (taken.get(ownName) ?? 0) + 1;
  taken.set(ownName, times);
  return times === 1 ? ownName : `${ownName} ${times}`;
}

/** In whole thousands of pence, so that figures look like those that people enter. */
function round(amount: number): number {
  return Math.max(1000, Math.round(amount / 100_000) * 100_000);
}

function makeParts(random: Random, area: MadeUpSystem['area'], need: MadeUpNeed): MadeUpPart[] {
  const whole = random.spread(area === 'infrastructure' ? 45_000_000 : 30_000_000, 1.0);
  const part = (kind: MadeUpPart['kind'], of: string, amount: number): MadeUpPart => {
    const contractShare = 0.65 + random.share() * 0.3;
    return {
      kind,
      need: of,
      ownCost: round(amount * (1 - contractShare)),
      contractCost: round(amount * contractShare),
    };
  };
  if (area === 'infrastructure') {
    const kind =
      need.key === 'networks'
        ? 'connectivity'
        : need.key === 'devices'
          ? 'devices'
          : need.key === 'service-desk'
            ? 'support'
            : need.key === 'server-hosting'
              ? 'hosting'
              : 'application';
    // Every system has its application: here it is small, and what it is bought for is the other part.
    return kind === 'application' ? [part('application', need.key, whole)] : [part(kind, need.key, whole)];
  }
  const parts = [
    part('application', need.key, whole * 0.6),
    part('hosting', partNeeds.hosting, whole * (0.2 + random.share() * 0.15)),
  ];
  if (random.chance(0.45)) parts.push(part('support', partNeeds.support, whole * (0.08 + random.share() * 0.1)));
  return parts;
}

function makeContracts(random: Random, system: MadeUpSystem, asAt: string): MadeUpContract[] {
  return system.parts.map((part, index): MadeUpContract => {
    const [termMonths, extensionMonths] = random.weigh([
      [[24, [12, 12]], 4],
      [[36, [12]], 2],
      [[36, [12, 12]], 2],
      [[48, []], 2],
      [[60, [12]], 1],
    ] as const);
    const monthsLeft = random.weigh([
      [random.whole(1, 8), 1],
      [random.whole(9, 36), 5],
      [random.whole(37, 58), 2],
    ]);
    const renewalMonths = random.chance(0.2) ? 12 : 0;
    const kind =
      part.kind === 'hosting'
        ? 'hosting'
        : part.kind === 'connectivity'
          ? 'network'
          : part.kind === 'devices'
            ? 'devices'
            : part.kind === 'support'
              ? 'support'
              : random.pick(['service provision', 'licence', 'integration'] as const);
    return {
      reference: `${system.reference.replace('SYS', 'CON')}-${index + 1}`,
      title: part.kind === 'application' ? system.name : `${system.name}: ${part.kind}`,
      department: system.department,
      supplier: random.pick(suppliers),
      kind,
      startsOn: firstDayOfMonth(asAt, monthsLeft - termMonths),
      endsOn: lastDayOfMonth(asAt, monthsLeft - 1),
      noticeMonths: random.pick([1, 3, 3, 6]),
      renewalMonths,
      extensions:
        renewalMonths > 0
          ? []
          : extensionMonths.map((months) => ({ months, uplift: random.pick([0, 0.03, 0.05, 0.08]) })),
      yearlyCost: part.contractCost,
      terminationShare: random.chance(0.12) ? random.pick([0.6, 0.75, 0.9]) : null,
      shares: [{ system: system.reference, part: part.kind, share: 1 }],
    };
  });
}

/** Systems stand on the directory, and on one that was there before them: chains and stars, as in real estates. */
function makeDependencies(random: Random, systems: readonly MadeUpSystem[]): MadeUpDependency[] {
  const dependencies: MadeUpDependency[] = [];
  systems.forEach((system, index) => {
    if (index === 0) return;
    const hub = systems[0];
    if (hub !== undefined && system.area !== 'infrastructure' && random.chance(0.12)) {
      dependencies.push({
        system: system.reference,
        dependsOn: hub.reference,
        reason: 'signs its staff in through it',
      });
    }
    if (index > 1 && random.chance(0.22)) {
      const other = systems[random.whole(Math.max(1, index - 25), index - 1)];
      if (other !== undefined)
        dependencies.push({
          system: system.reference,
          dependsOn: other.reference,
          reason: 'takes its data from it every night',
        });
    }
  });
  return dependencies;
}

/** The first day of the month so many months after a day's month. */
export function firstDayOfMonth(day: string, months: number): string {
  return new Date(Date.UTC(Number(day.slice(0, 4)), Number(day.slice(5, 7)) - 1 + months, 1))
    .toISOString()
    .slice(0, 10);
}

/** The last day of the month so many months after a day's month. */
export function lastDayOfMonth(day: string, months: number): string {
  return new Date(Date.UTC(Number(day.slice(0, 4)), Number(day.slice(5, 7)) + months, 0)).toISOString().slice(0, 10);
}
