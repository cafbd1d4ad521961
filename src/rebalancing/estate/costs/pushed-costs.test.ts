import assert from 'node:assert/strict';
import { test } from 'node:test';
import pg from 'pg';
import { createOrganisation, createService, newOrganisationId } from '#organisations';
import { shareContract } from '../contracts/contract-shares.ts';
import { endContract, giveNotice, takeExtension } from '../contracts/contract-steps.ts';
import { getContract, saveContract, termsOf } from '../contracts/contracts.ts';
import { contractDates } from '../contracts/contract-dates.ts';
import { openTestEstate, saidOn } from '../estate.fixture.ts';
import { saveTarget } from '../needs/targets.ts';
import { listChanges } from '../statements.ts';
import { movePart } from '../systems/moves.ts';
import { listServedServices, serveService, stopServing } from '../systems/served-services.ts';
import { getSystem, saveSystem } from '../systems/systems.ts';
import { pushServiceCosts } from './pushed-costs.ts';

const { test: on, database, transact, addDepartment, governmentId } = await openTestEstate();
const harbours = await addDepartment('Department of Harbours');
const departmentId = newOrganisationId();
const serviceId = await database.transact(
  { organisationId: departmentId, actor: { kind: 'system', name: 'test' } },
  async (tx) => {
    await createOrganisation(tx, {
      parentId: governmentId,
      slug: 'harbours',
      name: 'Department of Harbours',
      kind: 'department',
    });
    return createService(tx, {
      slug: 'berth-permit',
      name: 'Get a berth permit',
      summary: 'Apply for a berth.',
      phase: 'live',
      audience: 'public',
      opensOn: null,
      closesOn: null,
      contact: 'harbours@example.org',
      retentionDays: 365,
    });
  },
);
const register = saidOn('2025-01-10', 'the register of systems');

/** What the database holds, as its owner sees it. */
async function ask<Row extends object>(query: string, values: unknown[] = []): Promise<Row[]> {
  const client = new pg.Client({ connectionString: on.ownerUrl });
  await client.connect();
  try {
    return (await client.query<Row>(query, values)).rows;
  } finally {
    await client.end();
  }
}

/** A permit system of which 240,000 a year is paid under a contract for hosting, 60,000 under one for its application. */
async function addPermits(name: string) {
  return transact(async (tx) => {
    const { id } = await saveSystem(
      tx,
      {
        departmentId: harbours,
        name,
        users: 100,
        parts: [
          { kind: 'application', needKey: 'taking-applications', costs: { people: 40_000, services: 60_000 } },
          { kind: 'hosting', needKey: 'application-hosting', costs: { services: 240_000 } },
        ],
      },
      register,
    );
    const system = await getSystem(tx, id);
    const [application, hosting] = system.parts;
    assert.ok(application !== undefined && hosting !== undefined);
    const terms = { departmentId: harbours, startsOn: '2024-04-01', endsOn: '2026-03-31' };
    const software = await saveContract(
      tx,
      {
        ...terms,
        title: `${name} licence`,
        yearlyCost: 60_000,
        renewalMonths: 0,
        extensions: [{ months: 12, upliftBasisPoints: 1000, decideBy: '2026-01-31', likeForLike: true, takenOn: null }],
      },
      register,
    );
    const space = await saveContract(
      tx,
      {
        ...terms,
        title: `Hosting of ${name}`,
        yearlyCost: 480_000,
        renewalMonths: 12,
        notice: { count: 3, unit: 'months' },
      },
      register,
    );
    await shareContract(tx, { contractId: software.id, partId: application.id, shareBasisPoints: 10_000 });
    await shareContract(tx, { contractId: space.id, partId: hosting.id, shareBasisPoints: 5000 });
    await serveService(tx, {
      systemId: id,
      serviceId,
      serviceOrganisationId: departmentId,
      shareBasisPoints: 10_000,
      since: '2025-07-01',
      source: 'the service’s team',
    });
    return { id, application, hosting, softwareId: software.id, spaceId: space.id };
  });
}

/** What measures knows now, by quarter and name. */
async function knownCosts(): Promise<Record<string, number>> {
  const rows = await ask<{ contract_key: string; system_name: string; amount: number | null }>(
    `select distinct on (contract_key) contract_key, system_name, amount::int from measures.system_costs
      where service_id = $1 order by contract_key, revision desc`,
    [serviceId],
  );
  return Object.fromEntries(
    rows
      .filter((row) => row.amount !== null)
      .map((row) => [`${row.contract_key.slice(-7)} ${row.system_name}`, Number(row.amount)] as const)
      .toSorted(([one], [other]) => one.localeCompare(other)),
  );
}

const count = async (): Promise<number> =>
  (await ask<{ count: number }>('select count(*)::int as count from measures.system_costs'))[0]?.count ?? 0;

test('a service’s share of each contract, and what its systems cost besides, are told to measures quarter by quarter, once', async () => {
  const permits = await addPermits('Permits');
  const done = await transact((tx) => pushServiceCosts(tx, '2025-12-15'));
  assert.deepEqual(done, { recorded: 6, withdrawn: 0 });
  const quarterly = { licence: 15_000, hosting: 60_000, people: 10_000 };
  const expected = Object.fromEntries(
    ['2025-Q3', '2025-Q4'].flatMap((quarter) => [
      [`${quarter} Permits licence`, quarterly.licence],
      [`${quarter} Permits: application, besides contracts`, quarterly.people],
      [`${quarter} Permits: Hosting of Permits`, quarterly.hosting],
    ]),
  );
  assert.deepEqual(await knownCosts(), expected);
  const rows = await count();
  assert.deepEqual(await transact((tx) => pushServiceCosts(tx, '2025-12-15')), { recorded: 0, withdrawn: 0 });
  assert.equal(await count(), rows, 'told twice, nothing is added');

  // A new quarter begins: only that is told. The licence has ended, the hosting has renewed itself.
  assert.deepEqual(await transact((tx) => pushServiceCosts(tx, '2026-04-01')), { recorded: 5, withdrawn: 0 });
  const spring = await knownCosts();
  assert.equal(spring['2026-Q1 Permits licence'], 15_000);
  assert.equal(spring['2026-Q2 Permits licence'], undefined);
  assert.equal(spring['2026-Q2 Permits: Hosting of Permits'], 60_000);
  assert.equal(
    spring['2026-Q2 Permits: application, besides contracts'],
    25_000,
    'what the licence cost is taken to be paid in some other way until somebody says otherwise',
  );

  // The extension was taken after all, at a tenth more, and the price of the hosting was wrong all along.
  await transact(async (tx) => {
    await takeExtension(
      tx,
      { contractId: permits.softwareId, on: '2026-01-20' },
      { kind: 'person', name: 'Nadia Roth' },
    );
    const space = await getContract(tx, permits.spaceId);
    await saveContract(
      tx,
      { id: space.id, departmentId: harbours, title: space.title, yearlyCost: 400_000 },
      saidOn('2026-04-02', 'the invoice'),
    );
  });
  await transact((tx) => pushServiceCosts(tx, '2026-04-01'));
  const corrected = await knownCosts();
  assert.equal(corrected['2026-Q2 Permits licence'], 16_500);
  assert.equal(corrected['2025-Q3 Permits: Hosting of Permits'], 50_000);
  assert.equal(corrected['2026-Q2 Permits: application, besides contracts'], 8500);
  const [before] = await ask<{ amount: number }>(
    `select amount::int from measures.system_costs where contract_key = $1 and revision = 1`,
    [`${permits.spaceId}/${permits.hosting.id}/2025-Q3`],
  );
  assert.equal(Number(before?.amount), 60_000, 'what it was corrected from stays');

  // It never served the service: nothing of it remains, and the ledger shows what was taken away.
  await transact((tx) => stopServing(tx, { systemId: permits.id, serviceId, reason: 'Entered for another service' }));
  assert.deepEqual(await knownCosts(), {});
  assert.deepEqual(await transact((tx) => listServedServices(tx, { serviceId })), []);
});

test('when a part moves, its cost is its target’s from that day, the old contract counts until its end, and the rest stays', async () => {
  const permits = await addPermits('Moorings');
  const targetId = await transact((tx) =>
    saveTarget(tx, {
      needKey: 'application-hosting',
      name: 'The common cloud',
      way: 'commodity',
      yearlyCost: 40_000,
      source: 'the framework’s price list',
    }),
  );
  const plan = { kind: 'program', name: 'the plan' } as const;
  const notice = await transact((tx) => giveNotice(tx, { contractId: permits.spaceId, on: '2025-12-01' }, plan));
  assert.equal(notice.endsOn, '2026-03-31');
  const moved = await transact((tx) => movePart(tx, { partId: permits.hosting.id, targetId, on: '2026-01-01' }, plan));
  assert.equal(moved.outcome, 'changed');
  const again = await transact((tx) => movePart(tx, { partId: permits.hosting.id, targetId, on: '2026-01-01' }, plan));
  assert.equal(again.outcome, 'unchanged');

  const system = await transact((tx) => getSystem(tx, permits.id));
  const [application, hosting] = system.parts;
  assert.deepEqual([application?.movedOn, application?.yearlyCost], [null, 100_000], 'the application stays as it was');
  assert.deepEqual(
    [hosting?.id, hosting?.movedOn, hosting?.targetId, hosting?.yearlyCost],
    [permits.hosting.id, '2026-01-01', targetId, 40_000],
  );
  const history = await transact((tx) => listChanges(tx, [permits.hosting.id]));
  assert.ok(
    history.some(({ field, before, after }) => field === 'cost.services' && before === 240_000 && after === 40_000),
  );

  await transact((tx) => pushServiceCosts(tx, '2026-05-01'));
  const known = await knownCosts();
  assert.equal(known['2025-Q4 Moorings: Hosting of Moorings'], 60_000);
  assert.equal(known['2025-Q4 Moorings: hosting, besides contracts'], undefined);
  assert.equal(known['2026-Q1 Moorings: Hosting of Moorings'], 60_000, 'the old contract runs beside the new');
  assert.equal(known['2026-Q1 Moorings: hosting, besides contracts'], 10_000);
  assert.equal(known['2026-Q2 Moorings: Hosting of Moorings'], undefined, 'notice was given: it did not renew');
  assert.equal(known['2026-Q2 Moorings: hosting, besides contracts'], 10_000);
});

test('notice that comes too late for the term that runs ends the next one', async () => {
  const { spaceId } = await addPermits('Pilotage');
  const plan = { kind: 'program', name: 'the plan' } as const;
  const late = await transact((tx) => giveNotice(tx, { contractId: spaceId, on: '2026-01-15' }, plan));
  assert.equal(late.endsOn, '2027-03-31');
  await transact((tx) => endContract(tx, { contractId: spaceId, lastDay: '2026-06-30' }, saidOn('2026-06-30')));
  const terms = termsOf(await transact((tx) => getContract(tx, spaceId)));
  assert.equal(terms === null ? null : contractDates(terms, '2026-07-01').state, 'ended');
});

test('a change of a contract under a service’s system queues the telling, once for many changes, and shares stay within the whole', async () => {
  const permits = await addPermits('Dredging');
  await assert.rejects(
    transact((tx) =>
      serveService(tx, {
        systemId: permits.id,
        serviceId: departmentId,
        serviceOrganisationId: departmentId,
        shareBasisPoints: 1,
        since: '2025-07-01',
        source: 'test',
      }),
    ),
    /would take 100.01% of its cost/,
  );
  const jobs = await ask<{ count: number }>(
    "select count(*)::int as count from graphile_worker.jobs where task_identifier = 'estate.push-costs'",
  );
  assert.equal(jobs[0]?.count, 1);
});
