import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { applyTogether, requestsOfAnApplication } from './applicants.ts';
import type { Place, RunningProgram } from './running-program.ts';
import { newCrowd, type Crowd } from './visitor.ts';

export interface Trial {
  /** How many people do it. */
  readonly applications: number;
  readonly kills: number;
  /** Who is killed: the program, or the database's first process. */
  readonly victim: 'program' | 'database';
}

/** What was seen while the victim was killed. */
export interface Seen {
  readonly crowd: Crowd;
  /** Another program than at the beginning. */
  readonly program: RunningProgram;
  /** One sentence for the log of the test. */
  readonly account: string;
}

/**
 * Kills at random moments while people use the program, until they are done. The moments follow from a seed, which is
 * printed; COMMONHOLD_SEED sets it.
 *
 * @param work what the people do, and how many requests it takes altogether.
 */
export async function killWhile(
  t: TestContext,
  place: Place,
  program: RunningProgram,
  { kills, victim }: Pick<Trial, 'kills' | 'victim'>,
  work: { requests: number; begin: (crowd: Crowd) => Promise<void> },
): Promise<Seen> {
  const seed = Number(process.env['COMMONHOLD_SEED'] ?? Date.now() % 1_000_000);
  t.diagnostic(`the seed of the moments is ${seed}: COMMONHOLD_SEED=${seed} takes the same again`);
  const random = randomNumbers(seed);
  const crowd = newCrowd();
  const begin = performance.now();
  const working = work.begin(crowd);
  t.after(() => {
    crowd.stopping = true;
  });
  // One in each equal stretch of the work.
  const stretch = work.requests / kills;
  const moments = Array.from({ length: kills }, (_, index) => Math.floor((index + random() * 0.97) * stretch));
  let current = program;
  const kill = async (): Promise<void> => {
    if (victim === 'program') {
      await current.end('SIGKILL');
      current = place.begin();
    } else {
      await killDatabase(place);
    }
  };
  let whileStarting = 0;
  for (const moment of moments) {
    while (crowd.answered < moment && crowd.unexpected.length === 0) {
      assert.ok(current.isRunning(), `the program runs until it is killed:\n${current.output()}`);
      await pause(1);
    }
    await pause(random() * 20);
    await kill();
    // Now and then once more, while it is starting.
    if (random() < 0.3) {
      await pause(random() * 1500);
      await kill();
      whileStarting += 1;
    }
  }
  await current.answers();
  await working;
  const seconds = (performance.now() - begin) / 1000;
  assert.deepEqual(crowd.unexpected, [], 'every answer was one that a person may see');
  const account = `${kills} kills of the ${victim}, and ${whileStarting} more while it was starting, during ${crowd.answered} answers in ${seconds.toFixed(1)} s; ${crowd.repeated} requests were sent again`;
  return { crowd, program: current, account };
}

/**
 * Kills while people apply, and then compares what they were told with what the database holds.
 *
 * @param program the running program; another one is running at the end, and is returned.
 */
export async function killWhilePeopleApply(
  t: TestContext,
  place: Place,
  program: RunningProgram,
  { applications, kills, victim }: Trial,
): Promise<RunningProgram> {
  const before = new Set((await listSubmissions(place)).map((submission) => submission.reference));
  const [beginning] = await place.ask<{ now: string }>('select now()::text as now');
  assert.ok(beginning);
  const seen = await killWhile(
    t,
    place,
    program,
    { kills, victim },
    {
      requests: applications * requestsOfAnApplication,
      begin: (crowd) => applyTogether(crowd, place.address, { applications, atOnce: 8 }),
    },
  );
  const { crowd } = seen;
  assert.equal(crowd.references.length, applications);
  const waited = await untilDone(place);
  const made = (await listSubmissions(place)).filter((submission) => !before.has(submission.reference));
  assert.deepEqual(
    made.map((submission) => submission.reference).toSorted(),
    crowd.references.toSorted(),
    'what is kept is what people were told, no more and no less',
  );
  for (const submission of made) {
    assert.deepEqual(
      submission,
      { reference: submission.reference, cases: 1, messages: 1, kept: 1, started: 1, completed: 1 },
      'one case, one e-mail that reached its final state, and one transaction',
    );
  }
  assert.deepEqual(await countOrphans(place, beginning.now), { cases: 0, messages: 0, transactions: 0, jobs: 0 });
  t.diagnostic(
    `${seen.account}; ${applications} applications, none lost, none doubled; the last e-mail was ready ${waited.toFixed(1)} s after the last answer`,
  );
  return seen.program;
}

/** The pid file is missing while the database is being started: then there is nobody to kill yet. */
async function killDatabase(place: Place): Promise<void> {
  for (;;) {
    try {
      process.kill(place.postmaster(), 'SIGKILL');
      return;
    } catch {
      await pause(5);
    }
  }
}

/** What each submission came to. */
function listSubmissions(place: Place) {
  return place.ask<{
    reference: string;
    cases: number;
    messages: number;
    kept: number;
    started: number;
    completed: number;
  }>(`
    select s.reference,
           (select count(*)::int from casework.cases c where c.submission_id = s.id and c.reference = s.reference) as cases,
           (select count(*)::int from notify.messages m where m.reference = s.reference) as messages,
           (select count(*)::int from notify.messages m where m.reference = s.reference and m.status = 'kept') as kept,
           (select count(*)::int from measures.transactions t
             where t.transaction_id = s.application_id::text and t.event = 'started') as started,
           (select count(*)::int from measures.transactions t
             where t.transaction_id = s.application_id::text and t.event = 'completed') as completed
      from forms.submissions s`);
}

/** Waits until every e-mail has reached its final state. @returns for how many seconds. */
async function untilDone(place: Place): Promise<number> {
  const begin = performance.now();
  for (;;) {
    const waiting = (await listSubmissions(place)).filter((submission) => submission.kept < submission.messages);
    const seconds = (performance.now() - begin) / 1000;
    if (waiting.length === 0) return seconds;
    assert.ok(seconds < 30, `${waiting.length} e-mails are still waiting after 30 seconds`);
    await pause(100);
  }
}

/**
 * What belongs to no submission, and jobs that failed. An application that was begun twice is no orphan: it was begun. Of
 * transactions those of the trial are meant: the demonstration fills in days before it, of which no application tells,
 * while the trial goes on.
 */
async function countOrphans(place: Place, since: string) {
  const [row] = await place.ask<{ cases: number; messages: number; transactions: number; jobs: number }>(
    `
    select (select count(*)::int from casework.cases c
             where not exists (select from forms.submissions s where s.id = c.submission_id)) as cases,
           (select count(*)::int from notify.messages m
             where m.template like 'application received%'
               and not exists (select from forms.submissions s where s.reference = m.reference)) as messages,
           (select count(*)::int from measures.transactions t where t.event <> 'started' and t.at >= $1
             and not exists (select from forms.submissions s where s.application_id::text = t.transaction_id)) as transactions,
           (select count(*)::int from graphile_worker._private_jobs j where j.attempts >= j.max_attempts) as jobs`,
    [since],
  );
  return row;
}

/** Mulberry32, by Tommy Ettinger: numbers from 0 to 1 that follow from a seed. */
function randomNumbers(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
