import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { createService } from '#organisations';
import { newId, Problem } from '#platform';
import { serviceValues } from '../../../testing/departments.ts';
import {
  database,
  trade,
  health,
  received,
  send,
  notifyWith,
  runHandOver,
  messagesOf,
  referencesOn,
  linkOn,
  shownMessage,
  get,
  startMailServer,
} from './departments.fixture.ts';

suite('what cannot be sent', () => {
  test('an address that is none, or more than one, is refused', async () => {
    const wrong = [
      '',
      'ada',
      'ada@example.com\r\nBcc: eve@example.com',
      'ada@example.com\neve@example.com',
      'ada@example.com, eve@example.com',
      'ada@example.com;eve@example.com',
      'Ada <ada@example.com>',
      '"ada\\"@example.com',
      'ada@exam\u0000ple.com',
      'ada@example.com\u2028x',
      `${'a'.repeat(320)}@example.com`,
    ];
    for (const to of wrong) {
      await assert.rejects(send(trade, { ...received, to }), (error: unknown) => {
        assert.ok(error instanceof Problem, JSON.stringify(to));
        assert.equal(error.status, 422);
        assert.doesNotMatch(error.message, /ada|eve/);
        return true;
      });
    }
  });

  test('a line break that would get into the subject is refused, and one in the text is not', async () => {
    const { personalisation } = received;
    for (const reference of ['7KQ4\r\nBcc: eve@example.com', '7KQ4\nBcc: eve@example.com', '7KQ4\u0000']) {
      await assert.rejects(
        send(trade, { ...received, personalisation: { ...personalisation, reference } }),
        /The subject of an email must be one line/,
      );
    }
    await using mail = await startMailServer();
    const { messageId } = await send(trade, {
      ...received,
      personalisation: { ...personalisation, contact: 'one\r\n.\r\nBcc: eve@example.com' },
    });
    await runHandOver(notifyWith(mail.url), trade, messageId);
    assert.deepEqual(mail.recipients, ['ada@example.com']);
    assert.match(mail.taken[0]?.text ?? '', /one\n\.\nBcc: eve@example\.com/);
    assert.equal(mail.taken[0]?.bcc, undefined);
  });

  test('a template that there is not, and personalisation that is missing, are named', async () => {
    await assert.rejects(send(trade, { ...received, template: 'no such' }), /Template not found/);
    await assert.rejects(
      send(trade, { ...received, personalisation: { service: 'x' } }),
      /Missing personalisation: reference, contact, department/,
    );
  });
});

suite('the outbox', () => {
  test("another organisation's message, and another service's, are not found", async () => {
    const part = notifyWith(undefined);
    const { messageId } = await send(trade, { ...received, reference: 'THEIRS-99' });
    await get(part, health, `${messagesOf(health)}/${messageId}`, 404);
    // Even with the right service in the address, the transaction sees only its own organisation.
    await get(part, health, `${messagesOf(trade)}/${messageId}`, 404);
    assert.match(await get(part, health, `${messagesOf(health)}?reference=THEIRS-99`), /No messages found/);
    const serviceId = await database.transact(trade.scope, (tx) => createService(tx, serviceValues('trade-2')));
    await get(part, trade, `${messagesOf({ ...trade, serviceId })}/${messageId}`, 404);
    assert.match(await get(part, trade, messagesOf({ ...trade, serviceId })), /No messages yet/);
  });

  test('a message is found by its reference, with or without hyphens and in any case', async () => {
    const part = notifyWith(undefined);
    await send(trade, { ...received, reference: '9XYZ-4TTP-R3' });
    for (const typed of ['9XYZ-4TTP-R3', '9xyz4ttpr3', ' 9xyz 4ttp r3 ']) {
      const page = await get(part, trade, `${messagesOf(trade)}?reference=${encodeURIComponent(typed)}`);
      assert.equal(page.match(/commonhold-work-list__row/g)?.length, 1, typed);
    }
  });

  test('pages lead through every message once, there and back', async () => {
    const part = notifyWith(undefined);
    const serviceId = await database.transact(trade.scope, (tx) => createService(tx, serviceValues('many')));
    const department = { ...trade, serviceId };
    for (let number = 1; number <= 60; number += 1) await send(department, { ...received, reference: `N-${number}` });
    const seen: (string | undefined)[] = [];
    let path: string | undefined = messagesOf(department);
    let last = '';
    let pages = 0;
    for (; path !== undefined; path = linkOn(last, 'next'), pages += 1) {
      last = await get(part, department, path);
      seen.push(...referencesOn(last));
    }
    assert.deepEqual(
      seen,
      Array.from({ length: 60 }, (_, index) => `N-${60 - index}`),
    );
    assert.equal(pages, 3);
    let back = last;
    for (path = linkOn(last, 'prev'); path !== undefined; path = linkOn(back, 'prev')) {
      back = await get(part, department, path);
    }
    assert.equal(referencesOn(back)[0], 'N-60');
  });

  test('a text with markup is shown as text', async () => {
    const part = notifyWith(undefined);
    const contact = '<script>alert(1)</script>';
    const { messageId } = await send(trade, { ...received, personalisation: { ...received.personalisation, contact } });
    const page = await shownMessage(part, trade, messageId);
    assert.doesNotMatch(page, /<script>alert/);
    assert.match(page, /&lt;script&gt;alert\(1\)/);
  });

  test('what is no message is a clear page, not a failure', async () => {
    const part = notifyWith(undefined);
    await get(part, trade, `${messagesOf(trade)}/${newId()}`, 404);
    await get(part, trade, `${messagesOf(trade)}/nonsense`, 404);
    await get(part, trade, `${messagesOf(trade)}?before=nonsense`, 400);
    await get(part, trade, `${messagesOf(trade)}?reference=${encodeURIComponent("' or 1=1 --")}`);
  });
});
