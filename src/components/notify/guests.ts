import { isTeamAddress } from '#organisations';
import { fingerprintEmail, newId, Problem, sealedPlace, type Keyring, type Tx } from '#platform';
import { notifyTables } from './database.ts';
import { fingerprintPhone, readEmailAddress, readPhoneNumber } from './recipients.ts';

/** Somebody to whom team keys of a service, and the service itself while it is on trial, may send. */
export interface Guest {
  readonly id: string;
  readonly recipient: string;
}

/** Whether a team key of a service, or the service while it is on trial, may send to somebody. */
export async function isOfTeamOrGuest(
  tx: Tx,
  keyring: Keyring,
  { serviceId, recipient }: { serviceId: string; recipient: string },
): Promise<boolean> {
  if (recipient.includes('@') && (await isTeamAddress(tx, serviceId, recipient))) return true;
  const guest = await notifyTables(tx)
    .selectFrom('guests')
    .select('id')
    .where('organisation_id', '=', tx.organisationId)
    .where('service_id', '=', serviceId)
    .where('recipient_fingerprint', '=', fingerprintRecipient(keyring, recipient))
    .executeTakeFirst();
  return guest !== undefined;
}

/** The guests of a service, in the order in which they were added. */
export async function listGuests(tx: Tx, keyring: Keyring, serviceId: string): Promise<Guest[]> {
  const rows = await notifyTables(tx)
    .selectFrom('guests')
    .select(['id', 'sealed_recipient'])
    .where('organisation_id', '=', tx.organisationId)
    .where('service_id', '=', serviceId)
    .orderBy('id')
    .execute();
  return rows.map(({ id, sealed_recipient: sealed }) => ({
    id,
    recipient: keyring.open(placeOf(tx.organisationId, id), sealed).toString(),
  }));
}

/**
 * Lets a service's team keys send to somebody. Who is a guest already stays one.
 *
 * @throws Problem unprocessable where it is neither an e-mail address nor a phone number.
 */
export async function addGuest(
  tx: Tx,
  keyring: Keyring,
  { serviceId, recipient: given }: { serviceId: string; recipient: string },
): Promise<void> {
  const recipient = given.includes('@') ? readEmailAddress(given) : readPhoneNumber(given);
  if (recipient === null) {
    const message = 'Enter an email address, like name@example.com, or a mobile number, like 07700 900123';
    throw new Problem('unprocessable', { message, places: [{ place: 'recipient', message }] });
  }
  const id = newId();
  await notifyTables(tx)
    .insertInto('guests')
    .values({
      organisation_id: tx.organisationId,
      id,
      service_id: serviceId,
      recipient_fingerprint: fingerprintRecipient(keyring, recipient),
      sealed_recipient: keyring.seal(placeOf(tx.organisationId, id), recipient),
    })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
}

/** Takes somebody off the guest list; who is not on it is passed over. */
export async function removeGuest(tx: Tx, values: { serviceId: string; guestId: string }): Promise<void> {
  await notifyTables(tx)
    .deleteFrom('guests')
    .where('organisation_id', '=', tx.organisationId)
    .where('service_id', '=', values.serviceId)
    .where('id', '=', values.guestId)
    .execute();
}

/** The keyed hash of an e-mail address or a phone number, as readEmailAddress or readPhoneNumber gives it. */
export function fingerprintRecipient(keyring: Keyring, recipient: string): Buffer {
  return recipient.includes('@') ? fingerprintEmail(keyring, recipient) : fingerprintPhone(keyring, recipient);
}

function placeOf(organisationId: string, id: string): string {
  return sealedPlace('notify.guests.sealed_recipient', organisationId, id);
}
