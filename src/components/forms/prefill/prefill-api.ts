import { Type } from 'typebox';
import { getService } from '#organisations';
import { problemAnswer, Problem, scopeOf } from '#platform';
import type { Calendar, Database, Keyring, Server } from '#platform';
import { findLiveForm } from '../versions/versions.ts';
import { checkAnswers, makePrefill, mostDays, removePrefill, usualDays } from './prefills.ts';

const reference = Type.String({
  minLength: 1,
  maxLength: 100,
  pattern: '^[\\w.:-]+$',
  description: 'Your own identifier of the link. It must name nobody: no national number, no email address.',
});

/** The calls with which a department's own systems make links that open a form with answers filled in. */
export function addPrefillApi(
  server: Server,
  {
    database,
    keyring,
    calendar,
    publicUrl,
  }: { database: Database; keyring: Keyring; calendar: Calendar; publicUrl: string },
): void {
  server.post(
    '/api/prefilled-forms',
    {
      config: { access: { who: 'key' } },
      schema: {
        tags: ['forms'],
        operationId: 'makePrefilledForm',
        summary: 'Make a link that opens your form with answers filled in',
        description:
          'Keeps answers, encrypted, and gives a link with which one person begins an application that has them. The person sees each answer and can change it, and nothing counts as answered before they have. No answer stands in the link. Each answer is checked as if the person had given it: what does not fit is named, and nothing is made. It ends when an application that was begun with it is sent, and when it expires. With a test key everything is checked and nothing is kept.',
        security: [{ key: [] }],
        body: Type.Object(
          {
            answers: Type.Record(Type.String({ maxLength: 200 }), Type.Unknown(), {
              description:
                'By the names of the questions, in the shape in which submissions hand them out: texts, numbers, true or false, dates as YYYY-MM-DD, values of choices, lists of those, addresses as objects. What is added again and again is a list of objects by the name of the repeat.',
            }),
            from: Type.Optional(
              Type.String({
                minLength: 1,
                maxLength: 100,
                description: 'Where the answers come from, as the person reads it. Left out, it is your department.',
              }),
            ),
            days: Type.Optional(
              Type.Integer({
                minimum: 1,
                maximum: mostDays,
                description: `For how many days the link works. Left out, it is ${usualDays}.`,
              }),
            ),
            reference: Type.Optional(reference),
          },
          { additionalProperties: false },
        ),
        response: {
          201: Type.Object(
            {
              link: Type.Union([Type.String(), Type.Null()], {
                description: 'For the person, and for nobody else. Null with a test key.',
              }),
              expiresAt: Type.Union([Type.String({ format: 'date-time' }), Type.Null()]),
            },
            { description: 'The link is made; with a reference that you used before, it is the same link.' },
          ),
          400: problemAnswer('What was sent does not have the right shape.'),
          401: problemAnswer('The call is not signed with a key of a service.'),
          404: problemAnswer('The service has no form.'),
          422: problemAnswer('Some answers do not fit the live form: `errors` names each by its JSON pointer.'),
        },
      },
    },
    async (request, reply) => {
      const { service, form } = await openService(request);
      const answers = JSON.parse(JSON.stringify(request.body.answers));
      if (request.grant.key?.kind === 'test') {
        checkAnswers(form, answers, calendar.today());
        return reply.code(201).send({ link: null, expiresAt: null });
      }
      const { from = service.organisationName, days = usualDays } = request.body;
      const scope = scopeOf(request);
      const made = await database.transact(scope, (tx) =>
        makePrefill(
          tx,
          { keyring, calendar },
          {
            service,
            form,
            answers,
            from,
            days,
            reference: request.body.reference ?? null,
            madeBy: scope.actor.kind === 'key' ? scope.actor.name : '',
          },
        ),
      );
      return reply.code(201).send({
        link: `${publicUrl}/services/${service.slug}/filled-in/${made.token}`,
        expiresAt: made.expiresAt,
      });
    },
  );

  server.delete(
    '/api/prefilled-forms/:reference',
    {
      config: { access: { who: 'key' } },
      schema: {
        tags: ['forms'],
        operationId: 'endPrefilledForm',
        summary: 'End a link before its time',
        description:
          'The link with this reference of yours works no more, and its answers are erased. Applications that were begun with it stay.',
        security: [{ key: [] }],
        params: Type.Object({ reference }),
        response: {
          204: Type.Null({ description: 'The link has ended.' }),
          401: problemAnswer('The call is not signed with a key of a service.'),
          404: problemAnswer('There is no link with this reference.'),
        },
      },
    },
    async (request, reply) => {
      const serviceId = serviceOf(request);
      const isTrial = request.grant.key?.kind === 'test';
      const removed =
        isTrial ||
        (await database.transact(scopeOf(request), (tx) => removePrefill(tx, serviceId, request.params.reference)));
      if (!removed) throw new Problem('not-found', { title: 'Link not found', message: 'Check the reference.' });
      return reply.code(204).send(null);
    },
  );

  type Request = Parameters<typeof scopeOf>[0];

  async function openService(request: Request) {
    const serviceId = serviceOf(request);
    const service = await database.transact(scopeOf(request), (tx) => getService(tx, serviceId));
    const form = await findLiveForm(database, scopeOf(request), serviceId);
    if (!form) throw new Problem('not-found', { title: 'No form', message: 'Publish a form for this service first.' });
    return { service, form };
  }

  function serviceOf(request: Request): string {
    const serviceId = request.grant.key?.serviceId;
    if (serviceId === undefined) throw new Error('A key was admitted without its service.');
    return serviceId;
  }
}
