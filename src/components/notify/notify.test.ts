import assert from 'node:assert/strict';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { suite, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { simpleParser, type ParsedMail } from 'mailparser';
import { SMTPServer } from 'smtp-server';
import { createRenderer, designPart } from '#design';
import { createNotifyPart, createTemplate, sendEmail, type Email } from '#notify';
import { createFrames, createOrganisation, createService, newOrganisationId } from '#organisations';
import {
  createCalendar,
  createKeyring,
  createLog,
  createMetrics,
  createServer,
  createWebhooks,
  newId,
  Problem,
  readSettings,
  startJobs,
  type Database,
  type Grant,
  type JobContext,
  type Part,
  type Scope,
  type Server,
} from '#platform';
import { createTestDatabase } from '../../../testing/database.ts';
import { asOwner } from '../../../testing/server.ts';
import { findMessageTokens, readMessageToken } from './hand-over/tokens.ts';

const { database, url: databaseUrl, ownerUrl } = await createTestDatabase();
const settings = readSettings({
  ENCRYPTION_KEYS: Buffer.alloc(32, 1).toString('base64'),
  LOG_LEVEL: 'silent',
  EMAIL_FROM: 'no-reply@government.example',
  GOVERNMENT_NAME: 'Government of Anywhere',
});
const keyring = createKeyring(settings.encryptionKeys);
const log = createLog('silent');
const calendar = createCalendar(settings.timeZone);
const trade = await takeOn('trade', null);
const health = await takeOn('health', trade.organisationId);

const received = {
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

suite('handing over', () => {
  test('a committed message is delivered once, with the right text, however often its job is repeated', async () => {
    await using mail = await startMailServer();
    const part = notifyWith(mail.url);
    const { messageId } = await send(trade, received);
    await runQueue(part, async () => {
      await until(async () => (await statusOf(trade, messageId)) === 'sending');
    });
    await runHandOver(part, trade, messageId);
    await runHandOver(part, trade, messageId);
    assert.equal(mail.taken.length, 1);
    const [email] = mail.taken;
    assert.equal(email?.subject, 'We have received your application: 7KQ4-MXDN-H9');
    assert.match(email.text ?? '', /We have received what you sent to “Trade licences”\./);
    assert.match(String(email.html), /<p [^>]*>Your reference is 7KQ4-MXDN-H9\. Quote it if you contact us\.<\/p>/);
    assert.match(email.text ?? '', /contact us: trade@government\.example/);
    assert.deepEqual(email.to && 'value' in email.to && email.to.value.map((to) => to.address), ['ada@example.com']);
    assert.equal(email.from?.text, '"Licences of trade" <no-reply@government.example>');
    assert.deepEqual(named(email), { organisationId: trade.organisationId, messageId });
    assert.equal(email.headers.get('auto-submitted'), 'auto-generated');
  });

  test('what is rolled back is not sent', async () => {
    await using mail = await startMailServer();
    await assert.rejects(
      database.transact(trade.scope, async (tx) => {
        await sendEmail(tx, keyring, { serviceId: trade.serviceId, ...received });
        throw new Error('changed my mind');
      }),
      /changed my mind/,
    );
    await runQueue(notifyWith(mail.url), () => pause(300));
    assert.equal(mail.taken.length, 0);
  });

  test('with the mail server down a message waits and says why, and is delivered when it is back', async () => {
    const port = await freePort();
    const part = notifyWith(`smtp://127.0.0.1:${port}`);
    const { messageId } = await send(trade, received);
    await runQueue(part, async () => {
      await until(async () => (await shownMessage(part, trade, messageId)).includes('could not be reached'));
      assert.equal(await statusOf(trade, messageId), 'created');
      await using mail = await startMailServer({ port });
      await until(async () => (await statusOf(trade, messageId)) === 'sending');
      assert.equal(mail.taken.length, 1);
      assert.deepEqual(named(mail.taken[0]), { organisationId: trade.organisationId, messageId });
    });
  });

  test('a message that the mail server asks to send later is sent later', async () => {
    await using mail = await startMailServer({ answers: [451] });
    const part = notifyWith(mail.url);
    const { messageId } = await send(trade, received);
    await runHandOver(part, trade, messageId);
    assert.match(await shownMessage(part, trade, messageId), /did not take the message yet \(it answered 451\)/);
    assert.equal(await statusOf(trade, messageId), 'created');
    await runHandOver(part, trade, messageId);
    assert.equal(await statusOf(trade, messageId), 'sending');
    assert.equal(mail.taken.length, 1);
  });

  test('a recipient that the mail server refuses is kept as failed and shown, and not tried again', async () => {
    await using mail = await startMailServer({ answers: [550] });
    const part = notifyWith(mail.url);
    const { messageId } = await send(trade, { ...received, to: 'gone@example.com', reference: 'FAILS-1' });
    await runHandOver(part, trade, messageId);
    assert.equal(await statusOf(trade, messageId), 'permanent-failure');
    const page = await shownMessage(part, trade, messageId);
    assert.match(page, /<strong class="govuk-tag govuk-tag--red">\s*Failed\s*<\/strong>/);
    assert.match(page, /The mail server refused the message for good \(it answered 550\)/);
    const failed = await get(part, trade, `${messagesOf(trade)}?show=failed`);
    assert.match(failed, /FAILS-1/);
    assert.doesNotMatch(failed, /7KQ4-MXDN-H9/);
  });

  test('a message that was tried for the last time is shown as failed, stays in the queue, and is sent when it is begun anew', async () => {
    await using mail = await startMailServer({ answers: [451] });
    const part = notifyWith(mail.url);
    const { messageId } = await send(trade, received);
    await letTriesPass(messageId);
    await runHandOver(part, trade, messageId);
    assert.equal(await statusOf(trade, messageId), 'technical-failure');
    await runHandOver(part, trade, messageId);
    assert.equal(await statusOf(trade, messageId), 'sending');
    assert.equal(mail.taken.length, 1);
  });

  test('only dying between acceptance and record sends a second copy, with the same Message-ID', async () => {
    await using mail = await startMailServer();
    const { messageId } = await send(trade, received);
    // The database goes away for good once the server has the message: the record of it cannot be made.
    const dying = { ...database, transact: failing((transacted) => transacted > 0 && mail.taken.length > 0) };
    await assert.rejects(runHandOver(notifyWith(mail.url, dying), trade, messageId), /the database is away/);
    assert.equal(mail.taken.length, 1);
    await runQueue(notifyWith(mail.url), () => until(async () => (await statusOf(trade, messageId)) === 'sending'));
    await runHandOver(notifyWith(mail.url), trade, messageId);
    assert.equal(mail.taken.length, 2);
    assert.equal(new Set(mail.taken.map((email) => email.messageId)).size, 1);
  });

  test('a database that is away for a moment does not make a message be sent twice', async () => {
    await using mail = await startMailServer();
    const { messageId } = await send(trade, received);
    let failures = 0;
    const faltering = {
      ...database,
      transact: failing(() => mail.taken.length > 0 && (failures += 1) <= 2),
    };
    await runHandOver(notifyWith(mail.url, faltering), trade, messageId);
    assert.equal(await statusOf(trade, messageId), 'sending');
    assert.equal(mail.taken.length, 1);
  });

  test('without a mail server a message is kept, and the outbox shows it to the staff of the service', async () => {
    const part = notifyWith(undefined);
    const { messageId } = await send(trade, { ...received, reference: 'KEPT-0001' });
    await runHandOver(part, trade, messageId);
    assert.equal(await statusOf(trade, messageId), 'kept');
    const list = await get(part, trade, messagesOf(trade));
    assert.match(list, /KEPT-0001/);
    assert.match(list, /Kept here/);
    assert.doesNotMatch(list, /ada@example\.com/);
    const page = await shownMessage(part, trade, messageId);
    assert.match(page, /ada@example\.com/);
    assert.match(page, /We have received what you sent to &quot;Trade licences&quot;/);
    assert.match(page, /No provider is set for it, so it was not sent/);
  });
});

suite('confidential messages', () => {
  const code = {
    template: 'sign-in code',
    to: 'maya@government.example',
    personalisation: { name: 'Maya Lindqvist', code: '428913' },
    reference: 'CODE-7777',
    confidential: true,
  };

  test('a code reaches its recipient, stands on no page, and is erased once the mail server has it', async () => {
    await using mail = await startMailServer();
    const part = notifyWith(mail.url);
    const { messageId } = await send(trade, code);
    for (const when of ['before', 'after']) {
      const pages = [
        await get(part, trade, messagesOf(trade)),
        await get(part, trade, `${messagesOf(trade)}?reference=CODE-7777`),
        await get(part, trade, `${messagesOf(trade)}/${messageId}`, 404),
      ];
      for (const page of pages) assert.doesNotMatch(page, /428913|href="[^"]*CODE-7777|sign-in code/, when);
      assert.doesNotMatch(JSON.stringify(await gather(part, trade, code.to)), /428913/);
      if (when === 'before') await runHandOver(part, trade, messageId);
    }
    assert.match(mail.taken[0]?.text ?? '', /428913/);
    assert.deepEqual(await sealedOf(trade, messageId), { content: null, recipient: null, fingerprint: null });
    assert.equal(await statusOf(trade, messageId), 'sending');
  });

  test('without a mail server a code is dropped at once, and nothing of it is kept', async () => {
    const { messageId } = await send(trade, code);
    await runHandOver(notifyWith(undefined), trade, messageId);
    assert.equal(await statusOf(trade, messageId), 'dropped');
    assert.deepEqual(await sealedOf(trade, messageId), { content: null, recipient: null, fingerprint: null });
  });

  test('a code that could not be delivered is erased too, and leaves no failed job', async () => {
    await using mail = await startMailServer({ answers: [451] });
    const { messageId } = await send(trade, code);
    await letTriesPass(messageId);
    await runHandOver(notifyWith(mail.url), trade, messageId);
    assert.equal(await statusOf(trade, messageId), 'technical-failure');
    assert.deepEqual(await sealedOf(trade, messageId), { content: null, recipient: null, fingerprint: null });
  });
});

suite('what cannot be sent', () => {
  test('an address that is none, or more than one, is refused', async () => {
    const wrong = [
      '',
      'ada',
      'ada@example.com\r\nBcc: eve@example.com',
      'ada@example.com\neve@example.com',
      'ada@example.com, eve@example.com',
      'ada@example.com;eve@example.com',
      'Ada <ada@example.com>',
      '"ada\\"@example.com',
      'ada@exam\u0000ple.com',
      'ada@example.com\u2028x',
      `${'a'.repeat(320)}@example.com`,
    ];
    for (const to of wrong) {
      await assert.rejects(send(trade, { ...received, to }), (error: unknown) => {
        assert.ok(error instanceof Problem, JSON.stringify(to));
        assert.equal(error.status, 422);
        assert.doesNotMatch(error.message, /ada|eve/);
        return true;
      });
    }
  });

  test('a line break that would get into the subject is refused, and one in the text is not', async () => {
    const { personalisation } = received;
    for (const reference of ['7KQ4\r\nBcc: eve@example.com', '7KQ4\nBcc: eve@example.com', '7KQ4\u0000']) {
      await assert.rejects(
        send(trade, { ...received, personalisation: { ...personalisation, reference } }),
        /The subject of an email must be one line/,
      );
    }
    await using mail = await startMailServer();
    const { messageId } = await send(trade, {
      ...received,
      personalisation: { ...personalisation, contact: 'one\r\n.\r\nBcc: eve@example.com' },
    });
    await runHandOver(notifyWith(mail.url), trade, messageId);
    assert.deepEqual(mail.recipients, ['ada@example.com']);
    assert.match(mail.taken[0]?.text ?? '', /one\n\.\nBcc: eve@example\.com/);
    assert.equal(mail.taken[0]?.bcc, undefined);
  });

  test('a template that there is not, and personalisation that is missing, are named', async () => {
    await assert.rejects(send(trade, { ...received, template: 'no such' }), /Template not found/);
    await assert.rejects(
      send(trade, { ...received, personalisation: { service: 'x' } }),
      /Missing personalisation: reference, contact, department/,
    );
  });
});

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

suite('the outbox', () => {
  test("another organisation's message, and another service's, are not found", async () => {
    const part = notifyWith(undefined);
    const { messageId } = await send(trade, { ...received, reference: 'THEIRS-99' });
    await get(part, health, `${messagesOf(health)}/${messageId}`, 404);
    // Even with the right service in the address, the transaction sees only its own organisation.
    await get(part, health, `${messagesOf(trade)}/${messageId}`, 404);
    assert.match(await get(part, health, `${messagesOf(health)}?reference=THEIRS-99`), /No messages found/);
    const serviceId = await database.transact(trade.scope, (tx) => createService(tx, serviceValues('trade-2')));
    await get(part, trade, `${messagesOf({ ...trade, serviceId })}/${messageId}`, 404);
    assert.match(await get(part, trade, messagesOf({ ...trade, serviceId })), /No messages yet/);
  });

  test('a message is found by its reference, with or without hyphens and in any case', async () => {
    const part = notifyWith(undefined);
    await send(trade, { ...received, reference: '9XYZ-4TTP-R3' });
    for (const typed of ['9XYZ-4TTP-R3', '9xyz4ttpr3', ' 9xyz 4ttp r3 ']) {
      const page = await get(part, trade, `${messagesOf(trade)}?reference=${encodeURIComponent(typed)}`);
      assert.equal(page.match(/commonhold-work-list__row/g)?.length, 1, typed);
    }
  });

  test('pages lead through every message once, there and back', async () => {
    const part = notifyWith(undefined);
    const serviceId = await database.transact(trade.scope, (tx) => createService(tx, serviceValues('many')));
    const department = { ...trade, serviceId };
    for (let number = 1; number <= 60; number += 1) await send(department, { ...received, reference: `N-${number}` });
    const seen: (string | undefined)[] = [];
    let path: string | undefined = messagesOf(department);
    let last = '';
    let pages = 0;
    for (; path !== undefined; path = linkOn(last, 'next'), pages += 1) {
      last = await get(part, department, path);
      seen.push(...referencesOn(last));
    }
    assert.deepEqual(
      seen,
      Array.from({ length: 60 }, (_, index) => `N-${60 - index}`),
    );
    assert.equal(pages, 3);
    let back = last;
    for (path = linkOn(last, 'prev'); path !== undefined; path = linkOn(back, 'prev')) {
      back = await get(part, department, path);
    }
    assert.equal(referencesOn(back)[0], 'N-60');
  });

  test('a text with markup is shown as text', async () => {
    const part = notifyWith(undefined);
    const contact = '<script>alert(1)</script>';
    const { messageId } = await send(trade, { ...received, personalisation: { ...received.personalisation, contact } });
    const page = await shownMessage(part, trade, messageId);
    assert.doesNotMatch(page, /<script>alert/);
    assert.match(page, /&lt;script&gt;alert\(1\)/);
  });

  test('what is no message is a clear page, not a failure', async () => {
    const part = notifyWith(undefined);
    await get(part, trade, `${messagesOf(trade)}/${newId()}`, 404);
    await get(part, trade, `${messagesOf(trade)}/nonsense`, 404);
    await get(part, trade, `${messagesOf(trade)}?before=nonsense`, 400);
    await get(part, trade, `${messagesOf(trade)}?reference=${encodeURIComponent("' or 1=1 --")}`);
  });
});

suite('personal data', () => {
  test('a person is given the messages that were sent to their address, in whatever case it is written', async () => {
    const part = notifyWith(undefined);
    await send(health, {
      ...received,
      template: 'application approved',
      to: 'Subject@Example.com',
      personalisation: { ...received.personalisation, reason: '' },
    });
    await send(health, { ...received, to: 'other@example.com' });
    const found = await gather(part, health, 'subject@example.com');
    assert.equal(found.length, 1);
    assert.deepEqual(
      { to: found[0]?.['to'], subject: found[0]?.['subject'], service: found[0]?.['service'] },
      {
        to: 'Subject@Example.com',
        subject: 'Your application was approved: 7KQ4-MXDN-H9',
        service: 'Licences of health',
      },
    );
    assert.doesNotMatch(String(found[0]?.['text']), /\n{3}/, 'a reason that is not given leaves no gap');
    assert.deepEqual(await gather(part, trade, 'subject@example.com'), []);
  });

  test('what is erased is gone for good, and what still waited is not sent', async () => {
    await using mail = await startMailServer();
    const part = notifyWith(mail.url);
    const erase = (references: string[]) =>
      database.transact(trade.scope, async (tx) => part.personalData?.erase(tx, trade.serviceId, references));
    const { messageId } = await send(trade, { ...received, to: 'erased@example.com', reference: 'ERAS-EME1-11' });
    const kept = await send(trade, { ...received, reference: 'STAY-STAY-11' });
    assert.equal(await erase(['ERAS-EME1-11', 'none']), 1);
    assert.equal(await erase(['ERAS-EME1-11']), 0);
    await runHandOver(part, trade, messageId);
    assert.equal(mail.taken.length, 0);
    assert.deepEqual(await sealedOf(trade, messageId), { content: null, recipient: null, fingerprint: null });
    assert.match(await shownMessage(part, trade, messageId), /Its text was erased before it could be sent/);
    assert.deepEqual(await gather(part, trade, 'erased@example.com'), []);
    assert.match(await shownMessage(part, trade, kept.messageId), /ada@example\.com/);
  });

  test('a message without a reference is erased after the retention period of its service', async () => {
    const part = notifyWith(undefined);
    const old = await send(health, { ...received, reference: null });
    const young = await send(health, { ...received, reference: null });
    await database.transact(health.scope, (tx) =>
      tx
        .tables<{ messages: { id: string; created_at: string } }>('notify')
        .updateTable('messages')
        .set({ created_at: new Date(Date.now() - 31 * 86_400_000).toISOString() })
        .where('id', '=', old.messageId)
        .execute(),
    );
    const job = part.jobs?.find(({ name }) => name === 'notify.erase-old-messages');
    await job?.run({}, contextOf(health));
    assert.equal((await sealedOf(health, old.messageId)).content, null);
    assert.notEqual((await sealedOf(health, young.messageId)).content, null);
  });

  test('nothing readable of a message lies in the database', async () => {
    const { messageId } = await send(trade, { ...received, to: 'plain@example.com' });
    const text = await database.transact(trade.scope, async (tx) =>
      JSON.stringify(
        await tx
          .tables<{ messages: Record<string, unknown> & { id: string } }>('notify')
          .selectFrom('messages')
          .selectAll()
          .where('id', '=', messageId)
          .execute(),
        (_key, value: unknown) => (isBufferJson(value) ? Buffer.from(value.data).toString('latin1') : value),
      ),
    );
    assert.doesNotMatch(text, /plain@example|Trade licences|trade@government/);
  });
});

interface Department {
  readonly organisationId: string;
  readonly serviceId: string;
  readonly scope: Scope;
}

async function takeOn(slug: string, parentId: string | null): Promise<Department> {
  const organisationId = newOrganisationId();
  const scope: Scope = { organisationId, actor: { kind: 'system', name: 'test' } };
  return database.transact(scope, async (tx) => {
    const kind = parentId === null ? 'government' : 'department';
    await createOrganisation(tx, { parentId, slug, name: slug, kind });
    return { organisationId, scope, serviceId: await createService(tx, serviceValues(slug)) };
  });
}

function serviceValues(slug: string) {
  return {
    slug: `${slug}-licences`,
    name: `Licences of ${slug}`,
    summary: 'Apply for a licence.',
    phase: 'live',
    audience: 'public',
    opensOn: null,
    closesOn: null,
    contact: 'licences@example.gov',
    retentionDays: 30,
  } as const;
}

async function send(department: Department, email: Omit<Email, 'serviceId'>): Promise<{ messageId: string }> {
  return database.transact(department.scope, (tx) =>
    sendEmail(tx, keyring, { serviceId: department.serviceId, ...email }),
  );
}

/** Transactions of which those fail for which `fails` says so. */
function failing(fails: (transacted: number) => boolean): Database['transact'] {
  let transacted = 0;
  return (scope, work) => {
    if (fails(transacted)) return Promise.reject(new Error('the database is away'));
    transacted += 1;
    return database.transact(scope, work);
  };
}

/** As if a message had been tried as often as it may be, but for once. */
async function letTriesPass(messageId: string): Promise<void> {
  await asOwner(ownerUrl, `update notify.hand_overs set tries = most_tries - 1 where message_id = '${messageId}'`);
}

/** Which message an e-mail is, by its Message-ID. */
function named(email: ParsedMail | undefined): ReturnType<typeof readMessageToken> {
  const [token = ''] = findMessageTokens(email?.messageId ?? '');
  return readMessageToken(keyring, token);
}

/** The part with this mail server, or with none. */
function notifyWith(smtpUrl: string | undefined, over: Database = database): Part {
  return createNotifyPart({
    database: over,
    keyring,
    settings: { ...settings, smtpUrl },
    calendar,
    frames: createFrames([], []),
    webhooks: createWebhooks(keyring, settings),
  });
}

function contextOf(department: Department, changed: Partial<JobContext> = {}): JobContext {
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
async function runHandOver(
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
async function runQueue(part: Part, work: () => Promise<void>): Promise<void> {
  const jobs = await startJobs({ database, databaseUrl, jobs: part.jobs ?? [], concurrency: 4, log });
  const beside = await Promise.all((part.background ?? []).map((begin) => begin(log)));
  try {
    await work();
  } finally {
    await Promise.all(beside.map((each) => each.stop()));
    await jobs.stop();
  }
}

async function until(isDone: () => Promise<boolean>): Promise<void> {
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

async function statusOf(department: Department, messageId: string): Promise<string> {
  return (await rowOf(department, messageId)).status;
}

async function sealedOf(department: Department, messageId: string) {
  const row = await rowOf(department, messageId);
  return { content: row.sealed_content, recipient: row.sealed_recipient, fingerprint: row.recipient_fingerprint };
}

async function gather(part: Part, department: Department, email: string) {
  return database.transact(department.scope, async (tx) => (await part.personalData?.gather(tx, email)) ?? []);
}

function messagesOf(department: Department): string {
  return `/staff/organisations/${department.organisationId}/services/${department.serviceId}/messages`;
}

function referencesOn(page: string): (string | undefined)[] {
  return [...page.matchAll(/>(N-\d+)</g)].map(([, reference]) => reference);
}

function linkOn(page: string, rel: 'next' | 'prev'): string | undefined {
  return new RegExp(`href="([^"]*)" rel="${rel}"`).exec(page)?.[1]?.replaceAll('&amp;', '&');
}

async function shownMessage(part: Part, department: Department, messageId: string): Promise<string> {
  return get(part, department, `${messagesOf(department)}/${messageId}`);
}

const servers = new Map<Part, Promise<Server>>();
let admitted: Grant;

/** A page as a service manager of the department sees it. */
async function get(part: Part, department: Department, path: string, status = 200): Promise<string> {
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
async function startMailServer(options: { port?: number; answers?: number[] } = {}): Promise<TestMailServer> {
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

async function freePort(): Promise<number> {
  await using server = await startMailServer();
  return Number(new URL(server.url).port);
}

function isBufferJson(value: unknown): value is { data: number[] } {
  return typeof value === 'object' && value !== null && 'type' in value && value.type === 'Buffer';
}
