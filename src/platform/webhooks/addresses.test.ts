import assert from 'node:assert/strict';
import type { LookupAddress } from 'node:dns';
import { test } from 'node:test';
import { AddressNotPermitted, isNetwork, permitAddresses } from './addresses.ts';

const strict = permitAddresses([]);

test('an address that is not on the public internet cannot be entered, however it is written', () => {
  for (const host of [
    '127.0.0.1',
    '127.1',
    '2130706433',
    '0x7f000001',
    '0',
    '10.0.0.1',
    '172.31.255.255',
    '192.168.1.1',
    '169.254.169.254',
    '100.64.0.1',
    '224.0.0.1',
    '255.255.255.255',
    '[::1]',
    '[::]',
    '[::ffff:127.0.0.1]',
    '[::ffff:a00:1]',
    '[fd00::1]',
    '[fe80::1]',
    '[64:ff9b::7f00:1]',
    '[2002:7f00:1::]',
  ]) {
    assert.match(strict.whyNot(`https://${host}/hooks`) ?? 'permitted', /not on the public internet/, host);
  }
  for (const host of ['8.8.8.8', 'example.gov', '[2a00:1450:4009::1]']) {
    assert.equal(strict.whyNot(`https://${host}/hooks`), undefined, host);
  }
});

test('only https is taken, without a password in it', () => {
  for (const url of ['http://example.gov', 'ftp://example.gov', 'file:///etc/passwd', 'example.gov', '']) {
    assert.ok(strict.whyNot(url), url);
  }
  assert.match(strict.whyNot('https://me:secret@example.gov/') ?? '', /password/);
});

test('a name is judged by what it resolves to at the moment of connecting, and by all of it', async () => {
  const answers: LookupAddress[][] = [
    [{ address: '93.184.216.34', family: 4 }],
    [{ address: '10.0.0.1', family: 4 }],
    [
      { address: '93.184.216.34', family: 4 },
      { address: '::1', family: 6 },
    ],
  ];
  const rebinding = permitAddresses([], (_name, done) => done(null, answers.shift() ?? []));
  const lookup = (): Promise<string> =>
    new Promise((resolve, reject) =>
      rebinding.lookup('rebinding.example', {}, (error, address) =>
        error === null ? resolve(typeof address === 'string' ? address : '') : reject(error),
      ),
    );
  assert.equal(await lookup(), '93.184.216.34');
  await assert.rejects(lookup(), AddressNotPermitted);
  await assert.rejects(lookup(), AddressNotPermitted);
});

test('networks that are named are permitted, and without TLS only they are', async () => {
  const named = permitAddresses(['10.2.0.0/16'], (_name, done) =>
    done(null, [{ address: '93.184.216.34', family: 4 }]),
  );
  assert.equal(named.whyNot('http://10.2.3.4/'), undefined);
  assert.equal(named.whyNot('https://10.2.3.4/'), undefined);
  assert.ok(named.whyNot('https://10.3.3.4/'));
  assert.ok(named.whyNot('http://8.8.8.8/'));
  const plain = new Promise((resolve, reject) =>
    named.lookupPlain('example.gov', {}, (error) => (error === null ? resolve(null) : reject(error))),
  );
  await assert.rejects(plain, AddressNotPermitted);
});

test('a network is an address, or an address and how many bits of it count', () => {
  for (const text of ['10.0.0.0/8', '127.0.0.1', 'fd00::/8', '::1']) assert.ok(isNetwork(text), text);
  for (const text of ['10.0.0.0/33', 'localhost', '', '10.0.0/8', '10.0.0.0/x']) assert.ok(!isNetwork(text), text);
});
