import { newId, recordAudit, sealedPlace, type Keyring, type Tx } from '#platform';
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
  const { caseId, text, by } = values;
  const row = await lockCase(tx, values);
  const same = await findNote(tx, keyring, values.noteId);
  if (same !== undefined && same.caseId === caseId && same.text === text) return;
  // The form of a note that was added already, gone back to and written anew: another note.
  const noteId = same === undefined ? values.noteId : newId();
  await caseworkTables(tx)
    .insertInto('notes')
    .values({
      organisation_id: tx.organisationId,
      id: noteId,
      case_id: caseId,
      sealed_text: keyring.seal(placeOfText(tx, noteId), text),
      written_by: by.id,
      written_by_name: by.name,
    })
    .execute();
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

async function findNote(
  tx: Tx,
  keyring: Keyring,
  noteId: string,
): Promise<{ caseId: string; text: string | null } | undefined> {
  const row = await caseworkTables(tx)
    .selectFrom('notes')
    .select(['case_id', 'sealed_text'])
    .where('organisation_id', '=', tx.organisationId)
    .where('id', '=', noteId)
    .executeTakeFirst();
  if (row === undefined) return undefined;
  return {
    caseId: row.case_id,
    text: row.sealed_text === null ? null : keyring.open(placeOfText(tx, noteId), row.sealed_text).toString(),
  };
}

function placeOfText(tx: Tx, noteId: string): string {
  return sealedPlace('casework.notes.sealed_text', tx.organisationId, noteId);
}
