import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { createGathering } from './gathering.ts';

/** Groups as they go, each of which ends when it is told to. */
function watched(options: { howMany?: (items: readonly number[]) => number; mostUnderWay?: number } = {}) {
  const groups: { items: readonly number[]; end: (error?: Error) => void }[] = [];
  const gather = createGathering<number, string>({
    together: (items) =>
      new Promise((resolve, reject) => {
        const end = (error?: Error): void => (error ? reject(error) : resolve(items.map(String)));
        groups.push({ items, end });
      }),
    ...options,
  });
  return { groups, gather };
}

describe('what is gathered', () => {
  test('goes with what comes in the same moment, and what comes meanwhile waits and goes together', async () => {
    const { groups, gather } = watched();
    const first = [gather('a', 1), gather('a', 2)];
    await turn();
    const later = [gather('a', 3), gather('a', 4), gather('a', 5)];
    await turn();
    assert.deepEqual(
      groups.map(({ items }) => items),
      [[1, 2]],
    );
    groups[0]?.end();
    assert.deepEqual(await Promise.all(first), ['1', '2']);
    await turn();
    assert.deepEqual(
      groups.map(({ items }) => items),
      [
        [1, 2],
        [3, 4, 5],
      ],
    );
    groups[1]?.end();
    assert.deepEqual(await Promise.all(later), ['3', '4', '5']);
  });

  test('waits for nothing of another key, and for no more than may be under way', async () => {
    const { groups, gather } = watched({ mostUnderWay: 2 });
    for (const [key, item] of [
      ['a', 1],
      ['b', 2],
      ['a', 3],
      ['a', 4],
    ] as const) {
      void gather(key, item);
      await turn();
    }
    assert.deepEqual(
      groups.map(({ items }) => items),
      [[1], [2], [3]],
    );
    groups[0]?.end();
    await turn();
    assert.deepEqual(
      groups.map(({ items }) => items),
      [[1], [2], [3], [4]],
    );
  });

  test('goes in groups no larger than they may be', async () => {
    const { groups, gather } = watched({ howMany: ({ length }) => Math.min(length, 2) });
    const all = [1, 2, 3].map((item) => gather('a', item));
    await turn();
    assert.deepEqual(
      groups.map(({ items }) => items),
      [[1, 2]],
    );
    groups[0]?.end();
    await turn();
    groups[1]?.end();
    assert.deepEqual(await Promise.all(all), ['1', '2', '3']);
  });

  test('fails alone: each of a group that was refused is tried again by itself', async () => {
    const gather = createGathering<number, number>({
      together: (items) => (items.includes(2) ? Promise.reject(new Error('Two.')) : Promise.resolve(items)),
    });
    const settled = await Promise.allSettled([1, 2, 3].map((item) => gather('a', item)));
    assert.deepEqual(
      settled.map((each) => (each.status === 'fulfilled' ? each.value : String(each.reason))),
      [1, 'Error: Two.', 3],
    );
    assert.equal(await gather('a', 4), 4);
  });
});
