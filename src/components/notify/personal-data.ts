import { sql } from 'kysely';
import { listServices, listServicesAcross, type Service } from '#organisations';
import { fingerprintEmail, type Database, type Keyring, type PersonalDataHolder, type Tx } from '#platform';
import { notifyTables } from './database.ts';
import { openSealed, referenceKey } from './messages.ts';
import { readSendingSettings } from './sending-settings.ts';

/** Messages to a person, for subject access, and their erasure. */
export function createMessageHolder(keyring: Keyring): PersonalDataHolder {
  return {
    title: 'Messages that were sent to you',
    gather: (tx, email) => gatherMessages(tx, keyring, email),
    erase: eraseMessages,
  };
}

/** The messages to an address. A confidential one is a code that has not been handed over yet, and stays a secret. */
async function gatherMessages(tx: Tx, keyring: Keyring, email: string): Promise<Record<string, unknown>[]> {
  const rows = await notifyTables(tx)
    .selectFrom('messages')
    .selectAll()
    .where('organisation_id', '=', tx.organisationId)
    .where('recipient_fingerprint', '=', fingerprintEmail(keyring, email))
    .where('confidential', '=', false)
    .orderBy('id')
    .execute();
  if (rows.length === 0) return [];
  const services = new Map((await listServices(tx)).map((service) => [service.id, service.name]));
  return rows.map((row) => {
    const { to, content } = openSealed(keyring, row);
    return {
      reference: row.reference,
      service: row.service_id === null ? null : (services.get(row.service_id) ?? row.service_id),
      to,
      subject: content?.subject ?? null,
      text: content?.body ?? null,
      writtenAt: row.created_at,
      status: row.status,
      handedOverAt: row.handed_over_at,
    };
  });
}

/** Erases recipients and texts. What remains names nobody: reference, template, dates, status. */
async function eraseMessages(tx: Tx, serviceId: string, references: readonly string[]): Promise<number> {
  if (references.length === 0) return 0;
  const { numUpdatedRows } = await erasing(tx, serviceId)
    .where(sql<boolean>`reference_key = any(${references.map(referenceKey)})`)
    .executeTakeFirstOrThrow();
  return Number(numUpdatedRows);
}

/**
 * Erases the messages of every service that are older than the service keeps them: so many days where it says so, or else
 * for its retention period those that have no reference, because nothing else asks for that. Says how many.
 */
export async function eraseUnreferenced(database: Database): Promise<number> {
  let count = 0;
  for (const service of await listServicesAcross(database)) {
    count += await database.transact(
      { organisationId: service.organisationId, actor: { kind: 'system', name: 'notify.erase-old-messages' } },
      (tx) => eraseOlder(tx, service),
    );
  }
  return count;
}

async function eraseOlder(tx: Tx, service: Service): Promise<number> {
  const { keptDays } = await readSendingSettings(tx, service.id);
  const days = keptDays ?? service.retentionDays;
  const isOlder = sql<boolean>`created_at < now() - make_interval(days => ${days}::int)`;
  await notifyTables(tx)
    .deleteFrom('received_texts')
    .where('organisation_id', '=', tx.organisationId)
    .where('service_id', '=', service.id)
    .where(isOlder)
    .execute();
  let query = erasing(tx, service.id)
    .where(isOlder)
    // What is to be sent yet is older than it will be.
    .where(sql<boolean>`(scheduled_for is null or scheduled_for < now() - make_interval(days => ${days}::int))`);
  if (keptDays === null) query = query.where('reference_key', 'is', null);
  const { numUpdatedRows } = await query.executeTakeFirstOrThrow();
  return Number(numUpdatedRows);
}

function erasing(tx: Tx, serviceId: string) {
  return notifyTables(tx)
    .updateTable('messages')
    .set({
      sealed_recipient: null,
      sealed_content: null,
      recipient_fingerprint: null,
      client_reference: null,
      client_reference_hash: null,
      erased_at: sql<string>`now()`,
      // What was still waiting cannot be sent any more, and says so.
      status: sql<string>`case when status in ('created', 'sending') and handed_over_at is null then 'technical-failure' else status end`,
      failed_at: sql<string>`case when status in ('created', 'sending') and handed_over_at is null then now() else failed_at end`,
      failure: sql<string>`case when status in ('created', 'sending') and handed_over_at is null then 'Its text was erased before it could be sent.' else failure end`,
    })
    .where('organisation_id', '=', tx.organisationId)
    .where('service_id', '=', serviceId)
    .where('erased_at', 'is', null);
}
