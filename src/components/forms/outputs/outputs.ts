import { sql } from 'kysely';
import { newId, Problem, recordAudit } from '#platform';
import type { Tx, Webhooks } from '#platform';
import { formsTables } from '../database.ts';
import { actorName } from '../versions/versions.ts';

/** Where submissions of a service go besides a case. */
export interface Output {
  id: string;
  kind: 'email' | 'webhook';
  /** An e-mail address of a team, or the address that is called. */
  address: string;
  /** Of e-mails: whether the answers stand in them. A webhook always has them. */
  withAnswers: boolean;
  endpointId: string | null;
  madeBy: string;
  madeAt: string;
}

/** The outputs of a service, the oldest first. */
export async function listOutputs(tx: Tx, serviceId: string): Promise<Output[]> {
  const rows = await formsTables(tx)
    .selectFrom('outputs')
    .select(['id', 'kind', 'address', 'with_answers', 'endpoint_id', 'made_by', 'made_at'])
    .where('organisation_id', '=', tx.organisationId)
    .where('service_id', '=', serviceId)
    .where('removed_at', 'is', null)
    .orderBy('id')
    .execute();
  return rows.map((row) => ({
    id: row.id,
    kind: row.kind === 'webhook' ? 'webhook' : 'email',
    address: row.address,
    withAnswers: row.with_answers,
    endpointId: row.endpoint_id,
    madeBy: row.made_by,
    madeAt: row.made_at,
  }));
}

/** One output of a service. @throws Problem not-found. */
export async function getOutput(tx: Tx, serviceId: string, outputId: string): Promise<Output> {
  const output = (await listOutputs(tx, serviceId)).find(({ id }) => id === outputId);
  if (!output) throw new Problem('not-found', { detail: 'the service has no such output' });
  return output;
}

/** How many outputs a service may have. */
const mostOutputs = 20;

/**
 * Adds an output: what is sent from now on goes there too.
 *
 * @returns of a webhook also its signing secret, to be shown once.
 * @throws Problem unprocessable where the address cannot be called, or there are too many.
 */
export async function addOutput(
  tx: Tx,
  webhooks: Webhooks,
  values: { serviceId: string; kind: Output['kind']; address: string; withAnswers: boolean },
): Promise<{ outputId: string; secret: string | null }> {
  const { serviceId, kind, address, withAnswers } = values;
  if ((await listOutputs(tx, serviceId)).length >= mostOutputs) {
    throw new Problem('unprocessable', { message: `A form has ${mostOutputs} outputs at most. Remove one first.` });
  }
  const id = newId();
  const endpoint =
    kind === 'webhook'
      ? await webhooks.endpoints.add(tx, { ownerKind: 'forms.output', ownerId: id, url: address })
      : null;
  await formsTables(tx)
    .insertInto('outputs')
    .values({
      organisation_id: tx.organisationId,
      id,
      service_id: serviceId,
      kind,
      address,
      with_answers: kind === 'webhook' || withAnswers,
      endpoint_id: endpoint?.endpointId ?? null,
      made_by: actorName(tx),
    })
    .execute();
  await recordAudit(tx, {
    action: 'forms.output-added',
    subject: { kind: 'output', id, name: address },
    detail: { kind, withAnswers: kind === 'webhook' || withAnswers },
  });
  return { outputId: id, secret: endpoint?.secret ?? null };
}

/** Removes an output. What was handed over stays shown with the messages and in the audit trail. */
export async function removeOutput(tx: Tx, webhooks: Webhooks, serviceId: string, outputId: string): Promise<void> {
  const output = await getOutput(tx, serviceId, outputId);
  if (output.endpointId !== null) await webhooks.endpoints.remove(tx, output.endpointId);
  await formsTables(tx)
    .updateTable('outputs')
    .set({ removed_at: sql<string>`now()` })
    .where('organisation_id', '=', tx.organisationId)
    .where('id', '=', outputId)
    .execute();
  await recordAudit(tx, {
    action: 'forms.output-removed',
    subject: { kind: 'output', id: outputId, name: output.address },
    detail: { kind: output.kind },
  });
}
