import { createHash } from 'node:crypto';
import { newId, type Tx } from '#platform';
import { estateTables } from '../database.ts';

/** One published line of spend. */
export interface SpendLine {
  readonly departmentId: string;
  readonly supplierId: string;
  readonly framework: string | null;
  readonly lot: string | null;
  /** The first day of the month, as an ISO date. */
  readonly month: string;
  readonly description: string;
  readonly currency: string;
  /** In minor units; negative for a credit. */
  readonly amount: number;
  /** The file, or where it was published. */
  readonly source: string;
  /**
   * What makes the line itself, in words of its source: usually the text of its row, and how many rows like it stood
   * before it in the file. The same words again are the same line, whatever else is said of it.
   */
  readonly identity: string;
}

/** Keeps lines of spend. Lines that are known are passed over. Says how many were new. */
export async function recordSpend(tx: Tx, lines: readonly SpendLine[]): Promise<{ added: number }> {
  let added = 0;
  // A statement takes 65,535 values.
  for (let at = 0; at < lines.length; at += 2000) {
    const made = await estateTables(tx)
      .insertInto('spend')
      .values(
        lines.slice(at, at + 2000).map((line) => ({
          organisation_id: tx.organisationId,
          id: newId(),
          department_id: line.departmentId,
          supplier_id: line.supplierId,
          framework: line.framework,
          lot: line.lot,
          month: line.month,
          description: line.description,
          currency: line.currency,
          amount: line.amount,
          source: line.source,
          fingerprint: createHash('sha256').update(line.identity).digest(),
        })),
      )
      .onConflict((conflict) => conflict.columns(['organisation_id', 'fingerprint']).doNothing())
      .returning('id')
      .execute();
    added += made.length;
  }
  return { added };
}
