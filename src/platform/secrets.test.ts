import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import fc from 'fast-check';
import { createKeyring, fingerprintEmail } from './secrets.ts';

const key = (): string => randomBytes(32).toString('base64');
const old = key();
const ring = createKeyring([old]);

test('what was sealed opens in its own place, and nowhere else', () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), (value, place) => {
      const sealed = ring.seal(place, value);
      assert.equal(ring.open(place, sealed).toString(), value);
      assert.throws(() => ring.open(`${place}x`, sealed));
    }),
  );
});

test('a changed byte is noticed wherever it is', () => {
  const sealed = ring.seal('place', 'Ada Lovelace');
  for (let index = 0; index < sealed.length; index += 1) {
    const changed = Buffer.from(sealed);
    changed[index] = (changed[index] ?? 0) ^ 1;
    assert.throws(() => ring.open('place', changed), `byte ${index}`);
  }
});

test('after a rotation the old values open, new ones use the new key, and hashes are found as before', () => {
  const rotated = createKeyring([key(), old]);
  const sealed = ring.seal('place', 'kept');
  assert.equal(rotated.open('place', sealed).toString(), 'kept');
  assert.equal(rotated.isCurrent(sealed), false);
  assert.equal(rotated.isCurrent(rotated.seal('place', 'kept')), true);
  assert.throws(() => ring.open('place', rotated.seal('place', 'kept')), /not in ENCRYPTION_KEYS/);
  assert.deepEqual(fingerprintEmail(rotated, ' Ada@Example.com'), fingerprintEmail(ring, 'ada@example.com '));
  assert.ok(rotated.verify('csrf', 'value', ring.sign('csrf', 'value')));
});

test('a signature is good for its own purpose and value only', () => {
  const signature = ring.sign('csrf', 'value');
  assert.ok(ring.verify('csrf', 'value', signature));
  assert.ok(!ring.verify('other', 'value', signature));
  assert.ok(!ring.verify('csrf', 'values', signature));
  assert.ok(!ring.verify('csrf', 'value', ''));
});

test('a keyring without a key, or with a short one, says what to do', () => {
  assert.throws(() => createKeyring([]), /openssl rand/);
  assert.throws(() => createKeyring(['c2hvcnQ=']), /32 bytes/);
});
