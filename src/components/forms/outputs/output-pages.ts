import type { FastifyReply, FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import type { PageError } from '#design';
import { getService } from '#organisations';
import type { Frames, Service } from '#organisations';
import { Problem, scopeOf } from '#platform';
import type { Database, Keyring, Server, Tx, WebhookDelivery, Webhooks } from '#platform';
import { fieldOf, formAddress, managers, ofService, postedOf } from '../designer/pages/desk.ts';
import { formPage } from '../pages/form-pages.ts';
import { isEmailAddress } from '../questions/text.ts';
import { downloadSubmissions } from './downloads.ts';
import { addOutput, getOutput, listOutputs, removeOutput } from './outputs.ts';
import type { Output } from './outputs.ts';

const id = Type.String({ format: 'uuid' });
const ofOutput = Type.Object({ ...ofService.properties, outputId: id });
const ofDelivery = Type.Object({ ...ofOutput.properties, deliveryId: id });
const outputsAddress = `${formAddress}/outputs`;

/** Where submissions go, what became of each, and downloading all of them. */
export function addOutputPages(
  server: Server,
  { database, keyring, frames, webhooks }: { database: Database; keyring: Keyring; frames: Frames; webhooks: Webhooks },
): void {
  server.get(outputsAddress, { config: managers, schema: { params: ofService } }, async (request, reply) => {
    const { service, outputs } = await database.transact(scopeOf(request), async (tx) => ({
      service: await getService(tx, request.params.serviceId),
      outputs: await listOutputs(tx, request.params.serviceId),
    }));
    return show(request, reply, service, 'outputs', {
      title: 'Where submissions go',
      outputs: outputs.map((output) => ({ ...output, href: `${addressOf(service)}/${output.id}` })),
    });
  });

  server.get(
    `${formAddress}/new-output`,
    { config: managers, schema: { params: ofService } },
    async (request, reply) => {
      const service = await database.transact(scopeOf(request), (tx) => getService(tx, request.params.serviceId));
      return show(request, reply, service, 'new-output', { title: 'Send submissions somewhere else too' });
    },
  );

  server.post(
    `${formAddress}/new-output`,
    { config: managers, schema: { params: ofService } },
    async (request, reply) => {
      const { serviceId } = request.params;
      const service = await database.transact(scopeOf(request), (tx) => getService(tx, serviceId));
      const posted = postedOf(request);
      const kind = fieldOf(posted, 'kind');
      const address = fieldOf(posted, kind === 'webhook' ? 'url' : 'email');
      const again = (errors: readonly PageError[]): FastifyReply =>
        show(request, reply.code(422), service, 'new-output', {
          title: 'Send submissions somewhere else too',
          errors,
          typed: {
            kind,
            email: fieldOf(posted, 'email'),
            url: fieldOf(posted, 'url'),
            answers: fieldOf(posted, 'answers'),
          },
        });
      if (kind !== 'email' && kind !== 'webhook') return again([{ href: '#kind', text: 'Select how they are sent' }]);
      if (kind === 'email' && !isEmailAddress(address)) {
        return again([{ href: '#email', text: 'Enter the email address of the team, such as licences@example.gov' }]);
      }
      const values = { serviceId, kind, address, withAnswers: fieldOf(posted, 'answers') === 'yes' } as const;
      const added = await database
        .transact(scopeOf(request), (tx) => addOutput(tx, webhooks, values))
        .catch((error: unknown) => {
          if (error instanceof Problem && error.kind === 'unprocessable') return error;
          throw error;
        });
      if (added instanceof Problem)
        return again([{ href: kind === 'webhook' ? '#url' : '#email', text: added.message }]);
      if (added.secret === null) return reply.redirect(addressOf(service), 303);
      // Shown in the answer itself: no page shows it again.
      return show(request, reply, service, 'new-output', {
        title: 'The webhook was added',
        made: { address, secret: added.secret },
        back: addressOf(service),
      });
    },
  );

  server.get(
    `${outputsAddress}/:outputId`,
    { config: managers, schema: { params: ofOutput } },
    async (request, reply) => {
      const { serviceId, outputId } = request.params;
      const { service, output, deliveries } = await database.transact(scopeOf(request), async (tx) => {
        const of = await getService(tx, serviceId);
        const found = await getOutput(tx, serviceId, outputId);
        return { service: of, output: found, deliveries: await deliveriesOf(tx, found) };
      });
      const address = `${addressOf(service)}/${output.id}`;
      return show(request, reply, service, 'output', {
        title: output.kind === 'email' ? 'Email to a team' : 'Webhook',
        output,
        messages: `/staff/organisations/${service.organisationId}/services/${service.id}/messages`,
        deliveries: deliveries.map((delivery) => ({
          ...delivery,
          href: `${address}/deliveries/${delivery.id}`,
          words: wordsOfState(delivery),
        })),
        removal: `${address}/removal`,
        back: addressOf(service),
      });
    },
  );

  server.post(
    `${outputsAddress}/:outputId/removal`,
    { config: managers, schema: { params: ofOutput } },
    async (request, reply) => {
      const { serviceId, outputId } = request.params;
      const service = await database.transact(scopeOf(request), async (tx) => {
        const of = await getService(tx, serviceId);
        await removeOutput(tx, webhooks, serviceId, outputId);
        return of;
      });
      return reply.redirect(addressOf(service), 303);
    },
  );

  server.get(
    `${outputsAddress}/:outputId/deliveries/:deliveryId`,
    { config: managers, schema: { params: ofDelivery } },
    async (request, reply) => {
      const { serviceId, outputId, deliveryId } = request.params;
      const { service, found } = await database.transact(scopeOf(request), async (tx) => ({
        service: await getService(tx, serviceId),
        found: await deliveryOf(tx, serviceId, outputId, deliveryId),
      }));
      const address = `${addressOf(service)}/${outputId}`;
      return show(request, reply, service, 'delivery', {
        title: 'Delivery of a submission',
        delivery: { ...found.delivery, words: wordsOfState(found.delivery) },
        attempts: found.attempts,
        isErased: found.body === null,
        action: `${address}/deliveries/${deliveryId}/replay`,
        back: address,
      });
    },
  );

  server.post(
    `${outputsAddress}/:outputId/deliveries/:deliveryId/replay`,
    { config: managers, schema: { params: ofDelivery } },
    async (request, reply) => {
      const { serviceId, outputId, deliveryId } = request.params;
      const service = await database.transact(scopeOf(request), async (tx) => {
        const of = await getService(tx, serviceId);
        await deliveryOf(tx, serviceId, outputId, deliveryId);
        await webhooks.deliveries.replay(tx, deliveryId);
        return of;
      });
      return reply.redirect(`${addressOf(service)}/${outputId}/deliveries/${deliveryId}`, 303);
    },
  );

  server.get(
    `${formAddress}/submissions`,
    {
      config: managers,
      schema: {
        params: ofService,
        querystring: Type.Object({ as: Type.Optional(Type.Union([Type.Literal('csv'), Type.Literal('json')])) }),
      },
    },
    async (request, reply) => {
      const { as = 'csv' } = request.query;
      const service = await database.transact(scopeOf(request), (tx) => getService(tx, request.params.serviceId));
      const stream = await downloadSubmissions(database, scopeOf(request), { keyring, service, as });
      return reply
        .header('content-disposition', `attachment; filename="submissions-${service.slug}.${as}"`)
        .type(as === 'csv' ? 'text/csv; charset=utf-8' : 'application/json; charset=utf-8')
        .send(stream);
    },
  );

  /** One of the output's own deliveries. */
  async function deliveryOf(tx: Tx, serviceId: string, outputId: string, deliveryId: string) {
    const output = await getOutput(tx, serviceId, outputId);
    const found = await webhooks.deliveries.get(tx, deliveryId);
    if (found.delivery.endpointId !== output.endpointId) throw new Problem('not-found');
    return found;
  }

  async function deliveriesOf(tx: Tx, { endpointId }: Output): Promise<WebhookDelivery[]> {
    return endpointId === null ? [] : webhooks.deliveries.list(tx, { endpointId });
  }

  function show(
    request: FastifyRequest,
    reply: FastifyReply,
    service: Service,
    view: string,
    data: { title: string } & Readonly<Record<string, unknown>>,
  ): FastifyReply {
    const frame = frames.ofService(request, service, formPage.path);
    const form = `/staff/organisations/${service.organisationId}/services/${service.id}/form`;
    const isList = view === 'outputs';
    return reply.page(`forms/outputs/${view}`, {
      ...frame,
      breadcrumbs: [
        ...frame.breadcrumbs,
        { text: 'Form', href: form },
        ...(isList ? [] : [{ text: 'Where submissions go', href: addressOf(service) }]),
      ],
      of: service,
      formAddress: form,
      ...data,
    });
  }
}

const addressOf = (service: Service): string =>
  `/staff/organisations/${service.organisationId}/services/${service.id}/form/outputs`;

function wordsOfState({ state, attempts }: WebhookDelivery): string {
  if (state === 'delivered') return 'Delivered';
  if (state === 'dead') return 'Given up';
  return attempts === 0 ? 'Waiting' : 'Waiting to be tried again';
}
