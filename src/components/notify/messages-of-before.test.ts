import assert from 'node:assert/strict';
import { test } from 'node:test';
import { newId, sealedPlace } from '#platform';
import { asOwner } from '../../../testing/server.ts';
import {
  database,
  gather,
  keyring,
  notifyWith,
  ownerUrl,
  received,
  runHandOver,
  sealedOf,
  send,
  shownMessage,
  startMailServer,
  statusOf,
  trade,
} from './departments.fixture.ts';
import { getNotification } from './notifications.ts';

test('a message that was sealed before its recipient was a part of its text is handed over, shown and given to its person', async () => {
  await using mail = await startMailServer();
  const part = notifyWith(mail.url);
  const { messageId } = await send(trade, { ...received, to: 'new@example.com' });
  await sealAsBefore(messageId, 'before@example.com', { subject: 'From before', body: 'Written before' });

  const page = await shownMessage(part, trade, messageId);
  assert.match(page, /before@example\.com/);
  assert.match(page, /Written before/);
  assert.doesNotMatch(page, /new@example\.com/);
  const notification = await database.transact(trade.scope, (tx) =>
    getNotification(tx, keyring, { serviceId: trade.serviceId, id: messageId }),
  );
  assert.equal(notification?.to, 'before@example.com');
  assert.deepEqual(notification?.content, { subject: 'From before', body: 'Written before' });
  const [given] = await gather(part, trade, 'before@example.com');
  assert.deepEqual([given?.['to'], given?.['text']], ['before@example.com', 'Written before']);

  await runHandOver(part, trade, messageId);
  assert.deepEqual(mail.recipients, ['before@example.com']);
  assert.equal(mail.taken[0]?.subject, 'From before');
  assert.match(mail.taken[0]?.text ?? '', /Written before/);
  assert.equal(await statusOf(trade, messageId), 'sending');

  assert.equal(
    await database.transact(trade.scope, async (tx) =>
      part.personalData?.erase(tx, trade.serviceId, [received.reference]),
    ),
    1,
  );
  assert.deepEqual(await sealedOf(trade, messageId), { content: null, recipient: null, fingerprint: null });
});

/** Puts a message as the version before wrote it: recipient and text apart, each sealed for its own column. */
async function sealAsBefore(messageId: string, to: string, content: { subject: string; body: string }): Promise<void> {
  const seal = (column: string, text: string): string =>
    `'\\x${keyring.seal(sealedPlace(`notify.messages.${column}`, trade.organisationId, messageId), text).toString('hex')}'`;
  await asOwner(
    ownerUrl,
    `update notify.messages
        set sealed_recipient = ${seal('sealed_recipient', to)}, sealed_content = ${seal('sealed_content', JSON.stringify(content))},
            recipient_fingerprint = '\\x${keyring.fingerprint('email', to).toString('hex')}',
            key_kind = 'live', key_id = '${newId()}'
      where id = '${messageId}'`,
  );
}
