import type { FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { problemAnswer, scopeOf, type Database, type Server, type Tx } from '#platform';
import { correctTransaction } from './recording/corrections.ts';
import { createRecorder } from './recording/recorder.ts';
import { opinionMoments, recordOpinions } from './recording/opinions.ts';
import {
  channels,
  checkTransactions,
  longestTransactionId,
  mostTransactions,
  sortTransactions,
  transactionEvents,
} from './recording/transactions.ts';

const transactionId = Type.String({
  minLength: 1,
  maxLength: longestTransactionId,
  description: 'Your own identifier of the transaction. It must name nobody: no national number, no email address.',
});
const event = Type.Enum(transactionEvents, {
  description:
    'What happened. Telling a person that they are not eligible completes a transaction; an application that expires fails it.',
});
const channel = Type.Enum(channels, { description: 'How the person dealt with the service.' });
const time = Type.String({
  format: 'date-time',
  description: 'When it happened, with the time zone (RFC 3339). Left out, it is the time of the call.',
});

const transaction = Type.Object(
  {
    id: transactionId,
    event,
    channel,
    at: Type.Optional(time),
  },
  { additionalProperties: false },
);

const opinion = Type.Object(
  {
    id: Type.String({
      minLength: 1,
      maxLength: 200,
      description:
        'Your own identifier of the answer, which names nobody. With it, the same answer again changes nothing.',
    }),
    rating: Type.Enum([1, 2, 3, 4, 5], { description: 'From 1, very dissatisfied, to 5, very satisfied.' }),
    moment: Type.Enum(opinionMoments, { description: 'When the person was asked.' }),
    channel,
    at: Type.Optional(time),
  },
  { additionalProperties: false },
);

const correction = Type.Object(
  {
    id: transactionId,
    event,
    really: Type.Union([Type.Object({ channel, at: time }, { additionalProperties: false }), Type.Null()], {
      description: 'What it really was; null where it never happened.',
    }),
    reason: Type.String({
      minLength: 1,
      maxLength: 500,
      description: 'Why, for whoever compares the figures before and after. It must name nobody.',
    }),
  },
  { additionalProperties: false },
);

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
          400: problemAnswer('What was sent does not have the right shape.'),
          401: problemAnswer('The call is not signed with a key of a service.'),
          422: problemAnswer('A transaction cannot be recorded, such as one in the future.'),
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

  server.post(
    '/api/opinions',
    {
      config: { access: { who: 'key' } },
      schema: {
        tags: ['measures'],
        operationId: 'recordOpinions',
        summary: 'Record how satisfied people were with your service',
        description:
          'Records up to 1,000 answers to the question how people felt about the service whose key signs the call, all of them or none. The first answer of an id and moment stands. With a test key everything is checked and nothing recorded.',
        security: [{ key: [] }],
        body: Type.Object(
          { opinions: Type.Array(opinion, { minItems: 1, maxItems: mostTransactions }) },
          { additionalProperties: false },
        ),
        response: {
          200: Type.Object(
            {
              received: Type.Integer({ description: 'How many were sent.' }),
              recorded: Type.Integer({ description: 'How many of them were new.' }),
            },
            { description: 'They are recorded.' },
          ),
          400: problemAnswer('What was sent does not have the right shape.'),
          401: problemAnswer('The call is not signed with a key of a service.'),
          422: problemAnswer('An opinion cannot be recorded, such as one in the future.'),
        },
      },
    },
    async (request, reply) => {
      const opinions = request.body.opinions.map(({ id, ...rest }) => ({ key: id, ...rest }));
      const recorded = await whole(request, (tx, serviceId) => recordOpinions(tx, serviceId, opinions));
      return reply.send({ received: opinions.length, recorded: recorded ?? 0 });
    },
  );

  server.post(
    '/api/transactions/corrections',
    {
      config: { access: { who: 'key' } },
      schema: {
        tags: ['measures'],
        operationId: 'correctTransactions',
        summary: 'Correct transactions that were recorded wrongly',
        description:
          'Corrects up to 1,000 records of transactions, or takes them away, all of them or none. What was recorded and every earlier correction stay to be seen. Correcting a record to what it already is changes nothing. With a test key everything is checked and nothing kept.',
        security: [{ key: [] }],
        body: Type.Object(
          { corrections: Type.Array(correction, { minItems: 1, maxItems: mostTransactions }) },
          { additionalProperties: false },
        ),
        response: {
          200: Type.Object(
            {
              received: Type.Integer({ description: 'How many were sent.' }),
              changed: Type.Integer({ description: 'How many records are something else now.' }),
            },
            { description: 'They are corrected.' },
          ),
          400: problemAnswer('What was sent does not have the right shape.'),
          401: problemAnswer('The call is not signed with a key of a service.'),
          404: problemAnswer('A transaction of that id and event was never recorded.'),
          422: problemAnswer('A correction cannot be, such as one to a time in the future.'),
        },
      },
    },
    async (request, reply) => {
      const { corrections } = request.body;
      const changed = await whole(request, async (tx, serviceId) => {
        let count = 0;
        for (const { id, ...rest } of corrections) {
          if (await correctTransaction(tx, { serviceId, transactionId: id, ...rest })) count += 1;
        }
        return count;
      });
      return reply.send({ received: corrections.length, changed: changed ?? 0 });
    },
  );

  /** Does all of a call or nothing; with a test key nothing stays, whatever it was. */
  async function whole<T>(
    request: FastifyRequest,
    work: (tx: Tx, serviceId: string) => Promise<T>,
  ): Promise<T | undefined> {
    const { key } = request.grant;
    if (key === undefined) throw new Error('A key was admitted without its service.');
    try {
      return await database.transact(scopeOf(request), async (tx) => {
        const done = await work(tx, key.serviceId);
        if (key.kind === 'test') throw new OnlyTried();
        return done;
      });
    } catch (error) {
      if (error instanceof OnlyTried) return undefined;
      throw error;
    }
  }
}

/** Rolls back what was only to be tried. */
class OnlyTried extends Error {}
