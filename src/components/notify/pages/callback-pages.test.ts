import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startTestProgram } from '../../../../testing/program.ts';

const program = await startTestProgram({ WEBHOOK_NETWORKS: '127.0.0.1' });
const [service] = await program.ask<{ organisation_id: string; id: string }>(
  `select organisation_id, id from organisations.services where slug = 'fishing-licence'`,
);
assert.ok(service);
const [manager] = await program.ask<{ name: string }>(
  `select p.name from organisations.people p join organisations.roles r on r.organisation_id = p.organisation_id and r.person_id = p.id
    where r.role = 'service manager' and r.organisation_id = $1 and (r.service_id is null or r.service_id = $2) limit 1`,
  [service.organisation_id, service.id],
);
const browser = await program.signIn(manager?.name ?? '');
const address = `/staff/organisations/${service.organisation_id}/services/${service.id}/messages/callbacks`;

test('a service manager sets where the service is called back, sees the secret, and takes it away', async () => {
  const given = { url: 'http://127.0.0.1:9/status', token: 'very-secret-token' };
  const saved = await browser.post(`${address}/delivery-status`, given);
  assert.equal(saved.status, 303, saved.body);
  const page = (await browser.get(saved.location ?? '')).body;
  assert.match(page, /The callback was saved/);
  assert.match(page, /http:\/\/127\.0\.0\.1:9\/status/);
  assert.match(page, /whsec_/);
  assert.doesNotMatch(page, /very-secret-token/);
  assert.equal((await browser.post(`${address}/delivery-status/replay`)).status, 303);
  assert.equal((await browser.post(`${address}/delivery-status/removal`)).status, 303);
  assert.doesNotMatch((await browser.get(address)).body, /whsec_/);
  assert.equal((await browser.post(`${address}/complaint/replay`)).status, 404);
});

test('what is wrong with a callback is said beside its field, and the token is not shown again', async () => {
  for (const [wrong, words] of [
    [{ url: 'ftp://example.gov', token: 'long-enough-token' }, /must begin with https/],
    [{ url: 'https://10.0.0.1/', token: 'long-enough-token' }, /not on the public internet/],
    [{ url: 'https://example.gov/', token: 'short' }, /bearer token of at least 10/],
    [{ url: 'https://example.gov/', token: '' }, /bearer token of at least 10/],
  ] as const) {
    const answer = await browser.post(`${address}/received-text`, wrong);
    assert.equal(answer.status, 400);
    assert.match(answer.body, words);
    assert.doesNotMatch(answer.body, /long-enough-token/);
  }
});

test('a number belongs to one service at a time', async () => {
  assert.equal((await browser.post(`${address}/numbers`, { number: '+44 7700 900 999' })).status, 303);
  assert.match((await browser.get(address)).body, /\+447700900999/);
  assert.equal((await browser.post(`${address}/numbers`, { number: '447700900999' })).status, 400);
  assert.equal((await browser.post(`${address}/numbers`, { number: 'none' })).status, 400);
});
