import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  findOrAddDepartment,
  getContract,
  getSystem,
  saveContract,
  saveSystem,
  saveTarget,
  shareContract,
} from '#estate';
import { createService } from '#organisations';
import { addQuarters, daysOf, formatQuarter, quarterOf } from '#measures';
import { startTestProgram } from '../../../../testing/program.ts';
import { adoptPlan } from '../plans/plans.ts';
import { solveRun, startRun } from '../plans/runs.ts';
import { savePlanSettings } from '../plans/settings.ts';
import { usualSettings } from '../estate/estate-problem.ts';
import { promiseJob } from './adoption.ts';
import { listPromises, listTransitions, transitionStates } from './transitions.ts';

const program = await startTestProgram();
const { database, jobs, log } = program.whole;
const [root] = await program.ask<{ organisation_id: string }>(
  'select organisation_id from organisations.organisations where parent_id is null',
);
assert.ok(root);
const scope = { organisationId: root.organisation_id, actor: { kind: 'system', name: 'test' } } as const;
const today = new Date().toISOString().slice(0, 10);
/** The plan began a year ago, so that what it promised can have happened. */
const thisQuarter = quarterOf(today);
const startsOn = daysOf(addQuarters(thisQuarter, -4)).from;
const dayIn = (quarters: number, day = 10): string => {
  const from = daysOf(addQuarters(thisQuarter, quarters)).from;
  return `${from.slice(0, 8)}${String(day).padStart(2, '0')}`;
};

const weirs = await database.transact(scope, async (tx) => {
  const source = { kind: 'person', name: 'test', statedOn: '2024-01-01' } as const;
  const { id: departmentId } = await findOrAddDepartment(tx, { name: 'Department of Weirs' });
  await saveTarget(tx, {
    needKey: 'application-hosting',
    name: 'The hosting framework',
    way: 'commodity',
    yearlyCost: 4_000_000,
    movingCost: 1_000_000,
    source: 'test',
  });
  const { id } = await saveSystem(
    tx,
    {
      departmentId,
      name: 'Weir control',
      area: 'mission IT',
      users: 600,
      yearlyTransactions: 48_000,
      parts: [
        { kind: 'application', needKey: 'special-to-the-department', costs: { people: 30_000_000 } },
        { kind: 'hosting', needKey: 'application-hosting', costs: { services: 20_000_000 } },
      ],
    },
    source,
  );
  const contract = await saveContract(
    tx,
    {
      departmentId,
      title: 'Hosting of weir control',
      yearlyCost: 20_000_000,
      startsOn: '2020-01-01',
      endsOn: daysOf(addQuarters(thisQuarter, -3)).to,
      notice: { count: 1, unit: 'months' },
      renewalMonths: 12,
    },
    source,
  );
  const hosting = (await getSystem(tx, id)).parts.find(({ kind }) => kind === 'hosting');
  assert.ok(hosting);
  await shareContract(tx, { contractId: contract.id, partId: hosting.id, shareBasisPoints: 10_000 });
  await savePlanSettings(tx, { ...usualSettings, startsOn }, 'test');
  return { systemId: id, contractId: contract.id, hostingId: hosting.id };
});

async function adoptNext(): Promise<number> {
  const runId = await database.transact(scope, (tx) => startRun(tx, { by: 'test', today, seconds: 5 }));
  await solveRun(database, scope, runId);
  return database.transact(scope, (tx) => adoptPlan(tx, runId, { by: 'test', today }));
}

/** What measures is told after an adoption. */
async function runPromiseJobs(): Promise<void> {
  const job = jobs.find(({ name }) => name === promiseJob);
  assert.ok(job);
  const queued = await program.ask<{ payload: Record<string, unknown> }>(
    'select payload from graphile_worker._private_jobs j join graphile_worker._private_tasks t on t.id = j.task_id where t.identifier = $1',
    [promiseJob],
  );
  assert.ok(queued.length > 0);
  for (const { payload } of queued) {
    await job.run(payload, {
      database,
      log,
      scope,
      organisationId: scope.organisationId,
      attempt: 1,
      lastAttempt: false,
    });
  }
}

const figuresOf = () =>
  program.ask<{ quarter: string; figure: string; revision: number; amount: number }>(
    'select quarter, figure, revision, amount::int as amount from measures.savings order by quarter, figure, revision',
  );

function fieldsOf(day: string, more: Readonly<Record<string, string>> = {}): Record<string, string> {
  const [year = '', month = '', date = ''] = day.split('-');
  return { 'on-year': year, 'on-month': month, 'on-day': date, evidence: 'Letter W-12', ...more };
}

test('adopting a plan freezes what it promised of each move, and measures is told of it once however often', async () => {
  assert.equal(await adoptNext(), 1);
  const [transition, ...others] = await database.transact(scope, (tx) => listTransitions(tx, ['planned']));
  assert.deepEqual(others, [], 'the application stays');
  assert.ok(transition);
  assert.equal(transition.name, 'Weir control: hosting');
  assert.equal(transition.promise.baseline, 20_000_000);
  assert.equal(transition.promise.baselineTransactions, 48_000);
  assert.equal(transition.promise.yearlyCost, 4_000_000);
  await assert.rejects(program.ask('update plan.promises set worth = 1'), /promises/);

  await runPromiseJobs();
  const figures = await figuresOf();
  await runPromiseJobs();
  assert.deepEqual(await figuresOf(), figures);
  assert.ok(figures.some(({ figure, amount }) => figure === 'planned' && amount === 4_000_000));
  const [baseline] = await program.ask(
    'select cost::int as cost, transactions::int as transactions from measures.baselines',
  );
  assert.deepEqual(baseline, { cost: 20_000_000, transactions: 48_000 });
});

test('a mission system stays while its hosting moves: seen on the map, in the plan and in the savings', async () => {
  const maud = await program.signIn('Maud Ferrow');
  const list = await maud.get('/staff/plan/transitions');
  const [address = ''] = /\/staff\/plan\/transitions\/[0-9a-f-]{36}/.exec(list.body) ?? [];
  const page = await maud.get(address);
  assert.match(page.body, /Weir control: hosting/);
  assert.match(page.body, /Hosting of weir control/);

  const early = await maud.post(`${address}/completion`, fieldsOf(dayIn(-1)));
  assert.equal(early.status, 422);
  assert.match(early.body, /once it is under way/);
  const empty = await maud.post(`${address}/beginning`, fieldsOf(dayIn(-3), { evidence: ' ' }));
  assert.match(empty.body, /What shows it: this is needed/);
  const future = await maud.post(`${address}/beginning`, fieldsOf('2999-01-01'));
  assert.match(future.body, /has not come yet/);
  assert.match(future.body, /value="2999"/, 'what was typed is kept');

  assert.equal((await maud.post(`${address}/beginning`, fieldsOf(dayIn(-3)))).status, 303);
  assert.equal((await maud.post(`${address}/beginning`, fieldsOf(dayIn(-3)))).status, 422, 'it begins once');
  assert.equal((await maud.post(`${address}/notice`, fieldsOf(dayIn(-4, 20)))).status, 303);
  const contract = await database.transact(scope, (tx) => getContract(tx, weirs.contractId));
  assert.equal(contract.noticeGivenOn, dayIn(-4, 20), 'the estate knows of the notice');

  const noticeOf = async () =>
    (await database.transact(scope, (tx) => getContract(tx, weirs.contractId))).noticeGivenOn;
  assert.match((await maud.get(address)).body, /Take the notice back/);
  const before = await maud.post(`${address}/notice/withdrawal`, fieldsOf(dayIn(-4, 19)));
  assert.equal(before.status, 422);
  assert.match(before.body, /that is not before it/);
  assert.equal(await noticeOf(), dayIn(-4, 20), 'a notice is not taken back before it was given');
  assert.equal((await maud.post(`${address}/notice/withdrawal`, fieldsOf(dayIn(-4, 25)))).status, 303);
  assert.equal(await noticeOf(), null, 'the estate knows that it was taken back');
  const takenBack = await maud.get(address);
  assert.match(takenBack.body, /Record that notice was given/);
  assert.match(takenBack.body, /Notice to the old supplier was taken back/);
  assert.match(takenBack.body, /Notice was given to the old supplier/, 'what was recorded stays on record');
  assert.equal((await maud.post(`${address}/notice/withdrawal`, fieldsOf(dayIn(-4, 26)))).status, 422);
  assert.equal((await maud.post(`${address}/notice`, fieldsOf(dayIn(-4, 27)))).status, 303);
  assert.equal(await noticeOf(), dayIn(-4, 27), 'and it can be given again');

  assert.equal((await maud.post(`${address}/waves`, { name: 'North', users: '250' })).status, 303);
  assert.match((await maud.post(`${address}/waves`, { name: 'South', users: 'many' })).body, /enter a whole number/);
  const left = await maud.post(`${address}/completion`, fieldsOf(dayIn(-2)));
  assert.match(left.body, /North has not moved/);
  assert.equal((await maud.post(`${address}/waves/1/move`, fieldsOf(dayIn(-3, 20)))).status, 303);
  for (let check = 1; check <= 9; check += 1) {
    const as = check === 3 ? 'not needed' : 'done';
    assert.equal((await maud.post(`${address}/checks/${check}/settlement`, fieldsOf(dayIn(-2), { as }))).status, 303);
  }
  const cost = { kind: 'dual running', amount: '12,500.50' };
  assert.equal((await maud.post(`${address}/costs`, fieldsOf(dayIn(-2), cost))).status, 303);
  assert.equal(
    (await maud.post(`${address}/costs`, fieldsOf(dayIn(-2), { kind: 'moving', amount: '-500' }))).status,
    303,
  );
  assert.equal((await maud.post(`${address}/completion`, fieldsOf(dayIn(-2), { yearlyCost: '45000' }))).status, 303);

  const system = await database.transact(scope, (tx) => getSystem(tx, weirs.systemId));
  const part = (kind: string) => system.parts.find((each) => each.kind === kind);
  assert.equal(part('hosting')?.movedOn, dayIn(-2));
  assert.equal(part('hosting')?.yearlyCost, 4_500_000, 'the map has what it costs in fact');
  assert.equal(part('application')?.movedOn, null);
  assert.equal(part('application')?.yearlyCost, 30_000_000, 'the application stays as it was');
  const [carried] = await program.ask<{ carried_out_on: string }>(
    'select carried_out_on::text from measures.transitions',
  );
  assert.equal(carried?.carried_out_on, dayIn(-2));

  const saving = {
    quarter: addQuarters(thisQuarter, -1),
    kind: 'cashable',
    amount: '30000',
    evidence: 'The invoices of the old host stopped',
  };
  assert.equal((await maud.post(`${address}/savings`, saving)).status, 303);
  const stated = await maud.get(address);
  assert.match(stated.body, /Not yet verified/);
  assert.deepEqual(
    (await figuresOf()).filter(({ figure }) => figure === 'realised'),
    [],
    'it does not count yet',
  );
  const [verify = ''] = /\/savings\/[0-9a-f-]{36}\/verification/.exec(stated.body) ?? [];
  const own = await maud.post(`${address}${verify}`, { evidence: 'I know it' });
  assert.match(own.body, /Ask a colleague/);
  const nadia = await program.signIn('Nadia Roth');
  await nadia.get(address);
  assert.equal((await nadia.post(`${address}${verify}`, { evidence: 'The ledger of payments' })).status, 303);
  assert.equal((await nadia.post(`${address}${verify}`, { evidence: 'again' })).status, 422);

  const corrected = { ...saving, amount: '29000' };
  assert.match((await maud.post(`${address}/savings`, corrected)).body, /Say why it is another now/);
  assert.equal((await maud.post(`${address}/savings`, { ...corrected, reason: 'A late invoice came' })).status, 303);
  const [second = ''] = /\/savings\/[0-9a-f-]{36}\/verification/.exec((await maud.get(address)).body) ?? [];
  assert.notEqual(second, verify);
  assert.equal((await nadia.post(`${address}${second}`, { evidence: 'The late invoice' })).status, 303);
  const figures = await figuresOf();
  assert.deepEqual(
    figures
      .filter(({ figure }) => ['realised', 'not realised', 'one-off'].includes(figure))
      .map(({ figure, revision, amount }) => [figure, revision, amount]),
    [
      ['one-off', 1, 1_250_050],
      ['one-off', 2, 1_200_050],
      ['not realised', 1, 1_000_000],
      ['not realised', 2, 1_100_000],
      ['realised', 1, 3_000_000],
      ['realised', 2, 2_900_000],
    ],
    'restated, and nothing erased',
  );
  assert.match((await maud.get(address)).body, new RegExp(formatQuarter(addQuarters(thisQuarter, -1))));
});

test('what has moved is not planned again, and a plan without a move withdraws what it had promised', async () => {
  const source = { kind: 'person', name: 'test', statedOn: '2024-01-01' } as const;
  const other = await database.transact(scope, async (tx) => {
    const { id: departmentId } = await findOrAddDepartment(tx, { name: 'Department of Weirs' });
    return saveSystem(
      tx,
      {
        departmentId,
        name: 'Flood maps',
        parts: [{ kind: 'hosting', needKey: 'application-hosting', costs: { services: 30_000_000 } }],
      },
      source,
    );
  });
  assert.equal(await adoptNext(), 2);
  const planned = await database.transact(scope, (tx) => listTransitions(tx, ['planned']));
  assert.deepEqual(
    planned.map(({ name }) => name),
    ['Flood maps: hosting'],
  );
  assert.equal(await adoptNext(), 3);
  const promises = await database.transact(scope, (tx) => listPromises(tx, planned[0]?.id ?? ''));
  assert.deepEqual(
    promises.map(({ planNumber }) => planNumber),
    [3, 2],
    'it is promised anew, and both stay',
  );

  // Its hosting is needed for something else now.
  await database.transact(scope, (tx) =>
    saveSystem(
      tx,
      {
        id: other.id,
        departmentId: '',
        name: 'Flood maps',
        parts: [
          { kind: 'hosting', needKey: 'special-to-the-department' },
          { kind: 'application', costs: { people: 1 } },
        ],
      },
      { ...source, statedOn: today },
    ),
  );
  await database.transact(scope, async (tx) => {
    const { id: departmentId } = await findOrAddDepartment(tx, { name: 'Department of Weirs' });
    await saveSystem(
      tx,
      {
        departmentId,
        name: 'Sluices',
        parts: [{ kind: 'hosting', needKey: 'application-hosting', costs: { services: 30_000_000 } }],
      },
      source,
    );
  });
  assert.equal(await adoptNext(), 4);
  const names = async (state: 'planned' | 'withdrawn') =>
    (await database.transact(scope, (tx) => listTransitions(tx, [state]))).map(({ name }) => name);
  assert.deepEqual(await names('planned'), ['Sluices: hosting']);
  assert.deepEqual(await names('withdrawn'), ['Flood maps: hosting']);
  await runPromiseJobs();
  const flood = planned[0]?.id;
  const kept = await program.ask<{ amount: number }>(
    "select distinct on (quarter, figure) amount::int as amount from measures.savings where transition_id = $1 and figure like 'planned%' order by quarter, figure, revision desc",
    [flood],
  );
  assert.ok(kept.length > 0 && kept.every(({ amount }) => amount === 0), 'nothing is promised of it any more');
});

async function ask(path: string, service: string, kind: 'live' | 'team' | 'test' = 'live') {
  const authorization = `Bearer ${await program.tokenFor(service, kind)}`;
  const answer = await program.server.inject({ url: path, headers: { authorization } });
  return { status: answer.statusCode, body: answer.json() };
}

test('the tool of a department reads its own transitions by a live key, and nobody else’s', async () => {
  const services = await program.ask<{ slug: string; organisation_id: string }>(
    'select slug, organisation_id from organisations.services where organisation_id <> $1',
    [scope.organisationId],
  );
  const fishing = services.find(({ slug }) => slug === 'fishing-licence');
  assert.ok(fishing);
  const before = await ask('/api/transitions', 'fishing-licence');
  assert.deepEqual(before, { status: 200, body: { transitions: [], total: 0, nextPage: null } });

  const theirs = await database.transact(scope, (tx) =>
    findOrAddDepartment(tx, { name: 'Rivers and fisheries', ofOrganisationId: fishing.organisation_id }),
  );
  // The department of the made-up system is no organisation with keys: its transitions are handed to one that is.
  await program.ask('update plan.transitions set department_id = $1', [theirs.id]);
  const { body: list } = await ask('/api/transitions', 'fishing-licence');
  const transition = list.transitions.find(({ name }: { name: string }) => name === 'Weir control: hosting');
  assert.ok(transition);
  assert.equal(list.total, list.transitions.length);
  assert.equal(transition.target.name, 'The hosting framework');
  assert.equal(transition.promised.baseline, 20_000_000);
  assert.equal(transition.promised.currency, 'GBP');
  const { body: ofState } = await ask(
    `/api/transitions?state=${encodeURIComponent(transition.state)}`,
    'fishing-licence',
  );
  assert.ok(ofState.transitions.every(({ state }: { state: string }) => state === transition.state));
  assert.equal((await ask('/api/transitions?page=2', 'fishing-licence')).body.transitions.length, 0);

  const path = `/api/transitions/${transition.id}`;
  const { body: whole } = await ask(path, 'fishing-licence');
  assert.equal(whole.state, transition.state);
  assert.ok(whole.checks.length > 0 && whole.done.length > 0);
  assert.ok(whole.waves.every(({ users }: { users: number }) => users > 0));

  // The wrong key, the wrong department, and nonsense.
  for (const kind of ['test', 'team'] as const) {
    assert.equal((await ask(path, 'fishing-licence', kind)).status, 403);
    assert.equal((await ask('/api/transitions', 'fishing-licence', kind)).status, 403);
  }
  assert.equal((await ask('/api/transitions?page=0', 'fishing-licence')).status, 400);
  assert.equal((await ask('/api/transitions?state=lost', 'fishing-licence')).status, 400);
  assert.equal((await ask('/api/transitions/nonsense', 'fishing-licence')).status, 404);
  const locks = await database.transact(scope, (tx) => findOrAddDepartment(tx, { name: 'Department of Locks' }));
  await program.ask('update plan.transitions set department_id = $1 where id = $2', [locks.id, transition.id]);
  assert.equal((await ask(path, 'fishing-licence')).status, 404);
  const { body: rest } = await ask('/api/transitions', 'fishing-licence');
  assert.ok(rest.transitions.every(({ id }: { id: string }) => id !== transition.id));
});

test('a key of the government’s own service reads the transitions of every department, a hundred at once in their order', async () => {
  await database.transact(scope, (tx) =>
    createService(tx, {
      slug: 'technology-office',
      name: 'Technology office',
      summary: 'Reads what moves.',
      phase: 'live',
      audience: 'internal',
      opensOn: null,
      closesOn: null,
      contact: 'The technology office',
      retentionDays: 30,
    }),
  );
  const [first] = await database.transact(scope, (tx) => listTransitions(tx, transitionStates));
  assert.ok(first);
  // Many more, each promised twice: the newer promise is the one that counts.
  await program.ask(
    `insert into plan.transitions (organisation_id, id, part_id, system_id, department_id, target_id, name, target_name, currency, state)
     select organisation_id, gen_random_uuid(), gen_random_uuid(), system_id, gen_random_uuid(), target_id, 'Made up ' || n, target_name, currency, 'withdrawn'
     from plan.transitions, generate_series(1, 230) n where id = $1`,
    [first.id],
  );
  await program.ask(
    `insert into plan.promises select p.organisation_id, t.id, p.plan_number, p.begins_on + (row_number() over ())::int % 90 + p.plan_number, p.ends_on, p.decide_by, p.contract_action, p.baseline, p.baseline_from,
       p.baseline_to, p.baseline_transactions, p.yearly_cost, p.moving_cost, p.dual_running, p.exit_fee, p.worth, p.quarters
     from plan.transitions t, plan.promises p where t.name like 'Made up %' and p.transition_id = $1`,
    [first.id],
  );
  const all = await database.transact(scope, (tx) => listTransitions(tx, transitionStates));
  const pages = [];
  for (let page: number | null = 1; page !== null;) {
    const { status, body } = await ask(`/api/transitions?page=${page}`, 'technology-office');
    assert.equal(status, 200);
    assert.equal(body.total, all.length);
    pages.push(body.transitions);
    page = body.nextPage;
  }
  assert.deepEqual(
    pages.map(({ length }) => length),
    [100, 100, all.length - 200],
  );
  const read: { id: string; promised: { beginsOn: string } }[] = pages.flat();
  assert.deepEqual(new Set(read.map(({ id }) => id)), new Set(all.map(({ id }) => id)));
  assert.deepEqual(
    read.map(({ promised }) => promised.beginsOn),
    all.map(({ promise }) => promise.beginsOn),
  );
  assert.equal((await ask(`/api/transitions/${first.id}`, 'technology-office')).status, 200);
});

test('somebody of another department who guesses addresses of the plan reads and changes nothing', async () => {
  const [transition] = await database.transact(scope, (tx) => listTransitions(tx, transitionStates));
  const [run] = await program.ask<{ id: string }>('select id from plan.runs limit 1');
  const leader = await program.signIn('Linus Farrow');
  const own = await leader.get('/staff');
  assert.equal(own.status, 200);
  for (const path of [
    '/staff/plan',
    '/staff/plan/rules',
    '/staff/plan/settings',
    '/staff/plan/plans/1',
    '/staff/plan/plans/1/moves.csv',
    '/staff/plan/plans/1/to-do.csv',
    `/staff/plan/runs/${run?.id}`,
    '/staff/plan/transitions',
    `/staff/plan/transitions/${transition?.id}`,
    '/staff/estate/rules/united-kingdom-2014',
  ]) {
    const { status, body } = await leader.get(path);
    assert.ok(status === 403 || status === 404, `${path}: ${status}`);
    assert.ok(!body.includes('hosting framework') && !body.includes('Weir'), path);
  }
  const before = await program.ask('select * from plan.settings');
  for (const path of ['/staff/plan/rules', '/staff/plan/settings', '/staff/plan/runs', '/staff/plan/calendars']) {
    const { status } = await leader.post(path, { 'rule-value-limit': 'honour' });
    assert.ok(status === 403 || status === 404, `${path}: ${status}`);
  }
  assert.deepEqual(await program.ask('select * from plan.settings'), before);
  const guessed = await leader.get(`/plan/calendar/${scope.organisationId}.${'a'.repeat(43)}`);
  assert.equal(guessed.status, 404);
});
