import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { sendEmail } from '#notify';
import {
  database,
  keyring,
  trade,
  received,
  send,
  failing,
  letTriesPass,
  named,
  notifyWith,
  runHandOver,
  runQueue,
  until,
  statusOf,
  messagesOf,
  shownMessage,
  get,
  startMailServer,
  freePort,
} from '../departments.fixture.ts';

suite('handing over', () => {
  test('a committed message is delivered once, with the right text, however often its job is repeated', async () => {
    await using mail = await startMailServer();
    const part = notifyWith(mail.url);
    const { messageId } = await send(trade, received);
    await runQueue(part, async () => {
      await until(async () => (await statusOf(trade, messageId)) === 'sending');
    });
    await runHandOver(part, trade, messageId);
    await runHandOver(part, trade, messageId);
    assert.equal(mail.taken.length, 1);
    const [email] = mail.taken;
    assert.equal(email?.subject, 'We have received your application: 7KQ4-MXDN-H9');
    assert.match(email.text ?? '', /We have received what you sent to “Trade licences”\./);
    assert.match(String(email.html), /<p [^>]*>Your reference is 7KQ4-MXDN-H9\. Quote it if you contact us\.<\/p>/);
    assert.match(email.text ?? '', /contact us: trade@government\.example/);
    assert.deepEqual(email.to && 'value' in email.to && email.to.value.map((to) => to.address), ['ada@example.com']);
    assert.equal(email.from?.text, '"Licences of trade" <no-reply@government.example>');
    assert.deepEqual(named(email), { organisationId: trade.organisationId, messageId });
    assert.equal(email.headers.get('auto-submitted'), 'auto-generated');
  });

  test('what is rolled back is not sent', async () => {
    await using mail = await startMailServer();
    await assert.rejects(
      database.transact(trade.scope, async (tx) => {
        await sendEmail(tx, keyring, { serviceId: trade.serviceId, ...received });
        throw new Error('changed my mind');
      }),
      /changed my mind/,
    );
    await runQueue(notifyWith(mail.url), () => pause(300));
    assert.equal(mail.taken.length, 0);
  });

  test('with the mail server down a message waits and says why, and is delivered when it is back', async () => {
    const port = await freePort();
    const part = notifyWith(`smtp://127.0.0.1:${port}`);
    const { messageId } = await send(trade, received);
    await runQueue(part, async () => {
      await until(async () => (await shownMessage(part, trade, messageId)).includes('could not be reached'));
      assert.equal(await statusOf(trade, messageId), 'created');
      await using mail = await startMailServer({ port });
      await until(async () => (await statusOf(trade, messageId)) === 'sending');
      assert.equal(mail.taken.length, 1);
      assert.deepEqual(named(mail.taken[0]), { organisationId: trade.organisationId, messageId });
    });
  });

  test('a message that the mail server asks to send later is sent later', async () => {
    await using mail = await startMailServer({ answers: [451] });
    const part = notifyWith(mail.url);
    const { messageId } = await send(trade, received);
    await runHandOver(part, trade, messageId);
    assert.match(await shownMessage(part, trade, messageId), /did not take the message yet \(it answered 451\)/);
    assert.equal(await statusOf(trade, messageId), 'created');
    await runHandOver(part, trade, messageId);
    assert.equal(await statusOf(trade, messageId), 'sending');
    assert.equal(mail.taken.length, 1);
  });

  test('a recipient that the mail server refuses is kept as failed and shown, and not tried again', async () => {
    await using mail = await startMailServer({ answers: [550] });
    const part = notifyWith(mail.url);
    const { messageId } = await send(trade, { ...received, to: 'gone@example.com', reference: 'FAILS-1' });
    await runHandOver(part, trade, messageId);
    assert.equal(await statusOf(trade, messageId), 'permanent-failure');
    const page = await shownMessage(part, trade, messageId);
    assert.match(page, /<strong class="govuk-tag govuk-tag--red">\s*Failed\s*<\/strong>/);
    assert.match(page, /The mail server refused the message for good \(it answered 550\)/);
    const failed = await get(part, trade, `${messagesOf(trade)}?show=failed`);
    assert.match(failed, /FAILS-1/);
    assert.doesNotMatch(failed, /7KQ4-MXDN-H9/);
  });

  test('a message that was tried for the last time is shown as failed, stays in the queue, and is sent when it is begun anew', async () => {
    await using mail = await startMailServer({ answers: [451] });
    const part = notifyWith(mail.url);
    const { messageId } = await send(trade, received);
    await letTriesPass(messageId);
    await runHandOver(part, trade, messageId);
    assert.equal(await statusOf(trade, messageId), 'technical-failure');
    await runHandOver(part, trade, messageId);
    assert.equal(await statusOf(trade, messageId), 'sending');
    assert.equal(mail.taken.length, 1);
  });

  test('only dying between acceptance and record sends a second copy, with the same Message-ID', async () => {
    await using mail = await startMailServer();
    const { messageId } = await send(trade, received);
    // The database goes away for good once the server has the message: the record of it cannot be made.
    const dying = { ...database, transact: failing((transacted) => transacted > 0 && mail.taken.length > 0) };
    await assert.rejects(runHandOver(notifyWith(mail.url, dying), trade, messageId), /the database is away/);
    assert.equal(mail.taken.length, 1);
    await runQueue(notifyWith(mail.url), () => until(async () => (await statusOf(trade, messageId)) === 'sending'));
    await runHandOver(notifyWith(mail.url), trade, messageId);
    assert.equal(mail.taken.length, 2);
    assert.equal(new Set(mail.taken.map((email) => email.messageId)).size, 1);
  });

  test('a database that is away for a moment does not make a message be sent twice', async () => {
    await using mail = await startMailServer();
    const { messageId } = await send(trade, received);
    let failures = 0;
    const faltering = {
      ...database,
      transact: failing(() => mail.taken.length > 0 && (failures += 1) <= 2),
    };
    await runHandOver(notifyWith(mail.url, faltering), trade, messageId);
    assert.equal(await statusOf(trade, messageId), 'sending');
    assert.equal(mail.taken.length, 1);
  });

  test('without a mail server a message is kept, and the outbox shows it to the staff of the service', async () => {
    const part = notifyWith(undefined);
    const { messageId } = await send(trade, { ...received, reference: 'KEPT-0001' });
    await runHandOver(part, trade, messageId);
    assert.equal(await statusOf(trade, messageId), 'kept');
    const list = await get(part, trade, messagesOf(trade));
    assert.match(list, /KEPT-0001/);
    assert.match(list, /Kept here/);
    assert.doesNotMatch(list, /ada@example\.com/);
    const page = await shownMessage(part, trade, messageId);
    assert.match(page, /ada@example\.com/);
    assert.match(page, /We have received what you sent to &quot;Trade licences&quot;/);
    assert.match(page, /No provider is set for it, so it was not sent/);
  });
});
