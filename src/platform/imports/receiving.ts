import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { sql } from 'kysely';
import type { Database, Scope, Tx } from '../database.ts';
import { newId } from '../ids.ts';
import type { DB } from '../tables.generated.ts';
import { changeImport, removeImport } from './import-record.ts';
import type { Importer } from './importer.ts';
import type { KeptRows } from './kept-rows.ts';
import { columnsOf, isEmptyRow, plainName, proposeMapping, type ImportField, type ImportMapping } from './mapping.ts';
import { openSheet, SheetProblem, type SheetReading, type SheetRow } from './sheet.ts';

const chunkRows = 250;

/** A table as somebody hands it over. */
export interface GivenTable extends SheetReading {
  readonly kind: string;
  /** A file on this machine; it is not needed afterwards. */
  readonly path: string;
  readonly fileName: string;
  readonly about?: Readonly<Record<string, string>>;
}

/**
 * Reads all of a table and keeps its rows, and proposes what each column is.
 *
 * @param start what begins an import whose rows need no mapping, in the transaction that completes the receiving.
 * @throws SheetProblem where it cannot be read as a table: nothing is kept.
 */
export async function receiveTable(
  {
    database,
    rows,
    start,
  }: {
    database: Database;
    rows: KeptRows;
    start: (tx: Tx, importId: string, mapping: ImportMapping) => Promise<void>;
  },
  scope: Scope,
  { fields, open }: Importer,
  table: GivenTable,
): Promise<string> {
  const sheet = open === undefined ? await openSheet(table.path, table) : await open(table.path);
  const digest = await digestOf(table.path);
  const id = newId();
  await database.transact(scope, async (tx) => {
    await removeUnreceived(tx);
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
      const filled = chunk;
      chunk = [];
      first ??= filled;
      number += 1;
      received += filled.length;
      await database.transact(scope, (tx) => rows.keepChunk(tx, id, number, filled));
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

/** Removes what was being received when its process died. Nobody has seen any of it; a file takes minutes, not a day. */
async function removeUnreceived(tx: Tx): Promise<void> {
  await tx
    .tables<DB>('platform')
    .deleteFrom('imports')
    .where('organisation_id', '=', tx.organisationId)
    .where('state', '=', 'receiving')
    .where('received_at', '<', sql<string>`now() - interval '1 day'`)
    .execute();
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

function nameOf(tx: Tx): string {
  return 'name' in tx.actor ? tx.actor.name : tx.actor.kind;
}

async function digestOf(path: string): Promise<Buffer> {
  const hash = createHash('sha256');
  for await (const piece of createReadStream(path) as AsyncIterable<Buffer>) hash.update(piece);
  return hash.digest();
}
