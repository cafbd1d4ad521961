import { Type } from 'typebox';
import { recordAudit, type Server } from '#platform';
import { writeReleasePackage } from '../exports/ocds.ts';
import { exportedTables, exportTable } from '../exports/tables.ts';
import { readEstate } from '../whole-estate.ts';
import { ofPlace, openEstate, params, places, type EstatePages } from './places.ts';

const ofTable = Type.Object({ ...ofPlace, table: Type.Enum(exportedTables) });

/** Bringing the estate in, and taking it out as open files. */
export function addExportPages(server: Server, pages: EstatePages): void {
  for (const place of places) {
    server.get(`${place.path}/exports`, { config: place.reading, schema: { params } }, async (request, reply) => {
      const standing = await openEstate(pages, request, place, { current: '/exports' }, (_tx, open) =>
        Promise.resolve(open),
      );
      return reply.page('estate/exports', {
        title: 'Bring in and take out',
        ...standing.frame,
        mayBringIn: standing.mayEdit && standing.place === 'government',
        tables: exportedTables,
      });
    });

    server.get(
      `${place.path}/exports/:table/csv`,
      { config: place.reading, schema: { params: ofTable } },
      async (request, reply) => {
        const { table } = request.params;
        const text = await openEstate(pages, request, place, { current: '/exports' }, async (tx) => {
          await recordAudit(tx, { action: 'estate.exported', subject: { kind: 'estate', name: table } });
          return exportTable(tx, await readEstate(tx, pages.calendar.today()), table);
        });
        return (
          reply
            .header('content-disposition', `attachment; filename="${table}.csv"`)
            .type('text/csv; charset=utf-8')
            // The mark tells spreadsheets that the file is UTF-8.
            .send(`\uFEFF${text}`)
        );
      },
    );

    server.get(`${place.path}/exports/ocds`, { config: place.reading, schema: { params } }, async (request, reply) => {
      const written = await openEstate(pages, request, place, { current: '/exports' }, async (tx) => {
        await recordAudit(tx, { action: 'estate.exported', subject: { kind: 'estate', name: 'OCDS' } });
        return writeReleasePackage(await readEstate(tx, pages.calendar.today()), {
          uri: `${request.protocol}://${request.host}${request.url}`,
          publisher: 'Commonhold',
          publishedAt: new Date().toISOString(),
        });
      });
      return reply
        .header('content-disposition', 'attachment; filename="contracts-ocds.json"')
        .type('application/json')
        .send(JSON.stringify(written));
    });
  }
}
