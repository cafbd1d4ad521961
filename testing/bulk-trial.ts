import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { prepareSending } from './hand-over-trial.ts';
import type { Place } from './running-program.ts';

/**
 * Sends many recipients in one call while the program is killed with -9, half the times while it takes them in and half
 * while it makes them messages; and checks that each row is one message, and that the same call again sends nothing.
 */
export async function killWhileTakingIn(
  t: TestContext,
  place: Place,
  { rows, kills }: { rows: number; kills: number },
): Promise<void> {
  let program = await place.start();
  const { bearer, templateId } = await prepareSending(place, 'email');
  const lines = Array.from({ length: rows }, (_, index) => `person-${index}@example.com,${index}`);
  const csv = `email address,number\n${lines.join('\n')}\n`;
  const post = async (): Promise<string | null> => {
    const answer = await fetch(`${place.address}/notify/v2/bulk?template_id=${templateId}`, {
      method: 'POST',
      headers: { authorization: await bearer(), 'content-type': 'text/csv', 'idempotency-key': 'the whole lot' },
      body: csv,
      signal: AbortSignal.timeout(120_000),
    }).catch(() => null);
    if (answer === null) return null;
    const body = await answer.text().catch(() => '');
    if (answer.status === 201 && body !== '') return JSON.parse(body).id;
    assert.ok(answer.status === 201 || answer.status >= 429, `${answer.status}: ${body}`);
    return null;
  };
  const kill = async (): Promise<void> => {
    await program.end('SIGKILL');
    program = place.begin();
    await program.answers();
  };

  const whileTaken = Math.ceil(kills / 2);
  for (let done = 0; done < whileTaken; done += 1) {
    const posting = post();
    await pause(Math.random() * Math.max(300, rows / 15));
    await kill();
    await posting;
  }
  let id = await post();
  while (id === null) {
    await pause(200);
    id = await post();
  }
  const count = async (): Promise<number> => {
    const [row] = await place.ask<{ count: number }>(
      'select count(*)::int as count from notify.messages where batch_id = $1',
      [id],
    );
    return row?.count ?? 0;
  };
  const stretch = rows / (kills - whileTaken + 1);
  for (let done = 0; done < kills - whileTaken; done += 1) {
    while ((await count()) < Math.min(rows, stretch * (done + Math.random()))) await pause(20);
    await kill();
  }
  const state = async (): Promise<string | undefined> =>
    (await place.ask<{ state: string }>('select state from notify.batches where id = $1', [id]))[0]?.state;
  const end = Date.now() + 300_000;
  while ((await state()) !== 'sent' && Date.now() < end) await pause(200);

  assert.equal(await post(), id, 'the same call again is the same batch');
  const [found] = await place.ask<{ messages: number; rows: number; least: number; most: number; batches: number }>(
    `select count(*)::int as messages, count(distinct (batch_id, batch_row))::int as rows, min(batch_row) as least,
            max(batch_row) as most, count(distinct batch_id)::int as batches
       from notify.messages where batch_id is not null`,
  );
  assert.deepEqual(found, { messages: rows, rows, least: 1, most: rows, batches: 1 });
  const [chunks] = await place.ask<{ left: number }>(
    'select count(*)::int as left from notify.batch_chunks where batch_id = $1',
    [id],
  );
  assert.equal(chunks?.left, 0);
  t.diagnostic(`${rows} rows in one call, ${kills} kills with -9: each row is one message, and none is lost`);
  await program.end('SIGTERM');
}
