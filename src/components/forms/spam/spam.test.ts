import assert from 'node:assert/strict';
import { before, suite, test } from 'node:test';
import { startTestProgram, type Browser } from '../../../../testing/program.ts';
import { form, page, question } from '../definition/forms.fixture.ts';
import { publishForm } from '../versions/versions.ts';
import { Allowance } from './allowance.ts';
import { networkOf, trapField } from './spam-guard.ts';

const program = await startTestProgram({ REQUESTS_PER_MINUTE: '1000000' });
const { ask, whole, server } = program;
const address = '/services/fishing-licence';

before(async () => {
  const [service] = await ask<{ organisation_id: string; id: string }>(
    `select organisation_id, id from organisations.services where slug = 'fishing-licence'`,
  );
  assert.ok(service);
  const definition = form({
    name: 'Licence',
    pages: [
      page('/name', [question('TextField', 'fullName', 'What is your full name?')]),
      page('/summary', [question('TextField', 'last', 'Anything else?')], {
        title: 'Summary',
        controller: 'SummaryPageController',
      }),
    ],
  });
  await whole.database.transact(
    { organisationId: service.organisation_id, actor: { kind: 'system', name: 'test' } },
    (tx) => publishForm(tx, { serviceId: service.id, definition }),
  );
});

async function fillIn(): Promise<Browser> {
  const browser = program.browser();
  await browser.get(address);
  await browser.post(`${address}/start`);
  await browser.post(`${address}/apply/name`, { fullName: 'Maren Holt' });
  return browser;
}

const countSubmissions = async (): Promise<number> =>
  (await ask<{ n: number }>('select count(*)::int as n from forms.submissions'))[0]?.n ?? 0;

suite('a program that fills in a form', () => {
  test('is held when it is quicker than people, who lose nothing and send it again', async (t) => {
    t.mock.timers.enable({ apis: ['Date'], now: Date.now() });
    const browser = await fillIn();
    const quick = await browser.post(`${address}/check-your-answers`, { last: 'Thank you' });
    assert.equal(quick.status, 429);
    assert.ok(Number(quick.headers['retry-after']) >= 1);
    assert.match(quick.body, /quicker than people can read the page, so nothing was sent yet/);
    assert.match(quick.body, /Maren Holt[^]*value="Thank you"/, 'what was typed on the page is there');
    assert.equal(await countSubmissions(), 0);
    t.mock.timers.tick(10_000);
    const sent = await browser.post(`${address}/check-your-answers`, { last: 'Thank you' });
    assert.equal(sent.location, `${address}/confirmation`);
    assert.equal((await browser.post(`${address}/check-your-answers`)).location, `${address}/confirmation`);
    assert.equal(await countSubmissions(), 1);
  });

  test('falls into the trap, which a person does not see, and is told of when their browser fell into it', async (t) => {
    t.mock.timers.enable({ apis: ['Date'], now: Date.now() });
    const browser = await fillIn();
    t.mock.timers.tick(60_000);
    const check = await browser.get(`${address}/check-your-answers`);
    assert.match(check.body, /<div class="govuk-visually-hidden" aria-hidden="true">[^]*tabindex="-1"/);
    const trapped = await browser.post(`${address}/check-your-answers`, {
      last: 'Thank you',
      [trapField]: 'https://example.org',
    });
    assert.equal(trapped.status, 422);
    assert.match(trapped.body, new RegExp(`href="#${trapField}">Leave this field empty`));
    assert.doesNotMatch(
      trapped.body,
      /aria-hidden="true">\s*<div class="govuk-form-group">\s*<label[^>]*for="_homepage"/,
    );
    assert.match(trapped.body, /value="https:\/\/example.org"/, 'now it is seen, and can be emptied');
    assert.match(trapped.body, /value="Thank you"/);
    const sent = await browser.post(`${address}/check-your-answers`, { last: 'Thank you', [trapField]: '' });
    assert.equal(sent.location, `${address}/confirmation`);
  });

  test('begins no more than so many from one address: a roomful may, and nobody else is held up', async () => {
    const browser = program.browser();
    await browser.get(address);
    const token = /name="_csrf" value="([^"]+)"/.exec((await browser.get(address)).body)?.[1] ?? '';
    const cookie = [...browser.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const start = (remoteAddress: string, slug = 'fishing-licence') =>
      server.inject({
        method: 'POST',
        url: `/services/${slug}/start`,
        remoteAddress,
        headers: { accept: 'text/html', cookie, 'content-type': 'application/x-www-form-urlencoded' },
        payload: new URLSearchParams({ _csrf: token }).toString(),
      });
    for (let person = 1; person <= 60; person++) assert.equal((await start('192.0.2.7')).statusCode, 303);
    const held = await start('192.0.2.7');
    assert.equal(held.statusCode, 429);
    assert.ok(Number(held.headers['retry-after']) <= 60);
    assert.match(held.body, /Wait a minute, and try again. What you have begun is kept/);
    assert.match(held.body, /<form method="post">[^]*Try again/);
    assert.equal((await start('192.0.2.8')).statusCode, 303);
    assert.equal((await start('192.0.2.7', 'report-a-road-fault')).statusCode, 303);
    const begun = await server.inject({ url: address, remoteAddress: '192.0.2.7' });
    assert.equal(begun.statusCode, 200);
  });

  test('sends no more links than so many from one address, and whoever is held types nothing twice', async () => {
    const browser = await fillIn();
    const contact = { question: 'place', answer: 'The Old Mill' };
    let held = await browser.get(address);
    for (let save = 0; save <= 30 && held.status !== 429; save++) {
      held = await browser.post(`${address}/save`, { ...contact, email: `person-${save}@example.org` });
    }
    assert.equal(held.status, 429);
    assert.match(held.body, /type="hidden" name="email" value="person-30@example.org"/);
    assert.match(held.body, /type="hidden" name="answer" value="The Old Mill"/);
  });
});

test('an allowance fills up again by and by, and never beyond what it holds', () => {
  const allowance = new Allowance({ most: 2, perMinute: 6 });
  assert.deepEqual([allowance.take('a', 0), allowance.take('a', 0), allowance.take('a', 0)], [0, 0, 10]);
  assert.equal(allowance.take('b', 0), 0);
  assert.deepEqual([allowance.take('a', 9_999), allowance.take('a', 10_000), allowance.take('a', 10_000)], [1, 0, 10]);
  const later = 3_600_000;
  assert.deepEqual([allowance.take('a', later), allowance.take('a', later), allowance.take('a', later)], [0, 0, 10]);
});

test('whoever has a network of IPv6 addresses counts as one', () => {
  assert.equal(networkOf('2001:db8:0:1::7'), networkOf('2001:0db8:0000:0001:ffff:1:2:3'));
  assert.notEqual(networkOf('2001:db8:0:1::7'), networkOf('2001:db8:0:2::7'));
  assert.equal(networkOf('::ffff:192.0.2.7'), networkOf('192.0.2.7'));
  assert.equal(networkOf('::1'), '0:0:0:0');
});
