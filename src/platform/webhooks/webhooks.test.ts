import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import { after, test, type TestContext } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';
import { Webhook } from 'standardwebhooks';
import {
  createKeyring,
  createLog,
  createWebhooks,
  newId,
  Problem,
  startJobs,
  type Scope,
  type WebhookDelivery,
  type Webhooks,
} from '#platform';
import { createTestDatabase } from '../../../testing/database.ts';

const { database, url, ownerUrl } = await createTestDatabase();
const scope: Scope = { organisationId: newId(), actor: { kind: 'system', name: 'test' } };
const keyring = createKeyring([Buffer.alloc(32, 5).toString('base64')]);
const webhooks = createWebhooks(keyring, { webhookNetworks: ['127.0.0.1'], jobConcurrency: 8 });
const { endpoints, deliveries } = webhooks;
const owner = new pg.Pool({ connectionString: ownerUrl, max: 2, allowExitOnIdle: true });
after(() => owner.end());

const run = (of: Webhooks = webhooks) =>
  startJobs({ database, databaseUrl: url, jobs: of.jobs, concurrency: 8, log: createLog('silent') });

interface Received {
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** Somebody else's system: it answers what it is told to, and remembers what it was sent. */
async function startReceiver(t: TestContext, answer: (n: number) => number | 'silence' = () => 204) {
  const received: Received[] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (text: string) => (body += text));
    request.on('end', () => {
      received.push({ headers: request.headers, body });
      const status = answer(received.length);
      if (status !== 'silence') response.writeHead(status, { location: '/elsewhere' }).end('thank you');
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.close();
    server.closeAllConnections();
  });
  const address = server.address();
  assert.ok(typeof address === 'object' && address !== null);
  return { url: `http://127.0.0.1:${address.port}/hooks`, received };
}

async function addEndpoint(values: Omit<Parameters<typeof endpoints.add>[1], 'ownerKind' | 'ownerId'>) {
  return database.transact(scope, (tx) => endpoints.add(tx, { ownerKind: 'test.output', ownerId: newId(), ...values }));
}

async function send(endpointId: string, payload: object, subject?: string): Promise<string> {
  const sent = await database.transact(scope, (tx) =>
    deliveries.send(tx, { endpointId, type: 'thing.happened', payload, ...(subject === undefined ? {} : { subject }) }),
  );
  assert.ok(sent);
  return sent.deliveryId;
}

const read = (id: string) => database.transact(scope, (tx) => deliveries.get(tx, id));

async function untilDelivery(id: string, is: (delivery: WebhookDelivery) => boolean): Promise<WebhookDelivery> {
  const end = Date.now() + 20_000;
  for (;;) {
    const { delivery } = await read(id);
    if (is(delivery)) return delivery;
    if (Date.now() > end) throw new Error(`It did not come to pass: ${JSON.stringify(delivery)}`);
    await pause(20);
  }
}

/** Lets the time pass for which what waits is to wait. */
async function passTime(): Promise<void> {
  await owner.query(`update platform.webhook_deliveries set next_attempt_at = now() where state = 'waiting'`);
  await owner.query(
    `select graphile_worker.reschedule_jobs(array_agg(j.id), run_at => now())
       from graphile_worker._private_jobs j join graphile_worker._private_tasks t on t.id = j.task_id
      where t.identifier = 'platform.deliver-webhook' and j.locked_at is null`,
  );
}

test('what happened arrives signed, as another implementation of Standard Webhooks checks it', async (t) => {
  const jobs = await run();
  t.after(() => jobs.stop());
  const receiver = await startReceiver(t);
  const { endpointId, secret } = await addEndpoint({ url: receiver.url, bearerToken: 'let-me-in' });
  const id = await send(endpointId, { name: 'Ŵyn', amount: 12 });
  await untilDelivery(id, ({ state }) => state === 'delivered');
  const [first] = receiver.received;
  assert.ok(first);
  assert.equal(first.headers['webhook-id'], id);
  assert.equal(first.headers.authorization, 'Bearer let-me-in');
  const content = new Webhook(secret).verify(first.body, headersOf(first));
  assert.deepEqual(
    { ...Object(content), timestamp: null },
    {
      type: 'thing.happened',
      timestamp: null,
      data: { name: 'Ŵyn', amount: 12 },
    },
  );
  assert.throws(() => new Webhook(secret).verify(first.body.replace('12', '13'), headersOf(first)));
});

test('nothing is sent where the transaction in which it happened is rolled back', async (t) => {
  const jobs = await run();
  t.after(() => jobs.stop());
  const receiver = await startReceiver(t);
  const { endpointId } = await addEndpoint({ url: receiver.url });
  await assert.rejects(
    database.transact(scope, async (tx) => {
      await deliveries.send(tx, { endpointId, type: 'thing.happened', payload: {} });
      throw new Error('rolled back');
    }),
  );
  await untilDelivery(await send(endpointId, {}), ({ state }) => state === 'delivered');
  assert.equal(receiver.received.length, 1);
});

test('while a secret is changed both the old and the new one verify, and only the new one after that', async (t) => {
  const jobs = await run();
  t.after(() => jobs.stop());
  const receiver = await startReceiver(t);
  const { endpointId, secret: old } = await addEndpoint({ url: receiver.url });
  const { secret: fresh } = await database.transact(scope, (tx) => endpoints.rotateSecret(tx, endpointId));
  assert.equal(await database.transact(scope, (tx) => endpoints.secret(tx, endpointId)), fresh);
  await untilDelivery(await send(endpointId, {}), ({ state }) => state === 'delivered');
  const [during] = receiver.received;
  assert.ok(during);
  for (const secret of [old, fresh]) new Webhook(secret).verify(during.body, headersOf(during));
  const { secret: newest } = await database.transact(scope, (tx) =>
    endpoints.rotateSecret(tx, endpointId, { keepOldHours: 0 }),
  );
  await untilDelivery(await send(endpointId, {}), ({ state }) => state === 'delivered');
  const [, later] = receiver.received;
  assert.ok(later);
  new Webhook(newest).verify(later.body, headersOf(later));
  assert.throws(() => new Webhook(fresh).verify(later.body, headersOf(later)));
});

test('a callback is tried five times more, five minutes apart, after errors of the server, and then it is dead', async (t) => {
  const jobs = await run();
  t.after(() => jobs.stop());
  const receiver = await startReceiver(t, (n) => (n === 2 ? 429 : 503));
  const { endpointId } = await addEndpoint({ url: receiver.url, kind: 'callback' });
  const id = await send(endpointId, { id: 'one' });
  for (const attempt of [1, 2, 3, 4, 5]) {
    const { nextAttemptAt } = await untilDelivery(id, (delivery) => delivery.attempts === attempt);
    assert.ok(nextAttemptAt);
    const minutes = (Date.parse(nextAttemptAt) - Date.now()) / 60_000;
    assert.ok(minutes > 4.5 && minutes <= 5, `${minutes} minutes`);
    await passTime();
  }
  await untilDelivery(id, ({ state }) => state === 'dead');
  const { attempts } = await read(id);
  assert.deepEqual(
    attempts.map(({ outcome, status }) => [outcome, status]),
    [503, 429, 503, 503, 503, 503].map((status) => ['refused', status]),
  );
  assert.equal(receiver.received[0]?.body, '{"id":"one"}', 'the body of a callback is the payload and nothing else');
  assert.equal(new Set(receiver.received.map(({ headers }) => headers['webhook-id'])).size, 1);
});

test('a callback is not tried again after a refusal that will stay one, nor follows a redirect', async (t) => {
  const jobs = await run();
  t.after(() => jobs.stop());
  const receiver = await startReceiver(t, (n) => (n === 1 ? 400 : 302));
  const { endpointId } = await addEndpoint({ url: receiver.url, kind: 'callback' });
  for (const _ of [1, 2]) await untilDelivery(await send(endpointId, {}), ({ state }) => state === 'dead');
  assert.equal(receiver.received.length, 2);
});

test('a receiver that does not answer in time is tried again', async (t) => {
  const jobs = await run();
  t.after(() => jobs.stop());
  const receiver = await startReceiver(t, (n) => (n === 1 ? 'silence' : 200));
  const { endpointId } = await addEndpoint({ url: receiver.url, kind: 'callback' });
  const id = await send(endpointId, {});
  await untilDelivery(id, ({ attempts }) => attempts === 1);
  await passTime();
  await untilDelivery(id, ({ state }) => state === 'delivered');
  const { attempts } = await read(id);
  assert.deepEqual(
    attempts.map(({ outcome, detail }) => [outcome, detail]),
    [
      ['no-answer', 'There was no answer within 5 seconds.'],
      ['accepted', null],
    ],
  );
});

test('a receiver that hangs does not hold up what others are told', async (t) => {
  const jobs = await run();
  t.after(() => jobs.stop());
  const hanging = await startReceiver(t, () => 'silence');
  const lively = await startReceiver(t);
  const stuck = await addEndpoint({ url: hanging.url, kind: 'callback' });
  const free = await addEndpoint({ url: lively.url });
  for (let n = 0; n < 40; n += 1) await send(stuck.endpointId, { n });
  const ids: string[] = [];
  for (let n = 0; n < 10; n += 1) ids.push(await send(free.endpointId, { n }));
  for (const id of ids) await untilDelivery(id, ({ state }) => state === 'delivered');
  const waiting = await database.transact(scope, (tx) =>
    deliveries.list(tx, { endpointId: stuck.endpointId, state: 'waiting' }),
  );
  assert.equal(waiting.length, 40, 'the other one is still hanging');
  await database.transact(scope, (tx) => endpoints.remove(tx, stuck.endpointId));
});

test('a receiver that says that it is gone is told nothing more, until it is switched on again', async (t) => {
  const jobs = await run();
  t.after(() => jobs.stop());
  const receiver = await startReceiver(t, (n) => (n === 1 ? 410 : 200));
  const { endpointId } = await addEndpoint({ url: receiver.url });
  const id = await send(endpointId, {});
  await untilDelivery(id, ({ state }) => state === 'dead');
  const refused = await database.transact(scope, (tx) =>
    deliveries.send(tx, { endpointId, type: 'thing.happened', payload: {} }),
  );
  assert.equal(refused, null);
  await database.transact(scope, async (tx) => {
    await endpoints.change(tx, endpointId, {});
    await deliveries.replay(tx, id);
  });
  await untilDelivery(id, ({ state }) => state === 'delivered');
});

test('what died is replayed with the same id: one, or all since a time', async (t) => {
  const jobs = await run();
  t.after(() => jobs.stop());
  let works = false;
  const receiver = await startReceiver(t, () => (works ? 200 : 400));
  const { endpointId } = await addEndpoint({ url: receiver.url, kind: 'callback' });
  const early = await send(endpointId, { n: 0 });
  await untilDelivery(early, ({ state }) => state === 'dead');
  const since = new Date().toISOString();
  const ids = [await send(endpointId, { n: 1 }), await send(endpointId, { n: 2 })];
  for (const id of ids) await untilDelivery(id, ({ state }) => state === 'dead');
  works = true;
  const count = await database.transact(scope, (tx) => deliveries.replaySince(tx, { endpointId, since }));
  assert.equal(count, 2);
  for (const id of ids) await untilDelivery(id, ({ state }) => state === 'delivered');
  assert.equal((await read(early)).delivery.state, 'dead', 'what was written earlier stays as it was');
  await database.transact(scope, (tx) => deliveries.replay(tx, early));
  await untilDelivery(early, ({ state }) => state === 'delivered');
  const seen = receiver.received.map(({ headers }) => String(headers['webhook-id']));
  assert.deepEqual(seen.toSorted(), [early, ...ids, early, ...ids].toSorted());
  const none = await database.transact(scope, (tx) =>
    deliveries.replaySince(tx, { endpointId, since, onlyDead: true }),
  );
  assert.equal(none, 0);
});

test('bodies are sealed, are erased with what they are about, and go when their time is up', async (t) => {
  const receiver = await startReceiver(t);
  const { endpointId } = await addEndpoint({ url: receiver.url, keepDays: 7 });
  const subject = newId();
  const id = await send(endpointId, { name: 'Wren Tallow' }, subject);
  const old = await send(endpointId, { name: 'Wren Tallow' });
  const { rows } = await owner.query('select d::text as row from platform.webhook_deliveries d');
  assert.ok(rows.length > 0 && !JSON.stringify(rows).includes('Tallow'));
  assert.equal(await database.transact(scope, (tx) => deliveries.erase(tx, [subject])), 1);
  const erased = await read(id);
  assert.equal(erased.body, null);
  assert.equal(erased.delivery.state, 'dead');
  await assert.rejects(
    database.transact(scope, (tx) => deliveries.replay(tx, id)),
    Problem,
  );

  await owner.query(
    `update platform.webhook_deliveries set created_at = now() - interval '8 days', state = 'delivered', next_attempt_at = null, ended_at = now() where id = $1`,
    [old],
  );
  const jobs = await run();
  t.after(() => jobs.stop());
  await owner.query(
    `select graphile_worker.reschedule_jobs(array_agg(j.id), run_at => now())
       from graphile_worker._private_jobs j where j.payload ->> 'endpointId' = $1`,
    [endpointId],
  );
  const end = Date.now() + 15_000;
  while (Date.now() < end && (await listed(endpointId)).includes(old)) await pause(20);
  assert.deepEqual(await listed(endpointId), [id]);
});

const listed = async (endpointId: string): Promise<string[]> =>
  (await database.transact(scope, (tx) => deliveries.list(tx, { endpointId }))).map((delivery) => delivery.id);

test('what waits for an endpoint that is taken away is not sent', async (t) => {
  const receiver = await startReceiver(t);
  const { endpointId } = await addEndpoint({ url: receiver.url });
  const id = await send(endpointId, {});
  await database.transact(scope, (tx) => endpoints.remove(tx, endpointId));
  const jobs = await run();
  t.after(() => jobs.stop());
  const other = await addEndpoint({ url: receiver.url });
  await untilDelivery(await send(other.endpointId, {}), ({ state }) => state === 'delivered');
  assert.equal((await read(id)).delivery.state, 'dead');
  assert.equal(receiver.received.length, 1);
});

test('another organisation sees neither endpoints nor deliveries', async (t) => {
  const receiver = await startReceiver(t);
  const { endpointId } = await addEndpoint({ url: receiver.url });
  const id = await send(endpointId, {});
  const stranger: Scope = { ...scope, organisationId: newId() };
  await assert.rejects(
    database.transact(stranger, (tx) => endpoints.get(tx, endpointId)),
    { kind: 'not-found' },
  );
  await assert.rejects(
    database.transact(stranger, (tx) => deliveries.get(tx, id)),
    { kind: 'not-found' },
  );
  assert.equal(
    await database.transact(stranger, (tx) => deliveries.send(tx, { endpointId, type: 'x', payload: {} })),
    null,
  );
});

function headersOf({ headers }: Received): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]));
}
