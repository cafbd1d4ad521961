import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { recordSatisfaction, recordUnitCharge, recordUnitCharges, type Rating, type UnitCharge } from '#measures';
import { newId, Problem } from '#platform';
import { createTestDatabase } from '../../../../testing/database.ts';
import { measuresTables } from '../database.ts';
import { takeOn, type Department } from '../../../../testing/departments.ts';

const { database } = await createTestDatabase();
const trade = await takeOn(database, 'trade', null);
const health = await takeOn(database, 'health', trade.organisationId);

suite('recording a unit charge', () => {
  test('a charge that is recorded twice under its key counts once, and a fraction of a penny is kept', async () => {
    const charge = text({ key: newId(), amountMicros: 23_300 });
    await database.transact(trade.scope, (tx) => recordUnitCharge(tx, charge));
    await database.transact(trade.scope, (tx) => recordUnitCharge(tx, { ...charge, amountMicros: 99 }));
    assert.deepEqual(await chargesOf(trade), [{ amount_micros: 23_300, quantity: 2, kind: 'text message' }]);
    assert.deepEqual(await chargesOf(health), [], 'no other department sees it');
  });

  test('many are recorded at once, by two senders in any order, each once', async () => {
    const serviceId = newId();
    const charges = Array.from({ length: 300 }, (_, index) => text({ serviceId, key: `message ${index}` }));
    const recorded = await Promise.all(
      [charges, charges.toReversed()].map((each) =>
        database.transact(trade.scope, (tx) => recordUnitCharges(tx, serviceId, each)),
      ),
    );
    assert.equal(recorded[0] === undefined ? 0 : recorded[0] + (recorded[1] ?? 0), 300);
  });

  test('an amount, a currency, a key, a channel or a time that cannot be is refused', async () => {
    const nonsense: [object, RegExp][] = [
      [{ amountMicros: 0.5 }, /whole number of millionths/],
      [{ quantity: Number.NaN }, /quantity/],
      [{ currency: 'pounds' }, /ISO 4217/],
      [{ key: '' }, /1 to 200/],
      [{ channel: 'pigeon' }, /channel/],
      [{ at: '2999-01-01T00:00:00Z' }, /future/],
    ];
    for (const [wrong, message] of nonsense) {
      const charge: UnitCharge = JSON.parse(JSON.stringify({ ...text({ key: newId() }), ...wrong }));
      await assert.rejects(
        database.transact(trade.scope, (tx) => recordUnitCharge(tx, charge)),
        (error: unknown) => error instanceof Problem && error.status === 422 && message.test(error.message),
        String(message),
      );
    }
  });
});

suite('recording satisfaction', () => {
  test('a person is counted once at each moment, and their first answer stands', async () => {
    const key = newId();
    const say = (moment: 'end of form' | 'decision', rating: Rating) =>
      database.transact(trade.scope, (tx) =>
        recordSatisfaction(tx, { serviceId: trade.serviceId, key, moment, rating, channel: 'digital' }),
      );
    await say('end of form', 5);
    await say('end of form', 1);
    await say('decision', 2);
    const rows = await database.transact(trade.scope, (tx) =>
      measuresTables(tx).selectFrom('opinions').select(['moment', 'rating']).orderBy('moment').execute(),
    );
    assert.deepEqual(rows, [
      { moment: 'decision', rating: 2 },
      { moment: 'end of form', rating: 5 },
    ]);
  });

  test('a rating that is not one of the five is refused', async () => {
    for (const rating of [0, 6, 2.5, '3']) {
      const opinion = JSON.parse(JSON.stringify({ key: 'k', moment: 'other', rating, channel: 'phone' }));
      await assert.rejects(
        database.transact(trade.scope, (tx) => recordSatisfaction(tx, { serviceId: trade.serviceId, ...opinion })),
        /from 1 \(very dissatisfied\) to 5/,
      );
    }
  });
});

test('recordings of one service do not wait for each other, nor for one that has not committed', async () => {
  const serviceId = newId();
  const record = (key: string) => (tx: Parameters<typeof recordUnitCharge>[0]) =>
    recordUnitCharge(tx, text({ serviceId, key }));
  await database.transact(trade.scope, async (tx) => {
    await record('held open')(tx);
    // These would never come back while the first transaction is open, if they waited for it.
    await Promise.all(['a', 'b', 'c'].map((key) => database.transact(trade.scope, record(key))));
  });
  const rows = await database.transact(trade.scope, (tx) =>
    measuresTables(tx).selectFrom('stale_hours').select('hour').where('service_id', '=', serviceId).execute(),
  );
  assert.equal(rows.length, 4);
});

function text(values: Partial<UnitCharge> & { key: string }): UnitCharge {
  return {
    serviceId: trade.serviceId,
    component: 'notify',
    kind: 'text message',
    quantity: 2,
    amountMicros: 46_600,
    currency: 'GBP',
    ...values,
  };
}

async function chargesOf(department: Department) {
  return database.transact(department.scope, (tx) =>
    measuresTables(tx)
      .selectFrom('unit_charges')
      .select(['amount_micros', 'quantity', 'kind'])
      .where('service_id', '=', trade.serviceId)
      .execute(),
  );
}
