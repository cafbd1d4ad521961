import { newId, oneOf, Problem, recordAudit, type Tx } from '#platform';
import { organisationsTables } from './database.ts';
import { roleNames, type Role } from './roles.ts';

/** Lets people of one organisation act for another: see the table's comment. */
export interface Mandate {
  readonly id: string;
  readonly actingOrganisationId: string;
  readonly purpose: string;
  readonly roles: readonly Role[];
  readonly serviceId: string | null;
  readonly from: string;
  readonly until: string;
  readonly grantedBy: string;
  readonly withdrawnAt: string | null;
  readonly state: 'not yet in force' | 'in force' | 'expired' | 'withdrawn';
}

/**
 * Grants a mandate over the transaction's organisation, which is the one that is served.
 *
 * @param values.from ISO 8601 time from which it is in force; `until` the moment at which it ends.
 * @throws Problem invalid where it would end before it begins, or serve itself.
 */
export async function grantMandate(
  tx: Tx,
  values: {
    actingOrganisationId: string;
    purpose: string;
    roles: readonly Role[];
    serviceId: string | null;
    from: string;
    until: string;
    grantedBy: string;
  },
): Promise<string> {
  if (values.until <= values.from)
    throw new Problem('unprocessable', { message: 'The mandate must end after it begins.' });
  if (values.actingOrganisationId === tx.organisationId) {
    throw new Problem('unprocessable', {
      message: 'An organisation needs no mandate to act for itself. Choose another organisation.',
    });
  }
  const id = newId();
  await organisationsTables(tx)
    .insertInto('mandates')
    .values({
      organisation_id: tx.organisationId,
      id,
      acting_organisation_id: values.actingOrganisationId,
      purpose: values.purpose,
      roles: [...values.roles],
      service_id: values.serviceId,
      from_at: values.from,
      until_at: values.until,
      granted_by: values.grantedBy,
    })
    .execute();
  await recordAudit(tx, {
    action: 'organisations.mandate-granted',
    subject: { kind: 'mandate', id, name: values.purpose },
    detail: {
      acting: values.actingOrganisationId,
      roles: values.roles.join(', '),
      from: values.from,
      until: values.until,
    },
  });
  return id;
}

/** Ends a mandate at once. @throws Problem not-found where it is withdrawn already. */
export async function withdrawMandate(tx: Tx, mandateId: string, withdrawnBy: string): Promise<void> {
  const row = await organisationsTables(tx)
    .updateTable('mandates')
    .set({ withdrawn_at: new Date().toISOString(), withdrawn_by: withdrawnBy })
    .where('organisation_id', '=', tx.organisationId)
    .where('id', '=', mandateId)
    .where('withdrawn_at', 'is', null)
    .returning('purpose')
    .executeTakeFirst();
  if (row === undefined) throw new Problem('not-found', { message: 'This mandate has been withdrawn already.' });
  await recordAudit(tx, {
    action: 'organisations.mandate-withdrawn',
    subject: { kind: 'mandate', id: mandateId, name: row.purpose },
  });
}

/** The mandates that the transaction's organisation has granted, the newest first. */
export async function listMandates(tx: Tx): Promise<Mandate[]> {
  const rows = await organisationsTables(tx)
    .selectFrom('mandates')
    .selectAll()
    .where('organisation_id', '=', tx.organisationId)
    .orderBy('id', 'desc')
    .execute();
  const now = new Date().toISOString();
  return rows.map((row) => ({
    id: row.id,
    actingOrganisationId: row.acting_organisation_id,
    purpose: row.purpose,
    roles: row.roles.map((role) => oneOf(roleNames, role)),
    serviceId: row.service_id,
    from: row.from_at,
    until: row.until_at,
    grantedBy: row.granted_by,
    withdrawnAt: row.withdrawn_at,
    state: stateOf(row, now),
  }));
}

function stateOf(
  row: { from_at: string; until_at: string; withdrawn_at: string | null },
  now: string,
): Mandate['state'] {
  if (row.withdrawn_at !== null) return 'withdrawn';
  if (row.until_at <= now) return 'expired';
  return row.from_at <= now ? 'in force' : 'not yet in force';
}
