import { sql } from 'kysely';
import { recordAudit } from '../audit.ts';
import type { Database, Scope, Tx } from '../database.ts';
import { Problem } from '../problem.ts';
import type { DB } from '../tables.generated.ts';
import { changeImport, getImport, lockRunning, type ShownImport } from './import-record.ts';
import type { Importer, ImportSource, RowOutcome } from './importer.ts';
import type { KeptRows } from './kept-rows.ts';
import { readRecord, RowProblem, type ImportMapping } from './mapping.ts';
import type { SheetRow } from './sheet.ts';

/** Who takes rows, and where they lie. */
interface Taking {
  readonly database: Database;
  readonly rows: KeptRows;
  readonly importer: (kind: string) => Importer;
}

/** Takes the rows that are left, a chunk in a transaction. */
export async function takeRows(
  taking: Taking,
  scope: Scope,
  importId: string,
  onProgress: (shown: ShownImport) => void,
): Promise<ShownImport> {
  const { database } = taking;
  for (;;) {
    // Whoever dies in the middle of a chunk has taken none of it.
    const isDone = await database.transact(scope, (tx) => takeChunk(tx, taking, importId));
    const shown = await database.transact(scope, (tx) => getImport(tx, importId));
    onProgress(shown);
    if (isDone) return shown;
  }
}

/** Takes the first chunk that is left. Says whether there was none. */
async function takeChunk(tx: Tx, { rows, importer }: Taking, importId: string): Promise<boolean> {
  const shown = await lockRunning(tx, importId);
  if (shown === null) return true;
  const { fields, take, takeAll, settle } = importer(shown.kind);
  const source = { importId, fileName: shown.fileName, about: shown.about };
  const chunk = await rows.firstChunk(tx, importId);
  if (chunk === null) {
    await settle?.(tx, source);
    await changeImport(tx, importId, { state: 'finished', finished_at: sql<string>`now()` });
    await recordAudit(tx, {
      action: 'import.finished',
      subject: { kind: 'import', id: importId, name: importer(shown.kind).title },
      detail: { added: shown.rowsAdded, changed: shown.rowsChanged, same: shown.rowsSame, aside: shown.rowsAside },
    });
    return true;
  }
  const by = { fields, mapping: shown.mapping, take, source };
  const below = chunk.rows.filter(({ number }) => number > shown.mapping.headingRow);
  const read = below.length;
  const together = takeAll === undefined ? null : await takeTogether(tx, { ...by, takeAll }, below);
  const counts = { added: 0, changed: 0, same: 0, ...together };
  for (const row of together === null ? below : []) {
    const outcome = await takeRow(tx, by, row);
    if (outcome instanceof RowProblem) await rows.setAside(tx, importId, row, outcome);
    else counts[outcome] += 1;
  }
  await rows.removeChunk(tx, importId, chunk.number);
  await tx
    .tables<DB>('platform')
    .updateTable('imports')
    .set({
      rows_read: sql`rows_read + ${read}`,
      rows_added: sql`rows_added + ${counts.added}`,
      rows_changed: sql`rows_changed + ${counts.changed}`,
      rows_same: sql`rows_same + ${counts.same}`,
    })
    .where('organisation_id', '=', tx.organisationId)
    .where('id', '=', importId)
    .execute();
  return false;
}

/** Takes a row that lay aside, as a person mended it. @returns the reason why it still cannot be taken, or null. */
export async function retryRow(
  { database, rows, importer }: Taking,
  scope: Scope,
  importId: string,
  number: number,
  cells: readonly string[],
): Promise<RowProblem | null> {
  return database.transact(scope, async (tx) => {
    const shown = await getImport(tx, importId);
    if (shown.state !== 'finished') {
      throw new Problem('conflict', { message: 'Wait until the import has finished, then mend its rows.' });
    }
    const { fields, take, settle } = importer(shown.kind);
    const source = { importId, fileName: shown.fileName, about: shown.about };
    const removed = await rows.removeAside(tx, importId, number);
    if (!removed) return null;
    const outcome = await takeRow(tx, { fields, mapping: shown.mapping, take, source }, { number, cells });
    if (outcome instanceof RowProblem) {
      await rows.setAside(tx, importId, { number, cells }, outcome);
      return outcome;
    }
    await tx
      .tables<DB>('platform')
      .updateTable('imports')
      .set({ [`rows_${outcome}`]: sql`${sql.ref(`rows_${outcome}`)} + 1` })
      .where('organisation_id', '=', tx.organisationId)
      .where('id', '=', importId)
      .execute();
    await settle?.(tx, source);
    return null;
  });
}

/**
 * Reads and takes the rows of a chunk at once. Null where one of them cannot be read or taken: nothing is left of any then,
 * and each is to be taken by itself.
 */
async function takeTogether(
  tx: Tx,
  by: TakingOfRows & { readonly takeAll: NonNullable<Importer['takeAll']> },
  below: readonly SheetRow[],
): Promise<Readonly<Record<RowOutcome, number>> | null> {
  if (below.some(({ unreadable }) => unreadable !== undefined)) return null;
  const connection = tx.tables<DB>('platform');
  await sql`savepoint import_rows`.execute(connection);
  try {
    const records = below.map((row) => ({
      record: readRecord(by.fields, by.mapping, row.cells),
      source: { ...by.source, rowNumber: row.number },
    }));
    const counts = await by.takeAll(tx, records);
    await sql`release savepoint import_rows`.execute(connection);
    return counts;
  } catch (error) {
    if (asRowProblem(error) === undefined) throw error;
    await sql`rollback to savepoint import_rows`.execute(connection);
    return null;
  }
}

/** How the rows of an import are read and taken. */
type TakingOfRows = Pick<Importer, 'fields' | 'take'> & {
  readonly mapping: ImportMapping;
  readonly source: Omit<ImportSource, 'rowNumber'>;
};

/** Reads and takes a row. What is wrong with it is returned, not thrown, and nothing of the row is left: the chunk goes on. */
async function takeRow(tx: Tx, by: TakingOfRows, row: SheetRow): Promise<RowOutcome | RowProblem> {
  if (row.unreadable !== undefined) return new RowProblem(row.unreadable);
  const connection = tx.tables<DB>('platform');
  await sql`savepoint import_row`.execute(connection);
  try {
    const record = readRecord(by.fields, by.mapping, row.cells);
    const outcome = await by.take(tx, record, { ...by.source, rowNumber: row.number });
    await sql`release savepoint import_row`.execute(connection);
    return outcome;
  } catch (error) {
    const problem = asRowProblem(error);
    if (problem === undefined) throw error;
    await sql`rollback to savepoint import_row`.execute(connection);
    return problem;
  }
}

/** What of an error is the row's own fault, in words for whoever mends it; undefined where it is not. */
function asRowProblem(error: unknown): RowProblem | undefined {
  if (error instanceof RowProblem) return error;
  if (error instanceof Problem && (error.kind === 'invalid' || error.kind === 'unprocessable')) {
    return new RowProblem(error.message);
  }
  // SQLSTATE classes 22 (data) and 23 (constraints): the values are to blame, and the next try would end the same.
  return error instanceof Error && 'code' in error && /^2[23]/.test(String(error.code))
    ? new RowProblem('The database refused this row. Check its values, or drop it.')
    : undefined;
}
