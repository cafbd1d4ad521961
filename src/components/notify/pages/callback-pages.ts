import { Type } from 'typebox';
import { Problem, type Server, type Tx, type Webhooks } from '#platform';
import { callbackKinds, type Callback, type CallbackKind, type Callbacks } from '../callbacks/callbacks.ts';
import { addNumber, listNumbers, removeNumber } from '../numbers.ts';
import {
  addressOf,
  field,
  forManagers,
  id,
  ofService,
  place,
  sectionFrame,
  withService,
  type PageDependencies,
} from './section.ts';

const titles: Readonly<Record<CallbackKind, string>> = {
  'delivery-status': 'What became of emails and text messages',
  'received-text': 'Text messages that people send you',
  'returned-letter': 'Letters that the post brings back',
  complaint: 'Emails that people complain about',
};
const notices: Readonly<Record<string, string>> = {
  saved: 'The callback was saved',
  removed: 'It was removed',
  replayed: 'What had failed is being sent again',
  number: 'The number was added',
};
const states = {
  waiting: { text: 'Waiting', classes: 'govuk-tag--blue' },
  delivered: { text: 'Accepted', classes: 'govuk-tag--green' },
  dead: { text: 'Given up', classes: 'govuk-tag--red' },
} as const;
/** How far back what failed is sent again. */
const replayDays = 30;
const shownDeliveries = 10;
const ofCallback = Type.Object({ ...ofService.properties, kind: Type.Enum([...callbackKinds]) });
const ofNumber = Type.Object({ ...ofService.properties, numberId: id });

/** Where a service's own systems are told what became of its messages, and the numbers that people can text. */
export function addCallbackPages(
  server: Server,
  dependencies: PageDependencies & { callbacks: Callbacks; webhooks: Webhooks },
): void {
  const { frames, callbacks, webhooks } = dependencies;

  server.get(
    `${place}/callbacks`,
    { config: forManagers, schema: { params: ofService, querystring: Type.Object({ done: field(20) }) } },
    async (request, reply) => {
      const { service, result } = await withService(dependencies, request, read);
      const heading = notices[request.query.done ?? ''];
      return reply.page('notify/callbacks', {
        title: `Callbacks of ${service.name}`,
        ...sectionFrame(frames, request, service, '/callbacks'),
        ...result,
        ...(heading === undefined ? {} : { notice: { type: 'success', heading } }),
      });
    },
  );

  server.post(
    `${place}/callbacks/:kind`,
    {
      config: forManagers,
      schema: { params: ofCallback, body: Type.Object({ url: field(), token: field() }) },
    },
    async (request, reply) => {
      const { kind } = request.params;
      const url = (request.body.url ?? '').trim();
      const token = (request.body.token ?? '').trim();
      try {
        const { service } = await withService(dependencies, request, (tx, { id: serviceId }) =>
          callbacks.set(tx, { serviceId, kind, url, bearerToken: token === '' ? null : token }),
        );
        return await reply.redirect(`${addressOf(service)}/callbacks?done=saved`, 303);
      } catch (error) {
        if (!(error instanceof Problem) || error.kind !== 'unprocessable') throw error;
        const { service, result } = await withService(dependencies, request, read);
        const at = error.places.some(({ place: where }) => where === 'token') ? `token-${kind}` : `url-${kind}`;
        // The token is a secret, which goes on no page.
        return reply.code(400).page('notify/callbacks', {
          title: `Callbacks of ${service.name}`,
          ...sectionFrame(frames, request, service, '/callbacks'),
          ...result,
          values: { [`url-${kind}`]: url },
          errors: [{ href: `#${at}`, text: error.message }],
        });
      }
    },
  );

  server.post(
    `${place}/callbacks/:kind/removal`,
    { config: forManagers, schema: { params: ofCallback } },
    async (request, reply) => {
      const { service } = await withService(dependencies, request, (tx, { id: serviceId }) =>
        callbacks.remove(tx, { serviceId, kind: request.params.kind }),
      );
      return reply.redirect(`${addressOf(service)}/callbacks?done=removed`, 303);
    },
  );

  server.post(
    `${place}/callbacks/:kind/replay`,
    { config: forManagers, schema: { params: ofCallback } },
    async (request, reply) => {
      const since = new Date(Date.now() - replayDays * 86_400_000).toISOString();
      const { service } = await withService(dependencies, request, async (tx, { id: serviceId }) => {
        const found = (await callbacks.list(tx, serviceId)).find(({ kind }) => kind === request.params.kind);
        if (found === undefined) throw new Problem('not-found');
        return webhooks.deliveries.replaySince(tx, { endpointId: found.endpointId, since, onlyDead: true });
      });
      return reply.redirect(`${addressOf(service)}/callbacks?done=replayed`, 303);
    },
  );

  server.post(
    `${place}/callbacks/numbers`,
    { config: forManagers, schema: { params: ofService, body: Type.Object({ number: field(40) }) } },
    async (request, reply) => {
      const number = (request.body.number ?? '').trim();
      try {
        const { service } = await withService(dependencies, request, (tx, { id: serviceId }) =>
          addNumber(tx, { serviceId, number }),
        );
        return await reply.redirect(`${addressOf(service)}/callbacks?done=number`, 303);
      } catch (error) {
        if (!(error instanceof Problem) || (error.kind !== 'unprocessable' && error.kind !== 'conflict')) throw error;
        const { service, result } = await withService(dependencies, request, read);
        return reply.code(400).page('notify/callbacks', {
          title: `Callbacks of ${service.name}`,
          ...sectionFrame(frames, request, service, '/callbacks'),
          ...result,
          values: { number },
          errors: [{ href: '#number', text: error.message }],
        });
      }
    },
  );

  server.post(
    `${place}/callbacks/numbers/:numberId/removal`,
    { config: forManagers, schema: { params: ofNumber } },
    async (request, reply) => {
      const { service } = await withService(dependencies, request, (tx, { id: serviceId }) =>
        removeNumber(tx, { serviceId, id: request.params.numberId }),
      );
      return reply.redirect(`${addressOf(service)}/callbacks?done=removed`, 303);
    },
  );

  async function read(tx: Tx, service: { id: string }) {
    const present = await callbacks.list(tx, service.id);
    const shown = [];
    for (const kind of callbackKinds) {
      const callback = present.find((each) => each.kind === kind);
      shown.push({ kind, title: titles[kind], ...(callback === undefined ? {} : await details(tx, callback)) });
    }
    return { callbacks: shown, numbers: await listNumbers(tx, service.id) };
  }

  async function details(tx: Tx, { endpointId, url, disabledAt }: Callback) {
    const deliveries = await webhooks.deliveries.list(tx, { endpointId, most: shownDeliveries });
    return {
      url,
      disabledAt,
      secret: await webhooks.endpoints.secret(tx, endpointId),
      hasDead: deliveries.some(({ state }) => state === 'dead'),
      deliveries: deliveries.map((each) => ({ ...each, shown: states[each.state] })),
    };
  }
}
