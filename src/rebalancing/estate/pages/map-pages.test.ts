import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { formatDate } from '#design';
import { listSystems, listTargets, movePart, saveTarget } from '#estate';
import { listOrganisations } from '#organisations';
import { openDatabase, type Tx } from '#platform';
import { openBrowser } from '../../../../testing/browser.ts';
import { createPlace } from '../../../../testing/running-program.ts';

const place = await createPlace();
const [browser] = await Promise.all([openBrowser(), place.start()]);
after(() => browser.close());

const department = 'Ministry of Light';
const today = new Date().toISOString().slice(0, 10);
const systems = `Department,System,Description,Area,Users,Hosting cost,Services cost
${department},Lamp inspections,Inspectors decide cases about lamps,Mission IT,55,40000,90000
${department},Wick applications,Shops apply online for a wick licence,Digital public services,900,20000,60000
${department},Lighthouse payroll,Pays the keepers,Back office,300,10000,50000
${department},Beacon network,Wide area network of the beacons,Infrastructure,400,0,80000
`;
const contracts = `Department,Title,Supplier,Kind,Start date,End date,Auto renew,Renewal term,Notice period,Annual value,System
${department},Lamp hosting,Tallow Services,hosting,2024-04-01,2028-03-31,yes,12,3 months,40000,Lamp inspections
`;

test('a chief technology officer brings files, sees four areas, confirms a need, sees a broken rule, and hosting that moved', async () => {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, javaScriptEnabled: false });
  const page = await context.newPage();
  const heading = (name: string | RegExp): Promise<void> => page.getByRole('heading', { name, level: 1 }).waitFor();
  await page.goto(`${place.address}/staff/sign-in`);
  await page.getByRole('button', { name: 'Sign in as Nadia Roth' }).click();
  await heading('Your work');

  // From the map by its sub-navigation to the page of imports, where the sub-navigation still stands.
  await page.goto(`${place.address}/staff/estate`);
  await page.getByRole('link', { name: 'Bring in and take out' }).first().click();
  await page.getByRole('button', { name: 'Bring in a file' }).click();
  await heading('Import a table');
  await page.getByRole('link', { name: 'Map', exact: true }).waitFor();
  for (const [kind, name, text] of [
    ['Systems', 'systems.csv', systems],
    ['Contracts', 'contracts.csv', contracts],
  ] as const) {
    await page.goto(`${place.address}/staff/estate/imports`);
    await page.getByLabel(kind, { exact: true }).check();
    await page.getByLabel('File').setInputFiles({ name, mimeType: 'text/csv', buffer: Buffer.from(text) });
    await page.getByRole('button', { name: 'Upload' }).click();
    await heading('Which column is what?');
    await page.getByRole('button', { name: /^Import \d rows?$/ }).click();
    for (let tries = 0; tries < 100; tries += 1) {
      const again = page.getByRole('link', { name: 'See how far it is now' });
      if ((await again.count()) === 0) break;
      await page.waitForTimeout(300);
      await again.click();
    }
    await heading('Imported');
  }

  // The map of that department alone, in the four areas.
  await page.goto(`${place.address}/staff/estate`);
  await page.getByLabel('Department').selectOption(department);
  await page.getByRole('button', { name: 'Apply filters' }).click();
  await heading('Technology');
  const map = page.locator('svg.commonhold-treemap--wide');
  for (const area of ['Mission IT', 'Digital public services', 'Back office', 'Infrastructure']) {
    await map.locator('.commonhold-treemap__heading', { hasText: area }).waitFor();
  }
  await page.getByRole('link', { name: 'Lamp inspections', exact: true }).waitFor();

  // A rule that its contract breaks, with the contract and the reason.
  await page.getByRole('link', { name: 'Lamp inspections', exact: true }).click();
  await heading(/Lamp inspections/);
  await page.getByText('It renews by itself by 12 months unless notice is given.').waitFor();
  await page.getByText('It runs for 48 months; the limit for hosting is 24.').waitFor();
  await page.getByRole('link', { name: 'Lamp hosting' }).first().waitFor();

  // What the program thinks it is for, confirmed by the person.
  await page.goto(`${place.address}/staff/estate/suggestions`);
  await page.getByRole('button', { name: /^Look/ }).click();
  const suggested = page.locator('form', { has: page.getByRole('button', { name: /Confirm/ }) });
  const before = await suggested.count();
  assert.ok(before > 0, await page.locator('main').innerText());
  const wick = page.locator('.govuk-summary-card, li, tr, .govuk-summary-list__row', { hasText: 'Wick applications' });
  await wick
    .first()
    .getByRole('button', { name: /Confirm/ })
    .click();
  await page.goto(`${place.address}/staff/estate/needs`);
  await heading('Needs');
  const savings = await page
    .locator('tbody tr')
    .evaluateAll((rows) => rows.map((row) => row.lastElementChild?.textContent));
  const amounts = savings.map((text) => {
    const found = /£([\d.,]+)( million)?/.exec(text ?? '');
    return found === null ? 0 : Number((found[1] ?? '').replaceAll(',', '')) * (found[2] === undefined ? 1 : 1_000_000);
  });
  assert.deepEqual(
    amounts,
    amounts.toSorted((one, other) => other - one),
    'ranked by what there is to save',
  );
  await page.getByRole('link', { name: 'Taking applications' }).click();
  await page.getByRole('link', { name: 'Wick applications' }).waitFor();

  // The mission system stays while its hosting moves.
  await transact(async (tx) => {
    const system = (await listSystems(tx)).find(({ name }) => name === 'Lamp inspections');
    const hosting = system?.parts.find(({ kind }) => kind === 'hosting');
    const target = {
      needKey: 'application-hosting',
      name: 'The lantern cloud',
      way: 'commodity',
      source: 'test',
    } as const;
    await saveTarget(tx, { ...target, yearlyCost: 1_500_000 });
    const targetId = (await listTargets(tx)).find(({ name }) => name === target.name)?.id;
    assert.ok(hosting !== undefined && targetId !== undefined);
    await movePart(tx, { partId: hosting.id, targetId, on: today }, { kind: 'program', name: 'a plan' });
  });
  await page.goto(`${place.address}/staff/estate?q=lamp+inspections`);
  await page.locator('tbody').getByText('Its hosting moved').waitFor();
  await page.getByLabel('Drawn by').selectOption('What has moved');
  await page.getByRole('button', { name: 'Apply filters' }).click();
  await map.locator('.commonhold-treemap__heading', { hasText: 'Moved to The lantern cloud' }).waitFor();
  await map.locator('.commonhold-treemap__heading', { hasText: 'Not moved' }).waitFor();
  await map.getByRole('link', { name: `Lamp inspections: hosting, £15,000. since ${formatDate(today)}` }).click();
  await page.getByText(`Moved to The lantern cloud on ${formatDate(today)}`).waitFor();
  await context.close();
});

/** Works in the government's estate as the program does. */
async function transact(work: (tx: Tx) => Promise<void>): Promise<void> {
  const database = openDatabase({
    url: place.databaseUrl(),
    connections: 1,
    onIdleError: () => {},
    onMandateUsed: async () => {},
  });
  try {
    const root = (await listOrganisations(database)).find(({ parentId }) => parentId === null);
    assert.ok(root !== undefined);
    await database.transact({ organisationId: root.id, actor: { kind: 'system', name: 'test' } }, work);
  } finally {
    await database.close();
  }
}
