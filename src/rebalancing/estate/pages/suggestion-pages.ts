import { Type } from 'typebox';
import { Problem, type Server } from '#platform';
import { listContracts } from '../contracts/contracts.ts';
import { countSuggestions, listSuggestions, settleSuggestion, suggestNeeds } from '../needs/suggestions.ts';
import { mergeSpellings, suggestMergers } from '../suppliers/mergers.ts';
import { listDepartments } from '../suppliers/departments.ts';
import { listSuppliers } from '../suppliers/suppliers.ts';
import { listSystems } from '../systems/systems.ts';
import { field, ofPlace, openEstate, params, places, type EstatePages } from './places.ts';
import { plural } from './words.ts';

const body = Type.Object({ answer: field });

/** What the program thinks, which a person confirms or rejects. */
export function addSuggestionPages(server: Server, pages: EstatePages): void {
  for (const place of places) {
    server.get(
      `${place.path}/suggestions`,
      { config: place.reading, schema: { params, querystring: Type.Object({ done: field }) } },
      async (request, reply) => {
        const found = await openEstate(pages, request, place, { current: '/suggestions' }, async (tx, standing) => {
          const suggestions = await listSuggestions(tx, { most: 100 });
          const systems = await listSystems(tx);
          const names = new Map<string, { name: string; href: string | null; department: string }>([
            ...systems.flatMap((system) =>
              system.parts.map(
                (part) =>
                  [
                    part.id,
                    {
                      name: system.name,
                      href: `${standing.base}/systems/${system.id}`,
                      department: system.departmentName,
                    },
                  ] as const,
              ),
            ),
            ...(
              await listContracts(
                tx,
                suggestions.filter((each) => each.kind === 'contract terms').map((each) => each.subjectId),
              )
            ).map(
              (contract) =>
                [
                  contract.id,
                  {
                    name: contract.title,
                    href: `${standing.base}/contracts/${contract.id}`,
                    department: contract.departmentName,
                  },
                ] as const,
            ),
            ...(await listSuppliers(tx)).map(
              (supplier) =>
                [
                  supplier.id,
                  { name: supplier.name, href: `${standing.base}/suppliers/${supplier.id}`, department: '' },
                ] as const,
            ),
            ...(await listDepartments(tx)).map(
              (department) => [department.id, { name: department.name, href: null, department: '' }] as const,
            ),
          ]);
          return { standing, suggestions, names, counts: await countSuggestions(tx) };
        });
        const { standing } = found;
        const total = Object.values(found.counts).reduce((sum, count) => sum + count, 0);
        return reply.page('estate/suggestions', {
          title: 'Suggestions',
          ...standing.frame,
          mayEdit: standing.mayEdit,
          notice: noticeOf(request.query.done),
          summary: `${plural(total, 'suggestion')}, the likeliest first`,
          suggestions: found.suggestions.map((suggestion) => ({
            ...suggestion,
            about: found.names.get(suggestion.subjectId) ?? {
              name: 'Something that is gone',
              href: null,
              department: '',
            },
            kind: kinds[suggestion.kind],
            likely: `${Math.round(suggestion.confidence * 100)}%`,
          })),
          left: total - found.suggestions.length,
        });
      },
    );

    server.post(`${place.path}/suggestions`, { config: place.editing, schema: { params } }, async (request, reply) => {
      const { base, added } = await openEstate(
        pages,
        request,
        place,
        { current: '/suggestions' },
        async (tx, standing) => ({
          base: standing.base,
          added:
            (await suggestNeeds(tx)).added + (standing.place === 'government' ? (await suggestMergers(tx)).added : 0),
        }),
      );
      return reply.redirect(`${base}/suggestions?done=${added === 0 ? 'none' : 'made'}`, 303);
    });

    server.post(
      `${place.path}/suggestions/:suggestionId`,
      {
        config: place.editing,
        schema: { params: Type.Object({ ...ofPlace, suggestionId: Type.String({ format: 'uuid' }) }), body },
      },
      async (request, reply) => {
        const { answer } = request.body;
        if (answer !== 'confirmed' && answer !== 'rejected') {
          throw new Problem('unprocessable', { message: 'Confirm or reject the suggestion by its buttons.' });
        }
        const base = await openEstate(pages, request, place, { current: '/suggestions' }, async (tx, standing) => {
          const settled = await settleSuggestion(tx, request.params.suggestionId, answer, pages.calendar.today());
          const { into } = settled.value;
          if (answer === 'confirmed' && typeof into === 'string') {
            if (settled.kind === 'same supplier') await mergeSpellings(tx, 'supplier', settled.subjectId, into);
            if (settled.kind === 'same department') await mergeSpellings(tx, 'department', settled.subjectId, into);
          }
          return standing.base;
        });
        return reply.redirect(`${base}/suggestions?done=${answer}`, 303);
      },
    );
  }
}

const kinds = {
  need: 'Need',
  'contract terms': 'Terms of a contract',
  'same supplier': 'The same supplier',
  'same department': 'The same department',
} as const;

function noticeOf(done: string | undefined): { type: 'success' | 'information'; heading: string } | undefined {
  if (done === 'confirmed') return { type: 'success', heading: 'The suggestion was confirmed' };
  if (done === 'rejected') return { type: 'success', heading: 'The suggestion was rejected, and will not come back' };
  if (done === 'made') return { type: 'success', heading: 'New suggestions were found' };
  return done === 'none' ? { type: 'information', heading: 'Nothing new was found' } : undefined;
}
