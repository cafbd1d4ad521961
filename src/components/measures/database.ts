import type { Kysely } from 'kysely';
import type { ReaderTx, Tx } from '#platform';
import type { DB } from './tables.generated.ts';

/** The tables of this part, in a transaction. */
export function measuresTables(tx: Tx): Kysely<DB> {
  return tx.tables<DB>('measures');
}

/** The tables of this part that are read across organisations: what is public of every service. */
export function measuresReader(tx: ReaderTx): Kysely<DB> {
  return tx.tables<DB>('measures');
}
