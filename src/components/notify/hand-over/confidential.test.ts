import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import {
  trade,
  send,
  letTriesPass,
  notifyWith,
  runHandOver,
  statusOf,
  sealedOf,
  gather,
  messagesOf,
  get,
  startMailServer,
} from '../departments.fixture.ts';

suite('confidential messages', () => {
  const code = {
    template: 'sign-in code',
    to: 'maya@government.example',
    personalisation: { name: 'Maya Lindqvist', code: '428913' },
    reference: 'CODE-7777',
    confidential: true,
  };

  test('a code reaches its recipient, stands on no page, and is erased once the mail server has it', async () => {
    await using mail = await startMailServer();
    const part = notifyWith(mail.url);
    const { messageId } = await send(trade, code);
    for (const when of ['before', 'after']) {
      const pages = [
        await get(part, trade, messagesOf(trade)),
        await get(part, trade, `${messagesOf(trade)}?reference=CODE-7777`),
        await get(part, trade, `${messagesOf(trade)}/${messageId}`, 404),
      ];
      for (const page of pages) assert.doesNotMatch(page, /428913|href="[^"]*CODE-7777|sign-in code/, when);
      assert.doesNotMatch(JSON.stringify(await gather(part, trade, code.to)), /428913/);
      if (when === 'before') await runHandOver(part, trade, messageId);
    }
    assert.match(mail.taken[0]?.text ?? '', /428913/);
    assert.deepEqual(await sealedOf(trade, messageId), { content: null, recipient: null, fingerprint: null });
    assert.equal(await statusOf(trade, messageId), 'sending');
  });

  test('without a mail server a code is dropped at once, and nothing of it is kept', async () => {
    const { messageId } = await send(trade, code);
    await runHandOver(notifyWith(undefined), trade, messageId);
    assert.equal(await statusOf(trade, messageId), 'dropped');
    assert.deepEqual(await sealedOf(trade, messageId), { content: null, recipient: null, fingerprint: null });
  });

  test('a code that could not be delivered is erased too, and leaves no failed job', async () => {
    await using mail = await startMailServer({ answers: [451] });
    const { messageId } = await send(trade, code);
    await letTriesPass(messageId);
    await runHandOver(notifyWith(mail.url), trade, messageId);
    assert.equal(await statusOf(trade, messageId), 'technical-failure');
    assert.deepEqual(await sealedOf(trade, messageId), { content: null, recipient: null, fingerprint: null });
  });
});
