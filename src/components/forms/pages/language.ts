import type { FastifyRequest } from 'fastify';
import type { Service } from '#organisations';
import type { Form } from '../form.ts';

/** A cookie for each service: a person may want one service in Welsh and another in English. */
export const languageCookie = (service: Service): string => `language_${service.id.slice(-12)}`;

/** The language that whoever asks has chosen for a service; null where they have chosen none. */
export function chosenLanguage(request: FastifyRequest, service: Service): string | null {
  const language = request.cookies[languageCookie(service)] ?? '';
  return /^[a-z]{2,3}(?:-[a-z0-9]{2,8})?$/i.test(language) ? language : null;
}

/** The languages that a form is in, its own first. */
export function languagesOf(form: Pick<Form, 'language' | 'translations'>): string[] {
  return [...new Set([form.language, ...Object.keys(form.translations)])];
}

/** The language in which a form is shown to whoever asks: the chosen one where the form has it, else its own. */
export function shownLanguage(
  request: FastifyRequest,
  service: Service,
  form: Pick<Form, 'language' | 'translations'>,
): string {
  const chosen = chosenLanguage(request, service);
  return chosen !== null && languagesOf(form).includes(chosen) ? chosen : form.language;
}
