import { EventEmitter } from 'node:events';
import {
  Logger as QueueLogger,
  parseCronItems,
  run,
  type JobHelpers,
  type Runner,
  type Task,
  type WorkerEvents,
} from 'graphile-worker';
import { sql } from 'kysely';
import pg from 'pg';
import type { Database, Scope, Tx } from './database.ts';
import type { Log } from './log.ts';

/** A kind of work that is done in the background. A job is a shell: it calls what could be called without the queue. */
export interface Job {
  /** `<part>.<what>`, as it stands in the queue: `notify.hand-over`. */
  readonly name: string;
  /** How often it is tried, with growing pauses, before it is kept as failed. 25 tries take about four days. */
  readonly mostAttempts?: number;
  /** When it runs by itself, as a crontab of five fields in UTC; such a run has no organisation and no payload. */
  readonly schedule?: string;
  readonly run: (payload: JobPayload, context: JobContext) => Promise<void>;
}

/** What was handed to `addJob`. Parse it: a job that was queued by an older version of the program may still come. */
export type JobPayload = Readonly<Record<string, unknown>>;

export interface JobContext {
  readonly database: Database;
  readonly log: Log;
  /** The organisation in whose transaction the job was queued; undefined for a scheduled run. */
  readonly organisationId: string | undefined;
  /** A scope for `database.transact`, with the job as the actor. Throws for a scheduled run, which has no organisation. */
  readonly scope: Scope;
  /** 1 for the first try. */
  readonly attempt: number;
  readonly lastAttempt: boolean;
  /**
   * Is aborted when the program begins to stop. What takes long ends then at once and leaves its work to the next start:
   * it queues itself again in the transaction that says so, and returns. Undefined where no queue calls it.
   */
  readonly stopping?: AbortSignal;
}

/**
 * Queues a job in the caller's transaction: if that is rolled back, there is no job; once it commits, the job is done at
 * least once.
 *
 * @param options.key a job with the same key that has not begun is replaced instead of queued twice.
 * @param options.runAt an ISO 8601 time before which it does not run.
 */
export async function addJob(
  tx: Tx,
  name: string,
  payload: JobPayload,
  options: { key?: string; runAt?: string; mostAttempts?: number; queue?: string } = {},
): Promise<void> {
  const whole = JSON.stringify({ ...payload, organisationId: tx.organisationId });
  await sql`select 1 from graphile_worker.add_job(${name}, payload => ${whole}::json, queue_name => ${options.queue ?? null},
    run_at => ${options.runAt ?? null}::timestamptz, max_attempts => ${options.mostAttempts ?? null}::int,
    job_key => ${options.key ?? null})`.execute(tx.tables('graphile_worker'));
}

/**
 * Queues the same job with many payloads in the caller's transaction, in one statement.
 *
 * @param options.priority a smaller number goes first; 0 unless it is given. What comes by the thousand waits for what
 *   comes alone.
 * @param options.runAt an ISO 8601 time for each payload before which it does not run; null for at once.
 */
export async function addJobs(
  tx: Tx,
  name: string,
  payloads: readonly JobPayload[],
  options: { priority?: number; runAt?: readonly (string | null)[] } = {},
): Promise<void> {
  if (payloads.length === 0) return;
  const specs = JSON.stringify(
    payloads.map((payload, index) => ({
      payload: { ...payload, organisationId: tx.organisationId },
      run_at: options.runAt?.[index] ?? null,
    })),
  );
  await sql`select count(*) from graphile_worker.add_jobs(array(
    select row(${name}::text, each.payload, null, each.run_at, null, null, ${options.priority ?? 0}::int, null)::graphile_worker.job_spec
      from json_to_recordset(${specs}::json) as each (payload json, run_at timestamptz)))`.execute(
    tx.tables('graphile_worker'),
  );
}

export interface Jobs {
  /** Lets the running jobs finish, those that take long by telling them to end, and begins no other. */
  stop(): Promise<void>;
}

/**
 * Runs the queue until it is stopped. A database that goes away is waited for; jobs of a process that died are taken over
 * within seconds.
 */
export async function startJobs(options: {
  database: Database;
  databaseUrl: string;
  jobs: readonly Job[];
  concurrency: number;
  log: Log;
}): Promise<Jobs> {
  const { database, jobs, log } = options;
  const names = new Set<string>();
  for (const { name } of jobs) {
    if (names.has(name)) throw new Error(`Two jobs are called ${name}.`);
    names.add(name);
  }
  // Items, not the text of a crontab: that has no full stop in a name.
  const parsedCronItems = parseCronItems(
    jobs.flatMap((job) => (job.schedule === undefined ? [] : [{ task: job.name, match: job.schedule }])),
  );

  let stopping = false;
  const ending = new AbortController();
  let runner: Runner | undefined;
  const holder = holdPools(options.databaseUrl, log);

  /**
   * Begins a queue with a pool of workers of its own. When the database is lost the pool is given up and another begins:
   * nobody can know then which jobs the lost answers spoke of, and the queue itself does not always come back. What the
   * pool held is taken over like the jobs of a process that is gone, as soon as none of them is running here any more.
   */
  const begin = async (): Promise<void> => {
    const pools: string[] = [];
    let running = 0;
    let givenUp = false;
    const dropWhenIdle = (): void => {
      if (!givenUp || running > 0) return;
      // The end of the last job may still be on its way to the database.
      setTimeout(() => pools.forEach((pool) => holder.drop(pool)), 1000).unref();
    };
    const runOne = async (job: Job, payload: unknown, helpers: JobHelpers): Promise<void> => {
      running += 1;
      try {
        await runJob(job, payload, helpers, { database, log, stopping: ending.signal });
      } finally {
        running -= 1;
        dropWhenIdle();
      }
    };
    const events = new EventEmitter() as WorkerEvents;
    events.on('pool:create', ({ workerPool }) => {
      pools.push(workerPool.id);
      holder.hold(workerPool.id);
    });
    const beginning = run({
      pgPool: database.pool,
      taskList: Object.fromEntries(
        jobs.map((job): [string, Task] => [job.name, (payload, helpers) => runOne(job, payload, helpers)]),
      ),
      parsedCronItems,
      concurrency: options.concurrency,
      noHandleSignals: true,
      pollInterval: 2000,
      events,
      logger: queueLogger(log),
      // Without batches nobody listens where the database goes away before a job's end is written down, and Node ends a
      // process for an error that nobody listens to.
      preset: { worker: { completeJobBatchDelay: 0, failJobBatchDelay: 0 } },
    });
    const giveUp = (): void => {
      if (givenUp || stopping) return;
      givenUp = true;
      runner = undefined;
      log.warn('the job queue lost the database and will begin again');
      beginning.then((begun) => begun.stop()).catch(() => {});
      dropWhenIdle();
      again();
    };
    for (const trouble of lostDatabase) events.on(trouble, giveUp);
    try {
      const begun = await beginning;
      begun.promise.then(giveUp, giveUp);
      if (!givenUp) runner = begun;
    } catch (error) {
      if (givenUp) return;
      givenUp = true;
      throw error;
    }
  };
  const again = (): void => {
    setTimeout(() => {
      if (stopping) return;
      begin().catch((error: unknown) => {
        log.warn({ error: String(error) }, 'the job queue cannot begin yet');
        again();
      });
    }, 500).unref();
  };

  await holder.ready;
  await begin();
  return {
    async stop() {
      stopping = true;
      ending.abort();
      // A runner that has already ended rejects a second stop; there is nothing left to stop then.
      await runner?.stop().catch(() => {});
      await holder.release();
    },
  };
}

/** The queue tells so when it cannot reach the database, or ends though nobody stopped it. */
const lostDatabase = [
  'worker:getJob:error',
  'worker:fatalError',
  'pool:fatalError',
  'pool:gracefulShutdown',
  'pool:forcefulShutdown',
] as const;

async function runJob(
  job: Job,
  payload: unknown,
  helpers: JobHelpers,
  { database, log, stopping }: { database: Database; log: Log; stopping: AbortSignal },
): Promise<void> {
  const given = isRecord(payload) ? payload : {};
  const organisationId = typeof given['organisationId'] === 'string' ? given['organisationId'] : undefined;
  await job.run(given, {
    database,
    log: log.child({ job: job.name, jobId: helpers.job.id }),
    organisationId,
    get scope(): Scope {
      if (organisationId === undefined) throw new Error(`The job ${job.name} was queued without an organisation.`);
      return { organisationId, actor: { kind: 'system', name: job.name } };
    },
    attempt: helpers.job.attempts,
    lastAttempt: helpers.job.attempts >= helpers.job.max_attempts,
    stopping,
  });
}

/**
 * Tells other processes that this one lives. After kill -9 the queue would keep a running job locked for four hours. So
 * each process holds a session advisory lock under the id of its pool of workers, which PostgreSQL drops with the
 * connection, and every process unlocks the jobs whose holder is gone: at its start, and every three seconds.
 */
function holdPools(
  databaseUrl: string,
  log: Log,
): { ready: Promise<void>; hold(poolId: string): void; drop(poolId: string): void; release(): Promise<void> } {
  const pools = new Set<string>();
  let client: pg.Client | undefined;
  let released = false;

  async function connected(): Promise<pg.Client> {
    if (client !== undefined) return client;
    const fresh = new pg.Client({
      connectionString: databaseUrl,
      application_name: 'commonhold jobs',
      connectionTimeoutMillis: 5000,
    });
    fresh.on('error', () => {
      if (client === fresh) client = undefined;
    });
    await fresh.connect();
    for (const pool of pools) await fresh.query('select pg_advisory_lock(hashtextextended($1, 0))', [pool]);
    client = fresh;
    return fresh;
  }

  async function takeOver(): Promise<void> {
    const connection = await connected();
    // A pool that has only just begun may not hold its lock yet, so a lock on a job counts after five seconds.
    const { rows } = await connection.query<{ pool: string }>(
      `select distinct locked_by as pool from graphile_worker._private_jobs
        where locked_by is not null and locked_at < now() - interval '5 seconds'
       union
       select distinct locked_by from graphile_worker._private_job_queues
        where locked_by is not null and locked_at < now() - interval '5 seconds'`,
    );
    for (const { pool } of rows) {
      if (pools.has(pool)) continue;
      const gone = await connection.query<{ gone: boolean }>(
        'select pg_try_advisory_lock(hashtextextended($1, 0)) as gone',
        [pool],
      );
      if (gone.rows[0]?.gone !== true) continue;
      await connection.query('select graphile_worker.force_unlock_workers(array[$1])', [pool]);
      await connection.query('select pg_advisory_unlock(hashtextextended($1, 0))', [pool]);
      log.info({ pool }, 'took over the jobs of a process that is gone');
    }
  }

  const attempt = async (): Promise<void> => {
    try {
      await takeOver();
    } catch (error) {
      client?.end().catch(() => {});
      client = undefined;
      if (!released) log.warn({ error: String(error) }, 'cannot look for jobs of processes that are gone');
    }
  };
  const timer = setInterval(() => void attempt(), 3000);
  timer.unref();

  return {
    ready: attempt(),
    hold(poolId) {
      pools.add(poolId);
      connected()
        .then((connection) => connection.query('select pg_advisory_lock(hashtextextended($1, 0))', [poolId]))
        .catch((error: unknown) => log.warn({ error: String(error) }, 'cannot hold the lock of this process yet'));
    },
    drop(poolId) {
      pools.delete(poolId);
      // A connection that was lost has lost its locks as well.
      client?.query('select pg_advisory_unlock(hashtextextended($1, 0))', [poolId]).catch(() => {});
    },
    async release() {
      released = true;
      clearInterval(timer);
      await client?.end().catch(() => {});
    },
  };
}

/** The queue's own log lines: its failures of jobs are warnings here, its chatter is debugging. */
function queueLogger(log: Log): QueueLogger {
  return new QueueLogger(() => (level, message) => {
    // A message may quote the error of a job, which may quote an address: the text stays out of the log, its first words stay in.
    const words = message.split(/[:'"]/)[0] ?? '';
    if (level === 'error') log.warn({ queue: words }, 'job queue');
    else log.debug({ queue: words }, 'job queue');
  });
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A job that failed for good, or is being tried again, as operators see it. The payload holds identifiers only. */
export interface TroubledJob {
  readonly id: string;
  readonly name: string;
  readonly attempts: number;
  readonly mostAttempts: number;
  readonly runAt: string;
  readonly createdAt: string;
  readonly failedForGood: boolean;
  readonly organisationId: string | null;
}

/** Jobs that have failed at least once, those that failed for good first; 200 at most. */
export async function listTroubledJobs(pool: pg.Pool): Promise<TroubledJob[]> {
  const { rows } = await pool.query<{
    id: number;
    name: string;
    attempts: number;
    most_attempts: number;
    run_at: string;
    created_at: string;
    organisation_id: string | null;
  }>(
    `select j.id, t.identifier as name, j.attempts, j.max_attempts as most_attempts, j.run_at, j.created_at,
            j.payload ->> 'organisationId' as organisation_id
       from graphile_worker._private_jobs j join graphile_worker._private_tasks t on t.id = j.task_id
      where j.last_error is not null and j.locked_at is null
      order by (j.attempts >= j.max_attempts) desc, j.run_at limit 200`,
  );
  return rows.map((row) => ({
    id: String(row.id),
    name: row.name,
    attempts: row.attempts,
    mostAttempts: row.most_attempts,
    runAt: row.run_at,
    createdAt: row.created_at,
    failedForGood: row.attempts >= row.most_attempts,
    organisationId: row.organisation_id,
  }));
}

/** Gives a job that failed its full number of tries again, beginning now. Says whether there was such a job. */
export async function replayJob(pool: pg.Pool, id: string): Promise<boolean> {
  const { rowCount } = await pool.query(
    'select 1 from graphile_worker.reschedule_jobs(array[$1::bigint], run_at => now(), attempts => 0)',
    [id],
  );
  return (rowCount ?? 0) > 0;
}

/** How much waits in the queue, for /metrics: ready and not begun, running, and failed for good. */
export async function countJobs(pool: pg.Pool): Promise<{ ready: number; running: number; failed: number }> {
  const { rows } = await pool.query<{ ready: number; running: number; failed: number }>(
    `select count(*) filter (where locked_at is null and attempts < max_attempts and run_at <= now()) as ready,
            count(*) filter (where locked_at is not null) as running,
            count(*) filter (where locked_at is null and attempts >= max_attempts) as failed
       from graphile_worker._private_jobs`,
  );
  return rows[0] ?? { ready: 0, running: 0, failed: 0 };
}
