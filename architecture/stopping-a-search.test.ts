import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { makeProblem } from '../demo/estate/problem.ts';
import { createPlace } from '../testing/running-program.ts';

const place = await createPlace();
const start = [join(import.meta.dirname, '../bin/start'), '--empty'];
const organisationId = '019aa000-0000-7000-8000-000000000000';
const runId = '019aa000-0000-7000-8000-000000000001';

test('a stop of the program does not wait for a plan that is being looked for, and the next start looks for it again', async () => {
  const program = await place.start(start);
  await lookForAPlanOfMinutes();
  await until('solving');
  const { code } = await program.end('SIGTERM');
  assert.equal(code, 0);
  assert.match(program.output(), /Stopped\.\s*$/);
  assert.deepEqual(place.processes(), []);

  const second = await place.start(start);
  await until('solving');
  const jobs = await place.ask<{ attempts: number }>(
    "select attempts from graphile_worker.jobs where task_identifier = 'plan.solve'",
  );
  assert.deepEqual(jobs, [{ attempts: 1 }], 'it is queued once, and the stop does not count as a failure');

  await place.ask('update plan.runs set stop_asked_at = now()');
  await until('done');
  await second.end('SIGTERM');
});

/** A run that is content with nothing but the best, and has an hour to find it. */
async function lookForAPlanOfMinutes(): Promise<void> {
  await place.ask(
    `insert into plan.runs (organisation_id, id, state, gap, seconds, problem, started_by)
     values ($1, $2, 'waiting', 0, 3600, $3, 'test')`,
    [organisationId, runId, JSON.stringify(makeProblem({ seed: 1, systems: 200 }))],
  );
  await place.ask("select graphile_worker.add_job('plan.solve', $1::json)", [
    JSON.stringify({ runId, organisationId }),
  ]);
}

/** Waits until the run is in a state. */
async function until(wanted: string): Promise<void> {
  const most = performance.now() + 60_000;
  for (;;) {
    const [run] = await place.ask<{ state: string }>('select state from plan.runs where id = $1', [runId]);
    if (run?.state === wanted) return;
    assert.ok(performance.now() < most, `the run is ${run?.state}, and never became ${wanted}`);
    await pause(100);
  }
}
