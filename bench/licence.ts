/**
 * The licence form of the demonstration on one Commonhold process, beside the floor of the same run: a bare Fastify that
 * answers one POST with a durable insert and one GET with a constant page. Both over the same embedded PostgreSQL with
 * fsync on, in turn, so that what else the machine does falls on both.
 *
 *   npm run bench -- licence
 */
import { fork, spawn, type ChildProcess } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { Pool } from 'undici';
import { findRunningPostgres } from '../src/platform/embedded-postgres/index.ts';
import { describeMachine, median, memoryOf } from './support/measure.ts';
import { Visitor } from './support/visitor.ts';

const rounds = 5;
const roundMilliseconds = 4000;
/** Applicants at once; each has one request in flight. */
const applicants = 16;

const year = new Date().getUTCFullYear() + 1;
const answers: readonly (readonly [string, Readonly<Record<string, string>>])[] = [
  ['kind-of-fish', { kindOfFish: 'salmon' }],
  ['length-of-licence', { lengthOfLicence: 'year' }],
  ['first-day', { firstDay__day: '1', firstDay__month: '2', firstDay__year: String(year) }],
  ['name', { fullName: 'Ida Tarn' }],
  ['date-of-birth', { dateOfBirth__day: '31', dateOfBirth__month: '3', dateOfBirth__year: '1980' }],
  ['blue-badge', { hasBadge: 'true' }],
  ['badge-number', { badgeNumber: '4KPQ7R' }],
  ['address', { address__addressLine1: '1 Weir Cottages', address__town: 'Eldmouth', address__postcode: 'SW1A 1AA' }],
  ['email-address', { email: 'ida.tarn@example.com' }],
  ['phone-number', { phone: '' }],
];
const service = '/services/fishing-licence';

const folder = await mkdtemp(join(tmpdir(), 'commonhold-bench-'));
const port = await freePort();
const program = spawn(process.execPath, [join(import.meta.dirname, '..', 'src', 'cli.ts'), 'start'], {
  env: {
    ...process.env,
    DATA_FOLDER: folder,
    PORT: String(port),
    REQUESTS_PER_MINUTE: '0',
    LOG_LEVEL: 'warn',
    DATABASE_URL: '',
    DATABASE_OWNER_URL: '',
  },
  stdio: ['ignore', 'ignore', 'inherit'],
});
let floor: ChildProcess | undefined;
try {
  const address = `http://127.0.0.1:${port}`;
  await until(async () => (await fetch(`${address}/health/ready`)).ok);
  const postgres = findRunningPostgres(folder);
  if (postgres === undefined) throw new Error('The embedded PostgreSQL is not running.');
  floor = fork(join(import.meta.dirname, 'support', 'floor-server.ts'), {
    env: { ...process.env, DATABASE_URL: postgres.databaseOwnerUrl },
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
  });
  const floorAddress = await firstLine(floor);

  const bare = new Pool(floorAddress, { connections: applicants });
  const whole = new Pool(address, { connections: applicants });
  const figures: { floor: number; steps: number; submissions: number }[] = [];
  // The first round warms both up and is not counted.
  for (let round = 0; round <= rounds; round += 1) {
    const floorSteps = await rate(async (count) => {
      const visitor = new Visitor(bare);
      await expect(visitor.post('/', answers[3]?.[1] ?? {}), 303);
      await expect(visitor.get('/'), 200);
      count();
    });
    const steps = await rate(async (count) => {
      const visitor = new Visitor(whole);
      await begin(visitor);
      await answer(visitor, count);
    });
    const submissions = await rate(async (count) => {
      const visitor = new Visitor(whole);
      await begin(visitor);
      await answer(visitor, () => {});
      const sent = await expect(visitor.post(`${service}/check-your-answers`, {}), 303);
      await expect(visitor.get(sent.location), 200);
      count();
    });
    if (round > 0) figures.push({ floor: floorSteps, steps, submissions });
    console.log(
      `${round === 0 ? 'warm-up' : `round ${round}`}: floor ${floorSteps.toFixed(0)}/s, question steps ${steps.toFixed(0)}/s (${(steps / floorSteps).toFixed(2)} of the floor), submissions ${submissions.toFixed(1)}/s`,
    );
  }
  const memory = memoryOf(program.pid ?? 0);
  console.log(`\nMachine: ${describeMachine()}`);
  console.log(`Medians of ${rounds} rounds of ${roundMilliseconds / 1000} s, ${applicants} applicants at once:`);
  console.log(
    `  floor (durable POST and constant GET)   ${median(figures.map((each) => each.floor)).toFixed(0)} steps/s`,
  );
  console.log(
    `  question step                           ${median(figures.map((each) => each.steps)).toFixed(0)} steps/s`,
  );
  console.log(
    `  question step over floor                ${median(figures.map((each) => each.steps / each.floor)).toFixed(2)}`,
  );
  console.log(
    `  whole submissions (${answers.length} questions)       ${median(figures.map((each) => each.submissions)).toFixed(1)}/s`,
  );
  console.log(
    `  resident memory of the Node process     ${memory.now.toFixed(0)} MB, at most ${memory.most.toFixed(0)} MB`,
  );
  await bare.close();
  await whole.close();
} finally {
  floor?.kill();
  program.kill('SIGTERM');
  await new Promise((resolve) => (program.exitCode === null ? program.once('exit', resolve) : resolve(undefined)));
  await rm(folder, { recursive: true, force: true });
}

async function begin(visitor: Visitor): Promise<void> {
  await expect(visitor.get(service), 200);
  const { location } = await expect(visitor.post(`${service}/start`, {}), 303);
  await expect(visitor.get(location), 200);
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

/** How many a second were counted while so many applicants did `work` over and over. */
async function rate(work: (count: () => void) => Promise<void>): Promise<number> {
  const begun = performance.now();
  let counted = 0;
  const count = (): void => {
    if (performance.now() - begun < roundMilliseconds) counted += 1;
  };
  await Promise.all(
    Array.from({ length: applicants }, async () => {
      while (performance.now() - begun < roundMilliseconds) await work(count);
    }),
  );
  return counted / (roundMilliseconds / 1000);
}

async function until(condition: () => Promise<boolean>): Promise<void> {
  for (let waited = 0; waited < 60_000; waited += 100) {
    if (await condition().catch(() => false)) return;
    await pause(100);
  }
  throw new Error('The program was not ready within a minute.');
}

function firstLine(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    child.stdout?.once('data', (data: Buffer) => resolve(data.toString().trim()));
    child.once('exit', () => reject(new Error('The floor ended before it began.')));
  });
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const bound = server.address();
      server.close(() =>
        typeof bound === 'object' && bound !== null ? resolve(bound.port) : reject(new Error('no port')),
      );
    });
  });
}
