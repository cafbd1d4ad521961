/**
 * The licence form of the demonstration on one Commonhold process, beside the floor of the same run: a bare Fastify that
 * answers one POST with a durable insert and one GET with a constant page. Both over the same embedded PostgreSQL with
 * fsync on, in turn, so that what else the machine does falls on both.
 *
 *   npm run bench -- licence
 */
import { fork, type ChildProcess } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findRunningPostgres } from '../src/platform/embedded-postgres/index.ts';
import { describeMachine, median, memoryOf, processorTimeOf } from './support/measure.ts';
import { firstLine, startProgram, stopProgram } from './support/program.ts';
import { Lines, Visitor } from './support/visitor.ts';

const rounds = 5;
const roundMilliseconds = 4000;
/** Applicants at once; each has one request in flight. */
const applicants = 16;

const year = new Date().getUTCFullYear() + 1;
const answers: readonly (readonly [string, Readonly<Record<string, string>>])[] = [
  ['kind-of-fish', { kindOfFish: 'salmon' }],
  ['length-of-licence', { lengthOfLicence: 'year' }],
  ['first-day', { 'firstDay-day': '1', 'firstDay-month': '2', 'firstDay-year': String(year) }],
  ['name', { fullName: 'Ida Tarn' }],
  ['date-of-birth', { 'dateOfBirth-day': '31', 'dateOfBirth-month': '3', 'dateOfBirth-year': '1980' }],
  ['blue-badge', { hasBadge: 'true' }],
  ['badge-number', { badgeNumber: '4KPQ7R' }],
  [
    'address',
    { 'address-addressLine1': '1 Weir Cottages', 'address-town': 'Eldmouth', 'address-postcode': 'SW1A 1AA' },
  ],
  ['email-address', { email: 'ida.tarn@example.com' }],
  ['phone-number', { phone: '' }],
];
const service = '/services/fishing-licence';

const folder = await mkdtemp(join(tmpdir(), 'commonhold-bench-'));
const running = await startProgram(folder);
const { process: program, address } = running;
let floor: ChildProcess | undefined;
try {
  const postgres = findRunningPostgres(folder);
  if (postgres === undefined) throw new Error('The embedded PostgreSQL is not running.');
  floor = fork(join(import.meta.dirname, 'support', 'floor-server.ts'), {
    env: { ...process.env, DATABASE_URL: postgres.databaseOwnerUrl },
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
  });
  const floorAddress = await firstLine(floor);

  const bare = new Lines(floorAddress, applicants);
  const whole = new Lines(address, applicants);
  const figures: Record<'floor' | 'steps' | 'submissions', Rate>[] = [];
  // The first round warms both up and is not counted.
  for (let round = 0; round <= rounds; round += 1) {
    const bareVisitor = new Visitor(bare);
    const floorSteps = await rate(floor.pid, async (count) => {
      await expect(bareVisitor.post('/', answers[3]?.[1] ?? {}), 303);
      await expect(bareVisitor.get('/'), 200);
      count();
    });
    // Applications are begun before the time runs, so that only question steps are counted.
    const begun: Visitor[] = [];
    await Promise.all(
      Array.from({ length: applicants }, async () => {
        while (begun.length < 600) begun.push(await begin(new Visitor(whole)));
      }),
    );
    const steps = await rate(program.pid, async (count) => {
      await answer(begun.pop() ?? (await begin(new Visitor(whole))), count);
    });
    const submissions = await rate(program.pid, async (count) => {
      const visitor = await begin(new Visitor(whole));
      await answer(visitor, () => {});
      const sent = await expect(visitor.post(`${service}/check-your-answers`, {}), 303);
      await expect(visitor.get(sent.location), 200);
      count();
    });
    if (round > 0) figures.push({ floor: floorSteps, steps, submissions });
    const share = steps.perSecond / floorSteps.perSecond;
    console.log(
      `${round === 0 ? 'warm-up' : `round ${round}`}: floor ${floorSteps.perSecond.toFixed(0)}/s, question steps ${steps.perSecond.toFixed(0)}/s (${share.toFixed(2)} of the floor), submissions ${submissions.perSecond.toFixed(1)}/s`,
    );
  }
  const memory = memoryOf(program.pid ?? 0);
  const line = (what: string, figure: string): void => console.log(`  ${what.padEnd(50)}${figure}`);
  const middle = (of: (round: (typeof figures)[number]) => number): number => median(figures.map(of));
  console.log(`\nMachine: ${describeMachine()}`);
  console.log(`Medians of ${rounds} rounds of ${roundMilliseconds / 1000} s, ${applicants} applicants at once:`);
  line('floor: durable POST and constant GET', `${middle((each) => each.floor.perSecond).toFixed(0)} steps/s`);
  line('question step', `${middle((each) => each.steps.perSecond).toFixed(0)} steps/s`);
  line('question step over floor', middle((each) => each.steps.perSecond / each.floor.perSecond).toFixed(2));
  line('processor time of a floor step', `${middle((each) => each.floor.processorMicroseconds).toFixed(0)} µs`);
  line('processor time of a question step', `${middle((each) => each.steps.processorMicroseconds).toFixed(0)} µs`);
  line(
    `whole submissions (${answers.length} questions)`,
    `${middle((each) => each.submissions.perSecond).toFixed(1)}/s`,
  );
  line('resident memory of the Node process', `${memory.now.toFixed(0)} MB, at most ${memory.most.toFixed(0)} MB`);
  bare.close();
  whole.close();
} finally {
  floor?.kill();
  await stopProgram(running);
  await rm(folder, { recursive: true, force: true });
}

async function begin(visitor: Visitor): Promise<Visitor> {
  await expect(visitor.get(service), 200);
  const { location } = await expect(visitor.post(`${service}/start`, {}), 303);
  await expect(visitor.get(location), 200);
  return visitor;
}

/** Answers every question; a step is one POST with its redirect and the page that follows. */
async function answer(visitor: Visitor, count: () => void): Promise<void> {
  for (const [page, fields] of answers) {
    const { location } = await expect(visitor.post(`${service}/apply/${page}`, fields), 303);
    await expect(visitor.get(location), 200);
    count();
  }
}

async function expect(sending: Promise<{ status: number; body: string; location: string }>, status: number) {
  const answered = await sending;
  if (answered.status !== status)
    throw new Error(`Expected ${status}, got ${answered.status}: ${answered.body.slice(0, 2000)}`);
  return answered;
}

/** How much was done, and what it cost the server's own process. */
interface Rate {
  readonly perSecond: number;
  /** Processor time of the server for one, whatever else the machine was doing. */
  readonly processorMicroseconds: number;
}

/** Lets so many applicants do `work` over and over, and counts. */
async function rate(processId: number | undefined, work: (count: () => void) => Promise<void>): Promise<Rate> {
  if (processId === undefined) throw new Error('The server is not running.');
  const begun = performance.now();
  const used = processorTimeOf(processId);
  let counted = 0;
  let late = 0;
  const count = (): void => {
    if (performance.now() - begun < roundMilliseconds) counted += 1;
    else late += 1;
  };
  await Promise.all(
    Array.from({ length: applicants }, async () => {
      while (performance.now() - begun < roundMilliseconds) await work(count);
    }),
  );
  return {
    perSecond: counted / (roundMilliseconds / 1000),
    processorMicroseconds: (processorTimeOf(processId) - used) / (counted + late),
  };
}
