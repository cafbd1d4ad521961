import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
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
