import type { Kysely } from 'kysely';
import type { Tx } from '#platform';
import type { DB } from './tables.generated.ts';

/** The tables of this part, in a transaction. */
export function planTables(tx: Tx): Kysely<DB> {
  return tx.tables<DB>('plan');
}

/** What this part itself wrote as JSON, read back as what it was. The column is not trusted further than that it is there. */
export function keptAs<T>(value: unknown): T {
  if (!isWritten<T>(value)) throw new Error('A row of the plan lacks what was written into it.');
  return value;
}

function isWritten<T>(value: unknown): value is T {
  return value !== undefined;
}
