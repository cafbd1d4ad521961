import { sql } from 'kysely';
import { isDuplicate, newId, Problem, recordAudit, type Tx } from '#platform';
import { notifyTables } from './database.ts';

/** A number that people can send text messages to. */
export interface ServiceNumber {
  readonly id: string;
  /** Digits with the country's code, no plus. */
  readonly number: string;
}

/**
 * Gives a service a number: what a provider receives for it is kept for that service.
 *
 * @throws Problem unprocessable where it is no number; conflict where a service has it, of whichever organisation.
 */
export async function addNumber(tx: Tx, values: { serviceId: string; number: string }): Promise<{ id: string }> {
  const number = values.number.replaceAll(/[\s+()-]/g, '');
  if (!/^\d{3,15}$/.test(number)) {
    const message = 'Enter a number of 3 to 15 digits, with the code of its country, such as 447700900123.';
    throw new Problem('unprocessable', { message, places: [{ place: 'number', message }] });
  }
  const id = newId();
  try {
    await notifyTables(tx)
      .insertInto('numbers')
      .values({ organisation_id: tx.organisationId, id, service_id: values.serviceId, number })
      .execute();
  } catch (error) {
    if (!isDuplicate(error, 'numbers_by_number')) throw error;
    throw new Problem('conflict', { message: 'A service has this number already.' });
  }
  await recordAudit(tx, {
    action: 'notify.number-added',
    subject: { kind: 'service', id: values.serviceId },
    detail: { number },
  });
  return { id };
}

/** Takes a number away from its service. */
export async function removeNumber(tx: Tx, values: { serviceId: string; id: string }): Promise<void> {
  const { numUpdatedRows } = await notifyTables(tx)
    .updateTable('numbers')
    .set({ removed_at: sql<string>`now()` })
    .where('organisation_id', '=', tx.organisationId)
    .where('service_id', '=', values.serviceId)
    .where('id', '=', values.id)
    .where('removed_at', 'is', null)
    .executeTakeFirstOrThrow();
  if (numUpdatedRows === 0n) throw new Problem('not-found');
  await recordAudit(tx, { action: 'notify.number-removed', subject: { kind: 'service', id: values.serviceId } });
}

/** The numbers of a service. */
export async function listNumbers(tx: Tx, serviceId: string): Promise<ServiceNumber[]> {
  return notifyTables(tx)
    .selectFrom('numbers')
    .select(['id', 'number'])
    .where('organisation_id', '=', tx.organisationId)
    .where('service_id', '=', serviceId)
    .where('removed_at', 'is', null)
    .orderBy('id')
    .execute();
}
