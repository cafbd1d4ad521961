import { type Selectable } from 'kysely';
import { Type } from 'typebox';
import { Value } from 'typebox/value';
import { oneOf } from '../choices.ts';
import type { Tx } from '../database.ts';
import { Problem } from '../problem.ts';
import type { DB, Imports as ImportRow } from '../tables.generated.ts';
import type { ImportMapping } from './mapping.ts';

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

/** @throws Problem not-found. */
export async function getImport(tx: Tx, importId: string): Promise<ShownImport> {
  const row = await importsWithAside(tx)
    .where('id', '=', importId)
    .where('state', '!=', 'receiving')
    .executeTakeFirst();
  if (row === undefined) throw new Problem('not-found');
  return shownImport(row);
}

/** The newest first, a hundred at most. */
export async function listImports(tx: Tx, kind: string): Promise<ShownImport[]> {
  const rows = await importsWithAside(tx)
    .where('kind', '=', kind)
    .where('state', '!=', 'receiving')
    .orderBy('id', 'desc')
    .limit(100)
    .execute();
  return rows.map(shownImport);
}

/** Two at once would take the same rows: the second waits, and then finds what the first has left. @returns null where it does not run. */
export async function lockRunning(tx: Tx, importId: string): Promise<ShownImport | null> {
  await tx
    .tables<DB>('platform')
    .selectFrom('imports')
    .select('id')
    .where('organisation_id', '=', tx.organisationId)
    .where('id', '=', importId)
    .forUpdate()
    .execute();
  const shown = await getImport(tx, importId);
  return shown.state === 'running' ? shown : null;
}

export async function changeImport(tx: Tx, importId: string, values: Partial<Record<string, unknown>>): Promise<void> {
  await tx
    .tables<DB>('platform')
    .updateTable('imports')
    .set(values)
    .where('organisation_id', '=', tx.organisationId)
    .where('id', '=', importId)
    .execute();
}

/** With its rows. */
export async function removeImport(tx: Tx, importId: string): Promise<void> {
  await tx
    .tables<DB>('platform')
    .deleteFrom('imports')
    .where('organisation_id', '=', tx.organisationId)
    .where('id', '=', importId)
    .execute();
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
