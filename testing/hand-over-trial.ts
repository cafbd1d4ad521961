import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { Server as TcpServer } from 'node:net';
import { text as readText } from 'node:stream/consumers';
import type { TestContext } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { SignJWT } from 'jose';
import smpp, { type PDU } from 'smpp';
import { SMTPServer } from 'smtp-server';
import { createTemplate } from '#notify';
import { createApiKey } from '#organisations';
import { createKeyring, openDatabase, type Scope } from '#platform';
import { findRunningPostgres } from '../src/platform/embedded-postgres/index.ts';
import type { Place } from './running-program.ts';

/** What a provider took, in the order in which it came: which message, and by what name. */
export interface Taken {
  readonly message: string;
  readonly name: string;
}

/** A provider on this machine that remembers what it took. */
export interface RecordingProvider {
  readonly url: string;
  readonly taken: readonly Taken[];
  close(): void;
}

/** A mail server that takes everything. */
export async function recordEmails(): Promise<RecordingProvider> {
  const taken: Taken[] = [];
  const take = async (stream: NodeJS.ReadableStream, to: string, done: () => void): Promise<void> => {
    // A client that is killed while it sends has not sent it.
    const raw = await readText(stream).catch(() => null);
    if (raw === null) return;
    // It has the message now, whether or not we hear so.
    taken.push({ message: to, name: /^message-id: *(\S+)/im.exec(raw)?.[1] ?? '' });
    done();
  };
  const smtp = new SMTPServer({
    disabledCommands: ['AUTH', 'STARTTLS'],
    closeTimeout: 100,
    onData: (stream, { envelope }, done) => void take(stream, envelope.rcptTo[0]?.address ?? '', done),
  });
  smtp.on('error', () => {});
  const listener = smtp.listen(0, '127.0.0.1');
  await once(listener, 'listening');
  return { url: `smtp://127.0.0.1:${portOf(listener)}`, taken, close: () => smtp.close() };
}

/** A text message centre that takes everything. */
export async function recordTexts(): Promise<RecordingProvider> {
  const taken: Taken[] = [];
  const centre = smpp.createServer((session) => {
    session.on('error', () => session.destroy());
    for (const command of ['bind_transceiver', 'enquire_link'] as const) {
      session.on(command, (pdu: PDU) => session.send(pdu.response()));
    }
    session.on('unbind', (pdu: PDU) => {
      session.send(pdu.response());
      session.close();
    });
    session.on('submit_sm', (pdu: PDU) => {
      const message = /message (\d+)/.exec(String(pdu.short_message?.message))?.[1] ?? '';
      taken.push({ message, name: String(pdu.user_message_reference) });
      session.send(pdu.response({ message_id: String(taken.length) }));
    });
  });
  centre.listen(0, '127.0.0.1');
  await once(centre, 'listening');
  return {
    url: `smpp://us:secret@127.0.0.1:${portOf(centre)}`,
    taken,
    close() {
      for (const session of centre.sessions) session.destroy();
      centre.close();
    },
  };
}

/** The encryption key of the trial's place, so that the test can make an API key there. */
export const trialKey = Buffer.alloc(32, 9).toString('base64');

/**
 * Sends messages by the API while the program is killed with -9 at random moments, and checks that each that was accepted
 * was handed over; that one which was handed over twice was at most one of those on their way at a kill; and that it bore
 * the same name.
 */
export async function killWhileHandingOver(
  t: TestContext,
  place: Place,
  provider: RecordingProvider,
  options: { channel: 'email' | 'sms'; messages: number; kills: number },
): Promise<void> {
  const { channel, messages, kills } = options;
  let program = await place.start();
  const sender = await prepare(place, channel);
  const accepted = new Set<string>();
  let next = 0;
  const send = async (): Promise<void> => {
    for (let number = next; number < messages; number = next) {
      next += 1;
      await sender(number);
      accepted.add(channel === 'email' ? `person-${number}@example.com` : String(number));
    }
  };
  const sending = Promise.all(Array.from({ length: 8 }, send));

  const distinct = (): number => new Set(provider.taken.map(({ message }) => message)).size;
  const stretch = messages / (kills + 1);
  for (let kill = 1; kill <= kills; kill += 1) {
    while (distinct() < stretch * (kill - 1 + Math.random())) await pause(5);
    await pause(Math.random() * 100);
    await program.end('SIGKILL');
    program = place.begin();
  }
  await program.answers();
  await sending;
  const end = Date.now() + 120_000;
  while (distinct() < messages && Date.now() < end) await pause(100);
  // Whatever would be handed over once more is given the time for it.
  const count = async (): Promise<number> => {
    const [row] = await place.ask<{ count: number }>('select count(*)::int as count from notify.hand_overs');
    return row?.count ?? 0;
  };
  while ((await count()) > 0 && Date.now() < end) await pause(200);

  const byMessage = Map.groupBy(provider.taken, ({ message }) => message);
  assert.deepEqual(
    [...accepted].filter((message) => !byMessage.has(message)),
    [],
    'every accepted message was handed over',
  );
  assert.equal(byMessage.size, messages, 'nothing else was');
  const twice = [...byMessage.values()].filter((each) => each.length > 1);
  for (const each of twice) {
    assert.equal(new Set(each.map(({ name }) => name)).size, 1, 'a second copy bears the same name');
  }
  // At each kill: ten that gather, and ten that are being recorded (recorder.ts).
  assert.ok(twice.length <= kills * 20, `${twice.length} copies after ${kills} kills`);
  const [recorded] = await place.ask<{ count: number }>(
    `select count(*)::int as count from notify.messages where status = 'sending' and handed_over_at is not null and channel = $1`,
    [channel],
  );
  assert.equal(recorded?.count, messages);
  t.diagnostic(
    `${messages} messages by ${channel}, ${kills} kills with -9: none lost, ${twice.length} handed over twice, each under its own name`,
  );
  await program.end('SIGTERM');
}

/** Makes a template and a key of a service, for which there is no limit to speak of. */
export async function prepareSending(
  place: Place,
  channel: 'email' | 'sms',
): Promise<{ bearer: () => Promise<string>; templateId: string }> {
  const running = findRunningPostgres(place.folder);
  assert.ok(running);
  const [service] = await place.ask<{ organisation_id: string; id: string }>(
    `select organisation_id, id from organisations.services where slug = 'fishing-licence'`,
  );
  assert.ok(service);
  await place.ask(
    `insert into notify.service_settings (organisation_id, service_id, requests_per_minute) values ($1, $2, 1000000)
     on conflict (organisation_id, service_id) do update set requests_per_minute = excluded.requests_per_minute`,
    [service.organisation_id, service.id],
  );
  const scope: Scope = { organisationId: service.organisation_id, actor: { kind: 'system', name: 'trial' } };
  const database = openDatabase({ url: running.databaseUrl, connections: 1, onIdleError: () => {} });
  const { key, template } = await database.transact(scope, async (tx) => ({
    key: await createApiKey(tx, createKeyring([trialKey]), {
      serviceId: service.id,
      name: `trial ${channel}`,
      kind: 'live',
      createdBy: 'trial',
    }),
    template: await createTemplate(tx, {
      serviceId: service.id,
      name: `trial ${channel}`,
      type: channel,
      subject: channel === 'email' ? 'Trial' : '',
      body: 'message ((number))',
    }),
  }));
  await database.close();
  return {
    templateId: template.id,
    async bearer() {
      const token = await new SignJWT({ iss: service.id })
        .setProtectedHeader({ alg: 'HS256' })
        .setIssuedAt()
        .sign(new TextEncoder().encode(key.slice(-36)));
      return `Bearer ${token}`;
    },
  };
}

/** Makes what a trial sends with, and returns what sends the message of a number; it tries until the program says yes. */
async function prepare(place: Place, channel: 'email' | 'sms'): Promise<(number: number) => Promise<void>> {
  const { bearer, templateId } = await prepareSending(place, channel);
  return async (number) => {
    for (;;) {
      const to =
        channel === 'email' ? { email_address: `person-${number}@example.com` } : { phone_number: '07700900123' };
      const answer = await fetch(`${place.address}/notify/v2/notifications/${channel}`, {
        method: 'POST',
        headers: {
          authorization: await bearer(),
          'content-type': 'application/json',
          'idempotency-key': `message ${number}`,
        },
        body: JSON.stringify({ ...to, template_id: templateId, personalisation: { number: String(number) } }),
        signal: AbortSignal.timeout(10_000),
      }).catch(() => null);
      if (answer?.status === 201) {
        await answer.text();
        return;
      }
      assert.ok(answer === null || answer.status >= 429, `${answer?.status}: ${await answer?.text()}`);
      await pause(100);
    }
  };
}

function portOf(listener: TcpServer): number {
  const address = listener.address();
  assert.ok(typeof address === 'object' && address !== null);
  return address.port;
}
