import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { sql, type Selectable } from 'kysely';
import { Type } from 'typebox';
import { Value } from 'typebox/value';
import { recordAudit } from '../audit.ts';
import { oneOf } from '../choices.ts';
import type { Database, Scope, Tx } from '../database.ts';
import { newId } from '../ids.ts';
import { addJob, type Job } from '../jobs.ts';
import { sealedPlace, type SealedColumn } from '../part.ts';
import { Problem } from '../problem.ts';
import type { Keyring } from '../secrets.ts';
import type { DB, Imports as ImportRow } from '../tables.generated.ts';
import {
  columnsOf,
  findHeadingRow,
  isEmptyRow,
  missingFields,
  plainName,
  proposeMapping,
  readRecord,
  RowProblem,
  type ImportField,
  type ImportMapping,
  type ImportRecord,
  type TableColumn,
} from './mapping.ts';
import { openSheet, SheetProblem, type Sheet, type SheetReading, type SheetRow } from './sheet.ts';

/** What became of a row: `same` is what makes it harmless to import a file twice. */
export type RowOutcome = 'added' | 'changed' | 'same';

/** Where a record comes from, so that whoever takes it can say so. */
export interface ImportSource {
  readonly importId: string;
  readonly fileName: string;
  /** As a spreadsheet shows it. */
  readonly rowNumber: number;
  /** What the importer was told beside the rows. */
  readonly about: Readonly<Record<string, string>>;
}

/** A kind of table that a part can take in. */
export interface Importer {
  /** `<part>.<what>`: `estate.systems`. */
  readonly kind: string;
  /** What is imported, as a heading: `Systems`. */
  readonly title: string;
  readonly fields: readonly ImportField[];
  /**
   * How a file is read that is no table: each row is one thing, as a text in its only cell, and its only field. There are
   * no columns to choose then, and the import begins at once.
   *
   * @throws SheetProblem
   */
  readonly open?: (path: string) => Promise<Pick<Sheet, 'description' | 'rows'>>;
  /**
   * Takes one record in the transaction of its chunk: adds what is new, changes what is known by its natural key, leaves
   * what is the same.
   *
   * @throws RowProblem (or Problem invalid or unprocessable) where the record cannot be taken: what it wrote is undone, and
   *   the row is kept aside with the message.
   */
  readonly take: (tx: Tx, record: ImportRecord, source: ImportSource) => Promise<RowOutcome>;
  /** Called once all rows were taken or lie aside, and again after rows aside were mended. */
  readonly settle?: (tx: Tx, source: Omit<ImportSource, 'rowNumber'>) => Promise<void>;
}

const states = ['mapping', 'running', 'finished', 'failed'] as const;
export type ImportState = (typeof states)[number];

/** An import as pages and commands show it. */
export interface ShownImport {
  readonly id: string;
  readonly kind: string;
  readonly about: Readonly<Record<string, string>>;
  readonly fileName: string;
  /** How the file was understood: its format, encoding and separator. */
  readonly description: string;
  readonly state: ImportState;
  /** What was proposed, and once it has begun, what was chosen. */
  readonly mapping: ImportMapping;
  readonly rowsReceived: number;
  readonly rowsRead: number;
  readonly rowsAdded: number;
  readonly rowsChanged: number;
  readonly rowsSame: number;
  readonly rowsAside: number;
  readonly failure: string | null;
  readonly receivedBy: string;
  /** ISO 8601. */
  readonly receivedAt: string;
}

/** A row that lies aside. */
export interface RowAside {
  readonly number: number;
  readonly cells: readonly string[];
  /** The field that is to blame, where one is. */
  readonly field: string | null;
  readonly reason: string;
}

/** Importing of tables, joined to what can take them. */
export interface Imports {
  /**
   * Receives a table: reads all of it, and keeps its rows encrypted until they are taken. Proposes what each column is.
   *
   * @param path a file on this machine; it is not needed afterwards.
   * @throws SheetProblem where it cannot be read as a table: nothing is kept.
   */
  receive(
    scope: Scope,
    table: { kind: string; path: string; fileName: string; about?: Readonly<Record<string, string>> } & SheetReading,
  ): Promise<string>;
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

const chunkRows = 250;
const runJob = 'platform.run-import';

/** Joins the importing of tables to the importers of the parts. */
export function createImports(dependencies: {
  database: Database;
  keyring: Keyring;
  /** Asked for when they are needed: the parts that bring them may be joined later. */
  importers: () => readonly Importer[];
}): Imports {
  const { database, keyring } = dependencies;

  const importer = (kind: string): Importer => {
    const found = dependencies.importers().find((each) => each.kind === kind);
    if (found === undefined) throw new Problem('not-found', { detail: `there is no importer ${kind}` });
    return found;
  };

  async function receive(
    scope: Scope,
    table: { kind: string; path: string; fileName: string; about?: Readonly<Record<string, string>> } & SheetReading,
  ): Promise<string> {
    const { fields, open } = importer(table.kind);
    const sheet = open === undefined ? await openSheet(table.path, table) : await open(table.path);
    const digest = await digestOf(table.path);
    const id = newId();
    await database.transact(scope, async (tx) => {
      await tx
        .tables<DB>('platform')
        .insertInto('imports')
        .values({
          organisation_id: tx.organisationId,
          id,
          kind: table.kind,
          about: JSON.stringify(table.about ?? {}),
          file_name: table.fileName,
          digest,
          description: sheet.description,
          state: 'receiving',
          received_by: nameOf(tx),
        })
        .execute();
    });
    try {
      let number = 0;
      let received = 0;
      let chunk: SheetRow[] = [];
      let first: SheetRow[] | undefined;
      const keep = async (): Promise<void> => {
        const rows = chunk;
        chunk = [];
        first ??= rows;
        number += 1;
        received += rows.length;
        await database.transact(scope, async (tx) => {
          await tx
            .tables<DB>('platform')
            .insertInto('import_chunks')
            .values({
              organisation_id: tx.organisationId,
              import_id: id,
              number,
              sealed_rows: keyring.seal(chunkPlace(tx, id, number), JSON.stringify(rows)),
            })
            .execute();
        });
      };
      for await (const row of sheet.rows()) {
        if (row.unreadable === undefined && isEmptyRow(row.cells)) continue;
        chunk.push(row);
        if (chunk.length >= chunkRows) await keep();
      }
      if (chunk.length > 0) await keep();
      const beginning = first;
      if (beginning === undefined) throw new SheetProblem('The table has no rows. Choose a file with some.');
      await database.transact(scope, async (tx) => {
        if (open !== undefined) {
          await changeImport(tx, id, { rows_received: received });
          await start(tx, id, { columns: { [fields[0]?.name ?? '']: 0 }, headingRow: 0, dayOrder: 'day first' });
          return;
        }
        const mapping = await proposeRemembered(tx, table.kind, fields, beginning, table.sheetName);
        await changeImport(tx, id, { state: 'mapping', rows_received: received, mapping: JSON.stringify(mapping) });
      });
      return id;
    } catch (error) {
      await database.transact(scope, (tx) => removeImport(tx, id));
      throw error;
    }
  }

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

  async function run(
    scope: Scope,
    importId: string,
    onProgress: (shown: ShownImport) => void = () => {},
  ): Promise<ShownImport> {
    for (;;) {
      // Whoever dies in the middle of a chunk has taken none of it.
      const isDone = await database.transact(scope, (tx) => takeChunk(tx, importId));
      const shown = await database.transact(scope, (tx) => getImport(tx, importId));
      onProgress(shown);
      if (isDone) return shown;
    }
  }

  /** Takes the first chunk that is left. Says whether there was none. */
  async function takeChunk(tx: Tx, importId: string): Promise<boolean> {
    const current = await lockRunning(tx, importId);
    if (current === null) return true;
    const { shown, mapping } = current;
    const { fields, take, settle } = importer(shown.kind);
    const source = { importId, fileName: shown.fileName, about: shown.about };
    const chunk = await firstChunk(tx, importId);
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
    const counts = { added: 0, changed: 0, same: 0 };
    let read = 0;
    for (const row of chunk.rows) {
      if (row.number <= mapping.headingRow) continue;
      read += 1;
      const outcome = await takeRow(tx, { fields, mapping, take, source }, row);
      if (outcome instanceof RowProblem) await setAside(tx, importId, row, outcome);
      else counts[outcome] += 1;
    }
    await tx
      .tables<DB>('platform')
      .deleteFrom('import_chunks')
      .where('organisation_id', '=', tx.organisationId)
      .where('import_id', '=', importId)
      .where('number', '=', chunk.number)
      .execute();
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

  async function setAside(tx: Tx, importId: string, row: SheetRow, problem: RowProblem): Promise<void> {
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
  }

  async function retryRow(
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
      const removed = await removeAside(tx, importId, number);
      if (!removed) return null;
      const outcome = await takeRow(tx, { fields, mapping: shown.mapping, take, source }, { number, cells });
      if (outcome instanceof RowProblem) {
        await setAside(tx, importId, { number, cells }, outcome);
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

  async function firstChunk(tx: Tx, importId: string): Promise<{ number: number; rows: SheetRow[] } | null> {
    const row = await chunks(tx, importId)
      .select(['number', 'sealed_rows'])
      .orderBy('number')
      .limit(1)
      .executeTakeFirst();
    if (row === undefined) return null;
    const rows: SheetRow[] = JSON.parse(keyring.open(chunkPlace(tx, importId, row.number), row.sealed_rows).toString());
    return { number: row.number, rows };
  }

  async function columnsAt(
    tx: Tx,
    importId: string,
    headingRow?: number,
  ): Promise<{ columns: TableColumn[]; rowsBelow: number }> {
    const { rowsReceived } = await getImport(tx, importId);
    const rows = (await firstChunk(tx, importId))?.rows ?? [];
    const heading = headingRow ?? findHeadingRow(rows);
    return {
      columns: columnsOf(rows, heading),
      rowsBelow: rowsReceived - rows.filter((row) => row.number <= heading).length,
    };
  }

  return {
    receive,
    get: getImport,
    async list(tx, kind) {
      const rows = await importsWithAside(tx)
        .where('kind', '=', kind)
        .where('state', '!=', 'receiving')
        .orderBy('id', 'desc')
        .limit(100)
        .execute();
      return rows.map(shownImport);
    },
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
    async listAside(tx, importId, after = 0, most = 100) {
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
    retryRow,
    async dropRow(tx, importId, number) {
      if (!(await removeAside(tx, importId, number))) return;
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
    sealedColumns: [
      { table: 'import_chunks', column: 'sealed_rows', key: ['organisation_id', 'import_id', 'number'] },
      { table: 'import_rows_aside', column: 'sealed_cells', key: ['organisation_id', 'import_id', 'number'] },
    ],
  };
}

/** Reads and takes a row. What is wrong with it is returned, not thrown, and nothing of the row is left: the chunk goes on. */
async function takeRow(
  tx: Tx,
  by: Pick<Importer, 'fields' | 'take'> & { mapping: ImportMapping; source: Omit<ImportSource, 'rowNumber'> },
  row: SheetRow,
): Promise<RowOutcome | RowProblem> {
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

async function proposeRemembered(
  tx: Tx,
  kind: string,
  fields: readonly ImportField[],
  rows: readonly SheetRow[],
  sheetName: string | undefined,
): Promise<ImportMapping> {
  const proposed = proposeMapping(fields, rows);
  const remembered = await tx
    .tables<DB>('platform')
    .selectFrom('import_headings')
    .select(['heading', 'field'])
    .where('organisation_id', '=', tx.organisationId)
    .where('kind', '=', kind)
    .execute();
  const columns = { ...proposed.columns };
  for (const column of columnsOf(rows, proposed.headingRow)) {
    const known = remembered.find((each) => each.heading === plainName(column.heading));
    if (known === undefined) continue;
    // What a person said goes before what the names suggest: this column is that field, or none.
    for (const [name, index] of Object.entries(columns)) if (index === column.index) delete columns[name];
    if (known.field !== null && fields.some((field) => field.name === known.field)) columns[known.field] = column.index;
  }
  return { ...proposed, columns, ...(sheetName === undefined ? {} : { sheetName }) };
}

async function lockRunning(tx: Tx, importId: string): Promise<{ shown: ShownImport; mapping: ImportMapping } | null> {
  // Two at once would take the same chunk: the second waits, and then finds what the first has left.
  await tx
    .tables<DB>('platform')
    .selectFrom('imports')
    .select('id')
    .where('organisation_id', '=', tx.organisationId)
    .where('id', '=', importId)
    .forUpdate()
    .execute();
  const shown = await getImport(tx, importId);
  return shown.state === 'running' ? { shown, mapping: shown.mapping } : null;
}

async function getImport(tx: Tx, importId: string): Promise<ShownImport> {
  const row = await importsWithAside(tx)
    .where('id', '=', importId)
    .where('state', '!=', 'receiving')
    .executeTakeFirst();
  if (row === undefined) throw new Problem('not-found');
  return shownImport(row);
}

function importsWithAside(tx: Tx) {
  return tx
    .tables<DB>('platform')
    .selectFrom('imports')
    .selectAll()
    .select((select) =>
      select
        .selectFrom('import_rows_aside')
        .select((inner) => inner.fn.countAll<number>().as('count'))
        .whereRef('import_rows_aside.organisation_id', '=', 'imports.organisation_id')
        .whereRef('import_rows_aside.import_id', '=', 'imports.id')
        .as('rows_aside'),
    )
    .where('imports.organisation_id', '=', tx.organisationId);
}

const aboutSchema = Type.Record(Type.String(), Type.String());
const mappingSchema = Type.Object({
  columns: Type.Record(Type.String(), Type.Integer({ minimum: 0 })),
  headingRow: Type.Integer({ minimum: 0 }),
  dayOrder: Type.Union([Type.Literal('day first'), Type.Literal('month first')]),
  sheetName: Type.Optional(Type.String()),
});

function shownImport(row: Selectable<ImportRow> & { rows_aside: number | null }): ShownImport {
  return {
    id: row.id,
    kind: row.kind,
    about: Value.Parse(aboutSchema, row.about),
    fileName: row.file_name,
    description: row.description,
    state: oneOf(states, row.state),
    mapping: Value.Parse(mappingSchema, row.mapping),
    rowsReceived: row.rows_received,
    rowsRead: row.rows_read,
    rowsAdded: row.rows_added,
    rowsChanged: row.rows_changed,
    rowsSame: row.rows_same,
    rowsAside: row.rows_aside ?? 0,
    failure: row.failure,
    receivedBy: row.received_by,
    receivedAt: row.received_at,
  };
}

async function changeImport(tx: Tx, importId: string, values: Partial<Record<string, unknown>>): Promise<void> {
  await tx
    .tables<DB>('platform')
    .updateTable('imports')
    .set(values)
    .where('organisation_id', '=', tx.organisationId)
    .where('id', '=', importId)
    .execute();
}

async function fail(tx: Tx, importId: string): Promise<void> {
  await changeImport(tx, importId, {
    state: 'failed',
    failure: 'The import stopped and could not go on. What was taken stays; import the file again to take the rest.',
  });
}

async function removeImport(tx: Tx, importId: string): Promise<void> {
  await tx
    .tables<DB>('platform')
    .deleteFrom('imports')
    .where('organisation_id', '=', tx.organisationId)
    .where('id', '=', importId)
    .execute();
}

async function removeAside(tx: Tx, importId: string, number: number): Promise<boolean> {
  const { numDeletedRows } = await tx
    .tables<DB>('platform')
    .deleteFrom('import_rows_aside')
    .where('organisation_id', '=', tx.organisationId)
    .where('import_id', '=', importId)
    .where('number', '=', number)
    .executeTakeFirstOrThrow();
  return numDeletedRows > 0n;
}

function chunks(tx: Tx, importId: string) {
  return tx
    .tables<DB>('platform')
    .selectFrom('import_chunks')
    .where('organisation_id', '=', tx.organisationId)
    .where('import_id', '=', importId);
}

function chunkPlace(tx: Tx, importId: string, number: number): string {
  return sealedPlace('platform.import_chunks.sealed_rows', tx.organisationId, importId, number);
}

function asidePlace(tx: Tx, importId: string, number: number): string {
  return sealedPlace('platform.import_rows_aside.sealed_cells', tx.organisationId, importId, number);
}

function nameOf(tx: Tx): string {
  return 'name' in tx.actor ? tx.actor.name : tx.actor.kind;
}

async function digestOf(path: string): Promise<Buffer> {
  const hash = createHash('sha256');
  for await (const piece of createReadStream(path) as AsyncIterable<Buffer>) hash.update(piece);
  return hash.digest();
}
