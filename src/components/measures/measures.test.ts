import assert from 'node:assert/strict';
import { before, suite, test } from 'node:test';
import { createRenderer, designPart } from '#design';
import {
  createMeasuresPart,
  countTransactions,
  figuresFor,
  recordTransaction,
  type TransactionRecord,
} from '#measures';
import { createFrames, createService } from '#organisations';
import {
  createCalendar,
  createImports,
  createKeyring,
  createLog,
  createMetrics,
  createServer,
  newId,
  Problem,
  readSettings,
  type Grant,
  type Server,
} from '#platform';
import { join } from 'node:path';
import { createTestDatabase } from '../../../testing/database.ts';
import { serviceValues, takeOn, type Department } from '../../../testing/departments.ts';

const { database } = await createTestDatabase();
const calendar = createCalendar('Europe/London', () => new Date('2026-03-24T12:00:00Z'));
const trade = await takeOn(database, 'trade', null);
const health = await takeOn(database, 'health', trade.organisationId);

suite('recording transactions', () => {
  test('a transaction recorded twice is counted once, and the first record stands', async () => {
    const begun = { serviceId: trade.serviceId, ...transaction('once', 'started', '2026-01-05T10:00:00Z') };
    await database.transact(trade.scope, (tx) => recordTransaction(tx, begun));
    await database.transact(trade.scope, async (tx) => {
      await recordTransaction(tx, { ...begun, channel: 'phone', at: '2026-01-06T10:00:00Z' });
      await recordTransaction(tx, begun);
    });
    const { days } = await count(trade, '2026-01-05', '2026-01-06');
    assert.deepEqual(
      days.map((day) => day.started),
      [1, 0],
    );
  });

  test('what is rolled back is not counted', async () => {
    await assert.rejects(
      database.transact(trade.scope, async (tx) => {
        await recordTransaction(tx, {
          serviceId: trade.serviceId,
          ...transaction('undone', 'started', '2026-01-07T10:00:00Z'),
        });
        throw new Error('changed my mind');
      }),
      /changed my mind/,
    );
    assert.equal((await count(trade, '2026-01-07', '2026-01-07')).total.started, 0);
  });

  test('an event, a channel or a time that cannot be is refused with what is wrong', async () => {
    const nonsense = [
      [{ event: 'finished' }, /event must be one of started, completed, failed/],
      [{ channel: 'pigeon' }, /channel must be one of digital/],
      [{ at: '2026-02-31T25:00:00Z' }, /at must be a real time/],
      [{ at: '2026-02-03' }, /at must be a real time with its time zone/],
      [{ at: '2999-01-01T00:00:00Z' }, /at must not be in the future/],
      [{ transactionId: '' }, /id must be text of 1 to 200 characters/],
    ] as const;
    for (const [wrong, message] of nonsense) {
      const right = transaction('nonsense', 'started', '2026-01-05T10:00:00Z');
      // As it could come over the wire, where no compiler looked at it.
      const sent: TransactionRecord = JSON.parse(JSON.stringify({ ...right, ...wrong }));
      await assert.rejects(
        database.transact(trade.scope, (tx) => recordTransaction(tx, { serviceId: trade.serviceId, ...sent })),
        (error: unknown) => error instanceof Problem && error.status === 422 && message.test(error.message),
        String(message),
      );
    }
  });
});

suite('counting transactions', () => {
  test('a transaction belongs to the day of the time zone, not of UTC', async () => {
    // In summer, midnight in London is 23:00 UTC of the day before.
    await record(trade, [
      transaction('before midnight', 'started', '2025-07-01T22:59:59Z'),
      transaction('after midnight', 'started', '2025-07-01T23:00:00Z'),
    ]);
    const { days } = await count(trade, '2025-07-01', '2025-07-02');
    assert.deepEqual(
      days.map(({ day, started }) => [day, started]),
      [
        ['2025-07-01', 1],
        ['2025-07-02', 1],
      ],
    );
  });

  test('the days on which the clocks change have 23 and 25 hours, and no transaction falls between days', async () => {
    // 30 March 2025 is short and 26 October 2025 is long in London.
    await record(
      trade,
      [...hours('2025-03-29T00:00:00Z', 71), ...hours('2025-10-24T23:00:00Z', 73)].map((at) =>
        transaction(`hour ${at}`, 'completed', at),
      ),
    );
    const completed = async (from: string, to: string) =>
      (await count(trade, from, to)).days.map((day) => day.completed);
    assert.deepEqual(await completed('2025-03-29', '2025-03-31'), [24, 23, 24]);
    assert.deepEqual(await completed('2025-10-25', '2025-10-27'), [24, 25, 24]);
  });

  test('the completion rate is the share of those started on the day that was completed, whenever that was', async () => {
    await record(trade, [
      transaction('a', 'started', '2026-02-02T09:00:00Z'),
      transaction('b', 'started', '2026-02-02T09:00:00Z'),
      transaction('c', 'started', '2026-02-02T09:00:00Z'),
      transaction('d', 'started', '2026-02-02T09:00:00Z'),
      transaction('a', 'completed', '2026-02-02T10:00:00Z'),
      transaction('b', 'completed', '2026-02-03T10:00:00Z'),
      transaction('c', 'completed', '2026-02-20T10:00:00Z'),
      transaction('d', 'failed', '2026-02-03T11:00:00Z'),
    ]);
    const { days, total } = await count(trade, '2026-02-02', '2026-02-03');
    assert.deepEqual(days, [
      { day: '2026-02-02', started: 4, completed: 1, failed: 0, completionRate: 0.75 },
      { day: '2026-02-03', started: 0, completed: 1, failed: 1, completionRate: null },
    ]);
    assert.deepEqual(total, { started: 4, completed: 2, failed: 1, completionRate: 0.75 });
  });

  test('a period that ends before it begins, or has no real day, is refused', async () => {
    await assert.rejects(count(trade, '2026-02-03', '2026-02-02'), Problem);
    await assert.rejects(count(trade, '2026-02-30', '2026-03-02'), Problem);
    await assert.rejects(count(trade, '1900-01-01', '2026-03-02'), /At most 400 days/);
  });

  test('another organisation sees none of it', async () => {
    await record(trade, [transaction('theirs', 'started', '2026-02-05T09:00:00Z')]);
    const seen = await database.transact(health.scope, (tx) =>
      countTransactions(tx, calendar, { serviceId: trade.serviceId, from: '2026-02-05', to: '2026-02-05' }),
    );
    assert.equal(seen.total.started, 0);
  });

  test('the figures of an overview cover the last days with today, and say where the rate is missing', async () => {
    await record(health, [
      transaction('today', 'completed', '2026-03-24T08:00:00Z'),
      transaction('28 days ago', 'completed', '2026-02-25T08:00:00Z'),
      transaction('29 days ago', 'completed', '2026-02-24T08:00:00Z'),
    ]);
    const figures = await database.transact(health.scope, (tx) => figuresFor(tx, health.serviceId, { calendar }));
    assert.deepEqual(
      figures.map(({ label, value }) => [label, value]),
      [
        ['Started', '0'],
        ['Completed', '2'],
        ['Failed', '0'],
        ['Completion rate', 'Missing'],
      ],
    );
  });
});

suite('over HTTP', () => {
  let server: Server;
  let admitted: Grant = grantOf(trade, 'live');
  before(async () => {
    server = await createTestServer(() => admitted);
  });

  const send = async (payload: unknown, headers: Record<string, string> = {}) =>
    server.inject({
      method: 'POST',
      url: '/api/transactions',
      headers: { 'content-type': 'application/json', ...headers },
      payload: typeof payload === 'string' ? payload : JSON.stringify(payload),
    });

  test("a department's system reports a batch, and may send it again", async () => {
    admitted = grantOf(trade, 'live');
    const transactions = Array.from({ length: 1000 }, (_, index) => ({
      id: `till ${index}`,
      event: 'completed',
      channel: 'face to face',
      at: '2025-04-01T12:00:00+01:00',
    }));
    const first = await send({ transactions });
    assert.equal(first.statusCode, 200, first.body);
    assert.deepEqual(first.json(), { received: 1000, recorded: 1000 });
    assert.deepEqual((await send({ transactions })).json(), { received: 1000, recorded: 0 });
    assert.equal((await count(trade, '2025-04-01', '2025-04-01')).total.completed, 1000);
  });

  test('the same transactions from many senders at once are counted once', async () => {
    admitted = grantOf(trade, 'live');
    const transactions = Array.from({ length: 200 }, (_, index) => ({
      id: `race ${index}`,
      event: 'completed',
      channel: 'phone',
      at: '2025-04-02T12:00:00Z',
    }));
    const answers = await Promise.all(
      Array.from({ length: 6 }, (_, sender) =>
        send({ transactions: sender % 2 === 0 ? transactions : transactions.toReversed() }),
      ),
    );
    assert.deepEqual([...new Set(answers.map((answer) => answer.statusCode))], [200]);
    assert.equal((await count(trade, '2025-04-02', '2025-04-02')).total.completed, 200);
  });

  test('a test key is answered and records nothing', async () => {
    admitted = grantOf(trade, 'test');
    const answer = await send({
      transactions: [{ id: 'trial', event: 'started', channel: 'paper', at: '2025-04-03T12:00:00Z' }],
    });
    assert.deepEqual(answer.json(), { received: 1, recorded: 0 });
    assert.equal((await count(trade, '2025-04-03', '2025-04-03')).total.started, 0);
  });

  test('bad input is answered with a problem document that says where, and nothing of the batch is recorded', async () => {
    admitted = grantOf(trade, 'live');
    const good = { id: 'good', event: 'started', channel: 'digital', at: '2025-04-04T12:00:00Z' };
    const wrong: [unknown, number, RegExp][] = [
      ['{', 400, /cannot be read/],
      [{}, 400, /transactions/],
      [{ transactions: [] }, 400, /fewer than 1/],
      [{ transactions: Array.from({ length: 1001 }, () => good) }, 400, /more than 1000/],
      [{ transactions: [good, { ...good, event: 'begun' }] }, 400, /transactions\/1\/event/],
      [{ transactions: [good, { ...good, channel: 'pigeon' }] }, 400, /transactions\/1\/channel/],
      [{ transactions: [good, { ...good, id: 7 }] }, 400, /transactions\/1\/id/],
      [{ transactions: [good, { ...good, id: 'a\0b' }] }, 422, /transactions\/1\/id/],
      [{ transactions: [good, { ...good, at: 'yesterday' }] }, 400, /transactions\/1\/at/],
      [
        { transactions: [good, { ...good, id: 'late', at: '2999-01-01T00:00:00Z' }] },
        422,
        /transactions\/1\/at .*future/,
      ],
      [{ transactions: [good], secret: 1 }, 400, /additional/],
    ];
    for (const [payload, status, message] of wrong) {
      const answer = await send(payload);
      assert.equal(answer.statusCode, status, answer.body);
      assert.match(String(answer.headers['content-type']), /^application\/problem\+json/);
      assert.match(answer.body, message);
      assert.doesNotMatch(answer.body, /node_modules|\.ts/);
    }
    assert.equal((await send('id=1', { 'content-type': 'text/csv' })).statusCode, 415);
    assert.equal((await count(trade, '2025-04-04', '2025-04-04')).total.started, 0);
  });

  test('with keepGood the good of a batch are recorded, and each other is named with what is wrong', async () => {
    admitted = grantOf(trade, 'live');
    const good = { id: 'kept', event: 'started', channel: 'digital', at: '2025-04-06T12:00:00Z' };
    const answer = await send({ keepGood: true, transactions: [{ ...good, at: '2999-01-01T00:00:00Z' }, good] });
    assert.equal(answer.statusCode, 200, answer.body);
    assert.deepEqual(answer.json(), {
      received: 2,
      recorded: 1,
      refused: [{ index: 0, errors: [{ place: 'at', message: 'must not be in the future' }] }],
    });
    assert.equal((await count(trade, '2025-04-06', '2025-04-06')).total.started, 1);
  });

  test('OpenAPI describes the call, with the key it needs', () => {
    const description: { paths: Record<string, { post?: { security?: unknown; tags?: unknown } }> } = JSON.parse(
      JSON.stringify(server.swagger()),
    );
    const call = description.paths['/api/transactions']?.post;
    assert.deepEqual(call?.security, [{ key: [] }]);
    assert.deepEqual(call?.tags, ['measures']);
  });

  test('the page shows headline figures, a chart that says what it is, and the table under it', async () => {
    admitted = grantOf(health, 'live');
    const address = `/staff/organisations/${health.organisationId}/services/${health.serviceId}/measures`;
    const page = await server.inject({ method: 'GET', url: `${address}?days=7` });
    assert.equal(page.statusCode, 200, page.body);
    assert.match(
      page.body,
      /<svg[^>]*role="img" aria-labelledby="days-title days-description"[^>]*><title[^>]*>Transactions started and completed each day</,
    );
    assert.equal(page.body.match(/<th scope="row"/g)?.length, 7);
    assert.match(page.body, /Missing/);
    assert.doesNotMatch(page.body, /style=/);
    assert.equal((await server.inject({ method: 'GET', url: `${address}?days=8` })).statusCode, 400);
  });

  test('a service without transactions says so instead of drawing nothing', async () => {
    const serviceId = await database.transact(trade.scope, (tx) => createService(tx, serviceValues('quiet')));
    admitted = grantOf(trade, 'live');
    const page = await server.inject({
      method: 'GET',
      url: `/staff/organisations/${trade.organisationId}/services/${serviceId}/measures`,
    });
    assert.equal(page.statusCode, 200);
    assert.match(page.body, /No transactions in this period/);
    assert.doesNotMatch(page.body, /<svg[^>]*role="img"/);
  });
});

/** The full hours from a moment on. */
function hours(from: string, number: number): string[] {
  return Array.from({ length: number }, (_, hour) => new Date(Date.parse(from) + hour * 3_600_000).toISOString());
}

function transaction(transactionId: string, event: TransactionRecord['event'], at: string): TransactionRecord {
  return { transactionId, event, channel: 'digital', at };
}

async function record(department: Department, records: readonly TransactionRecord[]): Promise<void> {
  await database.transact(department.scope, async (tx) => {
    for (const each of records) await recordTransaction(tx, { serviceId: department.serviceId, ...each });
  });
}

async function count(department: Department, from: string, to: string) {
  return database.transact(department.scope, (tx) =>
    countTransactions(tx, calendar, { serviceId: department.serviceId, from, to }),
  );
}

function grantOf(department: Department, kind: 'live' | 'test'): Grant {
  return {
    person: { id: newId(), name: 'Maya Lindqvist', organisationId: department.organisationId },
    scope: department.scope,
    roles: ['service manager'],
    key: { serviceId: department.serviceId, kind },
  };
}

/** A server of this part alone, whose gatekeeper lets everybody in as who the test says. */
async function createTestServer(admitted: () => Grant): Promise<Server> {
  const settings = readSettings({ ENCRYPTION_KEYS: Buffer.alloc(32, 1).toString('base64'), LOG_LEVEL: 'silent' });
  const imports = createImports({ database, keyring: createKeyring(settings.encryptionKeys), importers: () => [] });
  const part = createMeasuresPart({ database, frames: createFrames([], []), calendar, settings, imports });
  const server = await createServer({
    settings,
    keyring: createKeyring(settings.encryptionKeys),
    log: createLog(settings.logLevel),
    metrics: createMetrics(() => Promise.resolve({ ready: 0, running: 0, failed: 0 })),
    renderer: createRenderer({
      look: { governmentName: settings.governmentName, colour: settings.governmentColour },
      views: {
        measures: join(part.folder, 'views'),
        organisations: join(import.meta.dirname, '../../organisations/views'),
      },
      timeZone: settings.timeZone,
    }),
    gatekeeper: { admit: () => Promise.resolve(admitted()) },
    version: 'test',
  });
  designPart.routes?.(server);
  part.routes?.(server);
  await server.ready();
  return server;
}
