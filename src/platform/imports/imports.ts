import { recordAudit } from '../audit.ts';
import type { Database, Scope, Tx } from '../database.ts';
import { addJob, type Job } from '../jobs.ts';
import type { SealedColumn } from '../part.ts';
import { Problem } from '../problem.ts';
import type { Keyring } from '../secrets.ts';
import type { DB } from '../tables.generated.ts';
import { changeImport, getImport, listImports, removeImport, type ShownImport } from './import-record.ts';
import type { Importer } from './importer.ts';
import { createKeptRows, sealedRowColumns, type RowAside } from './kept-rows.ts';
import {
  columnsOf,
  findHeadingRow,
  missingFields,
  plainName,
  type ImportMapping,
  type RowProblem,
  type TableColumn,
} from './mapping.ts';
import { receiveTable, type GivenTable } from './receiving.ts';
import { retryRow, takeRows } from './taking.ts';

export { type ImportState, type ShownImport } from './import-record.ts';
export { type Importer, type ImportSource, type RowOutcome, type SourcedRecord } from './importer.ts';
export { type RowAside } from './kept-rows.ts';

/** Importing of tables, joined to what can take them. */
export interface Imports {
  /**
   * Receives a table: reads all of it, and keeps its rows encrypted until they are taken. Proposes what each column is.
   *
   * @throws SheetProblem where it cannot be read as a table: nothing is kept.
   */
  receive(scope: Scope, table: GivenTable): Promise<string>;
  /** @throws Problem not-found. */
  get(tx: Tx, importId: string): Promise<ShownImport>;
  /** The newest first, a hundred at most. */
  list(tx: Tx, kind: string): Promise<ShownImport[]>;
  /** The columns of a received table with samples from its first rows, to choose by, and how many rows stand below their names. */
  columns(tx: Tx, importId: string, headingRow?: number): Promise<{ columns: TableColumn[]; rowsBelow: number }>;
  /**
   * Says which column is which field and begins the import. The choice is remembered for the next file with such columns.
   *
   * @throws Problem invalid with the place of each field that is missing, conflict where it has begun already.
   */
  begin(tx: Tx, importId: string, mapping: ImportMapping): Promise<void>;
  /** Gives a received table up before anything of it was taken. @throws Problem conflict where it has begun. */
  withdraw(tx: Tx, importId: string): Promise<void>;
  /** Takes the rows that are left, a chunk in a transaction. What a job does; also called where there is no queue. */
  run(scope: Scope, importId: string, onProgress?: (shown: ShownImport) => void): Promise<ShownImport>;
  /** Rows that lie aside, in order. */
  listAside(tx: Tx, importId: string, after?: number, most?: number): Promise<RowAside[]>;
  /** Takes a row that lay aside, as a person mended it. @returns the reason why it still cannot be taken, or null. */
  retryRow(scope: Scope, importId: string, number: number, cells: readonly string[]): Promise<RowProblem | null>;
  /** Gives a row that lies aside up. */
  dropRow(tx: Tx, importId: string, number: number): Promise<void>;
  importer(kind: string): Importer;
  readonly jobs: readonly Job[];
  readonly sealedColumns: readonly SealedColumn[];
}

const runJob = 'platform.run-import';

/** Joins the importing of tables to the importers of the parts. */
export function createImports(dependencies: {
  database: Database;
  keyring: Keyring;
  /** Asked for when they are needed: the parts that bring them may be joined later. */
  importers: () => readonly Importer[];
}): Imports {
  const { database, keyring } = dependencies;
  const rows = createKeptRows(keyring);

  const importer = (kind: string): Importer => {
    const found = dependencies.importers().find((each) => each.kind === kind);
    if (found === undefined) throw new Problem('not-found', { detail: `there is no importer ${kind}` });
    return found;
  };

  async function begin(tx: Tx, importId: string, mapping: ImportMapping): Promise<void> {
    const shown = await getImport(tx, importId);
    const { fields } = importer(shown.kind);
    if (shown.state !== 'mapping') {
      throw new Problem('conflict', {
        message: 'This import has begun already. Reload the page to see how far it is.',
      });
    }
    const missing = missingFields(fields, mapping);
    if (missing.length > 0) {
      throw new Problem('invalid', {
        places: missing.map((field) => ({ place: field.name, message: `Choose the column for ${field.label}.` })),
      });
    }
    const { columns } = await columnsAt(tx, importId, mapping.headingRow);
    for (const column of columns) {
      const heading = plainName(column.heading);
      if (heading === '') continue;
      const field = Object.entries(mapping.columns).find(([, index]) => index === column.index)?.[0] ?? null;
      await tx
        .tables<DB>('platform')
        .insertInto('import_headings')
        .values({ organisation_id: tx.organisationId, kind: shown.kind, heading, field })
        .onConflict((conflict) => conflict.columns(['organisation_id', 'kind', 'heading']).doUpdateSet({ field }))
        .execute();
    }
    await start(tx, importId, mapping);
  }

  async function start(tx: Tx, importId: string, mapping: ImportMapping): Promise<void> {
    await changeImport(tx, importId, { state: 'running', mapping: JSON.stringify(mapping) });
    const shown = await getImport(tx, importId);
    await recordAudit(tx, {
      action: 'import.begun',
      subject: { kind: 'import', id: importId, name: importer(shown.kind).title },
      detail: { rows: shown.rowsReceived },
    });
    await addJob(tx, runJob, { importId }, { key: `${runJob}/${importId}` });
  }

  async function columnsAt(
    tx: Tx,
    importId: string,
    headingRow?: number,
  ): Promise<{ columns: TableColumn[]; rowsBelow: number }> {
    const { rowsReceived } = await getImport(tx, importId);
    const first = (await rows.firstChunk(tx, importId))?.rows ?? [];
    const heading = headingRow ?? findHeadingRow(first);
    return {
      columns: columnsOf(first, heading),
      rowsBelow: rowsReceived - first.filter((row) => row.number <= heading).length,
    };
  }

  const run: Imports['run'] = async (scope, importId, onProgress = () => {}) =>
    takeRows({ database, rows, importer }, scope, importId, onProgress);

  return {
    receive: async (scope, table) => receiveTable({ database, rows, start }, scope, importer(table.kind), table),
    get: getImport,
    list: listImports,
    columns: columnsAt,
    begin,
    async withdraw(tx, importId) {
      const { state } = await getImport(tx, importId);
      if (state !== 'mapping') {
        throw new Problem('conflict', { message: 'This import has begun: what was taken stays.' });
      }
      await removeImport(tx, importId);
    },
    run,
    listAside: async (tx, importId, after = 0, most = 100) => rows.listAside(tx, importId, after, most),
    retryRow: async (scope, importId, number, cells) =>
      retryRow({ database, rows, importer }, scope, importId, number, cells),
    async dropRow(tx, importId, number) {
      if (!(await rows.removeAside(tx, importId, number))) return;
      await recordAudit(tx, {
        action: 'import.row-dropped',
        subject: { kind: 'import', id: importId, name: String(number) },
      });
    },
    importer,
    jobs: [
      {
        name: runJob,
        mostAttempts: 5,
        run: async (payload, { scope, lastAttempt }) => {
          const importId = String(payload['importId']);
          try {
            await run(scope, importId);
          } catch (error) {
            if (lastAttempt) await database.transact(scope, (tx) => fail(tx, importId));
            throw error;
          }
        },
      },
    ],
    sealedColumns: sealedRowColumns,
  };
}

async function fail(tx: Tx, importId: string): Promise<void> {
  await changeImport(tx, importId, {
    state: 'failed',
    failure: 'The import stopped and could not go on. What was taken stays; import the file again to take the rest.',
  });
}
