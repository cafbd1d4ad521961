import { Type } from 'typebox';
import type { Server } from '#platform';
import { listReceivedTexts } from '../received-texts.ts';
import { answers, receivedTextList } from './answers.ts';
import type { ApiDependencies } from './api.ts';
import { callerOf, config, described, links, perPage, strict, uuid } from './call.ts';

/** The call that reads what people sent to the service. */
export function addReceivedTextCalls(api: Server, { database, keyring, root }: ApiDependencies): void {
  api.get(
    '/v2/received-text-messages',
    {
      config,
      schema: {
        ...described('listReceivedTexts', 'List text messages that people sent to your service, 250 at a time'),
        querystring: Type.Object({ older_than: Type.Optional(uuid) }, strict),
        ...answers(200, receivedTextList),
      },
    },
    async (request, reply) => {
      const { scope, serviceId } = callerOf(request);
      const olderThan = request.query.older_than;
      const found = await database.transact(scope, (tx) =>
        listReceivedTexts(tx, keyring, {
          serviceId,
          most: perPage,
          ...(olderThan === undefined ? {} : { olderThan: olderThan.toLowerCase() }),
        }),
      );
      return reply.send({
        received_text_messages: found.map((text) => ({
          id: text.id,
          created_at: text.createdAt,
          service_id: serviceId,
          notify_number: text.to,
          user_number: text.from,
          content: text.content,
        })),
        links: links(`${root}/v2/received-text-messages`, {}, found.at(-1)?.id),
      });
    },
  );
}
