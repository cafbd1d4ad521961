import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import type { Page } from 'playwright-core';
import { openBrowser } from '../../../../testing/browser.ts';
import { startTestProgram } from '../../../../testing/program.ts';

/*
 * The whole way of a service manager, in a real browser, by the keyboard alone: nothing here clicks or points.
 */

const program = await startTestProgram();
const [browser, address] = await Promise.all([openBrowser(), program.server.listen({ host: '127.0.0.1', port: 0 })]);
after(() => browser.close());

const [department] = await program.ask<{ organisation_id: string }>(
  "select organisation_id from organisations.services where slug = 'archive-visit'",
);
assert.ok(department);
const [service] = await program.ask<{ id: string }>(
  `insert into organisations.services (organisation_id, id, slug, name, summary, phase, audience, contact, retention_days)
   values ($1, gen_random_uuid(), 'dog-licence', 'Get a dog licence', 'Keep dogs.', 'beta', 'public', 'dogs@example.gov', 30)
   returning id`,
  [department.organisation_id],
);
assert.ok(service);
const form = `${address}/staff/organisations/${department.organisation_id}/services/${service.id}/form`;

/** Somebody at a keyboard: moves with Tab, types, chooses with the space bar and the arrows, and presses Enter. */
class Typist {
  readonly page: Page;

  constructor(page: Page) {
    this.page = page;
  }

  open(url: string) {
    return this.page.goto(url);
  }

  /** Goes on with Tab until what is focused has this name. */
  async tabTo(name: string | RegExp, role?: string): Promise<void> {
    const wanted = typeof name === 'string' ? name : name.source;
    for (let presses = 0; presses < 200; presses += 1) {
      await this.page.keyboard.press('Tab');
      const focused = String(await this.page.evaluate(focusedElement));
      const [tag = '', text = ''] = focused.split('\n');
      const isNamed = typeof name === 'string' ? text === name : name.test(text);
      if (isNamed && (role === undefined || tag === role)) return;
    }
    throw new Error(`The keyboard does not get to “${wanted}” on ${this.page.url()}.`);
  }

  async type(label: string, text: string): Promise<void> {
    await this.tabTo(label);
    await this.page.keyboard.press('Control+A');
    await this.page.keyboard.type(text);
  }

  /** Chooses a radio button: Tab comes to the group, the arrows go through it. */
  async choose(group: string | RegExp, label: string): Promise<void> {
    const legend = typeof group === 'string' ? new RegExp(`^${RegExp.escape(group)}: `) : group;
    await this.tabTo(legend, 'input');
    for (let presses = 0; presses < 60; presses += 1) {
      const [, text = ''] = String(await this.page.evaluate(focusedElement)).split('\n');
      if (legend.test(text) && text.endsWith(`: ${label}`)) {
        await this.page.keyboard.press('Space');
        return;
      }
      await this.page.keyboard.press('ArrowDown');
    }
    throw new Error(`There is no “${label}” to choose on ${this.page.url()}.`);
  }

  /** Presses the link or button of that name. */
  async press(name: string | RegExp): Promise<void> {
    await this.tabTo(name);
    await Promise.all([this.page.waitForNavigation(), this.page.keyboard.press('Enter')]);
  }

  /** Opens or closes what is inside a summary. */
  async toggle(name: string): Promise<void> {
    await this.tabTo(name, 'summary');
    await this.page.keyboard.press('Enter');
  }

  async reads(text: string | RegExp): Promise<void> {
    const body = await this.page.locator('main').innerText();
    assert.match(body, typeof text === 'string' ? new RegExp(RegExp.escape(text)) : text);
  }
}

/** The tag of what is focused and its name, in the words of the page, which knows a DOM and no types. */
const focusedElement = `(() => {
  const element = document.activeElement;
  const clean = (text) => (text || '').replace(/\\s+/g, ' ').trim();
  let name = clean(element.textContent);
  if (element.labels && element.labels.length) name = clean(element.labels[0].textContent);
  if (element.type === 'radio' || element.type === 'checkbox') {
    const fieldset = element.closest('fieldset');
    const legend = fieldset && fieldset.querySelector('legend');
    if (legend) name = clean(legend.textContent) + ': ' + name;
  }
  return element.tagName.toLowerCase() + '\\n' + name;
})()`;

async function somebody(name: string | null, script: boolean): Promise<Typist> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, javaScriptEnabled: script });
  if (name !== null) {
    const person = await program.signIn(name);
    await context.addCookies([...person.cookies].map(([key, value]) => ({ name: key, value, url: address })));
  }
  return new Typist(await context.newPage());
}

test('a service manager makes a form with the keyboard alone, is refused, mends it, publishes it, and sees what came of it', async () => {
  const manager = await somebody('Agnes Tull', true);
  await manager.open(form);
  await manager.press('Make a form');
  await manager.press('Open the draft');

  // The first page: a question that is answered yes or no.
  await manager.press('Add a page');
  await manager.type('Title of the page', 'Do you have a dog?');
  await manager.press('Add the page');
  await manager.press('Add a question or a text');
  await manager.choose('A question', 'Yes or no');
  await manager.press('Continue');
  await manager.type('Question', 'Do you have a dog?');
  await manager.press('Add');
  await manager.reads('Yes or no');

  // The second: one of a list.
  await manager.press('Pages');
  await manager.press('Add a page');
  await manager.type('Title of the page', 'What breed is it?');
  await manager.press('Add the page');
  await manager.press('Add a question or a text');
  await manager.choose('A question', 'One of a list');
  await manager.press('Continue');
  await manager.type('Question', 'What breed is it?');
  await manager.type('Options of a new list', 'Collie\nPoodle\nAnother');
  await manager.press('Add');
  await manager.reads('Collie; Poodle; Another');

  // A condition, and who is asked the second page.
  await manager.press('Conditions');
  await manager.press('Add a condition');
  await manager.type('Name of the condition', 'Has a dog');
  await manager.press('Continue');
  await manager.choose('The answer to a question', 'Do you have a dog?');
  await manager.press('Continue');
  await manager.choose('Answer', 'Yes');
  await manager.press('Add the sentence');
  await manager.reads('“Do you have a dog?” is Yes');
  await manager.press('Pages');
  await manager.press(/^\d+\. What breed is it\?/);
  await manager.press('Change these settings');
  await manager.tabTo('Who is asked');
  await manager.page.keyboard.press('ArrowDown');
  await manager.press('Save');
  await manager.reads('Only if Has a dog');

  // A third page is left empty: the check refuses, and leads to it.
  await manager.press('Pages');
  await manager.press('Add a page');
  await manager.type('Title of the page', 'Other people');
  await manager.press('Add the page');
  await manager.press('Check and publish');
  await manager.reads('The page is empty');
  await manager.press('Other people');
  await manager.press('Add a question or a text');
  await manager.choose('A question', 'Short text');
  await manager.press('Continue');
  await manager.type('Question', 'Who else lives with you?');
  await manager.press('Add');
  await manager.press('Change these settings');
  await manager.choose('What happens on the page', 'People can add another');
  await manager.toggle('If people can add another');
  await manager.type('What one of them is called', 'Person');
  await manager.press('Save');
  await manager.reads('Person, from 1 to 10');

  // Tried by a link, which keeps nothing.
  await manager.press('Try it');
  await manager.press('Make a link');
  await manager.press(/^http/);
  await manager.press('Try the draft');
  await manager.reads('You are trying a draft');
  await manager.reads('Do you have a dog?');

  await manager.open(`${form}/draft/checks`);
  await manager.reads('Nothing was found that is wrong.');
  await manager.press('Publish');
  await manager.reads('Version 1, live since');

  // A citizen fills it in, without JavaScript.
  const citizen = await somebody(null, false);
  await citizen.open(`${address}/services/dog-licence`);
  await citizen.press('Start now');
  await citizen.press('Continue');
  await citizen.reads('There is a problem');
  await citizen.choose('Do you have a dog?', 'Yes');
  await citizen.press('Continue');
  await citizen.choose('What breed is it?', 'Poodle');
  await citizen.press('Continue');
  await citizen.type('Who else lives with you?', 'Efua Mensah');
  await citizen.press('Continue');
  await citizen.reads('Efua Mensah');
  await citizen.choose(/^Do you want to add another/, 'No');
  await citizen.press('Continue');
  await citizen.reads('Poodle');
  await citizen.press(/^(Accept and send|Send)$/);
  await citizen.reads('Your reference');
  await citizen.choose('How satisfied are you with this service?', 'Very satisfied');
  await citizen.press('Send what you think');
  await citizen.reads('Thank you');

  // The manager sees what came of it.
  await manager.open(`${form.replace(/\/form$/, '')}/cases`);
  await manager.reads(/[346789CDFGHJKMNPQRTVWXY]{4}-[346789CDFGHJKMNPQRTVWXY]{4}/);
  await counted();
  await manager.open(`${form}/funnel`);
  await manager.reads(/Do you have a dog\?/);
  await manager.reads('Mistakes that are made most');
  const download = await manager.page.request.get(`${form}/submissions?as=csv`);
  assert.match(await download.text(), /Poodle/);
});

/** The counts of pages are written within seconds: waits until they are there. */
async function counted(): Promise<void> {
  for (let tries = 0; tries < 200; tries += 1) {
    const [row] = await program.ask<{ mistakes: number }>(
      'select count(*)::int as mistakes from forms.mistake_counts where service_id = $1',
      [service?.id],
    );
    if ((row?.mistakes ?? 0) > 0) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error('Nothing was counted.');
}
