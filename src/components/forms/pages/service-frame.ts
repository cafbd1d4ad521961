import type { FastifyReply, FastifyRequest } from 'fastify';
import type { PageService } from '#design';
import { stateOf } from '#organisations';
import type { Service } from '#organisations';
import type { Calendar, Scope } from '#platform';
import { formatHolder, isTrying, parseHolder } from '../applications/applications.ts';
import type { Holder } from '../applications/applications.ts';
import { isEmailAddress } from '../questions/text.ts';
import type { Words } from '../words/words.ts';
import { chosenLanguage, wordsFor } from './language.ts';
import { previewCookie } from './preview-cookie.ts';

/** Where a service's pages begin. */
export const addressOf = (service: Service): string => `/services/${service.slug}`;

/** Where a page of a service's form is, by the key of its row. */
export const pageAddress = (service: Service, key: string): string => `${addressOf(service)}/apply/${key}`;

/** Where the tasks of a form that has a task list are. */
export const tasksAddress = (service: Service): string => `${addressOf(service)}/tasks`;

/** Where an application is saved for later. */
export const saveAddress = (service: Service): string => `${addressOf(service)}/save`;

export const checkAddress = (service: Service): string => `${addressOf(service)}/check-your-answers`;

/** A cookie for each service, since a person may be applying for several things at once. */
export const cookieName = (service: Service): string => `application_${service.id.slice(-12)}`;

export function holderOf(request: FastifyRequest, service: Service): Holder | null {
  const trying = parseHolder(request.cookies[previewCookie(service)]);
  return trying && isTrying(trying) ? trying : parseHolder(request.cookies[cookieName(service)]);
}

export function applicantScope(service: Service, request: FastifyRequest): Scope {
  return { organisationId: service.organisationId, actor: { kind: 'applicant', address: request.ip } };
}

export function pageService(service: Service): PageService {
  const { phase } = service;
  const link = contactLink(service.contact);
  return {
    name: service.name,
    href: addressOf(service),
    ...(phase === 'alpha' || phase === 'beta' ? { phase } : {}),
    ...(link === null ? {} : { feedback: link }),
  };
}

export function contentOf(service: Service): Readonly<Record<string, unknown>> {
  return {
    service: pageService(service),
    organisationName: service.organisationName,
    contact: service.contact,
    contactLink: contactLink(service.contact),
  };
}

function contactLink(contact: string): string | null {
  if (/^https?:\/\//.test(contact)) return contact;
  return isEmailAddress(contact) ? `mailto:${contact}` : null;
}

/** Why a service is not open, in the words of a language. */
export type Notice = (words: Words) => { title: string; message: string };

export function closedNotice(service: Service, calendar: Calendar): Notice | null {
  const state = stateOf(service, calendar);
  if (state === 'open') return null;
  if (state === 'not yet open') {
    return ({ closed, date }) => ({
      title: closed.notYet,
      message: closed.from(service.name, date(service.opensOn ?? '')),
    });
  }
  return ({ closed, date }) => ({
    title: closed.closed,
    message: closed.since(service.name, date(service.closesOn ?? '')),
  });
}

export function closedPage(reply: FastifyReply, service: Service, notice: Notice): FastifyReply {
  const words = wordsFor(reply.request, service);
  const language = chosenLanguage(reply.request, service) ?? 'en';
  return reply.code(410).page('forms/closed', { ...contentOf(service), ...notice(words), language, words });
}

/** For whoever was moved to another version while they were filling in the one before. */
export function movedPage(reply: FastifyReply, service: Service, holder: Holder, secure: boolean): FastifyReply {
  const words = wordsFor(reply.request, service);
  reply.setCookie(cookieName(service), formatHolder(holder), {
    path: addressOf(service),
    httpOnly: true,
    sameSite: 'lax',
    secure,
  });
  return reply.page('forms/moved', {
    title: words.notice.movedTitle,
    ...contentOf(service),
    language: chosenLanguage(reply.request, service) ?? 'en',
    words,
    onward: checkAddress(service),
  });
}

export function startAgainPage(reply: FastifyReply, service: Service): FastifyReply {
  return reply.code(410).page('forms/start-again', {
    title: wordsFor(reply.request, service).startAgain.title,
    ...contentOf(service),
    language: chosenLanguage(reply.request, service) ?? 'en',
    words: wordsFor(reply.request, service),
  });
}
