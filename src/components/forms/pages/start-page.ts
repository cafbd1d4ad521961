import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Service } from '#organisations';
import { applicationDays, formatBeginning, formatHolder, newBeginning } from '../applications/applications.ts';
import type { Holder } from '../applications/applications.ts';
import type { PublishedForm } from '../versions/versions.ts';
import { wordsOf } from '../words/words.ts';
import { inShownLanguage, languageOfPage } from './language.ts';
import { previewCookie } from './preview-cookie.ts';
import {
  addressOf,
  checkAddress,
  contentOf,
  cookieName,
  holderOf,
  pageAddress,
  tasksAddress,
} from './service-frame.ts';

/**
 * Where somebody begins.
 *
 * @param action where beginning is posted to.
 * @param from whom answers come from that are filled in; left out where none are.
 */
export function startPage(
  request: FastifyRequest,
  reply: FastifyReply,
  { service, form, action, from }: { service: Service; form: PublishedForm; action: string; from?: string },
): FastifyReply {
  const shown = inShownLanguage(request, service, form);
  const words = wordsOf(shown.compiled.form.language);
  const { start } = shown.compiled;
  return reply.page('forms/start', {
    title: start?.page.title || words.start.title,
    ...contentOf(service),
    ...languageOfPage(request, service, form.compiled.form),
    words,
    summary: service.summary,
    content: start?.parts.map((part) => part.content ?? '').join('') ?? '',
    action,
    beginning: formatBeginning(newBeginning()),
    begun: holderOf(request, service) !== null,
    retentionDays: service.retentionDays,
    applicationDays: form.compiled.form.expiryDays ?? applicationDays,
    ...(from === undefined
      ? {}
      : {
          notice: {
            type: 'information',
            title: words.notice.important,
            heading: words.notice.prefilled,
            text: words.notice.prefilledFrom(from),
          },
        }),
  });
}

/** Gives somebody the application that they have begun, and leads them to its first page. */
export function leadIn(
  reply: FastifyReply,
  {
    service,
    form,
    holder,
    now,
    secure,
  }: { service: Service; form: PublishedForm; holder: Holder; now: string; secure: boolean },
): FastifyReply {
  const journey = form.compiled.journey(new Map(), now);
  const first = form.compiled.pages.find((page) => journey.isAsked(page));
  reply.clearCookie(previewCookie(service), { path: addressOf(service) });
  reply.setCookie(cookieName(service), formatHolder(holder), {
    path: addressOf(service),
    httpOnly: true,
    sameSite: 'lax',
    secure,
  });
  if (form.compiled.form.isTaskList && first?.page.section !== null) return reply.redirect(tasksAddress(service), 303);
  return reply.redirect(first ? pageAddress(service, first.slug) : checkAddress(service), 303);
}
