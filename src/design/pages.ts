import type { Part, Server } from '#platform';
import { Problem } from '#platform';
import { Type } from 'typebox';
import { encodeAsset, findAsset } from './assets.ts';

/** The assets, and the pages that every public website must have. */
export const designPart: Part = { name: 'design', folder: import.meta.dirname, routes: addRoutes };

const assetParams = Type.Object({ hash: Type.String(), name: Type.String() });

const publicPages = [
  { path: '/cookies', view: 'design/cookies', title: 'Cookies' },
  { path: '/privacy', view: 'design/privacy', title: 'Privacy notice' },
  { path: '/accessibility', view: 'design/accessibility', title: 'Accessibility statement' },
] as const;

function addRoutes(server: Server): void {
  for (const { path, view, title } of publicPages) {
    server.get(
      path,
      { config: { access: { who: 'anyone', because: 'it tells the public its rights' } } },
      (_request, reply) => reply.page(view, { title }),
    );
  }

  server.get(
    '/assets/:hash/:name',
    {
      schema: { params: assetParams },
      config: { access: { who: 'anyone', because: 'every page needs its style and script' } },
    },
    async (request, reply) => {
      const found = findAsset(request.params.hash, request.params.name);
      if (found === undefined) throw new Problem('not-found');
      const { body, encoding } = await encodeAsset(found.asset, request.headers['accept-encoding'] ?? '');
      reply.header('cache-control', found.current ? 'public, max-age=31536000, immutable' : 'no-store');
      reply.header('vary', 'accept-encoding');
      if (encoding !== 'identity') reply.header('content-encoding', encoding);
      return reply.type(found.asset.contentType).send(body);
    },
  );

  // Browsers ask for this whatever a page says. The pages' own icon is an SVG among the assets.
  server.get(
    '/favicon.ico',
    { config: { access: { who: 'anyone', because: 'browsers ask for it unasked' } } },
    (_request, reply) => reply.header('cache-control', 'public, max-age=86400').code(204).send(),
  );
}
