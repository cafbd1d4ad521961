import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startTestProgram } from '../../../../testing/program.ts';
import { correctCost, enterCost, listCosts, type CostValues } from './entered-costs.ts';

const program = await startTestProgram();
const { database } = program.whole;
const [service] = await program.ask<{ id: string; organisation_id: string }>(
  "select id, organisation_id from organisations.services where slug = 'fishing-licence'",
);
assert.ok(service);
const scope = { organisationId: service.organisation_id, actor: { kind: 'system', name: 'test' } } as const;
const stated: CostValues = {
  kind: 'staff',
  channel: null,
  shares: { digital: 25, phone: 75 },
  from: '2026-01-01',
  to: '2026-03-31',
  amount: 90_000,
  currency: 'GBP',
  quality: 'measured',
  evidence: 'accounts',
};

test('correcting a cost that is shared by stated parts keeps the parts, and taking it away does not forget them', async () => {
  const costId = await database.transact(scope, (tx) => enterCost(tx, service.id, stated));
  const [entered] = await database.transact(scope, (tx) => listCosts(tx, service.id));
  assert.deepEqual(entered?.shares, stated.shares);
  const which = { serviceId: service.id, costId, reason: 'a typing error' };
  await database.transact(scope, (tx) => correctCost(tx, { ...which, revision: 1 }, { ...entered, amount: 80_000 }));
  await database.transact(scope, (tx) => correctCost(tx, { ...which, revision: 2 }, null));
  const all = (await database.transact(scope, (tx) => listCosts(tx, service.id))).filter(
    (cost) => cost.costId === costId,
  );
  assert.deepEqual(
    all.map((cost) => [cost.revision, cost.standing, cost.amount, cost.shares]),
    [
      [3, false, 0, stated.shares],
      [2, true, 80_000, stated.shares],
      [1, true, 90_000, stated.shares],
    ],
  );
});

test('on the page a manager states the parts, corrects the amount and still has them; parts that are no hundred are refused', async () => {
  const manager = await program.signIn('Agnes Tull');
  const [own] = await program.ask<{ id: string; organisation_id: string }>(
    "select id, organisation_id from organisations.services where slug = 'archive-visit'",
  );
  assert.ok(own);
  const base = `/staff/organisations/${own.organisation_id}/services/${own.id}/costs`;
  const sent = {
    kind: 'fees',
    amount: '120.50',
    channel: 'stated parts',
    'share-digital': '40',
    'share-phone': '59',
    'from-day': '1',
    'from-month': '4',
    'from-year': '2026',
    'to-day': '30',
    'to-month': '6',
    'to-year': '2026',
    quality: 'measured',
    evidence: 'an invoice',
  };
  await manager.get(base);
  const refused = await manager.post(base, sent);
  assert.equal(refused.status, 400);
  assert.match(refused.body, /The parts come to 99\. Together they must be 100/);
  assert.equal((await manager.post(base, { ...sent, 'share-phone': '60' })).status, 303);
  const [cost] = await program.ask<{ cost_id: string }>(
    "select cost_id from measures.costs where service_id = $1 and evidence = 'an invoice'",
    [own.id],
  );
  const page = await manager.get(`${base}/${cost?.cost_id}`);
  assert.match(page.body, /name="share-digital"[^>]*value="40"/);
  const corrected = await manager.post(`${base}/${cost?.cost_id}`, {
    ...sent,
    'share-phone': '60',
    amount: '130',
    revision: '1',
    reason: 'the invoice was corrected',
  });
  assert.equal(corrected.status, 303);
  const rows = await program.ask<{ amount: number; shares: object }>(
    'select amount::int, shares from measures.costs where cost_id = $1 order by revision',
    [cost?.cost_id],
  );
  assert.deepEqual(
    rows.map((row) => [row.amount, row.shares]),
    [
      [12_050, { digital: 40, phone: 60 }],
      [13_000, { digital: 40, phone: 60 }],
    ],
  );
});

test('a department’s system reports satisfaction, once for each answer, and corrects what it recorded wrongly', async () => {
  const live = await program.tokenFor('archive-visit');
  const trial = await program.tokenFor('archive-visit', 'test');
  const call = async (url: string, payload: object, token = live) => {
    const answer = await program.server.inject({
      method: 'POST',
      url,
      headers: { authorization: `Bearer ${token}` },
      payload,
    });
    return { status: answer.statusCode, body: answer.json<Record<string, unknown>>() };
  };
  const opinions = [
    { id: 'call 1', rating: 5, moment: 'other', channel: 'phone' },
    { id: 'call 2', rating: 1, moment: 'other', channel: 'phone', at: '2026-01-05T10:00:00Z' },
  ];
  assert.deepEqual((await call('/api/opinions', { opinions }, trial)).body, { received: 2, recorded: 0 });
  assert.deepEqual((await call('/api/opinions', { opinions })).body, { received: 2, recorded: 2 });
  assert.deepEqual((await call('/api/opinions', { opinions })).body, { received: 2, recorded: 0 });
  assert.equal((await call('/api/opinions', { opinions: [{ ...opinions[0], rating: 6 }] })).status, 400);

  const at = '2026-01-05T10:00:00Z';
  const transactions = ['one', 'two'].map((id) => ({ id, event: 'completed', channel: 'phone', at }));
  assert.equal((await call('/api/transactions', { transactions })).status, 200);
  const corrections = [
    { id: 'one', event: 'completed', really: { channel: 'paper', at }, reason: 'it came by post' },
    { id: 'two', event: 'completed', really: null, reason: 'sent twice' },
  ];
  const path = '/api/transactions/corrections';
  assert.deepEqual((await call(path, { corrections }, trial)).body, { received: 2, changed: 0 });
  assert.deepEqual((await call(path, { corrections })).body, { received: 2, changed: 2 });
  assert.deepEqual((await call(path, { corrections })).body, { received: 2, changed: 0 });
  // All of them or none: the second was never recorded.
  const mixed = [
    { ...corrections[0], really: { channel: 'phone', at } },
    { id: 'three', event: 'completed', really: null, reason: 'never was' },
  ];
  assert.equal((await call(path, { corrections: mixed })).status, 404);
  const [kept] = await program.ask<{ count: number }>(
    "select count(*)::int as count from measures.transaction_corrections where transaction_id in ('one', 'two', 'three')",
  );
  assert.equal(kept?.count, 2);
});
