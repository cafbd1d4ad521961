import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { createRecorder, type TransactionRecord } from '#measures';
import { newId, Problem } from '#platform';
import { createTestDatabase } from '../../../../testing/database.ts';
import { measuresTables } from '../database.ts';
import { takeOn } from '../../../../testing/departments.ts';

const { database } = await createTestDatabase();
const trade = await takeOn(database, 'trade', null);
const health = await takeOn(database, 'health', trade.organisationId);

suite('the recorder', () => {
  test('what arrives at the same moment is kept together, and each caller is told how much of it was new', async () => {
    const recorder = createRecorder(database);
    const serviceId = newId();
    const calls = Array.from({ length: 300 }, (_, index) => [completed(`t-${index}`), completed(`t-${index + 1}`)]);
    const recorded = await Promise.all(calls.map((each) => recorder.record(trade.scope, serviceId, each)));
    assert.equal(
      recorded.reduce((sum, count) => sum + count, 0),
      301,
      'each transaction was new to one caller',
    );
    assert.deepEqual(await keptOf(serviceId), { transactions: 301, areNoted: true });
    assert.equal(await recorder.record(trade.scope, serviceId, calls[7] ?? []), 0, 'and to nobody who sends it again');
  });

  test('the calls of one department are kept in its own rows while others record', async () => {
    const recorder = createRecorder(database);
    const record = (scope: typeof trade.scope, serviceId: string) =>
      Promise.all(Array.from({ length: 40 }, (_, n) => recorder.record(scope, serviceId, [completed(`n-${n}`)])));
    await Promise.all([record(trade.scope, trade.serviceId), record(health.scope, health.serviceId)]);
    assert.equal((await keptOf(trade.serviceId)).transactions, 40);
    const seen = await database.transact(health.scope, (tx) =>
      measuresTables(tx).selectFrom('transactions').select('service_id').distinct().execute(),
    );
    assert.deepEqual(seen, [{ service_id: health.serviceId }]);
  });

  test('a call that cannot be recorded fails, and those that arrive with it are kept', async () => {
    const recorder = createRecorder(database);
    const serviceId = newId();
    const [one, broken, other] = await Promise.allSettled([
      recorder.record(trade.scope, serviceId, [completed('one')]),
      recorder.record(trade.scope, 'not a service', [completed('broken')]),
      recorder.record(trade.scope, serviceId, [completed('other')]),
    ]);
    assert.deepEqual([one.status, broken.status, other.status], ['fulfilled', 'rejected', 'fulfilled']);
    await assert.rejects(
      async () => recorder.record(trade.scope, serviceId, [{ ...completed('later'), at: '2999-01-01T00:00:00Z' }]),
      (error: unknown) => error instanceof Problem && error.status === 422,
    );
    assert.equal((await keptOf(serviceId)).transactions, 2);
  });
});

function completed(transactionId: string): TransactionRecord {
  return { transactionId, event: 'completed', channel: 'digital' };
}

/** How many transactions of a service are kept, and whether the counting is told of them. */
async function keptOf(serviceId: string): Promise<{ transactions: number; areNoted: boolean }> {
  return database.transact(trade.scope, async (tx) => {
    const tables = measuresTables(tx);
    const kept = await tables.selectFrom('transactions').select('at').where('service_id', '=', serviceId).execute();
    const noted = await tables.selectFrom('stale_hours').select('id').where('service_id', '=', serviceId).execute();
    return { transactions: kept.length, areNoted: noted.length > 0 };
  });
}
