import assert from 'node:assert/strict';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { simpleParser, type ParsedMail } from 'mailparser';
import { SMTPServer } from 'smtp-server';
import { connectMailServer } from './mail-server.ts';

test('an email is sent as text and as HTML, and says where to unsubscribe with one click', async () => {
  const taken: ParsedMail[] = [];
  const smtp = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    onData: (stream, _session, done) => {
      void text(stream).then(async (raw) => taken.push(await simpleParser(raw)));
      stream.on('end', done);
    },
  });
  smtp.listen(0, '127.0.0.1');
  await once(smtp.server, 'listening');
  const address = smtp.server.address();
  assert.ok(typeof address === 'object' && address !== null);
  const server = connectMailServer({
    url: `smtp://127.0.0.1:${address.port}`,
    from: 'no-reply@government.example',
    fromName: 'Government of Anywhere',
  });
  try {
    await server.send({
      messageId: '<1@government.example>',
      to: 'ada@example.com',
      subject: 'Your licence',
      body: '# Ready\n\n* [Read it](https://a.example/?a=1&b=2)\n* "Keep" it',
      unsubscribeUrl: 'https://department.example/stop?id=1',
      writtenAt: '2026-11-24T04:00:00.000Z',
    });
  } finally {
    server.close();
    await new Promise<void>((resolve) => smtp.close(resolve));
  }
  while (taken.length === 0) await pause(10);
  const [mail] = taken;
  assert.ok(mail);
  assert.equal(mail.text, `Ready\n${'='.repeat(65)}\n\n• Read it: https://a.example/?a=1&b=2\n• “Keep” it\n`);
  assert.match(
    String(mail.html),
    /<h2 [^>]*>Ready<\/h2>[^]*<a [^>]*href="https:\/\/a\.example\/\?a=1&amp;b=2">Read it<\/a>/,
  );
  const headers = Object.fromEntries(mail.headerLines.map(({ key, line }) => [key, line]));
  assert.match(headers['list-unsubscribe'] ?? '', /<https:\/\/department\.example\/stop\?id=1>/);
  assert.match(headers['list-unsubscribe-post'] ?? '', /List-Unsubscribe=One-Click/);
});
