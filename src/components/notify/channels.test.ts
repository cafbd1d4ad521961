import assert from 'node:assert/strict';
import { once } from 'node:events';
import {
  createServer as createHttpServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type ServerResponse,
} from 'node:http';
import { createServer as createTcpServer, type Server as TcpServer, type Socket } from 'node:net';
import { text as readText } from 'node:stream/consumers';
import { after, before, suite, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { createTransport } from 'nodemailer';
import smpp, { type PDU, type Session } from 'smpp';
import { SMTPServer } from 'smtp-server';
import { Webhook } from 'standardwebhooks';
import { createCalendar, createLog, newId, startJobs, type Scope } from '#platform';
import { startTestProgram } from '../../../testing/program.ts';
import { createSending } from './hand-over/sending.ts';
import { listMessageEvents } from './hand-over/receipts.ts';
import { addNumber } from './numbers.ts';
import { listReceivedTexts } from './received-texts.ts';
import { createTemplate } from './templates/templates.ts';

// Whatever runs ends before the database does: hooks are called in the order in which they stand.
let running: { stop(): Promise<void> }[] = [];
after(async () => {
  await Promise.all(running.map((each) => each.stop()));
});

// One program with the API, and beside it what a process of jobs does, over the same database.
const bouncePort = await freePort();
const program = await startTestProgram({
  WEBHOOK_NETWORKS: '127.0.0.1',
  EMAIL_FROM: 'no-reply@government.example',
  BOUNCE_DOMAIN: 'bounces.example',
  BOUNCE_PORT: String(bouncePort),
});
const { whole, server, keyring } = program;
const { database } = whole;
const log = createLog('silent');
const sending = createSending({
  database,
  keyring,
  settings: program.settings,
  webhooks: whole.webhooks,
  calendar: createCalendar('Europe/London'),
  scanner: null,
});
const { providers, callbacks } = sending;

const [fishing] = await program.ask<{ organisation_id: string; id: string }>(
  `select organisation_id, id from organisations.services where slug = 'fishing-licence'`,
);
assert.ok(fishing);
const scope: Scope = { organisationId: fishing.organisation_id, actor: { kind: 'system', name: 'test' } };
const serviceId = fishing.id;
const [government] = await program.ask<{ organisation_id: string }>(
  'select organisation_id from organisations.organisations where parent_id is null',
);
assert.ok(government);
const root: Scope = { organisationId: government.organisation_id, actor: { kind: 'system', name: 'test' } };
const template = (type: 'email' | 'sms') =>
  database.transact(scope, (tx) =>
    createTemplate(tx, {
      serviceId,
      name: `t ${newId()}`,
      type,
      subject: type === 'email' ? 'S' : '',
      body: '((text))',
    }),
  );
const templates = { email: await template('email'), sms: await template('sms') };

/** Somebody's system that is called back. */
const called: { headers: IncomingHttpHeaders; body: Record<string, unknown>; raw: string }[] = [];
const receiver = await startHttpServer(({ headers, raw }) => {
  called.push({ headers, body: JSON.parse(raw), raw });
  return [204, ''];
});
const secrets: string[] = [];
for (const kind of ['delivery-status', 'received-text', 'complaint'] as const) {
  secrets.push(
    await database.transact(scope, async (tx) => {
      const url = `http://127.0.0.1:${portOf(receiver)}/${kind}`;
      const { endpointId } = await callbacks.set(tx, { serviceId, kind, url, bearerToken: 'a-bearer-token' });
      return whole.webhooks.endpoints.secret(tx, endpointId);
    }),
  );
}
before(async () => {
  const jobs = [...whole.webhooks.jobs, ...sending.jobs];
  running = [
    await startJobs({ database, databaseUrl: program.database.url, jobs, concurrency: 8, log }),
    ...(await Promise.all(sending.background.map((begin) => begin(log)))),
  ];
});
after(() => {
  receiver.close();
  receiver.closeAllConnections();
});

suite('several providers', () => {
  test('a provider that does not answer is passed over, left alone, and asked again when it is back', async (t) => {
    const held = new Set<Socket>();
    const silent = createTcpServer((socket) => held.add(socket));
    t.after(() => {
      silent.close();
      for (const socket of held) socket.destroy();
    });
    silent.listen(0, '127.0.0.1');
    await once(silent, 'listening');
    const good = await startMailServer(t);
    const first = await addProvider('smtp', { url: `smtp://127.0.0.1:${portOf(silent)}`, connections: 10 }, 1);
    const second = await addProvider('smtp', { url: good.url }, 2);
    const ids = await Promise.all(Array.from({ length: 8 }, () => sendEmail()));
    for (const id of ids) await untilStatus(id, 'sending');
    assert.equal(good.taken.length, 8, 'the other one has each of them once');
    const circuit = async () => (await providers.list()).find((each) => each.id === first)?.circuit;
    assert.notEqual((await circuit())?.openedAt, null);
    const events = await database.transact(scope, (tx) => listMessageEvents(tx, ids[0] ?? ''));
    assert.deepEqual(
      events.map(({ what, detail }) => [what, detail]),
      [['Not taken', 'The mail server could not be reached (ETIMEDOUT).']],
    );

    // It comes back at the same address, and the time of the trial comes.
    const port = portOf(silent);
    silent.close();
    const back = await startMailServer(t, { port });
    await program.ask('update notify.providers set probe_at = now() where id = $1', [first]);
    await until(async () => {
      await untilStatus(await sendEmail(), 'sending');
      return (await circuit())?.openedAt === null;
    });
    const earlier = good.taken.length;
    await untilStatus(await sendEmail(), 'sending');
    assert.equal(good.taken.length, earlier);
    assert.ok(back.taken.length >= 2);
    await removeProviders(first, second);
  });

  test('a provider that takes messages and never answers keeps no more than its places from the others', async (t) => {
    const hanging = new SMTPServer({
      disabledCommands: ['AUTH', 'STARTTLS'],
      logger: false,
      onData: (stream) => void stream.resume(),
    });
    hanging.on('error', () => {});
    const listener = hanging.listen(0, '127.0.0.1');
    await once(listener, 'listening');
    const good = await startMailServer(t);
    const first = await addProvider('smtp', { url: `smtp://127.0.0.1:${portOf(listener)}`, connections: 1 }, 1);
    const second = await addProvider('smtp', { url: good.url }, 2);
    const ids = await Promise.all(Array.from({ length: 20 }, () => sendEmail()));
    // Four places for each connection: whatever else there is goes by the other one, while the first holds its four.
    await until(async () => good.taken.length === 16);
    const states = async (): Promise<string[]> =>
      (
        await program.ask<{ status: string }>('select status from notify.messages where id = any($1) order by status', [
          ids,
        ])
      ).map(({ status }) => status);
    await until(async () => (await states()).filter((status) => status === 'sending').length === 16);
    hanging.close(() => {});
    for (const connection of hanging.connections) connection.close();
    await program.ask(`update notify.hand_overs set try_at = now() where claimed_by is null`);
    await until(async () => (await states()).every((status) => status === 'sending'));
    assert.equal(good.taken.length, 20, 'each of them once');
    await removeProviders(first, second);
  });

  test('while no provider works a message waits, and is not lost or given up', async (t) => {
    const port = await freePort();
    const id = await addProvider('smtp', { url: `smtp://127.0.0.1:${port}` }, 1);
    const message = await sendEmail();
    await until(
      async () => (await providers.list()).some((each) => each.id === id && each.circuit.openedAt !== null),
      () => program.ask(`update notify.hand_overs set try_at = now() where claimed_by is null`),
    );
    assert.equal(await statusOf(message), 'created');
    const mail = await startMailServer(t, { port });
    await program.ask('update notify.providers set probe_at = now() where id = $1', [id]);
    await untilStatus(message, 'sending');
    assert.equal(mail.taken.length, 1);
    await removeProviders(id);
  });
});

suite('what comes back of an email', () => {
  for (const way of ['a mail server', 'a call'] as const) {
    test(`a bounce that ${way} brings makes it fail, and the service is called back as the contract has it`, async (t) => {
      const mail = await startMailServer(t);
      const provider = await addProvider('smtp', { url: mail.url }, 1);
      const id = await sendEmail('case 7');
      await untilStatus(id, 'sending');
      const bounce = bounceOf(mail.taken.at(-1) ?? '');
      if (way === 'a call') {
        assert.equal((await report(bounce)).statusCode, 204);
      } else {
        const transport = createTransport({ host: '127.0.0.1', port: bouncePort, ignoreTLS: true });
        const raw = {
          envelope: { from: '', to: mail.senders.at(-1) ?? '' },
          raw: bounce.replaceAll(/m[a-z2-7]{60}/g, 'x'),
        };
        await transport.sendMail(raw);
        await assert.rejects(
          transport.sendMail({ ...raw, envelope: { from: '', to: 'somebody@bounces.example' } }),
          /550/,
          'nobody else is there',
        );
        transport.close();
      }
      await untilStatus(id, 'permanent-failure');
      const call = await callAbout(id);
      assert.deepEqual(
        { ...call.body, created_at: '', completed_at: '', sent_at: '' },
        {
          id,
          reference: 'case 7',
          to: 'ada@example.com',
          status: 'permanent-failure',
          created_at: '',
          completed_at: '',
          sent_at: '',
          notification_type: 'email',
          template_id: templates.email.id,
          template_version: 1,
        },
      );
      assert.equal(call.headers.authorization, 'Bearer a-bearer-token');
      new Webhook(secrets[0] ?? '').verify(call.raw, headersOf(call.headers));
      await removeProviders(provider);
    });
  }

  test('a report that nobody signed for us, and one that is nonsense, are refused and change nothing', async (t) => {
    const mail = await startMailServer(t);
    const provider = await addProvider('smtp', { url: mail.url }, 1);
    const id = await sendEmail();
    await untilStatus(id, 'sending');
    const bounce = bounceOf(mail.taken.at(-1) ?? '');
    const forged = bounce.replaceAll(/m([a-z2-7])([a-z2-7]{51})/g, (_all, one: string, rest: string) =>
      one === 'a' ? `mb${rest}` : `ma${rest}`,
    );
    for (const raw of [forged, '', 'x', '\0'.repeat(1000)]) assert.equal((await report(raw)).statusCode, 422);
    assert.equal(await statusOf(id), 'sending');
    await removeProviders(provider);
  });

  test('a complaint is kept with the message, and the service is told', async (t) => {
    const mail = await startMailServer(t);
    const provider = await addProvider('smtp', { url: mail.url }, 1);
    const id = await sendEmail('complained');
    await untilStatus(id, 'sending');
    const complaint = bounceOf(mail.taken.at(-1) ?? '')
      .replace('report-type=delivery-status', 'report-type=feedback-report')
      .replace('Action: failed', 'Feedback-Type: abuse');
    assert.equal((await report(complaint)).statusCode, 204);
    const { body } = await callAbout(id, 'notification_id');
    assert.deepEqual([body['reference'], body['to']], ['complained', 'ada@example.com']);
    assert.equal(await statusOf(id), 'sending');
    await removeProviders(provider);
  });
});

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

async function tell(provider: string, body: string, webhook: Webhook) {
  const at = new Date();
  return server.inject({
    method: 'POST',
    url: `/reports/texts/${provider}`,
    headers: {
      'content-type': 'application/json',
      'webhook-id': 'one',
      'webhook-timestamp': String(Math.floor(at.getTime() / 1000)),
      'webhook-signature': webhook.sign('one', at, body),
    },
    payload: body,
  });
}

function report(raw: string) {
  return server.inject({
    method: 'POST',
    url: '/reports/email',
    headers: { 'content-type': 'message/rfc822' },
    payload: raw,
  });
}

async function addProvider(kind: 'smtp' | 'smpp' | 'http-text', settings: unknown, priority: number): Promise<string> {
  const id = await providers.add(root, { kind, name: `p ${newId()}`, priority, enabled: true, settings });
  await providers.refresh({ now: true });
  return id;
}

async function removeProviders(...ids: string[]): Promise<void> {
  for (const id of ids) await providers.remove(root, id);
  await providers.refresh({ now: true });
}

async function post(path: string, body: object): Promise<string> {
  const answer = await server.inject({
    method: 'POST',
    url: `/notify/v2/notifications/${path}`,
    headers: {
      authorization: `Bearer ${await program.tokenFor('fishing-licence')}`,
      'content-type': 'application/json',
    },
    payload: JSON.stringify(body),
  });
  assert.equal(answer.statusCode, 201, answer.body);
  return answer.json().id;
}

const sendEmail = (reference?: string): Promise<string> =>
  post('email', {
    email_address: 'ada@example.com',
    template_id: templates.email.id,
    personalisation: { text: 'Hello' },
    ...(reference === undefined ? {} : { reference }),
  });

const sendText = (text: string): Promise<string> =>
  post('sms', { phone_number: '07700900123', template_id: templates.sms.id, personalisation: { text } });

async function statusOf(id: string): Promise<string | undefined> {
  const [row] = await program.ask<{ status: string }>('select status from notify.messages where id = $1', [id]);
  return row?.status;
}

async function untilStatus(id: string, status: string): Promise<void> {
  // What waits to be tried again is tried now.
  await until(
    async () => (await statusOf(id)) === status,
    () => program.ask(`update notify.hand_overs set try_at = now() where claimed_by is null and message_id = $1`, [id]),
  );
}

async function until(isSo: () => Promise<boolean>, meanwhile: () => Promise<unknown> = async () => {}): Promise<void> {
  const end = Date.now() + 40_000;
  while (!(await isSo())) {
    if (Date.now() > end) throw new Error('It did not come about within 40 seconds.');
    await meanwhile();
    await pause(50);
  }
}

/** The call back about a message. */
async function callAbout(id: string, field = 'id') {
  const find = () => called.find(({ body }) => body[field] === id);
  await until(() => Promise.resolve(find() !== undefined));
  const call = find();
  assert.ok(call);
  return call;
}

function headersOf(headers: IncomingHttpHeaders): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]));
}

async function startHttpServer(answer: (request: { headers: IncomingHttpHeaders; raw: string }) => [number, string]) {
  const http = createHttpServer();
  const reply = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const [status, body] = answer({ headers: request.headers, raw: await readText(request) });
    response.writeHead(status).end(body);
  };
  http.on('request', (request, response) => void reply(request, response));
  http.listen(0, '127.0.0.1');
  await once(http, 'listening');
  return http;
}

interface Ends {
  after(work: () => void): void;
}

async function startMailServer(t: Ends, options: { port?: number } = {}) {
  const taken: string[] = [];
  const senders: string[] = [];
  const take = async (stream: NodeJS.ReadableStream, done: () => void): Promise<void> => {
    taken.push(await readText(stream));
    done();
  };
  const smtp = new SMTPServer({
    disabledCommands: ['AUTH', 'STARTTLS'],
    closeTimeout: 100,
    onMailFrom({ address }, _session, done) {
      senders.push(address);
      done();
    },
    onData: (stream, _session, done) => void take(stream, done),
  });
  const listener = smtp.listen(options.port ?? 0, '127.0.0.1');
  await once(listener, 'listening');
  t.after(() => smtp.close());
  return { url: `smtp://127.0.0.1:${portOf(listener)}`, taken, senders };
}

/** What a mail server makes of a message that it cannot deliver: RFC 3464. */
function bounceOf(raw: string): string {
  return [
    'From: MAILER-DAEMON@mx.example',
    'Content-Type: multipart/report; report-type=delivery-status; boundary="b"',
    '',
    '--b',
    'Content-Type: message/delivery-status',
    '',
    'Reporting-MTA: dns; mx.example',
    '',
    'Final-Recipient: rfc822; ada@example.com',
    'Action: failed',
    'Status: 5.1.1',
    '',
    '--b',
    'Content-Type: text/rfc822-headers',
    '',
    raw.slice(0, raw.indexOf('\r\n\r\n')),
    '--b--',
    '',
  ].join('\r\n');
}

/** A text message centre on this machine, made with the same package's other side. */
async function startCentre(t: Ends, options: { statuses?: (number | 'hang up')[]; receipt?: string } = {}) {
  const submitted: PDU[] = [];
  const answers: number[] = [];
  const statuses = [...(options.statuses ?? [])];
  let binds = 0;
  let current: Session | undefined;
  const centre = smpp.createServer((session) => {
    session.on('error', () => session.destroy());
    session.on('bind_transceiver', (pdu: PDU) => {
      assert.deepEqual([pdu.system_id, pdu.password], ['us', 'secret']);
      binds += 1;
      current = session;
      session.send(pdu.response());
    });
    session.on('enquire_link', (pdu: PDU) => session.send(pdu.response()));
    session.on('unbind', (pdu: PDU) => {
      session.send(pdu.response());
      session.close();
    });
    session.on('submit_sm', (pdu: PDU) => {
      submitted.push(pdu);
      const answer = statuses.shift() ?? 0;
      if (answer === 'hang up') return session.destroy();
      const message_id = String(submitted.length);
      if (options.receipt !== undefined) session.deliver_sm(receiptOf(message_id, options.receipt, '001'), () => {});
      session.send(pdu.response({ command_status: answer, message_id }));
    });
  });
  centre.listen(0, '127.0.0.1');
  await once(centre, 'listening');
  t.after(() => {
    for (const session of centre.sessions) session.destroy();
    centre.close();
  });
  return {
    url: `smpp://us:secret@127.0.0.1:${portOf(centre)}`,
    submitted,
    binds: () => binds,
    deliver: (values: Readonly<Record<string, unknown>>) =>
      current?.deliver_sm(values, ({ command_status: answer }) => answers.push(answer)),
    /** The status of the next answer to what was delivered. */
    async answered(): Promise<number | undefined> {
      await until(() => Promise.resolve(answers.length > 0));
      return answers.shift();
    },
  };
}

function receiptOf(id: string, stat: string, error: string): Readonly<Record<string, unknown>> {
  return {
    source_addr: '447700900123',
    destination_addr: 'Us',
    esm_class: 4,
    short_message: `id:${id} sub:001 dlvrd:001 submit date:2611250000 done date:2611250001 stat:${stat} err:${error} text:`,
  };
}

function joined(submitted: readonly PDU[]): string {
  return submitted.map((pdu) => String(pdu.short_message?.message)).join('');
}

async function freePort(): Promise<number> {
  const free = createTcpServer();
  free.listen(0, '127.0.0.1');
  await once(free, 'listening');
  const port = portOf(free);
  free.close();
  await once(free, 'close');
  return port;
}

function portOf(listener: TcpServer): number {
  const address = listener.address();
  assert.ok(typeof address === 'object' && address !== null);
  return address.port;
}
