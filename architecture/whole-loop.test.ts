import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import type { Page } from 'playwright-core';
import {
  findOrAddDepartment,
  getSystem,
  pushServiceCosts,
  saveContract,
  saveSystem,
  saveTarget,
  serveService,
  shareContract,
} from '#estate';
import { addQuarters, countAll, daysOf, enterCost, formatQuarter, quarterOf, recordTransactions } from '#measures';
import { addDays, createCalendar, startJobs, type Scope } from '#platform';
import { openBrowser } from '../testing/browser.ts';
import { startTestProgram } from '../testing/program.ts';

// Map, match, plan, move, measure: a system of the demonstration goes once round, and everybody does it in a browser.
const program = await startTestProgram({ JOB_CONCURRENCY: '2' });
const { database, log, jobs } = program.whole;
const running = await startJobs({ database, databaseUrl: program.database.url, jobs, concurrency: 2, log });
const [browser, address] = await Promise.all([openBrowser(), program.server.listen({ host: '127.0.0.1', port: 0 })]);
after(async () => {
  await browser.close();
  await running.stop();
});

const calendar = createCalendar(program.settings.timeZone);
const today = calendar.today();
const quarter = (count: number) => addQuarters(quarterOf(today), count);
/** The plan begins a year ago, so that what it promises can have happened by today. */
const startsOn = daysOf(quarter(-4)).from;
const switchedOff = daysOf(quarter(-2)).from;

const oldCost = 4_800_000;
const newCost = 600_000;
const calls = 40;

const [archive] = await program.ask<{ organisation_id: string; id: string }>(
  "select organisation_id, id from organisations.services where slug = 'archive-visit'",
);
const [root] = await program.ask<{ organisation_id: string }>(
  'select organisation_id from organisations.organisations where parent_id is null',
);
assert.ok(archive && root);
const government: Scope = { organisationId: root.organisation_id, actor: { kind: 'system', name: 'test' } };
const records: Scope = { organisationId: archive.organisation_id, actor: { kind: 'system', name: 'test' } };
await describeLegacySystem();

test('a legacy system is planned, moved to the forms component and measured, until the public sees what it costs now', async () => {
  const before = await costPerTransaction();
  // The year of the page ends today: three quarters, and the share of this one that is over.
  const { from, to } = daysOf(quarter(0));
  const share = daysFrom(from, today) / daysFrom(from, to);
  assertMoney(before, (oldCost / 4) * (3 + share), calls);

  const maud = await signIn('Maud Ferrow');
  await maud.getByRole('link', { name: 'Plan', exact: true }).first().click();
  await heading(maud, 'Plan');
  await maud.getByRole('link', { name: 'Change the settings' }).click();
  await fillDay(maud, 'startsOn', startsOn);
  await maud.getByRole('button', { name: 'Save settings' }).click();
  await heading(maud, 'Plan');
  await maud.getByRole('button', { name: 'Look for a plan' }).click();
  // The page asks again by itself until there is a plan.
  await maud.getByRole('button', { name: 'Adopt this plan' }).click({ timeout: 60_000 });
  await heading(maud, 'Plan 1');
  await maud.getByText('Reading room bookings').first().waitFor();

  await maud.goto(`${address}/staff/plan/transitions`);
  await maud.getByRole('link', { name: 'Reading room bookings' }).click();
  await heading(maud, /Reading room bookings/);
  await maud.getByText('£48,000').first().waitFor();

  await record(maud, 'Begin the move', { on: daysOf(quarter(-3)).from });
  await record(maud, 'Record that notice was given', { on: addDays(daysOf(quarter(-3)).from, -20) });
  await maud.getByRole('link', { name: 'Add a wave' }).click();
  await maud.getByLabel('Who moves in it?').fill('Readers');
  await maud.getByLabel('How many users?').fill('900');
  await maud.getByRole('button', { name: 'Add the wave' }).click();
  await record(maud, 'Record that Readers moved', { on: addDays(switchedOff, -10) });
  for (;;) {
    const task = maud.locator('.govuk-task-list__link').first();
    if ((await task.count()) === 0) break;
    await task.click();
    await maud.getByLabel('It was done').check();
    await answer(maud, { on: addDays(switchedOff, -5) });
  }
  await maud.getByRole('link', { name: 'Enter what it cost' }).click();
  await maud.getByLabel('Running the new one beside the old one').check();
  await maud.getByLabel('How much?').fill('500');
  await answer(maud, { on: addDays(switchedOff, -3) });
  await record(maud, 'Complete the move', { on: switchedOff });
  await maud.getByText('Completed', { exact: true }).waitFor();
  await maud.getByRole('link', { name: 'See it on the map' }).click();
  await heading(maud, 'Reading room bookings');
  assert.match(await maud.locator('main').innerText(), /£6,000/, 'the map has what it costs now');

  await applyForAVisit();
  await countAll(database, { calendar, currency: program.settings.currency });
  const now = await costPerTransaction();
  assertMoney(now, oldCost / 4 + (newCost / 4) * (2 + share), calls + 1);
  assert.ok(now < before * 0.6, `${now} after ${before}`);

  const saved = { quarter: quarter(-1), amount: '10,000' };
  await maud.goto(`${address}/staff/plan/transitions?show=completed`);
  await maud.getByRole('link', { name: 'Reading room bookings' }).click();
  await maud.getByRole('link', { name: 'State what was saved in a quarter' }).click();
  await maud.getByLabel('In which quarter?').selectOption(saved.quarter);
  await maud.getByLabel('Cashable').check();
  await maud.getByLabel('How much?').fill(saved.amount);
  await answer(maud, {});
  await maud.getByText('Not yet verified', { exact: true }).waitFor();

  const nadia = await signIn('Nadia Roth');
  await nadia.goto(maud.url());
  await nadia.getByRole('link', { name: /^Verify/ }).click();
  await nadia.getByLabel('What did you look at?').fill('The payments of the quarter');
  await nadia.getByRole('button', { name: 'Verify it' }).click();
  await nadia.getByText('Verified by Nadia Roth').first().waitFor();

  // What everybody can see, without signing in.
  const visitor = await open();
  await visitor.goto(`${address}/performance/savings`);
  await visitor.getByRole('link', { name: /^Reading room bookings: move to Forms/ }).click();
  const ledger = await visitor.locator('main').innerText();
  assert.match(ledger, /Baseline/);
  assert.match(ledger, /£48,000/, 'the baseline');
  assert.match(ledger, new RegExp(`${formatQuarter(saved.quarter)}[^]*£10,500[^]*£10,000`), 'planned and realised');
  assert.match(ledger, /Verified by Nadia Roth: The payments of the quarter/);
  assert.match(ledger, /Carried out on/);
});

/** A system that takes bookings for the archive by phone, with the contract under which it is bought, and a year of calls. */
async function describeLegacySystem(): Promise<void> {
  assert.ok(archive);
  const { id: serviceId, organisation_id: organisationId } = archive;
  const source = { kind: 'person', name: 'test', statedOn: addDays(startsOn, -365) } as const;
  await database.transact(government, async (tx) => {
    const { id: departmentId } = await findOrAddDepartment(tx, {
      name: 'Department of Records',
      ofOrganisationId: organisationId,
    });
    await saveTarget(tx, {
      needKey: 'booking-appointments',
      name: 'Forms',
      way: 'common component',
      component: 'forms',
      yearlyCost: newCost,
      movingCost: 800_000,
      source: 'The price list of the platform',
    });
    const { id: systemId } = await saveSystem(
      tx,
      {
        departmentId,
        name: 'Reading room bookings',
        area: 'digital public services',
        yearlyTransactions: calls,
        parts: [{ kind: 'application', needKey: 'booking-appointments', costs: { services: oldCost } }],
      },
      source,
    );
    const contract = await saveContract(
      tx,
      {
        departmentId,
        title: 'Booking by phone',
        yearlyCost: oldCost,
        startsOn: addDays(startsOn, -730),
        endsOn: addDays(switchedOff, -1),
        notice: { count: 1, unit: 'months' },
        renewalMonths: 12,
      },
      source,
    );
    const [part] = (await getSystem(tx, systemId)).parts;
    assert.ok(part);
    await shareContract(tx, { contractId: contract.id, partId: part.id, shareBasisPoints: 10_000 });
    const since = daysOf(quarter(-8)).from;
    await serveService(tx, {
      systemId,
      serviceId,
      serviceOrganisationId: organisationId,
      shareBasisPoints: 10_000,
      since,
      source: 'test',
    });
    await pushServiceCosts(tx, today, { systemId });
  });
  await database.transact(records, async (tx) => {
    await recordTransactions(
      tx,
      serviceId,
      Array.from({ length: calls }, (_, index) => ({
        transactionId: `call ${index}`,
        event: 'completed' as const,
        channel: 'phone' as const,
        at: `${daysOf(quarter(-(index % 4))).from}T00:00:00Z`,
      })),
    );
    for (const kind of ['staff', 'accommodation', 'postage and printing', 'fees', 'overheads'] as const) {
      await enterCost(tx, serviceId, {
        kind,
        channel: null,
        shares: null,
        from: daysOf(quarter(-8)).from,
        to: daysOf(quarter(0)).to,
        amount: 0,
        currency: program.settings.currency,
        quality: 'measured',
        evidence: 'The department’s books',
      });
    }
  });
  await countAll(database, { calendar, currency: program.settings.currency });
}

/** What the public page says one booking costs, in whole units of money. */
async function costPerTransaction(): Promise<number> {
  const visitor = await open();
  await visitor.goto(`${address}/performance/services/archive-visit`);
  const text = await visitor.locator('main').innerText();
  const found = /£([\d,]+(?:\.\d\d)?)/.exec(text)?.[1]?.replaceAll(',', '');
  assert.ok(found, text);
  await visitor.context().close();
  return Number(found);
}

function assertMoney(shown: number, minorUnits: number, transactions: number): void {
  const expected = minorUnits / 100 / transactions;
  assert.ok(Math.abs(shown - expected) < 0.011, `${shown} is shown, and ${expected} is right`);
}

/** How many days from one to another, both counted. */
function daysFrom(from: string, to: string): number {
  return (Date.parse(to) - Date.parse(from)) / 86_400_000 + 1;
}

async function applyForAVisit(): Promise<void> {
  const citizen = await open();
  await citizen.goto(`${address}/services/archive-visit`);
  await citizen.getByRole('button', { name: 'Start now' }).click();
  await fillDay(citizen, 'day', addDays(today, 20));
  await goOn(citizen);
  await citizen.getByLabel('At what time?').selectOption({ label: 'Morning, 9am to 1pm' });
  await goOn(citizen);
  await citizen.getByLabel('How many people are coming?').fill('2');
  await goOn(citizen);
  await citizen.getByLabel('Which records do you want to see?').fill('The harbour books of 1881');
  await goOn(citizen);
  await citizen.getByLabel('A magnifier').check();
  await goOn(citizen);
  await citizen.getByLabel('What is your full name?').fill('Jonas Weil');
  await goOn(citizen);
  await citizen.getByLabel('Email address').fill('jonas.weil@example.org');
  await goOn(citizen);
  await citizen.getByRole('button', { name: 'Accept and send' }).click();
  await heading(citizen, 'Sent');
  await citizen.context().close();
}

/** Follows a link of a transition's page, and answers the form behind it. */
async function record(page: Page, link: string, values: { readonly on: string }): Promise<void> {
  const found = page.getByRole('link', { name: link }).or(page.getByRole('button', { name: link }));
  await found.first().click();
  await answer(page, values);
}

/** Answers what every form asks, sends it, and waits for the transition's page. */
async function answer(page: Page, { on }: { readonly on?: string }): Promise<void> {
  if (on !== undefined) await fillDay(page, 'on', on);
  await page.locator('[name="evidence"]').fill('Letter RR-7, in the records of the programme');
  await page.locator('main form button[type="submit"], main form button:not([type])').last().click();
  await page.getByRole('heading', { name: 'What was done' }).waitFor();
}

async function fillDay(page: Page, name: string, day: string): Promise<void> {
  const [year = '', month = '', date = ''] = day.split('-');
  await page.locator(`[name="${name}-day"]`).fill(date);
  await page.locator(`[name="${name}-month"]`).fill(month);
  await page.locator(`[name="${name}-year"]`).fill(year);
}

const goOn = (page: Page): Promise<void> => page.getByRole('button', { name: 'Continue' }).click();

const heading = (page: Page, name: string | RegExp): Promise<void> =>
  page.getByRole('heading', { name, level: 1 }).waitFor({ state: 'visible' });

/** A browser of somebody's own. */
async function open(): Promise<Page> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 } });
  context.setDefaultTimeout(20_000);
  return context.newPage();
}

async function signIn(name: string): Promise<Page> {
  const page = await open();
  await page.goto(`${address}/staff`);
  await page.getByRole('button', { name: `Sign in as ${name}` }).click();
  await heading(page, 'Your work');
  return page;
}
