import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { createTestDatabase } from '../../testing/database.ts';
import { asOwner } from '../../testing/server.ts';
import type { Scope } from './database.ts';
import { deliverEvents, publishEvent, type Event } from './events.ts';
import { newId } from './ids.ts';
import { addJob, addJobs, listTroubledJobs, replayJob, startJobs, type Job } from './jobs.ts';
import { createLog } from './log.ts';

const { database, url, ownerUrl } = await createTestDatabase();
const scope: Scope = { organisationId: newId(), actor: { kind: 'system', name: 'test' } };
const log = createLog('silent');

async function until(condition: () => boolean | Promise<boolean>, what: string): Promise<void> {
  const end = Date.now() + 15_000;
  while (!(await condition())) {
    if (Date.now() > end) throw new Error(`It did not come to pass within 15 seconds: ${what}`);
    await pause(20);
  }
}

const run = (jobs: readonly Job[]) => startJobs({ database, databaseUrl: url, jobs, concurrency: 2, log });

test('a job is done if and only if the transaction that queued it commits', async () => {
  const done: unknown[] = [];
  const jobs = await run([
    { name: 'test.note', run: async (payload, context) => void done.push([payload['n'], context.organisationId]) },
  ]);
  try {
    await assert.rejects(
      database.transact(scope, async (tx) => {
        await addJob(tx, 'test.note', { n: 1 });
        throw new Error('rolled back');
      }),
    );
    await database.transact(scope, (tx) => addJob(tx, 'test.note', { n: 2 }));
    await until(() => done.length > 0, 'the job runs');
    await pause(100);
    assert.deepEqual(done, [[2, scope.organisationId]]);
  } finally {
    await jobs.stop();
  }
});

test('many jobs are queued at once, and what comes by the thousand waits for what comes alone', async () => {
  const done: unknown[] = [];
  const later = new Date(Date.now() + 3_600_000).toISOString();
  await database.transact(scope, async (tx) => {
    await addJobs(tx, 'test.many', [{ n: 1 }, { n: 2 }, { n: 3 }], { priority: 10, runAt: [null, later, null] });
    await addJob(tx, 'test.many', { n: 4 });
  });
  const jobs = await startJobs({
    database,
    databaseUrl: url,
    jobs: [
      { name: 'test.many', run: async (payload, context) => void done.push([payload['n'], context.organisationId]) },
    ],
    concurrency: 1,
    log,
  });
  try {
    await until(() => done.length === 3, 'three of the four jobs run');
    assert.deepEqual(done, [
      [4, scope.organisationId],
      [1, scope.organisationId],
      [3, scope.organisationId],
    ]);
  } finally {
    await jobs.stop();
  }
});

test('a job that fails for good is kept and shown, and can be tried again', async () => {
  let works = false;
  let ran = 0;
  const jobs = await run([
    {
      name: 'test.fails',
      run: () => {
        ran += 1;
        return works ? Promise.resolve() : Promise.reject(new Error('the other side is down'));
      },
    },
  ]);
  try {
    await database.transact(scope, (tx) => addJob(tx, 'test.fails', {}, { mostAttempts: 1 }));
    await until(async () => (await listTroubledJobs(database.pool)).length === 1, 'it is shown');
    const [job] = await listTroubledJobs(database.pool);
    assert.equal(job?.failedForGood, true);
    assert.equal(job.organisationId, scope.organisationId);
    works = true;
    assert.equal(await replayJob(database.pool, job.id), true);
    await until(() => ran === 2, 'it is tried again');
    await until(async () => (await listTroubledJobs(database.pool)).length === 0, 'it is gone');
    assert.equal(await replayJob(database.pool, job.id), false);
  } finally {
    await jobs.stop();
  }
});

test('a job with a schedule is known to the queue, in which every process schedules it once', async () => {
  const scheduled: Job = { name: 'test.nightly-round', schedule: '37 3 * * *', run: () => Promise.resolve() };
  const jobs = await run([scheduled]);
  try {
    const known = async (): Promise<unknown[]> =>
      (await database.pool.query('select identifier from graphile_worker._private_known_crontabs')).rows;
    await until(async () => (await known()).length > 0, 'the queue knows it');
    assert.deepEqual(await known(), [{ identifier: 'test.nightly-round' }]);
  } finally {
    await jobs.stop();
  }
  await assert.rejects(run([{ ...scheduled, schedule: 'every night' }]), /every night/);
});

test('a running job finishes before the queue stops', async () => {
  let finished = false;
  let begun = false;
  const jobs = await run([
    {
      name: 'test.slow',
      run: async () => {
        begun = true;
        await pause(300);
        finished = true;
      },
    },
  ]);
  await database.transact(scope, (tx) => addJob(tx, 'test.slow', {}));
  await until(() => begun, 'it begins');
  await jobs.stop();
  assert.ok(finished);
});

test('a job of a process that is gone is taken over within seconds', async () => {
  // What kill -9 leaves: a job that is locked by a pool of workers whose connection is gone.
  const { default: pg } = await import('pg');
  const owner = new pg.Client({ connectionString: ownerUrl });
  await owner.connect();
  await database.transact(scope, (tx) => addJob(tx, 'test.orphan', {}));
  await owner.query(
    "update graphile_worker._private_jobs set locked_by = 'pool-gone', locked_at = now() - interval '6 seconds', attempts = 1",
  );
  let ran = false;
  const jobs = await run([
    {
      name: 'test.orphan',
      run: () => {
        ran = true;
        return Promise.resolve();
      },
    },
  ]);
  try {
    await until(() => ran, 'it is taken over');
  } finally {
    await jobs.stop();
    await owner.end();
  }
});

test('a job of a process that lives is left alone, however long it takes', async () => {
  let runs = 0;
  const slow: Job = {
    name: 'test.long',
    run: async () => {
      runs += 1;
      await pause(4_000);
    },
  };
  const first = await run([slow]);
  await database.transact(scope, (tx) => addJob(tx, 'test.long', {}));
  await until(() => runs === 1, 'it begins');
  const { default: pg } = await import('pg');
  const owner = new pg.Client({ connectionString: ownerUrl });
  await owner.connect();
  await owner.query(
    "update graphile_worker._private_jobs set locked_at = now() - interval '1 minute' where locked_by is not null",
  );
  await owner.end();
  const second = await run([slow]);
  await pause(3_500);
  assert.equal(runs, 1);
  await Promise.all([first.stop(), second.stop()]);
});

test('the queue outlives a database that goes away, and does again what it could not write down', async () => {
  let runs = 0;
  const { promise: end, resolve: allowEnd } = Promise.withResolvers<void>();
  const jobs = await run([
    {
      name: 'test.cut-off',
      run: () => {
        runs += 1;
        return end;
      },
    },
  ]);
  const name = new URL(ownerUrl).pathname.slice(1);
  const server = new URL(ownerUrl);
  server.pathname = '/postgres';
  try {
    await database.transact(scope, (tx) => addJob(tx, 'test.cut-off', {}));
    await until(() => runs === 1, 'it begins');
    await asOwner(server.href, `alter database ${name} with allow_connections false`);
    await database.pool
      // Itself last.
      .query(
        `select pg_terminate_backend(pid) from
          (select pid from pg_stat_activity where datname = current_database() order by pid = pg_backend_pid()) as others`,
      )
      .catch(() => {});
    allowEnd();
    await pause(500);
    await asOwner(server.href, `alter database ${name} with allow_connections true`);
    // Five seconds later it would count as left behind.
    await asOwner(ownerUrl, "update graphile_worker._private_jobs set locked_at = now() - interval '6 seconds'");
    await until(() => runs === 2, 'it is done again');
    await database.transact(scope, (tx) => addJob(tx, 'test.cut-off', {}));
    await until(() => runs === 3, 'the queue goes on');
  } finally {
    await jobs.stop();
  }
});

test('an event is told to its listeners once it is committed, and not again when the job is repeated', async () => {
  const heard: Event[] = [];
  const job = deliverEvents([{ type: 'commonhold.test.happened', hear: async (_tx, event) => void heard.push(event) }]);
  const jobs = await run([job]);
  try {
    await database.transact(scope, (tx) =>
      publishEvent(tx, { type: 'commonhold.test.happened', source: '/test', subject: 'one', data: { n: 1 } }),
    );
    await until(() => heard.length === 1, 'the listener hears');
    assert.deepEqual(heard[0]?.data, { n: 1 });
    await database.transact(scope, (tx) => addJob(tx, job.name, { eventId: heard[0]?.id }));
    await pause(300);
    assert.equal(heard.length, 1);
  } finally {
    await jobs.stop();
  }
});
