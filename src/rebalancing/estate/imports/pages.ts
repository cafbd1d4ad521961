import { addImportPages, type Database, type Imports, type Server } from '#platform';
import { governmentFrame, mayRead } from '../pages/places.ts';

/** Who may bring tables into the estate: those who keep it for the whole government. */
const keepers = {
  who: 'staff',
  roles: ['platform operator', 'digital leader', 'chief technology officer'],
  over: 'government',
} as const;

/** The pages by which spreadsheets, notices and spend are brought into the estate. */
export function addEstateImportPages(server: Server, dependencies: { database: Database; imports: Imports }): void {
  addImportPages(server, {
    ...dependencies,
    path: '/staff/estate/imports',
    access: keepers,
    params: {},
    kinds: ['estate.systems', 'estate.contracts', 'estate.notices', 'estate.spend'],
    frame: (request) =>
      Promise.resolve({
        ...governmentFrame('/exports'),
        // An operator brings tables in, and does not see what stands beside.
        ...(mayRead(request.grant.roles) ? {} : { pages: undefined }),
      }),
  });
}
