import { createHash } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { Problem, type Database, type Server, writeCsv } from '#platform';
import type { CsvCell } from '#platform';
import { describeCatalogue, type DatedDataset } from './catalogue.ts';
import { listDatasets, readDataset } from './datasets.ts';

interface Dependencies {
  readonly database: Database;
  readonly settings: {
    readonly publicUrl: string;
    readonly governmentName: string;
    readonly contactEmail?: string | undefined;
  };
}

const because = 'open data is for everybody, people and programs';
/** Machines ask often and for much at once: they have a limit of their own beside that of pages, by address. */
const open = {
  access: { who: 'anyone', because },
  rateLimit: { max: 300, timeWindow: 60_000 },
} as const;

/** How long a copy may be used without asking again, in seconds: figures change once a minute at most. */
const freshSeconds = 300;

/** The open data: what there is, what it means, the catalogue for harvesters, and each table as CSV and JSON. */
export function addOpenDataPages(server: Server, { database, settings }: Dependencies): void {
  server.get('/data', { config: open }, async (_request, reply) =>
    reply.page('measures/data', {
      title: 'Open data',
      breadcrumbs: [{ text: 'How services perform', href: '/performance' }],
      datasets: await datedDatasets(),
      publicUrl: settings.publicUrl,
    }),
  );

  server.get('/data/dictionary', { config: open }, async (_request, reply) =>
    reply.page('measures/dictionary', {
      title: 'Data dictionary',
      wide: true,
      breadcrumbs: [
        { text: 'How services perform', href: '/performance' },
        { text: 'Open data', href: '/data' },
        { text: 'Data dictionary' },
      ],
      datasets: (await listDatasets(database, settings.governmentName)).filter(
        (dataset) => !dataset.name.startsWith('histories/'),
      ),
    }),
  );

  server.get('/data/catalog.jsonld', { config: open }, async (request, reply) => {
    const datasets = await datedDatasets();
    const catalogue = describeCatalogue(datasets, { ...settings, contactEmail: settings.contactEmail });
    const updatedAt = datasets
      .map((each) => each.updatedAt ?? '')
      .toSorted()
      .at(-1);
    return send(request, reply, 'application/ld+json', JSON.stringify(catalogue, null, 1), updatedAt || null);
  });

  for (const path of ['/data/:file', '/data/histories/:file'] as const) {
    server.get(
      path,
      {
        config: open,
        schema: {
          params: Type.Object({ file: Type.String({ maxLength: 200 }) }),
          querystring: Type.Object({ service: Type.Optional(Type.String({ maxLength: 200 })) }),
        },
      },
      async (request, reply) => {
        const [, stem, format] = /^([a-z0-9-]+)\.(csv|json)$/.exec(request.params.file) ?? [];
        if (stem === undefined) throw new Problem('not-found');
        const name = path === '/data/:file' ? stem : `histories/${stem}`;
        const dataset = (await listDatasets(database, settings.governmentName)).find((each) => each.name === name);
        const found = dataset === undefined ? null : await readDataset(database, name, request.query.service);
        if (dataset === undefined || found === null) throw new Problem('not-found');
        const { rows, updatedAt } = found;
        if (format === 'csv') {
          const names = dataset.columns.map((column) => column.name);
          const table = writeCsv(
            names,
            rows.map((row) => names.map((each) => cellOf(row[each]))),
          );
          return send(request, reply, 'text/csv; charset=utf-8; header=present', table, updatedAt);
        }
        const whole = {
          title: dataset.title,
          licence: dataset.licence,
          publisher: dataset.publisher,
          updatedAt,
          dictionary: `${settings.publicUrl}/data/dictionary`,
          rows,
        };
        return send(request, reply, 'application/json; charset=utf-8', JSON.stringify(whole), updatedAt);
      },
    );
  }

  async function datedDatasets(): Promise<DatedDataset[]> {
    const datasets = await listDatasets(database, settings.governmentName);
    const dated: DatedDataset[] = [];
    for (const dataset of datasets) {
      const found = await readDataset(database, dataset.name, undefined);
      dated.push({ ...dataset, updatedAt: found?.updatedAt ?? null });
    }
    return dated;
  }
}

/** Answers with a body, or with 304 where the asker has it already: RFC 9110, section 13. */
function send(
  request: FastifyRequest,
  reply: FastifyReply,
  type: string,
  body: string,
  updatedAt: string | null,
): FastifyReply {
  const tag = `"${createHash('sha256').update(body).digest('base64url').slice(0, 27)}"`;
  reply.header('etag', tag).header('cache-control', `public, max-age=${freshSeconds}`);
  // Anybody's page may read it: it is public, and asks for nobody.
  reply.header('access-control-allow-origin', '*');
  const modified = updatedAt === null ? null : new Date(updatedAt);
  if (modified !== null) reply.header('last-modified', modified.toUTCString());
  const asked = request.headers['if-none-match'];
  const since = request.headers['if-modified-since'];
  const isKnown =
    asked !== undefined
      ? asked === '*' || asked.split(',').some((each) => each.trim().replace(/^W\//, '') === tag)
      : since !== undefined && modified !== null && Math.floor(modified.getTime() / 1000) * 1000 <= Date.parse(since);
  if (isKnown) return reply.code(304).send();
  return reply.type(type).send(body);
}

function cellOf(value: unknown): CsvCell {
  if (value === null || value === undefined) return null;
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
    ? value
    : JSON.stringify(value);
}
