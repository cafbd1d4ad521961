import { withdrawSystemCost } from '#measures';
import { isDay, Problem, recordAudit, type Tx } from '#platform';
import { pushSoon } from '../costs/push-soon.ts';
import { estateTables } from '../database.ts';
import { whoSays } from '../statements.ts';

/** A public service that a system serves, whose cost a share of the system's is. */
export interface ServedService {
  readonly systemId: string;
  readonly serviceId: string;
  readonly serviceOrganisationId: string;
  /** The share of the system's cost that is the service's, in hundredths of a per cent: 10,000 is all of it. */
  readonly shareBasisPoints: number;
  /** The first day from which its cost counts, as an ISO date. */
  readonly since: string;
}

/**
 * Says that a system serves a service, and which share of its cost is the service's. Measures is then told that cost,
 * quarter by quarter, and told again whenever a contract or a part of the system changes. Saying it again changes the share
 * and the day.
 *
 * @throws Problem unprocessable where the shares of the system's services would be more than the whole, or the day is none;
 *   not-found where the system is not there.
 */
export async function serveService(tx: Tx, values: ServedService & { readonly source: string }): Promise<void> {
  const { shareBasisPoints } = values;
  if (!Number.isInteger(shareBasisPoints) || shareBasisPoints < 1 || shareBasisPoints > 10_000) {
    throw new Problem('unprocessable', { message: 'A service’s share of a system is between 0.01% and 100%.' });
  }
  if (!isDay(values.since) || values.since < '1970') {
    throw new Problem('unprocessable', {
      message: `"${values.since}" is not the day since which the system serves the service. Use a real date, such as 2026-03-31.`,
    });
  }
  const tables = estateTables(tx);
  const system = await tables
    .selectFrom('systems')
    .select(['name', 'department_id'])
    .where('organisation_id', '=', tx.organisationId)
    .where('id', '=', values.systemId)
    .forUpdate()
    .executeTakeFirst();
  if (system === undefined) throw new Problem('not-found');
  const columns = {
    service_organisation_id: values.serviceOrganisationId,
    share_basis_points: shareBasisPoints,
    since: values.since,
    source: values.source,
    said_by: whoSays(tx),
    said_at: new Date().toISOString(),
  };
  await tables
    .insertInto('served_services')
    .values({
      organisation_id: tx.organisationId,
      system_id: values.systemId,
      service_id: values.serviceId,
      department_id: system.department_id,
      ...columns,
    })
    .onConflict((conflict) => conflict.columns(['organisation_id', 'system_id', 'service_id']).doUpdateSet(columns))
    .execute();
  const shares = await listServedServices(tx, { systemId: values.systemId });
  const whole = shares.reduce((sum, each) => sum + each.shareBasisPoints, 0);
  if (whole > 10_000) {
    throw new Problem('unprocessable', {
      message: `The services of ${system.name} would take ${whole / 100}% of its cost. Together they are 100% at most: lower one of them.`,
    });
  }
  await recordAudit(tx, {
    action: 'estate.service-served',
    subject: { kind: 'system', id: values.systemId, name: system.name },
    detail: { serviceId: values.serviceId, shareBasisPoints, since: values.since },
  });
  await pushSoon(tx);
}

/** Says that a system does not serve a service, and never did: what measures was told of it is taken away again. */
export async function stopServing(
  tx: Tx,
  { systemId, serviceId, reason }: { systemId: string; serviceId: string; reason: string },
): Promise<void> {
  const row = await estateTables(tx)
    .deleteFrom('served_services')
    .where('organisation_id', '=', tx.organisationId)
    .where('system_id', '=', systemId)
    .where('service_id', '=', serviceId)
    .returning('pushed')
    .executeTakeFirst();
  if (row === undefined) throw new Problem('not-found');
  for (const contractKey of Object.keys(Object(row.pushed))) {
    await withdrawSystemCost(tx, { contractKey, serviceId, evidence: reason });
  }
  await recordAudit(tx, {
    action: 'estate.service-no-longer-served',
    subject: { kind: 'system', id: systemId },
    detail: { serviceId, reason },
  });
}

/** The services that a system serves, the systems that serve a service, or all of both that the transaction sees. */
export async function listServedServices(
  tx: Tx,
  of: { readonly systemId?: string; readonly serviceId?: string } = {},
): Promise<ServedService[]> {
  let query = estateTables(tx)
    .selectFrom('served_services')
    .select(['system_id', 'service_id', 'service_organisation_id', 'share_basis_points', 'since'])
    .where('organisation_id', '=', tx.organisationId)
    .orderBy('since')
    .orderBy('service_id');
  if (of.systemId !== undefined) query = query.where('system_id', '=', of.systemId);
  if (of.serviceId !== undefined) query = query.where('service_id', '=', of.serviceId);
  return (await query.execute()).map((row) => ({
    systemId: row.system_id,
    serviceId: row.service_id,
    serviceOrganisationId: row.service_organisation_id,
    shareBasisPoints: row.share_basis_points,
    since: row.since,
  }));
}
