import assert from 'node:assert/strict';
import { test } from 'node:test';
import ICAL from 'ical.js';
import { findOrAddDepartment, saveContract, saveSystem, saveTarget, shareContract, getSystem } from '#estate';
import { newId } from '#platform';
import { startTestProgram } from '../../../../testing/program.ts';
import { checkPlan } from '../checker/checker.ts';
import { planTables } from '../database.ts';
import { findPlan } from '../plans/plans.ts';
import { getRun, solveRun } from '../plans/runs.ts';
import { smallProblem } from '../small-problems.fixture.ts';
import { drawCapacityUse } from './capacity-chart.ts';

const program = await startTestProgram();
const { database } = program.whole;
const [root] = await program.ask<{ organisation_id: string }>(
  'select organisation_id from organisations.organisations where parent_id is null',
);
assert.ok(root);
const scope = { organisationId: root.organisation_id, actor: { kind: 'system', name: 'test' } } as const;
const source = { kind: 'person', name: 'test', statedOn: '2026-01-01' } as const;

/** A mission system whose own application stays, while what hosts it can move when its contract ends. */
async function addMissionSystem(): Promise<void> {
  await database.transact(scope, async (tx) => {
    const { id: departmentId } = await findOrAddDepartment(tx, { name: 'Department of Weirs' });
    await saveTarget(tx, {
      needKey: 'application-hosting',
      name: 'Hosting, "the framework", a; b',
      way: 'commodity',
      yearlyCost: 2_000_000,
      movingCost: 1_000_000,
      source: 'test',
    });
    const { id } = await saveSystem(
      tx,
      {
        departmentId,
        name: '=Weir control',
        area: 'mission IT',
        parts: [
          { kind: 'application', needKey: 'special-to-the-department', costs: { people: 30_000_000 } },
          { kind: 'hosting', needKey: 'application-hosting', costs: { services: 20_000_000 } },
        ],
      },
      source,
    );
    const year = new Date().getUTCFullYear() + 1;
    const contract = await saveContract(
      tx,
      {
        departmentId,
        title: 'Hosting of weir control',
        yearlyCost: 20_000_000,
        startsOn: `${year - 2}-04-01`,
        endsOn: `${year}-12-31`,
        notice: { count: 3, unit: 'months' },
        renewalMonths: 12,
      },
      source,
    );
    const hosting = (await getSystem(tx, id)).parts.find(({ kind }) => kind === 'hosting');
    assert.ok(hosting);
    await shareContract(tx, { contractId: contract.id, partId: hosting.id, shareBasisPoints: 10_000 });
  });
}

test('an estate without anything to move is told what is missing', async () => {
  const browser = await program.signIn('Maud Ferrow');
  const overview = await browser.get('/staff/plan');
  assert.match(overview.body, /No plan has been adopted/);
  const refused = await browser.post('/staff/plan/runs');
  assert.equal(refused.status, 422);
  assert.match(refused.body, /There is nothing to plan yet/);
});

test('a mission system stays while its hosting moves when the hosting contract ends, and the plan can be adopted', async () => {
  await addMissionSystem();
  const browser = await program.signIn('Maud Ferrow');
  await browser.get('/staff/plan');
  const started = await browser.post('/staff/plan/runs');
  assert.equal(started.status, 303, started.body);
  const address = started.location ?? '';
  const waiting = await browser.get(address);
  assert.match(waiting.body, /Waiting to begin/);
  assert.equal(waiting.headers.refresh, '3');

  const runId = address.split('/').at(-1) ?? '';
  await solveRun(database, scope, runId);
  const run = await database.transact(scope, (tx) => getRun(tx, runId));
  assert.equal(run.state, 'done', run.complaint ?? '');
  assert.ok(run.problem !== null && run.solution?.plan);
  assert.deepEqual(checkPlan(run.problem, run.solution.plan).faults, []);
  assert.deepEqual(
    run.solution.plan.moves.map(({ partId }) => run.problem?.parts.find(({ id }) => id === partId)?.name),
    ['=Weir control: hosting'],
  );
  assert.ok(run.solution.plan.stays.length >= 1, 'the application stays');

  const shown = await browser.get(address);
  assert.equal(shown.headers.refresh, undefined);
  assert.match(shown.body, /=Weir control: hosting/);
  assert.match(shown.body, /Adopt this plan/);
  assert.match(shown.body, /<svg[^>]+aria-label="1 moves over 20 quarters/);
  const adopted = await browser.post(`${address}/adoption`);
  assert.equal(adopted.location, '/staff/plan/plans/1');
  assert.equal((await browser.post(`${address}/adoption`)).location, '/staff/plan/plans/1');
  assert.match((await browser.get('/staff/plan/plans/1')).body, /Adopted by Maud Ferrow/);
  const csv = await browser.get('/staff/plan/plans/1/moves.csv');
  assert.match(csv.body, /^Part,Department,Need/);
  assert.match(csv.body, /'=Weir control: hosting/, 'no spreadsheet takes a name for a formula');
});

test('an adopted plan never changes, not even by its owner', async () => {
  await assert.rejects(program.ask("update plan.plans set adopted_by = 'nobody'"), /plans/);
});

test('a calendar reads what to decide by when under a secret address, until that is withdrawn', async () => {
  const browser = await program.signIn('Maud Ferrow');
  await browser.get('/staff/plan');
  const made = await browser.post('/staff/plan/calendars');
  const path = /\/plan\/calendar\/[^<\s]+/.exec(made.body)?.[0] ?? '';
  const feed = await program.browser().get(path);
  assert.equal(feed.status, 200, feed.body);
  assert.match(String(feed.headers['content-type']), /text\/calendar/);
  for (const line of feed.body.split('\r\n')) assert.ok(Buffer.byteLength(line) <= 75, line);
  const parsed = new ICAL.Component(ICAL.parse(feed.body));
  const events = parsed.getAllSubcomponents('vevent').map((event) => new ICAL.Event(event));
  const plan = await database.transact(scope, (tx) => findPlan(tx, null));
  assert.equal(events.length, plan?.reading.decisions.length);
  assert.equal(events[0]?.startDate.toString(), plan?.reading.decisions[0]?.by);
  assert.match(events[0]?.summary ?? '', /Hosting of weir control/);

  const [id = ''] = /[0-9a-f-]{36}(?=\/withdrawal)/.exec((await browser.get('/staff/plan')).body) ?? [];
  await browser.post(`/staff/plan/calendars/${id}/withdrawal`);
  assert.equal((await program.browser().get(path)).status, 404);
  assert.equal((await program.browser().get('/plan/calendar/nonsense')).status, 404);
  assert.equal((await program.browser().get(`/plan/calendar/${root.organisation_id}.guess`)).status, 404);
});

test('settings that cannot be are refused beside their field, keep what was typed, and nothing is saved', async () => {
  const browser = await program.signIn('Maud Ferrow');
  await browser.get('/staff/plan/settings');
  const sound = {
    'startsOn-day': '1',
    'startsOn-month': '4',
    'startsOn-year': '2027',
    quarters: '12',
    discountRate: '3.5',
    departmentWeeks: '100',
    teamWeeks: '50',
    yearlyBudget: '',
    mayTerminate: 'no',
  };
  for (const [change, id, words] of [
    [{ quarters: '1.5' }, 'quarters', /Quarters: enter a whole number from 1 to 60/],
    [{ quarters: '61' }, 'quarters', /Quarters: enter a whole number from 1 to 60/],
    [{ 'startsOn-day': '31', 'startsOn-month': '2' }, 'startsOn', /First day of the plan: enter a real date/],
    [{ discountRate: '101' }, 'discountRate', /Discount rate: enter a number from 0 to 100/],
    [{ departmentWeeks: '-1' }, 'departmentWeeks', /enter a number from 0 to 1,000,000/],
    [{ teamWeeks: '' }, 'teamWeeks', /this is needed/],
    [{ yearlyBudget: '-5' }, 'yearlyBudget', /enter an amount that is not negative/],
    [{ mayTerminate: 'perhaps' }, 'mayTerminate', /choose one of the list/],
  ] as const) {
    const refused = await browser.post('/staff/plan/settings', { ...sound, discountRate: '2.75', ...change });
    assert.equal(refused.status, 422, JSON.stringify(change));
    assert.match(refused.body, words);
    assert.match(refused.body, new RegExp(`id="${id}-error"`));
    assert.match(refused.body, /<title>Error: /);
    if (id !== 'discountRate') assert.match(refused.body, /value="2.75"/);
  }
  assert.doesNotMatch((await browser.get('/staff/plan')).body, /2.75%/);
  assert.equal((await browser.post('/staff/plan/settings', { ...sound, yearlyBudget: '1,200.50' })).status, 303);
  const shown = (await browser.get('/staff/plan')).body;
  for (const words of [/1 April 2027/, /3.5% a year/, /£1,200.50/, /100 person-weeks a quarter/])
    assert.match(shown, words);
  assert.match((await browser.get('/staff/plan/settings')).body, /value="1200.5"/);

  const day = { 'keepUntil-day': '30', 'keepUntil-month': '2', 'keepUntil-year': '2027' };
  const kept = await browser.post('/staff/plan/runs', day);
  assert.equal(kept.status, 422);
  assert.match(kept.body, /id="keepUntil-error"/);
  assert.match(kept.body, /value="30"/);
});

test('who is busy is drawn as a chart of what there is and what moves take, with its table', async () => {
  const use = { name: 'Department of <Weirs>', used: [0, 13, 26, 26], most: [26, 26, 26, 26] };
  const idle = { name: 'Nobody', used: [0, 0, 0, 0], most: [13, 13, 13, 13] };
  const svg = drawCapacityUse([use, idle], '2026-10-01');
  assert.match(svg, /Department of &lt;Weirs&gt;, January 2027: 13 of 26 person-weeks/);
  assert.equal(svg.match(/bar--outline/g)?.length, 4, 'who has nothing to do is in the table alone');
  assert.equal(svg.match(/bar--filled/g)?.length, 3);
  assert.equal(drawCapacityUse([idle], '2026-10-01'), '');
  const browser = await program.signIn('Maud Ferrow');
  const page = (await browser.get('/staff/plan/plans/1')).body;
  assert.match(page, /Person-weeks of \d+ departments and teams over 20 quarters/);
  assert.match(page, /Person-weeks, quarter by quarter/);
});

test('where there is no plan the page says which demands clash, one by one, and what can be done', async () => {
  const browser = await program.signIn('Maud Ferrow');
  const id = newId();
  await database.transact(scope, (tx) =>
    planTables(tx)
      .insertInto('runs')
      .values({
        organisation_id: tx.organisationId,
        id,
        state: 'waiting',
        gap: 0.01,
        seconds: 20,
        problem: JSON.stringify(smallProblem(8)),
        started_by: 'test',
      })
      .execute(),
  );
  await solveRun(database, scope, id);
  const page = await browser.get(`/staff/plan/runs/${id}`);
  assert.match(page.body, /There is no plan<\/h1>/);
  assert.match(page.body, /these demands clash\. Change one of them:<\/p>/);
  assert.match(page.body, /<li>The team of Target 1 has no more people than is said\.<\/li>/);
  assert.match(page.body, /<li>Part 3 must have been left by the end of quarter 9\.<\/li>/);
  assert.match(page.body, /href="\/staff\/plan\/settings">Change the settings/);
  assert.doesNotMatch(page.body, /Adopt this plan/);
});
