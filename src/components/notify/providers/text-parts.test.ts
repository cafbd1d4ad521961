import assert from 'node:assert/strict';
import { test } from 'node:test';
import { encodeText } from './text-parts.ts';

const bodiesOf = (text: string): Buffer[] => encodeText(text, 7).parts.map((part) => part.subarray(6));

test('160 characters of GSM 03.38 go as one part, 161 as two of which the first holds 153', () => {
  assert.equal(encodeText('a'.repeat(160), 7).parts.length, 1);
  assert.deepEqual(
    bodiesOf('a'.repeat(161)).map((body) => body.length),
    [153, 8],
  );
});

test('a character that counts twice is not cut in two', () => {
  const bodies = bodiesOf(`${'a'.repeat(152)}€${'b'.repeat(20)}`);
  assert.deepEqual(
    bodies.map((body) => body.length),
    [152, 22],
  );
  assert.equal(bodies[1]?.subarray(0, 2).toString('hex'), '1b65');
});

test('a Welsh letter makes the whole message UCS-2: 70 characters alone, 67 in each part', () => {
  assert.deepEqual(encodeText('ŵ'.repeat(70), 7), {
    dataCoding: 8,
    parts: [Buffer.from('0175'.repeat(70), 'hex')],
    whole: Buffer.from('0175'.repeat(70), 'hex'),
  });
  assert.deepEqual(
    bodiesOf('ŵ'.repeat(71)).map((body) => body.length),
    [134, 8],
  );
});

test('each part says which of how many of which message it is', () => {
  const { parts } = encodeText('a'.repeat(400), 7);
  assert.deepEqual(
    parts.map((part) => part.subarray(0, 6).toString('hex')),
    ['050003070301', '050003070302', '050003070303'],
  );
});
