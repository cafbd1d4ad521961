import type { Tx } from '../database.ts';
import { sealedPlace, type SealedColumn } from '../part.ts';
import type { Keyring } from '../secrets.ts';
import type { DB } from '../tables.generated.ts';
import type { RowProblem } from './mapping.ts';
import type { SheetRow } from './sheet.ts';

/** A row that lies aside. */
export interface RowAside {
  readonly number: number;
  readonly cells: readonly string[];
  /** The field that is to blame, where one is. */
  readonly field: string | null;
  readonly reason: string;
}

/** The rows of imports, encrypted: those that are still to be taken, in chunks, and those that lie aside. */
export interface KeptRows {
  /** @param number of the chunk, from 1 on. */
  keepChunk(tx: Tx, importId: string, number: number, rows: readonly SheetRow[]): Promise<void>;
  firstChunk(tx: Tx, importId: string): Promise<{ number: number; rows: SheetRow[] } | null>;
  removeChunk(tx: Tx, importId: string, number: number): Promise<void>;
  /** Again, it is the newer cells and reason that stand. */
  setAside(tx: Tx, importId: string, row: SheetRow, problem: RowProblem): Promise<void>;
  /** In order, from after a row's number on. */
  listAside(tx: Tx, importId: string, after: number, most: number): Promise<RowAside[]>;
  /** @returns whether it lay there. */
  removeAside(tx: Tx, importId: string, number: number): Promise<boolean>;
}

export const sealedRowColumns: readonly SealedColumn[] = [
  { table: 'import_chunks', column: 'sealed_rows', key: ['organisation_id', 'import_id', 'number'] },
  { table: 'import_rows_aside', column: 'sealed_cells', key: ['organisation_id', 'import_id', 'number'] },
];

export function createKeptRows(keyring: Keyring): KeptRows {
  return {
    async keepChunk(tx, importId, number, rows) {
      await tx
        .tables<DB>('platform')
        .insertInto('import_chunks')
        .values({
          organisation_id: tx.organisationId,
          import_id: importId,
          number,
          sealed_rows: keyring.seal(chunkPlace(tx, importId, number), JSON.stringify(rows)),
        })
        .execute();
    },
    async firstChunk(tx, importId) {
      const row = await tx
        .tables<DB>('platform')
        .selectFrom('import_chunks')
        .select(['number', 'sealed_rows'])
        .where('organisation_id', '=', tx.organisationId)
        .where('import_id', '=', importId)
        .orderBy('number')
        .limit(1)
        .executeTakeFirst();
      if (row === undefined) return null;
      const rows: SheetRow[] = JSON.parse(
        keyring.open(chunkPlace(tx, importId, row.number), row.sealed_rows).toString(),
      );
      return { number: row.number, rows };
    },
    async removeChunk(tx, importId, number) {
      await tx
        .tables<DB>('platform')
        .deleteFrom('import_chunks')
        .where('organisation_id', '=', tx.organisationId)
        .where('import_id', '=', importId)
        .where('number', '=', number)
        .execute();
    },
    async setAside(tx, importId, row, problem) {
      await tx
        .tables<DB>('platform')
        .insertInto('import_rows_aside')
        .values({
          organisation_id: tx.organisationId,
          import_id: importId,
          number: row.number,
          sealed_cells: keyring.seal(asidePlace(tx, importId, row.number), JSON.stringify(row.cells)),
          field: problem.field ?? null,
          reason: problem.message,
        })
        .onConflict((conflict) =>
          conflict.columns(['organisation_id', 'import_id', 'number']).doUpdateSet((set) => ({
            sealed_cells: set.ref('excluded.sealed_cells'),
            field: set.ref('excluded.field'),
            reason: set.ref('excluded.reason'),
          })),
        )
        .execute();
    },
    async listAside(tx, importId, after, most) {
      const rows = await tx
        .tables<DB>('platform')
        .selectFrom('import_rows_aside')
        .select(['number', 'sealed_cells', 'field', 'reason'])
        .where('organisation_id', '=', tx.organisationId)
        .where('import_id', '=', importId)
        .where('number', '>', after)
        .orderBy('number')
        .limit(most)
        .execute();
      return rows.map((row) => {
        const cells: string[] = JSON.parse(
          keyring.open(asidePlace(tx, importId, row.number), row.sealed_cells).toString(),
        );
        return { number: row.number, cells, field: row.field, reason: row.reason };
      });
    },
    async removeAside(tx, importId, number) {
      const { numDeletedRows } = await tx
        .tables<DB>('platform')
        .deleteFrom('import_rows_aside')
        .where('organisation_id', '=', tx.organisationId)
        .where('import_id', '=', importId)
        .where('number', '=', number)
        .executeTakeFirstOrThrow();
      return numDeletedRows > 0n;
    },
  };
}

function chunkPlace(tx: Tx, importId: string, number: number): string {
  return sealedPlace('platform.import_chunks.sealed_rows', tx.organisationId, importId, number);
}

function asidePlace(tx: Tx, importId: string, number: number): string {
  return sealedPlace('platform.import_rows_aside.sealed_cells', tx.organisationId, importId, number);
}
