import { sendEmail } from '#notify';
import { getService } from '#organisations';
import type { Job, Keyring, Tx, Webhooks } from '#platform';
import { formsTables } from '../database.ts';
import { findSubmission } from '../applications/submissions.ts';
import { listOutputs } from './outputs.ts';
import { handOverJob } from './queue.ts';
import { writeSubmission } from './submission-document.ts';

/** The job that hands a submission over to each output: each once, however often it runs. */
export function handOverSubmissions(dependencies: { keyring: Keyring; webhooks: Webhooks; publicUrl: string }): Job {
  return {
    name: handOverJob,
    run: async ({ submissionId, serviceId }, { database, scope }) => {
      if (typeof submissionId !== 'string' || typeof serviceId !== 'string') return;
      await database.transact(scope, (tx) => handOver(tx, dependencies, { serviceId, submissionId }));
    },
  };
}

/** Hands a submission over to those outputs of its service that do not have it yet. Says to how many. */
export async function handOver(
  tx: Tx,
  { keyring, webhooks, publicUrl }: { keyring: Keyring; webhooks: Webhooks; publicUrl: string },
  { serviceId, submissionId }: { serviceId: string; submissionId: string },
): Promise<number> {
  const submission = await findSubmission(tx, keyring, { serviceId, submissionId });
  // Erased meanwhile: there is nothing to hand over.
  if (!submission) return 0;
  const service = await getService(tx, serviceId);
  let handed = 0;
  for (const output of await listOutputs(tx, serviceId)) {
    // The row comes first: two runs at once wait for each other here, and the second hands nothing over.
    const { numInsertedOrUpdatedRows } = await formsTables(tx)
      .insertInto('handings')
      .values({ organisation_id: tx.organisationId, output_id: output.id, submission_id: submissionId, sent_as: null })
      .onConflict((conflict) => conflict.doNothing())
      .executeTakeFirst();
    if ((numInsertedOrUpdatedRows ?? 0n) === 0n) continue;
    handed += 1;
    if (output.endpointId !== null) {
      await webhooks.deliveries.send(tx, {
        endpointId: output.endpointId,
        type: 'submission.created',
        payload: writeSubmission(service, submission),
        subject: submissionId,
      });
      continue;
    }
    const cases = `${publicUrl}/staff/organisations/${tx.organisationId}/services/${serviceId}/cases`;
    const lines = submission.questions.map(
      ({ question, lines: text }) => `${question}: ${text.join(', ') || 'not answered'}`,
    );
    await sendEmail(tx, keyring, {
      serviceId,
      template: 'submission received by a team',
      to: output.address,
      personalisation: {
        service: service.name,
        reference: submission.reference,
        answers: output.withAnswers ? lines.join('\n\n') : 'The answers are in the case, for who may see them.',
        link: cases,
      },
      reference: submission.reference,
    });
  }
  return handed;
}

/** Erases what webhooks hold of submissions: the bodies of deliveries; what still waits is given up. */
export async function eraseHandedOver(
  tx: Tx,
  webhooks: Webhooks | undefined,
  serviceId: string,
  references: readonly string[],
): Promise<void> {
  if (!webhooks || references.length === 0) return;
  const rows = await formsTables(tx)
    .selectFrom('submissions')
    .select('id')
    .where('organisation_id', '=', tx.organisationId)
    .where('service_id', '=', serviceId)
    .where('reference', 'in', [...references])
    .execute();
  await webhooks.deliveries.erase(
    tx,
    rows.map(({ id }) => id),
  );
}
