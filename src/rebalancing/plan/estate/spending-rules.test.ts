import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  findOrAddDepartment,
  getSystem,
  saveContract,
  saveRulePack,
  saveSystem,
  saveTarget,
  shareContract,
} from '#estate';
import { startTestProgram } from '../../../../testing/program.ts';
import { checkPlan } from '../checker/checker.ts';
import { getRun, solveRun, startRun } from '../plans/runs.ts';
import { savePlanSettings } from '../plans/settings.ts';
import { usualSettings } from './estate-problem.ts';
import { listPackPeriods, plannableRules, treatRules } from './spending-rules.ts';

const program = await startTestProgram();
const { database } = program.whole;
const [root] = await program.ask<{ organisation_id: string }>(
  'select organisation_id from organisations.organisations where parent_id is null',
);
assert.ok(root);
const scope = { organisationId: root.organisation_id, actor: { kind: 'system', name: 'test' } } as const;

/** Hosting that is bought with the target only from the third year on, under a contract that renews by itself each year. */
await database.transact(scope, async (tx) => {
  const source = { kind: 'person', name: 'test', statedOn: '2025-01-01' } as const;
  const { id: departmentId } = await findOrAddDepartment(tx, { name: 'Department of Mills' });
  await saveTarget(tx, {
    needKey: 'application-hosting',
    name: 'Common hosting',
    way: 'commodity',
    yearlyCost: 1_000_000,
    availableFrom: '2029-01-01',
    source: 'test',
  });
  const { id } = await saveSystem(
    tx,
    {
      departmentId,
      name: 'Mill register',
      parts: [{ kind: 'hosting', needKey: 'application-hosting', costs: { services: 50_000_000 } }],
    },
    source,
  );
  const contract = await saveContract(
    tx,
    {
      departmentId,
      title: 'Hosting of the mill register',
      yearlyCost: 50_000_000,
      startsOn: '2024-01-01',
      endsOn: '2027-12-31',
      notice: { count: 3, unit: 'months' },
      renewalMonths: 12,
    },
    source,
  );
  const hosting = (await getSystem(tx, id)).parts.find(({ kind }) => kind === 'hosting');
  assert.ok(hosting);
  await shareContract(tx, { contractId: contract.id, partId: hosting.id, shareBasisPoints: 10_000 });
  await savePlanSettings(tx, { ...usualSettings, startsOn: '2027-01-01' }, 'test');
});

async function plan() {
  const runId = await database.transact(scope, (tx) =>
    startRun(tx, { by: 'test', today: '2026-11-25', seconds: 10, gap: 0 }),
  );
  await solveRun(database, scope, runId);
  const { problem, solution, reading, complaint } = await database.transact(scope, (tx) => getRun(tx, runId));
  assert.ok(problem !== null && solution?.plan && reading !== null, complaint ?? '');
  assert.deepEqual(checkPlan(problem, solution.plan).faults, []);
  const actions = solution.plan.moves.flatMap(({ steps }) => steps.map(({ action }) => action));
  return { runId, value: solution.plan.value, actions, rules: reading.rules ?? [] };
}

test('a plan honours a rule of spending, or breaks it at its price, and says what the rule costs', async () => {
  const browser = await program.signIn('Maud Ferrow');
  const free = await plan();
  assert.ok(free.actions.includes('tacit'), free.actions.join(', '));
  assert.deepEqual(free.rules, []);

  const page = await browser.get('/staff/plan/rules');
  const [, key = ''] = /name="rule-(no-automatic-extension)"/.exec(page.body) ?? [];
  assert.notEqual(key, '', 'the rule is asked about');
  assert.equal((await browser.post('/staff/plan/rules', { [`rule-${key}`]: 'honour' })).status, 303);
  const honoured = await plan();
  assert.ok(!honoured.actions.includes('tacit'), honoured.actions.join(', '));
  const [cost] = honoured.rules;
  assert.equal(cost?.broken, null);
  assert.equal(cost?.cost, free.value - honoured.value, 'it costs what the plan is worth less');
  assert.match((await browser.get(`/staff/plan/runs/${honoured.runId}`)).body, /Honoured: keeping it costs £/);

  const priced = { [`rule-${key}`]: 'price', [`price-${key}`]: '1000' };
  assert.equal((await browser.post('/staff/plan/rules', priced)).status, 303);
  const broken = await plan();
  assert.ok(broken.actions.includes('tacit'), 'a small price is paid');
  assert.equal(broken.rules[0]?.broken, 'tacit');
  assert.ok(broken.value < free.value && broken.value > honoured.value);
  assert.equal((await browser.post('/staff/plan/rules', { ...priced, [`price-${key}`]: 'much' })).status, 422);

  assert.equal((await browser.post('/staff/plan/rules', { [`rule-${key}`]: 'leave out' })).status, 303);
  assert.equal((await plan()).value, free.value);
});

test('every rule in force can be honoured or priced, and one whose price cannot be read is refused beside its field', async () => {
  const browser = await program.signIn('Maud Ferrow');
  const page = await browser.get('/staff/plan/rules');
  for (const key of ['value-limit', 'no-automatic-extension', 'hosting-term', 'separate-roles', 'approval-technology'])
    assert.match(page.body, new RegExp(`name="rule-${key}"`), key);
  assert.match(page.body, /Approvals are given by the Cabinet Office at once/);
  const refused = await browser.post('/staff/plan/rules', { 'rule-value-limit': 'price', 'price-value-limit': 'dear' });
  assert.equal(refused.status, 422);
  assert.match(refused.body, /href="#price-value-limit"/);
  assert.match(refused.body, /value="dear"/, 'what was typed is kept');
});

test('an approval takes as long as the pack says: it delays a move, and stands in the list, the calendar and the files', async () => {
  const browser = await program.signIn('Maud Ferrow');
  const pack = await browser.get('/staff/estate/rules/united-kingdom-2014');
  const form = {
    name: 'Spending controls of 2014',
    from: '2014-01-24',
    until: '',
    addsUp: 'yes',
    approver: 'Treasury board',
    ...Object.fromEntries([...pack.body.matchAll(/name="([a-z-]+-applies)"/g)].map(([, name]) => [name ?? '', 'yes'])),
  };
  const path = '/staff/estate/rules/united-kingdom-2014';
  const refused = await browser.post(path, { ...form, approvalMonths: '-1' });
  assert.equal(refused.status, 422);
  assert.match(refused.body, /Enter how long an approval takes in whole months, from 0 to 36/);
  assert.equal((await browser.post(path, { ...form, approvalMonths: '30' })).status, 303);
  // On the target it comes to 50 thousand in five years: far from 5 million, until that threshold is lower.
  const lowered = { ...form, approvalMonths: '30', 'approval-technology-amount': '30000' };
  assert.equal((await browser.post(path, lowered)).status, 303);
  assert.equal((await browser.post('/staff/plan/rules', { 'rule-approval-technology': 'honour' })).status, 303);

  const { runId, value } = await plan();
  const { problem, solution, reading } = await database.transact(scope, (tx) => getRun(tx, runId));
  const [rule] = problem?.rules ?? [];
  assert.equal(rule?.demand?.kind, 'approval');
  // Thirty months are ten quarters; the old contract is bought again by then, and paid for longer.
  assert.ok((solution?.plan?.moves[0]?.startQuarter ?? 0) >= 10);
  const asked = reading?.approvals?.find(({ action }) => action === 'move');
  assert.ok(asked?.by === 'Treasury board');
  const [ruleValue] = reading?.ruleValues ?? [];
  assert.ok(ruleValue !== undefined && ruleValue.without > value, 'waiting costs something');
  const shown = await browser.get(`/staff/plan/runs/${runId}`);
  assert.match(shown.body, /Ask Treasury board for approval to move it to Common hosting/);
  assert.match(shown.body, /Honoured\. \w+ approvals? to ask for\./);

  const adopted = await browser.post(`/staff/plan/runs/${runId}/adoption`, {});
  const [, number = ''] = /plans\/(\d+)$/.exec(adopted.location ?? '') ?? [];
  const moves = await browser.get(`/staff/plan/plans/${number}/moves.csv`);
  assert.ok(moves.body.includes(`,Treasury board,${asked.askBy}`), moves.body);
  const toDo = await browser.get(`/staff/plan/plans/${number}/to-do.csv`);
  const line = `${asked.askBy},Ask Treasury board for approval to move it to Common hosting,Mill register`;
  assert.ok(toDo.body.includes(line), toDo.body);
  const made = await browser.post('/staff/plan/calendars', {});
  const [, address = ''] = /\/plan\/calendar\/([^<\s]+)/.exec(made.body) ?? [];
  const calendar = await browser.get(`/plan/calendar/${address}`);
  assert.match(
    calendar.body.replaceAll(/\r\n /g, ''),
    /SUMMARY:Ask Treasury board for approval to move it to Common hosting: Mill register/,
  );
});

test('what is done is judged by the pack in force on its day, also where another takes its place within the plan', async () => {
  const span = { startsOn: '2027-01-01', quarters: 20 };
  const periods = await database.transact(scope, async (tx) => {
    const [pack] = await listPackPeriods(tx, span);
    assert.ok(pack);
    const rules = pack.pack.rules.map((rule) =>
      rule.kind === 'term limit'
        ? { ...rule, months: 12, words: 'Hosting is bought for no longer than 12 months' }
        : rule,
    );
    await saveRulePack(tx, { ...pack.pack, key: 'next', name: 'Next', from: '2028-07-15', rules });
    return listPackPeriods(tx, span);
  });
  assert.deepEqual(
    periods.map(({ pack, from, until }) => [pack.key, from, until]),
    [
      ['united-kingdom-2014', '2027-01-01', '2028-07-15'],
      ['next', '2028-07-15', '2032-01-01'],
    ],
  );
  const treatments = { 'hosting-term': { treatment: 'honour', price: 0 } } as const;
  const treated = treatRules(periods, treatments, { ...span, currency: 'GBP' }).map(({ rule }) => rule);
  assert.deepEqual(
    treated.map(({ id, demand, from, until }) => [id, demand, from, until]),
    [
      ['hosting-term', { kind: 'term limit', contractKind: 'hosting', months: 24 }, undefined, 19],
      ['hosting-term 2028-07-15', { kind: 'term limit', contractKind: 'hosting', months: 12 }, 19, undefined],
    ],
  );
  assert.equal(plannableRules(periods).filter(({ key }) => key === 'hosting-term').length, 1, 'it is asked about once');
  const browser = await program.signIn('Maud Ferrow');
  assert.match((await browser.get('/staff/plan/rules')).body, /Next, which take their place on 15 July 2028/);
  assert.equal((await browser.post('/staff/plan/rules', { 'rule-hosting-term': 'honour' })).status, 303);
  await plan();
});
