import type { FastifyRequest } from 'fastify';
import { Type, type Static } from 'typebox';
import { findDepartmentOf } from '#estate';
import { listOrganisations } from '#organisations';
import { problemAnswer, Problem, scopeOf, type Database, type Server, type Tx } from '#platform';
import { listActions } from './actions.ts';
import { listChecks } from './checks.ts';
import {
  getTransition,
  newestPromise,
  pageOfTransitions,
  transitionStates,
  type PromisedTransition,
  type Transition,
} from './transitions.ts';
import { listWaves } from './waves.ts';

/** So many transitions are given at once. */
const mostGiven = 100;

const day = Type.String({ format: 'date' });
const dayOrNull = (description: string) => Type.Union([day, Type.Null()], { description });
const amount = (description: string) =>
  Type.Integer({ description: `${description}, in minor units of the currency (pence for pounds).` });

const state = Type.Enum(transitionStates, {
  description:
    'Planned: a plan promises it. Under way: moving has begun. Completed: the old part is switched off. Withdrawn: a later plan does without it.',
});

const transitionFields = {
  id: Type.String({ format: 'uuid' }),
  name: Type.String({ description: 'The part of a system that moves.' }),
  systemId: Type.String({ format: 'uuid', description: 'The system in the map of technology.' }),
  target: Type.Object({ id: Type.String(), name: Type.String() }, { description: 'What it moves to.' }),
  state,
  begunOn: dayOrNull('The first day of moving, where it has begun.'),
  noticeGivenOn: dayOrNull('When notice was given on the old contract, where it was.'),
  completedOn: dayOrNull('The first day without the old part, where that has come.'),
  promised: Type.Object(
    {
      plan: Type.Integer({ description: 'The number of the plan that promised it last.' }),
      beginsOn: day,
      endsOn: Type.String({ format: 'date', description: 'The first day without the old part.' }),
      decideBy: dayOrNull('The last day to decide about the old contract; null where there is nothing to decide.'),
      contractAction: Type.Union([Type.String(), Type.Null()], {
        description: 'What is to be done with the old contract: lapse, terminate, extend, tacit, bridge or renew.',
      }),
      currency: Type.String({ description: 'ISO 4217.' }),
      baseline: amount('What the old part cost in the year before'),
      yearlyCost: amount('What a year costs afterwards'),
      movingCost: amount('The work of moving'),
      dualRunning: amount('Running both beside each other'),
      exitFee: amount('Leaving the old supplier'),
      worth: amount('The net present value of moving against carrying on as now'),
    },
    { description: 'What the newest plan promises of it.' },
  ),
};
const transitionShape = Type.Object(transitionFields);
const wholeTransition = Type.Object({
  ...transitionFields,
  waves: Type.Array(
    Type.Object({
      name: Type.String(),
      users: Type.Integer(),
      plannedOn: dayOrNull('When these users are to move, where that is set.'),
      movedOn: dayOrNull('When they did.'),
    }),
    { description: 'The groups of users that move at once.' },
  ),
  checks: Type.Array(
    Type.Object({
      what: Type.String(),
      settled: Type.Union([Type.Enum(['done', 'not needed']), Type.Null()], {
        description: 'Null while it is still to be done.',
      }),
    }),
    { description: 'What there is to do.' },
  ),
  done: Type.Array(Type.Object({ what: Type.String(), on: day }), {
    description: 'What has been done, and when it happened.',
  }),
});

const refusals = {
  400: problemAnswer('What was asked does not have the right shape.'),
  401: problemAnswer('The call is not signed with a key of a service.'),
  403: problemAnswer('The key is not a live one.'),
};

/** The calls with which a department's own tool reads its transitions: what is to move, when, and how far it has come. */
export function addTransitionsApi(server: Server, { database }: { database: Database }): void {
  server.get(
    '/api/transitions',
    {
      config: { access: { who: 'key' } },
      schema: {
        tags: ['plan'],
        operationId: 'listTransitions',
        summary: 'List the transitions of your department',
        description: `What is to move, or has moved, of the department that the key's service belongs to, the first to begin first, ${mostGiven} at once. A key of a service of the government's own organisation sees those of every department. Only live keys are answered, since test keys are handed to more people than should see what contracts cost.`,
        security: [{ key: [] }],
        querystring: Type.Object(
          {
            state: Type.Optional(state),
            page: Type.Optional(
              Type.String({
                pattern: '^[1-9][0-9]{0,4}$',
                description: 'Which hundred, from 1. Left out, the first.',
              }),
            ),
          },
          { additionalProperties: false },
        ),
        response: {
          200: Type.Object(
            {
              transitions: Type.Array(transitionShape),
              total: Type.Integer({ description: 'How many there are on all pages.' }),
              nextPage: Type.Union([Type.Integer(), Type.Null()], { description: 'Null on the last page.' }),
            },
            { description: 'The transitions.' },
          ),
          ...refusals,
        },
      },
    },
    async (request, reply) => {
      const { state: wanted } = request.query;
      const page = Number(request.query.page ?? '1');
      const states = wanted === undefined ? transitionStates : [wanted];
      const { transitions, total } = await readTheirs(request, async (tx, theirs) => {
        if (theirs === 'none') return { transitions: [], total: 0 };
        const departmentId = theirs === 'all' ? undefined : theirs.departmentId;
        return pageOfTransitions(tx, states, { departmentId, page, length: mostGiven });
      });
      return reply.send({
        transitions: transitions.map(answerOf),
        total,
        nextPage: total > page * mostGiven ? page + 1 : null,
      });
    },
  );

  server.get(
    '/api/transitions/:transitionId',
    {
      config: { access: { who: 'key' } },
      schema: {
        tags: ['plan'],
        operationId: 'getTransition',
        summary: 'Read a transition of your department',
        description:
          'One transition with its waves of users, its checks and what has been done in it. Only live keys are answered.',
        security: [{ key: [] }],
        params: Type.Object({ transitionId: Type.String({ format: 'uuid' }) }),
        response: {
          200: wholeTransition,
          ...refusals,
          404: problemAnswer('Your department has no such transition.'),
        },
      },
    },
    async (request, reply) => {
      const { transitionId } = request.params;
      const found = await readTheirs(request, async (tx, theirs) => {
        const transition = await getTransition(tx, transitionId);
        // That another department has it is not theirs to know.
        if (!isTheirs(transition, theirs)) throw new Problem('not-found');
        return {
          transition: { ...transition, promise: await newestPromise(tx, transitionId) },
          waves: await listWaves(tx, transitionId),
          checks: await listChecks(tx, transitionId),
          actions: await listActions(tx, transitionId),
        };
      });
      return reply.send({
        ...answerOf(found.transition),
        waves: found.waves.map(({ name, users, plannedOn, movedOn }) => ({ name, users, plannedOn, movedOn })),
        checks: found.checks.map(({ what, settled }) => ({ what, settled })),
        done: found.actions.map(({ what, on }) => ({ what, on })),
      });
    },
  );

  /**
   * Reads in the government's rows what the key's organisation may see of them.
   *
   * @throws Problem not-permitted for a key that is not live.
   */
  async function readTheirs<T>(request: FastifyRequest, read: (tx: Tx, theirs: Theirs) => Promise<T>): Promise<T> {
    if (request.grant.key?.kind !== 'live') {
      throw new Problem('not-permitted', { message: 'Sign this call with a live key of your service.' });
    }
    const { organisationId, actor } = scopeOf(request);
    const root = (await listOrganisations(database)).find(({ parentId }) => parentId === null);
    if (root === undefined) throw new Problem('not-found');
    return database.transact({ organisationId: root.id, actor }, async (tx) => {
      if (organisationId === root.id) return read(tx, 'all');
      const department = await findDepartmentOf(tx, organisationId);
      return read(tx, department === null ? 'none' : { departmentId: department.id });
    });
  }
}

/** Whose transitions a key may read: all, those of one department in the estate, or none where its own is not in it. */
type Theirs = 'all' | 'none' | { readonly departmentId: string };

function isTheirs({ departmentId }: Transition, theirs: Theirs): boolean {
  return theirs === 'all' || (theirs !== 'none' && theirs.departmentId === departmentId);
}

function answerOf({ promise, ...transition }: PromisedTransition): Static<typeof transitionShape> {
  return {
    id: transition.id,
    name: transition.name,
    systemId: transition.systemId,
    target: { id: transition.targetId, name: transition.targetName },
    state: transition.state,
    begunOn: transition.begunOn,
    noticeGivenOn: transition.noticeGivenOn,
    completedOn: transition.completedOn,
    promised: {
      plan: promise.planNumber,
      beginsOn: promise.beginsOn,
      endsOn: promise.endsOn,
      decideBy: promise.decideBy,
      contractAction: promise.contractAction,
      currency: transition.currency,
      baseline: promise.baseline,
      yearlyCost: promise.yearlyCost,
      movingCost: promise.movingCost,
      dualRunning: promise.dualRunning,
      exitFee: promise.exitFee,
      worth: promise.worth,
    },
  };
}
