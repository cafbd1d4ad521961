import { Type } from 'typebox';
import { scopeOf, type Database, type Server } from '#platform';
import { createRecorder } from './recording/recorder.ts';
import {
  channels,
  checkTransactions,
  longestTransactionId,
  mostTransactions,
  sortTransactions,
  transactionEvents,
} from './recording/transactions.ts';

const transaction = Type.Object(
  {
    id: Type.String({
      minLength: 1,
      maxLength: longestTransactionId,
      description: 'Your own identifier of the transaction. It must name nobody: no national number, no email address.',
    }),
    event: Type.Enum(transactionEvents, {
      description:
        'What happened. Telling a person that they are not eligible completes a transaction; an application that expires fails it.',
    }),
    channel: Type.Enum(channels, { description: 'How the person dealt with the service.' }),
    at: Type.Optional(
      Type.String({
        format: 'date-time',
        description: 'When it happened, with the time zone (RFC 3339). Left out, it is the time of the call.',
      }),
    ),
  },
  { additionalProperties: false },
);

const problem = Type.Object({
  type: Type.String(),
  title: Type.String(),
  status: Type.Integer(),
  detail: Type.String(),
  instance: Type.String(),
  errors: Type.Optional(Type.Array(Type.Object({ place: Type.String(), message: Type.String() }))),
});
const problemDocument = (description: string) => ({
  description,
  content: { 'application/problem+json': { schema: problem } },
});

/** The calls with which a department's own systems report the transactions of a service. */
export function addApi(server: Server, { database }: { database: Database }): void {
  const recorder = createRecorder(database);
  server.post(
    '/api/transactions',
    {
      config: { access: { who: 'key' } },
      schema: {
        tags: ['measures'],
        operationId: 'recordTransactions',
        summary: 'Record transactions of your service',
        description:
          'Records up to 1,000 transactions of the service whose key signs the call, all of them or none. Sending one again, by the same id and event, changes nothing. With a test key everything is checked and nothing recorded.',
        security: [{ key: [] }],
        body: Type.Object(
          {
            transactions: Type.Array(transaction, { minItems: 1, maxItems: mostTransactions }),
            keepGood: Type.Optional(
              Type.Boolean({
                description:
                  'Whether those that can be recorded are, where others cannot: the answer then names each that was refused. Otherwise all of them are recorded or none.',
              }),
            ),
          },
          { additionalProperties: false },
        ),
        response: {
          200: Type.Object(
            {
              received: Type.Integer({ description: 'How many were sent.' }),
              recorded: Type.Integer({ description: 'How many of them were new.' }),
              refused: Type.Optional(
                Type.Array(
                  Type.Object({
                    index: Type.Integer({ description: 'Its place among those sent, counted from 0.' }),
                    errors: Type.Array(Type.Object({ place: Type.String(), message: Type.String() })),
                  }),
                  { description: 'With keepGood: those that were not recorded, each with what is wrong.' },
                ),
              ),
            },
            { description: 'They are recorded.' },
          ),
          400: problemDocument('What was sent does not have the right shape.'),
          401: problemDocument('The call is not signed with a key of a service.'),
          422: problemDocument('A transaction cannot be recorded, such as one in the future.'),
        },
      },
    },
    async (request, reply) => {
      const transactions = request.body.transactions.map(({ id, ...rest }) => ({ transactionId: id, ...rest }));
      const serviceId = request.grant.key?.serviceId;
      if (serviceId === undefined) throw new Error('A key was admitted without its service.');
      const isTrial = request.grant.key?.kind === 'test';
      if (request.body.keepGood === true) {
        const { good, refused } = sortTransactions(transactions);
        const kept = isTrial ? 0 : await recorder.record(scopeOf(request), serviceId, good);
        return reply.send({ received: transactions.length, recorded: kept, refused });
      }
      if (isTrial) {
        checkTransactions(transactions);
        return reply.send({ received: transactions.length, recorded: 0 });
      }
      const recorded = await recorder.record(scopeOf(request), serviceId, transactions);
      return reply.send({ received: transactions.length, recorded });
    },
  );
}
