import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findOrAddDepartment, saveSystem } from '#estate';
import { startTestProgram } from '../../../../testing/program.ts';

const program = await startTestProgram();
const { database } = program.whole;
const [root] = await program.ask<{ organisation_id: string }>(
  'select organisation_id from organisations.organisations where parent_id is null',
);
assert.ok(root);
const scope = { organisationId: root.organisation_id, actor: { kind: 'system', name: 'test' } } as const;
const source = { kind: 'person', name: 'test', statedOn: '2026-01-01' } as const;
const systems = 120;

await database.transact(scope, async (tx) => {
  const { id: departmentId } = await findOrAddDepartment(tx, { name: 'Department of Weirs' });
  for (let number = 1; number <= systems; number += 1) {
    const parts = [{ kind: 'hosting', needKey: 'networks', costs: { services: 1_000_000 * number } }] as const;
    await saveSystem(tx, { departmentId, name: `Weir ${String(number).padStart(3, '0')}`, parts }, source);
  }
});

test('a need that very many systems meet is shown fifty at a time, the dearest first, each of them once', async () => {
  const browser = await program.signIn('Maud Ferrow');
  const found: string[] = [];
  let next: string | undefined = '/staff/estate/needs/networks';
  for (let pages = 0; next !== undefined && pages < 20; pages += 1) {
    const { status, body } = await browser.get(next.replace('#systems', ''));
    assert.equal(status, 200);
    const onPage = [...body.matchAll(/>\s*(Weir \d{3})\s*</g)].flatMap(([, name]) => name ?? []);
    assert.ok(onPage.length <= 50, `${onPage.length} on a page`);
    found.push(...onPage);
    next = /href="([^"]+)"[^>]*rel="next"/.exec(body)?.[1];
  }
  const expected = Array.from({ length: systems }, (_, index) => `Weir ${String(systems - index).padStart(3, '0')}`);
  assert.deepEqual(found, expected);
});

test('a page of a need that is not there gives the nearest that is', async () => {
  const browser = await program.signIn('Maud Ferrow');
  for (const page of ['-3', '0', 'nonsense', '1.7']) {
    assert.match((await browser.get(`/staff/estate/needs/networks?page=${page}`)).body, /1 to 50 of/);
  }
  const last = await browser.get('/staff/estate/needs/networks?page=999');
  assert.equal(last.status, 200);
  assert.match(last.body, /rel="prev"/);
  assert.doesNotMatch(last.body, /rel="next"/);
});
