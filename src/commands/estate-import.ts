import { open, readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { listOrganisations } from '#organisations';
import type { ImportMapping, Scope, Settings, ShownImport } from '#platform';
import { joinParts, type Whole } from '../main.ts';

/** What `--map` says: which column is which field, by the heading of the column or its place, counted from 1. */
interface MapFile {
  readonly columns?: Readonly<Record<string, string | number>>;
  readonly headingRow?: number;
  readonly dayOrder?: string;
}

/** A file that was received as one kind of table, and what is still to be found among its columns. */
interface Attempt {
  readonly id: string;
  readonly kind: string;
  readonly mapping: ImportMapping;
  readonly missing: readonly string[];
}

/** The kinds of tables, from the one that asks for most to the one that asks for least. */
const tables = ['estate.spend', 'estate.contracts', 'estate.systems'] as const;

/**
 * Takes a file into the estate without a browser: a list of systems, a register of contracts, spend, or contract notices.
 * What kind it is, and which column is what, is recognised; `wanted.map` names a file that says what cannot be.
 *
 * @param wanted.kind `systems`, `contracts`, `spend` or `notices`.
 * @param say told of each step, and of the first rows that lie aside.
 * @throws Error naming the columns of the file where it cannot be told what they are.
 */
export async function importIntoEstate(
  settings: Settings,
  file: string,
  wanted: { kind?: string | undefined; map?: string | undefined },
  say: (line: string) => void,
): Promise<ShownImport> {
  const whole = await joinParts(settings, settings.databaseUrl ?? '');
  const { database, imports } = whole;
  try {
    const government = (await listOrganisations(database)).find((each) => each.parentId === null);
    if (government === undefined) {
      throw new Error('There is no government yet. Run "bin/commonhold operator add EMAIL" first.');
    }
    const scope: Scope = { organisationId: government.id, actor: { kind: 'system', name: 'command line' } };
    const { id, kind, mapping, missing } = await receive(whole, scope, file, wanted);
    if (missing.length > 0) {
      const words = await whatIsMissing(whole, scope, { id, kind, missing });
      await database.transact(scope, (tx) => imports.withdraw(tx, id));
      throw new Error(words);
    }
    const { state, description } = await database.transact(scope, (tx) => imports.get(tx, id));
    say(`${basename(file)}: ${description}. Taken as ${imports.importer(kind).title.toLowerCase()}.`);
    if (state === 'mapping') await database.transact(scope, (tx) => imports.begin(tx, id, mapping));
    const done = await imports.run(scope, id, ({ rowsRead, rowsReceived }) =>
      say(`${rowsRead} of ${rowsReceived} rows`),
    );
    for (const row of await database.transact(scope, (tx) => imports.listAside(tx, id, 0, 20))) {
      say(`Row ${row.number} lies aside. ${row.reason}`);
    }
    if (done.rowsAside > 0) say(`Mend what lies aside at ${settings.publicUrl}/staff/estate/imports/${id}`);
    return done;
  } finally {
    await database.close();
  }
}

/** Receives the file as the first kind of table whose needed columns are all there, or else the one with the fewest missing. */
async function receive(
  { database, imports }: Whole,
  scope: Scope,
  file: string,
  wanted: { kind?: string | undefined; map?: string | undefined },
): Promise<Attempt> {
  let best: Attempt | undefined;
  for (const kind of await kindsOf(file, wanted.kind)) {
    const id = await imports.receive(scope, { kind, path: file, fileName: basename(file) });
    const shown = await database.transact(scope, (tx) => imports.get(tx, id));
    // What is no table has no columns to choose, and has begun.
    if (shown.state !== 'mapping') return { id, kind, mapping: shown.mapping, missing: [] };
    const { columns } = await database.transact(scope, (tx) => imports.columns(tx, id));
    const mapping = await mappedBy(wanted.map, shown.mapping, columns);
    const missing = imports
      .importer(kind)
      .fields.filter((field) => field.required === true && mapping.columns[field.name] === undefined)
      .map((field) => field.label);
    const attempt: Attempt = { id, kind, mapping, missing };
    const [kept, dropped]: [Attempt, Attempt | undefined] =
      best === undefined || missing.length < best.missing.length ? [attempt, best] : [best, attempt];
    if (dropped !== undefined) await database.transact(scope, (tx) => imports.withdraw(tx, dropped.id));
    best = kept;
    if (best.missing.length === 0) break;
  }
  if (best === undefined) throw new Error('There is nothing to import.');
  return best;
}

async function whatIsMissing(
  { database, imports }: Whole,
  scope: Scope,
  { id, kind, missing }: Pick<Attempt, 'id' | 'kind' | 'missing'>,
): Promise<string> {
  const { columns } = await database.transact(scope, (tx) => imports.columns(tx, id));
  const { fields, title } = imports.importer(kind);
  const needed = fields.filter((field) => field.required === true);
  const example = { columns: Object.fromEntries(needed.map((field) => [field.name, columns[0]?.heading ?? ''])) };
  return [
    `Taken as ${title.toLowerCase()}, it cannot be told which column is: ${missing.join(', ')}.`,
    'The columns of the file are:',
    ...columns.map((column) => `  ${column.heading} (${column.samples.slice(0, 3).join('; ')})`),
    'Write a file such as this and name it with --map, or name another kind with --kind:',
    JSON.stringify(example),
    `Fields: ${fields.map((field) => field.name).join(', ')}`,
  ].join('\n');
}

/** What a file may be: notices where it is JSON, else each kind of table. */
async function kindsOf(file: string, kind: string | undefined): Promise<readonly string[]> {
  if (kind !== undefined) {
    const name = `estate.${kind}`;
    if (![...tables, 'estate.notices'].includes(name)) {
      throw new Error(`There is no kind "${kind}". Use systems, contracts, spend or notices.`);
    }
    return [name];
  }
  const handle = await open(file);
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(4096), 0, 4096, 0);
    const beginning = buffer.toString('utf8', 0, bytesRead).replace(/^\ufeff/, '');
    return /^\s*[[{]/.test(beginning) ? ['estate.notices'] : tables;
  } finally {
    await handle.close();
  }
}

async function mappedBy(
  map: string | undefined,
  proposed: ImportMapping,
  columns: readonly { index: number; heading: string }[],
): Promise<ImportMapping> {
  if (map === undefined) return proposed;
  const given: MapFile = JSON.parse(await readFile(map, 'utf8'));
  const chosen = new Map(Object.entries(proposed.columns));
  for (const [field, column] of Object.entries(given.columns ?? {})) {
    const index = typeof column === 'number' ? column - 1 : columns.find((each) => each.heading === column)?.index;
    if (index === undefined) throw new Error(`${map}: there is no column "${column}" in the file, for ${field}.`);
    // A column that is said to be this field is no other one.
    for (const [name, at] of chosen) if (at === index) chosen.delete(name);
    chosen.set(field, index);
  }
  return {
    ...proposed,
    columns: Object.fromEntries(chosen),
    headingRow: given.headingRow ?? proposed.headingRow,
    dayOrder: given.dayOrder === 'month first' ? 'month first' : proposed.dayOrder,
  };
}
