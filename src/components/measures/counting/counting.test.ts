import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import pg from 'pg';
import {
  channels,
  correctTransaction,
  recordSatisfaction,
  recordTransaction,
  recordUnitCharge,
  type Channel,
  type TransactionEvent,
} from '#measures';
import { createCalendar, newId, type Tx } from '#platform';
import { createTestDatabase } from '../../../../testing/database.ts';
import { measuresTables } from '../database.ts';
import { takeOn } from '../../../../testing/departments.ts';
import { countService, listServicesToCount } from './counting.ts';

const { database, ownerUrl } = await createTestDatabase();
const trade = await takeOn(database, 'trade', null);
const timeZone = 'Asia/Kolkata';
const calendar = createCalendar(timeZone);

/** What one sender does: record an event of a transaction, or correct one. */
interface Step {
  readonly id: number;
  readonly event: TransactionEvent;
  readonly channel: Channel;
  readonly hoursAfter: number;
  readonly what: 'record' | 'correct' | 'withdraw' | 'count' | 'die while counting';
}

const step = fc.record<Step>({
  id: fc.integer({ min: 1, max: 12 }),
  event: fc.constantFrom('started', 'completed', 'failed'),
  channel: fc.constantFrom(...channels),
  hoursAfter: fc.double({ min: 0, max: 24 * 50, noNaN: true }),
  what: fc.constantFrom('record', 'record', 'record', 'correct', 'withdraw', 'count', 'die while counting'),
});

test('however it is recorded, corrected, counted, counted twice and killed, the counts are those of the records', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 40 }), async (steps) => {
      const serviceId = newId();
      const truth = new Map<string, { id: number; event: string; channel: Channel; at: string } | null>();
      for (const each of steps) await take(each, serviceId, truth);
      await count(serviceId);
      const counted = await countsOf(serviceId);
      assert.deepEqual(counted, expectedOf([...truth.values()].filter((record) => record !== null)));
      await count(serviceId);
      assert.deepEqual(await countsOf(serviceId), counted, 'counted again');
      assert.equal(await staleOf(serviceId), 0, 'nothing is left to be counted');
    }),
    { numRuns: 25 },
  );
});

test('recordings that commit while others count are counted, by many counters at once', async () => {
  const serviceId = newId();
  const at = (index: number) => new Date(Date.parse('2026-01-05T00:00:00Z') + index * 7_000_000).toISOString();
  const recording = Array.from({ length: 60 }, (_, index) => async () => {
    const values = { serviceId, transactionId: `t${index}`, channel: 'digital', at: at(index) } as const;
    await transact((tx) => recordTransaction(tx, { ...values, event: 'started' }));
    await transact((tx) => recordTransaction(tx, { ...values, event: 'completed', at: at(index + 30) }));
  });
  await Promise.all([...recording.map((record) => record()), ...Array.from({ length: 5 }, () => count(serviceId))]);
  await count(serviceId);
  const total = await transact((tx) =>
    measuresTables(tx)
      .selectFrom('day_counts')
      .select(({ fn }) => [fn.sum<number>('started').as('started'), fn.sum<number>('finished').as('finished')])
      .where('service_id', '=', serviceId)
      .executeTakeFirstOrThrow(),
  );
  assert.deepEqual(total, { started: 60, finished: 60 });
});

test('unit charges and opinions are added up by day, once, also where they come late', async () => {
  const serviceId = newId();
  await transact(async (tx) => {
    for (const [key, at] of [
      ['a', '2026-01-05T18:29:00Z'],
      ['b', '2026-01-05T18:31:00Z'],
    ] as const) {
      const charge = { component: 'notify', kind: 'letter', quantity: 1, amountMicros: 850_000, currency: 'GBP' };
      await recordUnitCharge(tx, { ...charge, serviceId, key, at });
      await recordSatisfaction(tx, { serviceId, key, moment: 'decision', rating: 4, channel: 'digital', at });
    }
  });
  await count(serviceId);
  const late = { serviceId, key: 'c', moment: 'decision', rating: 1, channel: 'digital' } as const;
  await transact((tx) => recordSatisfaction(tx, { ...late, at: '2026-01-05T10:00:00Z' }));
  await count(serviceId);
  assert.deepEqual(
    await transact((tx) =>
      measuresTables(tx)
        .selectFrom('unit_charge_days')
        .select(['day', 'quantity', 'amount_micros'])
        .where('service_id', '=', serviceId)
        .orderBy('day')
        .execute(),
    ),
    // Half past six in the evening of UTC is midnight there.
    [
      { day: '2026-01-05', quantity: 1, amount_micros: 850_000 },
      { day: '2026-01-06', quantity: 1, amount_micros: 850_000 },
    ],
  );
  assert.deepEqual(
    await transact((tx) =>
      measuresTables(tx)
        .selectFrom('opinion_days')
        .select(['day', 'rated_1', 'rated_4'])
        .where('service_id', '=', serviceId)
        .orderBy('day')
        .execute(),
    ),
    [
      { day: '2026-01-05', rated_1: 1, rated_4: 1 },
      { day: '2026-01-06', rated_1: 0, rated_4: 1 },
    ],
  );
});

test('what was never recorded cannot be corrected, and a correction says why', async () => {
  const correction = {
    serviceId: newId(),
    transactionId: 'x',
    event: 'started',
    really: null,
    reason: 'test',
  } as const;
  await assert.rejects(
    transact((tx) => correctTransaction(tx, correction)),
    /No transaction with this id/,
  );
  await assert.rejects(
    transact((tx) => correctTransaction(tx, { ...correction, reason: ' ' })),
    /Say why/,
  );
});

async function take(
  { id, event, channel, hoursAfter, what }: Step,
  serviceId: string,
  truth: Map<string, { id: number; event: string; channel: Channel; at: string } | null>,
): Promise<void> {
  const at = new Date(Date.parse('2026-01-01T00:00:00Z') + hoursAfter * 3_600_000).toISOString();
  const key = `${id}/${event}`;
  const which = { serviceId, transactionId: String(id), event };
  if (what === 'record') {
    await transact((tx) => recordTransaction(tx, { ...which, channel, at }));
    if (!truth.has(key)) truth.set(key, { id, event, channel, at });
  } else if (what === 'correct' || what === 'withdraw') {
    if (!truth.has(key)) return;
    const really = what === 'correct' ? { channel, at } : null;
    await transact((tx) => correctTransaction(tx, { ...which, really, reason: 'test' }));
    truth.set(key, really === null ? null : { id, event, ...really });
  } else if (what === 'count') {
    await count(serviceId);
  } else {
    await dieWhileCounting(serviceId);
  }
}

/** Counts, and ends the server's side of the connection after the counts are written and before they are committed. */
async function dieWhileCounting(serviceId: string): Promise<void> {
  const owner = new pg.Client({ connectionString: ownerUrl });
  await owner.connect();
  // The first write of counts waits here, in the middle of the counting transaction.
  await owner.query('begin; lock table measures.day_counts in share mode');
  const counting = count(serviceId).then(
    () => 'done',
    () => 'died',
  );
  for (let tries = 0; tries < 50; tries += 1) {
    // As the application, whose own connection it is.
    const { rowCount } = await database.pool.query(
      `select pg_terminate_backend(pid) from pg_locks where not granted and relation = 'measures.day_counts'::regclass`,
    );
    if ((rowCount ?? 0) > 0 || (await Promise.race([counting, pause(5)])) === 'done') break;
  }
  await owner.end();
  await counting;
}

/** The counts as anybody would make them who has all the records. */
function expectedOf(records: readonly { id: number; event: string; channel: Channel; at: string }[]) {
  const completed = new Set(records.filter((each) => each.event === 'completed').map((each) => each.id));
  const counts = new Map<string, { started: number; completed: number; failed: number; finished: number }>();
  for (const { id, event, channel, at } of records) {
    const key = `${calendar.dayOf(at)} ${channel}`;
    const found = counts.get(key) ?? { started: 0, completed: 0, failed: 0, finished: 0 };
    counts.set(key, {
      started: found.started + (event === 'started' ? 1 : 0),
      completed: found.completed + (event === 'completed' ? 1 : 0),
      failed: found.failed + (event === 'failed' ? 1 : 0),
      finished: found.finished + (event === 'started' && completed.has(id) ? 1 : 0),
    });
  }
  return new Map([...counts].toSorted(([one], [other]) => (one < other ? -1 : 1)));
}

async function countsOf(serviceId: string) {
  const rows = await transact((tx) =>
    measuresTables(tx).selectFrom('day_counts').selectAll().where('service_id', '=', serviceId).execute(),
  );
  return new Map(
    rows
      .map(({ day, channel, started, completed, failed, finished }) => {
        return [`${day} ${channel}`, { started, completed, failed, finished }] as const;
      })
      .toSorted(([one], [other]) => (one < other ? -1 : 1)),
  );
}

async function staleOf(serviceId: string): Promise<number> {
  return (await listServicesToCount(database)).filter((each) => each.serviceId === serviceId).length;
}

async function count(serviceId: string): Promise<void> {
  await countService(database, calendar, { organisationId: trade.organisationId, serviceId });
}

function transact<T>(work: (tx: Tx) => Promise<T>): Promise<T> {
  return database.transact(trade.scope, work);
}

async function pause(milliseconds: number): Promise<string> {
  return new Promise((resolve) => {
    setTimeout(() => resolve('waited'), milliseconds);
  });
}
