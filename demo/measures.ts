import {
  addQuarters,
  daysOf,
  enterCost,
  listCosts,
  quarterOf,
  quartersBetween,
  recordActualSaving,
  recordBaseline,
  recordOpinions,
  recordPlannedSaving,
  recordTransactions,
  recordTransition,
  recordUnitCharges,
  type Channel,
  type CostKind,
  type Opinion,
  type Rating,
  type TransactionRecord,
  type UnitCharge,
} from '#measures';
import { listOrganisations, listServicesAcross, type Service } from '#organisations';
import { addDays, addJob, createCalendar, newId, type Calendar, type Database, type Job, type Tx } from '#platform';
import { createRandom, type Random } from './estate/random.ts';

/** How a service of the demonstration went, two years ago and now. */
interface Course {
  readonly perDay: number;
  /** The share of the digital channel, then and now; the rest comes by the others. */
  readonly digital: readonly [number, number];
  readonly completed: readonly [number, number];
  readonly satisfied: readonly [number, number];
  /** What a quarter costs by kind, in minor units, two years ago and now. */
  readonly costs: Readonly<Partial<Record<CostKind, readonly [number, number]>>>;
  /** Kinds of which the last quarters were not entered yet. */
  readonly lateKinds?: readonly CostKind[];
  readonly estimated?: boolean;
}

const courses: Readonly<Record<string, Course>> = {
  'fishing-licence': {
    perDay: 9,
    digital: [0.52, 0.86],
    completed: [0.71, 0.88],
    satisfied: [0.58, 0.84],
    costs: {
      staff: [820_000, 460_000],
      accommodation: [90_000, 60_000],
      systems: [540_000, 110_000],
      'postage and printing': [130_000, 40_000],
      fees: [0, 0],
      overheads: [110_000, 70_000],
    },
  },
  'report-a-road-fault': {
    perDay: 6,
    digital: [0.61, 0.79],
    completed: [0.83, 0.86],
    satisfied: [0.55, 0.63],
    costs: {
      staff: [300_000, 270_000],
      accommodation: [30_000, 30_000],
      systems: [120_000, 115_000],
      'postage and printing': [8_000, 6_000],
      fees: [0, 0],
      overheads: [40_000, 40_000],
    },
    estimated: true,
  },
  'archive-visit': {
    perDay: 2,
    digital: [0.7, 0.9],
    completed: [0.88, 0.93],
    satisfied: [0.8, 0.9],
    costs: {
      staff: [95_000, 92_000],
      accommodation: [20_000, 20_000],
      systems: [25_000, 22_000],
      'postage and printing': [3_000, 2_000],
      fees: [0, 0],
      overheads: [12_000, 12_000],
    },
    lateKinds: ['overheads'],
  },
};

const days = 730;

/**
 * Gives the services of the demonstration two years of measures, made up, one service a run: transactions in every channel,
 * what people thought, what it cost, and a move with its savings. It goes through the doors by which real ones come, and the
 * measures themselves count it within a minute.
 */
export const loadMeasuresJob: Job = {
  name: 'demonstration.load-measures',
  run: async ({ serviceIds, transitionId, timeZone, currency }, { database, scope }) => {
    if (!Array.isArray(serviceIds) || typeof transitionId !== 'string') return;
    if (typeof timeZone !== 'string' || typeof currency !== 'string') return;
    const [serviceId, ...rest]: unknown[] = serviceIds;
    const service = (await listServicesAcross(database)).find(({ id }) => id === serviceId);
    const course = courses[service?.slug ?? ''];
    if (service !== undefined && course !== undefined) {
      const known = { calendar: createCalendar(timeZone), currency };
      await inOrganisation(database, service.organisationId, async (tx) => {
        // A run that was not noted as done comes again.
        if ((await listCosts(tx, service.id)).length === 0) await loadCourse(tx, service, course, known);
      });
      if (service.slug === 'fishing-licence') await loadTransition(database, service, { ...known, transitionId });
    }
    if (rest.length === 0) return;
    await database.transact(scope, (tx) =>
      addJob(tx, loadMeasuresJob.name, { serviceIds: rest, transitionId, timeZone, currency }),
    );
  },
};

/** Has the services of the demonstration given their measures. */
export async function queueDemonstrationMeasures(
  database: Database,
  settings: { timeZone: string; currency: string },
): Promise<void> {
  const root = (await listOrganisations(database)).find(({ parentId }) => parentId === null);
  if (root === undefined) return;
  const serviceIds = (await listServicesAcross(database)).filter(({ slug }) => slug in courses).map(({ id }) => id);
  await inOrganisation(database, root.id, (tx) =>
    addJob(tx, loadMeasuresJob.name, { ...settings, serviceIds, transitionId: newId() }),
  );
}

async function loadCourse(
  tx: Tx,
  service: Service,
  course: Course,
  { calendar, currency }: { calendar: Calendar; currency: string },
): Promise<void> {
  const random = createRandom(course.perDay);
  const transactions: TransactionRecord[] = [];
  const opinions: Opinion[] = [];
  const charges: Omit<UnitCharge, 'serviceId'>[] = [];
  const first = addDays(calendar.today(), -days);
  for (let day = 0; day < days; day += 1) {
    const progress = day / days;
    const at = (range: readonly [number, number]): number => range[0] + (range[1] - range[0]) * progress;
    const date = addDays(first, day);
    // Fewer at weekends.
    const isWeekend = [0, 6].includes(new Date(`${date}T12:00:00Z`).getUTCDay());
    const count = Math.round(course.perDay * (isWeekend ? 0.4 : 1.2) * (0.6 + 0.8 * random.share()));
    for (let each = 0; each < count; each += 1) {
      const transactionId = `${date}-${each}`;
      const channel = channelOf(random, at(course.digital));
      const when = `${date}T${String(random.whole(8, 19)).padStart(2, '0')}:${String(random.whole(10, 59))}:00Z`;
      transactions.push({ transactionId, event: 'started', channel, at: when });
      const isDone = random.chance(channel === 'digital' ? at(course.completed) : 0.97);
      transactions.push({ transactionId, event: isDone ? 'completed' : 'failed', channel, at: when });
      if (!isDone) continue;
      if (channel === 'digital' && random.chance(0.3)) {
        const rating = ratingOf(random, at(course.satisfied));
        opinions.push({ key: transactionId, moment: 'end of form', rating, channel, at: when });
      }
      const component = { component: 'notify', key: transactionId, quantity: 1, currency, at: when, channel };
      if (channel === 'paper') charges.push({ ...component, kind: 'letter', amountMicros: 850_000 });
      else if (random.chance(0.4)) charges.push({ ...component, kind: 'text message', amountMicros: 23_300 });
    }
  }
  for (const part of inParts(transactions)) await recordTransactions(tx, service.id, part);
  for (const part of inParts(opinions)) await recordOpinions(tx, service.id, part);
  for (const part of inParts(charges)) await recordUnitCharges(tx, service.id, part);
  await loadCosts(tx, service, course, { calendar, currency });
}

async function loadCosts(
  tx: Tx,
  service: Service,
  course: Course,
  { calendar, currency }: { calendar: Calendar; currency: string },
): Promise<void> {
  const running = quarterOf(calendar.today());
  const quarters = quartersBetween(quarterOf(addDays(calendar.today(), -days)), running);
  const kinds: CostKind[] = ['staff', 'accommodation', 'systems', 'postage and printing', 'fees', 'overheads'];
  for (const [place, quarter] of quarters.entries()) {
    for (const kind of kinds) {
      const range = course.costs[kind];
      if (range === undefined || (course.lateKinds?.includes(kind) === true && place >= quarters.length - 2)) continue;
      await enterCost(tx, service.id, {
        ...daysOf(quarter),
        kind,
        channel: kind === 'postage and printing' ? 'paper' : null,
        shares: null,
        amount: Math.round(range[0] + ((range[1] - range[0]) * place) / (quarters.length - 1)),
        currency,
        quality: course.estimated === true && kind === 'overheads' ? 'estimated' : 'measured',
        evidence: `Accounts of the department for ${quarter}`,
      });
    }
  }
}

/** A move that was carried out a year ago, with what it was to save and what it has saved. */
async function loadTransition(
  database: Database,
  service: Service,
  { calendar, currency, transitionId }: { calendar: Calendar; currency: string; transitionId: string },
): Promise<void> {
  const root = (await listOrganisations(database)).find((each) => each.parentId === null);
  if (root === undefined) return;
  const running = quarterOf(calendar.today());
  const moved = addQuarters(running, -4);
  const money = (minorUnits: number) => ({ minorUnits, currency });
  await inOrganisation(database, root.id, async (tx) => {
    await recordTransition(tx, {
      transitionId,
      name: 'Rod licence ledger: moved to the forms component',
      departmentId: service.organisationId,
      serviceId: service.id,
      carriedOutOn: daysOf(moved).from,
    });
    await recordBaseline(tx, {
      transitionId,
      from: daysOf(addQuarters(moved, -4)).from,
      to: daysOf(addQuarters(moved, -1)).to,
      cost: money(5_760_000),
      transactions: 2100,
      quality: 'measured',
      evidence: 'Accounts of the department, and the contract for the rod licence ledger',
    });
    for (const [place, quarter] of quartersBetween(moved, addQuarters(running, 4)).entries()) {
      const planned = { transitionId, quarter, amount: money(420_000), evidence: 'The approved plan' };
      await recordPlannedSaving(tx, { ...planned, quality: 'estimated' });
      if (place >= 4) continue;
      const realised = [150_000, 340_000, 405_000, 430_000][place] ?? 0;
      const actual = { transitionId, quarter, quality: 'measured' } as const;
      const evidence = 'Accounts of the department: the ledger’s invoices stopped';
      await recordActualSaving(tx, { ...actual, amount: money(realised), outcome: 'realised', evidence });
      const missed = Math.max(0, 420_000 - realised);
      if (missed === 0) continue;
      const why = 'The old ledger ran beside the new form while records were moved';
      await recordActualSaving(tx, { ...actual, amount: money(missed), outcome: 'not realised', evidence: why });
    }
    const corrected = { transitionId, quarter: moved, quality: 'measured', outcome: 'realised' } as const;
    const evidence = 'A credit of the supplier, received later';
    const reason = 'The supplier’s credit for the last month came after the figure was published';
    await recordActualSaving(tx, { ...corrected, amount: money(170_000), evidence, reason });
  });
}

function channelOf(random: Random, digital: number): Channel {
  if (random.chance(digital)) return 'digital';
  return random.weigh<Channel>([
    ['assisted digital', 2],
    ['phone', 4],
    ['paper', 3],
    ['face to face', 1],
  ]);
}

function ratingOf(random: Random, satisfied: number): Rating {
  if (random.chance(satisfied)) return random.chance(0.6) ? 5 : 4;
  return random.weigh<Rating>([
    [3, 3],
    [2, 2],
    [1, 1],
  ]);
}

function inParts<T>(all: readonly T[]): T[][] {
  return Array.from({ length: Math.ceil(all.length / 1000) }, (_, part) => all.slice(part * 1000, part * 1000 + 1000));
}

function inOrganisation<T>(database: Database, organisationId: string, work: (tx: Tx) => Promise<T>): Promise<T> {
  return database.transact({ organisationId, actor: { kind: 'system', name: 'demonstration' } }, work);
}
