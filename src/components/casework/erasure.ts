import { sql } from 'kysely';
import { listServicesAcross } from '#organisations';
import { recordAudit, type Database, type PersonalDataHolder, type Tx } from '#platform';
import { caseworkTables } from './database.ts';

/** What was erased: cases, and records of each holder by its title. */
export interface Erased {
  readonly cases: number;
  readonly records: Readonly<Record<string, number>>;
}

/** Cases that are erased in one transaction: few enough that nobody waits for their locks. */
const batchSize = 200;

/**
 * Erases the personal data of every case that was decided longer ago than its service keeps them, in all parts that hold
 * some. Safe to repeat and to interrupt: each batch is whole, and what is erased is passed over.
 *
 * @param options.holders every part's; the submission's reference is what they have in common.
 * @param options.now ISO 8601; a day of the retention period is 24 hours.
 */
export async function eraseExpired(options: {
  database: Database;
  holders: readonly PersonalDataHolder[];
  now?: string;
}): Promise<Erased> {
  const { database, holders } = options;
  const now = options.now ?? new Date().toISOString();
  const total: { cases: number; records: Record<string, number> } = { cases: 0, records: {} };
  for (const service of await listServicesAcross(database)) {
    const before = new Date(Date.parse(now) - service.retentionDays * 24 * 60 * 60 * 1000).toISOString();
    const scope = {
      organisationId: service.organisationId,
      actor: { kind: 'system', name: 'erasure after the retention period' },
    } as const;
    for (let isMore = true; isMore;) {
      const batch = await database.transact(scope, (tx) => eraseBatch(tx, service.id, before, holders));
      total.cases += batch.cases;
      for (const [title, count] of Object.entries(batch.records)) {
        total.records[title] = (total.records[title] ?? 0) + count;
      }
      isMore = batch.cases === batchSize;
    }
  }
  return total;
}

async function eraseBatch(
  tx: Tx,
  serviceId: string,
  decidedBefore: string,
  holders: readonly PersonalDataHolder[],
): Promise<Erased> {
  const rows = await caseworkTables(tx)
    .selectFrom('cases')
    .select(['id', 'reference'])
    .where('organisation_id', '=', tx.organisationId)
    .where('service_id', '=', serviceId)
    .where('decided_at', '<', decidedBefore)
    .where('erased_at', 'is', null)
    .orderBy('decided_at')
    .limit(batchSize)
    .forUpdate()
    // Two processes that erase at once take different cases.
    .skipLocked()
    .execute();
  if (rows.length === 0) return { cases: 0, records: {} };
  const references = rows.map((row) => row.reference);
  const records: Record<string, number> = {};
  for (const holder of holders) records[holder.title] = await holder.erase(tx, serviceId, references);
  const ids = rows.map((row) => row.id);
  const { left } = await caseworkTables(tx)
    .selectFrom('cases')
    .select((select) => select.fn.countAll<number>().as('left'))
    .where('organisation_id', '=', tx.organisationId)
    .where(sql<boolean>`id = any(${ids})`)
    .where('erased_at', 'is', null)
    .executeTakeFirstOrThrow();
  // Without the holder of cases among them, the same batch would be found for ever.
  if (left > 0) throw new Error('The holders of personal data that erasure was given did not erase the cases.');
  await recordAudit(tx, {
    action: 'casework.personal-data-erased',
    subject: { kind: 'service', id: serviceId },
    detail: { cases: references.length, ...records },
  });
  return { cases: references.length, records };
}
