import assert from 'node:assert/strict';
import { once } from 'node:events';
import {
  createServer as createHttpServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type ServerResponse,
} from 'node:http';
import { createServer as createTcpServer, type Server as TcpServer } from 'node:net';
import { text as readText } from 'node:stream/consumers';
import { after, before } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import smpp, { type PDU, type Session } from 'smpp';
import { SMTPServer } from 'smtp-server';
import { Webhook } from 'standardwebhooks';
import { createCalendar, createLog, newId, startJobs, type Scope } from '#platform';
import { startTestProgram } from '../../../testing/program.ts';
import { createSending } from './hand-over/sending.ts';
import { createTemplate } from './templates/templates.ts';

// Whatever runs ends before the database does: hooks are called in the order in which they stand.
let running: { stop(): Promise<void> }[] = [];
after(async () => {
  await Promise.all(running.map((each) => each.stop()));
});

// One program with the API, and beside it what a process of jobs does, over the same database.
export const bouncePort = await freePort();
export const program = await startTestProgram({
  WEBHOOK_NETWORKS: '127.0.0.1',
  EMAIL_FROM: 'no-reply@government.example',
  BOUNCE_DOMAIN: 'bounces.example',
  BOUNCE_PORT: String(bouncePort),
});
export const { whole, server, keyring } = program;
export const { database } = whole;
const log = createLog('silent');
const sending = createSending({
  database,
  keyring,
  settings: program.settings,
  webhooks: whole.webhooks,
  calendar: createCalendar('Europe/London'),
  scanner: null,
});
export const { providers, callbacks } = sending;

const [fishing] = await program.ask<{ organisation_id: string; id: string }>(
  `select organisation_id, id from organisations.services where slug = 'fishing-licence'`,
);
assert.ok(fishing);
export const scope: Scope = { organisationId: fishing.organisation_id, actor: { kind: 'system', name: 'test' } };
export const serviceId = fishing.id;
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
export const templates = { email: await template('email'), sms: await template('sms') };

/** Somebody's system that is called back. */
const called: { headers: IncomingHttpHeaders; body: Record<string, unknown>; raw: string }[] = [];
const receiver = await startHttpServer(({ headers, raw }) => {
  called.push({ headers, body: JSON.parse(raw), raw });
  return [204, ''];
});
export const secrets: string[] = [];
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

export async function tell(provider: string, body: string, webhook: Webhook) {
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

export function report(raw: string) {
  return server.inject({
    method: 'POST',
    url: '/reports/email',
    headers: { 'content-type': 'message/rfc822' },
    payload: raw,
  });
}

export async function addProvider(
  kind: 'smtp' | 'smpp' | 'http-text',
  settings: unknown,
  priority: number,
): Promise<string> {
  const id = await providers.add(root, { kind, name: `p ${newId()}`, priority, enabled: true, settings });
  await providers.refresh({ now: true });
  return id;
}

export async function removeProviders(...ids: string[]): Promise<void> {
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

export const sendEmail = (reference?: string): Promise<string> =>
  post('email', {
    email_address: 'ada@example.com',
    template_id: templates.email.id,
    personalisation: { text: 'Hello' },
    ...(reference === undefined ? {} : { reference }),
  });

export const sendText = (text: string): Promise<string> =>
  post('sms', { phone_number: '07700900123', template_id: templates.sms.id, personalisation: { text } });

export async function statusOf(id: string): Promise<string | undefined> {
  const [row] = await program.ask<{ status: string }>('select status from notify.messages where id = $1', [id]);
  return row?.status;
}

export async function untilStatus(id: string, status: string): Promise<void> {
  // What waits to be tried again is tried now.
  await until(
    async () => (await statusOf(id)) === status,
    () => program.ask(`update notify.hand_overs set try_at = now() where claimed_by is null and message_id = $1`, [id]),
  );
}

export async function until(
  isSo: () => Promise<boolean>,
  meanwhile: () => Promise<unknown> = async () => {},
): Promise<void> {
  const end = Date.now() + 40_000;
  while (!(await isSo())) {
    if (Date.now() > end) throw new Error('It did not come about within 40 seconds.');
    await meanwhile();
    await pause(50);
  }
}

/** The call back about a message. */
export async function callAbout(id: string, field = 'id') {
  const find = () => called.find(({ body }) => body[field] === id);
  await until(() => Promise.resolve(find() !== undefined));
  const call = find();
  assert.ok(call);
  return call;
}

export function headersOf(headers: IncomingHttpHeaders): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]));
}

export async function startHttpServer(
  answer: (request: { headers: IncomingHttpHeaders; raw: string }) => [number, string],
) {
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

export async function startMailServer(t: Ends, options: { port?: number } = {}) {
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
export function bounceOf(raw: string): string {
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
export async function startCentre(t: Ends, options: { statuses?: (number | 'hang up')[]; receipt?: string } = {}) {
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

export function receiptOf(id: string, stat: string, error: string): Readonly<Record<string, unknown>> {
  return {
    source_addr: '447700900123',
    destination_addr: 'Us',
    esm_class: 4,
    short_message: `id:${id} sub:001 dlvrd:001 submit date:2611250000 done date:2611250001 stat:${stat} err:${error} text:`,
  };
}

export function joined(submitted: readonly PDU[]): string {
  return submitted.map((pdu) => String(pdu.short_message?.message)).join('');
}

export async function freePort(): Promise<number> {
  const free = createTcpServer();
  free.listen(0, '127.0.0.1');
  await once(free, 'listening');
  const port = portOf(free);
  free.close();
  await once(free, 'close');
  return port;
}

export function portOf(listener: TcpServer): number {
  const address = listener.address();
  assert.ok(typeof address === 'object' && address !== null);
  return address.port;
}
