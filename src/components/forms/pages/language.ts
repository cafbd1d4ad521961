import type { FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import type { Service } from '#organisations';
import type { Server, Settings } from '#platform';
import type { Form } from '../definition/form.ts';
import type { PublishedForm } from '../versions/versions.ts';
import { languagesOf } from '../words/translation.ts';
import { nameOfLanguage, wordsOf } from '../words/words.ts';
import type { Words } from '../words/words.ts';
import type { Opening } from './opening.ts';

/** A cookie for each service: a person may want one service in Welsh and another in English. */
export const languageCookie = (service: Service): string => `language_${service.id.slice(-12)}`;

/** The language that whoever asks has chosen for a service; null where they have chosen none. */
export function chosenLanguage(request: FastifyRequest, service: Service): string | null {
  const language = request.cookies[languageCookie(service)] ?? '';
  return isTag(language) ? language : null;
}

const isTag = (text: string): boolean => /^[a-z]{2,3}(?:-[a-z0-9]{2,8})?$/i.test(text);

/** The language in which a form is shown to whoever asks: the chosen one where the form has it, else its own. */
export function shownLanguage(
  request: FastifyRequest,
  service: Service,
  form: Pick<Form, 'language' | 'translations'>,
): string {
  const chosen = chosenLanguage(request, service);
  return chosen !== null && languagesOf(form).includes(chosen) ? chosen : form.language;
}

/** A version as whoever asks reads it. */
export function inShownLanguage(request: FastifyRequest, service: Service, form: PublishedForm): PublishedForm {
  const language = shownLanguage(request, service, form.compiled.form);
  return language === form.compiled.form.language ? form : { ...form, compiled: form.inLanguage(language) };
}

/** The pages' own words for whoever asks, where no form is at hand. */
export function wordsFor(request: FastifyRequest, service: Service): Words {
  return wordsOf(chosenLanguage(request, service) ?? 'en');
}

/** What a page says of its language, and the links to the same page in the others. */
export function languageOfPage(
  request: FastifyRequest,
  service: Service,
  form: Pick<Form, 'language' | 'translations'>,
): { language: string; languages: { text: string; href: string; language: string; current: boolean }[] } {
  const language = shownLanguage(request, service, form);
  const all = languagesOf(form);
  const here = encodeURIComponent(request.url.slice(0, 500));
  return {
    language,
    languages:
      all.length < 2
        ? []
        : all.map((each) => ({
            text: nameOfLanguage(each),
            href: `/services/${service.slug}/language/${each}?to=${here}`,
            language: each,
            current: each === language,
          })),
  };
}

const anyone = { access: { who: 'anyone', because: 'it keeps the language that a visitor chose' } } as const;

/** The switch between languages: it remembers the choice, and leads back to the page that it was on. */
export function addLanguageSwitch(
  server: Server,
  { opening, settings }: { opening: Opening; settings: Pick<Settings, 'publicUrl'> },
): void {
  server.get(
    '/services/:service/language/:language',
    {
      schema: {
        params: Type.Object({ service: Type.String({ maxLength: 200 }), language: Type.String({ maxLength: 20 }) }),
        querystring: Type.Object({ to: Type.Optional(Type.String({ maxLength: 1000 })) }),
      },
      config: anyone,
    },
    async (request, reply) => {
      const service = await opening.getService(request, request.params.service);
      const home = `/services/${service.slug}`;
      const { to = home } = request.query;
      // Only a page of this service: nobody else's link leads anywhere from here.
      const isHere = to === home || to.startsWith(`${home}/`) || to.startsWith(`${home}?`);
      if (isTag(request.params.language)) {
        reply.setCookie(languageCookie(service), request.params.language, {
          path: home,
          httpOnly: true,
          sameSite: 'lax',
          secure: settings.publicUrl.startsWith('https:'),
        });
      }
      return reply.redirect(isHere && !to.includes('\\') ? to : home, 303);
    },
  );
}
