import assert from 'node:assert/strict';
import { type IncomingHttpHeaders } from 'node:http';
import { suite, test } from 'node:test';
import { Webhook } from 'standardwebhooks';
import { newId } from '#platform';
import {
  tell,
  addProvider,
  removeProviders,
  sendText,
  statusOf,
  untilStatus,
  startHttpServer,
  portOf,
} from '../channels.fixture.ts';

suite('text messages by HTTP', () => {
  test('a message is handed over once, and a signed receipt makes it delivered', async (t) => {
    const asked: { headers: IncomingHttpHeaders; body: Record<string, unknown> }[] = [];
    const http = await startHttpServer(({ headers, raw }) => {
      asked.push({ headers, body: JSON.parse(raw) });
      return [asked.length === 1 ? 503 : 202, '{"id":"theirs-1"}'];
    });
    t.after(() => http.close());
    t.after(() => http.closeAllConnections());
    const secret = `whsec_${Buffer.alloc(32, 3).toString('base64')}`;
    const settings = { url: `http://127.0.0.1:${portOf(http)}/texts`, token: 'their-token', secret };
    const provider = await addProvider('http-text', settings, 1);
    const id = await sendText('Hello');
    await untilStatus(id, 'sending');
    assert.deepEqual(
      asked.map(({ headers }) => [headers.authorization, headers['idempotency-key']]),
      Array.from({ length: 2 }, () => ['Bearer their-token', asked[0]?.body['id']]),
    );
    assert.equal(asked[1]?.body['to'], '447700900123');

    const receipt = JSON.stringify({ type: 'text.receipt', data: { id: 'theirs-1', status: 'delivered', code: '0' } });
    const wrong = new Webhook(`whsec_${Buffer.alloc(32, 4).toString('base64')}`);
    assert.equal((await tell(provider, receipt, wrong)).statusCode, 403);
    assert.equal((await tell(newId(), receipt, new Webhook(secret))).statusCode, 403);
    for (const nonsense of ['', '[]', '{"type":"text.receipt"}', '{"type":"text.receipt","data":{"id":1}}']) {
      assert.equal((await tell(provider, nonsense, new Webhook(secret))).statusCode, 400, nonsense);
    }
    assert.equal(await statusOf(id), 'sending');
    assert.equal((await tell(provider, receipt, new Webhook(secret))).statusCode, 204);
    await untilStatus(id, 'delivered');
    await removeProviders(provider);
  });
});
