import type { FastifyReply } from 'fastify';
import type { PageError } from '#design';
import type { Service } from '#organisations';
import type { Confirmation } from '../applications/submissions.ts';
import { opinionForm, opinionFormAgain } from '../funnel/opinion-question.ts';
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
    opinion,
  }: {
    service: Service;
    sent: { reference: string; emailed: boolean };
    /** What the form itself says after sending; null where it says nothing. */
    own: Confirmation | null;
    language: string;
    /** What was said of the service, and what was wrong with it; left out where nothing was said yet. */
    opinion?: { errors: readonly PageError[]; comment: string };
  },
): FastifyReply {
  const words = wordsOf(language);
  const action = `${addressOf(service)}/opinion`;
  const csrfToken = reply.forgeryToken();
  return reply.page('forms/confirmation', {
    title: own?.title || words.confirmation.title,
    ...contentOf(service),
    reference,
    emailed,
    own,
    opinion: opinion
      ? opinionFormAgain(words, { action, csrfToken, ...opinion })
      : opinionForm(words, { action, csrfToken }),
    ...(opinion ? { errors: opinion.errors } : {}),
    language,
    words,
  });
}
