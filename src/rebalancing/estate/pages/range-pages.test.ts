import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  findOrAddDepartment,
  getSystem,
  listRanges,
  narrowToDepartment,
  saveRange,
  saveSystem,
  saveTarget,
} from '#estate';
import { getRun, solveRun, startRun, type Problem } from '#plan';
import { startTestProgram } from '../../../../testing/program.ts';

const program = await startTestProgram();
const { database } = program.whole;
const [root] = await program.ask<{ organisation_id: string }>(
  'select organisation_id from organisations.organisations where parent_id is null',
);
assert.ok(root);
const scope = { organisationId: root.organisation_id, actor: { kind: 'system', name: 'test' } } as const;
const source = { kind: 'person', name: 'test', statedOn: '2026-01-01' } as const;

const { targetId, systemId } = await database.transact(scope, async (tx) => {
  const { id: departmentId } = await findOrAddDepartment(tx, { name: 'Department of Weirs' });
  const target = { needKey: 'application-hosting', name: 'Common hosting', way: 'commodity', source: 'test' } as const;
  const parts = [{ kind: 'hosting', needKey: target.needKey, costs: { services: 20_000_000 } }] as const;
  await saveSystem(tx, { departmentId, name: 'Weir control', parts }, source);
  const { id } = await saveSystem(tx, { departmentId, name: 'Sluice control', parts }, source);
  return {
    systemId: id,
    targetId: await saveTarget(tx, { ...target, costShareBasisPoints: 5000, movingCost: 100_000 }),
  };
});
const ofTarget = `/staff/estate/needs/application-hosting/targets/${targetId}/range`;
const ofPart = `/staff/estate/systems/${systemId}/parts/hosting/range`;
const numbers = {
  movingLeast: '80',
  movingLikeliest: '100',
  movingMost: '250',
  yearlyLeast: '90',
  yearlyLikeliest: '100',
  yearlyMost: '120.5',
  late1: '30',
  late2: '20',
  late3: '10',
  source: 'Twelve moves of last year',
};

test('the range of a target is what its draws are made from, a part’s own counts instead, and empty is as usual again', async () => {
  const browser = await program.signIn('Maud Ferrow');
  assert.match((await browser.get(ofTarget)).body, /value="170"/, 'the usual numbers are shown');
  assert.equal((await browser.post(ofTarget, numbers)).status, 303);
  await browser.get(ofPart);
  assert.equal((await browser.post(ofPart, { ...numbers, movingMost: '300' })).status, 303);
  const shown = await browser.get('/staff/estate/needs/application-hosting');
  assert.match(shown.body, /Moving comes to 80% to 250% of the estimate, likeliest 100%/);
  assert.match(shown.body, /40% of moves are on time/);

  const rangeOf = (problem: Problem, name: string) =>
    problem.parts.find((part) => part.name === name)?.ways.find((way) => way.targetId === targetId)?.range;
  const stated = await state();
  assert.deepEqual(rangeOf(stated, 'Weir control: hosting'), {
    moving: { least: 0.8, likeliest: 1, most: 2.5 },
    yearly: { least: 0.9, likeliest: 1, most: 1.205 },
    late: [0.3, 0.2, 0.1],
  });
  assert.equal(rangeOf(stated, 'Sluice control: hosting')?.moving.most, 3);

  const empty = Object.fromEntries(Object.keys(numbers).map((name) => [name, '']));
  await browser.get(ofTarget);
  await browser.post(ofTarget, empty);
  await browser.get(ofPart);
  await browser.post(ofPart, empty);
  const usual = await state();
  assert.equal(rangeOf(usual, 'Weir control: hosting'), undefined);
  assert.equal(rangeOf(usual, 'Sluice control: hosting'), undefined);
});

test('a range that cannot be is refused beside its field, keeps what was typed, and nothing is saved', async () => {
  const browser = await program.signIn('Maud Ferrow');
  for (const [change, words, id] of [
    [{ movingLikeliest: '70' }, /Cost of moving: the likeliest is less than the least/, 'movingLikeliest'],
    [{ yearlyMost: '95' }, /Cost a year: the most is less than the likeliest/, 'yearlyMost'],
    [{ late1: '80' }, /Together 110% of the moves would be late/, 'late1'],
    [{ late2: '' }, /two quarters late: enter a number of per cent/, 'late2'],
    [{ movingMost: '-5' }, /Cost of moving: most: enter a number of per cent/, 'movingMost'],
  ] as const) {
    await browser.get(ofTarget);
    const refused = await browser.post(ofTarget, { ...numbers, ...change });
    assert.equal(refused.status, 422);
    assert.match(refused.body, words);
    assert.match(refused.body, new RegExp(`id="${id}-error"`));
    assert.match(refused.body, /Twelve moves of last year/);
  }
  assert.deepEqual(await program.ask('select * from estate.estimate_ranges'), []);
});

test('a department sees and sets ranges of its own parts alone, and sees those of targets without changing them', async () => {
  const range = {
    moving: { least: 10_000, likeliest: 10_000, most: 20_000 },
    yearly: { least: 10_000, likeliest: 10_000, most: 10_000 },
    late: [0, 0, 0],
  } as const;
  const { mine, theirs, target, narrow } = await database.transact(scope, async (tx) => {
    const { id: departmentId } = await findOrAddDepartment(tx, { name: 'Department of Locks' });
    const { id } = await saveSystem(
      tx,
      { departmentId, name: 'Lock control', parts: [{ kind: 'hosting', costs: { services: 1000 } }] },
      source,
    );
    const partOf = async (ofSystem: string) => {
      const system = await getSystem(tx, ofSystem);
      const part = system.parts.find(({ kind }) => kind === 'hosting');
      assert.ok(part);
      return { kind: 'part', id: part.id, name: system.name, departmentId: system.departmentId } as const;
    };
    return {
      mine: await partOf(id),
      theirs: await partOf(systemId),
      target: { kind: 'target', id: targetId, name: 'Common hosting' } as const,
      narrow: departmentId,
    };
  });
  await database.transact(scope, async (tx) => {
    await saveRange(tx, theirs, range, 'test');
    await saveRange(tx, target, range, 'test');
  });
  await database.transact(scope, async (tx) => {
    await narrowToDepartment(tx, narrow);
    await saveRange(tx, mine, range, 'test');
    assert.deepEqual([...(await listRanges(tx)).keys()].toSorted(), [mine.id, target.id].toSorted());
  });
  for (const subject of [theirs, target]) {
    await assert.rejects(
      database.transact(scope, async (tx) => {
        await narrowToDepartment(tx, narrow);
        await saveRange(tx, subject, { ...range, late: [1, 0, 0] }, 'test');
      }),
      /row-level security/,
    );
  }
});

/** The problem as the plan states it now. */
async function state(): Promise<Problem> {
  const runId = await database.transact(scope, (tx) => startRun(tx, { by: 'test', today: '2026-11-25', seconds: 5 }));
  await solveRun(database, scope, runId);
  const { problem, complaint } = await database.transact(scope, (tx) => getRun(tx, runId));
  assert.ok(problem !== null, complaint ?? '');
  assert.equal((await database.transact(scope, (tx) => getSystem(tx, systemId))).name, 'Sluice control');
  return problem;
}
