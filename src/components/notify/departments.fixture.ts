import assert from 'node:assert/strict';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { setTimeout as pause } from 'node:timers/promises';
import { simpleParser, type ParsedMail } from 'mailparser';
import { SMTPServer } from 'smtp-server';
import { createRenderer, designPart } from '#design';
import { createNotifyPart, sendEmail, type Email } from '#notify';
import { createFrames } from '#organisations';
import {
  createCalendar,
  createKeyring,
  createLog,
  createMetrics,
  createServer,
  createWebhooks,
  newId,
  readSettings,
  startJobs,
  type Database,
  type Grant,
  type JobContext,
  type Part,
  type Server,
} from '#platform';
import { createTestDatabase } from '../../../testing/database.ts';
import { takeOn, type Department } from '../../../testing/departments.ts';
import { asOwner } from '../../../testing/server.ts';
import { findMessageTokens, readMessageToken } from './hand-over/tokens.ts';

// What tests of messages share: two departments in a database of their own, and what is done with their messages.
export const { database, url: databaseUrl, ownerUrl } = await createTestDatabase();
const settings = readSettings({
  ENCRYPTION_KEYS: Buffer.alloc(32, 1).toString('base64'),
  LOG_LEVEL: 'silent',
  EMAIL_FROM: 'no-reply@government.example',
  GOVERNMENT_NAME: 'Government of Anywhere',
});
export const keyring = createKeyring(settings.encryptionKeys);
const log = createLog('silent');
const calendar = createCalendar(settings.timeZone);
export const trade = await takeOn(database, 'trade', null);
export const health = await takeOn(database, 'health', trade.organisationId);

export const received = {
  template: 'application-received',
  to: 'ada@example.com',
  personalisation: {
    service: 'Trade licences',
    reference: '7KQ4-MXDN-H9',
    department: 'Department of Trade',
    contact: 'trade@government.example',
  },
  reference: '7KQ4-MXDN-H9',
} as const;

export async function send(department: Department, email: Omit<Email, 'serviceId'>): Promise<{ messageId: string }> {
  return database.transact(department.scope, (tx) =>
    sendEmail(tx, keyring, { serviceId: department.serviceId, ...email }),
  );
}

/** Transactions of which those fail for which `fails` says so. */
export function failing(fails: (transacted: number) => boolean): Database['transact'] {
  let transacted = 0;
  return (scope, work) => {
    if (fails(transacted)) return Promise.reject(new Error('the database is away'));
    transacted += 1;
    return database.transact(scope, work);
  };
}

/** As if a message had been tried as often as it may be, but for once. */
export async function letTriesPass(messageId: string): Promise<void> {
  await asOwner(ownerUrl, `update notify.hand_overs set tries = most_tries - 1 where message_id = '${messageId}'`);
}

/** Which message an e-mail is, by its Message-ID. */
export function named(email: ParsedMail | undefined): ReturnType<typeof readMessageToken> {
  const [token = ''] = findMessageTokens(email?.messageId ?? '');
  return readMessageToken(keyring, token);
}

/** The part with this mail server, or with none. */
export function notifyWith(smtpUrl: string | undefined, over: Database = database): Part {
  return createNotifyPart({
    database: over,
    keyring,
    settings: { ...settings, smtpUrl },
    calendar,
    frames: createFrames([], []),
    webhooks: createWebhooks(keyring, settings),
  });
}

export function contextOf(department: Department, changed: Partial<JobContext> = {}): JobContext {
  return {
    database,
    log,
    organisationId: department.organisationId,
    scope: department.scope,
    attempt: 1,
    lastAttempt: false,
    ...changed,
  };
}

/** Runs the job of a message once, as the queue does. */
export async function runHandOver(
  part: Part,
  department: Department,
  messageId: string,
  changed: Partial<JobContext> = {},
): Promise<void> {
  const job = part.jobs?.find(({ name }) => name === 'notify.hand-over');
  assert.ok(job);
  await job.run({ messageId, organisationId: department.organisationId }, contextOf(department, changed));
}

/** Runs the real queue while `work` is done. */
export async function runQueue(part: Part, work: () => Promise<void>): Promise<void> {
  const jobs = await startJobs({ database, databaseUrl, jobs: part.jobs ?? [], concurrency: 4, log });
  const beside = await Promise.all((part.background ?? []).map((begin) => begin(log)));
  try {
    await work();
  } finally {
    await Promise.all(beside.map((each) => each.stop()));
    await jobs.stop();
  }
}

export async function until(isDone: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 20_000;
  while (!(await isDone())) {
    if (Date.now() > deadline) throw new Error('It did not come about within 20 seconds.');
    await pause(50);
  }
}

interface Row {
  id: string;
  status: string;
  sealed_content: Buffer | null;
  sealed_recipient: Buffer | null;
  recipient_fingerprint: Buffer | null;
}

async function rowOf(department: Department, messageId: string): Promise<Row> {
  return database.transact(department.scope, (tx) =>
    tx
      .tables<{ messages: Row }>('notify')
      .selectFrom('messages')
      .selectAll()
      .where('id', '=', messageId)
      .executeTakeFirstOrThrow(),
  );
}

export async function statusOf(department: Department, messageId: string): Promise<string> {
  return (await rowOf(department, messageId)).status;
}

export async function sealedOf(department: Department, messageId: string) {
  const row = await rowOf(department, messageId);
  return { content: row.sealed_content, recipient: row.sealed_recipient, fingerprint: row.recipient_fingerprint };
}

export async function gather(part: Part, department: Department, email: string) {
  return database.transact(department.scope, async (tx) => (await part.personalData?.gather(tx, email)) ?? []);
}

export function messagesOf(department: Department): string {
  return `/staff/organisations/${department.organisationId}/services/${department.serviceId}/messages`;
}

export function referencesOn(page: string): (string | undefined)[] {
  return [...page.matchAll(/>(N-\d+)</g)].map(([, reference]) => reference);
}

export function linkOn(page: string, rel: 'next' | 'prev'): string | undefined {
  return new RegExp(`href="([^"]*)" rel="${rel}"`).exec(page)?.[1]?.replaceAll('&amp;', '&');
}

export async function shownMessage(part: Part, department: Department, messageId: string): Promise<string> {
  return get(part, department, `${messagesOf(department)}/${messageId}`);
}

const servers = new Map<Part, Promise<Server>>();
let admitted: Grant;

/** A page as a service manager of the department sees it. */
export async function get(part: Part, department: Department, path: string, status = 200): Promise<string> {
  const server = servers.get(part) ?? createPageServer(part);
  servers.set(part, server);
  admitted = {
    person: { id: newId(), name: 'Maya Lindqvist', organisationId: department.organisationId },
    scope: department.scope,
    roles: ['service manager'],
  };
  const answer = await (await server).inject({ method: 'GET', url: path });
  assert.equal(answer.statusCode, status, answer.body);
  return answer.body;
}

/** A server of this part alone, whose gatekeeper lets everybody in as who the test says. */
async function createPageServer(part: Part): Promise<Server> {
  const server = await createServer({
    settings,
    keyring,
    log,
    metrics: createMetrics(() => Promise.resolve({ ready: 0, running: 0, failed: 0 })),
    renderer: createRenderer({
      look: { governmentName: settings.governmentName, colour: settings.governmentColour },
      views: {
        notify: join(part.folder, 'views'),
        organisations: join(import.meta.dirname, '../../organisations/views'),
      },
      timeZone: settings.timeZone,
    }),
    gatekeeper: { admit: () => Promise.resolve(admitted) },
    version: 'test',
  });
  designPart.routes?.(server);
  part.routes?.(server);
  await server.ready();
  return server;
}

interface TestMailServer extends AsyncDisposable {
  readonly url: string;
  /** What it took, in the order in which it came. */
  readonly taken: readonly ParsedMail[];
  /** The recipients of the envelopes that it took. */
  readonly recipients: readonly string[];
}

/**
 * A real SMTP server on this machine.
 *
 * @param options.answers codes with which the first recipients are refused, one after the other.
 */
export async function startMailServer(options: { port?: number; answers?: number[] } = {}): Promise<TestMailServer> {
  const taken: ParsedMail[] = [];
  const recipients: string[] = [];
  const answers = [...(options.answers ?? [])];
  const take = async (stream: Readable, answer: (error?: Error) => void): Promise<void> => {
    taken.push(await simpleParser(stream));
    answer();
  };
  const server = new SMTPServer({
    disabledCommands: ['AUTH', 'STARTTLS'],
    logger: false,
    closeTimeout: 100,
    onRcptTo({ address }, _session, callback) {
      const responseCode = answers.shift();
      if (responseCode === undefined) {
        recipients.push(address);
        callback();
        return;
      }
      callback(Object.assign(new Error(`<${address}> is not wanted`), { responseCode }));
    },
    onData(stream, _session, callback) {
      void take(stream, callback);
    },
  });
  const listener = server.listen(options.port ?? 0, '127.0.0.1');
  await once(listener, 'listening');
  const address = listener.address();
  assert.ok(address !== null && typeof address === 'object');
  return {
    url: `smtp://127.0.0.1:${address.port}`,
    taken,
    recipients,
    [Symbol.asyncDispose]: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

export async function freePort(): Promise<number> {
  await using server = await startMailServer();
  return Number(new URL(server.url).port);
}

export function isBufferJson(value: unknown): value is { data: number[] } {
  return typeof value === 'object' && value !== null && 'type' in value && value.type === 'Buffer';
}
