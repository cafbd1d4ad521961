import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer as createTcpServer, type Socket } from 'node:net';
import { suite, test } from 'node:test';
import { SMTPServer } from 'smtp-server';
import { listMessageEvents } from '../hand-over/receipts.ts';
import {
  program,
  database,
  providers,
  scope,
  addProvider,
  removeProviders,
  sendEmail,
  statusOf,
  untilStatus,
  until,
  startMailServer,
  freePort,
  portOf,
} from '../channels.fixture.ts';

suite('several providers', () => {
  test('a provider that does not answer is passed over, left alone, and asked again when it is back', async (t) => {
    const held = new Set<Socket>();
    const silent = createTcpServer((socket) => held.add(socket));
    t.after(() => {
      silent.close();
      for (const socket of held) socket.destroy();
    });
    silent.listen(0, '127.0.0.1');
    await once(silent, 'listening');
    const good = await startMailServer(t);
    const first = await addProvider('smtp', { url: `smtp://127.0.0.1:${portOf(silent)}`, connections: 10 }, 1);
    const second = await addProvider('smtp', { url: good.url }, 2);
    const ids = await Promise.all(Array.from({ length: 8 }, () => sendEmail()));
    for (const id of ids) await untilStatus(id, 'sending');
    assert.equal(good.taken.length, 8, 'the other one has each of them once');
    const circuit = async () => (await providers.list()).find((each) => each.id === first)?.circuit;
    assert.notEqual((await circuit())?.openedAt, null);
    const events = await database.transact(scope, (tx) => listMessageEvents(tx, ids[0] ?? ''));
    assert.deepEqual(
      events.map(({ what, detail }) => [what, detail]),
      [['Not taken', 'The mail server could not be reached (ETIMEDOUT).']],
    );

    // It comes back at the same address, and the time of the trial comes.
    const port = portOf(silent);
    silent.close();
    const back = await startMailServer(t, { port });
    await program.ask('update notify.providers set probe_at = now() where id = $1', [first]);
    await until(async () => {
      await untilStatus(await sendEmail(), 'sending');
      return (await circuit())?.openedAt === null;
    });
    const earlier = good.taken.length;
    await untilStatus(await sendEmail(), 'sending');
    assert.equal(good.taken.length, earlier);
    assert.ok(back.taken.length >= 2);
    await removeProviders(first, second);
  });

  test('a provider that takes messages and never answers keeps no more than its places from the others', async (t) => {
    const hanging = new SMTPServer({
      disabledCommands: ['AUTH', 'STARTTLS'],
      logger: false,
      onData: (stream) => void stream.resume(),
    });
    hanging.on('error', () => {});
    const listener = hanging.listen(0, '127.0.0.1');
    await once(listener, 'listening');
    const good = await startMailServer(t);
    const first = await addProvider('smtp', { url: `smtp://127.0.0.1:${portOf(listener)}`, connections: 1 }, 1);
    const second = await addProvider('smtp', { url: good.url }, 2);
    const ids = await Promise.all(Array.from({ length: 20 }, () => sendEmail()));
    // Four places for each connection: whatever else there is goes by the other one, while the first holds its four.
    await until(async () => good.taken.length === 16);
    const states = async (): Promise<string[]> =>
      (
        await program.ask<{ status: string }>('select status from notify.messages where id = any($1) order by status', [
          ids,
        ])
      ).map(({ status }) => status);
    await until(async () => (await states()).filter((status) => status === 'sending').length === 16);
    hanging.close(() => {});
    for (const connection of hanging.connections) connection.close();
    await program.ask(`update notify.hand_overs set try_at = now() where claimed_by is null`);
    await until(async () => (await states()).every((status) => status === 'sending'));
    assert.equal(good.taken.length, 20, 'each of them once');
    await removeProviders(first, second);
  });

  test('while no provider works a message waits, and is not lost or given up', async (t) => {
    const port = await freePort();
    const id = await addProvider('smtp', { url: `smtp://127.0.0.1:${port}` }, 1);
    const message = await sendEmail();
    await until(
      async () => (await providers.list()).some((each) => each.id === id && each.circuit.openedAt !== null),
      () => program.ask(`update notify.hand_overs set try_at = now() where claimed_by is null`),
    );
    assert.equal(await statusOf(message), 'created');
    const mail = await startMailServer(t, { port });
    await program.ask('update notify.providers set probe_at = now() where id = $1', [id]);
    await untilStatus(message, 'sending');
    assert.equal(mail.taken.length, 1);
    await removeProviders(id);
  });
});
