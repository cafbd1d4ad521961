import { newId, Problem, recordAudit, type Tx } from '#platform';
import { estateTables } from '../database.ts';
import { suggest } from '../needs/suggestions.ts';
import { whoSays } from '../statements.ts';

type Kind = 'supplier' | 'department';

/**
 * Takes one spelling of a supplier or department for another's. Nothing is moved: the row points at the other, and so do
 * the rows that pointed at it, so that it can be undone. A department that is an organisation of Commonhold stays the one
 * that the other is merged into.
 *
 * @throws Problem conflict where one of them is merged already, or both are organisations of Commonhold.
 */
export async function mergeSpellings(tx: Tx, kind: Kind, mergedId: string, intoId: string): Promise<void> {
  const tables = estateTables(tx);
  const rows =
    kind === 'supplier'
      ? (
          await tables
            .selectFrom('suppliers')
            .select(['id', 'name', 'merged_into'])
            .where('organisation_id', '=', tx.organisationId)
            .where('id', 'in', [mergedId, intoId])
            .orderBy('id')
            .forUpdate()
            .execute()
        ).map((row) => ({ ...row, of_organisation_id: null }))
      : await tables
          .selectFrom('departments')
          .select(['id', 'name', 'merged_into', 'of_organisation_id'])
          .where('organisation_id', '=', tx.organisationId)
          .where('id', 'in', [mergedId, intoId])
          .orderBy('id')
          .forUpdate()
          .execute();
  let merged = rows.find((row) => row.id === mergedId);
  let into = rows.find((row) => row.id === intoId);
  if (merged === undefined || into === undefined || merged === into) throw new Problem('not-found');
  if (merged.of_organisation_id !== null && into.of_organisation_id === null) [merged, into] = [into, merged];
  if (merged.merged_into !== null || into.merged_into !== null) {
    throw new Problem('conflict', {
      title: 'These are merged already',
      message: 'One of the two is another spelling already. Go back to see what it is now.',
    });
  }
  if (merged.of_organisation_id !== null) {
    throw new Problem('conflict', {
      title: 'These cannot be merged',
      message: 'Both are organisations of their own on Commonhold.',
    });
  }
  const table = kind === 'supplier' ? 'suppliers' : 'departments';
  const repointed = await tables
    .updateTable(table)
    .set({ merged_into: into.id })
    .where('organisation_id', '=', tx.organisationId)
    .where('merged_into', '=', merged.id)
    .returning('id')
    .execute();
  await tables
    .updateTable(table)
    .set({ merged_into: into.id })
    .where('organisation_id', '=', tx.organisationId)
    .where('id', '=', merged.id)
    .execute();
  await tables
    .insertInto('mergers')
    .values({
      organisation_id: tx.organisationId,
      id: newId(),
      kind,
      merged_id: merged.id,
      into_id: into.id,
      repointed: repointed.map((row) => row.id),
      merged_by: whoSays(tx),
    })
    .execute();
  await recordAudit(tx, {
    action: `estate.${kind}-merged`,
    subject: { kind, id: merged.id, name: merged.name },
    detail: { into: into.name },
  });
}

/** A merger as pages show it. */
export interface Merger {
  readonly id: string;
  readonly kind: string;
  readonly merged: string;
  readonly into: string;
  readonly at: string;
  readonly by: string;
}

/** The mergers that hold, newest first. */
export async function listMergers(tx: Tx): Promise<Merger[]> {
  const tables = estateTables(tx);
  const rows = await tables
    .selectFrom('mergers')
    .selectAll()
    .where('organisation_id', '=', tx.organisationId)
    .where('undone_at', 'is', null)
    .orderBy('id', 'desc')
    .limit(200)
    .execute();
  const names = new Map(
    [
      ...(await tables
        .selectFrom('suppliers')
        .select(['id', 'name'])
        .where('organisation_id', '=', tx.organisationId)
        .execute()),
      ...(await tables
        .selectFrom('departments')
        .select(['id', 'name'])
        .where('organisation_id', '=', tx.organisationId)
        .execute()),
    ].map((row) => [row.id, row.name]),
  );
  return rows.map((row) => ({
    id: row.id,
    kind: row.kind,
    merged: names.get(row.merged_id) ?? '',
    into: names.get(row.into_id) ?? '',
    at: row.merged_at,
    by: row.merged_by,
  }));
}

/** Undoes a merger: both are again what they were. @throws Problem conflict where that was done, or a later one stands on it */
export async function undoMerger(tx: Tx, id: string): Promise<void> {
  const tables = estateTables(tx);
  const row = await tables
    .updateTable('mergers')
    .set({ undone_at: new Date().toISOString(), undone_by: whoSays(tx) })
    .where('organisation_id', '=', tx.organisationId)
    .where('id', '=', id)
    .where('undone_at', 'is', null)
    .returningAll()
    .executeTakeFirst();
  if (row === undefined) throw new Problem('conflict', { message: 'This merger was undone already.' });
  const table = row.kind === 'supplier' ? 'suppliers' : 'departments';
  const freed = await tables
    .updateTable(table)
    .set({ merged_into: null })
    .where('organisation_id', '=', tx.organisationId)
    .where('id', '=', row.merged_id)
    .where('merged_into', '=', row.into_id)
    .returning('id')
    .executeTakeFirst();
  if (freed === undefined) {
    throw new Problem('conflict', {
      message: 'What it was merged into has itself been merged since. Undo that first.',
    });
  }
  if (row.repointed.length > 0) {
    await tables
      .updateTable(table)
      .set({ merged_into: row.merged_id })
      .where('organisation_id', '=', tx.organisationId)
      .where('id', 'in', row.repointed)
      .execute();
  }
  await recordAudit(tx, { action: `estate.${row.kind}-merger-undone`, subject: { kind: row.kind, id: row.merged_id } });
}

/** Suggests spellings of suppliers and of departments that may be one: nearly the same letters, or the same words in another order. */
export async function suggestMergers(tx: Tx): Promise<{ added: number }> {
  let added = 0;
  for (const kind of ['supplier', 'department'] as const) {
    const rows = await estateTables(tx)
      .selectFrom(kind === 'supplier' ? 'suppliers' : 'departments')
      .select(['id', 'name', 'name_key'])
      .where('organisation_id', '=', tx.organisationId)
      .where('merged_into', 'is', null)
      .orderBy('id')
      .execute();
    for (const { one, other, likeness } of alike(rows)) {
      const made = await suggest(tx, {
        departmentId: null,
        kind: kind === 'supplier' ? 'same supplier' : 'same department',
        subjectId: other.id,
        value: { into: one.id },
        evidence: `“${other.name}” and “${one.name}”`,
        source: 'letters of their names',
        confidence: likeness,
      });
      if (made.isNew) added += 1;
    }
  }
  return { added };
}

interface Named {
  readonly id: string;
  readonly name: string;
  readonly name_key: string;
}

/**
 * Pairs of names that are alike by the pairs of letters they share (Sørensen–Dice), at least 0.85 of them. Only names that
 * share a word, or their first four letters, are compared: a government has thousands.
 */
export function alike<T extends Named>(rows: readonly T[]): { one: T; other: T; likeness: number }[] {
  const buckets = new Map<string, number[]>();
  rows.forEach((row, index) => {
    for (const key of new Set([
      row.name_key.replaceAll(' ', '').slice(0, 4),
      ...row.name_key.split(' ').filter((word) => word.length > 3),
    ])) {
      const bucket = buckets.get(key) ?? [];
      bucket.push(index);
      buckets.set(key, bucket);
    }
  });
  const pairsOf = rows.map((row) => letterPairs(row.name_key));
  const seen = new Set<number>();
  const found: { one: T; other: T; likeness: number }[] = [];
  for (const bucket of buckets.values()) {
    // A word that hundreds share ("council") says nothing of who they are.
    if (bucket.length > 200) continue;
    for (const [place, first] of bucket.entries()) {
      for (const second of bucket.slice(place + 1)) {
        const key = first * rows.length + second;
        if (seen.has(key)) continue;
        seen.add(key);
        const [one, other] = [rows[first], rows[second]];
        const likeness = diceOf(pairsOf[first] ?? [], pairsOf[second] ?? []);
        if (
          one !== undefined &&
          other !== undefined &&
          likeness >= 0.85 &&
          numbersOf(one.name_key) === numbersOf(other.name_key)
        ) {
          found.push({ one, other, likeness });
        }
      }
    }
  }
  return found.toSorted((first, second) => second.likeness - first.likeness);
}

/** Two names that differ in a number are two things: "Region 1" and "Region 2". */
function numbersOf(name: string): string {
  return (name.match(/\d+/g) ?? []).join(' ');
}

function letterPairs(name: string): string[] {
  return name
    .split(' ')
    .flatMap((word) =>
      word.length < 2 ? [word] : Array.from({ length: word.length - 1 }, (_, at) => word.slice(at, at + 2)),
    );
}

function diceOf(one: readonly string[], other: readonly string[]): number {
  const left = [...other];
  let shared = 0;
  for (const pair of one) {
    const at = left.indexOf(pair);
    if (at === -1) continue;
    left.splice(at, 1);
    shared += 1;
  }
  return (2 * shared) / (one.length + other.length || 1);
}
