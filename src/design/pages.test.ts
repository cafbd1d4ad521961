import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { test } from 'node:test';
import { createKeyring, createLog, createMetrics, createServer, nobody, Problem, readSettings } from '#platform';
import { openBrowser, violations } from '../../testing/browser.ts';
import { components, createRenderer, designPart } from './index.ts';

const person = { id: '0190', name: 'Amara Okafor', organisationId: '0190' };
const settings = readSettings({
  GOVERNMENT_NAME: 'Government of Alder',
  CONTACT_EMAIL: 'help@alder.example',
  LOG_LEVEL: 'silent',
  PORT: '0',
});
const server = await createServer({
  settings,
  keyring: createKeyring([randomBytes(32).toString('base64')]),
  log: createLog('silent'),
  metrics: createMetrics(),
  gatekeeper: { admit: () => Promise.resolve({ ...nobody, person }) },
  renderer: createRenderer({
    look: {
      governmentName: settings.governmentName,
      colour: settings.governmentColour,
      contactEmail: settings.contactEmail,
    },
    views: { gallery: join(import.meta.dirname, 'gallery') },
  }),
  version: '0.0.0',
});
designPart.routes?.(server);
addGallery();
const base = await server.listen({ port: 0, host: '127.0.0.1' });
const browser = await openBrowser();

await test('an asset’s address has a hash of its content, and is kept for good', async () => {
  const page = (await server.inject('/cookies')).body;
  const addresses = [...page.matchAll(/"(\/assets\/[^"]+)"/g)].map((match) => String(match[1]));
  assert.ok(addresses.length >= 5);
  for (const address of addresses) {
    const asset = await server.inject(address);
    assert.equal(asset.statusCode, 200, address);
    assert.equal(asset.headers['cache-control'], 'public, max-age=31536000, immutable', address);
    assert.match(address, /^\/assets\/[0-9a-f]{12}\//);
  }
});

await test('while a new version is rolled out, an address of the other version is answered, but not kept', async () => {
  const asset = await server.inject('/assets/000000000000/commonhold.css');
  assert.equal(asset.statusCode, 200);
  assert.equal(asset.headers['cache-control'], 'no-store');
});

await test('assets are compressed for those who can read it', async () => {
  const url = '/assets/000000000000/commonhold.css';
  const plain = await server.inject(url);
  for (const encoding of ['br', 'gzip']) {
    const asset = await server.inject({ url, headers: { 'accept-encoding': encoding } });
    assert.equal(asset.headers['content-encoding'], encoding);
    assert.ok(asset.rawPayload.length < plain.rawPayload.length / 5);
  }
});

await test('an asset that does not exist is not found, whatever it is called', async () => {
  for (const name of ['nothing.css', '..%2f..%2fpackage.json', 'look-zzzzzz.css', 'look-123456.svg', 'start.ts']) {
    assert.equal((await server.inject(`/assets/000000000000/${name}`)).statusCode, 404, name);
  }
});

await test('the public can read about cookies, privacy and accessibility, and whom to write to', async () => {
  for (const path of ['/cookies', '/privacy', '/accessibility']) {
    const page = await server.inject(path);
    assert.equal(page.statusCode, 200, path);
    assert.ok(path === '/cookies' || page.body.includes('help@alder.example'), path);
  }
});

await test('a failure has a page in plain words, with a reference and nothing of the machine', async () => {
  const page = await server.inject({ url: '/gallery/failure', headers: { accept: 'text/html' } });
  assert.equal(page.statusCode, 500);
  assert.match(page.body, /Sorry, there is a problem with the service/);
  assert.ok(page.body.includes(String(page.headers['x-request-id'])));
  assert.ok(!page.body.includes('the private detail'));
});

await test('no page has an accessibility violation, runs off a phone, or offends the content security policy', async () => {
  const paths = ['/gallery/question', '/gallery/mistakes', '/gallery/work-list', '/gallery/case'];
  paths.push('/cookies', '/privacy', '/accessibility', '/nothing-here', '/gallery/failure', '/gallery/refused');
  const page = await browser.newPage();
  const complaints: string[] = [];
  page.on('pageerror', (error) => complaints.push(String(error)));
  page.on('console', (message) => complaints.push(message.text()));
  for (const path of paths) {
    await page.setViewportSize({ width: 1280, height: 800 });
    await page.goto(`${base}${path}`);
    await page.waitForSelector('body.govuk-frontend-supported', { timeout: 5000 });
    for (const width of [1280, 320]) {
      await page.setViewportSize({ width, height: 800 });
      assert.deepEqual(await violations(page), [], `${path} at ${width}`);
      const beyond = await page.evaluate('document.documentElement.scrollWidth - window.innerWidth');
      assert.equal(beyond, 0, `${path} at ${width} is wider than the screen`);
    }
  }
  // The browser also says which pages were answered with a failure, as they were meant to be.
  const unmeant = complaints.filter((complaint) => !complaint.startsWith('Failed to load resource'));
  assert.deepEqual(unmeant, []);
  await page.close();
});

await test('a violation that is planted is found', async () => {
  const page = await browser.newPage();
  await page.setContent('<html lang="en"><title>A</title><main><h1>A</h1><img src="data:,"><input></main></html>');
  const rules = (await violations(page)).map((violation) => violation.rule);
  assert.deepEqual(rules, ['image-alt', 'label']);
  await page.close();
});

await test('every page works by keyboard: the first stop skips to the content', async () => {
  const page = await browser.newPage();
  await page.goto(`${base}/gallery/question`);
  await page.keyboard.press('Tab');
  assert.equal(await page.locator(':focus').textContent(), 'Skip to main content');
  await page.keyboard.press('Enter');
  assert.ok(page.url().endsWith('#main-content'));
});

await browser.close();
await server.close();

function addGallery(): void {
  const anyone = { config: { access: { who: 'anyone', because: 'only in a test' } } } as const;
  const staff = { config: { access: { who: 'signed-in' } } } as const;
  const service = { name: 'Apply for a street trading licence', href: '/', phase: 'beta', feedback: '/feedback' };
  const navigation = ['Services', 'People', 'Mandates'].map((text) => ({
    text,
    href: '#',
    current: text === 'Services',
  }));
  const staffData = {
    wide: true,
    navigation,
    breadcrumbs: [{ text: 'Staff home', href: '/staff' }, { text: 'Trade' }],
  };

  server.get('/gallery/question', anyone, (_request, reply) =>
    reply.contentPage(question(), { title: 'What is your name?', service, backLink: '/' }),
  );
  server.get('/gallery/mistakes', anyone, (_request, reply) =>
    reply.contentPage(mistakes(), {
      title: 'Your trade',
      service,
      backLink: '/',
      errors: [
        { href: '#start-day', text: 'Start date must include a day' },
        { href: '#kind', text: 'Select what you will sell' },
      ],
    }),
  );
  server.get('/gallery/work-list', staff, (_request, reply) =>
    reply.page('gallery/work-list', { title: 'Cases', ...staffData }),
  );
  server.get('/gallery/case', staff, (_request, reply) =>
    reply.page('gallery/case', { title: 'Case', ...staffData, notice: { heading: 'Case assigned to you' } }),
  );
  server.get('/gallery/failure', anyone, () => {
    throw new Error('the private detail');
  });
  server.get('/gallery/refused', anyone, () => {
    throw new Problem('not-permitted');
  });
}

function question(): string {
  const label = { text: 'What is your name?', classes: 'govuk-label--l', isPageHeading: true };
  return (
    components.input({ id: 'name', name: 'name', label, hint: { text: 'As on your passport' }, autocomplete: 'name' }) +
    components.button({ text: 'Continue' })
  );
}

function mistakes(): string {
  return `<h1 class="govuk-heading-l">Your trade</h1>${[
    components.dateInput({
      id: 'start',
      namePrefix: 'start',
      fieldset: { legend: legend('When will you start?') },
      hint: { text: 'For example, 27 3 2027' },
      errorMessage: { text: 'Start date must include a day' },
      items: [
        { name: 'day' },
        { name: 'month', value: '3', error: false },
        { name: 'year', value: '2027', error: false },
      ],
    }),
    components.radios({
      idPrefix: 'kind',
      name: 'kind',
      fieldset: { legend: legend('What will you sell?') },
      errorMessage: { text: 'Select what you will sell' },
      items: [
        { value: 'food', text: 'Food', hint: { text: 'Or drink' } },
        { divider: 'or' },
        { value: 'other', text: 'Goods' },
      ],
    }),
    components.checkboxes({
      idPrefix: 'days',
      name: 'days',
      fieldset: { legend: legend('Which days?') },
      items: [
        { value: 'week', text: 'Weekdays' },
        { value: 'weekend', text: 'Weekends' },
      ],
    }),
    components.select({ id: 'area', name: 'area', label: { text: 'Area' }, items: [{ value: 'n', text: 'North' }] }),
    components.characterCount({ id: 'more', name: 'more', label: { text: 'Anything else?' }, maxlength: 200 }),
    components.summaryList({
      rows: [
        {
          key: { text: 'Name' },
          value: { text: 'Sarah Philips-with-a-name-that-is-longer-than-a-narrow-phone-is-wide' },
          actions: { items: [{ href: '#', text: 'Change', visuallyHiddenText: 'name' }] },
        },
      ],
    }),
    components.table({
      caption: 'Fees',
      head: [{ text: 'Kind' }, { text: 'Fee' }],
      rows: [[{ text: 'Food' }, { text: '£40' }]],
    }),
    components.tabs({ items: [{ id: 'one', label: 'One', panel: { text: 'First' } }] }),
    components.details({ summaryText: 'Help', text: 'Write to us.' }),
    components.warningText({ text: 'You can be fined.', iconFallbackText: 'Warning' }),
    components.panel({ titleText: 'Sent', headingLevel: 2, text: '7KQ4-M2XD-9H' }),
    components.fileUpload({ id: 'file', name: 'file', label: { text: 'Certificate' } }),
    components.passwordInput({ id: 'secret', name: 'secret', label: { text: 'Secret' } }),
    components.taskList({ items: [{ title: { text: 'You' }, href: '#', status: { text: 'Completed' } }] }),
    components.tag({ text: 'Approved', classes: 'govuk-tag--green' }),
    components.button({ text: 'Continue' }),
  ].join('')}`;
}

function legend(text: string): { text: string; classes: string } {
  return { text, classes: 'govuk-fieldset__legend--m' };
}
