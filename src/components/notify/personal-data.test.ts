import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import {
  database,
  trade,
  health,
  received,
  send,
  notifyWith,
  contextOf,
  runHandOver,
  sealedOf,
  gather,
  shownMessage,
  startMailServer,
  isBufferJson,
} from './departments.fixture.ts';

suite('personal data', () => {
  test('a person is given the messages that were sent to their address, in whatever case it is written', async () => {
    const part = notifyWith(undefined);
    await send(health, {
      ...received,
      template: 'application approved',
      to: 'Subject@Example.com',
      personalisation: { ...received.personalisation, reason: '' },
    });
    await send(health, { ...received, to: 'other@example.com' });
    const found = await gather(part, health, 'subject@example.com');
    assert.equal(found.length, 1);
    assert.deepEqual(
      { to: found[0]?.['to'], subject: found[0]?.['subject'], service: found[0]?.['service'] },
      {
        to: 'Subject@Example.com',
        subject: 'Your application was approved: 7KQ4-MXDN-H9',
        service: 'Licences of health',
      },
    );
    assert.doesNotMatch(String(found[0]?.['text']), /\n{3}/, 'a reason that is not given leaves no gap');
    assert.deepEqual(await gather(part, trade, 'subject@example.com'), []);
  });

  test('what is erased is gone for good, and what still waited is not sent', async () => {
    await using mail = await startMailServer();
    const part = notifyWith(mail.url);
    const erase = (references: string[]) =>
      database.transact(trade.scope, async (tx) => part.personalData?.erase(tx, trade.serviceId, references));
    const { messageId } = await send(trade, { ...received, to: 'erased@example.com', reference: 'ERAS-EME1-11' });
    const kept = await send(trade, { ...received, reference: 'STAY-STAY-11' });
    assert.equal(await erase(['ERAS-EME1-11', 'none']), 1);
    assert.equal(await erase(['ERAS-EME1-11']), 0);
    await runHandOver(part, trade, messageId);
    assert.equal(mail.taken.length, 0);
    assert.deepEqual(await sealedOf(trade, messageId), { content: null, recipient: null, fingerprint: null });
    assert.match(await shownMessage(part, trade, messageId), /Its text was erased before it could be sent/);
    assert.deepEqual(await gather(part, trade, 'erased@example.com'), []);
    assert.match(await shownMessage(part, trade, kept.messageId), /ada@example\.com/);
  });

  test('a message without a reference is erased after the retention period of its service', async () => {
    const part = notifyWith(undefined);
    const old = await send(health, { ...received, reference: null });
    const young = await send(health, { ...received, reference: null });
    await database.transact(health.scope, (tx) =>
      tx
        .tables<{ messages: { id: string; created_at: string } }>('notify')
        .updateTable('messages')
        .set({ created_at: new Date(Date.now() - 31 * 86_400_000).toISOString() })
        .where('id', '=', old.messageId)
        .execute(),
    );
    const job = part.jobs?.find(({ name }) => name === 'notify.erase-old-messages');
    await job?.run({}, contextOf(health));
    assert.equal((await sealedOf(health, old.messageId)).content, null);
    assert.notEqual((await sealedOf(health, young.messageId)).content, null);
  });

  test('nothing readable of a message lies in the database', async () => {
    const { messageId } = await send(trade, { ...received, to: 'plain@example.com' });
    const text = await database.transact(trade.scope, async (tx) =>
      JSON.stringify(
        await tx
          .tables<{ messages: Record<string, unknown> & { id: string } }>('notify')
          .selectFrom('messages')
          .selectAll()
          .where('id', '=', messageId)
          .execute(),
        (_key, value: unknown) => (isBufferJson(value) ? Buffer.from(value.data).toString('latin1') : value),
      ),
    );
    assert.doesNotMatch(text, /plain@example|Trade licences|trade@government/);
  });
});
