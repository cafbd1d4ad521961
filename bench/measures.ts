/**
 * Measures: transactions recorded into one service, beside the floor of the same run (a bare insert of the same row into a
 * table with the same key); counting a million generated transactions, or as many as are wanted; and the dashboard's queries
 * on what comes of it. Each writer waits until its transaction is kept for good before it brings the next.
 *
 *   BENCH_MILLIONS=10 npm run bench -- measures
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import {
  countServiceDays,
  countTransactions,
  createRecorder,
  findOwnPopulation,
  publishServiceFigures,
  readFigures,
  recordTransaction,
  recordTransactions,
} from '#measures';
import { createCalendar, migrateDatabase, newId, openDatabase, type Scope } from '#platform';
import { startEmbeddedPostgres } from '../src/platform/embedded-postgres/index.ts';
import { partFolders } from '../src/parts.ts';
import { describeMachine, median } from './support/measure.ts';

const rounds = 5;
const roundMilliseconds = 3000;
const writers = 16;
const millions = Number(process.env['BENCH_MILLIONS'] ?? '1');
const months = 24;

const folder = await mkdtemp(join(tmpdir(), 'commonhold-bench-'));
const postgres = await startEmbeddedPostgres({ folder, say: () => {}, temporary: false });
const database = openDatabase({ url: postgres.databaseUrl, connections: writers + 2, onIdleError: () => {} });
const owner = new pg.Client({ connectionString: postgres.databaseOwnerUrl });
try {
  await migrateDatabase(postgres.databaseOwnerUrl, partFolders);
  await owner.connect();
  await owner.query(`create table public.floor (organisation_id uuid, service_id uuid, transaction_id text collate "C", event text,
    channel text, at timestamptz, primary key (organisation_id, service_id, transaction_id, event))`);
  await owner.query('grant insert on public.floor to commonhold_application');
  const organisationId = newId();
  await owner.query(
    "insert into organisations.organisations (organisation_id, slug, name, kind) values ($1, 'bench', 'Bench', 'government')",
    [organisationId],
  );
  const scope: Scope = { organisationId, actor: { kind: 'system', name: 'bench' } };

  console.log(describeMachine());
  const serviceId = newId();
  const recorder = createRecorder(database);
  const [floors, recorded, alone]: [number[], number[], number[]] = [[], [], []];
  for (let round = 0; round < rounds; round += 1) {
    floors.push(
      await rate(() =>
        database.pool.query({
          name: 'floor',
          text: "insert into public.floor values ($1, $2, $3, 'completed', 'digital', now())",
          values: [organisationId, serviceId, newId()],
        }),
      ),
    );
    recorded.push(
      await rate(() =>
        recorder.record(scope, serviceId, [{ transactionId: newId(), event: 'completed', channel: 'digital' }]),
      ),
    );
    alone.push(
      await rate(() =>
        database.transact(scope, (tx) =>
          recordTransaction(tx, { serviceId, transactionId: newId(), event: 'completed', channel: 'digital' }),
        ),
      ),
    );
  }
  const batch = await rate(() =>
    database.transact(scope, (tx) =>
      recordTransactions(
        tx,
        serviceId,
        Array.from({ length: 100 }, () => ({ transactionId: newId(), event: 'completed', channel: 'digital' })),
      ),
    ),
  );
  console.log(`floor, a bare insert:            ${Math.round(median(floors))} a second`);
  const over = (rates: readonly number[]): string =>
    median(rates.map((each, round) => each / (floors[round] ?? each))).toFixed(2);
  console.log(`recorded one by one, as by API:  ${Math.round(median(recorded))} a second`);
  console.log(`over floor:                      ${over(recorded)}`);
  console.log(`each in a transaction of its own: ${Math.round(median(alone))} a second`);
  console.log(`over floor:                      ${over(alone)}`);
  console.log(`recorded in batches of 100:      ${Math.round(batch * 100)} a second`);

  const big = newId();
  await owner.query(
    `insert into organisations.services (organisation_id, id, slug, name, summary, phase, audience, contact, retention_days)
     values ($1, $2, 'bench', 'Bench', 'Bench', 'live', 'public', 'x', 30)`,
    [organisationId, big],
  );
  for (let month = 0; month < months; month += 1) {
    const perMonth = Math.round((millions * 1_000_000) / months / 1.85);
    await owner.query(
      `insert into measures.transactions (organisation_id, service_id, transaction_id, event, channel, at)
       select $1, $2, $3 || '-' || n, e.event, (array['digital', 'digital', 'digital', 'assisted digital', 'phone', 'paper', 'face to face'])[1 + n % 7],
              timestamptz '2024-01-01' + $4 * interval '30 days' + (n % 2592000) * interval '1 second' + (case e.event when 'started' then interval '0' else (n % 10) * interval '1 day' end)
         from generate_series(1, $5::int) n cross join (values ('started'), ('completed')) e(event)
        where e.event = 'started' or n % 20 < 17`,
      [organisationId, big, `m${month}`, month, perMonth],
    );
  }
  await owner.query('vacuum analyze measures.transactions');
  await owner.query(
    `insert into measures.stale_hours select organisation_id, gen_random_uuid(), service_id, 'transactions', date_trunc('hour', at)
       from measures.transactions where service_id = $1 group by organisation_id, service_id, date_trunc('hour', at)`,
    [big],
  );
  const { rows } = await owner.query<{ count: string }>(
    'select count(*) from measures.transactions where service_id = $1',
    [big],
  );
  const calendar = createCalendar('Europe/London', () => new Date('2026-01-15T12:00:00Z'));
  const counting = performance.now();
  await countServiceDays(database, calendar, { organisationId, serviceId: big });
  console.log(`counting ${rows[0]?.count} records:    ${((performance.now() - counting) / 1000).toFixed(1)} s`);
  const publishing = performance.now();
  await publishServiceFigures(database, { calendar, currency: 'GBP' }, { organisationId, serviceId: big });
  console.log(`publishing its figures:          ${Math.round(performance.now() - publishing)} ms`);

  const period = { serviceId: big, from: '2025-10-01', to: '2025-12-31' };
  await time('the days of a quarter', () => database.transact(scope, (tx) => countTransactions(tx, calendar, period)));
  await time('all of government', async () => readFigures(database, await findOwnPopulation(database)));
} finally {
  await owner.end().catch(() => {});
  await database.close();
  await postgres.stop();
  await rm(folder, { recursive: true, force: true });
}

/** How often something is done in a second, with so many at once. */
async function rate(act: () => Promise<unknown>): Promise<number> {
  const begins = performance.now();
  let done = 0;
  await Promise.all(
    Array.from({ length: writers }, async () => {
      while (performance.now() - begins < roundMilliseconds) {
        await act();
        done += 1;
      }
    }),
  );
  return (done * 1000) / (performance.now() - begins);
}

async function time(what: string, ask: () => Promise<unknown>): Promise<void> {
  const times: number[] = [];
  for (let round = 0; round < 20; round += 1) {
    const begins = performance.now();
    await ask();
    times.push(performance.now() - begins);
  }
  console.log(`${what}:`.padEnd(33) + `${median(times).toFixed(1)} ms`);
}
