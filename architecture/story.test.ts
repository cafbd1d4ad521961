import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import type { BrowserContext, Page } from 'playwright-core';
import { openBrowser } from '../testing/browser.ts';
import { createPlace } from '../testing/running-program.ts';

// The program as it is started by hand, and people who know nothing but what the pages say.
const place = await createPlace({ LOG_LEVEL: 'debug' });
const [browser, program] = await Promise.all([openBrowser(), place.start()]);
after(() => browser.close());

const desk = { width: 1280, height: 900 };
const phone = { width: 375, height: 720 };

test('somebody applies for a licence without JavaScript, a caseworker approves it, and all of it can be seen', async () => {
  const before = await countedOf('Samir Okafor');
  const { page: citizen, close } = await open({ javaScriptEnabled: false });
  await citizen.goto(place.address);
  await citizen.getByRole('link', { name: 'Apply for a fishing licence' }).click();
  await heading(citizen, 'Apply for a fishing licence');
  await citizen.getByRole('button', { name: 'Start now' }).click();

  await heading(citizen, 'What do you want to fish for?');
  await citizen.getByLabel('Salmon and sea trout').check();
  await goOn(citizen);
  await heading(citizen, 'How long should the licence last?');
  await citizen.getByLabel('12 months').check();
  await goOn(citizen);

  await heading(citizen, 'On which day should the licence begin?');
  await fillDate(citizen, 'firstDay', ['31', '2', '2027']);
  await goOn(citizen);
  const summary = citizen.getByRole('alert');
  await summary.getByRole('heading', { name: 'There is a problem' }).waitFor();
  assert.match(await citizen.title(), /^Error: /);
  const link = summary.getByRole('link', { name: 'First day must be a real date' });
  await link.click();
  const field = new URL(citizen.url()).hash;
  assert.equal(await citizen.locator(field).inputValue(), '31', 'the link leads to the field, with what was typed');
  await fillDate(citizen, 'firstDay', inDays(30));
  await goOn(citizen);

  await heading(citizen, 'What is your full name?');
  await citizen.getByRole('textbox').fill('Efua Mensah');
  await goOn(citizen);
  await heading(citizen, 'What is your date of birth?');
  await fillDate(citizen, 'dateOfBirth', ['30', '6', '1985']);
  await goOn(citizen);
  await citizen.setViewportSize(phone);
  await heading(citizen, 'Do you have a disabled person’s parking badge?');
  await citizen.getByLabel('Yes').check();
  await goOn(citizen);
  // Asked only because of that answer.
  await heading(citizen, 'What is the number of your badge?');
  await citizen.getByRole('textbox').fill('4KPQ7R');
  await goOn(citizen);
  await heading(citizen, 'What is your address?');
  await citizen.getByLabel('Address line 1').fill('12 Harbour Road');
  await citizen.getByLabel('Town or city').fill('Port Ansa');
  await citizen.getByLabel('Postcode').fill('sw1a1aa');
  await goOn(citizen);
  await heading(citizen, 'What is your email address?');
  await citizen.getByRole('textbox').fill('efua.mensah@example.org');
  await goOn(citizen);
  await heading(citizen, 'What is your phone number?');
  await goOn(citizen);

  await heading(citizen, 'Check your answers');
  assert.equal(await answerTo(citizen, 'Badge number'), '4KPQ7R');
  assert.equal(await answerTo(citizen, 'Length of licence'), '12 months');
  assert.equal(await answerTo(citizen, 'Phone number'), 'Not provided');
  await citizen.getByRole('link', { name: 'Change Length of licence' }).click();
  assert.ok(await citizen.getByLabel('12 months').isChecked(), 'what was answered is there');
  await citizen.getByLabel('8 days').check();
  await goOn(citizen);
  await heading(citizen, 'Check your answers');
  assert.equal(await answerTo(citizen, 'Length of licence'), '8 days');
  assert.ok(await citizen.evaluate(fitsTheScreen), 'a phone shows it without scrolling sideways');
  await citizen.getByRole('button', { name: 'Accept and send' }).click();

  await heading(citizen, 'Sent');
  const reference = await citizen.locator('.govuk-panel strong').innerText();
  assert.match(reference, /^[34679A-Y]{4}-[34679A-Y]{4}-[34679A-Y]{2}$/);
  // Going back leads to the confirmation again: what was sent cannot be sent twice.
  await citizen.goBack();
  await heading(citizen, 'Sent');
  assert.equal(await citizen.locator('.govuk-panel strong').innerText(), reference);
  await close();

  const edith = await signIn('Edith Brandt');
  await edith.page.getByRole('link', { name: 'Apply for a fishing licence' }).click();
  await edith.page.getByRole('link', { name: 'Cases', exact: true }).click();
  assert.equal(await edith.page.locator('main tbody tr').count(), 1, 'one case');
  await edith.page.getByRole('link', { name: reference }).click();
  await heading(edith.page, reference);
  assert.equal(await answerTo(edith.page, 'Length of licence'), '8 days');
  assert.match(await answerTo(edith.page, 'Your address'), /12 Harbour Road\s+Port Ansa\s+SW1A 1AA/);
  await edith.page.getByRole('button', { name: 'Assign to me' }).click();
  await notice(edith.page, /assigned to Edith Brandt/);
  await edith.page.getByRole('button', { name: 'Decide' }).click();
  await edith.page.getByLabel('Approve the application').check();
  await edith.page.getByLabel('Reason').fill('All is in order.');
  await goOn(edith.page);
  await heading(edith.page, 'Check your decision');
  await edith.page.getByRole('button', { name: 'Approve the application' }).click();
  await notice(edith.page, /approved/i);
  await edith.close();

  const samir = await signIn('Samir Okafor');
  await samir.page.getByRole('link', { name: 'Apply for a fishing licence' }).click();
  await samir.page.getByText('Completed').first().waitFor();
  assert.deepEqual(
    await countedOn(samir.page),
    { started: before.started + 1, completed: before.completed + 1 },
    'one more than the demonstration has',
  );
  await samir.page.getByRole('link', { name: 'Messages', exact: true }).click();
  // The demonstration has messages of its own.
  const messages = samir.page.locator('main tbody tr').filter({ hasText: reference });
  assert.equal(await messages.count(), 2, 'one e-mail when it was sent, one when it was decided');
  await samir.page.getByRole('link', { name: reference }).first().click();
  const text = await samir.page.locator('main').innerText();
  assert.match(text, /efua\.mensah@example\.org/);
  assert.match(text, /approved/i);
  assert.match(text, /All is in order\./);
  await samir.page.goBack();
  await samir.page.getByRole('link', { name: reference }).last().click();
  assert.match(await samir.page.locator('main').innerText(), new RegExp(reference));
  await samir.close();
});

test('a shared service centre decides under a mandate until it is withdrawn, and each use can be seen', async () => {
  const { page: citizen, close } = await open();
  await citizen.goto(`${place.address}/services/archive-visit`);
  await citizen.getByRole('button', { name: 'Start now' }).click();
  await fillDate(citizen, 'day', inDays(20));
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
  const reference = await citizen.locator('.govuk-panel strong').innerText();
  await close();

  const tobin = await signIn('Tobin Marsh');
  await tobin.page.getByRole('heading', { name: 'On behalf of Department of Records' }).waitFor();
  await tobin.page.getByRole('link', { name: 'Book a visit to the national archive' }).click();
  await tobin.page.getByText('You are acting for Department of Records under a mandate.').waitFor();
  await tobin.page.getByRole('link', { name: 'Cases', exact: true }).click();
  await tobin.page.getByRole('link', { name: reference }).click();
  await tobin.page.getByRole('button', { name: 'Decide' }).click();
  await tobin.page.getByLabel('Refuse the application').check();
  await tobin.page.getByLabel('Reason').fill('The reading room is closed on that day.');
  await goOn(tobin.page);
  await tobin.page.getByRole('button', { name: 'Refuse the application' }).click();
  await notice(tobin.page, /refused/i);

  const agnes = await signIn('Agnes Tull');
  await agnes.page.getByRole('link', { name: /^Department of Records: services/ }).click();
  await agnes.page.getByRole('link', { name: 'Audit trail', exact: true }).click();
  const uses = agnes.page.locator('main tbody tr', { hasText: 'organisations.mandate-used' });
  const shown = await uses.allInnerTexts();
  // Overview, list, case, and the three steps of deciding; then the case again.
  assert.ok(shown.length >= 6, `${shown.length} uses are shown`);
  assert.ok(shown.every((text) => text.includes('Tobin Marsh') && text.includes('under a mandate')));
  assert.ok(shown.some((text) => /POST \S*\/decision\b/.test(text)));
  const decided = agnes.page.locator('main tbody tr', { hasText: 'casework.' }).filter({ hasText: 'Tobin Marsh' });
  assert.ok((await decided.count()) > 0, 'what he did stands beside it');

  await agnes.page.getByRole('link', { name: 'Mandates', exact: true }).click();
  await agnes.page.getByRole('button', { name: /^Withdraw/ }).click();
  await notice(agnes.page, /mandate was withdrawn/);
  await tobin.page.getByRole('link', { name: 'Cases', exact: true }).first().click();
  await heading(tobin.page, 'You cannot see this page');
  await tobin.page.goto(`${place.address}/staff`);
  assert.equal(await tobin.page.getByText('On behalf of Department of Records').count(), 0);
  await tobin.close();
  await agnes.close();
});

/** What a service's overview counts, as its manager sees it. */
/** What is counted before anybody of this story has done anything: what the demonstration is filled with after its start. */
async function countedOf(name: string): Promise<{ started: number; completed: number }> {
  const opened = await signIn(name);
  await opened.page.getByRole('link', { name: 'Apply for a fishing licence' }).click();
  let counted = { started: 0, completed: 0 };
  for (let tries = 0; counted.started === 0; tries += 1) {
    assert.ok(tries < 120, 'the demonstration gets its measures within a minute or two');
    await pause(500);
    await opened.page.reload();
    await opened.page.getByText('Completed').first().waitFor();
    counted = await countedOn(opened.page);
  }
  await opened.close();
  return counted;
}

async function countedOn(page: Page): Promise<{ started: number; completed: number }> {
  const text = await page.locator('main').innerText();
  const numberBeside = (label: string): number =>
    Number(new RegExp(String.raw`${label}\s+([\d,]+)`).exec(text)?.[1]?.replaceAll(',', ''));
  return { started: numberBeside('Started'), completed: numberBeside('Completed') };
}

interface Opened {
  readonly page: Page;
  /** Fails where the browser complained of anything meanwhile. */
  readonly close: () => Promise<void>;
}

/** A browser of somebody's own. */
async function open(options: Parameters<typeof browser.newContext>[0] = {}): Promise<Opened> {
  const context: BrowserContext = await browser.newContext({ viewport: desk, ...options });
  context.setDefaultTimeout(10_000);
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on('console', (message) => {
    // The console also tells of answers that are meant: a mistake in a form, and a page that is refused.
    if (['error', 'warning'].includes(message.type()) && !/status of (403|422)/.test(message.text()))
      complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(String(error)));
  return {
    page,
    async close() {
      assert.deepEqual(complaints, []);
      await context.close();
    },
  };
}

/** As a visitor of the demonstration does it. */
async function signIn(name: string): Promise<Opened> {
  const opened = await open();
  await opened.page.goto(`${place.address}/staff`);
  await opened.page.getByRole('button', { name: `Sign in as ${name}` }).click();
  await heading(opened.page, 'Your work');
  return opened;
}

const heading = (page: Page, name: string): Promise<void> =>
  page.getByRole('heading', { name, level: 1 }).waitFor({ state: 'visible' });

test('the log of all this, at its most talkative, names nobody and holds no answer', () => {
  const log = program.output();
  assert.match(log, /"route":"\/services\/:service\/apply\/\*"/, 'the log has the routes that were asked for');
  for (const personal of [/@/, /efua/i, /mensah/i, /jonas/i, /weil/i, /sw1a/i, /harbour/i]) {
    const line = log.split('\n').find((each) => personal.test(each));
    assert.equal(line, undefined, `found ${String(personal)}`);
  }
});

const notice = (page: Page, hasText: RegExp): Promise<void> =>
  page.locator('.govuk-notification-banner--success', { hasText }).waitFor();

const goOn = (page: Page): Promise<void> => page.getByRole('button', { name: 'Continue' }).click();

async function fillDate(
  page: Page,
  name: string,
  [day, month, year]: readonly [string, string, string],
): Promise<void> {
  await page.locator(`[name="${name}-day"]`).fill(day);
  await page.locator(`[name="${name}-month"]`).fill(month);
  await page.locator(`[name="${name}-year"]`).fill(year);
}

function inDays(days: number): [day: string, month: string, year: string] {
  const date = new Date(Date.now() + days * 86_400_000);
  return [String(date.getUTCDate()), String(date.getUTCMonth() + 1), String(date.getUTCFullYear())];
}

/** What a summary list says of a question. */
async function answerTo(page: Page, question: string): Promise<string> {
  const row = page.locator('.govuk-summary-list__row', {
    has: page.locator('.govuk-summary-list__key', { hasText: new RegExp(`^\\s*${question}\\s*$`) }),
  });
  return (await row.locator('.govuk-summary-list__value').innerText()).trim();
}

const fitsTheScreen = 'document.documentElement.scrollWidth <= window.innerWidth';
