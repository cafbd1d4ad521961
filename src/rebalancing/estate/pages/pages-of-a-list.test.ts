import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pageOf } from './pages-of-a-list.ts';

test('whatever an address asks for, a page of the list is shown', () => {
  const asked = [undefined, '', '1', '2', '2.7', '3', '9', '0', '-1', 'x', '1e9', 'Infinity', 'NaN'];
  assert.deepEqual(
    asked.map((text) => pageOf(text, 101, 50)),
    [1, 1, 1, 2, 2, 3, 3, 1, 1, 1, 3, 3, 1],
  );
  assert.equal(pageOf('2', 0, 50), 1);
});
