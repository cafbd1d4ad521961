import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startTestProgram } from '../../../../testing/program.ts';

const program = await startTestProgram({ SMTP_URL: 'smtp://us:secret@127.0.0.1:1' });
const operator = await program.signIn('Oriel Tandy');
const address = '/staff/operations/providers';
const provider = { kind: 'smpp', name: 'Centre one', priority: '5', url: 'smpp://us:hunter2@127.0.0.1:2775' };

test('an operator adds a provider, switches it off and removes it, and its password is on no page', async () => {
  const added = await operator.post(address, provider);
  assert.equal(added.status, 303, added.body);
  const page = (await operator.get(added.location ?? '')).body;
  assert.match(page, /Centre one <strong class="govuk-tag govuk-tag--green">\s*Working/);
  assert.doesNotMatch(page, /hunter2|us:secret/);
  const [row] = await program.ask<{ id: string; sealed: string }>(
    `select id, encode(sealed_settings, 'escape') as sealed from notify.providers where name = 'Centre one'`,
  );
  assert.ok(row);
  assert.doesNotMatch(row.sealed, /hunter2/);
  assert.equal((await operator.post(`${address}/${row.id}/switch`, { to: 'off' })).status, 303);
  assert.match(
    (await operator.get(address)).body,
    /Centre one <strong class="govuk-tag govuk-tag--grey">\s*Switched off/,
  );
  assert.equal((await operator.post(`${address}/${row.id}/removal`)).status, 303);
  assert.doesNotMatch((await operator.get(address)).body, /Centre one/);
});

test('an operator changes a provider, and what is left empty stays', async () => {
  const values = {
    kind: 'http-text',
    name: 'Texts Ltd',
    priority: '5',
    url: 'https://texts.example/',
    token: 'hunter2',
  };
  assert.equal((await operator.post(address, values)).status, 303);
  const [row] = await program.ask<{ id: string }>(`select id from notify.providers where name = 'Texts Ltd'`);
  assert.ok(row);
  const page = await operator.get(`${address}/${row.id}`);
  assert.match(page.body, /value="Texts Ltd"/);
  assert.doesNotMatch(page.body, /hunter2|texts\.example/);
  const before = /signed with the secret (\S+)/.exec((await operator.get(address)).body)?.[1];
  const changed = await operator.post(`${address}/${row.id}`, {
    name: 'Texts plc',
    priority: '7',
    url: '',
    token: 'new',
  });
  assert.equal(changed.status, 303, changed.body);
  const list = (await operator.get(changed.location ?? '')).body;
  assert.match(list, /Texts plc[\s\S]*order 7/);
  assert.equal(/signed with the secret (\S+)/.exec(list)?.[1], before, 'its secret is the same');
  for (const [wrong, words] of [
    [{ name: '', priority: '7' }, /Enter a name for it/],
    [{ name: 'Texts plc', priority: '0' }, /Enter a whole number from 1 to 99/],
    [{ name: 'Texts plc', priority: '7', url: 'smpp://x' }, /The setting url cannot be used/],
    [{ name: 'SMTP_URL', priority: '7' }, /Another provider has this name/],
  ] as const) {
    const answer = await operator.post(`${address}/${row.id}`, wrong);
    assert.equal(answer.status, 400);
    assert.match(answer.body, words);
  }
  const [given] = await program.ask<{ id: string }>('select id from notify.providers where from_environment');
  assert.equal((await operator.post(`${address}/${given?.id}`, { priority: '3' })).status, 303);
  assert.match((await operator.get(address)).body, /SMTP_URL[\s\S]*order 3/);
  assert.equal((await operator.post(`${address}/${row.id}/removal`)).status, 303);
});

test('what is wrong with a provider is said beside its field', async () => {
  for (const [wrong, words] of [
    [{ ...provider, name: '' }, /Enter a name for it/],
    [{ ...provider, priority: 'first' }, /Enter a whole number from 1 to 99/],
    [{ ...provider, url: 'http://127.0.0.1' }, /The setting url cannot be used/],
    [{ ...provider, kind: 'pigeon' }, /Choose what kind of provider it is/],
  ] as const) {
    const answer = await operator.post(address, wrong);
    assert.equal(answer.status, 400);
    assert.match(answer.body, words);
    assert.doesNotMatch(answer.body, /hunter2/);
  }
  assert.equal((await operator.post(address, { ...provider, name: 'Twice' })).status, 303);
  const twice = await operator.post(address, { ...provider, name: 'Twice' });
  assert.equal(twice.status, 400);
  assert.match(twice.body, /Another provider has this name/);
});

test('a channel without a provider says where its messages stay, and a rate that is set counts', async () => {
  const page = (await operator.get(address)).body;
  assert.match(page, /SMTP_URL <strong/, 'what the settings name is there before anything was sent');
  assert.match(page, /There is no provider yet\. What services send stays in their outbox/);
  const rate = { for: 'sms', day: '2026-01-01', message: '0', unit: '£0.0233' };
  assert.equal((await operator.post('/staff/operations/rates', rate)).status, 303);
  assert.match((await operator.get(address)).body, /£0\.0233/);
  for (const wrong of [
    { ...rate, unit: 'cheap' },
    { ...rate, day: '2026-02-31' },
    { ...rate, for: 'letter' },
  ]) {
    assert.equal((await operator.post('/staff/operations/rates', wrong)).status, 400);
  }
});
