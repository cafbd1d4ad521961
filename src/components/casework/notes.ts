import { recordAudit, sealedPlace, type Keyring, type Tx } from '#platform';
import { lockCase, type PersonNamed } from './cases.ts';
import { caseworkTables } from './database.ts';

/** What a caseworker wrote down about a case. `text` is null once it is erased. */
export interface Note {
  readonly text: string | null;
  readonly by: PersonNamed;
  readonly at: string;
}

/**
 * Adds a note to a case, open or decided.
 *
 * @param values.noteId made with the form, so that a form that is sent twice makes one note.
 * @throws Problem not-found, also where the case is another service's; gone where the case is erased.
 */
export async function addNote(
  tx: Tx,
  keyring: Keyring,
  values: { serviceId: string; caseId: string; noteId: string; text: string; by: PersonNamed },
): Promise<void> {
  const { caseId, noteId, by } = values;
  const row = await lockCase(tx, values);
  const added = await caseworkTables(tx)
    .insertInto('notes')
    .values({
      organisation_id: tx.organisationId,
      id: noteId,
      case_id: caseId,
      sealed_text: keyring.seal(placeOfText(tx, noteId), values.text),
      written_by: by.id,
      written_by_name: by.name,
    })
    .onConflict((conflict) => conflict.columns(['organisation_id', 'id']).doNothing())
    .executeTakeFirst();
  if (added.numInsertedOrUpdatedRows === 0n) return;
  await recordAudit(tx, { action: 'casework.note-added', subject: { kind: 'case', id: caseId, name: row.reference } });
}

/** The notes of a case, oldest first. */
export async function listNotes(tx: Tx, keyring: Keyring, caseId: string): Promise<Note[]> {
  const rows = await caseworkTables(tx)
    .selectFrom('notes')
    .selectAll()
    .where('organisation_id', '=', tx.organisationId)
    .where('case_id', '=', caseId)
    .orderBy('written_at')
    .orderBy('id')
    .execute();
  return rows.map((row) => ({
    text: row.sealed_text === null ? null : keyring.open(placeOfText(tx, row.id), row.sealed_text).toString(),
    by: { id: row.written_by, name: row.written_by_name },
    at: row.written_at,
  }));
}

function placeOfText(tx: Tx, noteId: string): string {
  return sealedPlace('casework.notes.sealed_text', tx.organisationId, noteId);
}
