import type { Kysely } from 'kysely';
import type { ReaderTx, Tx } from '#platform';
import type { DB } from './tables.generated.ts';

/** The tables of this part, in a transaction. */
export function organisationsTables(tx: Tx | ReaderTx): Kysely<DB> {
  return tx.tables<DB>('organisations');
}
