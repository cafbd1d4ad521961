import { sql } from 'kysely';
import { listServices } from '#organisations';
import { fingerprintEmail, type Keyring, type PersonalDataHolder, type Tx } from '#platform';
import { openAnswers, openApplicant, referenceKey } from './cases.ts';
import { caseworkTables } from './database.ts';
import { findDecision } from './decisions.ts';
import { listNotes } from './notes.ts';

/** The cases of a person, for subject access, and their erasure. */
export function createCaseHolder(keyring: Keyring): PersonalDataHolder {
  return {
    title: 'Applications and what was decided',
    gather: (tx, email) => gatherCases(tx, keyring, email),
    erase: eraseCases,
  };
}

/** What is held on a person. Colleagues' names are left out: they are other people's personal data. */
async function gatherCases(tx: Tx, keyring: Keyring, email: string): Promise<Record<string, unknown>[]> {
  const rows = await caseworkTables(tx)
    .selectFrom('cases')
    .selectAll()
    .where('organisation_id', '=', tx.organisationId)
    .where('applicant_fingerprint', '=', fingerprintEmail(keyring, email))
    .orderBy('id')
    .execute();
  if (rows.length === 0) return [];
  const services = new Map((await listServices(tx)).map((service) => [service.id, service.name]));
  const records: Record<string, unknown>[] = [];
  for (const row of rows) {
    const decision = await findDecision(tx, keyring, row.id);
    const notes = await listNotes(tx, keyring, row.id);
    records.push({
      reference: row.reference,
      title: row.title,
      service: services.get(row.service_id) ?? row.service_id,
      openedAt: row.opened_at,
      state: row.state,
      applicant: openApplicant(tx, keyring, row),
      answers: openAnswers(tx, keyring, row),
      notes: notes.map(({ text, at }) => ({ text, writtenAt: at })),
      decision:
        decision === null
          ? null
          : { outcome: decision.outcome, reason: decision.reason, decidedAt: decision.at, toldByEmail: decision.told },
    });
  }
  return records;
}

/** Erases answers, applicant, reason and notes. What remains names nobody: reference, dates, outcome, who decided. */
async function eraseCases(tx: Tx, serviceId: string, references: readonly string[]): Promise<number> {
  if (references.length === 0) return 0;
  const tables = caseworkTables(tx);
  const erased = await tables
    .updateTable('cases')
    .set({ sealed_answers: null, sealed_applicant: null, applicant_fingerprint: null, erased_at: sql<string>`now()` })
    .where('organisation_id', '=', tx.organisationId)
    .where('service_id', '=', serviceId)
    // The key is what the index knows.
    .where(sql<boolean>`reference_key = any(${references.map(referenceKey)})`)
    .where('erased_at', 'is', null)
    .returning('id')
    .execute();
  const ids = erased.map((row) => row.id);
  await tables
    .updateTable('decisions')
    .set({ sealed_reason: null })
    .where('organisation_id', '=', tx.organisationId)
    .where(sql<boolean>`case_id = any(${ids})`)
    .execute();
  await tables
    .updateTable('notes')
    .set({ sealed_text: null })
    .where('organisation_id', '=', tx.organisationId)
    .where(sql<boolean>`case_id = any(${ids})`)
    .execute();
  return ids.length;
}
