import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { parse } from 'csv-parse/sync';
import { countAll, recordTransaction } from '#measures';
import { createCalendar } from '#platform';
import { startTestProgram } from '../../../../testing/program.ts';

suite('the public pages and open data of the demonstration', async () => {
  const program = await startTestProgram();
  const [service] = await program.ask<{ organisation_id: string; id: string }>(
    "select organisation_id, id from organisations.services where slug = 'fishing-licence'",
    [],
  );
  assert.ok(service);
  const scope = { organisationId: service.organisation_id, actor: { kind: 'system', name: 'test' } } as const;
  await program.database.database.transact(scope, async (tx) => {
    for (const event of ['started', 'completed'] as const) {
      const at = '2025-02-03T10:00:00Z';
      await recordTransaction(tx, { serviceId: service.id, transactionId: 'one', event, channel: 'digital', at });
    }
  });
  await countAll(program.database.database, { calendar: createCalendar('Europe/London'), currency: 'GBP' });
  const get = (url: string, headers: Record<string, string> = {}) =>
    program.server.inject({ method: 'GET', url, headers });

  test('nobody has to sign in to see how a service performs, and charts have a name and a table', async () => {
    for (const path of ['', '/services', '/services/fishing-licence', '/services/fishing-licence/cost', '/savings']) {
      const page = await get(`/performance${path}`);
      assert.equal(page.statusCode, 200, path);
      assert.doesNotMatch(page.body, / style=|<script>/);
    }
    const page = await get('/performance/services/fishing-licence');
    assert.match(page.body, /<svg[^>]*role="img" aria-labelledby="transactions-title transactions-description"/);
    assert.match(page.body, /<title id="transactions-title">Completed transactions/);
    assert.match(page.body, /Figures: completed transactions/);
    assert.match(
      await get('/performance/services/fishing-licence/cost').then(({ body }) => body),
      /The cost is not known/,
    );
  });

  test('the list is searched, filtered and sorted by its address', async () => {
    const found = await get('/performance/services?q=FISH+licence&sort=highest-cost');
    assert.match(found.body, /1 service\./);
    assert.match((await get('/performance/services?q=nothing+like+it')).body, /No service matches/);
    assert.equal((await get('/performance/services?sort=constructor&page=-9&quarter=x')).statusCode, 200);
    assert.equal((await get('/performance/services/none-such')).statusCode, 404);
    assert.equal((await get('/performance/histories/none-such')).statusCode, 404);
  });

  test('every figure is there as CSV and as JSON, and what has not changed is not sent again', async () => {
    const csv = await get('/data/figures.csv?service=fishing-licence');
    const rows: Record<string, string>[] = parse(csv.body, { columns: true });
    const quarter = rows.find((row) => row['quarter'] === '2025-Q1');
    assert.deepEqual(
      [
        quarter?.['transactions'],
        quarter?.['digital_take_up'],
        quarter?.['cost_per_transaction'],
        quarter?.['cost_status'],
      ],
      ['1', '1', '', 'missing'],
    );
    const json: { rows: unknown[]; licence: string } = (await get('/data/figures.json?service=fishing-licence')).json();
    assert.equal(json.rows.length, rows.length);
    assert.match(json.licence, /creativecommons/);
    const etag = String(csv.headers['etag']);
    const again = await get('/data/figures.csv?service=fishing-licence', { 'if-none-match': `"x", W/${etag}` });
    assert.deepEqual([again.statusCode, again.body], [304, '']);
    assert.equal((await get('/data/figures.csv', { 'if-none-match': '"x"' })).statusCode, 200);
    const since = String(csv.headers['last-modified']);
    assert.equal(
      (await get('/data/figures.csv?service=fishing-licence', { 'if-modified-since': since })).statusCode,
      304,
    );
    assert.equal((await get('/data/none.csv')).statusCode, 404);
  });

  test('the catalogue names each dataset with what DCAT-AP makes mandatory, and every address in it answers', async () => {
    const answer = await get('/data/catalog.jsonld');
    assert.match(String(answer.headers['content-type']), /^application\/ld\+json/);
    const catalogue: Record<string, unknown> & { 'dcat:dataset': Record<string, unknown>[] } = answer.json();
    for (const property of ['dct:title', 'dct:description', 'dct:publisher', 'dcat:dataset']) {
      assert.ok(property in catalogue, property);
    }
    assert.ok(catalogue['dcat:dataset'].length >= 3);
    for (const dataset of catalogue['dcat:dataset']) {
      for (const property of ['dct:title', 'dct:description']) assert.ok(property in dataset, property);
      const distributions = dataset['dcat:distribution'];
      assert.ok(Array.isArray(distributions));
      for (const distribution of distributions) {
        for (const property of ['dcat:accessURL', 'dct:license', 'dct:format'])
          assert.ok(property in distribution, property);
        const address = new URL(distribution['dcat:accessURL']['@id']);
        assert.equal((await get(address.pathname)).statusCode, 200, address.pathname);
      }
    }
    assert.equal((await get('/data/dictionary')).statusCode, 200);
  });

  test('a manager enters and corrects a cost, and what it was before is still shown', async () => {
    const samir = await program.signIn('Samir Okafor');
    const path = `/staff/organisations/${service.organisation_id}/services/${service.id}/costs`;
    const wrong = await samir.post(path, { kind: 'staff', amount: 'much' });
    assert.equal(wrong.status, 400);
    assert.match(wrong.body, /Enter the amount as a number/);
    const dates = {
      'from-day': '1',
      'from-month': '1',
      'from-year': '2025',
      'to-day': '31',
      'to-month': '12',
      'to-year': '2025',
    };
    const cost = { kind: 'staff', amount: '£12,500.50', quality: 'measured', evidence: 'Payroll', ...dates };
    assert.equal((await samir.post(path, cost)).status, 303);
    const list = await samir.get(path);
    assert.match(list.body, /£12,500\.50/);
    const one = new RegExp(`${path}/[0-9a-f-]{36}`).exec(list.body)?.[0] ?? '';
    const correction = { ...cost, amount: '13000', revision: '1' };
    assert.equal((await samir.post(one, correction)).status, 400, 'without a reason');
    assert.equal((await samir.post(one, { ...correction, reason: 'A late bill' })).status, 303);
    const after = await samir.get(one);
    assert.match(after.body, /£13,000\.00[\s\S]*Corrected: A late bill[\s\S]*£12,500\.50/);
    assert.equal((await samir.post(one, { ...correction, reason: 'Too late' })).status, 409, 'corrected meanwhile');
  });
});
