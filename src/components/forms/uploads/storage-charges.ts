import { sql } from 'kysely';
import { recordUnitCharge } from '#measures';
import { listServicesAcross } from '#organisations';
import { sumFileBytes, type Calendar, type Database, type Tx } from '#platform';
import { formsTables } from '../database.ts';

/** How many owners of files are looked at in one transaction. */
const ownersAtOnce = 5000;
const bytesPerGigabyte = 1_000_000_000;
const daysPerMonth = 365 / 12;

/** What people's files belong to, and where it stands whose service that is. */
const owners = [
  { kind: 'forms.application', table: sql.table('forms.applications') },
  { kind: 'forms.submission', table: sql.table('forms.submissions') },
] as const;

/** What a gigabyte costs, as the settings say it. */
export interface StoragePrice {
  /** Of a gigabyte (a thousand million bytes) for a month, in millionths of the currency's unit. */
  readonly microsPerGigabyteMonth: number;
  /** ISO 4217. */
  readonly currency: string;
}

/**
 * Charges every service for a day of keeping what people sent it: the files of its applications and of its submissions. Called
 * again on the same day it changes nothing.
 *
 * @returns how many services have files.
 */
export async function chargeStorage(
  database: Database,
  { calendar, price }: { calendar: Pick<Calendar, 'today'>; price: StoragePrice },
): Promise<number> {
  const today = calendar.today();
  const organisations = new Set((await listServicesAcross(database)).map(({ organisationId }) => organisationId));
  let charged = 0;
  for (const organisationId of organisations) {
    const scope = { organisationId, actor: { kind: 'system', name: 'forms.charge-storage' } } as const;
    const bytesOf = new Map<string, number>();
    for (const owner of owners) {
      let after: string | null = null;
      do {
        after = await database.transact(scope, (tx) => addPage(tx, owner, after, bytesOf));
      } while (after !== null);
    }
    await database.transact(scope, async (tx) => {
      for (const [serviceId, bytes] of bytesOf) {
        const quantity = bytes / bytesPerGigabyte;
        await recordUnitCharge(tx, {
          serviceId,
          component: 'forms',
          kind: 'gigabyte for a day',
          key: `storage ${today}`,
          quantity,
          amountMicros: Math.round((quantity * price.microsPerGigabyteMonth) / daysPerMonth),
          currency: price.currency,
        });
      }
    });
    charged += bytesOf.size;
  }
  return charged;
}

/** Adds the bytes of some owners to those of their services. @returns the last owner, or null where it was the last page. */
async function addPage(
  tx: Tx,
  { kind, table }: (typeof owners)[number],
  after: string | null,
  bytesOf: Map<string, number>,
): Promise<string | null> {
  const page = await sumFileBytes(tx, kind, { after, most: ownersAtOnce });
  const { rows } = await sql<{ service_id: string; bytes: number }>`
    select a.service_id, sum(o.bytes)::float8 as bytes
      from unnest(${page.map(({ id }) => id)}::uuid[], ${page.map(({ bytes }) => bytes)}::float8[]) as o(id, bytes)
      join ${table} a on a.organisation_id = ${tx.organisationId} and a.id = o.id
     group by a.service_id`.execute(formsTables(tx));
  for (const { service_id: serviceId, bytes } of rows) bytesOf.set(serviceId, (bytesOf.get(serviceId) ?? 0) + bytes);
  return page.length < ownersAtOnce ? null : (page.at(-1)?.id ?? null);
}
