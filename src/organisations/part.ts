import type { Calendar, Database, Keyring, Part, Tx, Waiting } from '#platform';
import type { Frames } from './frames.ts';
import { addOrganisationPages } from './pages/organisation-pages.ts';
import { addPublicPages } from './pages/public-pages.ts';
import { addServicePages, type Figure } from './pages/service-pages.ts';
import { addSignInPages } from './pages/sign-in-pages.ts';
import { addStaffPages, type GovernmentPage } from './pages/staff-pages.ts';
import { listOrganisations } from './organisations.ts';
import { forgetOldSignIns, type SendCode } from './sign-in.ts';

export { organisationPages } from './pages/organisation-pages.ts';
export { servicePages } from './pages/service-pages.ts';

/** This part, with what it needs from above given as arguments: how a code is sent, and what a service's figures are. */
export function createOrganisationsPart(dependencies: {
  database: Database;
  keyring: Keyring;
  calendar: Calendar;
  frames: Frames;
  secure: boolean;
  emailWorks: boolean;
  sendCode: SendCode;
  /** Pages of other parts about the whole government, which its own staff are shown on their first page: below /staff. */
  governmentPages: readonly GovernmentPage[];
  /** What waits for the staff of services, from every part; asked for when all parts are joined. */
  waiting: () => readonly Waiting[];
  figuresOf: (tx: Tx, serviceId: string) => Promise<readonly Figure[]>;
}): Part {
  return {
    name: 'organisations',
    folder: import.meta.dirname,
    routes: (server) => {
      addPublicPages(server, dependencies);
      addSignInPages(server, dependencies);
      addStaffPages(server, dependencies);
      addOrganisationPages(server, dependencies);
      addServicePages(server, dependencies);
    },
    jobs: [
      {
        name: 'organisations.forget-old-sign-ins',
        schedule: '17 3 * * *',
        run: async (_payload, { database }) => {
          for (const { id } of await listOrganisations(database)) {
            await database.transact(
              { organisationId: id, actor: { kind: 'system', name: 'organisations.forget-old-sign-ins' } },
              forgetOldSignIns,
            );
          }
        },
      },
    ],
    sealedColumns: [{ table: 'api_keys', column: 'sealed_secret', key: ['organisation_id', 'id'] }],
  };
}
