import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { createTemplate } from '#notify';
import { Problem } from '#platform';
import { database, trade, health, received, send, notifyWith, shownMessage } from '../departments.fixture.ts';

suite('templates', () => {
  test("a service's own template takes the place of the built-in one, and a message keeps the version it was made from", async () => {
    const own = {
      serviceId: health.serviceId,
      name: 'Application Received',
      subject: 'Got it',
      body: 'First ((name??x))',
    };
    const part = notifyWith(undefined);
    const first = await database.transact(health.scope, (tx) => createTemplate(tx, own));
    const one = await send(health, { ...received, personalisation: { name: 'no' } });
    const second = await database.transact(health.scope, (tx) => createTemplate(tx, { ...own, body: 'Second' }));
    const two = await send(health, received);
    const again = await database.transact(health.scope, (tx) => createTemplate(tx, { ...own, body: 'Second' }));
    assert.deepEqual([first.version, second.version, again.version], [1, 2, 2]);
    assert.match(await shownMessage(part, health, one.messageId), /First[^]*version 1|version 1[^]*First/);
    assert.match(await shownMessage(part, health, two.messageId), /version 2[^]*Second/);
    const other = await send(trade, received);
    assert.match(await shownMessage(part, trade, other.messageId), /built in/);
  });

  test('a published version cannot be changed', async () => {
    await assert.rejects(
      database.transact(health.scope, (tx) =>
        tx
          .tables<{ template_versions: { body: string } }>('notify')
          .updateTable('template_versions')
          .set({ body: 'x' })
          .execute(),
      ),
      /permission denied/,
    );
  });

  test('a template without texts, or with a line break in its subject, is refused', async () => {
    const right = { serviceId: trade.serviceId, name: 'decision', subject: 'A decision', body: 'Text' };
    for (const wrong of [{ name: ' - ' }, { subject: '' }, { subject: 'a\nb' }, { body: ' \n ' }, { body: 'a\0' }]) {
      await assert.rejects(
        database.transact(trade.scope, (tx) => createTemplate(tx, { ...right, ...wrong })),
        (error: unknown) => error instanceof Problem && error.status === 422,
        JSON.stringify(wrong),
      );
    }
  });
});
