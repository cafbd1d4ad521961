import { sql } from 'kysely';
import { sendEmail } from '#notify';
import { getService } from '#organisations';
import { oneOf, publishEvent, recordAudit, sealedPlace, type Keyring, type Tx } from '#platform';
import { lockCase, openApplicant, type PersonNamed } from './cases.ts';
import { caseworkTables } from './database.ts';

const outcomes = ['approved', 'refused'] as const;
export type Outcome = (typeof outcomes)[number];

/** The decision of a case. `reason` is null where none was given, or it is erased. */
export interface Decision {
  readonly outcome: Outcome;
  readonly reason: string | null;
  readonly by: PersonNamed;
  readonly at: string;
  /** Whether an e-mail told the applicant; false where no address was given. */
  readonly told: boolean;
}

/** What became of deciding: this decision stands, or somebody else's was first. */
export type Deciding =
  { readonly done: true; readonly told: boolean } | { readonly done: false; readonly earlier: Decision };

/** The template of the e-mail that tells the applicant. It fills in service, department, contact, reference and reason. */
const templates: Readonly<Record<Outcome, string>> = {
  approved: 'application approved',
  refused: 'application refused',
};

/**
 * Decides a case: the decision, the state of the case, the e-mail to the applicant, the audit entry and the event are
 * committed together. Of two people who decide at once, one does; the same decision sent twice is one.
 *
 * @param values.reason what the applicant is told; empty where nothing more is to be said.
 * @throws Problem not-found, also where the case is another service's; gone where the case is erased.
 */
export async function decideCase(
  tx: Tx,
  keyring: Keyring,
  values: { serviceId: string; caseId: string; outcome: Outcome; reason: string; by: PersonNamed },
): Promise<Deciding> {
  const { serviceId, caseId, outcome, reason, by } = values;
  const row = await lockCase(tx, values);
  if (row.state !== 'open') {
    const earlier = await findDecision(tx, keyring, caseId);
    if (earlier === null) throw new Error('A case that is not open has no decision.');
    const isSame = earlier.by.id === by.id && earlier.outcome === outcome && (earlier.reason ?? '') === reason;
    return isSame ? { done: true, told: earlier.told } : { done: false, earlier };
  }
  const messageId = await tellApplicant(tx, keyring, row, values);
  const decidedAt = new Date().toISOString();
  const tables = caseworkTables(tx);
  await tables
    .insertInto('decisions')
    .values({
      organisation_id: tx.organisationId,
      case_id: caseId,
      outcome,
      sealed_reason: reason === '' ? null : keyring.seal(placeOfReason(tx, caseId), reason),
      message_id: messageId,
      decided_by: by.id,
      decided_by_name: by.name,
      decided_at: decidedAt,
    })
    .execute();
  await tables
    .updateTable('cases')
    .set({ state: outcome, decided_at: decidedAt, revision: sql`revision + 1` })
    .where('organisation_id', '=', tx.organisationId)
    .where('id', '=', caseId)
    .execute();
  await recordAudit(tx, {
    action: `casework.case-${outcome}`,
    subject: { kind: 'case', id: caseId, name: row.reference },
    detail: { service: serviceId, told: messageId !== null },
  });
  await publishEvent(tx, {
    type: 'commonhold.casework.case-decided',
    source: '/casework',
    subject: row.reference,
    data: { caseId, serviceId, outcome },
  });
  return { done: true, told: messageId !== null };
}

/** The decision of a case, or null while it is open. */
export async function findDecision(tx: Tx, keyring: Keyring, caseId: string): Promise<Decision | null> {
  const row = await caseworkTables(tx)
    .selectFrom('decisions')
    .selectAll()
    .where('organisation_id', '=', tx.organisationId)
    .where('case_id', '=', caseId)
    .executeTakeFirst();
  if (row === undefined) return null;
  return {
    outcome: oneOf(outcomes, row.outcome),
    reason: row.sealed_reason === null ? null : keyring.open(placeOfReason(tx, caseId), row.sealed_reason).toString(),
    by: { id: row.decided_by, name: row.decided_by_name },
    at: row.decided_at,
    told: row.message_id !== null,
  };
}

async function tellApplicant(
  tx: Tx,
  keyring: Keyring,
  row: { id: string; reference: string; sealed_applicant: Buffer | null },
  { serviceId, outcome, reason }: { serviceId: string; outcome: Outcome; reason: string },
): Promise<string | null> {
  const email = openApplicant(tx, keyring, row)?.email ?? null;
  if (email === null) return null;
  const service = await getService(tx, serviceId);
  const { messageId } = await sendEmail(tx, keyring, {
    serviceId,
    template: templates[outcome],
    to: email,
    personalisation: {
      service: service.name,
      department: service.organisationName,
      contact: service.contact,
      reference: row.reference,
      reason,
    },
    reference: row.reference,
  });
  return messageId;
}

function placeOfReason(tx: Tx, caseId: string): string {
  return sealedPlace('casework.decisions.sealed_reason', tx.organisationId, caseId);
}
