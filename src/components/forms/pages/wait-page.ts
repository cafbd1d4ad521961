import type { FastifyReply } from 'fastify';
import type { Service } from '#organisations';
import { chosenLanguage, wordsFor } from './language.ts';
import { contentOf } from './service-frame.ts';

/**
 * For whoever begins or saves where too many have just done so. What they have is kept, and what they did is sent again by a
 * button: with the same fields, so that nobody types anything twice.
 *
 * @param seconds after which it may be tried again.
 * @param fields what was posted.
 */
export function waitPage(
  reply: FastifyReply,
  service: Service,
  seconds: number,
  fields: Readonly<Record<string, string | undefined>> = {},
): FastifyReply {
  const { request } = reply;
  const words = wordsFor(request, service);
  return reply
    .code(429)
    .header('retry-after', String(seconds))
    .page('forms/wait', {
      title: words.slowDown.title,
      ...contentOf(service),
      language: chosenLanguage(request, service) ?? 'en',
      words,
      fields: Object.entries(fields).flatMap(([name, value]) => (value === undefined ? [] : [{ name, value }])),
    });
}
