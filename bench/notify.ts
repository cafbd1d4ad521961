/**
 * Notify on one web and one jobs process over an embedded PostgreSQL with fsync on, beside the floors of the same run: a
 * bare Fastify that keeps each request as one durable row, and a bare loop of pooled nodemailer into the same mail server.
 *
 *   npm run bench -- notify
 *   BENCH_BULK=100000 npm run bench -- notify
 */
import { createHmac } from 'node:crypto';
import { fork, spawn, type ChildProcess } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { createTransport } from 'nodemailer';
import pg from 'pg';
import { Pool } from 'undici';
import { changeSendingSettings, createTemplate } from '#notify';
import { createApiKey, createOrganisation, createService, newOrganisationId } from '#organisations';
import { readSettings } from '#platform';
import { joinParts, migrate } from '../src/main.ts';
import { startEmbeddedPostgres } from '../src/platform/embedded-postgres/index.ts';
import { describeMachine, median, memoryOf, processorTimeOf } from './support/measure.ts';

const quick = process.env['BENCH_QUICK'] === '1';
const rounds = quick ? 2 : 5;
const roundMilliseconds = 2000;
/** Requests in flight at once. */
const together = 32;
const services = 10;
/** The peak that GOV.UK Notify promises, in requests a second. */
const sustained = 360;
const sustainedSeconds = quick ? 10 : 30;
const bulkRows = Number(process.env['BENCH_BULK'] ?? (quick ? '2000' : '20000'));

const tokens = new Map<string, { token: string; second: number }>();
const folder = await mkdtemp(join(tmpdir(), 'commonhold-bench-'));
const postgres = await startEmbeddedPostgres({ folder, say: () => {} });
const children: ChildProcess[] = [];
const line = (what: string, figure: string): void => console.log(`  ${what.padEnd(62)}${figure}`);
try {
  const sink = await forkPart('mail-sink.ts');
  const floor = await forkPart('floor-server.ts', { DATABASE_URL: postgres.databaseOwnerUrl });
  const port = await freePort();
  const env = {
    DATABASE_URL: postgres.databaseUrl,
    DATABASE_OWNER_URL: postgres.databaseOwnerUrl,
    ENCRYPTION_KEYS: Buffer.alloc(32, 7).toString('base64'),
    SMTP_URL: sink.line,
    EMAIL_FROM: 'Notify <no-reply@notify.example>',
    REQUESTS_PER_MINUTE: '0',
    LOG_LEVEL: 'warn',
    PORT: String(port),
  };
  const settings = readSettings(env);
  await migrate(settings);
  const senders = await makeServices(settings);
  const web = start('web', env);
  const address = `http://127.0.0.1:${port}`;
  await until(async () => (await fetch(`${address}/health/ready`)).ok, 60);
  const owner = new pg.Pool({ connectionString: postgres.databaseOwnerUrl, max: 1 });
  const count = async (where: string): Promise<number> =>
    (await owner.query<{ n: number }>(`select count(*)::int as n from notify.messages where ${where}`)).rows[0]?.n ?? 0;

  console.log(`\nMachine: ${describeMachine()}`);
  console.log(`\nAcceptance, ${together} requests in flight, no jobs process:`);
  const bare = new Pool(floor.line, { connections: together });
  const whole = new Pool(address, { connections: together });
  const accepted: { floor: number; ours: number; floorMicroseconds: number; ourMicroseconds: number }[] = [];
  for (let round = 0; round <= rounds; round += 1) {
    const floorRate = await rate(floor.child.pid, () => post(bare, '/', 303, {}, senders[0]));
    let next = 0;
    const ours = await rate(web.pid, () => {
      next += 1;
      return post(whole, '/notify/v2/notifications/email', 201, {}, senders[next % services]);
    });
    if (round === 0) continue;
    accepted.push({
      floor: floorRate.perSecond,
      ours: ours.perSecond,
      floorMicroseconds: floorRate.microseconds,
      ourMicroseconds: ours.microseconds,
    });
    console.log(
      `  round ${round}: floor ${floorRate.perSecond.toFixed(0)}/s, accepted ${ours.perSecond.toFixed(0)}/s (${(ours.perSecond / floorRate.perSecond).toFixed(2)} of the floor)`,
    );
  }
  line('floor: a durable insert through Fastify', `${median(accepted.map((each) => each.floor)).toFixed(0)}/s`);
  line('accepted e-mails', `${median(accepted.map((each) => each.ours)).toFixed(0)}/s`);
  line('acceptance over floor', median(accepted.map((each) => each.ours / each.floor)).toFixed(2));
  line(
    'processor time of one: floor, ours (web process alone)',
    `${median(accepted.map((each) => each.floorMicroseconds)).toFixed(0)} µs, ${median(accepted.map((each) => each.ourMicroseconds)).toFixed(0)} µs`,
  );

  console.log('\nHanding over, one jobs process, the backlog of the acceptance above:');
  const mailFloor = await mailRate(sink.line);
  const backlog = await count(`status = 'created'`);
  const jobs = start('jobs', env);
  const begun = performance.now();
  const reached = async (wanted: number): Promise<boolean> => (await takenBy(sink.child)) - mailFloor.sent >= wanted;
  const wanted = Math.min(backlog, quick ? 1000 : 5000);
  await until(() => reached(wanted), 600);
  const seconds = (performance.now() - begun) / 1000;
  line('floor: pooled nodemailer into the same mail server', `${mailFloor.perSecond.toFixed(0)}/s`);
  line(`handed over (${wanted}, the start of the process counted)`, `${(wanted / seconds).toFixed(0)}/s`);
  line('handed over over floor', (wanted / seconds / mailFloor.perSecond).toFixed(2));
  await until(async () => (await count('handed_over_at is null')) === 0, 900);

  console.log(`\n${sustained} a second from ${services} services, for ${sustainedSeconds} s:`);
  const from = new Date();
  const failures = await sendSteadily(whole, senders);
  await until(async () => (await count('handed_over_at is null')) === 0, 300);
  const { rows: delays } = await owner.query<{ n: number; p50: number; p95: number; p99: number; within: number }>(
    `select count(*)::int as n,
            percentile_cont(0.5) within group (order by extract(epoch from handed_over_at - created_at))::float8 as p50,
            percentile_cont(0.95) within group (order by extract(epoch from handed_over_at - created_at))::float8 as p95,
            percentile_cont(0.99) within group (order by extract(epoch from handed_over_at - created_at))::float8 as p99,
            avg((handed_over_at - created_at < interval '10 s')::int)::float8 as within
       from notify.messages where created_at >= $1`,
    [from],
  );
  const delay = delays[0];
  if (delay === undefined) throw new Error('Nothing was handed over.');
  line('accepted, refused', `${delay.n}, ${failures}`);
  line(
    'acceptance to hand-over: median, 95th and 99th percentile',
    `${delay.p50.toFixed(2)} s, ${delay.p95.toFixed(2)} s, ${delay.p99.toFixed(2)} s`,
  );
  line('handed over within 10 s', `${(delay.within * 100).toFixed(2)}%`);

  console.log(`\n${bulkRows.toLocaleString('en-GB')} e-mails in one call:`);
  const sender = senders[0];
  if (sender === undefined) throw new Error('There is no service.');
  const before = { web: memoryOf(web.pid ?? 0).now, jobs: memoryOf(jobs.pid ?? 0).now };
  const bulkBegun = performance.now();
  const answer = await whole.request({
    method: 'POST',
    path: `/notify/v2/bulk?template_id=${sender.template}`,
    headers: { authorization: tokenOf(sender), 'content-type': 'text/csv' },
    body: csv(bulkRows),
    headersTimeout: 0,
    bodyTimeout: 0,
  });
  const text = await answer.body.text();
  if (answer.statusCode !== 201) throw new Error(`The batch was refused: ${text}`);
  const { id } = JSON.parse(text);
  const received = (performance.now() - bulkBegun) / 1000;
  const isDone = async (): Promise<boolean> =>
    (await count(`batch_id = '${id}' and handed_over_at is not null`)) >= bulkRows;
  await until(isDone, 3600, 1000);
  line('received and checked', `${received.toFixed(1)} s`);
  const took = (performance.now() - bulkBegun) / 1000;
  line('until the last was handed over', `${took.toFixed(0)} s`);
  if (bulkRows < 100_000) line('at this rate 100,000 take', `${((took / bulkRows) * 100_000).toFixed(0)} s`);
  const after = { web: memoryOf(web.pid ?? 0), jobs: memoryOf(jobs.pid ?? 0) };
  line(
    'memory of the web process: before, after, at most',
    `${before.web.toFixed(0)}, ${after.web.now.toFixed(0)}, ${after.web.most.toFixed(0)} MB`,
  );
  line(
    'memory of the jobs process: before, after, at most',
    `${before.jobs.toFixed(0)}, ${after.jobs.now.toFixed(0)}, ${after.jobs.most.toFixed(0)} MB`,
  );
  await owner.end();
  await bare.close();
  await whole.close();
} finally {
  for (const child of children.toReversed()) await stop(child);
  await postgres.stop();
  await rm(folder, { recursive: true, force: true });
}

interface Sender {
  readonly serviceId: string;
  readonly secret: string;
  readonly template: string;
}

/** Ten services of one department, with limits that do not stand in the way of the measurement. */
async function makeServices(settings: ReturnType<typeof readSettings>): Promise<Sender[]> {
  const { database, keyring } = await joinParts(settings, settings.databaseUrl ?? '');
  const organisationId = newOrganisationId();
  const made = await database.transact({ organisationId, actor: { kind: 'system', name: 'bench' } }, async (tx) => {
    await createOrganisation(tx, { parentId: null, slug: 'bench', name: 'Bench', kind: 'government' });
    const senders: Sender[] = [];
    for (let index = 0; index < services; index += 1) {
      const serviceId = await createService(tx, {
        slug: `bench-${index}`,
        name: `Bench ${index}`,
        summary: 'Bench.',
        phase: 'live',
        audience: 'public',
        opensOn: null,
        closesOn: null,
        contact: 'bench@notify.example',
        retentionDays: 30,
      });
      const most = 100_000_000;
      await changeSendingSettings(tx, serviceId, {
        requestsPerMinute: most,
        perDay: { email: most, sms: most, letter: most },
      });
      const { id: template } = await createTemplate(tx, {
        serviceId,
        name: 'Licence renewed',
        subject: 'Your licence ((reference))',
        body: 'Dear ((name))\n\n# Your licence was renewed\n\nIt is good until ((day)). Keep this email.\n\n* Carry it with you\n* Show it when you are asked',
      });
      const key = await createApiKey(tx, keyring, { serviceId, name: 'bench', kind: 'live', createdBy: 'bench' });
      senders.push({ serviceId, secret: key.slice(-36), template });
    }
    return senders;
  });
  await database.close();
  return made;
}

/** A token of a service: one for each second, as a client that reuses them would. */
function tokenOf({ serviceId, secret }: Sender): string {
  const second = Math.floor(Date.now() / 1000);
  const kept = tokens.get(serviceId);
  if (kept?.second === second) return kept.token;
  const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const signed = `${encode({ alg: 'HS256', typ: 'JWT' })}.${encode({ iss: serviceId, iat: second })}`;
  const token = `Bearer ${signed}.${createHmac('sha256', secret).update(signed).digest('base64url')}`;
  tokens.set(serviceId, { token, second });
  return token;
}

async function post(
  pool: Pool,
  path: string,
  status: number,
  headers: Record<string, string>,
  sender: Sender | undefined,
): Promise<void> {
  if (sender === undefined) throw new Error('There is no service.');
  const response = await pool.request({
    method: 'POST',
    path,
    headers: { ...headers, authorization: tokenOf(sender), 'content-type': 'application/json' },
    body: JSON.stringify({
      email_address: 'ada.price@citizens.example',
      template_id: sender.template,
      personalisation: { name: 'Ada Price', reference: '4KPQ7R2M', day: '31 March 2027' },
      reference: '4KPQ7R2M',
    }),
  });
  const text = await response.body.text();
  if (response.statusCode !== status)
    throw new Error(`Expected ${status}, got ${response.statusCode}: ${text.slice(0, 500)}`);
}

/** Does `work` over and over, so many at once, and counts. */
async function rate(
  processId: number | undefined,
  work: () => Promise<void>,
): Promise<{ perSecond: number; microseconds: number }> {
  if (processId === undefined) throw new Error('The server is not running.');
  const begun = performance.now();
  const used = processorTimeOf(processId);
  let counted = 0;
  await Promise.all(
    Array.from({ length: together }, async () => {
      while (performance.now() - begun < roundMilliseconds) {
        await work();
        counted += 1;
      }
    }),
  );
  const seconds = (performance.now() - begun) / 1000;
  return { perSecond: counted / seconds, microseconds: (processorTimeOf(processId) - used) / counted };
}

/** What nodemailer alone hands to the mail server, over as many connections as the jobs process has. */
async function mailRate(url: string): Promise<{ perSecond: number; sent: number }> {
  const connections = 4;
  const transport = createTransport({ url, pool: true, maxConnections: connections, maxMessages: Infinity });
  const begun = performance.now();
  let sent = 0;
  await Promise.all(
    Array.from({ length: connections * 2 }, async () => {
      while (performance.now() - begun < roundMilliseconds) {
        await transport.sendMail({
          from: 'no-reply@notify.example',
          to: 'ada.price@citizens.example',
          subject: 'Your licence 4KPQ7R2M',
          text: 'Dear Ada Price\n\nYour licence was renewed.',
          html: '<p>Dear Ada Price</p><h2>Your licence was renewed</h2>',
        });
        sent += 1;
      }
    }),
  );
  const perSecond = sent / ((performance.now() - begun) / 1000);
  transport.close();
  return { perSecond, sent };
}

/** Sends at a steady rate whether or not answers come. @returns how many were not accepted. */
async function sendSteadily(pool: Pool, senders: readonly Sender[]): Promise<number> {
  const begun = performance.now();
  const inFlight = new Set<Promise<void>>();
  let sent = 0;
  let failed = 0;
  while (sent < sustained * sustainedSeconds) {
    const due = Math.min(sustained * sustainedSeconds, Math.floor(((performance.now() - begun) / 1000) * sustained));
    while (sent < due) {
      sent += 1;
      const request = post(pool, '/notify/v2/notifications/email', 201, {}, senders[sent % services])
        .catch((error: unknown) => {
          if (failed === 0) console.log(`  ${String(error)}`);
          failed += 1;
        })
        .finally(() => inFlight.delete(request));
      inFlight.add(request);
    }
    await pause(5);
  }
  await Promise.all(inFlight);
  return failed;
}

function csv(rows: number): string {
  const lines = Array.from(
    { length: rows },
    (_, index) => `person.${index}@citizens.example,Person ${index},4KPQ7R2M,31 March 2027`,
  );
  return `email address,name,reference,day\n${lines.join('\n')}\n`;
}

function start(part: 'web' | 'jobs', env: Readonly<Record<string, string>>): ChildProcess {
  const child = spawn(join(import.meta.dirname, '..', 'bin', 'commonhold'), [part], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  children.push(child);
  return child;
}

async function forkPart(
  file: string,
  env: Readonly<Record<string, string>> = {},
): Promise<{ child: ChildProcess; line: string }> {
  const child = fork(join(import.meta.dirname, 'support', file), {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
  });
  children.push(child);
  const first = await new Promise<string>((resolve, reject) => {
    child.stdout?.once('data', (data: Buffer) => resolve(data.toString().trim()));
    child.once('exit', () => reject(new Error(`${file} ended before it began.`)));
  });
  return { child, line: first };
}

function takenBy(sink: ChildProcess): Promise<number> {
  return new Promise((resolve) => {
    sink.once('message', (taken) => resolve(Number(taken)));
    sink.send('how many');
  });
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  await Promise.race([ended, pause(20_000)]);
  child.kill('SIGKILL');
}

async function until(condition: () => Promise<boolean>, seconds: number, every = 200): Promise<void> {
  const end = performance.now() + seconds * 1000;
  while (performance.now() < end) {
    if (await condition().catch(() => false)) return;
    await pause(every);
  }
  throw new Error(`It did not come about within ${seconds} seconds.`);
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
