import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Problem, type Tx } from '#platform';
import { openTestEstate, saidOn } from '../estate.fixture.ts';
import { movePart } from '../systems/moves.ts';
import { getSystem, listSystems, saveSystem, type System } from '../systems/systems.ts';
import { findCommonNeeds } from './common-needs.ts';
import { listNeeds } from './needs.ts';
import { costOfMoving, costOnTarget, listTargets, saveTarget, type Target } from './targets.ts';

const { transact, addDepartment } = await openTestEstate();
const harbours = await addDepartment('Department of Harbours');

/** £100 for each, 30% of what it costs today, £2 a user, £10 a thousand transactions; to move £500, 50% and £1 a user. */
const values = {
  needKey: 'application-hosting',
  name: 'Common quay',
  way: 'commodity',
  yearlyCost: 10_000,
  costShareBasisPoints: 3000,
  costPerUser: 200,
  costPerThousandTransactions: 1000,
  movingCost: 50_000,
  movingShareBasisPoints: 5000,
  movingCostPerUser: 100,
  source: 'test',
} as const;

test('what a target costs grows with the users, the transactions and the present cost of what moves to it', async () => {
  await transact((tx) => saveTarget(tx, values));
  const target = await quay();
  const small = { users: null, yearlyTransactions: null, yearlyCost: 100_000 };
  const large = { users: 1000, yearlyTransactions: 50_000, yearlyCost: 10_000_000 };
  assert.equal(costOnTarget(target, small), 10_000 + 30_000);
  assert.equal(costOnTarget(target, large), 10_000 + 3_000_000 + 200_000 + 50_000);
  assert.equal(costOfMoving(target, small), 50_000 + 50_000);
  assert.equal(costOfMoving(target, large), 50_000 + 5_000_000 + 100_000);
});

test('a target is renamed in place, keeps what moved to it, and never takes the name of another', async () => {
  await transact((tx) => saveTarget(tx, values));
  const before = await quay();
  await transact((tx) => saveTarget(tx, { ...before, name: 'Common pier' }));
  await assert.rejects(
    transact(async (tx) => {
      await saveTarget(tx, { ...values, name: 'Other quay' });
      await saveTarget(tx, { ...before, name: 'Other quay' });
    }),
    (error) => error instanceof Problem && error.kind === 'conflict',
  );
  const targets = await transact(listTargets);
  assert.deepEqual(
    targets.map(({ id, name }) => [id, name]),
    [[before.id, 'Common pier']],
  );
  await transact((tx) => saveTarget(tx, { ...before, name: values.name }));
});

test('a part that moved costs its share once: saying again that it moved does not shrink it', async () => {
  await transact((tx) => saveTarget(tx, values));
  const target = await quay();
  const { id } = await transact((tx) =>
    saveSystem(
      tx,
      {
        departmentId: harbours,
        name: 'Pilot roster',
        users: 100,
        parts: [{ kind: 'hosting', needKey: values.needKey, costs: { services: 900_000, people: 100_000 } }],
      },
      saidOn('2026-03-01'),
    ),
  );
  const hosting = async (): Promise<System['parts'][number]> => {
    const part = (await transact((tx) => getSystem(tx, id))).parts.find(({ kind }) => kind === 'hosting');
    assert.ok(part);
    return part;
  };
  const common = async (): Promise<number | null | undefined> =>
    (await transact(commonNeeds)).find(({ need }) => need.key === values.needKey)?.commonCost;
  const move = { partId: (await hosting()).id, targetId: target.id, on: '2026-05-01' };
  assert.equal(await common(), 10_000 + 300_000 + 20_000);
  for (let times = 0; times < 2; times += 1) {
    await transact((tx) => movePart(tx, move, { kind: 'program', name: 'a plan' }));
    assert.equal((await hosting()).yearlyCost, 330_000);
    assert.equal(await common(), 330_000);
  }
});

async function commonNeeds(tx: Tx) {
  return findCommonNeeds(await listSystems(tx), await listNeeds(tx), await listTargets(tx));
}

async function quay(): Promise<Target> {
  const target = (await transact(listTargets)).find(({ name }) => name === values.name);
  assert.ok(target);
  return target;
}
