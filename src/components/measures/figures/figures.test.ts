import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { recordSatisfaction, recordSystemCost, recordTransaction, recordUnitCharge, type Rating } from '#measures';
import { createCalendar, newId, type Tx } from '#platform';
import { createTestDatabase } from '../../../../testing/database.ts';
import { measuresReader, measuresTables } from '../database.ts';
import { countAll } from '../jobs.ts';
import { takeOn } from '../../../../testing/departments.ts';
import { wilsonInterval } from './confidence.ts';
import { costOf } from './cost-of-service.ts';
import { figureOf, meanRating, takeUpOf } from './figure.ts';
import { publishService } from './publication.ts';
import type { PeriodCost, ServiceRecords } from './service-records.ts';

const year = { from: '2025-01-01', to: '2025-12-31' };
const nothing: ServiceRecords = { counts: [], opinions: [], charges: [], costs: [], firstDay: null };

/** Every kind that a complete cost names, as zero, but for what is given. */
function complete(...given: PeriodCost[]): PeriodCost[] {
  const kinds = ['staff', 'accommodation', 'systems', 'postage and printing', 'fees', 'overheads'] as const;
  return [...kinds.filter((kind) => !given.some((each) => each.kind === kind)).map((kind) => cost(kind, 0)), ...given];
}

function cost(kind: PeriodCost['kind'], amount: number, more: Partial<PeriodCost> = {}): PeriodCost {
  const shared = { system: null, channel: null, shares: null, currency: 'GBP', quality: 'measured' } as const;
  return { ...shared, ...year, kind, amount, ...more };
}

function completed(channel: ServiceRecords['counts'][number]['channel'], count: number, day = '2025-06-01') {
  return { day, channel, started: count, completed: count, failed: 0, finished: count };
}

suite('the cost of a service', () => {
  test('a cost counts for the days of it that fall into the period, and shared costs follow completed transactions', () => {
    const records: ServiceRecords = {
      ...nothing,
      counts: [completed('digital', 300), completed('assisted digital', 100), completed('phone', 100)],
      costs: complete(
        // Two years, so that half of it is this year's but for the day that 2024 is longer.
        cost('staff', 731_00, { from: '2024-01-01', to: '2025-12-31' }),
        cost('fees', 50_00, { channel: 'phone' }),
        cost('overheads', 200_00, { shares: { digital: 25, phone: 75 } }),
      ),
    };
    const worked = costOf(records, year, 'GBP');
    assert.equal(worked.total, 365_00 + 50_00 + 200_00);
    assert.equal(worked.byChannel.phone, 73_00 + 50_00 + 150_00);
    assert.equal(worked.status, 'measured');
    const figure = figureOf(records, year, 'GBP');
    assert.equal(figure.costPerTransaction, 615_00 / 500);
    assert.equal(figure.digitalCostPerTransaction, (219_00 + 73_00 + 50_00) / 400, 'assisted digital is inside it');
    assert.equal(takeUpOf(figure), 300 / 500, 'assisted digital is outside it');
  });

  test('what is not known is said, for which days, and is never filled in', () => {
    const counts = [completed('digital', 10)];
    const staff = cost('staff', 100_00, { to: '2025-06-30' });
    const records = { ...nothing, counts, costs: complete(staff) };
    const figure = figureOf(records, year, 'GBP');
    assert.equal(figure.costStatus, 'incomplete');
    assert.deepEqual(figure.costGaps, ['staff from 1 July 2025 to 31 December 2025']);
    assert.equal(figureOf({ ...nothing, counts }, year, 'GBP').costStatus, 'missing');
    assert.equal(figureOf({ ...nothing, counts }, year, 'GBP').costPerTransaction, null);
    const inEuros = complete(cost('staff', 100_00, { currency: 'EUR' }));
    assert.match(figureOf({ ...nothing, counts, costs: inEuros }, year, 'GBP').costGaps[0] ?? '', /^staff/);
  });

  test('a service that began during the year is complete from its first day on', () => {
    const records = {
      ...nothing,
      counts: [completed('digital', 10)],
      firstDay: '2025-05-01',
      costs: complete().map((each) => ({ ...each, from: '2025-05-01' })),
    };
    assert.equal(costOf(records, year, 'GBP').status, 'measured');
  });

  test('one-off costs are left out and shown apart, and an estimate makes the whole an estimate', () => {
    const costs = complete(cost('staff', 100_00, { quality: 'estimated' }), cost('one-off', 900_00));
    const worked = costOf({ ...nothing, counts: [completed('paper', 1)], costs }, year, 'GBP');
    assert.deepEqual([worked.total, worked.oneOff, worked.status], [100_00, 900_00, 'estimated']);
  });

  test('without a completed transaction there is no cost per transaction', () => {
    const figure = figureOf({ ...nothing, costs: complete(cost('staff', 5_00)) }, year, 'GBP');
    assert.deepEqual([figure.transactions, figure.costPerTransaction, figure.cost], [null, null, 5_00]);
  });
});

test('satisfaction runs from 0 for all very dissatisfied to 1 for all very satisfied', () => {
  assert.equal(meanRating([3, 0, 0, 0, 0]), 0);
  assert.equal(meanRating([0, 0, 0, 0, 3]), 1);
  assert.equal(meanRating([1, 1, 1, 1, 1]), 0.5);
  assert.equal(meanRating([0, 0, 0, 0, 0]), null);
});

test('the interval of a share is Wilson’s, and stays between nothing and all', () => {
  // Worked by hand from the formula: 8 of 10.
  const interval = wilsonInterval(0.8, 10);
  assert.ok(interval);
  assert.deepEqual([interval.low.toFixed(4), interval.high.toFixed(4)], ['0.4902', '0.9433']);
  assert.deepEqual([wilsonInterval(0, 5)?.low, wilsonInterval(1, 5)?.high], [0, 1]);
  assert.equal(wilsonInterval(0, 0), null);
});

suite('publishing', async () => {
  const { database } = await createTestDatabase();
  const government = await takeOn(database, 'government', null);
  const trade = await takeOn(database, 'trade', government.organisationId);
  const calendarAt = (moment: string) => createCalendar('Europe/London', () => new Date(moment));
  const known = (moment: string) => ({ calendar: calendarAt(moment), currency: 'GBP' });
  const transact = <T>(work: (tx: Tx) => Promise<T>): Promise<T> => database.transact(trade.scope, work);
  const bringToEnd = (id: string, at: string) =>
    transact((tx) =>
      recordTransaction(tx, {
        serviceId: trade.serviceId,
        transactionId: id,
        event: 'completed',
        channel: 'paper',
        at,
      }),
    );
  const figures = (quarter: string) =>
    database.readAcross((tx) =>
      measuresReader(tx)
        .selectFrom('figures')
        .select(['revision', 'transactions', 'reason'])
        .where('quarter', '=', quarter)
        .orderBy('revision')
        .execute(),
    );

  test('a quarter is published once it is over; a late record corrects it, and both values stay', async () => {
    await bringToEnd('first', '2025-02-03T10:00:00Z');
    await bringToEnd('second', '2025-05-03T10:00:00Z');
    await countAll(database, known('2025-05-10T12:00:00Z'));
    await countAll(database, known('2025-05-10T12:00:00Z'));
    assert.deepEqual(await figures('2025-01-01'), [{ revision: 1, transactions: 1, reason: null }]);
    assert.deepEqual(await figures('2025-04-01'), [{ revision: 0, transactions: 2, reason: null }]);
    await bringToEnd('late', '2025-03-31T10:00:00Z');
    await countAll(database, known('2025-05-11T12:00:00Z'));
    const reason = 'Counted again after records came late or were corrected.';
    const corrected = [
      { revision: 1, transactions: 1, reason: null },
      { revision: 2, transactions: 2, reason },
    ];
    assert.deepEqual(await figures('2025-01-01'), corrected);
    await publishService(database, known('2025-07-01T12:00:00Z'), trade);
    assert.deepEqual(await figures('2025-01-01'), corrected, 'published again, it is the same');
    assert.deepEqual(await figures('2025-04-01'), [{ revision: 1, transactions: 3, reason: null }]);
  });

  test('a published figure is never changed or removed, even by a wrong query', async () => {
    await assert.rejects(
      transact((tx) =>
        measuresTables(tx).updateTable('figures').set({ transactions: 9 }).where('revision', '=', 1).execute(),
      ),
      /is published/,
    );
    await assert.rejects(
      transact((tx) => measuresTables(tx).deleteFrom('figures').where('revision', '>', 0).execute()),
      /is published/,
    );
  });

  test('unit charges, shares of contracts of the estate and opinions come into the figure', async () => {
    const { serviceId, organisationId } = trade;
    const at = '2025-05-04T10:00:00Z';
    await transact(async (tx) => {
      const text = { component: 'notify', kind: 'text message', key: newId(), quantity: 1, amountMicros: 23_300 };
      await recordUnitCharge(tx, { ...text, serviceId, currency: 'GBP', at });
      for (const [key, rating] of [5, 4].entries()) {
        const opinion = { serviceId, key: String(key), rating: rating === 5 ? 5 : 4, channel: 'paper', at } as const;
        await recordSatisfaction(tx, { ...opinion, moment: 'end of form', rating: opinion.rating satisfies Rating });
      }
    });
    await database.transact(government.scope, (tx) =>
      recordSystemCost(tx, {
        contractKey: 'c1',
        serviceOrganisationId: organisationId,
        serviceId,
        systemName: 'Licensing',
        from: '2025-04-01',
        to: '2025-06-30',
        contractAmount: { minorUnits: 1000_00, currency: 'GBP' },
        share: 0.5,
        quality: 'measured',
        evidence: 'contract',
      }),
    );
    await countAll(database, known('2025-07-02T12:00:00Z'));
    const [row] = await database.readAcross((tx) =>
      measuresReader(tx)
        .selectFrom('figures')
        .select(['cost', 'satisfaction', 'opinions', 'cost_status'])
        .where('quarter', '=', '2025-04-01')
        .orderBy('revision', 'desc')
        .execute(),
    );
    assert.deepEqual(row, { cost: 500_02, satisfaction: 0.875, opinions: 2, cost_status: 'incomplete' });
  });
});
