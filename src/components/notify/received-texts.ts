import { newId, sealedPlace, type Keyring, type Tx } from '#platform';
import { notifyTables } from './database.ts';

/** A text message that somebody sent to a number of a service. */
export interface ReceivedText {
  readonly id: string;
  readonly from: string;
  readonly to: string;
  readonly content: string;
  readonly createdAt: string;
}

const places = {
  sender: (organisationId: string, id: string) =>
    sealedPlace('notify.received_texts.sealed_sender', organisationId, id),
  content: (organisationId: string, id: string) =>
    sealedPlace('notify.received_texts.sealed_content', organisationId, id),
};

/** Keeps a text message that was received for a service. */
export async function recordReceivedText(
  tx: Tx,
  keyring: Keyring,
  text: { serviceId: string; from: string; to: string; content: string },
): Promise<{ id: string }> {
  const id = newId();
  await notifyTables(tx)
    .insertInto('received_texts')
    .values({
      organisation_id: tx.organisationId,
      id,
      service_id: text.serviceId,
      sent_to: text.to,
      sealed_sender: keyring.seal(places.sender(tx.organisationId, id), text.from),
      sealed_content: keyring.seal(places.content(tx.organisationId, id), text.content),
    })
    .execute();
  return { id };
}

/** What a service received, newest first. `olderThan` is the id of the last one that was seen. */
export async function listReceivedTexts(
  tx: Tx,
  keyring: Keyring,
  wanted: { serviceId: string; olderThan?: string; most: number },
): Promise<ReceivedText[]> {
  let query = notifyTables(tx)
    .selectFrom('received_texts')
    .selectAll()
    .where('organisation_id', '=', tx.organisationId)
    .where('service_id', '=', wanted.serviceId);
  if (wanted.olderThan !== undefined) query = query.where('id', '<', wanted.olderThan);
  const rows = await query.orderBy('id', 'desc').limit(wanted.most).execute();
  return rows.map((row) => ({
    id: row.id,
    from: keyring.open(places.sender(row.organisation_id, row.id), row.sealed_sender).toString(),
    to: row.sent_to,
    content: keyring.open(places.content(row.organisation_id, row.id), row.sealed_content).toString(),
    createdAt: row.created_at,
  }));
}
