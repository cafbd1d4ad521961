import type { Tx } from '#platform';

/** The job that hands a submission over to the outputs of its service. */
export const handOverJob = 'forms.hand-over-submission';

/**
 * Queues the handing over of a submission to the outputs of its service, in the transaction that keeps it. One statement,
 * which does nothing where there are no outputs.
 */
export async function queueHandingOver(tx: Tx, serviceId: string, submissionId: string): Promise<void> {
  const payload = JSON.stringify({ submissionId, serviceId, organisationId: tx.organisationId });
  await tx.rows(
    `select 1 from graphile_worker.add_job($1, payload => $2::json)
      where exists (select from forms.outputs o
                     where o.organisation_id = $3 and o.service_id = $4 and o.removed_at is null)`,
    [handOverJob, payload, tx.organisationId, serviceId],
  );
}
