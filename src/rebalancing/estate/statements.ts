import { newId, type Tx } from '#platform';
import { estateTables } from './database.ts';

/** Where a statement about the estate comes from. */
export interface Source {
  readonly kind: 'person' | 'file' | 'notice' | 'spend' | 'suggestion' | 'merger' | 'program';
  /** In words: the name of the file and its row, the identifier of a notice; of a person, what they did. */
  readonly name: string;
  /** The day as of which it is true, as an ISO date. */
  readonly statedOn: string;
}

/** What the newest statement about one field says of itself: kept beside the fields, so that a page needs no history. */
export interface Statement {
  readonly on: string;
  readonly by: string;
  readonly kind: Source['kind'];
  readonly source: string;
}

/** The newest statement about each field that somebody has said something about. */
export type Stated = Readonly<Record<string, Statement | undefined>>;

/** What a field can hold. Lists are of words. */
export type FieldValue = string | number | boolean | null | readonly string[] | readonly object[];

/** What becomes of what was said about something. */
export interface Said<Field extends string> {
  /** Fields whose value is another now, with both values. */
  readonly changed: readonly { readonly field: Field; readonly before: FieldValue; readonly after: FieldValue }[];
  /** Fields that were said to be what they are, by a newer statement than the one that was known. */
  readonly confirmed: readonly Field[];
  /** Fields about which something newer is known, so that nothing was changed. */
  readonly outdated: readonly Field[];
  readonly stated: Stated;
}

/**
 * Weighs what is said about some fields against what is known of them. The newest day wins; of two statements of the same
 * day, the later one. What is said again as of the same day or an earlier one changes nothing, so that a file may be read
 * twice.
 *
 * @param said the fields that something is said about; a field that is left out (undefined) stays as it is.
 */
export function weigh<Field extends string>(
  known: Readonly<Record<Field, FieldValue>>,
  stated: Stated,
  said: Readonly<Partial<Record<Field, FieldValue | undefined>>>,
  { source, by }: { source: Source; by: string },
  fields: readonly Field[],
): Said<Field> {
  const changed: { field: Field; before: FieldValue; after: FieldValue }[] = [];
  const confirmed: Field[] = [];
  const outdated: Field[] = [];
  const now: Record<string, Statement | undefined> = { ...stated };
  for (const field of fields) {
    const after = said[field];
    if (after === undefined) continue;
    const before = known[field];
    const last = stated[field];
    const same = isSame(before, after);
    if (last !== undefined && last.on > source.statedOn) {
      if (!same) outdated.push(field);
      continue;
    }
    if (same && (last === undefined ? isNothing(after) : last.on === source.statedOn)) continue;
    if (same) confirmed.push(field);
    else changed.push({ field, before, after });
    now[field] = { on: source.statedOn, by, kind: source.kind, source: source.name };
  }
  return { changed, confirmed, outdated, stated: now };
}

/** Writes down what was said, in the transaction that changes it. */
export async function recordChanges<Field extends string>(
  tx: Tx,
  subject: { kind: ChangeSubject; id: string; departmentId: string | null },
  said: Pick<Said<Field>, 'changed' | 'confirmed'>,
  source: Source,
  values: Readonly<Record<string, FieldValue>>,
): Promise<void> {
  const rows = [
    ...said.changed,
    ...said.confirmed.map((field) => ({ field, before: values[field] ?? null, after: values[field] ?? null })),
  ];
  if (rows.length === 0) return;
  await estateTables(tx)
    .insertInto('changes')
    .values(
      rows.map(({ field, before, after }) => ({
        organisation_id: tx.organisationId,
        id: newId(),
        department_id: subject.departmentId,
        subject_kind: subject.kind,
        subject_id: subject.id,
        field,
        before: JSON.stringify(before),
        after: JSON.stringify(after),
        source_kind: source.kind,
        source: source.name,
        stated_on: source.statedOn,
        said_by: whoSays(tx),
      })),
    )
    .execute();
}

export type ChangeSubject = 'system' | 'part' | 'contract' | 'department' | 'supplier' | 'need' | 'target';

/** One field of something was said to be this. */
export interface Change {
  readonly id: string;
  readonly at: string;
  readonly subjectKind: string;
  readonly subjectId: string;
  readonly field: string;
  readonly before: unknown;
  readonly after: unknown;
  readonly statedOn: string;
  readonly by: string;
  readonly sourceKind: string;
  readonly source: string;
}

/** What was said about some things, newest first. */
export async function listChanges(tx: Tx, subjectIds: readonly string[], most = 100): Promise<Change[]> {
  if (subjectIds.length === 0) return [];
  const rows = await estateTables(tx)
    .selectFrom('changes')
    .selectAll()
    .where('organisation_id', '=', tx.organisationId)
    .where('subject_id', 'in', subjectIds)
    .orderBy('id', 'desc')
    .limit(most)
    .execute();
  return rows.map((row) => ({
    id: row.id,
    at: row.at,
    subjectKind: row.subject_kind,
    subjectId: row.subject_id,
    field: row.field,
    before: row.before,
    after: row.after,
    statedOn: row.stated_on,
    by: row.said_by,
    sourceKind: row.source_kind,
    source: row.source,
  }));
}

/** The name of whoever is behind the transaction. */
export function whoSays(tx: Tx): string {
  return 'name' in tx.actor ? tx.actor.name : 'applicant';
}

/** The statements of a row, as the database gives them back. */
export function readStated(value: unknown): Stated {
  return isStated(value) ? value : {};
}

function isStated(value: unknown): value is Stated {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isSame(one: FieldValue, other: FieldValue): boolean {
  return one === other || (typeof one === 'object' && JSON.stringify(one) === JSON.stringify(other));
}

function isNothing(value: FieldValue): boolean {
  return value === null || value === '' || (Array.isArray(value) && value.length === 0);
}
