import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import pg from 'pg';
import { createTemplate } from '#notify';
import { createApiKey, createOrganisation, createService, newOrganisationId, revokeApiKey } from '#organisations';
import { createKeyring, newId, type Database, type Scope } from '#platform';
import { createTestDatabase } from '../../../testing/database.ts';
import { serviceValues } from '../../../testing/departments.ts';
import { createIntake, type Arrival, type KeyKind, type MessageRow } from './intake.ts';
import { createKnownServices } from './known-services.ts';
import { sealMessage } from './messages.ts';
import { changeSendingSettings } from './sending-settings.ts';

const { database, ownerUrl } = await createTestDatabase();
const owner = new pg.Client({ connectionString: ownerUrl });
await owner.connect();
after(() => owner.end());
const keyring = createKeyring([Buffer.alloc(32, 1).toString('base64')]);
const known = createKnownServices(database);
const organisationId = newOrganisationId();
const scope: Scope = { organisationId, actor: { kind: 'system', name: 'test' } };
await database.transact(scope, (tx) =>
  createOrganisation(tx, { parentId: null, slug: 'trade', name: 'Trade', kind: 'government' }),
);

test('a message whose answer was lost with the connection is accepted all the same, and kept once', async () => {
  const sender = await takeOn('lost-answer');
  let lost = 0;
  const losing: Database = {
    ...database,
    async find<Row extends object>(text: string, values: readonly unknown[]) {
      const rows = await database.find<Row>(text, values);
      lost += 1;
      if (lost === 1) throw new Error('Connection terminated unexpectedly');
      return rows;
    },
  };
  const intake = createIntake(losing);
  const outcomes = await Promise.all([sender.send(intake), sender.send(intake), sender.send(intake)]);
  assert.deepEqual(outcomes, ['accepted', 'accepted', 'accepted']);
  assert.equal(await sender.count(), 3);
  assert.equal(await sender.countWaiting(), 3);
});

test('a message that the database refuses fails alone, and those that came with it are kept', async () => {
  const sender = await takeOn('bad-message');
  const intake = createIntake(database);
  const answers = await Promise.allSettled([
    sender.send(intake),
    sender.send(intake, { row: { template: 'holds \0 that PostgreSQL does not' } }),
    sender.send(intake),
  ]);
  assert.deepEqual(
    answers.map(({ status }) => status),
    ['fulfilled', 'rejected', 'fulfilled'],
  );
  assert.equal(await sender.count(), 2);
  assert.equal(await sender.countWaiting(), 2);
});

test('of what comes together each is refused for its own reason, and the rest is kept', async () => {
  const sender = await takeOn('many-reasons');
  await sender.change({ perDay: { email: 3, sms: 5, letter: 5 } });
  const before = await known.get(scope, sender.serviceId);
  const other = await sender.makeKey('live');
  await database.transact(scope, (tx) =>
    revokeApiKey(tx, { serviceId: sender.serviceId, keyId: other, revokedBy: 'test' }),
  );
  const intake = createIntake(database);
  assert.deepEqual(
    await Promise.all([
      sender.send(intake),
      sender.send(intake, { keyId: other }),
      sender.send(intake, { service: { ...before, revision: before.revision - 1 } }),
      sender.send(intake, { row: { idempotency_key: 'once', request_signature: 'x' } }),
      sender.send(intake, { row: { idempotency_key: 'once', request_signature: 'x' } }),
      sender.send(intake, { failed: true, row: null }),
      sender.send(intake),
      sender.send(intake, { row: null, channel: 'sms' }),
      sender.send(intake, { keyKind: 'test' }),
    ]),
    ['accepted', 'revoked', 'stale', 'accepted', 'repeated', 'accepted', 'too many', 'accepted', 'accepted'],
  );
  assert.equal(await sender.count(), 3);
  assert.equal(await sender.countWaiting(), 3);
});

test('a service that asks too fast is stopped at the size of its bucket, and another in the same moment is not', async () => {
  const [fast, slow] = [await takeOn('fast'), await takeOn('slow')];
  await fast.change({ requestsPerMinute: 6 });
  const intake = createIntake(database);
  const outcomes = await Promise.all([
    ...Array.from({ length: 5 }, () => fast.send(intake)),
    ...Array.from({ length: 5 }, () => slow.send(intake)),
  ]);
  assert.deepEqual(outcomes.slice(0, 5), ['accepted', 'accepted', 'accepted', 'too fast', 'too fast']);
  assert.deepEqual(new Set(outcomes.slice(5)), new Set(['accepted']));
  // What was refused counts against the day of nobody.
  assert.equal(await ask('select used as n from notify.days_of_sending where service_id = $1', fast.serviceId), 3);
});

test('a day that is over begins anew with the next message', async () => {
  const sender = await takeOn('next-day');
  await sender.change({ perDay: { email: 1, sms: 1, letter: 1 } });
  const intake = createIntake(database);
  assert.deepEqual([await sender.send(intake), await sender.send(intake)], ['accepted', 'too many']);
  await owner.query(
    `update notify.days_of_sending set began_at = began_at - interval '24 hours' where service_id = $1`,
    [sender.serviceId],
  );
  assert.deepEqual([await sender.send(intake), await sender.send(intake)], ['accepted', 'too many']);
});

test('the hand-over of a message goes with it', async () => {
  const sender = await takeOn('removed');
  await sender.send(createIntake(database));
  assert.equal(await sender.countWaiting(), 1);
  const before = await ask(
    'select count(*)::int as n from notify.hand_overs where organisation_id = $1',
    organisationId,
  );
  await owner.query('delete from notify.messages where service_id = $1', [sender.serviceId]);
  const now = await ask('select count(*)::int as n from notify.hand_overs where organisation_id = $1', organisationId);
  assert.equal(now, (before ?? 0) - 1);
});

async function ask(text: string, id: string): Promise<number | undefined> {
  return (await owner.query<{ n: number }>(text, [id])).rows[0]?.n;
}

/** A service with a key, and how it sends. */
async function takeOn(slug: string) {
  const { serviceId, templateId } = await database.transact(scope, async (tx) => {
    const id = await createService(tx, serviceValues(slug));
    const template = await createTemplate(tx, { serviceId: id, name: 'Renewed', subject: 'S', body: 'B' });
    return { serviceId: id, templateId: template.id };
  });
  const makeKey = async (kind: KeyKind): Promise<string> => {
    const name = `${kind} ${newId()}`;
    await database.transact(scope, (tx) => createApiKey(tx, keyring, { serviceId, name, kind, createdBy: 'test' }));
    const { rows } = await owner.query<{ id: string }>('select id from organisations.api_keys where name = $1', [name]);
    assert.ok(rows[0]);
    return rows[0].id;
  };
  const keyId = await makeKey('live');
  function rowOf(change: Partial<MessageRow>): MessageRow {
    const id = newId();
    const content = { subject: 'S', body: 'B' };
    return {
      id,
      service_id: serviceId,
      channel: 'email',
      template: 'Renewed',
      template_id: templateId,
      template_version: 1,
      ...sealMessage(keyring, { organisationId, id, to: 'ada@citizens.example', content }),
      recipient_fingerprint: Buffer.alloc(32, 1),
      client_reference: null,
      key_kind: 'live',
      key_id: keyId,
      fragments: null,
      sender: null,
      postage: null,
      status: 'created',
      scheduled_for: null,
      idempotency_key: null,
      request_signature: null,
      batch_id: null,
      batch_row: null,
      ...change,
    };
  }

  return {
    serviceId,
    makeKey,
    count: () => ask('select count(*)::int as n from notify.messages where service_id = $1', serviceId),
    countWaiting: () =>
      ask(
        `select count(*)::int as n from notify.hand_overs h
           join notify.messages m on m.organisation_id = h.organisation_id and m.id = h.message_id
          where m.service_id = $1`,
        serviceId,
      ),
    async change(settings: Parameters<typeof changeSendingSettings>[2]): Promise<void> {
      await database.transact(scope, (tx) => changeSendingSettings(tx, serviceId, settings));
      known.forget(serviceId);
    },
    async send(
      intake: ReturnType<typeof createIntake>,
      change: Partial<Omit<Arrival, 'row'>> & { row?: Partial<MessageRow> | null } = {},
    ) {
      const service = await known.get(scope, serviceId);
      const { row, ...rest } = change;
      const { keyId: madeWith = keyId, keyKind = 'live' } = rest;
      return intake.take(scope, {
        service,
        keyId,
        keyKind,
        channel: 'email',
        failed: false,
        row: row === null ? null : rowOf({ key_id: madeWith, key_kind: keyKind, ...row }),
        ...rest,
      });
    },
  };
}
