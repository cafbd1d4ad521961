import assert from 'node:assert/strict';
import { createVerify, generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { simpleParser, type ParsedMail } from 'mailparser';
import { SMTPServer } from 'smtp-server';
import { newId } from '#platform';
import { connectMailServer } from './smtp.ts';

const { privateKey, publicKey } = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  publicKeyEncoding: { type: 'spki', format: 'pem' },
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
});

test('an email is sent as text and as HTML, signed, and says where to unsubscribe with one click', async () => {
  const taken: ParsedMail[] = [];
  const raws: string[] = [];
  const senders: string[] = [];
  const read = async (stream: Readable): Promise<void> => {
    const raw = await text(stream);
    raws.push(raw);
    taken.push(await simpleParser(raw));
  };
  const smtp = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    onMailFrom: (from, _session, done) => {
      senders.push(from.address);
      done();
    },
    onData: (stream, _session, done) => {
      void read(stream);
      stream.on('end', done);
    },
  });
  smtp.listen(0, '127.0.0.1');
  await once(smtp.server, 'listening');
  const address = smtp.server.address();
  assert.ok(typeof address === 'object' && address !== null);
  const server = connectMailServer(
    { url: `smtp://127.0.0.1:${address.port}`, dkim: { domain: 'government.example', selector: 'one', privateKey } },
    { from: 'no-reply@government.example', fromName: 'Government of Anywhere', bounceDomain: 'bounces.example' },
  );
  try {
    await server.send({
      id: newId(),
      token: 'm1',
      domain: 'government.example',
      to: 'ada@example.com',
      content: {
        subject: 'Your licence',
        body: '# Ready\n\n* [Read it](https://a.example/?a=1&b=2)\n* "Keep" it',
        unsubscribeUrl: 'https://department.example/stop?id=1',
      },
      sender: 'answers@department.example',
      serviceName: 'Trade licences',
      writtenAt: '2026-11-24T04:00:00.000Z',
    });
  } finally {
    await server.close();
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
  assert.equal(mail.messageId, '<m1@government.example>');
  assert.equal(mail.from?.text, '"Trade licences" <no-reply@government.example>');
  assert.equal(mail.replyTo?.text, 'answers@department.example');
  assert.deepEqual(senders, ['m1@bounces.example'], 'bounces come back to an address that names the message');
  verifyDkim(raws[0] ?? '');
});

/** RFC 6376, section 6.1, for the one signature that this mail has: relaxed header canonicalization. */
function verifyDkim(raw: string): void {
  const headers = raw
    .slice(0, raw.indexOf('\r\n\r\n'))
    .replaceAll(/\r\n[ \t]+/g, ' ')
    .split('\r\n')
    .map((line) => ({
      name: line.slice(0, line.indexOf(':')).toLowerCase(),
      value: line.slice(line.indexOf(':') + 1),
    }));
  const relaxed = ({ name, value }: { name: string; value: string }): string =>
    `${name}:${value.replaceAll(/\s+/g, ' ').trim()}`;
  const signature = headers.find(({ name }) => name === 'dkim-signature');
  assert.ok(signature, 'there is a signature');
  const tags = new Map(
    signature.value.split(';').map((tag) => [tag.slice(0, tag.indexOf('=')).trim(), tag.slice(tag.indexOf('=') + 1)]),
  );
  assert.equal(tags.get('d'), 'government.example');
  assert.equal(tags.get('s'), 'one');
  const signed = (tags.get('h') ?? '').split(':').flatMap((name) => {
    const header = headers.find((each) => each.name === name.trim().toLowerCase());
    return header === undefined ? [] : [relaxed(header)];
  });
  const unsigned = relaxed({ ...signature, value: signature.value.replace(/(;\s*b=)[^;]*$/, '$1') });
  const isGood = createVerify('RSA-SHA256')
    .update([...signed, unsigned].join('\r\n'))
    .verify(publicKey, (tags.get('b') ?? '').replaceAll(/\s/g, ''), 'base64');
  assert.ok(isGood, 'the signature is right');
  assert.ok(signed.some((line) => line.startsWith('from:')) && signed.some((line) => line.startsWith('subject:')));
}
