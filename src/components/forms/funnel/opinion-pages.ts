import type { FastifyReply, FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import type { Rating } from '#measures';
import { findService } from '#organisations';
import type { Service } from '#organisations';
import { Problem } from '#platform';
import type { Database, Keyring, Scope, Server } from '#platform';
import { isTrying } from '../applications/applications.ts';
import type { Holder } from '../applications/applications.ts';
import { openApplication } from '../applications/steps.ts';
import { confirmationPage } from '../pages/confirmation-page.ts';
import { chosenLanguage, wordsFor } from '../pages/language.ts';
import { contentOf, holderOf } from '../pages/service-frame.ts';
import { findConfirmation, getSent } from '../applications/submissions.ts';
import { mostComment, recordOpinion } from './comments.ts';
import type { WrongOpinion } from './opinion-question.ts';

const serviceParams = Type.Object({ service: Type.String({ maxLength: 200 }) });
const because = 'who has sent an application says what they think of it, by the secret in their cookie';
const holder = { access: { who: 'holder', of: 'application', because } } as const;
const anyone = { access: { who: 'anyone', because: 'it only says thank you' } } as const;

/** What people think of a form, at its end. */
export function addOpinionPages(server: Server, { database, keyring }: { database: Database; keyring: Keyring }): void {
  server.post(
    '/services/:service/opinion',
    { schema: { params: serviceParams }, config: holder },
    async (request, reply) => {
      const service = await getService(request.params.service);
      const presented = holderOf(request, service);
      const back = `/services/${service.slug}/confirmation`;
      if (!presented || isTrying(presented)) return reply.redirect(back, 303);
      const application = await openApplication(database, keyring, service, presented, { answers: [], presence: [] });
      const submissionId = application?.submissionId ?? null;
      if (submissionId === null) return reply.redirect(back, 303);
      const { rating, comment } = readOpinion(request);
      const { opinion } = wordsFor(request, service);
      const errors = [
        ...(rating === null ? [{ href: '#rating', text: opinion.choose }] : []),
        ...(comment.length > mostComment ? [{ href: '#comment', text: opinion.long(mostComment) }] : []),
      ];
      if (rating === null || errors.length > 0) {
        const asked = { service, presented, submissionId, wrong: { errors, comment } };
        return askAgain(request, reply, asked);
      }
      await database.transact(scopeOf(service, request), (tx) =>
        recordOpinion(tx, keyring, {
          serviceId: service.id,
          version: presented.version,
          submissionId,
          rating,
          comment,
        }),
      );
      return reply.redirect(`/services/${service.slug}/opinion`, 303);
    },
  );

  server.get(
    '/services/:service/opinion',
    { schema: { params: serviceParams }, config: anyone },
    async (request, reply) => {
      const service = await getService(request.params.service);
      const words = wordsFor(request, service);
      const language = chosenLanguage(request, service) ?? 'en';
      return reply.page('forms/opinion', { title: words.opinion.thanks, ...contentOf(service), language, words });
    },
  );

  async function askAgain(
    request: FastifyRequest,
    reply: FastifyReply,
    {
      service,
      presented: { version },
      submissionId,
      wrong,
    }: {
      service: Service;
      presented: Holder;
      submissionId: string;
      wrong: WrongOpinion;
    },
  ): Promise<FastifyReply> {
    const scope = scopeOf(service, request);
    const sent = await database.transact(scope, (tx) => getSent(tx, submissionId));
    const own = await findConfirmation(database, scope, { keyring, service, submissionId, version });
    const language = chosenLanguage(request, service) ?? 'en';
    return confirmationPage(reply.code(422), { service, sent, own, language, wrong });
  }

  async function getService(slug: string): Promise<Service> {
    const service = await findService(database, slug);
    if (!service) throw new Problem('not-found', { detail: 'no service at this address' });
    return service;
  }
}

function readOpinion({ body }: FastifyRequest): { rating: Rating | null; comment: string } {
  const posted: Readonly<Record<string, unknown>> =
    typeof body === 'object' && body !== null ? Object.fromEntries(Object.entries(body)) : {};
  const { rating, comment } = posted;
  return {
    rating: ([1, 2, 3, 4, 5] as const).find((each) => String(each) === rating) ?? null,
    comment: typeof comment === 'string' ? comment.replaceAll('\r\n', '\n').replaceAll('\u0000', '').trim() : '',
  };
}

function scopeOf(service: Service, request: FastifyRequest): Scope {
  return { organisationId: service.organisationId, actor: { kind: 'applicant', address: request.ip } };
}
