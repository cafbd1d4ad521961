import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Problem } from '#platform';
import { openTestEstate, saidOn } from '../estate.fixture.ts';
import { listChanges, type Source } from '../statements.ts';
import { narrowToDepartment } from '../suppliers/departments.ts';
import { addDependency, listDependencies } from './dependencies.ts';
import { getSystem, listSystems, saveSystem, type SystemValues } from './systems.ts';

const { transact, addDepartment } = await openTestEstate();
const harbours = await addDepartment('Department of Harbours');
const forests = await addDepartment('Department of Forests');
const inventory: Source = { kind: 'file', name: 'inventory.csv', statedOn: '2026-03-01' };

const tides: SystemValues = {
  departmentId: harbours,
  reference: 'H-12',
  name: 'Tide register',
  area: 'mission IT',
  users: 140,
  hosting: 'own data centre',
  businessFit: 4,
  technicalFit: 2,
  parts: [
    { kind: 'application', costs: { licences: 1_200_000, people: 800_000 } },
    { kind: 'hosting', needKey: 'hosting', costs: { services: 300_000 } },
  ],
};

const refusal = (message: RegExp) => (error: unknown) => error instanceof Problem && message.test(error.message);

test('a system that is said twice in the same words is kept once, and nothing is written', async () => {
  const first = await transact((tx) => saveSystem(tx, tides, inventory));
  assert.equal(first.outcome, 'added');
  const before = await transact((tx) => listChanges(tx, [first.id]));
  const again = await transact((tx) => saveSystem(tx, { ...tides, reference: 'h-12' }, inventory));
  // The reference is found whatever its case, and is then the newest that was said.
  assert.deepEqual([again.id, again.outcome], [first.id, 'changed']);
  const third = await transact((tx) => saveSystem(tx, { ...tides, reference: 'h-12' }, inventory));
  assert.equal(third.outcome, 'unchanged');
  assert.equal((await transact((tx) => listChanges(tx, [first.id]))).length, before.length + 1);
  const system = await transact((tx) => getSystem(tx, first.id));
  assert.equal(system.yearlyCost, 2_300_000);
  assert.deepEqual(
    system.parts.map((part) => [part.kind, part.yearlyCost]),
    [
      ['application', 2_000_000],
      ['hosting', 300_000],
    ],
  );
});

test('every field knows who said it, from what source and as of when, and an older source does not overrule a newer one', async () => {
  const { id } = await transact((tx) =>
    saveSystem(tx, { departmentId: harbours, name: 'Berth plan', users: 20 }, inventory),
  );
  await transact((tx) =>
    saveSystem(tx, { departmentId: harbours, name: 'Berth plan', users: 25 }, saidOn('2026-06-01')),
  );
  const late = await transact((tx) =>
    saveSystem(
      tx,
      { departmentId: harbours, name: 'Berth plan', users: 18, owner: 'Harbour office' },
      {
        ...inventory,
        statedOn: '2026-04-01',
      },
    ),
  );
  assert.deepEqual(late.outdated, ['users']);
  const system = await transact((tx) => getSystem(tx, id));
  assert.equal(system.users, 25);
  assert.equal(system.owner, 'Harbour office');
  assert.deepEqual(system.stated['users'], {
    on: '2026-06-01',
    by: 'Nadia Roth',
    kind: 'person',
    source: 'asked the owner',
  });
  // To say again what is known makes it as fresh as the day on which it was said.
  await transact((tx) =>
    saveSystem(tx, { departmentId: harbours, name: 'Berth plan', users: 25 }, saidOn('2026-09-01')),
  );
  assert.equal((await transact((tx) => getSystem(tx, id))).stated['users']?.on, '2026-09-01');
  const users = (await transact((tx) => listChanges(tx, [id]))).filter((change) => change.field === 'users');
  assert.deepEqual(
    users.map((change) => [change.before, change.after, change.statedOn]),
    [
      [25, 25, '2026-09-01'],
      [20, 25, '2026-06-01'],
      [null, 20, '2026-03-01'],
    ],
  );
});

test('what cannot be is refused in words, and nothing of it is kept', async () => {
  const save = (values: Partial<SystemValues>) =>
    transact((tx) => saveSystem(tx, { departmentId: harbours, name: 'Nonsense', ...values }, inventory));
  await assert.rejects(
    save({ parts: [{ kind: 'hosting', costs: { services: -1 } }] }),
    refusal(/services cost of the hosting is negative/),
  );
  await assert.rejects(save({ users: -3 }), refusal(/number of users is negative/));
  await assert.rejects(save({ name: '  ' }), refusal(/has no name/));
  await assert.rejects(save({ technicalFit: 9 }), refusal(/Use 1 \(poor\)/));
  assert.equal(
    (await transact((tx) => listSystems(tx))).some((system) => system.name === 'Nonsense'),
    false,
  );
});

test('a circle of dependencies is refused, and the systems on it are named', async () => {
  const [one, two, three] = await Promise.all(
    ['Moorings', 'Pilots', 'Dues'].map(
      async (name) => (await transact((tx) => saveSystem(tx, { departmentId: harbours, name }, inventory))).id,
    ),
  );
  assert.ok(one !== undefined && two !== undefined && three !== undefined);
  const depend = (systemId: string, dependsOnId: string) =>
    transact((tx) => addDependency(tx, { systemId, dependsOnId, reason: '' }));
  assert.deepEqual(await depend(one, two), { isNew: true });
  assert.deepEqual(await depend(one, two), { isNew: false });
  await depend(two, three);
  await assert.rejects(
    depend(three, one),
    refusal(/^Dues depends on Moorings depends on Pilots depends on Dues: none/),
  );
  await assert.rejects(depend(one, one), refusal(/cannot depend on itself/));
  // Of two that would close a circle together, one is refused, also when they come at the same moment.
  const [four, five] = await Promise.all(
    ['Buoys', 'Lights'].map(
      async (name) => (await transact((tx) => saveSystem(tx, { departmentId: harbours, name }, inventory))).id,
    ),
  );
  assert.ok(four !== undefined && five !== undefined);
  const both = await Promise.allSettled([depend(four, five), depend(five, four)]);
  assert.deepEqual(both.map((each) => each.status).toSorted(), ['fulfilled', 'rejected']);
  assert.equal((await transact((tx) => listDependencies(tx, four))).length, 1);
});

test('a transaction that is narrowed to a department sees nothing of another, and cannot write there', async () => {
  const theirs = await transact((tx) =>
    saveSystem(tx, { departmentId: forests, name: 'Felling permits', parts: [{ kind: 'hosting' }] }, inventory),
  );
  const seen = await transact(async (tx) => {
    await narrowToDepartment(tx, harbours);
    return { systems: await listSystems(tx), changes: await listChanges(tx, [theirs.id]) };
  });
  assert.ok(seen.systems.length > 3);
  assert.ok(seen.systems.every((system) => system.departmentId === harbours));
  assert.deepEqual(seen.changes, []);
  await assert.rejects(
    transact(async (tx) => {
      await narrowToDepartment(tx, harbours);
      return getSystem(tx, theirs.id);
    }),
    (error) => error instanceof Problem && error.kind === 'not-found',
  );
  await assert.rejects(
    transact(async (tx) => {
      await narrowToDepartment(tx, harbours);
      return saveSystem(tx, { departmentId: forests, name: 'Planted' }, inventory);
    }),
    /row-level security/,
  );
  // The next transaction on the same connection is not narrowed.
  assert.ok((await transact((tx) => listSystems(tx))).some((system) => system.id === theirs.id));
});
