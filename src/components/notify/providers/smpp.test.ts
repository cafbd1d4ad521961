import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { addNumber } from '../numbers.ts';
import { listReceivedTexts } from '../received-texts.ts';
import {
  keyring,
  database,
  scope,
  serviceId,
  addProvider,
  removeProviders,
  sendText,
  untilStatus,
  until,
  callAbout,
  startCentre,
  receiptOf,
  joined,
} from '../channels.fixture.ts';

suite('text messages by SMPP', () => {
  test('a long message arrives in parts, its receipt makes it delivered, and the service is called back', async (t) => {
    const centre = await startCentre(t);
    const provider = await addProvider('smpp', { url: centre.url }, 1);
    const id = await sendText(`${'Long '.repeat(50)}€`);
    await until(() => Promise.resolve(centre.submitted.length === 2));
    assert.match(joined(centre.submitted), /^Fishing|Long Long/);
    assert.ok(joined(centre.submitted).endsWith('€'));
    assert.deepEqual(
      centre.submitted.map((pdu) => pdu.registered_delivery),
      [0, 1],
    );
    await untilStatus(id, 'sending');
    centre.deliver(receiptOf('2', 'DELIVRD', '000'));
    await untilStatus(id, 'delivered');
    assert.deepEqual((await callAbout(id)).body['status'], 'delivered');
    assert.equal(await centre.answered(), 0);
    await removeProviders(provider);
  });

  test('a receipt that comes before the message is recorded is not lost', async (t) => {
    const centre = await startCentre(t, { receipt: 'UNDELIV' });
    const provider = await addProvider('smpp', { url: centre.url }, 1);
    const id = await sendText('Ŵyn');
    await untilStatus(id, 'permanent-failure');
    assert.equal(centre.submitted[0]?.data_coding, 8);
    await removeProviders(provider);
  });

  test('a centre that asks to slow down is given the message again, and one that hangs up is bound to again', async (t) => {
    const centre = await startCentre(t, { statuses: [0x58, 0, 'hang up', 0] });
    const provider = await addProvider('smpp', { url: centre.url }, 1);
    for (const _ of [1, 2]) await untilStatus(await sendText('Hello'), 'sending');
    assert.equal(centre.submitted.length, 4);
    assert.ok(centre.binds() >= 2);
    await removeProviders(provider);
  });

  test('a number that the centre does not know fails for good', async (t) => {
    const centre = await startCentre(t, { statuses: [0x0b] });
    const provider = await addProvider('smpp', { url: centre.url }, 1);
    await untilStatus(await sendText('Hello'), 'permanent-failure');
    await removeProviders(provider);
  });

  test('a message that somebody sends in parts is kept whole for the service with the number, which is told', async (t) => {
    const centre = await startCentre(t);
    const provider = await addProvider('smpp', { url: centre.url }, 1);
    await database.transact(scope, (tx) => addNumber(tx, { serviceId, number: '+44 7700 900 555' }));
    await until(() => Promise.resolve(centre.binds() > 0));
    const part = (number: number, message: string) => ({
      source_addr: '447700900777',
      destination_addr: '447700900555',
      esm_class: 0x40,
      short_message: { udh: Buffer.from([5, 0, 3, 9, 2, number]), message },
    });
    centre.deliver(part(2, 'world'));
    centre.deliver(part(1, 'Hello '));
    assert.deepEqual([await centre.answered(), await centre.answered()], [0, 0]);
    const [received] = await database.transact(scope, (tx) => listReceivedTexts(tx, keyring, { serviceId, most: 1 }));
    assert.deepEqual([received?.from, received?.content], ['447700900777', 'Hello world']);
    const { body } = await callAbout(received?.id ?? '');
    assert.deepEqual(
      { ...body, date_received: '' },
      {
        id: received?.id,
        source_number: '447700900777',
        destination_number: '447700900555',
        message: 'Hello world',
        date_received: '',
      },
    );
    await removeProviders(provider);
  });

  test('receipts that are nonsense are answered and change nothing', async (t) => {
    const centre = await startCentre(t);
    const provider = await addProvider('smpp', { url: centre.url }, 1);
    await until(() => Promise.resolve(centre.binds() > 0));
    for (const short_message of [
      '',
      'id: stat: err:',
      'id:1 stat:DANCING',
      `id:${'9'.repeat(230)} stat:DELIVRD`,
      '\0\x01',
    ]) {
      centre.deliver({ source_addr: '1', destination_addr: '2', esm_class: 4, short_message });
      assert.equal(await centre.answered(), 0, short_message);
    }
    await removeProviders(provider);
  });
});
