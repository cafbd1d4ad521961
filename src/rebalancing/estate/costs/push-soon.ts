import { addJob, type Tx } from '#platform';
import { estateTables } from '../database.ts';

export const pushJob = 'estate.push-costs';

/**
 * Has measures told soon what services pay for their systems, because something was changed on which that depends: with the
 * caller's transaction. Many changes are told at once.
 */
export async function pushSoon(tx: Tx): Promise<void> {
  const served = await estateTables(tx)
    .selectFrom('served_services')
    .select('service_id')
    .where('organisation_id', '=', tx.organisationId)
    .limit(1)
    .executeTakeFirst();
  if (served === undefined) return;
  await addJob(tx, pushJob, {}, { key: `${pushJob}/${tx.organisationId}`, queue: pushJob });
}
