import { Type } from 'typebox';
import { Problem, scopeOf, type Server } from '#platform';
import { makeTemplateLetter } from '../letters/template-letter.ts';
import { getTemplate } from '../templates/templates.ts';
import { forManagers, id, ofService, place, withService, type PageDependencies } from './section.ts';

const ofVersion = Type.Object({
  ...ofService.properties,
  templateId: id,
  version: Type.String({ pattern: '^\\d{1,9}$' }),
});

/** A version of a letter's template as it is printed. */
export function addTemplateLetterPages(server: Server, dependencies: PageDependencies): void {
  const { acceptance, calendar } = dependencies;

  server.get(
    `${place}/templates/:templateId/versions/:version/letter.pdf`,
    { config: forManagers, schema: { params: ofVersion } },
    async (request, reply) => {
      const { templateId, version } = request.params;
      const { service, result: template } = await withService(dependencies, request, (tx, { id: serviceId }) =>
        getTemplate(tx, { serviceId, templateId, version: Number(version) }),
      );
      if (template?.type !== 'letter') throw new Problem('not-found');
      const { senders } = await acceptance.known.get(scopeOf(request), service.id);
      const letter = await makeTemplateLetter(template, { senders, day: calendar.today() });
      return reply
        .header('content-disposition', 'inline; filename="letter.pdf"')
        .type('application/pdf')
        .send(letter.pdf);
    },
  );
}
