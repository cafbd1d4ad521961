import { Type } from 'typebox';
import { getService, type Frames } from '#organisations';
import { addImportPages, Problem, scopeOf, type Database, type Imports, type Server } from '#platform';
import { transactionImporter } from '../recording/transaction-import.ts';
import { measuresPage } from './staff-pages.ts';

const id = Type.String({ format: 'uuid' });

/** The pages by which a service's team brings in transactions from a table: of a call centre, a counter, the post. */
export function addTransactionImportPages(
  server: Server,
  { database, frames, imports }: { database: Database; frames: Frames; imports: Imports },
): void {
  const serviceOf = (params: unknown): string => {
    const found = typeof params === 'object' && params !== null && 'serviceId' in params ? params.serviceId : undefined;
    if (typeof found !== 'string') throw new Problem('not-found');
    return found;
  };
  addImportPages(server, {
    database,
    imports,
    path: '/staff/organisations/:organisationId/services/:serviceId/measures/imports',
    access: { who: 'staff', roles: ['service manager'], over: 'service' },
    params: { organisationId: id, serviceId: id },
    kinds: [transactionImporter.kind],
    about: (request) => ({ serviceId: serviceOf(request.params) }),
    frame: async (request) => {
      const service = await database.transact(scopeOf(request), (tx) => getService(tx, serviceOf(request.params)));
      return { ...frames.ofService(request, service, measuresPage.path) };
    },
  });
}
