import { newId, type Database, type Keyring, type Scope, type Tx } from '#platform';
import { fingerprintOf } from '../acceptance.ts';
import { notifyTables } from '../database.ts';
import { insertMessages, type MessageRow } from '../intake.ts';
import type { KnownServices } from '../known-services.ts';
import { sealMessage } from '../messages.ts';
import { isSimulated } from '../recipients.ts';
import { getTemplate, type TemplateVersion } from '../templates/templates.ts';
import { getBatch, openRows, type Batch } from './batches.ts';
import { checkRow, type ReadyRow } from './rows.ts';

/**
 * Makes the rows of a batch into messages, chunk by chunk: a chunk goes in the transaction that makes its messages, so
 * whoever goes on after a crash finds only what is still to be done.
 */
export async function sendRows(
  parts: { database: Database; keyring: Keyring; known: KnownServices },
  scope: Scope,
  batchId: string,
): Promise<void> {
  const { database, keyring, known } = parts;
  const found = await database.transact(scope, async (tx) => {
    const batch = await findSending(tx, batchId);
    if (batch === null) return null;
    const { id: templateId, version } = batch.template;
    return { batch, template: await getTemplate(tx, { serviceId: batch.serviceId, templateId, version }) };
  });
  if (found === null || found.template === null) return;
  const { batch, template } = found;
  for (;;) {
    const { prefix } = await known.get(scope, batch.serviceId);
    const isDone = await database.transact(scope, (tx) => sendChunk(tx, keyring, batch, template, prefix));
    if (isDone) return;
  }
}

async function findSending(tx: Tx, batchId: string): Promise<Batch | null> {
  const row = await notifyTables(tx)
    .selectFrom('batches')
    .select('service_id')
    .where('organisation_id', '=', tx.organisationId)
    .where('id', '=', batchId)
    .where('state', '=', 'sending')
    .executeTakeFirst();
  return row === undefined ? null : getBatch(tx, { serviceId: row.service_id, batchId });
}

/** Makes one chunk into messages. Says whether there is nothing more to do. */
async function sendChunk(
  tx: Tx,
  keyring: Keyring,
  batch: Batch,
  template: TemplateVersion,
  prefix: string | null,
): Promise<boolean> {
  const tables = notifyTables(tx);
  // Locks the batch, so that it is not called back and sent at once, nor sent by two.
  const still = await tables
    .selectFrom('batches')
    .select('id')
    .where('organisation_id', '=', tx.organisationId)
    .where('id', '=', batch.id)
    .where('state', '=', 'sending')
    .forUpdate()
    .executeTakeFirst();
  if (still === undefined) return true;
  const chunk = await tables
    .selectFrom('batch_chunks')
    .selectAll()
    .where('organisation_id', '=', tx.organisationId)
    .where('batch_id', '=', batch.id)
    .orderBy('first_row')
    .limit(1)
    .executeTakeFirst();
  if (chunk === undefined) {
    await changeBatch(tx, batch.id, { state: 'sent', finished_at: new Date().toISOString() });
    return true;
  }
  const ready: ReadyRow[] = [];
  for (const row of openRows(keyring, chunk)) {
    // It was checked when it came. The settings may be others now, but what was accepted is sent.
    const checked = checkRow(row, { template, prefix, mayTextAbroad: true });
    if (!('faults' in checked)) ready.push(checked);
  }
  const rows = ready
    .filter(({ to }) => template.type === 'letter' || !isSimulated(to))
    .map((row) => messageOf(tx, keyring, batch, template, row));
  // What comes by the thousand waits for what comes alone.
  await insertMessages(tx, rows, 'in bulk');
  await tables
    .deleteFrom('batch_chunks')
    .where('organisation_id', '=', tx.organisationId)
    .where('batch_id', '=', batch.id)
    .where('first_row', '=', chunk.first_row)
    .execute();
  await tables
    .updateTable('batches')
    .set((set) => ({ accepted_count: set('accepted_count', '+', ready.length) }))
    .where('organisation_id', '=', tx.organisationId)
    .where('id', '=', batch.id)
    .execute();
  return false;
}

async function changeBatch(tx: Tx, batchId: string, change: { state: string; finished_at: string }): Promise<void> {
  await notifyTables(tx)
    .updateTable('batches')
    .set(change)
    .where('organisation_id', '=', tx.organisationId)
    .where('id', '=', batchId)
    .execute();
}

function messageOf(tx: Tx, keyring: Keyring, batch: Batch, template: TemplateVersion, row: ReadyRow): MessageRow {
  const id = newId();
  const reference = row.reference?.toWellFormed() ?? null;
  return {
    id,
    service_id: batch.serviceId,
    channel: template.type,
    template: template.name,
    template_id: template.id,
    template_version: template.version,
    ...sealMessage(keyring, { organisationId: tx.organisationId, id, ...row }),
    recipient_fingerprint: fingerprintOf(keyring, template.type, row.to),
    client_reference: reference,
    key_kind: batch.keyKind,
    key_id: batch.keyId,
    fragments: row.fragments,
    sender: batch.sender,
    postage: row.postage,
    status: 'created',
    scheduled_for: null,
    idempotency_key: null,
    request_signature: null,
    batch_id: batch.id,
    batch_row: row.number,
  };
}
