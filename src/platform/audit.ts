import { sql } from 'kysely';
import type { Actor, Tx } from './database.ts';
import { newId } from './ids.ts';
import { prepareInsert } from './prepared.ts';
import type { DB } from './tables.generated.ts';

/** What is recorded of an act. Names and details hold no personal data of citizens: a reference, not a person. */
export interface AuditEntry {
  /** `<part>.<what was done>`: `casework.case-approved`. */
  readonly action: string;
  /** What it was done to. */
  readonly subject: { readonly kind: string; readonly id?: string; readonly name?: string };
  readonly detail?: Readonly<Record<string, string | number | boolean | null>>;
}

/** Adds an entry to the audit trail, in the transaction that does what it records. */
export async function recordAudit(tx: Tx, entry: AuditEntry): Promise<void> {
  await insertEntry(tx, {
    organisation_id: tx.organisationId,
    id: newId(),
    actor_kind: tx.actor.kind,
    actor_id: 'id' in tx.actor ? tx.actor.id : null,
    actor_name: nameOf(tx.actor),
    from_address: 'address' in tx.actor ? (tx.actor.address ?? null) : null,
    mandate_id: tx.mandateId ?? null,
    action: entry.action,
    subject_kind: entry.subject.kind,
    subject_id: entry.subject.id ?? null,
    subject_name: entry.subject.name ?? null,
    detail: JSON.stringify(entry.detail ?? {}),
  });
}

const insertEntry = prepareInsert<DB, 'audit_entries'>('platform', 'audit_entries');

/** Records a use of a mandate: handed to `openDatabase`, which calls it in each transaction that a mandate opens. */
export async function recordMandateUse(tx: Tx, mandateId: string, purpose: string): Promise<void> {
  await recordAudit(tx, {
    action: 'organisations.mandate-used',
    subject: { kind: 'mandate', id: mandateId },
    detail: { for: purpose },
  });
}

/** An entry as pages show it. */
export interface ShownAuditEntry {
  readonly id: string;
  readonly at: string;
  readonly actor: string;
  readonly fromAddress: string | null;
  readonly mandateId: string | null;
  readonly action: string;
  readonly subjectKind: string;
  readonly subjectId: string | null;
  readonly subjectName: string | null;
  readonly detail: Readonly<Record<string, unknown>>;
}

/**
 * The newest entries of the transaction's organisation, a page at a time.
 *
 * @param filter.before the id of the last entry of the page before; identifiers are in the order of time.
 * @param filter.subjectId only what was done to this.
 */
export async function listAudit(
  tx: Tx,
  filter: { before?: string; subjectId?: string; action?: string; most?: number } = {},
): Promise<ShownAuditEntry[]> {
  let query = tx.tables<DB>('platform').selectFrom('audit_entries').where('organisation_id', '=', tx.organisationId);
  if (filter.before !== undefined) query = query.where('id', '<', filter.before);
  if (filter.subjectId !== undefined) query = query.where('subject_id', '=', filter.subjectId);
  if (filter.action !== undefined) query = query.where(sql<boolean>`action like ${`${filter.action}%`}`);
  const rows = await query
    .select([
      'id',
      'at',
      'actor_name',
      'from_address',
      'mandate_id',
      'action',
      'subject_kind',
      'subject_id',
      'subject_name',
      'detail',
    ])
    .orderBy('id', 'desc')
    .limit(filter.most ?? 50)
    .execute();
  return rows.map((row) => ({
    id: row.id,
    at: row.at,
    actor: row.actor_name,
    fromAddress: row.from_address,
    mandateId: row.mandate_id,
    action: row.action,
    subjectKind: row.subject_kind,
    subjectId: row.subject_id,
    subjectName: row.subject_name,
    detail: typeof row.detail === 'object' && row.detail !== null && !Array.isArray(row.detail) ? row.detail : {},
  }));
}

function nameOf(actor: Actor): string {
  return 'name' in actor ? actor.name : 'applicant';
}
