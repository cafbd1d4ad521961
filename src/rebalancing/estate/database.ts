import type { Kysely } from 'kysely';
import type { Tx } from '#platform';
import type { DB } from './tables.generated.ts';

/** The tables of this part, in a transaction. */
export function estateTables(tx: Tx): Kysely<DB> {
  return tx.tables<DB>('estate');
}
