import type { FastifyReply } from 'fastify';
import type { Service } from '#organisations';
import type { Confirmation } from '../applications/submissions.ts';
import { opinionForm } from '../funnel/opinion-question.ts';
import type { WrongOpinion } from '../funnel/opinion-question.ts';
import { wordsOf } from '../words/words.ts';
import { addressOf, contentOf } from './service-frame.ts';

/** Says that an application was sent, what happens next, and asks what the person thinks of the service. */
export function confirmationPage(
  reply: FastifyReply,
  {
    service,
    sent: { reference, emailed },
    own,
    language,
    wrong,
  }: {
    service: Service;
    sent: { reference: string; emailed: boolean };
    /** What the form itself says after sending; null where it says nothing. */
    own: Confirmation | null;
    language: string;
    /** What was said of the service, and what was wrong with it; left out where nothing was said yet. */
    wrong?: WrongOpinion;
  },
): FastifyReply {
  const words = wordsOf(language);
  return reply.page('forms/confirmation', {
    title: own?.title || words.confirmation.title,
    ...contentOf(service),
    reference,
    emailed,
    own,
    opinion: opinionForm(words, { action: `${addressOf(service)}/opinion`, csrfToken: reply.forgeryToken(), wrong }),
    ...(wrong ? { errors: wrong.errors } : {}),
    language,
    words,
  });
}
