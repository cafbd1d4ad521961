import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { findOrAddDepartment, saveSystem, saveTarget } from '#estate';
import { createOrganisation, newOrganisationId } from '#organisations';
import { adoptPlan, solveRun, startRun } from '#plan';
import { createTestDatabase } from '../../testing/database.ts';
import { makeProblem } from '../../demo/estate/problem.ts';

const folder = mkdtempSync(join(tmpdir(), 'commonhold-plan-'));
after(() => rmSync(folder, { recursive: true }));

function run(problem: unknown, ...options: string[]) {
  const file = join(folder, 'problem.json');
  writeFileSync(file, typeof problem === 'string' ? problem : JSON.stringify(problem));
  return spawnSync(process.execPath, [join(import.meta.dirname, '..', 'cli.ts'), 'plan', file, ...options], {
    encoding: 'utf8',
  });
}

test('the command plans a file, and prints a table, CSV or JSON', () => {
  const problem = makeProblem({ seed: 4, systems: 24 });
  const table = run(problem, '--gap', '10%', '--seconds', '20');
  assert.equal(table.status, 0, table.stderr);
  assert.match(table.stdout, /^Begins +Part +Moves to +Decide by +Worth\n/);
  assert.match(table.stderr, /best so far £[\d,]+, within [\d.]+% of the best/);
  const json: { plan: { moves: unknown[] } } = JSON.parse(
    run(problem, '--json', '--gap', '10%', '--seconds', '20').stdout,
  );
  assert.equal(json.plan.moves.length, table.stdout.trimEnd().split('\n').length - 1);
  assert.match(run(problem, '--csv', '--gap', '10%', '--seconds', '20').stdout, /^Part,Department,Need/);
});

test('the command says in words what is wrong with a file', () => {
  const problem = makeProblem({ seed: 4, systems: 24 });
  const [one, two] = problem.parts;
  assert.ok(one !== undefined && two !== undefined);
  const waits = (before: string, then: string) => ({ before, after: then, lagQuarters: 0, ways: null, because: '' });
  const circle = run({ ...problem, precedence: [waits(one.id, two.id), waits(two.id, one.id)] });
  assert.equal(circle.status, 1);
  assert.match(circle.stderr, /wait for each other in a circle: "/);
  assert.match(run('{', '--json').stderr, /not JSON/);
  assert.match(run({ parts: [] }).stderr, /not a planning problem/);
  assert.match(run({ ...problem, quarters: -1 }).stderr, /between 1 and 60 quarters/);
  assert.match(run(problem, '--gap', 'much').stderr, /Cannot read the gap "much"/);
});

test('the command plans the estate of the database, keeps what it is told to, and says what moves otherwise', async () => {
  const { url, ownerUrl, database } = await createTestDatabase();
  const scope = { organisationId: newOrganisationId(), actor: { kind: 'system', name: 'test' } } as const;
  const onDatabase = (...options: string[]) =>
    spawnSync(process.execPath, [join(import.meta.dirname, '..', 'cli.ts'), 'plan', ...options], {
      encoding: 'utf8',
      env: {
        ...process.env,
        DATABASE_URL: url,
        DATABASE_OWNER_URL: ownerUrl,
        ENCRYPTION_KEYS: Buffer.alloc(32, 7).toString('base64'),
      },
    });
  assert.match(onDatabase().stderr, /There is no government yet/);

  const sayCost = async (cost: number, statedOn: string): Promise<void> =>
    database.transact(scope, async (tx) => {
      const { id: departmentId } = await findOrAddDepartment(tx, { name: 'Department of Locks' });
      const parts = [{ kind: 'hosting', needKey: 'application-hosting', costs: { services: cost } }] as const;
      await saveSystem(tx, { departmentId, name: 'Lock keeping', parts }, { kind: 'person', name: 'test', statedOn });
    });
  await database.transact(scope, async (tx) => {
    await createOrganisation(tx, { parentId: null, slug: 'government', name: 'Government', kind: 'government' });
    const target = {
      needKey: 'application-hosting',
      name: 'Common hosting',
      way: 'commodity',
      source: 'test',
    } as const;
    await saveTarget(tx, { ...target, yearlyCost: 100_000 });
  });
  await sayCost(20_000_000, '2025-01-01');
  const table = onDatabase('--seconds', '20');
  assert.equal(table.status, 0, table.stderr);
  assert.match(table.stdout, /Lock keeping: hosting +Common hosting/);

  const runId = await database.transact(scope, (tx) => startRun(tx, { by: 'test', today: '2026-11-25' }));
  await solveRun(database, scope, runId);
  await database.transact(scope, (tx) => adoptPlan(tx, runId, { by: 'test', today: '2026-11-25' }));
  assert.match(onDatabase().stderr, /Nothing moves otherwise than in plan 1/);
  await sayCost(50_000, '2026-01-01');
  const dropped = onDatabase();
  assert.match(dropped.stderr, /Lock keeping: hosting: does not move any more\. It costs less than it did\./);
  const kept: { plan: { moves: unknown[] }; changes: unknown[] } = JSON.parse(
    onDatabase('--keep', '2099-01-01', '--json').stdout,
  );
  assert.equal(kept.plan.moves.length, 1, 'it is kept, though it does not pay any more');
  assert.match(onDatabase('--keep', 'long').stderr, /"long" is not a day/);
  assert.match(onDatabase('--csv').stdout, /^Part,Department,Need/);
});
