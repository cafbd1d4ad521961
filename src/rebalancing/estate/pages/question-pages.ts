import { plural } from './words.ts';
import type { Server } from '#platform';
import { questionsAbout } from '../systems/questions.ts';
import { readEstate } from '../whole-estate.ts';
import { openEstate, params, places, type EstatePages } from './places.ts';

const most = 100;

/** What owners are asked for: only what is missing or has become old, a task page for each department. */
export function addQuestionPages(server: Server, pages: EstatePages): void {
  for (const place of places) {
    server.get(`${place.path}/questions`, { config: place.reading, schema: { params } }, async (request, reply) => {
      const asAt = pages.calendar.today();
      const { standing, estate } = await openEstate(
        pages,
        request,
        place,
        { current: '/questions' },
        async (tx, open) => ({
          standing: open,
          estate: await readEstate(tx, asAt),
        }),
      );
      const asked = estate.systems
        .filter((system) => system.lifecycle !== 'retired')
        .map((system) => ({ system, questions: questionsAbout(system, asAt) }))
        .filter(({ questions }) => questions.length > 0)
        .toSorted((one, other) => other.system.yearlyCost - one.system.yearlyCost);
      return reply.page('estate/questions', {
        title: 'To answer',
        ...standing.frame,
        summary: `${plural(
          asked.reduce((sum, each) => sum + each.questions.length, 0),
          'question',
        )} about ${plural(asked.length, 'system')}, the dearest first`,
        isEmpty: asked.length === 0,
        tasks: asked.slice(0, most).map(({ system, questions }) => ({
          title: { text: system.name },
          href: standing.mayEdit
            ? `${standing.base}/systems/${system.id}/questions`
            : `${standing.base}/systems/${system.id}`,
          hint: {
            text: `${standing.place === 'government' ? `${system.departmentName}. ` : ''}${questions.map((question) => question.words).join(', ')}`,
          },
          status: {
            tag: {
              text: questions.some((question) => question.why === 'missing')
                ? `${questions.filter((question) => question.why === 'missing').length} missing`
                : `${questions.length} old`,
              classes: questions.some((question) => question.why === 'missing') ? 'govuk-tag--blue' : 'govuk-tag--grey',
            },
          },
        })),
        more: asked.length > most ? asked.length - most : 0,
      });
    });
  }
}
