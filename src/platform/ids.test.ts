import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isId, newId, newReference } from './ids.ts';

test('identifiers are UUIDs of version 7, in the order in which they are made, and never the same', () => {
  const made = Array.from({ length: 10_000 }, () => newId());
  assert.equal(new Set(made).size, made.length);
  for (const id of made) assert.match(id, /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  assert.ok(newId(1_000) < newId(2_000));
  assert.ok(isId(made[0] ?? ''));
  assert.ok(!isId('not-an-id'));
  assert.ok(!isId("'; drop table people; --"));
});

test('a reference has no letter that is misread and no vowel that makes a word', () => {
  for (let index = 0; index < 1_000; index += 1) {
    assert.match(
      newReference(),
      /^[34679CDFGHJKMNPQRTVWXY]{4}-[34679CDFGHJKMNPQRTVWXY]{4}-[34679CDFGHJKMNPQRTVWXY]{2}$/,
    );
  }
});
